//! Greenlet's C API: who is running, and a switch to somebody else.
//!
//! The API is a capsule of function pointers whose positions greenlet promises to keep
//! (`greenlet.h`, "C API functions"). Nothing here knows gevent.

use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

const GET_CURRENT: usize = 4;
const SWITCH: usize = 6;

type GetCurrent = unsafe extern "C" fn() -> *mut ffi::PyObject;
type Switch =
    unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut ffi::PyObject) -> *mut ffi::PyObject;

/// The capsule's table once imported; null before.
static TABLE: AtomicPtr<*mut c_void> = AtomicPtr::new(std::ptr::null_mut());

fn entry(py: Python<'_>, index: usize) -> PyResult<*mut c_void> {
    let mut table = TABLE.load(Ordering::Relaxed);
    if table.is_null() {
        // SAFETY: the GIL is held (`py`); the name is a NUL-terminated literal.
        table = unsafe { ffi::PyCapsule_Import(c"greenlet._C_API".as_ptr(), 0) }.cast();
        if table.is_null() {
            return Err(PyErr::fetch(py));
        }
        TABLE.store(table, Ordering::Relaxed);
    }
    // SAFETY: the table is static in greenlet's module, which is never unloaded, and has more than `SWITCH` entries.
    Ok(unsafe { *table.add(index) })
}

/// The greenlet that is running in this thread.
pub(crate) fn current(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let get_current = entry(py, GET_CURRENT)?;
    // SAFETY: position 4 of the table is `PyGreenlet_GetCurrent`, which returns a new reference or null with an error set.
    unsafe {
        let get_current: GetCurrent = std::mem::transmute(get_current);
        Bound::from_owned_ptr_or_err(py, get_current())
    }
}

/// Switches to `target` and comes back when somebody switches here: whether without an exception; one is left set.
///
/// The caller holds no lock and no borrow: anything may run before this returns. Greenlet copies the stack of who waits at
/// each switch, so this gives a bool and not a `PyResult`. Somebody has asked for [`current`] before.
#[inline]
pub(crate) fn switch(target: &Bound<'_, PyAny>) -> bool {
    let table = TABLE.load(Ordering::Relaxed);
    debug_assert!(!table.is_null(), "nobody asked for the current greenlet before");
    // SAFETY: position 6 of the table, which `current` imported, is `PyGreenlet_Switch`; `target` is a greenlet and stays
    // referenced over the call; no arguments are passed on. It returns a new reference, released here, or null with the
    // exception that was thrown into this greenlet.
    unsafe {
        let switch: Switch = std::mem::transmute(*table.add(SWITCH));
        let result = switch(target.as_ptr(), std::ptr::null_mut(), std::ptr::null_mut());
        ffi::Py_XDECREF(result);
        !result.is_null()
    }
}
