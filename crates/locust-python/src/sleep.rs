//! Waiting users: parked on the engine's timers, 1 ms apart, instead of gevent's.

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use locust_http::{Command, Reactor, Ticket};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::hub::Core;

/// Longer than any run: a wait that is given as infinite ends with the greenlet's kill.
const LONGEST_SLEEP: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

#[inline(never)]
fn gevent_sleep(py: Python<'_>, seconds: f64) -> PyResult<()> {
    static SLEEP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    SLEEP.import(py, "locust._http._bridge", "gevent_sleep")?.call1((seconds,))?;
    Ok(())
}

/// Lets other greenlets run for `seconds`; rounded up to a whole millisecond. Kill and `Timeout` end it as they end
/// `gevent.sleep`.
#[pyfunction]
fn sleep(py: Python<'_>, seconds: f64) -> PyResult<()> {
    let Some((core, ticket)) = fall_asleep(py, seconds)? else { return Ok(()) };
    core.wait_for(py, ticket).map_err(|error| *error)?;
    core.free_slot(ticket);
    Ok(())
}

/// Sets the alarm, or does gevent's sleep where that is the one to do.
#[inline(never)]
fn fall_asleep(py: Python<'_>, seconds: f64) -> PyResult<Option<(Rc<Core>, Ticket)>> {
    // NaN too: nobody may sleep for ever by mistake.
    if seconds.is_nan() || seconds <= 0.0 {
        gevent_sleep(py, 0.0)?;
        return Ok(None);
    }
    let core = Core::get(py)?;
    if !core.keeps_sleepers() {
        gevent_sleep(py, seconds)?;
        return Ok(None);
    }
    let length = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP);
    let ticket = core.take_slot();
    core.apply(py, Command::Sleep(ticket, Reactor::now() + length))?;
    Ok(Some((core, ticket)))
}

/// A user's waiting: as [`sleep`], but a wait of 0 s is skipped when others have had their turn since the last one.
#[pyclass(frozen, module = "locust._native")]
struct Waiter {
    parks_seen: AtomicU64,
}

#[pymethods]
impl Waiter {
    #[new]
    fn new() -> Self {
        Self { parks_seen: AtomicU64::new(0) }
    }

    fn wait(&self, py: Python<'_>, seconds: f64) -> PyResult<()> {
        if seconds > 0.0 {
            sleep(py, seconds)?;
        } else {
            // While this user ran without waiting nobody else could, so the count tells whether it has waited.
            let parks = Core::get(py)?.parks();
            if self.parks_seen.swap(parks, Ordering::Relaxed) != parks {
                return Ok(());
            }
            gevent_sleep(py, 0.0)?;
        }
        self.parks_seen.store(Core::get(py)?.parks(), Ordering::Relaxed);
        Ok(())
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Waiter>()?;
    module.add_function(wrap_pyfunction!(sleep, module)?)
}
