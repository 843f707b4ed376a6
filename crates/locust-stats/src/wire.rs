//! A histogram as bytes: a version, what was clamped, and pairs of varints: distance to the last bucket, count.

use thiserror::Error;

use crate::histogram::{BUCKET_COUNT, Histogram};

const VERSION: u8 = 1;
const CONTINUES: u8 = 0x80;

/// Why bytes are not a histogram.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum WireError {
    /// They end in the middle.
    #[error("histogram ends before it is complete")]
    Truncated,
    /// A newer program wrote them, or they are something else.
    #[error("histogram of version {0}, can read {VERSION}")]
    Version(u8),
    /// A number does not fit, or names a bucket that there is not.
    #[error("number out of range in histogram")]
    OutOfRange,
    /// The same histogram has only one form.
    #[error("histogram is not in its shortest form")]
    NotCanonical,
    /// They go on after the end.
    #[error("{0} bytes left after histogram")]
    TrailingBytes(usize),
}

impl Histogram {
    /// Its bytes: about 2 to 3 for each bucket in use.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        put(&mut bytes, self.clamped());
        put(&mut bytes, self.counts().count() as u64);
        let mut next = 0;
        for (index, count) in self.counts() {
            put(&mut bytes, (index - next) as u64);
            put(&mut bytes, count);
            next = index + 1;
        }
        bytes
    }

    /// The histogram that [`Histogram::encode`] wrote. Takes bytes of any origin: allocates no more than a histogram can need.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let (version, mut rest) = bytes.split_first().ok_or(WireError::Truncated)?;
        if *version != VERSION {
            return Err(WireError::Version(*version));
        }
        let clamped = take(&mut rest)?;
        let in_use = take(&mut rest)?;
        if in_use > BUCKET_COUNT as u64 {
            return Err(WireError::OutOfRange);
        }
        let mut counts = Vec::with_capacity(in_use.min(rest.len() as u64) as usize);
        let mut next = 0_u64;
        let mut len = 0_u64;
        for _ in 0..in_use {
            let index = take(&mut rest)?.checked_add(next).ok_or(WireError::OutOfRange)?;
            let count = take(&mut rest)?;
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
        if !rest.is_empty() {
            return Err(WireError::TrailingBytes(rest.len()));
        }
        Ok(Self::from_counts(counts, clamped))
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= u64::from(CONTINUES) {
        bytes.push(number as u8 | CONTINUES);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(rest: &mut &[u8]) -> Result<u64, WireError> {
    let mut number = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(WireError::Truncated)?;
        *rest = after;
        let part = u64::from(byte & !CONTINUES);
        if part << shift >> shift != part {
            return Err(WireError::OutOfRange);
        }
        number |= part << shift;
        if byte & CONTINUES == 0 {
            return if *byte == 0 && shift > 0 { Err(WireError::NotCanonical) } else { Ok(number) };
        }
    }
    Err(WireError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn rubbish_is_named() {
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        let overflowing = [&[VERSION, 0, 2, 0][..], &most, &[0, 1]].concat();

        assert_eq!(Histogram::decode(&[]), Err(WireError::Truncated));
        assert_eq!(Histogram::decode(&[9, 0, 0]), Err(WireError::Version(9)));
        assert_eq!(Histogram::decode(&[VERSION, 0, 1, 5]), Err(WireError::Truncated));
        assert_eq!(Histogram::decode(&[VERSION, 0, 1, 5, 0]), Err(WireError::NotCanonical));
        assert_eq!(Histogram::decode(&[VERSION, 0x80, 0, 0]), Err(WireError::NotCanonical));
        assert_eq!(Histogram::decode(&[VERSION, 1, 1, 5, 1]), Err(WireError::OutOfRange));
        assert_eq!(Histogram::decode(&[VERSION, 0, 1, 0x80, 0x80, 0x80, 1, 1]), Err(WireError::OutOfRange));
        assert_eq!(Histogram::decode(&overflowing), Err(WireError::OutOfRange));
        assert_eq!(Histogram::decode(&[VERSION, 0, 0, 7]), Err(WireError::TrailingBytes(1)));
    }
}
