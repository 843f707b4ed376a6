//! The bytes that numbers travel as: a version, then varints. The same numbers have exactly one form, and bytes of any origin may be
//! read: whoever reads them allocates no more than a limit.
//!
//! A histogram is what was clamped, how many buckets are in use, and for each the distance to the last one and its count.

use thiserror::Error;

use crate::histogram::{BUCKET_COUNT, Histogram};

const HISTOGRAM_VERSION: u8 = 1;
const CONTINUES: u8 = 0x80;

/// Why bytes are not what they should be.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum WireError {
    /// They end in the middle.
    #[error("ends before it is complete")]
    Truncated,
    /// A newer program wrote them, or they are something else.
    #[error("has version {found}, can read {known}")]
    Version {
        /// What the first byte says.
        found: u8,
        /// What it should say.
        known: u8,
    },
    /// A number does not fit, or names a bucket that there is not.
    #[error("has a number out of range")]
    OutOfRange,
    /// The same numbers have only one form.
    #[error("is not in its shortest form")]
    NotCanonical,
    /// A text is not UTF-8.
    #[error("has a text that is not UTF-8")]
    Text,
    /// There is more of it than anybody counts.
    #[error("is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// They go on after the end.
    #[error("has {0} bytes left after its end")]
    TrailingBytes(usize),
}

impl Histogram {
    /// Its bytes: about 2 to 3 for each bucket in use.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![HISTOGRAM_VERSION];
        put_histogram(&mut bytes, self);
        bytes
    }

    /// The histogram that [`Histogram::encode`] wrote. Takes bytes of any origin: allocates no more than a histogram can need.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes, usize::MAX);
        reader.version(HISTOGRAM_VERSION)?;
        let histogram = reader.histogram()?;
        reader.finish()?;
        Ok(histogram)
    }
}

pub(crate) fn put_histogram(bytes: &mut Vec<u8>, histogram: &Histogram) {
    put(bytes, histogram.clamped());
    put(bytes, histogram.counts().count() as u64);
    let mut next = 0;
    for (index, count) in histogram.counts() {
        put(bytes, (index - next) as u64);
        put(bytes, count);
        next = index + 1;
    }
}

pub(crate) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= u64::from(CONTINUES) {
        bytes.push(number as u8 | CONTINUES);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Small numbers of either sign are short.
pub(crate) fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, ((number << 1) ^ (number >> 63)) as u64);
}

pub(crate) fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

pub(crate) fn put_float(bytes: &mut Vec<u8>, number: f64) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

/// Reads what the `put`s wrote, and keeps account of the memory that it takes.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    limit_bytes: usize,
    left_bytes: usize,
}

impl<'a> Reader<'a> {
    /// `limit_bytes` is for what is made of the bytes, which may be many times as large.
    pub(crate) fn new(bytes: &'a [u8], limit_bytes: usize) -> Self {
        Self { rest: bytes, limit_bytes, left_bytes: limit_bytes }
    }

    pub(crate) fn version(&mut self, known: u8) -> Result<(), WireError> {
        let found = self.byte()?;
        if found == known { Ok(()) } else { Err(WireError::Version { found, known }) }
    }

    pub(crate) fn byte(&mut self) -> Result<u8, WireError> {
        let (byte, rest) = self.rest.split_first().ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(*byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, WireError> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & !CONTINUES);
            if part << shift >> shift != part {
                return Err(WireError::OutOfRange);
            }
            number |= part << shift;
            if byte & CONTINUES == 0 {
                return if byte == 0 && shift > 0 { Err(WireError::NotCanonical) } else { Ok(number) };
            }
        }
        Err(WireError::OutOfRange)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, WireError> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub(crate) fn float(&mut self) -> Result<f64, WireError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(WireError::Truncated)?;
        self.rest = rest;
        let number = f64::from_le_bytes(*bytes);
        if number.is_finite() { Ok(number) } else { Err(WireError::OutOfRange) }
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, WireError> {
        let size = usize::try_from(self.number()?).map_err(|_| WireError::Truncated)?;
        let (text, rest) = self.rest.split_at_checked(size).ok_or(WireError::Truncated)?;
        self.rest = rest;
        self.spend(size)?;
        std::str::from_utf8(text).map_err(|_| WireError::Text)
    }

    pub(crate) fn histogram(&mut self) -> Result<Histogram, WireError> {
        let clamped = self.number()?;
        let in_use = self.number()?;
        if in_use > BUCKET_COUNT as u64 {
            return Err(WireError::OutOfRange);
        }
        let mut counts = Vec::with_capacity(in_use.min(self.rest.len() as u64) as usize);
        let mut next = 0_u64;
        let mut len = 0_u64;
        for _ in 0..in_use {
            let index = self.number()?.checked_add(next).ok_or(WireError::OutOfRange)?;
            let count = self.number()?;
            if index >= BUCKET_COUNT as u64 {
                return Err(WireError::OutOfRange);
            }
            if count == 0 {
                return Err(WireError::NotCanonical);
            }
            len = len.checked_add(count).ok_or(WireError::OutOfRange)?;
            counts.push((index as usize, count));
            next = index + 1;
        }
        let topmost =
            counts.last().filter(|(index, _)| *index == BUCKET_COUNT - 1).map_or(0, |(_, count)| *count);
        if clamped > topmost {
            return Err(WireError::OutOfRange);
        }
        let histogram = Histogram::from_counts(counts, clamped);
        self.spend(histogram.size_bytes())?;
        Ok(histogram)
    }

    /// Takes memory out of the account.
    pub(crate) fn spend(&mut self, size_bytes: usize) -> Result<(), WireError> {
        let left_bytes = self.left_bytes.checked_sub(size_bytes);
        self.left_bytes = left_bytes.ok_or(WireError::TooLarge { limit_bytes: self.limit_bytes })?;
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(), WireError> {
        if self.rest.is_empty() { Ok(()) } else { Err(WireError::TrailingBytes(self.rest.len())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: u8 = HISTOGRAM_VERSION;

    #[test]
    fn nothing_takes_three_bytes() {
        assert_eq!(Histogram::new().encode(), [VERSION, 0, 0]);
    }

    #[test]
    fn bytes_come_back_as_what_they_were() {
        let mut histogram = Histogram::new();
        histogram.record(0);
        histogram.record_n(1_000_000, 300);
        histogram.record_n(u64::MAX, u64::MAX - 400);

        assert_eq!(Histogram::decode(&histogram.encode()), Ok(histogram));
    }

    #[test]
    fn a_number_of_either_sign_comes_back() {
        for number in [0, -1, 1, i64::MIN, i64::MAX] {
            let mut bytes = Vec::new();
            put_signed(&mut bytes, number);

            assert_eq!(Reader::new(&bytes, 0).signed(), Ok(number));
        }
    }

    #[test]
    fn rubbish_is_named() {
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        let overflowing = [&[VERSION, 0, 2, 0][..], &most, &[0, 1]].concat();

        assert_eq!(Histogram::decode(&[]), Err(WireError::Truncated));
        assert_eq!(Histogram::decode(&[9, 0, 0]), Err(WireError::Version { found: 9, known: 1 }));
        assert_eq!(Histogram::decode(&[VERSION, 0, 1, 5]), Err(WireError::Truncated));
        assert_eq!(Histogram::decode(&[VERSION, 0, 1, 5, 0]), Err(WireError::NotCanonical));
        assert_eq!(Histogram::decode(&[VERSION, 0x80, 0, 0]), Err(WireError::NotCanonical));
        assert_eq!(Histogram::decode(&[VERSION, 1, 1, 5, 1]), Err(WireError::OutOfRange));
        assert_eq!(Histogram::decode(&[VERSION, 0, 1, 0x80, 0x80, 0x80, 1, 1]), Err(WireError::OutOfRange));
        assert_eq!(Histogram::decode(&overflowing), Err(WireError::OutOfRange));
        assert_eq!(Histogram::decode(&[VERSION, 0, 0, 7]), Err(WireError::TrailingBytes(1)));
    }
}
