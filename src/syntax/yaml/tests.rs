//! Tests: texts read as libyaml reads them, or refused as it refuses them.

use proptest::prelude::*;

use super::super::MAX_DEPTH;
use super::super::oracle::{assert_as_libyaml, source, yaml};
use super::by_libyaml;
use super::generate::{self, damaged, documents, rubble};

/// Documents that libyaml takes, each for one of its rules.
const READ: &[&str] = &[
    // Documents.
    "",
    "# nothing\n",
    "---\n",
    "---\n---\n",
    "a\n--- b\n---\nc\n...\n",
    "a\n...\n...\n--- # comment\nb\n",
    "---\n...\n---\nb",
    "--- |\n  a\n",
    "--- >-\n  a\n  b\n",
    "--- \"a\"\n--- [b]\n",
    "---\t'a'\n",
    "--- !t\na: b\n",
    "--- ...\n",
    "\u{FEFF}a: b\n",
    "\u{FEFF}\u{FEFF}a: b\n",
    "%YAML 1.1\n---\na: b\n",
    "%TAG !e! tag:example.com,2000:\n---\n!e!a b\n...\n%YAML 1.1\n--- c\n",
    "a: b",
    "a:",
    "- ",
    // Mappings and lists.
    "a:\n- b\n- c\nd: e\n",
    "a:\n  - b\n  -\n  - c: d\n    e: f\n",
    "- - a\n  - b\n- - - c\n",
    "-\n  a: b\n-\n- c\n",
    "a:\n\n  # comment\n  b: c\n# comment\n  d: e\n",
    "a: 1\na: 2\n",
    "a:\nb:\n  c:\nd:\n",
    "? a\n: b\n? c\n? d\n",
    "? - a\n  - b\n: - c\n",
    "?\n- a\n:\n- b\n",
    "? a: b\n: c: d\n",
    "?\n:\n",
    "? |\n  a\n: b\n",
    "? !!python/object/new:multidict._multidict.istr\n  args:\n  - a\n: - b\n",
    "  a: b\n  c: d\n",
    "a : b\n\"c\" : d\n'e'\t: f\n",
    "? [a, b]\n: c\n",
    "[a, b]: c\n",
    "{a: b}: c\n",
    "- [a]: b\n  {c: d}: e\n",
    // Tags, anchors, aliases.
    "a: !!binary |\n  Zm9v\n  YmFy\nb: !binary |-\n  Zm9v\n",
    "a: &x b\nc: *x\n*x : d\n*x: e\n",
    "&a a: b\nc: &d\n",
    "&a\na: b\n",
    "&a\n&b b: c\n",
    "!t\n!u b: c\n",
    "a: &b !t\n  - c\n",
    "a: !t\n- b\nc: &d\ne: f\n",
    "a: &b\n  !t c\n",
    "- &a a\n- &b\n- !t\n- *a\n",
    "! a\n",
    "a: b\u{FEFF}c\n",
    "&a: b\n",
    "!<tag:example.com,2000:a> b\n",
    "!a%41b c\n",
    "[!a , &b , *b, !c ]\n",
    "[!a, b]\n",
    "{!a b: &c d, &e : f}\n",
    "a: !t\n\n  b\n",
    // Plain scalars.
    "a: b c\n  d\n\n  e\nf: g\n",
    "a\nb\n c\n",
    "a: b:c d#e -f ?g :h\n",
    "a: b #c\n  \n",
    "- -a\n- ?b\n- :c\n- --- d\n",
    "a: b \t\n \t\n",
    "a: b\n \t\n  c\n",
    "a: b\n\n\n",
    "a: http://b/c?d=e,[f]{g}\n",
    // Quoted scalars.
    "a: 'b\nc'\nd: \"e\nf\"\n",
    "a: 'it''s'\nb: ''\nc: \"\"\n",
    "a: 'b  \n\n  c \n d'\n",
    "a: \"b \\\n  c\\\n\n  d\\  \n e\"\n",
    "a: \"\n b\n\"\nc: ' \n '\n",
    r#"a: "\0\a\b\t\n\v\f\r\e\ \"\/\\\N\_\L\P\x41\u263A\U0001F600""#,
    "a: \"\\\tb\"\n",
    "\"a\"#b\n",
    "'a': 'b'\n\"c\": \"d\"\n",
    "a: \"b\" \t# c\n",
    // Block scalars.
    "a: |\n  b\n  c\n\n\nd: |-\n  e\n\nf: |+\n  g\n\n\nh: i\n",
    "a: |2+\n    b\n   c\n\n",
    "a: |-2\n   b\n",
    "- |1\n  a\n",
    "a: |\n\n\n  b\n",
    "a: |\n    \n  \n    b\n",
    "a: |+\n\n\nb: c\n",
    "a: |\nb: >\nc: |-\n",
    "a: | # comment\n  b\n # less\nc: d\n",
    "a: |#comment\n  b\n",
    "a: >\n  b\n  c\n\n  d\n   e\n  f\n\n   g\n\n\n  h\n",
    "a: >+\n\n  b\n\n\n",
    "a: |\n  b",
    "a: |+\n  b\n  ",
    "a: |\n  b\n   ",
    "a: >-\n  b\n  c",
    "|\n a\n",
    ">1\n a\n  b\n",
    "a:\n  - |\n    b\n   \n  - c\n",
    "a:\n- |\n  b\n- c\n",
    "a: |2\n  \tb\n",
    // Flow collections.
    "a: [b, 'c', \"d\", [e, {f: g}], {}, []]\n",
    "a: {b: c, d, e: , 'f':g, \"h\": [i]}\n",
    "a: [b,\nc\n, # comment\n  d,]\n",
    "{a: b,\n c: d\n}\n",
    "[a b\n c, d]\n",
    "[a: b, {c: d}: e, [f]: g]\n",
    "[? a : b, ? c]\n",
    "{? a : b, ? c, ?}\n",
    "[a:b, c#d, -e, -]\n",
    "[\t\ta\t,\t b\t]\n",
    "[a,#c\nb]\n",
    // Line ends.
    "a: b\r\nc: |\r\n  d\r\n\r\n  e\r\nf: 'g\r\n\r\n  h'\r\n",
    "a: b\rc: |\r  d\r  e\r",
    "a: b\u{85}c: 'd\u{2028}e'\u{2029}",
    "a: |\n  b\u{2028}  c\n",
    "a: |\n  b\u{85}  c\n",
    "a: \"b\\\r\n  c\"\r\n",
    "a: 'b\rc'\n",
    "a: b\n\u{85}\u{2028}  c\n",
    "a: |\n  é\u{85}",
    "é: ü\n? ß\n: 😀\n",
];

/// Texts that libyaml refuses.
const REFUSED: &[&str] = &[
    "a: b: c\n",
    "a: b\n c: d\n",
    "a: - b\n",
    "a: b\nc\n",
    "a\nb: c\n",
    "- a\nb: c\n",
    "a:\n    b: c\n  d: e\n",
    "a:\n  - b\n - c\n",
    "a: |\n  b\n c: d\n",
    "a: |0\n  b\n",
    "a: |12\n  b\n",
    "a: |x\n  b\n",
    "a: |\n\tb\n",
    "a: |\n  \tb\n",
    "a: |\n  b\n \tc\n",
    "\ta: b\n",
    "a:\n\tb: c\n",
    "-\ta: b\n- c",
    "- a\n\t- b\n",
    " -\n\t- b\n",
    "a: b\n\t\nc: d\n",
    "a: [b\n",
    "a: [b]]\n",
    "a: {b: c]\n",
    "[a,,b]\n",
    "[,]\n",
    "[a b: c: d]\n",
    "{a: b c: d}\n",
    "{a:}\n",
    "{a\n: b}\n",
    "{a\n  b: c}\n",
    "[a\n---\n]\n",
    "[-\n]\n",
    "a: 'b\n",
    "a: \"b\n",
    "a: \"b\\",
    "a: \"b\\q\"\n",
    "a: \"\\x4\"\n",
    "a: \"\\uD800\"\n",
    "a: \"\\U00110000\"\n",
    "a: \"b\n---\n\"\n",
    "a: 'b\n... \n'\n",
    "a: 'b' c\n",
    "a: \"b\"c: d\n",
    "a: b\n\"c\":d\n",
    "a:\n  b: 'x\n' c: d\n",
    "a:\n  b: [x\n] c: d\n",
    "  ? [a\n] : b\n",
    "&a &b c\n",
    "!a !b c\n",
    "&a *b\n",
    "&a - b\n",
    "& a\n",
    "*\n",
    "!!\n",
    "!e!a b\n",
    "!a[b] c\n",
    "[a, !b]\n",
    "a: *b c\n",
    "a: @b\n",
    "a: `b\n",
    "a: %b\nc: %d\n",
    "%FOO\n",
    "%YAML 1.1\na\n",
    "%YAML 2.0\n---\n",
    "a\n... b\n",
    "a\n...\nb\n",
    "...\n",
    "--- a: b\n",
    "--- - a\n",
    "a: b\n: c\n",
    ": a\n",
    "a\n: b\n",
    "'a\n': b\n",
    "a: \x07\n",
    "a: '\x7F'\n",
    "a: \u{9F}\n",
    "a: \u{FFFE}\n",
    "\0",
    "a: b\x08",
];

#[test]
fn what_libyaml_reads_reads_the_same() {
    let refused: Vec<_> = READ.iter().filter(|text| yaml(text).is_err()).collect();
    assert!(refused.is_empty(), "{refused:?}");
    for text in READ {
        assert_as_libyaml(text);
    }
}

#[test]
fn what_libyaml_refuses_is_refused() {
    let read: Vec<_> = REFUSED.iter().filter(|text| yaml(text).is_ok()).collect();
    assert!(read.is_empty(), "{read:?}");
    for text in REFUSED {
        assert_as_libyaml(text);
    }
}

#[test]
fn nesting_is_limited_and_fits_a_small_stack() {
    let test = || {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
            let nest = |depth: usize| open.repeat(depth) + "a" + &close.repeat(depth);
            assert!(yaml(&nest(MAX_DEPTH)).is_ok(), "{open:?}");
            let error = yaml(&nest(MAX_DEPTH + 1)).unwrap_err();
            assert_eq!(error.message, "nested more than 512 levels deep");
            assert_eq!(error.offset, open.len() * MAX_DEPTH);
            assert_eq!(by_libyaml(source(&nest(MAX_DEPTH + 1))).unwrap_err(), error);
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn hostile_text_is_read_in_linear_time() {
    for piece in [
        "[",
        "{",
        "? ",
        "- ",
        "&a ",
        "!t ",
        "#",
        "\n",
        "\"",
        "'",
        "a: ",
        "[a, ",
        "{a: b, ",
        "a ",
        "a\n",
        "\n#",
        " ",
        "\t",
        "\\",
        "*a ",
        "- &a b\n",
        "a:\n- b\n",
        "|\n",
        "- |\n  ",
        "\u{85}",
        "\"\\\n",
        "[a]: ",
        "- [a]: b\n",
        ": ",
        ",",
        "---\n",
        "...\n",
        "\r",
        "- 'a\r'\n",
        "%TAG ",
        "- !t\r  a: b\r",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let begun = std::time::Instant::now();
        let _ = yaml(&text);
        // A quadratic reader takes hours; a megabyte at libyaml's speed takes a tenth of a second.
        assert!(begun.elapsed().as_secs() < 20, "{piece:?}: {:?}", begun.elapsed());
    }
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    for (text, offset, message) in [
        ("a: b\n c: d\n", 7, "unexpected `:`; a value with `: ` needs quotes"),
        ("a: b\nc\n", 5, "expected `:` after the key that begins here"),
        ("a: [b\n", 6, "expected `,` or `]`"),
        ("a: \"b", 3, "the quoted text that begins here never ends"),
        ("é: \"b\\q\"", 6, "unknown escape in double quotes"),
        ("\u{FEFF}a: \x07", 6, "control character; YAML wants it escaped in double quotes"),
    ] {
        let error = yaml(text).unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text:?}");
    }
}

/// Reads all values and their runs, which must not panic and must fit together.
fn assert_sound(text: &str) {
    let Ok(tree) = yaml(text) else { return };
    for at in 0..u32::try_from(tree.tokens.len()).unwrap() {
        let token = tree.token(at);
        assert!(text.get(token.start as usize..token.end as usize).is_some(), "{text:?}");
        let Some(traced) = tree.traced(at) else { continue };
        let _ = traced.spans(0..traced.len());
    }
}

#[test]
fn damaged_texts_never_panic() {
    for text in READ {
        for at in (0..text.len()).filter(|&at| text.is_char_boundary(at)) {
            assert_sound(&text[..at]);
            for byte in b"\0\t\n\r \"#&'*,-:>?[]{|}\\~" {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = *byte;
                if let Ok(text) = String::from_utf8(bytes) {
                    assert_sound(&text);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(generate::cases(2000))]

    #[test]
    fn documents_read_as_libyaml_reads_them(text in documents()) {
        assert_as_libyaml(&text);
    }

    #[test]
    fn damaged_documents_read_as_libyaml_reads_them(text in damaged()) {
        assert_as_libyaml(&text);
    }

    #[test]
    fn rubble_reads_as_libyaml_reads_it(text in rubble()) {
        assert_as_libyaml(&text);
    }
}

#[test]
fn comments_are_what_stands_behind_a_hash_and_in_no_scalar() {
    let text = "%YAML 1.1\n--- # one\na: 'x # y' # two\nb#c: d#e\nf: | # three\n  # g\n\nh: [i, # four\r\n j]\nk: &l m #\n# five";
    let tree = crate::syntax::Tree::yaml(source(text)).unwrap();
    let comments: Vec<_> = tree.comments().into_iter().map(|range| text[range].to_owned()).collect();
    assert_eq!(comments, ["# one", "# two", "# three", "# four", "#", "# five"]);
    assert!(crate::syntax::Tree::json(source("[\"# a\"]")).unwrap().comments().is_empty());
}
