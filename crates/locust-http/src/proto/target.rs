//! Which URLs can be sent as they are, and how an absolute one splits.
//!
//! Both answers are careful: a "no" costs the caller the general road through `requests`, a wrong "yes" sends another URL
//! than `requests` would have sent.

/// Characters that `requests` (2.32, over urllib3 2) leaves alone both in a path and in a query: RFC 3986 unreserved,
/// sub-delims, and `: @ / ?`. It quotes square brackets, although they are reserved.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?";
    let mut at = 0;
    while at < plain.len() {
        table[plain[at] as usize] = true;
        at += 1;
    }
    table
};

/// Whether `requests` would send this path and query unchanged: nothing to quote, no escape of a character that needs none,
/// no lower-case escape, no fragment, no `.` or `..` segment, no empty query, no `//` in front.
///
/// ```
/// use locust_http::proto::target::is_fast_target;
///
/// assert!(is_fast_target("/items?q=a%20b"));
/// assert!(!is_fast_target("/items?q=a b"));
/// ```
pub fn is_fast_target(target: &str) -> bool {
    let bytes = target.as_bytes();
    if bytes.first() != Some(&b'/') || bytes.get(1) == Some(&b'/') {
        return false;
    }
    let mut rest = bytes;
    while let Some(odd) = rest.iter().position(|&byte| !PLAIN[byte as usize]) {
        if !is_settled_escape(&rest[odd..]) {
            return false;
        }
        rest = &rest[odd + 3..];
    }
    let path = match memchr::memchr(b'?', bytes) {
        Some(mark) if mark + 1 == bytes.len() => return false,
        Some(mark) => &bytes[..mark],
        None => bytes,
    };
    !has_dot_segment(path)
}

/// `%XX` in upper case, of a byte that has to be escaped.
fn is_settled_escape(text: &[u8]) -> bool {
    let &[b'%', high, low, ..] = text else { return false };
    let (Some(high), Some(low)) = (upper_hex(high), upper_hex(low)) else { return false };
    let escaped = high << 4 | low;
    !(escaped.is_ascii_alphanumeric() || matches!(escaped, b'-' | b'.' | b'_' | b'~'))
}

fn upper_hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn has_dot_segment(path: &[u8]) -> bool {
    memchr::memmem::find_iter(path, b"/.").any(|at| {
        let behind = &path[at + 2..];
        matches!(behind, [] | [b'/', ..] | [b'.'] | [b'.', b'/', ..])
    })
}

/// Parts of an absolute URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbsoluteUrl<'url> {
    /// https rather than http.
    pub is_https: bool,
    /// Host; an IPv6 address without its brackets.
    pub host: &'url str,
    /// Port, the scheme's own if the URL names none.
    pub port: u16,
    /// What belongs into `Host`: the host as in the URL, and the port unless it is the scheme's own.
    pub authority: &'url str,
    /// Path and query as in the URL, `/` when there is neither.
    pub target: &'url str,
}

/// Splits `http://host[:port][/path][?query]`.
///
/// `None` for everything out of the ordinary: other schemes, user names, upper-case schemes and hosts, escapes in the
/// host, empty or odd ports, zone ids, a query or fragment directly behind the host. The target is not looked into: see
/// [`is_fast_target`].
///
/// ```
/// use locust_http::proto::target::split_absolute;
///
/// let url = split_absolute("http://shop.test:8080/items?id=1").unwrap();
/// assert_eq!((url.host, url.port, url.authority), ("shop.test", 8080, "shop.test:8080"));
/// assert_eq!(url.target, "/items?id=1");
/// ```
pub fn split_absolute(url: &str) -> Option<AbsoluteUrl<'_>> {
    let (is_https, rest) = match url.strip_prefix("https://") {
        Some(rest) => (true, rest),
        None => (false, url.strip_prefix("http://")?),
    };
    let own_port = if is_https { 443 } else { 80 };
    let authority_len =
        rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(authority_len);
    let target = match target.as_bytes().first() {
        None => "/",
        Some(b'/') => target,
        Some(_) => return None,
    };
    let (host, port_text) = split_authority(authority)?;
    let port = match port_text {
        None => own_port,
        Some(text) => parse_port(text)?,
    };
    // Without the port, if that is the scheme's own.
    let port_len = port_text.filter(|_| port == own_port).map_or(0, |text| text.len() + 1);
    Some(AbsoluteUrl { is_https, host, port, authority: &authority[..authority.len() - port_len], target })
}

fn split_authority(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(inner) = authority.strip_prefix('[') {
        let (host, behind) = inner.split_once(']')?;
        let address = host.parse::<std::net::Ipv6Addr>().ok()?;
        // Upper case and long forms are sent in another way by others.
        let is_plain = !host.bytes().any(|byte| byte.is_ascii_uppercase()) && !address.is_unspecified();
        let port = if behind.is_empty() { None } else { Some(behind.strip_prefix(':')?) };
        return is_plain.then_some((host, port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
    let has_letter_or_digit_first = host.bytes().next()?.is_ascii_alphanumeric();
    (has_letter_or_digit_first && host.bytes().all(is_plain)).then_some((host, port))
}

fn parse_port(text: &str) -> Option<u16> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain)
}
