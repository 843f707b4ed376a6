//! The engine against real sockets on loopback, in the caller's thread and in a thread of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, missing_docs)]

mod engine;
mod server;

mod connections;
mod hostile;
mod limits;
mod streams;
mod times;
mod tls;
