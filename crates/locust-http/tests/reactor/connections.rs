//! Which connection serves, and what becomes of one that breaks.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use locust_http::{Command, Error, Event, Origin, Phase, PoolId, Proxy};

use crate::engine::{Engine, get, on_both_engines, origin_of, request};
use crate::server::{OK, Server, is_closed_by_client, nobody, read_request, reset};

on_both_engines! {
    a_connection_serves_again
    a_response_tells_status_headers_and_body
    pools_do_not_share_connections
    an_equal_origin_is_the_same_origin
    a_connection_the_server_closes_is_not_used_again
    a_connection_closed_while_idle_is_replaced_unnoticed
    a_connection_reset_on_use_is_retried_on_a_fresh_one
    a_request_that_may_not_be_repeated_is_not
    a_request_is_repeated_once_only
    bytes_nobody_asked_for_close_an_idle_connection
    closing_a_pool_opens_new_connections
    a_closed_pool_does_not_take_busy_connections_back
    no_more_idle_connections_are_kept_than_allowed
    a_refused_connection_fails
    a_reset_before_the_response_fails
    a_close_without_response_fails
    a_close_within_the_body_fails
    a_body_that_ends_with_the_connection_is_complete
    data_and_close_in_one_go_are_both_seen
    a_server_that_closes_its_reading_side_still_answers
    a_server_that_speaks_first_is_heard
    a_server_that_hangs_up_at_once_is_noticed
    the_next_address_is_tried
    ipv6_works_and_falls_back
    no_address_at_all_is_a_dns_failure
    a_cancelled_exchange_closes_its_connection_and_says_nothing
    cancelling_in_every_phase_is_harmless
    an_old_ticket_does_not_reach_its_successor
    a_big_body_comes_whole
    a_plain_request_through_a_proxy_is_not_tunnelled
}

fn a_connection_serves_again(mut engine: Engine) {
    let server = Server::polite();

    let reused: Vec<_> = (0..5).map(|_| engine.fetch(get(server.address)).timings.is_reused).collect();

    assert_eq!(reused, [false, true, true, true, true]);
    assert_eq!(server.connection_count(), 1);
}

fn a_response_tells_status_headers_and_body(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream
            .write_all(b"HTTP/1.1 404 Not Here\r\nX-A: 1\r\nSet-Cookie: c=d\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            .unwrap();
    });

    let response = engine.fetch(get(server.address));

    assert_eq!((response.status(), response.version(), response.reason()), (404, 11, &b"Not Here"[..]));
    assert_eq!(response.header("x-a"), Some(&b"1"[..]));
    assert!(response.has_set_cookie());
    assert_eq!(response.headers().count(), 3);
    assert_eq!(response.body(), b"abc");
}

fn pools_do_not_share_connections(mut engine: Engine) {
    let server = Server::polite();
    engine.fetch(get(server.address));

    let mut other = get(server.address);
    other.pool = PoolId(1);
    let is_reused = engine.fetch(other).timings.is_reused;

    assert!(!is_reused);
    assert_eq!(server.connection_count(), 2);
}

fn an_equal_origin_is_the_same_origin(mut engine: Engine) {
    let server = Server::polite();
    engine.fetch(get(server.address));

    let mut other = get(server.address);
    other.origin = Arc::new(Origin { host: "elsewhere".into(), ..(*origin_of(server.address)).clone() });

    assert!(!engine.fetch(other).timings.is_reused);
    assert!(engine.fetch(get(server.address)).timings.is_reused);
}

fn a_connection_the_server_closes_is_not_used_again(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        while read_request(&mut stream).is_some() {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });

    assert!(!engine.fetch(get(server.address)).timings.is_reused);
    assert!(!engine.fetch(get(server.address)).timings.is_reused);
}

fn a_connection_closed_while_idle_is_replaced_unnoticed(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(OK).unwrap();
    });
    for is_noticed in [false, true] {
        engine.fetch(get(server.address));
        if is_noticed {
            engine.settle();
        } else {
            std::thread::sleep(Duration::from_millis(30));
        }

        let mut post = get(server.address);
        post.is_replayable = false;
        assert!(!engine.fetch(post).timings.is_reused);
    }
}

fn a_connection_reset_on_use_is_retried_on_a_fresh_one(mut engine: Engine) {
    // The server closes when the second request has come: no check beforehand can tell.
    let server = Server::start(|mut stream, number| {
        read_request(&mut stream);
        stream.write_all(OK).unwrap();
        if number == 0 {
            read_request(&mut stream);
            reset(&stream);
        } else {
            while read_request(&mut stream).is_some() {
                stream.write_all(OK).unwrap();
            }
        }
    });
    engine.fetch(get(server.address));

    let response = engine.fetch(get(server.address));

    assert_eq!((response.status(), response.timings.is_reused), (200, false));
    assert!(engine.fetch(get(server.address)).timings.is_reused);
}

fn answer_once_then(close: impl Fn(&std::net::TcpStream) + Send + Sync + 'static) -> Server {
    Server::start(move |mut stream, _| {
        read_request(&mut stream);
        stream.write_all(OK).unwrap();
        read_request(&mut stream);
        close(&stream);
    })
}

fn a_request_that_may_not_be_repeated_is_not(mut engine: Engine) {
    let server = answer_once_then(|_| {});
    engine.fetch(get(server.address));

    let mut post = request(server.address, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na");
    post.is_replayable = false;
    let error = engine.fail(post);

    assert!(matches!(error, Error::Closed), "{error:?}");
    assert_eq!(server.connection_count(), 1);
}

fn a_request_is_repeated_once_only(mut engine: Engine) {
    let server = Server::start(|mut stream, number| {
        if read_request(&mut stream).is_some() && number == 0 {
            stream.write_all(OK).unwrap();
            read_request(&mut stream);
        }
    });
    engine.fetch(get(server.address));

    let error = engine.fail(get(server.address));

    assert!(matches!(error, Error::Closed), "{error:?}");
    assert_eq!(server.connection_count(), 2);
}

fn bytes_nobody_asked_for_close_an_idle_connection(mut engine: Engine) {
    let (closed, is_closed) = mpsc::channel();
    let server = Server::start(move |mut stream, _| {
        read_request(&mut stream);
        stream.write_all(OK).unwrap();
        std::thread::sleep(Duration::from_millis(5));
        stream.write_all(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n").unwrap();
        closed.send(is_closed_by_client(&mut stream)).unwrap();
    });
    engine.fetch(get(server.address));
    engine.settle();

    assert!(is_closed.recv().unwrap());
    assert_eq!(engine.fetch(get(server.address)).status(), 200);
}

fn closing_a_pool_opens_new_connections(mut engine: Engine) {
    let server = Server::polite();
    engine.fetch(get(server.address));

    engine.apply(Command::CloseIdle(PoolId(0)));

    assert!(!engine.fetch(get(server.address)).timings.is_reused);
}

fn a_closed_pool_does_not_take_busy_connections_back(mut engine: Engine) {
    let server = Server::polite();
    engine.start(get(server.address));

    engine.apply(Command::ClosePool(PoolId(0)));

    assert!(!engine.done().timings.is_reused);
    assert!(!engine.fetch(get(server.address)).timings.is_reused);
    assert!(engine.fetch(get(server.address)).timings.is_reused);
}

fn no_more_idle_connections_are_kept_than_allowed(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        while read_request(&mut stream).is_some() {
            std::thread::sleep(Duration::from_millis(30));
            stream.write_all(OK).unwrap();
        }
    });
    let few = || {
        let mut request = get(server.address);
        request.max_idle = 1;
        request
    };
    for _ in 0..3 {
        engine.start(few());
    }
    for _ in 0..3 {
        engine.done();
    }
    assert_eq!(server.connection_count(), 3);

    engine.start(few());
    engine.start(few());
    let mut reused = [engine.done().timings.is_reused, engine.done().timings.is_reused];
    reused.sort_unstable();

    assert_eq!(reused, [false, true]);
}

fn a_refused_connection_fails(mut engine: Engine) {
    engine.start(get(nobody()));
    let failed = engine.failed();

    assert_eq!(failed.error.slug(), "connect-refused");
    assert_eq!(failed.error.to_string(), "[Errno 111] Connection refused");
    assert_eq!((failed.error.errno(), failed.error.phase()), (Some(111), Phase::Connect));
}

fn a_reset_before_the_response_fails(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        reset(&stream);
    });

    let error = engine.fail(get(server.address));

    assert!(matches!(&error, Error::Reset { phase: Phase::Wait, .. }), "{error:?}");
    assert_eq!(error.to_string(), "[Errno 104] Connection reset by peer");
}

fn a_close_without_response_fails(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
    });

    assert!(matches!(engine.fail(get(server.address)), Error::Closed));
}

fn a_close_within_the_body_fails(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").unwrap();
    });

    let error = engine.fail(get(server.address));

    assert!(matches!(error, Error::Truncated { phase: Phase::Receive }), "{error:?}");
}

fn a_body_that_ends_with_the_connection_is_complete(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nabc").unwrap();
        std::thread::sleep(Duration::from_millis(10));
        stream.write_all(b"def").unwrap();
    });

    let response = engine.fetch(get(server.address));

    assert_eq!((response.version(), response.body()), (10, &b"abcdef"[..]));
}

fn data_and_close_in_one_go_are_both_seen(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nabc");
    });
    for _ in 0..50 {
        engine.start(get(server.address));
        // Lets both arrive before the socket is looked at.
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(engine.done().body(), b"abc");
    }
}

fn a_server_that_closes_its_reading_side_still_answers(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.shutdown(Shutdown::Read).unwrap();
        std::thread::sleep(Duration::from_millis(10));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n").unwrap();
        stream.shutdown(Shutdown::Write).ok();
    });
    let half = engine.fail(get(server.address));
    assert!(matches!(half, Error::Truncated { .. }), "{half:?}");
}

fn a_server_that_speaks_first_is_heard(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        stream.write_all(OK).unwrap();
        is_closed_by_client(&mut stream);
    });
    for pool in 0..20 {
        let mut request = get(server.address);
        request.pool = PoolId(pool);
        assert_eq!(engine.fetch(request).body(), b"ok");
    }
}

fn a_server_that_hangs_up_at_once_is_noticed(mut engine: Engine) {
    let server = Server::start(|mut stream, number| {
        if number % 2 == 0 {
            stream.shutdown(Shutdown::Write).unwrap();
            is_closed_by_client(&mut stream);
        }
    });
    for _ in 0..20 {
        let error = engine.fail(get(server.address));
        assert!(matches!(error, Error::Closed | Error::Reset { .. }), "{error:?}");
    }
}

fn the_next_address_is_tried(mut engine: Engine) {
    let server = Server::polite();
    let mut fetch = get(server.address);
    fetch.addresses = Arc::new([nobody(), nobody(), server.address]);

    assert_eq!(engine.fetch(fetch).status(), 200);

    let mut fail = get(nobody());
    fail.addresses = Arc::new([nobody(), nobody()]);
    assert!(matches!(engine.fail(fail), Error::ConnectRefused(_)));
}

fn ipv6_works_and_falls_back(mut engine: Engine) {
    let Ok(probe) = TcpListener::bind("[::1]:0") else { return };
    drop(probe);
    let server = Server::start_on("[::1]:0", |mut stream, _| {
        while read_request(&mut stream).is_some() {
            stream.write_all(OK).unwrap();
        }
    });
    assert_eq!(engine.fetch(get(server.address)).status(), 200);

    let fallback = Server::polite();
    let mut request = get(fallback.address);
    let unreachable: SocketAddr = format!("[::1]:{}", nobody().port()).parse().unwrap();
    request.addresses = Arc::new([unreachable, fallback.address]);
    assert_eq!(engine.fetch(request).status(), 200);
}

fn no_address_at_all_is_a_dns_failure(mut engine: Engine) {
    let mut request = get(nobody());
    request.addresses = Arc::new([]);

    assert_eq!(engine.fail(request).slug(), "dns");
}

fn a_cancelled_exchange_closes_its_connection_and_says_nothing(mut engine: Engine) {
    let (closed, is_closed) = mpsc::channel();
    let (came, has_come) = mpsc::channel();
    let server = Server::start(move |mut stream, _| {
        read_request(&mut stream);
        came.send(()).unwrap();
        closed.send(is_closed_by_client(&mut stream)).unwrap();
    });
    let ticket = engine.start(get(server.address));
    assert!(engine.next_within(Duration::from_millis(20)).is_none());
    has_come.recv().unwrap();

    engine.apply(Command::Cancel(ticket));

    assert!(is_closed.recv().unwrap());
    engine.settle();
}

fn cancelling_in_every_phase_is_harmless(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        while read_request(&mut stream).is_some() {
            for piece in
                [&b"HTTP/1.1 200 OK\r\n"[..], b"Content-Length: 20\r\n\r\n", b"0123456789", b"0123456789"]
            {
                std::thread::sleep(Duration::from_millis(1));
                if stream.write_all(piece).is_err() {
                    return;
                }
            }
        }
    });
    let mut started = Vec::new();
    for step in 0..40 {
        let ticket = engine.start(get(server.address));
        started.push(ticket);
        let event = engine.next_within(Duration::from_micros(step * 200));
        engine.apply(Command::Cancel(ticket));
        assert!(matches!(event, None | Some(Event::Done(..))), "{event:?}");
        // In a thread the answer may have been on its way already.
        while let Some(event) = engine.next_within(Duration::from_millis(1)) {
            assert!(matches!(event, Event::Done(it, _) if started.contains(&it)));
        }
    }
    let last = engine.start(get(server.address));
    loop {
        match engine.next() {
            Event::Done(ticket, response) if ticket == last => return assert_eq!(response.body().len(), 20),
            Event::Done(ticket, _) => assert!(started.contains(&ticket)),
            other => panic!("{other:?}"),
        }
    }
}

fn an_old_ticket_does_not_reach_its_successor(mut engine: Engine) {
    let server = Server::polite();
    let ticket = engine.ticket();
    let successor = locust_http::Ticket { generation: 8, ..ticket };
    engine.apply(Command::Start(ticket, Box::new(get(server.address))));
    engine.done();

    engine.apply(Command::Start(successor, Box::new(get(server.address))));
    for command in [Command::Cancel(ticket), Command::Read(ticket), Command::BodyEnd(ticket)] {
        engine.apply(command);
    }

    assert!(matches!(engine.next(), Event::Done(it, _) if it == successor));
}

fn a_big_body_comes_whole(mut engine: Engine) {
    const SIZE: usize = 50_000_000;
    let server = Server::start(|mut stream, _| {
        while read_request(&mut stream).is_some() {
            stream
                .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").as_bytes())
                .unwrap();
            stream.write_all(&vec![b'x'; SIZE]).unwrap();
        }
    });

    for _ in 0..2 {
        let response = engine.fetch(get(server.address));
        assert!(response.body().len() == SIZE && response.body().iter().all(|&byte| byte == b'x'));
    }
    assert_eq!(server.connection_count(), 1);
}

fn a_plain_request_through_a_proxy_is_not_tunnelled(mut engine: Engine) {
    let proxy = Server::polite();
    let mut request =
        request(proxy.address, b"GET http://far.example/ HTTP/1.1\r\nHost: far.example\r\n\r\n");
    let through = Proxy { host: "127.0.0.1".into(), port: proxy.address.port(), authorization: None };
    request.origin =
        Arc::new(Origin { host: "far.example".into(), port: 80, tls: None, proxy: Some(Arc::new(through)) });

    assert_eq!(engine.fetch(request).status(), 200);
}

#[test]
fn dropping_the_engine_closes_its_connections() {
    let (closed, is_closed) = mpsc::channel();
    let server = Server::start(move |mut stream, _| {
        while read_request(&mut stream).is_some() {
            stream.write_all(OK).unwrap();
        }
        closed.send(stream.read(&mut [0]).unwrap()).unwrap();
    });
    for mut engine in [Engine::inline(), Engine::thread()] {
        engine.fetch(get(server.address));
        let began = Instant::now();

        drop(engine);

        assert_eq!(is_closed.recv().unwrap(), 0);
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}
