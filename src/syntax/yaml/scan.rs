//! The scanner: documents, block mappings and block lists.
//!
//! It follows libyaml's rules without its queue of tokens: whether a scalar is a key is settled by looking for the
//! `:` behind it. Where libyaml would fail, or has a rule that no recorder needs (directives, `?` or pairs inside
//! `[…]`, collections as implicit keys), the scanner stops and answers [`Stop::Unsure`]; it need not know which.

use std::collections::BTreeMap;

use super::super::tree::Properties;
use super::super::{Kind, MAX_DEPTH, Token};

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
    depth: usize,
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

/// A scalar or alias as far as it can be told on one line, or up to its closing quote.
pub(super) struct Inline {
    pub(super) kind: Kind,
    pub(super) end: usize,
    /// Offset of the first byte of the line it ends on.
    pub(super) line: usize,
}

/// The cursor and the tokens.
impl Scanner<'_> {
    /// Returns the byte at the cursor, 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    pub(super) fn ended(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) fn column(&self) -> i32 {
        i32::try_from(self.at - self.line).unwrap_or(i32::MAX)
    }

    /// Returns whether a blank, a line end or the end of the text stands `distance` bytes behind the cursor.
    pub(super) fn is_separated(&self, distance: usize) -> bool {
        is_blank_or_end(self.bytes, self.at + distance)
    }

    /// Returns whether the cursor stands on `---` or `...` at the beginning of a line.
    pub(super) fn at_marker(&self) -> bool {
        self.at == self.line && is_marker(self.bytes, self.at)
    }

    /// Moves over a token or indicator.
    pub(super) fn advance(&mut self, length: usize) {
        self.at += length;
        self.last = self.at;
    }

    /// Moves over spaces and tabs.
    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// Moves over blanks, comments and line ends.
    pub(super) fn gap(&mut self, tabs: Tabs) -> Scan<()> {
        let mut tabs_here = tabs != Tabs::Never;
        loop {
            while self.peek() == b' ' || (tabs_here && self.peek() == b'\t') {
                self.at += 1;
            }
            if self.peek() == b'#' {
                self.at = line_end(self.bytes, self.at);
            }
            match self.peek() {
                b'\t' => return Err(Stop::Unsure),
                b'\n' | b'\r' => self.next_line(),
                _ => return Ok(()),
            }
            tabs_here = tabs == Tabs::Always;
        }
    }

    /// Moves over the line end at the cursor.
    pub(super) fn next_line(&mut self) {
        self.at += if self.peek() == b'\r' { 2 } else { 1 };
        self.line = self.at;
    }

    /// Moves over blanks and returns whether nothing else but a comment stands on the line.
    fn at_line_end(&mut self) -> bool {
        self.blanks();
        self.ended() || matches!(self.peek(), b'\n' | b'\r' | b'#')
    }

    /// Returns the scalar or alias at the cursor without moving.
    fn inline(&self) -> Scan<Inline> {
        match self.peek() {
            b'"' | b'\'' => self.quoted(),
            b'*' => self.alias(false),
            _ if self.begins_plain(false) => {
                Ok(Inline { kind: Kind::Plain, end: self.plain_line(), line: self.line })
            }
            _ => Err(Stop::Unsure),
        }
    }

    /// Returns whether what stands from `start` to `end` is a key: one line, a `:` behind it, not too long.
    fn is_key(&self, start: usize, line: usize, end: usize) -> bool {
        let blanks = self.bytes[end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let colon = end + blanks;
        line <= start
            && self.bytes.get(colon) == Some(&b':')
            && is_blank_or_end(self.bytes, colon + 1)
            && self.is_short(start, colon)
    }

    /// Returns whether a key is short enough: libyaml looks no further than 1,024 characters for its `:`.
    pub(super) fn is_short(&self, start: usize, colon: usize) -> bool {
        const LONGEST: usize = 1024;
        colon - start <= LONGEST || self.text[start..colon].chars().take(LONGEST + 1).count() <= LONGEST
    }

    /// Adds a scalar from the cursor to `end` and moves behind it.
    pub(super) fn scalar(&mut self, kind: Kind, end: usize, flow: bool) {
        let token = self.token(kind, self.at, end, flow);
        self.tokens.push(token);
        self.advance(end - self.at);
    }

    /// Adds a scalar that is not there.
    pub(super) fn empty(&mut self, flow: bool) {
        let token = self.token(Kind::Plain, self.last, self.last, flow);
        self.tokens.push(token);
    }

    /// Begins a collection at the cursor.
    pub(super) fn open(&mut self, kind: Kind, flow: bool) -> Scan<usize> {
        if self.depth >= MAX_DEPTH {
            return Err(Stop::TooDeep(self.at));
        }
        self.depth += 1;
        let token = self.token(kind, self.at, self.at, flow);
        self.tokens.push(token);
        Ok(self.tokens.len() - 1)
    }

    /// Ends a collection behind its last token.
    pub(super) fn close(&mut self, collection: usize) {
        self.depth -= 1;
        let next = offset(self.tokens.len());
        let token = &mut self.tokens[collection];
        (token.end, token.next) = (offset(self.last), next);
    }

    pub(super) fn token(&self, kind: Kind, start: usize, end: usize, flow: bool) -> Token {
        Token {
            kind,
            flow,
            key: false,
            chomp: 0,
            start: offset(start),
            end: offset(end),
            next: offset(self.tokens.len() + 1),
            body: 0,
            indent: 0,
            parent: self.indent,
        }
    }

    /// Gives properties to the token that comes next.
    pub(super) fn attach_next(&mut self, properties: Properties) {
        if properties != Properties::default() {
            self.properties.insert(offset(self.tokens.len()), properties);
        }
    }

    pub(super) fn attach_last(&mut self, properties: Properties) {
        if properties != Properties::default() {
            self.properties.insert(offset(self.tokens.len() - 1), properties);
        }
    }
}

/// Puts properties together that stand on two lines.
fn joined(a: Properties, b: Properties) -> Scan<Properties> {
    if (a.tag.is_some() && b.tag.is_some()) || (a.anchor.is_some() && b.anchor.is_some()) {
        return Err(Stop::Unsure);
    }
    Ok(Properties { tag: a.tag.or(b.tag), anchor: a.anchor.or(b.anchor) })
}

pub(super) fn is_blank_or_end(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

/// Returns whether `---` or `...` stands at an offset, with nothing directly behind it.
pub(super) fn is_marker(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 3), Some(b"---" | b"...")) && is_blank_or_end(bytes, at + 3)
}

/// Returns the offset of the next LF, or of the end of the text.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |found| at + found)
}

pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("`read` takes no text of more than 4 GB")
}
