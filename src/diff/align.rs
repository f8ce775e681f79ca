//! Which things of two lists belong together: by what they have in common, from the strongest sign to the weakest.
//!
//! Each sign is looked up, in order, between what the stronger signs have fixed: of things that share it, those are
//! paired that are equally many from the front or from the back, as many as come in the same order. In a small gap every
//! pairing is weighed. What finds nothing in its gap but shares a strong sign elsewhere was moved. Time grows with
//! the length of the lists, whatever they hold; and whichever list comes first, the same things are paired.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::chat::thread::once;

/// Something to be paired.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// Hashes, from the strongest sign to the weakest. Things that do not share the weakest are paired only if they say the same.
    pub(super) signs: Vec<u64>,
    /// Hashes of its words, in order, at most [`WORDS`].
    pub(super) words: Vec<u64>,
    /// A hash of all of it, noise too. It pairs nothing by itself: it chooses among those that share the strongest sign.
    pub(super) whole: u64,
    /// A hash of the longest text in it, if it is long: another kind of thing that says the same is a counterpart, too, such
    /// as a message in another role.
    pub(super) says: Option<u64>,
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

fn signs(items: &[Item]) -> (usize, Vec<(&[u64], u64)>) {
    (items.len(), items.iter().map(|item| (item.signs.as_slice(), item.whole)).collect())
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
                if gap.0.len() * gap.1.len() <= SMALL {
                    let alone = level == 0 || level + 1 < strong;
                    left.extend(self.weigh(&gap, level, alone));
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

    /// Returns what things are known by at a level: the sign, and which of those with the same sign they are.
    fn keys(items: &[Item], places: &[usize], level: usize) -> Vec<Key> {
        let sign = |item: &Item| item.signs.get(level).copied().unwrap_or_default();
        places.iter().map(|&at| (sign(&items[at]), items[at].whole)).collect()
    }

    /// Pairs what shares the sign of a level, in order, and notes what is left between.
    fn look_up(&mut self, gap: &Gap, level: usize, left: &mut Vec<Gap>) {
        let (first, second) = self.free(gap);
        if first.is_empty() || second.is_empty() {
            return;
        }
        let one = Self::keys(self.first, &first, level);
        let other = Self::keys(self.second, &second, level);
        let (mut from, mut to) = (gap.0.start, gap.1.start);
        for (one, other) in in_same_order(&one, &other) {
            let (one, other) = (first[one], second[other]);
            left.push((from..one, to..other));
            (from, to) = (one + 1, other + 1);
            self.pair(one, other, false);
        }
        left.push((from..gap.0.end, to..gap.1.end));
        left.retain(|(one, other)| !one.is_empty() && !other.is_empty());
    }

    /// Pairs what shares a sign wherever it stands: by the strongest signs in order, by others if it stands once.
    fn move_alike(&mut self, level: usize) {
        let (first, second) = self.free(&(0..self.first.len(), 0..self.second.len()));
        let one = Self::keys(self.first, &first, level);
        let other = Self::keys(self.second, &second, level);
        let signs = |keys: &[Key]| keys.iter().map(|(sign, _)| *sign).collect::<Vec<_>>();
        let mut alike: Vec<(usize, usize)> = if level < CERTAIN {
            // The very same ones first.
            let mut alike = nth(&one, &other);
            let (was, is): (HashSet<_>, HashSet<_>) = alike.iter().copied().unzip();
            let rest = |count: usize, taken: &HashSet<usize>| -> Vec<usize> {
                (0..count).filter(|at| !taken.contains(at)).collect()
            };
            let (was, is) = (rest(one.len(), &was), rest(other.len(), &is));
            let signs = |rest: &[usize], keys: &[Key]| rest.iter().map(|&at| keys[at].0).collect::<Vec<_>>();
            let others = nth(&signs(&was, &one), &signs(&is, &other));
            alike.extend(others.into_iter().map(|(at, to)| (was[at], is[to])));
            alike
        } else {
            let others = once(&signs(&other));
            once(&signs(&one)).into_iter().filter_map(|(sign, at)| Some((at, *others.get(&sign)?))).collect()
        };
        alike.sort_unstable();
        for (one, other) in alike {
            self.pair(first[one], second[other], true);
        }
    }

    /// Pairs what is in a small gap so that the pairs, in order, have the most in common. If what shares the sign of the
    /// level is wanted alone, nothing else is paired, for it may have been moved, and what is left between is returned.
    fn weigh(&mut self, gap: &Gap, level: usize, alone: bool) -> Vec<Gap> {
        let sign = alone.then_some(level);
        let (first, second) = self.free(gap);
        let (rows, columns) = (first.len(), second.len());
        let mut best = vec![0_u64; (rows + 1) * (columns + 1)];
        let at = |row: usize, column: usize| row * (columns + 1) + column;
        let mut weights = vec![0_u64; rows * columns];
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                let weight = weight(&self.first[first[row]], &self.second[second[column]], sign);
                weights[row * columns + column] = weight;
                let paired = if weight > 0 { weight + best[at(row + 1, column + 1)] } else { 0 };
                best[at(row, column)] = paired.max(best[at(row + 1, column)]).max(best[at(row, column + 1)]);
            }
        }
        let mut left = Vec::new();
        let (mut row, mut column) = (0, 0);
        let (mut from, mut to) = (gap.0.start, gap.1.start);
        while row < rows && column < columns {
            let weight = weights[row * columns + column];
            if weight > 0 && best[at(row, column)] == weight + best[at(row + 1, column + 1)] {
                if !alone || weight >= SIGN {
                    let (one, other) = (first[row], second[column]);
                    left.push((from..one, to..other));
                    (from, to) = (one + 1, other + 1);
                    self.pair(one, other, false);
                }
                (row, column) = (row + 1, column + 1);
            } else if best[at(row, column)] == best[at(row + 1, column)] {
                row += 1;
            } else {
                column += 1;
            }
        }
        if !alone {
            return Vec::new();
        }
        left.push((from..gap.0.end, to..gap.1.end));
        left.retain(|(one, other)| !one.is_empty() && !other.is_empty());
        left
    }
}

/// A sign, and which of the things with that sign it is.
type Key = (u64, u64);

/// Returns which things of two lists share their sign, as many as come in the same order, and of equally many those in
/// which most are the very same.
fn in_same_order(old: &[Key], new: &[Key]) -> Vec<(usize, usize)> {
    let signs = |keys: &[Key]| keys.iter().map(|(sign, _)| *sign).collect::<Vec<_>>();
    let (was, is) = (signs(old), signs(new));
    let mut pairs = nth(&was, &is);
    pairs.extend(nth_from_the_back(&was, &is));
    pairs.extend(nth(old, new));
    pairs.extend(nth_from_the_back(old, new));
    // Those that share a first place stand so that none can follow another.
    pairs.sort_unstable_by_key(|(one, other)| (*one, Reverse(*other)));
    pairs.dedup();
    let run = heaviest(&pairs, new.len(), |(one, other)| old[one] == new[other]);
    // What is alike beside those stands between them, at the ends of the gaps.
    let mut all = Vec::with_capacity(run.len());
    let (mut from, mut to) = (0, 0);
    for (one, other) in run.into_iter().chain([(old.len(), new.len())]) {
        while from < one && to < other && was[from] == is[to] {
            all.push((from, to));
            (from, to) = (from + 1, to + 1);
        }
        let back = was[from..one].iter().rev().zip(is[to..other].iter().rev());
        let back = back.take_while(|(one, other)| one == other).count();
        all.extend((1..=back).rev().map(|step| (one - step, other - step)));
        if one < old.len() && other < new.len() {
            all.push((one, other));
        }
        (from, to) = (one + 1, other + 1);
    }
    all
}

/// Pairs the first thing with a key with the first one of the other list, the second with the second.
fn nth<K: Copy + Eq + std::hash::Hash>(old: &[K], new: &[K]) -> Vec<(usize, usize)> {
    let mut places: HashMap<K, Vec<usize>> = HashMap::with_capacity(new.len());
    for (at, key) in new.iter().enumerate().rev() {
        places.entry(*key).or_default().push(at);
    }
    let partner = |(at, key): (usize, &K)| Some((at, places.get_mut(key)?.pop()?));
    old.iter().enumerate().filter_map(partner).collect()
}

fn nth_from_the_back<K: Copy + Eq + std::hash::Hash>(old: &[K], new: &[K]) -> Vec<(usize, usize)> {
    let turned = |list: &[K]| list.iter().rev().copied().collect::<Vec<_>>();
    let pairs = nth(&turned(old), &turned(new)).into_iter();
    pairs.map(|(one, other)| (old.len() - 1 - one, new.len() - 1 - other)).collect()
}

/// What a run of pairs weighs: how many there are, how many are the very same, and how little they are shifted.
type Weight = (usize, usize, Reverse<usize>);

/// Returns the heaviest run of pairs, sorted by their first numbers, in which the second ones grow, too.
fn heaviest(
    pairs: &[(usize, usize)],
    width: usize,
    same: impl Fn((usize, usize)) -> bool,
) -> Vec<(usize, usize)> {
    // Of the runs that end at a second number or before, the heaviest: its weight, and the pair that ends it. The places
    // are those of a binary indexed tree.
    let mut ends: Vec<Option<(Weight, usize)>> = vec![None; width + 1];
    let up_to = |ends: &[Option<(Weight, usize)>], mut place: usize| {
        let mut best = None;
        while place > 0 {
            best = best.max(ends[place]);
            place &= place - 1;
        }
        best
    };
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, &(one, other)) in pairs.iter().enumerate() {
        let best = up_to(&ends, other);
        let (count, alike, Reverse(far)) = best.map_or((0, 0, Reverse(0)), |(weight, _)| weight);
        let weight = (count + 1, alike + usize::from(same((one, other))), Reverse(far + one.abs_diff(other)));
        before.push(best.map(|(_, pair)| pair));
        let mut place = other + 1;
        while place <= width {
            ends[place] = ends[place].max(Some((weight, at)));
            place += place & place.wrapping_neg();
        }
    }
    let last = up_to(&ends, width).map(|(_, pair)| pair);
    let mut run: Vec<_> = std::iter::successors(last, |&at| before[at]).map(|at| pairs[at]).collect();
    run.reverse();
    run
}

/// What being the very same weighs: more than all else that the things of a small gap have in common together, but for
/// the sign that is looked up.
const VERY_SAME: u64 = 1 << 24;

/// What the sign that is looked up weighs: more than all else together.
const SIGN: u64 = 1 << 40;

/// Returns how much two things have in common, where the sign of a level may be looked up; nothing, if they neither
/// share the weakest sign nor say the same.
fn weight(one: &Item, other: &Item, looked_up: Option<usize>) -> u64 {
    let levels = one.signs.len();
    if one.signs.last() != other.signs.last() {
        return u64::from(one.says.is_some() && one.says == other.says);
    }
    let level = one.signs.iter().zip(&other.signs).position(|(one, other)| one == other).unwrap_or(levels);
    let sign = if looked_up.is_some_and(|sign| level <= sign) { SIGN } else { 0 };
    let very_same = if level == 0 && one.whole == other.whole { VERY_SAME } else { 0 };
    let shared = one.words.iter().filter(|word| other.words.binary_search(word).is_ok()).count();
    let all = one.words.len() + other.words.len() - shared;
    let alike = (shared * 100).checked_div(all).unwrap_or(0) as u64;
    sign + very_same + 1 + alike + 150 * (levels.saturating_sub(level + 1)) as u64
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
            ..Item::default()
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
            ("aab", "baa", "bb~ aa aa"),
            ("aba", "ba", "a- bb aa"),
            ("abacada", "aacadab", "aa aa cc aa dd aa bb~"),
            ("", "a", "-a"),
        ] {
            assert_eq!(told(old, new), want, "{old} {new}");
        }
    }

    /// Things with one sign, and which one each is.
    fn equal(wholes: &[u64]) -> Vec<Item> {
        wholes.iter().map(|&whole| Item { signs: vec![7, 7], whole, ..Item::default() }).collect()
    }

    #[test]
    fn of_those_that_say_the_same_the_very_same_belong_together_if_none_is_lost_by_it() {
        let told = |old: &[u64], new: &[u64]| {
            let pairs = pairs(&equal(old), &equal(new), 1);
            pairs.iter().map(|pair| (pair.old, pair.new, pair.moved)).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&[1, 2, 3], &[2, 3]),
            [(Some(0), None, false), (Some(1), Some(0), false), (Some(2), Some(1), false)]
        );
        assert_eq!(told(&[1, 2], &[2, 1]), [(Some(0), Some(0), false), (Some(1), Some(1), false)]);
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
        let item = |sign: u64, weak: u64| Item { signs: vec![sign, weak], ..Item::default() };
        let old: Vec<_> = (0..20_000).map(|at| item(at, at % 7)).collect();
        let new: Vec<_> = (0..20_000).map(|at| item(at + 1_000_000, at % 7)).collect();
        assert_eq!(pairs(&old, &new, 1).iter().filter(|pair| pair.old.is_some()).count(), 20_000);
    }
}
