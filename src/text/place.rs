//! Where a text stands in the texts outside it, without a look at how it is spelled there.

use std::ops::Range;
use std::sync::Arc;

use super::trace::{Layer, Origin, Slice, Text};

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
                for (part, inside) in super::trace::overlapping(parts, &(self.start..self.end)) {
                    part.slice(inside).places(found);
                }
            }
            Origin::Source(_) | Origin::Made => {}
        }
    }
}

impl Text {
    /// Appends where the text stands, as [`Slice::places`] does.
    pub fn places(&self, found: &mut Vec<Place>) {
        self.as_slice().places(found);
    }
}
