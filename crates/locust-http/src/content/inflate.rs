//! gzip (RFC 1952) and deflate, which in HTTP is zlib's format (RFC 1950) and, from some servers, bare RFC 1951.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Fault, Sink};

/// Largest window, which every encoder may use.
const WINDOW_BITS: u8 = 15;

/// Magic number, and deflate as the method: the only one there is.
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// Shortest header and trailer of a gzip member.
const GZIP_FRAME_BYTES: usize = 18;

/// Deflate packs no better than this.
const BEST_RATIO: u64 = 1032;

/// One or more gzip members. Bytes behind the last one are ignored, as everybody does.
#[derive(Debug)]
pub(super) struct Gzip {
    state: GzipState,
}

#[derive(Debug)]
enum GzipState {
    Member(Decompress),
    /// Behind a member.
    Between,
    /// The first byte of the magic number came behind a member.
    Magic,
    /// In bytes that belong to no member.
    Garbage,
}

impl Default for Gzip {
    fn default() -> Self {
        Self { state: GzipState::Member(Decompress::new_gzip(WINDOW_BITS)) }
    }
}

impl Gzip {
    pub(super) fn push(&mut self, mut input: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        while let Some(&first) = input.first() {
            match &mut self.state {
                GzipState::Member(inflate) => {
                    let (taken, is_ended) = inflate_into(inflate, input, sink)?;
                    input = &input[taken..];
                    if is_ended {
                        self.state = GzipState::Between;
                    }
                }
                GzipState::Between if first == GZIP_MAGIC[0] => {
                    self.state = GzipState::Magic;
                    input = &input[1..];
                }
                GzipState::Magic if first == GZIP_MAGIC[1] => {
                    let mut inflate = Decompress::new_gzip(WINDOW_BITS);
                    inflate_into(&mut inflate, &GZIP_MAGIC[..1], sink)?;
                    self.state = GzipState::Member(inflate);
                }
                GzipState::Between | GzipState::Magic => self.state = GzipState::Garbage,
                GzipState::Garbage => return Ok(()),
            }
        }
        Ok(())
    }

    pub(super) fn is_complete(&self) -> bool {
        !matches!(self.state, GzipState::Member(_))
    }
}

/// What the trailer of a gzip body says about the length, if it can be true.
///
/// It speaks of the last member only. There is just one if the magic number occurs once, for every member begins with it.
pub(super) fn told_length(raw: &[u8]) -> Option<u64> {
    if raw.len() < GZIP_FRAME_BYTES || !raw.starts_with(&GZIP_MAGIC) {
        return None;
    }
    if memchr::memmem::find(&raw[1..], &GZIP_MAGIC).is_some() {
        return None;
    }
    let told = u64::from(u32::from_le_bytes(*raw.last_chunk()?));
    let packed = (raw.len() - GZIP_FRAME_BYTES) as u64;
    // The worst encoder writes nine bits a byte. Less than that is garbage behind the member, or a length modulo 2^32.
    let can_be_true = told <= packed * BEST_RATIO && packed <= told + told / 8 + 64;
    can_be_true.then_some(told)
}

/// zlib or bare deflate: the first two bytes tell.
#[derive(Debug, Default)]
pub(super) struct Deflate {
    first: Option<u8>,
    inflate: Option<Decompress>,
    is_ended: bool,
}

impl Deflate {
    pub(super) fn push(&mut self, mut input: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        while let (Some(&byte), false) = (input.first(), self.is_ended) {
            let Some(inflate) = &mut self.inflate else {
                let Some(first) = self.first else {
                    self.first = Some(byte);
                    input = &input[1..];
                    continue;
                };
                let has_header = first & 0x0f == 8 && u16::from_be_bytes([first, byte]) % 31 == 0;
                let inflate = self.inflate.insert(Decompress::new(has_header));
                (_, self.is_ended) = inflate_into(inflate, &[first], sink)?;
                continue;
            };
            let (taken, is_ended) = inflate_into(inflate, input, sink)?;
            input = &input[taken..];
            self.is_ended = is_ended;
        }
        Ok(())
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_ended
    }
}

/// Inflates until `input` or the stream ends; returns the bytes taken and whether the stream ended.
fn inflate_into(inflate: &mut Decompress, input: &[u8], sink: &mut Sink<'_>) -> Result<(usize, bool), Fault> {
    let start = inflate.total_in();
    loop {
        sink.make_room();
        let before = sink.output.len();
        let taken = (inflate.total_in() - start) as usize;
        let status =
            inflate.decompress_vec(&input[taken..], sink.output, FlushDecompress::None).map_err(|error| {
                let reason = if error.needs_dictionary().is_some() {
                    Some("it needs a dictionary")
                } else {
                    error.message()
                };
                Fault::Invalid(reason.unwrap_or("broken deflate stream").to_owned())
            })?;
        sink.spend_since(before)?;
        let taken = (inflate.total_in() - start) as usize;
        if status == Status::StreamEnd {
            return Ok((taken, true));
        }
        // Output that filled its room may not be all there is.
        let is_room_left = sink.output.len() < sink.output.capacity();
        if taken == input.len() && is_room_left {
            return Ok((taken, false));
        }
        if status == Status::BufError && is_room_left {
            return Err(Fault::Invalid("broken deflate stream".to_owned()));
        }
    }
}
