//! Serves the target without Python: `cargo run --profile fast -p locust-target --example serve -- [port] [host]`.

use std::io::{self, Write};
use std::sync::atomic::AtomicBool;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(0), |port| port.parse()).map_err(io::Error::other)?;
    let host = arguments.next().unwrap_or_else(|| "127.0.0.1".to_owned());
    let (listener, port) = locust_target::bind(&host, port)?;
    writeln!(io::stdout(), "{port}")?;
    locust_target::serve(listener, &AtomicBool::new(false))
}
