//! Edits: new text for a range of any [`Text`], followed through every layer back to the bytes of the file.
//!
//! An edit is data. [`lift`] takes all edits of a file, innermost layer first, and asks each layer's spelling what
//! must be written outside so that the inside reads as wanted; what arrives at a source is applied by [`splice`].

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::trace::{Layer, Origin, Slice, SourceId, Text, Unspellable, overlapping};

/// New text for a piece of traced text.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub at: Text,
    /// What it is replaced with.
    pub new: String,
}

impl Edit {
    /// Returns the edit that replaces `range` of `text`.
    #[must_use]
    pub fn replace(text: &Text, range: Range<usize>, new: impl Into<String>) -> Self {
        Self { at: text.slice(range), new: new.into() }
    }
}

/// New bytes for a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is replaced; empty for an insertion.
    pub range: Range<usize>,
    /// What it is replaced with.
    pub new: Vec<u8>,
}

impl Change {
    /// Returns the new bytes as text; [`lift`] gives text layers nothing else.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.new).unwrap_or_default()
    }
}

/// Why edits could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Two edits want the same bytes: the first range, and the second.
    Overlap(Range<usize>, Range<usize>),
    /// A layer cannot hold the new value.
    Unspellable(Unspellable),
    /// The text was made by this program and stands in no file.
    Untraced,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overlap(a, b) => {
                write!(f, "two edits want the same bytes ({}..{} and {}..{})", a.start, a.end, b.start, b.end)
            }
            Self::Unspellable(Unspellable(why)) => write!(f, "the place cannot hold the new text: {why}"),
            Self::Untraced => write!(f, "the text stands in no file"),
        }
    }
}

impl std::error::Error for Refused {}

/// What [`lift`] makes of edits: per source, what to write and what must be read back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifted {
    /// The byte changes, sorted, apart from each other.
    pub changes: Vec<Change>,
    /// The scalars of the file that change: their range in the old source, and the value that must be read back.
    pub values: Vec<(Range<usize>, String)>,
}

/// Names a layer by its place, so that two decodings of one scalar count as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Step {
    Source(SourceId),
    Within(usize, usize, &'static str),
    Part(Vec<Step>),
    Made,
}

fn place(layer: &Layer) -> Vec<Step> {
    match &layer.origin {
        Origin::Source(id) => vec![Step::Source(*id)],
        Origin::Spelled { outer, spelling, .. } => {
            let mut steps = place(&outer.layer);
            steps.push(Step::Within(outer.start, outer.end, spelling.name()));
            steps
        }
        Origin::Joined(parts) => {
            let part = |(_, part): &(usize, Slice)| {
                let mut steps = place(&part.layer);
                steps.push(Step::Within(part.start, part.end, "part"));
                Step::Part(steps)
            };
            parts.iter().map(part).collect()
        }
        Origin::Made => vec![Step::Made],
    }
}

impl Text {
    /// Returns whether this text and another hold characters at the same place of the same layer; what is joined is
    /// looked at piece by piece.
    #[must_use]
    pub fn shares(&self, other: &Self) -> bool {
        shared(self.as_slice(), other.as_slice())
    }
}

fn shared(a: &Slice, b: &Slice) -> bool {
    match (&a.layer.origin, &b.layer.origin) {
        (Origin::Joined(parts), _) => {
            let range = a.start..a.end;
            overlapping(parts, &range).any(|(part, inside)| shared(&part.slice(inside), b))
        }
        (_, Origin::Joined(_)) => shared(b, a),
        _ => {
            let near = a.layer.depth == b.layer.depth && a.start < b.end && b.start < a.end;
            near && place(&a.layer) == place(&b.layer)
        }
    }
}

/// Returns of each of some texts whether it lies under another one: that stands in a layer further out, over some of
/// the characters that this one is written with. Both cannot be edited at once.
#[must_use]
pub fn covered(texts: &[&Text]) -> Vec<bool> {
    let mut keys = HashMap::new();
    let mut own: HashMap<Arc<Key>, Vec<Range<usize>>> = HashMap::new();
    for Slice { layer, start, end } in texts.iter().map(|text| text.as_slice()) {
        own.entry(known(&mut keys, layer)).or_default().push(*start..*end);
    }
    for ranges in own.values_mut() {
        ranges.sort_unstable_by_key(|range| range.start);
        // Each one's end becomes that of all up to it.
        let mut end = 0;
        for range in ranges {
            end = end.max(range.end);
            range.end = end;
        }
    }
    let is_taken = |keys: &mut _, slice: &Slice| {
        let Some(ranges) = own.get(&known(keys, &slice.layer)) else { return false };
        let before = ranges.partition_point(|range| range.start < slice.end);
        before > 0 && ranges[before - 1].end > slice.start
    };
    let is_covered = |text: &&Text| {
        let mut next = Vec::new();
        text.as_slice().outward(&mut next);
        while let Some(slice) = next.pop() {
            if is_taken(&mut keys, &slice) {
                return true;
            }
            slice.outward(&mut next);
        }
        false
    };
    texts.iter().map(is_covered).collect()
}

/// Returns the key of a layer, worked out once for each.
fn known(keys: &mut HashMap<*const Layer, Arc<Key>>, layer: &Arc<Layer>) -> Arc<Key> {
    Arc::clone(keys.entry(Arc::as_ptr(layer)).or_insert_with(|| Arc::new(key(layer))))
}

/// Names a layer among all layers, the innermost last.
type Key = (u32, Vec<Step>);

fn key(layer: &Layer) -> Key {
    (layer.depth, place(layer))
}

/// The layers still to be lifted, each with the changes to its value.
type Pending = BTreeMap<Key, (Arc<Layer>, Vec<Change>)>;

fn push(pending: &mut Pending, layer: &Arc<Layer>, change: Change) {
    pending.entry(key(layer)).or_insert_with(|| (Arc::clone(layer), Vec::new())).1.push(change);
}

/// Edits that were followed to their sources: what to write there, and what each layer on the way reads as then.
#[derive(Debug, Default)]
pub struct Lifting {
    /// What becomes of each source.
    pub sources: BTreeMap<SourceId, Lifted>,
    layers: BTreeMap<Key, Vec<Change>>,
    /// The values in layers that are no sources, by the layer that spells them.
    values: BTreeMap<Key, Vec<(Range<usize>, String)>>,
}

impl Lifting {
    /// Returns what a slice is to read as, or nothing if that is not known: it was made by this program, or something
    /// outside its layer changed that the edits do not tell it of.
    #[must_use]
    pub fn value(&self, slice: &Slice) -> Option<Vec<u8>> {
        if matches!(slice.layer.origin, Origin::Made) { None } else { self.part(slice) }
    }

    /// Returns the scalars in a text that change, as [`Lifted::values`] has those of a source.
    #[must_use]
    pub fn values_in(&self, text: &Text) -> Vec<(Range<usize>, String)> {
        let Slice { layer, start, end } = text.as_slice();
        let values = match &layer.origin {
            Origin::Source(id) => self.sources.get(id).map(|lifted| &lifted.values),
            Origin::Spelled { .. } | Origin::Joined(_) | Origin::Made => self.values.get(&key(layer)),
        };
        let inside = |(range, _): &&(Range<usize>, String)| *start <= range.start && range.end <= *end;
        let own =
            |(range, value): &(Range<usize>, String)| (range.start - start..range.end - start, value.clone());
        values.into_iter().flatten().filter(inside).map(own).collect()
    }

    /// Returns the same of a slice that may be a part of another: what was made between recorded parts stays.
    fn part(&self, slice: &Slice) -> Option<Vec<u8>> {
        let bytes = || Some(slice.bytes().to_vec());
        match &slice.layer.origin {
            Origin::Made => bytes(),
            Origin::Joined(parts) => {
                let range = slice.start..slice.end;
                let parts = overlapping(parts, &range).map(|(part, inside)| self.part(&part.slice(inside)));
                Some(parts.collect::<Option<Vec<_>>>()?.concat())
            }
            Origin::Source(id) => match self.sources.get(id) {
                Some(lifted) => changed(slice, &lifted.changes),
                None => bytes(),
            },
            Origin::Spelled { outer, .. } => match self.layers.get(&key(&slice.layer)) {
                Some(changes) => changed(slice, changes),
                None => self.part(outer).filter(|new| new == outer.bytes()).and_then(|_| bytes()),
            },
        }
    }
}

/// Returns a slice with those changes made that its layer has inside it; nothing if one reaches over its ends.
fn changed(slice: &Slice, changes: &[Change]) -> Option<Vec<u8>> {
    let mut inside = Vec::new();
    let first = changes.partition_point(|change| change.range.end < slice.start);
    for Change { range, new } in changes[first..].iter().take_while(|change| change.range.start <= slice.end)
    {
        if slice.start <= range.start && range.end <= slice.end {
            inside
                .push(Change { range: range.start - slice.start..range.end - slice.start, new: new.clone() });
        } else if range.start < slice.end && slice.start < range.end {
            return None;
        }
    }
    Some(apply(slice.bytes(), &inside))
}

/// Follows edits back to the sources that hold their text.
///
/// Equal edits collapse, whichever layer they were made in.
///
/// # Errors
/// [`Refused`] if two edits want the same bytes, or a layer cannot hold the new text.
pub fn lift(edits: Vec<Edit>) -> Result<BTreeMap<SourceId, Lifted>, Refused> {
    lift_through(edits).map(|lifting| lifting.sources)
}

/// Follows edits back to the sources that hold their text, and keeps what each layer on the way becomes.
///
/// # Errors
/// As [`lift`].
pub fn lift_through(edits: Vec<Edit>) -> Result<Lifting, Refused> {
    let mut pending = Pending::new();
    for edit in edits {
        let Slice { layer, start, end } = edit.at.into();
        push(&mut pending, &layer, Change { range: start..end, new: edit.new.into_bytes() });
    }
    follow(pending)
}

/// Follows changes to the bytes of one slice back to the sources that hold them.
///
/// # Errors
/// As [`lift`].
pub fn lift_bytes(slice: &Slice, changes: Vec<Change>) -> Result<BTreeMap<SourceId, Lifted>, Refused> {
    let mut pending = Pending::new();
    for Change { range, new } in changes {
        push(
            &mut pending,
            &slice.layer,
            Change { range: slice.start + range.start..slice.start + range.end, new },
        );
    }
    follow(pending).map(|lifting| lifting.sources)
}

fn follow(mut pending: Pending) -> Result<Lifting, Refused> {
    let Lifting { sources: mut lifted, mut layers, mut values } = Lifting::default();
    while let Some((place, (layer, changes))) = pending.pop_last() {
        let value = layer.bytes();
        let changes = reduced(value, in_order(value, changes)?);
        if changes.is_empty() {
            continue;
        }
        match &layer.origin {
            Origin::Source(id) => lifted.entry(*id).or_default().changes = changes,
            Origin::Made => return Err(Refused::Untraced),
            Origin::Joined(parts) => {
                for change in changes {
                    for (part, change) in shares(parts, change, layer.is_text())? {
                        push(&mut pending, &part.layer, change);
                    }
                }
            }
            Origin::Spelled { outer, spelling, runs } => {
                if layer.is_text() && changes.iter().any(|change| std::str::from_utf8(&change.new).is_err()) {
                    let why = "text cannot hold bytes that are no UTF-8".to_owned();
                    return Err(Refused::Unspellable(Unspellable(why)));
                }
                let runs = runs.get_or_init(|| spelling.runs(outer.bytes()));
                let respelled =
                    spelling.respell(outer.bytes(), value, runs, &changes).map_err(Refused::Unspellable)?;
                if outer.layer.is_text() || outer.is_source() {
                    let new = apply(value, &changes);
                    let new = (outer.start..outer.end, String::from_utf8_lossy(&new).into_owned());
                    match outer.layer.origin {
                        Origin::Source(id) => lifted.entry(id).or_default().values.push(new),
                        _ => values.entry(key(&outer.layer)).or_insert_with(Vec::new).push(new),
                    }
                }
                for Change { range, new } in respelled {
                    let range = outer.start + range.start..outer.start + range.end;
                    push(&mut pending, &outer.layer, Change { range, new });
                }
                layers.insert(place, changes);
            }
        }
    }
    for lifted in lifted.values_mut() {
        lifted.values.sort_by_key(|(range, _)| range.start);
    }
    Ok(Lifting { sources: lifted, layers, values })
}

/// Returns what each part of a joined value gets of a change.
///
/// The first piece of text takes all that is new, so that no word is torn and no reader meets half of it. Pieces of
/// bytes keep their lengths, as far as there is something left for them: they are chunks of one compressed stream.
fn shares(parts: &[(usize, Slice)], change: Change, is_text: bool) -> Result<Vec<(&Slice, Change)>, Refused> {
    let mut touched = overlapping(parts, &change.range).peekable();
    if touched.peek().is_none() {
        return Err(Refused::Untraced);
    }
    let mut rest = change.new;
    let mut shares = Vec::new();
    while let Some((part, inside)) = touched.next() {
        let takes_all = is_text || touched.peek().is_none();
        let after = rest.split_off(if takes_all { rest.len() } else { inside.len().min(rest.len()) });
        let range = part.start + inside.start..part.start + inside.end;
        shares.push((part, Change { range, new: std::mem::replace(&mut rest, after) }));
    }
    Ok(shares)
}

/// Sorts changes and drops repeated ones, also if one of them repeats more of the old bytes at its ends.
fn in_order(value: &[u8], mut changes: Vec<Change>) -> Result<Vec<Change>, Refused> {
    changes.sort_by(|a, b| (a.range.start, a.range.end, &a.new).cmp(&(b.range.start, b.range.end, &b.new)));
    let mut kept: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        match kept.last() {
            // Two insertions at one place have no order, so they are refused like an overlap.
            Some(last) if change.range.start < last.range.end || change.range == last.range => {
                if trimmed(value, last) != trimmed(value, &change) {
                    return Err(Refused::Overlap(last.range.clone(), change.range));
                }
            }
            _ => kept.push(change),
        }
    }
    Ok(kept)
}

/// Reduces changes that are in order to what really changes.
fn reduced(value: &[u8], changes: Vec<Change>) -> Vec<Change> {
    let mut reduced: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        let change = trimmed(value, &change);
        match reduced.last_mut() {
            _ if change.range.is_empty() && change.new.is_empty() => {}
            // What remains of two neighbours may be insertions at one place; here their order is known.
            Some(last) if last.range == change.range => last.new.extend(change.new),
            _ => reduced.push(change),
        }
    }
    reduced
}

/// Leaves out what a change repeats of the old bytes at its ends, cutting only between characters.
fn trimmed(value: &[u8], change: &Change) -> Change {
    let old = &value[change.range.clone()];
    let boundary = |bytes: &[u8], at: usize| bytes.get(at).is_none_or(|byte| byte & 0xC0 != 0x80);
    let mut head = old.iter().zip(&change.new).take_while(|(a, b)| a == b).count();
    while head > 0 && !(boundary(old, head) && boundary(&change.new, head)) {
        head -= 1;
    }
    let (rest_old, rest_new) = (&old[head..], &change.new[head..]);
    let mut tail = rest_old.iter().rev().zip(rest_new.iter().rev()).take_while(|(a, b)| a == b).count();
    while tail > 0
        && !(boundary(rest_old, rest_old.len() - tail) && boundary(rest_new, rest_new.len() - tail))
    {
        tail -= 1;
    }
    Change {
        range: change.range.start + head..change.range.end - tail,
        new: rest_new[..rest_new.len() - tail].to_vec(),
    }
}

/// Applies changes that are in order.
fn apply(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for Change { range, new } in changes {
        out.extend_from_slice(&bytes[at..range.start]);
        out.extend_from_slice(new);
        at = range.end;
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

/// Applies changes to the bytes of a source. Equal changes collapse; overlapping ones are refused.
///
/// # Errors
/// [`Refused::Overlap`] names the first two ranges that share bytes.
pub fn splice(source: &[u8], changes: Vec<Change>) -> Result<Vec<u8>, Refused> {
    Ok(apply(source, &in_order(source, changes)?))
}
