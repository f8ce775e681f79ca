//! Braintrust's SDK tests (JavaScript): JSON, `entries` whose bodies say what `kind` they are.
//!
//! A stream of events is cut at its blank lines, which are left out. Large bodies stand in files of their own, named
//! by their hash, in a folder beside the cassette: `X.cassette.blobs/<sha256>.bin` of `X.cassette.json`. The recorder
//! writes no blob that is there already, and removes those that no entry names (`json-file.ts` of its store): one that
//! changes needs another name.

use super::{File, Format, shape};
use crate::cassette::{Beside, Body, Interaction};
use crate::diagnostic::{Diagnostic, Parsed};
use crate::fit::Fit;
use crate::syntax::Node;
use crate::text::{Slice, Text};

pub(super) struct Braintrust;

impl Format for Braintrust {
    fn name(&self) -> &'static str {
        "braintrust"
    }

    fn about(&self) -> &'static str {
        "Braintrust SDK cassettes (JavaScript)"
    }

    fn looks(&self) -> &'static str {
        "`entries` with a `matchKey`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["\"entries\"", "\"matchKey\"", "\"kind\""]
    }

    fn fit(&self, file: &File) -> Fit {
        let entries = file.root().and_then(|root| root.get("entries"));
        let Some(first) = entries.and_then(|entries| entries.item(0)) else { return Fit::No };
        let kind = first.at(&["request", "body", "kind"]).or_else(|| first.at(&["response", "body", "kind"]));
        match (kind.is_some(), first.get("matchKey").or_else(|| first.get("callIndex")).is_some()) {
            (true, true) => Fit::Sure,
            (true, false) => Fit::Maybe,
            (false, _) => Fit::No,
        }
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("entries")
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        shape::entries(self.list(file), interaction)
    }
}

fn interaction(node: Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Interaction {
    shape::pair(node, |message, _| body(message.some("body")?, diagnostics))
}

fn body(node: Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Body> {
    let kind = node.get("kind").and_then(Node::str).unwrap_or_default();
    let value = || node.get("value");
    match &*kind {
        "empty" => None,
        "json" => value().map(|value| Body::tree(value.subtree())),
        "text" => value().and_then(shape::body),
        "base64" => value().map(shape::base64),
        "sse" => node.get("chunks").map(stream),
        "binary" => match node.get("path").and_then(Node::text) {
            Some(path) if is_blob(path.as_str()) => {
                let digests =
                    [path.clone()].into_iter().chain(node.get("sha256").and_then(Node::text)).collect();
                let beside = Beside { name: path, folders: &["."], digests };
                Some(Body::beside(beside))
            }
            _ => {
                diagnostics.push(node.warning("the body's file is in no `.blobs` folder; it is left out"));
                None
            }
        },
        _ => {
            diagnostics.push(node.warning(format!("a body of unknown kind `{kind}`; shown as it stands")));
            Some(Body::tree(node.subtree()))
        }
    }
}

/// Returns the events as they came over the wire.
fn stream(chunks: Node<'_>) -> Body {
    let end = Slice::from(Text::made("\n\n"));
    let chunks = chunks.items().filter_map(Node::text);
    Body::bytes(Slice::joined(chunks.flat_map(|chunk| [chunk.into(), end.clone()]).collect()))
}

/// A cassette may come from anywhere: it gets no file but those that its recorder puts beside it.
fn is_blob(path: &str) -> bool {
    path.split_once('/')
        .is_some_and(|(folder, _)| folder.rsplit_once('.').is_some_and(|(_, end)| end == "blobs"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, read_beside, rewritten, summary};

    fn entry(sent: &str, received: &str) -> String {
        format!(
            r#"{{"callIndex": 0, "matchKey": "POST x", "request": {{"method": "POST", "url": "https://x/y", "headers": {{}}, "body": {sent}}}, "response": {{"status": 200, "headers": {{}}, "body": {received}}}}}"#
        )
    }

    #[test]
    fn bodies_are_what_their_kind_says() {
        let text = format!(
            r#"{{"entries": [{}, {}, {}], "meta": {{}}}}"#,
            entry(
                r#"{"kind": "json", "value": {"a": 1}}"#,
                r#"{"kind": "sse", "chunks": ["event: a\ndata: 1", "data: [DONE]"]}"#
            ),
            entry(r#"{"kind": "empty"}"#, r#"{"kind": "base64", "value": "aGk=", "contentType": "x/y"}"#),
            entry(r#"{"kind": "text", "value": "q"}"#, r#"{"kind": "tape", "value": 1}"#),
        );
        let recording = read(&text);
        let want = [
            "braintrust",
            "POST https://x/y {\"a\":1} 200 event: a\ndata: 1\n\ndata: [DONE]\n\n",
            "POST https://x/y - 200 hi",
            "POST https://x/y q 200 {\"kind\":\"tape\",\"value\":1}",
        ];
        assert_eq!(summary(&recording), want);
        assert_eq!(recording.diagnostics[0].message, "a body of unknown kind `tape`; shown as it stands");
    }

    #[test]
    fn a_body_in_a_blob_is_read_from_there_and_from_nowhere_else() {
        let text = |path: &str| {
            let binary = format!(r#"{{"kind": "binary", "path": "{path}", "sha256": "00"}}"#);
            format!(r#"{{"entries": [{}]}}"#, entry(&binary, &binary))
        };
        let blob = read_beside(&text("x.cassette.blobs/00.bin"), "inside");
        assert_eq!(summary(&blob)[1], "POST https://x/y inside 200 inside");
        assert_eq!(blob.beside.len(), 1, "one file, named twice");
        for elsewhere in [".env", "../../etc/passwd", "/etc/passwd", "x/y"] {
            let recording = read_beside(&text(elsewhere), "inside");
            assert_eq!(summary(&recording)[1], "POST https://x/y - 200 -");
            assert_eq!(recording.diagnostics.len(), 2);
        }
        let missing = read(&text("x.blobs/00.bin"));
        assert_eq!(
            missing.diagnostics[0].message,
            "the body in `x.blobs/00.bin` is left out: the cassette lies in no folder"
        );
    }

    #[test]
    fn a_blob_that_changes_is_another_blob() {
        let old = "c775e7b757ede630cd0aa1113bd102661ab38829ca52a6422ab782862f268646";
        let new = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
        let text = |name: &str| {
            let binary = |sha: &str| {
                format!(r#"{{"kind": "binary", "path": "x.blobs/{name}.bin", "sha256": "{sha}"}}"#)
            };
            format!(r#"{{"entries": [{}]}}"#, entry(&binary(name), &binary(name)))
        };
        let rewritten = rewritten(&read_beside(&text(old), "1234567890"), "1234567890", "123456789");
        let bytes = |id: usize| String::from_utf8(rewritten.files[id].1.clone()).unwrap();
        assert_eq!([bytes(0), bytes(1)], [text(new), "123456789".to_owned()]);
        assert_eq!(rewritten.renamed, [(rewritten.files[1].0, format!("x.blobs/{new}.bin"))]);
        assert_eq!(summary(&rewritten.recording)[1], "POST https://x/y 123456789 200 123456789");
    }

    #[test]
    fn a_blob_of_another_name_keeps_it() {
        let binary = r#"{"kind": "binary", "path": "x.blobs/00.bin"}"#;
        let text = format!(r#"{{"entries": [{}]}}"#, entry(binary, binary));
        let rewritten = rewritten(&read_beside(&text, "hi"), "hi", "ho");
        assert_eq!((rewritten.files.len(), rewritten.renamed.len()), (1, 0));
    }
}
