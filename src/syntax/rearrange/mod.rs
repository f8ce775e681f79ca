//! Other items for a collection: removed, put in, or in another order, as edits of its text.
//!
//! A collection is told what it is to hold, as [`Piece`]s. What stays is not written anew; comments that stand right
//! above an item, and behind it, go where it goes.

mod block;
mod flow;
#[cfg(test)]
mod tests;
mod write;

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::{Kind, Node, Subtree, Tree};
use crate::text::{Edit, Span};

/// One item or member that a collection is to hold.
#[derive(Clone, Debug)]
pub enum Piece {
    /// The one that it holds at an index.
    Kept(usize),
    /// A new item.
    Item(Value),
    /// A new member.
    Member(String, Value),
    /// A copy of what another collection, in the same language, holds at an index.
    Copy(Subtree, usize),
}

/// A collection with other items.
#[derive(Clone, Debug)]
pub struct Rearranged {
    /// What makes it so.
    pub edits: Vec<Edit>,
    pub(super) collection: Subtree,
    pub(super) pieces: Vec<Piece>,
}

/// Why a collection cannot be given other items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unusual(&'static str);

impl fmt::Display for Unusual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unusual {}

/// Gives a list or mapping these items, in this order.
///
/// # Errors
/// [`Unusual`] if it is written in a way in which it cannot be told where an item begins and ends.
pub fn rearrange(collection: Node<'_>, pieces: Vec<Piece>) -> Result<Rearranged, Unusual> {
    let view = View::of(collection)?;
    let changes = changes(&view, &pieces)?;
    let text = view.tree.text();
    let edits = changes.into_iter().map(|(range, new)| Edit::replace(text, range, new)).collect();
    Ok(Rearranged { edits, collection: collection.subtree(), pieces })
}

impl Rearranged {
    /// Returns the collection as it is before.
    #[must_use]
    pub fn collection(&self) -> Node<'_> {
        self.collection.node()
    }

    /// Returns the source bytes of what the collection no longer holds.
    #[must_use]
    pub fn removed(&self) -> Vec<Span> {
        let index = |piece: &Piece| if let Piece::Kept(at) = piece { Some(*at) } else { None };
        let kept: HashSet<usize> = self.pieces.iter().filter_map(index).collect();
        let (tree, at) = self.collection.node().place();
        let gone = items(tree, at).into_iter().enumerate().filter(|(at, _)| !kept.contains(at));
        let bytes = gone.filter_map(|(_, item)| {
            let (from, to) = (tree.token(item.key).start as usize, tree.token(item.value).end as usize);
            tree.text().slice(from..to).as_slice().outermost()
        });
        // A text inside another has no place of its own in the file.
        if tree.text().as_slice().is_source() { bytes.collect() } else { Vec::new() }
    }
}

/// Returns all that a collection holds but what is at some indexes.
#[must_use]
pub fn without(collection: Node<'_>, gone: impl Fn(usize) -> bool) -> Vec<Piece> {
    let count = collection.items().count() + collection.entries().count();
    (0..count).filter(|at| !gone(*at)).map(Piece::Kept).collect()
}

/// A change to the text of a tree.
type Change = (Range<usize>, String);

/// A collection, and the tokens of what it holds.
struct View<'t> {
    tree: &'t Arc<Tree>,
    at: u32,
    items: Vec<Item>,
}

/// The tokens of an item: of a member its key's and its value's, otherwise twice the same.
#[derive(Clone, Copy)]
pub(super) struct Item {
    pub(super) key: u32,
    pub(super) value: u32,
}

impl<'t> View<'t> {
    fn of(collection: Node<'t>) -> Result<Self, Unusual> {
        let (tree, at) = collection.place();
        let kind = tree.token(at).kind;
        if !matches!(kind, Kind::Map | Kind::List) {
            return Err(Unusual("it is no list and no mapping"));
        }
        Ok(Self { tree, at, items: items(tree, at) })
    }

    fn is_map(&self) -> bool {
        self.tree.token(self.at).kind == Kind::Map
    }

    fn text(&self) -> &'t str {
        self.tree.text.as_str()
    }

    /// Returns where an item's own first character stands, its tag and anchor included.
    fn start(&self, item: Item) -> usize {
        let token = self.tree.token(item.key);
        let own = self.tree.properties.get(&item.key);
        let tag = own.and_then(|own| own.tag.as_ref()).map(|tag| tag.start);
        let anchor = own.and_then(|own| own.anchor.as_ref()).map(|anchor| anchor.start - 1);
        tag.into_iter().chain(anchor).fold(token.start as usize, usize::min)
    }

    /// Returns where an item ends.
    fn end(&self, item: Item) -> usize {
        self.tree.token(item.value).end as usize
    }

    /// Returns the token of the collection around this one.
    fn parent(&self) -> Option<u32> {
        (0..self.at).rev().find(|&at| self.tree.token(at).next > self.at)
    }
}

/// Returns the items of the collection at a token.
pub(super) fn items(tree: &Tree, at: u32) -> Vec<Item> {
    let token = tree.token(at);
    let mut items = Vec::new();
    let mut next = at + 1;
    while next < token.next {
        let key = next;
        let value = if token.kind == Kind::Map { tree.token(key).next } else { key };
        items.push(Item { key, value });
        next = tree.token(value).next;
    }
    items
}

/// Items that go, and what comes in their place.
struct Region<'p> {
    gone: Range<usize>,
    new: &'p [Piece],
}

fn changes(view: &View<'_>, pieces: &[Piece]) -> Result<Vec<Change>, Unusual> {
    let count = view.items.len();
    let fits = pieces.iter().all(|piece| match piece {
        Piece::Kept(at) => *at < count,
        Piece::Item(_) => !view.is_map(),
        Piece::Member(..) => view.is_map(),
        Piece::Copy(other, _) => {
            other.node().is_map() == view.is_map() && other.node().syntax() == view.tree.syntax
        }
    });
    if !fits {
        return Err(Unusual("it cannot hold such an item"));
    }
    let regions = regions(count, pieces);
    if view.tree.token(view.at).flow {
        flow::changes(view, &regions, pieces.is_empty())
    } else {
        block::changes(view, &regions, pieces.is_empty())
    }
}

/// Returns what changes: stretch by stretch, or all between the first and the last if the order does.
fn regions(count: usize, pieces: &[Piece]) -> Vec<Region<'_>> {
    let kept = |piece: &Piece| match piece {
        Piece::Kept(at) => Some(*at),
        Piece::Item(_) | Piece::Member(..) | Piece::Copy(..) => None,
    };
    let order: Vec<usize> = pieces.iter().filter_map(kept).collect();
    if !order.is_sorted_by(|a, b| a < b) {
        let head = pieces.iter().enumerate().take_while(|(at, piece)| kept(piece) == Some(*at)).count();
        let most = pieces.len().min(count) - head.min(count);
        let ends = pieces.iter().rev().zip((0..count).rev()).take(most);
        let tail = ends.take_while(|(piece, at)| kept(piece) == Some(*at)).count();
        return vec![Region { gone: head..count - tail, new: &pieces[head..pieces.len() - tail] }];
    }
    let mut regions = Vec::new();
    let (mut item, mut piece) = (0, 0);
    while item < count || piece < pieces.len() {
        let begin = (item, piece);
        while piece < pieces.len() && kept(&pieces[piece]).is_none() {
            piece += 1;
        }
        item = pieces.get(piece).and_then(kept).unwrap_or(count);
        if begin != (item, piece) {
            regions.push(Region { gone: begin.0..item, new: &pieces[begin.1..piece] });
        }
        // Past what stays.
        while item < count && pieces.get(piece).and_then(kept) == Some(item) {
            item += 1;
            piece += 1;
        }
    }
    regions
}
