//! The last look at a scrubbed cassette: the conversation must be the same but for what was put in.
//!
//! The trees were compared before, byte by byte. What is left to go wrong is what lies above them: a body that no
//! longer unwraps, a stream that is cut otherwise, an answer that its protocol no longer recognises.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::chat::{Exchange, Message, Part, Place, Usage};
use crate::diagnostic::Diagnostic;
use crate::load::Recording;
use crate::text::Text;

/// Where texts may differ in other ways than by what was put in.
#[derive(Debug, Default)]
pub struct Loosely {
    /// Interactions in which something was put into an encoding.
    pub encoded: BTreeSet<usize>,
    /// Interactions in which what went stood in pieces: a text that held no more than one of them may have lost it.
    pub in_pieces: BTreeSet<usize>,
    /// Interactions that may tell less.
    pub removed: BTreeSet<usize>,
}

/// Checks that two recordings tell the same, but for texts that were put in.
///
/// # Errors
/// A [`Diagnostic`] that names the first interaction that tells something else.
pub fn same_conversation(
    old: &Recording,
    new: &Recording,
    put_in: &[&str],
    loosely: &Loosely,
) -> Result<(), Diagnostic> {
    let mut put_in = put_in.to_vec();
    put_in.sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
    put_in.dedup();
    for (at, (old, new)) in old.interactions.iter().zip(&new.interactions).enumerate() {
        let differs = match (&old.exchange, &new.exchange) {
            _ if loosely.removed.contains(&at) => None,
            (Some(old), Some(new)) => {
                let put_in = (!loosely.encoded.contains(&at)).then_some(put_in.as_slice());
                difference(&told(old), &told(new), put_in, loosely.in_pieces.contains(&at))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => Some("protocol".to_owned()),
        };
        if let Some(what) = differs {
            let message =
                format!("cannot scrub the file: interaction {at} would tell something else ({what})");
            return Err(Diagnostic::error(message, old.http.span).help("the file is left as it is"));
        }
    }
    Ok(())
}

/// One thing that an exchange tells, and what it is.
type Fact = (&'static str, String);

/// Facts that are texts of a conversation: what was put in may stand in them in any encoding.
const TEXTS: [&str; 5] = ["text", "thinking", "refusal", "arguments", "error"];

const OF_PARTS: &str = "number of parts";

/// Returns what the first facts that differ are about. Where nobody can say what was put in, texts may be any.
fn difference(old: &[Fact], new: &[Fact], put_in: Option<&[&str]>, in_pieces: bool) -> Option<String> {
    let is_rest = |old: &Fact, new: &Fact| {
        in_pieces && TEXTS.contains(&old.0) && (old.1.starts_with(&new.1) || old.1.ends_with(&new.1))
    };
    let is_same = |old: &Fact, new: &Fact| match put_in {
        Some(put_in) => is_same(&old.1, &new.1, put_in) || is_rest(old, new),
        None => old.1 == new.1 || TEXTS.contains(&old.0),
    };
    let mut left = new.iter().peekable();
    for old in old {
        if left.next_if(|new| old.0 == new.0 && is_same(old, new)).is_some() {
            continue;
        }
        // A text that was no more than a piece of what went is none any more.
        if !(in_pieces && TEXTS.contains(&old.0)) {
            return Some(if left.peek().is_some() { old.0.to_owned() } else { OF_PARTS.to_owned() });
        }
    }
    left.next().map(|_| OF_PARTS.to_owned())
}

/// Returns whether a text is another one with some of it replaced by what was put in: everything between those pieces
/// stands in the old text, in the same order, at the ends at its ends.
fn is_same(old: &str, new: &str, put_in: &[&str]) -> bool {
    if old == new {
        return true;
    }
    let mut rest = old;
    let mut kept = String::new();
    let mut at = 0;
    let mut first = true;
    while at < new.len() {
        let placed = put_in.iter().find(|text| !text.is_empty() && new[at..].starts_with(**text));
        if let Some(text) = placed {
            let Some(left) = without(rest, &kept, first) else { return false };
            rest = left;
            kept.clear();
            first = false;
            at += text.len();
        } else {
            let next = new[at..].chars().next().map_or(1, char::len_utf8);
            kept += &new[at..at + next];
            at += next;
        }
    }
    !first && rest.ends_with(&kept)
}

/// Returns what follows a text in another: at its begin, or at the first place.
fn without<'t>(text: &'t str, kept: &str, first: bool) -> Option<&'t str> {
    if first { text.strip_prefix(kept) } else { text.find(kept).map(|at| &text[at + kept.len()..]) }
}

/// Returns what an exchange tells, in order.
fn told(exchange: &Exchange) -> Vec<Fact> {
    let Exchange { api, prompt, reply, .. } = exchange;
    let mut facts = vec![("protocol", (*api).to_owned()), ("model", text(prompt.model.as_ref()))];
    prompt.messages.iter().for_each(|each| message(each, &mut facts));
    facts.extend(prompt.tools.iter().map(|tool| ("tool", tool.name.clone())));
    facts.extend(prompt.parameters.iter().map(|(name, _)| ("parameter", name.clone())));
    facts.push(("answering model", text(reply.model.as_ref())));
    for choice in &reply.choices {
        message(&choice.message, &mut facts);
        facts.push(("finish reason", text(choice.finish_reason.as_ref())));
    }
    facts.push(("usage", counts(&reply.usage)));
    facts.push(("events", format!("{:?} {:?}", reply.events, reply.complete)));
    if let Some(error) = &reply.error {
        facts.push(("error", text(error.message.as_ref())));
    }
    facts
}

fn counts(usage: &Usage) -> String {
    // The others are parts of these, or say how they overlap.
    let Usage { input, output, total, cached, cache_write, reasoning, .. } = usage;
    format!("{input:?} {output:?} {total:?} {cached:?} {cache_write:?} {reasoning:?}")
}

fn message(message: &Message, facts: &mut Vec<Fact>) {
    facts.push(("role", message.role.name().to_owned()));
    message.parts.iter().for_each(|each| part(each, facts));
}

fn part(part: &Part, facts: &mut Vec<Fact>) {
    match part {
        Part::Text(said) => facts.push(("text", said.as_str().to_owned())),
        Part::Thinking(said) => facts.push(("thinking", said.as_str().to_owned())),
        Part::Refusal(said) => facts.push(("refusal", said.as_str().to_owned())),
        Part::ToolCall(call) | Part::FunctionCall(call) => {
            facts.push(("tool call", text(call.name.as_ref())));
            facts.push(("tool call id", text(call.id.as_ref())));
            facts.push(("arguments", call.arguments.json().to_string()));
        }
        Part::ToolResult(result) => {
            facts.push(("tool result", text(result.id.as_ref())));
            result.parts.iter().for_each(|each| self::part(each, facts));
        }
        Part::Media(media) => {
            let mut about = media.kind.clone();
            if let Place::Base64(data) = &media.place {
                let _ = write!(about, " {}", data.len());
            }
            facts.push(("media", about));
        }
        Part::Other { kind, .. } => facts.push(("part", kind.clone())),
    }
}

fn text(text: Option<&Text>) -> String {
    text.map(|text| text.as_str().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn only_what_was_put_in_may_differ() {
        let put_in = ["REDACTED", "call_9"];
        assert!(is_same("my key is abc, ok", "my key is REDACTED, ok", &put_in));
        assert!(is_same("abc", "REDACTED", &put_in));
        assert!(is_same("a=1 b=2", "a=REDACTED b=call_9", &put_in));
        assert!(!is_same("my key is abc, ok", "my key is REDACTED, no", &put_in));
        assert!(!is_same("my key is abc, ok", "the key is REDACTED, ok", &put_in));
        assert!(!is_same("one", "two", &put_in));
    }
}
