//! As Betamax writes, with its serializer for people: sorted keys, in lines.

use serde_json::{Map, Value, json};

use super::{Bodies, Message, Plain, Writer};

pub(in super::super) static WRITER: Writer = Writer {
    endings: &[],
    bodies: Bodies::Sent,
    keeps_time: true,
    keeps_duration: false,
    keeps_version: false,
    address: str::to_owned,
    write,
};

fn write(exchanges: &[Plain]) -> String {
    let interactions: Vec<Value> = exchanges.iter().map(interaction).collect();
    let root = json!({"http_interactions": interactions, "recorded_with": "betamax/0.9.0"});
    format!("{root:#}")
}

fn interaction(plain: &Plain) -> Value {
    json!({
        "recorded_at": plain.ended.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        "request": {
            "body": body(&plain.request),
            "headers": headers(&plain.request),
            "method": plain.method,
            "uri": plain.url,
        },
        "response": {
            "body": body(&plain.response),
            "headers": headers(&plain.response),
            "status": {"code": plain.code, "message": plain.reason},
            "url": plain.url,
        },
    })
}

fn headers(message: &Message) -> Value {
    let groups = message.sorted().into_iter().map(|(name, values)| (name.to_owned(), json!(values)));
    Value::Object(groups.collect::<Map<_, _>>())
}

fn body(message: &Message) -> Value {
    match message.text() {
        Ok(text) => json!({"encoding": "utf-8", "string": text}),
        Err(base64) => json!({"base64_string": base64, "encoding": "utf-8"}),
    }
}
