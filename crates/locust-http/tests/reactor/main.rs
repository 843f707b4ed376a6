//! The engine against real sockets on loopback, in the caller's thread and in a thread of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "servers and clocks beside the engine's"
)]

mod engine;
mod server;

mod connections;
mod hostile;
mod limits;
mod streams;
mod times;
mod tls;
