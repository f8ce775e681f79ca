//! `cassette convert`: what is written is what the other recorder would have written, and nothing is lost untold.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cassette::cassette::{Body, Content, Header};
use cassette::convert::{Converted, convert};
use cassette::format::{self, write::Writer};
use cassette::load::{self, Recording};
use cassette::text::SourceId;

use crate::support::{cassette, cassette_with_input, corpus, files, relative, samples, unscrubbed};

const STREAM: &str = "samples/vcrpy/openai-stream.yaml";

fn read(bytes: Vec<u8>) -> Option<Recording> {
    load::read_bodies(SourceId(0), bytes, None, &|_| Err("none".to_owned())).ok()
}

/// What an exchange says.
#[derive(Debug, PartialEq)]
struct Said {
    method: String,
    url: String,
    status: u16,
    headers: [BTreeMap<String, Vec<String>>; 2],
    bodies: [Vec<u8>; 2],
}

fn said(recording: &Recording, bare: bool) -> Vec<Said> {
    let exchanges = recording.interactions.iter().filter_map(|entry| {
        let (request, response) = (entry.http.request.as_ref()?, entry.http.response.as_ref()?);
        let of = |headers: &[Header]| {
            let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for header in headers {
                let name = header.name.as_str().to_ascii_lowercase();
                names.entry(name).or_default().push(header.value.as_str().to_owned());
            }
            names
        };
        let mut answered = of(&response.headers);
        if bare {
            answered.retain(|name, _| name != "content-encoding" && name != "content-length");
        }
        Some(Said {
            method: request.method.as_ref()?.as_str().to_ascii_uppercase(),
            url: request.url.as_ref()?.as_str().to_owned(),
            status: response.code()?,
            headers: [of(&request.headers), answered],
            bodies: [body(request.body.as_ref())?, body(response.body.as_ref())?],
        })
    });
    exchanges.collect()
}

fn body(body: Option<&Body>) -> Option<Vec<u8>> {
    let Some(body) = body else { return Some(Vec::new()) };
    match &body.content {
        Content::Bytes(slice) => Some(slice.bytes().to_vec()),
        Content::Tree(_) => body.json().map(|json| match json.as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => json.to_string().into_bytes(),
        }),
        Content::Events(_) | Content::Beside(_) => None,
    }
}

fn written(recording: &Recording, to: (&'static dyn format::Format, &Writer)) -> Result<Converted, String> {
    convert(recording, to.0, to.1).map_err(|diagnostic| diagnostic.message)
}

/// Converts a recording to a format, and back to each format that is written.
fn there_and_back(path: &str, recording: &Recording) -> Vec<String> {
    let mut wrong = Vec::new();
    for to in format::written() {
        let there = match written(recording, to) {
            Ok(there) => there,
            Err(why) => {
                wrong.push(format!("{path}: {why}"));
                continue;
            }
        };
        let told =
            |converted: &Converted, what: &str| converted.losses.iter().any(|(loss, _)| loss.contains(what));
        let middle = read(there.bytes.clone()).unwrap();
        for back in format::written() {
            let again = match written(&middle, back) {
                Ok(again) => again,
                Err(why) => {
                    wrong.push(format!("{path}: {} and back: {why}", to.0.name()));
                    continue;
                }
            };
            let last = read(again.bytes.clone()).unwrap();
            let bare = told(&there, "kept decoded") || told(&again, "kept decoded");
            let (mut first, last) = (said(recording, bare), said(&last, bare));
            if told(&there, "kept as its parameters") {
                for (first, last) in first.iter_mut().zip(&last) {
                    first.bodies.clone_from(&last.bodies);
                }
            }
            if told(&there, "address: spelled") || told(&again, "address: spelled") {
                for (first, last) in first.iter_mut().zip(&last) {
                    first.url.clone_from(&last.url);
                }
            }
            if told(&there, "whole interactions") {
                // Which are left out is told; the others are there.
                first.retain(|said| last.contains(said));
            }
            if first != last {
                wrong.push(format!("{path}: {} and {} say something else", to.0.name(), back.0.name()));
            }
        }
    }
    wrong
}

#[test]
fn samples_say_the_same_in_every_format_and_back() {
    let names: Vec<&str> = format::written().map(|(format, _)| format.name()).collect();
    assert_eq!(names, ["go-vcr", "vcrpy", "betamax", "ruby-vcr", "har"]);
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for path in samples() {
        let Some(recording) = read(fs::read(&path).unwrap()) else { continue };
        *counts.entry(recording.format).or_default() += 1;
        wrong.extend(there_and_back(&relative(&path), &recording));
    }
    assert!(names.iter().all(|name| counts.contains_key(name)), "{counts:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn real_cassettes_say_the_same_in_every_format() {
    let Some(folder) = corpus() else { return };
    let (mut wrong, mut all, mut left) = (Vec::new(), 0, 0);
    // Every fifth: each is written and read five times and twenty-five times again.
    for path in files(&folder).iter().step_by(5) {
        let Some(recording) = read(fs::read(path).unwrap()) else { continue };
        all += 1;
        let before = wrong.len();
        wrong.extend(there_and_back(&path.display().to_string(), &recording));
        left += usize::from(wrong.len() > before);
    }
    // What would be read otherwise is refused; that something is written that says something else must not be.
    let untold: Vec<_> = wrong.iter().filter(|line| line.ends_with("say something else")).collect();
    assert!(untold.is_empty(), "{untold:#?}");
    assert!(left * 100 <= all, "{left} of {all}:\n{}", wrong.join("\n"));
}

/// Converts a sample, and returns the file and what was told.
fn converted(sample: &str, to: &str) -> (String, String) {
    let ran = cassette(&["convert", sample, "-", "--to", to]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    (ran.out, ran.err)
}

#[test]
fn each_recorder_finds_its_own_layout() {
    let (go, _) = converted(STREAM, "go-vcr");
    let begin = "---\nversion: 2\ninteractions:\n    - id: 0\n      request:\n        proto: HTTP/1.1\n        proto_major: 1\n";
    assert!(go.starts_with(begin), "{go}");
    assert!(go.contains("        status: 200 OK\n        code: 200\n        duration: 0s\n"), "{go}");
    let (python, told) = converted("samples/go-vcr/openai-emoji-stream.yaml", "vcrpy");
    assert!(python.starts_with("interactions:\n- request:\n    body: "), "{python}");
    assert!(python.ends_with("    status:\n      code: 200\n      message: OK\nversion: 1\n"), "{python}");
    assert!(python.is_ascii());
    assert!(told.contains("× duration\n"), "{told}");
    let (ruby, _) = converted("samples/vcrpy/openai-gzip.yaml", "ruby-vcr");
    assert!(ruby.starts_with("---\nhttp_interactions:\n- request:\n    method: post\n    uri: "), "{ruby}");
    assert!(ruby.contains("      encoding: ASCII-8BIT\n      string: !binary H4s"), "{ruby}");
    let (har, _) = converted("samples/vcrpy/openai-gzip.yaml", "har");
    let har: serde_json::Value = serde_json::from_str(&har).unwrap();
    let content = &har["log"]["entries"][0]["response"]["content"];
    assert!(content["text"].as_str().unwrap().starts_with('{'), "{content}");
    let (betamax, _) = converted("samples/vcrpy/openai-gzip.yaml", "betamax");
    let betamax: serde_json::Value = serde_json::from_str(&betamax).unwrap();
    let body = &betamax["http_interactions"][0]["response"]["body"];
    assert!(body["base64_string"].as_str().unwrap().starts_with("H4s"), "{body}");
}

#[test]
fn what_a_client_cannot_decode_twice_goes_without_the_header() {
    let (go, told) = converted("samples/vcrpy/openai-gzip.yaml", "go-vcr");
    assert!(!go.to_lowercase().contains("content-encoding") && go.contains("uncompressed: true"), "{go}");
    assert!(told.contains("1 × response header content-encoding: the body is kept decoded\n"), "{told}");
    // R's vcr keeps zlib under a header that says gzip.
    let (python, told) = converted("samples/r-vcr/openai-zlib.yml", "vcrpy");
    assert!(!python.contains("content-encoding") && !python.contains("!!binary"), "{python}");
    assert!(told.contains("response header content-encoding: the body is kept decoded\n"), "{told}");
}

#[test]
fn files_are_not_replaced_unasked_and_dry_runs_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.har");
    let to = path.to_str().unwrap();
    let dry = cassette(&["convert", STREAM, to, "--dry-run"]);
    assert_eq!((dry.code, dry.out.as_str(), path.exists()), (0, "", false), "{}", dry.err);
    assert!(
        dry.err.starts_with(&format!("{to}: would be {STREAM} as har, 1 interaction; not kept")),
        "{}",
        dry.err
    );
    let first = cassette(&["convert", STREAM, to]);
    assert_eq!((first.code, first.out.as_str()), (0, ""), "{}", first.err);
    let text = fs::read_to_string(&path).unwrap();
    let again = cassette(&["convert", "samples/vcrpy/openai-gzip.yaml", to]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("is there already; --force replaces it"), "{}", again.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let forced = cassette(&["convert", "samples/vcrpy/openai-gzip.yaml", to, "--force"]);
    assert_eq!(forced.code, 0, "{}", forced.err);
    assert_ne!(fs::read_to_string(&path).unwrap(), text);
    let unsure = cassette(&["convert", STREAM, folder.path().join("new.yaml").to_str().unwrap()]);
    assert_eq!(unsure.code, 2);
    assert!(unsure.err.contains("--to with one of go-vcr, vcrpy, betamax, ruby-vcr, har"), "{}", unsure.err);
    let unknown = cassette(&["convert", STREAM, "-", "--to", "polly"]);
    assert_eq!(unknown.code, 2);
}

#[test]
fn input_and_output_may_be_streams_and_messages_hold_no_credentials() {
    let (folder, key) = unscrubbed();
    let bytes = fs::read(folder.path().join("a.yaml")).unwrap();
    let ran = cassette_with_input(&["convert", "-", "-", "--to", "vcrpy"], &bytes);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains(&key) && !ran.err.contains(&key), "{}", ran.err);
    let broken = cassette_with_input(&["convert", "-", "-", "--to", "vcrpy"], b"interactions: [");
    assert_eq!((broken.code, broken.out.as_str()), (2, ""), "{}", broken.err);
}

#[test]
fn odd_values_survive_every_layout() {
    let odd = [
        "yes",
        "~",
        ":sym",
        "1_000",
        "0x1F",
        " a ",
        "a: b",
        "# no",
        "\t",
        "é\u{2028}\u{1f600}\u{0}\r\n\n",
        "- x",
        "!!binary",
        "2024-01-01",
        "<<",
        "=",
        "\u{85}",
    ];
    let pairs: Vec<_> =
        odd.iter().map(|value| serde_json::json!({"name": "x-odd", "value": value})).collect();
    for body in odd {
        let har = serde_json::json!({"log": {"version": "1.2", "entries": [{
            "request": {"method": "POST", "url": "https://x.example/a?b=c&b=d", "headers": pairs, "postData": {"text": body}},
            "response": {"status": 200, "statusText": "No", "headers": pairs, "content": {"text": body}},
        }]}});
        let recording = read(har.to_string().into_bytes()).unwrap();
        let wrong = there_and_back("made", &recording);
        assert!(wrong.is_empty(), "{body:?}: {wrong:#?}");
    }
}

#[test]
fn what_is_no_exchange_is_told() {
    let sample = "samples/har/openai-chromium.har";
    assert!(Path::new(sample).exists());
    let har = r#"{"log": {"version": "1.2", "entries": [{"request": {"method": "GET", "url": "http://x/"}, "response": {"status": 0}}]}}"#;
    let ran = cassette_with_input(&["convert", "-", "-", "--to", "vcrpy"], har.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, "interactions: []\nversion: 1\n"), "{}", ran.err);
    assert!(ran.err.contains("1 × whole interactions: a request without a response\n"), "{}", ran.err);
}
