//! Setting places by hand, in every file: what was set is there, other readers see it, and nothing else is different.

use std::path::{Path, PathBuf};

use cassette::chat::Part;
use cassette::edit::document::Document;
use cassette::edit::{self, As, Value};
use cassette::load::{Recorded, Recording, Response};
use cassette::rewrite::Rewritten;
use cassette::scrub::mask::MASK;
use cassette::syntax::path::Path as Way;
use serde_json::Value as Json;

use crate::support::{corpus, files, read, relative, samples};

fn value(text: &str) -> Value {
    Value { text: text.to_owned(), kind: As::Fitting }
}

fn get(recording: &Recording, at: usize, path: &str) -> Option<Json> {
    let place = edit::find(recording, at, &Way::parse(path).unwrap()).ok()?;
    place.value(&recording.interactions[at]).ok()
}

/// What to set in a file.
struct Case {
    at: usize,
    path: String,
    new: String,
    /// Whether all that differs must be what was set.
    alone: bool,
}

/// Returns the way to the first string and to the first number of a value.
fn first(value: &Json, path: &str, wanted: fn(&Json) -> bool) -> Option<String> {
    let plain = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match value {
        Json::Object(members) => members
            .iter()
            .filter(|(key, _)| plain(key))
            .find_map(|(key, value)| first(value, &format!("{path}.{key}"), wanted)),
        Json::Array(items) => {
            items.iter().enumerate().find_map(|(at, value)| first(value, &format!("{path}[{at}]"), wanted))
        }
        scalar => wanted(scalar).then(|| path.to_owned()),
    }
}

/// Chooses places in a recording.
fn cases(recording: &Recording) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |at, path: String, new: &str, alone| {
        cases.push(Case { at, path, new: new.to_owned(), alone });
    };
    let about = ["content-length", "content-type", "content-encoding", "transfer-encoding"];
    let entries = || recording.interactions.iter().enumerate();
    // The first of each kind is enough.
    let header = entries().find_map(|(at, entry)| {
        let request = entry.http.request.as_ref()?;
        let free = |name: &&str| {
            !about.iter().any(|about| name.eq_ignore_ascii_case(about)) && !name.contains(['.', '['])
        };
        let names: Vec<&str> = request.headers.iter().map(|header| header.name.as_str()).collect();
        let once = |name: &&str| names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count() == 1;
        let name = names.iter().copied().filter(free).find(once)?;
        Some((at, format!("request.headers.{}", name.to_ascii_lowercase())))
    });
    if let Some((at, path)) = header {
        add(at, path, "Some value; of \"mine\"", true);
    }
    let body = |at: usize, entry: &Recorded, wanted| {
        let sent = entry.request.as_ref().and_then(|body| first(&body.node().json(), "request.body", wanted));
        let received = || match &entry.response {
            Response::Whole(body) => first(&body.node().json(), "response.body", wanted),
            _ => None,
        };
        Some((at, sent.or_else(received)?))
    };
    if let Some((at, path)) = entries().find_map(|(at, entry)| body(at, entry, Json::is_string)) {
        add(at, path, "it's \"h\u{e9}llo\"\n\u{1F600}", true);
    }
    if let Some((at, path)) = entries().find_map(|(at, entry)| body(at, entry, Json::is_number)) {
        add(at, path, "4711", true);
    }
    let said = |at: &usize| get(recording, *at, "response.text").is_some();
    if let Some(at) = (0..recording.interactions.len()).find(said) {
        add(
            at,
            "response.text".to_owned(),
            "Quite another answer, \"in\" some\nw\u{f6}rds \u{1F600}.",
            false,
        );
        add(at, "response.text".to_owned(), "", false);
    }
    let called = |at: &usize| {
        get(recording, *at, "response.tool_calls[0].arguments")
            .is_some_and(|all| first(&all, "", Json::is_string).is_some())
    };
    if let Some(at) = (0..recording.interactions.len()).find(called) {
        let all = get(recording, at, "response.tool_calls[0].arguments").unwrap();
        let all = all.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(all);
        if let Some(path) = first(&all, "response.tool_calls[0].arguments", |value| {
            value.as_str().is_some_and(|text| !text.is_empty())
        }) {
            add(at, path, "K\u{f6}ln", false);
        }
    }
    let counted = |at: &usize| get(recording, *at, "response.usage.output_tokens").is_some();
    if let Some(at) = (0..recording.interactions.len()).find(counted) {
        add(at, "response.usage.output_tokens".to_owned(), "4711", false);
    }
    if let Some(at) = (0..recording.interactions.len())
        .find(|at| get(recording, *at, "response.status").is_some_and(|status| status.is_number()))
    {
        add(at, "response.status".to_owned(), "418", true);
    }
    cases
}

/// All of an entry that another reader may see: method, address, headers, bodies, as far as they are no lengths.
fn told(entry: &Recorded) -> Vec<String> {
    let mut told = Vec::new();
    let http = &entry.http;
    let header = |header: &cassette::cassette::Header| {
        let is_length = header.name.as_str().eq_ignore_ascii_case("content-length");
        (!is_length).then(|| format!("{}: {}", header.name.as_str(), header.value.as_str()))
    };
    if let Some(request) = &http.request {
        told.extend(request.method.iter().chain(&request.url).map(|text| text.as_str().to_owned()));
        told.extend(request.headers.iter().filter_map(header));
        told.push(entry.request.as_ref().map(|body| body.node().json().to_string()).unwrap_or_default());
    }
    if let Some(response) = &http.response {
        told.push(format!("{:?}", response.code()));
        told.extend(response.headers.iter().filter_map(header));
        match &entry.response {
            Response::Opaque => told.push(
                response
                    .body
                    .as_ref()
                    .and_then(|body| Some(body.text()?.as_str().to_owned()))
                    .unwrap_or_default(),
            ),
            Response::Whole(body) => told.push(body.node().json().to_string()),
            Response::Stream(events) => {
                told.extend(events.iter().map(|(event, _)| event.data.as_str().to_owned()));
            }
        }
    }
    told
}

fn faults(old: &Recording, case: &Case, new: &Rewritten) -> Vec<String> {
    let mut faults = Vec::new();
    let wanted: Json = if case.new.chars().all(|c| c.is_ascii_digit()) && !case.new.is_empty() {
        case.new.parse().unwrap()
    } else {
        Json::from(case.new.as_str())
    };
    let got = get(&new.recording, case.at, &case.path);
    if got.as_ref() != Some(&wanted) && !(case.new.is_empty() && got.is_none()) {
        faults.push(format!("reads as {got:?}"));
    }
    for (at, (before, after)) in old.interactions.iter().zip(&new.recording.interactions).enumerate() {
        let (before, after) = (told(before), told(after));
        let differ = before.iter().zip(&after).filter(|(a, b)| a != b).count();
        if before.len() != after.len() || (case.alone && differ != usize::from(at == case.at)) {
            faults.push(format!("#{at}: {differ} things differ"));
        }
    }
    if case.path.starts_with("request.headers.") && old.file.packed.is_none() && old.file.tree.is_some() {
        let text = |recording: &Recording| recording.file.text().unwrap().as_str().to_owned();
        let (before, after) = (text(old), text(&new.recording));
        let differ = before.lines().zip(after.lines()).filter(|(a, b)| a != b).count();
        let same = before.lines().count() == after.lines().count();
        if same && differ != 1 {
            faults.push(format!("{differ} lines differ"));
        }
    }
    // What tokens, models and ids say stays.
    let exchange = |recording: &Recording| {
        let reply = &recording.interactions[case.at].exchange.as_ref()?.reply;
        // A text that becomes shorter may leave a part with nothing in it.
        let others = |part: &&Part| !matches!(part, Part::Text(_));
        let parts = reply.answer().map_or(0, |answer| answer.message.parts.iter().filter(others).count());
        let texts = [&reply.id, &reply.model].map(|text| text.as_ref().map(|text| text.as_str().to_owned()));
        Some((texts, reply.usage.input, reply.usage.total, reply.events, reply.complete, parts))
    };
    if !case.alone && exchange(old) != exchange(&new.recording) {
        faults.push(format!("{:?} became {:?}", exchange(old), exchange(&new.recording)));
    }
    faults
}

/// Why an edit may be refused.
const REFUSED: &[&str] = &[
    // Text in ISO-8859-1 holds no emoji.
    "has no `",
    // The bytes at the end of a stream that was cut are not known.
    "cannot be written here: it is damaged",
];

/// Sets something in each file, and returns how many places were set and which faults there are.
fn edited(paths: &[PathBuf]) -> (usize, Vec<String>) {
    let (mut count, mut faults) = (0, Vec::new());
    for path in paths {
        let Some(old) = read(path) else { continue };
        for case in cases(&old) {
            let way = Way::parse(&case.path).unwrap();
            let name = format!("{} {} {}", relative(path), case.at, case.path);
            match edit::set(&old, case.at, &way, &[value(&case.new)]) {
                Ok(edited) => {
                    count += 1;
                    if let Some(new) = edited.rewritten {
                        faults.extend(
                            self::faults(&old, &case, &new)
                                .into_iter()
                                .map(|fault| format!("{name}: {fault}")),
                        );
                    } else if get(&old, case.at, &case.path) != Some(Json::from(case.new.as_str())) {
                        faults.push(format!("{name}: nothing changed"));
                    }
                }
                Err(diagnostic) if REFUSED.iter().any(|why| diagnostic.message.contains(why)) => {}
                Err(diagnostic) => faults.push(format!("{name}: {}", diagnostic.message)),
            }
        }
    }
    (count, faults)
}

#[test]
fn what_is_set_is_there_in_every_sample() {
    let (count, faults) = edited(&samples());
    assert!(count > 300, "{count}");
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
}

#[test]
fn what_is_set_is_there_in_real_cassettes() {
    let Some(root) = corpus() else { return };
    let (count, faults) = edited(&files(&root));
    assert!(count > 0, "no cassette in {root:?}");
    assert!(faults.is_empty(), "{} faults of {count}: {:#?}", faults.len(), &faults[..faults.len().min(60)]);
}

/// Sets a place of a sample, and returns the new recording and what followed.
fn set(sample: &str, at: usize, path: &str, new: &str) -> (Recording, Vec<usize>) {
    let old = read(Path::new(sample)).unwrap();
    let edited = edit::set(&old, at, &Way::parse(path).unwrap(), &[value(new)]).unwrap();
    (edited.rewritten.unwrap().recording, edited.followed)
}

#[test]
fn a_stream_that_repeats_itself_still_agrees_with_itself() {
    let sample = "samples/vcrpy/openai-responses-stream-tools.yaml";
    let old = read(Path::new(sample)).unwrap();
    let (new, _) = set(sample, 1, "response.text", "Nothing of the kind was said.");
    assert_eq!(new.diagnostics.len(), old.diagnostics.len(), "{:?}", new.diagnostics);
    let whole = get(&new, 1, "response.events").unwrap().to_string();
    let before = get(&old, 1, "response.text").unwrap();
    assert!(!whole.contains(before.as_str().unwrap()));
    assert!(whole.matches("Nothing of the kind was said.").count() >= 3, "{whole}");
}

#[test]
fn what_later_requests_send_back_changes_with_the_answer() {
    let sample = "samples/go-vcr/openai-parallel-tools.yaml";
    let id = get(&read(Path::new(sample)).unwrap(), 0, "response.tool_calls[0].id").unwrap();
    let (new, followed) = set(sample, 0, "response.tool_calls[0].id", "call_of_another_id");
    assert_eq!(followed, [1]);
    let text = new.file.text().unwrap();
    assert!(!text.as_str().contains(id.as_str().unwrap()));
    let arguments = get(&new, 0, "response.tool_calls[0].arguments").unwrap();
    let arguments: Json = serde_json::from_str(arguments.as_str().unwrap()).unwrap();
    let (name, _) = arguments.as_object().unwrap().iter().next().unwrap();
    let (new, followed) = set(sample, 0, &format!("response.tool_calls[0].arguments.{name}"), "4711");
    assert_eq!(followed, [1]);
    assert!(get(&new, 1, "request.body").unwrap().to_string().contains("4711"));
    assert_eq!(new.diagnostics.len(), read(Path::new(sample)).unwrap().diagnostics.len());
}

#[test]
fn a_path_that_means_nothing_says_what_was_meant() {
    let recording = read(Path::new("samples/go-vcr/openai-parallel-tools.yaml")).unwrap();
    let told = |path: &str| {
        let found = edit::find(&recording, 0, &Way::parse(path).unwrap());
        let missing = match found {
            Ok(place) => place.value(&recording.interactions[0]).unwrap_err(),
            Err(missing) => missing,
        };
        let diagnostic = missing.diagnostic();
        format!("{}; {}", diagnostic.message, diagnostic.help.unwrap_or_default())
    };
    assert_eq!(told("respons.text"), "there is no `respons` in an interaction; did you mean `response`?");
    assert_eq!(told("response.tex"), "there is no `tex` in a response; did you mean `text`?");
    assert_eq!(
        told("request.body.modle"),
        "there is no `modle` in the request's body; did you mean `model`?"
    );
    assert_eq!(
        told("request.headers.conten-type"),
        "there is no `conten-type` in the headers; did you mean `content-type`?"
    );
    assert_eq!(
        told("response.usage.output_token"),
        "there is no `output_token` in the usage; did you mean `output_tokens`?"
    );
    assert_eq!(
        told("request.body.messages.content"),
        "`messages` is a list; name an item by its number, as in `[0].content`; "
    );
    assert_eq!(told("request.body.messages[9]"), "there is no item 9 in `messages`: there are 2; ");
}

#[test]
fn headers_parameters_and_members_come_and_go() {
    for sample in samples() {
        let Some(old) = read(&sample) else { continue };
        let shown = relative(&sample);
        let change = |recording: &Recording, path: &str, new: Option<&str>| {
            let way = Way::parse(path).unwrap();
            let edited = match new {
                Some(new) => edit::set(recording, 0, &way, &[value(new)]),
                None => edit::remove(recording, 0, &way),
            };
            edited
                .unwrap_or_else(|error| panic!("{shown} {path}: {}", error.message))
                .rewritten
                .unwrap()
                .recording
        };
        let Some(request) = old.interactions.first().and_then(|entry| entry.http.request.as_ref()) else {
            continue;
        };
        if !request.headers.is_empty() {
            let added = change(&old, "request.headers.x-new", Some("a: \"b\""));
            assert_eq!(get(&added, 0, "request.headers.x-new"), Some(Json::from("a: \"b\"")), "{shown}");
            let back = change(&added, "request.headers.x-new", None);
            assert_eq!(back.file.bytes.bytes(), old.file.bytes.bytes(), "{shown}");
        }
        if request
            .url
            .as_ref()
            .is_some_and(|url| url.spans(url.len()..url.len()).len() == 1 && url.pieces().len() == 1)
        {
            let added = change(&old, "request.query.new", Some("a b&c"));
            assert_eq!(get(&added, 0, "request.query.new"), Some(Json::from("a b&c")), "{shown}");
            let back = change(&added, "request.query.new", None);
            assert_eq!(back.file.bytes.bytes(), old.file.bytes.bytes(), "{shown}");
        }
        if get(&old, 0, "request.body")
            .is_some_and(|body| body.as_object().is_some_and(|body| !body.is_empty()))
        {
            let added = change(&old, "request.body.new", Some(r#"{"a": [1, "two"]}"#));
            assert_eq!(get(&added, 0, "request.body.new.a[1]"), Some(Json::from("two")), "{shown}");
            let back = change(&added, "request.body.new", None);
            assert_eq!(
                back.interactions[0].request.as_ref().unwrap().node().json(),
                old.interactions[0].request.as_ref().unwrap().node().json(),
                "{shown}"
            );
        }
    }
}

#[test]
fn a_document_that_was_not_changed_changes_nothing() {
    let paths: Vec<_> = samples().into_iter().chain(corpus().iter().flat_map(|root| files(root))).collect();
    for path in paths {
        let Some(old) = read(&path) else { continue };
        for at in 0..old.interactions.len().min(3) {
            let document = Document::of(&old, at);
            let edited = document.apply(&old, at, &document.written(&["about it".to_owned()]), MASK);
            let edited = edited.unwrap_or_else(|wrong| panic!("{} {at}: {}", relative(&path), wrong.message));
            assert!(edited.rewritten.is_none(), "{} {at}", relative(&path));
        }
    }
}
