//! Enough JSON to answer with: strings and objects of strings.

use std::fmt::Write;

/// `text` as a JSON string, quotes included.
pub(crate) fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control < ' ' => {
                // Writing to a String can't fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// An object of strings; of equal keys the last one's value stays, at the first one's place.
pub(crate) fn object<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut fields: Vec<(&str, String)> = Vec::new();
    for (key, value) in pairs {
        match fields.iter_mut().find(|(known, _)| *known == key) {
            Some(field) => field.1 = value,
            None => fields.push((key, value)),
        }
    }
    let fields: Vec<String> =
        fields.iter().map(|(key, value)| format!("{}: {}", string(key), string(value))).collect();
    format!("{{{}}}", fields.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_and_control_characters_are_escaped() {
        assert_eq!(string("a\"b\\c\nü"), "\"a\\\"b\\\\c\\u000aü\"");
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        let pairs = [("a", "1".to_owned()), ("b", "2".to_owned()), ("a", "3".to_owned())];

        assert_eq!(object(pairs), "{\"a\": \"3\", \"b\": \"2\"}");
    }
}
