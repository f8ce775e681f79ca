//! How one list of messages became another, without comparing each with each.
//!
//! What begins and ends alike is set aside; between, messages that stand once in both lists are the fixed points, as
//! in a patience diff. So the time does not grow with the square of the length, whatever the lists hold.

use std::collections::HashMap;
use std::hash::Hash;

/// A stretch of the new list and what it was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many messages stand in the old list, too.
    Kept(usize),
    /// The old list's last message, an answer, came back as so many messages.
    Answered(usize),
    /// Where so many messages stood, others stand now.
    Changed {
        /// How many stood there.
        was: usize,
        /// How many stand there.
        now: usize,
    },
    /// So many messages of the old list are gone.
    Dropped(usize),
    /// So many messages are new.
    Added(usize),
}

impl Step {
    /// Returns how many messages of the old list the step passes.
    #[must_use]
    pub fn was(self) -> usize {
        match self {
            Self::Kept(count) | Self::Dropped(count) | Self::Changed { was: count, .. } => count,
            Self::Answered(_) => 1,
            Self::Added(_) => 0,
        }
    }

    /// Returns how many messages of the new list the step passes.
    #[must_use]
    pub fn now(self) -> usize {
        match self {
            Self::Kept(count)
            | Self::Answered(count)
            | Self::Added(count)
            | Self::Changed { now: count, .. } => count,
            Self::Dropped(_) => 0,
        }
    }

    /// Returns whether its messages were said before.
    #[must_use]
    pub fn is_old(self) -> bool {
        matches!(self, Self::Kept(_) | Self::Answered(_))
    }
}

/// Adds a step; steps of nothing are left out, and equal ones run together.
pub(super) fn push(steps: &mut Vec<Step>, step: Step) {
    match (steps.last_mut(), step) {
        _ if step.was() + step.now() == 0 => {}
        (Some(Step::Kept(before)), Step::Kept(more))
        | (Some(Step::Added(before)), Step::Added(more))
        | (Some(Step::Dropped(before)), Step::Dropped(more)) => *before += more,
        _ => steps.push(step),
    }
}

/// Returns how one list became another; equal things are the same.
#[must_use]
pub fn align<T: Copy + Eq + Hash>(old: &[T], new: &[T]) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut was, mut now) = (0, 0);
    for (old_at, new_at) in fixed(old, new).into_iter().chain([(old.len(), new.len())]) {
        let ahead = alike(old[was..old_at].iter(), new[now..new_at].iter());
        // What stands before a fixed point and is the same goes with it.
        let back = alike(old[was + ahead..old_at].iter().rev(), new[now + ahead..new_at].iter().rev());
        let (old_gap, new_gap) = (old_at - back - was, new_at - back - now);
        push(&mut steps, Step::Kept(ahead));
        push(
            &mut steps,
            match (old_gap - ahead, new_gap - ahead) {
                (gone, 0) => Step::Dropped(gone),
                (0, more) => Step::Added(more),
                (was, now) => Step::Changed { was, now },
            },
        );
        push(&mut steps, Step::Kept(back));
        (was, now) = (old_at, new_at);
    }
    steps
}

fn alike<'d, T: Eq + 'd>(one: impl Iterator<Item = &'d T>, other: impl Iterator<Item = &'d T>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

/// Returns the places of messages that stand once in both lists, as many as come in the same order.
fn fixed<T: Copy + Eq + Hash>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let old_places = once(old);
    let new_places = once(new);
    let mut pairs: Vec<_> =
        old_places.iter().filter_map(|(digest, &was)| Some((was, *new_places.get(digest)?))).collect();
    pairs.sort_unstable();
    increasing(&pairs)
}

/// Returns the place of each thing that stands once in a list.
#[must_use]
pub fn once<T: Copy + Eq + Hash>(list: &[T]) -> HashMap<T, usize> {
    let mut places: HashMap<T, Option<usize>> = HashMap::new();
    for (at, digest) in list.iter().enumerate() {
        places.entry(*digest).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places.into_iter().filter_map(|(digest, place)| Some((digest, place?))).collect()
}

/// Returns the longest run of pairs, sorted by their first numbers, in which the second ones grow, too.
fn increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length the pair that ends a run of it with the smallest second number, and for each pair the one before.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < *second);
        before.push(length.checked_sub(1).map(|length| ends[length]));
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let last = ends.last().copied();
    let mut run: Vec<_> = std::iter::successors(last, |&at| before[at]).map(|at| pairs[at]).collect();
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::super::digest::Digest;
    use super::*;
    use crate::chat::{Message, Part, Role};
    use crate::text::Text;

    fn list(letters: &str) -> Vec<Digest> {
        let message = |letter: char| Message {
            role: Role::User,
            parts: vec![Part::Text(Text::made(letter.to_string()))],
        };
        letters.chars().map(|letter| Digest::of(&message(letter))).collect()
    }

    #[test]
    fn what_was_kept_changed_dropped_and_added_is_told() {
        use Step::{Added, Changed, Dropped, Kept};
        for (old, new, steps) in [
            ("abc", "abc", vec![Kept(3)]),
            ("abc", "abcd", vec![Kept(3), Added(1)]),
            ("abcde", "axcde", vec![Kept(1), Changed { was: 1, now: 1 }, Kept(3)]),
            ("abcde", "ade", vec![Kept(1), Dropped(2), Kept(2)]),
            ("abcde", "xcde", vec![Changed { was: 2, now: 1 }, Kept(3)]),
            ("acbc", "acxbc", vec![Kept(2), Added(1), Kept(2)]),
            ("aaaa", "aaa", vec![Kept(3), Dropped(1)]),
            ("abc", "cab", vec![Added(1), Kept(2), Dropped(1)]),
            ("", "a", vec![Added(1)]),
            ("a", "", vec![Dropped(1)]),
        ] {
            let found = align(&list(old), &list(new));
            assert_eq!(found, steps, "{old} → {new}");
        }
    }

    #[test]
    fn long_lists_in_any_order_take_no_long_time() {
        let many: String = (0..20_000).filter_map(|at| char::from_u32(0x4E00 + at)).collect();
        let back: String = many.chars().rev().collect();
        let steps = align(&list(&many), &list(&back));
        assert_eq!(steps.iter().map(|step| step.was()).sum::<usize>(), 20_000);
        assert_eq!(steps.iter().map(|step| step.now()).sum::<usize>(), 20_000);
    }
}
