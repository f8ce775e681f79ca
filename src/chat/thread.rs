//! Which messages of a request were said before: a conversation repeats itself in every request.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{Exchange, Message, Part};
use crate::text::Text;

/// The messages at the start of a request that an earlier exchange already holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Position of the earlier exchange in the list.
    pub from: usize,
    /// How many messages are repeated, the earlier answer included; none where the request only names that answer.
    pub messages: usize,
}

/// Returns for each exchange what it repeats of an earlier one: its whole request and, most times, its answer.
///
/// Of several earlier exchanges the one that holds most counts, and of equals the latest.
pub fn carried<'e>(exchanges: impl Iterator<Item = Option<&'e Exchange>>) -> Vec<Option<Carried>> {
    // Digest of a run of messages from the first on → the exchange that ends with it.
    let mut known: HashMap<u64, usize> = HashMap::new();
    let mut answers: HashMap<&str, usize> = HashMap::new();
    let mut found = Vec::new();
    for (at, exchange) in exchanges.enumerate() {
        let Some(exchange) = exchange else {
            found.push(None);
            continue;
        };
        let mut chain = DefaultHasher::new();
        let mut best = None;
        for (count, message) in exchange.prompt.messages.iter().enumerate() {
            digest(message, &mut chain);
            if let Some(&from) = known.get(&chain.finish()) {
                best = Some(Carried { from, messages: count + 1 });
            }
        }
        let previous = exchange.prompt.previous.as_ref();
        let named = previous.and_then(|id| answers.get(id.as_str()));
        found.push(named.map(|&from| Carried { from, messages: 0 }).or(best));
        if let Some(id) = &exchange.reply.id {
            answers.insert(id.as_str(), at);
        }
        if exchange.prompt.messages.is_empty() {
            continue;
        }
        known.insert(chain.finish(), at);
        if let Some(answer) = exchange.reply.answer().filter(|answer| !answer.message.parts.is_empty()) {
            digest(&answer.message, &mut chain);
            known.insert(chain.finish(), at);
        }
    }
    found
}

/// Adds what a message says. Thinking is left out: clients need not send it back; arguments count as JSON.
pub(super) fn digest(message: &Message, hasher: &mut DefaultHasher) {
    let mut text = String::new();
    message.role.hash(hasher);
    parts(&message.parts, &mut text, hasher);
    text.hash(hasher);
}

fn parts(parts: &[Part], text: &mut String, hasher: &mut DefaultHasher) {
    for part in parts {
        match part {
            Part::Text(piece) | Part::Refusal(piece) => text.push_str(piece.as_str()),
            Part::Thinking(_) => {}
            Part::ToolCall(call) | Part::FunctionCall(call) => {
                call.name.as_ref().map(Text::as_str).hash(hasher);
                call.arguments.json().to_string().hash(hasher);
            }
            Part::ToolResult(result) => {
                result.id.as_ref().map(Text::as_str).hash(hasher);
                self::parts(&result.parts, text, hasher);
            }
            Part::Media(media) => media.kind.hash(hasher),
            Part::Other { kind, .. } => kind.hash(hasher),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Prompt, Reply, Role};

    fn said(text: &str) -> Message {
        Message { role: Role::User, parts: vec![Part::Text(Text::made(text))] }
    }

    fn exchange(id: &str, previous: Option<&str>, messages: Vec<Message>) -> Exchange {
        let prompt = Prompt { messages, previous: previous.map(Text::made), ..Prompt::default() };
        let reply = Reply { id: Some(Text::made(id)), ..Reply::default() };
        Exchange { api: "openai-responses", generates: true, service: None, prompt, reply }
    }

    #[test]
    fn a_request_continues_what_it_repeats_or_names() {
        let exchanges = [
            exchange("a", None, vec![said("Hi")]),
            exchange("b", None, vec![said("Hi"), said("and bye")]),
            exchange("c", Some("a"), vec![said("again")]),
            exchange("d", Some("nobody"), vec![said("again")]),
        ];
        let found = carried(exchanges.iter().map(Some));
        let wanted = [None, Some((0, 1)), Some((0, 0)), Some((2, 1))];
        assert_eq!(
            found.iter().map(|each| each.map(|each| (each.from, each.messages))).collect::<Vec<_>>(),
            wanted
        );
    }
}
