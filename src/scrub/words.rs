//! Looking for keywords: where which of a hundred short words stand, at the price of a glance at each byte.
//!
//! Nearly all text holds no keyword, and every text is searched, so what counts is how fast a word is told to be absent.
//! Each word is known by three bytes next to each other in it, those that prose and JSON hold least. Wherever these stand,
//! two of them stand at an even offset, so a set of all such pairs, and a look at every second byte, tells of most text
//! that it holds no word. A second set says of any three bytes whether a word may be known by them.

use std::ops::Range;

use memchr::memchr2_iter;

/// Some words, ready for searching.
#[derive(Debug)]
pub(super) struct Words {
    all: Vec<Word>,
    /// For every two bytes, 1 if they are a pair of the three bytes that a word is known by. What is read of it for text
    /// is a few kilobytes.
    pairs: Box<[u8; PAIRS]>,
    /// A bit for every digest of three bytes.
    digests: Box<[u64; SETS]>,
    /// For every 64 digests, how many words are known by those before them.
    before: Vec<usize>,
    /// The words in the order of the digests that they are known by.
    known: Vec<Known>,
    /// The words that are too short to have a digest. Each is looked for by itself.
    short: Vec<usize>,
}

#[derive(Debug)]
struct Word {
    letters: Vec<u8>,
    any_case: bool,
}

/// The digest of three bytes, the number of a word, and where in the word they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    digest: usize,
    word: usize,
    at: usize,
}

/// So many bytes a word is known by.
const SHORTEST: usize = 3;

/// So many sets of 64 digests make all digests.
const SETS: usize = 1 << 9;

/// So many pairs of bytes there are.
const PAIRS: usize = 1 << 16;

/// So many pairs are looked at at once.
const STEP: usize = 4;

impl Words {
    /// Makes words ready; each with whether it is meant in any case.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = (&'w str, bool)>) -> Self {
        let mut ready = Self {
            all: Vec::new(),
            pairs: vec![0; PAIRS].try_into().expect("as many as there are pairs"),
            digests: Box::new([0; SETS]),
            before: Vec::new(),
            known: Vec::new(),
            short: Vec::new(),
        };
        for (word, (text, any_case)) in words.into_iter().enumerate() {
            let letters = text.as_bytes();
            let three = |at: &usize| [letters[*at], letters[at + 1], letters[at + 2]];
            let places = 0..(letters.len() + 1).saturating_sub(SHORTEST);
            if let Some(at) = places.min_by_key(|at| commonness(three(at), any_case)) {
                for three in spellings(three(&at), any_case) {
                    for pair in [[three[0], three[1]], [three[1], three[2]]].map(u16::from_le_bytes) {
                        ready.pairs[usize::from(pair)] = 1;
                    }
                    let digest = digest(three);
                    ready.digests[digest / 64] |= 1 << (digest % 64);
                    ready.known.push(Known { digest, word, at });
                }
            } else {
                ready.short.push(word);
            }
            ready.all.push(Word { letters: letters.to_vec(), any_case });
        }
        ready.known.sort_unstable();
        ready.known.dedup();
        let before = |set: usize| ready.known.partition_point(|known| known.digest / 64 < set);
        ready.before = (0..SETS).map(before).collect();
        ready
    }

    /// Returns whether a text holds one of the words.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.search(text.as_bytes(), |_, _| true)
    }

    /// Calls `found` with the number and the range of each word in a text, by and large in order.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(usize, Range<usize>)) {
        self.search(text.as_bytes(), |word, range| {
            found(word, range);
            false
        });
    }

    /// Gives each word to `found` until it has enough; returns whether it had.
    fn search(&self, text: &[u8], mut found: impl FnMut(usize, Range<usize>) -> bool) -> bool {
        for &word in &self.short {
            let Some(&first) = self.all[word].letters.first() else { continue };
            let [first, other] = cases(first, self.all[word].any_case);
            let mut places = memchr2_iter(first, other, text);
            if places.any(|at| self.all[word].stands_at(text, at).is_some_and(|range| found(word, range))) {
                return true;
            }
        }
        let pair = |bytes: u64| {
            #[expect(clippy::cast_possible_truncation, reason = "the other bytes are no part of it")]
            let pair = bytes as u16;
            u32::from(self.pairs[usize::from(pair)])
        };
        let mut at = 0;
        while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<{ 2 * STEP }>) {
            let bytes = u64::from_le_bytes(*bytes);
            // Without a branch for each pair.
            let mut pairs = (0..STEP).fold(0, |pairs, place| pairs | pair(bytes >> (16 * place)) << place);
            while pairs != 0 {
                // The pair is the first two of three bytes, or the last two.
                let first = at + 2 * pairs.trailing_zeros() as usize;
                for at in first.saturating_sub(1)..=first {
                    if self.may_be_at(text, at) && self.at(text, at, &mut found) {
                        return true;
                    }
                }
                pairs &= pairs - 1;
            }
            at += 2 * STEP;
        }
        let mut rest = at.saturating_sub(1)..text.len();
        rest.any(|at| self.may_be_at(text, at) && self.at(text, at, &mut found))
    }

    /// Returns whether a word may be known by the bytes at an offset.
    #[inline]
    fn may_be_at(&self, text: &[u8], offset: usize) -> bool {
        text.get(offset..).and_then(<[u8]>::first_chunk).is_some_and(|three| {
            let digest = digest(*three);
            self.digests[digest / 64] >> (digest % 64) & 1 == 1
        })
    }

    /// Gives the words that are known by the bytes at an offset, and stand there, to `found` until it has enough.
    fn at(&self, text: &[u8], offset: usize, found: &mut impl FnMut(usize, Range<usize>) -> bool) -> bool {
        let Some(three) = text[offset..].first_chunk() else { return false };
        let digest = digest(*three);
        let near = self.known[self.before[digest / 64]..].iter().skip_while(|known| known.digest < digest);
        let mut words = near.take_while(|known| known.digest == digest).filter_map(|known| {
            let range = self.all[known.word].stands_at(text, offset.checked_sub(known.at)?)?;
            Some((known.word, range))
        });
        words.any(|(word, range)| found(word, range))
    }
}

impl Word {
    /// Returns where the word stands, if it begins at an offset.
    fn stands_at(&self, text: &[u8], offset: usize) -> Option<Range<usize>> {
        let range = offset..offset + self.letters.len();
        let there = text.get(range.clone())?;
        let same =
            if self.any_case { there.eq_ignore_ascii_case(&self.letters) } else { there == self.letters };
        same.then_some(range)
    }
}

fn digest([first, second, third]: [u8; SHORTEST]) -> usize {
    let three = u32::from_le_bytes([0, first, second, third]);
    (three.wrapping_mul(0x9E37_79B1) >> 17) as usize
}

/// Returns what a byte of a word may be, twice if it is but one.
fn cases(byte: u8, any_case: bool) -> [u8; 2] {
    [byte, if any_case && byte.is_ascii_alphabetic() { byte ^ 0x20 } else { byte }]
}

/// Returns what three bytes of a word may be.
fn spellings(three: [u8; SHORTEST], any_case: bool) -> impl Iterator<Item = [u8; SHORTEST]> {
    let [firsts, seconds, thirds] = three.map(|byte| cases(byte, any_case));
    let firsts = firsts.into_iter();
    let both = firsts.flat_map(move |first| seconds.map(|second| (first, second)));
    both.flat_map(move |(first, second)| thirds.map(|third| [first, second, third]))
}

/// Returns how common three bytes are in prose, code and JSON. Base64 of pictures is full of the same byte.
fn commonness(three: [u8; SHORTEST], any_case: bool) -> u8 {
    let of = |byte: u8| match if any_case { byte.to_ascii_lowercase() } else { byte } {
        b' ' | b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 4,
        b'.' | b'-' | b'0'..=b'9' | b'j' | b'k' | b'q' | b'v' | b'w' | b'x' | b'z' => 2,
        b'"' | b':' | b',' | b'/' | b'a'..=b'z' => 3,
        b'_' | b'=' | b'A'..=b'Z' => 1,
        _ => 0,
    };
    let same = three.iter().all(|byte| *byte == three[0]);
    three.into_iter().map(of).sum::<u8>() + if same { 8 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[(&str, bool)], text: &str) -> Vec<(usize, Range<usize>)> {
        let mut found = Vec::new();
        let ready = Words::new(words.iter().copied());
        ready.find(text, |word, range| found.push((word, range)));
        assert_eq!(ready.are_in(text), !found.is_empty());
        found.sort_by_key(|(word, range)| (range.start, *word));
        found
    }

    #[test]
    fn words_are_found_where_they_stand_also_in_each_other() {
        let words = [("sk-", false), ("sk-ant-", false), ("key=", true), ("SK-", false)];
        assert_eq!(found(&words, "sk-ant-"), [(0, 0..3), (1, 0..7)]);
        assert_eq!(found(&words, "a Key=sk-1 KEY="), [(2, 2..6), (0, 6..9), (2, 11..15)]);
        assert_eq!(found(&words, "SK-ANT- s k- sk"), [(3, 0..3)]);
        assert_eq!(found(&words, ""), []);
        assert_eq!(found(&words, "k"), []);
    }

    #[test]
    fn every_word_is_found_as_a_plain_search_finds_it() {
        let words = ["aba", "ba-", "aabb", "a-b", "-aA", "b\"a", "ä-", "Abab", "-", "Ba"];
        // All texts of a few letters, at all places of the step.
        let letters = ['a', 'b', '-', '"', 'ä', 'A'];
        for number in 0..letters.len().pow(5) {
            let text = (0..5).map(|at| letters[number / letters.len().pow(at) % letters.len()]);
            let before = number % (2 * STEP + 2);
            let text: String = "z".repeat(before).chars().chain(text).chain("zzzzzzzzz".chars()).collect();
            for any_case in [false, true] {
                let folded = |text: &str| if any_case { text.to_ascii_lowercase() } else { text.to_owned() };
                let mut plain = Vec::new();
                for (at, word) in words.iter().enumerate() {
                    let starts = text.char_indices().map(|(start, _)| start);
                    let here = starts.filter(|start| folded(&text[*start..]).starts_with(&folded(word)));
                    plain.extend(here.map(|start| (at, start..start + word.len())));
                }
                plain.sort_by_key(|(word, range)| (range.start, *word));
                assert_eq!(found(&words.map(|word| (word, any_case)), &text), plain, "{text}");
            }
        }
    }
}
