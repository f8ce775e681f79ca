//! How an edit of a scalar is written: in its own style if that can hold the new value, else in double quotes.
//!
//! Each way of writing is a candidate, from the smallest change to the largest. The first one that the scanner
//! reads back as the wanted value, in surroundings like the scalar's own, is taken. So the candidates need not know
//! every rule of YAML, only what recorders' readers see otherwise than libyaml: that is in `is_plain`.

use std::fmt::Write as _;

use super::super::{Kind, Token, Tree};
use super::block::{Header, indentation};
use super::scan::Scanner;
use super::{decode, typed};
use smallvec::smallvec;

use crate::text::{Change, Gaps, Run, Runs, Spelling, Unspellable, respell_runs, splice};

/// How one scalar is spelled, and what of its surroundings matters when it is written anew.
#[derive(Debug)]
pub(in super::super) struct Spelled {
    /// The token, its offsets counted from its first byte.
    token: Token,
    /// Whether the file is ASCII, and is to stay so.
    ascii: bool,
    /// Length of the value, if the slow reader gave it: then there is no map into it.
    given: Option<usize>,
}

impl Spelled {
    pub(in super::super) fn of(tree: &Tree, at: u32) -> Self {
        let token = *tree.token(at);
        let (end, body) = (token.end - token.start, token.body.saturating_sub(token.start));
        Self {
            token: Token { start: 0, end, body, ..token },
            ascii: tree.ascii,
            given: tree.given.get(&at).map(String::len),
        }
    }
}

/// Where a new scalar is to stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Where {
    /// Before a `:` on a line of its own.
    Key,
    /// Behind a `:` or a `-`.
    Value,
    /// Before a `:` in brackets.
    FlowKey,
    /// Elsewhere in brackets.
    FlowValue,
}

/// Returns a new text as a scalar that stays text, in a collection at a column.
pub(in super::super) fn spelled(ascii: bool, value: &str, column: usize, place: Where) -> String {
    // As what becomes of a scalar that is text.
    const OLD: &str = "x";
    let double = || format!("\"{}\"", escaped(value, ascii, Edges::Bare));
    if ascii && !value.is_ascii() {
        return double();
    }
    let token = Token {
        kind: Kind::Plain,
        flow: matches!(place, Where::FlowKey | Where::FlowValue),
        key: matches!(place, Where::Key | Where::FlowKey),
        chomp: 0,
        start: 0,
        end: 1,
        next: 0,
        body: 0,
        indent: 0,
        parent: i32::try_from(column).unwrap_or(0),
    };
    let spelled = Spelled { token, ascii, given: None };
    let run = Run { value: 0..1, outer: 0..1, verbatim: true };
    let change = Change { range: 0..1, new: value.as_bytes().to_vec() };
    let changes = spelled.respell(OLD.as_bytes(), OLD.as_bytes(), &[run], &[change]);
    let new = changes.ok().and_then(|changes| splice(OLD.as_bytes(), changes).ok());
    let new = new.and_then(|new| String::from_utf8(new).ok());
    new.unwrap_or_else(double)
}

impl Spelling for Spelled {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn runs(&self, outer: &[u8]) -> Runs {
        match self.given {
            Some(length) => smallvec![Run { value: 0..length, outer: 0..outer.len(), verbatim: false }],
            None => decode::runs(outer, &self.token),
        }
    }

    fn respell(
        &self,
        outer: &[u8],
        value: &[u8],
        runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        let new = splice(value, changes.to_vec()).map_err(|refused| Unspellable(refused.to_string()))?;
        let edit =
            Edit { spelled: self, outer: text(outer), old: text(value), new: text(&new), runs, changes };
        edit.candidates().find(|candidate| edit.reads_right(candidate)).ok_or_else(|| {
            Unspellable(
                if self.token.key { "the key would be too long" } else { "its place is unusual" }.to_owned(),
            )
        })
    }
}

/// Returns the text of a scalar; YAML is read from text only.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// An edit of a scalar.
struct Edit<'e> {
    spelled: &'e Spelled,
    /// The scalar as it is written.
    outer: &'e str,
    old: &'e str,
    new: &'e str,
    runs: &'e [Run],
    changes: &'e [Change],
}

impl Edit<'_> {
    /// Returns the ways to write the new value, the least change first.
    fn candidates(&self) -> impl Iterator<Item = Vec<Change>> {
        const WAYS: [Way; 6] = [
            Way::Splice(Gaps::Keep, Edges::Bare),
            Way::Splice(Gaps::Keep, Edges::Escaped),
            Way::Splice(Gaps::Drop, Edges::Bare),
            Way::Plain,
            Way::OwnStyle,
            Way::Double,
        ];
        WAYS.iter().filter_map(|way| match way {
            Way::Splice(gaps, edges) => self.spliced(*gaps, *edges),
            Way::Plain => self.whole(self.plain()),
            Way::OwnStyle => self.whole(self.own_style()),
            Way::Double => self.whole(Some(self.double())),
        })
    }

    /// Writes the changes only.
    fn spliced(&self, gaps: Gaps, edges: Edges) -> Option<Vec<Change>> {
        let token = &self.spelled.token;
        let kind = token.kind;
        if self.spelled.given.is_some()
            || self.outer.is_empty()
            || (edges == Edges::Escaped && kind != Kind::Double)
            || (kind == Kind::Plain && !self.is_plain())
            || !self.changes.iter().all(|change| can_hold(kind, change.text()))
        {
            return None;
        }
        let line_end = format!("{}{}", self.line_end(), " ".repeat(token.indent as usize));
        // Blank lines need no indentation.
        let (padded, bare) = (line_end.repeat(2), format!("{}{line_end}", self.line_end()));
        let escape = |text: &str| match kind {
            Kind::Single => text.replace('\'', "''"),
            Kind::Double => escaped(text, self.spelled.ascii, edges),
            Kind::Literal => text.replace('\n', &line_end).replace(&padded, &bare),
            _ => text.to_owned(),
        };
        let begin = usize::from(matches!(kind, Kind::Single | Kind::Double));
        Some(respell_runs(self.old.as_bytes(), self.runs, self.changes, begin, gaps, escape))
    }

    /// Replaces the whole scalar.
    fn whole(&self, new: Option<String>) -> Option<Vec<Change>> {
        Some(vec![Change { range: 0..self.outer.len(), new: new?.into_bytes() }])
    }

    /// Writes a scalar that was absent.
    fn plain(&self) -> Option<String> {
        (self.outer.is_empty() && self.is_plain()).then(|| format!(" {}", self.new))
    }

    /// Writes the scalar anew in its style; quotes instead of none.
    fn own_style(&self) -> Option<String> {
        let kind = self.spelled.token.kind;
        match kind {
            Kind::Plain | Kind::Single if can_hold(Kind::Single, self.new) => {
                Some(format!("{}'{}'", self.begin(), self.new.replace('\'', "''")))
            }
            Kind::Literal if self.spelled.given.is_none() && can_hold(kind, self.new) => self.literal(),
            _ => None,
        }
    }

    /// Writes a literal anew, with the indicators that the new value needs.
    fn literal(&self) -> Option<String> {
        let token = &self.spelled.token;
        let header = Header::read(self.outer.as_bytes(), 0)?;
        let body = self.new.trim_end_matches('\n');
        if body.is_empty() {
            return None;
        }
        let mut out = "|".to_owned();
        if header.digit.is_some() || self.new.starts_with([' ', '\t', '\n']) {
            let digit = i64::from(token.indent) - i64::from(token.parent.max(0));
            if !(1..=9).contains(&digit) {
                return None;
            }
            let _ = write!(out, "{digit}");
        }
        let line_ends = self.new.len() - body.len();
        let chomp = match line_ends {
            0 => "-",
            1 if header.chomp <= 0 => "",
            _ => "+",
        };
        out += chomp;
        out += &self.outer[header.end..header.body];
        for line in body.split_inclusive('\n') {
            if line != "\n" {
                out.push_str(&" ".repeat(token.indent as usize));
            }
            out += line.trim_end_matches('\n');
            if line.ends_with('\n') {
                out += self.line_end();
            }
        }
        if chomp == "+" {
            out += &self.line_end().repeat(line_ends);
        } else {
            let tail = self.tail();
            out += if tail.is_empty() && line_ends > 0 { self.line_end() } else { tail };
        }
        Some(out)
    }

    /// Writes the scalar in double quotes on one line. A block scalar keeps its comment and the lines behind it.
    fn double(&self) -> String {
        let quoted = format!("{}\"{}\"", self.begin(), escaped(self.new, self.spelled.ascii, Edges::Bare));
        if !matches!(self.spelled.token.kind, Kind::Literal | Kind::Folded) {
            return quoted;
        }
        let header = Header::read(self.outer.as_bytes(), 0);
        let comment = header.map_or("", |header| self.outer[header.end..header.body].trim());
        let blank = if comment.is_empty() { "" } else { " " };
        format!("{quoted}{blank}{comment}{}", self.tail())
    }

    /// Returns what separates a scalar that was absent from what stands before it.
    fn begin(&self) -> &'static str {
        if self.outer.is_empty() { " " } else { "" }
    }

    /// Returns what follows the last text of a block scalar: line ends and blank lines.
    fn tail(&self) -> &str {
        let token = &self.spelled.token;
        let body = token.body as usize;
        if self.spelled.given.is_some() {
            return &self.outer[self.outer.trim_end().len()..];
        }
        let mut tail = self.outer[..body].trim_end_matches(['\n', '\r']).len();
        let mut line = body;
        for next in self.outer[body..].split_inclusive('\n') {
            let content = next.trim_end_matches(['\n', '\r']);
            if indentation(next.as_bytes(), token.indent as usize) < content.len() {
                tail = line + content.len();
            }
            line += next.len();
        }
        &self.outer[tail..]
    }

    /// Returns the line end of a block scalar's header: the file's.
    fn line_end(&self) -> &'static str {
        if self.outer[..self.spelled.token.body as usize].ends_with("\r\n") { "\r\n" } else { "\n" }
    }

    /// Returns whether the new value may stand without quotes, as far as the scanner does not see it.
    fn is_plain(&self) -> bool {
        let new_text = |stops: &[char]| self.changes.iter().any(|change| change.text().contains(stops));
        let begins_document = self.new.starts_with("---") || self.new.starts_with("...");
        // Harmless before the `:` of a key, but not behind a `?`.
        let is_indicator = self.new.ends_with(':') || matches!(self.new, "-" | "?");
        // Readers of YAML 1.2 stop at other characters inside `[…]` than those of 1.1.
        let stops = self.spelled.token.flow && new_text(&[',', '[', ']', '{', '}', '?', ':']);
        // Text stays text, also if it looks like a number to the end (`9e3f` but not `9e33`); what was a number or
        // null may become anything.
        let becomes_typed = typed::may_be_typed(self.new)
            && typed::is_text(self.old)
            && !(typed::is_text(self.new) && typed::may_be_typed(self.old));
        can_hold(Kind::Plain, self.new)
            && !self.new.is_empty()
            && !(begins_document || is_indicator || stops || becomes_typed)
    }

    /// Returns whether the scalar with `changes` reads as the new value and ends where it should.
    fn reads_right(&self, changes: &[Change]) -> bool {
        let Ok(bytes) = splice(self.outer.as_bytes(), changes.to_vec()) else { return false };
        let scalar = text(&bytes);
        let is_block = matches!(self.spelled.token.kind, Kind::Literal | Kind::Folded);
        // The next token must not move up behind the scalar.
        if is_block && self.outer.ends_with('\n') && !scalar.ends_with('\n') {
            return false;
        }
        let Frame { before, after, behind } = self.frame(scalar);
        let framed = format!("{before}{scalar}{after}");
        let Ok((tokens, ..)) = Scanner::new(&framed).stream() else { return false };
        let is_it = |token: &Token| {
            token.start as usize >= before.len()
                && !matches!(token.kind, Kind::Map | Kind::List | Kind::Alias)
        };
        let Some(at) = tokens.iter().position(is_it) else { return false };
        let token = &tokens[at];
        let end = token.end as usize;
        let inside = self.outer.is_empty() || token.start as usize == before.len();
        inside
            && (end == before.len() + scalar.len() || (is_block && end < before.len() + scalar.len()))
            && tokens.len() - at - 1 == behind
            && decode::value(&framed, token) == self.new
    }

    /// Returns surroundings in which a scalar reads as in its own place.
    fn frame(&self, scalar: &str) -> Frame {
        let token = &self.spelled.token;
        let margin = " ".repeat(usize::try_from(token.parent).unwrap_or(0));
        let end = if scalar.ends_with('\n') { "" } else { "\n" };
        let frame = |before: String, after: String, behind| Frame { before, after, behind };
        if token.flow {
            let outside = if token.parent < 0 { String::new() } else { format!("{margin}k: ") };
            return if token.key {
                frame(format!("{outside}{{"), ": v, k: v}\n".to_owned(), 3)
            } else {
                let colon = if self.outer.is_empty() { ":" } else { ": " };
                frame(format!("{outside}{{k{colon}"), ", k: v}\n".to_owned(), 2)
            };
        }
        if token.key && !self.outer.contains('\n') {
            return frame(margin, ": v\n".to_owned(), 1);
        }
        if token.key {
            return frame(format!("{margin}? "), format!("{end}{margin}: v\n"), 1);
        }
        // A block scalar that ends with the file is read as such.
        let closed =
            self.outer.is_empty() || !matches!(token.kind, Kind::Literal | Kind::Folded) || end.is_empty();
        let blank = if self.outer.is_empty() { "" } else { " " };
        if token.parent < 0 {
            let after = if closed { format!("{end}--- v\n") } else { String::new() };
            return frame(format!("---{blank}"), after, usize::from(closed));
        }
        let after = if closed { format!("{end}{margin}k: v\n") } else { String::new() };
        frame(format!("{margin}k:{blank}"), after, if closed { 2 } else { 0 })
    }
}

/// A way to write a new value.
enum Way {
    /// Only what changes.
    Splice(Gaps, Edges),
    /// Whole, without quotes, where no scalar was.
    Plain,
    /// Whole, in the scalar's style.
    OwnStyle,
    /// Whole, in double quotes on one line.
    Double,
}

/// What stands around a scalar, and how many tokens follow it.
struct Frame {
    before: String,
    after: String,
    behind: usize,
}

/// How spaces at the ends of new text are written; next to a fold, bare ones would be lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edges {
    Bare,
    Escaped,
}

/// Returns whether a style can hold a text without escaping it.
fn can_hold(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Double => true,
        Kind::Literal => {
            text.chars().all(|character| is_printable(character) || matches!(character, '\n' | '\t'))
        }
        Kind::Map | Kind::List | Kind::Plain | Kind::Single | Kind::Folded | Kind::Alias => {
            text.chars().all(is_printable)
        }
    }
}

/// Returns whether a character may stand for itself on a line: no control, no line break of YAML 1.1.
fn is_printable(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..)
        && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

/// Returns text as the inside of double quotes.
fn escaped(text: &str, ascii: bool, edges: Edges) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let last = text.len().saturating_sub(1);
    for (at, character) in text.char_indices() {
        let short = match character {
            '"' => '"',
            '\\' => '\\',
            '\n' => 'n',
            '\t' => 't',
            '\r' => 'r',
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\x1B' => 'e',
            '\u{85}' => 'N',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            ' ' if edges == Edges::Escaped && (at == 0 || at == last) => ' ',
            other if is_printable(other) && (!ascii || other.is_ascii()) => {
                out.push(other);
                continue;
            }
            other => {
                let code = u32::from(other);
                let _ = match code {
                    0..=0xFF => write!(out, "\\x{code:02X}"),
                    0x100..=0xFFFF => write!(out, "\\u{code:04X}"),
                    _ => write!(out, "\\U{code:08X}"),
                };
                continue;
            }
        };
        out.push('\\');
        out.push(short);
    }
    out
}
