//! Setting places by hand, in every file: what was set is there, other readers see it, and nothing else is different.

use std::ops::Range;
use std::path::Path;

use cassette::cassette::{Interaction, header_texts};
use cassette::chat::Part;
use cassette::edit::document::Document;
use cassette::edit::{self, As, Edited, Place, Value};
use cassette::format::{self, Repeat};
use cassette::load::{self, Recorded, Recording, Response};
use cassette::rewrite::Rewritten;
use cassette::scrub::mask::MASK;
use cassette::syntax::path::Path as Way;
use cassette::syntax::{Node, Tree, address, form};
use cassette::text::{SourceId, Span, Text};
use serde_json::{Value as Json, json};

use crate::support::{check_corpus, check_samples, corpus, files, read, relative, samples};

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
    let url = |entry: &Recorded| entry.http.request.as_ref().and_then(|request| request.url.clone());
    if let Some((at, url)) = entries().find_map(|(at, entry)| Some((at, url(entry)?))) {
        let (origin, path) = url.as_str().split_at(address::parts(url.as_str()).path.start);
        add(at, "request.url".to_owned(), &format!("{origin}/other{path}"), true);
    }
    // A name with dots, or that is there twice, is no plain path.
    let asked = |(at, entry): (usize, &Recorded)| {
        let query = address::parts(url(entry)?.as_str()).query;
        let names: Vec<_> =
            form::pairs(&url(entry)?.slice(query)).into_iter().map(|pair| pair.name).collect();
        let plain = |name: &&Text| !name.is_empty() && !name.as_str().contains(['.', '[', '*']);
        let once = |name: &&Text| names.iter().filter(|other| other == name).count() == 1;
        Some((at, names.iter().filter(plain).find(once)?.as_str().to_owned()))
    };
    if let Some((at, name)) = entries().find_map(asked) {
        add(at, format!("request.query.{name}"), "of mine", true);
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

/// Returns the bytes of all files of a recording, before and after.
fn sources<'r>(old: &'r Recording, new: &'r Recording) -> Vec<(&'r [u8], &'r [u8], SourceId)> {
    let mut all = vec![(old.file.bytes.bytes(), new.file.bytes.bytes(), old.file.id())];
    let beside = old.beside.iter().zip(&new.beside);
    all.extend(
        beside.map(|(old, new)| (old.bytes.bytes(), new.bytes.bytes(), old.bytes.source_id().unwrap())),
    );
    all
}

/// Returns whether a file became another by what stands in some stretches of it only.
fn differs_only_in(old: &[u8], new: &[u8], mut stretches: Vec<Range<usize>>) -> bool {
    stretches.sort_by_key(|stretch| stretch.start);
    let (mut end, mut at) = (0, 0);
    for stretch in stretches {
        if stretch.start > end || end == 0 {
            let between = &old[end..stretch.start.max(end)];
            let found = if end == 0 {
                new.starts_with(between).then_some(0)
            } else {
                memchr::memmem::find(&new[at..], between)
            };
            let Some(found) = found else { return false };
            at += found + between.len();
        }
        end = end.max(stretch.end);
    }
    if end == 0 { old == new } else { new[at..].ends_with(&old[end..]) }
}

/// Stretches of one file.
struct Stretches<'f> {
    source: SourceId,
    bytes: &'f [u8],
    /// Whether scalars of the file are taken whole, or the lines that hold a text.
    scalars: bool,
    all: Vec<Range<usize>>,
}

impl Stretches<'_> {
    fn add(&mut self, text: &Text) {
        for piece in text.pieces() {
            let whole = piece.as_slice().outermost();
            let spans = if self.scalars {
                whole.into_iter().collect()
            } else {
                // The line that begins a block says how its lines end.
                let is_block = |span: &Span| matches!(self.bytes.get(span.start), Some(b'|' | b'>'));
                let begin = whole.filter(is_block).map(|span| Span { end: span.start, ..span });
                begin.into_iter().chain(piece.spans(0..piece.len())).collect::<Vec<_>>()
            };
            for span in spans {
                self.add_span(span);
            }
        }
    }

    fn add_span(&mut self, span: Span) {
        if span.source != self.source {
            return;
        }
        let Range { mut start, mut end } = span.start..span.end;
        if !self.scalars {
            let line_end = |byte: &u8| *byte == b'\n';
            start = self.bytes[..start].iter().rposition(line_end).map_or(0, |at| at + 1);
            end += self.bytes[end..].iter().position(line_end).unwrap_or(self.bytes.len() - end);
        }
        self.all.push(start..end);
    }

    /// Adds all scalars in a value.
    fn add_scalars(&mut self, node: Node<'_>) {
        if !node.is_map() && !node.is_list() {
            node.text().iter().for_each(|text| self.add(text));
        }
        for value in node.items().chain(node.entries().map(|(_, value)| value)) {
            self.add_scalars(value);
        }
    }

    /// Adds all strings in a value that one of some texts is.
    fn add_strings(&mut self, node: Node<'_>, texts: &[String]) {
        let json = |text: &str| serde_json::from_str::<Json>(text).ok().filter(Json::is_object);
        let is_it = |text: &Text| {
            let same = |own: &String| {
                text == own.as_str() || json(own).is_some_and(|own| json(text.as_str()) == Some(own))
            };
            texts.iter().any(same)
        };
        if let Some(text) = node.string().filter(is_it) {
            self.add(&text);
        }
        for value in node.items().chain(node.entries().map(|(_, value)| value)) {
            self.add_strings(value, texts);
        }
    }
}

/// Returns the node of a tree that has some bytes.
fn at_span(node: Node<'_>, span: Span) -> Option<Node<'_>> {
    let values = || node.items().chain(node.entries().map(|(_, value)| value));
    if node.span() == Some(span) { Some(node) } else { values().find_map(|value| at_span(value, span)) }
}

/// Adds the stretches that hold what is set: its own, and where it is told once more those.
fn held(old: &Recording, case: &Case, followed: &[usize], stretches: &mut Stretches<'_>) {
    let place = edit::find(old, case.at, &Way::parse(&case.path).unwrap()).unwrap();
    let own: Vec<Text> = match place {
        Place::Text(text) | Place::Number(text) => vec![text],
        Place::Said(texts) => texts,
        Place::Node(node, _) => node.node().text().into_iter().collect(),
        Place::Headers { sent, at, .. } => {
            let http = &old.interactions[case.at].http;
            let headers = if sent {
                &http.request.as_ref().unwrap().headers
            } else {
                &http.response.as_ref().unwrap().headers
            };
            at.iter().map(|at| headers[*at].value.clone()).collect()
        }
        Place::Address(_) | Place::Query { .. } => {
            let http = &old.interactions[case.at].http;
            let format = format::by_name(old.format).unwrap();
            let documents = old.file.tree.iter().flat_map(Tree::documents);
            let entry = http.span.and_then(|span| documents.into_iter().find_map(|root| at_span(root, span)));
            for repeat in entry.into_iter().flat_map(|entry| format.repeats(entry)) {
                let (Repeat::Text(node, _) | Repeat::List(node) | Repeat::Form(node)) = repeat;
                stretches.add_scalars(node);
            }
            http.request.iter().filter_map(|request| request.url.clone()).collect()
        }
        other => panic!("{}: {other:?}", case.path),
    };
    for text in &own {
        stretches.add(text);
    }
    let mut texts: Vec<String> = own.iter().map(|text| text.as_str().to_owned()).collect();
    texts.extend(
        get(old, case.at, "response.tool_calls[0].arguments").and_then(|all| Some(all.as_str()?.to_owned())),
    );
    // Wire text is cut by the lengths before each pair.
    let pieces = format::by_name(old.format).unwrap().pieces(&old.file);
    for (at, entry) in old.interactions.iter().enumerate() {
        let tells = at == case.at || followed.contains(&at) || entry.told_in == Some(case.at);
        if !tells {
            continue;
        }
        if let Some(piece) = pieces.get(at) {
            let line = old.file.bytes.bytes()[piece.start..].iter().position(|byte| *byte == b'\n').unwrap();
            stretches.all.push(piece.start..piece.start + line);
        }
        if !case.alone {
            match &entry.response {
                Response::Whole(body) => stretches.add_strings(body.node(), &texts),
                Response::Stream(events) => {
                    let data = events.iter().filter_map(|(_, data)| data.as_ref());
                    data.for_each(|data| stretches.add_strings(data.node(), &texts));
                }
                Response::Opaque => {}
            }
            if let Some(body) = entry.request.as_ref().filter(|_| followed.contains(&at)) {
                stretches.add_strings(body.node(), &texts);
            }
        }
        if !case.path.starts_with("request.headers.") {
            lengths(&entry.http, stretches);
        }
    }
}

/// Adds what is said about the lengths of bodies, and what is their digest.
fn lengths(http: &Interaction, stretches: &mut Stretches<'_>) {
    let sent = http.request.as_ref().map(|sent| (&sent.headers, &sent.body));
    let received = http.response.as_ref().map(|received| (&received.headers, &received.body));
    for (headers, body) in sent.into_iter().chain(received) {
        header_texts(headers, "content-length").for_each(|text| stretches.add(text));
        if let Some(body) = body {
            body.lengths
                .iter()
                .map(|length| &length.at)
                .chain(&body.protobuf)
                .chain(&body.copy)
                .for_each(|text| stretches.add(text));
        }
    }
}

fn faults(old: &Recording, case: &Case, new: &Rewritten, followed: &[usize]) -> Vec<String> {
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
    for (old_bytes, new_bytes, at) in sources(old, &new.recording) {
        let only = |scalars: bool| {
            let mut stretches = Stretches { source: at, bytes: old_bytes, scalars, all: Vec::new() };
            held(old, case, followed, &mut stretches);
            differs_only_in(old_bytes, new_bytes, stretches.all)
        };
        if !only(true) {
            faults.push("other scalars differ in the file".to_owned());
        } else if !only(false) {
            faults.push("other lines differ in the file".to_owned());
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

/// Sets something in a cassette, and returns how many places were set and which faults there are.
fn edited(old: &Recording, name: &str) -> (usize, Vec<String>) {
    let (mut count, mut faults) = (0, Vec::new());
    for case in cases(old) {
        let way = Way::parse(&case.path).unwrap();
        let mut fault = |fault: String| faults.push(format!("{name} {} {}: {fault}", case.at, case.path));
        match edit::set(old, case.at, &way, &[value(&case.new)]) {
            Ok(Edited { rewritten: Some(new), followed }) => {
                count += 1;
                self::faults(old, &case, &new, &followed).into_iter().for_each(fault);
            }
            Ok(Edited { rewritten: None, .. }) => {
                count += 1;
                if get(old, case.at, &case.path) != Some(Json::from(case.new.as_str())) {
                    fault("nothing changed".to_owned());
                }
            }
            Err(diagnostic) if REFUSED.iter().any(|why| diagnostic.message.contains(why)) => {}
            Err(diagnostic) => fault(diagnostic.message),
        }
    }
    (count, faults)
}

#[test]
fn a_change_beside_what_may_change_is_seen() {
    let stretches = || vec![2..4, 8..9];
    for (new, may) in [
        ("a bc d\n e\n", true),
        ("a xyz d\n \n", true),
        ("a  d\n e", false),
        ("e bc d\n e\n", false),
        ("a bc e\n e\n", false),
        ("a bc d\n e\nf", false),
    ] {
        assert_eq!(differs_only_in(b"a bc d\n e\n", new.as_bytes(), stretches()), may, "{new:?}");
    }
}

#[test]
fn what_is_set_is_there_in_every_sample() {
    check_samples(300, edited);
}

/// Returns a value whose texts that are JSON objects are these objects, and equal to `old` no more but to `new`.
fn with_arguments(value: &Json, old: &Json, new: &Json) -> Json {
    if value == old {
        return new.clone();
    }
    match value {
        Json::String(text) => match serde_json::from_str::<Json>(text) {
            Ok(inner) if inner.is_object() => with_arguments(&inner, old, new),
            _ => value.clone(),
        },
        Json::Array(items) => items.iter().map(|item| with_arguments(item, old, new)).collect(),
        Json::Object(members) => {
            let member = |(key, value): (&String, &Json)| (key.clone(), with_arguments(value, old, new));
            Json::Object(members.iter().map(member).collect())
        }
        _ => value.clone(),
    }
}

#[test]
fn arguments_as_a_whole_are_set_and_of_later_requests_only_these_change() {
    const PATH: &str = "response.tool_calls[0].arguments";
    let object =
        |all: Json| all.as_str().map_or_else(|| Some(all.clone()), |text| serde_json::from_str(text).ok());
    let new = json!({"town": "K\u{f6}ln", "beds": [2, 1], "quiet": true});
    check_samples(25, |old, name| {
        let (mut count, mut faults) = (0, Vec::new());
        for at in 0..old.interactions.len() {
            let Some(was) = get(old, at, PATH).and_then(object).filter(Json::is_object) else { continue };
            let edited = match edit::set(old, at, &Way::parse(PATH).unwrap(), &[value(&new.to_string())]) {
                Ok(edited) => edited,
                Err(diagnostic) => {
                    faults.push(format!("{name} {at}: {}", diagnostic.message));
                    continue;
                }
            };
            count += 1;
            let Some(rewritten) = edited.rewritten else {
                faults.push(format!("{name} {at}: nothing changed"));
                continue;
            };
            if get(&rewritten.recording, at, PATH).and_then(object).as_ref() != Some(&new) {
                faults.push(format!("{name} {at}: reads as {:?}", get(&rewritten.recording, at, PATH)));
            }
            for (number, (old, is)) in
                old.interactions.iter().zip(&rewritten.recording.interactions).enumerate()
            {
                let sent = |entry: &Recorded| entry.request.as_ref().map(|body| body.node().json());
                let (Some(old), Some(is)) = (sent(old), sent(is)) else { continue };
                if with_arguments(&old, &was, &new) != with_arguments(&is, &was, &new) {
                    faults.push(format!("{name} {at}: {number} sends something else"));
                }
            }
        }
        (count, faults)
    });
}

#[test]
fn what_is_set_is_there_in_real_cassettes() {
    check_corpus(edited);
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
fn what_only_reads_like_an_answer_by_chance_stays() {
    let line = |thinking: &str, content: &str| {
        format!(
            r#"{{\"model\":\"m\",\"message\":{{\"role\":\"assistant\",\"content\":\"{content}\",\"thinking\":\"{thinking}\"}},\"done\":false}}\n"#
        )
    };
    let file = |answer: &str| {
        let end = r#"{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n"#;
        let body = line("say ", "") + &line("STREAM", "") + &line("", answer) + end;
        format!(
            r#"{{"log": {{"entries": [{{"request": {{"method": "POST", "url": "http://h/api/chat", "headers": [], "postData": {{"mimeType": "application/json", "text": "{{\"model\": \"m\", \"messages\": [{{\"role\": \"user\", \"content\": \"hi\"}}]}}"}}}},
            "response": {{"status": 200, "headers": [], "content": {{"mimeType": "application/x-ndjson", "text": "{body}"}}}}}}]}}}}"#
        )
    };
    assert_eq!(file_with(&file("STREAM"), "response.text", "other"), Ok(file("other")));
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
        // These are put in one by one.
        let apart = ["httpmock", "wiremock"].contains(&old.format);
        if request.url.is_some() && !apart {
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

/// A cassette as text, with something set in its first interaction, or removed.
fn file_with(file: &str, path: &str, new: &str) -> Result<String, String> {
    let old = load::read(SourceId(0), file.as_bytes().to_vec(), None).unwrap();
    let edited = match new {
        "" => edit::remove(&old, 0, &Way::parse(path).unwrap()),
        new => edit::set(&old, 0, &Way::parse(path).unwrap(), &[value(new)]),
    };
    let rewritten = edited.map_err(|refused| refused.message)?.rewritten.unwrap();
    Ok(String::from_utf8(rewritten.files[0].1.clone()).unwrap())
}

/// Checks what becomes of a file with two texts in it.
#[track_caller]
fn assert_follows(
    file: impl Fn(&str, &str) -> String,
    old: (&str, &str),
    (path, value): (&str, &str),
    new: (&str, &str),
) {
    let becomes = file_with(&file(old.0, old.1), path, value);
    assert_eq!(becomes.as_deref(), Ok(file(new.0, new.1).as_str()), "{path} {value}");
}

#[test]
fn the_parameters_that_an_archive_lists_follow_its_address() {
    let file = |url: &str, listed: &str| {
        format!(
            r#"{{"log": {{"entries": [{{"request": {{"method": "GET", "url": "{url}", "headers": [], "queryString": [{listed}]}},
            "response": {{"status": 200, "headers": [], "content": {{"text": "hi"}}}}}}]}}}}"#
        )
    };
    let pair = |name: &str, value: &str| format!(r#"{{"name": "{name}", "value": "{value}"}}"#);
    let (a, b) = (pair("a", "1"), pair("b", "x y"));
    let both = format!("{a}, {b}");
    let old = ("http://h/?a=1&b=x%20y", both.as_str());
    let changed = format!("{}, {b}", pair("a", "2"));
    let new = ("http://h/?a=2&b=x%20y", changed.as_str());
    assert_follows(file, old, ("request.query.a", "2"), new);
    assert_follows(file, old, ("request.url", new.0), new);
    let moved = "http://i/z?b=x%20y";
    assert_follows(file, old, ("request.url", moved), (moved, &b));
    assert_follows(file, old, ("request.query.a", ""), ("http://h/?b=x%20y", &b));
    assert_follows(file, old, ("request.url", "http://h/"), ("http://h/", ""));
    let three = format!("{both}, {}", pair("c", r"\u00e4"));
    assert_follows(file, old, ("request.query.c", "\u{e4}"), ("http://h/?a=1&b=x%20y&c=%C3%A4", &three));
    assert_follows(file, ("http://h/", ""), ("request.query.a", "1"), ("http://h/?a=1", &a));
    // Some list them as the address has them.
    let spelled = format!("{a}, {}", pair("b", "x%20y"));
    let new = format!("{a}, {}", pair("b", "%C3%A4"));
    assert_follows(file, (old.0, &spelled), ("request.query.b", "\u{e4}"), ("http://h/?a=1&b=%C3%A4", &new));
    // What was wrong before stays as it is.
    let other = pair("z", "9");
    assert_follows(file, (old.0, &other), ("request.query.a", "2"), ("http://h/?a=2&b=x%20y", &other));
    assert_follows(file, (old.0, ""), ("request.query.c", "3"), ("http://h/?a=1&b=x%20y&c=3", ""));
}

#[test]
fn the_host_and_the_form_of_go_vcr_follow_the_address() {
    let file = |url: &str, rest: &str| {
        format!(
            "version: 2\ninteractions:\n    - id: 0\n      request:\n        host: {rest}\n        url: {url}\n        method: GET\n      \
             response:\n        code: 200\n        body: hi\n"
        )
    };
    let form = "h:8\n        form:\n            alt:\n                - sse\n            b:\n                - \"1\"";
    let old = ("https://h:8/v1?alt=sse&b=1", form);
    let other = form.replace("h:8", "i").replace("sse", "json");
    let url = "https://i/v1?alt=json&b=1";
    assert_follows(file, old, ("request.url", url), (url, &other));
    let without = form.replace("            alt:\n                - sse\n", "");
    assert_follows(file, old, ("request.query.alt", ""), ("https://h:8/v1?b=1", &without));
    let more = format!("{form}\n            c:\n                - two");
    assert_follows(file, old, ("request.query.c", "two"), ("https://h:8/v1?alt=sse&b=1&c=two", &more));
    // Some versions keep only parameters of bodies there.
    let empty = "h:8\n        form: {}";
    assert_follows(file, ("https://h:8/v1", empty), ("request.query.c", "2"), ("https://h:8/v1?c=2", empty));
    assert_follows(file, (old.0, "other"), ("request.url", "https://i/"), ("https://i/", "other"));
}

#[test]
fn the_address_that_a_response_tells_follows_unless_it_was_led_on() {
    let file = |url: &str, answered: &str| {
        format!(
            r#"{{"http_interactions": [{{"request": {{"method": "GET", "uri": "{url}", "headers": {{}}, "body": {{"encoding": "utf-8", "string": ""}}}},
            "response": {{"status": {{"code": 200, "message": "OK"}}, "url": "{answered}", "headers": {{}}, "body": {{"encoding": "utf-8", "string": "hi"}}}},
            "recorded_at": "2026-01-01T00:00:00"}}], "recorded_with": "betamax/0.9"}}"#
        )
    };
    let (old, new) = ("https://h/a?b=1", "https://h/a?b=2");
    assert_follows(file, (old, old), ("request.query.b", "2"), (new, new));
    assert_follows(file, (old, "https://h/c"), ("request.url", new), (new, "https://h/c"));
}

#[test]
fn each_part_of_an_address_goes_where_its_recorder_keeps_it() {
    let nock = |scope: &str, path: &str| {
        format!(
            r#"[{{"scope": "{scope}", "method": "GET", "path": "{path}", "body": "", "status": 200, "response": "hi"}}]"#
        )
    };
    let old = ("https://h:443", "/v1/x?a=1");
    let new = ("https://some.host:8080", "/v2?b=3");
    assert_follows(nock, old, ("request.url", "https://some.host:8080/v2?b=3"), new);
    assert_follows(nock, old, ("request.query.c", "2"), ("https://h:443", "/v1/x?a=1&c=2"));

    let vcrpy = |host: &str, path: &str| {
        format!(
            "- request:\n    body: null\n    headers: {{}}\n    host: {host}\n    method: GET\n    path: {path}\n    port: 443\n    \
             protocol: https\n  response: {{body: {{string: hi}}, headers: [], status: {{code: 200, message: OK}}}}\n"
        )
    };
    let old = ("h", "/a?b=1");
    assert_follows(vcrpy, old, ("request.url", "https://i/c?d=2"), ("i", "/c?d=2"));
    assert_follows(vcrpy, old, ("request.query.b", "2"), ("h", "/a?b=2"));
    assert_follows(vcrpy, old, ("request.query.b", ""), ("h", "/a"));
    // The port is left out of the address where it is the usual one.
    let refused = file_with(&vcrpy("h", "/a"), "request.url", "https://h:8/a").unwrap_err();
    assert_eq!(
        refused,
        "cannot set it: the recorder keeps the parts of an address each for itself, and has none to hold `8`"
    );
}

#[test]
fn parameters_that_stand_apart_are_set_there() {
    let httpmock = |path: &str, listed: &str| {
        format!(
            "when:\n  path: {path}\n  query_param:\n{listed}  method: GET\nthen:\n  status: 200\n  body: hi\n"
        )
    };
    let pair = |name: &str, value: &str| format!("  - name: {name}\n    value: {value}\n");
    let (a, b) = (pair("a", "x y"), pair("b", "z"));
    let both = format!("{a}{b}");
    let changed = format!("{a}{}", pair("b", "w"));
    assert_follows(httpmock, ("/v1", &both), ("request.url", "/v2?a=x y&b=w"), ("/v2", &changed));
    assert_follows(httpmock, ("/v1", &a), ("request.query.b", "z"), ("/v1", &both));
    assert_follows(httpmock, ("/v1", &both), ("request.query.a", ""), ("/v1", &b));
    assert_follows(httpmock, ("/v1", &a), ("request.query.a", "x=z"), ("/v1", &pair("a", "x=z")));
    for (path, new) in
        [("request.query.a", "x&z"), ("request.url", "/v1?a=x%20z"), ("request.url", "https://h/v1?a=x y")]
    {
        let refused = file_with(&httpmock("/v1", &a), path, new).unwrap_err();
        assert!(refused.starts_with("cannot set it: the recorder keeps"), "{refused}");
    }

    let wiremock = |address: &str, listed: &str| {
        format!(
            r#"{{"request": {{{address}, "method": "GET", "queryParameters": {{{listed}}}}}, "response": {{"status": 200, "body": "hi"}}}}"#
        )
    };
    let (path, a) = (r#""urlPath": "/v1""#, r#""a": {"equalTo": "1"}"#);
    let both = format!(r#"{a}, "b": {{"equalTo": "2"}}"#);
    assert_follows(wiremock, (path, a), ("request.query.b", "2"), (path, &both));
    assert_follows(wiremock, (path, &both), ("request.query.b", ""), (path, a));
    let url = |url: &str| format!(r#""url": "{url}""#);
    let (old, new) = (url("/v1?c=1"), url("/v1?c=1&d=2"));
    assert_follows(wiremock, (&old, ""), ("request.query.d", "2"), (&new, ""));
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
