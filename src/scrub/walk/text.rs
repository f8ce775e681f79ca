//! One text: what it holds in another language, and what rules find in it.

use std::ops::Range;

use super::super::rule::Kind;
use super::super::{Hit, What};
use super::name::Name;
use super::opaque::{self, Language};
use super::{At, DEEPEST, Side, Walk};
use crate::codec;
use crate::provider;
use crate::text::Text;

impl Walk<'_> {
    /// Looks at one text.
    pub(super) fn leaf(&mut self, name: Option<&Name>, value: &str, at: &At<'_>) {
        let named = name.is_some_and(|name| !(name.rules.is_empty() && name.endpoint.is_empty()));
        if value.is_empty() || (value.len() < self.rules.shortest() && !named && !self.rules.have_paths()) {
            return;
        }
        let sealed = name.is_some_and(|name| name.sealed) || opaque::is_value(value);
        let mut hits = Vec::new();
        if let Some(name) = name {
            let endpoint = name.endpoint.iter().filter(|_| self.endpoint);
            for &rule in name.rules.iter().chain(endpoint) {
                self.rules.in_value(rule, value, &mut hits);
            }
        }
        if self.rules.have_paths() {
            for rule in self.placed() {
                self.rules.in_value(rule, value, &mut hits);
            }
        }
        let language = if hits.is_empty() && !sealed { opaque::language(value) } else { None };
        if language.is_some_and(|language| self.inside(language, at, &mut hits)) {
            return;
        }
        if sealed {
            self.search_values(value, &mut hits);
        } else {
            self.search(value, &mut hits);
        }
        self.report(hits, at, sealed);
    }

    /// Finds what rules and values say about a text.
    pub(super) fn search(&self, text: &str, hits: &mut Vec<Hit>) {
        self.rules.in_text(text, hits);
        self.search_values(text, hits);
    }

    fn search_values(&self, text: &str, hits: &mut Vec<Hit>) {
        self.values.find(text, |value, range, alone| {
            // Who looks where a value stands at all wants to know all places.
            if alone || self.values.are_overlapping() {
                let what = if alone { What::Value(value) } else { What::PartOfWord(value) };
                hits.push(Hit { what, range });
            }
        });
    }

    /// Goes into a text that holds another language. Returns whether that is all there is to look at; `hits` takes what
    /// was found in the text itself.
    pub(super) fn inside(&mut self, language: Language, at: &At<'_>, hits: &mut Vec<Hit>) -> bool {
        let Some(text) = at.text() else { return false };
        if self.depth >= DEEPEST {
            let why = format!("texts in texts go more than {DEEPEST} deep");
            self.give_up(why, text.as_slice().outermost());
            return false;
        }
        self.depth += 1;
        let went = match language {
            Language::Json => self.json(&text),
            Language::Xml => {
                self.elements(text.as_str(), hits);
                // What stands outside elements is searched as it is.
                false
            }
            Language::Form => {
                self.pairs(&text, 0..text.len(), Kind::Form);
                true
            }
            Language::Base64(ranges) => {
                for range in ranges {
                    self.encoded(text.slice(range), codec::BASE64);
                }
                false
            }
            Language::Hex => self.encoded(text, codec::HEX),
        };
        self.depth -= 1;
        went
    }

    /// Looks at JSON, or at lines of it.
    fn json(&mut self, text: &Text) -> bool {
        if let Some(tree) = provider::json(text) {
            self.node(tree.node(), None);
            true
        } else if text.as_str().contains("}\n{") || text.as_str().contains("}\r\n{") {
            let mut start = 0;
            for line in text.as_str().split_inclusive('\n') {
                let line = text.slice(start..start + line.trim_end().len());
                match provider::json(&line) {
                    Some(tree) => self.node(tree.node(), None),
                    None => self.leaf(None, line.as_str(), &At::Text(&line)),
                }
                start += text.as_str()[start..].split_inclusive('\n').next().map_or(0, str::len);
            }
            true
        } else {
            false
        }
    }

    /// Looks at what stands in an encoding. Returns whether something was found in it.
    fn encoded(&mut self, text: Text, codec: &'static dyn codec::Codec) -> bool {
        let before = self.found.len();
        let written = text.as_slice().place();
        let inner = codec::unwrap(text.into(), &[codec], None).value;
        // What cannot be decoded comes back as it is.
        if let Some(inner) = inner.text().filter(|inner| inner.as_slice().place() != written) {
            self.encoded += 1;
            self.leaf(None, inner.as_str(), &At::Text(&inner));
            self.encoded -= 1;
        }
        self.found.len() > before
    }

    /// Looks at the elements of XML that hold text only, and at attributes, under their names.
    fn elements(&mut self, text: &str, hits: &mut Vec<Hit>) {
        let mut at = 0;
        while let Some(open) = text[at..].find('<').map(|open| at + open) {
            let Some(close) = text[open..].find('>').map(|close| open + close) else { break };
            let mut value = close + 1..text[close..].find('<').map_or(text.len(), |end| close + end);
            let mut end = value.end;
            if let Some(inside) = text[value.start..].strip_prefix(CDATA) {
                value.start += CDATA.len();
                value.end = value.start + inside.find("]]>").unwrap_or(inside.len());
                end = value.end;
            }
            let attributes = attributes(text, open + 1..close);
            let called = |wanted: &str| {
                let mut named =
                    attributes.iter().filter(|(name, _)| text[name.clone()].eq_ignore_ascii_case(wanted));
                named.next().map(|(_, value)| &text[value.clone()])
            };
            // HTML says in one attribute what another one holds.
            let meant = called("name").or_else(|| called("property"));
            for (name, value) in &attributes {
                let own = &text[name.clone()];
                let holds = own.eq_ignore_ascii_case("value") || own.eq_ignore_ascii_case("content");
                self.element(text, meant.filter(|_| holds).unwrap_or(own), value, hits);
            }
            let name = text[open + 1..close].split_whitespace().next().unwrap_or_default();
            self.element(text, name, &value, hits);
            at = end;
        }
    }

    /// Looks at what stands in a range of XML under a name.
    fn element(&mut self, text: &str, name: &str, range: &Range<usize>, hits: &mut Vec<Hit>) {
        let kind = if self.side == Side::Request { Kind::RequestField } else { Kind::ResponseField };
        let name = self.named(kind, name.rsplit(':').next().unwrap_or_default());
        let mut found = Vec::new();
        for &rule in &name.rules {
            self.rules.in_value(rule, &text[range.clone()], &mut found);
        }
        let moved =
            |hit: Hit| Hit { range: hit.range.start + range.start..hit.range.end + range.start, ..hit };
        hits.extend(found.into_iter().map(moved));
    }
}

/// What text begins with in XML that is not escaped.
const CDATA: &str = "<![CDATA[";

/// Returns where the names and values of the attributes of a tag stand.
fn attributes(text: &str, tag: Range<usize>) -> Vec<(Range<usize>, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = tag.start;
    while let Some(equals) = text[at..tag.end].find('=').map(|equals| at + equals) {
        let before = text[at..equals].trim_end();
        let name = before.rfind(|c: char| c.is_ascii_whitespace() || c == '/').map_or(0, |space| space + 1);
        let name = at + name..at + before.len();
        let blank = text[equals + 1..tag.end].len() - text[equals + 1..tag.end].trim_start().len();
        let begin = equals + 1 + blank;
        let value = if let Some(quote @ ('"' | '\'')) = text[begin..tag.end].chars().next() {
            begin + 1..text[begin + 1..tag.end].find(quote).map_or(tag.end, |end| begin + 1 + end)
        } else {
            let end = text[begin..tag.end].find(|c: char| c.is_ascii_whitespace());
            begin..end.map_or(tag.end, |end| begin + end)
        };
        at = (value.end + 1).min(tag.end);
        found.push((name, value));
    }
    found
}

/// Returns whether a text is a form: names and values without spaces, and nothing of another language. What ends behind
/// its only `=` may as well be base64.
pub(super) fn looks_like_form(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '%' | '[' | ']');
    let first = text.split('&').next().unwrap_or_default();
    let is_pair = |(name, value): (&str, &str)| {
        let says_something = !matches!(value, "" | "=") || first.len() < text.len();
        !name.is_empty() && name.chars().all(plain) && says_something
    };
    !text.contains(['\n', ' ', '{', '<']) && first.split_once('=').is_some_and(is_pair)
}
