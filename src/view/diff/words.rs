//! Texts word by word: what changed, with some of what stands around it.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::view::block::{Line, Style, run};
use crate::view::brief;

/// So many characters are shown before and after a change.
const AROUND: usize = 24;

/// So many characters of one change are shown.
const LONGEST: usize = 240;

/// So many changes of one text are shown.
const MOST: usize = 4;

/// Texts with more words than this between their first and last change are not compared word by word.
const WORDS: usize = 4_000;

/// A stretch of two texts: the same in both, or what was and what is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    Same(String),
    Changed(String, String),
}

/// Returns two texts as stretches.
pub(super) fn stretches(old: &str, new: &str) -> Vec<Stretch> {
    let (was, is) = (split(old), split(new));
    let ahead = was.iter().zip(&is).take_while(|(one, other)| one == other).count();
    let (rest, rest_of_new) = (&was[ahead..], &is[ahead..]);
    let back =
        rest.iter().rev().zip(rest_of_new.iter().rev()).take_while(|(one, other)| one == other).count();
    let (rest, rest_of_new) = (&rest[..rest.len() - back], &rest_of_new[..rest_of_new.len() - back]);
    let mut found = vec![Stretch::Same(was[..ahead].concat())];
    if rest.len().max(rest_of_new.len()) > WORDS {
        found.push(Stretch::Changed(rest.concat(), rest_of_new.concat()));
    } else {
        for op in capture_diff_slices(Algorithm::Myers, rest, rest_of_new) {
            let (old, new) = (rest[op.old_range()].concat(), rest_of_new[op.new_range()].concat());
            if op.tag() == DiffTag::Equal {
                found.push(Stretch::Same(old));
            } else {
                found.push(Stretch::Changed(old, new));
            }
        }
    }
    found.push(Stretch::Same(was[was.len() - back..].concat()));
    joined(found)
}

/// Joins changes that only a space or a short word keeps apart: what is said anew is read as one.
fn joined(found: Vec<Stretch>) -> Vec<Stretch> {
    let mut out: Vec<Stretch> = Vec::new();
    let mut found =
        found.into_iter().filter(|each| !matches!(each, Stretch::Same(text) if text.is_empty())).peekable();
    while let Some(stretch) = found.next() {
        let between = matches!(out.last(), Some(Stretch::Changed(..))) && found.peek().is_some();
        match (stretch, out.last_mut()) {
            (Stretch::Same(text), Some(Stretch::Changed(old, new))) if between && text.trim().len() < 4 => {
                old.push_str(&text);
                new.push_str(&text);
            }
            (Stretch::Changed(was, is), Some(Stretch::Changed(old, new))) => {
                old.push_str(&was);
                new.push_str(&is);
            }
            (other, _) => out.push(other),
        }
    }
    out
}

/// Cuts a text into words, spaces and signs.
fn split(text: &str) -> Vec<&str> {
    let kind = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            0
        } else if c == ' ' {
            1
        } else {
            2
        }
    };
    let mut words = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let kind = kind(c);
        if last.is_some_and(|last| last != kind || kind == 2) {
            words.push(&text[start..at]);
            start = at;
        }
        last = Some(kind);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

/// Returns what changed in a text, on lines: the changes with what stands around them.
pub(super) fn lines(old: &str, new: &str) -> Vec<Line> {
    let (old, new) = (brief::text(old), brief::text(new));
    let stretches = stretches(&old, &new);
    let same: usize =
        stretches.iter().map(|each| if let Stretch::Same(text) = each { text.len() } else { 0 }).sum();
    // What has next to nothing in common is shown as two texts.
    if same * 3 < old.len().max(new.len())
        && !old.is_empty()
        && !new.is_empty()
        && old.len().max(new.len()) > 40
    {
        return vec![
            vec![run(Style::Removed, head(&old, LONGEST / 2))],
            vec![run(Style::Added, head(&new, LONGEST / 2))],
        ];
    }
    let changes = stretches.iter().filter(|each| matches!(each, Stretch::Changed(..))).count();
    let mut line: Line = Vec::new();
    let mut shown = 0;
    for (at, stretch) in stretches.iter().enumerate() {
        match stretch {
            Stretch::Same(text) => {
                let (first, last) = (at == 0, at + 1 == stretches.len() || shown == MOST);
                line.push(run(Style::Plain, around(text, first, last)));
            }
            Stretch::Changed(was, is) => {
                if shown == MOST {
                    break;
                }
                shown += 1;
                let side = |style, text: &str| run(style, head(text, LONGEST));
                line.extend((!was.is_empty()).then(|| side(Style::Removed, was)));
                line.extend((!is.is_empty()).then(|| side(Style::Added, is)));
            }
        }
    }
    if changes > shown {
        line.push(run(Style::Dim, format!(" and {} more", brief::plural(changes - shown, "change"))));
    }
    vec![line]
}

/// Returns what stands around changes, cut in the middle or at an end.
fn around(text: &str, first: bool, last: bool) -> String {
    let length = text.chars().count();
    let (front, back) = match (first, last) {
        (true, _) => (0, AROUND),
        (false, true) => (AROUND, 0),
        (false, false) => (AROUND, AROUND),
    };
    if length <= front + back + 6 {
        return text.to_owned();
    }
    let head: String = text.chars().take(front).collect();
    let tail: String = text.chars().skip(length - back).collect();
    let (head, tail) = (at_word_end(&head), at_word_start(&tail));
    let gap = if front > 0 && back > 0 { " … " } else { "…" };
    format!("{head}{gap}{tail}")
}

fn at_word_end(text: &str) -> &str {
    text.rfind(' ').map_or(text, |at| &text[..at])
}

fn at_word_start(text: &str) -> &str {
    text.find(' ').map_or(text, |at| &text[at + 1..])
}

/// Returns the beginning of a text.
pub(super) fn head(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let lines = lines(old, new).into_iter().map(|line| {
            let piece = |run: crate::view::Run| match run.style {
                Style::Removed => format!("[-{}-]", run.text),
                Style::Added => format!("{{+{}+}}", run.text),
                _ => run.text,
            };
            line.into_iter().map(piece).collect::<String>()
        });
        lines.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn changed_words_are_shown_with_some_of_what_stands_around() {
        assert_eq!(
            shown("Add and multiply the number 2 and 3", "Add and multiply the numbers 2 and 3"),
            "Add and multiply the [-number-]{+numbers+} 2 and 3"
        );
        let long = "The lamp is lit at dusk and put out at dawn, whoever keeps it. ".repeat(3);
        let shown = shown(&format!("{long}Trim it daily. {long}"), &format!("{long}Trim it weekly. {long}"));
        assert_eq!(shown, "…keeps it. Trim it [-daily-]{+weekly+}. The lamp is lit at…");
    }

    #[test]
    fn texts_that_have_little_in_common_stand_below_each_other() {
        let old = "High water is at nine and there is no more oil.";
        let new = "Nobody can say when that will be, least of all I.";
        assert_eq!(shown(old, new), format!("[-{old}-]|{{+{new}+}}"));
    }

    #[test]
    fn changes_close_to_each_other_are_one() {
        assert_eq!(shown("one two three four", "one 2 3 four"), "one [-two three-]{+2 3+} four");
    }
}
