//! Which targets are sent as they are: checked against what `requests` 2.32 made of each (`Request("GET", url).prepare().url`).

#![allow(clippy::unwrap_used, clippy::panic)]

use locust_http::proto::target::{AbsoluteUrl, is_fast_target, split_absolute};
use proptest::prelude::*;

#[test]
fn a_target_that_requests_leaves_alone_is_fast() {
    for target in [
        "/",
        "/a",
        "/a/b.html",
        "/a//b",
        "/a/.b",
        "/a/..b",
        "/...",
        "/a;b",
        "/a:b",
        "/:80/x",
        "/@x",
        "/a&b",
        "/!$&'()*+,=~",
        "/a?b=c&d=e",
        "/a?b?c",
        "/a??",
        "/a?=",
        "/?a?",
        "/a?b=",
        "/a?b=/../c",
        "/a?b=./c",
        "/%2F",
        "/%C3%A9",
        "/?a=%2F%20%25",
        "/a?x=//",
    ] {
        assert!(is_fast_target(target), "{target}");
    }
}

#[test]
fn a_target_that_requests_would_change_is_not_fast() {
    for target in [
        "",
        "a",
        "?a",
        "*",
        "http://h/",
        "//x",
        "/?",
        "/a?",
        "/a/./b",
        "/a/../b",
        "/a/..",
        "/a/.",
        "/.",
        "/..",
        "/./",
        "/a/..?b",
        "/.?b",
        "/%2f",
        "/%41",
        "/%7E",
        "/%2D",
        "/%5F",
        "/%zz",
        "/%",
        "/a%",
        "/a%2",
        "/a%2?",
        "/?a=%2f",
        "/?%41=1",
        "/%2E%2E/x",
        "/a#b",
        "/#",
        "/a?b#c",
        "/a b",
        "/a\tb",
        "/a\nb",
        "/a\r\nb",
        "/a\0b",
        "/a\u{7f}",
        "/é",
        "/a?é",
        "/\u{2028}",
    ] {
        assert!(!is_fast_target(target), "{target:?}");
    }
    for odd in "\"%<>[\\]^`{|}#".chars() {
        assert!(!is_fast_target(&format!("/a{odd}b")) && !is_fast_target(&format!("/a?b{odd}c")), "{odd}");
    }
}

#[test]
fn an_absolute_url_splits() {
    let split = |url| split_absolute(url).unwrap();
    let http = AbsoluteUrl { is_https: false, host: "h", port: 80, authority: "h", target: "/" };

    assert_eq!(split("http://h"), http);
    assert_eq!(split("http://h/"), http);
    assert_eq!(split("http://h:80/"), http);
    assert_eq!(
        split("http://h:443/a?b=c#d"),
        AbsoluteUrl { port: 443, authority: "h:443", target: "/a?b=c#d", ..http }
    );
    assert_eq!(split("https://h:443"), AbsoluteUrl { is_https: true, port: 443, ..http });
    assert_eq!(
        split("https://a_b.c-d.test.:8443/x:y@z"),
        AbsoluteUrl {
            is_https: true,
            host: "a_b.c-d.test.",
            port: 8443,
            authority: "a_b.c-d.test.:8443",
            target: "/x:y@z",
        }
    );
    assert_eq!(
        split("http://127.0.0.1:65535/"),
        AbsoluteUrl { host: "127.0.0.1", port: 65535, authority: "127.0.0.1:65535", ..http }
    );
    assert_eq!(split("http://[::1]/"), AbsoluteUrl { host: "::1", authority: "[::1]", ..http });
    assert_eq!(
        split("http://[fe80::1]:80/"),
        AbsoluteUrl { host: "fe80::1", authority: "[fe80::1]", ..http }
    );
    assert_eq!(
        split("http://[::1]:8080"),
        AbsoluteUrl { host: "::1", port: 8080, authority: "[::1]:8080", ..http }
    );
}

#[test]
fn anything_unusual_is_left_to_others() {
    for url in [
        "",
        "/",
        "h/a",
        "//h/a",
        "ftp://h/",
        "ws://h/",
        "HTTP://h/",
        "http:/h",
        "http:h",
        "http://",
        "http:///a",
        "https://:80/",
        "http://u@h/",
        "http://u:p@h/",
        "http://h:/",
        "http://h:0/",
        "http://h:080/",
        "http://h:+80/",
        "http://h:65536/",
        "http://h:8 0/",
        "http://h:80:80/",
        "http://h:x/",
        "http://H/",
        "http://h?x=1",
        "http://h#x",
        "http://.h/",
        "http://-h/",
        "http://_h/",
        "http://h%41/",
        "http://h\\x/",
        "http://h x/",
        "http://é/",
        "http://a~b/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[::1]:/",
        "http://[::FFFF]/",
        "http://[::1%25eth0]/",
        "http://[v1.a]/",
        "http://[]/",
        "http://[h]/",
        "http://::1/",
        "http://h\n/",
        "http://h\0/",
    ] {
        assert_eq!(split_absolute(url), None, "{url:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5000) })]

    #[test]
    fn a_fast_target_cannot_break_a_request_line(target in "/?[ -~é\r\n%/.?#]{0,12}|.*") {
        if is_fast_target(&target) {
            prop_assert!(target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    #[test]
    fn the_parts_of_a_url_make_it_again(url in "https?://[a-z0-9.:\\[\\]@_-]{1,16}(/[ -~]{0,8})?|.*") {
        if let Some(parts) = split_absolute(&url) {
            let scheme = if parts.is_https { "https" } else { "http" };
            let own_port = if parts.is_https { 443 } else { 80 };
            let short = format!("{scheme}://{}{}", parts.authority, parts.target);
            let long = format!("{scheme}://{}:{own_port}{}", parts.authority, parts.target);
            let found = if url.ends_with(parts.target) { url.clone() } else { format!("{url}/") };
            prop_assert!(found == short || (found == long && parts.port == own_port));
            prop_assert!(!parts.host.is_empty() && parts.port != 0 && parts.target.starts_with('/'));
        }
    }
}
