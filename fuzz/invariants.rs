//! What must hold for any input: shared by the fuzz targets and by `crates/locust-http/tests/proto_mutations.rs`.
#![allow(dead_code, reason = "each fuzz target uses one of these")]

use locust_http::Error;
use locust_http::content::{Decoder, decode, decoded_len};
use locust_http::proto::chunked::ChunkDecoder;
use locust_http::proto::h1::{Limits, Message, ResponseReader};
use locust_http::proto::target::{is_fast_target, split_absolute};

/// Content codings by the first byte of the input.
const ENCODINGS: [&str; 8] =
    ["gzip", "deflate", "br", "zstd", "gzip, br", "zstd, gzip", "deflate, zstd", "br, deflate"];

const DECODED_LIMIT_BYTES: u64 = 1024 * 1024;

/// Sizes of pieces by a byte of the input: small ones, mostly.
fn piece_bytes(byte: u8) -> usize {
    [1, 2, 3, 7, 16, 64, 500, 4000][usize::from(byte & 7)]
}

/// The first two bytes are options, the rest is what a server sent.
pub(crate) fn response(input: &[u8]) {
    let Some((&[options, size], sent)) = input.split_first_chunk() else { return };
    let (is_head, is_streamed) = (options & 1 != 0, options & 2 != 0);
    let limits = match options >> 2 & 3 {
        0 => Limits::default(),
        1 => Limits { head_bytes: 60, ..Limits::default() },
        2 => Limits { header_count: 2, ..Limits::default() },
        _ => Limits { body_bytes: 5, ..Limits::default() },
    };
    let whole = read([sent], is_head, is_streamed, limits);
    let pieces = read(sent.chunks(piece_bytes(size)), is_head, is_streamed, limits);
    assert_eq!(whole, pieces);
}

/// Head and body, whether the connection lives on, and the bytes behind the message; or the kind of failure.
type Read = Result<(Message, Vec<u8>, bool, usize), &'static str>;

fn read<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    is_head: bool,
    is_streamed: bool,
    limits: Limits,
) -> Read {
    let mut reader = ResponseReader::new(is_head, is_streamed, limits);
    let (mut sent, mut taken, mut streamed) = (0, 0, Vec::new());
    let feed = |reader: &mut ResponseReader| -> Result<(), Error> {
        for piece in pieces {
            let now = reader.feed(piece)?;
            assert!(now == piece.len() || (now < piece.len() && reader.is_complete()));
            sent += piece.len();
            taken += now;
            streamed.extend_from_slice(&reader.take_chunk());
        }
        reader.finish_eof()
    };
    feed(&mut reader).map_err(|error| error.slug())?;
    assert!(reader.is_complete());
    let keeps_alive = reader.keeps_alive();
    let message = reader.into_message();
    let body_bytes = message.body().len() + streamed.len();
    assert!(message.head().len() <= limits.head_bytes && body_bytes as u64 <= limits.body_bytes);
    assert!(message.head().len() + body_bytes <= taken, "nothing comes from nowhere");
    assert!((100..1000).contains(&message.status()) && matches!(message.version(), 10 | 11));
    assert!(message.headers().count() <= limits.header_count);
    for (name, value) in message.headers() {
        assert!(
            !name.is_empty()
                && !value.contains(&b'\n')
                && message.header_all(str(name)).any(|own| own == value)
        );
    }
    Ok((message, streamed, keeps_alive, sent - taken))
}

fn str(name: &[u8]) -> &str {
    std::str::from_utf8(name).unwrap_or_default()
}

/// The first byte is the size of the pieces, the rest a chunked body.
pub(crate) fn chunks(input: &[u8]) {
    let Some((&size, sent)) = input.split_first() else { return };
    let decode = |piece_bytes: usize| {
        let mut decoder = ChunkDecoder::new(1000, 200);
        let mut body = Vec::new();
        let mut taken = 0;
        for piece in sent.chunks(piece_bytes) {
            match decoder.decode(piece, &mut body) {
                Ok(now) => {
                    assert!(now == piece.len() || decoder.is_done());
                    taken += now;
                }
                Err(error) => return Err(error.slug()),
            }
        }
        assert!(body.len() <= taken && body.len() <= 1000);
        Ok((body, taken, decoder.is_done()))
    };
    assert_eq!(decode(sent.len().max(1)), decode(piece_bytes(size)));
}

/// The first two bytes choose the codings and the size of the pieces, the rest is a body.
pub(crate) fn content(input: &[u8]) {
    let Some((&[encoding, size], raw)) = input.split_first_chunk() else { return };
    let encoding = ENCODINGS[usize::from(encoding & 7)].as_bytes();
    let whole = decode(encoding, raw, DECODED_LIMIT_BYTES).ok();
    let pieces = || -> Result<Vec<u8>, Error> {
        let mut decoder = Decoder::new(encoding, DECODED_LIMIT_BYTES)?;
        let mut output = Vec::new();
        for piece in raw.chunks(piece_bytes(size)) {
            decoder.push(piece, &mut output)?;
        }
        decoder.finish()?;
        Ok(output)
    };
    assert_eq!(whole, pieces().ok());
    assert!(whole.is_none_or(|body| body.len() as u64 <= DECODED_LIMIT_BYTES));
    assert!(decoded_len(encoding, raw, DECODED_LIMIT_BYTES).map_or(true, |len| len <= DECODED_LIMIT_BYTES));
}

/// The input is a URL or a target.
pub(crate) fn target(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if is_fast_target(text) {
        assert!(text.starts_with('/') && !text.starts_with("//"));
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\"<>\\^`{|}[]".contains(&byte)));
    }
    if let Some(parts) = split_absolute(text) {
        let (scheme, own_port) = if parts.is_https { ("https", 443) } else { ("http", 80) };
        assert!(
            !parts.host.is_empty()
                && parts.port != 0
                && parts.target.starts_with('/')
                && !parts.authority.contains('@')
        );
        let written = format!("{scheme}://{}{}", parts.authority, parts.target);
        let with_port = format!("{scheme}://{}:{own_port}{}", parts.authority, parts.target);
        let without_target = |url: &str| parts.target == "/" && url.strip_suffix('/') == Some(text);
        let is_whole = text == written || without_target(&written);
        assert!(is_whole || (parts.port == own_port && (text == with_port || without_target(&with_port))));
    }
}
