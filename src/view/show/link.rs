//! What a request has in common with an earlier interaction.

use serde::Serialize;

use crate::chat::thread::{Kind, Link, Step};
use crate::chat::{Message, Part};
use crate::load::Recording;
use crate::text::Text;
use crate::view::brief;

/// What a request repeats of an earlier interaction.
#[derive(Clone, Debug, Serialize)]
pub struct Continues {
    /// The earlier interaction.
    pub interaction: usize,
    /// How many messages at the start of the request it holds already.
    pub messages: usize,
    /// `continues`, `forks` (another call went on from there before), `repeats`, `retries` (what came to nothing), or
    /// `begins`: the two only begin alike.
    pub kind: &'static str,
    /// How the earlier messages and their answer became the messages of this request.
    pub steps: Vec<Stretch>,
}

/// A stretch of a request's messages, and what it was made of.
#[derive(Clone, Debug, Serialize)]
pub struct Stretch {
    /// `kept`, `answer` (the earlier answer, sent back), `changed`, `dropped` or `added`.
    pub step: &'static str,
    /// How many of the earlier messages it passes.
    pub earlier: usize,
    /// How many messages of this request.
    pub messages: usize,
    /// The beginnings of earlier messages that are no longer there, for people.
    #[serde(skip)]
    pub gone: Vec<String>,
}

impl Stretch {
    /// Returns whether its messages were said before.
    #[must_use]
    pub fn is_old(&self) -> bool {
        matches!(self.step, "kept" | "answer")
    }
}

impl Continues {
    pub(super) fn new(link: &Link, recording: &Recording) -> Self {
        let mut was = 0;
        let stretch = |step: &Step| {
            let range = was..was + step.was();
            was = range.end;
            let gone = match step {
                Step::Changed { .. } | Step::Dropped(_) => range.clone(),
                Step::Kept(_) | Step::Answered(_) | Step::Added(_) => 0..0,
            };
            Stretch {
                step: match step {
                    Step::Kept(_) => "kept",
                    Step::Answered(_) => "answer",
                    Step::Changed { .. } => "changed",
                    Step::Dropped(_) => "dropped",
                    Step::Added(_) => "added",
                },
                earlier: range.len(),
                messages: step.now(),
                gone: gone.filter_map(|at| message(recording, link.from, at)).map(beginning).collect(),
            }
        };
        Self {
            interaction: link.from,
            messages: link.carried(),
            kind: match link.kind {
                Kind::Continues => "continues",
                Kind::Forks => "forks",
                Kind::Repeats => "repeats",
                Kind::Retries => "retries",
                Kind::Begins => "begins",
            },
            steps: link.steps.iter().map(stretch).collect(),
        }
    }
}

/// Returns a message of an interaction: of its request, or behind them its answer.
fn message(recording: &Recording, interaction: usize, at: usize) -> Option<&Message> {
    let exchange = recording.interactions[interaction].exchange.as_ref()?;
    let answer = exchange.reply.answer().map(|answer| &answer.message);
    exchange.prompt.messages.iter().chain(answer).nth(at)
}

/// Returns who speaks, and the beginning of what is said.
fn beginning(message: &Message) -> String {
    let said = message.parts.iter().find_map(|part| match part {
        Part::Text(text) | Part::Refusal(text) if !text.as_str().trim().is_empty() => {
            Some(brief::quote(text.as_str()))
        }
        Part::ToolCall(call) | Part::FunctionCall(call) => {
            Some(format!("→ {}", call.name.as_ref().map_or("?", Text::as_str)))
        }
        Part::ToolResult(result) => result.parts.iter().find_map(|part| match part {
            Part::Text(text) => Some(brief::quote(text.as_str())),
            _ => None,
        }),
        Part::Media(media) => Some(format!("<{}>", media.kind)),
        Part::Text(_) | Part::Refusal(_) | Part::Thinking(_) | Part::Other { .. } => None,
    });
    [Some(message.role.name().to_owned()), said].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
