//! Durations of the latest seconds, so that "the 95th percentile now" needs no copies of the whole.

use std::collections::VecDeque;

use crate::histogram::Histogram;

/// Remembered at first; a longer window is grown into once it has been asked for.
const FIRST_CAPACITY_SECONDS: usize = 12;
/// The longest window there is.
pub(crate) const MAX_CAPACITY_SECONDS: usize = 600;

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

/// Two are equal when they remember the same, however much more they may.
impl PartialEq for Recent {
    fn eq(&self, other: &Self) -> bool {
        self.seconds == other.seconds
    }
}

impl Recent {
    /// Remembers as many seconds as can be.
    pub(crate) fn longest() -> Self {
        Self { capacity: MAX_CAPACITY_SECONDS, ..Self::default() }
    }

    /// Makes room for windows of so many seconds.
    pub(crate) fn grow(&mut self, window_seconds: usize) {
        self.capacity = self.capacity.max(window_seconds.saturating_add(2)).min(MAX_CAPACITY_SECONDS);
    }

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

    pub(crate) fn merge_all(&mut self, other: &Self) {
        other.iter().for_each(|(at, histogram)| self.merge(at, histogram));
    }

    /// What came since `earlier`, an older copy of this one.
    pub(crate) fn difference(&self, earlier: &Self) -> Self {
        let mut since = Self { capacity: self.capacity, ..Self::default() };
        for (at, histogram) in &self.seconds {
            let difference = match earlier.seconds.binary_search_by_key(at, |(second, _)| *second) {
                Ok(place) => histogram.difference(&earlier.seconds[place].1),
                Err(_) => histogram.clone(),
            };
            if !difference.is_empty() {
                since.push(*at, difference);
            }
        }
        since
    }

    /// Adds a second that is later than all.
    pub(crate) fn push(&mut self, at: i64, histogram: Histogram) {
        self.seconds.push_back((at, histogram));
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
        self.grow(seconds.max(0) as usize);
        let mut sum = Histogram::new();
        let latest = self.seconds.iter().filter(|(at, _)| *at <= now && *at > now.saturating_sub(seconds));
        latest.for_each(|(_, histogram)| sum.merge(histogram));
        sum
    }

    /// Number of seconds remembered.
    pub(crate) fn len(&self) -> usize {
        self.seconds.len()
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
    fn a_difference_is_what_came_since() {
        let mut recent = Recent::default();
        for at in [1, 2, 2] {
            recent.record(at, 5);
        }
        let earlier = recent.clone();
        let mut expected = Recent::default();

        for at in [2, 3] {
            recent.record(at, 7);
            expected.record(at, 7);
        }

        assert_eq!(recent.difference(&earlier), expected);
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
