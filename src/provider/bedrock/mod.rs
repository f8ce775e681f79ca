//! Amazon Bedrock: what its two ways to ask a model share, the model in the address and the errors.

mod converse;
mod invoke;
mod texts;

use super::Call;
use crate::cassette::header_texts;
use crate::chat::{Apart, ReplyBuilder, Usage};
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) use converse::Converse;
pub(super) use invoke::Invoke;

/// Returns the model in a path such as `/model/us.amazon.nova-pro-v1%3A0/converse` that ends with one of `operations`.
/// A profile is an ARN with a slash in it, which not every client escapes.
fn model(path: &str, operations: &[&str]) -> Option<String> {
    let path = path.trim_end_matches('/');
    let resource = operations.iter().find_map(|operation| path.strip_suffix(operation))?;
    let (_, model) = resource.split_once("/model/")?;
    Some(unescaped(model))
}

/// Returns a part of an address without its percent escapes.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => (bytes.push(byte), rest = &tail[2..]),
            None => (bytes.push(*first), rest = tail),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads what stands in place of an answer: `{"message": …}`, by older services with a capital. Its kind stands in the
/// headers, before an address that explains it.
fn refused(call: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
    let message = body.string_at("message").or_else(|| body.string_at("Message"));
    if message.is_some() {
        let kind = header_texts(call.headers, "x-amzn-errortype").next();
        let kind = kind.map(|kind| kind.slice(0..kind.as_str().find(':').unwrap_or(kind.len())));
        reply.error(message, body.string_at("__type").or(kind));
    }
}

/// Takes over what the headers of an answer count, where its body counts nothing.
fn counted(call: &Call<'_>, usage: &mut Usage) {
    if usage.raw.is_some() {
        return;
    }
    let counts = [
        ("input", &mut usage.input),
        ("output", &mut usage.output),
        ("cache-read-input", &mut usage.cached),
        ("cache-write-input", &mut usage.cache_write),
    ];
    for (what, field) in counts {
        let name = format!("x-amzn-bedrock-{what}-token-count");
        let header = call.headers.iter().find(|header| header.name.as_str().eq_ignore_ascii_case(&name));
        let Some(header) = header else { continue };
        *field = header.value.as_str().trim().parse().ok();
        if let Some(count) = *field {
            usage.apart = Apart::CACHE;
            usage.raw.get_or_insert_default().insert(header.name.as_str().to_owned(), count.into());
        }
    }
}

/// Reads an event that ends the stream early, if it is one: an exception of the service, named for its kind, or an
/// error below it, which is no JSON.
fn failed(event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) -> bool {
    let exception = event.name.as_ref().is_some_and(|name| name.as_str().ends_with("Exception"));
    if data.is_some() && !exception {
        return false;
    }
    let message = match data {
        Some(data) => data.string_at("message").or_else(|| data.string_at("originalMessage")),
        None => Some(event.data.clone()),
    };
    reply.error(message.filter(|message| !message.is_empty()), event.name.clone());
    true
}

/// Returns the name of an event; most framings have one.
fn name(event: &Event) -> &str {
    event.name.as_ref().map_or("", Text::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_in_the_path() {
        let of = |path| model(path, &["/converse", "/converse-stream"]);
        assert_eq!(of("/model/amazon.titan-v1/converse").as_deref(), Some("amazon.titan-v1"));
        assert_eq!(of("/model/a.b-v1%3A0/converse-stream/").as_deref(), Some("a.b-v1:0"));
        let arn = Some("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.a.b-v1:0");
        for path in [
            "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Feu.a.b-v1%3A0/converse",
            "/gateway/model/arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.a.b-v1:0/converse",
        ] {
            assert_eq!(of(path).as_deref(), arn);
        }
        assert_eq!(of("/model/a.b/count-tokens"), None);
        assert_eq!(of("/converse"), None);
    }

    #[test]
    fn broken_escapes_stay() {
        assert_eq!(unescaped("a%3Ab%2fc%zz%4"), "a:b/c%zz%4");
        assert_eq!(unescaped("%C3%A9%"), "é%");
    }
}
