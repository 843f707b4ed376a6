//! What counting one request costs: `cargo bench -p locust-stats`.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::hint::black_box;
use std::time::Instant;

use locust_stats::{Recorder, Sample};

const ROUNDS: u64 = 5_000_000;

fn main() {
    for name_count in [1, 20, 1_000, 10_000] {
        let names: Vec<String> = (0..name_count).map(|number| format!("/api/v1/items/{number}")).collect();
        let mut recorder = Recorder::new(0.0);
        let began = Instant::now();
        for round in 0..ROUNDS {
            let elapsed_ms = 1.0 + (round.wrapping_mul(2_654_435_761) % 20_000) as f64 / 1_000.0;
            let at_seconds = round as f64 / 50_000.0;
            let sample = Sample { elapsed_ms: Some(elapsed_ms), content_length: 100, at_seconds };
            recorder.record(black_box("GET"), black_box(&names[round as usize % name_count]), &sample);
        }
        let cost_ns = began.elapsed().as_nanos() as f64 / ROUNDS as f64;
        println!("{name_count:>6} names: {cost_ns:.1} ns a request");
    }
}
