//! Calls by what the wire knows them by: their places and ids.

use std::collections::HashMap;

/// The calls of a choice by what the wire knows them by: a stream of many is not searched for each of its events.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// How many there are.
    pub(super) count: usize,
    by_id: HashMap<Box<str>, usize>,
    by_index: HashMap<i64, CallsAt>,
}

/// The calls at one place on the wire.
#[derive(Debug, Default)]
struct CallsAt {
    last: usize,
    /// The one without an id: any id may turn out to be its.
    nameless: Option<usize>,
    by_id: HashMap<Box<str>, usize>,
}

impl Calls {
    /// Returns the number of the last call that a piece may belong to.
    pub(super) fn find(&self, index: Option<i64>, id: Option<&str>) -> Option<usize> {
        match (index, id) {
            (Some(index), None) => self.by_index.get(&index).map(|at| at.last),
            (Some(index), Some(id)) => {
                let at = self.by_index.get(&index)?;
                at.by_id.get(id).copied().max(at.nameless)
            }
            (None, Some(id)) => self.by_id.get(id).copied(),
            (None, None) => self.count.checked_sub(1),
        }
    }

    /// Notes what is known of a call now.
    pub(super) fn note(&mut self, call: usize, index: Option<i64>, id: Option<&str>) {
        let last = |calls: &mut HashMap<Box<str>, usize>, id: &str| {
            let known = calls.entry(id.into()).or_insert(call);
            *known = call.max(*known);
        };
        if let Some(id) = id {
            last(&mut self.by_id, id);
        }
        let Some(index) = index else { return };
        let at = self.by_index.entry(index).or_default();
        at.last = at.last.max(call);
        match id {
            Some(id) => {
                last(&mut at.by_id, id);
                at.nameless = at.nameless.filter(|nameless| *nameless != call);
            }
            None => at.nameless = Some(call),
        }
    }
}
