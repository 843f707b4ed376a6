//! Closed loop of GETs: `closed_loop http://127.0.0.1:9000/ [connections] [seconds] [thread]`; prints rate and CPU per request.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use locust_http::{
    Command, Download, Event, Origin, PoolId, Reactor, ReactorOptions, Request, Ticket, Timeouts, TlsContext,
    TlsOptions, Upload,
};
use nix::sys::resource::{UsageWho, getrusage};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (scheme, rest) = arguments[1].split_once("://").unwrap();
    let (host_port, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = host_port.rsplit_once(':').unwrap();
    let connections: u32 = arguments.get(2).map_or(50, |it| it.parse().unwrap());
    let seconds: u64 = arguments.get(3).map_or(3, |it| it.parse().unwrap());
    let has_kernel_stamps = arguments.get(4).is_none_or(|it| it != "nostamps");

    let tls = (scheme == "https").then(|| {
        Arc::new(TlsContext::build(&TlsOptions { verify: false, ..TlsOptions::default() }).unwrap())
    });
    let origin = Arc::new(Origin { host: host.into(), port: port.parse().unwrap(), tls, proxy: None });
    let addresses: Arc<[_]> = host_port.to_socket_addrs().unwrap().collect();
    let bytes = format!("GET /{path} HTTP/1.1\r\nHost: {host_port}\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n")
        .into_bytes();
    let limit = Some(Duration::from_secs(60));
    let request = |user: u32| {
        Box::new(Request {
            pool: PoolId(user),
            max_idle: 10,
            origin: Arc::clone(&origin),
            addresses: Arc::clone(&addresses),
            bytes: bytes.clone(),
            upload: Upload::Whole,
            download: Download::Whole { limit_bytes: u64::MAX },
            is_head: false,
            is_replayable: true,
            timeouts: Timeouts { connect: limit, read: limit, total: None },
            started: Reactor::now(),
            dns: Duration::ZERO,
        })
    };

    let mut reactor =
        Reactor::new(ReactorOptions { has_kernel_stamps, ..ReactorOptions::default() }).unwrap();
    for user in 0..connections {
        reactor.apply(Command::Start(Ticket { slot: user, generation: 0 }, request(user)));
    }
    let (began, before) = (Instant::now(), getrusage(UsageWho::RUSAGE_SELF).unwrap());
    let (mut done, mut batches, mut failures, mut total) = (0_u64, 0_u64, 0_u64, Duration::ZERO);
    let mut events = Vec::new();
    while began.elapsed() < Duration::from_secs(seconds) {
        reactor.poll(None).unwrap();
        std::mem::swap(&mut events, reactor.events());
        batches += 1;
        for event in events.drain(..) {
            let ticket = match event {
                Event::Done(ticket, response) => {
                    total += response.timings.total;
                    ticket
                }
                Event::Failed(ticket, failed) => {
                    failures += 1;
                    if failures == 1 {
                        println!("{}", failed.error);
                    }
                    ticket
                }
                _ => continue,
            };
            done += 1;
            reactor.apply(Command::Start(ticket, request(ticket.slot)));
        }
    }
    let after = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let micros = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 * 1e6 + time.tv_usec() as f64;
    let user = (micros(after.user_time()) - micros(before.user_time())) / done as f64;
    let system = (micros(after.system_time()) - micros(before.system_time())) / done as f64;
    println!(
        "{:.0} requests/s, {:.2} us CPU a request ({user:.2} user, {system:.2} system), {:.1} a batch, mean {:.0} us, {failures} failures",
        done as f64 / began.elapsed().as_secs_f64(),
        user + system,
        done as f64 / batches as f64,
        total.as_secs_f64() * 1e6 / done as f64,
    );
}
