//! The loop: sockets, timers, and the connections between them.

use crate::connection::{Connection, Wish};
use crate::route::Site;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const LISTENER: Token = Token(usize::MAX);
/// How often the stop flag is looked at.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(50);
const READ_BUFFER_BYTES: usize = 64 << 10;
/// One connection may move so many bytes before it is the others' turn.
const TURN_BYTES: usize = 1 << 20;
/// How long a peer that still sends may take to notice that we stopped reading: closing at once would reset the answer.
const LINGER: Duration = Duration::from_secs(1);

/// A connection with its socket.
// Each is a fact of its own about the socket; they change independently.
#[allow(clippy::struct_excessive_bools)]
struct Peer {
    stream: TcpStream,
    connection: Connection,
    sent: usize,
    is_readable: bool,
    is_writable: bool,
    /// The peer will send no more than what waits in the kernel.
    is_half_closed: bool,
    /// Answered and shut down; reading to the end.
    is_lingering: bool,
    /// Waiting for its turn in `Server::again`.
    is_queued: bool,
    generation: u64,
}

/// What a turn ended with.
enum Turn {
    /// Waits for the socket or a timer.
    Parked,
    /// Had to give way to others.
    Paused,
    /// Is over.
    Closed,
}

pub(crate) struct Server {
    poll: Poll,
    listener: TcpListener,
    is_accepting: bool,
    peers: Slab<Peer>,
    timers: BinaryHeap<Reverse<(Instant, usize, u64)>>,
    again: Vec<usize>,
    site: Site,
    buffer: Vec<u8>,
    next_generation: u64,
}

impl Server {
    pub(crate) fn new(listener: std::net::TcpListener) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::from_std(listener);
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Self {
            poll,
            listener,
            is_accepting: false,
            peers: Slab::new(),
            timers: BinaryHeap::new(),
            again: Vec::new(),
            site: Site::new(),
            buffer: vec![0; READ_BUFFER_BYTES],
            next_generation: 0,
        })
    }

    pub(crate) fn run(&mut self, stop: &AtomicBool) -> io::Result<()> {
        let mut events = Events::with_capacity(1_024);
        while !stop.load(Ordering::Relaxed) {
            match self.poll.poll(&mut events, Some(self.patience())) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            }
            for event in &events {
                if event.token() == LISTENER {
                    self.is_accepting = true;
                    continue;
                }
                let key = event.token().0;
                if let Some(peer) = self.peers.get_mut(key) {
                    peer.is_readable |= event.is_readable() || event.is_read_closed();
                    peer.is_writable |= event.is_writable();
                    peer.is_half_closed |= event.is_read_closed();
                    self.serve(key);
                }
            }
            // Retried each time round: after a refusal for want of descriptors, no event tells when there is room again.
            if self.is_accepting {
                self.accept();
            }
            for key in std::mem::take(&mut self.again) {
                if let Some(peer) = self.peers.get_mut(key) {
                    peer.is_queued = false;
                    self.serve(key);
                }
            }
            self.fire_timers();
        }
        Ok(())
    }

    fn patience(&self) -> Duration {
        if !self.again.is_empty() {
            return Duration::ZERO;
        }
        match self.timers.peek() {
            Some(Reverse((deadline, ..))) => {
                deadline.saturating_duration_since(Instant::now()).min(STOP_CHECK_INTERVAL)
            }
            None => STOP_CHECK_INTERVAL,
        }
    }

    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.admit(stream),
                Err(error)
                    if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                Err(error) => {
                    self.is_accepting = error.kind() != ErrorKind::WouldBlock;
                    return;
                }
            }
        }
    }

    fn admit(&mut self, mut stream: TcpStream) {
        // Without it, answers are only slower.
        let _ = stream.set_nodelay(true);
        let entry = self.peers.vacant_entry();
        let interest = Interest::READABLE | Interest::WRITABLE;
        if self.poll.registry().register(&mut stream, Token(entry.key()), interest).is_err() {
            return;
        }
        self.next_generation += 1;
        let key = entry.key();
        entry.insert(Peer {
            stream,
            connection: Connection::new(),
            sent: 0,
            is_readable: true,
            is_writable: true,
            is_half_closed: false,
            is_lingering: false,
            is_queued: false,
            generation: self.next_generation,
        });
        self.serve(key);
    }

    fn fire_timers(&mut self) {
        if self.timers.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(Reverse((deadline, key, generation))) = self.timers.peek().copied() {
            if deadline > now {
                return;
            }
            self.timers.pop();
            match self.peers.get_mut(key) {
                Some(peer) if peer.generation == generation && peer.is_lingering => {
                    drop(self.peers.remove(key));
                }
                Some(peer) if peer.generation == generation => {
                    peer.connection.wake(&mut self.site);
                    self.serve(key);
                }
                _ => {}
            }
        }
    }

    /// Gives one connection its turn.
    fn serve(&mut self, key: usize) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let generation = peer.generation;
        let timers = &mut self.timers;
        let turn = peer.turn(&mut self.site, &mut self.buffer, |pause| {
            timers.push(Reverse((Instant::now() + pause, key, generation)));
        });
        match turn {
            Turn::Parked => {}
            Turn::Paused if peer.is_queued => {}
            Turn::Paused => {
                peer.is_queued = true;
                self.again.push(key);
            }
            Turn::Closed => drop(self.peers.remove(key)),
        }
    }
}

impl Peer {
    fn turn(&mut self, site: &mut Site, buffer: &mut [u8], mut set_timer: impl FnMut(Duration)) -> Turn {
        let mut moved = 0;
        while moved < TURN_BYTES {
            if self.is_lingering {
                match self.read(buffer) {
                    Ok(None) => return Turn::Parked,
                    Ok(Some(0)) | Err(_) => return Turn::Closed,
                    Ok(Some(count)) => moved += count,
                }
                continue;
            }
            match self.connection.advance(site) {
                Wish::Send => match self.write() {
                    Ok(Some(count)) => moved += count,
                    Ok(None) => return Turn::Parked,
                    Err(_) => return Turn::Closed,
                },
                Wish::Read => match self.read(buffer) {
                    Ok(None) => return Turn::Parked,
                    Err(_) => return Turn::Closed,
                    Ok(Some(0)) => self.connection.end(),
                    Ok(Some(count)) => {
                        self.connection.receive(&buffer[..count]);
                        moved += count;
                    }
                },
                Wish::Wake(pause) => set_timer(pause),
                Wish::Sleep => return Turn::Parked,
                Wish::Close { is_early: false } => return Turn::Closed,
                Wish::Close { is_early: true } => {
                    if self.stream.shutdown(Shutdown::Write).is_err() {
                        return Turn::Closed;
                    }
                    self.is_lingering = true;
                    set_timer(LINGER);
                }
            }
        }
        Turn::Paused
    }

    /// Bytes read: 0 at the end, `None` when there are none yet.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        while self.is_readable {
            match self.stream.read(buffer) {
                Ok(count) => {
                    // A short read has emptied the socket, and what comes later makes an event; but an end that was
                    // already announced makes none.
                    self.is_readable = count == buffer.len() || self.is_half_closed;
                    return Ok(Some(count));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_readable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Bytes sent; `None` when the kernel takes no more for now.
    fn write(&mut self) -> io::Result<Option<usize>> {
        let start = self.sent;
        while self.is_writable && self.sent < self.connection.output.len() {
            match self.stream.write(&self.connection.output[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_writable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.sent < self.connection.output.len() {
            return Ok(None);
        }
        let count = self.sent - start;
        self.sent = 0;
        self.connection.sent();
        Ok(Some(count))
    }
}
