//! What went wrong, where, and what helps. Reading never stops at a problem: it reports and goes on.

use crate::text::Span;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Something was left out or is not as it should be.
    Warning,
    /// The thing could not be read.
    Error,
}

/// One problem, with its place and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// What went wrong, in lower case, without a full stop.
    pub message: String,
    /// The source bytes it is about.
    pub at: Option<Span>,
    /// What the reader can do.
    pub help: Option<String>,
}

impl Diagnostic {
    fn new(severity: Severity, message: impl Into<String>, at: Option<Span>) -> Self {
        Self { severity, message: message.into(), at, help: None }
    }

    /// Returns an error.
    #[must_use]
    pub fn error(message: impl Into<String>, at: Option<Span>) -> Self {
        Self::new(Severity::Error, message, at)
    }

    /// Returns a warning.
    #[must_use]
    pub fn warning(message: impl Into<String>, at: Option<Span>) -> Self {
        Self::new(Severity::Warning, message, at)
    }

    /// Returns a note.
    #[must_use]
    pub fn note(message: impl Into<String>, at: Option<Span>) -> Self {
        Self::new(Severity::Note, message, at)
    }

    /// Adds what the reader can do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A value as far as it could be read, and what was wrong with the rest.
#[derive(Clone, Debug, Default)]
pub struct Parsed<T> {
    /// What could be read.
    pub value: T,
    /// What could not.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> From<T> for Parsed<T> {
    fn from(value: T) -> Self {
        Self { value, diagnostics: Vec::new() }
    }
}
