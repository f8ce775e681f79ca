//! As go-vcr writes version 2: Go's names of headers, sorted keys, its own form of durations.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Bodies, Message, Plain, Writer, lists, members};
use crate::syntax::compose::{Layout, Value, document};
use crate::syntax::{address, form};
use crate::text::Text;

pub(in super::super) static WRITER: Writer = Writer {
    endings: &[],
    bodies: Bodies::Decoded,
    keeps_time: false,
    keeps_duration: true,
    keeps_version: true,
    address: str::to_owned,
    write,
};

fn write(exchanges: &[Plain]) -> String {
    let interactions = Value::List(exchanges.iter().enumerate().map(interaction).collect());
    let root = members([("version", Value::number(2)), ("interactions", interactions)]);
    format!("---\n{}", document(&root, Layout { map: 4, list: 4, ascii: false }))
}

fn interaction((id, plain): (usize, &Plain)) -> Value {
    let empty = || Value::List(Vec::new());
    let none = || Value::Map(Vec::new());
    let empty_text = || Value::Raw("\"\"".to_owned());
    let length = plain.request.body.as_ref().map_or(0, Vec::len);
    // Whatever the server speaks, a client's request says this.
    let request = Value::map([
        ("proto", Value::text("HTTP/1.1")),
        ("proto_major", Value::number(1)),
        ("proto_minor", Value::number(1)),
        ("content_length", Value::number(length)),
        ("transfer_encoding", empty()),
        ("trailer", none()),
        ("host", Value::text(address::host(&plain.url))),
        ("remote_addr", empty_text()),
        ("request_uri", empty_text()),
        ("body", body(&plain.request)),
        ("form", form(plain)),
        ("headers", headers(&plain.request)),
        ("url", Value::text(&plain.url)),
        ("method", Value::text(&plain.method)),
    ]);
    let (major, minor) = plain.version.unwrap_or_default();
    let proto = plain.version.map_or_else(String::new, |_| format!("HTTP/{major}.{minor}"));
    let stated = plain.response.header("content-length").and_then(|length| length.parse::<u64>().ok());
    let length = stated.map_or_else(|| "-1".to_owned(), |length| length.to_string());
    let status = format!("{} {}", plain.code, plain.reason);
    let response = Value::map([
        ("proto", Value::text(proto)),
        ("proto_major", Value::number(major)),
        ("proto_minor", Value::number(minor)),
        ("transfer_encoding", empty()),
        ("trailer", none()),
        ("content_length", Value::Raw(length)),
        ("uncompressed", Value::Raw(plain.uncompressed.to_string())),
        ("body", body(&plain.response)),
        ("headers", headers(&plain.response)),
        ("status", Value::text(status.trim_end())),
        ("code", Value::number(plain.code)),
        ("duration", Value::text(spelled(plain.duration.unwrap_or_default()))),
    ]);
    Value::map([("id", Value::number(id)), ("request", request), ("response", response)])
}

fn body(message: &Message) -> Value {
    message.text().map_or_else(|base64| Value::Tagged("!!binary", base64), Value::text)
}

/// Returns the parameters of the body and of the address, as Go parses them.
fn form(plain: &Plain) -> Value {
    let kind = plain.request.header("content-type").unwrap_or_default();
    let is_form = kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
    let with_body = is_form && matches!(plain.method.as_str(), "POST" | "PUT" | "PATCH");
    let body = plain.request.text().ok().filter(|_| with_body);
    let query = Some(address::query(&plain.url));
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for part in [body, query].into_iter().flatten() {
        for pair in form::pairs(&Text::made(part)) {
            values.entry(pair.name.as_str().to_owned()).or_default().push(Value::text(pair.value.as_str()));
        }
    }
    Value::Map(values.into_iter().map(|(name, values)| (name, Value::List(values))).collect())
}

/// Returns headers under the names that Go asks for.
fn headers(message: &Message) -> Value {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in &message.headers {
        groups.entry(canonical(name)).or_default().push(value);
    }
    lists(groups.into_iter().collect())
}

/// Returns a header's name as Go spells it; what is no name stays.
fn canonical(name: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !name.chars().all(is_token) {
        return name.to_owned();
    }
    let mut upper = true;
    let spell = |c: char| {
        let new = if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        upper = c == '-';
        new
    };
    name.chars().map(spell).collect()
}

/// Returns a duration as Go spells it.
fn spelled(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let of = |unit: u128, name: &str| {
        let digits = unit.ilog10() as usize;
        let fraction = format!("{:0digits$}", nanos % unit);
        let fraction = if digits == 0 { "" } else { fraction.trim_end_matches('0') };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{}{point}{fraction}{name}", nanos / unit)
    };
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => of(1, "ns"),
        1_000..1_000_000 => of(1_000, "µs"),
        1_000_000..1_000_000_000 => of(1_000_000, "ms"),
        _ => {
            let (hours, minutes) = (duration.as_secs() / 3600, duration.as_secs() / 60 % 60);
            let rest = Duration::new(duration.as_secs() % 60, duration.subsec_nanos());
            let seconds = format!("{}", rest.as_nanos() / 1_000_000_000);
            let fraction = format!("{:09}", rest.subsec_nanos());
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            let hours_text = if hours > 0 { format!("{hours}h") } else { String::new() };
            let minutes_text = if hours > 0 || minutes > 0 { format!("{minutes}m") } else { String::new() };
            format!("{hours_text}{minutes_text}{seconds}{point}{fraction}s")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_names_are_those_of_go() {
        for (nanos, text) in [
            (0, "0s"),
            (7, "7ns"),
            (1_500, "1.5µs"),
            (304_219_083, "304.219083ms"),
            (2_000_000, "2ms"),
            (62_500_000_000, "1m2.5s"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            assert_eq!(spelled(Duration::from_nanos(nanos)), text);
        }
        assert_eq!(canonical("x-request-ID"), "X-Request-Id");
        assert_eq!(canonical("not a name"), "not a name");
    }
}
