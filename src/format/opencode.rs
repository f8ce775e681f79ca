//! opencode's HTTP recorder (TypeScript): JSON, `version: 1`, `metadata` and `interactions`; bytes are base64 by a
//! `bodyEncoding`.
//!
//! A WebSocket is one interaction with all its messages: in the order they came (`events`), or in two lists (`client` and
//! `server`). The address is in `open`, where the headers are, or in `connection`.

use super::{File, Format, Matching, shape};
use crate::cassette::{Interaction, Request};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct Opencode;

impl Format for Opencode {
    fn name(&self) -> &'static str {
        "opencode"
    }

    fn about(&self) -> &'static str {
        "opencode http-recorder (TypeScript)"
    }

    fn looks(&self) -> &'static str {
        "`metadata` and `interactions` with a request `url`"
    }

    fn words(&self) -> &'static [&'static str] {
        &[r#""metadata""#, r#""interactions""#, r#""request""#]
    }

    /// Method, address, headers and body (`matching.ts`).
    fn matching(&self) -> Matching {
        Matching::RequestHeaders
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let Some(list) = root.get("interactions").filter(|list| list.is_list()) else { return Fit::No };
        let metadata = root.get("metadata").is_some_and(Node::is_map);
        Fit::sure_if(
            metadata
                && list
                    .item(0)
                    .is_none_or(|first| is_socket(first) || first.at(&["request", "url"]).is_some()),
        )
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("interactions")
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let entries = self.list(file).into_iter().flat_map(Node::items);
        entries.map(interaction).collect::<Vec<_>>().into()
    }
}

fn interaction(entry: Node<'_>) -> Interaction {
    if is_socket(entry) {
        return socket(entry);
    }
    shape::pair(entry, |message, _| shape::labelled(message, "bodyEncoding"))
}

fn is_socket(entry: Node<'_>) -> bool {
    entry.get("transport").is_some_and(|transport| transport.is("websocket"))
}

/// Reads a WebSocket with all its messages.
fn socket(entry: Node<'_>) -> Interaction {
    let url = ["open", "connection"].iter().find_map(|key| entry.at(&[key, "url"]));
    let request = Request {
        url: url.and_then(Node::text),
        headers: shape::headers(entry.at(&["open", "headers"])),
        ..Request::default()
    };
    let lists = ["events", "client", "server"].iter().filter_map(|key| entry.get(key));
    let other = shape::messages(entry, lists.flat_map(Node::items).count());
    Interaction { span: entry.span(), request: Some(request), other: Some(other), ..Interaction::default() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn a_body_is_text_unless_its_encoding_says_base64() {
        let text = r#"{"version": 1, "metadata": {"name": "a", "recordedAt": "2026-01-01"}, "interactions": [
            {"request": {"method": "POST", "url": "http://x/", "headers": {}, "body": "{}"}, "response": {"status": 200, "headers": {}, "body": "data: 1\n\n"}},
            {"request": {"method": "GET", "url": "http://x/", "headers": {}}, "response": {"status": 200, "headers": {}, "body": "aGk=", "bodyEncoding": "base64"}}]}"#;
        assert_eq!(
            summary(&read(text)),
            ["opencode", "POST http://x/ {} 200 data: 1\n\n", "GET http://x/ - 200 hi"]
        );
    }

    #[test]
    fn a_web_socket_is_named_by_the_number_of_its_messages() {
        let text = r#"{"version": 1, "metadata": {"name": "a"}, "interactions": [
            {"transport": "websocket", "open": {"url": "wss://x/", "headers": {"a": "b"}}, "events": [
                {"direction": "client", "kind": "text", "body": "hi"}]},
            {"transport": "websocket", "open": {"url": "wss://x/", "headers": {}},
                "client": [{"kind": "text", "body": "hi"}], "server": [{"kind": "binary", "body": "aG8=", "bodyEncoding": "base64"}]},
            {"transport": "websocket", "connection": {"sequence": 0, "url": "wss://y/"}, "events": []}]}"#;
        let recording = read(text);
        let want = ["1 WebSocket message", "2 WebSocket messages", "0 WebSocket messages"];
        let want = [
            format!("- wss://x/ - {}", want[0]),
            format!("- wss://x/ - {}", want[1]),
            format!("- wss://y/ - {}", want[2]),
        ];
        assert_eq!(summary(&recording)[0], "opencode");
        assert_eq!(summary(&recording)[1..], want);
        assert_eq!(recording.interactions[0].http.request.as_ref().unwrap().headers.len(), 1);
    }
}
