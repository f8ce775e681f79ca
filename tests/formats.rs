//! Formats are told apart by their shape, and what each one reads of real cassettes is there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cassette::cassette::{Body, Content, Interaction, Response};
use cassette::fit::Fit;
use cassette::format::FORMATS;
use cassette::load::{self, Recording};
use cassette::provider::Url;
use cassette::text::{SourceId, Text};
use serde_json::Value;

use crate::support::{corpus, files, samples};

/// Names of formats in the corpus' index and here.
const NAMES: &[(&str, &str)] = &[
    ("go-vcr-v1", "go-vcr"),
    ("go-vcr-v2", "go-vcr"),
    ("vcrpy-yaml", "vcrpy"),
    ("vcrpy-json", "vcrpy"),
    ("vcrpy-yaml-parallel-lists", "vcrpy"),
    ("list-reqresp-json", "vcrpy"),
    ("ruby-vcr-yaml", "ruby-vcr"),
    ("ruby-vcr-json", "ruby-vcr"),
    ("ruby-vcr-1.x-yaml", "ruby-vcr"),
    ("r-vcr-yaml", "r-vcr"),
    ("betamax-json", "betamax"),
    ("httpmock-yaml", "httpmock"),
    ("polly-har", "polly"),
    ("polly-har-yaml", "polly"),
    ("har", "har"),
    ("httprr", "httprr"),
    ("llama-stack-json", "llama-stack"),
    ("single-reqresp-json", "datadog"),
    ("betamax-java-yaml", "okreplay"),
];

/// Facts that the index has otherwise, and why it does not count.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("kevin1024+vcrpy/tests/fixtures/migration/old_cassette.json", "hosts", "it is in the `host` of its own"),
    ("kevin1024+vcrpy/tests/fixtures/migration/old_cassette.json", "response bodies", "it is a `{string}`"),
    ("tmc+langchaingo/tools/duckduckgo/testdata/TestDuckDuckGoTool.httprr", "request bodies", "it is empty"),
    ("tmc+langchaingo/tools/serpapi/testdata/TestSerpAPITool.httprr", "request bodies", "it is empty"),
];

fn read(path: &Path) -> Option<Recording> {
    load::read(SourceId(0), fs::read(path).ok()?, None).ok()
}

#[test]
fn no_file_is_surely_of_two_formats() {
    for file in samples().into_iter().chain(corpus().iter().flat_map(|folder| files(folder))) {
        let Some(recording) = read(&file) else { continue };
        let sure = FORMATS.iter().filter(|format| format.fit(&recording.file) == Fit::Sure);
        let sure: Vec<_> = sure.map(|format| format.name()).collect();
        assert!(sure.len() < 2, "{}: {sure:?}", file.display());
    }
}

#[test]
fn every_format_has_a_sample() {
    let found: Vec<_> = samples().iter().filter_map(|sample| read(sample)).map(|each| each.format).collect();
    for format in FORMATS {
        assert!(found.contains(&format.name()), "no sample of {}", format.name());
    }
}

#[test]
fn real_cassettes_are_read_as_the_index_says() {
    let Some(folder) = corpus() else { return };
    let names: BTreeMap<_, _> = NAMES.iter().copied().collect();
    let index = fs::read_to_string(folder.join("INDEX.jsonl")).unwrap();
    let mut wrong = Vec::new();
    for row in index.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let path = row["path"].as_str().unwrap();
        let Some(&format) = names.get(row["format"].as_str().unwrap()) else { continue };
        let problems = match read(&folder.join(path)) {
            Some(recording) => problems(&recording, format, &row),
            None => vec!["cannot be read".to_owned()],
        };
        let excepted = |problem: &String| {
            EXCEPTIONS.iter().any(|(file, what, _)| *file == path && problem.starts_with(what))
        };
        let problems = problems.into_iter().filter(|problem| !excepted(problem));
        wrong.extend(problems.map(|problem| format!("{path}: {problem}")));
    }
    assert!(wrong.is_empty(), "{} problems: {:#?}", wrong.len(), &wrong[..wrong.len().min(30)]);
}

/// Returns what is not as the index says, or is missing.
fn problems(recording: &Recording, format: &str, row: &Value) -> Vec<String> {
    let entries: Vec<_> = recording.interactions.iter().map(|entry| &entry.http).collect();
    let mut problems = Vec::new();
    if recording.format != format {
        problems.push(format!("read as {}, not {format}", recording.format));
    }
    if Some(entries.len() as u64) != row["interactions"].as_u64() {
        problems.push(format!("{} interactions, not {}", entries.len(), row["interactions"]));
    }
    let counts = [
        ("hosts", counted(entries.iter().map(|entry| host(entry))), hosts(&row["hosts"])),
        (
            "request bodies",
            counted(entries.iter().map(|entry| has(request_body(entry)))),
            bodies(&row["req_body"]),
        ),
        (
            "response bodies",
            counted(entries.iter().map(|entry| has(response_body(entry)))),
            bodies(&row["resp_body"]),
        ),
    ];
    let differs = counts.into_iter().filter(|(_, found, indexed)| found != indexed);
    problems.extend(differs.map(|(what, found, indexed)| format!("{what}: {found:?}, not {indexed:?}")));
    for (at, entry) in entries.iter().enumerate() {
        problems.extend(missing(entry, format).into_iter().map(|what| format!("#{at}: {what}")));
    }
    problems
}

/// How often each thing is there.
type Counts = BTreeMap<String, u64>;

fn counted(things: impl Iterator<Item = String>) -> Counts {
    let mut counts = Counts::new();
    things.for_each(|thing| *counts.entry(thing).or_default() += 1);
    counts
}

/// Returns the counts of a row of the index, under other names.
fn indexed(counts: &Value, name: impl Fn(&str) -> &str) -> Counts {
    let mut found = Counts::new();
    for (key, count) in counts.as_object().into_iter().flatten() {
        *found.entry(name(key).to_owned()).or_default() += count.as_u64().unwrap_or_default();
    }
    found
}

/// Returns the hosts of the index, where `x` is no address and nothing is an address without a host.
fn hosts(counts: &Value) -> Counts {
    indexed(counts, |host| if host == "x" { "" } else { host })
}

/// Returns how many bodies of the index are there.
fn bodies(kinds: &Value) -> Counts {
    let none = |kind: &str| ["none", "empty", "parsed"].iter().any(|none| kind.starts_with(none));
    indexed(kinds, |kind| if none(kind) { "no" } else { "yes" })
}

/// Returns the host of an entry's address.
fn host(entry: &Interaction) -> String {
    let url = entry.request.as_ref().and_then(|request| request.url.as_ref()).map(Text::as_str);
    Url::new(url.unwrap_or_default()).host.to_ascii_lowercase()
}

/// Returns whether a body has any bytes. What is kept parsed counts as none: `{}` is a body to some.
fn has(body: Option<&Body>) -> String {
    let there = body.is_some_and(|body| match &body.content {
        Content::Bytes(slice) => !slice.bytes().is_empty(),
        Content::Tree(_) | Content::Events(_) | Content::Beside(_) => false,
    });
    if there { "yes".to_owned() } else { "no".to_owned() }
}

fn request_body(entry: &Interaction) -> Option<&Body> {
    entry.request.as_ref()?.body.as_ref()
}

fn response_body(entry: &Interaction) -> Option<&Body> {
    entry.response.as_ref()?.body.as_ref()
}

fn missing(entry: &Interaction, format: &str) -> Vec<&'static str> {
    let Some(request) = &entry.request else {
        return if entry.other.is_some() { vec![] } else { vec!["neither a request nor anything else"] };
    };
    // Llama Stack records what a client library gives back, which has no status.
    let status = |response: &Response| response.status.is_some() || format == "llama-stack";
    let facts = [
        (request.method.is_some(), "no method"),
        (request.url.is_some(), "no address"),
        (entry.response.as_ref().is_none_or(status), "no status"),
        (request_body(entry).is_none_or(is_open), "the request's body is still wrapped"),
        (response_body(entry).is_none_or(is_open), "the response's body is still wrapped"),
    ];
    facts.into_iter().filter(|(there, _)| !there).map(|(_, what)| what).collect()
}

/// Returns whether a body's bytes are no longer compressed or encoded, as far as they tell.
fn is_open(body: &Body) -> bool {
    let Content::Bytes(slice) = &body.content else { return true };
    let wrapped = ["H4sI", "[\"H4sI", "[\"1f8b", "base64:", "eJz"];
    let gzip: &[u8] = &[0x1F, 0x8B];
    !wrapped.iter().map(|head| head.as_bytes()).chain([gzip]).any(|head| slice.bytes().starts_with(head))
}
