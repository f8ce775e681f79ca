//! What an item of a list is known by: all it says but for noise, then what names it, then what kind of thing it is.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::FixedState;

use super::{Name, Walk, noise_of};
use crate::diff::align::{self, Item};
use crate::scrub::rule::Kind;
use crate::scrub::walk::{Sealed, plain, sealed};
use crate::syntax::Node;

/// Members whose values tell what kind of thing an object is.
const KINDS: &[&str] = &["type", "role", "name", "kind"];

/// Members whose values name one thing among others.
const NAMES: &[&str] = &["id", "key", "index", "title", "slug", "url", "login", "model"];

/// Words of a thing are looked at up to so many: what it is like shows early.
const MANY: usize = 2_000;

/// Returns a hash. It lives no longer than a comparison, and a chance find pairs two things that differ at worst.
pub(in super::super) fn hash(value: &impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

/// Returns what kind of thing a value is.
pub(super) fn weak(node: Node<'_>) -> u64 {
    weak_within(node, 0)
}

fn weak_within(node: Node<'_>, depth: usize) -> u64 {
    if node.is_list() {
        return 1;
    }
    if !node.is_map() {
        return 2;
    }
    // Whether a signature is there tells nothing.
    let mut members = node.entries().filter(|(key, _)| key.str().is_none_or(|key| !is_sealed(&key)));
    // `{"toolSpec": {…}}`, `{"functionCall": {…}}`: the one member tells.
    if let (Some((key, value)), None) = (members.next(), members.next()) {
        let inner = if value.is_map() && depth < 3 { weak_within(value, depth + 1) } else { 0 };
        return hash(&(key.str().as_deref(), inner));
    }
    let told = KINDS.iter().map(|key| node.get(key).filter(|value| value.is_string()).and_then(Node::str));
    let told: Vec<_> = told.collect();
    let function = node.get("function").and_then(|function| function.get("name")?.str());
    hash(&(told, function))
}

/// Shorter texts are the same by chance.
const LONG: usize = 16;

/// Returns the longest string in a value.
fn longest(node: Node<'_>, depth: usize) -> Option<Cow<'_, str>> {
    if depth > 8 {
        return None;
    }
    if node.is_map() {
        node.entries().filter_map(|(_, value)| longest(value, depth + 1)).max_by_key(|text| text.len())
    } else if node.is_list() {
        node.items().filter_map(|item| longest(item, depth + 1)).max_by_key(|text| text.len())
    } else {
        node.str().filter(|_| node.is_string())
    }
}

fn is_sealed(key: &str) -> bool {
    matches!(sealed(&plain(Kind::ResponseField, key)), Some(Sealed::Signature | Sealed::Filler))
}

impl Walk<'_> {
    /// Returns what an item is known by.
    pub(super) fn item(&mut self, node: Node<'_>) -> Item {
        let weak = weak(node);
        let mut names = Vec::new();
        if node.is_map() {
            for key in NAMES {
                let value = node.get(key).filter(|value| !value.is_map() && !value.is_list());
                let value = value.and_then(Node::str);
                names.push(value.filter(|value| {
                    !(*key == "id" && (self.known.is_id(value) || self.ids.contains(&**value)))
                }));
            }
        }
        let strong = self.digest(node);
        let mut words = Vec::new();
        self.words(node, &mut words);
        Item {
            signs: vec![hash(&node.slice().bytes()), strong, hash(&(weak, names)), weak],
            words: align::sketch(words.into_iter()),
            says: longest(node, 0).filter(|text| text.len() > LONG).map(|text| hash(&text)),
            ..Item::default()
        }
    }

    /// Returns a hash of what a value says, noise left out; the order of members does not count.
    pub(in super::super) fn digest(&mut self, node: Node<'_>) -> u64 {
        self.digest_within(node, Name::Plain, 0)
    }

    fn digest_within(&mut self, node: Node<'_>, name: Name, depth: usize) -> u64 {
        if self.left == 0 || depth > 64 || noise_of(name).is_some() {
            return 0;
        }
        self.left -= 1;
        if node.is_map() {
            let members = node.entries().map(|(key, value)| {
                let key = key.str().unwrap_or_default();
                let name = self.member(&key);
                // Whether it is there tells nothing, either.
                if noise_of(name).is_some() {
                    return 0;
                }
                hash(&(&*key, self.digest_within(value, name, depth + 1)))
            });
            return members.fold(1, u64::wrapping_add);
        }
        if node.is_list() {
            return node.items().fold(2, |all, item| hash(&(all, self.digest_within(item, name, depth + 1))));
        }
        let Some(text) = node.str() else { return 0 };
        if self.is_id(name, &text) { 3 } else { hash(&text) }
    }

    /// Adds hashes of the words of all strings in a value.
    pub(in super::super) fn words(&mut self, node: Node<'_>, words: &mut Vec<u64>) {
        if self.left == 0 || words.len() > MANY {
            return;
        }
        self.left -= 1;
        if node.is_map() {
            node.entries().for_each(|(_, value)| self.words(value, words));
        } else if node.is_list() {
            node.items().for_each(|item| self.words(item, words));
        } else if let Some(text) = node.str() {
            words.extend(text.split_whitespace().take(MANY).map(|word| hash(&word)));
        }
    }
}
