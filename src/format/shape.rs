//! Shapes that several recorders share: how headers, statuses and bodies are written down.

use std::time::Duration;

use super::Repeat;
use crate::cassette::{Body, Header, Interaction, Other, Request, Response, Stamp, Status};
use crate::codec;
use crate::diagnostic::{Diagnostic, Parsed};
use crate::syntax::{Node, address};
use crate::text::Text;

/// Reads the entries of a list, with what there is to say about them.
pub(super) fn entries(
    list: Option<Node<'_>>,
    mut interaction: impl FnMut(Node<'_>, &mut Vec<Diagnostic>) -> Interaction,
) -> Parsed<Vec<Interaction>> {
    let mut parsed = Parsed::<Vec<_>>::default();
    for entry in list.into_iter().flat_map(Node::items) {
        parsed.value.push(interaction(entry, &mut parsed.diagnostics));
    }
    parsed
}

/// Reads headers: a mapping of name to a value or a list of values; a list of `{name, value}`, where the value may be a
/// list, too, or of pairs; a list of lines; or a list of names and values in turn.
pub(super) fn headers(node: Option<Node<'_>>) -> Vec<Header> {
    let Some(node) = node else { return Vec::new() };
    let mut headers = Vec::new();
    for (key, value) in node.entries() {
        headers.extend(scalar(key).into_iter().flat_map(|name| lines(name, value)));
    }
    let mut texts =
        node.items().filter(|item| !item.is_map() && !item.is_list()).filter_map(Node::text).peekable();
    // No header's name has a colon.
    if texts.peek().is_some_and(|first| first.as_str().contains(':')) {
        headers.extend(texts.by_ref().filter_map(|line| line_of(&line)));
    }
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        headers.push(Header { name, value });
    }
    for item in node.items() {
        if let (Some(name), Some(value)) = (item.item(0), item.item(1)) {
            headers.extend(scalar(name).zip(scalar(value)).map(|(name, value)| Header { name, value }));
        }
        if let Some((name, value)) = item.get("name").and_then(scalar).zip(item.get("value")) {
            headers.extend(lines(name, value));
        }
    }
    headers
}

/// Reads a header line, with or without its end.
fn line_of(line: &Text) -> Option<Header> {
    let text = line.as_str();
    let colon = text.find(':')?;
    let value = text[colon + 1..].trim();
    let start = colon + 1 + (text[colon + 1..].len() - text[colon + 1..].trim_start().len());
    Some(Header { name: line.slice(0..colon), value: line.slice(start..start + value.len()) })
}

/// Returns the lines of a header, one for each of its values.
fn lines(name: Text, value: Node<'_>) -> impl Iterator<Item = Header> {
    let one = (!value.is_list()).then_some(value).into_iter();
    let values = one.chain(value.items()).filter_map(scalar);
    values.map(move |value| Header { name: name.clone(), value })
}

/// Returns a scalar's text, or that of the first scalar inside it. Old versions of Ruby and Python write any string
/// of bytes in base64, header values too.
///
/// Python's tagged strings (`!!python/object/apply:multidict._multidict.istr [Accept]`) keep theirs inside a list.
pub(super) fn scalar(node: Node<'_>) -> Option<Text> {
    if node.is_list() {
        return node.item(0).and_then(Node::text);
    }
    if node.is_map() {
        return node.entries().next().and_then(|(_, value)| value.text());
    }
    // A header's date is a date to YAML, and yet it is text.
    let text = node.text()?;
    if is_binary(node) { codec::unwrap(text.into(), &[codec::BASE64], None).value.text() } else { Some(text) }
}

/// Reads a status: a number, `"200"`, `200 OK`, or a mapping with a `code`; R's vcr called it `status_code`. Erlang's
/// httpc has a list of version, number and reason.
pub(super) fn status(node: Node<'_>) -> Option<Status> {
    if node.is_list() {
        return node.items().filter(|item| !item.is_list()).find_map(status);
    }
    let code = ["code", "Code", "status_code"].iter().find_map(|key| node.get(key));
    let status = status_in(&code.unwrap_or(node).text()?)?;
    let reason = node.some("message").and_then(scalar);
    Some(Status { reason: reason.or(status.reason), ..status })
}

/// Reads a status from the first word of a text; what follows it are its words.
pub(super) fn status_in(text: &Text) -> Option<Status> {
    let word = text.as_str().split_whitespace().next()?;
    let start = text.len() - text.as_str().trim_start().len();
    let end = start + word.len();
    let words = text.as_str()[end..].trim();
    let begin = text.as_str().trim_end().len() - words.len();
    let reason = (!words.is_empty()).then(|| text.slice(begin..begin + words.len()));
    Some(Status { code: word.parse().ok()?, at: text.slice(start..end), reason })
}

/// Reads a body that is written as a scalar or, parsed, as a tree. Null is no body.
pub(super) fn body(node: Node<'_>) -> Option<Body> {
    if node.is_null() {
        return None;
    }
    if (node.is_map() || node.is_list()) && node.tag().is_none() {
        return Some(Body::tree(node.subtree()));
    }
    if is_binary(node) {
        return Some(Body::wrapped(node.text()?, codec::BASE64));
    }
    scalar(node).map(Body::bytes)
}

/// Reads a body that is base64 by the recorder's layout.
pub(super) fn base64(node: Node<'_>) -> Body {
    node.text().map_or_else(|| Body::tree(node.subtree()), |text| Body::wrapped(text, codec::BASE64))
}

/// Returns whether a content type is one of text, so that recorders which ask it keep the body as it is.
pub(super) fn is_text_type(content_type: &str) -> bool {
    let lower = content_type.trim().to_ascii_lowercase();
    let kind = lower.split(';').next().unwrap_or_default().trim_end();
    kind.starts_with("text/")
        || ["json", "xml", "urlencoded", "javascript"].iter().any(|word| kind.ends_with(word))
        || lower.contains("charset=utf-8")
}

/// Reads an entry of a recorder whose requests and responses differ from others' in names and bodies only.
///
/// `body` is given the request or response, and its headers.
pub(super) fn pair(node: Node<'_>, mut body: impl FnMut(Node<'_>, &[Header]) -> Option<Body>) -> Interaction {
    let Some(request) = either(node, &["request", "Request"]) else { return other(node) };
    let headers = all_headers(request);
    let request = Request {
        method: either(request, &["method", "Method"]).and_then(Node::text),
        url: either(request, &["uri", "url", "Uri"]).and_then(Node::text),
        body: body(request, &headers),
        headers,
    };
    let response = either(node, &["response", "Response"]).map(|response| {
        let headers = all_headers(response);
        Response {
            status: either(response, &["status_code", "status", "Status"]).and_then(status),
            body: body(response, &headers),
            headers,
            duration: None,
            version: None,
        }
    });
    Interaction {
        span: node.span(),
        request: Some(request),
        response,
        recorded: stamp(node),
        ..Interaction::default()
    }
}

/// Returns the headers of a request or response; .NET keeps those of the content apart.
fn all_headers(node: Node<'_>) -> Vec<Header> {
    let names = [
        "headers",
        "RequestHeaders",
        "requestHeaders",
        "ResponseHeaders",
        "responseHeaders",
        "ContentHeaders",
        "contentHeaders",
    ];
    names.iter().flat_map(|name| headers(node.get(name))).collect()
}

/// Returns the value of the first of some keys that is there: recorders that share a layout differ in upper and lower
/// case.
pub(super) fn either<'t>(node: Node<'t>, keys: &[&str]) -> Option<Node<'t>> {
    keys.iter().find_map(|key| node.some(key))
}

/// Reads the body of a message whose field `label` says `base64` where the body is no text.
pub(super) fn labelled(message: Node<'_>, label: &str) -> Option<Body> {
    let body = message.some("body")?;
    match message.get(label) {
        Some(encoding) if encoding.is("base64") => Some(base64(body)),
        _ => self::body(body),
    }
}

/// Returns the address that a response says it comes from: that of the request, unless it was led on.
pub(super) fn answered<'t>(entry: Node<'t>, keys: &[&str]) -> Vec<Repeat<'t>> {
    let response = either(entry, &["response", "Response"]);
    let url = response.and_then(|response| either(response, keys));
    url.map(|url| Repeat::Text(url, address::whole)).into_iter().collect()
}

/// Returns whether a scalar is base64 by its tag: YAML's own, or Ruby's local one.
pub(super) fn is_binary(node: Node<'_>) -> bool {
    matches!(node.tag(), Some("!!binary" | "!binary" | "!<tag:yaml.org,2002:binary>"))
}

/// Under what recorders keep when an entry was recorded.
const RECORDED: &[&str] = &["recorded_at", "recordedAt", "RecordedAt", "recorded", "captured_at"];

/// Reads when an entry was recorded, where the recorder says it.
pub(super) fn stamp(entry: Node<'_>) -> Option<Stamp> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| entry.some(key)).and_then(Node::str);
    let started = text(&["startedDateTime"]).and_then(|text| Stamp::started(&text));
    started.or_else(|| text(RECORDED).and_then(|text| Stamp::ended(&text)))
}

/// Reads a duration as Go writes it: `304.219083ms`, `1m2.5s`, `0s`.
pub(super) fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut nanos = 0.0;
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..length].parse().ok()?;
        rest = &rest[length..];
        let length = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        nanos += number
            * match &rest[..length] {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3600e9,
                _ => return None,
            };
        rest = &rest[length..];
    }
    let valid = !text.is_empty() && (0.0..1e18).contains(&nanos);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, checked above")]
    valid.then(|| Duration::from_nanos(nanos.round() as u64))
}

/// Returns an entry that is no HTTP exchange, named by what it says of itself.
pub(super) fn other(node: Node<'_>) -> Interaction {
    let what = ["kind", "type", "direction"].iter().filter_map(|key| node.get(key)?.str());
    let what = what.collect::<Vec<_>>().join(" ");
    let what = if what.is_empty() { "entry without a request".to_owned() } else { what };
    let other = Other { what, content: node.subtree() };
    Interaction { span: node.span(), other: Some(other), ..Interaction::default() }
}

/// Returns what a node holds of a connection: so many messages.
pub(super) fn messages(node: Node<'_>, count: usize) -> Other {
    let end = if count == 1 { "" } else { "s" };
    Other { what: format!("{count} WebSocket message{end}"), content: node.subtree() }
}

/// Returns an entry that is one message of a connection: what the client sent is a request, the rest are responses.
pub(super) fn frame(node: Node<'_>, what: String, sent: bool, body: Option<Body>) -> Interaction {
    let (mut request, mut response) = (None, None);
    if sent {
        request = Some(Request { body, ..Request::default() });
    } else {
        response = Some(Response { body, ..Response::default() });
    }
    let other = Some(Other { what, content: node.subtree() });
    Interaction { span: node.span(), request, response, other, ..Interaction::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Tree;

    #[test]
    fn headers_are_read_in_every_shape() {
        let read = |json: &str| {
            let tree = Tree::json(Text::made(json)).unwrap();
            let pair = |header: Header| format!("{}={}", header.name.as_str(), header.value.as_str());
            headers(Tree::documents(&std::sync::Arc::new(tree)).next())
                .into_iter()
                .map(pair)
                .collect::<Vec<_>>()
                .join(" ")
        };
        for shape in [
            r#"{"A": "1", "B": "", "C": ["3", "4"]}"#,
            r#"[{"name": "A", "value": 1}, {"name": "B", "value": ""}, {"name": "C", "value": [3, 4]}]"#,
            r#"[["A", "1"], ["B", ""], ["C", "3"], ["C", "4"]]"#,
            r#"["A", "1", "B", "", "C", "3", "C", "4"]"#,
            r#"["A: 1\r\n", "B:", "C:3 \r\n", "C: 4"]"#,
        ] {
            assert_eq!(read(shape), "A=1 B= C=3 C=4", "{shape}");
        }
    }

    #[test]
    fn durations_are_read_as_go_writes_them() {
        let millis = |text| go_duration(text).map(|duration| duration.as_secs_f64() * 1000.0);
        assert_eq!(go_duration("304.219083ms"), Some(Duration::from_nanos(304_219_083)));
        assert_eq!(millis("1m2.5s"), Some(62_500.0));
        assert_eq!(millis("0s"), Some(0.0));
        assert_eq!(millis("12µs"), Some(0.012));
        assert_eq!(millis(""), None);
        assert_eq!(millis("fast"), None);
        assert_eq!(millis("12"), None);
    }
}
