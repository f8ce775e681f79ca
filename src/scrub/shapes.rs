//! Finding shapes: one pass over a text for the keywords of all rules, then a regular expression where one stands.

use std::ops::Range;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use super::rule::{Look, Match, Rule};
use super::words::Words;

/// A match is looked for in so much text behind a keyword: the longest credentials are private keys.
const REACH: usize = 16 << 10;

/// The same, for shapes that begin before their keyword: these are short.
const REACH_AROUND: usize = 512;

/// No shape that has a keyword is shorter. A test holds the tables to it.
pub(super) const SHORTEST: usize = 6;

/// The shapes of some rules, ready for searching.
#[derive(Debug, Default)]
pub struct Shapes {
    keywords: Option<Words>,
    /// For each keyword, the shape it belongs to.
    owners: Vec<usize>,
    table: Vec<Shape>,
    /// Shapes without a keyword.
    anywhere: Vec<usize>,
    /// A shorter text holds no shape.
    shortest: usize,
}

#[derive(Debug)]
struct Shape {
    rule: usize,
    pattern: String,
    back: usize,
    check: fn(&Match<'_>) -> bool,
    /// Compiled when first needed: most shapes are never met.
    regex: OnceLock<Option<Regex>>,
}

impl Shapes {
    /// Returns the shapes among some rules.
    #[must_use]
    pub fn new(rules: &[Rule]) -> Self {
        let mut all = Self::default();
        let mut words: Vec<(&str, bool)> = Vec::new();
        for (rule, each) in rules.iter().enumerate() {
            let Look::Shape { keywords, pattern, back, check } = &each.look else { continue };
            let shape = all.table.len();
            if keywords.is_empty() {
                all.anywhere.push(shape);
            }
            let any_case = pattern.contains("(?i)");
            words.extend(keywords.iter().map(|word| (*word, any_case)));
            all.owners.extend(keywords.iter().map(|_| shape));
            // Most shapes begin with their keyword.
            let anchored = !keywords.is_empty() && *back == 0;
            let pattern = if anchored { format!("^(?:{pattern})") } else { pattern.to_string() };
            all.table.push(Shape { rule, pattern, back: *back, check: *check, regex: OnceLock::new() });
        }
        all.shortest = if all.anywhere.is_empty() { SHORTEST } else { 1 };
        if !words.is_empty() {
            all.keywords = Some(Words::new(words));
        }
        all
    }

    /// Returns the length of the shortest text that may hold a shape.
    pub(super) fn shortest(&self) -> usize {
        self.shortest
    }

    /// Returns whether a text may hold a shape: it holds a keyword.
    #[must_use]
    pub fn may_match(&self, text: &str) -> bool {
        let long = text.len() >= self.shortest;
        long && (!self.anywhere.is_empty() || self.keywords.as_ref().is_some_and(|words| words.are_in(text)))
    }

    /// Calls `found` with the index of the rule and the range of each match. Matches may overlap.
    pub fn find(&self, text: &str, mut found: impl FnMut(usize, Range<usize>)) {
        if text.len() < self.shortest {
            return;
        }
        for &shape in &self.anywhere {
            self.table[shape].search(text, 0..text.len(), None, &mut found);
        }
        let Some(keywords) = &self.keywords else { return };
        // Where a shape's last match ended, so that the keywords inside it are passed over.
        let mut ends = Vec::new();
        keywords.find(text, |word, keyword| {
            if ends.is_empty() {
                ends.resize(self.table.len(), 0);
            }
            let owner = self.owners[word];
            let shape = &self.table[owner];
            if keyword.start < ends[owner] {
                return;
            }
            let start = floor(text, keyword.start.saturating_sub(shape.back)).max(ends[owner]);
            let reach = if shape.back > 0 { REACH_AROUND } else { REACH };
            let end = floor(text, keyword.end.saturating_add(reach).min(text.len()));
            let mut search = |end| shape.search(text, start..end, Some(keyword.start), &mut found);
            let mut ended = search(end);
            // What is as long as the window goes on behind it.
            if ended == Some(end) && end < text.len() {
                ended = search(floor(text, keyword.end.saturating_add(REACH).min(text.len()))).or(ended);
            }
            ends[owner] = ended.unwrap_or(ends[owner]);
        });
    }
}

impl Shape {
    /// Searches a window of a text for a match that begins at or before `latest`, and returns where it ends; without
    /// a keyword to begin at, for all matches.
    fn search(
        &self,
        text: &str,
        window: Range<usize>,
        latest: Option<usize>,
        found: &mut impl FnMut(usize, Range<usize>),
    ) -> Option<usize> {
        let regex = self.regex.get_or_init(|| compiled(&self.pattern)).as_ref()?;
        let place = |range: Range<usize>| window.start + range.start..window.start + range.end;
        for captures in regex.captures_iter(&text[window.clone()]) {
            let whole = place(captures.get(0)?.range());
            if latest.is_some_and(|latest| whole.start > latest) {
                return None;
            }
            let value = captures.name("v").map_or(whole.clone(), |value| place(value.range()));
            let each = Match {
                before: &text[..whole.start],
                whole: &text[whole.clone()],
                found: &text[value.clone()],
                after: &text[whole.end..],
            };
            if !value.is_empty() && (self.check)(&each) {
                found(self.rule, value);
                if latest.is_some() {
                    return Some(whole.end);
                }
            }
        }
        None
    }
}

/// Compiles a pattern: in terms of ASCII if it is about nothing else, for that is many times smaller.
fn compiled(pattern: &str) -> Option<Regex> {
    let ascii = RegexBuilder::new(pattern).unicode(false).build();
    ascii.or_else(|_| Regex::new(pattern)).ok()
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// So many characters of base64 in a row are a picture or a sound, not the words before a credential.
const MEDIA: usize = 64;

/// Returns whether a match is a word of its own, and no chance find in a picture.
pub(super) fn stands_alone(found: &Match<'_>) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let before = found.before.as_bytes();
    // In escaped text a line end is written as a letter.
    let escape = before.ends_with(b"\\n") || before.ends_with(b"\\t") || before.ends_with(b"\\r");
    let begins = escape || !before.last().is_some_and(word);
    let ends = !found.after.as_bytes().first().is_some_and(word);
    begins && ends && !in_media(found)
}

/// Returns whether a match may follow anything but a letter or digit; what follows it does not matter.
pub(super) fn begins_word(found: &Match<'_>) -> bool {
    stands_alone(&Match { after: "", ..*found })
}

/// Returns whether a match is good wherever it stands.
pub(super) fn anywhere(_: &Match<'_>) -> bool {
    true
}

/// Returns whether the text before and after a match is base64 in one piece with it.
fn in_media(found: &Match<'_>) -> bool {
    let base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let before = found.before.as_bytes().iter().rev().take_while(base64).take(MEDIA).count();
    let after = found.after.as_bytes().iter().take_while(base64).take(MEDIA).count();
    before.max(after) == MEDIA
}
