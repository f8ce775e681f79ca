//! Tests: collections with other items, read back by two readers.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::super::yaml::generate::cases;
use super::{Piece, rearrange, without};
use crate::syntax::{Node, Subtree, Tree, verify};
use crate::text::{SourceId, Text, lift, splice};

fn read(text: &str) -> Option<Arc<Tree>> {
    let text = Text::source(SourceId(0), text.to_owned());
    let tree = if text.as_str().starts_with(['{', '[']) { Tree::json(text.clone()).ok() } else { None };
    tree.or_else(|| Tree::yaml(text).ok()).map(Arc::new)
}

/// Returns a text with other items in a collection, verified.
fn rearranged(collection: Node<'_>, pieces: Vec<Piece>) -> Result<String, String> {
    let tree = Arc::clone(collection.tree());
    let rearranged = rearrange(collection, pieces).map_err(|unusual| format!("unusual: {unusual}"))?;
    let mut lifted = lift(rearranged.edits.clone()).map_err(|refused| refused.to_string())?;
    let lifted = lifted.remove(&SourceId(0)).unwrap_or_default();
    let new = splice(tree.text().as_str().as_bytes(), lifted.changes).unwrap();
    verify(&tree, &new, &lifted.values, &[rearranged], None)
        .map_err(|difference| format!("{difference}: {:?}", String::from_utf8_lossy(&new)))?;
    Ok(String::from_utf8(new).unwrap())
}

/// Asserts what becomes of the collection at a path of keys.
#[track_caller]
fn assert_becomes(text: &str, path: &[&str], pieces: &[Piece], expected: &str) {
    let tree = read(text).unwrap();
    let collection = tree.root().unwrap().at(path).unwrap();
    assert_eq!(rearranged(collection, pieces.to_vec()).unwrap(), expected);
}

#[track_caller]
fn assert_without(text: &str, path: &[&str], gone: &[usize], expected: &str) {
    let tree = read(text).unwrap();
    let collection = tree.root().unwrap().at(path).unwrap();
    assert_becomes(text, path, &without(collection, |at| gone.contains(&at)), expected);
}

use Piece::Kept;

fn member(key: &str, value: Value) -> Piece {
    Piece::Member(key.to_owned(), value)
}

#[test]
fn an_item_goes_with_its_lines_and_comments() {
    let text = "a: # own\n# one\n- 1 # one\n# two\n- 2\n\n- 3\nb: c\n";
    assert_without(text, &["a"], &[0], "a: # own\n# two\n- 2\n\n- 3\nb: c\n");
    assert_without(text, &["a"], &[1], "a: # own\n# one\n- 1 # one\n- 3\nb: c\n");
    assert_without(text, &["a"], &[2], "a: # own\n# one\n- 1 # one\n# two\n- 2\nb: c\n");
    assert_without(text, &["a"], &[1, 2], "a: # own\n# one\n- 1 # one\nb: c\n");
    assert_without(text, &["a"], &[0, 2], "a: # own\n# two\n- 2\nb: c\n");
    assert_without("- a: 1\n  b: 2\n  # c\n  c: 3\n- d\n", &[], &[0], "- d\n");
    let compact = "x:\n- a: 1\n  # b\n  b: |\n    2\n\n  c: 3\n";
    let tree = read(compact).unwrap();
    let inner = tree.root().unwrap().get("x").unwrap().item(0).unwrap();
    let gone = |gone: usize| rearranged(inner, without(inner, |at| at == gone)).unwrap();
    assert_eq!(gone(0), "x:\n- # b\n  b: |\n    2\n\n  c: 3\n");
    assert_eq!(gone(1), "x:\n- a: 1\n  c: 3\n");
    assert_eq!(gone(2), "x:\n- a: 1\n  # b\n  b: |\n    2\n\n");
}

#[test]
fn what_is_emptied_has_brackets() {
    assert_without("a:\n- 1\nb: c\n", &["a"], &[0], "a: []\nb: c\n");
    assert_without("a:\r\n  b: 1\r\nc: d\r\n", &["a"], &[0], "a: {}\r\nc: d\r\n");
    assert_without("a: &x !t\n  b: |\n    1\n", &["a"], &[0], "a: &x !t {}\n");
    assert_without("a: # kept\n  b: 1", &["a"], &[0], "a: # kept\n  {}");
    assert_without("- 1\n- 2\n", &[], &[0, 1], "[]\n");
    assert_without("---\na: 1\n", &[], &[0], "---\n{}\n");
    assert_without("a: [ 1,\n 2 ] # c\n", &["a"], &[0, 1], "a: [] # c\n");
    assert_without("{\"a\": {\n  \"b\": 1\n}}", &["a"], &[0], "{\"a\": {}}");
}

#[test]
fn what_stands_in_brackets_keeps_its_commas() {
    let text = "{\"a\": [1, 2,\n 3], \"b\": {}}";
    assert_without(text, &["a"], &[0], "{\"a\": [2,\n 3], \"b\": {}}");
    assert_without(text, &["a"], &[1], "{\"a\": [1, 3], \"b\": {}}");
    assert_without(text, &["a"], &[1, 2], "{\"a\": [1], \"b\": {}}");
    assert_without(text, &[], &[0], "{\"b\": {}}");
    assert_without("a: [1, 2, ]\n", &["a"], &[1], "a: [1, ]\n");
    assert_without("a: {b, c: !t d, &e e: f}\n", &["a"], &[0], "a: {c: !t d, &e e: f}\n");
    assert_without("a: {b, c: !t d, &e e: f}\n", &["a"], &[1], "a: {b, &e e: f}\n");
}

#[test]
fn what_is_put_in_looks_like_what_is_there() {
    let headers = "h:\n    A:\n        - b\n";
    assert_becomes(
        headers,
        &["h"],
        &[Kept(0), member("C", json!(["200", "x: y"]))],
        "h:\n    A:\n        - b\n    C:\n        - '200'\n        - 'x: y'\n",
    );
    assert_becomes(headers, &["h"], &[member("Z", json!(1)), Kept(0)], "h:\n    Z: 1\n    A:\n        - b\n");
    assert_becomes("h: {}\nb: c\n", &["h"], &[member("A", json!(["b"]))], "h:\n  A:\n  - b\nb: c\n");
    assert_becomes(
        "h: {a: b}\n",
        &["h"],
        &[Kept(0), member("c", json!({"d": [true, "no"]}))],
        "h: {a: b, c: {d: [true, 'no']}}\n",
    );
    assert_becomes("- a\n- b", &[], &[Kept(0), Kept(1), Piece::Item(json!("c"))], "- a\n- b\n- c");
    let pretty = "{\n  \"a\": [\n    1\n  ]\n}";
    assert_becomes(
        pretty,
        &["a"],
        &[Kept(0), Piece::Item(json!({"b": []}))],
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ]\n}",
    );
    assert_becomes(
        "{\"a\":[]}",
        &["a"],
        &[Piece::Item(json!("é")), Piece::Item(json!({"b": 1}))],
        "{\"a\":[\"\\u00e9\",{\"b\":1}]}",
    );
}

#[test]
fn items_change_places() {
    let text = "a:\n- 1 # one\n# two\n- 2\n\n- k: |\n    3\nb: c\n";
    assert_becomes(
        text,
        &["a"],
        &[Kept(2), Kept(0), Kept(1)],
        "a:\n- k: |\n    3\n- 1 # one\n# two\n- 2\n\nb: c\n",
    );
    assert_becomes(text, &["a"], &[Kept(1), Kept(0)], "a:\n# two\n- 2\n\n- 1 # one\nb: c\n");
    assert_becomes("[1,2, 3]", &[], &[Kept(2), Kept(1), Kept(0)], "[3,2,1]");
}

#[test]
fn items_come_from_another_text() {
    let other = read("list:\n  - a: 1\n    b: |\n      x\n\n      y\n  - c\n").unwrap();
    let list = other.root().unwrap().get("list").unwrap().subtree();
    let copy = |at| Piece::Copy(list.clone(), at);
    assert_becomes(
        "l:\r\n- z\r\n",
        &["l"],
        &[copy(1), Kept(0), copy(0)],
        "l:\r\n- c\r\n- z\r\n- a: 1\r\n  b: |\r\n    x\r\n\r\n    y\r\n",
    );
    assert_becomes("l: []\n", &["l"], &[copy(0)], "l:\n  - a: 1\n    b: |\n      x\n\n      y\n");
}

#[test]
fn what_an_alias_stands_for_stays_before_it() {
    let tree = read("- &x a\n- *x\n- b\n").unwrap();
    let root = tree.root().unwrap();
    let refused = rearranged(root, vec![Kept(1), Kept(2)]).unwrap_err();
    assert!(refused.starts_with("the alias `*x` would be without what it stands for"), "{refused}");
    assert!(rearranged(root, vec![Kept(1), Kept(0)]).is_err());
    assert_eq!(rearranged(root, vec![Kept(2), Kept(0), Kept(1)]).unwrap(), "- b\n- &x a\n- *x\n");
}

#[test]
fn documents_beside_stay() {
    let tree = read("a: [1]\n---\nb:\n- 2\n- 3\n...\n---\nc\n").unwrap();
    let second = tree.documents().nth(1).unwrap().get("b").unwrap();
    assert_eq!(
        rearranged(second, without(second, |at| at == 1)).unwrap(),
        "a: [1]\n---\nb:\n- 2\n...\n---\nc\n"
    );
}

/// Returns all collections of a tree.
fn collections(tree: &Arc<Tree>) -> Vec<Subtree> {
    fn add(node: Node<'_>, found: &mut Vec<Subtree>) {
        if node.is_map() || node.is_list() {
            found.push(node.subtree());
        }
        node.items().for_each(|item| add(item, found));
        node.entries().for_each(|(_, value)| add(value, found));
    }
    let mut found = Vec::new();
    tree.documents().for_each(|document| add(document, &mut found));
    found
}

/// Scalars and small collections by their lines.
const LEAVES: &[&[&str]] = &[
    &["1"],
    &["x y # c"],
    &["'it''s'"],
    &["\"q\\n\""],
    &["|", "  a", "", "  b"],
    &[">-", "  a"],
    &["|+", "  a", ""],
    &["'a", "", "  b'"],
    &["[a, {b: c}, ]"],
    &["{a: b,", "  c}"],
    &["[]"],
    &["{}"],
    &[""],
    &["!t v"],
    &["plain", "  folded"],
    &["{\"a\": 1, \"b\": [2]}"],
];

/// Makes the lines of a block value, the first of which stands behind its indicator.
fn lines(depth: u32) -> BoxedStrategy<Vec<String>> {
    let leaf = select(LEAVES);
    let leaf = leaf.prop_map(|lines| lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>());
    if depth == 0 {
        return leaf.boxed();
    }
    let comment = select(&["", "", "", "# about", "#", "\n"][..]);
    let item = (comment, lines(depth - 1));
    let block =
        (prop::collection::vec(item, 1..4), any::<bool>(), 0..3_usize).prop_map(|(items, list, by)| {
            let mut out = vec![String::new()];
            for (at, (comment, value)) in items.into_iter().enumerate() {
                out.extend((!comment.is_empty()).then(|| comment.trim().to_owned()));
                let nested = value.first().is_some_and(String::is_empty) && value.len() > 1;
                let mark = if list { "-".to_owned() } else { format!("k{at}:") };
                let (first, rest) = value.split_first().unwrap();
                out.push(if first.is_empty() { mark } else { format!("{mark} {first}") });
                // A list may begin in the column of its key; everything else is deeper.
                let by = if nested && list { by.max(1) } else { by + 1 };
                let margin = " ".repeat(by.max(1));
                out.extend(
                    rest.iter()
                        .map(|line| if line.is_empty() { String::new() } else { format!("{margin}{line}") }),
                );
            }
            out
        });
    prop_oneof![1 => leaf, 3 => block].boxed()
}

fn document() -> impl Strategy<Value = String> {
    (lines(3), select(&["\n", "\r\n"][..]), any::<bool>()).prop_map(|(lines, end, more)| {
        let text = lines.join("\n");
        let text = text.strip_prefix('\n').unwrap_or(&text).to_owned() + "\n";
        let text = if more { format!("{text}---\nlast: [1]\n") } else { text };
        text.replace('\n', end)
    })
}

fn json_text() -> impl Strategy<Value = String> {
    let leaf = select(&["1", "\"a\"", "null", "[]", "{}", "\"\\u00e9\""][..]).prop_map(str::to_owned);
    let blank = select(&["", "", " ", "\n  ", "\r\n"][..]);
    leaf.prop_recursive(3, 24, 4, move |inner| {
        (prop::collection::vec((inner, blank.clone(), blank.clone()), 1..4), any::<bool>()).prop_map(
            |(items, list)| {
                let items = items.into_iter().enumerate().map(|(at, (item, a, b))| {
                    if list { format!("{a}{item}{b}") } else { format!("{a}\"k{at}\"{b}:{item}{b}") }
                });
                let items = items.collect::<Vec<_>>().join(",");
                if list { format!("[{items}]") } else { format!("{{{items}}}") }
            },
        )
    })
}

/// Makes pieces of what a collection holds, and of new values.
fn pieces(node: Node<'_>, choices: &[(Index, u8)]) -> Vec<Piece> {
    const VALUES: [&str; 6] = ["\"x\"", "\"200\"", "{\"a\": [\"- b\", null]}", "[]", "true", "\"a\\nb\""];
    let count = node.items().count() + node.entries().count();
    let mut left: Vec<usize> = (0..count).collect();
    let mut pieces = Vec::new();
    for (at, (index, what)) in choices.iter().enumerate() {
        let value: Value = serde_json::from_str(VALUES[index.index(VALUES.len())]).unwrap();
        match what {
            0 if node.is_map() => pieces.push(Piece::Member(format!("new {at}"), value)),
            0 => pieces.push(Piece::Item(value)),
            // In order, or out of it.
            1..=4 if !left.is_empty() => pieces.push(Kept(left.remove(0))),
            5 if !left.is_empty() => pieces.push(Kept(left.remove(index.index(left.len())))),
            _ if !left.is_empty() => drop(left.remove(0)),
            _ => {}
        }
    }
    pieces
}

fn check(text: &str, which: Index, choices: &[(Index, u8)]) -> Result<(), TestCaseError> {
    let Some(tree) = read(text) else { return Ok(()) };
    let all = collections(&tree);
    if all.is_empty() {
        return Ok(());
    }
    let chosen = all[which.index(all.len())].node();
    let pieces = pieces(chosen, choices);
    match rearranged(chosen, pieces.clone()) {
        Ok(_) => Ok(()),
        // Blank lines that follow would become a part of it.
        Err(why) if text.contains("|+") && why.starts_with("the edit would make") => Ok(()),
        Err(why) => Err(TestCaseError::fail(format!("{why}\nof {text:?}\n{chosen:?} {pieces:?}"))),
    }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn yaml_reads_back_with_exactly_the_items_that_are_wanted(
        text in document(), which: Index, choices in prop::collection::vec((any::<Index>(), 0..7_u8), 0..6),
    ) {
        check(&text, which, &choices)?;
    }

    #[test]
    fn json_reads_back_with_exactly_the_items_that_are_wanted(
        text in json_text(), which: Index, choices in prop::collection::vec((any::<Index>(), 0..7_u8), 0..6),
    ) {
        check(&text, which, &choices)?;
    }
}
