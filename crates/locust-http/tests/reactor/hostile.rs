//! Servers that mean no good, or cannot do better.

use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use locust_http::{Download, Error, Event, Phase};

use crate::engine::{Engine, get, on_both_engines};
use crate::server::{Server, read_request};

on_both_engines! {
    a_response_byte_by_byte_is_read
    a_head_without_end_is_refused
    interim_responses_without_end_are_refused
    a_body_longer_than_allowed_is_refused
    a_body_that_claims_to_be_huge_takes_no_memory
    what_is_not_http_is_refused
    two_lengths_are_refused
    a_second_response_is_not_taken_for_the_next_one
    a_chunk_without_end_is_refused
    a_flood_does_not_starve_the_others
}

fn serving(response: impl Fn(&mut dyn Write) + Send + Sync + 'static) -> Server {
    Server::start(move |mut stream, _| {
        while read_request(&mut stream).is_some() {
            response(&mut stream);
        }
    })
}

/// Writes pieces until the client hangs up.
fn flood(stream: &mut dyn Write, piece: &[u8]) {
    while stream.write_all(piece).is_ok() {}
}

fn a_response_byte_by_byte_is_read(mut engine: Engine) {
    let server = serving(|stream| {
        for byte in b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" {
            stream.write_all(&[*byte]).unwrap();
            sleep(Duration::from_micros(200));
        }
    });

    for _ in 0..2 {
        assert_eq!(engine.fetch(get(server.address)).body(), b"hello");
    }
    assert_eq!(server.connection_count(), 1);
}

fn a_head_without_end_is_refused(mut engine: Engine) {
    let server = serving(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        flood(stream, b"X-Header: and another\r\n");
    });

    let error = engine.fail(get(server.address));

    assert_eq!(error.slug(), "header-overflow", "{error:?}");
}

fn interim_responses_without_end_are_refused(mut engine: Engine) {
    let server = serving(|stream| flood(stream, b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"));

    let error = engine.fail(get(server.address));

    assert_eq!(error.slug(), "header-overflow", "{error:?}");
}

fn a_body_longer_than_allowed_is_refused(mut engine: Engine) {
    for response in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n",
    ] {
        let server = serving(move |stream| {
            let _ = stream.write_all(response);
            flood(stream, &[b'x'; 100]);
        });
        let mut request = get(server.address);
        request.download = Download::Whole { limit_bytes: 1000 };

        let error = engine.fail(request);

        assert!(matches!(error, Error::BodyOverflow { .. }), "{error:?}");
    }
}

fn a_body_that_claims_to_be_huge_takes_no_memory(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nabc").unwrap();
    });

    let error = engine.fail(get(server.address));

    assert!(matches!(error, Error::Truncated { phase: Phase::Receive }), "{error:?}");
}

fn what_is_not_http_is_refused(mut engine: Engine) {
    for response in [
        &b"SSH-2.0-OpenSSH_9.6\r\n\r\n"[..],
        b"\x15\x03\x03\x00\x02\x02\x16\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
    ] {
        let server = serving(move |stream| stream.write_all(response).unwrap());

        let error = engine.fail(get(server.address));

        assert_eq!(error.slug(), "protocol", "{error:?}");
    }
}

fn two_lengths_are_refused(mut engine: Engine) {
    let server = serving(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab").unwrap();
    });

    assert_eq!(engine.fail(get(server.address)).slug(), "protocol");
}

fn a_second_response_is_not_taken_for_the_next_one(mut engine: Engine) {
    let server = serving(|stream| {
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb",
        );
    });

    for _ in 0..3 {
        let response = engine.fetch(get(server.address));
        assert_eq!((response.body(), response.timings.is_reused), (&b"a"[..], false));
    }
}

fn a_chunk_without_end_is_refused(mut engine: Engine) {
    let server = serving(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        flood(stream, b"0");
    });

    assert_eq!(engine.fail(get(server.address)).slug(), "protocol");
}

fn a_flood_does_not_starve_the_others(mut engine: Engine) {
    let flooding = Server::start(|mut stream, _| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        for _ in 0..2000 {
            if stream.write_all(&vec![b'x'; 100_000]).is_err() {
                return;
            }
        }
    });
    let polite = Server::polite();
    let flood = engine.start(get(flooding.address));

    for _ in 0..20 {
        let ticket = engine.start(get(polite.address));
        loop {
            match engine.next() {
                Event::Done(it, _) if it == ticket => break,
                Event::Done(it, _) if it == flood => {}
                other => panic!("{other:?}"),
            }
        }
    }
    engine.apply(locust_http::Command::Cancel(flood));
}
