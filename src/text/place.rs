//! Where a text stands in the texts outside it, without a look at how it is spelled there.

use std::ops::Range;
use std::sync::Arc;

use super::trace::{Layer, Origin, Slice, Text, overlapping};

/// A stretch of a layer. Places are of use as long as what was read is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    layer: usize,
    start: usize,
    end: usize,
}

impl Place {
    fn of(layer: &Arc<Layer>, range: Range<usize>) -> Self {
        Self { layer: Arc::as_ptr(layer).addr(), start: range.start, end: range.end }
    }

    /// Returns the number of the layer, the same for all places in it.
    #[must_use]
    pub fn layer(&self) -> usize {
        self.layer
    }

    /// Returns where in its layer it begins.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Returns whether another place lies in this one.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        self.layer == other.layer && self.start <= other.start && other.end <= self.end
    }
}

impl Slice {
    /// Returns where the slice stands in its own layer.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::of(&self.layer, self.start..self.end)
    }

    /// Appends where the slice stands in its own layer and in all those outside, the innermost first; what is joined
    /// stands in many places.
    pub fn places(&self, found: &mut Vec<Place>) {
        found.push(self.place());
        match &self.layer.origin {
            Origin::Spelled { outer, .. } => outer.places(found),
            Origin::Joined(parts) => {
                for (part, inside) in overlapping(parts, &(self.start..self.end)) {
                    part.slice(inside).places(found);
                }
            }
            Origin::Source(_) | Origin::Made => {}
        }
    }

    /// Appends what the slice is written with in the layer outside, or its pieces if it is joined.
    pub(super) fn outward(&self, found: &mut Vec<Self>) {
        let range = self.start..self.end;
        match &self.layer.origin {
            Origin::Spelled { outer, spelling, runs } => {
                let runs = runs.get_or_init(|| spelling.runs(outer.bytes()));
                let first = runs.partition_point(|run| run.value.end <= range.start);
                let last = runs.partition_point(|run| run.value.start < range.end);
                let outer = match runs.get(first..last) {
                    Some([head, .., tail]) => {
                        outer.slice(head.outer_of(&range).start..tail.outer_of(&range).end)
                    }
                    Some([only]) => outer.slice(only.outer_of(&range)),
                    Some([]) | None => outer.clone(),
                };
                found.push(outer);
            }
            Origin::Joined(parts) => {
                found.extend(overlapping(parts, &range).map(|(part, inside)| part.slice(inside)));
            }
            Origin::Source(_) | Origin::Made => {}
        }
    }
}

impl Text {
    /// Returns the text of the source that this text is written with, if it stands in one place of one.
    #[must_use]
    pub fn in_source(&self) -> Self {
        let mut source = self.slice.clone();
        let mut next = Vec::new();
        loop {
            source.outward(&mut next);
            match (next.pop(), next.is_empty()) {
                (Some(outer), true) => source = outer,
                (None, _) => break source.text().unwrap_or_else(|| self.clone()),
                (Some(_), false) => break self.clone(),
            }
        }
    }

    /// Appends where the text stands, as [`Slice::places`] does.
    pub fn places(&self, found: &mut Vec<Place>) {
        self.as_slice().places(found);
    }
}
