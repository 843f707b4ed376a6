//! Content codings: what real encoders wrote, in pieces of any size, and what nobody should have written.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use locust_http::Error;
use locust_http::content::{Decoder, decode, decoded_len};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

const LIMIT_BYTES: u64 = 10 * 1024 * 1024;

/// Three lines, as brotli 1.1 and zstd 1.5 (level 19, with checksum) packed them.
const PLAIN: &[u8] =
    b"hello hello hello hello, compressed world\nhello hello hello hello, compressed world\n\
hello hello hello hello, compressed world\n";
const BROTLI: &str =
    "1b7d00e81c09364ed437269ed5185a83b0b1b46d8532b637b00107e881669cf0e6e7e900bc5babf15725305a5b0a";
const ZSTD: &str =
    "28b52ffd247e150100c868656c6c6f202c20636f6d7072657373656420776f726c640a0200a3a929642e70d45f9437";
/// 300,000 zeros from a pipe: runs, a window, no length, a checksum.
const ZSTD_ZEROS: &str = "28b52ffd04585400001000000100fbff39c00202001000039f04002d28de26";

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn bare_deflate(body: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zstd(body: &[u8]) -> Vec<u8> {
    compress_to_vec(body, CompressionLevel::Fastest)
}

/// Each coding with a body that decodes to `PLAIN`.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("gzip", gzip(PLAIN)),
        ("X-GZip", gzip(PLAIN)),
        ("deflate", zlib(PLAIN)),
        ("deflate", bare_deflate(PLAIN)),
        ("br", unhex(BROTLI)),
        ("zstd", unhex(ZSTD)),
        ("zstd", zstd(PLAIN)),
        ("identity", PLAIN.to_vec()),
        ("", PLAIN.to_vec()),
        ("utf-8", PLAIN.to_vec()),
        ("gzip, none", PLAIN.to_vec()),
        (" deflate ,identity, gzip", gzip(&zlib(PLAIN))),
        ("br, zstd, gzip", gzip(&zstd(&unhex(BROTLI)))),
    ]
}

fn decode_pieces<'a>(
    encoding: &[u8],
    pieces: impl IntoIterator<Item = &'a [u8]>,
    limit_bytes: u64,
) -> Result<Vec<u8>, Error> {
    let mut decoder = Decoder::new(encoding, limit_bytes)?;
    let mut output = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut output)?;
    }
    decoder.finish()?;
    Ok(output)
}

fn failure(encoding: &str, raw: &[u8], limit_bytes: u64) -> String {
    match decode(encoding.as_bytes(), raw, limit_bytes) {
        Err(Error::Decode(text)) => text.into(),
        other => panic!("{encoding}: {other:?}"),
    }
}

#[test]
fn every_coding_is_undone_whole_and_in_pieces() {
    for (encoding, raw) in samples() {
        assert_eq!(decode(encoding.as_bytes(), &raw, LIMIT_BYTES).unwrap(), PLAIN, "{encoding}");
        assert_eq!(
            decoded_len(encoding.as_bytes(), &raw, LIMIT_BYTES).unwrap(),
            PLAIN.len() as u64,
            "{encoding}"
        );
        for size in [1, 2, 3, 5, 17] {
            let output = decode_pieces(encoding.as_bytes(), raw.chunks(size), LIMIT_BYTES).unwrap();
            assert_eq!(output, PLAIN, "{encoding} in pieces of {size}");
        }
    }
}

#[test]
fn an_empty_body_stays_empty() {
    for encoding in ["gzip", "deflate", "br", "zstd", "gzip, br", "identity"] {
        assert_eq!(decode(encoding.as_bytes(), b"", 0).unwrap(), b"");
        assert_eq!(decoded_len(encoding.as_bytes(), b"", 0).unwrap(), 0);
    }
    for (encoding, raw) in
        [("gzip", gzip(b"")), ("deflate", zlib(b"")), ("deflate", bare_deflate(b"")), ("zstd", zstd(b""))]
    {
        assert_eq!(decode(encoding.as_bytes(), &raw, 0).unwrap(), b"", "{encoding}");
    }
}

#[test]
fn gzip_members_follow_each_other_and_garbage_behind_them_is_ignored() {
    let two = [gzip(b"one "), gzip(b"two")].concat();
    for (raw, body) in [
        (two.clone(), &b"one two"[..]),
        ([two.clone(), vec![0; 100]].concat(), b"one two"),
        ([two.clone(), b"garbage".to_vec()].concat(), b"one two"),
        ([two, vec![0x1f]].concat(), b"one two"),
        ([gzip(b"one"), vec![0x1f, 0x1f, 0x8b]].concat(), b"one"),
    ] {
        assert_eq!(decode(b"gzip", &raw, LIMIT_BYTES).unwrap(), body);
        assert_eq!(decode_pieces(b"gzip", raw.chunks(1), LIMIT_BYTES).unwrap(), body);
        assert_eq!(decoded_len(b"gzip", &raw, LIMIT_BYTES).unwrap(), body.len() as u64);
    }
    let broken_second = [gzip(b"one"), gzip(b"two")[..12].to_vec()].concat();
    assert_eq!(failure("gzip", &broken_second, LIMIT_BYTES), "gzip body is truncated");
}

#[test]
fn zstd_frames_follow_each_other_and_skippable_ones_are_skipped() {
    let skippable = [&b"\x57\x2a\x4d\x18\x05\x00\x00\x00"[..], b"12345"].concat();
    let empty_skippable = b"\x50\x2a\x4d\x18\x00\x00\x00\x00".to_vec();
    let raw = [zstd(b"one "), skippable, zstd(b"two"), empty_skippable].concat();
    assert_eq!(decode(b"zstd", &raw, LIMIT_BYTES).unwrap(), b"one two");
    assert_eq!(decode_pieces(b"zstd", raw.chunks(1), LIMIT_BYTES).unwrap(), b"one two");

    let zeros = unhex(ZSTD_ZEROS);
    assert_eq!(decode(b"zstd", &zeros, LIMIT_BYTES).unwrap(), vec![0; 300_000]);
    assert_eq!(decode_pieces(b"zstd", zeros.chunks(1), LIMIT_BYTES).unwrap(), vec![0; 300_000]);
}

#[test]
fn a_body_that_ends_too_early_is_truncated_wherever_it_ends() {
    for (encoding, raw) in samples() {
        if Decoder::new(encoding.as_bytes(), 0).unwrap().is_identity() {
            continue;
        }
        for end in 1..raw.len() {
            let text = failure(encoding, &raw[..end], LIMIT_BYTES);
            assert!(text.ends_with(" body is truncated"), "{encoding} at {end}: {text}");
        }
    }
}

#[test]
fn a_body_that_is_not_what_it_says_is_refused() {
    let mut wrong_sum = gzip(PLAIN);
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 1;
    let mut wrong_length = gzip(PLAIN);
    *wrong_length.last_mut().unwrap() ^= 1;
    let mut wrong_adler = zlib(PLAIN);
    *wrong_adler.last_mut().unwrap() ^= 1;
    let mut wrong_zstd_sum = unhex(ZSTD);
    *wrong_zstd_sum.last_mut().unwrap() ^= 1;
    for (encoding, raw, text) in [
        ("gzip", b"<html>not gzip</html>".to_vec(), "invalid gzip body: incorrect header check"),
        ("gzip", wrong_sum, "invalid gzip body: incorrect data check"),
        ("gzip", wrong_length, "invalid gzip body: incorrect length check"),
        ("deflate", wrong_adler, "invalid deflate body: incorrect data check"),
        ("deflate", b"\x78\xbb\0\0\0\0".to_vec(), "invalid deflate body: it needs a dictionary"),
        ("zstd", wrong_zstd_sum, "invalid zstd body: wrong checksum"),
        // A window of 128 MiB; a block of 2 MiB.
        (
            "zstd",
            unhex("28b52ffd0088ecae03"),
            "invalid zstd body: a window of 134217728 bytes, of 8388608 allowed",
        ),
        ("zstd", unhex("28b52ffd0050ffffff"), "invalid zstd body: block of 2097151 bytes"),
    ] {
        assert_eq!(failure(encoding, &raw, LIMIT_BYTES), text);
    }
    for encoding in ["deflate", "br", "zstd"] {
        let raw = b"<html>not packed at all</html>";
        let text = failure(encoding, raw, LIMIT_BYTES);
        assert!(text.starts_with(&format!("invalid {encoding} body: ")), "{text}");
    }
    assert_eq!(failure("gzip,gzip,gzip,gzip,gzip,gzip", b"", LIMIT_BYTES), "more than 5 content codings");
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let zeros = vec![0; 5_000_000];
    // 300,000 zeros in 30 bytes, a hundred times.
    let zstd_bomb = unhex(ZSTD_ZEROS).repeat(100);
    let bombs = [
        ("gzip", gzip(&zeros)),
        ("deflate", zlib(&zeros)),
        ("deflate", bare_deflate(&zeros)),
        ("zstd", zstd_bomb),
        ("gzip, gzip", gzip(&gzip(&zeros))),
        // Small in the end, huge in between.
        ("gzip, gzip", gzip(&[gzip(b"small"), zeros.clone()].concat())),
    ];
    for (encoding, raw) in bombs {
        let mut decoder = Decoder::new(encoding.as_bytes(), 100_000).unwrap();
        let mut output = Vec::new();
        let error = decoder.push(&raw, &mut output).unwrap_err();
        assert_eq!(error.to_string(), "decoded body is longer than 100000 bytes", "{encoding}");
        assert!(output.capacity() < 1_000_000, "{encoding}: {}", output.capacity());
        assert!(decoded_len(encoding.as_bytes(), &raw, 100_000).is_err(), "{encoding}");
    }
}

#[test]
fn a_body_as_long_as_the_limit_is_no_bomb() {
    for (encoding, raw) in samples() {
        let limit_bytes = PLAIN.len() as u64;
        let is_chain = encoding.contains(',');
        assert_eq!(decode(encoding.as_bytes(), &raw, limit_bytes).unwrap(), PLAIN, "{encoding}");
        if !is_chain && !Decoder::new(encoding.as_bytes(), 0).unwrap().is_identity() {
            assert!(
                failure(encoding, &raw, limit_bytes - 1).starts_with("decoded body is longer"),
                "{encoding}"
            );
        }
    }
}

#[test]
fn a_length_that_cannot_be_true_is_not_believed() {
    let mut lying = gzip(PLAIN);
    let at = lying.len() - 4;
    lying[at..].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(decoded_len(b"gzip", &lying, u64::MAX).is_err(), "it is decoded, and found invalid");

    let uncompressible: Vec<u8> =
        (0..200_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert_eq!(decoded_len(b"gzip", &gzip(&uncompressible), LIMIT_BYTES).unwrap(), 200_000);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn what_was_packed_comes_out_in_pieces_of_any_size(
        words in proptest::collection::vec("[a-z]{1,8} {0,3}", 0..400),
        tail in proptest::collection::vec(any::<u8>(), 0..3000),
        size in 1..4000_usize,
    ) {
        let body = [words.concat().into_bytes(), tail].concat();
        for (encoding, raw) in [
            ("gzip", gzip(&body)),
            ("deflate", zlib(&body)),
            ("deflate", bare_deflate(&body)),
            ("zstd", zstd(&body)),
            ("zstd, deflate", zlib(&zstd(&body))),
        ] {
            prop_assert_eq!(&decode(encoding.as_bytes(), &raw, LIMIT_BYTES).unwrap(), &body);
            prop_assert_eq!(&decode_pieces(encoding.as_bytes(), raw.chunks(size), LIMIT_BYTES).unwrap(), &body);
            prop_assert_eq!(decoded_len(encoding.as_bytes(), &raw, LIMIT_BYTES).unwrap(), body.len() as u64);
        }
    }
}
