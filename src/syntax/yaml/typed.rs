//! The type that the spelling of a plain scalar gives it.

use serde_json::{Number, Value};

/// Returns a plain scalar as null, true or false, a number, or text.
///
/// The rules are those of YAML 1.1 as `PyYAML`'s resolver has them. So `1e5` and `0o17` are text, as Psych has
/// them too; only Go's yaml.v3 takes them for numbers. What JSON cannot hold stays text: dates, `1:30`, `.inf`, `.nan`.
pub(in super::super) fn typed(raw: &str) -> Value {
    match raw {
        _ if is_null(raw) => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => number(raw).map_or_else(|| Value::String(raw.to_owned()), Value::Number),
    }
}

/// Returns whether a plain scalar is null.
pub(in super::super) fn is_null(raw: &str) -> bool {
    matches!(raw, "" | "~" | "null" | "Null" | "NULL")
}

/// Returns whether a plain scalar is text.
pub(in super::super) fn is_text(raw: &str) -> bool {
    let begins_number = matches!(raw.as_bytes().first(), Some(b'0'..=b'9' | b'+' | b'-' | b'.'));
    // No word that stands for something else is longer.
    (!begins_number && raw.len() > "false".len()) || typed(raw).is_string()
}

/// Returns whether some reader of YAML 1.1 or 1.2 takes a plain scalar for something else than text.
pub(super) fn may_be_typed(raw: &str) -> bool {
    const WORDS: [&str; 16] = [
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "=", ".inf", ".nan",
        "-.inf",
    ];
    let lower = raw.to_ascii_lowercase();
    let of_number = |byte: &u8| byte.is_ascii_hexdigit() || b"+-._:xotz ,".contains(byte);
    let begins_number = matches!(raw.as_bytes().first(), Some(b'0'..=b'9' | b'+' | b'-' | b'.'));
    WORDS.contains(&lower.strip_prefix('+').unwrap_or(&lower))
        || (begins_number && lower.bytes().all(|byte| of_number(&byte)))
}

fn number(raw: &str) -> Option<Number> {
    let (sign, digits) = match raw.as_bytes().first()? {
        b'-' => ("-", &raw[1..]),
        b'+' => ("", &raw[1..]),
        b'0'..=b'9' | b'.' => ("", raw),
        _ => return None,
    };
    // PyYAML takes no sign before `.5`.
    if raw != digits && !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let json = whole(digits).or_else(|| fraction(digits))?;
    format!("{sign}{json}").parse().ok()
}

/// Returns the JSON spelling of a whole number without its sign.
fn whole(digits: &str) -> Option<String> {
    let of_radix = |digits: &str, radix| {
        let digits = digits.replace('_', "");
        u128::from_str_radix(&digits, radix).ok().filter(|_| !digits.starts_with('+')).map(|n| n.to_string())
    };
    match digits.as_bytes() {
        [b'0', b'x', ..] => of_radix(&digits[2..], 16),
        [b'0', b'b', ..] => of_radix(&digits[2..], 2),
        [b'0', _, ..] => of_radix(&digits[1..], 8),
        [b'0'..=b'9', ..] => only_digits(digits),
        _ => None,
    }
}

/// Returns the JSON spelling of a number with a point, without its sign.
fn fraction(digits: &str) -> Option<String> {
    let (whole, rest) = digits.split_once('.')?;
    let (fraction, exponent) = rest.split_at(rest.find(['e', 'E']).unwrap_or(rest.len()));
    if whole.is_empty() && !fraction.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    // YAML 1.1 wants a sign in the exponent.
    if let Some(exponent) = exponent.get(1..) {
        let digits = exponent.strip_prefix(['+', '-'])?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    let (whole, fraction) = (only_digits(whole)?, only_digits(fraction)?);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = if fraction.is_empty() { "0" } else { &fraction };
    Some(format!("{whole}.{fraction}{exponent}"))
}

/// Returns digits without the `_` between them.
fn only_digits(text: &str) -> Option<String> {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_').then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::typed;

    /// As `PyYAML` 6.0.3 reads it, but for the date, `1:30` and `.inf`.
    #[test]
    fn spelling_gives_the_type() {
        for (raw, json) in [
            ("200", "200"),
            ("-7", "-7"),
            ("+7", "7"),
            ("0", "0"),
            ("1_000", "1000"),
            ("0x1F", "31"),
            ("017", "15"),
            ("-0b101", "-5"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("1.5", "1.5"),
            ("1.", "1.0"),
            (".5", "0.5"),
            ("1.5e+3", "1.5e+3"),
            ("01.50", "1.50"),
            ("~", "null"),
            ("", "null"),
            ("yes", "true"),
            ("Off", "false"),
            ("y", r#""y""#),
            ("1e5", r#""1e5""#),
            ("1.5e3", r#""1.5e3""#),
            ("-.5", r#""-.5""#),
            ("08", r#""08""#),
            ("0o17", r#""0o17""#),
            ("1.2.3", r#""1.2.3""#),
            ("HTTP/1.1", r#""HTTP/1.1""#),
            ("2023-06-01", r#""2023-06-01""#),
            ("1:30", r#""1:30""#),
            (".inf", r#"".inf""#),
            ("+", r#""+""#),
            (".", r#"".""#),
        ] {
            assert_eq!(typed(raw).to_string(), json, "{raw:?}");
        }
    }
}
