//! Tests: edits of scalars, written into YAML and JSON and read back by two readers.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::oracle::{source, yaml};
use super::yaml::generate::cases;
use super::{Subtree, Tree, verify};
use crate::text::{Edit, SourceId, Text, lift, splice};

/// Returns the text of `tree` after edits, which must verify.
fn rewritten(tree: &Tree, edits: Vec<Edit>) -> Result<String, String> {
    let mut lifted = lift(edits).map_err(|refused| refused.to_string())?;
    let lifted = lifted.remove(&SourceId(0)).unwrap_or_default();
    let new = splice(tree.text().as_str().as_bytes(), lifted.changes).unwrap();
    let new = String::from_utf8(new).unwrap();
    verify(tree, new.as_bytes(), &lifted.values, &[], None)
        .map_err(|difference| format!("{difference}: {new:?}"))?;
    Ok(new)
}

/// Returns the scalars of a tree.
fn scalars_of(tree: &Tree) -> Vec<Text> {
    (0..u32::try_from(tree.tokens.len()).unwrap()).filter_map(|at| tree.traced(at)).collect()
}

/// Replaces the only occurrence of `old` in a scalar.
#[track_caller]
fn replaced(text: &str, old: &str, new: &str) -> String {
    let tree = yaml(text).unwrap();
    let scalars = scalars_of(&tree);
    let mut found = scalars.iter().filter_map(|scalar| Some((scalar, scalar.as_str().find(old)?)));
    let (scalar, at) = found.next().expect("the text is there");
    assert!(found.next().is_none(), "{old:?} occurs twice");
    rewritten(&tree, vec![Edit::replace(scalar, at..at + old.len(), new)]).unwrap()
}

/// Asserts what becomes of a document when a piece of a value is replaced.
#[track_caller]
fn assert_replaced(text: &str, old: &str, new: &str, expected: &str) {
    assert_eq!(replaced(text, old, new), expected);
}

#[test]
fn a_plain_scalar_stays_plain_while_it_can() {
    assert_replaced("a: secret # c\n", "secret", "public", "a: public # c\n");
    assert_replaced("a: one\n  two\n  three\n", "two", "2", "a: one\n  2\n  three\n");
    assert_replaced("a: x y\n", "x", "- x", "a: '- x y'\n");
    assert_replaced("a: x\n", "x", "y: z", "a: 'y: z'\n");
    assert_replaced("a: x\n", "x", "y #z", "a: 'y #z'\n");
    assert_replaced("a: x # c\n", "x", "it's", "a: it's # c\n");
    assert_replaced("a: x # c\n", "x", "'x", "a: '''x' # c\n");
    assert_replaced("a: x\n", "x", " x", "a: ' x'\n");
    assert_replaced("a: x\n", "x", "", "a: ''\n");
    assert_replaced("a: x\n", "x", "\n", "a: \"\\n\"\n");
    assert_replaced("a: x\n", "x", "---", "a: '---'\n");
    assert_replaced("a: x\n", "x", "\x07", "a: \"\\a\"\n");
    assert_replaced("a: [x, http://y/z]\n", "x", "p, q", "a: ['p, q', http://y/z]\n");
    assert_replaced("a: [x, http://y/z]\n", "z", "w", "a: [x, http://y/w]\n");
    assert_replaced("a: é\n", "é", "\u{2028}", "a: \"\\L\"\n");
}

#[test]
fn text_stays_text_and_numbers_may_stay_numbers() {
    assert_replaced("a: x\n", "x", "12", "a: '12'\n");
    assert_replaced("a: x\n", "x", "null", "a: 'null'\n");
    assert_replaced("a: x\n", "x", "2023-06-01", "a: '2023-06-01'\n");
    assert_replaced("a: x\n", "x", "No", "a: 'No'\n");
    assert_replaced("a: 9ead62\n", "9ead62", "000000", "a: '000000'\n");
    assert_replaced("a: 2024-10-16\n", "2024-10-16", "1970-01-01", "a: 1970-01-01\n");
    assert_replaced("a: 200\n", "200", "404", "a: 404\n");
    assert_replaced("a: \"200\"\n", "200", "404", "a: \"404\"\n");
    assert_replaced("a: 200\n", "200", "OK", "a: OK\n");
}

#[test]
fn a_quoted_scalar_keeps_its_folds_and_escapes() {
    assert_replaced("a: 'it''s\n  two'\n", "two", "you're", "a: 'it''s\n  you''re'\n");
    assert_replaced("a: 'one\n  two'\n", "one", "one ", "a: 'one  two'\n");
    assert_replaced("a: 'one'\n", "one", "\t", "a: \"\\t\"\n");
    let folded = "a: \"caf\\xe9 one\\\n  \\ two \\\n  three\"\n";
    assert_replaced(folded, "one", "1", "a: \"caf\\xe9 1\\\n  \\ two \\\n  three\"\n");
    assert_replaced(folded, "one t", "1 t", "a: \"caf\\xe9 1\\\n  \\ two \\\n  three\"\n");
    assert_replaced(folded, "three", " 3 ", "a: \"caf\\xe9 one\\\n  \\ two \\\n  \\ 3\\ \"\n");
    assert_replaced(
        folded,
        "two",
        "é\u{1F600}\"",
        "a: \"caf\\xe9 one\\\n  \\ \\xE9\\U0001F600\\\" \\\n  three\"\n",
    );
    assert_replaced("a: \"é one\"\n", "one", "ü", "a: \"é ü\"\n");
    assert_replaced("a: \"one\n\n  two\"\n", "e\nt", "e t", "a: \"one two\"\n");
}

#[test]
fn a_literal_keeps_its_lines() {
    assert_replaced("a: |\n  one\n  two\nb: c\n", "one", "1\n2", "a: |\n  1\n  2\n  two\nb: c\n");
    assert_replaced("a: |\r\n  one\r\nb: c\r\n", "one", "1\n2", "a: |\r\n  1\r\n  2\r\nb: c\r\n");
    assert_replaced("a: |\n  one\n  two\n", "one", " one", "a: |2\n   one\n  two\n");
    assert_replaced("a: |\n  one\n  two\n", "e\nt", "e t", "a: |\n  one two\n");
    assert_replaced("a: |-\n  one\nb: c\n", "one", "one\n", "a: |\n  one\nb: c\n");
    assert_replaced("a: | # c\n  one\n\nb: c\n", "one\n", "two", "a: |- # c\n  two\n\nb: c\n");
    assert_replaced("a: |\n  one\nb: c\n", "one\n", "two\n\n", "a: |+\n  two\n\nb: c\n");
    assert_replaced("a: |\n  one", "one", "two", "a: |\n  two");
    assert_replaced("a: | # c\n  one\n\n\nb: c\n", "one", "\x07", "a: \"\\a\\n\" # c\n\n\nb: c\n");
    assert_replaced("a: |\n  one\nb: c\n", "one\n", "", "a: \"\"\nb: c\n");
    assert_replaced("- |2\n    one\n", "  one", "two", "- |2\n  two\n");
    assert_replaced("|\n one\n", "one", "\n1", "|\n \n 1\n");
    assert_replaced("a: !!binary |\n  Zm9v\n  YmFy\n", "YmFy", "YmF6", "a: !!binary |\n  Zm9v\n  YmF6\n");
}

#[test]
fn a_folded_scalar_is_edited_inside_a_line_only() {
    assert_replaced("a: >\n  one\n  two\nb: c\n", "two", "2", "a: >\n  one\n  2\nb: c\n");
    assert_replaced("a: >-\n  one\n  two\nb: c\n", "two", "2\n3", "a: \"one 2\\n3\"\nb: c\n");
}

#[test]
fn a_key_stays_on_one_line() {
    assert_replaced("one: b\n", "one", "two", "two: b\n");
    assert_replaced("one: b\n", "one", "1\n2", "\"1\\n2\": b\n");
    assert_replaced("? |\n  one\n: b\n", "one", "two", "? |\n  two\n: b\n");
    let tree = yaml("one: b\n").unwrap();
    let key = scalars_of(&tree).remove(0);
    let refused = rewritten(&tree, vec![Edit::replace(&key, 0..3, "k".repeat(2000))]).unwrap_err();
    assert_eq!(refused, "the place cannot hold the new text: the key would be too long");
}

#[test]
fn an_absent_scalar_gets_a_value() {
    for (text, expected) in [
        ("a:\nb: c\n", "a: x\nb: c\n"),
        ("- # c\n- b\n", "- x # c\n- b\n"),
        ("{a: , b: c}\n", "{a: x , b: c}\n"),
        ("a: !t\n", "a: !t x\n"),
    ] {
        let tree = yaml(text).unwrap();
        let absent = scalars_of(&tree).into_iter().find(Text::is_empty).unwrap();
        assert_eq!(rewritten(&tree, vec![Edit::replace(&absent, 0..0, "x")]).unwrap(), expected);
    }
}

#[test]
fn unusual_line_breaks_are_written_as_escapes() {
    assert_replaced("a: 'b\u{85}\u{2028}  c'\nd: e\n", "c", "d", "a: \"b\\Ld\"\nd: e\n");
}

#[test]
fn json_inside_a_scalar_is_edited_in_place() {
    let text = "a: \"{\\\"id\\\": \\\"msg_1\\\",\\\n  \\ \\\"n\\\": [1, \\\"caf\\\\u00e9\\\"]}\"\nb: c\n";
    let tree = yaml(text).unwrap();
    let body = scalars_of(&tree).remove(1);
    let inside = Subtree::root(Tree::json(body).unwrap()).unwrap();
    let id = inside.node().string_at("id").unwrap();
    let word = inside.node().get("n").unwrap().item(1).unwrap().string().unwrap();
    let edits = vec![Edit::replace(&id, 4..5, "\"2\"\n"), Edit::replace(&word, 0..1, "C")];
    assert_eq!(
        rewritten(&tree, edits).unwrap(),
        "a: \"{\\\"id\\\": \\\"msg_\\\\\\\"2\\\\\\\"\\\\n\\\",\\\n  \\ \\\"n\\\": [1, \\\"Caf\\\\u00e9\\\"]}\"\nb: c\n"
    );
}

/// Texts that some style cannot hold, or that mean something in YAML or JSON.
const NASTY: &[&str] = &[
    "x",
    "",
    "it's \"x\": #1 \\ é\u{1F600}",
    " lead",
    "trail ",
    "a\nb",
    "\n",
    "\n\n",
    "\n a",
    "tab\there",
    "\u{2028}",
    "\u{85}",
    "- x",
    "'",
    "\"",
    "\\",
    "@",
    "x: y",
    "# x",
    " #",
    ":",
    "\x07",
    "\r\n",
    "\0",
    "   ",
    "12",
    "null",
    "---",
    "...",
    "{",
    "]",
    ", ",
    "|",
    "%",
    "\u{FEFF}",
    "\u{FFFE}",
    "&a",
    "*a",
    "!t",
    "? ",
    "~",
    "2023-06-01",
    "\\n",
];

/// Makes scalars that say something, each with the lines behind its first one indented by `indent`.
fn scalar() -> impl Strategy<Value = Vec<String>> {
    let word = select(
        &["one", "two 2", "it", "3", "x:y", "#", "é", "\u{1F600}", "-", "{\"a\": \"b\"}", "", " ", "  "][..],
    );
    let lines = prop::collection::vec(word, 1..5);
    (lines, 0..9_usize).prop_map(|(lines, style)| {
        let indented = |first: &str, by: usize, last: &str| {
            let blank = |line: &&str| line.trim().is_empty();
            let body =
                lines.iter().map(|line| if blank(line) { String::new() } else { " ".repeat(by) + line });
            std::iter::once(first.to_owned())
                .chain(body)
                .chain((!last.is_empty()).then(|| last.to_owned()))
                .collect()
        };
        let folded = |quote: &str, text: String| -> Vec<String> {
            let text = format!("{quote}{text}{quote}");
            text.lines().map(str::to_owned).collect()
        };
        let escaped = |line: &str| line.replace('\\', "\\\\").replace('"', "\\\"").replace('é', "\\xe9");
        match style {
            0 => vec!["plain words".to_owned()],
            1 => vec!["plain".to_owned(), "  folded".to_owned(), String::new(), "  words".to_owned()],
            2 => folded("'", lines.join("\n  ").replace('\'', "''")),
            3 => folded("\"", escaped(&lines.join("\\n"))),
            4 => folded(
                "\"",
                escaped("x") + &lines.iter().map(|line| escaped(line) + "\\\n  \\ ").collect::<String>(),
            ),
            5 => indented("| # c", 2, ""),
            6 => indented("|2-", 2, ""),
            7 => indented("|+", 3, "\n"),
            _ => indented(">", 2, ""),
        }
    })
}

/// Makes documents of scalars in all styles and places.
fn document() -> impl Strategy<Value = String> {
    let place = select(
        &["a: ", "- ", "'b': ", "c:\n  d: ", "- - ", "e: !t ", "f: &g ", "[", "{h: ", "? ", "\"k\\\n\": "][..],
    );
    let entry = (place, scalar());
    (prop::collection::vec(entry, 1..5), select(&["\n", "\r\n"][..]), any::<bool>()).prop_map(
        |(entries, end, cut)| {
            let mut text = String::new();
            for (place, lines) in entries {
                let (first, rest) =
                    (lines.first().cloned().unwrap_or_default(), lines.get(1..).unwrap_or_default());
                let close = match place {
                    "[" => "]",
                    "{h: " => "}",
                    "? " => "\n  : v",
                    _ => "",
                };
                // Each entry stands in a list, so that all kinds of places go together.
                let place = place.replace('\n', "\n  ");
                text.extend(["- ", &place, &first]);
                for line in rest {
                    text.extend(["\n", if line.is_empty() { "" } else { "        " }, line]);
                }
                text += close;
                text += "\n";
            }
            let text = if cut { text.trim_end_matches('\n').to_owned() } else { text };
            text.replace('\n', end)
        },
    )
}

/// Picks a range between characters.
fn range(text: &str, from: Index, to: Index) -> std::ops::Range<usize> {
    let cuts: Vec<usize> = (0..=text.len()).filter(|&at| text.is_char_boundary(at)).collect();
    let (from, to) = (cuts[from.index(cuts.len())], cuts[to.index(cuts.len())]);
    from.min(to)..from.max(to)
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn an_edit_changes_its_scalar_and_nothing_else(
        text in document(), which: Index, from: Index, to: Index, new in select(NASTY),
    ) {
        let Ok(tree) = yaml(&text) else { return Ok(()) };
        let present: Vec<u32> = (0..u32::try_from(tree.tokens.len()).unwrap())
            .filter(|&at| tree.value(at).is_some_and(|value| !value.is_empty()))
            .collect();
        prop_assume!(!present.is_empty());
        let at = present[which.index(present.len())];
        let scalar = tree.traced(at).unwrap();
        let range = range(scalar.as_str(), from, to);
        let rewritten = rewritten(&tree, vec![Edit::replace(&scalar, range, new)]).map_err(TestCaseError::fail)?;
        let token = tree.token(at);
        prop_assert!(rewritten.starts_with(&text[..token.start as usize]), "{text:?} {rewritten:?}");
        prop_assert!(rewritten.ends_with(&text[token.end as usize..]), "{text:?} {rewritten:?}");
    }

    #[test]
    fn many_edits_at_once_read_back_right(
        text in document(), edits in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Index>(), select(NASTY)), 1..6),
    ) {
        let Ok(tree) = yaml(&text) else { return Ok(()) };
        let scalars = scalars_of(&tree);
        prop_assume!(!scalars.is_empty());
        let edit = |(which, from, to, new): &(Index, Index, Index, &str)| {
            let scalar = &scalars[which.index(scalars.len())];
            Edit::replace(scalar, range(scalar.as_str(), *from, *to), *new)
        };
        let result = rewritten(&tree, edits.iter().map(edit).collect());
        if let Err(error) = result {
            prop_assert!(error.starts_with("two edits want"), "{error} {text:?}");
        }
    }

    #[test]
    fn edits_of_json_inside_yaml_read_back_right(
        style in 0..4_usize, which: Index, from: Index, to: Index, new in select(NASTY),
    ) {
        let body = r#"{"id": "msg_1", "caf\u00e9": ["it's \"x\"", {"n": "\ud83d\ude00 \\ \n"}]}"#;
        let quoted = body.replace('\\', "\\\\").replace('"', "\\\"");
        let text = match style {
            0 => format!("a: '{}'\nb: c\n", body.replace('\'', "''")),
            1 => format!("a: \"{}\"\nb: c\n", quoted.replacen(", ", ",\\\n  \\ ", 2)),
            2 => format!("a: |-\n  {}\nb: c\n", body.replace(", ", ",\n  ")),
            _ => format!("a: '{}'\nb: c\n", body.replace('\'', "''").replace(", ", ",\n  ")),
        };
        let tree = yaml(&text).unwrap();
        let inside = Tree::json(scalars_of(&tree).remove(1)).unwrap();
        let strings = scalars_of(&inside);
        let string = &strings[which.index(strings.len())];
        let range = range(string.as_str(), from, to);
        let mut want = string.as_str().to_owned();
        want.replace_range(range.clone(), new);
        let edit = Edit::replace(string, range, new);
        let new = rewritten(&tree, vec![edit]).map_err(TestCaseError::fail)?;
        let tree = yaml(&new).unwrap();
        let inside = Tree::json(scalars_of(&tree).remove(1)).unwrap();
        let strings = scalars_of(&inside);
        prop_assert_eq!(strings[which.index(strings.len())].as_str(), want);
    }
}

#[test]
fn verify_names_the_first_thing_that_is_not_intended() {
    let tree = yaml("a: b\nc: [d, 'e']\n").unwrap();
    let value = |range, value: &str| vec![(range, value.to_owned())];
    let check = |new: &str, values: &[_]| {
        verify(&tree, new.as_bytes(), values, &[], None)
            .map_err(|difference| (difference.offset, difference.message))
    };
    assert_eq!(check("a: x\nc: [d, 'e']\n", &value(3..4, "x")), Ok(()));
    assert_eq!(check("a: 'x'\nc: [d, 'e']\n", &value(3..4, "x")), Ok(()));
    for (new, values, offset, message) in [
        ("a: x\nc: [d, 'e']\n", vec![], 3, r#"the edit would make "x" of "b""#),
        ("a: y\nc: [d, 'e']\n", value(3..4, "x"), 3, r#"the edit would make "y" of "x""#),
        (
            "a: b\nc: [d, \"e\"]\n",
            vec![],
            12,
            "the edit would change how \"e\" is written, or its tag or anchor",
        ),
        (
            "a: b\nc: [d, !t 'e']\n",
            vec![],
            15,
            "the edit would change how \"e\" is written, or its tag or anchor",
        ),
        ("a: b\nc: [d]\n", vec![], 12, r#"the edit would make the end of a mapping or list of "e""#),
        ("a: b\nc: {d: 'e'}\n", vec![], 8, "the edit would make a mapping of a list"),
        ("a: b\nc: [d, 'e']\n---\n", vec![], 20, "the edit would make a document of the end of the text"),
        ("a: b: c\n", vec![], 4, "unexpected `:`; a value with `: ` needs quotes"),
        ("a: b\n", value(3..5, "x"), 3, "an edit of something that is no scalar"),
    ] {
        assert_eq!(check(new, &values), Err((offset, message.to_owned())), "{new:?}");
    }
    let json = |text: &str| Tree::json(source(text)).unwrap();
    let old = json(r#"{"a": 1.0, "a": "\ud800", "b": [true, null]}"#);
    assert_eq!(
        verify(&old, br#"{"a":2.0,"a":"\ud800","b":[true,null]}"#, &value(6..9, "2.0"), &[], None),
        Ok(())
    );
    assert!(verify(&old, br#"{"a":1.0,"b":[true,null]}"#, &[], &[], None).is_err());
    assert!(verify(&old, br#"{"a":1,"a":"\ud800","b":[true,null]}"#, &[], &[], None).is_err());
    assert!(verify(&old, br#"{"b":[true,null],"a":1.0,"a":"\ud800"}"#, &[], &[], None).is_err());
}
