//! Whole interactions left out, moved and put together, in every file: what stays is byte for byte what it was.

use std::path::Path;

use cassette::edit::entries::{Entry, arrange};
use cassette::format;
use cassette::load::{self, Recording};
use cassette::text::SourceId;

use crate::support::{check_corpus, check_samples, read};

/// The bytes of an interaction, the number that go-vcr gives it left out.
fn bytes(recording: &Recording, at: usize) -> String {
    let span = recording.interactions[at].http.span.unwrap();
    let text = String::from_utf8_lossy(&recording.file.bytes.bytes()[span.start..span.end]).into_owned();
    let is_number =
        |line: &&str| recording.format == "go-vcr" && line.trim_start_matches(['-', ' ']).starts_with("id: ");
    text.lines()
        .filter(|line| !is_number(line))
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
        .trim_end()
        .to_owned()
}

/// Formats that keep one interaction to a file, and files in which some belong together.
const ALONE: &[&str] = &["keeps one to a file", "belong together"];

/// Arranges a cassette in some ways, and returns what is not as it should be; nothing is checked if its format has one
/// interaction a file.
fn faults(old: &Recording, name: &str) -> (usize, Vec<String>) {
    let count = old.interactions.len();
    if count == 0 {
        return (0, Vec::new());
    }
    let mut faults = Vec::new();
    let without: Vec<usize> = (0..count).filter(|at| *at != count / 2).collect();
    let reversed: Vec<usize> = (0..count).rev().collect();
    let first_last: Vec<usize> = (1..count).chain([0]).collect();
    for order in [without, reversed, first_last, Vec::new()] {
        let entries: Vec<Entry> = order.iter().copied().map(Entry::Own).collect();
        match arrange(old, &[], &entries) {
            Ok(None) => {}
            Ok(Some(new)) => {
                let differ = order
                    .iter()
                    .enumerate()
                    .filter(|(at, was)| bytes(&new.recording, *at) != bytes(old, **was));
                let differ = differ.count();
                if differ > 0 {
                    faults.push(format!("{name} {order:?}: {differ} interactions became others"));
                }
                // What has no list around its entries is an empty file then.
                if order.is_empty() && !new.recording.file.bytes.is_empty() {
                    for format in [format::by_name(old.format), None] {
                        match load::read(SourceId(0), new.files[0].1.clone(), format) {
                            Ok(again) if again.interactions.is_empty() => {}
                            Ok(again) => {
                                faults
                                    .push(format!("{name}: {} interactions left", again.interactions.len()));
                            }
                            Err(error) => {
                                faults.push(format!("{name}: emptied, {}", error.diagnostic.message));
                            }
                        }
                    }
                }
            }
            Err(diagnostic) if ALONE.iter().any(|why| diagnostic.message.contains(why)) => {
                return (0, Vec::new());
            }
            Err(diagnostic) => faults.push(format!("{name} {order:?}: {}", diagnostic.message)),
        }
    }
    if old.beside.is_empty() {
        let twice: Vec<Entry> =
            (0..count).map(Entry::Own).chain((0..count).map(|at| Entry::Other(0, at))).collect();
        match arrange(old, &[old], &twice) {
            Ok(Some(new)) if new.recording.interactions.len() == 2 * count => {}
            Ok(_) => faults.push(format!("{name}: not put together")),
            Err(diagnostic) => faults.push(format!("{name}, put together: {}", diagnostic.message)),
        }
    }
    (1, faults)
}

#[test]
fn interactions_of_every_sample_are_arranged() {
    check_samples(60, faults);
}

#[test]
fn interactions_of_real_cassettes_are_arranged() {
    check_corpus(faults);
}

#[test]
fn a_cassette_without_interactions_takes_some() {
    for sample in [
        "samples/go-vcr/groq-stream.yaml",
        "samples/ruby-vcr/openai-tools.yml",
        "samples/polly/openai-tools.har",
    ] {
        let old = read(Path::new(sample)).unwrap();
        let empty = arrange(&old, &[], &[]).unwrap().unwrap().recording;
        let count = old.interactions.len();
        let entries: Vec<Entry> = (0..count).map(|at| Entry::Other(0, at)).collect();
        let full = arrange(&empty, &[&old], &entries).unwrap().unwrap().recording;
        for at in 0..count {
            assert_eq!(bytes(&full, at), bytes(&old, at), "{sample}");
        }
    }
}

#[test]
fn formats_with_one_interaction_a_file_say_so() {
    let old = read(Path::new("samples/llama-stack/openai-stream.json")).unwrap();
    let refused = arrange(&old, &[], &[]).unwrap_err();
    assert_eq!(
        refused.message,
        "cannot rearrange the interactions: llama-stack keeps one to a file; leave out or copy the file itself"
    );
    let other = read(Path::new("samples/go-vcr/groq-stream.yaml")).unwrap();
    let refused = arrange(&other, &[&old], &[Entry::Other(0, 0)]).unwrap_err();
    assert_eq!(
        refused.message,
        "cannot rearrange the interactions: one cassette is of go-vcr, another of llama-stack"
    );
}
