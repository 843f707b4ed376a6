//! The words of the engine: what a caller asks (`Request`, `Command`) and what it is told (`Event`, `Response`).

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::error::Error;
use crate::proto::h1::Message;
use crate::tls::TlsContext;

/// Names an exchange or a sleeper. The caller chooses it: `slot` is dense, `generation` differs each time a slot is used again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ticket {
    /// Index, dense from 0.
    pub slot: u32,
    /// Tells this use of the slot from earlier ones.
    pub generation: u32,
}

/// A set of idle connections, usually one a user. Dense, chosen by the caller, opened at first use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolId(pub u32);

/// Where a connection leads; connections are used again for an equal origin only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Host as in the URL, an IPv6 address without its brackets; TLS checks the certificate against it.
    pub host: Box<str>,
    /// TCP port.
    pub port: u16,
    /// TLS settings; `None` is plain http.
    pub tls: Option<Arc<TlsContext>>,
    /// Proxy on the way, if any.
    pub proxy: Option<Arc<Proxy>>,
}

/// An HTTP proxy. With one set, a request's `addresses` are the proxy's.
///
/// An https origin is reached through `CONNECT`; for plain http the caller writes the absolute form of the URL itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proxy {
    /// Host, for messages.
    pub host: Box<str>,
    /// Port, for messages.
    pub port: u16,
    /// Value of `Proxy-Authorization` of the `CONNECT` request.
    pub authorization: Option<Box<str>>,
}

/// How long each step may take; `None` is for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Timeouts {
    /// For each address tried; and once more for the TLS handshake, the proxy's answer included.
    pub connect: Option<Duration>,
    /// Longest silence: between two pieces sent or received.
    pub read: Option<Duration>,
    /// From `Request::started` to the last byte.
    pub total: Option<Duration>,
}

/// How the request's body comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Upload {
    /// `Request::bytes` is head and body.
    Whole,
    /// `Request::bytes` is the head; the framed body follows as `Command::Body`.
    Streamed,
}

/// How the response's body goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Download {
    /// In one piece with `Event::Done`.
    Whole {
        /// A longer body is a failure.
        limit_bytes: u64,
    },
    /// `Event::Head` first, then a piece for each `Command::Read`.
    Streamed,
}

/// One request, ready to be sent.
#[derive(Debug)]
pub struct Request {
    /// Whose connections may be used again.
    pub pool: PoolId,
    /// Idle connections the pool may keep.
    pub max_idle: u16,
    /// Where to.
    pub origin: Arc<Origin>,
    /// Addresses of the origin (or its proxy), tried in order.
    pub addresses: Arc<[SocketAddr]>,
    /// The serialised head, and the body with `Upload::Whole`.
    pub bytes: Vec<u8>,
    /// How the body comes.
    pub upload: Upload,
    /// How the response goes.
    pub download: Download,
    /// The response to HEAD has no body.
    pub is_head: bool,
    /// May be sent again, once, on a fresh connection if a reused one was closed before any byte of the response.
    pub is_replayable: bool,
    /// Limits of time.
    pub timeouts: Timeouts,
    /// When the caller began, before the look-up of the host's name.
    pub started: Instant,
    /// Time of that look-up.
    pub dns: Duration,
}

/// What the caller wants.
#[derive(Debug)]
pub enum Command {
    /// Begin an exchange.
    Start(Ticket, Box<Request>),
    /// The next bytes of a streamed upload, already framed.
    Body(Ticket, Bytes),
    /// The streamed upload is complete. Best right behind the last `Body`: if the response comes first, the connection does
    /// not serve again.
    BodyEnd(Ticket),
    /// Hand over the next bytes of a streamed download.
    Read(Ticket),
    /// Give up: the connection is closed at once and no event follows. Wakes no sleeper either.
    Cancel(Ticket),
    /// Close the idle connections of a pool.
    CloseIdle(PoolId),
    /// Close the idle connections of a pool now, and its busy ones when they are done.
    ClosePool(PoolId),
    /// Say `Woken` at this time.
    Sleep(Ticket, Instant),
}

/// What the caller is told. After `Done`, `End`, `Failed` and `Woken` nothing more comes for the ticket.
#[derive(Debug)]
pub enum Event {
    /// The response, complete.
    Done(Ticket, Box<Response>),
    /// The head of a streamed response; its timings end with the head.
    Head(Ticket, Box<Response>),
    /// A piece of a streamed body, transfer framing removed.
    Chunk(Ticket, Bytes),
    /// The streamed body is complete: right behind the last `Chunk`, or `Head`, if that was known to be the last, without
    /// a `Read`; else in answer to a `Read`.
    End(Ticket, Timings),
    /// All upload bytes given so far are with the kernel: send more.
    Sent(Ticket),
    /// No response.
    Failed(Ticket, Box<Failed>),
    /// A sleeper's time has come.
    Woken(Ticket),
}

/// An exchange without a response.
#[derive(Debug)]
pub struct Failed {
    /// Why.
    pub error: Error,
    /// How far it came.
    pub timings: Timings,
}

/// Where the time of an exchange went. Steps that did not happen are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// As the request said.
    pub started: Instant,
    /// As the request said.
    pub dns: Duration,
    /// TCP connect, all addresses tried.
    pub connect: Duration,
    /// TLS handshake, after the proxy's answer if there is one.
    pub tls: Duration,
    /// Handing the request to the kernel.
    pub send: Duration,
    /// From the request's last byte to the response's first.
    pub first_byte: Duration,
    /// From the response's first byte to its last.
    pub receive: Duration,
    /// From `started` to the last byte, at its arrival time.
    pub total: Duration,
    /// The connection had served before.
    pub is_reused: bool,
}

impl Timings {
    /// Of a look-up that came to nothing: the reactor has no part in it.
    #[must_use]
    pub fn of_look_up(started: Instant, ended: Instant) -> Self {
        let dns = ended.saturating_duration_since(started);
        let none = Duration::ZERO;
        Self {
            started,
            dns,
            connect: none,
            tls: none,
            send: none,
            first_byte: none,
            receive: none,
            total: dns,
            is_reused: false,
        }
    }
}

/// A response and when it came.
pub struct Response {
    /// Where the time went.
    pub timings: Timings,
    pub(crate) message: Message,
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A body can be of any size.
        formatter
            .debug_struct("Response")
            .field("status", &self.status())
            .field("body_bytes", &self.body().len())
            .field("timings", &self.timings)
            .finish_non_exhaustive()
    }
}

impl Response {
    /// Status code.
    pub fn status(&self) -> u16 {
        self.message.status()
    }

    /// 10 or 11.
    pub fn version(&self) -> u8 {
        self.message.version()
    }

    /// Reason phrase as sent.
    pub fn reason(&self) -> &[u8] {
        self.message.reason()
    }

    /// Names and values as sent, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.message.headers()
    }

    /// Value of the first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.message.header(name)
    }

    /// Whether a `Set-Cookie` came along.
    pub fn has_set_cookie(&self) -> bool {
        self.message.has_set_cookie()
    }

    /// The body without its transfer framing, still encoded as `Content-Encoding` says.
    pub fn body(&self) -> &[u8] {
        self.message.body()
    }

    /// The message and its times.
    pub fn into_parts(self) -> (Message, Timings) {
        (self.message, self.timings)
    }
}
