//! What the head of a response says about its message: one pass over `httparse`'s fields.

use std::mem::MaybeUninit;

use httparse::{Header, ParserConfig, Status};

use crate::error::Error;

/// `Set-Cookie` is present.
pub(super) const SET_COOKIE: u8 = 1;
/// `Location` is present.
pub(super) const LOCATION: u8 = 2;
/// `Content-Encoding` is present.
pub(super) const CONTENT_ENCODING: u8 = 4;
/// The connection may serve another exchange, as far as the head can say.
pub(super) const KEEP_ALIVE: u8 = 8;

/// Most responses have fewer fields; those of the others are parsed once more, on the heap.
const FIELDS_ON_STACK: usize = 64;

/// How much of a line that is not HTTP is worth showing.
const EXCERPT_BYTES: usize = 60;

/// How the end of a body is known (RFC 9112 section 6.3), before the request's method and the status have their say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

/// A complete head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) len: usize,
    pub(super) status: u16,
    /// 10 or 11.
    pub(super) version: u8,
    pub(super) flags: u8,
    pub(super) framing: Framing,
}

impl Facts {
    /// Another head follows, for the same request.
    pub(super) fn is_interim(&self) -> bool {
        self.status < 200 && self.status != 101
    }
}

/// Reads the head at the beginning of `input`; `None` when its end has not come yet.
// Not inlined: its array of fields must not sit in a stack frame that lives across a greenlet switch.
#[inline(never)]
pub(super) fn parse(input: &[u8], header_count: usize) -> Result<Option<Facts>, Error> {
    let mut fields = [const { MaybeUninit::uninit() }; FIELDS_ON_STACK];
    let room = header_count.min(FIELDS_ON_STACK);
    match parse_into(input, &mut fields[..room]) {
        Err(Refusal::TooManyFields) if header_count > FIELDS_ON_STACK => parse_many(input, header_count),
        outcome => outcome.map_err(|refusal| refusal.explain(input, header_count)),
    }
}

#[cold]
fn parse_many(input: &[u8], header_count: usize) -> Result<Option<Facts>, Error> {
    let mut fields = vec![MaybeUninit::uninit(); header_count];
    parse_into(input, &mut fields).map_err(|refusal| refusal.explain(input, header_count))
}

/// As [`parse`], for a head with folded lines (RFC 9112 section 5.2): the line breaks inside fields become spaces in
/// place, and the head keeps its length.
#[cold]
pub(super) fn parse_unfolding(input: &mut [u8], header_count: usize) -> Result<Option<Facts>, Error> {
    // The status line cannot be folded: left alone, it is refused.
    let mut at = memchr::memchr(b'\n', input).map_or(input.len(), |end| end + 1);
    while let Some(distance) = memchr::memchr(b'\n', &input[at..]) {
        let index = at + distance;
        at = index + 1;
        if matches!(input.get(at), Some(b' ' | b'\t')) {
            input[index] = b' ';
            if input[index - 1] == b'\r' {
                input[index - 1] = b' ';
            }
        }
    }
    parse(input, header_count)
}

enum Refusal {
    TooManyFields,
    Syntax(httparse::Error),
    Framing(Error),
}

impl Refusal {
    #[cold]
    fn explain(self, input: &[u8], header_count: usize) -> Error {
        let excerpt = || {
            let line = input.split(|&byte| byte == b'\n').next().unwrap_or_default();
            line[..line.len().min(EXCERPT_BYTES)].trim_ascii_end().escape_ascii()
        };
        match self {
            Self::TooManyFields => {
                Error::HeaderOverflow(format!("response has more than {header_count} header fields").into())
            }
            Self::Syntax(httparse::Error::Version) => {
                Error::Head(format!("not an HTTP/1 response: \"{}\"", excerpt()).into())
            }
            Self::Syntax(httparse::Error::Status) => {
                Error::Head(format!("invalid status line: \"{}\"", excerpt()).into())
            }
            Self::Syntax(other) => Error::Head(format!("malformed response head: {other}").into()),
            Self::Framing(error) => error,
        }
    }
}

fn parse_into<'input>(
    input: &'input [u8],
    fields: &mut [MaybeUninit<Header<'input>>],
) -> Result<Option<Facts>, Refusal> {
    let mut response = httparse::Response::new(&mut []);
    let outcome = ParserConfig::default().parse_response_with_uninit_headers(&mut response, input, fields);
    let len = match outcome {
        Ok(Status::Complete(len)) => len,
        Ok(Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TooManyFields),
        Err(error) => return Err(Refusal::Syntax(error)),
    };
    let (Some(status @ 100..), Some(minor)) = (response.code, response.version) else {
        return Err(Refusal::Syntax(httparse::Error::Status));
    };
    let mut survey = Survey::default();
    for field in response.headers.iter() {
        survey.see(field.name, field.value).map_err(Refusal::Framing)?;
    }
    let mut facts = survey.conclude(minor);
    facts.len = len;
    facts.status = status;
    Ok(Some(facts))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TransferCoding {
    Chunked,
    Other,
}

/// Gathers the few fields that matter here.
#[derive(Default)]
struct Survey {
    flags: u8,
    length: Option<u64>,
    /// The last one, which decides.
    transfer_coding: Option<TransferCoding>,
    has_chunked: bool,
    says_close: bool,
    says_keep_alive: bool,
}

impl Survey {
    fn see(&mut self, name: &str, value: &[u8]) -> Result<(), Error> {
        match name.len() {
            8 if name.eq_ignore_ascii_case("location") => self.flags |= LOCATION,
            10 if name.eq_ignore_ascii_case("set-cookie") => self.flags |= SET_COOKIE,
            10 if name.eq_ignore_ascii_case("connection") => self.see_connection(value),
            14 if name.eq_ignore_ascii_case("content-length") => return self.see_length(value),
            16 if name.eq_ignore_ascii_case("content-encoding") => self.flags |= CONTENT_ENCODING,
            17 if name.eq_ignore_ascii_case("transfer-encoding") => return self.see_transfer_codings(value),
            _ => {}
        }
        Ok(())
    }

    fn see_connection(&mut self, value: &[u8]) {
        for token in list_items(value) {
            self.says_close |= token.eq_ignore_ascii_case(b"close");
            self.says_keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
        }
    }

    fn see_length(&mut self, value: &[u8]) -> Result<(), Error> {
        // "5, 5" and two equal fields are one length said twice (RFC 9112 section 6.3); anything else is an attack or a bug.
        for item in value.split(|&byte| byte == b',') {
            let length = parse_length(item.trim_ascii()).ok_or_else(|| {
                let shown = value[..value.len().min(EXCERPT_BYTES)].escape_ascii();
                Error::Head(format!("invalid Content-Length: \"{shown}\"").into())
            })?;
            if self.length.is_some_and(|earlier| earlier != length) {
                return Err(Error::Head("conflicting Content-Length fields".into()));
            }
            self.length = Some(length);
        }
        Ok(())
    }

    fn see_transfer_codings(&mut self, value: &[u8]) -> Result<(), Error> {
        for item in list_items(value) {
            let coding = item.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii_end();
            if coding.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
            if is_chunked && self.has_chunked {
                return Err(Error::Head("Transfer-Encoding names chunked twice".into()));
            }
            self.has_chunked |= is_chunked;
            self.transfer_coding =
                Some(if is_chunked { TransferCoding::Chunked } else { TransferCoding::Other });
        }
        Ok(())
    }

    fn conclude(self, minor: u8) -> Facts {
        let framing = match (self.transfer_coding, self.length) {
            (Some(TransferCoding::Chunked), _) => Framing::Chunked,
            (None, Some(length)) => Framing::Length(length),
            (Some(TransferCoding::Other), _) | (None, None) => Framing::UntilClose,
        };
        let is_persistent = if minor == 0 { self.says_keep_alive } else { true };
        // Two framings, or a transfer coding in HTTP/1.0, mean somebody on the way may have read the message otherwise:
        // usable, but not its connection (RFC 9112 sections 6.1 and 6.3).
        let is_ambiguous = self.transfer_coding.is_some() && (self.length.is_some() || minor == 0);
        let mut flags = self.flags;
        if is_persistent && !self.says_close && !is_ambiguous {
            flags |= KEEP_ALIVE;
        }
        Facts { len: 0, status: 0, version: 10 + minor, flags, framing }
    }
}

fn list_items(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|item| !item.is_empty())
}

pub(super) fn parse_length(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, &byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}
