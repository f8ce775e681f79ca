//! The tables in `docs` say what the program's own tables say.
//!
//! `CASSETTE_BLESS=1 cargo test` writes them anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use cassette::format::{FORMATS, Matching};
use cassette::provider::{self, PROVIDERS};
use serde_json::Value;

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

/// What the page of formats says about changes; `src/rewrite/follow.rs` and the formats do it.
const FOLLOWS: &str = "
*Compares*: what the recorder looks at to find the answer to a request, beside method, address and, at times, body.

Files may be compressed (gzip, zlib, zstd), and stay so when they are changed.

## What follows a change

When a body changes, what depends on it follows, if it was right before. What was wrong stays as it is.

- Stated lengths: `Content-Length`, go-vcr's `content_length`, HAR's `bodySize` and `size`, cURL's counts in php-vcr. They
  count the bytes as they were sent or as they are without compression, whichever was right. Where a body is kept as
  parsed JSON, they count the bytes of the text it was parsed from: Python's, JavaScript's or Go's, in one line or many.
  Polly's sizes may count the text in the file.
- The lengths that a file is cut by: those of httprr's pairs, and the sizes of chunks on the wire.
- Names that are digests: Braintrust's blobs get another name, in the cassette and on the disk.
- What tells an edited address once more: `queryString` of HAR and Polly, `host`, `request_uri` and `form` of go-vcr, the
  address of the response in Betamax, vcrpy, DVR and EasyVCR, cURL's in php-vcr, `endpoint` of Llama Stack.
- What is kept twice: the protobuf bytes beside the JSON in pydantic-ai's xAI recordings, ReqLLM's requests in base64.
- Wrappings: base64, hexadecimal digits, compression, an Erlang term are written anew in the manner of the old ones, with
  their line width, alphabet, header, level. Chunks keep their number and, except for the last, their length.

A rewritten file is read again by two readers before it replaces the old one.
";

#[test]
fn the_formats_are_those_of_the_table() {
    let mut page = "# Formats\n\nA file's format is found by its shape, never by its name. `--format-in NAME` forces one.\n\n\
                    | name | recorder | known by | compares |\n|---|---|---|---|\n"
        .to_owned();
    for format in FORMATS {
        let compares = match format.matching() {
            Matching::Usual => "",
            Matching::RequestHeaders => "headers, too",
            Matching::RequestHash => "a hash of the live request",
        };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {compares} |",
            format.name(),
            cell(format.about()),
            cell(format.looks())
        );
    }
    page.push_str(FOLLOWS);
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
    for command in commands(&[]) {
        let all = if command == "git" { commands(&["git"]) } else { Vec::new() };
        let all = if all.is_empty() {
            vec![command]
        } else {
            all.iter().map(|inner| format!("{command} {inner}")).collect()
        };
        for command in &all {
            described(command, &mut page);
        }
    }
    assert_page("docs/CLI.md", &page);
}

/// Returns the commands that the help of a command lists.
fn commands(words: &[&str]) -> Vec<String> {
    let help = cassette(&[words, &["--help"]].concat()).out;
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // What a command does may go on in the next line.
    let names =
        listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()));
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Adds what a command says of itself.
fn described(command: &str, page: &mut String) {
    let words: Vec<_> = command.split(' ').chain(["--help"]).collect();
    let help = cassette(&words).out;
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    let _ = write!(page, "\n## cassette {command}\n\n```text\n{}\n```\n", lines.join("\n"));
}

/// Adds the names of members of an object, and of those in it that are not what a cassette holds itself.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    /// What users, tools and recorders name.
    const THEIRS: &[&str] = &["arguments", "parameters", "parts", "messages", "tools", "usage", "facts"];
    match value {
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Object(members) => {
            for (name, value) in members {
                found.insert(name.clone());
                if !THEIRS.contains(&name.as_str()) {
                    names(value, found);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_name_in_the_json_of_show_is_explained() {
    let ran = cassette(&["show", "--format", "json", "samples/vcrpy", "samples/frames"]);
    let mut found = BTreeSet::new();
    names(&serde_json::from_str(&ran.out).unwrap(), &mut found);
    let guide = fs::read_to_string("docs/GUIDE.md").unwrap();
    let untold: Vec<_> = found.iter().filter(|name| !guide.contains(&format!("`{name}"))).collect();
    assert!(found.len() > 40, "{found:?}");
    assert!(untold.is_empty(), "{untold:?}");
}
