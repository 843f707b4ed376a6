//! The bundled target: a small, fast HTTP/1.1 server for demos and tests.
//!
//! One thread, keep-alive, pipelining; nothing waits but the poll. It speaks plain HTTP only and trusts nobody, but it
//! is meant for loopback: it has no access control worth the name.
//!
//! | Path | Answers with |
//! |---|---|
//! | `/` | 100 bytes of text |
//! | `/json` | a small JSON object |
//! | `/users` | twenty users, JSON |
//! | `/users/{id}` | one of them; 404 unless 1 to 1,000 |
//! | POST `/login` | form `username=...&password=...`: sets the cookie `session`; 401 for the password `wrong`, 400 without a name |
//! | `/me` | who the cookie `session` says you are, JSON; 401 without |
//! | `/cookies` | the cookies that came, JSON |
//! | `/cookies/set?name=value&...` | sets these cookies |
//! | `/basic-auth/{user}/{password}` | 200 for these credentials, else 401 |
//! | `/redirect/{n}` | 302, n times, and then 100 bytes |
//! | `/redirect-loop` | 302 to itself |
//! | `/status/{code}` | that status (200 to 599) |
//! | `/headers` | the request's headers, JSON |
//! | POST `/echo` | the body that came (at most 64 MiB) under its own content type |
//! | POST `/upload` | `{"bytes": n}`: counted in constant memory, also chunked |
//! | `/gzip`, `/deflate` | 10 KB of JSON, compressed |
//! | `/bytes/{n}` | n bytes, streamed in constant memory |
//! | `/chunked/{n}` | n chunks of 1,000 bytes |
//! | `/delay/{ms}` | 100 bytes, after that time |
//! | `/slow-body/{ms}` | the head at once, then 100 bytes in ten pieces spread over that time |
//! | `/flaky/{percent}` | 503 for exactly that share of its requests, evenly spread, else 100 bytes |
//! | `/close` | 100 bytes, then closes the connection |
//! | `/count` | `{"requests": n}`: how many were answered before |
//!
//! `/login`, `/echo` and `/upload` want a method with a body (GET and HEAD get 405); everything else answers any method,
//! and HEAD with the head alone.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a server, with sockets and a clock of its own"
)]

mod answer;
mod body;
mod connection;
mod json;
mod route;
mod server;

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::sync::atomic::AtomicBool;

/// Connections the kernel may hold until they are accepted: thousands of users arrive in the same second.
const BACKLOG: i32 = 4_096;

/// Listens on `host`, and says on which port: 0 takes a free one.
pub fn bind(host: &str, port: u16) -> io::Result<(TcpListener, u16)> {
    let address = (host, port)
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{host}: no address found")))?;
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from(socket);
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// Serves until `stop` is set (looked at twenty times a second). Raises this process's limit of open files as far as it may.
pub fn serve(listener: TcpListener, stop: &AtomicBool) -> io::Result<()> {
    raise_open_file_limit();
    listener.set_nonblocking(true)?;
    server::Server::new(listener)?.run(stop)
}

/// A refusal is no reason not to serve: connections beyond the limit then wait in the backlog.
#[cfg(unix)]
fn raise_open_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(not(unix))]
fn raise_open_file_limit() {}
