//! mcp-cassette (Python): JSON, `format_version` and the JSON-RPC `messages` of one session, over a process or HTTP.

use super::{File, Format, shape};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct McpCassette;

impl Format for McpCassette {
    fn name(&self) -> &'static str {
        "mcp-cassette"
    }

    fn about(&self) -> &'static str {
        "mcp-cassette (Python)"
    }

    fn looks(&self) -> &'static str {
        "`messages` with a `sender` and a `payload`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["\"format_version\"", "\"messages\"", "\"sender\"", "\"payload\""]
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(root) = file.root() else { return Fit::No };
        let Some(messages) = root.get("messages").filter(|list| list.is_list()) else { return Fit::No };
        let version = root.get("format_version").is_some();
        let has = |first: Node<'_>, key| first.get(key).is_some();
        Fit::sure_if(match messages.item(0) {
            Some(first) => has(first, "sender") && has(first, "payload"),
            None => version && root.get("transport").is_some(),
        })
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("messages")
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        self.list(file).into_iter().flat_map(Node::items).map(interaction).collect::<Vec<_>>().into()
    }
}

/// Reads a message: who sends it, what it is, and what it asks for.
fn interaction(entry: Node<'_>) -> Interaction {
    let words = ["sender", "kind", "method"].iter().filter_map(|key| entry.some(key)?.str());
    let what = words.collect::<Vec<_>>().join(" ");
    let sent = entry.get("sender").is_some_and(|sender| sender.is("client"));
    shape::frame(entry, what, sent, entry.some("payload").and_then(shape::body))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn each_message_is_an_entry_named_by_what_it_is() {
        let text = r#"{"format_version": 2, "transport": "stdio", "messages": [
            {"seq": 0, "sender": "client", "kind": "request", "method": "tools/list", "payload": {"id": 1}},
            {"seq": 1, "sender": "server", "kind": "response", "method": null, "payload": {"id": 1}}]}"#;
        let want =
            ["mcp-cassette", r#"- - {"id":1} client request tools/list"#, r#"- {"id":1} server response"#];
        assert_eq!(summary(&read(text)), want);
    }
}
