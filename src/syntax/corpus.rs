//! Tests over a directory of real cassettes, named by the environment variable `CASSETTE_CORPUS`.

use std::fs;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::oracle::{events, is_same_two_ways, source};
use super::{Tree, verify, yaml};
use crate::text::{Edit, SourceId, lift, splice};

/// Returns the files below the corpus with one of the endings, or nothing if there is no corpus.
fn corpus(endings: &[&str]) -> Vec<PathBuf> {
    let Some(root) = std::env::var_os("CASSETTE_CORPUS") else {
        #[expect(clippy::print_stderr, reason = "says why nothing was tested")]
        {
            eprintln!("CASSETTE_CORPUS names no directory: not run");
        }
        return Vec::new();
    };
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(root)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn text(path: &Path) -> Option<String> {
    let mut bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut inside = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut inside).unwrap();
        bytes = inside;
    }
    String::from_utf8(bytes).ok()
}

#[test]
fn every_yaml_file_reads_as_libyaml_reads_it() {
    let (mut refused, mut slow) = (Vec::new(), Vec::new());
    for path in corpus(&[".yaml", ".yml", ".yaml.gz", ".yml.gz"]) {
        let Some(text) = text(&path) else {
            refused.push(path);
            continue;
        };
        if yaml::readers::fast(&source(&text)).is_none() {
            slow.push(path.clone());
        }
        match (Tree::yaml(source(&text)), libyaml_oracle::events(&text)) {
            (Ok(tree), Ok(theirs)) => {
                assert!(events(&tree) == theirs, "{path:?}");
                assert!(is_same_two_ways(&text), "{path:?}");
            }
            (Err(_), Err(_)) => refused.push(path),
            (ours, theirs) => panic!("{path:?}: {:?} {:?}", ours.err(), theirs.err()),
        }
    }
    assert_eq!(refused, Vec::<PathBuf>::new());
    assert_eq!(slow, Vec::<PathBuf>::new(), "left to the slow reader");
}

#[test]
fn every_json_file_reads_as_serde_json_reads_it() {
    let mut refused = Vec::new();
    for path in corpus(&[".json", ".har", ".json.gz"]) {
        let text = text(&path).unwrap_or_default();
        if let Ok(tree) = Tree::json(source(&text)) {
            assert_eq!(verify(&tree, text.as_bytes(), &[], &[], None), Ok(()), "{path:?}");
        } else {
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{path:?}");
            refused.push(path);
        }
    }
    assert_eq!(refused, Vec::<PathBuf>::new());
}

/// Replaces every run of four digits or more in every scalar of a tree; `new` gives the texts by turns.
fn without_numbers(tree: &Tree, new: &[&str]) -> (Vec<u8>, Vec<(Range<usize>, String)>) {
    let mut news = new.iter().cycle();
    let mut edits = Vec::new();
    for at in 0..u32::try_from(tree.tokens.len()).unwrap() {
        let value = tree.value(at).unwrap_or_default();
        let mut runs = Vec::new();
        let mut begin = 0;
        for run in value.split(|next: char| !next.is_ascii_digit()) {
            if run.len() >= 4 {
                runs.push(begin..begin + run.len());
            }
            begin += run.len() + value[begin + run.len()..].chars().next().map_or(0, char::len_utf8);
        }
        if !runs.is_empty() {
            let text = tree.traced(at).unwrap();
            edits.extend(runs.into_iter().map(|run| Edit::replace(&text, run, *news.next().unwrap())));
        }
    }
    let lifted = lift(edits).unwrap().remove(&SourceId(0)).unwrap_or_default();
    (splice(tree.text().as_str().as_bytes(), lifted.changes).unwrap(), lifted.values)
}

#[test]
fn every_number_in_every_yaml_file_can_be_replaced() {
    const NASTY: &[&str] = &[
        "it's \"x\": #1 \\ é😀",
        " lead",
        "trail ",
        "",
        "a\nb",
        "tab\there",
        "\u{2028}",
        "- x",
        "'",
        "\"",
        "\\",
        "@",
        "x: y",
        "\x07",
        "\n",
        "   ",
    ];
    for path in corpus(&[".yaml", ".yml", ".yaml.gz", ".yml.gz"]) {
        let tree = Tree::yaml(source(&text(&path).unwrap())).unwrap();
        for new in [&["2"][..], NASTY] {
            let (rewritten, values) = without_numbers(&tree, new);
            assert_eq!(verify(&tree, &rewritten, &values, &[], None), Ok(()), "{path:?}");
        }
    }
}
