//! One difference: what it is about, where, what was and what is.

use serde_json::Value as Json;

use super::{Class, Side};
use crate::syntax::Node;
use crate::text::Span;

/// How much a difference in a tool or a call of one weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Words only.
    Low,
    /// Something more is possible, or is said differently.
    Medium,
    /// What worked before may not work any more.
    High,
}

/// A difference.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What it is about.
    pub class: Class,
    /// Whose doing it is: the application's, the provider's, or the recorder's.
    pub side: Side,
    /// Who or what in particular: the role of a message, the name of a tool, a header, a setting.
    pub subject: Option<String>,
    /// The way there: `body.messages[1].content`, `headers.content-type`.
    pub place: String,
    /// What was and what is.
    pub change: Change,
    /// How much it weighs, where tools are concerned.
    pub severity: Option<Severity>,
    /// The pair that told the same change first.
    pub told_at: Option<usize>,
    /// Where it was in the old file.
    pub old_at: Option<Span>,
    /// Where it is in the new file.
    pub new_at: Option<Span>,
    /// The renaming that it is a case of, if it is about an id.
    pub(super) renaming: Option<usize>,
}

/// What was and what is.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is new.
    Added(Value),
    /// It is gone.
    Removed(Value),
    /// It is another one.
    Changed(Value, Value),
    /// It stands elsewhere.
    Moved,
}

/// Something that was or is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// There is nothing to tell.
    Nothing,
    /// Words.
    Text(String),
    /// Anything that JSON can say.
    Json(Json),
    /// So many bytes that are no text.
    Bytes(usize),
}

impl Value {
    /// Returns the value of a node.
    pub(super) fn of(node: Node<'_>) -> Self {
        match node.string() {
            Some(text) => Self::Text(text.as_str().to_owned()),
            None => Self::Json(node.json()),
        }
    }

    /// Returns the value as a text to compare by.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Json(json) => json.to_string(),
            Self::Bytes(count) => count.to_string(),
        }
    }
}

impl Change {
    /// Returns what was, if anything was.
    #[must_use]
    pub fn was(&self) -> Option<&Value> {
        match self {
            Self::Removed(old) | Self::Changed(old, _) => Some(old),
            Self::Added(_) | Self::Moved => None,
        }
    }

    /// Returns what is, if anything is.
    #[must_use]
    pub fn is(&self) -> Option<&Value> {
        match self {
            Self::Added(new) | Self::Changed(_, new) => Some(new),
            Self::Removed(_) | Self::Moved => None,
        }
    }
}

impl Difference {
    /// Returns a difference without more about it.
    #[must_use]
    pub fn new(class: Class, side: Side, place: impl Into<String>, change: Change) -> Self {
        Self {
            class,
            side,
            subject: None,
            place: place.into(),
            change,
            severity: None,
            told_at: None,
            old_at: None,
            new_at: None,
            renaming: None,
        }
    }

    /// Returns a difference of a whole interaction.
    pub(super) fn interaction(change: Change) -> Self {
        Self::new(Class::Interaction, Side::Request, "", change)
    }

    /// Returns the difference with who or what it is about.
    #[must_use]
    pub fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// Returns whether it is something that is said, and comes back with what is sent later.
    pub(super) fn is_said(&self) -> bool {
        matches!(self.class, Class::Text | Class::Reasoning | Class::ToolCall | Class::Message | Class::Tool)
    }

    /// Returns what identifies the change wherever it is told, if it may be told more than once.
    pub(super) fn told(&self) -> Option<(String, String)> {
        let told = match (&self.change, self.class) {
            (Change::Moved, _) | (_, Class::Interaction | Class::Usage) => return None,
            (change, _) => (change.was().map(Value::key), change.is().map(Value::key)),
        };
        // What was added is not the same as what was nothing.
        let mark = |side: Option<String>| side.map_or_else(|| "-".to_owned(), |text| format!("+{text}"));
        Some((mark(told.0), mark(told.1)))
    }
}
