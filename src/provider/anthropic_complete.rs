//! Anthropic's legacy completions (`/v1/complete`): a prompt with `\n\nHuman:` and `\n\nAssistant:` in it.
//!
//! Wire facts: the provider's API reference for text completions, from version 2023-06-01 on: pieces of a stream add
//! up. There are no token counts.

use super::{Answered, Call, Provider};
use crate::chat::{Message, Part, Prompt, ReplyBuilder, Role};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::{Node, Subtree};
use crate::text::Text;

pub(super) struct AnthropicComplete;

impl Provider for AnthropicComplete {
    fn api(&self) -> &'static str {
        "anthropic-complete"
    }

    fn about(&self) -> &'static str {
        "Anthropic text completions (legacy)"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let here = call.url.path.trim_end_matches('/').ends_with("/v1/complete");
        let asked = call.request.is_some_and(|body| body.get("prompt").is_some_and(Node::is_string));
        let is_piece = |body: Node<'_>| body.get("completion").is_some();
        let answered = match call.response {
            Answered::Whole(body) => is_piece(body),
            Answered::Stream(events) => {
                events.iter().filter_map(|(_, data)| data.as_ref().map(Subtree::node)).any(is_piece)
            }
            Answered::Nothing => false,
        };
        Fit::sure_if(here && (asked || answered))
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        self::prompt(body, prompt);
    }

    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        piece(body, reply);
    }

    fn event(&self, _: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        if let Some(data) = data {
            piece(data, reply);
        }
    }
}

/// Reads what a request asks.
pub(super) fn prompt(body: Node<'_>, prompt: &mut Prompt) {
    for (key, value) in body.entries() {
        match key.str().as_deref() {
            Some("model") => prompt.model = value.string(),
            Some("prompt") => prompt.messages = value.string().as_ref().map(turns).unwrap_or_default(),
            Some(name) if !value.is_null() => prompt.parameters.push((name.to_owned(), value.json())),
            _ => {}
        }
    }
}

/// How a turn begins, and whose it is.
const TURNS: [(&str, Role); 2] = [("\n\nHuman:", Role::User), ("\n\nAssistant:", Role::Assistant)];

/// Cuts a prompt into turns. What leads them is the system's; the last, empty one only asks for the answer.
fn turns(prompt: &Text) -> Vec<Message> {
    let text = prompt.as_str();
    let found = TURNS.iter().flat_map(|(mark, role)| text.match_indices(mark).map(move |at| (at, *role)));
    let mut marks: Vec<_> = found.map(|((at, mark), role)| (at, at + mark.len(), role)).collect();
    marks.sort_unstable();
    let ends: Vec<_> = marks.iter().map(|(at, ..)| *at).chain([text.len()]).collect();
    let starts =
        [(0, Role::System)].into_iter().chain(marks.into_iter().map(|(_, start, role)| (start, role)));
    let turn = |((start, role), end): ((usize, Role), usize)| {
        let said = &text[start..end];
        let start = start + said.len() - said.trim_start().len();
        (start < end).then(|| Message { role, parts: vec![Part::Text(prompt.slice(start..end))] })
    };
    let mut turns: Vec<_> = starts.zip(ends.clone()).filter_map(turn).collect();
    if let ([only], 1) = (turns.as_mut_slice(), ends.len()) {
        only.role = Role::User;
    }
    turns
}

/// Reads an answer, or a piece of one.
pub(super) fn piece(body: Node<'_>, reply: &mut ReplyBuilder) {
    if let Some(error) = body.some("error") {
        let message = error.string_at("message").or_else(|| error.string());
        return reply.error(message, error.string_at("type"));
    }
    reply.id(body.string_at("id").or_else(|| body.string_at("log_id")));
    reply.model(body.string_at("model"));
    if body.get("completion").is_some() {
        let choice = reply.choice(0);
        choice.text(0, body.string_at("completion"));
        choice.finish_reason(body.string_at("stop_reason"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceId;

    fn said(prompt: &str) -> Vec<(&'static str, String)> {
        let turns = turns(&Text::source(SourceId(0), prompt.to_owned())).into_iter();
        let text = |message: Message| match message.parts.as_slice() {
            [Part::Text(text)] => (message.role.name(), text.as_str().to_owned()),
            other => unreachable!("{other:?}"),
        };
        turns.map(text).collect()
    }

    #[test]
    fn a_prompt_is_cut_into_its_turns() {
        let owned = |turns: &[(&'static str, &str)]| {
            turns.iter().map(|(role, text)| (*role, (*text).to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(
            said("Be kind.\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: Who?\n\nAssistant:"),
            owned(&[("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello."), ("user", "Who?")])
        );
        assert_eq!(said("\n\nHuman: a\n\nb"), owned(&[("user", "a\n\nb")]));
        assert_eq!(said("just this"), owned(&[("user", "just this")]));
    }

    #[test]
    fn pieces_add_up_and_their_spaces_stay() {
        let mut reply = ReplyBuilder::default();
        for (text, reason) in [(" One", "null"), (" two", "null"), ("", "\"stop_sequence\"")] {
            let json = format!(r#"{{"completion": "{text}", "stop_reason": {reason}, "model": "claude-2"}}"#);
            piece(super::super::json(&Text::made(json)).unwrap().node(), &mut reply);
        }
        let reply = reply.finish(Some(3));
        let answer = reply.answer().unwrap();
        assert!(matches!(answer.message.parts.as_slice(), [Part::Text(text)] if text.as_str() == " One two"));
        assert_eq!(answer.finish_reason.as_ref().unwrap().as_str(), "stop_sequence");
        assert_eq!(reply.complete, Some(true));
    }
}
