//! Two scalars: equal, noise, ids that stand for each other, texts that hold JSON, or different.

use super::{Walk, is_number, noise_of};
use crate::diff::known::{self, Name};
use crate::diff::{Change, Class, Side, Value};
use crate::provider;
use crate::syntax::Node;
use crate::text::Place;

/// Shorter ids that an exchange names are looked for under telling names only.
const LONG_ID: usize = 8;

impl Walk<'_> {
    pub(super) fn scalars(&mut self, old: Node<'_>, new: Node<'_>, name: Name) {
        let (Some(was), Some(is)) = (old.str(), new.str()) else { return };
        let strings = (old.is_string(), new.is_string());
        if was == is && strings.0 == strings.1 {
            if self.is_id(name, &was) && !self.is_meant() {
                let (pair, side) = (self.pair, self.side);
                self.renamed.note_same(&was, pair, side, &self.path);
            }
            return;
        }
        let number =
            |node: Node<'_>, text: &str| if is_number(node) { text.parse::<f64>().ok() } else { None };
        let numbers = number(old, &was).zip(number(new, &is));
        // One number may be written in two ways.
        if numbers.is_some_and(|(was, is)| was.to_bits() == is.to_bits()) || old.is_null() && new.is_null() {
            return;
        }
        let change = || Change::Changed(Value::of(old), Value::of(new));
        if let Some(class) = noise_of(name) {
            return self.push(Some(class), change(), Some(old), Some(new));
        }
        if self.is_id(name, &was) && self.is_id(name, &is) && !self.is_meant() {
            let renaming = self.renamed.note(&was, &is);
            self.push(Some(Class::Ids), change(), Some(old), Some(new));
            self.last().renaming = Some(renaming);
            return;
        }
        let moment = |text: &str| known::is_moment_in_numbers(&self.path, text);
        if self.side != Side::Request && numbers.is_some() && moment(&was) && moment(&is) {
            return self.push(Some(Class::Timestamps), change(), Some(old), Some(new));
        }
        if strings == (true, true) && self.texts(old, new, &was, &is) {
            return;
        }
        self.push(None, change(), Some(old), Some(new));
    }

    /// Compares two strings by what they hold. Returns whether that is all there is to tell.
    fn texts(&mut self, old: Node<'_>, new: Node<'_>, was: &str, is: &str) -> bool {
        let begins = |text: &str| text.trim_start().starts_with(['{', '[']);
        if begins(was)
            && begins(is)
            && let (Some(was), Some(is)) = (old.text(), new.text())
            && let (Some(was), Some(is)) = (provider::json(&was), provider::json(&is))
            && was.node().is_map() == is.node().is_map()
        {
            self.both(was.node(), is.node(), Name::Plain);
            return true;
        }
        if self.side != Side::Request && known::is_time(was) && known::is_time(is) {
            let change = Change::Changed(Value::Text(was.to_owned()), Value::Text(is.to_owned()));
            self.push(Some(Class::Timestamps), change, Some(old), Some(new));
            return true;
        }
        let Some(renamings) = self.renamings(was, is) else { return false };
        for (one, other) in renamings {
            let renaming = self.renamed.note(&one, &other);
            if one != other {
                self.push(
                    Some(Class::Ids),
                    Change::Changed(Value::Text(one), Value::Text(other)),
                    Some(old),
                    Some(new),
                );
                self.last().renaming = Some(renaming);
            }
        }
        true
    }

    /// Returns the ids that stand for each other in two texts, if the texts differ in nothing else.
    pub(in super::super) fn renamings(&self, was: &str, is: &str) -> Option<Vec<(String, String)>> {
        let (one, other) = (self.known.ids(was), self.known.ids(is));
        if one.is_empty() || one.len() != other.len() {
            return None;
        }
        let (mut from, mut to) = (0, 0);
        for (one, other) in one.iter().zip(&other) {
            if was[from..one.start] != is[to..other.start] {
                return None;
            }
            (from, to) = (one.end, other.end);
        }
        let pairs = one
            .iter()
            .zip(&other)
            .map(|(one, other)| (was[one.clone()].to_owned(), is[other.clone()].to_owned()));
        (was[from..] == is[to..]).then(|| pairs.collect())
    }

    pub(super) fn is_id(&self, name: Name, value: &str) -> bool {
        match name {
            Name::Id { bare: false } => !value.is_empty(),
            Name::Id { bare: true } => self.known.is_id(value) || self.ids.contains(value),
            Name::Plain => {
                let named =
                    || self.side == Side::Response && known::names_id(&self.path) && self.known.is_id(value);
                (LONG_ID..128).contains(&value.len()) && (self.ids.contains(value) || named())
            }
            Name::Noise(_) => false,
        }
    }

    /// Returns whether what is compared is in something that an application or a model means.
    pub(super) fn is_meant(&self) -> bool {
        // They are sorted and do not lie in each other.
        let holds = |at: &Place| {
            let before = self.meant.partition_point(|meant| meant <= at);
            let near = self.meant[..before].iter().rev().take(2).chain(self.meant.get(before));
            near.into_iter().any(|meant| meant.holds(at))
        };
        let inside = |places: &[Place]| !self.meant.is_empty() && places.iter().any(holds);
        self.is_schema() || inside(&self.old) || inside(&self.new)
    }

    /// Returns whether what is compared is in the schema of a tool.
    pub(super) fn is_schema(&self) -> bool {
        self.path.contains(".properties.")
    }
}
