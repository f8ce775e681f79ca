//! Formats whose facts stand at fixed places of their files: what is read of real cassettes is what stands there.

use std::fs;

use cassette::cassette::{Body, Content, Interaction};
use cassette::load::{self, Recording};
use cassette::syntax::{Node, Tree};
use cassette::text::{SourceId, Text};
use serde_json::Value;

use crate::support::{corpus, read};

/// What an entry of a file says of itself.
type Facts = (Option<String>, Option<String>, Option<u64>);

/// A format of the index, our name for it, where its entries are in a file, and where an entry has method, address
/// and status. Without entries, only the number of interactions is compared.
struct Layout {
    indexed: &'static str,
    format: &'static str,
    entries: &'static str,
    facts: fn(&Value) -> Facts,
}

/// What becomes of `entries` in formats that have one entry a file, or one a YAML document.
const WHOLE: &str = "whole";
/// Entries that have neither method nor address nor status.
const MESSAGES: &str = "messages";

const LAYOUTS: &[Layout] = &[
    Layout {
        indexed: "azure-testproxy-json",
        format: "azure-test-proxy",
        entries: "/Entries",
        facts: |entry| at(entry, ["/RequestMethod", "/RequestUri", "/StatusCode"]),
    },
    Layout { indexed: "braintrust-cassette-json", format: "braintrust", entries: "/entries", facts: usual },
    Layout {
        indexed: "nock-json",
        format: "nock",
        entries: "",
        facts: |entry| {
            let (method, scope, status) = at(entry, ["/method", "/scope", "/status"]);
            (method, Some(scope.unwrap() + entry["path"].as_str().unwrap()), status)
        },
    },
    Layout { indexed: "wiremock-json", format: "wiremock", entries: WHOLE, facts: wiremock },
    Layout { indexed: "wiremock-yaml", format: "wiremock", entries: WHOLE, facts: wiremock },
    Layout {
        indexed: "exvcr-json",
        format: "exvcr",
        entries: "",
        facts: |entry| {
            let (method, url, _) = at(entry, ["/request/method", "/request/url", ""]);
            let status = &entry["response"]["status_code"];
            (method, url, status.as_u64().or_else(|| status[1].as_u64()))
        },
    },
    Layout {
        indexed: "easyvcr-json",
        format: "easyvcr",
        entries: "",
        facts: |entry| match entry.get("Request") {
            Some(_) => at(entry, ["/Request/Method", "/Request/Uri", "/Response/Status/Code"]),
            None => at(entry, ["/request/method", "/request/uri", "/response/status/code"]),
        },
    },
    Layout {
        indexed: "scotch-json",
        format: "scotch",
        entries: "",
        facts: |entry| at(entry, ["/request/method", "/request/uri", "/response/status/code"]),
    },
    Layout {
        indexed: "php-vcr-yaml",
        format: "php-vcr",
        entries: "",
        facts: |entry| at(entry, ["/request/method", "/request/url", "/response/status/code"]),
    },
    Layout { indexed: "dvr-json", format: "dvr", entries: "/interactions", facts: usual },
    Layout { indexed: "interactions-json", format: "symfony", entries: "/interactions", facts: usual },
    Layout {
        indexed: "rvcr-json",
        format: "ruby-vcr",
        entries: "/http_interactions",
        facts: |entry| at(entry, ["/request/method", "/request/uri", "/response/status/code"]),
    },
    Layout {
        indexed: "cassetter-yaml",
        format: "cassetter",
        entries: "/interactions",
        facts: |entry| at(entry, ["/request/method", "/request/uri", "/response/status"]),
    },
    Layout { indexed: "interactions-nonhttp-yaml", format: "xai-grpc", entries: MESSAGES, facts: usual },
    Layout { indexed: "interactions-nonhttp-yaml", format: "frames", entries: MESSAGES, facts: usual },
    Layout { indexed: "mcp-cassette-json", format: "mcp-cassette", entries: MESSAGES, facts: usual },
];

/// Files that are not as the index says: how the problem begins, and why it is none.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("migration/old_cassette.yaml", "read as vcrpy", "it is vcrpy's of before version 1.0, not php-vcr's"),
    ("format/all-protocols.yaml", "5 interactions, not 3", "the index leaves out gRPC and WebSocket"),
    ("format/all-protocols.yaml", "req_body", "`none` is no body, bytes of gRPC are"),
    ("format/all-protocols.yaml", "resp_body", "`none` is no body, bytes of gRPC are"),
    ("google-genai-v2-latest.cassette.json", "req_body: 15 bodies, not 16", "its blob is not in the corpus"),
    ("google-genai-v2-latest.cassette.json", "resp_body: 15 bodies, not 16", "its blob is not in the corpus"),
    (
        "google-genai-v2-latest.cassette.json",
        "the body in `google-genai-v2-latest.cassette.blobs/",
        "the same",
    ),
    (
        "huggingface-transformers-v3.cassette.json",
        "resp_body: 14 bodies, not 19",
        "its blobs are not in the corpus",
    ),
    (
        "huggingface-transformers-v3.cassette.json",
        "the body in `huggingface-transformers-v3.cassette.",
        "the same",
    ),
];

fn usual(entry: &Value) -> Facts {
    at(entry, ["/request/method", "/request/url", "/response/status"])
}

fn wiremock(entry: &Value) -> Facts {
    let (method, url, status) = usual(entry);
    (method, url.or_else(|| text(&entry["request"]["urlPath"])), status)
}

fn at(entry: &Value, [method, url, status]: [&str; 3]) -> Facts {
    let value = |pointer| entry.pointer(pointer).unwrap_or(&Value::Null);
    let status = value(status);
    let number = status.as_u64().or_else(|| status.as_str()?.parse().ok());
    (text(value(method)), text(value(url)), number)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[test]
fn real_cassettes_say_what_stands_in_their_files() {
    let Some(folder) = corpus() else { return };
    let index = fs::read_to_string(folder.join("INDEX.jsonl")).unwrap();
    let mut wrong = Vec::new();
    for row in index.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let path = row["path"].as_str().unwrap();
        let mut layouts = LAYOUTS.iter().filter(|layout| row["format"] == layout.indexed).peekable();
        if layouts.peek().is_none() {
            continue;
        }
        let recording = read(&folder.join(path)).expect("a cassette");
        let excepted = |problem: &String| {
            EXCEPTIONS.iter().any(|(name, what, _)| path.ends_with(name) && problem.starts_with(what))
        };
        let problems = match layouts.find(|layout| layout.format == recording.format) {
            Some(layout) => problems(&recording, layout, &row),
            None => vec![format!("read as {}", recording.format)],
        };
        let problems = problems.into_iter().filter(|problem| !excepted(problem));
        wrong.extend(problems.map(|problem| format!("{path}: {problem}")));
    }
    assert!(wrong.is_empty(), "{} problems: {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
}

/// Returns what is not as the file and the index say.
fn problems(recording: &Recording, layout: &Layout, row: &Value) -> Vec<String> {
    let entries: Vec<_> = recording.interactions.iter().map(|entry| &entry.http).collect();
    let documents: Vec<Value> =
        recording.file.tree.iter().flat_map(Tree::documents).map(Node::json).collect();
    let mut problems = Vec::new();
    if row["interactions"].as_u64().is_some_and(|indexed| indexed != entries.len() as u64) {
        problems.push(format!("{} interactions, not {}", entries.len(), row["interactions"]));
    }
    if layout.entries != MESSAGES {
        let listed = match layout.entries {
            WHOLE => documents,
            pointer => documents[0].pointer(pointer).unwrap().as_array().unwrap().clone(),
        };
        if listed.len() != entries.len() {
            problems.push(format!("{} interactions, not {}", entries.len(), listed.len()));
        }
        for (at, (entry, value)) in entries.iter().zip(&listed).enumerate() {
            let (want, got) = ((layout.facts)(value), facts(entry));
            // An address may be read with the query that stands elsewhere.
            let url =
                want.1.as_ref().is_none_or(|url| got.1.as_ref().is_some_and(|got| got.starts_with(url)));
            if (&want.0, want.2) != (&got.0, got.2) || !url {
                problems.push(format!("#{at}: {got:?}, not {want:?}"));
            }
        }
        for (which, of) in
            [("req_body", request_body as fn(&Interaction) -> Option<&Body>), ("resp_body", response_body)]
        {
            let there = entries.iter().filter(|entry| of(entry).is_some_and(is_there)).count() as u64;
            let kinds = row[which].as_object().into_iter().flatten();
            let indexed = kinds.filter(|(kind, _)| !matches!(kind.as_str(), "none" | "empty"));
            let indexed: u64 = indexed.filter_map(|(_, count)| count.as_u64()).sum();
            if there != indexed {
                problems.push(format!("{which}: {there} bodies, not {indexed}"));
            }
        }
    }
    // What a body says is another matter than where it stands.
    let messages = recording.diagnostics.iter().map(|each| each.message.clone());
    problems.extend(messages.filter(|message| !message.contains("stream")));
    problems
}

fn facts(entry: &Interaction) -> Facts {
    let request = entry.request.as_ref();
    let own = |text: Option<&Text>| text.map(|text| text.as_str().to_owned());
    (
        own(request.and_then(|request| request.method.as_ref())),
        own(request.and_then(|request| request.url.as_ref())),
        entry.response.as_ref().and_then(cassette::cassette::Response::code).map(u64::from),
    )
}

fn request_body(entry: &Interaction) -> Option<&Body> {
    entry.request.as_ref()?.body.as_ref()
}

fn response_body(entry: &Interaction) -> Option<&Body> {
    entry.response.as_ref()?.body.as_ref()
}

/// Returns whether a body is there, and open.
fn is_there(body: &Body) -> bool {
    match &body.content {
        Content::Bytes(slice) => {
            let bytes = slice.bytes();
            !bytes.is_empty()
                && ![&b"\x1F\x8B"[..], b"1f8b", b"H4sI"].iter().any(|head| bytes.starts_with(head))
        }
        Content::Tree(_) | Content::Events(_) => true,
        Content::Beside(_) => false,
    }
}

#[test]
fn what_is_no_cassette_is_refused_with_a_reason() {
    let Some(folder) = corpus() else { return };
    let refused = [("vcr+vcr/spec/fixtures/cassette_spec/empty.yml", "the file is empty")];
    for (path, reason) in refused {
        let error = load::read(SourceId(0), fs::read(folder.join(path)).unwrap(), None).unwrap_err();
        assert_eq!(error.diagnostic.message, reason, "{path}");
    }
}
