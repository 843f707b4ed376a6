//! Reads one HTTP/1 response from pieces of any size (RFC 9112).
//!
//! The usual response is short and comes whole: its head is parsed where it lies, and one allocation takes head and body.

use bytes::Bytes;

use super::chunked::ChunkDecoder;
use super::head::{self, Facts, Framing};
pub use super::message::Message;
use crate::error::{Error, Phase};

/// A body is allocated whole up to this length; a longer one must come before memory is spent on it.
const TRUSTED_LENGTH_BYTES: u64 = 1024 * 1024;

/// What a response may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest head, with all interim responses before it; also the longest trailer section.
    pub head_bytes: usize,
    /// Most header fields.
    pub header_count: usize,
    /// Longest body, without framing.
    pub body_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head_bytes: 256 * 1024, header_count: 256, body_bytes: u64::MAX }
    }
}

#[derive(Debug)]
enum State {
    Head,
    Length { remaining: u64 },
    Chunked(ChunkDecoder),
    UntilClose,
    Complete,
}

/// Takes bytes as they come and becomes a [`Message`].
///
/// Errors are final: drop the reader and its connection.
#[derive(Debug)]
pub struct ResponseReader {
    limits: Limits,
    is_head: bool,
    is_streamed: bool,
    received_any: bool,
    state: State,
    facts: Option<Facts>,
    /// The head, and behind it the body unless streamed.
    bytes: Vec<u8>,
    /// The streamed body not yet taken.
    chunk: Vec<u8>,
    /// What is left of `limits.head_bytes`.
    head_budget: usize,
    /// What is left of `limits.body_bytes`; what announced itself is already taken off.
    body_budget: u64,
    body_received: u64,
    /// An incomplete head is looked at again when it has grown to this length, so that nonsense is refused early.
    next_look: usize,
    /// How far the end of the head, an empty line, has come: 0, then 1 behind a LF, 2 behind LF CR.
    end_progress: u8,
}

impl ResponseReader {
    /// A reader of the response to one request: `is_head` if its method was HEAD; `is_streamed` if the body goes out by
    /// [`take_chunk`](Self::take_chunk) instead of into the message.
    ///
    /// A 2xx answer to CONNECT has no body either: read it with `is_head`.
    pub fn new(is_head: bool, is_streamed: bool, limits: Limits) -> Self {
        Self {
            limits,
            is_head,
            is_streamed,
            received_any: false,
            state: State::Head,
            facts: None,
            bytes: Vec::new(),
            chunk: Vec::new(),
            head_budget: limits.head_bytes,
            body_budget: limits.body_bytes,
            body_received: 0,
            next_look: 0,
            end_progress: 0,
        }
    }

    /// Takes the next bytes and says how many: all, unless the message ended within them. What is left then was not asked
    /// for, and its connection is good for nothing more.
    pub fn feed(&mut self, input: &[u8]) -> Result<usize, Error> {
        self.received_any |= !input.is_empty();
        let mut at = 0;
        while matches!(self.state, State::Head) && at < input.len() {
            at += self.feed_head(&input[at..])?;
        }
        if at < input.len() {
            at += self.feed_body(&input[at..])?;
        }
        Ok(at)
    }

    /// Whether the final response's head is here.
    pub fn is_head_complete(&self) -> bool {
        self.facts.is_some()
    }

    /// Whether the whole message is here.
    pub fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    /// Whether any byte has come, be it of an interim response.
    pub fn received_any(&self) -> bool {
        self.received_any
    }

    /// Whether the connection may serve another exchange. Valid when the message is complete.
    pub fn keeps_alive(&self) -> bool {
        self.is_complete() && self.facts.is_some_and(|facts| facts.flags & head::KEEP_ALIVE != 0)
    }

    /// The peer has closed: the end of a body that lasts until then, and an error everywhere else.
    pub fn finish_eof(&mut self) -> Result<(), Error> {
        match self.state {
            State::Complete => Ok(()),
            State::UntilClose => {
                self.state = State::Complete;
                Ok(())
            }
            State::Head if !self.received_any => Err(Error::Closed),
            State::Head => {
                // What came may be no HTTP at all; that is the better message.
                self.look_again()?;
                Err(Error::Truncated { phase: Phase::Wait })
            }
            State::Length { .. } | State::Chunked(_) => Err(Error::Truncated { phase: Phase::Receive }),
        }
    }

    /// Body bytes that came since the last call, of a streamed response; empty if none.
    pub fn take_chunk(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.chunk))
    }

    /// Head of a streamed response, once [`is_head_complete`](Self::is_head_complete); an empty message before that.
    pub fn take_head(&mut self) -> Message {
        let bytes = std::mem::take(&mut self.bytes);
        self.facts.map(|facts| Message::new(bytes, &facts)).unwrap_or_default()
    }

    /// What was read: the message, once [`is_complete`](Self::is_complete).
    pub fn into_message(mut self) -> Message {
        self.take_head()
    }

    /// One piece of a head; returns the bytes taken.
    fn feed_head(&mut self, input: &[u8]) -> Result<usize, Error> {
        if !self.bytes.is_empty() {
            return self.gather_head(input);
        }
        // Empty lines before the status line, left over from a careless server's last body.
        let skipped = input.iter().take_while(|&&byte| byte == b'\r' || byte == b'\n').count();
        if skipped > 0 {
            self.head_budget = self.head_budget.checked_sub(skipped).ok_or_else(|| self.head_overflow())?;
            return Ok(skipped);
        }
        let within = &input[..input.len().min(self.head_budget)];
        match head::parse(within, self.limits.header_count) {
            Ok(Some(facts)) => self.begin_body(facts, input),
            Ok(None) | Err(Error::Head(_)) => self.gather_head(input),
            Err(error) => Err(error),
        }
    }

    /// Collects a head that comes in pieces, or has folded lines. Each byte is searched once, and the whole parsed when it
    /// is complete and each time it has doubled: linear, however small the pieces.
    #[cold]
    fn gather_head(&mut self, input: &[u8]) -> Result<usize, Error> {
        let (searched, is_ended) = self.find_head_end(input);
        let taken = searched.min(self.head_budget - self.bytes.len());
        self.bytes.extend_from_slice(&input[..taken]);
        if taken < searched {
            self.look_again()?;
            return Err(self.head_overflow());
        }
        if !is_ended {
            if self.bytes.len() >= self.next_look {
                self.look_again()?;
                self.next_look = self.bytes.len() * 2;
            }
            return Ok(taken);
        }
        let Some(facts) = self.look_again()? else {
            return Err(Error::Head("malformed response head".into()));
        };
        if facts.is_interim() {
            self.drop_interim(facts.len);
        } else {
            self.accept(facts)?;
            self.reserve(input.len() - taken, 0);
        }
        Ok(taken)
    }

    /// Parses what there is of the head.
    fn look_again(&mut self) -> Result<Option<Facts>, Error> {
        match head::parse(&self.bytes, self.limits.header_count) {
            Err(Error::Head(_)) => {}
            outcome => return outcome,
        }
        head::parse_unfolding(&mut self.bytes, self.limits.header_count)
    }

    /// Searches `input` for the empty line; returns how many bytes belong to the head, and whether it was found.
    fn find_head_end(&mut self, input: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while at < input.len() {
            match (self.end_progress, input[at]) {
                (1 | 2, b'\n') => {
                    self.end_progress = 0;
                    return (at + 1, true);
                }
                (1, b'\r') => self.end_progress = 2,
                (_, b'\n') => self.end_progress = 1,
                _ => {
                    self.end_progress = 0;
                    let Some(line_feed) = memchr::memchr(b'\n', &input[at..]) else { break };
                    at += line_feed;
                    continue;
                }
            }
            at += 1;
        }
        (input.len(), false)
    }

    /// The head lies whole at the beginning of `input`, nothing was gathered before: the usual road.
    fn begin_body(&mut self, facts: Facts, input: &[u8]) -> Result<usize, Error> {
        if facts.is_interim() {
            self.drop_interim(facts.len);
            return Ok(facts.len);
        }
        self.accept(facts)?;
        let mut taken = facts.len;
        if let (State::Length { remaining }, false) = (&mut self.state, self.is_streamed) {
            let body_len = at_most(*remaining, input.len() - facts.len);
            taken += body_len;
            self.body_received = body_len as u64;
            *remaining -= body_len as u64;
        }
        self.reserve(input.len() - facts.len, facts.len);
        self.bytes.extend_from_slice(&input[..taken]);
        if matches!(self.state, State::Length { remaining: 0 }) {
            self.state = State::Complete;
        }
        Ok(taken)
    }

    /// Takes note of a complete head and decides how its body ends (RFC 9112 section 6.3).
    fn accept(&mut self, mut facts: Facts) -> Result<(), Error> {
        let has_no_body = self.is_head || matches!(facts.status, 101 | 204 | 304);
        self.state = match facts.framing {
            _ if has_no_body => State::Complete,
            Framing::Length(0) => State::Complete,
            Framing::Length(remaining) => {
                self.spend(remaining)?;
                State::Length { remaining }
            }
            Framing::Chunked => {
                State::Chunked(ChunkDecoder::new(self.limits.body_bytes, self.limits.head_bytes))
            }
            Framing::UntilClose => State::UntilClose,
        };
        if facts.status == 101 || matches!(self.state, State::UntilClose) {
            facts.flags &= !head::KEEP_ALIVE;
        }
        self.facts = Some(facts);
        Ok(())
    }

    /// Makes room for `head_len` bytes and what can be foreseen of the body, of which `available` bytes are here.
    fn reserve(&mut self, available: usize, head_len: usize) {
        let body_len = match self.state {
            _ if self.is_streamed => 0,
            State::Length { remaining } => {
                (self.body_received + remaining).min(TRUSTED_LENGTH_BYTES) as usize
            }
            State::Complete => self.body_received as usize,
            State::Chunked(_) | State::UntilClose => available,
            State::Head => 0,
        };
        self.bytes.reserve_exact(head_len + body_len);
    }

    fn drop_interim(&mut self, head_len: usize) {
        self.head_budget -= head_len;
        self.bytes.clear();
        self.next_look = 0;
    }

    /// One piece of a body; returns the bytes taken.
    fn feed_body(&mut self, input: &[u8]) -> Result<usize, Error> {
        let output = if self.is_streamed { &mut self.chunk } else { &mut self.bytes };
        let before = output.len();
        let taken = match &mut self.state {
            State::Head | State::Complete => return Ok(0),
            State::Length { remaining } => {
                let taken = at_most(*remaining, input.len());
                if !self.is_streamed && output.capacity() - before < taken {
                    // Doubles, but never past the announced end.
                    output.reserve_exact(at_most(*remaining, taken.max(before)));
                }
                output.extend_from_slice(&input[..taken]);
                *remaining -= taken as u64;
                if *remaining == 0 {
                    self.state = State::Complete;
                }
                taken
            }
            State::Chunked(decoder) => {
                let taken = decoder.decode(input, output)?;
                self.body_received += (output.len() - before) as u64;
                if decoder.is_done() {
                    self.state = State::Complete;
                }
                return Ok(taken);
            }
            State::UntilClose => {
                output.extend_from_slice(input);
                self.spend(input.len() as u64)?;
                input.len()
            }
        };
        self.body_received += taken as u64;
        Ok(taken)
    }

    /// Takes body bytes off the limit.
    fn spend(&mut self, body_len: u64) -> Result<(), Error> {
        let limit_bytes = self.limits.body_bytes;
        self.body_budget =
            self.body_budget.checked_sub(body_len).ok_or(Error::BodyOverflow { limit_bytes })?;
        Ok(())
    }

    #[cold]
    fn head_overflow(&self) -> Error {
        Error::HeaderOverflow(format!("response head is longer than {} bytes", self.limits.head_bytes).into())
    }
}

fn at_most(announced: u64, available: usize) -> usize {
    usize::try_from(announced).map_or(available, |most| most.min(available))
}
