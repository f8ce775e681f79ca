//! What differs between two recordings, as plain data: which interactions belong together, and what each pair says
//! differently.
//!
//! Bodies are compared as JSON by path, so that nothing they hold is passed over; what was said in them only names the
//! places. Streams are compared as the answers that they make, and what is left of their events beside. What is
//! different each time and means nothing is told apart by [`Class`].

mod align;
mod body;
mod class;
mod difference;
mod events;
mod http;
mod ids;
mod interactions;
mod json;
mod known;
mod notes;
mod reply;
mod said;
mod stream;
mod subject;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use crate::load::Recording;

pub use crate::scrub::walk::Side;
pub use class::{CLASSES, Class};
pub use difference::{Change, Difference, Severity, Value};
pub use known::Known;
pub use notes::{Note, all as notes};

use interactions::{Matched, Unit};
use json::Walk;
use notes::Notes;

/// How to compare.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Compare streams event by event.
    pub events: bool,
    /// On so many processors; none is one.
    pub threads: usize,
}

/// What differs between two recordings.
#[derive(Debug, Default)]
pub struct Diff {
    /// The interactions of both, in their order; those that differ in nothing, too.
    pub pairs: Vec<Pair>,
    /// What differs beside the interactions.
    pub beside: Vec<Difference>,
}

/// An interaction of the old recording and the one of the new that belongs to it, or one that stands alone. A turn of a
/// connection is one, by the number of its first message.
#[derive(Debug)]
pub struct Pair {
    /// Number of the interaction in the old recording.
    pub old: Option<usize>,
    /// Number of the interaction in the new recording.
    pub new: Option<usize>,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl Diff {
    /// Returns all differences, with the pair that each is of.
    pub fn all(&self) -> impl Iterator<Item = (Option<&Pair>, &Difference)> {
        let paired =
            self.pairs.iter().flat_map(|pair| pair.differences.iter().map(move |each| (Some(pair), each)));
        paired.chain(self.beside.iter().map(|each| (None, each)))
    }
}

/// Returns what differs between two recordings.
#[must_use]
pub fn compare(old: &Recording, new: &Recording, known: &Known, options: Options) -> Diff {
    let ids: HashSet<String> = said::ids(old).chain(said::ids(new)).collect();
    let fresh = || Walk::new(known, &ids);
    let (was, is) = (interactions::units(old), interactions::units(new));
    let items = |units| interactions::items(units, &mut fresh());
    let (one, other) = both(options, || items(&was), || items(&is));
    let matched = interactions::matched(&one, &other);
    let (left, right) = both(options, || notes::found(old), || notes::found(new));
    let mut walk = fresh();
    let Notes { mut by_pair, beside } = notes::compare((left, &was), (right, &is), &matched, &mut walk);
    // Each part of the pairs is compared for itself; what ids stand for is known when all are put together.
    let length = matched.len().div_ceil(options.threads.max(1)).max(FEW);
    let parts = matched.chunks(length).zip(by_pair.chunks_mut(length)).enumerate();
    let part = |(number, (matched, notes)): (usize, (&[Matched], &mut [Vec<Difference>]))| {
        let mut walk = fresh();
        let each = matched.iter().zip(notes).enumerate().map(|(at, (matched, notes))| {
            walk.pair = number * length + at;
            pair((&was, &is), *matched, std::mem::take(notes), &mut walk, options)
        });
        let pairs: Vec<Pair> = each.collect();
        (pairs, walk.renamed)
    };
    let done: Vec<_> = std::thread::scope(|scope| {
        let parts: Vec<_> = parts.collect();
        if parts.len() < 2 {
            return parts.into_iter().map(part).collect();
        }
        let part = &part;
        let running: Vec<_> = parts.into_iter().map(|each| scope.spawn(move || part(each))).collect();
        running
            .into_iter()
            .map(|each| each.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut diff = Diff { pairs: Vec::with_capacity(matched.len()), beside };
    for (mut pairs, renamed) in done {
        let numbers = walk.renamed.append(renamed);
        for difference in pairs.iter_mut().flat_map(|pair| &mut pair.differences) {
            // Notes know the numbers of the whole already.
            if difference.side != Side::Note {
                difference.renaming = difference.renaming.map(|number| numbers[number]);
            }
        }
        diff.pairs.append(&mut pairs);
    }
    ids::settle(&mut diff, &walk.renamed);
    tell_once(&mut diff);
    diff
}

/// Fewer pairs are not worth a thread.
const FEW: usize = 16;

/// Does two things, side by side if there is more than one processor.
fn both<T: Send>(options: Options, one: impl FnOnce() -> T + Send, other: impl FnOnce() -> T) -> (T, T) {
    if options.threads < 2 {
        return (one(), other());
    }
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), other)
    })
}

/// Returns what differs between two interactions that belong together, or that one stands alone.
fn pair(
    (was, is): (&[Unit<'_>], &[Unit<'_>]),
    matched: Matched,
    mut notes: Vec<Difference>,
    walk: &mut Walk<'_>,
    options: Options,
) -> Pair {
    let mut differences = Vec::new();
    let (old, new) = (matched.old.map(|at| &was[at]), matched.new.map(|at| &is[at]));
    match (old, new) {
        (Some(one), Some(other)) => {
            if matched.moved {
                differences.push(Difference::interaction(Change::Moved));
            }
            differences.extend(body::compare(one, other, walk, options));
            notes.retain(|note| !is_copy(note, &differences));
            differences.append(&mut notes);
        }
        (Some(_), None) => differences.push(Difference::interaction(Change::Removed(Value::Nothing))),
        (None, _) => differences.push(Difference::interaction(Change::Added(Value::Nothing))),
    }
    Pair { old: old.map(|unit| unit.first), new: new.map(|unit| unit.first), differences }
}

/// Returns a number that recordings share if they make the same requests: one of them is the other under a new name.
#[must_use]
pub fn likeness(recording: &Recording, known: &Known) -> u64 {
    let ids = said::ids(recording).collect();
    interactions::likeness(recording, &mut Walk::new(known, &ids))
}

/// Returns whether a note says once more what differs already, such as the status in words.
fn is_copy(note: &Difference, told: &[Difference]) -> bool {
    let text = |value: Option<&Value>| value.map(Value::key);
    let (old, new) = (text(note.change.was()), text(note.change.is()));
    note.class == Class::Note
        && told.iter().take(NEAR).any(|other| {
            let holds = |whole: Option<String>, part: &Option<String>| match (whole, part) {
                (Some(whole), Some(part)) => {
                    !part.is_empty() && (whole.contains(part.as_str()) || part.starts_with(&whole))
                }
                (_, None) => true,
                (None, Some(_)) => false,
            };
            let status = other.class == Class::Status && note.place.to_ascii_lowercase().contains("status");
            !other.class.is_noise()
                && (status || holds(text(other.change.was()), &old) && holds(text(other.change.is()), &new))
        })
}

/// Marks what was told already: an answer that came out differently is sent back with every request that follows, and
/// some providers say a thing twice, or repeat in the answer what was asked.
fn tell_once(diff: &mut Diff) {
    let mut told: HashMap<(String, String, String), usize> = HashMap::new();
    for (at, pair) in diff.pairs.iter_mut().enumerate() {
        let mut here: HashSet<(String, String)> = HashSet::new();
        for difference in &mut pair.differences {
            let Some((old, new)) = difference.told().filter(|_| !difference.class.is_noise()) else {
                continue;
            };
            let answered = difference.side == Side::Response;
            // What is said is the same wherever it stands, anything else only at the same place.
            let spot = if difference.is_said() { String::new() } else { difference.place.clone() };
            let first = *told.entry((spot, old.clone(), new.clone())).or_insert(at);
            // An answer is one of its own, but for what stands around it.
            let around = matches!(difference.class, Class::Header | Class::Model | Class::Body);
            let earlier = Some(first).filter(|first| *first < at && (!answered || around));
            // Numbers and words such as `true` are the same by chance.
            let long = old.len().max(new.len()) > LONG;
            let twice = !here.insert((old, new)) && answered && long;
            difference.told_at = earlier.or(twice.then_some(at));
        }
    }
}

/// A copy is looked for among so many differences.
const NEAR: usize = 400;

/// Longer values are not the same by chance.
const LONG: usize = 16;
