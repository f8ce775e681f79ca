//! Events that are like the one before: only what differs is looked at.
//!
//! A stream sends the same object hundreds of times, with a few other values. If nothing was found in the one before,
//! what is the same in it needs no second look, and the way to each value is known.

use std::sync::Arc;

use super::name::Name;
use super::opaque;
use super::streams::{Joins, Way};
use super::{At, Walk};
use crate::syntax::{Node, Tree};

/// The scalars of an event.
#[derive(Debug)]
pub(super) struct Slots {
    tree: Arc<Tree>,
    all: Vec<Slot>,
    /// Whether the event holds nothing that asks for more than a look at its scalars.
    plain: bool,
}

/// A scalar of an event.
#[derive(Debug)]
struct Slot {
    /// Its number in the tree.
    at: usize,
    kind: Kind,
    /// What pieces of the same text go by.
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Its name tells nothing.
    Plain,
    /// What looks like a credential in it is chance.
    Sealed,
    /// Rules go by its name, or it says what others are about.
    Telling,
}

impl Slots {
    /// Returns room for the scalars of an event, if another one is like it.
    pub(super) fn shared(event: Node<'_>, other: Node<'_>) -> Option<Self> {
        let tree = Arc::clone(event.tree());
        is_like(event, other).then_some(Self { tree, all: Vec::new(), plain: true })
    }

    /// Notes a scalar that was looked at. What stands in a text in the event is none of its own.
    pub(super) fn note(&mut self, node: Node<'_>, name: Option<&Name>, value: &str, joins: &Joins) {
        if !Arc::ptr_eq(node.tree(), &self.tree) {
            self.plain = false;
            return;
        }
        let kind = match name {
            Some(name) if !name.rules.is_empty() || !name.endpoint.is_empty() => Kind::Telling,
            Some(name) if Joins::tells(&name.raw) || Joins::is_kind(&name.raw) || &*name.raw == "name" => {
                Kind::Telling
            }
            Some(name) if name.sealed => Kind::Sealed,
            _ => Kind::Plain,
        };
        self.plain &= kind == Kind::Sealed || opaque::language(value).is_none();
        self.all.push(Slot { at: node.index(), kind, way: joins.way() });
    }
}

/// Returns whether two events, each a tree of its own, differ in nothing but scalars.
fn is_like(event: Node<'_>, other: Node<'_>) -> bool {
    let whole = event.index() == 0 && other.index() == 0;
    whole && event.tree().skeleton() == other.tree().skeleton() && !Arc::ptr_eq(event.tree(), other.tree())
}

impl Walk<'_> {
    /// Looks at an event that is like the one before, in which nothing was found. Returns whether that was all there is
    /// to it; otherwise nothing is done.
    pub(super) fn alike(&mut self, slots: &Slots, event: Node<'_>) -> bool {
        let tree = event.tree();
        let like = is_like(Node::numbered(&slots.tree, 0), event);
        if !like || !slots.plain || self.rules.have_paths() || self.rules.remove() {
            return false;
        }
        let before = self.found.len();
        for slot in &slots.all {
            let (own, old) = (Node::numbered(tree, slot.at), Node::numbered(&slots.tree, slot.at));
            let (Some(own_text), Some(old_text)) = (own.str(), old.str()) else { return false };
            if own_text == old_text && own.kind() == old.kind() {
                continue;
            }
            let differs = match slot.kind {
                Kind::Telling => true,
                Kind::Sealed => self.values.may_match(&own_text),
                Kind::Plain => opaque::is_value(&own_text) || opaque::language(&own_text).is_some(),
            };
            if differs {
                return false;
            }
            if slot.kind == Kind::Plain {
                self.leaf(None, &own_text, &At::Node(own));
            }
            if self.found.len() > before {
                // The way there is to be told.
                self.found.truncate(before);
                return false;
            }
        }
        if let Some(joins) = &mut self.joins {
            for slot in &slots.all {
                joins.add_to(slot.way, Node::numbered(tree, slot.at));
            }
        }
        true
    }
}
