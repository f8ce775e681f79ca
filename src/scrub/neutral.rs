//! Values that are valid and say nothing: a date stays a date, a duration a duration.

/// Returns a value of the same kind that says nothing; a number becomes `number`. Nothing if the value is of no kind
/// that is known.
#[must_use]
pub fn neutral(value: &str, number: u32) -> Option<String> {
    let kinds: [fn(&str, u32) -> Option<String>; 6] =
        [plain_number, json, date_in_words, iso_date, duration, token];
    kinds.iter().find_map(|kind| kind(value.trim(), number))
}

/// Returns whether a value is a number, a time or a duration.
#[must_use]
pub(super) fn is_measure(value: &str) -> bool {
    let kinds = [plain_number, date_in_words, iso_date, duration];
    kinds.iter().any(|kind| kind(value.trim(), 0).is_some())
}

/// `12`, `0.087`, `8.7e-05`
fn plain_number(value: &str, number: u32) -> Option<String> {
    let digits = value.starts_with(|c: char| c.is_ascii_digit()) && value.parse::<f64>().is_ok();
    let whole = value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| if whole { number.to_string() } else { format!("{number}.0") })
}

/// An object or a list stays one, empty.
fn json(value: &str, _: u32) -> Option<String> {
    match (value.as_bytes().first()?, value.as_bytes().last()?) {
        (b'{', b'}') => Some("{}".to_owned()),
        (b'[', b']') => Some("[]".to_owned()),
        _ => None,
    }
}

/// Dates in words, with any digits, and what they become. What follows, such as a zone, stays.
const IN_WORDS: [(&str, &str); 8] = [
    // HTTP (RFC 9110, 5.6.7), mail, and what people write.
    ("00 Jan 0000 00:00:00", "01 Jan 1970 00:00:00"),
    ("0 Jan 0000 00:00:00", "1 Jan 1970 00:00:00"),
    ("00-Jan-0000 00:00:00", "01-Jan-1970 00:00:00"),
    ("00-Jan-00 00:00:00", "01-Jan-70 00:00:00"),
    // `asctime` and JavaScript.
    ("Jan 00 00:00:00 0000", "Jan 01 00:00:00 1970"),
    ("Jan  0 00:00:00 0000", "Jan  1 00:00:00 1970"),
    ("Jan 0 00:00:00 0000", "Jan 1 00:00:00 1970"),
    ("Jan 00 0000 00:00:00", "Jan 01 1970 00:00:00"),
];

/// `Mon, 22 Sep 2025 10:00:00 GMT`, `Monday, 22-Sep-25 10:00:00 UTC`, `Mon Sep 22 10:00:00 2025`
fn date_in_words(value: &str, _: u32) -> Option<String> {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let end = value.find(|c: char| !c.is_ascii_alphabetic())?;
    let (day, rest) = value.split_at(end);
    let long = DAYS.contains(&day);
    let known = long || DAYS.iter().any(|each| day.len() == 3 && each.starts_with(day));
    let date = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(' ')).filter(|_| known)?;
    let gap = &rest[..rest.len() - date.len()];
    let month = MONTHS.iter().find_map(|month| date.find(month));
    let month = month.and_then(|at| Some((date.get(..at)?, date.get(at + 3..)?)));
    let shape: String = month.map(|(before, after)| {
        let digits = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
        format!("{}Jan{}", digits(before), digits(after))
    })?;
    let (old, new) = IN_WORDS.iter().find(|(old, _)| shape.starts_with(old))?;
    let zone = &date[old.len()..];
    let day = if long { "Thursday" } else { "Thu" };
    (!zone.starts_with(|c: char| c.is_ascii_digit())).then(|| format!("{day}{gap}{new}{zone}"))
}

/// `2025-09-22T10:00:00.123456Z`, with any zone, and with any number of digits behind the seconds.
fn iso_date(value: &str, _: u32) -> Option<String> {
    let shape: Vec<u8> = value.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }).collect();
    let front = shape.get(..19)?;
    let dated =
        front.starts_with(b"0000-00-00") && matches!(front[10], b'T' | b' ') && front.ends_with(b"00:00:00");
    let rest = value.get(19..)?;
    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let fraction: String = rest[..rest.len() - zone.len()].replace(|c: char| c.is_ascii_digit(), "0");
    dated.then(|| format!("1970-01-01{}00:00:00{fraction}{zone}", &value[10..11]))
}

/// `304.219083ms`, `1m2.5s`
fn duration(value: &str, number: u32) -> Option<String> {
    let mut rest = value;
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let after =
            ["ns", "us", "µs", "μs", "ms", "h", "m", "s"].iter().find_map(|name| unit.strip_prefix(name))?;
        if unit.len() == rest.len() {
            return None;
        }
        rest = after;
    }
    (!value.is_empty()).then(|| format!("{number}s"))
}

/// A word with digits keeps its shape: its digits, and the letters beside them in hexadecimal, become zeros.
fn token(value: &str, _: u32) -> Option<String> {
    let parts = value.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let zeroed = parts.map(|part| {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let digits = word.bytes().any(|byte| byte.is_ascii_digit());
        let zero = |c: char| if digits && c.is_ascii_alphanumeric() { '0' } else { c };
        part.chars().map(zero).collect::<String>()
    });
    let zeroed: String = zeroed.collect();
    (zeroed != value || value.contains('0')).then_some(zeroed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_kind() {
        let cases = [
            ("1758793283", "0"),
            ("0.087", "0.0"),
            ("8.772e-05", "0.0"),
            (r#"{"max_age":3600}"#, "{}"),
            ("Mon, 22 Sep 2025 10:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("Thu, 11 Jan 2024 10:20:30 UTC", "Thu, 01 Jan 1970 00:00:00 UTC"),
            ("Fri, 31 Dec 1999 23:59:59 +0000", "Thu, 01 Jan 1970 00:00:00 +0000"),
            ("Thursday, 11-Jan-24 10:20:30 GMT", "Thursday, 01-Jan-70 00:00:00 GMT"),
            ("Tue, 08-Jul-2025 13:58:07 GMT", "Thu, 01-Jan-1970 00:00:00 GMT"),
            ("Sun Jan 14 10:20:30 2024", "Thu Jan 01 00:00:00 1970"),
            ("Tue May  7 10:20:30 2024", "Thu Jan  1 00:00:00 1970"),
            ("Sun Jan 14 2024 10:20:30 GMT+0200", "Thu Jan 01 1970 00:00:00 GMT+0200"),
            ("2024-01-11 10:20:30 UTC", "1970-01-01 00:00:00 UTC"),
            ("2025-09-22T10:00:00.123Z", "1970-01-01T00:00:00.000Z"),
            ("2025-09-22T10:00:00+02:00", "1970-01-01T00:00:00+02:00"),
            ("304.219083ms", "0s"),
            ("1m2.5s", "0s"),
            ("8f3a1c2d3e4f5a6b-SJC", "0000000000000000-SJC"),
        ];
        for (value, new) in cases {
            assert_eq!(neutral(value, 0).as_deref(), Some(new), "{value}");
            assert_eq!(neutral(new, 0).as_deref(), Some(new), "{new} is left as it is");
        }
        assert_eq!(neutral("149984", 1000).as_deref(), Some("1000"));
        assert_eq!(neutral("DYNAMIC", 0), None);
        for (value, measure) in
            [("1m2.5s", true), ("149984", true), ("gpt-5.2-chat", false), ("West US 2", false)]
        {
            assert_eq!(is_measure(value), measure, "{value}");
        }
    }
}
