//! Writes request heads.

use std::io::Write;

/// A head that must not be sent: it would not be one request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The method is not a token.
    #[error("invalid method {0:?}: only letters, digits and !#$%&'*+-.^_`|~")]
    Method(String),
    /// The target has control characters, blanks or non-ASCII characters.
    #[error("invalid request target {0:?}: quote blanks, control and non-ASCII characters")]
    Target(String),
    /// A header's name is empty or has blanks, control characters or a colon.
    #[error("invalid header name {0:?}")]
    HeaderName(String),
    /// A header's value has a line break or NUL.
    #[error("invalid value of header {name:?}: it has a line break or NUL")]
    HeaderValue {
        /// The header.
        name: String,
    },
}

/// How the length of a request's body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Neither `Content-Length` nor `Transfer-Encoding`.
    Nothing,
    /// `Content-Length`.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// Header fields, checked and serialised once, to be written many times.
///
/// ```
/// use locust_http::proto::request::Fields;
///
/// let mut fields = Fields::default();
/// fields.push(b"Accept", b"*/*")?;
/// assert!(fields.push(b"X-Id", b"1\r\nX-Admin: yes").is_err());
/// # Ok::<(), locust_http::proto::request::RequestError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// `Name: value\r\n`, one after the other.
    block: Vec<u8>,
    lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    start: usize,
    name_len: usize,
    end: usize,
}

impl Fields {
    /// Adds a field at the end, even if there is one of that name.
    pub fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), RequestError> {
        let start = self.block.len();
        write_field(&mut self.block, name, value)?;
        self.lines.push(Line { start, name_len: name.len(), end: self.block.len() });
        Ok(())
    }

    /// Forgets all fields.
    pub fn clear(&mut self) {
        self.block.clear();
        self.lines.clear();
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Names, as pushed.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|line| self.name(line))
    }

    fn name(&self, line: &Line) -> &[u8] {
        &self.block[line.start..line.start + line.name_len]
    }

    fn has(&self, name: &[u8]) -> bool {
        self.names().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// What goes into a head. Borrowed throughout: writing allocates nothing but room in the output.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Method, in the case it is sent.
    pub method: &'a [u8],
    /// Pieces of the request target, written one behind the other: a base path and a path; for a proxy `http://`,
    /// authority and path.
    pub target: &'a [&'a [u8]],
    /// Value of `Host`, unless the fields have one.
    pub host: &'a [u8],
    /// How the body is framed, unless the fields say so themselves.
    pub framing: Framing,
    /// Fields of every request.
    pub defaults: &'a Fields,
}

/// A field of this request: it replaces the default of that name, and `None` takes it away.
pub type Override<'a> = (&'a [u8], Option<&'a [u8]>);

impl Head<'_> {
    /// Appends the head to `out`, which is left as it was in case of an error.
    ///
    /// Order: `Host`, the defaults, then `overrides`, then the framing.
    ///
    /// ```
    /// use locust_http::proto::request::{Fields, Framing, Head};
    ///
    /// let head = Head {
    ///     method: b"GET",
    ///     target: &[b"/api", b"/items"],
    ///     host: b"shop.test",
    ///     framing: Framing::Nothing,
    ///     defaults: &Fields::default(),
    /// };
    /// let mut out = Vec::new();
    /// head.write(&mut out, &[(b"Accept", Some(b"*/*"))])?;
    /// assert_eq!(out, b"GET /api/items HTTP/1.1\r\nHost: shop.test\r\nAccept: */*\r\n\r\n");
    /// # Ok::<(), locust_http::proto::request::RequestError>(())
    /// ```
    pub fn write(&self, out: &mut Vec<u8>, overrides: &[Override<'_>]) -> Result<(), RequestError> {
        let start = out.len();
        let outcome = self.write_unguarded(out, overrides);
        if outcome.is_err() {
            out.truncate(start);
        }
        outcome
    }

    fn write_unguarded(&self, out: &mut Vec<u8>, overrides: &[Override<'_>]) -> Result<(), RequestError> {
        let override_len = |(name, value): &Override<'_>| name.len() + value.map_or(0, <[u8]>::len) + 4;
        let target_len: usize = self.target.iter().map(|piece| piece.len()).sum();
        out.reserve(
            self.method.len()
                + target_len
                + self.host.len()
                + self.defaults.block.len()
                + overrides.iter().map(override_len).sum::<usize>()
                + 80,
        );
        write_request_line(out, self.method, self.target)?;
        let says = |name: &[u8]| {
            let is_given = |(own, value): &Override<'_>| value.is_some() && own.eq_ignore_ascii_case(name);
            let is_taken_away = |(own, _): &Override<'_>| own.eq_ignore_ascii_case(name);
            overrides.iter().any(is_given)
                || (self.defaults.has(name) && !overrides.iter().any(is_taken_away))
        };
        if !says(b"host") {
            write_field(out, b"Host", self.host)?;
        }
        self.write_defaults(out, overrides);
        for &(name, value) in overrides {
            match value {
                Some(value) => write_field(out, name, value)?,
                None => check_name(name)?,
            }
        }
        if self.framing != Framing::Nothing && !says(b"content-length") && !says(b"transfer-encoding") {
            match self.framing {
                Framing::Nothing => {}
                Framing::Length(length) => {
                    out.extend_from_slice(b"Content-Length: ");
                    write_decimal(out, length);
                    out.extend_from_slice(b"\r\n");
                }
                Framing::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            }
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn write_defaults(&self, out: &mut Vec<u8>, overrides: &[Override<'_>]) {
        // One copy for each run of lines that stay.
        let mut start = 0;
        for line in &self.defaults.lines {
            let name = self.defaults.name(line);
            if overrides.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                out.extend_from_slice(&self.defaults.block[start..line.start]);
                start = line.end;
            }
        }
        out.extend_from_slice(&self.defaults.block[start..]);
    }
}

/// Appends the head that asks a proxy for a tunnel (RFC 9110 section 9.3.6). An IPv6 `host` comes without brackets.
pub fn write_connect(
    out: &mut Vec<u8>,
    host: &str,
    port: u16,
    authorization: Option<&str>,
) -> Result<(), RequestError> {
    let bracketed = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let fields = Fields::default();
    let head = Head {
        method: b"CONNECT",
        target: &[bracketed.as_bytes()],
        host: bracketed.as_bytes(),
        framing: Framing::Nothing,
        defaults: &fields,
    };
    let authorization = authorization.map(|value| (&b"Proxy-Authorization"[..], Some(value.as_bytes())));
    head.write(out, authorization.as_slice())
}

fn write_request_line(out: &mut Vec<u8>, method: &[u8], target: &[&[u8]]) -> Result<(), RequestError> {
    if method.is_empty() || !method.iter().all(|&byte| is_token(byte)) {
        return Err(RequestError::Method(shown(method)));
    }
    out.extend_from_slice(method);
    out.push(b' ');
    let start = out.len();
    for piece in target {
        out.extend_from_slice(piece);
    }
    let written = &out[start..];
    if written.is_empty() || !written.iter().all(u8::is_ascii_graphic) {
        return Err(RequestError::Target(shown(written)));
    }
    out.extend_from_slice(b" HTTP/1.1\r\n");
    Ok(())
}

fn write_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) -> Result<(), RequestError> {
    check_name(name)?;
    if memchr::memchr3(b'\r', b'\n', 0, value).is_some() {
        return Err(RequestError::HeaderValue { name: shown(name) });
    }
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

fn check_name(name: &[u8]) -> Result<(), RequestError> {
    // As lenient as http.client: load tests send odd names on purpose. What would end the name or the line is refused.
    let is_odd = |byte: &u8| matches!(byte, 0..=b' ' | b':' | 0x7f);
    if name.is_empty() || name.iter().any(is_odd) {
        return Err(RequestError::HeaderName(shown(name)));
    }
    Ok(())
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn write_decimal(out: &mut Vec<u8>, value: u64) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{value}");
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
