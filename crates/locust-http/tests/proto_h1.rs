//! The response reader: a table for each rule of RFC 9112, hostile input, and two properties (pieces do not matter, nothing
//! panics).

#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "how long a parser takes")]

use locust_http::Error;
use locust_http::proto::h1::{Limits, Message, ResponseReader};
use proptest::prelude::*;

/// What a response came to, in comparable form.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The message, whether its connection may be used again, and how many bytes nobody asked for followed.
    Complete {
        message: Message,
        keeps_alive: bool,
        surplus: usize,
    },
    Failed {
        slug: &'static str,
        text: String,
    },
}

impl Outcome {
    /// How much of a wrong line is shown depends on how much of it had come.
    fn without_excerpt(self) -> Self {
        match self {
            Self::Failed { slug, text } => {
                Self::Failed { slug, text: text.split('"').next().unwrap_or_default().to_owned() }
            }
            complete @ Self::Complete { .. } => complete,
        }
    }
}

/// Feeds `pieces`, then the end of the connection.
fn read_pieces<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    is_head: bool,
    is_streamed: bool,
    limits: Limits,
) -> Outcome {
    let mut reader = ResponseReader::new(is_head, is_streamed, limits);
    let mut surplus = 0;
    let mut streamed = Vec::new();
    let mut failure = None;
    for piece in pieces {
        match reader.feed(piece) {
            Ok(taken) => {
                assert!(taken == piece.len() || reader.is_complete(), "only the end leaves bytes over");
                surplus += piece.len() - taken;
            }
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
        streamed.extend_from_slice(&reader.take_chunk());
    }
    if let Some(error) = failure.or_else(|| reader.finish_eof().err()) {
        return Outcome::Failed { slug: error.slug(), text: error.to_string() };
    }
    assert!(reader.is_complete() && reader.is_head_complete() && reader.received_any());
    let keeps_alive = reader.keeps_alive();
    let message = reader.into_message();
    if is_streamed {
        assert_eq!(message.body(), b"", "a streamed body is not in the message");
        // The same message read whole, to compare with.
        let whole = [message.head(), &streamed].concat();
        return Outcome::Complete { message: as_message(&whole, &message), keeps_alive, surplus };
    }
    Outcome::Complete { message, keeps_alive, surplus }
}

/// A message of the same head with a body of known bytes, whatever its framing was.
fn as_message(whole: &[u8], head: &Message) -> Message {
    let mut copy = ResponseReader::new(false, false, Limits::default());
    let body_len = whole.len() - head.head().len();
    let plain = format!("HTTP/1.1 {} x\r\nContent-Length: {body_len}\r\n\r\n", head.status());
    copy.feed(&[plain.as_bytes(), &whole[head.head().len()..]].concat()).unwrap();
    copy.into_message()
}

fn read(input: &[u8]) -> Outcome {
    read_pieces([input], false, false, Limits::default())
}

/// Status, body and whether the connection lives on.
fn summary(input: &[u8]) -> (u16, String, bool) {
    match read(input) {
        Outcome::Complete { message, keeps_alive, .. } => {
            (message.status(), String::from_utf8_lossy(message.body()).into_owned(), keeps_alive)
        }
        Outcome::Failed { slug, text } => panic!("{slug}: {text} for {:?}", input.escape_ascii().to_string()),
    }
}

fn failure(input: &[u8]) -> (&'static str, String) {
    match read(input) {
        Outcome::Failed { slug, text } => (slug, text),
        complete @ Outcome::Complete { .. } => {
            panic!("{complete:?} for {:?}", input.escape_ascii().to_string())
        }
    }
}

fn head(extra: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{extra}\r\n\r\n").into_bytes()
}

fn with_body(extra: &str, body: &str) -> Vec<u8> {
    [head(extra), body.into()].concat()
}

#[test]
fn the_length_of_a_body_follows_the_rfc() {
    let cases: &[(&str, &str, &str, bool)] = &[
        ("Content-Length: 5", "hello", "hello", true),
        ("Content-Length: 0", "", "", true),
        ("content-LENGTH:5", "hello", "hello", true),
        ("Content-Length: 005", "hello", "hello", true),
        ("Content-Length: 5, 5", "hello", "hello", true),
        ("Content-Length: 5\r\nContent-Length: 5", "hello", "hello", true),
        ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", "hello", true),
        ("Transfer-Encoding: Chunked", "5\r\nhello\r\n0\r\n\r\n", "hello", true),
        ("Transfer-Encoding: gzip, chunked", "5\r\nhello\r\n0\r\n\r\n", "hello", true),
        ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", "hello", true),
        // Chunked beats a length, and the connection is not trusted any more.
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", "hello", false),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", "5\r\nhello\r\n0\r\n\r\n", "hello", false),
        // A transfer coding behind chunked, or without it: until the connection closes.
        ("Transfer-Encoding: gzip", "hello", "hello", false),
        ("Transfer-Encoding: chunked, gzip", "5\r\nhello", "5\r\nhello", false),
        ("Transfer-Encoding: gzip\r\nContent-Length: 2", "hello", "hello", false),
        ("Transfer-Encoding: xchunked", "hello", "hello", false),
        // No coding at all.
        ("Transfer-Encoding: identity\r\nContent-Length: 5", "hello", "hello", true),
        ("Transfer-Encoding: \r\nContent-Length: 5", "hello", "hello", true),
        ("X: y", "until the end", "until the end", false),
    ];
    for (extra, sent, body, keeps_alive) in cases {
        assert_eq!(summary(&with_body(extra, sent)), (200, (*body).to_owned(), *keeps_alive), "{extra}");
    }
}

#[test]
fn some_responses_have_no_body_whatever_they_say() {
    for status in [204, 304] {
        for extra in ["Content-Length: 5", "Transfer-Encoding: chunked", "X: y"] {
            let input = format!("HTTP/1.1 {status} x\r\n{extra}\r\n\r\n");
            assert_eq!(summary(input.as_bytes()), (status, String::new(), true), "{input}");
        }
    }
    for extra in ["Content-Length: 5", "Transfer-Encoding: chunked", "X: y"] {
        let outcome = read_pieces([&head(extra)[..]], true, false, Limits::default());
        let Outcome::Complete { message, keeps_alive, surplus } = outcome else { panic!("{outcome:?}") };
        assert_eq!((message.body(), keeps_alive, surplus), (&b""[..], true, 0), "HEAD, {extra}");
    }
}

#[test]
fn a_connection_lives_on_only_if_both_ends_know_where_the_message_ended() {
    let cases: &[(&str, &str, bool)] = &[
        ("HTTP/1.1", "X: y", true),
        ("HTTP/1.1", "Connection: keep-alive", true),
        ("HTTP/1.1", "Connection: close", false),
        ("HTTP/1.1", "connection: CLOSE", false),
        ("HTTP/1.1", "Connection: upgrade,\tclose , x", false),
        ("HTTP/1.1", "Connection: x\r\nConnection: close", false),
        ("HTTP/1.1", "Connection: closed", true),
        ("HTTP/1.1", "X-Connection: close", true),
        ("HTTP/1.0", "X: y", false),
        ("HTTP/1.0", "Connection: keep-alive", true),
        ("HTTP/1.0", "Connection: Keep-Alive, x", true),
        ("HTTP/1.0", "Connection: keep-alive, close", false),
    ];
    for (version, extra, keeps_alive) in cases {
        let input = format!("{version} 200 OK\r\n{extra}\r\nContent-Length: 2\r\n\r\nok");
        assert_eq!(summary(input.as_bytes()), (200, "ok".to_owned(), *keeps_alive), "{version} {extra}");
    }
    let chunked_10 = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    assert_eq!(summary(chunked_10), (200, "ok".to_owned(), false));
}

#[test]
fn bytes_behind_a_message_are_left_to_the_caller() {
    for (input, surplus) in [
        (with_body("Content-Length: 2", "okHTTP/1.1 200 OK\r\n"), 17),
        (with_body("Transfer-Encoding: chunked", "0\r\n\r\nHTTP"), 4),
        (b"HTTP/1.1 204 No Content\r\n\r\nxyz".to_vec(), 3),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00".to_vec(), 2),
    ] {
        let Outcome::Complete { surplus: found, .. } = read(&input) else { panic!() };
        assert_eq!(found, surplus);
    }
}

#[test]
fn interim_responses_are_read_over() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 9\r\n\r\n";
    let input = format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    assert_eq!(summary(input.as_bytes()), (200, "ok".to_owned(), true));
    assert_eq!(failure(interim.as_bytes()).0, "truncated");
}

#[test]
fn a_switch_of_protocols_is_final_and_ends_http_on_the_connection() {
    let input = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(summary(input), (101, String::new(), false));
}

#[test]
fn a_message_shows_its_head_as_sent() {
    let input = b"HTTP/1.0 404  Not  here \r\nSet-Cookie: a=1\r\nX-Empty:\r\nX-Latin: caf\xe9\r\nset-cookie:\t b=2 \t\r\n\
        Location: /x\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok";

    let Outcome::Complete { message, .. } = read(input) else { panic!() };

    assert_eq!((message.status(), message.version()), (404, 10));
    assert_eq!(message.reason(), b"Not  here");
    let headers: Vec<(&[u8], &[u8])> = message.headers().collect();
    assert_eq!(
        headers,
        [
            (&b"Set-Cookie"[..], &b"a=1"[..]),
            (b"X-Empty", b""),
            (b"X-Latin", b"caf\xe9"),
            (b"set-cookie", b"b=2"),
            (b"Location", b"/x"),
            (b"Content-Encoding", b"gzip"),
            (b"Content-Length", b"2"),
        ]
    );
    assert_eq!(message.header("SET-COOKIE"), Some(&b"a=1"[..]));
    assert_eq!(message.header_all("Set-Cookie").collect::<Vec<_>>(), [b"a=1", b"b=2"]);
    assert_eq!(message.header("cookie"), None);
    assert_eq!(message.content_length(), Some(2));
    assert!(message.has_set_cookie() && message.has_location() && message.has_content_encoding());
    assert_eq!([message.head(), message.body()].concat(), input);

    let Outcome::Complete { message, .. } = read(b"HTTP/1.1 299\nA: b\n\n") else { panic!() };
    assert_eq!((message.reason(), message.headers().count()), (&b""[..], 1));
    assert!(!message.has_set_cookie() && !message.has_location() && !message.has_content_encoding());
    assert_eq!(message.content_length(), None);
}

#[test]
fn bare_line_feeds_and_empty_lines_in_front_are_tolerated() {
    assert_eq!(summary(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok"), (200, "ok".to_owned(), true));
    assert_eq!(
        summary(b"\r\n\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        (200, "ok".to_owned(), true)
    );
    assert_eq!(
        summary(b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\nX: y\n\n"),
        (200, "ok".to_owned(), true)
    );
}

#[test]
fn folded_lines_become_one() {
    let input = b"HTTP/1.1 200 OK\r\nX: one\r\n two\r\n\tthree\r\nContent-Length:\r\n 2\r\nY:\n z\r\n\r\nok";

    let Outcome::Complete { message, .. } = read(input) else { panic!() };

    assert_eq!(message.header("X"), Some(&b"one   two  \tthree"[..]));
    assert_eq!((message.header("Y"), message.body()), (Some(&b"z"[..]), &b"ok"[..]));
    // A length torn apart is none, and a status line cannot be folded.
    assert_eq!(failure(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 0\r\n\r\n0123456789").0, "protocol");
    assert_eq!(failure(b"HTTP/1.1 200 OK\r\n Content-Length: 1\r\n\r\nx").0, "protocol");
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let heads = [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: ",
        "Content-Length: ,",
        "Content-Length: 5,",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 5 5",
        "Content-Length: 0x5",
        "Content-Length: 5;x",
        "Content-Length: \u{663}",
        "Content-Length: 18446744073709551616",
        "Content-Length: 99999999999999999999999",
        "Content-Length : 5",
        "Content Length: 5",
        ": 5",
        "no colon",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "X: a\0b",
        "X: a\rb",
        "X\0: b",
        "X: a\u{b}b",
    ];
    for extra in heads {
        assert_eq!(failure(&with_body(extra, "hello hello")).0, "protocol", "{extra:?}");
    }
    let bodies = [
        "",
        "\r\n",
        "5\r\nhelloX",
        "5\r\nhello\rX",
        "4\r\nhello\r\n0\r\n\r\n",
        "6\r\nhello\r\n0\r\n\r\n",
        "g\r\n",
        "-1\r\n",
        "+5\r\nhello",
        "0x5\r\nhello",
        " 5\r\nhello",
        "5 5\r\nhello",
        ";x\r\n",
        "5\rhello",
        "10000000000000000\r\n",
        "00000000000000005\r\nhello\r\n",
        "0\r\n\rX",
    ];
    for sent in bodies {
        let (slug, _) = failure(&with_body("Transfer-Encoding: chunked", sent));
        assert!(slug == "protocol" || (slug == "truncated" && sent.is_empty()), "{sent:?}: {slug}");
    }
}

#[test]
fn what_is_not_http_is_shown() {
    for (input, text) in [
        (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "not an HTTP/1 response: \"SSH-2.0-OpenSSH_9.6\""),
        (b"\x15\x03\x01\x00\x02\x02\x50", "not an HTTP/1 response: \"\\x15\\x03\\x01\\x00\\x02\\x02P\""),
        (b"HTTP/2 200\r\n\r\n", "not an HTTP/1 response: \"HTTP/2 200\""),
        (b"http/1.1 200 OK\r\n\r\n", "not an HTTP/1 response: \"http/1.1 200 OK\""),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "invalid status line: \"HTTP/1.1 2x0 OK\""),
        (b"HTTP/1.1 099 OK\r\n\r\n", "invalid status line: \"HTTP/1.1 099 OK\""),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "invalid status line: \"HTTP/1.1 2000 OK\""),
        (b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n", "malformed response head: invalid header name"),
    ] {
        assert_eq!(failure(input), ("protocol", text.to_owned()));
    }
}

#[test]
fn nonsense_is_refused_before_its_end() {
    let mut reader = ResponseReader::new(false, false, Limits::default());
    assert_eq!(reader.feed(b"220 mail.test ESMTP\r\n").unwrap_err().slug(), "protocol");
}

#[test]
fn chunk_extensions_and_trailers_are_read_over() {
    let body = "2 \t;name=value;q=\"x\"\r\nok\r\n0;last\r\nX-Checksum: 1\r\nY: z\r\n\r\n";
    assert_eq!(summary(&with_body("Transfer-Encoding: chunked", body)), (200, "ok".to_owned(), true));

    let long_extension = format!("2;{}\r\nok\r\n0\r\n\r\n", "x".repeat(9000));
    assert_eq!(failure(&with_body("Transfer-Encoding: chunked", &long_extension)).0, "protocol");
    let long_trailers = format!("0\r\n{}\r\n", "X: y\r\n".repeat(50_000));
    assert_eq!(failure(&with_body("Transfer-Encoding: chunked", &long_trailers)).0, "header-overflow");
}

#[test]
fn many_extensions_in_a_long_body_are_no_overflow() {
    let body = format!("{}0\r\n\r\n", "2;some-extension\r\nok\r\n".repeat(10_000));
    assert_eq!(summary(&with_body("Transfer-Encoding: chunked", &body)).1.len(), 20_000);
}

#[test]
fn a_connection_closed_too_early_is_told_from_one_closed_at_once() {
    assert_eq!(failure(b"").0, "closed");
    for input in [
        &b"H"[..],
        b"\r\n",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ] {
        let text = "connection closed in the middle of the response's head";
        assert_eq!(failure(input), ("truncated", text.to_owned()));
    }
    for (extra, sent) in [
        ("Content-Length: 5", "hell"),
        ("Transfer-Encoding: chunked", "5\r\nhell"),
        ("Transfer-Encoding: chunked", "4\r\nhell"),
        ("Transfer-Encoding: chunked", "4\r\nhell\r\n"),
        ("Transfer-Encoding: chunked", "4\r\nhell\r\n0\r\n"),
        ("Transfer-Encoding: chunked", "4\r\nhell\r\n0\r\nX: y\r\n"),
    ] {
        let text = "connection closed in the middle of the response";
        assert_eq!(failure(&with_body(extra, sent)), ("truncated", text.to_owned()), "{sent:?}");
    }
}

#[test]
fn limits_hold_however_the_response_comes() {
    let limits = Limits { head_bytes: 100, header_count: 3, body_bytes: 10 };
    let long_head = head(&format!("X: {}", "y".repeat(100)));
    let endless_head = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(1000)).into_bytes();
    let many_fields = head("A: 1\r\nB: 2\r\nC: 3\r\nD: 4");
    let many_interims = "HTTP/1.1 100 Continue\r\n\r\n".repeat(10).into_bytes();
    let long_body = with_body("Content-Length: 11", "");
    let long_chunk = with_body("Transfer-Encoding: chunked", "6\r\n123456\r\n5\r\n");
    let long_until_close = with_body("X: y", "12345678901");
    let cases = [
        (long_head, "header-overflow"),
        (endless_head, "header-overflow"),
        (many_fields, "header-overflow"),
        (many_interims, "header-overflow"),
        (b"\n".repeat(101), "header-overflow"),
        (long_body, "body-overflow"),
        (long_chunk, "body-overflow"),
        (long_until_close, "body-overflow"),
    ];
    for (input, slug) in &cases {
        for is_streamed in [false, true] {
            for size in [1, 7, input.len()] {
                let Outcome::Failed { slug: found, text } =
                    read_pieces(input.chunks(size), false, is_streamed, limits)
                else {
                    panic!("{:?}", input.escape_ascii().to_string())
                };
                assert_eq!(&found, slug, "{text}");
            }
        }
    }
    let full = with_body("A: 1\r\nContent-Length: 10", "1234567890");
    let Outcome::Complete { message, .. } = read_pieces([&full[..]], false, false, limits) else { panic!() };
    assert_eq!(message.body(), b"1234567890");
}

#[test]
fn more_fields_than_usual_are_read_up_to_the_limit() {
    let fields = |count: usize| head(&vec!["Name: value"; count].join("\r\n"));
    for count in [63, 64, 65, 256] {
        let Outcome::Complete { message, .. } = read(&fields(count)) else { panic!("{count}") };
        assert_eq!(message.headers().count(), count);
    }
    assert_eq!(
        failure(&fields(257)),
        ("header-overflow", "response has more than 256 header fields".to_owned())
    );
}

#[test]
fn a_length_costs_no_memory_before_it_comes() {
    let mut reader = ResponseReader::new(false, false, Limits::default());
    reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nabc").unwrap();
    assert!(!reader.is_complete());
    assert!(matches!(reader.finish_eof(), Err(Error::Truncated { phase: locust_http::Phase::Receive })));
}

#[test]
fn a_long_body_in_pieces_arrives_whole() {
    let body: Vec<u8> = (0..5_000_000_u32).map(|index| (index % 251) as u8).collect();
    let input = [head("Content-Length: 5000000"), body.clone()].concat();
    let Outcome::Complete { message, keeps_alive, surplus } =
        read_pieces(input.chunks(65_536), false, false, Limits::default())
    else {
        panic!()
    };
    assert!(message.body() == body && keeps_alive && surplus == 0);
}

#[test]
fn a_streamed_body_is_handed_out_as_it_comes() {
    let mut reader = ResponseReader::new(false, true, Limits::default());

    reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\nde").unwrap();

    assert!(reader.is_head_complete() && !reader.is_complete());
    assert_eq!(reader.take_head().status(), 200);
    assert_eq!(&reader.take_chunk()[..], b"abcde");
    assert_eq!(&reader.take_chunk()[..], b"");
    reader.feed(b"fg\r\n0\r\n\r\n").unwrap();
    assert_eq!(&reader.take_chunk()[..], b"fg");
    assert!(reader.is_complete() && reader.keeps_alive());
}

#[test]
fn a_head_fed_byte_by_byte_costs_linear_time() {
    let input = head(&vec![format!("Name: {}", "v".repeat(1000)); 250].join("\r\n"));
    let began = std::time::Instant::now();
    let Outcome::Complete { message, .. } = read_pieces(input.chunks(1), true, false, Limits::default())
    else {
        panic!()
    };
    assert_eq!(message.headers().count(), 250);
    // A quarter of a million bytes; quadratic would be minutes.
    assert!(began.elapsed().as_secs_f64() < 15.0, "{:?}", began.elapsed());
}

/// Pieces of responses, right and wrong, that make interesting ones when joined.
fn response() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("Content-Length: 5\r\n".to_owned()),
        Just("Content-Length: 5, 5\r\n".to_owned()),
        Just("content-length: 7\n".to_owned()),
        Just("Transfer-Encoding: chunked\r\n".to_owned()),
        Just("Transfer-Encoding: gzip\r\n".to_owned()),
        Just("Connection: close\r\n".to_owned()),
        Just("Connection: keep-alive\r\n".to_owned()),
        Just("Set-Cookie: a=b\r\n".to_owned()),
        Just(" folded\r\n".to_owned()),
        Just("\tfolded\n".to_owned()),
        Just("broken\r\n".to_owned()),
        "[A-Za-z-]{1,12}: [ -~]{0,30}\r\n",
        "[A-Za-z-]{1,12}:[ -~]{0,200}\n",
    ];
    let status = prop_oneof![
        Just("HTTP/1.1 200 OK\r\n"),
        Just("HTTP/1.0 200 OK\r\n"),
        Just("HTTP/1.1 204 None\n"),
        Just("HTTP/1.1 101 Switch\r\n"),
        Just("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\n"),
        Just("\r\nHTTP/1.1 404 Not Found\r\n"),
        Just("HTTP/1.1 2000 OK\r\n"),
        Just("ICY 200 OK\r\n"),
    ];
    let body = prop_oneof![
        Just(b"hello".to_vec()),
        Just(b"5\r\nhello\r\n0\r\n\r\n".to_vec()),
        Just(b"5;x=y\r\nhello\r\n3\nabc\n0\r\nA: b\r\n\r\nrest".to_vec()),
        Just(b"ffffffffffffffff\r\nhello".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    let end = prop_oneof![4 => Just("\r\n"), 1 => Just("\n"), 1 => Just("")];
    (status, proptest::collection::vec(line, 0..8), end, body).prop_map(|(status, lines, end, body)| {
        [status.as_bytes(), lines.concat().as_bytes(), end.as_bytes(), &body].concat()
    })
}

fn split(input: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
    at.extend([0, input.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| input[pair[0]..pair[1]].to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn the_size_of_the_pieces_does_not_matter(
        input in response(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        is_head in any::<bool>(),
        head_bytes in prop_oneof![Just(256 * 1024_usize), 20..400_usize],
        header_count in prop_oneof![Just(256_usize), 1..8_usize],
        body_bytes in prop_oneof![Just(u64::MAX), 0..10_u64],
    ) {
        let limits = Limits { head_bytes, header_count, body_bytes };
        for is_streamed in [false, true] {
            let whole = read_pieces([&input[..]], is_head, is_streamed, limits).without_excerpt();
            let bytes = read_pieces(input.chunks(1), is_head, is_streamed, limits).without_excerpt();
            prop_assert_eq!(&whole, &bytes);
            let pieces = split(&input, &cuts);
            let pieces = read_pieces(pieces.iter().map(Vec::as_slice), is_head, is_streamed, limits).without_excerpt();
            prop_assert_eq!(&whole, &pieces);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(input in proptest::collection::vec(any::<u8>(), 0..300), prefix in response()) {
        read(&input);
        read(&[prefix, input].concat());
    }

    #[test]
    fn headers_are_what_httparse_says(input in response()) {
        if let Outcome::Complete { message, .. } = read(&input) {
            let mut fields = [httparse::EMPTY_HEADER; 256];
            let mut parsed = httparse::Response::new(&mut fields);
            prop_assert!(parsed.parse(message.head()).unwrap().is_complete());
            let expected: Vec<_> = parsed.headers.iter().map(|field| (field.name.as_bytes(), field.value)).collect();
            prop_assert_eq!(message.headers().collect::<Vec<_>>(), expected);
            prop_assert_eq!(message.reason(), parsed.reason.unwrap().as_bytes().trim_ascii());
        }
    }
}

/// Not a test of right or wrong: `cargo test --release -p locust-http --test proto_h1 -- --ignored --nocapture` prints what
/// the usual response costs.
#[test]
#[ignore = "measures"]
#[allow(clippy::print_stdout)]
fn the_usual_response_is_read_in_half_a_microsecond() {
    let body = "x".repeat(100);
    let input = with_body(
        "Server: nginx/1.24.0\r\nDate: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\n\
         Connection: keep-alive",
        &body,
    );
    let rounds = 200_000;
    let mut best = f64::MAX;
    for _ in 0..10 {
        let began = std::time::Instant::now();
        for _ in 0..rounds {
            let mut reader = ResponseReader::new(false, false, Limits::default());
            reader.feed(std::hint::black_box(&input)).unwrap();
            let message = reader.into_message();
            assert_eq!(std::hint::black_box(&message).body().len(), 100);
        }
        best = best.min(began.elapsed().as_secs_f64() * 1e9 / f64::from(rounds));
    }
    println!("{} bytes: {best:.0} ns", input.len());
    assert!(best < 500.0);
}
