//! One JSON array, sent item by item: how Gemini's `streamGenerateContent` streams without `alt=sse`.

use std::ops::Range;

use super::{Event, Framing, Hints};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::{Node, Subtree};
use crate::text::Slice;

pub(super) struct JsonArray;

/// End of the paths that answer so. An array alone tells nothing: many whole answers are one.
const METHOD: &str = "streamGenerateContent";

impl Framing for JsonArray {
    fn name(&self) -> &'static str {
        "json-array"
    }

    fn fit(&self, hints: &Hints<'_>, body: &Slice) -> Fit {
        let Some(body) = body.text() else { return Fit::No };
        let text = body.as_str().trim_start_matches('\u{feff}').trim_start();
        Fit::sure_if(text.starts_with('[') && streams(hints))
    }

    /// An array that was cut gives all items up to the cut.
    fn events(&self, body: &Slice) -> Parsed<Vec<Event>> {
        let Some(body) = body.text() else { return Parsed::default() };
        let items = items(body.as_str()).into_iter();
        items.map(|item| Event { name: None, data: body.slice(item) }).collect::<Vec<_>>().into()
    }

    fn parsed(&self, hints: &Hints<'_>, body: Node<'_>) -> Option<Vec<Subtree>> {
        (body.is_list() && streams(hints)).then(|| body.items().map(Node::subtree).collect())
    }
}

fn streams(hints: &Hints<'_>) -> bool {
    hints.path.trim_end_matches('/').ends_with(METHOD)
}

/// Returns the objects of an array, the last one as far as it goes.
fn items(text: &str) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let mut start = None;
    let mut depth = 0_usize;
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => {
                depth += 1;
                if depth == 2 {
                    start = Some(at);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    items.extend(start.take().map(|start| start..at + 1));
                }
            }
            _ => {}
        }
    }
    items.extend(start.map(|start| start..text.len()));
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Tree;
    use crate::text::Text;

    fn data(body: &str) -> Vec<String> {
        let events = JsonArray.events(Text::made(body).as_slice()).value;
        events.iter().map(|event| event.data.as_str().to_owned()).collect()
    }

    #[test]
    fn the_items_of_the_array_are_the_events() {
        assert_eq!(data("[{\"a\": [1, {}]}\n,\r\n{\"b\": 2}]\n"), ["{\"a\": [1, {}]}", "{\"b\": 2}"]);
        assert_eq!(data("[]"), [""; 0]);
    }

    #[test]
    fn brackets_and_quotes_inside_strings_do_not_count() {
        assert_eq!(data(r#"[{"a": "}\"]\\"},{"b": "\\\""}]"#), [r#"{"a": "}\"]\\"}"#, r#"{"b": "\\\""}"#]);
    }

    #[test]
    fn a_cut_array_gives_its_items_up_to_the_cut() {
        assert_eq!(data("[{\"a\": 1}\n,"), ["{\"a\": 1}"]);
        assert_eq!(data("[{\"a\": 1},{\"b"), ["{\"a\": 1}", "{\"b"]);
    }

    #[test]
    fn the_path_and_the_shape_decide_together() {
        let fit = |path, body: &str| {
            JsonArray.fit(&Hints { content_type: "application/json", path }, Text::made(body).as_slice())
        };
        assert_eq!(fit("/v1beta/models/gemini-x:streamGenerateContent", " [{}]"), Fit::Sure);
        assert_eq!(fit("/v1beta/models/gemini-x:streamGenerateContent", "{\"error\": {}}"), Fit::No);
        assert_eq!(fit("/models/some/model", "[{}]"), Fit::No);
    }

    #[test]
    fn a_recorder_may_keep_the_array_parsed() {
        let body = Subtree::root(Tree::json(Text::made("[{\"a\": 1}, {\"b\": 2}]")).unwrap()).unwrap();
        let events =
            |path| JsonArray.parsed(&Hints { content_type: "", path }, body.node()).map(|found| found.len());
        assert_eq!(events("/v1beta/models/gemini-x:streamGenerateContent"), Some(2));
        assert_eq!(events("/v1beta/models/gemini-x:batchEmbedContents"), None);
    }
}
