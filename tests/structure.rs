//! The direction rule: a layer uses only the layers in its row, and every file says what it is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::files;

const LAYERS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("diagnostic", &["text"]),
    ("fit", &[]),
    ("syntax", &["text", "diagnostic"]),
    ("codec", &["text", "diagnostic"]),
    ("cassette", &["text", "syntax", "codec"]),
    ("format", &["text", "diagnostic", "fit", "syntax", "codec", "cassette"]),
    ("stream", &["text", "diagnostic", "fit", "syntax", "codec"]),
    ("chat", &["text", "diagnostic", "syntax"]),
    ("price", &["chat"]),
    ("provider", &["text", "diagnostic", "fit", "syntax", "cassette", "stream", "chat"]),
    ("load", &["text", "diagnostic", "syntax", "codec", "cassette", "format", "stream", "chat", "provider"]),
    ("rewrite", &["text", "diagnostic", "syntax", "codec", "cassette", "format", "load"]),
    (
        "edit",
        &[
            "text",
            "diagnostic",
            "syntax",
            "cassette",
            "format",
            "stream",
            "chat",
            "provider",
            "load",
            "rewrite",
        ],
    ),
    (
        "scrub",
        &[
            "text",
            "diagnostic",
            "syntax",
            "codec",
            "cassette",
            "format",
            "stream",
            "chat",
            "provider",
            "load",
            "rewrite",
        ],
    ),
    ("diff", &["text", "syntax", "cassette", "stream", "chat", "provider", "load", "scrub"]),
    ("convert", &["text", "diagnostic", "syntax", "codec", "cassette", "format", "load", "diff"]),
    (
        "view",
        &[
            "text",
            "diagnostic",
            "syntax",
            "cassette",
            "format",
            "chat",
            "price",
            "provider",
            "load",
            "scrub",
            "diff",
        ],
    ),
    ("render", &["diagnostic", "view"]),
    (
        "cli",
        &[
            "text",
            "diagnostic",
            "syntax",
            "cassette",
            "format",
            "price",
            "load",
            "rewrite",
            "edit",
            "scrub",
            "diff",
            "convert",
            "view",
            "render",
        ],
    ),
];

/// A file longer than this has two subjects.
const LONGEST: usize = 600;

/// Returns whether a file of the source is compiled for tests only.
fn is_test(file: &Path, text: &str) -> bool {
    file.ends_with("tests.rs") || text.starts_with("//! Tests")
}

/// Returns the code of a file, without the tests at its end. A `mod tests;` near the top ends nothing.
fn code(text: &str) -> &str {
    let ends = text.match_indices("#[cfg(test)]").find(|(at, mark)| {
        let next = text[at + mark.len()..].trim_start().lines().next().unwrap_or_default();
        next.starts_with("mod ") && next.ends_with('{')
    });
    ends.map_or(text, |(at, _)| &text[..at])
}

/// Returns the names that code takes from the root of the crate: behind `crate::`, or behind as many `super::` as lead
/// there from where it stands.
fn taken<'c>(code: &'c str, file: &Path) -> Vec<&'c str> {
    let depth = file.components().count() - usize::from(file.ends_with("mod.rs"));
    let up = "super::".repeat(depth);
    let after = code.split("crate::").skip(1).chain(code.split(&up).skip(1));
    after.map(|after| after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap()).collect()
}

#[test]
fn layers_use_only_their_row_and_all_of_it_and_files_say_what_they_are_for() {
    let mut all = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in files(&source) {
        let inside = file.strip_prefix(&source).unwrap();
        let layer = inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{}: say what this file is for", inside.display());
        assert!(text.lines().count() <= LONGEST, "{}: more than {LONGEST} lines", inside.display());
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            assert!(matches!(layer, "lib" | "main"), "{}: not in LAYERS", inside.display());
            continue;
        };
        // Tests may use whatever shows the behaviour best.
        if is_test(inside, &text) {
            continue;
        }
        for used in taken(code(&text), inside) {
            assert!(
                used == layer || allowed.contains(&used),
                "{}: `{layer}` may not use `{used}`",
                inside.display()
            );
            all.insert((layer.to_owned(), used.to_owned()));
        }
    }
    for (layer, allowed) in LAYERS {
        let unused: Vec<_> = allowed
            .iter()
            .filter(|used| !all.contains(&((*layer).to_owned(), (**used).to_owned())))
            .collect();
        assert!(unused.is_empty(), "`{layer}` does not use {unused:?}: take them out of its row");
    }
}

#[test]
fn only_the_command_line_touches_files_and_prints() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in files(&source) {
        let inside = file.strip_prefix(&source).unwrap();
        if inside.starts_with("cli") || inside == Path::new("main.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        if is_test(inside, &text) {
            continue;
        }
        for word in ["std::fs", "std::env", "std::process", "println!", "stdout("] {
            assert!(!text.contains(word), "{}: `{word}`", inside.display());
        }
    }
}
