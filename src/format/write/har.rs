//! HAR 1.2: bodies as a browser shows them, headers as they were; -1 says that nobody knows.

use serde_json::{Number, Value, json};

use super::{Bodies, Message, Plain, Writer};
use crate::syntax::{address, form};
use crate::text::Text;

pub(in super::super) static WRITER: Writer = Writer {
    endings: &["har"],
    bodies: Bodies::Shown,
    keeps_time: true,
    keeps_duration: true,
    keeps_version: true,
    address: str::to_owned,
    write,
};

fn write(exchanges: &[Plain]) -> String {
    let entries: Vec<Value> = exchanges.iter().map(entry).collect();
    let creator = json!({"name": "cassette", "version": env!("CARGO_PKG_VERSION")});
    let root = json!({"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}});
    format!("{root:#}\n")
}

fn entry(plain: &Plain) -> Value {
    // The last part of the time is all that is known of the parts.
    let time = plain.duration.and_then(|took| Number::from_f64(took.as_secs_f64() * 1000.0));
    let time = time.map_or_else(|| json!(-1), Value::Number);
    let version = plain.version.map_or_else(String::new, |(major, minor)| format!("HTTP/{major}.{minor}"));
    let mut request = json!({
        "method": plain.method,
        "url": plain.url,
        "httpVersion": version,
        "cookies": [],
        "headers": headers(&plain.request),
        "queryString": query(&plain.url),
        "headersSize": -1,
        "bodySize": plain.request.body.as_ref().map_or(0, Vec::len),
    });
    if plain.request.body.as_ref().is_some_and(|body| !body.is_empty()) {
        request["postData"] = content(&plain.request, json!({"mimeType": kind(&plain.request)}));
    }
    let size = plain.response.body.as_ref().map_or(0, Vec::len);
    let about = json!({"size": size, "mimeType": kind(&plain.response)});
    let response = json!({
        "status": plain.code,
        "statusText": plain.reason,
        "httpVersion": version,
        "cookies": [],
        "headers": headers(&plain.response),
        "content": content(&plain.response, about),
        "redirectURL": plain.response.header("location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": plain.response.sent.map_or_else(|| json!(-1), |sent| json!(sent)),
    });
    json!({
        "startedDateTime": plain.started.to_string(),
        "time": time,
        "request": request,
        "response": response,
        "cache": {},
        "timings": {"send": -1, "wait": time, "receive": -1},
    })
}

fn kind(message: &Message) -> &str {
    message.header("content-type").unwrap_or_default()
}

fn headers(message: &Message) -> Value {
    message.headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

fn query(url: &str) -> Value {
    let pairs = form::pairs(&Text::made(address::query(url)));
    pairs.iter().map(|pair| json!({"name": pair.name.as_str(), "value": pair.value.as_str()})).collect()
}

/// Adds the text of a body to what is said about it.
fn content(message: &Message, mut about: Value) -> Value {
    match message.text() {
        Ok(text) => about["text"] = json!(text),
        Err(base64) => {
            about["text"] = json!(base64);
            about["encoding"] = json!("base64");
        }
    }
    about
}
