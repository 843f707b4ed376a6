//! br (RFC 7932).

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::{Fault, Sink};

/// Output of one step.
const STEP_BYTES: usize = 16 * 1024;

pub(super) struct Brotli {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    is_ended: bool,
}

impl std::fmt::Debug for Brotli {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Brotli").field("is_ended", &self.is_ended).finish_non_exhaustive()
    }
}

impl Default for Brotli {
    fn default() -> Self {
        // Strict: without the large windows, of up to a GiB, that are no part of the RFC.
        let state = BrotliState::new_strict(
            StandardAlloc::default(),
            StandardAlloc::default(),
            StandardAlloc::default(),
        );
        Self { state, is_ended: false }
    }
}

impl Brotli {
    pub(super) fn push(&mut self, input: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let mut unread = input.len();
        let mut at = 0;
        // Bytes behind the end are ignored.
        while !self.is_ended {
            let before = sink.output.len();
            sink.output.resize(before + STEP_BYTES, 0);
            let (mut room, mut written, mut total) = (STEP_BYTES, 0, 0);
            let result = BrotliDecompressStream(
                &mut unread,
                &mut at,
                input,
                &mut room,
                &mut written,
                &mut sink.output[before..],
                &mut total,
                &mut self.state,
            );
            sink.output.truncate(before + written);
            sink.spend_since(before)?;
            match result {
                BrotliResult::ResultSuccess => self.is_ended = true,
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::NeedsMoreInput => break,
                BrotliResult::ResultFailure => {
                    return Err(Fault::Invalid(format!("{:?}", self.state.error_code)));
                }
            }
        }
        Ok(())
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_ended
    }
}
