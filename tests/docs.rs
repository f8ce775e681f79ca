//! The tables in `docs` say what the program's own tables say.
//!
//! `CASSETTE_BLESS=1 cargo test` writes them anew.

use std::fmt::Write as _;
use std::fs;

use cassette::format::FORMATS;
use cassette::provider::{self, PROVIDERS};

use crate::support::cassette;

/// Compares a page with what it should say, or writes it.
fn assert_page(path: &str, wanted: &str) {
    if std::env::var_os("CASSETTE_BLESS").is_some() {
        fs::write(path, wanted).unwrap();
    }
    let page = fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == wanted,
        "{path} is not what the program says; CASSETTE_BLESS=1 cargo test writes it anew"
    );
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_formats_are_those_of_the_table() {
    let mut page = "# Formats\n\nA file's format is found by its shape, never by its name. `--format-in NAME` forces one.\n\n\
                    | name | recorder | known by |\n|---|---|---|\n"
        .to_owned();
    for format in FORMATS {
        let _ =
            writeln!(page, "| `{}` | {} | {} |", format.name(), cell(format.about()), cell(format.looks()));
    }
    page.push_str("\nFiles may be compressed (gzip, zlib, zstd).\n");
    assert_page("docs/FORMATS.md", &page);
}

#[test]
fn the_protocols_are_those_of_the_table() {
    let mut page =
        "# Protocols\n\nA call's protocol is found by the path of its address and the shape of its bodies. \
                    `api` in JSON output\nholds the name, unless the call generates nothing.\n\n\
                    | name | protocol |\n|---|---|\n"
            .to_owned();
    for provider in PROVIDERS {
        let _ = writeln!(page, "| `{}` | {} |", provider.api(), cell(provider.about()));
    }
    let kinds = provider::kinds().collect::<Vec<_>>().join(", ");
    let _ = writeln!(page, "\nCalls that generate nothing are told in a line: {kinds}.");
    assert_page("docs/PROVIDERS.md", &page);
}

#[test]
fn the_command_line_is_what_help_says() {
    let mut page = "# Command line\n".to_owned();
    for command in ["show", "ls", "scrub"] {
        let help = cassette(&[command, "--help"]).out;
        let lines: Vec<_> = help.lines().map(str::trim_end).collect();
        let _ = write!(page, "\n## cassette {command}\n\n```text\n{}\n```\n", lines.join("\n"));
    }
    assert_page("docs/CLI.md", &page);
}
