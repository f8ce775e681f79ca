//! Text that is put together from pieces.

use super::trace::{Origin, Text};

/// Joins pieces of text, such as the deltas of one streamed message.
#[derive(Clone, Debug, Default)]
pub struct Joiner {
    value: String,
    parts: Vec<(usize, Text)>,
}

impl Joiner {
    /// Appends a piece. Equal consecutive pieces are both kept: "R." and "R." make "R.R.".
    pub fn push(&mut self, piece: &Text) {
        if !piece.is_empty() {
            self.parts.push((self.value.len(), piece.clone()));
            self.value.push_str(piece.as_str());
        }
    }

    /// Returns whether nothing but empty pieces was appended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Returns what was joined so far.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// Returns the joined text.
    #[must_use]
    pub fn finish(mut self) -> Text {
        if self.parts.len() == 1 {
            return self.parts.remove(0).1;
        }
        let parts = self.parts.into_iter().map(|(at, part)| (at, part.into()));
        Text::new(self.value, Origin::Joined(parts.collect()))
    }
}
