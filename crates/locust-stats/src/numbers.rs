//! The numbers of an [`Entry`] at one moment, whole so that they add up exactly: in any order, and back again.

use crate::entry::{Entry, millis_of};
use crate::histogram::Histogram;
use crate::recent::{MAX_CAPACITY_SECONDS, Recent};
use crate::recorder::{ErrorCounts, SERIES_TOTAL_SECONDS};
use crate::series::{Second, Series};
use crate::wire::{Reader, WireError, put, put_float, put_histogram, put_signed};

const HAS_MIN: u8 = 1;
const HAS_MAX: u8 = 2;
const HAS_START: u8 = 4;
const HAS_LAST: u8 = 8;

/// Numbers of one (method, name), or of all together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Requests, failed ones included.
    pub requests: u64,
    /// Requests without a response time.
    pub none_requests: u64,
    /// Failures.
    pub failures: u64,
    /// Sum of all response times.
    pub total_us: i64,
    /// Shortest response time.
    pub min_ms: Option<f64>,
    /// Longest response time.
    pub max_ms: f64,
    /// Sum of the lengths of all responses in bytes.
    pub content_length: u64,
    /// When counting began, in seconds since the epoch; nothing for the numbers of nobody.
    pub start_seconds: Option<f64>,
    /// When the last request ended, in seconds since the epoch.
    pub last_seconds: Option<f64>,
    /// Requests and failures by second.
    pub series: Series,
    /// All response times.
    pub histogram: Histogram,
    /// Response times of the latest seconds, of an entry that remembers them.
    pub recent: Option<Box<Recent>>,
}

impl From<&Entry> for Numbers {
    fn from(entry: &Entry) -> Self {
        Self {
            requests: entry.requests,
            none_requests: entry.none_requests,
            failures: entry.failures,
            total_us: total_us_of(entry),
            min_ms: entry.min_ms.and_then(finite),
            max_ms: finite(entry.max_ms).unwrap_or_default(),
            content_length: entry.content_length,
            start_seconds: finite(entry.start_seconds),
            last_seconds: entry.last_seconds.and_then(finite),
            series: entry.series.clone(),
            histogram: entry.histogram.clone(),
            recent: entry.recent.clone(),
        }
    }
}

impl Numbers {
    /// An entry with these numbers. `start_seconds` is for those of nobody.
    #[must_use]
    pub fn to_entry(&self, start_seconds: f64) -> Entry {
        let mut entry = Entry::new(self.start_seconds.unwrap_or(start_seconds));
        entry.requests = self.requests;
        entry.none_requests = self.none_requests;
        entry.failures = self.failures;
        entry.total_ms = self.total_us as f64 / 1_000.0;
        entry.min_ms = self.min_ms;
        entry.max_ms = self.max_ms;
        entry.content_length = self.content_length;
        entry.last_seconds = self.last_seconds;
        entry.series = self.series.clone();
        entry.histogram = self.histogram.clone();
        entry.recent.clone_from(&self.recent);
        entry
    }

    /// Whether these are the numbers of the entry as it is now. Whatever is recorded changes one of those looked at.
    pub(crate) fn is_still_of(&self, entry: &Entry) -> bool {
        self.requests == entry.requests
            && self.none_requests == entry.none_requests
            && self.failures == entry.failures
            && self.content_length == entry.content_length
            && self.total_us == total_us_of(entry)
            && self.start_seconds == finite(entry.start_seconds)
            && self.last_seconds == entry.last_seconds.and_then(finite)
            && self.histogram.len() == entry.histogram.len()
            && self.recent.is_some() == entry.recent.is_some()
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.none_requests = self.none_requests.saturating_add(other.none_requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.total_us = self.total_us.saturating_add(other.total_us);
        self.min_ms = either(self.min_ms, other.min_ms, f64::min);
        self.max_ms = self.max_ms.max(other.max_ms);
        self.content_length = self.content_length.saturating_add(other.content_length);
        self.start_seconds = either(self.start_seconds, other.start_seconds, f64::min);
        self.last_seconds = either(self.last_seconds, other.last_seconds, f64::max);
        self.series.merge(&other.series, SERIES_TOTAL_SECONDS);
        self.histogram.merge(&other.histogram);
        if let Some(theirs) = &other.recent {
            let ours = self.recent.get_or_insert_default();
            ours.grow(MAX_CAPACITY_SECONDS);
            ours.merge_all(theirs);
        }
    }

    /// What came since `earlier`; all of it when counting began anew in between.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let began_anew = self.start_seconds > earlier.start_seconds && earlier.start_seconds.is_some();
        if began_anew || self.requests < earlier.requests || self.failures < earlier.failures {
            return self.clone();
        }
        let histogram = self.histogram.difference(&earlier.histogram);
        Self {
            requests: self.requests - earlier.requests,
            none_requests: self.none_requests.saturating_sub(earlier.none_requests),
            failures: self.failures - earlier.failures,
            total_us: self.total_us.saturating_sub(earlier.total_us),
            min_ms: self.min_since(earlier, &histogram),
            max_ms: self.max_since(earlier, &histogram),
            content_length: self.content_length.saturating_sub(earlier.content_length),
            start_seconds: self.start_seconds,
            last_seconds: self.last_seconds,
            series: self.series.difference(&earlier.series),
            histogram,
            recent: match (&self.recent, &earlier.recent) {
                (Some(now), Some(before)) => Some(Box::new(now.difference(before))),
                (now, _) => now.clone(),
            },
        }
    }

    /// Exact when it is the shortest of all, within 0.39 % otherwise.
    fn min_since(&self, earlier: &Self, since: &Histogram) -> Option<f64> {
        let (bucket, _) = since.iter().next()?;
        match (self.min_ms, earlier.min_ms) {
            (Some(now), before) if before.is_none_or(|before| now < before) => Some(now),
            (now, _) => Some(millis_of(bucket.representative_us()).max(now.unwrap_or_default())),
        }
    }

    fn max_since(&self, earlier: &Self, since: &Histogram) -> f64 {
        let Some((bucket, _)) = since.iter().next_back() else { return 0.0 };
        if self.max_ms > earlier.max_ms {
            return self.max_ms;
        }
        millis_of(bucket.representative_us()).min(self.max_ms)
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.requests == 0
            && self.failures == 0
            && self.none_requests == 0
            && self.content_length == 0
            && self.total_us == 0
            && self.series.is_empty()
            && self.histogram.is_empty()
    }

    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        for number in [self.requests, self.none_requests, self.failures, self.content_length] {
            put(bytes, number);
        }
        put_signed(bytes, self.total_us);
        let max_ms = Some(self.max_ms).filter(|max_ms| max_ms.to_bits() != 0);
        put_floats(
            bytes,
            [
                (HAS_MIN, self.min_ms),
                (HAS_MAX, max_ms),
                (HAS_START, self.start_seconds),
                (HAS_LAST, self.last_seconds),
            ],
        );
        put(bytes, self.series.len() as u64);
        let mut distance = Distance::default();
        for second in self.series.iter() {
            distance.put(bytes, second.at);
            put(bytes, u64::from(second.requests));
            put(bytes, u64::from(second.failures));
        }
        put_histogram(bytes, &self.histogram);
        // One more than there are, so that none and nothing differ.
        put(bytes, self.recent.as_ref().map_or(0, |recent| recent.len() as u64 + 1));
        let mut distance = Distance::default();
        for (at, histogram) in self.recent.iter().flat_map(|recent| recent.iter()) {
            distance.put(bytes, at);
            put_histogram(bytes, histogram);
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.spend(size_of::<Self>())?;
        let [requests, none_requests, failures, content_length] =
            [reader.number()?, reader.number()?, reader.number()?, reader.number()?];
        let total_us = reader.signed()?;
        let [min_ms, max_ms, start_seconds, last_seconds] =
            read_floats(reader, [HAS_MIN, HAS_MAX, HAS_START, HAS_LAST])?;
        if max_ms.is_some_and(|max_ms| max_ms.to_bits() == 0) {
            return Err(WireError::NotCanonical);
        }
        Ok(Self {
            requests,
            none_requests,
            failures,
            total_us,
            min_ms,
            max_ms: max_ms.unwrap_or_default(),
            content_length,
            start_seconds,
            last_seconds,
            series: read_series(reader)?,
            histogram: reader.histogram()?,
            recent: read_recent(reader)?,
        })
    }
}

impl ErrorCounts {
    /// Adds those of another process.
    pub fn merge(&mut self, other: &Self) {
        self.occurrences = self.occurrences.saturating_add(other.occurrences);
        self.first_seconds = either(self.first_seconds, other.first_seconds, f64::min);
        self.last_seconds = either(self.last_seconds, other.last_seconds, f64::max);
    }

    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let began_anew = self.first_seconds > earlier.first_seconds && earlier.first_seconds.is_some();
        if began_anew || self.occurrences < earlier.occurrences {
            return *self;
        }
        Self {
            occurrences: self.occurrences - earlier.occurrences,
            // At the earliest when it was last seen before.
            first_seconds: earlier.last_seconds.or(self.first_seconds),
            last_seconds: self.last_seconds,
        }
    }

    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.occurrences);
        let [first_seconds, last_seconds] =
            [self.first_seconds, self.last_seconds].map(|seconds| seconds.and_then(finite));
        put_floats(bytes, [(HAS_START, first_seconds), (HAS_LAST, last_seconds)]);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.spend(size_of::<Self>())?;
        let occurrences = reader.number()?;
        let [first_seconds, last_seconds] = read_floats(reader, [HAS_START, HAS_LAST])?;
        Ok(Self { occurrences, first_seconds, last_seconds })
    }
}

fn finite(number: f64) -> Option<f64> {
    Some(number).filter(|number| number.is_finite())
}

fn total_us_of(entry: &Entry) -> i64 {
    (entry.total_ms * 1_000.0).round() as i64
}

fn either(ours: Option<f64>, theirs: Option<f64>, choose: impl Fn(f64, f64) -> f64) -> Option<f64> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => Some(choose(ours, theirs)),
        (ours, theirs) => ours.or(theirs),
    }
}

/// A byte that says which there are, and those.
fn put_floats<const N: usize>(bytes: &mut Vec<u8>, numbers: [(u8, Option<f64>); N]) {
    bytes.push(numbers.iter().filter(|(_, number)| number.is_some()).map(|(flag, _)| flag).sum());
    numbers.iter().filter_map(|(_, number)| *number).for_each(|number| put_float(bytes, number));
}

fn read_floats<const N: usize>(
    reader: &mut Reader<'_>,
    flags: [u8; N],
) -> Result<[Option<f64>; N], WireError> {
    let present = reader.byte()?;
    if present & !flags.iter().sum::<u8>() != 0 {
        return Err(WireError::OutOfRange);
    }
    let mut numbers = [None; N];
    for (number, flag) in numbers.iter_mut().zip(flags) {
        if present & flag != 0 {
            *number = Some(reader.float()?);
        }
    }
    Ok(numbers)
}

fn read_series(reader: &mut Reader<'_>) -> Result<Series, WireError> {
    let len = reader.number()?;
    let mut series = Series::default();
    let mut distance = Distance::default();
    for _ in 0..len {
        let at = distance.read(reader)?;
        let [requests, failures] = [reader.number()?, reader.number()?]
            .map(|number| u32::try_from(number).map_err(|_| WireError::OutOfRange));
        let second = Second { at, requests: requests?, failures: failures? };
        if second.requests == 0 && second.failures == 0 {
            return Err(WireError::NotCanonical);
        }
        reader.spend(size_of::<Second>())?;
        series.push(second);
    }
    if series.len() > SERIES_TOTAL_SECONDS {
        return Err(WireError::OutOfRange);
    }
    Ok(series)
}

fn read_recent(reader: &mut Reader<'_>) -> Result<Option<Box<Recent>>, WireError> {
    let Some(len) = reader.number()?.checked_sub(1) else { return Ok(None) };
    if len > MAX_CAPACITY_SECONDS as u64 {
        return Err(WireError::OutOfRange);
    }
    let mut recent = Recent::longest();
    let mut distance = Distance::default();
    for _ in 0..len {
        let at = distance.read(reader)?;
        let histogram = reader.histogram()?;
        if histogram.is_empty() {
            return Err(WireError::NotCanonical);
        }
        recent.push(at, histogram);
    }
    Ok(Some(Box::new(recent)))
}

/// Seconds in order: the first as it is, each other one by how far it is from the last.
#[derive(Default)]
struct Distance {
    last: Option<i64>,
}

impl Distance {
    fn put(&mut self, bytes: &mut Vec<u8>, at: i64) {
        match self.last.replace(at) {
            None => put_signed(bytes, at),
            Some(last) => put(bytes, at.wrapping_sub(last) as u64),
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<i64, WireError> {
        let at = match self.last {
            None => reader.signed()?,
            Some(last) => match reader.number()? {
                0 => return Err(WireError::NotCanonical),
                distance => last.checked_add_unsigned(distance).ok_or(WireError::OutOfRange)?,
            },
        };
        self.last = Some(at);
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sample;
    use crate::entry::micros_of;

    fn numbers_of(elapsed_ms: &[f64]) -> Numbers {
        let mut entry = Entry::new(1.0);
        for elapsed_ms in elapsed_ms {
            entry.record(&Sample { elapsed_ms: Some(*elapsed_ms), content_length: 1, at_seconds: 2.0 });
        }
        Numbers::from(&entry)
    }

    #[test]
    fn what_came_since_has_ends_of_its_own() {
        let earlier = numbers_of(&[5.0, 900.0]);

        let inside = numbers_of(&[5.0, 900.0, 20.0, 40.0]).since(&earlier);
        let outside = numbers_of(&[5.0, 900.0, 0.123_4, 2_000.5]).since(&earlier);
        let nothing = earlier.since(&earlier);

        assert_eq!((inside.min_ms, inside.max_ms), (Some(20.0), 40.0));
        assert_eq!((outside.min_ms, outside.max_ms), (Some(0.123_4), 2_000.5));
        assert_eq!((nothing.min_ms, nothing.max_ms, nothing.is_empty()), (None, 0.0, true));
    }

    #[test]
    fn after_a_reset_all_of_it_is_new() {
        let earlier = numbers_of(&[5.0, 6.0]);
        let mut later = numbers_of(&[7.0, 8.0, 9.0]);
        later.start_seconds = Some(3.0);

        assert_eq!(later.since(&earlier), later);
        assert_eq!(numbers_of(&[7.0]).since(&earlier), numbers_of(&[7.0]));
    }

    #[test]
    fn an_error_that_was_cleared_counts_anew() {
        let at = |first, occurrences| ErrorCounts {
            occurrences,
            first_seconds: Some(first),
            last_seconds: Some(9.0),
        };

        assert_eq!(at(1.0, 7).since(&at(1.0, 5)).occurrences, 2);
        assert_eq!(at(3.0, 7).since(&at(1.0, 5)), at(3.0, 7));
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let mut entry = Entry::new(f64::NAN);
        entry.total_ms = f64::NAN;
        entry.min_ms = Some(f64::INFINITY);
        entry.max_ms = f64::NAN;
        entry.last_seconds = Some(f64::NAN);

        assert_eq!(Numbers::from(&entry), Numbers::default());
    }

    #[test]
    fn microseconds_are_rounded_as_the_histogram_does() {
        assert_eq!(numbers_of(&[0.123_4]).total_us, micros_of(0.123_4) as i64);
    }
}
