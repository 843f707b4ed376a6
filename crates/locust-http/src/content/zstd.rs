//! zstd (RFC 8878), within the window that RFC 9659 allows in HTTP.
//!
//! The decoder gets one block at a time: a block of four bytes may make 128 KiB, so the limit must be looked at after each.

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Fault, Sink};

/// RFC 9659: nobody may ask a browser, or us, to keep more.
const WINDOW_BYTES: u64 = 8 * 1024 * 1024;

/// Largest block, packed or not.
const BLOCK_BYTES: usize = 128 * 1024;

const BLOCK_HEADER_BYTES: usize = 3;
const CHECKSUM_BYTES: usize = 4;
/// Magic number and descriptor: enough to know how long the rest of a frame's header is.
const FRAME_START_BYTES: usize = 5;
/// Magic number and length of a frame to skip.
const SKIPPABLE_HEADER_BYTES: usize = 8;

pub(super) struct Zstd {
    decoder: FrameDecoder,
    state: State,
    /// An incomplete header or block.
    pending: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Frame,
    Skip { remaining: usize },
    Block { has_checksum: bool },
}

impl std::fmt::Debug for Zstd {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Zstd").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Default for Zstd {
    fn default() -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_BYTES);
        Self { decoder, state: State::Frame, pending: Vec::new() }
    }
}

impl Zstd {
    pub(super) fn push(&mut self, mut input: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        loop {
            if let State::Skip { remaining } = self.state {
                let taken = remaining.min(input.len());
                input = &input[taken..];
                self.state = State::Skip { remaining: remaining - taken };
                if remaining > taken {
                    return Ok(());
                }
                self.state = State::Frame;
            }
            if self.pending.is_empty() {
                // The usual case: units are decoded where they lie.
                let Some(needed) = self.needed(input)?.filter(|&needed| needed <= input.len()) else {
                    self.pending.extend_from_slice(input);
                    return Ok(());
                };
                self.decode(&input[..needed], sink)?;
                input = &input[needed..];
            } else {
                let (is_whole, taken) = self.gather(input)?;
                input = &input[taken..];
                if !is_whole {
                    return Ok(());
                }
                let unit = std::mem::take(&mut self.pending);
                self.decode(&unit, sink)?;
                self.pending = unit;
                self.pending.clear();
            }
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.state == State::Frame && self.pending.is_empty()
    }

    /// Adds to `pending` until it holds a whole unit; says whether it does, and how many bytes went in.
    fn gather(&mut self, input: &[u8]) -> Result<(bool, usize), Fault> {
        let mut taken = 0;
        loop {
            // One byte at a time as long as the length is not known: five at most.
            let wanted = self.needed(&self.pending)?.unwrap_or(self.pending.len() + 1);
            let missing = wanted.saturating_sub(self.pending.len());
            if missing == 0 {
                return Ok((true, taken));
            }
            let piece = &input[taken..];
            let piece = &piece[..missing.min(piece.len())];
            if piece.is_empty() {
                return Ok((false, taken));
            }
            self.pending.extend_from_slice(piece);
            taken += piece.len();
        }
    }

    /// Length of the header or block that begins `unit`; `None` when too little of it is here to know.
    fn needed(&self, unit: &[u8]) -> Result<Option<usize>, Fault> {
        match self.state {
            State::Block { has_checksum } => {
                let Some(&[low, middle, high]) = unit.first_chunk::<BLOCK_HEADER_BYTES>() else {
                    return Ok(None);
                };
                let header = u32::from_le_bytes([low, middle, high, 0]);
                let (is_last, kind, size) = (header & 1 == 1, header >> 1 & 3, (header >> 3) as usize);
                if size > BLOCK_BYTES {
                    return Err(Fault::Invalid(format!("block of {size} bytes")));
                }
                // A run is one byte, however long.
                let body = if kind == 1 { 1 } else { size };
                let checksum = if is_last && has_checksum { CHECKSUM_BYTES } else { 0 };
                Ok(Some(BLOCK_HEADER_BYTES + body + checksum))
            }
            State::Frame | State::Skip { .. } => {
                let Some(&[first, _, _, _, descriptor]) = unit.first_chunk::<FRAME_START_BYTES>() else {
                    return Ok(None);
                };
                if first & 0xf0 == 0x50 {
                    return Ok(Some(SKIPPABLE_HEADER_BYTES));
                }
                let is_single_segment = descriptor >> 5 & 1 == 1;
                let window = usize::from(!is_single_segment);
                let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
                let content_size = match descriptor >> 6 {
                    0 => usize::from(is_single_segment),
                    flag => 1 << flag,
                };
                Ok(Some(FRAME_START_BYTES + window + dictionary + content_size))
            }
        }
    }

    /// Decodes one header or block.
    fn decode(&mut self, unit: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let State::Block { .. } = self.state else { return self.begin_frame(unit) };
        let is_frame_ended =
            self.decoder.decode_blocks(unit, BlockDecodingStrategy::UptoBlocks(1)).map_err(invalid)?;
        let before = sink.output.len();
        self.decoder
            .collect_to_writer(&mut *sink.output)
            .map_err(|error| Fault::Invalid(error.to_string()))?;
        sink.spend_since(before)?;
        if is_frame_ended {
            let told = self.decoder.get_checksum_from_data();
            if told.is_some() && told != self.decoder.get_calculated_checksum() {
                return Err(Fault::Invalid("wrong checksum".to_owned()));
            }
            self.state = State::Frame;
        }
        Ok(())
    }

    fn begin_frame(&mut self, header: &[u8]) -> Result<(), Fault> {
        match self.decoder.init(header) {
            Ok(()) => {
                self.state = State::Block { has_checksum: header[4] & 4 != 0 };
                Ok(())
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                self.state = State::Skip { remaining: length as usize };
                Ok(())
            }
            Err(error) => Err(invalid(error)),
        }
    }
}

fn invalid(error: FrameDecoderError) -> Fault {
    Fault::Invalid(match error {
        FrameDecoderError::WindowSizeTooBig { requested, max } => {
            format!("a window of {requested} bytes, of {max} allowed")
        }
        other => other.to_string(),
    })
}
