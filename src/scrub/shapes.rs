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

/// Who writes one keyword behind the other makes every one of them begin a search as long as the window for nothing. So
/// much may be searched in vain at first, and for each byte that was passed; no text that was not made for it needs it.
const IN_VAIN: usize = 1 << 20;
const IN_VAIN_EACH: usize = 32;

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
    pub fn find(&self, text: &str, found: impl FnMut(usize, Range<usize>)) {
        self.find_in(text, &mut Vec::new(), found);
    }

    /// Does the same; `vain` takes how much each shape was looked for in vain.
    fn find_in(&self, text: &str, vain: &mut Vec<usize>, mut found: impl FnMut(usize, Range<usize>)) {
        if text.len() < self.shortest {
            return;
        }
        for &shape in &self.anywhere {
            self.table[shape].search(text, 0..text.len(), None, &mut 0, &mut found);
        }
        let Some(keywords) = &self.keywords else { return };
        // Where a shape's last match ended, so that the keywords inside it are passed over.
        let mut ends = Vec::new();
        keywords.find(text, |word, keyword| {
            if ends.is_empty() {
                ends.resize(self.table.len(), 0);
                vain.resize(self.table.len(), 0);
            }
            let owner = self.owners[word];
            let shape = &self.table[owner];
            if keyword.start < ends[owner] || vain[owner] > IN_VAIN + IN_VAIN_EACH * keyword.start {
                return;
            }
            let start = floor(text, keyword.start.saturating_sub(shape.back)).max(ends[owner]);
            let reach = if shape.back > 0 { REACH_AROUND } else { REACH };
            let end = floor(text, keyword.end.saturating_add(reach).min(text.len()));
            let mut search =
                |end| shape.search(text, start..end, Some(keyword.start), &mut vain[owner], &mut found);
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
    /// a keyword to begin at, for all matches. Adds to `vain` how far it looked for nothing.
    fn search(
        &self,
        text: &str,
        window: Range<usize>,
        latest: Option<usize>,
        vain: &mut usize,
        found: &mut impl FnMut(usize, Range<usize>),
    ) -> Option<usize> {
        let regex = self.regex.get_or_init(|| compiled(&self.pattern)).as_ref()?;
        let mut matches = false;
        let place = |range: Range<usize>| window.start + range.start..window.start + range.end;
        for captures in regex.captures_iter(&text[window.clone()]) {
            let whole = place(captures.get(0)?.range());
            matches = true;
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
            } else {
                *vain += whole.len();
            }
        }
        if let (Some(keyword), false) = (latest, matches) {
            // Few shapes go on behind a word.
            let ahead = text.as_bytes()[keyword..window.end].iter();
            *vain += ahead.take_while(|byte| byte.is_ascii_graphic()).count();
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
    let (before, after) = (found.before.as_bytes(), found.after.as_bytes());
    // Markdown sets words between underscores.
    let marks = |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|byte| **byte == b'_').count();
    let behind = &after[marks(&mut before.iter().rev()).min(marks(&mut after.iter()))..];
    let begins = !before.last().copied().is_some_and(is_word)
        || ends_with_escape(before)
        || ends_with_name(before)
        || ends_with_length(before, found.whole.len());
    begins && !behind.first().copied().is_some_and(is_word) && !in_media(found)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns whether a text ends with letters and digits that stand for another character: a line end in escaped text
/// (`\n`), a quote in JSON (`\u0022`), a space in an address (`%20`, `%2520`), a colour on a terminal (`ESC[32m`).
fn ends_with_escape(text: &[u8]) -> bool {
    let is_other = |digits: &[u8]| {
        let code = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
        code.is_some_and(|code| u8::try_from(code).is_ok_and(|code| !is_word(code)))
    };
    let coded = |mark: &[u8], count: usize| {
        let tail = text.len().checked_sub(count).map(|at| text.split_at(at));
        tail.is_some_and(|(front, digits)| front.ends_with(mark) && is_other(digits))
    };
    matches!(text, [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f'])
        || CODES.iter().any(|(mark, count)| coded(mark, *count))
        || ends_with_colour(text)
}

/// What stands before the hexadecimal digits of a character, and their number.
const CODES: [(&[u8], usize); 4] = [(b"%", 2), (b"%25", 2), (b"\\x", 2), (b"\\u", 4)];

fn ends_with_colour(text: &[u8]) -> bool {
    let Some(text) = text.strip_suffix(b"m") else { return false };
    let digits =
        text.iter().rev().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    text[..text.len() - digits].ends_with(b"[")
}

/// Returns whether a text ends with words that an underscore sets apart from what follows (`my_`, `MY_TOKEN_`), or with
/// nothing but underscores. Base64 is written with underscores, too, but soon has a digit or mixes cases.
fn ends_with_name(text: &[u8]) -> bool {
    const LONGEST: usize = 32;
    let length = text.iter().rev().take(LONGEST).take_while(|byte| is_word(**byte)).count();
    let name = &text[text.len() - length..];
    let all = |is_it: fn(&u8) -> bool| name.iter().all(|byte| *byte == b'_' || is_it(byte));
    name.ends_with(b"_") && length < LONGEST && (all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase))
}

/// Returns whether a text ends with the length of what follows, among bytes that are no text: so protobuf writes strings.
fn ends_with_length(text: &[u8], length: usize) -> bool {
    let (tag, stated) = match text {
        [.., tag, stated] => (*tag, *stated),
        [stated] => (0, *stated),
        [] => return false,
    };
    usize::from(stated) == length && tag.is_ascii_control()
}

/// Returns whether a match may follow anything but a letter or digit; what follows it does not matter.
pub(super) fn begins_word(found: &Match<'_>) -> bool {
    stands_alone(&Match { after: "", ..*found })
}

/// Returns whether a match is good wherever it stands.
pub(super) fn anywhere(_: &Match<'_>) -> bool {
    true
}

/// Returns whether the text before or after a match is base64 in one piece with it.
fn in_media(found: &Match<'_>) -> bool {
    is_media(found.before.as_bytes().iter().rev()) || is_media(found.after.as_bytes().iter())
}

/// Returns whether bytes begin as those in the middle of base64 do. Paths and addresses are long, too, but the words in
/// them have few capitals.
fn is_media<'b>(bytes: impl Iterator<Item = &'b u8>) -> bool {
    const ENOUGH: usize = 10;
    let (mut length, mut separators, mut upper, mut lower) = (0, 0, 0, 0);
    for byte in bytes.take(MEDIA) {
        match byte {
            b'+' | b'/' | b'-' | b'_' => separators += 1,
            b'A'..=b'Z' => upper += 1,
            b'a'..=b'z' => lower += 1,
            b'0'..=b'9' => {}
            _ => return false,
        }
        length += 1;
    }
    length == MEDIA && (separators == 0 || (upper >= ENOUGH && lower >= ENOUGH))
}

#[cfg(test)]
mod tests {
    use super::super::rule::Preset;
    use super::super::{Hit, Rules, rules};
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let rules = Rules::new(rules::of(&[Preset::Secrets]));
        let mut hits: Vec<Hit> = Vec::new();
        rules.in_text(text, &mut hits);
        hits.into_iter().map(|hit| text[hit.range].to_owned()).collect()
    }

    /// No key of anyone: what a key looks like.
    const KEY: &str = "ghp_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2";

    #[test]
    fn a_key_is_found_behind_what_stands_for_another_character() {
        for before in [
            r"first\n",
            r"\u0022",
            r"\x22",
            "is%20",
            "key%3D",
            "key%253D",
            "\u{1b}[32m",
            r"\u001b[1;31m",
            "_",
            "__",
            "my_",
            "MY_TOKEN_",
        ] {
            for after in ["", " ", "&a=b", "\""] {
                assert_eq!(found(&format!("{before}{KEY}{after}")), [KEY], "{before} {after}");
            }
        }
        for mark in ["_", "__", "**"] {
            assert_eq!(found(&format!("say {mark}{KEY}{mark}, he said")), [KEY]);
        }
    }

    #[test]
    fn a_key_is_none_in_the_middle_of_a_word() {
        for before in ["x", "4", "m", "32m", "%2", "%41", "20", r"\u0041", "aB9_", "x9_", "Ab_"] {
            assert!(found(&format!("{before}{KEY}")).is_empty(), "{before}");
        }
        for after in ["x", "_", "_x"] {
            assert!(found(&format!("{KEY}{after}")).is_empty(), "{after}");
        }
    }

    #[test]
    fn a_long_path_is_no_picture() {
        for path in [
            "/home/ada/projects/some-service/tests/fixtures/cassettes/recorded/2026/",
            "https://host.example.com/api/v1/organizations/acme/projects/some-project/environments/production/tokens/",
        ] {
            assert_eq!(found(&format!("{path}{KEY}")), [KEY], "{path}");
        }
        let picture = "iVBORw0KGgoAAAANSUhEUgAA/AEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M8A/";
        assert!(found(&format!("{picture}{KEY}")).is_empty());
    }

    #[test]
    fn ten_times_the_text_takes_ten_times_the_work() {
        let mut rule = rules::all().into_iter().find(|rule| matches!(rule.look, Look::Shape { .. })).unwrap();
        for (pattern, check) in
            [("sk-[a-z-]{20,}", (|_| false) as fn(&Match<'_>) -> bool), ("sk-[a-z-]{20,}!", anywhere)]
        {
            rule.look = Look::Shape { keywords: &["sk-"], pattern: pattern.into(), back: 0, check };
            let shapes = Shapes::new(std::slice::from_ref(&rule));
            let work = |length: usize| {
                let mut vain = Vec::new();
                shapes.find_in(&"sk-".repeat(length / 3), &mut vain, |_, _| {});
                vain.iter().sum::<usize>()
            };
            let (short, long) = (work(300_000), work(3_000_000));
            assert!(short > 1_000_000 && long < 15 * short, "{pattern}: {short} {long}");
        }
    }
}
