//! As vcrpy writes: `PyYAML` with sorted keys and in ASCII.

use super::{Bodies, Message, Plain, Writer, lists, members};
use crate::syntax::compose::{Layout, Value, document};

pub(in super::super) static WRITER: Writer = Writer {
    endings: &[],
    bodies: Bodies::Sent,
    keeps_time: false,
    keeps_duration: false,
    keeps_version: false,
    address: str::to_owned,
    write,
};

fn write(exchanges: &[Plain]) -> String {
    let interactions = Value::List(exchanges.iter().map(interaction).collect());
    let root = members([("interactions", interactions), ("version", Value::number(1))]);
    document(&root, Layout { map: 2, list: 0, ascii: true })
}

fn interaction(plain: &Plain) -> Value {
    let null = || Value::Raw("null".to_owned());
    let asked = if plain.request.body.is_some() { body(&plain.request) } else { null() };
    let request = Value::map([
        ("body", asked),
        ("headers", lists(plain.request.sorted())),
        ("method", Value::text(&plain.method)),
        ("uri", Value::text(&plain.url)),
    ]);
    let status = Value::map([("code", Value::number(plain.code)), ("message", Value::text(&plain.reason))]);
    let response = Value::map([
        ("body", Value::map([("string", body(&plain.response))])),
        ("headers", lists(plain.response.sorted())),
        ("status", status),
    ]);
    Value::map([("request", request), ("response", response)])
}

fn body(message: &Message) -> Value {
    message.text().map_or_else(|base64| Value::Tagged("!!binary", base64), Value::text)
}
