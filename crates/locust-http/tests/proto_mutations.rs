//! What the fuzz targets check, for a few seconds on a stable compiler: seeds, mutated at random but the same each time.
//!
//! `MUTATIONS=5000000 cargo test --release -p locust-http --test proto_mutations` goes on for longer.

#![allow(clippy::unwrap_used)]

#[path = "../../../fuzz/invariants.rs"]
mod invariants;

use std::path::Path;

/// xorshift64*: small, fast and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound.max(1)
    }
}

/// Bytes that mean something to one of the parsers.
const WORDS: [&[u8]; 24] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b"0\r\n\r\n",
    b"\0",
    b"\xff",
    b"chunked",
    b"Content-Length: ",
    b"Transfer-Encoding: ",
    b"Connection: close\r\n",
    b"18446744073709551616",
    b"ffffffffffffffff",
    b"HTTP/1.1 100 \r\n\r\n",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"\x78\x9c",
    b"%2F",
    b"/../",
];

fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut input = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(5) {
        let at = random.below(input.len() + 1);
        let end = at + random.below((input.len() - at).min(16) + 1);
        match random.below(7) {
            0 => input.truncate(at),
            1 => drop(input.drain(at..end)),
            2 => drop(input.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied())),
            3 => drop(input.splice(at..end, WORDS[random.below(WORDS.len())].iter().copied())),
            4 => drop(input.splice(at..at, input[at..end].to_vec())),
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                input.splice(at.., other[from..].iter().copied());
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    input
}

fn hold(name: &str, cases: u64, invariant: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty());
    for seed in &seeds {
        invariant(seed);
    }

    let cases = std::env::var("MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..cases {
        let input = mutate(&mut random, &seeds);
        let outcome = std::panic::catch_unwind(|| invariant(&input));
        assert!(outcome.is_ok(), "{name} fails for b\"{}\"", input.escape_ascii());
    }
}

#[test]
fn mutated_responses_are_read_the_same_in_pieces_or_refused() {
    hold("response", 100_000, invariants::response);
}

#[test]
fn mutated_chunks_are_read_the_same_in_pieces_or_refused() {
    hold("chunks", 60_000, invariants::chunks);
}

#[test]
fn mutated_bodies_are_decoded_within_the_limit_or_refused() {
    hold("content", 5_000, invariants::content);
}

#[test]
fn mutated_urls_split_into_parts_that_make_them_again() {
    hold("target", 60_000, invariants::target);
}
