//! The few fields of an X.509 certificate (RFC 5280, section 4.1) that the TLS library does not tell.

/// Who a certificate is for and by, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Names {
    /// Issuer and subject are the same.
    pub(super) is_self_signed: bool,
    /// Seconds since 1970.
    pub(super) valid_from: u64,
    /// Seconds since 1970.
    pub(super) valid_until: u64,
}

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

impl Names {
    /// `None` if this is no certificate.
    pub(super) fn of(der: &[u8]) -> Option<Self> {
        let mut certificate = Elements { rest: Elements { rest: der }.expect(SEQUENCE)? };
        let mut fields = Elements { rest: certificate.expect(SEQUENCE)? };
        let (mut tag, _) = fields.next()?;
        if tag == VERSION {
            (tag, _) = fields.next()?;
        }
        if tag != INTEGER {
            return None;
        }
        let _signature_algorithm = fields.expect(SEQUENCE)?;
        let issuer = fields.expect(SEQUENCE)?;
        let mut validity = Elements { rest: fields.expect(SEQUENCE)? };
        let subject = fields.expect(SEQUENCE)?;
        Some(Self {
            is_self_signed: issuer == subject,
            valid_from: seconds(validity.next()?)?,
            valid_until: seconds(validity.next()?)?,
        })
    }
}

/// Elements of DER, one after another.
struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.rest.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut size = usize::from(first);
        if first >= 0x80 {
            let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.is_empty() || digits.len() > 4 {
                return None;
            }
            size = digits.iter().fold(0, |size, &digit| (size << 8) | usize::from(digit));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(size)?;
        self.rest = rest;
        Some((tag, content))
    }

    fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
    }
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ` (RFC 5280, section 4.1.2.5) as seconds since 1970; earlier is 0.
fn seconds((tag, text): (u8, &[u8])) -> Option<u64> {
    let digits: Vec<u64> = text
        .strip_suffix(b"Z")?
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok()?.parse().ok())
        .collect::<Option<_>>()?;
    let (year, rest) = match (tag, digits.as_slice()) {
        (UTC_TIME, [year, rest @ ..]) => (if *year < 50 { 2000 + year } else { 1900 + year }, rest),
        (GENERALIZED_TIME, [century, year, rest @ ..]) => (century * 100 + year, rest),
        _ => return None,
    };
    let &[month, day, hour, minute, second] = rest else { return None };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from civil: years that begin in March put the leap day last.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    Some((days.saturating_sub(719_468)) * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_1970() {
        assert_eq!(seconds((UTC_TIME, b"700101000000Z")), Some(0));
        assert_eq!(seconds((UTC_TIME, b"240229123456Z")), Some(1_709_210_096));
        assert_eq!(seconds((GENERALIZED_TIME, b"20500101000000Z")), Some(2_524_608_000));
        assert_eq!(seconds((GENERALIZED_TIME, b"00010101000000Z")), Some(0));
    }

    #[test]
    fn what_is_no_time_gives_none() {
        for text in [
            &b""[..],
            b"Z",
            b"241301000000Z",
            b"24020000Z",
            b"2402291234Z",
            b"abcdefghijklZ",
            b"2402291234567Z",
        ] {
            assert_eq!(seconds((UTC_TIME, text)), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_certificate_gives_none() {
        for der in [&b""[..], &[0x30], &[0x30, 0x80], &[0x30, 0x84, 255, 255, 255, 255], &[0x30, 2, 0x30, 0]]
        {
            assert_eq!(Names::of(der), None, "{der:?}");
        }
    }
}
