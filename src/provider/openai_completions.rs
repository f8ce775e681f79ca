//! OpenAI's older completions, text in and text out; vLLM, Writer and others serve them still.
//!
//! Edits, older still, differ in what is asked: an input and an instruction.
//!
//! Wire facts: the provider's API reference for the `text_completion` object; a chunk of a stream has the same shape.

use super::{Answered, Call, Provider, openai};
use crate::chat::{Message, Part, Prompt, ReplyBuilder, Role};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;

pub(super) struct OpenAiCompletions;

impl Provider for OpenAiCompletions {
    fn api(&self) -> &'static str {
        "openai-completions"
    }

    fn about(&self) -> &'static str {
        "OpenAI's older text completions"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        if !call.may_generate() {
            return Fit::No;
        }
        let path = call.url.path.trim_end_matches('/');
        let asks = call.request.is_none_or(|body| body.get("messages").is_none());
        if path.ends_with("/v1/edits") && call.request.is_none_or(|body| body.get("instruction").is_some()) {
            return Fit::Sure;
        }
        if path.ends_with("/completions") && !path.ends_with("/chat/completions") && asks {
            return Fit::Sure;
        }
        let answered = match call.response {
            Answered::Whole(body) => is_completion(body),
            Answered::Stream(events) => events
                .iter()
                .take(4)
                .any(|(_, data)| data.as_ref().is_some_and(|data| is_completion(data.node()))),
            Answered::Nothing => false,
        };
        Fit::maybe_if(answered)
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        self::prompt(body, prompt);
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        chunk(body, reply);
    }

    fn event(&self, _: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        let bare = data.and_then(|data| data.string_at("value"));
        match data {
            // Writer streams bare pieces, and nothing marks the end.
            Some(_) if bare.is_some() => {
                reply.choice(0).text(0, bare);
                reply.end();
            }
            Some(data) if !reply.has_ended() => chunk(data, reply),
            None if event.data.as_str().trim() == "[DONE]" => reply.end(),
            Some(_) | None => {}
        }
    }
}

fn is_completion(body: Node<'_>) -> bool {
    body.get("object").is_some_and(|object| object.is("text_completion"))
}

/// Reads a request: a prompt, or several; what is already in tokens has no text.
pub(super) fn prompt(body: Node<'_>, prompt: &mut Prompt) {
    for (key, value) in body.entries() {
        match key.str().as_deref() {
            Some("model") => prompt.model = value.string(),
            Some("prompt") => {
                let parts: Vec<_> = match value.string() {
                    Some(text) => vec![Part::Text(text)],
                    None => value.items().filter_map(|item| item.string().map(Part::Text)).collect(),
                };
                let tokens = || vec![Part::Other { kind: "tokens".to_owned(), summary: None }];
                let parts = if parts.is_empty() { tokens() } else { parts };
                prompt.messages.push(Message { role: Role::User, parts });
            }
            Some("input") => say(Role::User, value, prompt),
            Some("instruction") => say(Role::System, value, prompt),
            Some(name) if !value.is_null() => prompt.parameters.push((name.to_owned(), value.json())),
            _ => {}
        }
    }
}

fn say(role: Role, value: Node<'_>, prompt: &mut Prompt) {
    let parts = value.string().map(Part::Text).into_iter().collect();
    prompt.messages.push(Message { role, parts });
}

/// Reads an answer or a chunk of one.
fn chunk(body: Node<'_>, reply: &mut ReplyBuilder) {
    openai::chunk(body, reply, |choice, draft| draft.text(0, choice.string_at("text")));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, stream, whole};

    const URL: &str = "https://api.openai.com/v1/completions";

    #[test]
    fn each_choice_has_its_text() {
        let parsed = whole(
            URL,
            r#"{"model": "m", "prompt": ["Say", "Tell"], "max_tokens": 2}"#,
            r#"{"id": "cmpl-1", "object": "text_completion", "model": "m-1", "choices": [
                {"index": 0, "text": " one", "finish_reason": "length"},
                {"index": 1, "text": " two", "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 2, "completion_tokens": 4, "total_tokens": 6}}"#,
        );
        assert_eq!(parsed.value.api, "openai-completions");
        assert_eq!(asked(&parsed.value), ["user: Say", "user: Tell"]);
        assert_eq!(answered(&parsed.value), [" one"]);
        assert_eq!(parsed.value.reply.choices.len(), 2);
        assert_eq!(parsed.value.reply.usage.total, Some(6));
    }

    #[test]
    fn an_edit_asks_with_an_input_and_an_instruction() {
        let parsed = whole(
            "https://api.openai.com/v1/edits",
            r#"{"model": "m", "input": "teh", "instruction": "Spell."}"#,
            r#"{"object": "edit", "choices": [{"index": 0, "text": "the"}], "usage": {"total_tokens": 6}}"#,
        );
        assert_eq!(asked(&parsed.value), ["user: teh", "system: Spell."]);
        assert_eq!(answered(&parsed.value), ["the"]);
    }

    #[test]
    fn a_stream_joins_its_pieces_and_ends() {
        let parsed = stream(
            URL,
            r#"{"prompt": [1, 2]}"#,
            &[
                r#"{"id": "cmpl-1", "object": "text_completion", "choices": [{"index": 0, "text": "R.", "finish_reason": null}]}"#,
                r#"{"id": "cmpl-1", "object": "text_completion", "choices": [{"index": 0, "text": "R.", "finish_reason": "stop"}]}"#,
                "[DONE]",
            ],
        );
        assert_eq!(asked(&parsed.value), ["user: <tokens> -"]);
        assert_eq!(answered(&parsed.value), ["R.R."]);
        assert_eq!(parsed.value.reply.complete, Some(true));
    }

    #[test]
    fn a_stream_of_bare_pieces_is_read_to_its_end() {
        let parsed = stream(URL, "{}", &[r#"{"value": "Hi"}"#, r#"{"value": " you"}"#]);
        assert_eq!(answered(&parsed.value), ["Hi you"]);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    }
}
