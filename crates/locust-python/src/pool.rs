//! `Pool`: a set of idle connections that sessions may share.

use std::sync::{Mutex, PoisonError};

use locust_http::{Command, PoolId};
use pyo3::prelude::*;

use crate::hub::{Core, CoreId, orphan_pool};

/// Idle connections, at most `max_idle` of them for each origin. Each thread's engine holds its own.
#[pyclass(frozen, module = "locust._native")]
pub(crate) struct Pool {
    pub(crate) max_idle: u16,
    /// The number under which each engine knows this pool; those of engines before a fork are never asked for again.
    ids: Mutex<Vec<(CoreId, PoolId)>>,
}

impl Pool {
    pub(crate) fn id_in(&self, core: &Core) -> PoolId {
        let ids = &mut *self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pool)) = ids.iter().find(|(id, _)| *id == core.id()) {
            return *pool;
        }
        let pool = core.new_pool_id();
        // Most pools live in one thread: the usual vector's four places would be three too many.
        ids.reserve_exact(1);
        ids.push((core.id(), pool));
        pool
    }
}

#[pymethods]
impl Pool {
    #[new]
    #[pyo3(signature = (*, max_idle = 10))]
    pub(crate) fn new(max_idle: u16) -> Self {
        Self { max_idle, ids: Mutex::default() }
    }

    /// Closes the idle connections of this thread; the next request opens a new one.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (core, pool) in ids {
            if let Some(core) = Core::existing(core) {
                core.apply(py, Command::CloseIdle(pool))?;
            }
        }
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for (id, pool) in self.ids.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..) {
            match Core::existing(id) {
                Some(core) => Python::attach(|py| core.close_pool(py, pool)),
                None => orphan_pool(id, pool),
            }
        }
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Pool>()
}
