//! `Session`: one user's way to its target. A request is one call: serialise, send, wait, count.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use locust_http::proto::chunked::{LAST_CHUNK, write_chunk};
use locust_http::proto::request::{Fields, Framing, Head, RequestError};
use locust_http::proto::target::{AbsoluteUrl, is_fast_target, split_absolute};
use locust_http::{
    Command, Download, Event, Origin, Proxy, Reactor, Request, Ticket, Timeouts, Timings, TlsContext, Upload,
};
use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyList, PyMapping, PyString, PyType};

use crate::exchange::{DECODED_LIMIT_BYTES, Exchange, Failure, Outcome, Sent, Stream};
use crate::hub::Core;
use crate::plain_get::ShortWay;
use crate::pool::Pool;
use crate::stats::Recorder;
use crate::tls::Tls;

/// What the table of statuses says of one.
const SUCCESS: u8 = 1;
const REDIRECT: u8 = 2;
const STATUS_COUNT: usize = 600;

/// An origin as one session reaches it.
pub(crate) struct Endpoint {
    origin: Arc<Origin>,
    /// Value of the `Host` header.
    authority: Box<str>,
    is_tls: bool,
    /// Where to connect to when the URL says it itself.
    literal: Option<Arc<[SocketAddr]>>,
}

impl Endpoint {
    fn new(url: &AbsoluteUrl<'_>, tls: Option<&Arc<TlsContext>>, proxy: Option<Arc<Proxy>>) -> Self {
        let tls = if url.is_https { tls.cloned() } else { None };
        let origin = Origin { host: Box::from(url.host), port: url.port, tls, proxy };
        let mut endpoint = Self {
            origin: Arc::new(origin),
            authority: Box::from(url.authority),
            is_tls: url.is_https,
            literal: None,
        };
        let (host, port) = endpoint.peer();
        endpoint.literal = host.parse().ok().map(|address| Arc::from([SocketAddr::new(address, port)]));
        endpoint
    }

    fn leads_to(&self, url: &AbsoluteUrl<'_>) -> bool {
        self.is_tls == url.is_https && self.origin.port == url.port && *self.origin.host == *url.host
    }

    /// The absolute URL of a request target, which a proxy may have been told in full already.
    pub(crate) fn url(&self, target: &str) -> String {
        if !target.starts_with('/') {
            return target.to_owned();
        }
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}{target}", self.authority)
    }

    /// Host and port to connect to.
    fn peer(&self) -> (&str, u16) {
        match &self.origin.proxy {
            Some(proxy) => (&proxy.host, proxy.port),
            None => (&self.origin.host, self.origin.port),
        }
    }
}

/// What may change between two requests of a session.
struct Settings {
    base_url: String,
    /// The base URL's origin and the path before each relative URL.
    base: Option<(Arc<Endpoint>, String)>,
    /// Origins of absolute URLs met so far, so that their connections are found again.
    others: Vec<Arc<Endpoint>>,
    default_headers: Vec<(String, String)>,
    /// `default_headers` as they go on the wire.
    default_fields: Fields,
    timeouts: Timeouts,
    tls: Option<Arc<TlsContext>>,
    request_event: Py<PyAny>,
}

/// Origins of absolute URLs that a session remembers.
const OTHERS_MAX: usize = 32;

impl Settings {
    fn endpoint(&mut self, url: &AbsoluteUrl<'_>) -> Arc<Endpoint> {
        let base = self.base.iter().map(|(endpoint, _)| endpoint);
        if let Some(known) = base.chain(&self.others).find(|known| known.leads_to(url)) {
            return known.clone();
        }
        let endpoint = Arc::new(Endpoint::new(url, self.tls.as_ref(), None));
        if self.others.len() == OTHERS_MAX {
            self.others.remove(0);
        }
        self.others.reserve_exact(1);
        self.others.push(endpoint.clone());
        endpoint
    }
}

fn timeout_of(seconds: Option<f64>) -> Option<Duration> {
    seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

fn seconds_of(timeout: Option<Duration>) -> Option<f64> {
    timeout.map(|timeout| timeout.as_secs_f64())
}

/// A timeout argument: left out (the session's own), `None` (for ever) or seconds.
enum TimeoutArgument {
    Session,
    Given(Option<Duration>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for TimeoutArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self::Given(timeout_of(object.extract()?)))
    }
}

impl TimeoutArgument {
    fn or(self, session: Option<Duration>) -> Option<Duration> {
        match self {
            Self::Session => session,
            Self::Given(given) => given,
        }
    }
}

/// Who wants to know of a finished request.
enum Listeners<'py> {
    Nobody,
    Recorder(Bound<'py, Recorder>),
    Python,
}

fn listeners_of<'py>(event: &Bound<'py, PyAny>) -> Listeners<'py> {
    let Ok(handlers) = event.getattr(intern!(event.py(), "_handlers")) else { return Listeners::Python };
    let Ok(handlers) = handlers.cast_into_exact::<PyList>() else { return Listeners::Python };
    match handlers.len() {
        0 => Listeners::Nobody,
        1 => match handlers.get_item(0).map(pyo3::Bound::cast_into_exact::<Recorder>) {
            Ok(Ok(recorder)) => Listeners::Recorder(recorder),
            _ => Listeners::Python,
        },
        _ => Listeners::Python,
    }
}

/// A user's HTTP state in the engine: where it goes, with which headers, over which connections.
#[pyclass(frozen, weakref, module = "locust._native")]
pub(crate) struct Session {
    response_class: Py<PyType>,
    catch_class: Py<PyType>,
    statuses: Py<PyBytes>,
    counts_decoded: bool,
    pool: Py<Pool>,
    settings: Mutex<Settings>,
    pub(crate) short_way: ShortWay,
}

impl Session {
    fn settings(&self) -> std::sync::MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verdict_on(&self, py: Python<'_>, status: u16) -> u8 {
        self.statuses.as_bytes(py).get(status as usize).copied().unwrap_or(0)
    }

    /// An instance of `class` that holds `exchange`, made without running any Python.
    fn respond<'py>(
        py: Python<'py>,
        class: &Py<PyType>,
        exchange: Bound<'py, Exchange>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: `class` is a live heap type whose instances need no more than `object.__new__` gives them (checked in `new`);
        // the result is a new reference or null with an error set.
        let response = unsafe {
            let class = class.as_ptr().cast::<ffi::PyTypeObject>();
            Bound::from_owned_ptr_or_err(py, ffi::PyType_GenericAlloc(class, 0))?
        };
        response.setattr(intern!(py, "_exchange"), exchange)?;
        Ok(response)
    }

    /// Addresses to connect to, or the exchange that failed for want of them.
    fn addresses(
        py: Python<'_>,
        core: &Core,
        endpoint: &Endpoint,
        timeouts: &Timeouts,
    ) -> PyResult<Result<Arc<[SocketAddr]>, Failure>> {
        if let Some(literal) = &endpoint.literal {
            return Ok(Ok(literal.clone()));
        }
        let (host, port) = endpoint.peer();
        let timeout = [timeouts.connect, timeouts.total].into_iter().flatten().min();
        match core.resolve(py, host, port, timeout) {
            Ok(addresses) => Ok(Ok(addresses)),
            Err(error)
                if error.is_instance_of::<PyOSError>(py) || error.is_instance_of::<PyValueError>(py) =>
            {
                Ok(Err(Failure::from_resolver(error.value(py))?))
            }
            Err(error) => Err(error),
        }
    }
}

/// One exchange before it starts.
struct Plan {
    sent: Box<Sent>,
    bytes: Vec<u8>,
    timeouts: Timeouts,
    is_replayable: bool,
    download: Download,
}

impl Session {
    /// Sends and waits for the whole response, or for its head when streamed.
    fn run(&self, py: Python<'_>, core: &Core, plan: Plan, upload: Option<Body<'_>>) -> PyResult<Exchange> {
        let pending = match self.begin(py, core, plan, upload.is_some())? {
            Ok(pending) => pending,
            Err(failed) => return Ok(*failed),
        };
        let ticket = pending.ticket;
        let early = match upload {
            Some(body) => body.send(py, core, ticket).inspect_err(|_| core.abandon(py, ticket))?,
            None => None,
        };
        let mut event = match early {
            Some(event) => event,
            None => core.wait(py, ticket)?,
        };
        // The last piece of an upload is with the kernel; the response is what we wait for.
        while matches!(event, Event::Sent(_)) {
            event = core.wait(py, ticket)?;
        }
        Ok(pending.finish(core, event))
    }

    /// Sends what is planned. Gives the failed exchange when there is nowhere to send it.
    #[inline(never)]
    fn begin(
        &self,
        py: Python<'_>,
        core: &Core,
        plan: Plan,
        is_upload_streamed: bool,
    ) -> PyResult<Result<Pending, Box<Exchange>>> {
        let started = Reactor::now();
        let Plan { sent, bytes, timeouts, is_replayable, download } = plan;
        let addresses = match Self::addresses(py, core, &sent.endpoint, &timeouts)? {
            Ok(addresses) => addresses,
            Err(failure) => {
                let outcome =
                    Outcome::Failed { failure, timings: Timings::of_look_up(started, Reactor::now()) };
                let started_at = core.epoch_seconds(started);
                return Ok(Err(Box::new(Exchange::new(sent, outcome, started_at, None))));
            }
        };
        let pool = self.pool.get();
        let request = Request {
            pool: pool.id_in(core),
            max_idle: pool.max_idle,
            origin: sent.endpoint.origin.clone(),
            addresses,
            bytes,
            upload: if is_upload_streamed { Upload::Streamed } else { Upload::Whole },
            download,
            is_head: sent.method.to_str(py)?.eq_ignore_ascii_case("HEAD"),
            is_replayable,
            timeouts,
            started,
            dns: if sent.endpoint.literal.is_some() { Duration::ZERO } else { elapsed_since(started) },
        };
        let ticket = core.take_slot();
        core.start(py, ticket, Box::new(request))?;
        Ok(Ok(Pending { sent, ticket }))
    }
}

/// An exchange that the engine is busy with.
struct Pending {
    sent: Box<Sent>,
    ticket: Ticket,
}

impl Pending {
    fn finish(self, core: &Core, event: Event) -> Exchange {
        let (started, outcome, stream) = match event {
            Event::Done(_, response) => (response.timings.started, Outcome::Response(response), None),
            Event::Head(_, response) => {
                let stream = Stream::new(core.id(), self.ticket);
                (response.timings.started, Outcome::Response(response), Some(stream))
            }
            Event::Failed(_, failed) => (failed.timings.started, Outcome::from(failed), None),
            Event::Chunk(..) | Event::End(..) | Event::Sent(_) | Event::Woken(_) => {
                unreachable!("the engine begins its answer with the response")
            }
        };
        if stream.is_none() {
            core.free_slot(self.ticket);
        }
        Exchange::new(self.sent, outcome, core.epoch_seconds(started), stream)
    }
}

fn elapsed_since(started: Instant) -> Duration {
    Reactor::now().saturating_duration_since(started)
}

/// A request body that comes piece by piece from a Python iterator.
struct Body<'py> {
    pieces: Bound<'py, PyIterator>,
    is_chunked: bool,
}

impl Body<'_> {
    /// Hands piece after piece to the engine, each when the one before is with the kernel. Gives what came instead of that
    /// word, should the server answer early.
    fn send(self, py: Python<'_>, core: &Core, ticket: Ticket) -> PyResult<Option<Event>> {
        for piece in self.pieces {
            let piece = piece?;
            let piece: Vec<u8> = match piece.cast::<PyString>() {
                Ok(text) => text.to_str()?.as_bytes().to_vec(),
                Err(_) => piece.extract().map_err(|_| {
                    PyTypeError::new_err(format!(
                        "a request body's iterator must give bytes or str, it gave {}",
                        piece.get_type()
                    ))
                })?,
            };
            if piece.is_empty() {
                continue;
            }
            let framed = if self.is_chunked { chunk(&piece) } else { Bytes::from(piece) };
            core.apply(py, Command::Body(ticket, framed))?;
            match core.wait(py, ticket)? {
                Event::Sent(_) => {}
                other => return Ok(Some(other)),
            }
        }
        if self.is_chunked {
            core.apply(py, Command::Body(ticket, Bytes::from_static(LAST_CHUNK)))?;
        }
        core.apply(py, Command::BodyEnd(ticket))?;
        Ok(None)
    }
}

fn chunk(piece: &[u8]) -> Bytes {
    let mut framed = Vec::with_capacity(piece.len() + 20);
    write_chunk(&mut framed, piece);
    framed.into()
}

fn malformed(error: RequestError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

#[pymethods]
impl Session {
    /// Args:
    ///     response_class: what a request gives; made without calling `__init__`, its `_exchange` set.
    ///     request_event: whose `_handlers` want to know of each request.
    ///     pool: connections, shared with other sessions; its own by default.
    ///     tls: trust and identity of https requests.
    ///     is_ok: a byte for each status below 600: 0 failure, 1 success, 2 redirect.
    ///     catch_class: what a request with `catch_response` gives; `response_class` by default.
    ///     counts_decoded: whether the length that is recorded is that of the decoded content.
    #[new]
    #[pyo3(signature = (response_class, request_event, *, is_ok, pool = None, tls = None, catch_class = None, counts_decoded = true))]
    fn new(
        py: Python<'_>,
        response_class: Bound<'_, PyType>,
        request_event: Py<PyAny>,
        is_ok: Bound<'_, PyBytes>,
        pool: Option<Py<Pool>>,
        tls: Option<Bound<'_, Tls>>,
        catch_class: Option<Bound<'_, PyType>>,
        counts_decoded: bool,
    ) -> PyResult<Self> {
        let catch_class = catch_class.unwrap_or_else(|| response_class.clone());
        for class in [&response_class, &catch_class] {
            let makes_plain_objects =
                class.getattr("__new__")?.is(&py.get_type::<PyAny>().getattr("__new__")?);
            if !makes_plain_objects {
                return Err(PyTypeError::new_err(format!(
                    "{class} must be a plain Python class without a __new__ of its own"
                )));
            }
        }
        if is_ok.as_bytes().len() != STATUS_COUNT {
            return Err(PyValueError::new_err("is_ok must be a table of 600 bytes"));
        }
        let pool = match pool {
            Some(pool) => pool,
            None => Py::new(py, Pool::new(10))?,
        };
        Ok(Self {
            response_class: response_class.unbind(),
            catch_class: catch_class.unbind(),
            statuses: is_ok.unbind(),
            counts_decoded,
            pool,
            short_way: ShortWay::closed(),
            settings: Mutex::new(Settings {
                base_url: String::new(),
                base: None,
                others: Vec::new(),
                default_headers: Vec::new(),
                default_fields: Fields::default(),
                timeouts: Timeouts::default(),
                tls: tls.map(|tls| tls.get().context.clone()),
                request_event,
            }),
        })
    }

    #[getter]
    fn base_url(&self) -> String {
        self.settings().base_url.clone()
    }

    /// Absolute http(s) URL before each relative one, without user information; "" for none.
    #[setter]
    fn set_base_url(&self, url: String) -> PyResult<()> {
        let settings = &mut *self.settings();
        settings.base = None;
        if !url.is_empty() {
            let parts = split_absolute(&url).ok_or_else(|| {
                PyValueError::new_err(format!(
                    "base URL {url:?} is not of the form http(s)://host[:port][/path]"
                ))
            })?;
            let endpoint = settings.endpoint(&parts);
            settings.base = Some((endpoint, parts.target.trim_end_matches('/').to_owned()));
        }
        settings.base_url = url;
        Ok(())
    }

    #[getter]
    fn default_headers(&self) -> Vec<(String, String)> {
        self.settings().default_headers.clone()
    }

    #[setter]
    fn set_default_headers(&self, headers: Vec<(String, String)>) -> PyResult<()> {
        let mut fields = Fields::default();
        for (name, value) in &headers {
            fields.push(&latin_1_bytes(name)?, &latin_1_bytes(value)?).map_err(malformed)?;
        }
        let settings = &mut *self.settings();
        settings.default_headers = headers;
        settings.default_fields = fields;
        Ok(())
    }

    #[getter]
    fn connect_timeout(&self) -> Option<f64> {
        seconds_of(self.settings().timeouts.connect)
    }

    #[setter]
    fn set_connect_timeout(&self, seconds: Option<f64>) {
        self.settings().timeouts.connect = timeout_of(seconds);
    }

    #[getter]
    fn read_timeout(&self) -> Option<f64> {
        seconds_of(self.settings().timeouts.read)
    }

    #[setter]
    fn set_read_timeout(&self, seconds: Option<f64>) {
        self.settings().timeouts.read = timeout_of(seconds);
    }

    #[getter]
    fn total_timeout(&self) -> Option<f64> {
        seconds_of(self.settings().timeouts.total)
    }

    #[setter]
    fn set_total_timeout(&self, seconds: Option<f64>) {
        self.settings().timeouts.total = timeout_of(seconds);
    }

    /// TLS settings of the requests to come; connections made with others are not used again.
    fn set_tls(&self, tls: Option<Bound<'_, Tls>>) -> PyResult<()> {
        {
            let settings = &mut *self.settings();
            settings.tls = tls.map(|tls| tls.get().context.clone());
            settings.others.clear();
            settings.base = None;
        }
        let base_url = self.base_url();
        self.set_base_url(base_url)
    }

    #[getter]
    fn request_event(&self, py: Python<'_>) -> Py<PyAny> {
        self.settings().request_event.clone_ref(py)
    }

    #[setter]
    fn set_request_event(&self, event: Py<PyAny>) {
        let before = std::mem::replace(&mut self.settings().request_event, event);
        // Dropped with nothing locked: its destructor may run Python.
        drop(before);
    }

    /// Whether a plain GET may go the short way: no cookies, no names in force, nothing unusual about the session.
    #[getter]
    fn short_way(&self) -> bool {
        self.short_way.is_open()
    }

    #[setter]
    fn set_short_way(&self, is_open: bool) {
        self.short_way.set_open(is_open);
    }

    /// Before the URL in the name of a request that goes the short way.
    fn set_name_prefix(&self, prefix: &str) {
        self.short_way.set_name_prefix(prefix);
    }

    #[getter]
    fn pool(&self, py: Python<'_>) -> Py<Pool> {
        self.pool.clone_ref(py)
    }

    /// The fast road: one request, waited for and counted.
    ///
    /// Returns:
    ///     `None`: this URL is not for the fast road. `response_class` (or `catch_class`): done, and counted unless it is to be
    ///     caught. `Exchange`: a failure, a redirect, a cookie or a Python listener, for Python to deal with; not counted yet.
    #[pyo3(signature = (method, url, name, headers, body, cookie, catch_response, /))]
    fn request<'py>(
        &self,
        py: Python<'py>,
        method: Bound<'py, PyString>,
        url: Bound<'py, PyString>,
        name: Bound<'py, PyString>,
        headers: Option<Bound<'py, PyAny>>,
        body: Option<Bound<'py, PyBytes>>,
        cookie: Option<&str>,
        catch_response: bool,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let extra = match headers {
            Some(headers) => extra_headers(&headers)?,
            None => Vec::new(),
        };
        self.send(py, &method, &url, &name, &extra, body.as_ref(), cookie, catch_response)
    }

    /// The general road: everything given, nothing counted.
    ///
    /// Args:
    ///     url: absolute and quoted.
    ///     headers: complete, but `Host` and the length of the body are added when missing.
    ///     body: bytes, or an iterable of bytes or str that is sent as it comes.
    ///     content_length: of an iterable body in bytes; without it the body is sent in chunks.
    ///     stream: come back when the head is there; the body is `Exchange.read`.
    ///     connect_timeout, read_timeout, total_timeout: seconds, or None for ever; the session's own when left out.
    ///     proxy: host, port and the value of Proxy-Authorization of an HTTP proxy.
    #[pyo3(signature = (method, url, headers, body = None, *, content_length = None, stream = false,
                        connect_timeout = TimeoutArgument::Session, read_timeout = TimeoutArgument::Session,
                        total_timeout = TimeoutArgument::Session, tls = None, proxy = None, name = None))]
    fn exchange<'py>(
        &self,
        py: Python<'py>,
        method: Bound<'py, PyString>,
        url: &str,
        headers: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
        body: Option<Bound<'py, PyAny>>,
        content_length: Option<u64>,
        stream: bool,
        connect_timeout: TimeoutArgument,
        read_timeout: TimeoutArgument,
        total_timeout: TimeoutArgument,
        tls: Option<Bound<'py, Tls>>,
        proxy: Option<(String, u16, Option<String>)>,
        name: Option<Bound<'py, PyString>>,
    ) -> PyResult<Exchange> {
        let parts = split_absolute(url).ok_or_else(|| {
            PyValueError::new_err(format!("URL {url:?} is not of the form http(s)://host[:port]/path"))
        })?;
        let (endpoint, timeouts) = {
            let settings = &mut *self.settings();
            let endpoint = if tls.is_none() && proxy.is_none() {
                settings.endpoint(&parts)
            } else {
                let context = tls.as_ref().map(|tls| &tls.get().context).or(settings.tls.as_ref());
                let proxy = proxy.map(|(host, port, authorization)| {
                    Arc::new(Proxy { host: host.into(), port, authorization: authorization.map(Into::into) })
                });
                Arc::new(Endpoint::new(&parts, context, proxy))
            };
            let timeouts = Timeouts {
                connect: connect_timeout.or(settings.timeouts.connect),
                read: read_timeout.or(settings.timeouts.read),
                total: total_timeout.or(settings.timeouts.total),
            };
            (endpoint, timeouts)
        };
        let whole = body.as_ref().and_then(|body| body.cast::<PyBytes>().ok().cloned());
        let pieces = match &body {
            Some(body) if whole.is_none() => Some(body.try_iter()?),
            _ => None,
        };
        let mut fields = Fields::default();
        for (name, value) in &headers {
            fields.push(&header_bytes(name)?, &header_bytes(value)?).map_err(malformed)?;
        }
        let gives_length = fields.names().any(|name| name.eq_ignore_ascii_case(b"content-length"));
        let is_chunked = pieces.is_some() && content_length.is_none() && !gives_length;
        let framing = match (&whole, content_length) {
            (Some(body), _) => Framing::Length(body.as_bytes().len() as u64),
            (None, Some(length)) => Framing::Length(length),
            (None, None) if is_chunked => Framing::Chunked,
            (None, None) => Framing::Nothing,
        };
        // A proxy that forwards plain http is told the absolute URL, and who asks; a tunnel is told by CONNECT.
        let forwarding = endpoint.origin.proxy.as_ref().filter(|_| !endpoint.is_tls);
        let absolute = forwarding.map(|_| endpoint.url(parts.target));
        if let Some(authorization) = forwarding.and_then(|proxy| proxy.authorization.as_deref()) {
            fields.push(b"Proxy-Authorization", authorization.as_bytes()).map_err(malformed)?;
        }
        let mut bytes = Vec::new();
        Head {
            method: method.to_str()?.as_bytes(),
            target: &[absolute.as_deref().unwrap_or(parts.target).as_bytes()],
            host: endpoint.authority.as_bytes(),
            framing,
            defaults: &fields,
        }
        .write(&mut bytes, &[])
        .map_err(malformed)?;
        let sent_head = Box::from(bytes.as_slice());
        if let Some(body) = &whole {
            bytes.extend_from_slice(body.as_bytes());
        }
        let plan = Plan {
            sent: Box::new(Sent {
                name: name.unwrap_or_else(|| PyString::new(py, url)).unbind(),
                head: sent_head,
                body: whole.map(Bound::unbind),
                method: method.unbind(),
                endpoint,
            }),
            bytes,
            timeouts,
            is_replayable: pieces.is_none(),
            download: if stream {
                Download::Streamed
            } else {
                Download::Whole { limit_bytes: DECODED_LIMIT_BYTES }
            },
        };
        let core = Core::get(py)?;
        self.run(py, &core, plan, pieces.map(|pieces| Body { pieces, is_chunked }))
    }
}

impl Session {
    /// What `request` does.
    pub(crate) fn send<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        url: &Bound<'py, PyString>,
        name: &Bound<'py, PyString>,
        extra: &[ExtraHeader],
        body: Option<&Bound<'py, PyBytes>>,
        cookie: Option<&str>,
        catch_response: bool,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let core = Core::get(py)?;
        let pending = match self.begin_plain(py, &core, method, url, name, extra, body, cookie)? {
            Some(Ok(pending)) => pending,
            Some(Err(failed)) => return Ok(Some(Bound::new(py, *failed)?.into_any())),
            None => return Ok(None),
        };
        core.wait_for(py, pending.ticket).map_err(|error| *error)?;
        self.conclude(py, &core, pending, catch_response)
    }

    #[inline(never)]
    fn begin_plain<'py>(
        &self,
        py: Python<'py>,
        core: &Core,
        method: &Bound<'py, PyString>,
        url: &Bound<'py, PyString>,
        name: &Bound<'py, PyString>,
        extra: &[ExtraHeader],
        body: Option<&Bound<'py, PyBytes>>,
        cookie: Option<&str>,
    ) -> PyResult<Option<Result<Pending, Box<Exchange>>>> {
        match self.plan(method, url, name, extra, body, cookie)? {
            Some(plan) => self.begin(py, core, plan, false).map(Some),
            None => Ok(None),
        }
    }

    /// Judges what has come, counts it if that is all there is to do, and wraps it.
    #[inline(never)]
    fn conclude<'py>(
        &self,
        py: Python<'py>,
        core: &Core,
        pending: Pending,
        catch_response: bool,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let event = core.take(pending.ticket)?;
        let exchange = pending.finish(core, event);
        let Some(response) = exchange.response() else {
            return Ok(Some(Bound::new(py, exchange)?.into_any()));
        };
        let verdict = self.verdict_on(py, response.status());
        let needs_python = response.has_set_cookie() || verdict == REDIRECT;
        if catch_response && !needs_python {
            return Self::respond(py, &self.catch_class, Bound::new(py, exchange)?).map(Some);
        }
        if needs_python || verdict != SUCCESS {
            return Ok(Some(Bound::new(py, exchange)?.into_any()));
        }
        let event = self.settings().request_event.clone_ref(py);
        match listeners_of(event.bind(py)) {
            Listeners::Nobody => {}
            Listeners::Recorder(recorder) => {
                let length = if self.counts_decoded {
                    exchange.decoded_length()
                } else {
                    Ok(response.body().len() as u64)
                };
                // A body that cannot be decoded is a failure: Python's to tell.
                let Ok(length) = length else { return Ok(Some(Bound::new(py, exchange)?.into_any())) };
                let total = response.timings.total;
                let finished = exchange.started_at() + total.as_secs_f64();
                recorder.get().record(
                    exchange.sent().method.to_str(py)?,
                    exchange.sent().name.to_str(py)?,
                    Some(total.as_micros() as u64),
                    length,
                    finished,
                );
                exchange.mark_recorded();
            }
            Listeners::Python => return Ok(Some(Bound::new(py, exchange)?.into_any())),
        }
        Self::respond(py, &self.response_class, Bound::new(py, exchange)?).map(Some)
    }

    /// Settles what goes on the wire; `None` when the URL is not for the fast road.
    fn plan<'py>(
        &self,
        method: &Bound<'py, PyString>,
        url: &Bound<'py, PyString>,
        name: &Bound<'py, PyString>,
        extra: &[ExtraHeader],
        body: Option<&Bound<'py, PyBytes>>,
        cookie: Option<&str>,
    ) -> PyResult<Option<Plan>> {
        let url = url.to_str()?;
        let settings = &mut *self.settings();
        let (endpoint, prefix, path) = if url.starts_with('/') {
            let Some((endpoint, prefix)) = &settings.base else { return Ok(None) };
            (endpoint.clone(), prefix.as_str(), url)
        } else {
            let Some(parts) = split_absolute(url) else { return Ok(None) };
            (settings.endpoint(&parts), "", parts.target)
        };
        let has_no_tls = endpoint.is_tls && endpoint.origin.tls.is_none();
        if has_no_tls || !is_fast_target(path) {
            return Ok(None);
        }
        let verb = method.to_str()?;
        let body_bytes = body.map_or(&[][..], |body| body.as_bytes());
        // As http.client: a body, even an empty one, and a method that expects one, have their length told.
        let has_length = body.is_some() || matches!(verb, "POST" | "PUT" | "PATCH");
        let mut overrides: Vec<(&[u8], Option<&[u8]>)> = Vec::new();
        if !extra.is_empty() || cookie.is_some() {
            overrides.extend(extra.iter().map(|(name, value)| (name.as_slice(), value.as_deref())));
            overrides.extend(cookie.map(|cookie| (&b"Cookie"[..], Some(cookie.as_bytes()))));
        }
        let mut bytes = Vec::new();
        Head {
            method: verb.as_bytes(),
            target: &[prefix.as_bytes(), path.as_bytes()],
            host: endpoint.authority.as_bytes(),
            framing: if has_length { Framing::Length(body_bytes.len() as u64) } else { Framing::Nothing },
            defaults: &settings.default_fields,
        }
        .write(&mut bytes, &overrides)
        .map_err(malformed)?;
        let head = Box::from(bytes.as_slice());
        bytes.extend_from_slice(body_bytes);
        Ok(Some(Plan {
            sent: Box::new(Sent {
                method: method.clone().unbind(),
                endpoint,
                name: name.clone().unbind(),
                head,
                body: body.map(|body| body.clone().unbind()),
            }),
            bytes,
            timeouts: settings.timeouts,
            is_replayable: true,
            download: Download::Whole { limit_bytes: DECODED_LIMIT_BYTES },
        }))
    }
}

/// Text of a header as bytes: ISO-8859-1, as HTTP/1 says.
fn latin_1_bytes(text: &str) -> PyResult<Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character))).collect::<Result<_, _>>().map_err(|_| {
        PyValueError::new_err(format!(
            "header {text:?} has characters outside ISO-8859-1: encode it to bytes"
        ))
    })
}

/// A header's name or value: str, or bytes as requests allows them.
fn header_bytes(object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = object.cast::<PyString>() {
        return latin_1_bytes(text.to_str()?);
    }
    match object.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.as_bytes().to_vec()),
        Err(_) => Err(PyTypeError::new_err(format!(
            "a header's name and value must be str or bytes, found {}",
            object.get_type().name()?
        ))),
    }
}

/// A header of one request: its name, and its value or that the default is to be left out.
pub(crate) type ExtraHeader = (Vec<u8>, Option<Vec<u8>>);

fn extra_headers(headers: &Bound<'_, PyAny>) -> PyResult<Vec<ExtraHeader>> {
    let items = headers.cast::<PyMapping>()?.items()?;
    let mut extra = Vec::with_capacity(items.len());
    for item in items {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        extra.push((header_bytes(&name)?, if value.is_none() { None } else { Some(header_bytes(&value)?) }));
    }
    Ok(extra)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Session>()
}
