//! The bundled target, for `locust demo`.

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often the calling thread looks for signals.
const SIGNAL_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Serves the bundled target until a signal's handler raises.
///
/// Args:
///     host: address to listen on.
///     port: 0 takes a free one.
///     on_ready: called with the port once connections are accepted.
#[pyfunction]
fn serve_target(py: Python<'_>, host: &str, port: u16, on_ready: Bound<'_, PyAny>) -> PyResult<()> {
    let (listener, port) = locust_target::bind(host, port).map_err(PyOSError::new_err)?;
    let stop = Arc::new(AtomicBool::new(false));
    let server = {
        let stop = stop.clone();
        std::thread::Builder::new()
            .name("target".to_owned())
            .spawn(move || locust_target::serve(listener, &stop))
            .map_err(PyOSError::new_err)?
    };
    let mut outcome = on_ready.call1((port,)).map(drop);
    while outcome.is_ok() && !server.is_finished() {
        py.detach(|| std::thread::sleep(SIGNAL_CHECK_INTERVAL));
        outcome = py.check_signals();
    }
    stop.store(true, Ordering::Relaxed);
    match py.detach(|| server.join()) {
        Ok(served) => outcome.and(served.map_err(PyOSError::new_err)),
        Err(_) => Err(PyOSError::new_err("the target's thread panicked")),
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(serve_target, module)?)
}
