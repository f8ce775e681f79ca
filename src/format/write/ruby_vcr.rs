//! As Ruby's VCR writes: Psych, methods in lower case, what is no text as `!binary`.

use std::collections::BTreeMap;

use super::{Bodies, Message, Plain, Writer, lists, members};
use crate::syntax::compose::{Layout, Value, document};
use crate::syntax::{address, form};

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

/// Returns an address as `WebMock` hands it on, with a path, without a port that goes without saying, with nothing escaped
/// in the path that can stand there, and with its parameters in order: VCR finds it under no other.
fn address(url: &str) -> String {
    let parts = address::parts(url);
    if parts.scheme.is_empty() {
        return url.to_owned();
    }
    let (scheme, authority) = (&url[parts.scheme.clone()], &url[parts.authority()]);
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let authority = authority.strip_suffix(port).unwrap_or(authority);
    let (before, query) = (&url[..parts.query.start], &url[parts.query]);
    let mut parts = url[parts.path].split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from);
        let bare = byte.filter(|c| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(*c));
        decoded.push(bare.unwrap_or('%'));
        decoded += if bare.is_some() { &part[2..] } else { part };
    }
    // What stands behind `#` is never sent; a path always is.
    let query = if before.ends_with('?') {
        format!("?{}", parameters(query).unwrap_or_else(|| query.to_owned()))
    } else {
        String::new()
    };
    let path = if decoded.is_empty() { "/" } else { &decoded };
    format!("{scheme}://{authority}{path}{query}")
}

/// Returns parameters in the order of their names, with nothing escaped that can stand there; nothing if a name is there
/// twice or is that of a list: what becomes of those depends on the settings.
fn parameters(query: &str) -> Option<String> {
    let mut all: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value)));
        let name = form::unescaped(name);
        let plain = !name.iter().any(|byte| b"[]=".contains(byte));
        let new = plain && all.insert(name, value.map(form::unescaped)).is_none();
        new.then_some(())?;
    }
    let escaped = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |text, &byte| {
            let bare = byte.is_ascii_alphanumeric() || b"-._~!$'()*,:=@/?".contains(&byte);
            if bare { text + char::from(byte).encode_utf8(&mut [0]) } else { text + &format!("%{byte:02X}") }
        })
    };
    let pair = |(name, value): (&Vec<u8>, &Option<Vec<u8>>)| match value {
        Some(value) => format!("{}={}", escaped(name), escaped(value)),
        None => escaped(name),
    };
    Some(all.iter().map(pair).collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_spelled_as_webmock_does() {
        assert_eq!(address("https://x:443/a%3Ab%2Fc%zz%?d=%3A"), "https://x/a:b%2Fc%zz%?d=:");
        assert_eq!(address("http://x:8080"), "http://x:8080/");
        assert_eq!(address("http://x/a?b#c"), "http://x/a?b");
        assert_eq!(address("/a%3Ab"), "/a%3Ab");
        assert_eq!(
            address("http://x/?z=%c3%a4+b&B=2&a-b=%2B;&a.b=&a&"),
            "http://x/?B=2&a&a-b=%2B%3B&a.b=&z=%C3%A4%20b"
        );
        assert_eq!(address("http://x/?z=%3a&a=1&z=2"), "http://x/?z=%3a&a=1&z=2");
        assert_eq!(address("http://x/?z[]=1&a=1"), "http://x/?z[]=1&a=1");
    }
}
