//! Chunked transfer coding (RFC 9112 section 7.1), both ways.

use std::io::Write;

use crate::error::Error;

/// Longest line with a chunk's size, extensions included.
const SIZE_LINE_BYTES: u32 = 8 * 1024;

/// Enough for any `u64`.
const SIZE_DIGITS: u32 = 16;

/// The end of a chunk's bytes.
pub const CHUNK_END: &[u8] = b"\r\n";

/// The chunk that ends a body, with no trailers.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Appends what goes before `len` bytes of a body; [`CHUNK_END`] goes behind them.
///
/// A chunk of no bytes would end the body, so for 0 nothing is written: leave [`CHUNK_END`] away, too.
pub fn write_chunk_prefix(out: &mut Vec<u8>, len: usize) {
    if len > 0 {
        // Writing to a Vec cannot fail.
        let _ = write!(out, "{len:x}\r\n");
    }
}

/// Appends `body` as one chunk; nothing when it is empty.
pub fn write_chunk(out: &mut Vec<u8>, body: &[u8]) {
    if !body.is_empty() {
        out.reserve(body.len() + 20);
        write_chunk_prefix(out, body.len());
        out.extend_from_slice(body);
        out.extend_from_slice(CHUNK_END);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before and within the hexadecimal digits; how many came.
    Size {
        digits: u32,
    },
    /// Blanks behind the digits.
    SizeBlank,
    /// In an extension: skipped to the end of the line.
    Extension,
    /// A CR ended the size line, its LF is due.
    SizeLf,
    /// In the chunk's bytes.
    Body,
    /// Behind the chunk's bytes.
    BodyEnd,
    /// A CR came behind them.
    BodyLf,
    /// At the beginning of a trailer line.
    Trailer,
    /// In a trailer line: skipped.
    TrailerField,
    /// A CR at the beginning of a trailer line: the empty one.
    TrailerLf,
    Done,
}

/// Takes chunked framing away, piece by piece. Extensions and trailers are read over, within limits.
#[derive(Clone, Debug)]
pub struct ChunkDecoder {
    state: State,
    /// Of the current chunk.
    remaining: u64,
    /// What is left of `body_limit`, the current chunk taken off.
    budget: u64,
    body_limit: u64,
    /// The current chunk's size line ended with a bare LF, so its bytes may, too.
    is_lenient: bool,
    line_bytes: u32,
    trailer_bytes: usize,
    trailer_limit: usize,
}

impl ChunkDecoder {
    /// `body_limit` and `trailer_limit` bound body and trailer section in bytes.
    pub fn new(body_limit: u64, trailer_limit: usize) -> Self {
        Self {
            state: State::Size { digits: 0 },
            remaining: 0,
            budget: body_limit,
            body_limit,
            is_lenient: false,
            line_bytes: 0,
            trailer_bytes: 0,
            trailer_limit,
        }
    }

    /// Whether the last chunk and its trailers have come.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Appends the body bytes of `input` to `output` and says how many bytes of `input` it took: all, unless the body ended.
    pub fn decode(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<usize, Error> {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            match self.state {
                State::Done => break,
                State::Body => {
                    let piece = &input[at..];
                    let piece = &piece
                        [..usize::try_from(self.remaining).map_or(piece.len(), |most| most.min(piece.len()))];
                    output.extend_from_slice(piece);
                    at += piece.len();
                    self.remaining -= piece.len() as u64;
                    if self.remaining == 0 {
                        self.state = State::BodyEnd;
                    }
                    continue;
                }
                State::Extension | State::TrailerField => {
                    let rest = &input[at..];
                    let (skipped, is_ended) =
                        memchr::memchr(b'\n', rest).map_or((rest.len(), false), |lf| (lf + 1, true));
                    self.count(skipped)?;
                    // The CR may have come with the last piece.
                    if let Some(&last) = rest[..skipped - usize::from(is_ended)].last() {
                        self.is_lenient = last != b'\r';
                    }
                    at += skipped;
                    if is_ended && self.state == State::TrailerField {
                        self.state = State::Trailer;
                    } else if is_ended {
                        self.end_size_line(self.is_lenient)?;
                    }
                    continue;
                }
                State::Size { .. } | State::SizeBlank | State::SizeLf => self.step_size(byte)?,
                State::BodyEnd | State::BodyLf => self.step_body_end(byte)?,
                State::Trailer | State::TrailerLf => self.step_trailer(byte)?,
            }
            at += 1;
        }
        Ok(at)
    }

    fn step_size(&mut self, byte: u8) -> Result<(), Error> {
        self.count(1)?;
        match (self.state, byte) {
            (State::SizeLf, b'\n') => return self.end_size_line(false),
            (State::SizeLf, _) => return Err(malformed("chunk size line has a CR without LF")),
            (State::Size { digits: 0 }, b' ' | b'\t' | b';' | b'\r' | b'\n') => {
                return Err(malformed("chunk without size"));
            }
            (_, b'\n') => return self.end_size_line(true),
            (_, b'\r') => self.state = State::SizeLf,
            (_, b';') => {
                self.state = State::Extension;
                self.is_lenient = true;
            }
            // Some servers pad the size with blanks.
            (_, b' ' | b'\t') => self.state = State::SizeBlank,
            (State::Size { digits }, _) => {
                let value = char::from(byte).to_digit(16).ok_or_else(|| malformed("invalid chunk size"))?;
                if digits == SIZE_DIGITS {
                    return Err(malformed("chunk size is too large"));
                }
                self.remaining = self.remaining << 4 | u64::from(value);
                self.state = State::Size { digits: digits + 1 };
            }
            _ => return Err(malformed("invalid chunk size")),
        }
        Ok(())
    }

    fn end_size_line(&mut self, is_lenient: bool) -> Result<(), Error> {
        self.is_lenient = is_lenient;
        self.line_bytes = 0;
        if self.remaining == 0 {
            self.state = State::Trailer;
            return Ok(());
        }
        let limit_bytes = self.body_limit;
        self.budget = self.budget.checked_sub(self.remaining).ok_or(Error::BodyOverflow { limit_bytes })?;
        self.state = State::Body;
        Ok(())
    }

    fn step_body_end(&mut self, byte: u8) -> Result<(), Error> {
        self.state = match (self.state, byte) {
            (State::BodyEnd, b'\r') => State::BodyLf,
            (State::BodyLf, b'\n') => State::Size { digits: 0 },
            (State::BodyEnd, b'\n') if self.is_lenient => State::Size { digits: 0 },
            _ => return Err(malformed("chunk is longer than its size")),
        };
        Ok(())
    }

    fn step_trailer(&mut self, byte: u8) -> Result<(), Error> {
        self.count(1)?;
        self.state = match (self.state, byte) {
            (_, b'\n') => State::Done,
            (State::Trailer, b'\r') => State::TrailerLf,
            (State::Trailer, _) => State::TrailerField,
            _ => return Err(malformed("malformed trailer")),
        };
        Ok(())
    }

    /// Counts bytes that are neither body nor its delimiters: nobody may send those for ever.
    fn count(&mut self, bytes: usize) -> Result<(), Error> {
        if matches!(self.state, State::Trailer | State::TrailerField | State::TrailerLf) {
            self.trailer_bytes += bytes;
            if self.trailer_bytes > self.trailer_limit {
                let text = format!("trailers are longer than {} bytes", self.trailer_limit);
                return Err(Error::HeaderOverflow(text.into()));
            }
        } else {
            self.line_bytes = self.line_bytes.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
            if self.line_bytes > SIZE_LINE_BYTES {
                return Err(malformed("chunk size line is too long"));
            }
        }
        Ok(())
    }
}

#[cold]
fn malformed(what: &str) -> Error {
    Error::Protocol(what.into())
}
