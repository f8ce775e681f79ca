//! Which things of two lists belong together: by what they have in common, from the strongest sign to the weakest.
//!
//! Each sign is looked up, in order, between what the stronger signs have fixed, as in a patience diff. In a small gap
//! every pairing is weighed. What finds nothing in its gap but shares a strong sign elsewhere was moved. Time grows with
//! the length of the lists, whatever they hold; and whichever list comes first, the same things are paired.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::chat::thread::{Step, align, once};

/// Something to be paired.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// Hashes, from the strongest sign to the weakest. Things that do not share the weakest are never paired.
    pub(super) signs: Vec<u64>,
    /// Hashes of its words, in order, at most [`WORDS`].
    pub(super) words: Vec<u64>,
}

/// So many words say what a thing is like.
pub(super) const WORDS: usize = 32;

/// Two things that belong together, or one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paired {
    pub(super) old: Option<usize>,
    pub(super) new: Option<usize>,
    pub(super) moved: bool,
}

/// So many signs, from the strongest, tell that two things say the same.
const CERTAIN: usize = 2;

/// Gaps up to so many possible pairs are weighed pair by pair.
const SMALL: usize = 1024;

/// Returns which things belong together, in the order of the new list, each that is gone where it stood. Things that
/// share one of the first `strong` signs are paired wherever they stand.
pub(super) fn pairs(old: &[Item], new: &[Item], strong: usize) -> Vec<Paired> {
    // The lists are always looked at the same way round, so that either order of the two gives the same pairs.
    let turned = signs(new) < signs(old);
    let (first, second) = if turned { (new, old) } else { (old, new) };
    let mut found = Found { first, second, partners: HashMap::new(), taken: HashSet::new() };
    found.search(strong);
    let mut paired: Vec<_> =
        found.partners.iter().map(|(one, (other, moved))| (*one, *other, *moved)).collect();
    if turned {
        for (one, other, _) in &mut paired {
            std::mem::swap(one, other);
        }
    }
    in_order(old.len(), new.len(), &paired)
}

fn signs(items: &[Item]) -> (usize, Vec<&[u64]>) {
    (items.len(), items.iter().map(|item| item.signs.as_slice()).collect())
}

/// Puts pairs in the order of the new list, and what is gone behind what stood before it and before what is new there.
fn in_order(old: usize, new: usize, paired: &[(usize, usize, bool)]) -> Vec<Paired> {
    let by_new: HashMap<usize, (usize, bool)> =
        paired.iter().map(|(one, other, moved)| (*other, (*one, *moved))).collect();
    let kept: HashSet<usize> = paired.iter().map(|(one, ..)| *one).collect();
    let mut order = Vec::with_capacity(old.max(new));
    let mut next = 0;
    let gone = |range: Range<usize>, order: &mut Vec<Paired>| {
        let alone = range.filter(|one| !kept.contains(one));
        order.extend(alone.map(|one| Paired { old: Some(one), new: None, moved: false }));
    };
    // For each thing of the new list, the next one of the old that has its partner from here on, in order.
    let in_place = |other: usize| by_new.get(&other).filter(|(_, moved)| !moved).map(|(one, _)| *one);
    let mut until = vec![old; new];
    let mut ahead = old;
    for other in (0..new).rev() {
        ahead = in_place(other).unwrap_or(ahead);
        until[other] = ahead;
    }
    for (other, until) in until.into_iter().enumerate() {
        let partner = by_new.get(&other);
        if next < until {
            gone(next..until, &mut order);
            next = until;
        }
        if in_place(other) == Some(next) {
            next += 1;
        }
        let moved = partner.is_some_and(|(_, moved)| *moved);
        order.push(Paired { old: partner.map(|(one, _)| *one), new: Some(other), moved });
    }
    gone(next..old, &mut order);
    order
}

struct Found<'i> {
    first: &'i [Item],
    second: &'i [Item],
    /// For things of the first list: the other one, and whether it is elsewhere.
    partners: HashMap<usize, (usize, bool)>,
    /// Things of the second list that have a partner.
    taken: HashSet<usize>,
}

type Gap = (Range<usize>, Range<usize>);

impl Found<'_> {
    fn search(&mut self, strong: usize) {
        let levels = self.first.iter().chain(self.second).map(|item| item.signs.len()).max().unwrap_or(0);
        let mut gaps: Vec<Gap> = vec![(0..self.first.len(), 0..self.second.len())];
        for level in 0..levels {
            let mut left = Vec::new();
            for gap in gaps {
                if level > 0 && gap.0.len() * gap.1.len() <= SMALL {
                    self.weigh(&gap);
                } else {
                    self.look_up(&gap, level, &mut left);
                }
            }
            gaps = left;
            if level < strong {
                self.move_alike(level);
            }
        }
    }

    fn pair(&mut self, one: usize, other: usize, moved: bool) {
        self.partners.insert(one, (other, moved));
        self.taken.insert(other);
    }

    fn free(&self, gap: &Gap) -> (Vec<usize>, Vec<usize>) {
        let first = gap.0.clone().filter(|one| !self.partners.contains_key(one)).collect();
        let second = gap.1.clone().filter(|other| !self.taken.contains(other)).collect();
        (first, second)
    }

    /// Pairs what shares the sign of a level, in order, and notes what is left between.
    fn look_up(&mut self, gap: &Gap, level: usize, left: &mut Vec<Gap>) {
        let (first, second) = self.free(gap);
        if first.is_empty() || second.is_empty() {
            return;
        }
        let sign = |item: &Item| item.signs.get(level).copied().unwrap_or_default();
        let one: Vec<u64> = first.iter().map(|&at| sign(&self.first[at])).collect();
        let other: Vec<u64> = second.iter().map(|&at| sign(&self.second[at])).collect();
        let (mut was, mut now) = (0, 0);
        let (mut from, mut to) = (gap.0.start, gap.1.start);
        for step in align(&one, &other) {
            if let Step::Kept(count) = step {
                for at in 0..count {
                    let (one, other) = (first[was + at], second[now + at]);
                    left.push((from..one, to..other));
                    (from, to) = (one + 1, other + 1);
                    self.pair(one, other, false);
                }
            }
            was += step.was();
            now += step.now();
        }
        left.push((from..gap.0.end, to..gap.1.end));
        left.retain(|(one, other)| !one.is_empty() && !other.is_empty());
    }

    /// Pairs what shares a sign wherever it stands: by the strongest signs in order, by others if it stands once.
    fn move_alike(&mut self, level: usize) {
        let (first, second) = self.free(&(0..self.first.len(), 0..self.second.len()));
        let signs = |items: &[Item], free: &[usize]| -> Vec<u64> {
            free.iter().map(|&at| items[at].signs.get(level).copied().unwrap_or_default()).collect()
        };
        let (one, other) = (signs(self.first, &first), signs(self.second, &second));
        let mut alike: Vec<(usize, usize)> = Vec::new();
        if level < CERTAIN {
            let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
            for (at, sign) in other.iter().enumerate().rev() {
                places.entry(*sign).or_default().push(second[at]);
            }
            let partner = |(at, sign): (usize, &u64)| Some((first[at], places.get_mut(sign)?.pop()?));
            alike.extend(one.iter().enumerate().filter_map(partner));
        } else {
            let others = once(&other);
            let partner = |(sign, at): (u64, usize)| Some((first[at], second[*others.get(&sign)?]));
            alike.extend(once(&one).into_iter().filter_map(partner));
        }
        alike.sort_unstable();
        for (one, other) in alike {
            self.pair(one, other, true);
        }
    }

    /// Pairs what is in a small gap so that the pairs, in order, have the most in common.
    fn weigh(&mut self, gap: &Gap) {
        let (first, second) = self.free(gap);
        let (rows, columns) = (first.len(), second.len());
        let mut best = vec![0_u64; (rows + 1) * (columns + 1)];
        let at = |row: usize, column: usize| row * (columns + 1) + column;
        let mut weights = vec![0_u64; rows * columns];
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                let weight = weight(&self.first[first[row]], &self.second[second[column]]);
                weights[row * columns + column] = weight;
                let paired = if weight > 0 { weight + best[at(row + 1, column + 1)] } else { 0 };
                best[at(row, column)] = paired.max(best[at(row + 1, column)]).max(best[at(row, column + 1)]);
            }
        }
        let (mut row, mut column) = (0, 0);
        while row < rows && column < columns {
            let weight = weights[row * columns + column];
            if weight > 0 && best[at(row, column)] == weight + best[at(row + 1, column + 1)] {
                self.pair(first[row], second[column], false);
                (row, column) = (row + 1, column + 1);
            } else if best[at(row, column)] == best[at(row + 1, column)] {
                row += 1;
            } else {
                column += 1;
            }
        }
    }
}

/// Returns how much two things have in common; nothing, if not even the weakest sign.
fn weight(one: &Item, other: &Item) -> u64 {
    let levels = one.signs.len();
    if one.signs.last() != other.signs.last() {
        return 0;
    }
    let level = one.signs.iter().zip(&other.signs).position(|(one, other)| one == other).unwrap_or(levels);
    let shared = one.words.iter().filter(|word| other.words.binary_search(word).is_ok()).count();
    let all = one.words.len() + other.words.len() - shared;
    let alike = (shared * 100).checked_div(all).unwrap_or(0) as u64;
    1 + alike + 150 * (levels.saturating_sub(level + 1)) as u64
}

/// Returns the smallest hashes of some words, sorted: two such lists have as much in common as the words they stand for.
pub(super) fn sketch(words: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut kept: Vec<u64> = words.collect();
    kept.sort_unstable();
    kept.dedup();
    kept.truncate(WORDS);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each letter is a thing: capital and small letters are alike, and all letters share the weakest sign.
    fn list(letters: &str) -> Vec<Item> {
        let item = |letter: char| Item {
            signs: vec![u64::from(letter), 0],
            words: sketch(std::iter::once(u64::from(letter.to_ascii_lowercase()))),
        };
        letters.chars().map(item).collect()
    }

    fn told(old: &str, new: &str) -> String {
        let name = |letters: &str, at: Option<usize>| at.map_or('-', |at| letters.chars().nth(at).unwrap());
        let pairs = pairs(&list(old), &list(new), 1);
        let told = pairs.iter().map(|pair| {
            let moved = if pair.moved { "~" } else { "" };
            format!("{}{}{moved}", name(old, pair.old), name(new, pair.new))
        });
        told.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_belongs_together_is_found() {
        for (old, new, want) in [
            ("abc", "abc", "aa bb cc"),
            ("abc", "abxc", "aa bb -x cc"),
            ("abc", "ac", "aa b- cc"),
            ("abc", "aBc", "aa bB cc"),
            ("abc", "xaBc", "-x aa bB cc"),
            ("b", "xB", "-x bB"),
            ("abcd", "dabc", "dd~ aa bb cc"),
            ("aa", "aaa", "aa aa -a"),
            ("", "a", "-a"),
        ] {
            assert_eq!(told(old, new), want, "{old} {new}");
        }
    }

    #[test]
    fn either_order_pairs_the_same() {
        let lists = ["abcd", "dabc", "aabb", "bbaa", "axBcd", "", "dcba", "abcabc", "Abxxd"];
        for old in lists {
            for new in lists {
                let one = pairs(&list(old), &list(new), 1);
                let other = pairs(&list(new), &list(old), 1);
                let mut there: Vec<_> = one.iter().map(|pair| (pair.old, pair.new, pair.moved)).collect();
                let mut back: Vec<_> = other.iter().map(|pair| (pair.new, pair.old, pair.moved)).collect();
                there.sort_unstable();
                back.sort_unstable();
                assert_eq!(there, back, "{old} {new}");
            }
        }
    }

    #[test]
    fn long_lists_take_no_long_time() {
        let item = |sign: u64, weak: u64| Item { signs: vec![sign, weak], words: Vec::new() };
        let old: Vec<_> = (0..20_000).map(|at| item(at, at % 7)).collect();
        let new: Vec<_> = (0..20_000).map(|at| item(at + 1_000_000, at % 7)).collect();
        assert_eq!(pairs(&old, &new, 1).iter().filter(|pair| pair.old.is_some()).count(), 20_000);
    }
}
