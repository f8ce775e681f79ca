//! Mastra's LLM recorder (TypeScript): JSON, a list of `request` and `response` with the `hash` of the request; since 2026
//! it is in `recordings`, with a `meta` before it.
//!
//! A stream is kept as the texts it came in (`chunks`), whether of events or plain text; any other body that is JSON is
//! kept parsed. What it was sent is JSON, or `{}` (`llm-recorder.ts` of mastra-ai/mastra).

use super::{File, Format, Matching, shape};
use crate::cassette::{Body, Interaction, Stamp};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;
use crate::text::Slice;

pub(super) struct Mastra;

impl Format for Mastra {
    fn name(&self) -> &'static str {
        "mastra"
    }

    fn about(&self) -> &'static str {
        "Mastra's LLM recorder (TypeScript)"
    }

    fn looks(&self) -> &'static str {
        "a list, or `recordings`, with a `hash` and a `response` that says `isStreaming`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["\"hash\"", "\"request\"", "\"response\"", "\"isStreaming\""]
    }

    /// `hash` is one of the live request; what is like it is taken, too, but not by all versions.
    fn matching(&self) -> Matching {
        Matching::RequestHash
    }

    fn fit(&self, file: &File) -> Fit {
        let list = self.list(file);
        let Some(first) = list.and_then(|list| list.item(0)) else {
            let meta = file.root().and_then(|root| root.at(&["meta", "name"])).is_some();
            return Fit::maybe_if(meta && list.is_some());
        };
        let has = |path: &[&str]| first.at(path).is_some();
        Fit::sure_if(has(&["hash"]) && has(&["request", "url"]) && has(&["response", "isStreaming"]))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        let root = file.root()?;
        if root.is_list() { Some(root) } else { root.get("recordings").filter(|list| list.is_list()) }
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        self.list(file).into_iter().flat_map(Node::items).map(interaction).collect::<Vec<_>>().into()
    }
}

fn interaction(entry: Node<'_>) -> Interaction {
    let mut interaction = shape::pair(entry, |message, _| body(message));
    let status = interaction.response.as_mut().and_then(|response| response.status.as_mut());
    if let Some(status) = status {
        let reason = entry.at(&["response", "statusText"]).and_then(Node::text);
        status.reason = reason.filter(|reason| !reason.is_empty());
    }
    let sent = entry.at(&["request", "timestamp"]).and_then(Node::str);
    interaction.recorded = sent.and_then(|millis| Stamp::started(&millis));
    interaction
}

fn body(message: Node<'_>) -> Option<Body> {
    if let Some(chunks) = message.get("chunks").filter(|chunks| chunks.is_list()) {
        let texts = chunks.items().filter_map(Node::text).map(Slice::from);
        return Some(Body::bytes(Slice::joined(texts.collect())));
    }
    shape::body(message.get("body")?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};

    fn entry(sent: &str, received: &str) -> String {
        format!(
            r#"{{"hash": "0a1b2c3d4e5f6071", "request": {{"url": "https://x/y", "method": "POST", "body": {sent}, "timestamp": 1760000000123}},
            "response": {{"status": 200, "statusText": "OK", "headers": {{"a": "b"}}, {received}}}}}"#
        )
    }

    #[test]
    fn a_stream_is_joined_of_its_chunks_and_other_bodies_are_parsed_or_text() {
        let stream = r#""chunks": ["data: {\"a\"", ":1}\n\n", "data: [DONE]\n\n"], "chunkTimings": [4, 5, 6], "isStreaming": true"#;
        let entries = [
            entry(r#"{"a": 1}"#, stream),
            entry("{}", r#""body": {"b": 2}, "isStreaming": false"#),
            entry("{}", r#""body": "not found", "isStreaming": false"#),
        ];
        let want = [
            "mastra",
            "POST https://x/y {\"a\":1} 200 data: {\"a\":1}\n\ndata: [DONE]\n\n",
            "POST https://x/y {} 200 {\"b\":2}",
            "POST https://x/y {} 200 not found",
        ];
        let list = entries.join(",\n");
        assert_eq!(summary(&read(&format!("[{list}]"))), want);
        assert_eq!(summary(&read(r#"{"meta": {"name": "a"}, "recordings": []}"#)), ["mastra"]);
        let named = format!(
            r#"{{"meta": {{"name": "a", "createdAt": "2026-01-02T03:04:05.678Z"}}, "recordings": [{list}]}}"#
        );
        let recording = read(&named);
        assert_eq!(summary(&recording), want);
        let first = &recording.interactions[0].http;
        assert_eq!(first.recorded.unwrap().at.to_string(), "2025-10-09T08:53:20.123Z");
        let status = first.response.as_ref().unwrap().status.as_ref().unwrap();
        assert_eq!(status.reason.as_ref().unwrap(), "OK");
    }

    #[test]
    fn an_edit_reaches_the_chunks_that_hold_it() {
        let file = |chunks: &str| {
            format!("[{}]", entry("{}", &format!(r#""chunks": [{chunks}], "isStreaming": true"#)))
        };
        let before = file(r#""data: one", " two th", "ree\n\n", "data: four""#);
        assert_eq!(edited(&before, "two", "2"), before.replace("two", "2"));
        let torn = edited(&before, "three", "3\n");
        assert_eq!(torn, file(r#""data: one", " two 3\n", "\n\n", "data: four""#));
    }
}
