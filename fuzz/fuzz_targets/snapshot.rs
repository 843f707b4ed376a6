//! Invariant: bytes are refused, or are the one form of a snapshot; neither takes more memory than was allowed.
#![no_main]

use locust_stats::Snapshot;

const LIMIT_BYTES: usize = 1 << 24;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(snapshot) = Snapshot::decode(input, LIMIT_BYTES) {
        assert_eq!(snapshot.encode(), input);
    }
});
