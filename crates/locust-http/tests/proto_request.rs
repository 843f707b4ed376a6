//! Request heads: what is written, what replaces what, and what cannot be smuggled in.

#![allow(clippy::unwrap_used, clippy::panic)]

use locust_http::proto::chunked::{ChunkDecoder, LAST_CHUNK, write_chunk, write_chunk_prefix};
use locust_http::proto::request::{Fields, Framing, Head, Override, RequestError, write_connect};
use proptest::prelude::*;

fn defaults() -> Fields {
    let mut fields = Fields::default();
    fields.push(b"User-Agent", b"locust").unwrap();
    fields.push(b"Accept", b"*/*").unwrap();
    fields
}

fn write(
    method: &str,
    target: &[&[u8]],
    framing: Framing,
    defaults: &Fields,
    overrides: &[Override<'_>],
) -> Result<String, RequestError> {
    let mut out = b"before".to_vec();
    let head = Head { method: method.as_bytes(), target, host: b"shop.test:8080", framing, defaults };
    let outcome = head.write(&mut out, overrides);
    let text = String::from_utf8_lossy(&out).into_owned();
    let written = text.strip_prefix("before").unwrap().to_owned();
    assert!(outcome.is_ok() || written.is_empty(), "an error leaves the output as it was");
    outcome.map(|()| written)
}

fn get(overrides: &[Override<'_>]) -> String {
    write("GET", &[b"/"], Framing::Nothing, &defaults(), overrides).unwrap()
}

#[test]
fn a_head_has_host_then_defaults_then_the_rest() {
    let written = write(
        "POST",
        &[b"/api", b"/items?id=1"],
        Framing::Length(1234),
        &defaults(),
        &[(b"X-Id", Some(b"7"))],
    );

    assert_eq!(
        written.unwrap(),
        "POST /api/items?id=1 HTTP/1.1\r\nHost: shop.test:8080\r\nUser-Agent: locust\r\nAccept: */*\r\nX-Id: 7\r\nContent-Length: 1234\r\n\r\n"
    );
    let written = write("PUT", &[b"http://", b"shop.test", b"/x"], Framing::Chunked, &Fields::default(), &[]);
    assert_eq!(
        written.unwrap(),
        "PUT http://shop.test/x HTTP/1.1\r\nHost: shop.test:8080\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
}

#[test]
fn a_field_of_the_request_replaces_the_default_whatever_its_case() {
    assert_eq!(
        get(&[(b"ACCEPT", Some(b"text/html"))]),
        "GET / HTTP/1.1\r\nHost: shop.test:8080\r\nUser-Agent: locust\r\nACCEPT: text/html\r\n\r\n"
    );
    assert_eq!(
        get(&[(b"accept", None), (b"user-agent", None), (b"X-None", None)]),
        "GET / HTTP/1.1\r\nHost: shop.test:8080\r\n\r\n"
    );
    assert_eq!(
        get(&[(b"Cookie", Some(b"a=1")), (b"Cookie", Some(b"b=2")), (b"X", Some(b""))]),
        "GET / HTTP/1.1\r\nHost: shop.test:8080\r\nUser-Agent: locust\r\nAccept: */*\r\nCookie: a=1\r\nCookie: b=2\r\nX: \r\n\r\n"
    );
}

#[test]
fn a_host_of_ones_own_is_the_only_one() {
    assert_eq!(
        get(&[(b"host", Some(b"other.test"))]),
        "GET / HTTP/1.1\r\nUser-Agent: locust\r\nAccept: */*\r\nhost: other.test\r\n\r\n"
    );
    let mut with_host = Fields::default();
    with_host.push(b"HOST", b"default.test").unwrap();
    let of =
        |overrides: &[Override<'_>]| write("GET", &[b"/"], Framing::Nothing, &with_host, overrides).unwrap();
    assert_eq!(of(&[]), "GET / HTTP/1.1\r\nHOST: default.test\r\n\r\n");
    // HTTP/1.1 needs one: taken away, it is the URL's again.
    assert_eq!(of(&[(b"Host", None)]), "GET / HTTP/1.1\r\nHost: shop.test:8080\r\n\r\n");
    assert_eq!(get(&[(b"Host", None)]), get(&[]));
}

#[test]
fn a_framing_of_ones_own_is_the_only_one() {
    let of = |framing, overrides: &[Override<'_>]| {
        write("POST", &[b"/"], framing, &Fields::default(), overrides).unwrap()
    };
    let host = "POST / HTTP/1.1\r\nHost: shop.test:8080\r\n";

    assert_eq!(
        of(Framing::Length(5), &[(b"content-length", Some(b"7"))]),
        format!("{host}content-length: 7\r\n\r\n")
    );
    assert_eq!(
        of(Framing::Length(5), &[(b"Transfer-Encoding", Some(b"chunked"))]),
        format!("{host}Transfer-Encoding: chunked\r\n\r\n")
    );
    assert_eq!(
        of(Framing::Chunked, &[(b"Content-Length", Some(b"7"))]),
        format!("{host}Content-Length: 7\r\n\r\n")
    );
    assert_eq!(
        of(Framing::Length(u64::MAX), &[(b"Content-Length", None)]),
        format!("{host}Content-Length: 18446744073709551615\r\n\r\n")
    );
    assert_eq!(of(Framing::Length(0), &[]), format!("{host}Content-Length: 0\r\n\r\n"));
}

#[test]
fn what_would_not_be_one_request_is_refused() {
    let refuse = |method, target: &[u8], field: Override<'_>| {
        write(method, &[target], Framing::Nothing, &defaults(), &[field]).unwrap_err().to_string()
    };
    let fine = (&b"X"[..], Some(&b"y"[..]));
    for method in ["", "GE T", "GET\r\n", "GÉT", "GET:", "G\0T"] {
        assert!(refuse(method, b"/", fine).starts_with("invalid method"), "{method:?}");
    }
    for target in [&b""[..], b"/a b", b"/a\r\nX: y", b"/a\tb", b"/\xc3\xa9", b"/\0", b"/\x7f"] {
        assert!(refuse("GET", target, fine).starts_with("invalid request target"), "{target:?}");
    }
    for name in [&b""[..], b"X Y", b"X:", b":", b"X\r\nY", b"X\nY", b"X\0", b"X\t", b" X"] {
        assert!(refuse("GET", b"/", (name, Some(b"y"))).starts_with("invalid header name"), "{name:?}");
        assert!(refuse("GET", b"/", (name, None)).starts_with("invalid header name"), "{name:?}");
    }
    for value in [&b"a\r\nX-Admin: yes"[..], b"a\nb", b"a\rb", b"a\0b"] {
        let text = refuse("GET", b"/", (b"X-Id", Some(value)));
        assert_eq!(text, "invalid value of header \"X-Id\": it has a line break or NUL");
    }
    assert!(Fields::default().push(b"X", b"a\nb").is_err());
}

#[test]
fn a_field_refused_leaves_the_others_as_they_were() {
    let mut fields = defaults();
    assert!(fields.push(b"X", b"\n").is_err() && fields.push(b"X\n", b"").is_err());
    assert_eq!(fields, defaults());
    assert_eq!(fields.names().collect::<Vec<_>>(), [&b"User-Agent"[..], b"Accept"]);
    fields.clear();
    assert!(fields.is_empty() && fields == Fields::default());
}

#[test]
fn odd_bytes_that_break_nothing_are_sent() {
    assert!(
        get(&[(b"X(odd)@/", Some(b"caf\xc3\xa9 \x01\t\x7f"))]).contains("X(odd)@/: caf\u{e9} \x01\t\x7f\r\n")
    );
    assert!(
        write("M-SEARCH!~", &[b"*"], Framing::Nothing, &Fields::default(), &[])
            .unwrap()
            .starts_with("M-SEARCH!~ * HTTP/1.1\r\n")
    );
}

#[test]
fn a_tunnel_is_asked_for() {
    let mut out = Vec::new();
    write_connect(&mut out, "shop.test", 443, Some("Basic dTpw")).unwrap();
    assert_eq!(
        out,
        b"CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
    );

    out.clear();
    write_connect(&mut out, "::1", 8443, None).unwrap();
    assert_eq!(out, b"CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n");
    assert!(
        write_connect(&mut out, "a b", 1, None).is_err()
            && write_connect(&mut out, "a", 1, Some("\r\n")).is_err()
    );
}

#[test]
fn chunks_are_framed() {
    let mut out = Vec::new();
    write_chunk(&mut out, &[b'x'; 26]);
    write_chunk(&mut out, b"");
    write_chunk_prefix(&mut out, 0x00AB_CDEF);
    write_chunk_prefix(&mut out, 0);
    out.extend_from_slice(LAST_CHUNK);
    assert_eq!(out, b"1a\r\nxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nabcdef\r\n0\r\n\r\n");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn what_is_written_reads_as_the_same_request(
        method in "[A-Z]{1,8}|.*",
        target in "/[!-~]{0,20}|.*",
        fields in proptest::collection::vec(("[A-Za-z-]{1,10}|.*", "[ -~]{0,20}|(?s).*"), 0..6),
    ) {
        let overrides: Vec<Override<'_>> = fields.iter().map(|(name, value)| (name.as_bytes(), Some(value.as_bytes()))).collect();
        if let Ok(written) = write(&method, &[target.as_bytes()], Framing::Nothing, &Fields::default(), &overrides) {
            let lines: Vec<&str> = written.split("\r\n").collect();
            let has_host = fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
            prop_assert_eq!(lines.len(), 3 + fields.len() + usize::from(!has_host));
            prop_assert_eq!(lines[0], format!("{method} {target} HTTP/1.1"));
            prop_assert!(!written.contains('\0') && written.ends_with("\r\n\r\n"));
        }
    }

    #[test]
    fn chunks_written_are_read_again(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..100), 0..10),
        size in 1..50_usize,
    ) {
        let mut framed = Vec::new();
        for piece in &pieces {
            write_chunk(&mut framed, piece);
        }
        framed.extend_from_slice(LAST_CHUNK);

        let mut decoder = ChunkDecoder::new(u64::MAX, 0x1000);
        let mut body = Vec::new();
        for piece in framed.chunks(size) {
            prop_assert_eq!(decoder.decode(piece, &mut body).unwrap(), piece.len());
        }

        prop_assert!(decoder.is_done());
        prop_assert_eq!(body, pieces.concat());
    }
}
