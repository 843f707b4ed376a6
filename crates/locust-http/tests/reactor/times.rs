//! What is measured, and what happens when it takes too long.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use locust_http::{Command, Error, Event, Phase, Request, Timeouts};
use socket2::{Domain, Socket, Type};

use crate::engine::{Engine, PATIENCE, get, on_both_engines, request};
use crate::server::{OK, Server, nobody, read_request};

/// Long enough for a busy machine to answer within it.
const LIMIT: Duration = Duration::from_millis(500);
/// Promised are 10 ms; but a busy machine must not fail a test: this tells late from never.
const TOLERANCE: Duration = Duration::from_secs(2);

on_both_engines! {
    a_connection_that_does_not_open_times_out
    each_address_has_its_own_connect_timeout
    a_timeout_fires_within_ten_milliseconds
    a_server_that_says_nothing_times_out
    a_body_that_stops_times_out
    a_body_that_trickles_does_not_time_out
    a_body_that_trickles_hits_the_total_timeout
    a_request_that_is_not_read_times_out
    the_total_timeout_counts_from_the_callers_start
    a_reused_connection_has_fresh_timeouts
    a_timeout_that_does_not_expire_costs_nothing_later
    sleepers_wake_in_order_and_on_time
    a_cancelled_sleeper_sleeps_on
    steps_add_up_to_the_total
}

/// Lets the exchange fail and checks when.
fn fails_after(engine: &mut Engine, request: Request, limit: Duration) -> Error {
    let began = Instant::now();
    engine.start(request);
    let failed = engine.failed();
    let took = began.elapsed();
    assert!(took >= limit && took < limit + TOLERANCE, "{took:?}");
    assert!(
        failed.timings.total >= limit && failed.timings.total < limit + TOLERANCE,
        "{:?}",
        failed.timings
    );
    failed.error
}

fn with(mut request: Request, timeouts: Timeouts) -> Request {
    request.timeouts = timeouts;
    request
}

fn connect_timeout() -> Timeouts {
    Timeouts { connect: Some(LIMIT), read: None, total: None }
}

fn read_timeout() -> Timeouts {
    Timeouts { connect: None, read: Some(LIMIT), total: None }
}

/// A listener whose queue is full: further connections hang.
fn full_listener() -> (Socket, Vec<TcpStream>, SocketAddr) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        queue.push(stream);
    }
    (listener, queue, address)
}

fn a_connection_that_does_not_open_times_out(mut engine: Engine) {
    let (_listener, _queue, address) = full_listener();

    let error = fails_after(&mut engine, with(get(address), connect_timeout()), LIMIT);

    assert!(matches!(error, Error::ConnectTimeout(LIMIT)), "{error:?}");
    assert_eq!(error.to_string(), "no connection within 0.5 s");
}

fn each_address_has_its_own_connect_timeout(mut engine: Engine) {
    let (_listener, _queue, address) = full_listener();
    let server = Server::polite();

    let mut hopeless = with(get(address), connect_timeout());
    hopeless.addresses = Arc::new([address, address]);
    fails_after(&mut engine, hopeless, 2 * LIMIT);

    let mut hopeful = with(get(address), connect_timeout());
    hopeful.addresses = Arc::new([address, server.address]);
    let timings = engine.fetch(hopeful).timings;
    assert!(timings.connect >= LIMIT && timings.total >= timings.connect, "{timings:?}");
}

fn a_timeout_fires_within_ten_milliseconds(mut engine: Engine) {
    const LIMIT: Duration = Duration::from_millis(20);
    let (_listener, _queue, deaf) = full_listener();
    let silent = Server::start(|_stream, _| sleep(PATIENCE));
    for (address, timeouts) in [
        (deaf, Timeouts { connect: Some(LIMIT), read: None, total: None }),
        (silent.address, Timeouts { connect: None, read: Some(LIMIT), total: None }),
        (silent.address, Timeouts { connect: None, read: None, total: Some(LIMIT) }),
    ] {
        // The best of many: a busy machine makes some of them late.
        let lateness = (0..50).map(|_| {
            let began = Instant::now();
            engine.fail(with(get(address), timeouts));
            began.elapsed().checked_sub(LIMIT).expect("no earlier than asked")
        });
        let mut lateness = lateness.skip_while(|late| *late > Duration::from_millis(10));
        assert!(lateness.next().is_some(), "{timeouts:?}");
    }
}

fn a_server_that_says_nothing_times_out(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        sleep(PATIENCE);
    });

    let error = fails_after(&mut engine, with(get(server.address), read_timeout()), LIMIT);

    assert!(matches!(error, Error::ReadTimeout { after: LIMIT, phase: Phase::Wait }), "{error:?}");
}

fn a_body_that_stops_times_out(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc").unwrap();
        sleep(PATIENCE);
    });

    let error = fails_after(&mut engine, with(get(server.address), read_timeout()), LIMIT);

    assert!(matches!(error, Error::ReadTimeout { phase: Phase::Receive, .. }), "{error:?}");
}

/// Sends its response a byte every 10 ms, a second in all.
fn trickling() -> Server {
    Server::start(|mut stream, _| {
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n").unwrap();
        for _ in 0..100 {
            sleep(Duration::from_millis(10));
            if stream.write_all(b"x").is_err() {
                return;
            }
        }
    })
}

fn a_body_that_trickles_does_not_time_out(mut engine: Engine) {
    let response = engine.fetch(with(get(trickling().address), read_timeout()));

    assert_eq!(response.body().len(), 100);
    assert!(response.timings.receive >= Duration::from_millis(950), "{:?}", response.timings);
}

fn a_body_that_trickles_hits_the_total_timeout(mut engine: Engine) {
    let timeouts = Timeouts { total: Some(LIMIT), ..Timeouts::default() };

    let error = fails_after(&mut engine, with(get(trickling().address), timeouts), LIMIT);

    assert!(matches!(error, Error::TotalTimeout { after: LIMIT, phase: Phase::Receive }), "{error:?}");
}

fn a_request_that_is_not_read_times_out(mut engine: Engine) {
    let server = Server::start(|_stream, _| sleep(PATIENCE));
    let mut bytes = b"POST / HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n".to_vec();
    bytes.resize(bytes.len() + 50_000_000, b'x');
    let upload = with(request(server.address, &bytes), read_timeout());

    engine.start(upload);
    let failed = engine.failed();

    assert!(matches!(failed.error, Error::ReadTimeout { phase: Phase::Send, .. }), "{:?}", failed.error);
    assert!(failed.timings.send >= LIMIT, "{:?}", failed.timings);
}

fn the_total_timeout_counts_from_the_callers_start(mut engine: Engine) {
    let server = Server::start(|_stream, _| sleep(PATIENCE));
    let timeouts = Timeouts { total: Some(2 * LIMIT), ..Timeouts::default() };
    let mut late = with(get(server.address), timeouts);
    late.started = Instant::now().checked_sub(LIMIT).unwrap();
    late.dns = LIMIT;

    let began = Instant::now();
    engine.start(late);
    let failed = engine.failed();

    assert!(began.elapsed() < LIMIT + TOLERANCE);
    assert!(failed.timings.total >= 2 * LIMIT && failed.timings.dns == LIMIT, "{:?}", failed.timings);
}

fn a_reused_connection_has_fresh_timeouts(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        for number in 0.. {
            if read_request(&mut stream).is_none() {
                return;
            }
            if number < 12 {
                sleep(Duration::from_millis(50));
                stream.write_all(OK).unwrap();
            }
        }
    });
    for _ in 0..12 {
        engine.fetch(with(get(server.address), read_timeout()));
    }

    let error = fails_after(&mut engine, with(get(server.address), read_timeout()), LIMIT);

    assert!(matches!(error, Error::ReadTimeout { .. }), "{error:?}");
    assert_eq!(server.connection_count(), 1);
}

fn a_timeout_that_does_not_expire_costs_nothing_later(mut engine: Engine) {
    let server = Server::polite();
    engine.fetch(with(get(server.address), read_timeout()));

    engine.settle();
    assert!(engine.is_silent_for(2 * LIMIT));

    assert!(engine.fetch(get(server.address)).timings.is_reused);
}

fn sleepers_wake_in_order_and_on_time(mut engine: Engine) {
    let began = Instant::now();
    let mut tickets = Vec::new();
    for delay_ms in [30, 10, 20] {
        let ticket = engine.ticket();
        engine.apply(Command::Sleep(ticket, began + Duration::from_millis(delay_ms)));
        tickets.push(ticket);
    }

    for (index, due_ms) in [(1, 10), (2, 20), (0, 30)] {
        let Event::Woken(ticket) = engine.next() else { panic!("not woken") };
        let (due, now) = (Duration::from_millis(due_ms), began.elapsed());
        assert_eq!(ticket, tickets[index]);
        assert!(now >= due && now < due + TOLERANCE, "{now:?}");
    }
}

fn a_cancelled_sleeper_sleeps_on(mut engine: Engine) {
    let ticket = engine.ticket();
    engine.apply(Command::Sleep(ticket, Instant::now() + Duration::from_millis(5)));

    engine.apply(Command::Cancel(ticket));

    engine.settle();
}

fn steps_add_up_to_the_total(mut engine: Engine) {
    let server = Server::start(|mut stream, _| {
        while read_request(&mut stream).is_some() {
            sleep(Duration::from_millis(20));
            stream.write_all(&OK[..30]).unwrap();
            sleep(Duration::from_millis(300));
            stream.write_all(&OK[30..]).unwrap();
        }
    });
    for is_reused in [false, true] {
        let timings = engine.fetch(get(server.address)).timings;

        assert_eq!(timings.is_reused, is_reused);
        assert_eq!(timings.connect.is_zero(), is_reused);
        let (first_byte, receive) = (timings.first_byte.as_millis(), timings.receive.as_millis());
        assert!((20..300).contains(&first_byte), "{timings:?}");
        assert!(receive >= 250, "{timings:?}");
        let sum = timings.connect + timings.tls + timings.send + timings.first_byte + timings.receive;
        assert!(sum <= timings.total && timings.total < sum + TOLERANCE, "{timings:?}");
    }
}

#[test]
fn the_arrival_counts_not_when_the_caller_had_time_to_look() {
    let server = Server::start(|mut stream, _| {
        while read_request(&mut stream).is_some() {
            sleep(Duration::from_millis(5));
            stream.write_all(OK).unwrap();
        }
    });
    let mut engine = Engine::inline();
    engine.fetch(get(server.address));

    engine.start(get(server.address));
    sleep(Duration::from_millis(700));
    let timings = engine.done().timings;

    assert!(timings.total >= Duration::from_millis(5), "{timings:?}");
    assert!(timings.total < Duration::from_millis(500), "{timings:?}");
}

#[test]
fn an_answer_that_came_in_time_is_no_timeout_however_late_it_is_read() {
    let server = Server::start(|mut stream, _| {
        while read_request(&mut stream).is_some() {
            sleep(Duration::from_millis(5));
            stream.write_all(OK).unwrap();
        }
    });
    let mut engine = Engine::inline();
    engine.fetch(get(server.address));

    engine.start(with(get(server.address), read_timeout()));
    sleep(2 * LIMIT);

    assert_eq!(engine.done().status(), 200);
}

#[test]
fn a_failure_at_once_needs_no_poll() {
    let mut engine = Engine::inline();

    let mut request = get(nobody());
    request.addresses = Arc::new([]);
    engine.start(request);

    assert!(engine.next_within(Duration::ZERO).is_some());
}
