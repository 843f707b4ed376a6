//! Sockets, timers and time stamps: turns commands into events.

#[cfg(target_os = "linux")]
mod alarm;
mod clock;
mod exchange;
mod link;
#[cfg(unix)]
mod open_files;
mod receive;
pub(crate) mod thread;
mod tickets;
mod timers;

use std::fmt;
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Poll, Token};
use slab::Slab;

use crate::error::Error;
use crate::exchange::{Command, Event, Failed, Origin, PoolId, Request, Ticket};
use crate::pool::Pools;
use crate::reactor::clock::Clock;
use crate::reactor::exchange::{Exchange, Outcome, Shared};
use crate::reactor::link::{Link, unopened};
use crate::reactor::receive::Receiver;
use crate::reactor::tickets::{Tickets, Use};
use crate::reactor::timers::{Deadlines, Sleepers};

/// Events of the system taken at once.
const BATCH: usize = 1024;
/// Looks at the poll set in one `poll`, while it has something: fewer, larger batches for the caller.
const TURNS: usize = 4;
/// ... but no longer than this.
const TURNS_TIME: Duration = Duration::from_millis(1);
/// An idle connection is looked at before it is used again, unless its last response was read so recently.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(1);
const CONNECTION: Interest = Interest::READABLE.add(Interest::WRITABLE);
const ALARM: Token = Token(usize::MAX);
pub(crate) const WAKER: Token = Token(usize::MAX - 1);
const KEY_BITS: u32 = usize::BITS / 2;

/// Settings of a [`Reactor`].
#[derive(Clone, Copy, Debug)]
pub struct ReactorOptions {
    /// Take arrival times from the kernel where it gives them.
    pub has_kernel_stamps: bool,
    /// Size of the one read buffer all connections share.
    pub read_buffer_bytes: usize,
}

impl Default for ReactorOptions {
    fn default() -> Self {
        Self { has_kernel_stamps: true, read_buffer_bytes: 64 * 1024 }
    }
}

/// A connection, idle if it has no exchange.
#[derive(Debug)]
struct Connection {
    link: Link,
    origin: Arc<Origin>,
    pool: PoolId,
    pool_epoch: u32,
    /// Differs from that of earlier connections in the same place, whose events may still come.
    generation: u32,
    exchange: Option<Box<Exchange>>,
}

/// All connections and timers of one thread.
///
/// Dropping it closes its sockets and says good-bye to nobody, so that a forked child can drop its copy without its parent's
/// connections noticing.
pub struct Reactor {
    #[cfg(unix)]
    open_files: open_files::OpenFiles,
    poll: Poll,
    ready: mio::Events,
    #[cfg(target_os = "linux")]
    alarm: alarm::Alarm,
    connections: Slab<Connection>,
    tickets: Tickets,
    pools: Pools,
    deadlines: Deadlines,
    sleepers: Sleepers,
    shared: Shared,
    /// Counts calls of `poll`.
    round: u32,
    last_generation: u32,
}

impl fmt::Debug for Reactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Reactor")
            .field("connections", &self.connections.len())
            .finish_non_exhaustive()
    }
}

impl Reactor {
    /// Opens the poll set.
    pub fn new(options: ReactorOptions) -> io::Result<Self> {
        let ReactorOptions { has_kernel_stamps, read_buffer_bytes } = options;
        let poll = Poll::new()?;
        let clock = Clock::read();
        Ok(Self {
            #[cfg(unix)]
            open_files: open_files::OpenFiles::default(),
            #[cfg(target_os = "linux")]
            alarm: alarm::Alarm::new(poll.registry(), ALARM)?,
            ready: mio::Events::with_capacity(BATCH),
            connections: Slab::new(),
            tickets: Tickets::default(),
            pools: Pools::default(),
            deadlines: Deadlines::default(),
            sleepers: Sleepers::new(clock.now),
            shared: Shared {
                receiver: Receiver::new(read_buffer_bytes, has_kernel_stamps),
                clock,
                events: Vec::new(),
            },
            round: 0,
            last_generation: 0,
            poll,
        })
    }

    /// Lists what it has open from now on.
    #[cfg(unix)]
    pub(crate) fn list_open_files(&mut self, files: open_files::OpenFiles) {
        self.open_files = files;
    }

    /// The engine's clock.
    pub fn now() -> Instant {
        clock::now()
    }

    /// Connections open, idle ones included.
    pub fn connection_count(&self) -> usize {
        self.connections.len()
    }

    /// Acts at once; may add events.
    pub fn apply(&mut self, command: Command) {
        match command {
            Command::Start(ticket, request) => self.start(ticket, request),
            Command::Body(ticket, part) => self.upload(ticket, |exchange| exchange.add_part(part)),
            Command::BodyEnd(ticket) => self.upload(ticket, Exchange::complete_upload),
            Command::Read(ticket) => {
                if let Some(Use::Connection(key)) = self.tickets.get(ticket) {
                    if let Some(exchange) =
                        self.connections.get_mut(key as usize).and_then(|it| it.exchange.as_mut())
                    {
                        exchange.want();
                        self.shared.clock = Clock::read();
                        self.advance(key, true);
                    }
                }
            }
            Command::Cancel(ticket) => match self.tickets.remove(ticket) {
                Some(Use::Connection(key)) => {
                    self.connections.try_remove(key as usize);
                }
                Some(Use::Sleeper) => {
                    let tickets = &self.tickets;
                    self.sleepers.cancel(|ticket| tickets.get(ticket) == Some(Use::Sleeper));
                }
                None => {}
            },
            Command::CloseIdle(pool) => {
                let idle = self.pools.drain(pool);
                self.close(&idle);
            }
            Command::ClosePool(pool) => {
                let idle = self.pools.close(pool);
                self.close(&idle);
            }
            Command::Sleep(ticket, until) => {
                self.tickets.set(ticket, Use::Sleeper);
                self.sleepers.add(ticket, until);
            }
        }
        self.set_alarm();
    }

    /// Reads all ready sockets and fires what is due; waits at most `timeout` (`None`: for ever) for the first.
    pub fn poll(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.round = self.round.wrapping_add(1);
        let mut wait = match self.next_deadline() {
            // Where an alarm is part of the poll set this only spares it the trouble.
            Some(due) => {
                let until_due = due.saturating_duration_since(clock::now());
                Some(timeout.map_or(until_due, |timeout| timeout.min(until_due)))
            }
            None => timeout,
        };
        if timeout == Some(Duration::ZERO) || !self.shared.events.is_empty() {
            wait = Some(Duration::ZERO);
        }
        let mut ready = std::mem::replace(&mut self.ready, mio::Events::with_capacity(0));
        let result = self.read_ready(&mut ready, wait);
        self.ready = ready;
        result?;
        self.fire_due();
        self.set_alarm();
        Ok(())
    }

    /// What happened; the caller drains it, after each `apply` and each `poll`.
    pub fn events(&mut self) -> &mut Vec<Event> {
        &mut self.shared.events
    }

    /// When `poll` must be called next even if nothing is readable. On Linux the poll set itself becomes readable then.
    pub fn next_deadline(&self) -> Option<Instant> {
        match (self.deadlines.earliest(), self.sleepers.earliest()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    pub(crate) fn registry(&self) -> &mio::Registry {
        self.poll.registry()
    }

    // ---- commands ----

    fn start(&mut self, ticket: Ticket, request: Box<Request>) {
        let now = clock::now();
        let (pool, is_careful) = (request.pool, !request.is_replayable);
        let mut exchange = Box::new(Exchange::new(ticket, request, now));
        while let Some((key, round)) = self.pools.take(pool, &exchange.request.origin) {
            let Some(connection) = self.connections.get_mut(key as usize) else { continue };
            // What became idle a moment ago needs no further look.
            let is_fresh = round == self.round
                && !is_careful
                && now.saturating_duration_since(self.shared.clock.now) < LOOK_AGAIN_AFTER;
            if !is_fresh && !connection.link.is_usable(&mut self.shared.receiver) {
                self.connections.try_remove(key as usize);
                continue;
            }
            exchange.begin_reused(now);
            connection.exchange = Some(exchange);
            self.tickets.set(ticket, Use::Connection(key));
            self.advance(key, false);
            return;
        }
        self.open(exchange, now);
    }

    /// Opens a connection to the next address that does not refuse at once.
    fn open(&mut self, mut exchange: Box<Exchange>, now: Instant) {
        let mut address = exchange.request.addresses.get(exchange.address_index).copied();
        let mut failure = None;
        while let Some(target) = address {
            exchange.begin_connecting(now);
            match self.connect(target) {
                Ok(stream) => return self.enter(exchange, stream),
                Err(error) => failure = Some(unopened(&error)),
            }
            address = exchange.next_address(now);
        }
        let error = failure.unwrap_or_else(|| Error::Dns { host: exchange.request.origin.host.clone() });
        self.fail(&exchange, error);
    }

    fn connect(&mut self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address)?;
        // Only speed is lost without.
        let _ = stream.set_nodelay(true);
        self.shared.receiver.prepare(&stream);
        Ok(stream)
    }

    fn enter(&mut self, exchange: Box<Exchange>, mut stream: TcpStream) {
        let generation = self.last_generation.wrapping_add(1);
        self.last_generation = generation;
        let entry = self.connections.vacant_entry();
        let key = entry.key();
        if let Err(error) =
            self.poll.registry().register(&mut stream, token(key as u32, generation), CONNECTION)
        {
            return self.fail(&exchange, unopened(&error));
        }
        let pool = exchange.request.pool;
        self.tickets.set(exchange.ticket, Use::Connection(key as u32));
        if let Some(due) = exchange.deadline() {
            self.deadlines.schedule(key as u32, due);
        }
        entry.insert(Connection {
            link: Link::new(
                stream,
                #[cfg(unix)]
                &self.open_files,
            ),
            origin: Arc::clone(&exchange.request.origin),
            pool,
            pool_epoch: self.pools.epoch(pool),
            generation,
            exchange: Some(exchange),
        });
    }

    fn upload(&mut self, ticket: Ticket, change: impl FnOnce(&mut Exchange)) {
        let Some(Use::Connection(key)) = self.tickets.get(ticket) else { return };
        let Some(connection) = self.connections.get_mut(key as usize) else { return };
        if let Some(exchange) = &mut connection.exchange {
            change(exchange);
            self.advance(key, false);
        }
    }

    fn close(&mut self, keys: &[u32]) {
        for &key in keys {
            self.connections.try_remove(key as usize);
        }
    }

    // ---- readiness ----

    fn read_ready(&mut self, ready: &mut mio::Events, wait: Option<Duration>) -> io::Result<()> {
        let mut wait = wait;
        let mut began = None;
        for _ in 0..TURNS {
            match self.poll.poll(ready, wait) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => break,
                result => result?,
            }
            wait = Some(Duration::ZERO);
            if ready.is_empty() {
                break;
            }
            self.shared.clock = Clock::read();
            let now = self.shared.clock.now;
            let began = *began.get_or_insert(now);
            if now.saturating_duration_since(began) > TURNS_TIME && !self.shared.events.is_empty() {
                self.handle(ready);
                break;
            }
            self.handle(ready);
        }
        Ok(())
    }

    fn handle(&mut self, ready: &mio::Events) {
        for event in ready {
            let token = event.token();
            if token == ALARM || token == WAKER {
                #[cfg(target_os = "linux")]
                if token == ALARM {
                    self.alarm.has_rung();
                }
                continue;
            }
            let (key, generation) = from_token(token);
            let Some(connection) = self.connections.get_mut(key as usize) else { continue };
            if connection.generation != generation {
                continue;
            }
            let is_closed = event.is_read_closed() || event.is_error();
            connection.link.has_remote_closed |= is_closed;
            self.advance(key, event.is_readable() || is_closed);
        }
    }

    fn advance(&mut self, key: u32, is_readable: bool) {
        let Some(connection) = self.connections.get_mut(key as usize) else { return };
        let Some(exchange) = connection.exchange.as_mut() else {
            if is_readable && !connection.link.is_usable(&mut self.shared.receiver) {
                self.pools.forget(connection.pool, key);
                self.connections.try_remove(key as usize);
            }
            return;
        };
        match exchange.advance(&mut connection.link, &mut self.shared, is_readable) {
            Outcome::Waiting => {
                if let Some(due) = exchange.deadline() {
                    self.deadlines.schedule(key, due);
                }
            }
            Outcome::Unread => {
                if let Some(due) = exchange.deadline() {
                    self.deadlines.schedule(key, due);
                }
                // Makes the poll set tell once more.
                let token = token(key, connection.generation);
                let _ = self.poll.registry().reregister(&mut connection.link.stream, token, CONNECTION);
            }
            Outcome::Finished { is_reusable } => self.finish(key, is_reusable),
            Outcome::Failed(error) => self.give_up(key, error),
        }
    }

    fn finish(&mut self, key: u32, is_reusable: bool) {
        let Some(connection) = self.connections.get_mut(key as usize) else { return };
        let Some(exchange) = connection.exchange.take() else { return };
        let (pool, epoch, max_idle) = (connection.pool, connection.pool_epoch, exchange.request.max_idle);
        let surplus = if is_reusable {
            self.pools.put(pool, epoch, (key, self.round), &connection.origin, max_idle)
        } else {
            Some(key)
        };
        if let Some(surplus) = surplus {
            self.connections.try_remove(surplus as usize);
        }
        let ticket = exchange.ticket;
        self.tickets.remove(ticket);
        self.shared.events.push(if exchange.is_streamed() {
            Event::End(ticket, exchange.timings(exchange.end()))
        } else {
            Event::Done(ticket, exchange.into_response())
        });
    }

    /// Closes the connection; tries again where that is right.
    fn give_up(&mut self, key: u32, error: Error) {
        let Some(mut connection) = self.connections.try_remove(key as usize) else { return };
        let Some(mut exchange) = connection.exchange.take() else { return };
        drop(connection);
        let now = clock::now();
        if exchange.is_to_be_replayed(&error) {
            return self.open(exchange, now);
        }
        while let Some(address) = exchange.next_address(now) {
            exchange.begin_connecting(now);
            if let Ok(stream) = self.connect(address) {
                return self.enter(exchange, stream);
            }
        }
        self.fail(&exchange, error);
    }

    fn fail(&mut self, exchange: &Exchange, error: Error) {
        let timings = exchange.timings(clock::now());
        self.tickets.remove(exchange.ticket);
        self.shared.events.push(Event::Failed(exchange.ticket, Box::new(Failed { error, timings })));
    }

    // ---- time ----

    fn fire_due(&mut self) {
        let now = clock::now();
        while let Some(key) = self.deadlines.pop_due(now) {
            let is_due = |connections: &Slab<Connection>| {
                let exchange = connections.get(key as usize).and_then(|it| it.exchange.as_ref());
                exchange.and_then(|it| it.deadline()).is_some_and(|due| due <= now)
            };
            if is_due(&self.connections) {
                // The answer may lie in the socket: then it came in time.
                self.shared.clock = Clock::read();
                self.advance(key, true);
            }
            let Some(exchange) = self.connections.get(key as usize).and_then(|it| it.exchange.as_ref())
            else {
                continue;
            };
            match (exchange.timeout(now), exchange.deadline()) {
                (Some(error), _) => self.give_up(key, error),
                (None, Some(due)) => self.deadlines.schedule(key, due),
                (None, None) => {}
            }
        }
        while let Some(ticket) = self.sleepers.pop_due(now) {
            if self.tickets.get(ticket) == Some(Use::Sleeper) {
                self.tickets.remove(ticket);
                self.shared.events.push(Event::Woken(ticket));
            }
        }
    }

    fn set_alarm(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some(due) = self.next_deadline() {
            self.alarm.set(due);
        }
    }
}

/// Becomes readable when `poll` has something to do.
#[cfg(unix)]
impl AsRawFd for Reactor {
    fn as_raw_fd(&self) -> RawFd {
        self.poll.as_raw_fd()
    }
}

fn token(key: u32, generation: u32) -> Token {
    Token((generation as usize) << KEY_BITS | key as usize)
}

fn from_token(token: Token) -> (u32, u32) {
    let key = token.0 & ((1 << KEY_BITS) - 1);
    (key as u32, (token.0 >> KEY_BITS) as u32)
}
