//! Gemini's Live API over WebSocket.
//!
//! A message has no type: it is what it holds. A turn of the model ends with `turnComplete`, or when the client
//! answers a call of a tool. Speech comes as sound and, beside it, as transcription. Wire facts: the API reference of
//! `BidiGenerateContent`; clients write `snake_case` as well.

use super::gemini::{self, field};
use super::session::{Frame, NO_CALL, Session, Turn};
use super::{Provider as _, each};
use crate::chat::{Apart, Exchange, Media, Message, Part, Place, Prompt, ReplyBuilder, Role, UsageNames};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;
use crate::text::{Joiner, Text};

pub(super) struct GeminiLive;

const USAGE: UsageNames = UsageNames {
    input: &[&["promptTokenCount"]],
    output: &[&["responseTokenCount"]],
    total: &[&["totalTokenCount"]],
    cached: &[&["cachedContentTokenCount"]],
    reasoning: &[&["thoughtsTokenCount"]],
    tool_input: &[&["toolUsePromptTokenCount"], &["tool_use_prompt_token_count"]],
    apart: Apart::REASONING,
    ..UsageNames::NONE
};

/// A turn on its way.
#[derive(Default)]
struct Open {
    entries: Vec<usize>,
    prompt: Prompt,
    reply: ReplyBuilder,
    events: usize,
    calls: bool,
    /// What the server hears, piece by piece, and the place of the message for it.
    heard: Option<(usize, Joiner)>,
}

impl Session for GeminiLive {
    fn fit(&self, frames: &[Frame<'_>]) -> Fit {
        let is = |frame: &Frame<'_>| {
            let keys: &[_] =
                if frame.sent { &["setup"] } else { &["setupComplete", "serverContent", "toolCall"] };
            keys.iter().any(|key| field(frame.data, key).is_some_and(Node::is_map))
        };
        Fit::sure_if(frames.iter().take(8).any(is))
    }

    fn turns(&self, frames: &[Frame<'_>]) -> Parsed<Vec<Turn>> {
        let mut parsed: Parsed<Vec<Turn>> = Parsed::default();
        let mut open = Open::default();
        let mut model = None;
        for frame in frames {
            let answers = frame.sent && field(frame.data, "toolResponse").is_some();
            if open.events > 0 && (open.reply.has_ended() || (open.calls && answers)) {
                // Usage may follow the end of its turn.
                let late = !frame.sent
                    && field(frame.data, "usageMetadata").is_some()
                    && frame.data.entries().count() == 1;
                if !late {
                    open.reply.end();
                    parsed.value.push(std::mem::take(&mut open).finish(model.as_ref()));
                }
            }
            open.entries.push(frame.entry);
            if frame.sent {
                asked(frame.data, &mut open.prompt);
                model = model.or_else(|| open.prompt.model.clone());
            } else {
                answered(frame.data, &mut open);
            }
        }
        if open.events > 0 {
            if !open.reply.has_ended() {
                let at = frames.last().and_then(|frame| frame.data.span());
                parsed.diagnostics.push(super::cut(at));
            }
            parsed.value.push(open.finish(model.as_ref()));
        } else if let Some(last) = parsed.value.last_mut().filter(|_| open.prompt.messages.is_empty()) {
            last.entries.extend(open.entries);
        }
        parsed
    }
}

impl Open {
    fn finish(mut self, model: Option<&Text>) -> Turn {
        self.prompt.model = self.prompt.model.or_else(|| model.cloned());
        if let Some((at, words)) = self.heard {
            self.prompt.messages[at] = voice(words.finish());
        }
        let reply = self.reply.finish(Some(self.events));
        let exchange = Exchange {
            api: "gemini-live",
            generates: true,
            service: Some("gemini"),
            prompt: self.prompt,
            reply,
        };
        Turn { entries: self.entries, exchange }
    }
}

/// Reads a message of the client.
fn asked(data: Node<'_>, prompt: &mut Prompt) {
    if let Some(setup) = field(data, "setup") {
        gemini::Gemini.prompt(&NO_CALL, setup, prompt);
    }
    if let Some(content) = field(data, "clientContent") {
        let turns = content.get("turns").into_iter().flat_map(each);
        prompt.messages.extend(turns.map(|turn| gemini::message(turn, None)));
    }
    if let Some(response) = field(data, "toolResponse") {
        let responses = field(response, "functionResponses").into_iter().flat_map(each);
        let parts: Vec<_> = responses.map(|node| Part::ToolResult(gemini::function_response(node))).collect();
        prompt.messages.push(Message { role: Role::Tool, parts });
    }
    if let Some(input) = field(data, "realtimeInput") {
        let text = input.string_at("text").map(Part::Text);
        let sounds =
            ["audio", "video", "mediaChunks"].iter().filter_map(|key| field(input, key)).flat_map(each);
        let sounds =
            sounds.map(|node| Part::Media(gemini::media(node, node.string_at("data").map(Place::Base64))));
        let parts: Vec<_> = text.into_iter().chain(sounds).collect();
        spoken(parts, prompt);
    }
}

/// Adds what the user says; sound in many small pieces counts once.
fn spoken(parts: Vec<Part>, prompt: &mut Prompt) {
    let sound = |parts: &[Part]| matches!(parts, [Part::Media(Media { kind, .. })] if kind == "audio");
    let again = sound(&parts) && prompt.messages.last().is_some_and(|last| sound(&last.parts));
    if !parts.is_empty() && !again {
        prompt.messages.push(Message { role: Role::User, parts });
    }
}

/// Reads a message of the server.
fn answered(data: Node<'_>, turn: &mut Open) {
    if let Some(usage) = field(data, "usageMetadata") {
        turn.reply.usage.merge(usage, &USAGE);
    }
    let calls = field(data, "toolCall").and_then(|call| field(call, "functionCalls"));
    for call in calls.into_iter().flat_map(each) {
        gemini::called(call, turn.reply.choice(0));
        turn.calls = true;
    }
    let content = field(data, "serverContent");
    if calls.is_none() && content.is_none() {
        return;
    }
    turn.events += 1;
    let Some(content) = content else { return };
    if let Some(heard) = field(content, "inputTranscription").and_then(|heard| heard.string_at("text")) {
        let (_, words) = turn.heard.get_or_insert_with(|| {
            turn.prompt.messages.push(voice(heard.clone()));
            (turn.prompt.messages.len() - 1, Joiner::default())
        });
        words.push(&heard);
    }
    let choice = turn.reply.choice(0);
    for part in field(content, "modelTurn").and_then(|said| said.get("parts")).into_iter().flat_map(each) {
        match field(part, "inlineData") {
            Some(sound) => choice.sound(0, sound.string_at("data").as_ref(), None),
            None => gemini::said(part, choice),
        }
    }
    let words = field(content, "outputTranscription").and_then(|words| words.string_at("text"));
    choice.sound(0, None, words.as_ref());
    if field(content, "turnComplete").and_then(Node::bool) == Some(true) {
        turn.reply.end();
    }
}

fn voice(transcript: Text) -> Message {
    let media = Media {
        kind: "audio".to_owned(),
        mime: None,
        place: Place::Nowhere,
        name: None,
        transcript: Some(transcript),
    };
    Message { role: Role::User, parts: vec![Part::Media(media)] }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, turns};

    #[test]
    fn a_turn_ends_when_it_is_complete_or_its_call_is_answered() {
        let turns = turns(&[
            (
                "sent",
                r#"{"setup":{"model":"models/gemini-a","systemInstruction":{"parts":[{"text":"Be brief."}]},
                    "tools":[{"functionDeclarations":[{"name":"add"}]}]}}"#,
            ),
            ("received", r#"{"setupComplete":{}}"#),
            (
                "sent",
                r#"{"client_content":{"turns":[{"role":"user","parts":[{"text":"1+2?"}]}],"turnComplete":true}}"#,
            ),
            ("received", r#"{"toolCall":{"functionCalls":[{"id":"c","name":"add","args":{"a":1}}]}}"#),
            (
                "sent",
                r#"{"tool_response":{"functionResponses":[{"id":"c","name":"add","response":{"sum":3}}]}}"#,
            ),
            ("received", r#"{"serverContent":{"outputTranscription":{"text":"It is "}}}"#),
            (
                "received",
                r#"{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":"aaaa"}}]}}}"#,
            ),
            ("received", r#"{"serverContent":{"outputTranscription":{"text":"3."}}}"#),
            (
                "received",
                r#"{"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":9,"responseTokenCount":2,"totalTokenCount":11}}"#,
            ),
        ]);
        let [(first, call), (second, answer)] = turns.as_slice() else { unreachable!("{turns:?}") };
        assert_eq!(
            (first.as_slice(), second.as_slice()),
            ([0, 1, 2, 3].as_slice(), [4, 5, 6, 7, 8].as_slice())
        );
        assert_eq!(asked(call), ["system: Be brief.", "user: 1+2?"]);
        assert_eq!(answered(call), [r#"calls add c {"a":1}"#]);
        assert_eq!((call.reply.complete, call.prompt.tools.len()), (Some(true), 1));
        assert_eq!(asked(answer), [r#"tool: result c {"sum":3}"#]);
        assert_eq!(answered(answer), ["audio - base64 aaaa says It is 3."]);
        assert_eq!((answer.reply.usage.input, answer.reply.usage.output), (Some(9), Some(2)));
        assert_eq!(answer.reply.complete, Some(true));
    }

    #[test]
    fn speech_in_small_pieces_is_one_message_and_text_runs_on() {
        let sound = r#"{"realtimeInput":{"audio":{"mimeType":"audio/pcm","data":"aaaa"}}}"#;
        let turns = turns(&[
            ("sent", r#"{"setup":{"model":"models/gemini-a"}}"#),
            ("sent", sound),
            ("sent", sound),
            ("received", r#"{"serverContent":{"inputTranscription":{"text":"H"}}}"#),
            ("received", r#"{"serverContent":{"inputTranscription":{"text":"i."}}}"#),
            ("received", r#"{"serverContent":{"modelTurn":{"parts":[{"text":"Hel"}]}}}"#),
            ("received", r#"{"serverContent":{"modelTurn":{"parts":[{"text":"lo."}]}}}"#),
        ]);
        let [(_, turn)] = turns.as_slice() else { unreachable!("{turns:?}") };
        assert_eq!(asked(turn), ["user: audio audio/pcm base64 aaaa", "user: audio - nowhere says Hi."]);
        assert_eq!(answered(turn), ["Hello."]);
        assert_eq!(turn.reply.complete, Some(false));
    }
}
