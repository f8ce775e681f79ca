//! What is to go as a whole: headers, parameters, members and items that a rule removes.

use super::super::What;
use super::super::rule::{Action, Kind, Look, Part as Parts, Where};
use super::name::Name;
use super::{Found, Side, Step, Walk, place};
use crate::rewrite::Gone;
use crate::syntax::Node;
use crate::text::Text;

impl Walk<'_> {
    /// Returns the rule that removes what has a name, or stands at the place reached.
    pub(super) fn removes(&self, name: Option<&Name>, value: &str) -> Option<usize> {
        if !self.rules.remove() {
            return None;
        }
        let named = name.map(|name| name.rules.clone()).unwrap_or_default();
        let placed = if self.rules.have_paths() { self.placed() } else { Vec::new() };
        let is_it = |rule: &usize| {
            let rule = &self.rules.rules[*rule];
            let side = match rule.side {
                Where::Both => true,
                // A recorder's notes may be about a request.
                Where::Request => {
                    self.side == Side::Request || (self.side == Side::Note && self.in_request())
                }
                Where::Response => self.side == Side::Response,
            };
            let meant = match &rule.look {
                Look::Named { part: Parts::Pattern(regex), .. }
                | Look::Path { part: Parts::Pattern(regex), .. } => regex.is_match(value),
                Look::Named { .. } | Look::Path { .. } => true,
                Look::Shape { .. } => false,
            };
            matches!(rule.action, Action::Remove) && side && meant
        };
        named.into_iter().chain(placed).find(is_it)
    }

    fn in_request(&self) -> bool {
        self.path.iter().any(|step| matches!(step, Step::Name(name) if name.eq_ignore_ascii_case("request")))
    }

    /// Notes that something is to go, which `text` is of.
    pub(super) fn goes(&mut self, rule: usize, text: Text, gone: Gone) {
        self.found.push(Found {
            what: What::Rule(rule),
            text,
            gone: Some(gone),
            interaction: self.interaction,
            side: self.side,
            part: self.part,
            place: place(&self.path),
            joined: false,
            encoded: self.encoded > 0,
            number: false,
            sealed: false,
        });
    }

    /// Notes that what a list or mapping holds at an index is to go, if a rule says so. The place is reached already.
    pub(super) fn item_goes(
        &mut self,
        collection: Node<'_>,
        at: usize,
        name: Option<&Name>,
        value: Node<'_>,
    ) -> bool {
        if !self.rules.remove() || self.is_told(value) {
            return false;
        }
        let text = value.slice().text().unwrap_or_else(|| Text::made(""));
        let read = value.str();
        let found = self.removes(name, read.as_deref().unwrap_or(text.as_str()));
        let found = found.or_else(|| {
            let name = self.repeated(&name?.raw.clone())?;
            self.removes(Some(&name), read.as_deref().unwrap_or_default())
        });
        let Some(rule) = found else { return false };
        self.goes(rule, value.text().unwrap_or(text), Gone::Item(collection.subtree(), at));
        true
    }

    /// Returns a name as that of a parameter, where a recorder repeats those of the address: HAR in `queryString`, go-vcr
    /// in `form`, which holds those of a form, too.
    fn repeated(&mut self, raw: &str) -> Option<std::sync::Arc<Name>> {
        let around =
            |step: &Step| matches!(step, Step::Name(name) if matches!(&**name, "queryString" | "form"));
        let repeats = self.side == Side::Note && self.path.iter().rev().skip(1).take(2).any(around);
        repeats.then(|| self.named(Kind::Query, raw))
    }

    /// Returns whether something among the notes was looked at in an exchange, or its first value was.
    fn is_told(&self, node: Node<'_>) -> bool {
        let inner = node.items().next().or_else(|| node.entries().next().map(|(_, value)| value));
        self.is_claimed_note(node) || (node.is_list() && inner.is_some_and(|inner| self.is_told(inner)))
    }
}
