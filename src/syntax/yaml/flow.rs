//! The scanner: `[…]` and `{…}`.

use super::super::Kind;
use super::super::tree::Properties;
use super::scan::{Scan, Scanner, Stop, Tabs};

impl Scanner<'_> {
    /// Scans the flow collection at the cursor.
    pub(super) fn flow_collection(&mut self) -> Scan<()> {
        let (kind, close) = if self.peek() == b'{' { (Kind::Map, b'}') } else { (Kind::List, b']') };
        let collection = self.open(kind, true)?;
        self.advance(1);
        self.gap(Tabs::Always)?;
        while self.peek() != close {
            match kind {
                Kind::Map => self.flow_entry()?,
                _ => self.flow_node()?,
            }
            self.gap(Tabs::Always)?;
            if self.peek() == b',' {
                self.advance(1);
                self.gap(Tabs::Always)?;
            } else if self.peek() != close {
                // Also the `:` of a pair in a list, which libyaml reads as a mapping.
                return Err(Stop::Unsure);
            }
        }
        self.advance(1);
        self.close(collection);
        Ok(())
    }

    /// Scans a key and its value; `{a}` has a key without a value.
    fn flow_entry(&mut self) -> Scan<()> {
        let (key, start) = (self.tokens.len(), self.at);
        self.flow_node()?;
        self.tokens[key].key = true;
        self.gap(Tabs::Always)?;
        if self.peek() != b':' {
            self.empty(true);
            return Ok(());
        }
        if self.line > start || !self.is_short(start, self.at) {
            return Err(Stop::Unsure);
        }
        self.advance(1);
        self.gap(Tabs::Always)?;
        if matches!(self.peek(), b',' | b'}') {
            self.empty(true);
            return Ok(());
        }
        self.flow_node()
    }

    fn flow_node(&mut self) -> Scan<()> {
        let mut properties = Properties::default();
        while self.property(&mut properties, true)? {
            self.gap(Tabs::Always)?;
        }
        let bare = properties == Properties::default();
        self.attach_next(properties);
        match self.peek() {
            _ if self.at_marker() => Err(Stop::Unsure),
            b'[' | b'{' => self.flow_collection(),
            b'"' | b'\'' => {
                let quoted = self.quoted()?;
                self.line = quoted.line;
                self.scalar(quoted.kind, quoted.end, true);
                Ok(())
            }
            b'*' if bare => {
                let alias = self.alias(true)?;
                self.scalar(alias.kind, alias.end, true);
                Ok(())
            }
            b',' | b']' | b'}' if !bare => {
                self.empty(true);
                Ok(())
            }
            _ if self.begins_plain(true) => self.plain_flow(),
            _ => Err(Stop::Unsure),
        }
    }
}
