//! Random JSON, spelled at random and nested in its own strings: what edits and damage do to it.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::{Node, SyntaxError, Tree, json};
use crate::text::{Edit, SourceId, Text, lift, splice};

const FILE: SourceId = SourceId(0);

proptest! {
    #[test]
    fn edits_change_what_they_say_and_nothing_else(
        doc in doc(),
        spelling in vec(any::<u8>(), 1..60),
        choices in vec(any::<u8>(), 1..60),
    ) {
        let old = spell(&doc, &mut dice(&spelling));
        let tree = read(&old).unwrap();
        check(&serde_json::from_str(&old).unwrap(), &doc);
        prop_assert_eq!(tree.root().unwrap().json(), serde_json::from_str::<Value>(&old).unwrap());
        let (mut wanted, mut edits) = (doc, Vec::new());
        edit(tree.root().unwrap(), &mut wanted, &mut dice(&choices), &mut edits);
        let changes = lift(edits).unwrap().remove(&FILE).unwrap_or_default().changes;
        let new = String::from_utf8(splice(old.as_bytes(), changes).unwrap()).unwrap();
        check(&serde_json::from_str(&new).unwrap(), &wanted);
        check_rest(&tree, &read(&new).unwrap());
    }

    #[test]
    fn damaged_texts_are_judged_as_serde_json_does(
        doc in doc(),
        spelling in vec(any::<u8>(), 1..60),
        damage in vec((any::<Index>(), 0..4, any::<Index>()), 1..4),
    ) {
        let mut text: Vec<char> = spell(&doc, &mut dice(&spelling)).chars().collect();
        let signs: Vec<char> = "{}[],:\"\\ \n\t\u{1}0123456789+-.eEtrufalsn/bé\u{feff}".chars().collect();
        for (at, kind, sign) in damage {
            let (at, sign) = (at.index(text.len() + 1), *sign.get(&signs));
            match kind {
                0 => text.insert(at, sign),
                1 => text.truncate(at),
                _ if at == text.len() => text.push(sign),
                2 => text[at] = sign,
                _ => drop(text.remove(at)),
            }
        }
        let text: String = text.into_iter().collect();
        let ours = read(&text).ok().map(|tree| tree.root().unwrap().json());
        // The two differences: half a surrogate pair, and a byte order mark.
        if !text.to_ascii_lowercase().contains("\\ud") && !text.starts_with('\u{feff}') {
            prop_assert_eq!(ours, serde_json::from_str::<Value>(&text).ok(), "{:?}", text);
        }
    }
}

fn read(text: &str) -> Result<Arc<Tree>, SyntaxError> {
    Tree::json(Text::source(FILE, text.to_owned())).map(Arc::new)
}

/// A document as it is meant, however it is spelled.
#[derive(Clone, Debug)]
enum Doc {
    Word(&'static str),
    String(String),
    /// A string that holds JSON.
    Nested(Box<Doc>),
    List(Vec<Doc>),
    Map(Vec<(String, Doc)>),
}

fn string() -> impl Strategy<Value = String> {
    "[a-c\"\\\\/\n\t\u{1}\u{7f}é€😀 ]{0,12}"
}

fn doc() -> impl Strategy<Value = Doc> {
    let word =
        prop::sample::select(std::vec!["null", "true", "false", "0", "-12.5e3", "12345678901234567890"]);
    let leaf = prop_oneof![word.prop_map(Doc::Word), string().prop_map(Doc::String)];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|doc| Doc::Nested(Box::new(doc))),
            vec(inner.clone(), 0..4).prop_map(Doc::List),
            vec((string(), inner), 0..4).prop_map(Doc::Map),
        ]
    })
}

/// Takes choices from random bytes, round and round.
struct Dice<'d>(std::iter::Cycle<std::slice::Iter<'d, u8>>);

fn dice(bytes: &[u8]) -> Dice<'_> {
    Dice(bytes.iter().cycle())
}

impl Dice<'_> {
    fn below(&mut self, end: usize) -> usize {
        usize::from(*self.0.next().unwrap()) % end
    }
}

/// Spells a document in one of the many ways there are.
fn spell(doc: &Doc, dice: &mut Dice) -> String {
    match doc {
        Doc::Word(word) => (*word).to_owned(),
        Doc::String(value) => quoted(value, dice),
        Doc::Nested(doc) => {
            let inner = spell(doc, dice);
            quoted(&inner, dice)
        }
        Doc::List(items) => {
            let items: Vec<String> = items.iter().map(|item| spell(item, dice)).collect();
            bracketed("[", &items, "]", dice)
        }
        Doc::Map(entries) => {
            let mut spelled = Vec::new();
            for (key, value) in entries {
                spelled.push(format!("{}{}:{}", quoted(key, dice), blank(dice), spell(value, dice)));
            }
            bracketed("{", &spelled, "}", dice)
        }
    }
}

fn blank(dice: &mut Dice) -> &'static str {
    ["", "", " ", "\n\t", "\r\n"][dice.below(5)]
}

fn bracketed(open: &str, children: &[String], close: &str, dice: &mut Dice) -> String {
    let children: Vec<String> =
        children.iter().map(|child| format!("{}{child}{}", blank(dice), blank(dice))).collect();
    format!("{}{open}{}{close}{}", blank(dice), children.join(","), blank(dice))
}

fn quoted(value: &str, dice: &mut Dice) -> String {
    let mut out = "\"".to_owned();
    for character in value.chars() {
        let mut units = [0; 2];
        let units = character.encode_utf16(&mut units);
        match dice.below(4) {
            0 => out.extend(units.iter().map(|unit| format!("\\u{unit:04x}"))),
            1 => out.extend(units.iter().map(|unit| format!("\\u{unit:04X}"))),
            2 if character == '/' => out += "\\/",
            _ => json::escape_into(&mut out, character.encode_utf8(&mut [0; 4])),
        }
    }
    out + "\""
}

/// Edits strings at random, in the file and in the document that is meant.
fn edit(node: Node<'_>, doc: &mut Doc, dice: &mut Dice, edits: &mut Vec<Edit>) {
    match doc {
        Doc::Word(_) => {}
        Doc::String(value) => edit_string(&node.string().unwrap(), value, dice, edits),
        Doc::Nested(doc) => {
            let tree = Arc::new(Tree::json(node.string().unwrap()).unwrap());
            edit(tree.root().unwrap(), doc, dice, edits);
        }
        Doc::List(docs) => node.items().zip(docs).for_each(|(node, doc)| edit(node, doc, dice, edits)),
        Doc::Map(docs) => {
            node.entries().zip(docs).for_each(|((_, node), (_, doc))| edit(node, doc, dice, edits));
        }
    }
}

fn edit_string(text: &Text, value: &mut String, dice: &mut Dice, edits: &mut Vec<Edit>) {
    assert_eq!(text, value.as_str());
    let places: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
    let mut new = value.clone();
    let mut at = 0;
    while at < places.len() && dice.below(2) == 0 {
        let start = at + dice.below(places.len() - at);
        let end = start + dice.below(places.len() - start);
        let with = ["", "x", "\"", "é", "\\😀\n", "a\u{2}c"][dice.below(6)];
        edits.push(Edit::replace(text, places[start]..places[end], with));
        // What stands behind the last edit is as long as it was.
        let behind = |place: usize| value.len() - places[place];
        let range = new.len() - behind(start)..new.len() - behind(end);
        new.replace_range(range, with);
        at = end + 1;
    }
    *value = new;
}

/// Checks that a value is what the document means.
fn check(value: &Value, doc: &Doc) {
    match doc {
        Doc::Word(word) => assert_eq!(value, &serde_json::from_str::<Value>(word).unwrap()),
        Doc::String(wanted) => assert_eq!(value.as_str(), Some(wanted.as_str())),
        Doc::Nested(doc) => check(&serde_json::from_str(value.as_str().unwrap()).unwrap(), doc),
        Doc::List(docs) => {
            assert_eq!(value.as_array().unwrap().len(), docs.len());
            value.as_array().unwrap().iter().zip(docs).for_each(|(value, doc)| check(value, doc));
        }
        Doc::Map(docs) => docs.iter().enumerate().for_each(|(index, (key, doc))| {
            // Of repeated keys the last counts.
            if docs[index + 1..].iter().all(|(later, _)| later != key) {
                check(&value[key.as_str()], doc);
            }
        }),
    }
}

/// Checks that everything but strings with a new value is the same, byte for byte.
fn check_rest(old: &Tree, new: &Tree) {
    let (old, new) = (pieces(old), pieces(new));
    assert_eq!(old.len(), new.len());
    for (old, new) in old.iter().zip(&new) {
        let value = |piece: &str| serde_json::from_str::<Value>(piece).unwrap();
        assert!(old == new || (old.starts_with('"') && value(old) != value(new)), "{old:?} became {new:?}");
    }
}

/// Cuts a text at both ends of every token.
fn pieces(tree: &Tree) -> Vec<String> {
    let text = tree.text.as_str();
    let ends = tree.tokens.iter().flat_map(|token| [token.start as usize, token.end as usize]);
    let mut ends: Vec<usize> = ends.chain([0, text.len()]).collect();
    ends.sort_unstable();
    ends.windows(2).map(|pair| text[pair[0]..pair[1]].to_owned()).collect()
}
