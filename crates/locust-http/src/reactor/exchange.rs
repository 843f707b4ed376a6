//! One exchange on its way: connect, tunnel, handshake, request, response. Knows bytes and times, not which socket comes next.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};

use crate::error::{Error, Phase};
use crate::exchange::{Download, Event, Origin, Request, Response, Ticket, Timings, Upload};
use crate::proto::h1::{Limits, Message, ResponseReader};
use crate::reactor::clock::{self, Clock};
use crate::reactor::link::{self, Flow, Link};
use crate::reactor::receive::Receiver;
use crate::tls::Session;

/// Reads from one connection before the others get their turn.
const READS_PER_TURN: usize = 32;

/// What all exchanges of a reactor share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) receiver: Receiver,
    pub(crate) clock: Clock,
    pub(crate) events: Vec<Event>,
}

/// Where an exchange is.
#[derive(Debug)]
enum Stage {
    Connecting,
    Tunnelling(Box<Tunnel>),
    Handshaking,
    Transferring,
}

#[derive(Debug)]
struct Tunnel {
    request: Vec<u8>,
    sent_bytes: usize,
    reader: ResponseReader,
}

/// What is to be done about an exchange.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing until the next event.
    Waiting,
    /// Had its turn with bytes left unread: no event will come for those.
    Unread,
    /// The response is complete.
    Finished {
        /// The connection can serve again.
        is_reusable: bool,
    },
    /// No response.
    Failed(Error),
}

/// An exchange between `Start` and its last event.
#[allow(
    clippy::struct_excessive_bools,
    reason = "upload and download run side by side, each with its own progress"
)]
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) ticket: Ticket,
    pub(crate) request: Box<Request>,
    stage: Stage,
    reader: ResponseReader,

    /// Of `request.bytes`.
    sent_bytes: usize,
    parts: VecDeque<Bytes>,
    has_had_parts: bool,
    is_upload_complete: bool,
    owes_sent: bool,
    send_failure: Option<Error>,

    is_head_given: bool,
    is_wanted: bool,
    /// Read, but not yet wanted.
    piece: Bytes,
    has_surplus: bool,

    pub(crate) is_reused: bool,
    pub(crate) address_index: usize,
    total_deadline: Option<Instant>,
    step_deadline: Option<Instant>,
    step_began: Instant,
    connect: Duration,
    handshake: Duration,
    sent_at: Option<Instant>,
    first_byte_at: Option<Instant>,
    last_byte_at: Option<Instant>,
}

impl Exchange {
    pub(crate) fn new(ticket: Ticket, request: Box<Request>, now: Instant) -> Self {
        let (is_streamed, body_bytes) = match request.download {
            Download::Whole { limit_bytes } => (false, limit_bytes),
            Download::Streamed => (true, u64::MAX),
        };
        let limits = Limits { body_bytes, ..Limits::default() };
        Self {
            ticket,
            stage: Stage::Connecting,
            reader: ResponseReader::new(request.is_head, is_streamed, limits),
            sent_bytes: 0,
            parts: VecDeque::new(),
            has_had_parts: false,
            is_upload_complete: request.upload == Upload::Whole,
            owes_sent: false,
            send_failure: None,
            is_head_given: false,
            is_wanted: false,
            piece: Bytes::new(),
            has_surplus: false,
            is_reused: false,
            address_index: 0,
            total_deadline: request.timeouts.total.and_then(|limit| request.started.checked_add(limit)),
            step_deadline: None,
            step_began: now,
            connect: Duration::ZERO,
            handshake: Duration::ZERO,
            sent_at: None,
            first_byte_at: None,
            last_byte_at: None,
            request,
        }
    }

    // ---- the caller's side ----

    /// A connection to `addresses[address_index]` has been asked for.
    pub(crate) fn begin_connecting(&mut self, now: Instant) {
        self.stage = Stage::Connecting;
        self.is_reused = false;
        self.sent_bytes = 0;
        self.sent_at = None;
        self.begin_step(now, self.request.timeouts.connect);
    }

    /// An open connection serves again.
    pub(crate) fn begin_reused(&mut self, now: Instant) {
        self.is_reused = true;
        self.begin_transfer(now);
    }

    /// The next address, if this one cannot be reached.
    pub(crate) fn next_address(&mut self, now: Instant) -> Option<SocketAddr> {
        if !matches!(self.stage, Stage::Connecting) {
            return None;
        }
        self.connect += now.saturating_duration_since(self.step_began);
        self.address_index += 1;
        self.request.addresses.get(self.address_index).copied()
    }

    /// Whether it is right to send all of it again on a fresh connection: it was the old one that failed.
    pub(crate) fn is_to_be_replayed(&self, error: &Error) -> bool {
        self.is_reused
            && self.request.is_replayable
            && !self.has_had_parts
            && !self.reader.received_any()
            && matches!(error, Error::Closed | Error::Reset { .. })
    }

    pub(crate) fn add_part(&mut self, part: Bytes) {
        self.has_had_parts = true;
        self.owes_sent = true;
        if !part.is_empty() && self.send_failure.is_none() {
            self.parts.push_back(part);
        }
    }

    pub(crate) fn complete_upload(&mut self) {
        self.is_upload_complete = true;
    }

    pub(crate) fn want(&mut self) {
        self.is_wanted = true;
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match (self.step_deadline, self.total_deadline) {
            (Some(step), Some(total)) => Some(step.min(total)),
            (step, total) => step.or(total),
        }
    }

    /// The timeout that has passed, if one has.
    pub(crate) fn timeout(&self, now: Instant) -> Option<Error> {
        let phase = self.phase();
        let timeouts = &self.request.timeouts;
        if self.total_deadline.is_some_and(|at| at <= now) {
            return Some(Error::TotalTimeout { after: timeouts.total.unwrap_or_default(), phase });
        }
        if self.step_deadline.is_none_or(|at| at > now) {
            return None;
        }
        let connect = timeouts.connect.unwrap_or_default();
        Some(match self.stage {
            Stage::Connecting | Stage::Tunnelling(_) => Error::ConnectTimeout(connect),
            Stage::Handshaking => Error::TlsTimeout(connect),
            Stage::Transferring => Error::ReadTimeout { after: timeouts.read.unwrap_or_default(), phase },
        })
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.stage {
            Stage::Connecting | Stage::Tunnelling(_) => Phase::Connect,
            Stage::Handshaking => Phase::Tls,
            Stage::Transferring if self.reader.is_head_complete() => Phase::Receive,
            Stage::Transferring if self.sent_at.is_some() => Phase::Wait,
            Stage::Transferring => Phase::Send,
        }
    }

    /// How the time went; what is not over lasts until `end`.
    pub(crate) fn timings(&self, end: Instant) -> Timings {
        let between = |from: Option<Instant>, to: Option<Instant>| {
            from.map_or(Duration::ZERO, |from| to.unwrap_or(end).saturating_duration_since(from))
        };
        let mut timings = Timings {
            started: self.request.started,
            dns: self.request.dns,
            connect: self.connect,
            tls: self.handshake,
            send: Duration::ZERO,
            first_byte: between(self.sent_at, self.first_byte_at),
            receive: between(self.first_byte_at, Some(end)),
            total: end.saturating_duration_since(self.request.started),
            is_reused: self.is_reused,
        };
        let in_step = end.saturating_duration_since(self.step_began);
        match self.stage {
            Stage::Connecting | Stage::Tunnelling(_) => timings.connect += in_step,
            Stage::Handshaking => timings.tls += in_step,
            Stage::Transferring => {
                timings.send = between(Some(self.step_began), self.sent_at.or(self.first_byte_at));
            }
        }
        timings
    }

    pub(crate) fn into_response(self) -> Box<Response> {
        let timings = self.timings(self.end());
        Box::new(Response { timings, message: self.reader.into_message() })
    }

    pub(crate) fn is_streamed(&self) -> bool {
        self.request.download == Download::Streamed
    }

    /// When the last byte came.
    pub(crate) fn end(&self) -> Instant {
        self.last_byte_at.unwrap_or_else(clock::now)
    }

    // ---- the network's side ----

    /// Goes as far as the socket lets it.
    pub(crate) fn advance(&mut self, link: &mut Link, shared: &mut Shared, is_readable: bool) -> Outcome {
        let mut is_readable = is_readable;
        loop {
            let step = match self.stage {
                Stage::Connecting => self.connect(link),
                Stage::Tunnelling(_) => self.tunnel(link, shared),
                Stage::Handshaking => self.shake_hands(link, shared),
                Stage::Transferring => return self.transfer(link, shared, is_readable),
            };
            // What came meanwhile, be it the end, may have been told by the event that ended the step.
            is_readable = true;
            match step {
                Ok(true) => {}
                Ok(false) => return Outcome::Waiting,
                Err(error) => return Outcome::Failed(error),
            }
        }
    }

    fn begin_step(&mut self, now: Instant, limit: Option<Duration>) {
        self.step_began = now;
        self.step_deadline = limit.and_then(|limit| now.checked_add(limit));
    }

    fn begin_transfer(&mut self, now: Instant) {
        self.stage = Stage::Transferring;
        self.begin_step(now, self.request.timeouts.read);
    }

    fn begin_handshake(&mut self, link: &mut Link, now: Instant) -> Result<(), Error> {
        if let Some(context) = &self.request.origin.tls {
            link.tls = Some(Box::new(Session::new(context, &self.request.origin.host)?));
            self.stage = Stage::Handshaking;
            self.begin_step(now, self.request.timeouts.connect);
        } else {
            self.begin_transfer(now);
        }
        Ok(())
    }

    /// Each of these says whether the step is over.
    fn connect(&mut self, link: &mut Link) -> Result<bool, Error> {
        if let Some(error) = link.stream.take_error().unwrap_or_else(Some) {
            return Err(link::unopened(&error));
        }
        if let Err(error) = link.stream.peer_addr() {
            return if error.kind() == std::io::ErrorKind::NotConnected {
                Ok(false)
            } else {
                Err(link::unopened(&error))
            };
        }
        let now = clock::now();
        self.connect += now.saturating_duration_since(self.step_began);
        match tunnel_request(&self.request.origin) {
            Some(request) => {
                let reader = ResponseReader::new(true, false, Limits::default());
                self.stage = Stage::Tunnelling(Box::new(Tunnel { request, sent_bytes: 0, reader }));
                self.begin_step(now, self.request.timeouts.connect);
            }
            None => self.begin_handshake(link, now)?,
        }
        Ok(true)
    }

    fn tunnel(&mut self, link: &mut Link, shared: &mut Shared) -> Result<bool, Error> {
        let Stage::Tunnelling(tunnel) = &mut self.stage else { return Ok(true) };
        while tunnel.sent_bytes < tunnel.request.len() {
            match link.send(&tunnel.request[tunnel.sent_bytes..], Phase::Connect)? {
                0 => return Ok(false),
                size => tunnel.sent_bytes += size,
            }
        }
        let mut has_surplus = false;
        while !tunnel.reader.is_complete() {
            let reader = &mut tunnel.reader;
            let flow = link.read(&mut shared.receiver, Phase::Connect, |bytes, _| {
                has_surplus |= reader.feed(bytes)? < bytes.len();
                Ok(())
            })?;
            match flow {
                _ if tunnel.reader.is_complete() => {}
                Flow::Dry => return Ok(false),
                Flow::More => {}
                Flow::Closed => {
                    return Err(Error::Proxy { status: 0, reason: "closed the connection".into() });
                }
            }
        }
        let answer = tunnel.reader.take_head();
        if !(200..300).contains(&answer.status()) {
            return Err(refusal(&answer));
        }
        if has_surplus {
            return Err(Error::Protocol(
                "the proxy sent bytes of its own after its answer to CONNECT".into(),
            ));
        }
        let now = clock::now();
        self.connect += now.saturating_duration_since(self.step_began);
        self.begin_handshake(link, now)?;
        Ok(true)
    }

    fn shake_hands(&mut self, link: &mut Link, shared: &mut Shared) -> Result<bool, Error> {
        let is_handshaking = |link: &Link| link.tls.as_ref().is_some_and(|tls| tls.is_handshaking());
        link.flush(Phase::Tls)?;
        while is_handshaking(link) {
            let flow = link.read(&mut shared.receiver, Phase::Tls, |_, _| {
                Err(Error::Protocol("response before the request".into()))
            })?;
            if flow == Flow::Closed {
                let reason = "the remote end closed the connection during the handshake".into();
                return Err(Error::Tls { reason, phase: Phase::Tls });
            }
            if flow == Flow::Dry && is_handshaking(link) {
                return Ok(false);
            }
        }
        let now = clock::now();
        self.handshake += now.saturating_duration_since(self.step_began);
        self.begin_transfer(now);
        Ok(true)
    }

    fn transfer(&mut self, link: &mut Link, shared: &mut Shared, is_readable: bool) -> Outcome {
        let mut is_readable = is_readable;
        if let Err(error) = self.upload(link, &mut shared.events) {
            // A server may answer and close without reading all: its answer counts, if there is one.
            self.parts.clear();
            self.sent_bytes = self.request.bytes.len();
            self.send_failure = Some(error);
            is_readable = true;
        }
        let outcome = if is_readable { self.download(link, shared) } else { Ok(Outcome::Waiting) };
        match outcome {
            Ok(Outcome::Waiting) if self.send_failure.is_some() && !self.is_paused() => {
                self.send_failure.take().map_or(Outcome::Waiting, Outcome::Failed)
            }
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(self.send_failure.take().unwrap_or(error)),
        }
    }

    fn upload(&mut self, link: &mut Link, events: &mut Vec<Event>) -> Result<(), Error> {
        if self.send_failure.is_some() && std::mem::take(&mut self.owes_sent) {
            events.push(Event::Sent(self.ticket));
        }
        if self.sent_at.is_some() || self.send_failure.is_some() {
            return Ok(());
        }
        let mut has_sent = false;
        loop {
            let size = if self.sent_bytes < self.request.bytes.len() {
                let size = link.send(&self.request.bytes[self.sent_bytes..], Phase::Send)?;
                self.sent_bytes += size;
                size
            } else if let Some(part) = self.parts.front_mut() {
                let size = link.send(part, Phase::Send)?;
                part.advance(size);
                if part.is_empty() {
                    self.parts.pop_front();
                }
                size
            } else {
                break;
            };
            if size == 0 {
                break;
            }
            has_sent = true;
        }
        let is_all_taken = self.sent_bytes == self.request.bytes.len() && self.parts.is_empty();
        let is_out = is_all_taken && link.flush(Phase::Send)?;
        if is_out && std::mem::take(&mut self.owes_sent) {
            events.push(Event::Sent(self.ticket));
        }
        let now = clock::now();
        if is_out && self.is_upload_complete {
            self.sent_at = Some(now);
        }
        if has_sent || is_out {
            self.await_more(now);
        }
        Ok(())
    }

    fn download(&mut self, link: &mut Link, shared: &mut Shared) -> Result<Outcome, Error> {
        if self.is_head_given {
            self.give_pieces(&mut shared.events);
            if self.is_over() {
                return Ok(self.finished(link));
            }
        }
        let mut reads = 0;
        while reads < READS_PER_TURN {
            if self.is_paused() {
                self.step_deadline = None;
                return Ok(Outcome::Waiting);
            }
            let Shared { receiver, clock, events } = shared;
            let mut has_moved = false;
            let flow = link.read(receiver, self.phase(), |bytes, stamp| {
                has_moved = true;
                self.receive(bytes, clock.arrival(stamp))
            })?;
            if has_moved || self.step_deadline.is_none() {
                self.await_more(clock.now);
            }
            let flow = if flow == Flow::Closed && !self.reader.is_complete() {
                if !self.reader.received_any() {
                    return Err(Error::Closed);
                }
                self.reader.finish_eof()?;
                Flow::Closed
            } else {
                flow
            };
            self.give_pieces(events);
            if self.is_over() {
                // Bytes still in the socket belong to no response.
                let is_dry = flow == Flow::Dry || (flow == Flow::More && link.is_usable(receiver));
                self.has_surplus |= !is_dry;
                return Ok(self.finished(link));
            }
            if flow == Flow::Dry {
                break;
            }
            reads += 1;
        }
        if self.is_paused() {
            self.step_deadline = None;
        }
        Ok(if reads < READS_PER_TURN { Outcome::Waiting } else { Outcome::Unread })
    }

    fn receive(&mut self, bytes: &[u8], at: Instant) -> Result<(), Error> {
        // A server next door can answer before our own `send` has returned.
        let at = at.max(self.sent_at.unwrap_or(self.step_began));
        self.first_byte_at.get_or_insert(at);
        self.last_byte_at = Some(at);
        if self.reader.is_complete() || self.reader.feed(bytes)? < bytes.len() {
            self.has_surplus = true;
        }
        Ok(())
    }

    /// Hands over what a streamed download has, as far as it is wanted.
    fn give_pieces(&mut self, events: &mut Vec<Event>) {
        if !self.is_streamed() || !self.reader.is_head_complete() {
            return;
        }
        if !self.is_head_given {
            self.is_head_given = true;
            let response = Response { timings: self.timings(self.end()), message: self.reader.take_head() };
            events.push(Event::Head(self.ticket, Box::new(response)));
        }
        if self.piece.is_empty() {
            self.piece = self.reader.take_chunk();
        }
        if self.is_wanted && !self.piece.is_empty() {
            self.is_wanted = false;
            events.push(Event::Chunk(self.ticket, std::mem::take(&mut self.piece)));
        }
    }

    /// Complete, and nothing left to hand over.
    fn is_over(&self) -> bool {
        self.reader.is_complete() && self.piece.is_empty()
    }

    /// The caller of a streamed download is busy with what it has.
    fn is_paused(&self) -> bool {
        self.is_head_given && !self.is_wanted
    }

    /// The remote end has until then to move, if it is its turn.
    fn await_more(&mut self, now: Instant) {
        let awaits_caller = !self.is_upload_complete && self.parts.is_empty() && !self.owes_sent;
        let limit = self.request.timeouts.read.filter(|_| !awaits_caller && !self.is_paused());
        self.step_deadline = limit.and_then(|limit| now.checked_add(limit));
    }

    fn finished(&self, link: &Link) -> Outcome {
        let is_reusable = self.reader.keeps_alive()
            && self.sent_at.is_some()
            && !self.has_surplus
            && !link.has_remote_closed;
        Outcome::Finished { is_reusable }
    }
}

fn tunnel_request(origin: &Origin) -> Option<Vec<u8>> {
    let (Some(proxy), Some(_)) = (&origin.proxy, &origin.tls) else { return None };
    let is_ipv6 = origin.host.contains(':');
    let host = if is_ipv6 { format!("[{}]", origin.host) } else { origin.host.to_string() };
    let port = origin.port;
    let mut text = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if let Some(authorization) = &proxy.authorization {
        text.push_str("Proxy-Authorization: ");
        text.push_str(authorization);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    Some(text.into_bytes())
}

fn refusal(answer: &Message) -> Error {
    Error::Proxy { status: answer.status(), reason: String::from_utf8_lossy(answer.reason()).into() }
}
