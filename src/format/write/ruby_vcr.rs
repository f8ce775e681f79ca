//! As Ruby's VCR writes: Psych, methods in lower case, what is no text as `!binary`.

use super::{Bodies, Message, Plain, Writer, lists, members};
use crate::syntax::compose::{Layout, Value, document};

pub(in super::super) static WRITER: Writer = Writer {
    endings: &[],
    bodies: Bodies::Sent,
    keeps_time: true,
    keeps_duration: false,
    keeps_version: true,
    address,
    write,
};

fn write(exchanges: &[Plain]) -> String {
    let interactions = Value::List(exchanges.iter().map(interaction).collect());
    let root = members([("http_interactions", interactions), ("recorded_with", Value::text("VCR 5.0.0"))]);
    format!("---\n{}", document(&root, Layout { map: 2, list: 0, ascii: false }))
}

fn interaction(plain: &Plain) -> Value {
    let request = Value::map([
        ("method", Value::text(plain.method.to_ascii_lowercase())),
        ("uri", Value::text(&plain.url)),
        ("body", body(&plain.request)),
        ("headers", lists(plain.request.grouped())),
    ]);
    let status = Value::map([("code", Value::number(plain.code)), ("message", Value::text(&plain.reason))]);
    let version = plain.version.map_or_else(
        || Value::Raw("null".to_owned()),
        |(major, minor)| Value::text(format!("{major}.{minor}")),
    );
    let response = Value::map([
        ("status", status),
        ("headers", lists(plain.response.grouped())),
        ("body", body(&plain.response)),
        ("http_version", version),
    ]);
    let recorded = plain.ended.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    Value::map([("request", request), ("response", response), ("recorded_at", Value::text(recorded))])
}

fn body(message: &Message) -> Value {
    let (encoding, string) = match message.text() {
        Ok(text) => ("UTF-8", Value::text(text)),
        Err(base64) => ("ASCII-8BIT", Value::Tagged("!binary", base64)),
    };
    Value::map([("encoding", Value::text(encoding)), ("string", string)])
}

/// Returns an address as `WebMock` hands it on, with a path, without a port that goes without saying, and with nothing
/// escaped in the path that can stand there: VCR finds it under no other.
fn address(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (path, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let authority = authority.strip_suffix(port).unwrap_or(authority);
    let mut parts = path.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from);
        let bare = byte.filter(|c| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(*c));
        decoded.push(bare.unwrap_or('%'));
        decoded += if bare.is_some() { &part[2..] } else { part };
    }
    // What stands behind `#` is never sent; a path always is.
    let query = query.split('#').next().unwrap_or_default();
    let path = if decoded.is_empty() { "/" } else { &decoded };
    format!("{scheme}://{authority}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_spelled_as_webmock_does() {
        assert_eq!(address("https://x:443/a%3Ab%2Fc%zz%?d=%3A"), "https://x/a:b%2Fc%zz%?d=%3A");
        assert_eq!(address("http://x:8080"), "http://x:8080/");
        assert_eq!(address("http://x/a?b#c"), "http://x/a?b");
        assert_eq!(address("/a%3Ab"), "/a%3Ab");
    }
}
