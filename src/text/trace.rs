//! Text that knows which source bytes each of its characters came from.
//!
//! A [`Text`] is a range of a *layer*: one decoded stretch of text, such as a whole file, an unescaped YAML
//! scalar, a JSON string inside that scalar, or an answer joined from two hundred stream deltas. A layer keeps
//! the text outside it and its [`Spelling`]; the map between the two is computed only when somebody asks where
//! a character stands, so reading costs no more than decoding.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use smallvec::{SmallVec, smallvec};

use super::edit::Change;

/// Number of a source: a file, or another file that belongs to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A range of bytes of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The source that holds the bytes.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// A stretch of a layer's value and the bytes of the outer text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Range in the layer's value.
    pub value: Range<usize>,
    /// Range in the outer text.
    pub outer: Range<usize>,
    /// Whether both ranges hold the same bytes, so that the run can be cut anywhere. Otherwise it is one escape.
    pub verbatim: bool,
}

/// The runs of a layer. Most layers are one scalar without an escape: one run.
pub type Runs = SmallVec<[Run; 1]>;

impl Run {
    /// Returns the outer bytes of the part of `range` that lies in this run: an escape is never cut.
    pub(super) fn outer_of(&self, range: &Range<usize>) -> Range<usize> {
        if !self.verbatim {
            return self.outer.clone();
        }
        let start = range.start.max(self.value.start) - self.value.start;
        let end = range.end.min(self.value.end) - self.value.start;
        self.outer.start + start..self.outer.start + end.max(start)
    }
}

/// How the characters of a layer are spelled in the text outside it.
pub trait Spelling: fmt::Debug + Send + Sync {
    /// Returns the name of the spelling, the same for every layer spelled this way.
    fn name(&self) -> &'static str;

    /// Returns the runs of the value in order; between them they cover the whole value.
    fn runs(&self, outer: &[u8]) -> Runs;

    /// Returns the changes to the outer text that make it read as the value with `changes` applied.
    ///
    /// The changes are sorted and do not overlap.
    ///
    /// # Errors
    /// [`Unspellable`] where this spelling cannot hold the new value.
    fn respell(
        &self,
        outer: &[u8],
        value: &[u8],
        runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable>;
}

/// A value that a spelling cannot hold, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unspellable(pub String);

/// What becomes of the runs with an empty value, such as a YAML line continuation, inside a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// They stay: the first run takes the new text, the rest of the change is deleted around them.
    Keep,
    /// They go: the change is one piece.
    Drop,
}

/// Returns the changes to the outer text for spellings in which each character stands for itself or is escaped.
///
/// A change that cuts an escape writes the rest of the escape anew. `empty` is the place in the outer text where
/// the first character of an empty value goes.
pub fn respell_runs(
    value: &[u8],
    runs: &[Run],
    changes: &[Change],
    empty: usize,
    gaps: Gaps,
    escape: impl Fn(&str) -> String,
) -> Vec<Change> {
    let mut respelled: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        let range = &change.range;
        let first = runs.partition_point(|run| run.value.end <= range.start);
        let at = match runs.get(first) {
            // An insertion at the very end of the value has no run behind it.
            None => Some(runs.last().map_or(empty, |run| run.outer.end)),
            Some(head) if range.is_empty() && range.start <= head.value.start => Some(head.outer.start),
            Some(_) => None,
        };
        if let Some(at) = at {
            respelled.push(Change { range: at..at, new: escape(change.text()).into_bytes() });
            continue;
        }
        let last =
            first + runs[first..].partition_point(|run| run.value.start < range.end.max(range.start + 1)) - 1;
        let (head, tail) = (&runs[first], &runs[last]);
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for run in &runs[first..=last] {
            let part = run.outer_of(range);
            match pieces.last_mut() {
                _ if gaps == Gaps::Keep && run.value.is_empty() => {}
                Some(piece) if gaps == Gaps::Drop || piece.end == part.start => piece.end = part.end,
                _ => pieces.push(part),
            }
        }
        let mut new = String::new();
        if !head.verbatim && head.value.start < range.start {
            new += &String::from_utf8_lossy(&value[head.value.start..range.start]);
        }
        new += change.text();
        if !tail.verbatim && range.end < tail.value.end {
            new += &String::from_utf8_lossy(&value[range.end..tail.value.end]);
        }
        let mut news = std::iter::once(escape(&new).into_bytes());
        let pieces = pieces.into_iter();
        respelled.extend(pieces.map(|range| Change { range, new: news.next().unwrap_or_default() }));
    }
    respelled
}

/// The value of a layer: text, or bytes that are no UTF-8.
#[derive(Debug)]
enum Value {
    Text(String),
    Bytes(Vec<u8>),
    /// Text that stands so, in this range of the text outside.
    Verbatim(Range<usize>),
}

/// Where a layer came from.
#[derive(Debug)]
pub(super) enum Origin {
    /// The bytes of a source, as they are.
    Source(SourceId),
    /// Decoded from the text outside it.
    Spelled { outer: Slice, spelling: Box<dyn Spelling>, runs: OnceLock<Runs> },
    /// Joined from parts; each with its start in the value.
    Joined(Vec<(usize, Slice)>),
    /// Made by this program: no source holds it.
    Made,
}

#[derive(Debug)]
pub(super) struct Layer {
    value: Value,
    pub(super) origin: Origin,
    /// Number of layers between this one and the source.
    pub(super) depth: u32,
}

impl Layer {
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.value {
            Value::Bytes(bytes) => bytes,
            Value::Text(_) | Value::Verbatim(_) => self.text().unwrap_or_default().as_bytes(),
        }
    }

    #[inline]
    fn text(&self) -> Option<&str> {
        match (&self.value, &self.origin) {
            (Value::Text(text), _) => Some(text),
            (Value::Verbatim(range), Origin::Spelled { outer, .. }) => {
                outer.layer.text()?.get(outer.start + range.start..outer.start + range.end)
            }
            (Value::Bytes(_) | Value::Verbatim(_), _) => None,
        }
    }

    pub(super) fn is_text(&self) -> bool {
        !matches!(self.value, Value::Bytes(_))
    }

    /// Gives the source spans of a range of this layer to `take`, in order.
    fn spans(&self, range: Range<usize>, take: &mut dyn FnMut(Span)) {
        match &self.origin {
            Origin::Source(source) => take(Span { source: *source, start: range.start, end: range.end }),
            Origin::Spelled { outer, spelling, runs } => {
                let runs = runs.get_or_init(|| spelling.runs(outer.bytes()));
                let first = runs.partition_point(|run| run.value.end <= range.start);
                // An empty range behind the last character still has a place.
                let first = if range.is_empty() { first.min(runs.len().saturating_sub(1)) } else { first };
                let inside = |run: &&Run| run.value.start < range.end || run.value.start == range.start;
                let mut found = false;
                for run in runs[first..].iter().take_while(inside) {
                    let part = run.outer_of(&range);
                    outer.layer.spans(outer.start + part.start..outer.start + part.end, take);
                    found = true;
                }
                if !found {
                    outer.layer.spans(outer.start..outer.end, take);
                }
            }
            Origin::Joined(parts) => {
                for (part, inside) in overlapping(parts, &range) {
                    part.layer.spans(part.start + inside.start..part.start + inside.end, take);
                }
            }
            Origin::Made => {}
        }
    }
}

/// Returns the parts that hold `range` of a joined value, each with the range inside the part.
pub(super) fn overlapping<'p>(
    parts: &'p [(usize, Slice)],
    range: &Range<usize>,
) -> impl Iterator<Item = (&'p Slice, Range<usize>)> {
    let range = range.clone();
    let first = parts.partition_point(|(start, part)| start + part.len() <= range.start);
    let first = if range.is_empty() { first.min(parts.len().saturating_sub(1)) } else { first };
    parts[first..].iter().take_while(move |(start, _)| *start < range.end || *start == range.start).map(
        move |(start, part)| {
            let from = range.start.max(*start) - start;
            (part, from.min(part.len())..(range.end.saturating_sub(*start)).min(part.len()))
        },
    )
}

/// A range of bytes of a layer.
#[derive(Clone)]
pub struct Slice {
    pub(super) layer: Arc<Layer>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.bytes()))
    }
}

impl Slice {
    fn new(value: Value, origin: Origin) -> Self {
        let depth = match &origin {
            Origin::Source(_) | Origin::Made => 0,
            Origin::Spelled { outer, .. } => outer.layer.depth + 1,
            Origin::Joined(parts) => parts.iter().map(|(_, part)| part.layer.depth + 1).max().unwrap_or(0),
        };
        let layer = Arc::new(Layer { value, origin, depth });
        let end = layer.bytes().len();
        Self { layer, start: 0, end }
    }

    /// Returns the whole of a source.
    #[must_use]
    pub fn source(id: SourceId, bytes: Vec<u8>) -> Self {
        Self::new(value_of(bytes), Origin::Source(id))
    }

    /// Returns a value decoded from `outer`.
    #[must_use]
    pub fn spelled(outer: Self, spelling: impl Spelling + 'static, value: Vec<u8>) -> Self {
        let spelling = Box::new(spelling);
        Self::new(value_of(value), Origin::Spelled { outer, spelling, runs: OnceLock::new() })
    }

    /// Returns parts one behind the other, such as the chunks of a body that a recorder keeps apart.
    #[must_use]
    pub fn joined(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let mut value = Vec::new();
        let mut placed = Vec::with_capacity(parts.len());
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let start = value.len();
            value.extend_from_slice(part.bytes());
            placed.push((start, part));
        }
        Self::new(value_of(value), Origin::Joined(placed))
    }

    /// Returns the length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Returns whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.layer.bytes()[self.start..self.end]
    }

    /// Returns whether the bytes are those of a source, not decoded from others.
    #[must_use]
    pub fn is_source(&self) -> bool {
        self.source_id().is_some()
    }

    /// Returns the source whose bytes these are, unless they are decoded from others.
    #[must_use]
    pub fn source_id(&self) -> Option<SourceId> {
        match self.layer.origin {
            Origin::Source(id) => Some(id),
            _ => None,
        }
    }

    /// Returns what the value that this slice is the whole of was decoded from.
    #[must_use]
    pub fn outer(&self) -> Option<&Self> {
        match &self.layer.origin {
            Origin::Spelled { outer, .. } if self.len() == self.layer.bytes().len() => Some(outer),
            _ => None,
        }
    }

    /// Returns whether these bytes stand among others that are no text: in something compressed, in binary frames.
    #[must_use]
    pub fn is_in_binary(&self) -> bool {
        match &self.layer.origin {
            Origin::Spelled { outer, .. } => {
                (!outer.layer.is_text() && !outer.is_source()) || outer.is_in_binary()
            }
            Origin::Joined(parts) => parts.iter().any(|(_, part)| part.is_in_binary()),
            Origin::Source(_) | Origin::Made => false,
        }
    }

    /// Returns a part of this slice; `range` counts from its start.
    ///
    /// # Panics
    /// If the range reaches past the end.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && self.start + range.end <= self.end, "a slice stays inside");
        Self { layer: Arc::clone(&self.layer), start: self.start + range.start, end: self.start + range.end }
    }

    /// Returns the slice as text, if it is UTF-8: it may be the text in a file that also holds other bytes.
    #[must_use]
    pub fn text(&self) -> Option<Text> {
        if let Some(value) = self.layer.text() {
            let fits = value.is_char_boundary(self.start) && value.is_char_boundary(self.end);
            return fits.then(|| Text { slice: self.clone() });
        }
        let value = std::str::from_utf8(self.bytes()).ok()?.to_owned();
        Some(Text::spelled(self.clone(), AsIs, value))
    }

    /// Returns the source bytes of the outermost texts that hold this: those of a whole scalar of a file, say. They are
    /// known without a look at how the text is spelled in it.
    #[must_use]
    pub fn outermost(&self) -> Option<Span> {
        match &self.layer.origin {
            Origin::Source(source) => Some(Span { source: *source, start: self.start, end: self.end }),
            Origin::Spelled { outer, .. } => outer.outermost(),
            Origin::Joined(parts) => {
                // Some recorders leave out what stands between the parts.
                let first = parts.iter().find_map(|(_, part)| part.outermost())?;
                let last = parts.iter().rev().find_map(|(_, part)| part.outermost())?;
                Some(Span { start: first.start.min(last.start), end: first.end.max(last.end), ..first })
            }
            Origin::Made => None,
        }
    }

    /// Returns the span from the first to the last source byte, if a source holds any of it.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        let mut whole: Option<Span> = None;
        self.layer.spans(self.start..self.end, &mut |span| match &mut whole {
            Some(whole) if whole.source == span.source => whole.end = whole.end.max(span.end),
            Some(_) => {}
            None => whole = Some(span),
        });
        whole
    }
}

fn value_of(bytes: Vec<u8>) -> Value {
    match String::from_utf8(bytes) {
        Ok(text) => Value::Text(text),
        Err(error) => Value::Bytes(error.into_bytes()),
    }
}

/// A string that knows which source bytes each of its characters came from. Cloning is cheap.
#[derive(Clone)]
pub struct Text {
    pub(super) slice: Slice,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl PartialEq for Text {
    /// Texts are equal if they read alike, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl From<Text> for Slice {
    fn from(text: Text) -> Self {
        text.slice
    }
}

impl Text {
    pub(super) fn new(value: String, origin: Origin) -> Self {
        Self { slice: Slice::new(Value::Text(value), origin) }
    }

    /// Returns the whole of a source that is text.
    #[must_use]
    pub fn source(id: SourceId, value: String) -> Self {
        Self::new(value, Origin::Source(id))
    }

    /// Returns a value decoded from `outer`.
    #[must_use]
    pub fn spelled(outer: Slice, spelling: impl Spelling + 'static, value: String) -> Self {
        let spelling = Box::new(spelling);
        Self::new(value, Origin::Spelled { outer, spelling, runs: OnceLock::new() })
    }

    /// Returns a value that stands in `outer` as it reads, in a range of it: an escape is rare, so most do, and nothing
    /// is copied.
    #[must_use]
    pub fn verbatim(outer: Self, spelling: impl Spelling + 'static, range: Range<usize>) -> Self {
        let (outer, spelling) = (outer.slice, Box::new(spelling));
        let (depth, end) = (outer.layer.depth + 1, range.len());
        let origin = Origin::Spelled { outer, spelling, runs: OnceLock::new() };
        let layer = Arc::new(Layer { value: Value::Verbatim(range), origin, depth });
        Self { slice: Slice { layer, start: 0, end } }
    }

    /// Returns text that no source holds.
    #[must_use]
    pub fn made(value: impl Into<String>) -> Self {
        Self::new(value.into(), Origin::Made)
    }

    /// Returns the characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.slice.layer.text().map_or("", |value| &value[self.slice.start..self.slice.end])
    }

    /// Returns the length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slice.end - self.slice.start
    }

    /// Returns whether there are no characters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a part of this text; `range` counts bytes from its start.
    ///
    /// # Panics
    /// If the range reaches past the end or cuts a character.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let slice = self.slice.slice(range);
        slice.text().expect("a slice of text is cut between characters")
    }

    /// Returns the pieces that the text is joined from, in order; only itself if it is in one piece.
    #[must_use]
    pub fn pieces(&self) -> Vec<Self> {
        let Slice { layer, start, end } = &self.slice;
        let Origin::Joined(parts) = &layer.origin else { return vec![self.clone()] };
        let range = *start..*end;
        let parts = overlapping(parts, &range).map(|(part, inside)| part.slice(inside));
        let parts = parts.filter(|part| !part.is_empty()).filter_map(|part| part.text());
        parts.flat_map(|part| part.pieces()).collect()
    }

    /// Returns the text as bytes of its layer.
    #[must_use]
    pub fn as_slice(&self) -> &Slice {
        &self.slice
    }

    /// Returns the source bytes of a range of the text, one span per unbroken run.
    #[must_use]
    pub fn spans(&self, range: Range<usize>) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let range = self.slice.start + range.start..self.slice.start + range.end;
        self.slice.layer.spans(range, &mut |span| match spans.last_mut() {
            Some(last) if last.source == span.source && last.end == span.start => last.end = span.end,
            _ => spans.push(span),
        });
        spans
    }

    /// Returns the span from the first to the last source byte, if a source holds any of it.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.slice.span()
    }
}

/// The spelling of text that stands among other bytes: every byte for itself.
#[derive(Debug)]
struct AsIs;

impl Spelling for AsIs {
    fn name(&self) -> &'static str {
        "text"
    }

    fn runs(&self, outer: &[u8]) -> Runs {
        smallvec![Run { value: 0..outer.len(), outer: 0..outer.len(), verbatim: true }]
    }

    fn respell(
        &self,
        _outer: &[u8],
        _value: &[u8],
        _runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        Ok(changes.to_vec())
    }
}
