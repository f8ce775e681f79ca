//! What edits do to the bytes of a file, through JSON in JSON, joined deltas and opaque layers.

use std::sync::Arc;

use crate::syntax::Tree;
use crate::text::{
    Change, Edit, Gaps, Joiner, Refused, Run, Runs, Slice, SourceId, Span, Spelling, Text, Unspellable, lift,
    respell_runs, splice,
};

const FILE: SourceId = SourceId(0);

fn tree(file: &str) -> Arc<Tree> {
    Arc::new(Tree::json(Text::source(FILE, file.to_owned())).unwrap())
}

/// Returns the text at a path of keys; `>` goes on inside the JSON that a string holds.
fn at(file: &str, path: &str) -> Text {
    let mut tree = tree(file);
    let mut steps = path.split(" > ").peekable();
    loop {
        let keys: Vec<&str> = steps.next().unwrap().split('.').collect();
        let text = tree.root().unwrap().at(&keys).unwrap().text().unwrap();
        if steps.peek().is_none() {
            return text;
        }
        tree = Arc::new(Tree::json(text).unwrap());
    }
}

/// Returns the edit that replaces the first `old` in a text.
fn edit(text: &Text, old: &str, new: &str) -> Edit {
    let at = text.as_str().find(old).unwrap();
    Edit::replace(text, at..at + old.len(), new)
}

fn edited(file: &str, edits: Vec<Edit>) -> Result<String, Refused> {
    let changes = lift(edits)?.remove(&FILE).map(|lifted| lifted.changes).unwrap_or_default();
    Ok(String::from_utf8(splice(file.as_bytes(), changes)?).unwrap())
}

#[test]
fn a_secret_in_json_in_json_changes_only_its_own_bytes() {
    let file = r#"{ "body" : "{\"note\":\"caf\\u00e9 \u00E9\", \"key\":\"pre sk-\u0031\\n post\"}" } "#;
    let key = at(file, "body > key");
    assert_eq!(key, "pre sk-1\n post");
    let wanted = file.replace(r"sk-\u0031", r#"<\\\"K\\\">"#);
    assert_eq!(edited(file, vec![edit(&key, "sk-1", "<\"K\">")]).unwrap(), wanted);
    assert_eq!(at(&wanted, "body > key"), "pre <\"K\">\n post");
}

#[test]
fn arguments_three_levels_deep_are_edited() {
    let file = r#"{"a":"{\"b\":\"{\\\"c\\\":\\\"one \\\\\\\"two\\\\\\\" é\\\"}\"}"}"#;
    let text = at(file, "a > b > c");
    assert_eq!(text, "one \"two\" é");
    let new = edited(file, vec![edit(&text, "\"two\"", "\\2\n")]).unwrap();
    assert_eq!(at(&new, "a > b > c"), "one \\2\n é");
    assert_eq!(new, file.replace(r#"\\\\\\\"two\\\\\\\""#, r"\\\\\\\\2\\\\n"));
}

#[test]
fn ascii_files_stay_ascii() {
    let file = r#"{"a":"{\"b\":\"x\"}"}"#;
    let new = edited(file, vec![edit(&at(file, "a > b"), "x", "é😀")]).unwrap();
    assert_eq!(new, r#"{"a":"{\"b\":\"\\u00e9\\ud83d\\ude00\"}"}"#);
    let file = r#"{"a":"ü x"}"#;
    assert_eq!(edited(file, vec![edit(&at(file, "a"), "x", "é")]).unwrap(), r#"{"a":"ü é"}"#);
}

#[test]
fn a_secret_split_over_two_stream_deltas_is_still_one_match() {
    let file = r#"[{"t":"my sk-12"},{"t":""},{"t":"34 bye"}]"#;
    let tree = tree(file);
    let mut reply = Joiner::default();
    for delta in tree.root().unwrap().items() {
        reply.push(&delta.string_at("t").unwrap());
    }
    let reply = reply.finish();
    assert_eq!(reply, "my sk-1234 bye");
    let new = edited(file, vec![edit(&reply, "sk-1234", "KEY")]).unwrap();
    assert_eq!(new, r#"[{"t":"my KEY"},{"t":""},{"t":" bye"}]"#);
    let spans: Vec<&str> = reply.spans(3..10).iter().map(|span| &file[span.start..span.end]).collect();
    assert_eq!(spans, ["sk-12", "34"]);
    let insertion = |place: usize| edited(file, vec![Edit::replace(&reply, place..place, "+")]).unwrap();
    assert_eq!(insertion(0), file.replace("my", "+my"));
    assert_eq!(insertion(8), file.replace("34", "+34"));
    assert_eq!(insertion(14), file.replace("bye", "bye+"));
}

#[test]
fn text_that_stands_in_no_file_is_not_edited() {
    let mut reply = Joiner::default();
    reply.push(&Text::made("made "));
    reply.push(&at(r#"{"a":"read"}"#, "a"));
    let reply = reply.finish();
    assert_eq!(reply.span().unwrap(), Span { source: FILE, start: 6, end: 10 });
    assert_eq!(lift(vec![edit(&reply, "made read", "x")]), Err(Refused::Untraced));
    assert_eq!(lift(vec![Edit::replace(&Joiner::default().finish(), 0..0, "x")]), Err(Refused::Untraced));
    assert_eq!(edited(r#"{"a":"read"}"#, vec![edit(&reply, "read", "x")]).unwrap(), r#"{"a":"x"}"#);
}

#[test]
fn equal_edits_collapse_and_overlapping_ones_are_refused() {
    let text = Text::source(FILE, "abcdef".to_owned());
    let one = || edit(&text, "bc", "X");
    assert_eq!(edited("abcdef", vec![one(), one()]).unwrap(), "aXdef");
    assert_eq!(edited("abcdef", vec![one(), edit(&text, "cd", "Y")]), Err(Refused::Overlap(1..3, 2..4)));
    assert_eq!(edited("abcdef", vec![one(), edit(&text, "bc", "Y")]), Err(Refused::Overlap(1..3, 1..3)));
    assert_eq!(edited("abcdef", vec![one(), edit(&text, "de", "Y")]).unwrap(), "aXYf");
}

#[test]
fn equal_edits_collapse_whichever_layer_they_were_made_in() {
    let file = r#"{"a":"{\"b\":\"key-1 key-1\"}"}"#;
    let (inner, body) = (at(file, "a > b"), at(file, "a"));
    let whole = Text::source(FILE, file.to_owned());
    let wanted = file.replacen("key-1", "key-2", 1);
    for texts in [[&inner, &body], [&body, &whole], [&inner, &whole], [&inner, &inner]] {
        let edits = texts.map(|text| edit(text, "key-1", "key-2")).to_vec();
        assert_eq!(edited(file, edits).unwrap(), wanted);
    }
    assert!(edited(file, vec![edit(&inner, "key-1", "x"), edit(&whole, "key-1", "y")]).is_err());
}

#[test]
fn two_texts_of_one_node_are_one_place() {
    let file = r#"{"a":"{\"b\":\"one two\"}"}"#;
    let edits = vec![edit(&at(file, "a > b"), "one", "1"), edit(&at(file, "a > b"), "two", "2")];
    assert_eq!(edited(file, edits).unwrap(), r#"{"a":"{\"b\":\"1 2\"}"}"#);
    let edits = vec![edit(&at(file, "a > b"), "one", "1"), edit(&at(file, "a > b"), "e t", "2")];
    assert_eq!(edited(file, edits), Err(Refused::Overlap(0..3, 2..5)));
}

#[test]
fn insertions_go_where_they_are_asked_for() {
    let file = r#"{"a":"x\ny"}"#;
    let text = at(file, "a");
    let insert = |place: usize, new: &str| Edit::replace(&text, place..place, new);
    let all = (0..=3).map(|place| insert(place, "+")).collect();
    assert_eq!(edited(file, all).unwrap(), r#"{"a":"+x+\n+y+"}"#);
    let twice = vec![insert(1, "1"), insert(1, "2")];
    assert_eq!(edited(file, twice), Err(Refused::Overlap(1..1, 1..1)));
    let beside = vec![insert(1, "+"), Edit::replace(&text, 1..2, " "), insert(2, "-")];
    assert_eq!(edited(file, beside).unwrap(), r#"{"a":"x+ -y"}"#);
}

#[test]
fn neighbours_that_come_down_to_insertions_keep_their_order() {
    let file = r#"{"a":"abcd"}"#;
    let text = at(file, "a");
    let edits = vec![edit(&text, "cd", "2cd"), edit(&text, "ab", "ab1")];
    assert_eq!(edited(file, edits).unwrap(), r#"{"a":"ab12cd"}"#);
}

#[test]
fn an_edit_that_changes_nothing_is_none() {
    let file = r#"{"a":"\u0061b"}"#;
    let text = at(file, "a");
    assert!(lift(vec![edit(&text, "ab", "ab")]).unwrap().is_empty());
    let beside = vec![edit(&text, "ab", "ab"), Edit::replace(&text, 2..2, "c")];
    assert_eq!(edited(file, beside).unwrap(), r#"{"a":"\u0061bc"}"#);
}

#[test]
fn an_empty_string_can_be_filled() {
    let file = r#"{"a":"","b":"{\"c\":\"\"}"}"#;
    let edits = ["a", "b > c"].map(|path| Edit::replace(&at(file, path), 0..0, "\"x\""));
    let new = edited(file, edits.to_vec()).unwrap();
    assert_eq!(new, r#"{"a":"\"x\"","b":"{\"c\":\"\\\"x\\\"\"}"}"#);
    assert_eq!(at(file, "a").span(), Some(Span { source: FILE, start: 5, end: 7 }));
}

#[test]
fn escapes_are_replaced_whole() {
    let file = r#"{"a":"caf\u00e9 \ud83d\ude00\t\/"}"#;
    let text = at(file, "a");
    assert_eq!(text, "café 😀\t/");
    let spans = |old: &str| {
        let at = text.as_str().find(old).unwrap();
        let spans = text.spans(at..at + old.len());
        assert_eq!(spans.len(), 1);
        &file[spans[0].start..spans[0].end]
    };
    assert_eq!(spans("é"), r"\u00e9");
    assert_eq!(spans("fé 😀"), r"f\u00e9 \ud83d\ude00");
    assert_eq!(edited(file, vec![edit(&text, "fé", "f")]).unwrap(), file.replace(r"\u00e9", ""));
    // U+00E8 and U+00E9 share their first byte in UTF-8; the edit is not cut between.
    assert_eq!(edited(file, vec![edit(&text, "é", "è")]).unwrap(), file.replace(r"\u00e9", r"\u00e8"));
    assert_eq!(edited(file, vec![edit(&text, "😀\t", "😁\t")]).unwrap(), file.replace("de00", "de01"));
    assert_eq!(edited(file, vec![edit(&text, "/", "\\")]).unwrap(), file.replace(r"\/", r"\\"));
}

#[test]
fn a_number_stays_a_word_of_json() {
    let file = r#"{"a":12,"b":null}"#;
    assert_eq!(edited(file, vec![edit(&at(file, "a"), "2", "0.5e3")]).unwrap(), r#"{"a":10.5e3,"b":null}"#);
    assert_eq!(edited(file, vec![edit(&at(file, "b"), "null", "true")]).unwrap(), r#"{"a":12,"b":true}"#);
    for new in ["x", "\"x\"", "[]", "1,2", "", " 1", "1}"] {
        let refused = edited(file, vec![edit(&at(file, "a"), "12", new)]).unwrap_err();
        assert!(matches!(refused, Refused::Unspellable(_)), "{new}");
    }
}

#[test]
fn what_must_be_read_back_is_told() {
    let file = r#"{"a":"one","b":"{\"c\":\"two\"}"}"#;
    let edits = vec![edit(&at(file, "b > c"), "two", "2"), edit(&at(file, "a"), "one", "1")];
    let lifted = lift(edits).unwrap().remove(&FILE).unwrap();
    assert_eq!(lifted.values, [(5..10, "1".to_owned()), (15..32, "{\"c\":\"2\"}".to_owned())]);
}

#[test]
fn sources_are_told_apart() {
    let (one, two) = (Text::source(FILE, "one".into()), Text::source(SourceId(1), "two".into()));
    let mut joined = Joiner::default();
    joined.push(&one);
    joined.push(&two);
    let lifted = lift(vec![edit(&joined.finish(), "net", "X")]).unwrap();
    assert_eq!(lifted[&FILE].changes, [Change { range: 1..3, new: b"X".to_vec() }]);
    assert_eq!(lifted[&SourceId(1)].changes, [Change { range: 0..1, new: Vec::new() }]);
}

/// Text with every letter doubled, and a `-` between letters that stands for nothing.
#[derive(Clone, Copy, Debug)]
struct Doubled(Gaps);

impl Spelling for Doubled {
    fn name(&self) -> &'static str {
        "doubled"
    }

    fn runs(&self, outer: &[u8]) -> Runs {
        let mut runs = Runs::new();
        let (mut value, mut at) = (0, 0);
        while at < outer.len() {
            let (width, length) = if outer[at] == b'-' { (0, 1) } else { (1, 2) };
            runs.push(Run { value: value..value + width, outer: at..at + length, verbatim: false });
            (value, at) = (value + width, at + length);
        }
        runs
    }

    fn respell(
        &self,
        _: &[u8],
        value: &[u8],
        runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        let double = |new: &str| new.chars().flat_map(|letter| [letter, letter]).collect();
        Ok(respell_runs(value, runs, changes, 0, self.0, double))
    }
}

#[test]
fn gaps_stay_or_go_with_what_stands_around_them() {
    let file = "aabb-cc-dd";
    let edited_with = |gaps: Gaps, old: &str, new: &str| {
        let outer = Slice::source(FILE, file.into());
        let text = Text::spelled(outer, Doubled(gaps), "abcd".to_owned());
        edited(file, vec![edit(&text, old, new)]).unwrap()
    };
    assert_eq!(edited_with(Gaps::Keep, "bc", "x"), "aaxx--dd");
    assert_eq!(edited_with(Gaps::Drop, "bc", "x"), "aaxx-dd");
    assert_eq!(edited_with(Gaps::Keep, "abcd", ""), "--");
    assert_eq!(edited_with(Gaps::Drop, "abcd", ""), "");
    assert_eq!(edited_with(Gaps::Drop, "b", "xy"), "aaxxyy-cc-dd");
    let text = Text::spelled(Slice::source(FILE, file.into()), Doubled(Gaps::Keep), "abcd".to_owned());
    let insertion = |place: usize| edited(file, vec![Edit::replace(&text, place..place, "x")]).unwrap();
    assert_eq!(insertion(2), "aabb-xxcc-dd");
    assert_eq!(insertion(4), "aabb-cc-ddxx");
}

#[test]
fn an_empty_range_has_a_place() {
    let file = r#"{"a":"x\ny"}"#;
    let text = at(file, "a");
    let place = |at: usize| text.spans(at..at).first().map(|span| span.start);
    assert_eq!([0, 1, 2, 3].map(place), [Some(6), Some(7), Some(9), Some(10)]);
}

#[test]
fn bytes_are_text_only_if_they_read_as_such() {
    let bytes = Slice::source(FILE, b"a\xffb".to_vec());
    assert!(bytes.text().is_none() && bytes.slice(1..2).text().is_none());
    assert_eq!(bytes.slice(0..1).text().unwrap(), "a");
    assert_eq!(format!("{bytes:?}"), "\"a\u{fffd}b\"");
    let text = Slice::source(FILE, "é".into());
    assert_eq!(text.text().unwrap(), "é");
    assert!(text.slice(0..1).text().is_none(), "cut inside a character");
}
