//! Requests and failures by second, the latest ones only: a run of a month takes no more memory than one of an hour.

use std::collections::VecDeque;

/// What happened in one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Second {
    /// Seconds since the epoch.
    pub at: i64,
    /// Requests that ended in it.
    pub requests: u32,
    /// Of these, and others, the failures.
    pub failures: u32,
}

/// Seconds in which something happened, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    seconds: VecDeque<Second>,
}

impl Series {
    /// Adds to a second. The oldest are dropped when there are more than `capacity` of them.
    #[inline]
    pub fn add(&mut self, at: i64, requests: u32, failures: u32, capacity: usize) {
        match self.seconds.back_mut() {
            Some(last) if last.at == at => {
                last.requests = last.requests.saturating_add(requests);
                last.failures = last.failures.saturating_add(failures);
            }
            _ => self.add_elsewhere(Second { at, requests, failures }, capacity),
        }
    }

    #[cold]
    fn add_elsewhere(&mut self, added: Second, capacity: usize) {
        // Nearly always the end: only clocks set back and merges come late.
        match self.seconds.binary_search_by_key(&added.at, |second| second.at) {
            Ok(place) => {
                let second = &mut self.seconds[place];
                second.requests = second.requests.saturating_add(added.requests);
                second.failures = second.failures.saturating_add(added.failures);
            }
            Err(place) => self.seconds.insert(place, added),
        }
        self.trim(capacity);
    }

    fn trim(&mut self, capacity: usize) {
        let excess = self.seconds.len().saturating_sub(capacity);
        self.seconds.drain(..excess);
    }

    /// Adds another series, second by second.
    pub fn merge(&mut self, other: &Self, capacity: usize) {
        for second in &other.seconds {
            self.add(second.at, second.requests, second.failures, capacity);
        }
    }

    /// What came since `earlier`, an older copy of this one.
    #[must_use]
    pub fn difference(&self, earlier: &Self) -> Self {
        let mut before = earlier.seconds.iter().peekable();
        let seconds = self.seconds.iter().map(|second| {
            while before.peek().is_some_and(|it| it.at < second.at) {
                before.next();
            }
            let then = before.peek().filter(|it| it.at == second.at).copied().copied().unwrap_or_default();
            Second {
                at: second.at,
                requests: second.requests.saturating_sub(then.requests),
                failures: second.failures.saturating_sub(then.failures),
            }
        });
        Self { seconds: seconds.filter(|second| second.requests > 0 || second.failures > 0).collect() }
    }

    /// Adds a second that is later than all.
    pub(crate) fn push(&mut self, second: Second) {
        self.seconds.push_back(second);
    }

    /// Seconds from the oldest on.
    pub fn iter(&self) -> impl Iterator<Item = &Second> {
        self.seconds.iter()
    }

    /// Number of seconds remembered.
    pub fn len(&self) -> usize {
        self.seconds.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.seconds.is_empty()
    }

    /// Requests and failures from one second up to, but without, another.
    pub fn sum(&self, from: i64, to: i64) -> (u64, u64) {
        let start = self.seconds.partition_point(|second| second.at < from);
        self.seconds.range(start..).take_while(|second| second.at < to).fold(
            (0, 0),
            |(requests, failures), second| {
                (requests + u64::from(second.requests), failures + u64::from(second.failures))
            },
        )
    }

    /// Puts other numbers of requests in place of those remembered.
    pub fn replace_requests(&mut self, requests: impl IntoIterator<Item = (i64, u32)>, capacity: usize) {
        self.seconds.iter_mut().for_each(|second| second.requests = 0);
        requests.into_iter().for_each(|(at, count)| self.add(at, count, 0, capacity));
        self.forget_idle();
    }

    /// Puts other numbers of failures in place of those remembered.
    pub fn replace_failures(&mut self, failures: impl IntoIterator<Item = (i64, u32)>, capacity: usize) {
        self.seconds.iter_mut().for_each(|second| second.failures = 0);
        failures.into_iter().for_each(|(at, count)| self.add(at, 0, count, capacity));
        self.forget_idle();
    }

    fn forget_idle(&mut self) {
        self.seconds.retain(|second| second.requests > 0 || second.failures > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_the_latest_seconds() {
        let mut series = Series::default();

        for at in 0..1_000 {
            series.add(at, 1, 0, 100);
        }

        assert_eq!(series.len(), 100);
        assert_eq!(series.sum(0, 950), (50, 0));
        assert_eq!(series.iter().next(), Some(&Second { at: 900, requests: 1, failures: 0 }));
    }

    #[test]
    fn a_clock_that_goes_back_is_followed() {
        let mut series = Series::default();

        for at in [10, 11, 5, 10, 11] {
            series.add(at, 1, 1, 100);
        }

        let seconds: Vec<_> = series.iter().map(|second| (second.at, second.requests)).collect();
        assert_eq!(seconds, [(5, 1), (10, 2), (11, 2)]);
    }

    #[test]
    fn requests_are_replaced_without_touching_failures() {
        let mut series = Series::default();
        series.add(1, 5, 0, 100);
        series.add(2, 5, 3, 100);

        series.replace_requests([(2, 1), (7, 2)], 100);

        let expected =
            [Second { at: 2, requests: 1, failures: 3 }, Second { at: 7, requests: 2, failures: 0 }];
        assert_eq!(series.iter().copied().collect::<Vec<_>>(), expected);
    }
}
