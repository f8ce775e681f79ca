//! Anthropic's legacy completions (`/v1/complete`): a prompt with `\n\nHuman:` and `\n\nAssistant:` in it.
//!
//! Wire facts: the provider's API reference for text completions and its list of versions. From 2023-06-01 on, events
//! have names and pieces of a stream add up; before, events had no names and each repeated all of the text so far. There
//! are no token counts.

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

    fn event(&self, _: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        let Some(data) = data else { return };
        piece(data, reply);
        if event.name.is_none() && data.get("truncated").is_some() {
            // The text so far takes the place of what the pieces made.
            reply.choice(0).text_so_far(0, data.string_at("completion"));
        }
    }
}

/// Reads what a request asks.
pub(super) fn prompt(body: Node<'_>, prompt: &mut Prompt) {
    for (key, value) in body.entries() {
        match key.str().as_deref() {
            Some("model") => prompt.model = value.string(),
            Some("prompt") => prompt.messages = value.string().as_ref().map(turns).unwrap_or_default(),
            Some(name) => prompt.set(name, value),
            None => {}
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
    use super::super::Url;
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

    /// Text and finish reason of a stream of pieces, each a text with what stands beside it.
    fn streamed(name: Option<&str>, pieces: &[(&str, &str)]) -> (String, String) {
        let mut reply = ReplyBuilder::default();
        let call = Call {
            method: "",
            url: Url::default(),
            request: None,
            status: None,
            headers: &[],
            response: Answered::Nothing,
        };
        for (text, beside) in pieces {
            let data = Text::made(format!(r#"{{"completion": "{text}", {beside}}}"#));
            let json = super::super::json(&data).unwrap();
            let event = Event { name: name.map(Text::made), data };
            AnthropicComplete.event(&call, &event, Some(json.node()), &mut reply);
        }
        let reply = reply.finish(Some(pieces.len()));
        assert_eq!(reply.complete, Some(true));
        let answer = reply.answer().unwrap();
        let reason = answer.finish_reason.as_ref().unwrap().as_str().to_owned();
        match answer.message.parts.as_slice() {
            [Part::Text(text)] => (text.as_str().to_owned(), reason),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn pieces_add_up_and_their_spaces_stay() {
        let (going, end) = (r#""stop_reason": null"#, r#""stop_reason": "stop_sequence""#);
        let pieces = [(" One", going), (" two", going), ("", end)];
        assert_eq!(streamed(Some("completion"), &pieces), (" One two".into(), "stop_sequence".into()));
    }

    #[test]
    fn before_events_had_names_each_repeated_the_text_so_far() {
        let going = r#""stop_reason": null, "truncated": false"#;
        let end = r#""stop_reason": "max_tokens", "truncated": false"#;
        let pieces = [(" One", going), (" One two", end)];
        assert_eq!(streamed(None, &pieces), (" One two".into(), "max_tokens".into()));
    }
}
