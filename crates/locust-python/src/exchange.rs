//! `Exchange` and `Failure`: one request and what came of it, kept as bytes until somebody looks.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use locust_http::content::{self, Decoder};
use locust_http::{Command, Error, Event, Failed, Response, Ticket, Timings};
use pyo3::exceptions::{PyRuntimeError, PyTimeoutError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use crate::hub::{Core, CoreId};
use crate::session::Endpoint;

/// A decoded body may be this long; more is taken for a decompression bomb.
pub(crate) const DECODED_LIMIT_BYTES: u64 = 4 << 30;

fn milliseconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e6
}

/// Header bytes as text: HTTP/1 says ISO-8859-1 and never fails to decode.
fn latin_1(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// Why an exchange had no response, or no complete one.
#[pyclass(frozen, get_all, module = "locust._native")]
pub(crate) struct Failure {
    /// A word for the kind that never changes.
    slug: &'static str,
    message: String,
    errno: Option<i32>,
    /// dns, connect, tls, send, wait or receive.
    phase: &'static str,
}

#[pymethods]
impl Failure {
    fn __repr__(&self) -> String {
        format!("Failure({:?}, {:?}, phase={:?})", self.slug, self.message, self.phase)
    }
}

impl Failure {
    pub(crate) fn from_engine(error: &Error) -> Self {
        Self {
            slug: error.slug(),
            message: error.to_string(),
            errno: error.errno(),
            phase: error.phase().as_str(),
        }
    }

    pub(crate) fn from_resolver(error: &Bound<'_, PyAny>) -> PyResult<Self> {
        let is_late = error.is_instance_of::<PyTimeoutError>();
        let slug = if is_late { "connect-timeout" } else { "dns" };
        // A name too long to be one is a `UnicodeError`, which has no number.
        let errno = error.getattr_opt("errno")?.and_then(|errno| errno.extract().ok());
        Ok(Self { slug, message: error.str()?.to_string(), errno, phase: "dns" })
    }
}

/// What was asked for.
pub(crate) struct Sent {
    pub(crate) method: Py<PyString>,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) name: Py<PyString>,
    /// As sent, request line included.
    pub(crate) head: Box<[u8]>,
    pub(crate) body: Option<Py<PyBytes>>,
}

pub(crate) enum Outcome {
    Response(Box<Response>),
    Failed { failure: Failure, timings: Timings },
}

impl From<Box<Failed>> for Outcome {
    fn from(failed: Box<Failed>) -> Self {
        Self::Failed { failure: Failure::from_engine(&failed.error), timings: failed.timings }
    }
}

/// The rest of a streamed response, still in the engine.
pub(crate) struct Stream {
    core: CoreId,
    ticket: Ticket,
    is_ended: bool,
    buffered: BytesMut,
    decoder: Option<Decoder>,
}

impl Stream {
    pub(crate) fn new(core: CoreId, ticket: Ticket) -> Self {
        Self { core, ticket, is_ended: false, buffered: BytesMut::new(), decoder: None }
    }

    /// The next bytes as they came; `None` at the end.
    fn next(&mut self, py: Python<'_>) -> PyResult<Option<Bytes>> {
        if self.is_ended {
            return Ok(None);
        }
        let Some(core) = Core::existing(self.core) else {
            return Err(PyRuntimeError::new_err(
                "a streamed response can only be read in the thread and process that made the request",
            ));
        };
        core.apply(py, Command::Read(self.ticket))?;
        // An exception thrown in here has cancelled the exchange and freed its slot.
        self.is_ended = true;
        match core.wait(py, self.ticket)? {
            Event::Chunk(_, bytes) => {
                self.is_ended = false;
                Ok(Some(bytes))
            }
            Event::Failed(_, failed) => {
                core.free_slot(self.ticket);
                Err(stream_error(py, &failed.error)?)
            }
            _ => {
                core.free_slot(self.ticket);
                Ok(None)
            }
        }
    }

    fn close(&mut self, py: Python<'_>) {
        if !std::mem::replace(&mut self.is_ended, true)
            && let Some(core) = Core::existing(self.core)
        {
            core.abandon(py, self.ticket);
        }
    }
}

/// The exception of a body that broke off: its first argument is the [`Failure`].
fn stream_error(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let failure = Py::new(py, Failure::from_engine(error))?;
    let class = py.import("locust._http._bridge")?.getattr("StreamError")?;
    Ok(PyErr::from_value(class.call1((failure,))?))
}

#[pyclass(frozen, weakref, module = "locust._native")]
pub(crate) struct Exchange {
    sent: Box<Sent>,
    outcome: Outcome,
    started_at: f64,
    recorded: AtomicBool,
    content: PyOnceLock<Py<PyBytes>>,
    stream: Option<Mutex<Option<Stream>>>,
}

impl Exchange {
    pub(crate) fn new(sent: Box<Sent>, outcome: Outcome, started_at: f64, stream: Option<Stream>) -> Self {
        Self {
            sent,
            outcome,
            started_at,
            recorded: AtomicBool::new(false),
            content: PyOnceLock::new(),
            stream: stream.map(|stream| Mutex::new(Some(stream))),
        }
    }

    pub(crate) fn response(&self) -> Option<&Response> {
        match &self.outcome {
            Outcome::Response(response) => Some(response),
            Outcome::Failed { .. } => None,
        }
    }

    pub(crate) fn sent(&self) -> &Sent {
        &self.sent
    }

    pub(crate) fn mark_recorded(&self) {
        self.recorded.store(true, Ordering::Relaxed);
    }

    pub(crate) fn timings(&self) -> &Timings {
        match &self.outcome {
            Outcome::Response(response) => &response.timings,
            Outcome::Failed { timings, .. } => timings,
        }
    }

    fn body(&self) -> &[u8] {
        self.response().map_or(&[], Response::body)
    }

    fn content_encoding(&self) -> Option<&[u8]> {
        self.response()?.header("content-encoding").filter(|value| !value.is_empty())
    }

    /// Length of the content in bytes; decodes only when there is no quicker way to know.
    pub(crate) fn decoded_length(&self) -> Result<u64, Error> {
        match self.content_encoding() {
            None => Ok(self.body().len() as u64),
            Some(encoding) => content::decoded_len(encoding, self.body(), DECODED_LIMIT_BYTES),
        }
    }

    /// Runs `act` with the stream taken out, so that nothing is locked while it waits.
    fn with_stream<T>(&self, act: impl FnOnce(&mut Stream) -> PyResult<T>) -> PyResult<T> {
        let Some(place) = &self.stream else {
            return Err(PyValueError::new_err("this response was not streamed: read its `content`"));
        };
        let taken = place.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut stream) = taken else {
            return Err(PyRuntimeError::new_err("another greenlet is reading this response"));
        };
        let result = act(&mut stream);
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
        result
    }
}

fn undecodable(error: &Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

#[pymethods]
impl Exchange {
    #[getter]
    fn method(&self, py: Python<'_>) -> Py<PyString> {
        self.sent.method.clone_ref(py)
    }

    #[getter]
    fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.sent.name.clone_ref(py)
    }

    /// Absolute URL as requested.
    #[getter]
    fn url(&self) -> String {
        let target = self.sent.head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        self.sent.endpoint.url(&latin_1(target))
    }

    #[getter]
    fn request_headers(&self) -> Vec<(String, String)> {
        // The first line is the request line; the last two are empty.
        self.sent
            .head
            .split(|byte| *byte == b'\n')
            .skip(1)
            .filter_map(|line| {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let colon = line.iter().position(|byte| *byte == b':')?;
                let (name, value) = line.split_at(colon);
                Some((latin_1(name).into_owned(), latin_1(value[1..].trim_ascii()).into_owned()))
            })
            .collect()
    }

    #[getter]
    fn request_body(&self, py: Python<'_>) -> Option<Py<PyBytes>> {
        self.sent.body.as_ref().map(|body| body.clone_ref(py))
    }

    /// 0 when there was no response.
    #[getter]
    fn status_code(&self) -> u16 {
        self.response().map_or(0, Response::status)
    }

    #[getter]
    fn reason(&self) -> String {
        self.response().map_or_else(String::new, |response| latin_1(response.reason()).into_owned())
    }

    /// 10 or 11, as `http.client` numbers them.
    #[getter]
    fn http_version(&self) -> u8 {
        self.response().map_or(11, Response::version)
    }

    #[getter]
    fn failure<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, Failure>>> {
        match &slf.get().outcome {
            Outcome::Response(_) => Ok(None),
            Outcome::Failed { failure, .. } => Bound::new(
                slf.py(),
                Failure {
                    slug: failure.slug,
                    message: failure.message.clone(),
                    errno: failure.errno,
                    phase: failure.phase,
                },
            )
            .map(Some),
        }
    }

    #[getter]
    fn recorded(&self) -> bool {
        self.recorded.load(Ordering::Relaxed)
    }

    /// Epoch seconds at which the exchange began, before the look-up of the host.
    #[getter]
    pub(crate) fn started_at(&self) -> f64 {
        self.started_at
    }

    /// From the start to the arrival of the last byte (of the head, when streamed).
    #[getter]
    fn elapsed_ms(&self) -> f64 {
        milliseconds(self.timings().total)
    }

    /// Milliseconds of: dns, connect, tls, send, first byte, receive.
    #[getter]
    fn phases(&self) -> (f64, f64, f64, f64, f64, f64) {
        let timings = self.timings();
        (
            milliseconds(timings.dns),
            milliseconds(timings.connect),
            milliseconds(timings.tls),
            milliseconds(timings.send),
            milliseconds(timings.first_byte),
            milliseconds(timings.receive),
        )
    }

    #[getter]
    fn is_reused(&self) -> bool {
        self.timings().is_reused
    }

    #[getter]
    fn is_streamed(&self) -> bool {
        self.stream.is_some()
    }

    /// Response headers in order, as sent.
    #[getter]
    fn header_items(&self) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
        self.response()
            .map(|response| response.headers().map(|(name, value)| (latin_1(name), latin_1(value))).collect())
            .unwrap_or_default()
    }

    /// Value of a header whatever its case; repeated ones are joined by ", ".
    fn header(&self, name: &str) -> Option<String> {
        let mut joined: Option<String> = None;
        for (_, value) in
            self.response()?.headers().filter(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))
        {
            match &mut joined {
                None => joined = Some(latin_1(value).into_owned()),
                Some(text) => {
                    text.push_str(", ");
                    text.push_str(&latin_1(value));
                }
            }
        }
        joined
    }

    #[getter]
    fn has_cookies(&self) -> bool {
        self.response().is_some_and(Response::has_set_cookie)
    }

    /// Where a 3xx response sends to.
    #[getter]
    fn location(&self) -> Option<Cow<'_, str>> {
        let response = self.response()?;
        if !(300..400).contains(&response.status()) {
            return None;
        }
        response.header("location").map(latin_1)
    }

    /// `charset` of `Content-Type`.
    #[getter]
    fn charset(&self) -> Option<String> {
        let value = latin_1(self.response()?.header("content-type")?).into_owned();
        value.split(';').skip(1).find_map(|parameter| {
            let (name, charset) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| charset.trim().trim_matches(['"', '\'']).to_owned())
        })
    }

    /// Body as `Content-Encoding` says to read it.
    ///
    /// # Errors
    /// `ValueError` when it is not what that header says.
    #[getter]
    fn content(&self, py: Python<'_>) -> PyResult<Py<PyBytes>> {
        let content = self.content.get_or_try_init(py, || {
            let bytes = match self.content_encoding() {
                None => PyBytes::new(py, self.body()),
                Some(encoding) => {
                    let decoded = content::decode(encoding, self.body(), DECODED_LIMIT_BYTES)
                        .map_err(|error| undecodable(&error))?;
                    PyBytes::new(py, &decoded)
                }
            };
            Ok::<_, PyErr>(bytes.unbind())
        })?;
        Ok(content.clone_ref(py))
    }

    /// Body as sent, without its transfer framing.
    #[getter]
    fn raw_content<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.body())
    }

    /// Length of `content` in bytes.
    #[getter]
    fn content_length(&self) -> PyResult<u64> {
        self.decoded_length().map_err(|error| undecodable(&error))
    }

    /// The next bytes of a streamed response, at most `size`; all that is left when `size` is negative. Waits for them;
    /// b"" is the end.
    ///
    /// # Errors
    /// `StreamError` when the response breaks off, `ValueError` when it cannot be decoded.
    #[pyo3(signature = (size = -1, decode = true))]
    fn read<'py>(&self, py: Python<'py>, size: isize, decode: bool) -> PyResult<Bound<'py, PyBytes>> {
        let encoding = if decode { self.content_encoding() } else { None };
        self.with_stream(|stream| {
            let wanted = usize::try_from(size).unwrap_or(usize::MAX);
            if let (Some(encoding), None) = (encoding, &stream.decoder) {
                stream.decoder =
                    Some(Decoder::new(encoding, DECODED_LIMIT_BYTES).map_err(|error| undecodable(&error))?);
            }
            while stream.buffered.len() < wanted.min(1) || (size < 0 && !stream.is_ended) {
                let Some(bytes) = stream.next(py)? else {
                    if let Some(decoder) = stream.decoder.as_ref().filter(|_| decode) {
                        decoder.finish().map_err(|error| undecodable(&error))?;
                    }
                    break;
                };
                match stream.decoder.as_mut().filter(|_| decode) {
                    Some(decoder) => {
                        let mut decoded = Vec::new();
                        decoder.push(&bytes, &mut decoded).map_err(|error| undecodable(&error))?;
                        stream.buffered.extend_from_slice(&decoded);
                    }
                    None => stream.buffered.extend_from_slice(&bytes),
                }
            }
            let count = wanted.min(stream.buffered.len());
            let piece = PyBytes::new(py, &stream.buffered[..count]);
            stream.buffered.advance(count);
            Ok(piece)
        })
    }

    /// Gives up the rest of a streamed response; its connection is closed unless all has been read.
    fn close(&self, py: Python<'_>) {
        if let Some(place) = &self.stream
            && let Some(stream) = &mut *place.lock().unwrap_or_else(PoisonError::into_inner)
        {
            stream.close(py);
        }
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<Exchange {} {} {}>", self.sent.method.bind(py), self.url(), self.status_code())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(place) = &mut self.stream
            && let Some(stream) = place.get_mut().unwrap_or_else(PoisonError::into_inner)
            && !stream.is_ended
        {
            Python::attach(|py| stream.close(py));
        }
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Exchange>()?;
    module.add_class::<Failure>()
}
