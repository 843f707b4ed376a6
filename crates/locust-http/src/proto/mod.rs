//! Bytes to messages and back: no socket, no clock.
//!
//! [`h1`] reads HTTP/1 responses, [`request`] writes request heads, [`target`] judges and splits URLs. Another
//! version of HTTP is another module beside [`h1`].

pub mod chunked;
pub mod h1;
mod head;
mod message;
pub mod request;
pub mod target;
