//! Invariant: a fast target is a valid request target, and the parts of a URL make it again.
#![no_main]

#[path = "../invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::target(input));
