//! A recording that is changed in one thing differs in that thing, and in nothing else: over real cassettes wherever
//! `CASSETTE_CORPUS` names a folder of them, else over the samples.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::PathBuf;

use cassette::chat::{Arguments, Message, Part};
use cassette::diff::{self, Class, Diff, Known, Options};
use cassette::load::{self, Recorded, Recording, Response};
use cassette::rewrite::rewrite;
use cassette::syntax::Node;
use cassette::text::{Edit, SourceId, Text};
use serde_json::Value;

use crate::support::{corpus, files, relative, samples};

/// So many files are changed in every way, unless `CASSETTE_MUTATED` names another number.
const FILES: usize = 50;

fn read(bytes: Vec<u8>) -> Option<Recording> {
    load::read(SourceId(0), bytes, None).ok()
}

/// Returns the files to change: of many kinds, and none so large that the test takes long.
pub(crate) fn chosen() -> Vec<PathBuf> {
    let Some(folder) = corpus() else { return samples() };
    let speaks = |path: &PathBuf| {
        let bytes = fs::read(path).ok().filter(|bytes| bytes.len() < 400_000)?;
        let recording = read(bytes)?;
        let told = recording
            .interactions
            .iter()
            .filter(|entry| entry.exchange.as_ref().is_some_and(|it| it.generates));
        (told.count() > 0).then(|| path.clone())
    };
    // Spread over the folders, so that many recorders and providers are among them.
    let mut all = files(&folder);
    all.sort_by_key(|path| seed(&relative(path)));
    let asked = std::env::var("CASSETTE_MUTATED").ok().and_then(|number| number.parse().ok());
    all.iter().filter_map(speaks).take(asked.unwrap_or(FILES)).collect()
}

/// Returns the seeds that each change is made with: one, unless `CASSETTE_SEEDS` names another number.
pub(crate) fn seeds(text: &str) -> impl Iterator<Item = usize> {
    let asked = std::env::var("CASSETTE_SEEDS").ok().and_then(|number| number.parse().ok());
    let text = text.to_owned();
    (0..asked.unwrap_or(1)).map(move |turn| match turn {
        0 => seed(&text),
        turn => seed(&format!("{turn} {text}")),
    })
}

/// Returns a number that is always the same for a text, and looks like any.
pub(crate) fn seed(text: &str) -> usize {
    let mixed = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |all, byte| (all ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    usize::try_from((mixed ^ (mixed >> 29)) & 0xFFFF_FFFF).unwrap()
}

/// Returns one of some things.
fn one<T>(mut things: Vec<T>, seed: usize) -> Option<T> {
    let count = things.len();
    if count == 0 { None } else { Some(things.swap_remove(seed % count)) }
}

/// What is expected of a change.
#[derive(Debug)]
enum Expected {
    /// One difference of a class, at a place that holds this, in an interaction.
    One(Class, usize, String),
    /// Nothing but noise, of this class among others.
    Noise(Class),
}

/// A changed recording.
struct Mutation {
    edits: Vec<Edit>,
    expected: Expected,
}

fn replace(text: &Text, new: impl Into<String>) -> Edit {
    Edit::replace(text, 0..text.len(), new.into())
}

/// Returns the parts of some messages of a kind.
fn texts<'m>(messages: impl Iterator<Item = &'m Message>, of: fn(&Part) -> Option<&Text>) -> Vec<&'m Text> {
    let parts = messages.flat_map(|message| &message.parts);
    parts
        .filter_map(of)
        .filter(|text| text.as_str().split_whitespace().count() > 2 && text.span().is_some())
        .collect()
}

fn said(part: &Part) -> Option<&Text> {
    if let Part::Text(text) = part { Some(text) } else { None }
}

fn thought(part: &Part) -> Option<&Text> {
    if let Part::Thinking(text) = part { Some(text) } else { None }
}

/// Returns a text with one word changed, if it has a plain one.
fn reworded(text: &Text) -> Option<Edit> {
    let words = text.as_str().split_inclusive(|c: char| !c.is_ascii_alphabetic());
    let mut at = 0;
    let mut found = None;
    for word in words {
        let core = word.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        // A word between spaces, no part of an id.
        let ends = word.len() > core.len() && matches!(word.as_bytes()[core.len()], b' ' | b'.' | b',');
        let begins = at == 0 || text.as_str().as_bytes()[at - 1] == b' ';
        if ends && begins && core.len() > 3 && core.bytes().all(|byte| byte.is_ascii_lowercase()) {
            found = Some(at..at + core.len());
        }
        at += word.len();
    }
    found.map(|range| Edit::replace(text, range, "puffin".to_owned()))
}

/// Returns all strings of the bodies of an entry that read so.
fn everywhere(entry: &Recorded, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Text> {
    let sent = entry.request.iter().map(|tree| tree.node()).collect();
    [strings(sent, wanted), in_response(entry, wanted)].concat()
}

/// Returns all strings of the response of an entry that read so.
fn in_response(entry: &Recorded, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Text> {
    match &entry.response {
        Response::Whole(tree) => strings(vec![tree.node()], wanted),
        Response::Stream(events) => {
            strings(events.iter().filter_map(|(_, data)| Some(data.as_ref()?.node())).collect(), wanted)
        }
        Response::Opaque => Vec::new(),
    }
}

/// Returns all strings that read so of the answer that an entry has or, of a connection, begins.
fn in_answer(recording: &Recording, at: usize, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Text> {
    let entries = recording.interactions.iter().enumerate();
    let entries = entries.filter(|(number, entry)| *number == at || entry.told_in == Some(at));
    entries.flat_map(|(_, entry)| in_response(entry, wanted)).collect()
}

fn strings(roots: Vec<Node<'_>>, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Text> {
    fn look(node: Node<'_>, name: &str, wanted: &dyn Fn(&str, &str) -> bool, found: &mut Vec<Text>) {
        for (key, value) in node.entries() {
            look(value, &key.str().unwrap_or_default(), wanted, found);
        }
        node.items().for_each(|item| look(item, name, wanted, found));
        if let Some(text) = node.text().filter(|text| wanted(name, text.as_str())) {
            found.push(text);
        }
    }
    let mut found = Vec::new();
    for root in roots {
        look(root, "", wanted, &mut found);
    }
    found
}

/// Changes a recording in one thing, if there is that in it.
type Mutate = fn(&Recording, usize) -> Option<Mutation>;

/// Ways to change a text of a recording, by name.
const EDITS: &[(&str, Mutate)] = &[
    ("ids renamed everywhere", ids_renamed),
    ("an id renamed in one place", id_renamed_once),
    ("timestamps", timestamps),
    ("a header", header),
    ("a volatile header", volatile_header),
    ("a word of the prompt", prompt),
    ("a setting", setting),
    ("the schema of a tool", schema),
    ("an argument of a call", argument),
    ("tokens", usage),
    ("the finish reason", finish),
    ("the model", model),
    ("a word of the answer", answer),
    ("a word of the reasoning", reasoning),
    ("a word of what the model said before", history),
];

/// Returns the entries that are calls of a model, with their numbers.
fn calls(recording: &Recording) -> Vec<(usize, &Recorded)> {
    let entries = recording.interactions.iter().enumerate();
    entries
        .filter(|(_, entry)| {
            entry.exchange.as_ref().is_some_and(|it| it.generates) && entry.told_in.is_none()
        })
        .collect()
}

fn call_ids(recording: &Recording) -> HashSet<String> {
    let messages = calls(recording).into_iter().flat_map(|(_, entry)| {
        let exchange = entry.exchange.as_ref().unwrap();
        exchange.prompt.messages.iter().chain(exchange.reply.choices.iter().map(|answer| &answer.message))
    });
    let ids = messages.flat_map(|message| &message.parts).filter_map(|part| match part {
        Part::ToolCall(call) => Some(call.id.as_ref()?.as_str().to_owned()),
        _ => None,
    });
    ids.filter(|id| id.len() > 8).collect()
}

fn ids_renamed(recording: &Recording, _: usize) -> Option<Mutation> {
    let mut ids = call_ids(recording);
    let replies =
        calls(recording).into_iter().filter_map(|(_, entry)| entry.exchange.as_ref()?.reply.id.as_ref());
    ids.extend(replies.map(|id| id.as_str().to_owned()).filter(|id| id.len() > 8));
    let renamed = |id: &str| {
        let turned = id.chars().map(|c| match c {
            '0'..='8' => char::from(c as u8 + 1),
            '9' => '0',
            other => other,
        });
        turned.collect::<String>()
    };
    ids.retain(|id| renamed(id) != *id);
    // In a stream an id may come in pieces, in no text of its own.
    let texts =
        recording.interactions.iter().flat_map(|entry| everywhere(entry, &|_, text| ids.contains(text)));
    let edits: Vec<_> = texts.map(|text| replace(&text, renamed(text.as_str()))).collect();
    (!edits.is_empty()).then_some(Mutation { edits, expected: Expected::Noise(Class::Ids) })
}

fn id_renamed_once(recording: &Recording, seed: usize) -> Option<Mutation> {
    let entries = calls(recording);
    let results = entries.iter().flat_map(|(at, entry)| {
        let messages = entry.exchange.as_ref().into_iter().flat_map(|exchange| &exchange.prompt.messages);
        let results = messages.flat_map(|message| &message.parts).filter_map(|part| match part {
            Part::ToolResult(result) => result.id.as_ref(),
            _ => None,
        });
        results.map(|id| (*at, id)).collect::<Vec<_>>()
    });
    // Two places tell that a third one is wrong.
    let places = |id: &str| {
        let told = entries.iter().flat_map(|(at, entry)| {
            let stream = matches!(entry.response, Response::Stream(_));
            let found = everywhere(entry, &|_, text| text == id).len();
            // A stream counts once, whatever it repeats.
            let sent = entry.request.as_ref().map_or(0, |_| everywhere_in_request(entry, id));
            [(*at, sent + if stream { usize::from(found > sent) } else { found - sent })]
        });
        told.map(|(_, count)| count).sum::<usize>()
    };
    let (at, id) = one(results.filter(|(_, id)| id.len() > 8 && places(id.as_str()) > 2).collect(), seed)?;
    let edits = vec![replace(id, format!("{}9z9", &id.as_str()[..id.len() - 3]))];
    Some(Mutation { edits, expected: Expected::One(Class::Id, at, String::new()) })
}

fn everywhere_in_request(entry: &Recorded, id: &str) -> usize {
    fn look(node: Node<'_>, id: &str) -> usize {
        let members: usize = node.entries().map(|(_, value)| look(value, id)).sum();
        let items: usize = node.items().map(|item| look(item, id)).sum();
        members + items + usize::from(node.is_string() && node.is(id))
    }
    entry.request.as_ref().map_or(0, |tree| look(tree.node(), id))
}

fn timestamps(recording: &Recording, _: usize) -> Option<Mutation> {
    let is_time = |name: &str, text: &str| {
        matches!(name, "created" | "created_at" | "createTime")
            && text.len() > 8
            && text.bytes().all(|b| b.is_ascii_digit())
    };
    let times = recording.interactions.iter().filter(|entry| entry.exchange.is_some());
    let times: Vec<_> = times.flat_map(|entry| everywhere(entry, &is_time)).collect();
    let edits: Vec<_> = times.iter().map(|text| replace(text, "1700000001")).collect();
    let differ = times.iter().any(|text| text.as_str() != "1700000001");
    differ.then_some(Mutation { edits, expected: Expected::Noise(Class::Timestamps) })
}

fn header(recording: &Recording, seed: usize) -> Option<Mutation> {
    let plain =
        |name: &str| matches!(name, "server" | "accept" | "user-agent" | "x-content-type-options" | "vary");
    let headers = recording.interactions.iter().enumerate().flat_map(|(at, entry)| {
        let sent = entry.http.request.iter().flat_map(|request| &request.headers);
        let received = entry.http.response.iter().flat_map(|response| &response.headers);
        sent.chain(received).map(move |header| (at, header))
    });
    let headers = headers
        .filter(|(_, header)| plain(&header.name.as_str().to_ascii_lowercase()) && !header.value.is_empty());
    let (at, header) = one(headers.collect(), seed)?;
    let place = format!("headers.{}", header.name.as_str().to_ascii_lowercase());
    let edits = vec![replace(&header.value, "puffin/1.0")];
    Some(Mutation { edits, expected: Expected::One(Class::Header, at, place) })
}

fn volatile_header(recording: &Recording, seed: usize) -> Option<Mutation> {
    let headers = recording.interactions.iter().filter_map(|entry| entry.http.response.as_ref());
    let headers = headers.flat_map(|response| &response.headers);
    let dates =
        headers.filter(|header| header.name.as_str().eq_ignore_ascii_case("date") && header.value.len() > 20);
    let date = one(dates.collect(), seed)?;
    let edits = vec![replace(&date.value, "Thu, 01 Jan 1998 00:00:00 GMT")];
    Some(Mutation { edits, expected: Expected::Noise(Class::Headers) })
}

/// Changes a word of a message of a request.
fn word_of(recording: &Recording, seed: usize, role: fn(&Message) -> bool) -> Option<Mutation> {
    let candidates = calls(recording).into_iter().flat_map(|(at, entry)| {
        let messages = &entry.exchange.as_ref().unwrap().prompt.messages;
        let messages = messages.iter().filter(|message| role(message));
        let inside = texts(messages, said).into_iter();
        // What is sent in an address or in a JSON string of its own is compared there.
        inside.map(move |text| (at, text)).collect::<Vec<_>>()
    });
    let (at, text) = one(candidates.collect(), seed)?;
    Some(Mutation {
        edits: vec![reworded(text)?],
        expected: Expected::One(Class::Message, at, "body".to_owned()),
    })
}

fn prompt(recording: &Recording, seed: usize) -> Option<Mutation> {
    word_of(recording, seed, |message| message.role.name() == "user" || message.role.name() == "system")
}

fn history(recording: &Recording, seed: usize) -> Option<Mutation> {
    word_of(recording, seed, |message| message.role.name() == "assistant")
}

fn setting(recording: &Recording, seed: usize) -> Option<Mutation> {
    let names = [
        "max_tokens",
        "temperature",
        "max_completion_tokens",
        "maxOutputTokens",
        "max_output_tokens",
        "top_p",
    ];
    let places = calls(recording).into_iter().flat_map(|(at, entry)| {
        let tree = entry.request.as_ref();
        let nodes = tree.into_iter().flat_map(|tree| {
            let root = tree.node();
            let nested = root.get("generationConfig").into_iter().chain(root.get("inferenceConfig"));
            [root].into_iter().chain(nested).collect::<Vec<_>>()
        });
        let found = nodes
            .flat_map(|node| names.iter().filter_map(move |name| Some((*name, node.get(name)?.text()?))));
        found
            .filter(|(_, text)| text.as_str() != "null")
            .map(move |(name, text)| (at, name, text))
            .collect::<Vec<_>>()
    });
    let (at, name, text) = one(places.collect(), seed)?;
    Some(Mutation {
        edits: vec![replace(&text, "17")],
        expected: Expected::One(Class::Parameter, at, name.to_owned()),
    })
}

fn schema(recording: &Recording, seed: usize) -> Option<Mutation> {
    fn types(node: Node<'_>, inside: bool, found: &mut Vec<Text>) {
        for (key, value) in node.entries() {
            let key = key.str().unwrap_or_default();
            if inside && key == "type" && value.is_string() {
                found.extend(value.text());
            }
            types(value, inside || key == "properties", found);
        }
        node.items().for_each(|item| types(item, inside, found));
    }
    let places = calls(recording).into_iter().flat_map(|(at, entry)| {
        let tools = entry.request.as_ref().and_then(|tree| tree.node().get("tools"));
        let mut found = Vec::new();
        if let Some(tools) = tools {
            types(tools, false, &mut found);
        }
        found.into_iter().map(move |text| (at, text)).collect::<Vec<_>>()
    });
    let (at, text) = one(places.collect(), seed)?;
    Some(Mutation {
        edits: vec![replace(&text, "puffin")],
        expected: Expected::One(Class::Tool, at, "properties".to_owned()),
    })
}

fn argument(recording: &Recording, seed: usize) -> Option<Mutation> {
    let places = calls(recording).into_iter().flat_map(|(at, entry)| {
        let choices = entry.exchange.as_ref().unwrap().reply.choices.iter();
        let parts = choices.flat_map(|answer| &answer.message.parts);
        let calls = parts.filter_map(|part| match part {
            Part::ToolCall(call) | Part::FunctionCall(call) if call.arguments.json().is_object() => {
                Some(call)
            }
            _ => None,
        });
        let calls: Vec<_> = calls.collect();
        // Of two calls that are the same nobody can say which one a stream repeats.
        let alone = calls.iter().map(|call| call.arguments.json().to_string()).collect::<HashSet<_>>().len()
            == calls.len();
        calls.into_iter().filter(|_| alone).map(move |call| (at, call)).collect::<Vec<_>>()
    });
    let (at, call) = one(places.collect(), seed)?;
    // The first string among the arguments.
    let edits = match &call.arguments {
        Arguments::Tree(tree) => {
            let strings = tree.node().entries().filter(|(_, value)| value.is_string());
            let text = strings.filter_map(|(_, value)| value.text()).find(|text| text.len() > 2)?;
            vec![replace(&text, "puffin")]
        }
        Arguments::Text(text) => {
            let whole = text.as_str();
            let object: Value = serde_json::from_str(whole).ok()?;
            let value = object
                .as_object()?
                .values()
                .find_map(|value| value.as_str().filter(|text| text.len() > 2))?
                .to_owned();
            let start = whole.find(&format!("\"{value}\""))? + 1;
            let spot = |text: &Text| Edit::replace(text, start..start + value.len(), "puffin".to_owned());
            // Some streams say all of it once more in the end.
            let again = in_answer(recording, at, &|_, each| each == whole);
            let again: Vec<_> = again.iter().filter(|each| !each.shares(text)).map(spot).collect();
            std::iter::once(spot(text)).chain(again).collect()
        }
    };
    Some(Mutation { edits, expected: Expected::One(Class::ToolCall, at, String::new()) })
}

fn usage(recording: &Recording, seed: usize) -> Option<Mutation> {
    let names = ["completion_tokens", "output_tokens", "candidatesTokenCount", "outputTokens"];
    let places = calls(recording).into_iter().filter_map(|(at, entry)| {
        // Some report on the way, too.
        let counted = entry.exchange.as_ref()?.reply.usage.output?.to_string();
        let numbers = everywhere(entry, &|name, text| names.contains(&name) && text == counted);
        (numbers.len() == 1).then(|| (at, numbers[0].clone()))
    });
    let (at, text) = one(places.collect(), seed)?;
    Some(Mutation {
        edits: vec![replace(&text, "987654")],
        expected: Expected::One(Class::Usage, at, String::new()),
    })
}

fn finish(recording: &Recording, seed: usize) -> Option<Mutation> {
    let places = calls(recording).into_iter().flat_map(|(at, entry)| {
        let choices = entry.exchange.as_ref().unwrap().reply.choices.iter();
        choices
            .filter_map(|answer| answer.finish_reason.clone())
            .map(move |text| (at, text))
            .collect::<Vec<_>>()
    });
    let (at, text) =
        one(places.filter(|(_, text)| text.span().is_some() && !text.is_empty()).collect(), seed)?;
    Some(Mutation {
        edits: vec![replace(&text, "puffin")],
        expected: Expected::One(Class::Finish, at, String::new()),
    })
}

fn model(recording: &Recording, seed: usize) -> Option<Mutation> {
    let places = calls(recording).into_iter().filter_map(|(at, entry)| {
        let root = entry.request.as_ref()?.node();
        Some((at, root.get("model")?.string()?))
    });
    let (at, text) = one(places.collect(), seed)?;
    Some(Mutation {
        edits: vec![replace(&text, "puffin-8b")],
        expected: Expected::One(Class::Model, at, "body.model".to_owned()),
    })
}

/// Changes a word of an answer, and of what a stream repeats of it.
fn word_of_answer(
    recording: &Recording,
    seed: usize,
    of: fn(&Part) -> Option<&Text>,
    class: Class,
) -> Option<Mutation> {
    let places = calls(recording).into_iter().flat_map(|(at, entry)| {
        let choices = entry.exchange.as_ref().unwrap().reply.choices.iter();
        texts(choices.map(|answer| &answer.message), of)
            .into_iter()
            .map(move |text| (at, text))
            .collect::<Vec<_>>()
    });
    let (at, text) = one(places.collect(), seed)?;
    // A word of JSON may be the name of a member, which is gone then, and another is new.
    let edit = reworded(text).filter(|_| !text.as_str().starts_with(['{', '[']))?;
    let start = edit.at.as_str().as_ptr() as usize - text.as_str().as_ptr() as usize;
    let range = start..start + edit.at.len();
    let again = in_answer(recording, at, &|_, each| each == text.as_str());
    let again = again.iter().filter(|each| !each.shares(text));
    let again: Vec<_> = again.map(|each| Edit::replace(each, range.clone(), "puffin".to_owned())).collect();
    let edits = std::iter::once(edit).chain(again).collect();
    Some(Mutation { edits, expected: Expected::One(class, at, String::new()) })
}

fn answer(recording: &Recording, seed: usize) -> Option<Mutation> {
    word_of_answer(recording, seed, said, Class::Text)
}

fn reasoning(recording: &Recording, seed: usize) -> Option<Mutation> {
    word_of_answer(recording, seed, thought, Class::Reasoning)
}

/// Returns why a comparison is not as expected.
fn fault(diff: &Diff, new: &Recording, expected: &Expected) -> Option<String> {
    let all: Vec<_> = diff.all().filter(|(_, each)| !each.class.is_noise()).collect();
    // What is said once more is marked as such.
    let drift: Vec<_> = all.iter().filter(|(_, each)| each.told_at.is_none()).copied().collect();
    let told = || {
        drift.iter().map(|(pair, each)| (pair.map(|pair| (pair.old, pair.new)), *each)).collect::<Vec<_>>()
    };
    match expected {
        Expected::Noise(class) => {
            if !drift.is_empty() {
                return Some(format!("not only noise: {:#?}", told()));
            }
            let met = diff.all().any(|(_, each)| each.class == *class);
            (!met).then(|| format!("no noise of class {class:?}"))
        }
        Expected::One(class, at, place) => {
            let [(Some(pair), each)] = drift.as_slice() else {
                return Some(format!("{} differences: {:#?}", drift.len(), told()));
            };
            // What was said in a turn of a connection stands in one of its messages.
            let here =
                pair.new.is_some_and(|number| new.interactions[number].told_in.unwrap_or(number) == *at);
            let right = each.class == *class && here && each.place.contains(place.as_str());
            (!right).then(|| format!("another difference: {:#?}", told()))
        }
    }
}

#[test]
fn an_edit_is_found_where_it_was_made_and_nothing_else() {
    let known = Known::default();
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for path in chosen() {
        let Some(old) = fs::read(&path).ok().and_then(read) else { continue };
        for (name, mutate) in EDITS {
            for seed in seeds(&format!("{name} {}", relative(&path))) {
                let Some(Mutation { edits, expected }) = mutate(&old, seed) else { continue };
                // What cannot be written, or changes nothing, is no mutation.
                let Ok(Some(new)) = rewrite(&old, edits) else { continue };
                let diff = diff::compare(&old, &new.recording, &known, Options::default());
                let back = diff::compare(&new.recording, &old, &known, Options::default());
                *made.entry(name).or_default() += 1;
                faults.extend(
                    fault(&diff, &new.recording, &expected)
                        .map(|why| format!("{name} in {}: {expected:?}: {why}", path.display())),
                );
                if pairs(&diff, false) != pairs(&back, true) {
                    faults
                        .push(format!("{name} in {}: paired otherwise the other way round", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} of {made:?}:\n{}", faults.len(), faults.join("\n"));
    for (name, _) in EDITS {
        assert!(made.contains_key(name), "no file is changed in {name}");
    }
}

fn pairs(diff: &Diff, turned: bool) -> Vec<(Option<usize>, Option<usize>)> {
    let pair = |pair: &diff::Pair| if turned { (pair.new, pair.old) } else { (pair.old, pair.new) };
    let mut pairs: Vec<_> = diff.pairs.iter().map(pair).collect();
    pairs.sort_unstable();
    pairs
}
