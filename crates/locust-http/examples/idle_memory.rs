//! What an idle connection weighs: `idle_memory http://127.0.0.1:9000/ [connections]`; prints resident bytes each, of this process.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::time::Duration;

use locust_http::{
    Command, Download, Event, Origin, PoolId, Reactor, ReactorOptions, Request, Ticket, Timeouts, TlsContext,
    TlsOptions, Upload,
};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (scheme, rest) = arguments[1].split_once("://").unwrap();
    let (host_port, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = host_port.rsplit_once(':').unwrap();
    let connections: u32 = arguments.get(2).map_or(5000, |it| it.parse().unwrap());
    let tls = (scheme == "https").then(|| {
        Arc::new(TlsContext::build(&TlsOptions { verify: false, ..TlsOptions::default() }).unwrap())
    });
    let origin = Arc::new(Origin { host: host.into(), port: port.parse().unwrap(), tls, proxy: None });
    let addresses: Arc<[_]> = host_port.to_socket_addrs().unwrap().collect();
    let mut reactor = Reactor::new(ReactorOptions::default()).unwrap();
    let mut fill = |users: std::ops::Range<u32>| {
        for user in users {
            let limit = Some(Duration::from_secs(60));
            let request = Request {
                pool: PoolId(user),
                max_idle: 10,
                origin: Arc::clone(&origin),
                addresses: Arc::clone(&addresses),
                bytes: format!("GET /{path} HTTP/1.1\r\nHost: {host_port}\r\n\r\n").into_bytes(),
                upload: Upload::Whole,
                download: Download::Whole { limit_bytes: u64::MAX },
                is_head: false,
                is_replayable: true,
                timeouts: Timeouts { connect: limit, read: limit, total: None },
                started: Reactor::now(),
                dns: Duration::ZERO,
            };
            reactor.apply(Command::Start(Ticket { slot: user, generation: 0 }, Box::new(request)));
            while reactor.events().is_empty() {
                reactor.poll(None).unwrap();
            }
            for event in reactor.events().drain(..) {
                assert!(matches!(event, Event::Done(..)), "{event:?}");
            }
        }
    };
    fill(0..200);
    let before = resident_bytes();
    fill(200..200 + connections);
    println!("{} bytes a connection", (resident_bytes() - before) / u64::from(connections));
}

fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
