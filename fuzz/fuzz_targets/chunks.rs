//! Invariant: any bytes are chunks or an error, the same in pieces of any size, and never more body than input.
#![no_main]

#[path = "../invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::chunks(input));
