//! The scanner: documents, block mappings and block lists.
//!
//! It follows libyaml's rules without its queue of tokens: whether a scalar is a key is settled by looking for the
//! `:` behind it. Where libyaml would fail, or has a rule that no recorder needs (directives, `?` or pairs inside
//! `[…]`, collections as implicit keys), the scanner stops and answers [`Stop::Unsure`]; it need not know which.

use std::collections::BTreeMap;

use super::super::tree::Properties;
use super::super::{Kind, Token};
use super::cursor::offset;

/// Why the scanner stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The text is wrong, or beyond this scanner.
    Unsure,
    /// The collection at this offset is nested too deep.
    TooDeep(usize),
}

pub(super) type Scan<T> = Result<T, Stop>;

/// Tokens, the root token of each document, and properties by token.
pub(super) type Found = (Vec<Token>, Vec<u32>, BTreeMap<u32, Properties>);

/// Where libyaml lets tabs stand before a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tabs {
    /// Nowhere: a block collection may begin here, and tabs are no indentation.
    Never,
    /// On the line the cursor stands on.
    Here,
    /// Everywhere: inside `[…]` and `{…}`.
    Always,
}

/// What a block node may be where it stands.
#[derive(Clone, Copy)]
struct Place {
    /// A block collection may begin on this line.
    compact: bool,
    /// The items of a list may stand at the column of the mapping around it.
    indentless: bool,
}

const TOP: Place = Place { compact: true, indentless: false };
const ITEM: Place = Place { compact: true, indentless: false };
const EXPLICIT: Place = Place { compact: true, indentless: true };
const AFTER_KEY: Place = Place { compact: false, indentless: true };

pub(super) struct Scanner<'s> {
    pub(super) text: &'s str,
    pub(super) bytes: &'s [u8],
    /// The cursor.
    pub(super) at: usize,
    /// Offset of the first byte of the cursor's line.
    pub(super) line: usize,
    /// End of the last token, indicator or property: whatever is no space and no comment.
    pub(super) last: usize,
    /// Column of the innermost block collection, -1 outside of any.
    pub(super) indent: i32,
    pub(super) depth: usize,
    pub(super) tokens: Vec<Token>,
    documents: Vec<u32>,
    pub(super) properties: BTreeMap<u32, Properties>,
}

impl<'s> Scanner<'s> {
    /// Prepares to scan ordinary text, which holds no NUL and ends its lines with LF or CRLF.
    pub(super) fn new(text: &'s str) -> Self {
        let begin = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Self {
            text,
            bytes: text.as_bytes(),
            at: begin,
            line: begin,
            last: begin,
            indent: -1,
            depth: 0,
            tokens: Vec::with_capacity(8 + text.len() / 64),
            documents: Vec::new(),
            properties: BTreeMap::new(),
        }
    }

    /// Scans all documents. Only the first may begin without `---`.
    pub(super) fn stream(mut self) -> Scan<Found> {
        self.gap(Tabs::Never)?;
        while !self.ended() {
            let mut place = TOP;
            if self.bytes[self.at..].starts_with(b"---") && self.at_marker() {
                self.advance(3);
                let line = self.line;
                self.gap(Tabs::Here)?;
                place.compact = self.line != line;
            } else if !self.documents.is_empty() || self.at_marker() {
                return Err(Stop::Unsure);
            }
            self.documents.push(offset(self.tokens.len()));
            if self.ended() || self.at_marker() {
                self.empty(false);
            } else {
                self.node(place)?;
            }
            self.gap(Tabs::Here)?;
            while self.peek() == b'.' && self.at_marker() {
                self.advance(3);
                self.gap(Tabs::Here)?;
            }
            if !self.ended() && !self.at_marker() {
                return Err(Stop::Unsure);
            }
        }
        Ok((self.tokens, self.documents, self.properties))
    }

    /// Scans a block node that begins at the cursor.
    fn node(&mut self, mut place: Place) -> Scan<()> {
        // Properties on a line of their own belong to the whole node; those on the line of a key belong to the key.
        let mut outer = Properties::default();
        loop {
            let start = self.at;
            let own = self.properties()?;
            if own == Properties::default() || !self.at_line_end() {
                return self.content(start, outer, own, place);
            }
            outer = joined(outer, own)?;
            self.gap(Tabs::Here)?;
            if !self.is_below(place) {
                self.empty(false);
                self.attach_last(outer);
                return Ok(());
            }
            place.compact = true;
        }
    }

    /// Scans what follows the properties `own`, which begin at `start`.
    fn content(&mut self, start: usize, outer: Properties, own: Properties, place: Place) -> Scan<()> {
        let bare = own == Properties::default();
        match self.peek() {
            b'-' if self.is_separated(1) && bare && place.compact => self.list(outer),
            b'?' if self.is_separated(1) && bare && place.compact => self.map(outer),
            b'-' | b'?' if self.is_separated(1) => Err(Stop::Unsure),
            b'|' | b'>' => {
                self.attach_next(joined(outer, own)?);
                self.block_scalar()
            }
            b'[' | b'{' => {
                self.attach_next(joined(outer, own)?);
                self.flow_collection()?;
                if self.is_key(start, self.line, self.at) { Err(Stop::Unsure) } else { Ok(()) }
            }
            _ => {
                let inline = self.inline()?;
                if self.is_key(start, inline.line, inline.end) {
                    if !place.compact {
                        return Err(Stop::Unsure);
                    }
                    self.at = start;
                    return self.map(outer);
                }
                let all = joined(outer, own)?;
                if inline.kind == Kind::Alias && all != Properties::default() {
                    return Err(Stop::Unsure);
                }
                self.attach_next(all);
                if inline.kind == Kind::Plain {
                    return self.plain_block(inline.end);
                }
                self.line = inline.line;
                self.scalar(inline.kind, inline.end, false);
                Ok(())
            }
        }
    }

    /// Scans a block mapping whose first key begins at the cursor.
    fn map(&mut self, properties: Properties) -> Scan<()> {
        let column = self.column();
        self.attach_next(properties);
        let map = self.open(Kind::Map, false)?;
        let outside = std::mem::replace(&mut self.indent, column);
        loop {
            self.entry(column)?;
            if !self.goes_on(column)? {
                break;
            }
        }
        self.indent = outside;
        self.close(map);
        Ok(())
    }

    /// Scans a key and its value.
    fn entry(&mut self, column: i32) -> Scan<()> {
        let key = self.tokens.len();
        if self.peek() == b'?' && self.is_separated(1) {
            self.advance(1);
            self.value(EXPLICIT)?;
            self.tokens[key].key = true;
            self.gap(Tabs::Here)?;
            let answers = self.column() == column && self.is_fresh_line();
            if !answers || self.peek() != b':' || !self.is_separated(1) {
                self.empty(false);
                return Ok(());
            }
            self.advance(1);
            return self.value(EXPLICIT);
        }
        let start = self.at;
        let own = self.properties()?;
        let inline = self.inline()?;
        if !self.is_key(start, inline.line, inline.end)
            || (inline.kind == Kind::Alias && own != Properties::default())
        {
            return Err(Stop::Unsure);
        }
        self.attach_next(own);
        self.scalar(inline.kind, inline.end, false);
        self.tokens[key].key = true;
        self.blanks();
        self.advance(1);
        self.value(AFTER_KEY)
    }

    /// Scans a block list whose first `-` stands at the cursor.
    fn list(&mut self, properties: Properties) -> Scan<()> {
        let column = self.column();
        let indentless = column == self.indent;
        self.attach_next(properties);
        let list = self.open(Kind::List, false)?;
        let outside = std::mem::replace(&mut self.indent, column);
        loop {
            self.advance(1);
            self.value(ITEM)?;
            if !self.goes_on(column)? {
                break;
            }
            if self.peek() != b'-' || !self.is_separated(1) {
                if !indentless {
                    return Err(Stop::Unsure);
                }
                break;
            }
        }
        self.indent = outside;
        self.close(list);
        Ok(())
    }

    /// Scans the node behind an indicator; there may be none.
    fn value(&mut self, place: Place) -> Scan<()> {
        let line = self.line;
        self.gap(if place.compact { Tabs::Never } else { Tabs::Here })?;
        if self.line == line && !self.ended() {
            return self.node(place);
        }
        if self.is_below(place) {
            return self.node(Place { compact: true, ..place });
        }
        self.empty(false);
        Ok(())
    }

    /// Returns whether the line at the cursor belongs to a node that began on a line above.
    fn is_below(&self, place: Place) -> bool {
        let column = self.column();
        let item = self.peek() == b'-' && self.is_separated(1);
        !self.ended()
            && !self.at_marker()
            && (column > self.indent || (column == self.indent && item && place.indentless))
    }

    /// Moves to the next token and returns whether it belongs to the block collection at `column`.
    fn goes_on(&mut self, column: i32) -> Scan<bool> {
        self.gap(Tabs::Here)?;
        if self.ended() || self.at_marker() || self.column() < column {
            return Ok(false);
        }
        if self.column() == column && self.is_fresh_line() { Ok(true) } else { Err(Stop::Unsure) }
    }

    /// Returns whether no other token stands before the cursor on its line, such as the end of a quoted scalar.
    fn is_fresh_line(&self) -> bool {
        self.line >= self.last
    }
}

/// Puts properties together that stand on two lines.
fn joined(a: Properties, b: Properties) -> Scan<Properties> {
    if (a.tag.is_some() && b.tag.is_some()) || (a.anchor.is_some() && b.anchor.is_some()) {
        return Err(Stop::Unsure);
    }
    Ok(Properties { tag: a.tag.or(b.tag), anchor: a.anchor.or(b.anchor) })
}
