//! OpenAI's Realtime API over WebSocket, as OpenAI, Azure and xAI serve it.
//!
//! What the client adds to the conversation is heard by the next response; what the model says comes as the events of
//! the Responses API, each with the id of its response. Wire facts: the provider's reference of client and server
//! events; the first version has other names for some (`response.text.delta`).

use std::collections::HashMap;

use super::Provider as _;
use super::openai_responses::{OpenAiResponses, conversation};
use super::session::{Frame, NO_CALL, Session, Turn};
use crate::chat::{Exchange, Media, Message, Part, Place, Prompt, ReplyBuilder, Role};
use crate::diagnostic::{Diagnostic, Parsed};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct OpenAiRealtime;

/// A response on its way.
#[derive(Default)]
struct Open {
    id: Option<String>,
    entries: Vec<usize>,
    prompt: Prompt,
    reply: ReplyBuilder,
    events: usize,
}

impl Session for OpenAiRealtime {
    fn fit(&self, frames: &[Frame<'_>]) -> Fit {
        let begins = ["session.", "response.", "conversation.", "input_audio_buffer."];
        let is = |frame: &Frame<'_>| begins.iter().any(|begin| kind(frame.data).starts_with(begin));
        Fit::sure_if(frames.iter().take(8).any(is))
    }

    fn turns(&self, frames: &[Frame<'_>]) -> Parsed<Vec<Turn>> {
        let mut open: Vec<Open> = Vec::new();
        let mut next = Open::default();
        let mut model = None;
        // Which turn an item of the user's voice was asked in: what is said in it may be known only later.
        let mut spoken = HashMap::new();
        for frame in frames {
            let kind = kind(frame.data);
            model = model.or_else(|| frame.data.at(&["session", "model"]).and_then(Node::string));
            if frame.sent {
                next.entries.push(frame.entry);
                asked(&kind, frame.data, &mut next.prompt);
            } else if kind.starts_with("response.") || kind == "error" {
                let turn = answering(frame.data, &mut open, &mut next);
                turn.entries.push(frame.entry);
                turn.events += 1;
                let event = Event { name: None, data: Text::made("") };
                OpenAiResponses.event(&NO_CALL, &event, Some(frame.data), &mut turn.reply);
            } else {
                let item = frame.data.get("item_id").and_then(Node::str);
                if kind == "input_audio_buffer.committed" {
                    spoken.extend(item.clone().map(|item| (item, open.len())));
                }
                let turn = item.and_then(|item| open.get_mut(*spoken.get(&item)?));
                heard(&kind, frame.data, &mut turn.unwrap_or(&mut next).prompt);
                // News of the session while the model talks are no part of what is asked next.
                let talking = open.last_mut().filter(|turn| !turn.reply.has_ended());
                talking.unwrap_or(&mut next).entries.push(frame.entry);
            }
        }
        if let Some(last) = open.last_mut().filter(|_| next.prompt.messages.is_empty()) {
            last.entries.append(&mut next.entries);
        }
        let mut parsed: Parsed<Vec<Turn>> = Parsed::default();
        for turn in open {
            parsed.diagnostics.extend(cut(&turn, frames));
            parsed.value.push(turn.finish(model.clone()));
        }
        parsed
    }
}

impl Open {
    fn finish(mut self, model: Option<Text>) -> Turn {
        self.prompt.model = self.prompt.model.or(model);
        let reply = self.reply.finish(Some(self.events));
        let exchange =
            Exchange { api: "openai-realtime", generates: true, service: None, prompt: self.prompt, reply };
        Turn { entries: self.entries, exchange }
    }
}

fn cut(turn: &Open, frames: &[Frame<'_>]) -> Option<Diagnostic> {
    let last = turn.entries.last()?;
    let at = frames.iter().find(|frame| frame.entry == *last).and_then(|frame| frame.data.span());
    (!turn.reply.has_ended()).then(|| super::cut(at))
}

/// Returns the turn that an event of the server belongs to: that with its response's id, a new one if there is none,
/// or else the last one.
fn answering<'o>(data: Node<'_>, open: &'o mut Vec<Open>, next: &mut Open) -> &'o mut Open {
    let id = data.get("response_id").or_else(|| data.at(&["response", "id"])).and_then(Node::str);
    let same = match &id {
        Some(id) => open.iter().rposition(|turn| turn.id.as_deref() == Some(&**id)),
        None => open.len().checked_sub(1),
    };
    let at = same.unwrap_or_else(|| {
        open.push(Open { id: id.map(std::borrow::Cow::into_owned), ..std::mem::take(next) });
        open.len() - 1
    });
    &mut open[at]
}

/// Reads an event of the client.
fn asked(kind: &str, data: Node<'_>, prompt: &mut Prompt) {
    match kind {
        "session.update" | "response.create" => {
            let settings = data.get("session").or_else(|| data.get("response"));
            if let Some(settings) = settings.filter(|settings| settings.is_map()) {
                OpenAiResponses.prompt(&NO_CALL, settings, prompt);
            }
        }
        "conversation.item.create" => prompt.messages.extend(conversation(data.get("item").into_iter())),
        // The user's voice comes in many small pieces: one stands for all.
        "input_audio_buffer.append" if !prompt.messages.iter().any(is_voice) => {
            prompt.messages.push(voice(None));
        }
        _ => {}
    }
}

/// Reads what the server makes of the user's voice.
fn heard(kind: &str, data: Node<'_>, prompt: &mut Prompt) {
    if kind == "conversation.item.input_audio_transcription.completed" {
        let heard = voice(data.string_at("transcript"));
        match prompt.messages.iter_mut().find(|message| is_voice(message)) {
            Some(message) => *message = heard,
            None => prompt.messages.push(heard),
        }
    }
}

fn voice(transcript: Option<Text>) -> Message {
    let media = Media { kind: "audio".to_owned(), mime: None, place: Place::Nowhere, name: None, transcript };
    Message { role: Role::User, parts: vec![Part::Media(media)] }
}

fn is_voice(message: &Message) -> bool {
    matches!(message.parts.as_slice(), [Part::Media(media)] if media.kind == "audio" && media.transcript.is_none())
}

fn kind(data: Node<'_>) -> std::borrow::Cow<'_, str> {
    data.get("type").and_then(Node::str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, turns};

    #[test]
    fn events_of_one_response_make_a_turn_and_what_was_added_before_is_asked() {
        let turns = turns(&[
            ("received", r#"{"type":"session.created","session":{"model":"gpt-a"}}"#),
            (
                "sent",
                r#"{"type":"session.update","session":{"instructions":"Be brief.","tools":[{"type":"function","name":"add"}]}}"#,
            ),
            (
                "sent",
                r#"{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"1+2?"}]}}"#,
            ),
            ("sent", r#"{"type":"response.create"}"#),
            ("received", r#"{"type":"response.created","response":{"id":"r1"}}"#),
            (
                "received",
                r#"{"type":"response.output_item.added","response_id":"r1","output_index":0,"item":{"id":"i1","type":"function_call","call_id":"c1","name":"add"}}"#,
            ),
            ("received", r#"{"type":"conversation.item.added","item":{"id":"i1","type":"function_call"}}"#),
            (
                "received",
                r#"{"type":"response.function_call_arguments.delta","response_id":"r1","item_id":"i1","output_index":0,"delta":"{\"a\":1}"}"#,
            ),
            (
                "sent",
                r#"{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c1","output":"3"}}"#,
            ),
            (
                "received",
                r#"{"type":"response.done","response":{"id":"r1","status":"completed","usage":{"input_tokens":5,"input_token_details":{"cached_tokens":4}}}}"#,
            ),
            ("received", r#"{"type":"response.created","response":{"id":"r2"}}"#),
            (
                "received",
                r#"{"type":"response.text.delta","response_id":"r2","item_id":"i2","output_index":0,"delta":"It is "}"#,
            ),
            (
                "received",
                r#"{"type":"response.text.delta","response_id":"r2","item_id":"i2","output_index":0,"delta":"3."}"#,
            ),
            ("received", r#"{"type":"response.done","response":{"id":"r2","status":"completed"}}"#),
            ("received", r#"{"type":"rate_limits.updated"}"#),
        ]);
        let [(first, call), (second, answer)] = turns.as_slice() else { unreachable!("{turns:?}") };
        assert_eq!(first, &[0, 1, 2, 3, 4, 5, 6, 7, 9]);
        assert_eq!(asked(call), ["system: Be brief.", "user: 1+2?"]);
        assert_eq!(answered(call), [r#"calls add c1 {"a":1}"#]);
        assert_eq!((call.reply.usage.input, call.reply.usage.cached), (Some(5), Some(4)));
        assert_eq!((call.reply.complete, call.prompt.tools.len()), (Some(true), 1));
        assert_eq!(second, &[8, 10, 11, 12, 13, 14]);
        assert_eq!(asked(answer), ["tool: result c1 3"]);
        assert_eq!(answered(answer), ["It is 3."]);
        assert_eq!(answer.prompt.model.as_ref().map(crate::text::Text::as_str), Some("gpt-a"));
    }

    #[test]
    fn voices_are_heard_by_their_transcripts() {
        let turns = turns(&[
            ("sent", r#"{"type":"input_audio_buffer.append","audio":"aaaa"}"#),
            ("sent", r#"{"type":"input_audio_buffer.append","audio":"aaaa"}"#),
            (
                "received",
                r#"{"type":"conversation.item.input_audio_transcription.completed","transcript":"Hi."}"#,
            ),
            ("received", r#"{"type":"response.created","response":{"id":"r"}}"#),
            (
                "received",
                r#"{"type":"response.output_audio.delta","response_id":"r","output_index":0,"delta":"bbbb"}"#,
            ),
            (
                "received",
                r#"{"type":"response.output_audio_transcript.delta","response_id":"r","output_index":0,"delta":"Hel"}"#,
            ),
            (
                "received",
                r#"{"type":"response.output_audio_transcript.delta","response_id":"r","output_index":0,"delta":"lo."}"#,
            ),
            (
                "received",
                r#"{"type":"response.done","response":{"id":"r","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"audio","transcript":"Hello."}]}]}}"#,
            ),
        ]);
        let [(_, turn)] = turns.as_slice() else { unreachable!("{turns:?}") };
        assert_eq!(asked(turn), ["user: audio - nowhere says Hi."]);
        assert_eq!(answered(turn), ["audio - base64 bbbb says Hello."]);
    }

    #[test]
    fn what_is_known_late_belongs_to_the_turn_that_heard_it() {
        let turns = turns(&[
            ("sent", r#"{"type":"input_audio_buffer.append","audio":"aaaa"}"#),
            ("received", r#"{"type":"input_audio_buffer.committed","item_id":"i1"}"#),
            ("received", r#"{"type":"response.created","response":{"id":"r"}}"#),
            (
                "received",
                r#"{"type":"conversation.item.input_audio_transcription.completed","item_id":"i1","transcript":"Hi."}"#,
            ),
            (
                "received",
                r#"{"type":"response.done","response":{"id":"r","status":"cancelled","status_details":{"type":"cancelled","reason":"turn_detected"}}}"#,
            ),
            ("sent", r#"{"type":"response.create"}"#),
            ("received", r#"{"type":"response.created","response":{"id":"s"}}"#),
            (
                "received",
                r#"{"type":"response.done","response":{"id":"s","status":"failed","status_details":{"type":"failed","error":{"type":"server_error","message":"No."}}}}"#,
            ),
        ]);
        let [(_, first), (_, second)] = turns.as_slice() else { unreachable!("{turns:?}") };
        assert_eq!(asked(first), ["user: audio - nowhere says Hi."]);
        assert!(asked(second).is_empty());
        assert_eq!(first.reply.answer().unwrap().finish_detail.as_ref().unwrap(), "turn_detected");
        assert!(first.reply.error.is_none());
        let error = second.reply.error.as_ref().unwrap();
        assert_eq!(error.message.as_ref().unwrap(), "No.");
        assert_eq!(error.kind.as_ref().unwrap(), "server_error");
    }

    #[test]
    fn a_connection_that_ends_within_an_answer_cuts_it() {
        let turns = turns(&[
            ("sent", r#"{"type":"response.create"}"#),
            ("received", r#"{"type":"response.created","response":{"id":"r"}}"#),
            (
                "received",
                r#"{"type":"response.output_text.delta","response_id":"r","output_index":0,"delta":"So f"}"#,
            ),
        ]);
        assert_eq!(answered(&turns[0].1), ["So f"]);
        assert_eq!(turns[0].1.reply.complete, Some(false));
    }
}
