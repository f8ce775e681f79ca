//! Edits of bodies, in every recorder's wrapping: what was changed is changed, what depends on it follows, and nothing
//! else is different.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cassette::cassette::{Body, Content, Header, Interaction, Length};
use cassette::load::{self, Recorded, Recording, Response};
use cassette::rewrite::{Rewritten, rewrite};
use cassette::syntax::Node;
use cassette::text::{Edit, Slice, SourceId, Text};
use serde_json::Value;

use crate::support::{corpus, files, read, relative, samples};

/// Real files up to this size are edited in every way, larger ones in one, so that the test stays quick.
const SMALL: usize = 6_000;

/// Why an edit may be refused.
const REFUSED: &[&str] = &[
    // Text in ISO-8859-1 holds no emoji.
    "has no `",
    // The bytes at the end of a stream that was cut are not known.
    "cannot be written here: it is damaged",
];

/// What to make of a text.
#[derive(Clone, Copy, Debug)]
enum Way {
    Longer,
    Shorter,
    Foreign,
    Same,
}

const WAYS: [Way; 3] = [Way::Longer, Way::Shorter, Way::Foreign];

impl Way {
    fn of(self, old: &str) -> String {
        match self {
            Self::Longer => format!("{old} and, \"as it were\", a good deal more \\ of it"),
            Self::Shorter => old.chars().skip(1 + old.chars().count() / 2).collect(),
            Self::Foreign => format!("h\u{e9}llo \u{1F600}\n{old}"),
            Self::Same => old.to_owned(),
        }
    }
}

/// A text in a body, and what it becomes.
struct Target {
    interaction: usize,
    place: Place,
    edit: Edit,
}

/// Where in an interaction.
enum Place {
    /// A value of a JSON body, of the request or of the response.
    Json { sent: bool, pointer: String },
    /// A value of the JSON data of an event.
    Event { number: usize, pointer: String },
    /// A range of a text that is no JSON.
    Text { sent: bool, start: usize },
    /// The value of a header.
    Header { sent: bool, number: usize },
}

/// Headers that say how a body is to be read.
const ABOUT_BODIES: &[&str] = &["content-length", "content-type", "content-encoding", "transfer-encoding"];

/// Returns the strings of a JSON value, each with its place.
fn strings(node: Node<'_>, pointer: &str, found: &mut Vec<(String, Text)>) {
    found.extend(node.string().filter(|text| !text.is_empty()).map(|text| (pointer.to_owned(), text)));
    for (at, item) in node.items().enumerate() {
        strings(item, &format!("{pointer}/{at}"), found);
    }
    let mut keys = Vec::new();
    for (key, value) in node.entries() {
        let key = key.str().unwrap_or_default().replace('~', "~0").replace('/', "~1");
        // Of repeated keys a JSON value has only the last.
        if !keys.contains(&key) {
            strings(value, &format!("{pointer}/{key}"), found);
        }
        keys.push(key);
    }
}

/// Returns the first, the middle and the last of some things.
fn few<T>(mut things: Vec<T>) -> Vec<T> {
    let (middle, last) = (things.len() / 2, things.len().saturating_sub(1));
    let mut chosen: Vec<_> = things.drain(..).enumerate().collect();
    chosen.retain(|(at, _)| [0, middle, last].contains(at));
    chosen.into_iter().map(|(_, thing)| thing).collect()
}

/// Returns some texts in the bodies of an entry.
fn targets(interaction: usize, entry: &Recorded, way: Way) -> Vec<Target> {
    let target = |place, text: &Text| {
        let edit = Edit::replace(text, 0..text.len(), way.of(text.as_str()));
        Target { interaction, place, edit }
    };
    let json = |node: Node<'_>, place: &dyn Fn(String) -> Place| -> Vec<Target> {
        let mut found = Vec::new();
        strings(node, "", &mut found);
        few(found).into_iter().map(|(pointer, text)| target(place(pointer), &text)).collect()
    };
    let plain = |sent, body: Option<&Body>| {
        let text = body.and_then(Body::text)?;
        let start = text.as_str().find(|c: char| c.is_ascii_alphabetic())?;
        let rest = &text.as_str()[start..];
        let end = start + rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        Some(target(Place::Text { sent, start }, &text.slice(start..end)))
    };
    let mut targets = Vec::new();
    match &entry.request {
        Some(body) => targets.extend(json(body.node(), &|pointer| Place::Json { sent: true, pointer })),
        None => {
            targets.extend(plain(true, entry.http.request.as_ref().and_then(|sent| sent.body.as_ref())));
        }
    }
    match &entry.response {
        Response::Whole(body) => {
            targets.extend(json(body.node(), &|pointer| Place::Json { sent: false, pointer }));
        }
        Response::Stream(events) => {
            let told: Vec<_> =
                events.iter().enumerate().filter_map(|(at, (_, data))| Some((at, data.as_ref()?))).collect();
            for (number, data) in few(told) {
                targets.extend(json(data.node(), &|pointer| Place::Event { number, pointer }));
            }
        }
        Response::Opaque => {
            let body = entry.http.response.as_ref().and_then(|received| received.body.as_ref());
            targets.extend(plain(false, body));
        }
    }
    for sent in [true, false] {
        let free = |header: &Header| {
            let about = ABOUT_BODIES.iter().any(|name| header.name.as_str().eq_ignore_ascii_case(name));
            !about && !header.value.is_empty()
        };
        let numbered = headers(&entry.http, sent).iter().enumerate();
        let chosen: Vec<_> = numbered.filter(|(_, header)| free(header)).collect();
        for (number, Header { value, .. }) in few(chosen) {
            let new = match way {
                Way::Longer => format!("{}; and \"more\"", value.as_str()),
                Way::Shorter => "x".to_owned(),
                Way::Foreign => "REDACTED".to_owned(),
                Way::Same => value.as_str().to_owned(),
            };
            let edit = Edit::replace(value, 0..value.len(), new);
            targets.push(Target { interaction, place: Place::Header { sent, number }, edit });
        }
    }
    targets
}

/// Returns the body of the request or of the response.
fn body(http: &Interaction, sent: bool) -> Option<&Body> {
    if sent { http.request.as_ref()?.body.as_ref() } else { http.response.as_ref()?.body.as_ref() }
}

fn headers(http: &Interaction, sent: bool) -> &[Header] {
    if sent {
        http.request.as_ref().map_or(&[], |request| &request.headers)
    } else {
        http.response.as_ref().map_or(&[], |response| &response.headers)
    }
}

/// Returns a body as JSON by another reader than ours, where it is recorded as text.
fn value(entry: &Recorded, sent: bool) -> Option<Value> {
    let body = body(&entry.http, sent)?;
    match &body.content {
        Content::Bytes(bytes) => {
            let text = String::from_utf8_lossy(bytes.bytes());
            serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()
        }
        _ => body.json(),
    }
}

/// Returns the data of each event: JSON by another reader than ours, where it is text.
fn events(entry: &Recorded) -> Vec<Value> {
    let Response::Stream(events) = &entry.response else { return Vec::new() };
    let data = events.iter().map(|(event, data)| {
        let text = event.data.as_str();
        let parsed = data.as_ref().map(|data| data.node().json());
        serde_json::from_str(text).ok().or(parsed).unwrap_or_else(|| Value::from(text))
    });
    data.collect()
}

/// Returns what is not as intended in the rewritten recording.
fn faults(old: &Recording, targets: &[Target], new: &Rewritten, counts: &mut Counts) -> Vec<String> {
    let mut faults = Vec::new();
    for (at, (before, after)) in old.interactions.iter().zip(&new.recording.interactions).enumerate() {
        let here = || targets.iter().filter(|target| target.interaction == at);
        let mut told = events(before);
        for target in here() {
            if let Place::Event { number, pointer } = &target.place {
                *told[*number].pointer_mut(pointer).unwrap() = Value::from(target.edit.new.as_str());
            }
        }
        if told != events(after) {
            faults.push(format!("#{at}: other events"));
        }
        for sent in [true, false] {
            let changed = here().any(|target| match &target.place {
                Place::Json { sent: side, .. } | Place::Text { sent: side, .. } => *side == sent,
                Place::Event { .. } => !sent,
                Place::Header { .. } => false,
            });
            let mut whole = value(before, sent);
            let mut text = body(&before.http, sent).and_then(Body::text).map(|text| text.as_str().to_owned());
            for target in here() {
                match &target.place {
                    Place::Json { sent: side, pointer } if *side == sent => {
                        if let Some(place) = whole.as_mut().and_then(|whole| whole.pointer_mut(pointer)) {
                            *place = Value::from(target.edit.new.as_str());
                        }
                    }
                    Place::Text { sent: side, start } if *side == sent => {
                        let end = start + target.edit.at.len();
                        text.as_mut().unwrap().replace_range(*start..end, &target.edit.new);
                        whole = None;
                    }
                    _ => {}
                }
            }
            let new_text = body(&after.http, sent).and_then(Body::text);
            let is_text =
                here().any(|target| matches!(target.place, Place::Text { sent: side, .. } if side == sent));
            // What changed in a stream shows in its events.
            let is_stream = !sent && matches!(before.response, Response::Stream(_));
            let as_intended = if is_stream {
                true
            } else if whole.is_some() {
                whole == value(after, sent)
            } else {
                (changed && !is_text) || text.as_deref() == new_text.as_ref().map(Text::as_str)
            };
            if !as_intended {
                faults.push(format!("#{at}: another body, sent: {sent}"));
            }
            if !changed && bytes(&before.http, sent) != bytes(&after.http, sent) {
                faults.push(format!("#{at}: a body changed, sent: {sent}"));
            }
            faults.extend(
                lengths(before, after, sent, counts).into_iter().map(|fault| format!("#{at}: {fault}")),
            );
        }
        let around = |http: &Interaction| {
            let request = http.request.as_ref();
            let own = |text: Option<&Text>| text.map(|text| text.as_str().to_owned());
            let head = [true, false].map(|sent| {
                let pair = |header: &Header| {
                    let is_length = header.name.as_str().eq_ignore_ascii_case("content-length");
                    let value = if is_length { "" } else { header.value.as_str() };
                    (header.name.as_str().to_owned(), value.to_owned())
                };
                headers(http, sent).iter().map(pair).collect::<Vec<_>>()
            });
            let status = http.response.as_ref().map(cassette::cassette::Response::code);
            let line =
                [request.and_then(|sent| sent.method.as_ref()), request.and_then(|sent| sent.url.as_ref())];
            (line.map(own), status, head)
        };
        let mut wanted = around(&before.http);
        for target in here() {
            if let Place::Header { sent, number } = target.place {
                wanted.2[usize::from(!sent)][number].1.clone_from(&target.edit.new);
            }
        }
        if wanted != around(&after.http) {
            faults.push(format!("#{at}: something around the bodies changed"));
        }
    }
    faults
}

fn bytes(http: &Interaction, sent: bool) -> Option<&[u8]> {
    match &body(http, sent)?.content {
        Content::Bytes(bytes) => Some(bytes.bytes()),
        _ => None,
    }
}

/// How many lengths of a format followed, and how many wrong ones stayed.
type Counts = BTreeMap<&'static str, (usize, usize)>;

/// Returns the numbers that a length may be right with, found another way than the library does.
fn measures(entry: &Recorded, sent: bool) -> Vec<usize> {
    let Some(body) = body(&entry.http, sent) else { return Vec::new() };
    match &body.content {
        Content::Bytes(bytes) => {
            let mut lengths = vec![bytes.len()];
            // Whatever the body is wrapped in, except for the file itself.
            lengths.extend(body.sent.iter().map(Slice::len));
            lengths.extend(body.recorded.iter().map(Slice::len));
            lengths
        }
        Content::Tree(tree) => {
            let value = tree.node().json();
            let spaced = python(&value);
            let pretty = serde_json::to_string_pretty(&value).unwrap().len();
            let compact = serde_json::to_string(&value).unwrap();
            let ascii: usize =
                compact.chars().map(|c| if c.is_ascii() { 1 } else { 6 * c.len_utf16() }).sum();
            vec![spaced, compact.len(), ascii, compact.len() + 1, pretty, pretty + 1]
        }
        Content::Events(_) | Content::Beside(_) => Vec::new(),
    }
}

/// Returns the length of what Python writes.
fn python(value: &Value) -> usize {
    let text = match value {
        Value::Array(items) => {
            return 2 + items.iter().map(python).sum::<usize>() + 2 * items.len().saturating_sub(1);
        }
        Value::Object(members) => {
            let inside =
                members.iter().map(|(key, value)| python(&Value::from(key.as_str())) + 2 + python(value));
            return 2 + inside.sum::<usize>() + 2 * members.len().saturating_sub(1);
        }
        scalar => scalar.to_string(),
    };
    text.chars().map(|c| if c.is_ascii() { 1 } else { 6 * c.len_utf16() }).sum()
}

/// Checks what is said about the length of a body.
fn lengths(before: &Recorded, after: &Recorded, sent: bool, counts: &mut Counts) -> Vec<String> {
    let stated = |entry: &Recorded| -> Vec<String> {
        let named = headers(&entry.http, sent)
            .iter()
            .filter(|header| header.name.as_str().eq_ignore_ascii_case("content-length"));
        let own =
            body(&entry.http, sent).into_iter().flat_map(|body| &body.lengths).map(|Length { at, .. }| at);
        named.map(|header| &header.value).chain(own).map(|text| text.as_str().to_owned()).collect()
    };
    let number = |text: &str| text.strip_suffix(".0").unwrap_or(text).parse::<usize>().ok();
    let (old, new) = (measures(before, sent), measures(after, sent));
    let mut faults = Vec::new();
    let count = counts.entry("all").or_default();
    for (was, is) in stated(before).iter().zip(&stated(after)) {
        let right = number(was).filter(|was| old.contains(was));
        if right.is_some() {
            count.0 += 1;
            if !number(is).is_some_and(|is| new.contains(&is)) {
                faults.push(format!("the length {was} was right, {is} is none of {new:?}"));
            }
        } else {
            count.1 += 1;
            if was != is && !old.is_empty() {
                faults.push(format!("the length {was} was none of {old:?}, and became {is}"));
            }
        }
    }
    faults
}

/// Checks the bytes of formats that are no trees, and of compressed files.
fn wire_faults(old: &[u8], new: &Rewritten) -> Vec<String> {
    let mut faults = Vec::new();
    let Some((_, written)) = new.files.iter().find(|(id, _)| *id == SourceId(0)) else { return faults };
    let mut text = written.clone();
    if old.starts_with(&[0x1f, 0x8b]) {
        text.clear();
        flate2::read::MultiGzDecoder::new(written.as_slice()).read_to_end(&mut text).unwrap();
        if old[..10] != written[..10] {
            faults.push("another gzip header".to_owned());
        }
    }
    if new.recording.file.bytes.bytes() != text {
        faults.push("the file on the disk is another than the one that was read back".to_owned());
    }
    if text.starts_with(b"httprr trace v1\n") {
        let mut rest = &text[16..];
        while !rest.is_empty() {
            let end = rest.iter().position(|&byte| byte == b'\n').unwrap();
            let head = std::str::from_utf8(&rest[..end]).unwrap().trim_end();
            let sum: usize = head.split(' ').map(|length| length.parse::<usize>().unwrap()).sum();
            if end + 1 + sum > rest.len() {
                faults.push("the last pair is longer than the file".to_owned());
                break;
            }
            rest = &rest[end + 1 + sum..];
        }
    }
    faults
}

/// Edits a file in one way, and returns what is wrong then.
fn edited(path: &Path, recording: &Recording, way: Way, counts: &mut Counts) -> Vec<String> {
    let entries = recording.interactions.iter().enumerate();
    let targets: Vec<_> = entries.flat_map(|(at, entry)| targets(at, entry, way)).collect();
    let edits = targets.iter().map(|target| target.edit.clone()).collect::<Vec<_>>();
    match rewrite(recording, edits) {
        Err(refused) if REFUSED.iter().any(|why| refused.message.contains(why)) => Vec::new(),
        Err(refused) => vec![refused.message],
        Ok(None) => {
            let same = targets.iter().all(|target| target.edit.at == target.edit.new.as_str());
            if same { Vec::new() } else { vec!["nothing changed".to_owned()] }
        }
        Ok(Some(_)) if matches!(way, Way::Same) => vec!["something changed".to_owned()],
        Ok(Some(new)) => {
            let mut own = Counts::new();
            let mut faults = faults(recording, &targets, &new, &mut own);
            faults.extend(wire_faults(&fs::read(path).unwrap(), &new));
            for (right, wrong) in own.values() {
                let count = counts.entry(recording.format).or_default();
                *count = (count.0 + right, count.1 + wrong);
            }
            faults
        }
    }
}

/// Edits files on all processors; returns the counts of lengths and what is wrong.
fn edit_all(paths: &[PathBuf], ways: impl Fn(usize, usize) -> Vec<Way> + Sync) -> (Counts, Vec<String>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = |first: usize| {
        let (mut counts, mut faults) = (Counts::new(), Vec::new());
        for (at, path) in paths.iter().enumerate().skip(first).step_by(threads) {
            let Some(recording) = read(path) else { continue };
            for way in ways(at, recording.file.bytes.len()) {
                let found = edited(path, &recording, way, &mut counts);
                faults.extend(found.into_iter().map(|fault| format!("{} {way:?}: {fault}", relative(path))));
            }
        }
        (counts, faults)
    };
    let (mut counts, mut faults) = (Counts::new(), Vec::new());
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        for done in parts.into_iter().map(|part| part.join().unwrap()) {
            for (format, (right, wrong)) in done.0 {
                let count = counts.entry(format).or_default();
                *count = (count.0 + right, count.1 + wrong);
            }
            faults.extend(done.1);
        }
    });
    (counts, faults)
}

#[test]
fn every_sample_can_be_edited_and_what_depends_on_it_follows() {
    let (counts, faults) = edit_all(&samples(), |_, _| WAYS.to_vec());
    assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(30)]);
    let followed: usize = counts.values().map(|(right, _)| right).sum();
    assert!(followed > 300, "{counts:?}");
}

#[test]
fn real_cassettes_can_be_edited_and_what_depends_on_it_follows() {
    let Some(folder) = corpus() else { return };
    let ways = |at: usize, size: usize| if size < SMALL { WAYS.to_vec() } else { vec![WAYS[at % 3]] };
    let (counts, faults) = edit_all(&files(&folder), ways);
    assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(30)]);
    let followed: usize = counts.values().map(|(right, _)| right).sum();
    assert!(followed > 3000, "{counts:?}");
}

#[test]
fn an_edit_that_changes_nothing_leaves_every_file_as_it_is() {
    let all: Vec<_> = samples().into_iter().chain(corpus().iter().flat_map(|folder| files(folder))).collect();
    let (_, faults) = edit_all(&all, |_, _| vec![Way::Same]);
    assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(30)]);
}

#[test]
fn a_damaged_sample_is_edited_or_refused_and_never_panics() {
    let mut edited = 0;
    for sample in samples() {
        let bytes = fs::read(&sample).unwrap();
        let step = (bytes.len() / 25).max(1);
        for (count, at) in (0..bytes.len()).step_by(step).enumerate() {
            let mut damaged = bytes.clone();
            match count % 3 {
                0 => damaged.truncate(at),
                1 => damaged[at] ^= 0x15,
                _ => drop(damaged.drain(at..(at + 7).min(bytes.len()))),
            }
            let Ok(recording) = load::read(SourceId(0), damaged, None) else { continue };
            let entries = recording.interactions.iter().enumerate();
            let targets = entries.flat_map(|(number, entry)| targets(number, entry, WAYS[count / 3 % 3]));
            let edits = targets.map(|target| target.edit).collect::<Vec<_>>();
            edited += usize::from(rewrite(&recording, edits).is_ok());
        }
    }
    assert!(edited > 500, "{edited}");
}
