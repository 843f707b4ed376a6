//! A log-linear histogram of durations in microseconds: exact below 512 µs, then 256 buckets an octave.
//!
//! A bucket is never wider than 1/256 of its lower end, so any value in it stands for all of them within 0.39 %. Only pages with
//! counts in them take memory: 256 bytes each.

/// Values below this one are counted exactly.
pub const EXACT_BELOW_US: u64 = 2 * SUB_BUCKETS;
/// Largest value told apart: 71 minutes. Larger ones are counted as this one, and in [`Histogram::clamped`].
pub const MAX_US: u64 = (1 << MAX_BITS) - 1;

const SUB_BITS: u32 = 8;
const SUB_BUCKETS: u64 = 1 << SUB_BITS;
const MAX_BITS: u32 = 32;
const PAGE_LEN: usize = 32;
const PAGE_COUNT: usize = BUCKET_COUNT.div_ceil(PAGE_LEN);
/// One for each exact value, and `SUB_BUCKETS` for each octave above.
pub(crate) const BUCKET_COUNT: usize = ((MAX_BITS - SUB_BITS + 1) as usize) << SUB_BITS;

type Page = [u64; PAGE_LEN];

/// What one bucket stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Smallest value in it.
    pub low_us: u64,
    /// Largest value in it.
    pub high_us: u64,
}

impl Bucket {
    /// The value that stands for the bucket: the roundest in decimal, of those the one nearest to the middle.
    ///
    /// A service that answers in 50 ms shows 50 and not 50.048; the error stays below the bucket's width, 0.39 %.
    #[must_use]
    pub fn representative_us(&self) -> u64 {
        let middle = u64::midpoint(self.low_us, self.high_us);
        let mut step = 10_000_000_000;
        while step > 1 {
            let nearest = (middle + step / 2) / step * step;
            for candidate in [nearest, nearest.saturating_sub(step), nearest + step] {
                if (self.low_us..=self.high_us).contains(&candidate) {
                    return candidate;
                }
            }
            step /= 10;
        }
        middle
    }

    pub(crate) fn at(index: usize) -> Self {
        let index = index as u64;
        if index < EXACT_BELOW_US {
            return Self { low_us: index, high_us: index };
        }
        let shift = (index >> SUB_BITS) - 1;
        let low_us = (index - (shift << SUB_BITS)) << shift;
        Self { low_us, high_us: low_us + (1 << shift) - 1 }
    }
}

/// Which bucket a value (at most `MAX_US`) belongs to.
pub(crate) fn index_of(value_us: u64) -> usize {
    if value_us < EXACT_BELOW_US {
        return value_us as usize;
    }
    let shift = value_us.ilog2() - SUB_BITS;
    ((u64::from(shift) << SUB_BITS) + (value_us >> shift)) as usize
}

/// Counts of durations.
///
/// ```
/// use locust_stats::Histogram;
///
/// let mut histogram = Histogram::new();
/// for elapsed_us in [100, 200, 50_000] {
///     histogram.record(elapsed_us);
/// }
/// assert_eq!(histogram.quantile(0.5), Some(200));
/// assert_eq!(histogram.quantile(1.0), Some(50_000));
/// ```
#[derive(Clone)]
pub struct Histogram {
    /// For each page 1 + its place in `pages`; 0 when it has no counts.
    directory: [u8; PAGE_COUNT],
    pages: Vec<Page>,
    len: u64,
    clamped: u64,
}

// A page's place fits a byte.
const _: () = assert!(PAGE_COUNT < u8::MAX as usize);

impl Default for Histogram {
    fn default() -> Self {
        Self { directory: [0; PAGE_COUNT], pages: Vec::new(), len: 0, clamped: 0 }
    }
}

impl Histogram {
    /// Without counts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values were recorded.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many values were larger than [`MAX_US`].
    pub fn clamped(&self) -> u64 {
        self.clamped
    }

    /// Bytes of memory it takes.
    pub fn size_bytes(&self) -> usize {
        size_of::<Self>() + self.pages.capacity() * size_of::<Page>()
    }

    /// Counts one value.
    #[inline]
    pub fn record(&mut self, value_us: u64) {
        self.record_n(value_us, 1);
    }

    /// Counts a value `n` times.
    #[inline]
    pub fn record_n(&mut self, value_us: u64, n: u64) {
        if n == 0 {
            return;
        }
        let value_us = if value_us > MAX_US {
            self.clamped = self.clamped.saturating_add(n);
            MAX_US
        } else {
            value_us
        };
        self.add_at(index_of(value_us), n);
    }

    #[inline]
    fn add_at(&mut self, index: usize, n: u64) {
        let count = &mut self.page_mut(index / PAGE_LEN)[index % PAGE_LEN];
        *count = count.saturating_add(n);
        self.len = self.len.saturating_add(n);
    }

    #[inline]
    fn page_mut(&mut self, number: usize) -> &mut Page {
        if self.directory[number] == 0 {
            self.add_page(number);
        }
        let place = usize::from(self.directory[number]) - 1;
        &mut self.pages[place]
    }

    #[cold]
    fn add_page(&mut self, number: usize) {
        if self.pages.len() == self.pages.capacity() {
            // Doubling would waste up to half of what a narrow entry needs.
            self.pages.reserve_exact(2);
        }
        self.pages.push([0; PAGE_LEN]);
        self.directory[number] = self.pages.len() as u8;
    }

    fn page(&self, number: usize) -> Option<&Page> {
        usize::from(self.directory[number]).checked_sub(1).and_then(|place| self.pages.get(place))
    }

    /// Adds all counts of another one, as if its values had been recorded here.
    pub fn merge(&mut self, other: &Self) {
        for number in 0..PAGE_COUNT {
            let Some(theirs) = other.page(number) else { continue };
            for (count, added) in self.page_mut(number).iter_mut().zip(theirs) {
                *count = count.saturating_add(*added);
            }
        }
        self.len = self.len.saturating_add(other.len);
        self.clamped = self.clamped.saturating_add(other.clamped);
    }

    /// What was recorded since `earlier`, an older copy of this one. A bucket that has shrunk meanwhile counts as empty.
    #[must_use]
    pub fn difference(&self, earlier: &Self) -> Self {
        let mut since = Self::new();
        for (index, count) in self.counts() {
            let before = earlier.page(index / PAGE_LEN).map_or(0, |page| page[index % PAGE_LEN]);
            if count > before {
                since.add_at(index, count - before);
            }
        }
        // No more than there are in the topmost bucket, even where one has shrunk.
        let topmost = since.counts().next_back().filter(|(index, _)| *index == BUCKET_COUNT - 1);
        since.clamped =
            self.clamped.saturating_sub(earlier.clamped).min(topmost.map_or(0, |(_, count)| count));
        since
    }

    /// Number of values between two bounds, both included. A bucket counts when the value that stands for it does.
    pub fn count_between(&self, low_us: u64, high_us: u64) -> u64 {
        self.iter()
            .filter(|(bucket, _)| (low_us..=high_us).contains(&bucket.representative_us()))
            .fold(0, |sum, (_, count)| sum.saturating_add(count))
    }

    /// Buckets with counts, smallest values first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Bucket, u64)> + '_ {
        self.counts().map(|(index, count)| (Bucket::at(index), count))
    }

    pub(crate) fn counts(&self) -> impl DoubleEndedIterator<Item = (usize, u64)> + '_ {
        (0..PAGE_COUNT)
            .filter_map(|number| self.page(number).map(|page| (number, page)))
            .flat_map(|(number, page)| {
                page.iter().enumerate().map(move |(place, count)| (number * PAGE_LEN + place, *count))
            })
            .filter(|(_, count)| *count > 0)
    }

    /// Bucket of the value at `rank` (from 0) among all in order.
    pub(crate) fn bucket_at_rank(&self, rank: u64) -> Option<Bucket> {
        if rank >= self.len {
            return None;
        }
        let mut below = self.len;
        // From the top: the high quantiles, asked for most often, are nearest.
        self.counts().rev().find_map(|(index, count)| {
            below = below.saturating_sub(count);
            (below <= rank).then(|| Bucket::at(index))
        })
    }

    /// The value that `rank_of(q)` names, within 0.39 %, exact below 512 µs; nothing when empty.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        self.bucket_at_rank(rank_of(q, self.len)).map(|bucket| bucket.representative_us())
    }

    pub(crate) fn from_counts(counts: impl IntoIterator<Item = (usize, u64)>, clamped: u64) -> Self {
        let mut histogram = Self { clamped, ..Self::default() };
        for (index, count) in counts {
            histogram.add_at(index, count);
        }
        histogram
    }
}

/// Two are equal when they count the same, wherever their pages lie.
impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.clamped == other.clamped && self.counts().eq(other.counts())
    }
}

impl Eq for Histogram {}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_map().entries(self.iter().map(|(bucket, count)| (bucket.low_us, count))).finish()
    }
}

/// Place (from 0) of a quantile among `len` values in order: `len * q` rounded down, the last one at most.
///
/// This is upstream's rule, which walks from the top until no more than `len * q` values are left below.
pub(crate) fn rank_of(q: f64, len: u64) -> u64 {
    ((len as f64 * q) as u64).min(len.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other_without_gap() {
        for index in 1..BUCKET_COUNT {
            assert_eq!(Bucket::at(index).low_us, Bucket::at(index - 1).high_us + 1);
        }
        assert_eq!(Bucket::at(BUCKET_COUNT - 1).high_us, MAX_US);
    }

    #[test]
    fn a_bucket_holds_what_is_put_into_it() {
        for index in 0..BUCKET_COUNT {
            let bucket = Bucket::at(index);
            assert_eq!((index_of(bucket.low_us), index_of(bucket.high_us)), (index, index));
            assert_eq!(index_of(bucket.representative_us()), index);
        }
    }

    #[test]
    fn a_round_number_of_milliseconds_stands_for_itself() {
        for value_us in [600, 1_000, 50_000, 99_000, 140_000, 990_000, 1_000_000, 14_000_000, 3_600_000_000] {
            assert_eq!(Bucket::at(index_of(value_us)).representative_us(), value_us);
        }
    }

    #[test]
    fn what_is_too_long_is_counted_as_the_longest() {
        let mut histogram = Histogram::new();

        histogram.record(MAX_US + 1);
        histogram.record_n(u64::MAX, 2);
        histogram.record(MAX_US);

        assert_eq!((histogram.len(), histogram.clamped()), (4, 3));
        assert_eq!(histogram.iter().collect::<Vec<_>>(), [(Bucket::at(BUCKET_COUNT - 1), 4)]);
    }

    #[test]
    fn a_narrow_spread_takes_little_memory() {
        let mut histogram = Histogram::new();

        for value_us in 2_000..8_000 {
            histogram.record(value_us);
        }

        assert!(histogram.size_bytes() <= 6 * 1024, "{} bytes", histogram.size_bytes());
    }

    #[test]
    fn counts_stop_at_the_largest_number() {
        let mut histogram = Histogram::new();
        histogram.record_n(5, u64::MAX);

        let twice = histogram.clone();
        histogram.merge(&twice);

        assert_eq!(histogram, twice);
        assert_eq!(histogram.quantile(0.99), Some(5));
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Histogram::new().quantile(0.5), None);
    }

    #[test]
    fn a_range_counts_what_lies_in_it() {
        let mut histogram = Histogram::new();
        histogram.record_n(100, 3);
        histogram.record_n(50_000, 2);

        assert_eq!(histogram.count_between(0, 99), 0);
        assert_eq!(histogram.count_between(100, 100), 3);
        assert_eq!(histogram.count_between(100, 50_000), 5);
        assert_eq!(histogram.count_between(101, MAX_US), 2);
    }
}
