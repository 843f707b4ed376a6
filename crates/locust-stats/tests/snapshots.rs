//! What holds for any snapshots: they add up in any order, and have one form as bytes.

#![allow(clippy::unwrap_used)]

use locust_stats::{Recorder, Sample, Snapshot};
use proptest::prelude::*;

const LIMIT_BYTES: usize = 1 << 24;

/// Something that happened to a recorder.
#[derive(Clone, Debug)]
struct Happening {
    name: u8,
    elapsed_us: Option<u32>,
    error: Option<u8>,
    second: u8,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let happening = (0..4_u8, prop::option::of(0..5_000_000_u32), prop::option::of(0..3_u8), 0..8_u8)
        .prop_map(|(name, elapsed_us, error, second)| Happening { name, elapsed_us, error, second });
    prop::collection::vec(happening, 0..60)
}

fn record(recorder: &mut Recorder, happenings: &[Happening]) {
    for happening in happenings {
        let name = format!("/{}", happening.name);
        let at_seconds = 1_700_000_000.0 + f64::from(happening.second);
        let elapsed_ms = happening.elapsed_us.map(|us| f64::from(us) / 1_000.0);
        recorder.record("GET", &name, &Sample { elapsed_ms, content_length: 10, at_seconds });
        if let Some(error) = happening.error {
            recorder.record_failure("GET", &name, &format!("error {error}"), at_seconds);
        }
    }
}

fn snapshot_of(happenings: &[Happening]) -> Snapshot {
    let mut recorder = Recorder::new(1_600_000_000.0);
    record(&mut recorder, happenings);
    recorder.snapshot()
}

fn merged(one: &Snapshot, two: &Snapshot) -> Snapshot {
    let mut both = one.clone();
    both.merge(two);
    both
}

/// Without what depends on who came last.
fn counts(snapshot: &Snapshot) -> Vec<(String, u64, u64, i64, u64, locust_stats::Histogram)> {
    let rows = snapshot.rows().iter().map(|(key, numbers)| (key.name.to_string(), &**numbers));
    rows.chain([(String::new(), snapshot.total())])
        .map(|(name, it)| {
            (name, it.requests, it.failures, it.total_us, it.content_length, it.histogram.clone())
        })
        .collect()
}

proptest! {
    #[test]
    fn bytes_come_back_as_what_they_were(happenings in happenings()) {
        let snapshot = snapshot_of(&happenings);
        prop_assert_eq!(Snapshot::decode(&snapshot.encode(), LIMIT_BYTES), Ok(snapshot));
    }

    #[test]
    fn merging_is_recording_all_in_any_order(one in happenings(), two in happenings(), three in happenings()) {
        let [first, second, third] = [&one, &two, &three].map(|them| snapshot_of(them));
        let all = snapshot_of(&[one, two, three].concat());

        let from_the_left = merged(&merged(&first, &second), &third);
        let from_the_right = merged(&third, &merged(&second, &first));

        prop_assert_eq!(&from_the_left, &from_the_right);
        prop_assert_eq!(counts(&from_the_left), counts(&all));
        prop_assert_eq!(&from_the_left.total().recent, &all.total().recent);
        prop_assert_eq!(&from_the_left.total().series, &all.total().series);
    }

    #[test]
    fn what_came_since_makes_the_later_one_again(before in happenings(), after in happenings()) {
        let mut recorder = Recorder::new(1_600_000_000.0);
        record(&mut recorder, &before);
        let earlier = recorder.snapshot();
        record(&mut recorder, &after);
        let later = recorder.snapshot();
        prop_assert_eq!(&recorder.snapshot_after(&earlier), &later);

        let since = later.since(&earlier);
        let again = merged(&earlier, &since);

        prop_assert_eq!(counts(&again), counts(&later));
        prop_assert_eq!(&again.total().series, &later.total().series);
        prop_assert_eq!(&again.total().recent, &later.total().recent);
        prop_assert_eq!(&again.total().min_ms, &later.total().min_ms);
        prop_assert_eq!(again.total().max_ms.to_bits(), later.total().max_ms.to_bits());
        prop_assert_eq!(
            again.errors().values().map(|it| it.occurrences).collect::<Vec<_>>(),
            later.errors().values().map(|it| it.occurrences).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_master_counts_what_its_workers_did(one in happenings(), two in happenings()) {
        let mut master = Recorder::new(1_700_000_000.0);
        for worker in [&one, &two] {
            let bytes = snapshot_of(worker).encode();
            master.merge_snapshot(&Snapshot::decode(&bytes, LIMIT_BYTES).unwrap());
        }
        prop_assert_eq!(counts(&master.snapshot()), counts(&merged(&snapshot_of(&one), &snapshot_of(&two))));
    }

    #[test]
    fn random_bytes_are_refused_or_have_one_form(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let bytes = [&[1], &bytes[..]].concat();
        if let Ok(snapshot) = Snapshot::decode(&bytes, LIMIT_BYTES) {
            prop_assert_eq!(snapshot.encode(), bytes);
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_have_one_form(
        happenings in happenings(), place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = snapshot_of(&happenings).encode();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        for bytes in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            if let Ok(snapshot) = Snapshot::decode(bytes, LIMIT_BYTES) {
                prop_assert_eq!(snapshot.encode(), bytes);
            }
        }
    }
}
