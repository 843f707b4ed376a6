//! `PlainGet`: `client.get(url)` as one native call, as long as nothing about it is out of the ordinary.
//!
//! Whatever is, goes to the client's own `request` in Python, which knows all of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::exchange::Exchange;
use crate::session::Session;

/// What has to be as it was made for a session to take the short way: `getattr(owner, name) is value`.
type Seam = (Py<PyAny>, Py<PyString>, Py<PyAny>);

/// The short way of one session: open or closed, and what it depends on.
pub(crate) struct ShortWay {
    is_open: AtomicBool,
    /// Before the URL in a request's name.
    name_prefix: Mutex<Box<str>>,
}

impl ShortWay {
    pub(crate) fn closed() -> Self {
        Self { is_open: AtomicBool::new(false), name_prefix: Mutex::default() }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    pub(crate) fn set_open(&self, is_open: bool) {
        self.is_open.store(is_open, Ordering::Relaxed);
    }

    pub(crate) fn set_name_prefix(&self, prefix: &str) {
        *self.name_prefix.lock().unwrap_or_else(PoisonError::into_inner) = Box::from(prefix);
    }

    fn name_of<'py>(&self, url: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
        let prefix = self.name_prefix.lock().unwrap_or_else(PoisonError::into_inner);
        if prefix.is_empty() {
            return Ok(url.clone());
        }
        Ok(PyString::new(url.py(), &[&**prefix, url.to_str()?].concat()))
    }
}

/// Arguments of a request that the short way knows.
struct Plain<'py> {
    url: Bound<'py, PyString>,
    name: Option<Bound<'py, PyString>>,
    is_caught: bool,
}

impl<'py> Plain<'py> {
    /// `None` when there is anything else.
    fn read(url: &Bound<'py, PyAny>, keywords: Option<&Bound<'py, PyDict>>) -> Option<Self> {
        let mut plain = Self { url: url.cast_exact().ok()?.clone(), name: None, is_caught: false };
        // Absolute URLs are named by rules of their own.
        if !plain.url.to_str().ok()?.starts_with('/') {
            return None;
        }
        let Some(keywords) = keywords else { return Some(plain) };
        for (key, value) in keywords {
            match key.cast::<PyString>().ok()?.to_str().ok()? {
                "name" if value.is_none() => {}
                "name" => plain.name = Some(value.cast_into_exact().ok()?),
                "catch_response" => plain.is_caught = value.is_truthy().ok()?,
                _ => return None,
            }
        }
        // An empty name is no name.
        plain.name = plain.name.filter(|name| name.to_str().is_ok_and(|name| !name.is_empty()));
        Some(plain)
    }
}

/// Base of both clients: their `get`.
///
/// A subclass has the attributes `_native` (a `Session`) and `_seams` (`Seams`), a method `request(method, url, **keywords)`
/// for all that is not plain, and a method `_finish(exchange, url, name, catch_response)` for what a plain request leaves to
/// Python. A response that is to be caught gets `_session`
/// and `_catch_response`.
#[pyclass(subclass, frozen, module = "locust._native")]
pub(crate) struct PlainGet {}

/// What others may have patched, of each class that uses `PlainGet`.
#[pyclass(frozen, module = "locust._native")]
pub(crate) struct Seams {
    seams: Vec<Seam>,
}

#[pymethods]
impl Seams {
    /// Args:
    ///     seams: (owner, attribute, value) each; the short way is taken while `getattr(owner, attribute) is value`.
    #[new]
    fn new(seams: Vec<Seam>) -> Self {
        Self { seams }
    }
}

impl Seams {
    fn are_intact(&self, py: Python<'_>) -> bool {
        self.seams
            .iter()
            .all(|(owner, name, value)| owner.bind(py).getattr(name.bind(py)).is_ok_and(|now| now.is(value)))
    }
}

impl PlainGet {
    /// `None` when this request is not for the short way.
    fn take_short_way<'py>(
        slf: &Bound<'py, Self>,
        method: &Bound<'py, PyString>,
        url: &Bound<'py, PyAny>,
        keywords: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let Ok(session) = slf.getattr(intern!(py, "_native"))?.cast_into_exact::<Session>() else {
            return Ok(None);
        };
        let session = session.get();
        if !session.short_way.is_open() || replaces_request(slf) {
            return Ok(None);
        }
        let Ok(seams) = slf.getattr(intern!(py, "_seams"))?.cast_into_exact::<Seams>() else {
            return Ok(None);
        };
        if !seams.get().are_intact(py) {
            return Ok(None);
        }
        let Some(Plain { url, name, is_caught }) = Plain::read(url, keywords) else { return Ok(None) };
        let label = match &name {
            Some(name) => name.clone(),
            None => session.short_way.name_of(&url)?,
        };
        let sent = session.send(py, method, &url, &label, &[], None, None, is_caught)?;
        let Some(result) = sent else { return Ok(None) };
        if result.is_exact_instance_of::<Exchange>() {
            return slf.call_method1(intern!(py, "_finish"), (result, url, name, is_caught)).map(Some);
        }
        if is_caught {
            result.setattr(intern!(py, "_session"), slf)?;
            result.setattr(intern!(py, "_catch_response"), true)?;
        }
        Ok(Some(result))
    }
}

/// Whether somebody put a `request` of their own on the instance.
fn replaces_request(client: &Bound<'_, PlainGet>) -> bool {
    let py = client.py();
    // SAFETY: `client` is a live object; the result is its dict as a new reference, or null with an error set.
    let attributes = unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyObject_GenericGetDict(client.as_ptr(), std::ptr::null_mut()))
    };
    match attributes.map(Bound::cast_into::<PyDict>) {
        Ok(Ok(attributes)) => attributes.contains(intern!(py, "request")).unwrap_or(true),
        _ => true,
    }
}

#[pymethods]
impl PlainGet {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {}
    }

    /// Sends a GET request, see `request`.
    #[pyo3(signature = (url, **kwargs))]
    fn get<'py>(
        slf: &Bound<'py, Self>,
        url: &Bound<'py, PyAny>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let method = intern!(slf.py(), "GET");
        match Self::take_short_way(slf, method, url, kwargs)? {
            Some(response) => Ok(response),
            None => slf.call_method(intern!(slf.py(), "request"), (method, url), kwargs),
        }
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PlainGet>()?;
    module.add_class::<Seams>()
}
