//! The HTTP engine: sends requests, reads responses and knows when each byte came. It knows neither Python nor statistics.
//!
//! A caller feeds [`Command`]s to a [`Reactor`] (in its own thread, the poll set nested in the caller's event loop) or to a
//! [`ThreadRunner`] (the same reactor in a thread of its own) and takes [`Event`]s.
//!
//! Layers, each knowing only those to its right: `reactor` (sockets, timers, time stamps), `pool` (which connection),
//! `tls`, [`proto`] (bytes to messages, without a socket).

pub mod content;
mod error;
mod exchange;
mod pool;
pub mod proto;
mod reactor;
mod tls;

pub use error::{Error, Os, Phase};
pub use exchange::{
    Command, Download, Event, Failed, Origin, PoolId, Proxy, Request, Response, Ticket, Timeouts, Timings,
    Upload,
};
pub use reactor::thread::ThreadRunner;
pub use reactor::{Reactor, ReactorOptions};
pub use tls::{TlsContext, TlsOptions};
