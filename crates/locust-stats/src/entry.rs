//! The numbers of one (method, name), or of all together.

use crate::few::Few;
use crate::histogram::{Histogram, index_of, rank_of};
use crate::recent::Recent;
use crate::series::Series;
use crate::{MAX_US, Shared, lock};

/// Seconds remembered by an entry that belongs to no recorder.
const SERIES_CAPACITY_SECONDS: usize = 3_600;

/// One finished request.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// How long it took; `None` (and what is no number) counts it without a time.
    pub elapsed_ms: Option<f64>,
    /// Bytes of its response.
    pub content_length: u64,
    /// When it ended, in seconds since the epoch.
    pub at_seconds: f64,
}

/// Counters, durations and rates. Every one may be set: upstream's are plain attributes.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Requests, failed ones included.
    pub requests: u64,
    /// Requests without a response time.
    pub none_requests: u64,
    /// Failures.
    pub failures: u64,
    /// Sum of all response times.
    pub total_ms: f64,
    /// Exact shortest response time.
    pub min_ms: Option<f64>,
    /// Exact longest response time.
    pub max_ms: f64,
    /// Sum of the lengths of all responses in bytes.
    pub content_length: u64,
    /// When counting began, in seconds since the epoch.
    pub start_seconds: f64,
    /// When the last request ended, in seconds since the epoch.
    pub last_seconds: Option<f64>,
    /// Requests and failures by second.
    pub series: Series,
    /// All response times.
    pub histogram: Histogram,
    /// The same, as long as they are few.
    few: Few,
    /// How many seconds `series` remembers.
    pub series_capacity: usize,
    pub(crate) recent: Option<Box<Recent>>,
}

impl Entry {
    /// Without counts.
    #[must_use]
    pub fn new(start_seconds: f64) -> Self {
        Self {
            requests: 0,
            none_requests: 0,
            failures: 0,
            total_ms: 0.0,
            min_ms: None,
            max_ms: 0.0,
            content_length: 0,
            start_seconds,
            last_seconds: None,
            series: Series::default(),
            histogram: Histogram::new(),
            few: Few::default(),
            series_capacity: SERIES_CAPACITY_SECONDS,
            recent: None,
        }
    }

    /// Counts a request.
    pub fn record(&mut self, sample: &Sample) {
        let second = second_of(sample.at_seconds);
        self.requests += 1;
        self.last_seconds = Some(sample.at_seconds);
        self.series.add(second, 1, 0, self.series_capacity);
        self.content_length = self.content_length.saturating_add(sample.content_length);
        match sample.elapsed_ms {
            Some(elapsed_ms) if elapsed_ms.is_finite() => self.record_elapsed(elapsed_ms, second),
            _ => self.none_requests += 1,
        }
    }

    #[inline]
    fn record_elapsed(&mut self, elapsed_ms: f64, second: i64) {
        self.total_ms += elapsed_ms;
        self.min_ms = Some(self.min_ms.map_or(elapsed_ms, |min_ms| min_ms.min(elapsed_ms)));
        self.max_ms = self.max_ms.max(elapsed_ms);
        let value_us = micros_of(elapsed_ms);
        self.histogram.record(value_us);
        self.few.record_n(value_us, 1);
        if let Some(recent) = &mut self.recent {
            recent.record(second, value_us);
        }
    }

    /// Counts a failure; its request is counted by [`Entry::record`].
    pub fn record_failure(&mut self, at_seconds: f64) {
        self.failures += 1;
        self.series.add(second_of(at_seconds), 0, 1, self.series_capacity);
    }

    /// Adds the numbers of another entry.
    pub fn extend(&mut self, other: &Self) {
        self.last_seconds = match (self.last_seconds, other.last_seconds) {
            (Some(ours), Some(theirs)) => Some(ours.max(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.start_seconds = self.start_seconds.min(other.start_seconds);
        self.requests = self.requests.saturating_add(other.requests);
        self.none_requests = self.none_requests.saturating_add(other.none_requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.total_ms += other.total_ms;
        self.min_ms = match (self.min_ms, other.min_ms) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.max_ms = self.max_ms.max(other.max_ms);
        self.content_length = self.content_length.saturating_add(other.content_length);
        self.histogram.merge(&other.histogram);
        self.few.merge(&other.few);
        self.series.merge(&other.series, self.series_capacity);
        match (&mut self.recent, &other.recent, other.last_seconds) {
            (Some(ours), Some(theirs), _) => ours.merge_all(theirs),
            // Which second they belong to nobody remembers.
            (Some(ours), None, Some(last_seconds)) => {
                ours.merge(second_of(last_seconds), &other.histogram);
            }
            _ => {}
        }
    }

    /// Forgets all numbers. What is remembered by second goes on being so.
    pub fn reset(&mut self, start_seconds: f64) {
        let series_capacity = self.series_capacity;
        let recent = self.recent.as_ref().map(|_| Box::default());
        *self = Self { series_capacity, recent, ..Self::new(start_seconds) };
    }

    /// Response times, shortest first: (ms, count). Within 0.39 %; exact when there are few.
    pub fn response_counts(&self) -> Vec<(f64, u64)> {
        if let Some(few) = self.few.of(self.histogram.len()) {
            return few.iter().map(|(us, count)| (millis_of(*us), *count)).collect();
        }
        self.histogram.iter().map(|(bucket, count)| (millis_of(bucket.representative_us()), count)).collect()
    }

    /// Puts other response times in place of these.
    pub fn set_histogram(&mut self, histogram: Histogram) {
        self.histogram = histogram;
        self.few = Few::default();
    }

    /// Puts other response times in place of these: (ms, count).
    pub fn set_response_counts(&mut self, counts: impl IntoIterator<Item = (f64, u64)>) {
        self.set_histogram(Histogram::new());
        for (ms, count) in counts {
            self.histogram.record_n(micros_of(ms), count);
            self.few.record_n(micros_of(ms), count);
        }
    }

    /// A quantile in milliseconds: the value at place `len * q` (rounded down, the last one at most) among all in order, within
    /// 0.39 %. The shortest and the longest are exact, as are few. Nothing without response times.
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        self.quantile_in(&self.histogram, q)
    }

    fn quantile_in(&self, histogram: &Histogram, q: f64) -> Option<f64> {
        let rank = rank_of(q, histogram.len());
        let bucket = histogram.bucket_at_rank(rank)?;
        let few = self.few.at_rank(rank, histogram.len());
        let value_ms = millis_of(few.unwrap_or_else(|| bucket.representative_us()));
        let index = index_of(bucket.low_us);
        let is_in_bucket = |ms: f64| index_of(micros_of(ms).min(MAX_US)) == index;
        let is_whole = histogram.len() == self.histogram.len();
        let min_ms = self.min_ms.filter(|ms| is_in_bucket(*ms));
        let max_ms = Some(self.max_ms).filter(|ms| is_in_bucket(*ms));
        match (min_ms, max_ms) {
            (Some(min_ms), _) if is_whole && rank == 0 => Some(min_ms),
            (_, Some(max_ms)) if is_whole && rank + 1 == histogram.len() => Some(max_ms),
            _ => Some(value_ms.max(min_ms.unwrap_or(value_ms)).min(max_ms.unwrap_or(f64::INFINITY))),
        }
    }

    /// Remembers durations by second from now on, for [`Entry::recent_quantile_ms`].
    /// So many seconds at least, 600 at most.
    pub fn remember_recent(&mut self, window_seconds: usize) {
        self.recent.get_or_insert_default().grow(window_seconds);
    }

    /// Durations by second, when remembered.
    pub fn recent(&self) -> Option<&Recent> {
        self.recent.as_deref()
    }

    /// A quantile of the `window_seconds` seconds up to and including `now`. An entry that did not remember yet begins to, and
    /// takes what it has recorded so far for that of this second.
    pub fn recent_quantile_ms(&mut self, q: f64, now: i64, window_seconds: i64) -> Option<f64> {
        let Some(recent) = &mut self.recent else {
            self.remember_recent(window_seconds.max(0) as usize);
            if let Some(recent) = &mut self.recent {
                recent.merge(now, &self.histogram);
            }
            return self.quantile_ms(q);
        };
        let window = recent.window(now, window_seconds);
        self.quantile_in(&window, q)
    }

    /// Adds the numbers of a shared entry, which may be this one.
    pub fn extend_shared(ours: &Shared<Self>, theirs: &Shared<Self>) {
        // Copied first: two of these at once must not wait for each other.
        let copy = lock(theirs).clone();
        lock(ours).extend(&copy);
    }
}

/// Whole microseconds; below zero is zero.
pub(crate) fn micros_of(ms: f64) -> u64 {
    (ms * 1_000.0).round() as u64
}

pub(crate) fn millis_of(us: u64) -> f64 {
    us as f64 / 1_000.0
}

pub(crate) fn second_of(at_seconds: f64) -> i64 {
    at_seconds.floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(elapsed_ms: f64, at_seconds: f64) -> Sample {
        Sample { elapsed_ms: Some(elapsed_ms), content_length: 10, at_seconds }
    }

    #[test]
    fn the_ends_are_exact() {
        let mut entry = Entry::new(0.0);

        for elapsed_ms in [144.7, 7.123_456, 14_456.789] {
            entry.record(&sample(elapsed_ms, 1.0));
        }

        assert_eq!((entry.min_ms, entry.max_ms), (Some(7.123_456), 14_456.789));
        assert_eq!((entry.quantile_ms(0.0), entry.quantile_ms(1.0)), (Some(7.123_456), Some(14_456.789)));
        assert_eq!(entry.quantile_ms(0.5), Some(144.7));
    }

    #[test]
    fn a_value_never_passes_the_ends_of_its_entry() {
        let mut entry = Entry::new(0.0);

        for number in 0..=40 {
            entry.record(&sample(999.5 + 0.005 * f64::from(number), 1.0));
        }

        assert_eq!(entry.quantile_ms(0.5), Some(999.7));
    }

    #[test]
    fn few_response_times_are_shown_as_they_were() {
        let mut entry = Entry::new(0.0);
        let counts: Vec<_> = (0..32).map(|number| (f64::from(545 + 7 * number), 2)).collect();
        for (elapsed_ms, _) in counts.iter().chain(counts.iter().rev()) {
            entry.record(&sample(*elapsed_ms, 1.0));
        }
        let mut copy = Entry::new(0.0);
        copy.set_response_counts(counts.clone());

        assert_eq!((entry.response_counts(), copy.response_counts()), (counts.clone(), counts));
        entry.record(&sample(1.0, 1.0));
        copy.set_histogram(entry.histogram.clone());
        for entry in [&entry, &copy] {
            assert_eq!(entry.response_counts()[..2], [(1.0, 1), (546.0, 2)]);
        }
    }

    #[test]
    fn what_has_no_time_is_counted_without() {
        let mut entry = Entry::new(0.0);

        for elapsed_ms in [None, Some(f64::NAN), Some(f64::INFINITY), Some(5.0)] {
            entry.record(&Sample { elapsed_ms, content_length: 1, at_seconds: 1.0 });
        }

        assert_eq!((entry.requests, entry.none_requests, entry.histogram.len()), (4, 3, 1));
        assert_eq!((entry.total_ms, entry.quantile_ms(0.1)), (5.0, Some(5.0)));
    }

    #[test]
    fn below_zero_counts_as_zero_in_the_histogram_only() {
        let mut entry = Entry::new(0.0);

        entry.record(&sample(-3.0, 1.0));

        assert_eq!(
            (entry.min_ms, entry.total_ms, entry.histogram.quantile(0.5)),
            (Some(-3.0), -3.0, Some(0))
        );
    }

    #[test]
    fn two_entries_together_are_as_one() {
        let (mut one, mut two, mut both) = (Entry::new(5.0), Entry::new(3.0), Entry::new(3.0));
        for (number, elapsed_ms) in [1.0, 400.0, 20.5, 3.0].into_iter().enumerate() {
            let sample = sample(elapsed_ms, 10.0 + number as f64);
            (if number % 2 == 0 { &mut one } else { &mut two }).record(&sample);
            both.record(&sample);
        }
        two.record_failure(12.0);
        both.record_failure(12.0);

        one.extend(&two);

        assert_eq!(format!("{one:?}"), format!("{both:?}"));
    }

    #[test]
    fn the_window_shows_the_latest_seconds() {
        let mut entry = Entry::new(0.0);
        entry.remember_recent(10);
        (0..40).for_each(|second| entry.record(&sample(f64::from(second), f64::from(second))));

        assert_eq!(entry.recent_quantile_ms(0.5, 39, 10), Some(35.0));
        assert_eq!(entry.recent_quantile_ms(0.5, 60, 10), None);
    }

    #[test]
    fn what_came_before_the_first_question_counts_for_its_second() {
        let mut entry = Entry::new(0.0);
        entry.record(&sample(7.0, 3.0));

        assert_eq!(entry.recent_quantile_ms(0.5, 5, 10), Some(7.0));
        assert_eq!(entry.recent_quantile_ms(0.9, 14, 10), Some(7.0));
        assert_eq!(entry.recent_quantile_ms(0.9, 15, 10), None);
    }
}
