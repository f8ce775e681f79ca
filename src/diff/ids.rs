//! Ids up to renaming: one old id is one new id, everywhere. Where it is another one, something else is meant.

use std::collections::{HashMap, HashSet};

use super::{Change, Class, Diff, Difference, Side, Value};

/// Which ids stand for which, and how often.
#[derive(Debug, Default)]
pub(super) struct Renamed {
    index: HashMap<(String, String), usize>,
    pairs: Vec<(String, String, usize)>,
    /// Places where an id is the same in both recordings.
    same: Vec<Same>,
}

#[derive(Debug)]
struct Same {
    pair: usize,
    renaming: usize,
    side: Side,
    place: String,
}

impl Renamed {
    /// Notes that a new id stands where an old one stood, and returns the number of this renaming.
    pub(super) fn note(&mut self, old: &str, new: &str) -> usize {
        let next = self.pairs.len();
        let key = (old.to_owned(), new.to_owned());
        let at = *self.index.entry(key).or_insert(next);
        if at == next {
            self.pairs.push((old.to_owned(), new.to_owned(), 0));
        }
        self.pairs[at].2 += 1;
        at
    }

    /// Notes that an id is the same at a place.
    pub(super) fn note_same(&mut self, id: &str, pair: usize, side: Side, place: &str) {
        let renaming = self.note(id, id);
        self.same.push(Same { pair, renaming, side, place: place.to_owned() });
    }

    /// Adds what another part of the comparison has noted, and returns the numbers that its renamings have here.
    pub(super) fn append(&mut self, other: Self) -> Vec<usize> {
        let mut numbers = Vec::with_capacity(other.pairs.len());
        for (old, new, count) in other.pairs {
            let at = self.note(&old, &new);
            self.pairs[at].2 += count - 1;
            numbers.push(at);
        }
        let same = other.same.into_iter().map(|same| Same { renaming: numbers[same.renaming], ..same });
        self.same.extend(same);
        numbers
    }

    /// Returns the renamings that hold: those that are met most, and of equals the first.
    fn holding(&self) -> HashSet<usize> {
        let mut order: Vec<usize> = (0..self.pairs.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(self.pairs[at].2));
        let (mut olds, mut news) = (HashSet::new(), HashSet::new());
        let holds = |at: &usize| {
            let (old, new, _) = &self.pairs[*at];
            let free = !olds.contains(old) && !news.contains(new);
            if free {
                olds.insert(old);
                news.insert(new);
            }
            free
        };
        order.into_iter().filter(holds).collect()
    }
}

/// Turns cases of renamings that do not hold into differences that mean something.
pub(super) fn settle(diff: &mut Diff, renamed: &Renamed) {
    let holding = renamed.holding();
    if holding.len() == renamed.pairs.len() {
        return;
    }
    let broken = |renaming: usize| !holding.contains(&renaming);
    let paired = diff.pairs.iter_mut().flat_map(|pair| &mut pair.differences);
    for difference in paired.chain(&mut diff.beside) {
        if difference.class == Class::Ids && difference.renaming.is_some_and(broken) {
            difference.class = Class::Id;
        }
    }
    for same in renamed.same.iter().filter(|same| broken(same.renaming)) {
        let id = || Value::Text(renamed.pairs[same.renaming].0.clone());
        let kept = Difference::new(Class::Id, same.side, same.place.clone(), Change::Changed(id(), id()));
        if let Some(pair) = diff.pairs.get_mut(same.pair) {
            pair.differences.push(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_renaming_that_is_met_most_holds() {
        let mut renamed = Renamed::default();
        for (old, new) in [("a", "x"), ("a", "x"), ("b", "y"), ("a", "y"), ("c", "c")] {
            renamed.note(old, new);
        }
        let mut holding: Vec<_> = renamed.holding().into_iter().collect();
        holding.sort_unstable();
        assert_eq!(holding, [0, 1, 3]);
    }
}
