//! What is wanted of a rewriting: new text, other items of collections, other interactions.

use std::sync::Arc;

use crate::syntax::{Piece, Rearranged, Tree};
use crate::text::{Edit, Slice, Span};

/// What is to become of a recording.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// New text.
    pub edits: Vec<Edit>,
    /// Collections that are to hold other items.
    pub rearranged: Vec<Rearranged>,
    /// The new bytes of the whole file, and where it has a tree its documents, in place of all edits.
    pub whole: Option<(Vec<u8>, Vec<Piece>)>,
    /// Source bytes that go with all that they hold, such as the line of a header.
    pub gone: Vec<Span>,
    /// Whether headers, or parameters that stand like headers, come that were not there before.
    pub adds: bool,
    /// The interactions that are to be there, each by its index before; nothing if they stay as they are. One that was
    /// not there has no index.
    pub interactions: Option<Vec<Option<usize>>>,
}

impl From<Vec<Edit>> for Wanted {
    fn from(edits: Vec<Edit>) -> Self {
        Self { edits, ..Self::default() }
    }
}

impl Wanted {
    /// Adds a collection that is to hold other items. What it no longer holds is gone.
    pub fn rearrange(&mut self, rearranged: Rearranged) {
        self.gone.extend(rearranged.removed());
        self.rearranged.push(rearranged);
    }

    /// Returns whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.rearranged.is_empty() && self.whole.is_none()
    }

    /// Returns whether something goes with the bytes around it.
    pub(super) fn is_gone(&self, slice: &Slice) -> bool {
        let inside = |at: Span| {
            let before = self.gone.partition_point(|gone| (gone.source, gone.start) <= (at.source, at.start));
            // They do not overlap, so the last one that begins before decides.
            let last = before.checked_sub(1).map(|last| self.gone[last]);
            last.is_some_and(|gone| gone.source == at.source && at.end <= gone.end)
        };
        !self.gone.is_empty() && slice.outermost().is_some_and(inside)
    }

    /// Puts what goes in order, so that it can be looked up.
    pub(super) fn sort(&mut self) {
        self.gone.sort_by_key(|gone| (gone.source, gone.start, gone.end));
    }

    /// Returns the documents that are to be there, if they are to be others.
    pub(super) fn documents(&self) -> Option<&[Piece]> {
        self.whole.as_ref().map(|(_, documents)| documents.as_slice())
    }

    pub(super) fn all_edits(&self) -> Vec<Edit> {
        let rearranging = self.rearranged.iter().flat_map(|each| each.edits.iter().cloned());
        self.edits.iter().cloned().chain(rearranging).collect()
    }

    /// Returns a rearranged collection of each tree but that of the file.
    pub(super) fn inner(&self, file: Option<&Arc<Tree>>) -> Vec<&Rearranged> {
        let mut inner: Vec<&Rearranged> = Vec::new();
        for each in &self.rearranged {
            let tree = each.collection().tree();
            let known = inner.iter().any(|known| Arc::ptr_eq(known.collection().tree(), tree));
            if !known && !file.is_some_and(|file| Arc::ptr_eq(file, tree)) {
                inner.push(each);
            }
        }
        inner
    }

    /// Returns the pairs of interactions, before and after, of those that stay.
    pub(super) fn pairs<'r, T>(&self, old: &'r [T], new: &'r [T]) -> Vec<(usize, &'r T, &'r T)> {
        match &self.interactions {
            None => old.iter().zip(new).enumerate().map(|(at, (old, new))| (at, old, new)).collect(),
            Some(kept) => {
                let pairs = kept.iter().zip(new).filter_map(|(at, new)| Some((*at.as_ref()?, new)));
                pairs.filter_map(|(at, new)| Some((at, old.get(at)?, new))).collect()
            }
        }
    }
}
