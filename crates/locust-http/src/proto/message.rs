//! A response as received: one piece of memory, read where it lies.

use super::head::{self, Facts};

/// The head of a response as sent, then its body without transfer framing.
///
/// ```
/// use locust_http::proto::h1::{Limits, ResponseReader};
///
/// let mut reader = ResponseReader::new(false, false, Limits::default());
/// reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")?;
/// let message = reader.into_message();
/// assert_eq!((message.status(), message.body()), (200, &b"hi"[..]));
/// # Ok::<(), locust_http::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    bytes: Vec<u8>,
    head_len: u32,
    status: u16,
    version: u8,
    flags: u8,
}

impl Message {
    pub(super) fn new(bytes: Vec<u8>, facts: &Facts) -> Self {
        // A head is never longer than its limit, and that is far below 4 GiB.
        Self {
            bytes,
            head_len: facts.len as u32,
            status: facts.status,
            version: facts.version,
            flags: facts.flags,
        }
    }

    /// Status code, 100 to 999 (0 in an empty message).
    pub fn status(&self) -> u16 {
        self.status
    }

    /// 10 or 11 (0 in an empty message).
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Reason phrase as sent, often empty.
    pub fn reason(&self) -> &[u8] {
        // "HTTP/1.1 200" is twelve bytes, always.
        first_line(self.head()).get(12..).unwrap_or_default().trim_ascii()
    }

    /// The head as sent, status line and closing empty line included; folded lines are unfolded.
    pub fn head(&self) -> &[u8] {
        &self.bytes[..self.head_len as usize]
    }

    /// The body without its transfer framing, still encoded as `Content-Encoding` says.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.head_len as usize..]
    }

    /// Names and values as sent, in order. Whitespace around a value is not part of it.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let head = self.head();
        let fields = memchr::memchr(b'\n', head).map_or(&[][..], |end| &head[end + 1..]);
        Fields { rest: fields }
    }

    /// Value of the first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers().find(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// Values of all headers of that name, in order.
    pub fn header_all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let matching = move |(found, _): &(&[u8], &[u8])| found.eq_ignore_ascii_case(name.as_bytes());
        self.headers().filter(matching).map(|(_, value)| value)
    }

    /// What `Content-Length` says, which for HEAD and 304 is not the length of this body.
    pub fn content_length(&self) -> Option<u64> {
        let value = self.header("content-length")?;
        head::parse_length(value.split(|&byte| byte == b',').next()?.trim_ascii())
    }

    /// Whether a `Set-Cookie` came along. Costs nothing, as the next two.
    pub fn has_set_cookie(&self) -> bool {
        self.flags & head::SET_COOKIE != 0
    }

    /// Whether a `Location` came along.
    pub fn has_location(&self) -> bool {
        self.flags & head::LOCATION != 0
    }

    /// Whether a `Content-Encoding` came along.
    pub fn has_content_encoding(&self) -> bool {
        self.flags & head::CONTENT_ENCODING != 0
    }
}

fn first_line(head: &[u8]) -> &[u8] {
    memchr::memchr(b'\n', head).map_or(head, |end| &head[..end])
}

/// Walks the lines of a head that `httparse` has accepted; much cheaper than parsing it again.
struct Fields<'head> {
    rest: &'head [u8],
}

impl<'head> Iterator for Fields<'head> {
    type Item = (&'head [u8], &'head [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let end = memchr::memchr(b'\n', self.rest)?;
        let (line, rest) = (&self.rest[..end], &self.rest[end + 1..]);
        // The empty line at the end has no colon.
        let colon = memchr::memchr(b':', line)?;
        self.rest = rest;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    }
}
