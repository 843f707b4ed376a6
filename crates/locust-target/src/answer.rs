//! What the target answers with, and its bytes.

use std::borrow::Cow;
use std::io::Write;
use std::time::Duration;

/// The 100 bytes of `/`.
pub(crate) const HUNDRED_BYTES: &[u8; 100] =
    b"Hello from the target. These are exactly one hundred bytes of plain text, and now nothing is left.\r\n";
/// What streamed bodies are made of.
pub(crate) const PATTERN: [u8; 1_000] = [b'.'; 1_000];
/// Pieces of a body that is dripped.
pub(crate) const DRIP_PIECES: u32 = 10;

/// One answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Cow<'static, str>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    /// To be sent only after this time.
    pub(crate) after: Duration,
    /// Close the connection afterwards.
    pub(crate) is_last: bool,
}

/// The body of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Static(&'static [u8]),
    Owned(Vec<u8>),
    /// So many bytes.
    Pattern(u64),
    /// So many chunks of [`PATTERN`].
    Chunks(u64),
    /// [`HUNDRED_BYTES`] in [`DRIP_PIECES`] pieces, one each so often.
    Drip(Duration),
}

/// The part of a body that is made while it is sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Empty,
    Pattern(u64),
    Chunks(u64),
    Drip { left: u32, every: Duration },
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &'static str, body: Body) -> Self {
        Self {
            status,
            content_type: Cow::Borrowed(content_type),
            headers: Vec::new(),
            body,
            after: Duration::ZERO,
            is_last: false,
        }
    }

    pub(crate) fn text(status: u16, text: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", Body::Owned(text.into()))
    }

    pub(crate) fn json(text: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", Body::Owned(text.into()))
    }

    pub(crate) fn hundred_bytes() -> Self {
        Self::new(200, "text/plain; charset=utf-8", Body::Static(HUNDRED_BYTES))
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Appends the head, and the body as far as it exists already; gives the rest of it.
    pub(crate) fn write(self, is_head: bool, is_last: bool, out: &mut Vec<u8>) -> Source {
        // Writing to a Vec can't fail.
        let _ = write!(out, "HTTP/1.1 {} {}\r\nServer: target\r\n", self.status, reason(self.status));
        let has_body = !matches!(self.status, 204 | 304);
        if has_body {
            let _ = match self.body.len() {
                Some(length) => {
                    write!(out, "Content-Type: {}\r\nContent-Length: {length}\r\n", self.content_type)
                }
                None => write!(out, "Content-Type: {}\r\nTransfer-Encoding: chunked\r\n", self.content_type),
            };
        }
        for (name, value) in &self.headers {
            let _ = write!(out, "{name}: {value}\r\n");
        }
        if is_last {
            out.extend_from_slice(b"Connection: close\r\n");
        }
        out.extend_from_slice(b"\r\n");
        if is_head || !has_body {
            return Source::Empty;
        }
        match self.body {
            Body::Static(bytes) => out.extend_from_slice(bytes),
            Body::Owned(bytes) => out.extend_from_slice(&bytes),
            Body::Pattern(left) => return Source::Pattern(left),
            Body::Chunks(left) => return Source::Chunks(left),
            Body::Drip(every) => return Source::Drip { left: DRIP_PIECES, every },
        }
        Source::Empty
    }
}

impl Body {
    fn len(&self) -> Option<u64> {
        match self {
            Self::Static(bytes) => Some(bytes.len() as u64),
            Self::Owned(bytes) => Some(bytes.len() as u64),
            Self::Pattern(length) => Some(*length),
            Self::Chunks(_) => None,
            Self::Drip(_) => Some(HUNDRED_BYTES.len() as u64),
        }
    }
}

impl Source {
    /// Appends the next part, about `size_bytes` at most; false when a drip has to fall first.
    pub(crate) fn fill(&mut self, size_bytes: usize, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Empty => {}
            Self::Pattern(left) => {
                let mut room = usize::try_from(*left).map_or(size_bytes, |left| left.min(size_bytes));
                *left -= room as u64;
                while room > 0 {
                    let piece = room.min(PATTERN.len());
                    out.extend_from_slice(&PATTERN[..piece]);
                    room -= piece;
                }
                if *left == 0 {
                    *self = Self::Empty;
                }
            }
            Self::Chunks(left) => {
                let end = out.len() + size_bytes;
                while *left > 0 && out.len() < end {
                    out.extend_from_slice(b"3e8\r\n");
                    out.extend_from_slice(&PATTERN);
                    out.extend_from_slice(b"\r\n");
                    *left -= 1;
                }
                if *left == 0 {
                    out.extend_from_slice(b"0\r\n\r\n");
                    *self = Self::Empty;
                }
            }
            Self::Drip { .. } => return false,
        }
        true
    }

    /// Lets one drip fall; gives the time until the next one, if there is one.
    pub(crate) fn drip(&mut self, out: &mut Vec<u8>) -> Option<Duration> {
        let Self::Drip { left, every } = self else { return None };
        let size = HUNDRED_BYTES.len() / DRIP_PIECES as usize;
        let start = (DRIP_PIECES - *left) as usize * size;
        out.extend_from_slice(&HUNDRED_BYTES[start..start + size]);
        *left -= 1;
        if *left > 0 {
            return Some(*every);
        }
        *self = Self::Empty;
        None
    }
}

/// The usual phrase for a status.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        413 => "Content Too Large",
        418 => "I'm a teapot",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_body_says_no_length() {
        let mut out = Vec::new();

        let source = Answer::text(204, "unsent").write(false, true, &mut out);

        assert_eq!(source, Source::Empty);
        assert_eq!(out, b"HTTP/1.1 204 No Content\r\nServer: target\r\nConnection: close\r\n\r\n");
    }

    #[test]
    fn a_dripped_body_is_the_hundred_bytes() {
        let mut source = Source::Drip { left: DRIP_PIECES, every: Duration::from_millis(3) };
        let mut out = Vec::new();

        let mut pauses = 0;
        while source.drip(&mut out).is_some() {
            pauses += 1;
        }

        assert_eq!((out.as_slice(), pauses), (&HUNDRED_BYTES[..], 9));
    }
}
