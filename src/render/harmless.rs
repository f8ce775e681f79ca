//! Recorded text is hostile: what a terminal would obey is made visible before it gets there.

use std::borrow::Cow;

/// Returns text with control characters and invisible direction marks made visible; line ends stay, tabs become
/// spaces.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte) || byte == b'\n') {
        return Cow::Borrowed(text);
    }
    if !text.chars().any(|c| c != '\n' && visible(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => out.push('\n'),
            // A carriage return before a line end is part of it.
            '\r' if characters.peek() == Some(&'\n') => {}
            '\t' => out.push_str("    "),
            other => match visible(other) {
                Some(shown) => out.push_str(&shown),
                None => out.push(other),
            },
        }
    }
    Cow::Owned(out)
}

/// Returns what to show in place of a character that must not reach a terminal.
fn visible(character: char) -> Option<String> {
    match character {
        // Control pictures stand for C0; DEL has its own.
        '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(character)).map(String::from),
        '\x7F' => Some("␡".to_owned()),
        // C1 controls, direction marks and isolates, line and paragraph separators, the byte order mark.
        '\u{80}'..='\u{9F}'
        | '\u{61C}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}'
        | '\u{E0000}'..='\u{E007F}' => Some(format!("‹U+{:04X}›", u32::from(character))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_become_visible() {
        assert_eq!(harmless("a\x1b[31mb\x07"), "a␛[31mb␇");
        assert_eq!(harmless("a\u{202E}b\u{9B}c"), "a‹U+202E›b‹U+009B›c");
        assert_eq!(harmless("a\r\nb\rc\td"), "a\nb␍c    d");
        assert_eq!(harmless("naïve 😀 – ok\n"), "naïve 😀 – ok\n");
    }
}
