//! Request bodies: where one ends, by length or by chunks. Eats bytes, owns no socket.

/// How the rest of a request's body is framed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes are still to come.
    Length(u64),
    /// Chunks, and where we are in them.
    Chunked(Chunk),
}

/// Where we are in a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chunk {
    /// In the line that names the next chunk's size; the flag says that its digits are over (an extension follows).
    Size { size: u64, digits: u8, is_over: bool },
    /// So many bytes of a chunk are still to come.
    Inside(u64),
    /// Before the line break that ends a chunk.
    AfterInside,
    /// In the trailer section, having seen so many bytes of the present line.
    Trailer { line_bytes: u32 },
    /// All done.
    Done,
}

/// What is wrong with a body's framing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// What [`Framing::next`] found at the front of the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many bytes are framing: drop them.
    Skip(usize),
    /// So many bytes are the body's.
    Take(usize),
    /// The body has ended; what follows is the next request.
    End,
}

/// Longest trailer line we read through.
const TRAILER_LINE_LIMIT: u32 = 8_192;

impl Framing {
    /// A chunked body of which nothing has come yet.
    pub(crate) fn chunked() -> Self {
        Self::Chunked(Chunk::Size { size: 0, digits: 0, is_over: false })
    }

    /// Looks at the front of `input`. `Skip(0)` and `Take(0)`: more bytes are needed.
    pub(crate) fn next(&mut self, input: &[u8]) -> Result<Step, Malformed> {
        match self {
            Self::Length(0) => Ok(Step::End),
            Self::Length(left) => Ok(Step::Take(take(left, input))),
            Self::Chunked(chunk) => chunk.next(input),
        }
    }
}

impl Chunk {
    fn next(&mut self, input: &[u8]) -> Result<Step, Malformed> {
        match self {
            Self::Done => Ok(Step::End),
            Self::Inside(left) => {
                let taken = take(left, input);
                if *left == 0 {
                    *self = Self::AfterInside;
                }
                Ok(Step::Take(taken))
            }
            Self::Size { .. } | Self::AfterInside | Self::Trailer { .. } => {
                let mut eaten = 0;
                for &byte in input {
                    if matches!(self, Self::Inside(_) | Self::Done) {
                        break;
                    }
                    self.eat(byte)?;
                    eaten += 1;
                }
                if eaten == 0 && matches!(self, Self::Done) { Ok(Step::End) } else { Ok(Step::Skip(eaten)) }
            }
        }
    }

    /// One byte of framing.
    fn eat(&mut self, byte: u8) -> Result<(), Malformed> {
        match self {
            Self::Size { size, digits, is_over } => match byte {
                b'\r' => {}
                b'\n' if *digits == 0 => return Err(Malformed("a chunk without a size")),
                b'\n' => {
                    *self = if *size == 0 { Self::Trailer { line_bytes: 0 } } else { Self::Inside(*size) }
                }
                b';' | b' ' | b'\t' => *is_over = true,
                _ if *is_over => {}
                _ => {
                    let digit =
                        char::from(byte).to_digit(16).ok_or(Malformed("a chunk size that is no number"))?;
                    if *digits == 15 {
                        return Err(Malformed("a chunk size that is too long"));
                    }
                    *size = *size * 16 + u64::from(digit);
                    *digits += 1;
                }
            },
            Self::AfterInside => match byte {
                b'\r' => {}
                b'\n' => *self = Self::Size { size: 0, digits: 0, is_over: false },
                _ => return Err(Malformed("a chunk longer than its size")),
            },
            Self::Trailer { line_bytes } => match byte {
                b'\r' => {}
                b'\n' if *line_bytes == 0 => *self = Self::Done,
                b'\n' => *line_bytes = 0,
                _ if *line_bytes == TRAILER_LINE_LIMIT => {
                    return Err(Malformed("a trailer that is too long"));
                }
                _ => *line_bytes += 1,
            },
            Self::Inside(_) | Self::Done => {}
        }
        Ok(())
    }
}

/// Takes as much of `input` as is left to come.
fn take(left: &mut u64, input: &[u8]) -> usize {
    let taken = usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
    *left -= taken as u64;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `input` in pieces of `piece` bytes; gives the body and what was left over.
    fn read(mut framing: Framing, input: &[u8], piece: usize) -> Result<(Vec<u8>, Vec<u8>), Malformed> {
        let mut body = Vec::new();
        let mut held: Vec<u8> = Vec::new();
        let mut pieces = input.chunks(piece);
        loop {
            match framing.next(&held)? {
                Step::End => {
                    held.extend(pieces.flatten());
                    return Ok((body, held));
                }
                Step::Skip(0) | Step::Take(0) => held.extend(pieces.next().expect("the input is complete")),
                Step::Skip(count) => drop(held.drain(..count)),
                Step::Take(count) => body.extend(held.drain(..count)),
            }
        }
    }

    #[test]
    fn a_chunked_body_is_the_same_however_it_is_cut() {
        let sent = b"5;x=y\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nTrailer: x\r\n\r\nGET /";
        for piece in 1..sent.len() {
            let (body, rest) = read(Framing::chunked(), sent, piece).unwrap();

            assert_eq!(body, b"helloabcdefghijklmnopqrstuvwxyz");
            assert_eq!(rest, b"GET /");
        }
    }

    #[test]
    fn a_length_ends_the_body() {
        let (body, rest) = read(Framing::Length(3), b"abcGET /", 2).unwrap();

        assert_eq!((body.as_slice(), rest.as_slice()), (&b"abc"[..], &b"GET /"[..]));
    }

    #[test]
    fn wrong_chunk_sizes_are_refused() {
        for sent in [&b"\r\n"[..], b"xyz\r\n", b"ffffffffffffffff\r\n", b"1\r\nab\r\n"] {
            assert!(read(Framing::chunked(), sent, 1).is_err(), "{}", sent.escape_ascii());
        }
    }
}
