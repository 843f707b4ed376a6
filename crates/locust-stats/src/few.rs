//! The durations of an entry as they were, as long as few of them differ. A run of a handful of requests shows its times to the
//! microsecond, and rounds them as its user likes; afterwards the histogram alone knows.

/// More different ones aren't kept.
pub(crate) const MOST_VALUES: usize = 32;

/// Counts of exact durations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Few {
    /// (microseconds, count), shortest first.
    counts: Vec<(u64, u64)>,
    len: u64,
    has_more: bool,
}

impl Few {
    /// Counts a value `n` times.
    #[inline]
    pub(crate) fn record_n(&mut self, value_us: u64, n: u64) {
        if !self.has_more && n > 0 {
            self.add(value_us, n);
        }
    }

    fn add(&mut self, value_us: u64, n: u64) {
        self.len = self.len.saturating_add(n);
        match self.counts.binary_search_by_key(&value_us, |(value_us, _)| *value_us) {
            Ok(place) => self.counts[place].1 = self.counts[place].1.saturating_add(n),
            Err(place) if self.counts.len() < MOST_VALUES => self.counts.insert(place, (value_us, n)),
            Err(_) => self.give_up(),
        }
    }

    #[cold]
    fn give_up(&mut self) {
        self.counts = Vec::new();
        self.has_more = true;
    }

    /// Adds the counts of another one.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.has_more {
            self.give_up();
        }
        other.counts.iter().for_each(|(value_us, n)| self.record_n(*value_us, *n));
    }

    /// All (microseconds, count), shortest first, if these are all of so many.
    pub(crate) fn of(&self, len: u64) -> Option<&[(u64, u64)]> {
        (!self.has_more && self.len == len).then_some(&self.counts)
    }

    /// The value at a place among so many in order.
    pub(crate) fn at_rank(&self, rank: u64, len: u64) -> Option<u64> {
        let mut seen = 0;
        self.of(len)?.iter().find_map(|(value_us, n)| {
            seen += n;
            (rank < seen).then_some(*value_us)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_in_order_as_they_were() {
        let mut few = Few::default();

        for value_us in [5_450_003, 7, 5_450_003] {
            few.record_n(value_us, 2);
        }

        assert_eq!(few.of(6), Some([(7, 2), (5_450_003, 4)].as_slice()));
        assert_eq!(
            [1, 2, 5, 6].map(|rank| few.at_rank(rank, 6)),
            [Some(7), Some(5_450_003), Some(5_450_003), None]
        );
    }

    #[test]
    fn who_counted_more_elsewhere_learns_nothing() {
        let mut few = Few::default();
        few.record_n(7, 2);

        assert_eq!((few.of(3), few.at_rank(0, 3)), (None, None));
    }

    #[test]
    fn too_many_are_let_go_for_good() {
        let mut few = Few::default();
        (0..=MOST_VALUES as u64).for_each(|value_us| few.record_n(value_us, 1));
        let mut other = Few::default();
        other.record_n(1, 1);

        other.merge(&few);
        few.record_n(1, 1);

        assert_eq!((few.of(few.len), other.of(other.len)), (None, None));
    }
}
