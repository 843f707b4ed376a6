//! Invariant: any bytes decode or are refused, the same in pieces of any size, and never to more than the limit.
#![no_main]

#[path = "../invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::content(input));
