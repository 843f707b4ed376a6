//! Durations of the latest seconds, so that "the 95th percentile now" needs no copies of the whole.

use std::collections::VecDeque;

use crate::histogram::Histogram;

/// Remembered at first; a longer window is grown into once it has been asked for.
const FIRST_CAPACITY_SECONDS: usize = 12;
/// The longest window there is.
const MAX_CAPACITY_SECONDS: usize = 600;

/// A histogram for each of the latest seconds in which something was recorded.
#[derive(Clone, Debug)]
pub struct Recent {
    seconds: VecDeque<(i64, Histogram)>,
    capacity: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Self { seconds: VecDeque::new(), capacity: FIRST_CAPACITY_SECONDS }
    }
}

impl Recent {
    #[inline]
    pub(crate) fn record(&mut self, at: i64, value_us: u64) {
        if let Some(histogram) = self.at(at) {
            histogram.record(value_us);
        }
    }

    pub(crate) fn merge(&mut self, at: i64, other: &Histogram) {
        if let Some(histogram) = self.at(at) {
            histogram.merge(other);
        }
    }

    fn at(&mut self, at: i64) -> Option<&mut Histogram> {
        let place = match self.seconds.back() {
            Some((last, _)) if *last == at => self.seconds.len() - 1,
            _ => self.place_of(at),
        };
        self.seconds.get_mut(place).map(|(_, histogram)| histogram)
    }

    #[cold]
    fn place_of(&mut self, at: i64) -> usize {
        match self.seconds.binary_search_by_key(&at, |(second, _)| *second) {
            Ok(place) => place,
            Err(place) => {
                self.seconds.insert(place, (at, Histogram::new()));
                let excess = self.seconds.len().saturating_sub(self.capacity);
                self.seconds.drain(..excess);
                // Older than all that is remembered: usize::MAX is nobody's place.
                place.checked_sub(excess).unwrap_or(usize::MAX)
            }
        }
    }

    /// All that was recorded in the `seconds` seconds up to and including `now`.
    pub fn window(&mut self, now: i64, seconds: i64) -> Histogram {
        self.capacity =
            self.capacity.max((seconds.max(0) as usize).saturating_add(2)).min(MAX_CAPACITY_SECONDS);
        let mut sum = Histogram::new();
        let latest = self.seconds.iter().filter(|(at, _)| *at <= now && *at > now.saturating_sub(seconds));
        latest.for_each(|(_, histogram)| sum.merge(histogram));
        sum
    }

    /// Seconds remembered with their durations, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Histogram)> {
        self.seconds.iter().map(|(at, histogram)| (*at, histogram))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_the_latest_seconds() {
        let mut recent = Recent::default();
        for at in 0..40 {
            recent.record(at, at as u64);
        }

        assert_eq!(recent.window(39, 10).len(), 10);
        assert_eq!(recent.window(39, 10).quantile(0.5), Some(35));
        assert_eq!(recent.window(44, 10).len(), 5);
        assert!(recent.window(49, 10).is_empty());
    }

    #[test]
    fn it_stays_small() {
        let mut recent = Recent::default();

        for at in 0..100_000 {
            recent.record(at, 5);
        }

        assert_eq!(recent.seconds.len(), FIRST_CAPACITY_SECONDS);
    }

    #[test]
    fn what_is_older_than_all_is_left_out() {
        let mut recent = Recent::default();
        (100..200).for_each(|at| recent.record(at, 5));

        recent.record(10, 7);

        assert_eq!(recent.iter().map(|(at, _)| at).collect::<Vec<_>>(), (188..200).collect::<Vec<_>>());
    }

    #[test]
    fn a_longer_window_is_grown_into() {
        let mut recent = Recent::default();
        recent.record(0, 5);
        recent.window(0, 60);

        (1..100).for_each(|at| recent.record(at, 5));

        assert_eq!(recent.window(99, 60).len(), 60);
    }
}
