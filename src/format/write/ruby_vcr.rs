//! As Ruby's VCR writes: Psych, methods in lower case, what is no text as `!binary`.

use super::{Bodies, Message, Plain, Writer, lists, members};
use crate::syntax::compose::{Layout, Value, document};

pub(in super::super) static WRITER: Writer = Writer {
    endings: &[],
    bodies: Bodies::Sent,
    keeps_time: true,
    keeps_duration: false,
    keeps_version: true,
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
