//! Bodies that come and go in pieces, each side at its own pace.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bytes::Bytes;
use locust_http::{Command, Download, Error, Event, Phase, Request, Ticket, Timeouts, Upload};

use crate::engine::{Engine, get, on_both_engines, request};
use crate::server::{OK, Server, is_closed_by_client, read_request, reset};

/// Long enough for a busy machine to answer within it.
const PAUSE_LIMIT: Duration = Duration::from_millis(500);

on_both_engines! {
    a_download_comes_in_pieces_when_asked
    a_download_holds_the_server_back
    a_download_without_a_body_ends_with_its_head
    a_download_can_be_given_up
    a_download_cut_short_fails_after_what_came
    a_pause_of_the_caller_is_no_timeout
    a_server_that_pauses_in_a_download_times_out
    a_connection_serves_again_after_a_download
    a_download_that_ends_with_the_connection_is_complete
    an_upload_goes_in_pieces
    an_upload_waits_for_the_server
    an_answer_before_the_upload_is_over_counts
    an_answer_and_a_reset_before_the_upload_is_over_count
    a_pause_of_the_caller_within_an_upload_is_no_timeout
    an_upload_is_not_repeated_on_another_connection
    both_ways_at_once
}

fn streamed(mut request: Request) -> Request {
    request.download = Download::Streamed;
    request
}

fn serving(response: &'static [u8]) -> Server {
    Server::start(move |mut stream, _| {
        while read_request(&mut stream).is_some() {
            stream.write_all(response).unwrap();
        }
    })
}

/// Reads to the end; the number of bytes.
fn drain(engine: &mut Engine, ticket: Ticket) -> usize {
    let mut size = 0;
    loop {
        engine.apply(Command::Read(ticket));
        match engine.next() {
            Event::Chunk(_, bytes) => {
                assert!(!bytes.is_empty());
                size += bytes.len();
            }
            Event::End(..) => return size,
            other => panic!("{other:?}"),
        }
        if let Some(event) = engine.next_within(Duration::ZERO) {
            assert!(matches!(event, Event::End(..)), "{event:?}");
            return size;
        }
    }
}

fn a_download_comes_in_pieces_when_asked(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").unwrap();
        sleep(Duration::from_millis(60));
        stream.write_all(b"3\r\ndef\r\n0\r\n\r\n").unwrap();
        is_closed_by_client(&mut stream);
    });
    let ticket = engine.start(streamed(get(server.address)));
    let head = engine.head();
    assert_eq!((head.status(), head.body()), (200, &b""[..]));
    engine.settle();

    engine.apply(Command::Read(ticket));
    assert_eq!(engine.chunk(), b"abc"[..]);
    engine.settle();

    engine.apply(Command::Read(ticket));
    assert_eq!(engine.chunk(), b"def"[..]);
    let timings = engine.end();
    assert!(timings.total >= Duration::from_millis(60), "{timings:?}");
}

fn a_download_holds_the_server_back(mut engine: Engine) {
    const SIZE: usize = 100_000_000;
    let written = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&written);
    let server = Server::start(move |mut stream, _| {
        read_request(&mut stream);
        stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").as_bytes()).unwrap();
        let piece = [b'x'; 10_000];
        for _ in 0..SIZE / piece.len() {
            stream.write_all(&piece).unwrap();
            counter.fetch_add(piece.len(), Ordering::SeqCst);
        }
    });
    let ticket = engine.start(streamed(get(server.address)));
    engine.head();
    sleep(Duration::from_millis(150));

    assert!(written.load(Ordering::SeqCst) < SIZE / 4, "{written:?}");
    assert_eq!(drain(&mut engine, ticket), SIZE);
}

fn a_download_without_a_body_ends_with_its_head(mut engine: Engine) {
    let server = serving(b"HTTP/1.1 204 No Content\r\n\r\n");

    for is_reused in [false, true] {
        engine.start(streamed(get(server.address)));

        assert_eq!(engine.head().status(), 204);
        assert_eq!(engine.end().is_reused, is_reused);
    }
}

fn a_download_can_be_given_up(mut engine: Engine) {
    let (closed, is_closed) = mpsc::channel();
    let server = Server::start(move |mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").unwrap();
        closed.send(is_closed_by_client(&mut stream)).unwrap();
    });
    let ticket = engine.start(streamed(get(server.address)));
    engine.head();

    engine.apply(Command::Cancel(ticket));
    engine.apply(Command::Read(ticket));

    assert!(is_closed.recv().unwrap());
    engine.settle();
}

fn a_download_cut_short_fails_after_what_came(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").unwrap();
    });
    let ticket = engine.start(streamed(get(server.address)));
    engine.head();

    engine.apply(Command::Read(ticket));
    assert_eq!(engine.chunk(), b"abc"[..]);
    engine.apply(Command::Read(ticket));
    let error = engine.failed().error;

    assert!(matches!(error, Error::Truncated { phase: Phase::Receive }), "{error:?}");
}

fn a_pause_of_the_caller_is_no_timeout(mut engine: Engine) {
    let server = serving(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    let mut request = streamed(get(server.address));
    request.timeouts = Timeouts { read: Some(PAUSE_LIMIT), ..Timeouts::default() };
    let ticket = engine.start(request);
    engine.head();

    assert!(engine.is_silent_for(2 * PAUSE_LIMIT));

    engine.apply(Command::Read(ticket));
    assert_eq!(engine.chunk(), b"abc"[..]);
    engine.end();
}

fn a_server_that_pauses_in_a_download_times_out(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").unwrap();
        is_closed_by_client(&mut stream);
    });
    let mut request = streamed(get(server.address));
    request.timeouts = Timeouts { read: Some(PAUSE_LIMIT), ..Timeouts::default() };
    let ticket = engine.start(request);
    engine.head();
    let began = Instant::now();

    engine.apply(Command::Read(ticket));
    let error = engine.failed().error;

    assert!(matches!(error, Error::ReadTimeout { .. }), "{error:?}");
    let took = began.elapsed();
    assert!(took >= PAUSE_LIMIT && took < PAUSE_LIMIT + Duration::from_secs(2), "{took:?}");
}

fn a_connection_serves_again_after_a_download(mut engine: Engine) {
    let server = serving(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    for is_reused in [false, true, true] {
        let ticket = engine.start(streamed(get(server.address)));
        engine.head();

        engine.apply(Command::Read(ticket));
        assert_eq!(engine.chunk(), b"abc"[..]);
        assert_eq!(engine.end().is_reused, is_reused);
    }
}

fn a_download_that_ends_with_the_connection_is_complete(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
        stream.write_all(&vec![b'x'; 1_000_000]).unwrap();
    });
    let ticket = engine.start(streamed(get(server.address)));
    engine.head();
    sleep(Duration::from_millis(20));

    assert_eq!(drain(&mut engine, ticket), 1_000_000);
}

fn upload(server: &Server, length: usize) -> Request {
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    let mut request = request(server.address, head.as_bytes());
    request.upload = Upload::Streamed;
    request
}

fn an_upload_goes_in_pieces(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        while let Some(request) = read_request(&mut stream) {
            let body = request.split("\r\n\r\n").nth(1).unwrap();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    for _ in 0..2 {
        let ticket = engine.start(upload(&server, 6));
        for piece in [&b"abc"[..], b""] {
            engine.apply(Command::Body(ticket, Bytes::copy_from_slice(piece)));
            engine.sent();
        }
        // Both at once, or the answer could be quicker than the end, and the connection of no further use.
        engine.apply(Command::Body(ticket, Bytes::from_static(b"def")));
        engine.apply(Command::BodyEnd(ticket));
        engine.sent();

        assert_eq!(engine.done().body(), b"abcdef");
    }
}

fn an_upload_waits_for_the_server(mut engine: Engine) {
    const SIZE: usize = 30_000_000;
    let (go, may_go) = mpsc::channel::<()>();
    let may_go = std::sync::Mutex::new(may_go);
    let server = Server::start(move |mut stream, _| {
        may_go.lock().unwrap().recv().unwrap();
        read_request(&mut stream);
        stream.write_all(OK).unwrap();
        is_closed_by_client(&mut stream);
    });
    let ticket = engine.start(upload(&server, SIZE));
    engine.apply(Command::Body(ticket, Bytes::from(vec![b'x'; SIZE])));
    assert!(engine.is_silent_for(2 * PAUSE_LIMIT));

    go.send(()).unwrap();
    engine.sent();
    engine.apply(Command::BodyEnd(ticket));

    assert_eq!(engine.done().status(), 200);
}

fn an_answer_before_the_upload_is_over_counts(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        let mut buffer = [0; 10];
        stream.read_exact(&mut buffer).unwrap();
        stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").unwrap();
        is_closed_by_client(&mut stream);
    });
    let ticket = engine.start(upload(&server, 100_000_000));
    engine.apply(Command::Body(ticket, Bytes::from_static(&[b'x'; 100])));

    let mut event = engine.next();
    if matches!(event, Event::Sent(_)) {
        event = engine.next();
    }
    let Event::Done(_, response) = event else { panic!("{event:?}") };
    assert_eq!(response.status(), 413);
    engine.apply(Command::Body(ticket, Bytes::from_static(b"x")));
    engine.apply(Command::BodyEnd(ticket));
    engine.settle();
}

fn an_answer_and_a_reset_before_the_upload_is_over_count(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        let mut buffer = [0; 10];
        stream.read_exact(&mut buffer).unwrap();
        stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").unwrap();
        reset(&stream);
    });
    let mut request = upload(&server, 0);
    request.upload = Upload::Whole;
    request.bytes.resize(20_000_000, b'x');

    engine.start(request);

    match engine.next() {
        Event::Done(_, response) => assert_eq!(response.status(), 413),
        // The reset may overtake the answer.
        Event::Failed(_, failed) => assert!(matches!(failed.error, Error::Reset { .. }), "{failed:?}"),
        other => panic!("{other:?}"),
    }
}

fn a_pause_of_the_caller_within_an_upload_is_no_timeout(mut engine: Engine) {
    let server = Server::polite();
    let mut request = upload(&server, 3);
    request.timeouts = Timeouts { read: Some(PAUSE_LIMIT), ..Timeouts::default() };
    let ticket = engine.start(request);
    engine.apply(Command::Body(ticket, Bytes::from_static(b"ab")));
    engine.sent();

    assert!(engine.is_silent_for(2 * PAUSE_LIMIT));

    engine.apply(Command::Body(ticket, Bytes::from_static(b"c")));
    engine.sent();
    engine.apply(Command::BodyEnd(ticket));
    assert_eq!(engine.done().status(), 200);
}

fn an_upload_is_not_repeated_on_another_connection(mut engine: Engine) {
    let server = Server::start(|mut stream, number| {
        read_request(&mut stream);
        stream.write_all(OK).unwrap();
        if number == 0 {
            let mut seen = Vec::new();
            while !seen.ends_with(b"\r\n\r\na") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                seen.push(byte[0]);
            }
            reset(&stream);
        }
    });
    engine.fetch(get(server.address));

    let ticket = engine.start(upload(&server, 3));
    engine.apply(Command::Body(ticket, Bytes::from_static(b"ab")));
    let error = loop {
        match engine.next() {
            Event::Failed(_, failed) => break failed.error,
            Event::Sent(_) => {}
            other => panic!("{other:?}"),
        }
    };

    assert!(matches!(error, Error::Reset { .. } | Error::Closed), "{error:?}");
    assert_eq!(server.connection_count(), 1);
}

fn both_ways_at_once(mut engine: Engine) {
    const PIECES: usize = 200;
    let server = Server::start(|mut stream, _| {
        let mut head = [0; 1];
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut head).unwrap();
            seen.push(head[0]);
        }
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", PIECES * 1000).unwrap();
        let mut piece = [0; 1000];
        for _ in 0..PIECES {
            stream.read_exact(&mut piece).unwrap();
            stream.write_all(&piece).unwrap();
        }
        is_closed_by_client(&mut stream);
    });
    let ticket = engine.start(streamed(upload(&server, PIECES * 1000)));
    engine.head();

    let mut received = 0;
    for number in 0..PIECES {
        engine.apply(Command::Body(ticket, Bytes::from(vec![number as u8; 1000])));
        engine.apply(Command::Read(ticket));
        let mut has_sent = false;
        while !has_sent || received < number * 1000 {
            match engine.next() {
                Event::Sent(_) => has_sent = true,
                Event::Chunk(_, bytes) => {
                    received += bytes.len();
                    if received < number * 1000 {
                        engine.apply(Command::Read(ticket));
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }
    engine.apply(Command::BodyEnd(ticket));
    while received < PIECES * 1000 {
        engine.apply(Command::Read(ticket));
        received += engine.chunk().len();
    }
    engine.end();
}
