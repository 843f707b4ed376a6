//! Undoes `Content-Encoding`: gzip, deflate, br, zstd and chains of them, within a limit.

mod brotli;
mod inflate;
mod zstd;

use crate::error::Error;

/// Nobody encodes a body more often than this in good faith.
const MOST_CODINGS: usize = 5;

/// Room made on the word of a gzip trailer, which may lie.
const TRUSTED_ROOM_BYTES: u64 = 16 * 1024 * 1024;

/// Decodes a whole body.
///
/// `encoding` is the value of `Content-Encoding`. A coding that is not known leaves the body as it is, as `requests` does;
/// an empty body stays empty whatever its coding. Fails with [`Error::Decode`] when the body is not what `encoding` says,
/// ends too early, or decodes to more than `limit_bytes`.
///
/// ```
/// use locust_http::content::decode;
///
/// assert_eq!(decode(b"identity", b"hello", 100)?, b"hello");
/// assert!(decode(b"gzip", b"hello", 100).is_err());
/// # Ok::<(), locust_http::Error>(())
/// ```
pub fn decode(encoding: &[u8], raw: &[u8], limit_bytes: u64) -> Result<Vec<u8>, Error> {
    let mut decoder = Decoder::new(encoding, limit_bytes)?;
    let mut output = Vec::new();
    if let ([Stage { coding: Coding::Gzip(_), .. }], Some(told)) =
        (&decoder.stages[..], inflate::told_length(raw))
    {
        // The spare bytes let the decoder see the end without growing the output.
        output.reserve_exact(told.min(limit_bytes).min(TRUSTED_ROOM_BYTES) as usize + 64);
    }
    decoder.push(raw, &mut output)?;
    decoder.finish()?;
    Ok(output)
}

/// Length of the decoded body.
///
/// The trailer of a gzip body tells it at once, and is believed where it can be true; such a body may still turn out to be
/// invalid. Everything else is decoded.
pub fn decoded_len(encoding: &[u8], raw: &[u8], limit_bytes: u64) -> Result<u64, Error> {
    if !encoding.eq_ignore_ascii_case(b"gzip") {
        return if Decoder::new(encoding, limit_bytes)?.is_identity() {
            Ok(raw.len() as u64)
        } else {
            Ok(decode(encoding, raw, limit_bytes)?.len() as u64)
        };
    }
    match inflate::told_length(raw) {
        Some(told) if told > limit_bytes => Err(too_long(limit_bytes)),
        Some(told) => Ok(told),
        None => Ok(decode(encoding, raw, limit_bytes)?.len() as u64),
    }
}

/// Decodes a body piece by piece. Each stage of a chain is held to the limit.
///
/// Errors are final.
#[derive(Debug)]
pub struct Decoder {
    /// In the order they are undone.
    stages: Vec<Stage>,
    limit_bytes: u64,
}

#[derive(Debug)]
struct Stage {
    coding: Coding,
    budget: u64,
    has_input: bool,
}

#[derive(Debug)]
enum Coding {
    Gzip(inflate::Gzip),
    Deflate(inflate::Deflate),
    Brotli(Box<brotli::Brotli>),
    Zstd(Box<zstd::Zstd>),
}

impl Decoder {
    /// A decoder for that value of `Content-Encoding`. `limit_bytes` bounds all output together.
    pub fn new(encoding: &[u8], limit_bytes: u64) -> Result<Self, Error> {
        let mut stages = Vec::new();
        let items = encoding.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        for name in items.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity")) {
            let Some(coding) = Coding::named(name) else {
                return Ok(Self { stages: Vec::new(), limit_bytes });
            };
            if stages.len() == MOST_CODINGS {
                return Err(Error::Decode(format!("more than {MOST_CODINGS} content codings").into()));
            }
            stages.push(Stage { coding, budget: limit_bytes, has_input: false });
        }
        // Listed in the order they were applied.
        stages.reverse();
        Ok(Self { stages, limit_bytes })
    }

    /// Whether the body passes through unchanged.
    pub fn is_identity(&self) -> bool {
        self.stages.is_empty()
    }

    /// Decodes the next piece and appends what comes of it to `output`.
    pub fn push(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), Error> {
        let limit_bytes = self.limit_bytes;
        let Some((last, earlier)) = self.stages.split_last_mut() else {
            output.extend_from_slice(input);
            return Ok(());
        };
        let mut piece = std::borrow::Cow::Borrowed(input);
        for stage in earlier {
            let mut between = Vec::new();
            stage.push(&piece, &mut between, limit_bytes)?;
            piece = between.into();
        }
        last.push(&piece, output, limit_bytes)
    }

    /// Says whether the body was complete.
    pub fn finish(&self) -> Result<(), Error> {
        match self.stages.iter().find(|stage| !stage.is_complete()) {
            Some(stage) => Err(Error::Decode(format!("{} body is truncated", stage.coding.name()).into())),
            None => Ok(()),
        }
    }
}

impl Stage {
    fn push(&mut self, input: &[u8], output: &mut Vec<u8>, limit_bytes: u64) -> Result<(), Error> {
        if input.is_empty() {
            return Ok(());
        }
        self.has_input = true;
        let mut sink = Sink { output, budget: &mut self.budget };
        let outcome = match &mut self.coding {
            Coding::Gzip(gzip) => gzip.push(input, &mut sink),
            Coding::Deflate(deflate) => deflate.push(input, &mut sink),
            Coding::Brotli(brotli) => brotli.push(input, &mut sink),
            Coding::Zstd(zstd) => zstd.push(input, &mut sink),
        };
        outcome.map_err(|fault| match fault {
            Fault::TooLong => too_long(limit_bytes),
            Fault::Invalid(reason) => {
                Error::Decode(format!("invalid {} body: {reason}", self.coding.name()).into())
            }
        })
    }

    fn is_complete(&self) -> bool {
        let is_ended = match &self.coding {
            Coding::Gzip(gzip) => gzip.is_complete(),
            Coding::Deflate(deflate) => deflate.is_complete(),
            Coding::Brotli(brotli) => brotli.is_complete(),
            Coding::Zstd(zstd) => zstd.is_complete(),
        };
        is_ended || !self.has_input
    }
}

impl Coding {
    fn named(name: &[u8]) -> Option<Self> {
        let is = |coding: &str| name.eq_ignore_ascii_case(coding.as_bytes());
        if is("gzip") || is("x-gzip") {
            Some(Self::Gzip(inflate::Gzip::default()))
        } else if is("deflate") {
            Some(Self::Deflate(inflate::Deflate::default()))
        } else if is("br") {
            Some(Self::Brotli(Box::default()))
        } else if is("zstd") {
            Some(Self::Zstd(Box::default()))
        } else {
            None
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Gzip(_) => "gzip",
            Self::Deflate(_) => "deflate",
            Self::Brotli(_) => "br",
            Self::Zstd(_) => "zstd",
        }
    }
}

fn too_long(limit_bytes: u64) -> Error {
    Error::Decode(format!("decoded body is longer than {limit_bytes} bytes").into())
}

/// Why a stage cannot go on.
enum Fault {
    TooLong,
    Invalid(String),
}

/// Where a stage's output goes: it may grow by `budget`.
struct Sink<'a> {
    output: &'a mut Vec<u8>,
    budget: &'a mut u64,
}

impl Sink<'_> {
    /// Makes room for the next step: as much as there is already, in reason, and never much more than the budget.
    fn make_room(&mut self) {
        let spare = self.output.capacity() - self.output.len();
        if spare == 0 {
            let wanted = self.output.len().clamp(4 * 1024, 1024 * 1024) as u64;
            // One byte more than allowed, or an excess would go unseen.
            self.output.reserve_exact(wanted.min(self.budget.saturating_add(1)) as usize);
        }
    }

    /// Takes what was appended since the output was `before` bytes long off the budget.
    fn spend_since(&mut self, before: usize) -> Result<(), Fault> {
        let produced = (self.output.len() - before) as u64;
        *self.budget = self.budget.checked_sub(produced).ok_or(Fault::TooLong)?;
        Ok(())
    }
}
