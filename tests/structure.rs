//! The direction rule: a layer uses only the layers in its row, and every file says what it is for.

use std::fs;
use std::path::Path;

use crate::support::files;

const LAYERS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("diagnostic", &["text"]),
    ("fit", &[]),
    ("syntax", &["text", "diagnostic"]),
    ("codec", &["text", "diagnostic", "fit"]),
    ("cassette", &["text", "syntax", "codec"]),
    ("format", &["text", "diagnostic", "fit", "syntax", "codec", "cassette"]),
    ("stream", &["text", "diagnostic", "fit", "syntax", "codec"]),
    ("chat", &["text", "diagnostic", "syntax"]),
    ("price", &["chat"]),
    ("provider", &["text", "diagnostic", "fit", "syntax", "codec", "stream", "chat"]),
    (
        "load",
        &["text", "diagnostic", "fit", "syntax", "codec", "cassette", "format", "stream", "chat", "provider"],
    ),
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
            "stream",
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

#[test]
fn layers_use_only_their_row_and_files_say_what_they_are_for() {
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
        let code = text.split("#[cfg(test)]").next().unwrap();
        for after in code.split("crate::").skip(1) {
            let used = after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            assert!(
                used == layer || allowed.contains(&used),
                "{}: `{layer}` may not use `{used}`",
                inside.display()
            );
        }
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
