//! Invariant: any bytes are one message or one error, the same in pieces of any size, and cost no more memory than they are long.
#![no_main]

#[path = "../invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::response(input));
