//! Promises that hold over real cassettes, wherever `CASSETTE_CORPUS` names a folder of them.

use std::fmt::Write as _;
use std::fs;

use cassette::chat::thread::Step;
use cassette::chat::{Message, Part};
use cassette::load;
use cassette::text::{SourceId, Text};
use serde_json::Value;

use crate::support::{corpus, files};

#[test]
fn no_real_cassette_makes_the_pipeline_panic_whole_or_cut() {
    let Some(folder) = corpus() else { return };
    for file in files(&folder) {
        let bytes = fs::read(&file).unwrap();
        let cut = bytes[..bytes.len() / 3].to_vec();
        for bytes in [bytes, cut] {
            let _ = load::read(SourceId(0), bytes, None);
        }
    }
}

/// Returns a message in words, without its thinking; how JSON is written does not count.
fn words(message: &Message) -> String {
    let mut out = format!("{:?}", message.role);
    let mut text = String::new();
    for part in &message.parts {
        match part {
            Part::Thinking(_) => {}
            Part::Text(piece) => text.push_str(piece.as_str()),
            other => {
                let _ = write!(out, " {text:?} {}", part_words(other));
                text.clear();
            }
        }
    }
    let _ = write!(out, " {text:?}");
    out
}

fn part_words(part: &Part) -> String {
    match part {
        Part::ToolCall(call) | Part::FunctionCall(call) => {
            format!("{:?} {:?} {}", call.id, call.name, sorted(call.arguments.json()))
        }
        Part::ToolResult(result) => {
            let parts: Vec<_> = result.parts.iter().map(part_words).collect();
            format!("{:?} {:?} {} {parts:?}", result.id, result.name, result.error)
        }
        other => format!("{other:?}"),
    }
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut fields: Vec<_> = object.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

/// Returns the letters and digits of what a model says, and the names of the tools that the client runs.
fn gist<'m>(messages: impl Iterator<Item = &'m Message>) -> String {
    let mut out = String::new();
    let mut names = String::new();
    for part in messages.flat_map(|message| &message.parts) {
        match part {
            Part::Text(text) | Part::Refusal(text) => out.push_str(text.as_str()),
            Part::ToolCall(call) | Part::FunctionCall(call) if !call.server => {
                names.push_str(call.name.as_ref().map_or("", Text::as_str));
            }
            _ => {}
        }
    }
    while let Some(start) = out.find("<think>") {
        let end = out[start..].find("</think>").map_or(out.len(), |at| start + at + "</think>".len());
        out.replace_range(start..end, "");
    }
    out.retain(|c| !c.is_whitespace());
    out + &names
}

#[test]
fn messages_shown_once_put_together_again_are_the_requests_of_every_real_conversation() {
    let Some(folder) = corpus() else { return };
    let (mut rebuilt, mut carried, mut echoes) = (0, 0, 0);
    for file in files(&folder) {
        let Ok(recording) = load::read(SourceId(0), fs::read(&file).unwrap(), None) else { continue };
        // What each request says, told by the messages that it was the first to say and those of earlier requests.
        let mut requests: Vec<Vec<String>> = Vec::new();
        for (at, entry) in recording.interactions.iter().enumerate() {
            let Some(turn) = recording.threads.turn(at) else {
                requests.push(Vec::new());
                continue;
            };
            let exchange = entry.exchange.as_ref().unwrap();
            let whole: Vec<_> = exchange.prompt.messages.iter().map(words).collect();
            let place = format!("{}#{at}", file.display());
            let mut built = Vec::new();
            let mut shown = Vec::new();
            match &turn.link {
                None => {
                    shown.extend(0..whole.len());
                    built.extend_from_slice(&whole);
                }
                Some(link) => {
                    let mut was = 0;
                    for step in &link.steps {
                        let now = built.len()..built.len() + step.now();
                        match step {
                            Step::Kept(count) => {
                                built.extend_from_slice(&requests[link.from][was..was + count]);
                                carried += count;
                            }
                            Step::Answered(_) => {
                                let earlier = recording.interactions[link.from].exchange.as_ref().unwrap();
                                let answer = &earlier.reply.answer().unwrap().message;
                                let echo = &exchange.prompt.messages[now.clone()];
                                let named = echo.iter().flat_map(|message| &message.parts);
                                let named = named.clone().count() > 0
                                    && named.clone().all(|part| matches!(part, Part::Other { .. }));
                                assert!(
                                    named || gist(std::iter::once(answer)) == gist(echo.iter()),
                                    "{place}: {answer:?} came back as {echo:?}"
                                );
                                built.extend_from_slice(&whole[now]);
                                echoes += 1;
                            }
                            Step::Changed { .. } | Step::Added(_) => {
                                shown.extend(now.clone());
                                built.extend_from_slice(&whole[now]);
                            }
                            Step::Dropped(_) => {}
                        }
                        was += step.was();
                    }
                }
            }
            assert_eq!(built, whole, "{place}");
            assert_eq!(shown, recording.threads.new_messages(at, whole.len()), "{place}");
            requests.push(built);
            rebuilt += 1;
        }
    }
    assert!(
        rebuilt > 0 && carried > 0 && echoes > 0,
        "{rebuilt} requests, {carried} carried, {echoes} answers"
    );
}
