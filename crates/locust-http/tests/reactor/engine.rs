//! Both ways to run the reactor behind one face, and requests in one line.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use locust_http::{
    Command, Download, Error, Event, Failed, Origin, PoolId, Reactor, ReactorOptions, Request, Response,
    ThreadRunner, Ticket, Timeouts, Timings, Upload,
};

/// Runs each test in the caller's thread and in a thread of its own.
macro_rules! on_both_engines {
    ($($name:ident)*) => {
        mod inline { $(#[test] fn $name() { super::$name($crate::engine::Engine::inline()); })* }
        mod thread { $(#[test] fn $name() { super::$name($crate::engine::Engine::thread()); })* }
    };
}
pub(crate) use on_both_engines;

use mio::unix::SourceFd;
use mio::{Interest, Token};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) enum Driver {
    Inline(Box<Reactor>),
    Thread(ThreadRunner),
}

pub(crate) struct Engine {
    pub(crate) driver: Driver,
    events: VecDeque<Event>,
    next_slot: u32,
    /// Stands for the caller's event loop.
    hub: mio::Poll,
}

impl Engine {
    pub(crate) fn inline() -> Self {
        Self::of(Driver::Inline(Box::new(Reactor::new(ReactorOptions::default()).unwrap())))
    }

    pub(crate) fn thread() -> Self {
        Self::of(Driver::Thread(ThreadRunner::start(ReactorOptions::default()).unwrap()))
    }

    pub(crate) fn of(driver: Driver) -> Self {
        let hub = mio::Poll::new().unwrap();
        let fd = fd_of(&driver);
        hub.registry().register(&mut SourceFd(&fd), Token(0), Interest::READABLE).unwrap();
        Self { driver, events: VecDeque::new(), next_slot: 0, hub }
    }

    pub(crate) fn ticket(&mut self) -> Ticket {
        self.next_slot += 1;
        Ticket { slot: self.next_slot - 1, generation: 7 }
    }

    pub(crate) fn apply(&mut self, command: Command) {
        match &mut self.driver {
            Driver::Inline(reactor) => reactor.apply(command),
            Driver::Thread(runner) => runner.send(command),
        }
    }

    pub(crate) fn start(&mut self, request: Request) -> Ticket {
        let ticket = self.ticket();
        self.apply(Command::Start(ticket, Box::new(request)));
        ticket
    }

    /// The next event within the time, waiting as a hub would: on the file descriptor alone.
    pub(crate) fn next_within(&mut self, time: Duration) -> Option<Event> {
        let until = Instant::now() + time;
        loop {
            match &mut self.driver {
                Driver::Inline(reactor) => self.events.extend(reactor.events().drain(..)),
                Driver::Thread(runner) => {
                    let mut taken = Vec::new();
                    runner.take_events(&mut taken);
                    self.events.extend(taken);
                }
            }
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            self.await_readable(left);
            if let Driver::Inline(reactor) = &mut self.driver {
                reactor.poll(Some(Duration::ZERO)).unwrap();
            }
        }
    }

    pub(crate) fn next(&mut self) -> Event {
        self.next_within(PATIENCE).expect("an event")
    }

    fn await_readable(&mut self, time: Duration) {
        let fd = fd_of(&self.driver);
        // Edge-triggered as mio is: registering again makes it look.
        self.hub.registry().reregister(&mut SourceFd(&fd), Token(0), Interest::READABLE).unwrap();
        let _ = self.hub.poll(&mut mio::Events::with_capacity(1), Some(time));
    }

    pub(crate) fn is_silent_for(&mut self, time: Duration) -> bool {
        self.next_within(time).is_none()
    }

    pub(crate) fn done(&mut self) -> Response {
        match self.next() {
            Event::Done(_, response) => *response,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn failed(&mut self) -> Failed {
        match self.next() {
            Event::Failed(_, failed) => *failed,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn head(&mut self) -> Response {
        match self.next() {
            Event::Head(_, response) => *response,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn sent(&mut self) {
        match self.next() {
            Event::Sent(_) => {}
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn chunk(&mut self) -> Bytes {
        match self.next() {
            Event::Chunk(_, bytes) => bytes,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn end(&mut self) -> Timings {
        match self.next() {
            Event::End(_, timings) => timings,
            other => panic!("{other:?}"),
        }
    }

    /// Starts and waits.
    pub(crate) fn fetch(&mut self, request: Request) -> Response {
        self.start(request);
        self.done()
    }

    pub(crate) fn fail(&mut self, request: Request) -> Error {
        self.start(request);
        self.failed().error
    }

    /// Lets what is under way on loopback arrive.
    pub(crate) fn settle(&mut self) {
        assert!(self.is_silent_for(Duration::from_millis(30)));
    }
}

fn fd_of(driver: &Driver) -> RawFd {
    match driver {
        Driver::Inline(reactor) => reactor.as_raw_fd(),
        Driver::Thread(runner) => runner.wake_fd(),
    }
}

pub(crate) fn origin_of(address: SocketAddr) -> Arc<Origin> {
    Arc::new(Origin { host: address.ip().to_string().into(), port: address.port(), tls: None, proxy: None })
}

/// A GET of `/`, of pool 0; the tests change what they are about.
pub(crate) fn get(address: SocketAddr) -> Request {
    request(address, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
}

pub(crate) fn request(address: SocketAddr, bytes: &[u8]) -> Request {
    Request {
        pool: PoolId(0),
        max_idle: 10,
        origin: origin_of(address),
        addresses: Arc::new([address]),
        bytes: bytes.to_vec(),
        upload: Upload::Whole,
        download: Download::Whole { limit_bytes: u64::MAX },
        is_head: false,
        is_replayable: true,
        timeouts: Timeouts { connect: Some(PATIENCE), read: Some(PATIENCE), total: None },
        started: Instant::now(),
        dns: Duration::ZERO,
    }
}
