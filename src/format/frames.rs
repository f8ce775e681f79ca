//! Messages that went over one connection, in both directions: YAML or JSON, a list of `direction` and what was said.
//!
//! pydantic-ai (Python) keeps WebSocket messages in `interactions`, each with its `data`; logfire (Python) keeps what
//! an agent's process reads and writes in `messages`, each with its `message`.

use super::{File, Format, shape};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct Frames;

impl Format for Frames {
    fn name(&self) -> &'static str {
        "frames"
    }

    fn about(&self) -> &'static str {
        "messages of one connection: pydantic-ai's WebSockets, logfire's processes (Python)"
    }

    fn looks(&self) -> &'static str {
        "`interactions` or `messages` with a `direction`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["direction", "received", "sent", "message"]
    }

    fn fit(&self, file: &File) -> Fit {
        let first = list(file).and_then(|list| list.item(0));
        Fit::sure_if(first.is_some_and(|first| {
            first.get("direction").is_some() && message(first).is_some() && first.get("request").is_none()
        }))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        list(file)
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        list(file).into_iter().flat_map(Node::items).map(interaction).collect::<Vec<_>>().into()
    }
}

fn list(file: &File) -> Option<Node<'_>> {
    shape::either(file.root()?, &["interactions", "messages"]).filter(|list| list.is_list())
}

fn message(entry: Node<'_>) -> Option<Node<'_>> {
    entry.get("data").or_else(|| entry.get("message"))
}

fn interaction(entry: Node<'_>) -> Interaction {
    let direction = entry.get("direction").and_then(Node::str).unwrap_or_default();
    let what = match message(entry).and_then(kind) {
        Some(kind) => format!("{direction} {kind}"),
        None => format!("{direction} message"),
    };
    let sent = matches!(&*direction, "sent" | "send");
    shape::frame(entry, what, sent, message(entry).and_then(shape::body))
}

/// Returns what a message says it is: its `type`, or the one thing it holds, as Gemini's live API has it.
fn kind(message: Node<'_>) -> Option<String> {
    let named = message.get("type").and_then(Node::str);
    let only = || message.entries().next().and_then(|(key, _)| key.str());
    named.or_else(only).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn each_message_is_an_entry_named_by_its_direction_and_type() {
        let yaml = "version: 1
interactions:
- {kind: message, direction: sent, data: {type: session.update}}
- {kind: message, direction: received, data: {serverContent: {turnComplete: true}}}
- {kind: message, direction: received, data: hi}
";
        assert_eq!(
            summary(&read(yaml)),
            [
                "frames",
                r#"- - {"type":"session.update"} sent session.update"#,
                r#"- {"serverContent":{"turnComplete":true}} received serverContent"#,
                "- hi received message"
            ]
        );
        let json = r#"{"metadata": {}, "messages": [{"direction": "send", "message": {"type": "user"}}]}"#;
        assert_eq!(summary(&read(json)), ["frames", r#"- - {"type":"user"} send user"#]);
    }
}
