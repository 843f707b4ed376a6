//! Why an exchange had no response: one enum, each kind with a slug that never changes.

use std::io;
use std::time::Duration;

/// The step an exchange was in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Phase {
    /// Looking up the host's name.
    Dns,
    /// Opening the TCP connection, or asking the proxy to.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for the response: until the whole head is there.
    Wait,
    /// Receiving the body.
    Receive,
}

impl Phase {
    /// Lower-case name: `dns`, `connect`, `tls`, `send`, `wait`, `receive`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Send => "send",
            Self::Wait => "wait",
            Self::Receive => "receive",
        }
    }
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No address for the host.
    #[error("no address for host {host}")]
    Dns {
        /// The name looked up.
        host: Box<str>,
    },
    /// Nobody listens there.
    #[error("{0}")]
    ConnectRefused(Os),
    /// No connection in time.
    #[error("no connection within {} s", .0.as_secs_f64())]
    ConnectTimeout(Duration),
    /// The connection, or the TLS handshake on it, was not complete in time.
    #[error("no TLS handshake within {} s", .0.as_secs_f64())]
    TlsTimeout(Duration),
    /// All local ports towards that address are taken.
    #[error("{0}: no free local port; let connections live longer, or use more source or target addresses")]
    NoFreePort(Os),
    /// No route, ...
    #[error("{0}")]
    Connect(Os),
    /// The proxy would not connect.
    #[error("proxy answered {status} {reason}")]
    Proxy {
        /// Its status code.
        status: u16,
        /// Its reason phrase.
        reason: Box<str>,
    },
    /// The certificate is not acceptable.
    #[error("certificate verify failed: {0}")]
    TlsVerify(Box<str>),
    /// TLS went wrong otherwise.
    #[error("TLS: {reason}")]
    Tls {
        /// What happened.
        reason: Box<str>,
        /// When.
        phase: Phase,
    },
    /// Certificates or keys given cannot be used.
    #[error("{0}")]
    TlsSettings(Box<str>),
    /// A file with certificates or keys cannot be read.
    #[error("{path}: {source}")]
    TlsFile {
        /// Which.
        path: Box<str>,
        /// Why.
        source: io::Error,
    },
    /// Silence for too long.
    #[error("nothing received within {} s", .after.as_secs_f64())]
    ReadTimeout {
        /// The limit.
        after: Duration,
        /// When.
        phase: Phase,
    },
    /// Not finished in time.
    #[error("not finished within {} s", .after.as_secs_f64())]
    TotalTimeout {
        /// The limit.
        after: Duration,
        /// When.
        phase: Phase,
    },
    /// The remote end reset the connection.
    #[error("{os}")]
    Reset {
        /// ECONNRESET or EPIPE.
        os: Os,
        /// When.
        phase: Phase,
    },
    /// The remote end closed the connection without a response.
    #[error("remote end closed connection without response")]
    Closed,
    /// The remote end closed the connection within a response.
    // No count of bytes: each would make an error of its own in the statistics.
    #[error("connection closed in the middle of the {}", if *.phase == Phase::Wait { "response's head" } else { "response" })]
    Truncated {
        /// When: in the head or in the body.
        phase: Phase,
    },
    /// The head is not one of HTTP/1.
    #[error("{0}")]
    Head(Box<str>),
    /// What follows the head is not as it should be.
    #[error("{0}")]
    Protocol(Box<str>),
    /// The head is too long.
    #[error("{0}")]
    HeaderOverflow(Box<str>),
    /// The body is too long.
    #[error("response body is longer than {limit_bytes} bytes")]
    BodyOverflow {
        /// The limit.
        limit_bytes: u64,
    },
    /// The body is not what `Content-Encoding` says.
    #[error("{0}")]
    Decode(Box<str>),
    /// The process may not open more sockets.
    #[error("{0}; raise the limit of open files (ulimit -n)")]
    TooManyFiles(Os),
    /// Another error of the operating system.
    #[error("{os}")]
    Io {
        /// What it said.
        os: Os,
        /// When.
        phase: Phase,
    },
}

/// An error of the operating system, as Python writes it: `[Errno 111] Connection refused`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Os {
    /// Number, where there is one.
    pub errno: Option<i32>,
    /// Text.
    pub text: Box<str>,
}

impl From<&io::Error> for Os {
    fn from(error: &io::Error) -> Self {
        let mut text = error.to_string();
        // std appends the number; `Display` puts it in front.
        if let Some(end) = text.find(" (os error ") {
            text.truncate(end);
        }
        Self { errno: error.raw_os_error(), text: text.into() }
    }
}

impl std::fmt::Display for Os {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.errno {
            Some(errno) => write!(formatter, "[Errno {errno}] {}", self.text),
            None => formatter.write_str(&self.text),
        }
    }
}

impl Error {
    /// A word for the kind that never changes.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Dns { .. } => "dns",
            Self::ConnectRefused(_) => "connect-refused",
            Self::ConnectTimeout(_) | Self::TlsTimeout(_) => "connect-timeout",
            Self::Connect(_) | Self::NoFreePort(_) => "connect",
            Self::Proxy { .. } => "proxy",
            Self::TlsVerify(_) => "tls-verify",
            Self::Tls { .. } => "tls",
            Self::TlsSettings(_) | Self::TlsFile { .. } => "tls-settings",
            Self::ReadTimeout { .. } => "read-timeout",
            Self::TotalTimeout { .. } => "total-timeout",
            Self::Reset { .. } => "reset",
            Self::Closed => "closed",
            Self::Truncated { .. } => "truncated",
            Self::Head(_) | Self::Protocol(_) => "protocol",
            Self::HeaderOverflow(_) => "header-overflow",
            Self::BodyOverflow { .. } => "body-overflow",
            Self::Decode(_) => "decode",
            Self::TooManyFiles(_) => "too-many-files",
            Self::Io { .. } => "io",
        }
    }

    /// The operating system's number, where it was the one to complain.
    pub fn errno(&self) -> Option<i32> {
        match self {
            Self::ConnectRefused(os) | Self::Connect(os) | Self::NoFreePort(os) | Self::TooManyFiles(os) => {
                os.errno
            }
            Self::Reset { os, .. } | Self::Io { os, .. } => os.errno,
            Self::TlsFile { source, .. } => source.raw_os_error(),
            _ => None,
        }
    }

    /// The step it happened in.
    pub fn phase(&self) -> Phase {
        match self {
            Self::Dns { .. } => Phase::Dns,
            Self::ConnectRefused(_)
            | Self::ConnectTimeout(_)
            | Self::Connect(_)
            | Self::NoFreePort(_)
            | Self::Proxy { .. }
            | Self::TooManyFiles(_) => Phase::Connect,
            Self::TlsTimeout(_) | Self::TlsVerify(_) | Self::TlsSettings(_) | Self::TlsFile { .. } => {
                Phase::Tls
            }
            Self::Tls { phase, .. }
            | Self::ReadTimeout { phase, .. }
            | Self::TotalTimeout { phase, .. }
            | Self::Reset { phase, .. }
            | Self::Truncated { phase }
            | Self::Io { phase, .. } => *phase,
            Self::Closed | Self::Head(_) => Phase::Wait,
            Self::Protocol(_) | Self::HeaderOverflow(_) | Self::BodyOverflow { .. } | Self::Decode(_) => {
                Phase::Receive
            }
        }
    }
}
