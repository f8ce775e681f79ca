//! A new text over the pieces of the old one: each piece of a stream gets its share, cut between words.

use crate::text::Text;

/// A word that goes on for longer than this is cut.
const LONGEST_WORD: usize = 24;

/// Returns what each piece reads so that together they read as the new text. What both texts begin and end with stays in
/// its piece.
pub(super) fn spread(pieces: &[Text], new: &str) -> Vec<String> {
    let old: String = pieces.iter().map(Text::as_str).collect();
    let begin = common(&old, new);
    let end = common_end(&old[begin..], &new[begin..]);
    let changed = begin..old.len() - end;
    let middle = &new[begin..new.len() - end];
    let mut start = 0;
    let ranges = pieces.iter().map(|piece| {
        let own = start..start + piece.len();
        start = own.end;
        own
    });
    let ranges: Vec<_> = ranges.collect();
    // An insertion goes on with the piece before it.
    let touched = |own: &std::ops::Range<usize>| {
        if changed.is_empty() {
            own.start < changed.start.max(1) && changed.start <= own.end
        } else {
            own.start < changed.end && changed.start < own.end
        }
    };
    let mut left = ranges.iter().filter(|own| touched(own)).count();
    let (mut passed, mut given) = (0, 0);
    let share = |own: &std::ops::Range<usize>| {
        let old = &old[own.clone()];
        if !touched(own) {
            return old.to_owned();
        }
        let inside = changed.start.max(own.start)..changed.end.min(own.end);
        passed += inside.len();
        left -= 1;
        let until = if left == 0 {
            middle.len()
        } else {
            cut(middle, given.max((middle.len() * passed).div_ceil(changed.len().max(1))))
        };
        let part = &middle[given..until];
        given = until;
        format!("{}{part}{}", &old[..inside.start - own.start], &old[inside.end - own.start..])
    };
    ranges.iter().map(share).collect()
}

/// Returns the next place at or behind an offset where a word ends.
fn cut(text: &str, offset: usize) -> usize {
    if offset == 0 || offset >= text.len() {
        return offset.min(text.len());
    }
    let at = (offset..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let word = text[at..].find(char::is_whitespace).unwrap_or(text.len() - at);
    if word > LONGEST_WORD { at } else { at + word }
}

/// Returns how many bytes two texts begin with in common.
fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

/// Returns how many bytes two texts end with in common.
fn common_end(a: &str, b: &str) -> usize {
    a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(pieces: &[&str], new: &str) -> Vec<String> {
        let pieces: Vec<Text> = pieces.iter().map(|piece| Text::made(*piece)).collect();
        let spread = super::spread(&pieces, new);
        assert_eq!(spread.concat(), new);
        spread
    }

    #[test]
    fn only_the_pieces_around_a_change_get_another_text() {
        assert_eq!(spread(&["The ", "tide ", "is high."], "The tide is low."), ["The ", "tide ", "is low."]);
        assert_eq!(spread(&["a", "b"], "aXb"), ["aX", "b"]);
        assert_eq!(spread(&["a", "b"], "Xab"), ["Xa", "b"]);
        assert_eq!(spread(&["a", "b"], "abX"), ["a", "bX"]);
        assert_eq!(spread(&["a", "b"], "b"), ["", "b"]);
        assert_eq!(spread(&["a", "b"], ""), ["", ""]);
    }

    #[test]
    fn a_new_text_is_cut_between_words() {
        let old = ["one", " two", " three", " four"];
        assert_eq!(
            spread(&old, "Quite another answer, in six words."),
            ["Quite another", " answer,", " in six", " words."]
        );
        assert_eq!(spread(&old, "Hi"), ["Hi", "", "", ""]);
        let long = "\u{4f60}\u{597d}".repeat(20);
        assert!(spread(&old, &long).iter().all(|piece| !piece.is_empty()));
    }
}
