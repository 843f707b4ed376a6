//! `locust._native`: the engine and the statistics as Python sees them. Conversion and switches; it decides nothing.

mod exchange;
mod greenlet;
mod hub;
mod plain_get;
mod pool;
mod session;
mod sleep;
mod stats;
mod target;
mod tls;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    exchange::register(module)?;
    hub::register(module)?;
    plain_get::register(module)?;
    pool::register(module)?;
    session::register(module)?;
    sleep::register(module)?;
    stats::register(module)?;
    target::register(module)?;
    tls::register(module)
}
