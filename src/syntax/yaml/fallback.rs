//! The slow reader: libyaml, as libyaml-safer has it in Rust, for whatever the scanner does not take.
//!
//! Events give positions but not everything a [`Token`] holds; the rest is read again from the text: where tags and
//! anchors end, the header of a block scalar. Values that our decoder would read otherwise (line breaks of YAML 1.1
//! such as a lone CR or NEL) are kept in [`Tree::given`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libyaml_safer::{Error, Event, EventData, MappingStyle, Mark, Parser, ScalarStyle, SequenceStyle};

use super::super::tree::Properties;
use super::super::{Kind, MAX_DEPTH, Syntax, SyntaxError, Token, Tree};
use super::block::Header;
use super::cursor::offset;
use super::properties::name_end;
use super::{decode, too_deep};
use crate::text::Text;

/// The error for texts on which libyaml-safer panics.
pub(in super::super) const BEYOND: &str = "beyond the reader of unusual YAML";

/// Reads YAML by libyaml.
pub(in super::super) fn read(text: Text) -> Result<Tree, SyntaxError> {
    let source = text.clone();
    let mut builder = Builder::new(source.as_str());
    events(source.as_str(), |event| builder.event(event))?;
    let Builder { tokens, documents, properties, given, .. } = builder;
    let tree = Tree::new(text, Syntax::Yaml, tokens, documents);
    Ok(Tree { properties, given, ..tree })
}

/// Feeds the events of a text to `take`.
///
/// libyaml-safer fails on a block scalar that ends with the file and not with a line end, and panics on a `\` there;
/// so a line end is added. It also panics on a tag before a comma, so panics count as errors.
fn events(text: &str, mut take: impl FnMut(Event) -> Result<(), SyntaxError>) -> Result<(), SyntaxError> {
    let closed = if is_closed(text) { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
    let mut input = closed.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    loop {
        let event = catch_unwind(AssertUnwindSafe(|| parser.parse()));
        let event = event.map_err(|_| error(text.len(), BEYOND))?;
        let event = event.map_err(|error| explained(text, &error))?;
        if event.data == EventData::StreamEnd {
            return Ok(());
        }
        take(event)?;
    }
}

fn is_closed(text: &str) -> bool {
    text.is_empty() || text.ends_with(is_break)
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn error(offset: usize, message: &str) -> SyntaxError {
    SyntaxError { offset, message: message.to_owned() }
}

/// Says what libyaml says in words of ours.
fn explained(text: &str, error: &Error) -> SyntaxError {
    let Some(mark) = error.problem_mark() else {
        // The reader fails on the first character that may not stand in YAML, and does not say where.
        let body = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let is_wrong = |(_, character): &(usize, char)| {
            matches!(character, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\x7F'..='\u{84}'
                | '\u{86}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}')
        };
        let at = body.char_indices().find(is_wrong).map_or(0, |(at, _)| at);
        let message = "control character; YAML wants it escaped in double quotes".to_owned();
        return SyntaxError { offset: text.len() - body.len() + at, message };
    };
    let message = match error.problem() {
        "did not find expected key" => "expected a key or the end of the mapping",
        "did not find expected '-' indicator" => "expected `-` or the end of the list",
        "did not find expected ',' or ']'" => "expected `,` or `]`",
        "did not find expected ',' or '}'" => "expected `,` or `}`",
        "did not find expected <document start>" => "expected `---` before another document",
        "did not find expected node content" => "expected a value",
        "could not find expected ':'" => "expected `:` after the key that begins here",
        "mapping values are not allowed in this context" => "unexpected `:`; a value with `: ` needs quotes",
        "mapping keys are not allowed in this context" => "a `?` key cannot begin here",
        "block sequence entries are not allowed in this context" => "a list cannot begin on this line",
        "found character that cannot start any token" => "a value cannot begin with this character",
        "found unexpected end of stream" => "the quoted text that begins here never ends",
        "found unexpected document indicator" => "`---` or `...` inside quotes ends the document",
        "found unknown escape character" => "unknown escape in double quotes",
        "did not find expected hexdecimal number" => "expected hexadecimal digits in the escape",
        "found invalid Unicode character escape code" => "the escape names no Unicode character",
        "found a tab character that violates indentation"
        | "found a tab character where an indentation space is expected" => "a tab cannot indent; use spaces",
        "found undefined tag handle" => "the tag's prefix is not declared",
        "did not find expected alphabetic or numeric character" => "expected the name of an anchor or alias",
        "did not find expected comment or line break" => "expected the end of the line",
        other => other,
    };
    let at = match error.problem() {
        "could not find expected ':'" | "found unexpected end of stream" => error.context_mark(),
        _ => None,
    };
    SyntaxError { offset: place(text, at.unwrap_or(mark)), message: message.to_owned() }
}

/// Returns a mark's offset in the text: marks count bytes, without the byte order mark.
fn place(text: &str, mark: Mark) -> usize {
    let begin = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    usize::try_from(mark.index).map_or(text.len(), |at| (begin + at).min(text.len()))
}

/// A collection that has begun.
struct Open {
    token: usize,
    /// Column of a block collection; a flow collection keeps the one around it.
    indent: i32,
    style: Style,
    /// Whether the next node is a key.
    key: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Block,
    /// `[…]` or `{…}`
    Flow,
    /// `a: b` in `[a: b]`, a mapping without braces.
    Pair,
}

/// Makes tokens from events, the same that the scanner makes.
struct Builder<'s> {
    source: &'s str,
    tokens: Vec<Token>,
    documents: Vec<u32>,
    properties: BTreeMap<u32, Properties>,
    given: BTreeMap<u32, String>,
    open: Vec<Open>,
    /// End of the last token, indicator or property.
    last: usize,
}

impl<'s> Builder<'s> {
    fn new(source: &'s str) -> Self {
        Self {
            source,
            tokens: Vec::new(),
            documents: Vec::new(),
            properties: BTreeMap::new(),
            given: BTreeMap::new(),
            open: Vec::new(),
            last: place(source, Mark::default()),
        }
    }

    fn event(&mut self, event: Event) -> Result<(), SyntaxError> {
        let range = place(self.source, event.start_mark)..place(self.source, event.end_mark);
        match event.data {
            EventData::StreamStart { .. } | EventData::StreamEnd | EventData::DocumentEnd { .. } => {}
            EventData::DocumentStart { .. } => self.documents.push(offset(self.tokens.len())),
            EventData::Alias { .. } => {
                self.push(Kind::Alias, range.clone());
                self.last = range.end;
            }
            EventData::Scalar { anchor, tag, style, value, .. } => {
                let start = self.content(range.start, count(anchor.as_ref(), tag.as_ref()));
                // libyaml has an absent scalar where the next token begins; we have it where the last one ends.
                let absent = range.is_empty() || range.end <= self.last;
                let range = if absent { self.last..self.last } else { start..range.end };
                self.scalar(style, range, value);
            }
            EventData::SequenceStart { anchor, tag, style, .. } => {
                let style = if style == SequenceStyle::Flow { Style::Flow } else { Style::Block };
                self.begin(Kind::List, &range, style, count(anchor.as_ref(), tag.as_ref()))?;
            }
            EventData::MappingStart { anchor, tag, style, .. } => {
                let braced = range.start < range.end && self.source[..range.end].ends_with('{');
                let style = match style {
                    MappingStyle::Flow if braced => Style::Flow,
                    MappingStyle::Flow => Style::Pair,
                    _ => Style::Block,
                };
                self.begin(Kind::Map, &range, style, count(anchor.as_ref(), tag.as_ref()))?;
            }
            EventData::SequenceEnd | EventData::MappingEnd => self.end(range.end),
        }
        Ok(())
    }

    /// Returns where a node begins without its properties, and keeps those for the next token.
    fn content(&mut self, start: usize, count: usize) -> usize {
        self.last = last_before(self.source, self.last, start);
        if count == 0 {
            return start;
        }
        let bytes = self.source.as_bytes();
        let mut properties = Properties::default();
        let mut at = start;
        for _ in 0..count {
            if bytes.get(at) == Some(&b'!') {
                self.last = tag_end(self.source, at);
                properties.tag = Some(at..self.last);
            } else {
                self.last = name_end(bytes, at + 1).unwrap_or(at + 1);
                properties.anchor = Some(at + 1..self.last);
            }
            at = after_gap(self.source, self.last);
        }
        self.properties.insert(offset(self.tokens.len()), properties);
        at
    }

    fn push(&mut self, kind: Kind, range: Range<usize>) {
        let index = offset(self.tokens.len());
        let around = self.open.last_mut();
        let key = around.as_ref().is_some_and(|open| open.key);
        let flow = around.as_ref().is_some_and(|open| open.style != Style::Block);
        let parent = around.as_ref().map_or(-1, |open| open.indent);
        if let Some(open) = around
            && self.tokens[open.token].kind == Kind::Map
        {
            open.key = !open.key;
        }
        self.tokens.push(Token {
            kind,
            flow,
            key,
            chomp: 0,
            start: offset(range.start),
            end: offset(range.end),
            next: index + 1,
            body: 0,
            indent: 0,
            parent,
        });
    }

    fn scalar(&mut self, style: ScalarStyle, range: Range<usize>, value: String) {
        let kind = match style {
            ScalarStyle::SingleQuoted => Kind::Single,
            ScalarStyle::DoubleQuoted => Kind::Double,
            ScalarStyle::Literal => Kind::Literal,
            ScalarStyle::Folded => Kind::Folded,
            _ => Kind::Plain,
        };
        self.last = range.end;
        self.push(kind, range.clone());
        let index = self.tokens.len() - 1;
        let mut value = value;
        if matches!(kind, Kind::Literal | Kind::Folded) {
            self.tokens[index] = self.block(self.tokens[index]);
            if range.end == self.source.len() && !is_closed(self.source) {
                self.reopen(&mut value, self.tokens[index]);
            }
        }
        if decode::value(self.source, &self.tokens[index]) != value {
            self.given.insert(offset(index), value);
        }
    }

    /// Reads the header of a block scalar again.
    fn block(&self, token: Token) -> Token {
        let bytes = &self.source.as_bytes()[..token.end as usize];
        let header = Header::read(bytes, token.start as usize);
        match header.and_then(|header| Some((header.indent(bytes, token.parent)?, header))) {
            Some((indent, Header { chomp, body, .. })) => {
                Token { chomp, body: offset(body), indent: offset(indent), ..token }
            }
            None => Token { body: token.end, ..token },
        }
    }

    /// Takes back from a block scalar the line end that [`events`] added to the text.
    fn reopen(&self, value: &mut String, token: Token) {
        let lines = self.source[token.start as usize..].replace(is_break, "\n");
        let header = Header::read(lines.as_bytes(), 0);
        let indent = header.as_ref().and_then(|header| header.indent(lines.as_bytes(), token.parent));
        let (Some(Header { chomp, .. }), Some(indent)) = (header, indent) else { return };
        let line = lines.rsplit('\n').next().unwrap_or_default();
        let blank = line.len() <= indent && line.bytes().all(|byte| byte == b' ');
        if chomp > 0 || (chomp == 0 && !blank) {
            value.truncate(value.strip_suffix('\n').map_or(value.len(), str::len));
        }
    }

    fn begin(
        &mut self,
        kind: Kind,
        range: &Range<usize>,
        style: Style,
        count: usize,
    ) -> Result<(), SyntaxError> {
        let start = self.content(range.start, count);
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(start));
        }
        self.push(kind, start..start);
        let token = self.tokens.len() - 1;
        self.tokens[token].flow |= style != Style::Block;
        let around = self.open.last().map_or(-1, |open| open.indent);
        let indent = if style == Style::Block { column(self.source, start) } else { around };
        if style == Style::Flow {
            self.last = start + 1;
        }
        self.open.push(Open { token, indent, style, key: kind == Kind::Map });
        Ok(())
    }

    fn end(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        match open.style {
            Style::Flow => self.last = end,
            Style::Block | Style::Pair => {}
        }
        let next = offset(self.tokens.len());
        let token = &mut self.tokens[open.token];
        (token.end, token.next) = (offset(self.last), next);
    }
}

fn count(anchor: Option<&String>, tag: Option<&String>) -> usize {
    usize::from(anchor.is_some()) + usize::from(tag.is_some())
}

/// Returns the end of the last thing before `to` that is neither blank nor comment: an indicator.
fn last_before(source: &str, from: usize, to: usize) -> usize {
    let mut last = from;
    loop {
        let at = after_gap(source, last);
        match source[at..].chars().next() {
            Some(indicator) if at < to => last = at + indicator.len_utf8(),
            _ => return last,
        }
    }
}

/// Returns the offset behind blanks, line ends and comments. A byte order mark is skipped where a line begins.
fn after_gap(source: &str, from: usize) -> usize {
    let mut at = from;
    let mut comment = false;
    for character in source[from..].chars() {
        let is_mark = character == '\u{FEFF}' && source[..at].chars().next_back().is_none_or(is_break);
        comment = (comment || character == '#') && !is_break(character);
        if !comment && !is_break(character) && !is_mark && !matches!(character, ' ' | '\t') {
            break;
        }
        at += character.len_utf8();
    }
    at
}

fn tag_end(source: &str, start: usize) -> usize {
    let tag = &source[start..];
    if tag.starts_with("!<") {
        return start + tag.find('>').map_or(tag.len(), |at| at + 1);
    }
    start + tag.find(|next| is_break(next) || matches!(next, ' ' | '\t' | ',')).unwrap_or(tag.len())
}

fn column(source: &str, at: usize) -> i32 {
    let begin = place(source, Mark::default());
    let line = source[begin..at].rsplit(is_break).next().unwrap_or_default();
    i32::try_from(line.chars().count()).unwrap_or(i32::MAX)
}
