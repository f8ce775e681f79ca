//! Tests: makes YAML, valid and otherwise.

use proptest::prelude::*;
use proptest::sample::select;

/// Returns how many cases to try, unless `PROPTEST_CASES` says otherwise.
pub(in super::super) fn cases(cases: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases, ..config } }
}

const WORDS: &[&str] = &[
    "a",
    "b c",
    "d:e",
    "f#g",
    "-h",
    "1",
    "null",
    "''",
    "'it''s'",
    "\"\"",
    "\"j \\n \\u263A\"",
    "é",
    "*a",
    "&a k",
    "!t l",
];

/// Scalars and small collections by their lines.
const LEAVES: &[&[&str]] = &[
    &["|", "  a", "", "   b"],
    &[">-", "  a", "  b", "", "   c"],
    &["|2+", "    a", "", ""],
    &["'a", "  b'"],
    &["\"a\\", "   b", "", "  c \""],
    &["a", "  b", "", "  c"],
    &["[a, b,", " {c: d}]"],
    &["{a: b,", "  'c': [d], e }"],
    &["&a", "  b"],
    &["!t", "- a"],
];

/// Pieces that documents are made of, and that matter to a scanner.
const PIECES: &[&str] = &[
    "a",
    "b",
    "c",
    "0",
    "é",
    "a: ",
    "b: ",
    ": ",
    ":",
    "- ",
    "-",
    "? ",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "  ",
    "\t",
    "'",
    "''",
    "\"",
    "\\",
    "\\n",
    "\\x41",
    "\\\n",
    "|",
    ">",
    "|-",
    "|2+",
    "\n- ",
    "\na: ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ",",
    "&a ",
    "&b",
    "*a",
    "*b ",
    "!t ",
    "!",
    "!!str ",
    "#",
    " # c",
    "---",
    "--- ",
    "\n---\n",
    "\n...\n",
    "%",
    "@",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{FEFF}",
    "\x07",
    "%YAML 1.1\n",
    "%TAG !e! a:\n",
    "!e!b ",
    "=",
    "<",
    "\n\n",
    "\n \n",
];

/// Makes text that is hardly ever valid.
pub(super) fn rubble() -> impl Strategy<Value = String> {
    prop::collection::vec(select(PIECES), 0..24).prop_map(|pieces| pieces.concat())
}

/// Makes a scalar that stands on one line.
fn inline() -> impl Strategy<Value = String> {
    select(WORDS).prop_map(str::to_owned)
}

/// Makes the lines of a block node; the first one may stand behind a `- ` or, if there is but one, behind a key.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let leaf = prop_oneof![
        4 => inline().prop_map(|text| vec![text]),
        1 => Just(vec![String::new()]),
        1 => select(LEAVES)
            .prop_map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let item = (inner.clone(), select(&["- ", "-   ", "-\n"][..]));
        let list = prop::collection::vec(item, 1..4).prop_map(|items| {
            items.into_iter().flat_map(|(lines, dash)| below(dash, lines)).collect::<Vec<_>>()
        });
        let key = select(&["a:", "'b':", "\"c\" :", "&k d:", "? e\n:", "? - f\n:", "g:\n "][..]);
        let map = prop::collection::vec((inner, key), 1..4).prop_map(|entries| {
            entries.into_iter().flat_map(|(lines, key)| entry(key, lines)).collect::<Vec<_>>()
        });
        prop_oneof![list, map]
    })
}

fn below(dash: &str, lines: Vec<String>) -> Vec<String> {
    let (dash, indent) = dash.strip_suffix('\n').map_or((dash, 2), |dash| (dash, 2 + dash.len() % 2));
    let indent = if dash == "-" { indent } else { dash.len() };
    let mut out = if dash == "-" { vec![dash.to_owned()] } else { Vec::new() };
    for (at, line) in lines.into_iter().enumerate() {
        let begin = if at == 0 && dash != "-" { dash.to_owned() } else { " ".repeat(indent) };
        out.push(begin + &line);
    }
    out
}

fn entry(key: &str, lines: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = key.split('\n').map(str::to_owned).collect();
    let nested = lines.len() > 1 && !lines[0].starts_with(['|', '>', '\'', '"', '[', '{', '&', '!']);
    let mut lines = lines.into_iter();
    if !nested {
        let last = out.pop().unwrap_or_default();
        out.push(format!("{last} {}", lines.next().unwrap_or_default()));
    }
    out.extend(lines.map(|line| format!("  {line}")));
    out
}

/// Makes documents that are mostly valid.
pub(super) fn documents() -> impl Strategy<Value = String> {
    let document = (
        lines(),
        select(&["", "---\n", "--- # c\n", "%YAML 1.1\n---\n"][..]),
        select(&["\n", "\n...\n", "\n\n# c\n"][..]),
    );
    let end = select(&["\n", "\r\n"][..]);
    (prop::collection::vec(document, 1..3), end, any::<bool>()).prop_map(|(documents, end, cut)| {
        let join =
            |(lines, begin, end): (Vec<String>, &str, &str)| format!("{begin}{}{end}", lines.join("\n"));
        let text: String = documents.into_iter().map(join).collect();
        let text = if cut { text.trim_end_matches('\n').to_owned() } else { text };
        text.replace('\n', end)
    })
}

/// Makes documents with a few pieces put in, replaced or taken out.
pub(super) fn damaged() -> impl Strategy<Value = String> {
    let blow = (any::<prop::sample::Index>(), 0..3_usize, select(PIECES));
    (documents(), prop::collection::vec(blow, 1..4)).prop_map(|(text, blows)| {
        blows.into_iter().fold(text, |text, (at, taken, piece)| {
            let characters: Vec<char> = text.chars().collect();
            let at = at.index(characters.len() + 1);
            let rest = characters[at..].iter().skip(taken);
            let piece = if taken == 1 { "" } else { piece };
            characters[..at].iter().copied().chain(piece.chars()).chain(rest.copied()).collect()
        })
    })
}
