//! Which answer a request gets: pure, but for the two counters of [`Site`].

use crate::answer::{Answer, Body, DRIP_PIECES};
use crate::json;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::borrow::Cow;
use std::io::Write;
use std::time::Duration;

/// Longest body that `/echo` and `/login` keep.
pub(crate) const KEPT_BODY_LIMIT_BYTES: u64 = 64 << 20;
/// Longest time a request can ask to wait.
const LONGEST_WAIT_MS: u64 = 3_600_000;
const USER_COUNT: u64 = 1_000;
const LISTED_USERS: u64 = 20;

/// The head of a request, borrowed from the input.
pub(crate) struct Head<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a [httparse::Header<'a>],
}

/// What to do with a request, decided when its head is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Its body, if any, does not matter.
    Ready(Answer),
    /// Send the body back.
    Echo { content_type: String },
    /// Count the body.
    Upload,
    /// The body is a form with a name.
    Login,
}

/// What lasts from one request to the next.
pub(crate) struct Site {
    /// Requests answered so far.
    pub(crate) answered: u64,
    /// By percentage: how far the next failure is, in hundredths.
    flaky_debt: [u16; 101],
    gzip: Vec<u8>,
    deflate: Vec<u8>,
}

impl Head<'_> {
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    }

    fn cookies(&self) -> Vec<(String, String)> {
        let Some(value) = self.header("cookie") else { return Vec::new() };
        String::from_utf8_lossy(value)
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

impl Site {
    pub(crate) fn new() -> Self {
        let page = user_list(100);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        let mut deflate = ZlibEncoder::new(Vec::new(), Compression::default());
        // Writing to a Vec can't fail.
        let _ = gzip.write_all(page.as_bytes()).and_then(|()| deflate.write_all(page.as_bytes()));
        Self {
            answered: 0,
            flaky_debt: [0; 101],
            gzip: gzip.finish().unwrap_or_default(),
            deflate: deflate.finish().unwrap_or_default(),
        }
    }

    /// What to do with this request.
    pub(crate) fn route(&mut self, head: &Head) -> Route {
        if head.path == "/" {
            return Route::Ready(Answer::hundred_bytes());
        }
        let mut parts = head.path.trim_start_matches('/').split('/');
        let parts = (parts.next().unwrap_or(""), parts.next(), parts.next(), parts.next());
        let has_body = !matches!(head.method, "GET" | "HEAD");
        Route::Ready(match parts {
            ("login", None, ..) if has_body => return Route::Login,
            ("upload", None, ..) if has_body => return Route::Upload,
            ("echo", None, ..) if has_body => {
                let content_type = head.header("content-type").unwrap_or(b"application/octet-stream");
                return Route::Echo { content_type: String::from_utf8_lossy(content_type).into_owned() };
            }
            ("login" | "upload" | "echo", None, ..) => {
                Answer::text(405, "this path wants a POST").with_header("Allow", "POST, PUT, PATCH, DELETE")
            }
            ("json", None, ..) => Answer::json(
                "{\"message\": \"hello\", \"numbers\": [1, 2, 3], \"nested\": {\"is_true\": true}}",
            ),
            ("users", None, ..) => Answer::json(user_list(LISTED_USERS)),
            ("users", Some(id), None, _) => match number(id, USER_COUNT) {
                Some(id) if id > 0 => Answer::json(user(id)),
                _ => not_found(head.path),
            },
            ("me", None, ..) => who(head),
            ("cookies", None, ..) => {
                let cookies = head.cookies();
                let pairs = cookies.iter().map(|(name, value)| (name.as_str(), value.clone()));
                Answer::json(json::object(pairs))
            }
            ("cookies", Some("set"), None, _) => set_cookies(head.query),
            ("basic-auth", Some(user), Some(password), None) => basic_auth(head, user, password),
            ("redirect-loop", None, ..) => redirect("/redirect-loop"),
            ("headers", None, ..) => headers(head),
            ("gzip", None, ..) => Answer::json(self.gzip.clone()).with_header("Content-Encoding", "gzip"),
            ("deflate", None, ..) => {
                Answer::json(self.deflate.clone()).with_header("Content-Encoding", "deflate")
            }
            ("close", None, ..) => Answer { is_last: true, ..Answer::hundred_bytes() },
            ("count", None, ..) => Answer::json(format!("{{\"requests\": {}}}", self.answered)),
            (name, Some(argument), None, _) => match self.with_number(name, argument) {
                Some(answer) => answer,
                None => not_found(head.path),
            },
            _ => not_found(head.path),
        })
    }

    /// The paths whose second part is a number.
    fn with_number(&mut self, name: &str, argument: &str) -> Option<Answer> {
        Some(match name {
            "redirect" => match number(argument, 1_000_000)? {
                0 => Answer::hundred_bytes(),
                left => redirect(&format!("/redirect/{}", left - 1)),
            },
            "status" => match number(argument, 599)? {
                code if code >= 200 => Answer::text(code as u16, format!("status {code}")),
                _ => return None,
            },
            "bytes" => {
                Answer::new(200, "application/octet-stream", Body::Pattern(number(argument, u64::MAX)?))
            }
            "chunked" => {
                Answer::new(200, "application/octet-stream", Body::Chunks(number(argument, u64::MAX)?))
            }
            "delay" => {
                let after = Duration::from_millis(number(argument, LONGEST_WAIT_MS)?);
                Answer { after, ..Answer::hundred_bytes() }
            }
            "slow-body" => {
                let every = Duration::from_millis(number(argument, LONGEST_WAIT_MS)?) / DRIP_PIECES;
                Answer { body: Body::Drip(every), ..Answer::hundred_bytes() }
            }
            "flaky" => self.flaky(number(argument, 100)? as usize),
            _ => return None,
        })
    }

    /// Bresenham's way to spread failures: any hundred requests in a row have exactly `percent` of them.
    fn flaky(&mut self, percent: usize) -> Answer {
        let debt = &mut self.flaky_debt[percent];
        *debt += percent as u16;
        if *debt < 100 {
            return Answer::hundred_bytes();
        }
        *debt -= 100;
        Answer::text(503, "flaky")
    }
}

/// The answer to a login with this form.
pub(crate) fn login(form: &[u8]) -> Answer {
    let fields = form_fields(&String::from_utf8_lossy(form));
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    match (field("username"), field("password")) {
        (None | Some(""), _) => Answer::text(400, "no username"),
        (_, Some("wrong")) => Answer::text(401, "wrong password"),
        (Some(name), _) => {
            let cookie = format!("session={}; Path=/; HttpOnly", percent_encoded(name));
            Answer::json(format!("{{\"user\": {}}}", json::string(name))).with_header("Set-Cookie", cookie)
        }
    }
}

/// The answer to an upload of so many bytes.
pub(crate) fn uploaded(size_bytes: u64) -> Answer {
    Answer::json(format!("{{\"bytes\": {size_bytes}}}"))
}

/// The answer to an echo.
pub(crate) fn echo(content_type: String, body: Vec<u8>) -> Answer {
    Answer { content_type: Cow::Owned(content_type), ..Answer::new(200, "", Body::Owned(body)) }
}

fn who(head: &Head) -> Answer {
    match head.cookies().iter().find(|(name, _)| name == "session") {
        Some((_, value)) => Answer::json(format!("{{\"user\": {}}}", json::string(&percent_decoded(value)))),
        None => Answer::text(401, "log in first"),
    }
}

fn set_cookies(query: &str) -> Answer {
    let fields = form_fields(query);
    let answer =
        Answer::json(json::object(fields.iter().map(|(name, value)| (name.as_str(), value.clone()))));
    fields.iter().fold(answer, |answer, (name, value)| {
        // Encoded, so that no value can end the header or start an attribute.
        answer.with_header(
            "Set-Cookie",
            format!("{}={}; Path=/", percent_encoded(name), percent_encoded(value)),
        )
    })
}

fn basic_auth(head: &Head, user: &str, password: &str) -> Answer {
    let wanted = base64(format!("{}:{}", percent_decoded(user), percent_decoded(password)).as_bytes());
    let is_right = head.header("authorization").and_then(|value| value.split_at_checked(6)).is_some_and(
        |(scheme, token)| scheme.eq_ignore_ascii_case(b"basic ") && token.trim_ascii() == wanted.as_bytes(),
    );
    if is_right {
        Answer::json(format!("{{\"user\": {}}}", json::string(&percent_decoded(user))))
    } else {
        Answer::text(401, "wrong credentials").with_header("WWW-Authenticate", "Basic realm=\"target\"")
    }
}

fn headers(head: &Head) -> Answer {
    let mut joined: Vec<(&str, String)> = Vec::new();
    for header in head.headers {
        let value = String::from_utf8_lossy(header.value);
        match joined.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(header.name)) {
            Some((_, known)) => {
                known.push_str(", ");
                known.push_str(&value);
            }
            None => joined.push((header.name, value.into_owned())),
        }
    }
    Answer::json(json::object(joined))
}

fn redirect(location: &str) -> Answer {
    Answer::text(302, "").with_header("Location", location)
}

fn not_found(path: &str) -> Answer {
    Answer::text(404, format!("nothing at {path}"))
}

fn user(id: u64) -> String {
    const NAMES: [&str; 8] = ["Ada", "Barbara", "Edsger", "Grace", "Ken", "Margaret", "Niklaus", "Tony"];
    let name = NAMES[id as usize % NAMES.len()];
    format!("{{\"id\": {id}, \"name\": \"{name}\", \"email\": \"{}{id}@example.org\"}}", name.to_lowercase())
}

fn user_list(count: u64) -> String {
    let users: Vec<String> = (1..=count).map(user).collect();
    format!("{{\"users\": [{}]}}", users.join(", "))
}

fn number(text: &str, limit: u64) -> Option<u64> {
    text.parse().ok().filter(|number| *number <= limit)
}

/// The fields of an `application/x-www-form-urlencoded` text.
fn form_fields(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|field| !field.is_empty())
        .map(|field| field.split_once('=').unwrap_or((field, "")))
        .map(|(name, value)| {
            (percent_decoded(&name.replace('+', " ")), percent_decoded(&value.replace('+', " ")))
        })
        .collect()
}

fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digit = |index: usize| after.get(index).and_then(|digit| char::from(*digit).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, digit(0), digit(1)) {
            decoded.push((high * 16 + low) as u8);
            rest = &after[2..];
        } else {
            decoded.push(byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for triple in bytes.chunks(3) {
        let bits =
            triple.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - triple.len()));
        for index in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * index)) as usize & 63];
            encoded.push(if index > triple.len() { '=' } else { char::from(digit) });
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get<'a>(path: &'a str, headers: &'a [httparse::Header<'a>]) -> Head<'a> {
        Head { method: "GET", path, query: "", headers }
    }

    #[test]
    fn flaky_fails_its_exact_share_of_any_hundred() {
        for percent in 0..=100 {
            let mut site = Site::new();
            let path = format!("/flaky/{percent}");

            for _ in 0..3 {
                let failed = (0..100)
                    .filter(|_| matches!(site.route(&get(&path, &[])), Route::Ready(answer) if answer.status == 503))
                    .count();

                assert_eq!(failed, percent);
            }
        }
    }

    #[test]
    fn base64_pads() {
        let encoded: Vec<String> =
            ["", "a", "ab", "abc", "user:pass"].iter().map(|text| base64(text.as_bytes())).collect();

        assert_eq!(encoded, ["", "YQ==", "YWI=", "YWJj", "dXNlcjpwYXNz"]);
    }

    #[test]
    fn a_cookie_value_cannot_break_out_of_its_header() {
        let answer = set_cookies("a=x%0d%0aEvil:+1;&b=2");

        let cookies: Vec<&str> = answer.headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(cookies, ["a=x%0D%0AEvil%3A%201%3B; Path=/", "b=2; Path=/"]);
    }

    #[test]
    fn malformed_percent_escapes_stay_as_they_are() {
        assert_eq!(percent_decoded("%zz%4%41%"), "%zz%4A%");
    }

    #[test]
    fn unknown_paths_and_absurd_numbers_are_not_found() {
        for path in [
            "/nothing",
            "/users/0",
            "/users/1001",
            "/status/99",
            "/status/600",
            "/delay/x",
            "/json/1",
            "/redirect/1/2",
        ] {
            let route = Site::new().route(&get(path, &[]));

            assert!(matches!(&route, Route::Ready(answer) if answer.status == 404), "{path}: {route:?}");
        }
    }
}
