//! One connection as a state machine: bytes in, bytes out, no socket.

use crate::answer::{Answer, Source};
use crate::body::{Framing, Step};
use crate::route::{self, Head, KEPT_BODY_LIMIT_BYTES, Route, Site};
use std::time::Duration;

const HEAD_LIMIT_BYTES: usize = 64 << 10;
const HEADER_COUNT_LIMIT: usize = 100;
/// Answers of pipelined requests are gathered up to here before they are sent.
const GATHERED_BYTES: usize = 64 << 10;
/// A buffer that grew beyond this is given back when it is empty.
const KEPT_CAPACITY_BYTES: usize = 8 << 10;

/// Where a connection is.
#[derive(Debug)]
enum Phase {
    /// Before or in a request's head.
    Head,
    /// In a request's body.
    Body { request: Request, framing: Framing, size_bytes: u64, kept: Vec<u8> },
    /// The answer is ready but not due.
    Waiting { request: Request, answer: Answer },
    /// Nothing more will be read.
    Over,
}

/// What must be remembered of a request until it is answered.
#[derive(Debug)]
struct Request {
    route: Route,
    is_head: bool,
    is_last: bool,
}

/// What a connection wants next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// More input.
    Read,
    /// To be woken after this time.
    Wake(Duration),
    /// Nothing before it is woken: enough input is waiting.
    Sleep,
    /// `output` to be sent.
    Send,
    /// To be closed now that all is sent; the flag says that the peer may still be sending.
    Close { is_early: bool },
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    phase: Phase,
    source: Source,
    input: Vec<u8>,
    eaten: usize,
    is_early: bool,
    is_ended: bool,
    /// Bytes to send.
    pub(crate) output: Vec<u8>,
    is_asleep: bool,
}

impl Connection {
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Head,
            source: Source::Empty,
            input: Vec::new(),
            eaten: 0,
            is_early: false,
            is_ended: false,
            output: Vec::new(),
            is_asleep: false,
        }
    }

    /// Takes what was read.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// The peer has closed its side: it may still wait for answers.
    pub(crate) fn end(&mut self) {
        self.is_ended = true;
    }

    /// The time of the last [`Wish::Wake`] has come.
    pub(crate) fn wake(&mut self, site: &mut Site) {
        self.is_asleep = false;
        match std::mem::replace(&mut self.phase, Phase::Head) {
            Phase::Waiting { request, answer } => self.send(request.is_head, request.is_last, answer, site),
            other => self.phase = other,
        }
    }

    /// All of `output` was sent.
    pub(crate) fn sent(&mut self) {
        self.output.clear();
        self.output.shrink_to(KEPT_CAPACITY_BYTES);
    }

    /// Goes on as far as it can.
    pub(crate) fn advance(&mut self, site: &mut Site) -> Wish {
        loop {
            if self.is_asleep {
                return match (self.output.is_empty(), self.input.len() < HEAD_LIMIT_BYTES) {
                    (false, _) => Wish::Send,
                    (true, true) if !self.is_ended => Wish::Read,
                    (true, _) => Wish::Sleep,
                };
            }
            if !self.output.is_empty()
                && (self.source != Source::Empty || self.output.len() >= GATHERED_BYTES)
            {
                return Wish::Send;
            }
            if self.source != Source::Empty {
                if self.source.fill(GATHERED_BYTES, &mut self.output) {
                    continue;
                }
                if let Some(pause) = self.source.drip(&mut self.output) {
                    self.is_asleep = true;
                    return Wish::Wake(pause);
                }
                continue;
            }
            let before = self.eaten;
            if self.step(site) && (self.eaten > before || self.source != Source::Empty) {
                continue;
            }
            if self.eaten == self.input.len() {
                self.input.clear();
                self.input.shrink_to(KEPT_CAPACITY_BYTES);
            } else {
                self.input.drain(..self.eaten);
            }
            self.eaten = 0;
            return match &self.phase {
                Phase::Waiting { answer, .. } => {
                    self.is_asleep = true;
                    Wish::Wake(answer.after)
                }
                _ if !self.output.is_empty() => Wish::Send,
                Phase::Over => Wish::Close { is_early: self.is_early || !self.input.is_empty() },
                Phase::Head | Phase::Body { .. } if self.is_ended => Wish::Close { is_early: false },
                Phase::Head | Phase::Body { .. } => Wish::Read,
            };
        }
    }

    /// Does one thing with the input; false when it can't.
    fn step(&mut self, site: &mut Site) -> bool {
        match &mut self.phase {
            Phase::Head => self.read_head(site),
            Phase::Body { request, framing, size_bytes, kept } => match framing
                .next(&self.input[self.eaten..])
            {
                Ok(Step::Skip(count)) => {
                    self.eaten += count;
                    true
                }
                Ok(Step::Take(count)) => {
                    *size_bytes += count as u64;
                    if matches!(request.route, Route::Echo { .. } | Route::Login) {
                        if *size_bytes > KEPT_BODY_LIMIT_BYTES {
                            self.refuse(413, "this body is too long", site);
                            return true;
                        }
                        kept.extend_from_slice(&self.input[self.eaten..self.eaten + count]);
                    }
                    self.eaten += count;
                    true
                }
                Ok(Step::End) => {
                    self.finish(site);
                    // The end takes no byte, but something was done: the next request may be here already.
                    self.source != Source::Empty || matches!(self.phase, Phase::Head) && self.read_head(site)
                }
                Err(malformed) => {
                    self.refuse(400, malformed.0, site);
                    true
                }
            },
            Phase::Waiting { .. } | Phase::Over => false,
        }
    }

    fn read_head(&mut self, site: &mut Site) -> bool {
        let input = &self.input[self.eaten..];
        if input.is_empty() {
            return false;
        }
        let mut headers = [httparse::EMPTY_HEADER; HEADER_COUNT_LIMIT];
        let mut parsed = httparse::Request::new(&mut headers);
        let length = match parsed.parse(input) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if input.len() < HEAD_LIMIT_BYTES => return false,
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                self.refuse(431, "this head is too long", site);
                return true;
            }
            Err(_) => {
                self.refuse(400, "this is no HTTP/1 request", site);
                return true;
            }
        };
        let target = origin_form(parsed.path.unwrap_or("/"));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let head = Head { method: parsed.method.unwrap_or(""), path, query, headers: parsed.headers };
        let framing = match framing(&head) {
            Ok(framing) => framing,
            Err(why) => {
                self.refuse(400, why, site);
                return true;
            }
        };
        let connection = head.header("connection").unwrap_or(b"");
        let is_last = connection.eq_ignore_ascii_case(b"close")
            || parsed.version == Some(0) && !connection.eq_ignore_ascii_case(b"keep-alive");
        let is_head = head.method == "HEAD";
        let is_expecting =
            head.header("expect").is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"));
        let route = site.route(&head);
        self.eaten += length;
        if framing == Framing::Length(0) {
            self.answer(Request { route, is_head, is_last }, 0, Vec::new(), site);
            return true;
        }
        if is_expecting && self.eaten == self.input.len() {
            self.output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let request = Request { route, is_head, is_last };
        self.phase = Phase::Body { request, framing, size_bytes: 0, kept: Vec::new() };
        true
    }

    /// The body has ended.
    fn finish(&mut self, site: &mut Site) {
        match std::mem::replace(&mut self.phase, Phase::Head) {
            Phase::Body { request, size_bytes, kept, .. } => self.answer(request, size_bytes, kept, site),
            other => self.phase = other,
        }
    }

    fn answer(&mut self, mut request: Request, size_bytes: u64, body: Vec<u8>, site: &mut Site) {
        let answer = match std::mem::replace(&mut request.route, Route::Upload) {
            Route::Ready(answer) => answer,
            Route::Echo { content_type } => route::echo(content_type, body),
            Route::Upload => route::uploaded(size_bytes),
            Route::Login => route::login(&body),
        };
        if answer.after.is_zero() {
            self.send(request.is_head, request.is_last, answer, site);
        } else {
            self.phase = Phase::Waiting { request, answer };
        }
    }

    fn send(&mut self, is_head: bool, is_last: bool, answer: Answer, site: &mut Site) {
        let is_last = is_last || answer.is_last;
        site.answered += 1;
        self.source = answer.write(is_head, is_last, &mut self.output);
        self.phase = if is_last { Phase::Over } else { Phase::Head };
    }

    /// Answers what can't be read on from.
    fn refuse(&mut self, status: u16, why: &str, site: &mut Site) {
        self.is_early = true;
        self.eaten = self.input.len();
        self.send(false, true, Answer::text(status, why), site);
    }
}

/// The path and query of an absolute-form target; others as they are.
fn origin_form(target: &str) -> &str {
    match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => rest.find('/').map_or("/", |start| &rest[start..]),
        _ => target,
    }
}

fn framing(head: &Head) -> Result<Framing, &'static str> {
    if let Some(coding) = head.header("transfer-encoding") {
        if coding.eq_ignore_ascii_case(b"chunked") {
            return Ok(Framing::chunked());
        }
        return Err("this transfer coding is unknown");
    }
    match head.header("content-length") {
        None => Ok(Framing::Length(0)),
        Some(value) => std::str::from_utf8(value)
            .ok()
            .filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .map(Framing::Length)
            .ok_or("this content length is no number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `sent` in pieces; gives all output and the last wish.
    fn talk(sent: &[u8], piece: usize) -> (String, Wish) {
        let (mut connection, mut site, mut out) = (Connection::new(), Site::new(), Vec::new());
        let mut wish = Wish::Read;
        for bytes in sent.chunks(piece) {
            connection.receive(bytes);
            loop {
                wish = connection.advance(&mut site);
                match wish {
                    Wish::Send => {
                        out.extend_from_slice(&connection.output);
                        connection.sent();
                    }
                    Wish::Wake(_) => connection.wake(&mut site),
                    Wish::Read | Wish::Sleep | Wish::Close { .. } => break,
                }
            }
        }
        (String::from_utf8(out).unwrap(), wish)
    }

    #[test]
    fn pipelined_requests_are_answered_in_order_however_they_are_cut() {
        let sent = b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n\
            GET /delay/1 HTTP/1.1\r\n\r\nPOST /upload HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345\
            GET /slow-body/10 HTTP/1.1\r\n\r\nHEAD /chunked/2 HTTP/1.1\r\n\r\nGET /count HTTP/1.1\r\n\r\n";

        let (whole, wish) = talk(sent, sent.len());

        assert_eq!(wish, Wish::Read);
        assert_eq!(whole.matches("HTTP/1.1 200 OK").count(), 6);
        assert!(whole.contains("\r\n\r\noneHTTP") && whole.contains("{\"bytes\": 5}"));
        assert!(whole.ends_with("{\"requests\": 5}"));
        for piece in 1..sent.len() {
            assert_eq!(talk(sent, piece).0, whole, "pieces of {piece}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused_and_the_connection_closed() {
        for (sent, status) in [
            (&b"nonsense\r\n\r\n"[..], "400"),
            (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"),
            (b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "400"),
            (b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "400"),
        ] {
            let (answer, wish) = talk(sent, sent.len());

            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
            assert_eq!(wish, Wish::Close { is_early: true });
        }
    }

    #[test]
    fn a_head_without_end_is_refused_at_its_limit() {
        let mut sent = b"GET / HTTP/1.1\r\nX: ".to_vec();
        sent.resize(HEAD_LIMIT_BYTES, b'x');

        assert!(talk(&sent, 4_096).0.starts_with("HTTP/1.1 431"));
    }

    #[test]
    fn a_peer_that_expects_it_is_told_to_continue() {
        let sent = b"POST /echo HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx";

        let (answer, _) = talk(sent, sent.len() - 1);

        assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"), "{answer}");
    }

    #[test]
    fn http_1_0_is_closed_unless_it_asks_otherwise() {
        assert_eq!(talk(b"GET / HTTP/1.0\r\n\r\n", 99).1, Wish::Close { is_early: false });
        assert_eq!(talk(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 99).1, Wish::Read);
        assert_eq!(talk(b"GET /close HTTP/1.1\r\n\r\n", 99).1, Wish::Close { is_early: false });
    }

    #[test]
    fn a_proxied_request_is_understood() {
        assert!(talk(b"GET http://x.test/users/1?a=b HTTP/1.1\r\n\r\n", 99).0.contains("\"id\": 1"));
    }
}
