//! The target over real sockets.

// Clippy lets tests unwrap, but not what they share.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a client of its own")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A running target that stops when dropped.
struct Target {
    port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Target {
    fn start() -> Self {
        let (listener, port) = locust_target::bind("127.0.0.1", 0).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let flag = stop.clone();
        let thread = std::thread::spawn(move || locust_target::serve(listener, &flag));
        Self { port, stop, thread: Some(thread) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// One request that closes its connection; the whole answer.
    fn ask(&self, head: &str, body: &[u8]) -> String {
        let mut stream = self.connect();
        write!(stream, "{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1"), b"")
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let served = self.thread.take().unwrap().join().unwrap();
        if !std::thread::panicking() {
            served.unwrap();
        }
    }
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn the_front_page_has_a_hundred_bytes() {
    let answer = Target::start().get("/");

    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(body(&answer).len(), 100);
}

#[test]
fn a_login_is_remembered_by_its_cookie() {
    let target = Target::start();

    let login = target.ask("POST /login HTTP/1.1", b"username=A%2BB+C&password=secret");
    let me = target.ask("GET /me HTTP/1.1\r\nCookie: other=1; session=A%2BB%20C", b"");

    assert!(login.contains("\r\nSet-Cookie: session=A%2BB%20C; Path=/; HttpOnly\r\n"), "{login}");
    assert_eq!(body(&me), "{\"user\": \"A+B C\"}");
    assert!(target.get("/me").starts_with("HTTP/1.1 401 "));
    assert!(target.ask("POST /login HTTP/1.1", b"username=x&password=wrong").starts_with("HTTP/1.1 401 "));
    assert!(target.ask("POST /login HTTP/1.1", b"").starts_with("HTTP/1.1 400 "));
    assert!(target.get("/login").starts_with("HTTP/1.1 405 "));
}

#[test]
fn basic_credentials_are_checked() {
    let target = Target::start();

    let right = target.ask("GET /basic-auth/user/pass HTTP/1.1\r\nAuthorization: basic dXNlcjpwYXNz", b"");
    let wrong = target.ask("GET /basic-auth/user/other HTTP/1.1\r\nAuthorization: Basic dXNlcjpwYXNz", b"");

    assert!(right.starts_with("HTTP/1.1 200 "), "{right}");
    assert!(wrong.contains("\r\nWWW-Authenticate: Basic realm=\"target\"\r\n"), "{wrong}");
}

#[test]
fn redirects_end_and_loops_do_not() {
    let target = Target::start();

    assert!(target.get("/redirect/2").contains("\r\nLocation: /redirect/1\r\n"));
    assert!(target.get("/redirect/0").starts_with("HTTP/1.1 200 "));
    assert!(target.get("/redirect-loop").contains("\r\nLocation: /redirect-loop\r\n"));
}

#[test]
fn headers_come_back_as_json() {
    let answer = Target::start().ask("GET /headers HTTP/1.1\r\nX-A: 1\r\nx-a: \"2\"", b"");

    assert!(body(&answer).starts_with("{\"X-A\": \"1, \\\"2\\\"\""), "{answer}");
}

#[test]
fn compressed_pages_are_marked() {
    let target = Target::start();
    for coding in ["gzip", "deflate"] {
        let mut stream = target.connect();
        write!(stream, "HEAD /{coding} HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();

        assert!(answer.contains(&format!("\r\nContent-Encoding: {coding}\r\n")), "{answer}");
    }
}

#[test]
fn a_large_body_is_echoed() {
    let sent: Vec<u8> = (0..3_000_000_u32).map(|index| b'a' + (index % 26) as u8).collect();

    let answer = Target::start().ask("PUT /echo HTTP/1.1\r\nContent-Type: text/x", &sent);

    assert!(answer.contains("\r\nContent-Type: text/x\r\n"));
    assert!(body(&answer).as_bytes() == sent);
}

#[test]
fn a_body_beyond_the_limit_is_refused_before_it_is_all_sent() {
    let target = Target::start();
    let mut stream = target.connect();
    write!(stream, "POST /echo HTTP/1.1\r\nContent-Length: 1000000000000\r\n\r\n").unwrap();
    let block = vec![b'x'; 1 << 20];
    let mut sent = 0;
    while sent < 80 && stream.write_all(&block).is_ok() {
        sent += 1;
    }
    let _ = stream.shutdown(Shutdown::Write);

    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);

    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn uploads_are_counted_by_length_and_by_chunks() {
    let target = Target::start();
    let mut stream = target.connect();
    let block = vec![b'x'; 100_000];

    write!(stream, "POST /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        .unwrap();
    for _ in 0..30 {
        write!(stream, "186A0\r\n").unwrap();
        stream.write_all(&block).unwrap();
        write!(stream, "\r\n").unwrap();
    }
    write!(stream, "0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();

    assert_eq!(body(&answer), "{\"bytes\": 3000000}");
    assert_eq!(body(&target.ask("POST /upload HTTP/1.1", &block)), "{\"bytes\": 100000}");
}

#[test]
fn streamed_bodies_have_the_size_asked_for() {
    let target = Target::start();

    assert_eq!(body(&target.get("/bytes/5000001")).len(), 5_000_001);
    let chunked = target.get("/chunked/300");
    assert!(chunked.contains("\r\nTransfer-Encoding: chunked\r\n"));
    assert_eq!(body(&chunked).len(), 300 * (5 + 1_000 + 2) + 5);
}

#[test]
fn a_reader_that_stops_holds_up_nobody_else() {
    let target = Target::start();
    let mut stalled = target.connect();
    write!(stalled, "GET /bytes/1000000000000 HTTP/1.1\r\n\r\n").unwrap();

    let answer = target.get("/");

    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn delays_run_side_by_side() {
    let target = Target::start();
    let start = Instant::now();

    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert!(target.get("/delay/100").starts_with("HTTP/1.1 200 ")));
        }
        scope.spawn(|| assert_eq!(body(&target.get("/slow-body/100")).len(), 100));
    });

    let elapsed = start.elapsed();
    assert!(elapsed >= Duration::from_millis(90) && elapsed < Duration::from_millis(1_500), "{elapsed:?}");
}

#[test]
fn a_half_closed_connection_still_gets_its_answer() {
    let target = Target::start();
    let mut stream = target.connect();
    write!(stream, "GET /delay/20 HTTP/1.1\r\n\r\nGET /count HTTP/1.1\r\n\r\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();

    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();

    assert!(answer.ends_with("{\"requests\": 1}"), "{answer}");
}

#[test]
fn a_connection_that_vanishes_while_waiting_harms_nobody() {
    let target = Target::start();
    for _ in 0..50 {
        let mut stream = target.connect();
        write!(stream, "GET /delay/10 HTTP/1.1\r\n\r\n").unwrap();
    }

    let answer = target.get("/delay/30");

    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
