//! What holds for any numbers.

use locust_stats::{Entry, Histogram, MAX_US, Sample};
use proptest::prelude::*;

/// Durations of every magnitude, from below a microsecond to above the largest.
fn durations() -> impl Strategy<Value = Vec<u64>> {
    let duration = prop_oneof![0..300_u64, 0..100_000_u64, 0..10_000_000_u64, 0..=MAX_US, Just(MAX_US)];
    prop::collection::vec(duration, 1..300)
}

fn histogram_of(durations: &[u64]) -> Histogram {
    let mut histogram = Histogram::new();
    for us in durations {
        histogram.record(*us);
    }
    histogram
}

fn exact_quantile(durations: &[u64], q: f64) -> u64 {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    sorted[((sorted.len() as f64 * q) as usize).min(sorted.len() - 1)]
}

fn is_within_half_a_percent(found: f64, exact: f64) -> bool {
    (found - exact).abs() <= exact * 0.005
}

proptest! {
    #[test]
    fn a_quantile_is_within_half_a_percent(durations in durations(), q in 0.0..=1.0_f64) {
        let found = histogram_of(&durations).quantile(q).unwrap();
        let exact = exact_quantile(&durations, q);
        prop_assert!(is_within_half_a_percent(found as f64, exact as f64), "{found} for {exact}");
    }

    #[test]
    fn an_entrys_quantile_is_within_half_a_percent(durations in durations(), q in 0.0..=1.0_f64) {
        let mut entry = Entry::new(0.0);
        for us in &durations {
            entry.record(&Sample { elapsed_ms: Some(*us as f64 / 1_000.0), content_length: 1, at_seconds: 1.0 });
        }
        let found = entry.quantile_ms(q).unwrap();
        let exact = exact_quantile(&durations, q) as f64 / 1_000.0;
        prop_assert!(is_within_half_a_percent(found, exact), "{found} for {exact}");
    }

    #[test]
    fn quantiles_never_fall(durations in durations(), one in 0.0..=1.0_f64, two in 0.0..=1.0_f64) {
        let histogram = histogram_of(&durations);
        prop_assert!(histogram.quantile(one.min(two)) <= histogram.quantile(one.max(two)));
    }

    #[test]
    fn merging_is_recording_all(one in durations(), two in durations(), three in durations()) {
        let [first, second, third] = [&one, &two, &three].map(|durations| histogram_of(durations));
        let all = histogram_of(&[one, two, three].concat());

        let mut from_the_left = first.clone();
        from_the_left.merge(&second);
        from_the_left.merge(&third);
        let mut from_the_right = third;
        from_the_right.merge(&second);
        from_the_right.merge(&first);

        prop_assert_eq!(&from_the_left, &all);
        prop_assert_eq!(&from_the_right, &all);
    }

    #[test]
    fn a_difference_is_what_came_since(before in durations(), since in durations()) {
        let earlier = histogram_of(&before);
        let latest = histogram_of(&[before, since.clone()].concat());
        prop_assert_eq!(latest.difference(&earlier), histogram_of(&since));
    }

    #[test]
    fn ranges_add_up(durations in durations(), border in 0..MAX_US) {
        let histogram = histogram_of(&durations);
        let sum = histogram.count_between(0, border) + histogram.count_between(border + 1, MAX_US);
        prop_assert_eq!(sum, histogram.len());
    }

    #[test]
    fn bytes_come_back_as_what_they_were(durations in durations(), n in 1..u64::MAX / 300) {
        let mut histogram = Histogram::new();
        for us in durations {
            histogram.record_n(us.saturating_mul(2), n);
        }
        let bytes = histogram.encode();
        prop_assert_eq!(Histogram::decode(&bytes), Ok(histogram));
    }

    #[test]
    fn random_bytes_are_refused_or_have_one_form(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(histogram) = Histogram::decode(&bytes) {
            prop_assert_eq!(histogram.encode(), bytes);
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_have_one_form(durations in durations(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = histogram_of(&durations).encode();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(histogram) = Histogram::decode(&bytes) {
            prop_assert_eq!(histogram.encode(), bytes);
        }
    }
}
