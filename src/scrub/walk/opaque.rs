//! What rules do not search, and what they go into.

use std::ops::Range;

use base64::Engine as _;

use super::text::looks_like_form;

/// A language that a text may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// An object or a list, or lines of objects.
    Json,
    /// Elements.
    Xml,
    /// Names and values.
    Form,
    /// Bytes, text in the end: these stretches.
    Base64(Vec<Range<usize>>),
    /// The same in hexadecimal digits.
    Hex,
}

/// Why what looks like a credential in a field is chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// The provider alone can read it.
    Signature,
    /// Filler that hides the length of what stands beside it.
    Filler,
    /// Pictures, sounds, vectors.
    Data,
}

/// Fields whose values are sealed, or are pictures and sounds.
const SEALED: &[(&str, Sealed)] = &[
    ("encryptedcontent", Sealed::Signature),
    ("encryptedindex", Sealed::Signature),
    ("signature", Sealed::Signature),
    ("thoughtsignature", Sealed::Signature),
    ("b64json", Sealed::Data),
    ("embedding", Sealed::Data),
    ("embeddings", Sealed::Data),
    ("obfuscation", Sealed::Filler),
    ("partialimageb64", Sealed::Data),
    ("redactedcontent", Sealed::Signature),
    ("encryptedstdout", Sealed::Signature),
    ("encryptedreasoning", Sealed::Signature),
];

/// Returns why a field's value is sealed, if it is; the name comes in lower case without `_` and `-`.
#[must_use]
pub fn sealed(name: &str) -> Option<Sealed> {
    SEALED.iter().find(|(known, _)| *known == name).map(|(_, why)| *why)
}

/// Media types of data in which what looks like a credential is chance: they hold no text.
const NO_TEXT: &[&str] =
    &["image/", "audio/", "video/", "font/", "application/pdf", "application/octet-stream"];

/// Returns whether a value is a picture or the like that was put into an address: `data:image/png;base64,` (RFC 2397).
pub(super) fn is_value(value: &str) -> bool {
    const LONGEST_HEAD: usize = 200;
    let Some(address) = value.strip_prefix("data:") else { return false };
    let Some(head) = address.as_bytes().iter().take(LONGEST_HEAD).position(|&byte| byte == b',') else {
        return false;
    };
    let head = &address[..head];
    let kind = head.split(';').next().unwrap_or_default().to_ascii_lowercase();
    let no_text = NO_TEXT.iter().any(|no_text| kind.starts_with(no_text)) && !kind.ends_with("+xml");
    no_text && !head.contains(char::is_whitespace)
}

/// Returns the language that a text seems to hold.
pub(super) fn language(value: &str) -> Option<Language> {
    let bytes = value.as_bytes();
    if bytes.len() < 3 {
        return None;
    }
    let first = *bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
    let last = *bytes.iter().rev().find(|byte| !byte.is_ascii_whitespace())?;
    match (first, last) {
        (b'{', b'}') | (b'[', b']') => Some(Language::Json),
        (b'<', b'>') => Some(Language::Xml),
        _ if bytes.len() < SHORTEST => None,
        _ if is_hex(bytes) => Some(Language::Hex),
        _ => {
            let stretches = base64_stretches(bytes);
            if !stretches.is_empty() {
                return Some(Language::Base64(stretches));
            }
            (value.contains('&') && looks_like_form(value)).then_some(Language::Form)
        }
    }
}

/// A shorter text is no base64 worth reading.
const SHORTEST: usize = 24;

/// Which bytes base64 is written with, in both its alphabets.
const SYMBOLS: [bool; 256] = {
    let mut symbols = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        symbols[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    symbols
};

/// Returns the stretches of base64 that hold text or something compressed, as far as their beginnings tell.
fn base64_stretches(bytes: &[u8]) -> Vec<Range<usize>> {
    let symbol = |byte: u8| SYMBOLS[usize::from(byte)];
    let mut stretches = Vec::new();
    let mut at = 0;
    while at + SHORTEST <= bytes.len() {
        // Where one byte of a stretch is no symbol, none that holds it begins before.
        let last = at + SHORTEST - 1;
        if !symbol(bytes[last]) {
            at = last + 1;
            continue;
        }
        if let Some(gap) = (at..last).rev().find(|&byte| !symbol(bytes[byte])) {
            at = gap + 1;
            continue;
        }
        let wrapped = |byte: u8| symbol(byte) || matches!(byte, b'\r' | b'\n');
        let mut end = (last..bytes.len()).find(|&byte| !wrapped(bytes[byte])).unwrap_or(bytes.len());
        while end > at && !symbol(bytes[end - 1]) {
            end -= 1;
        }
        let padding = bytes[end..].iter().take(2).take_while(|&&byte| byte == b'=').count();
        if holds_text(&bytes[at..end]) {
            stretches.push(at..end + padding);
        }
        at = end + padding.max(1);
    }
    stretches
}

/// Returns whether base64 holds text or something compressed, as far as its beginning tells.
fn holds_text(symbols: &[u8]) -> bool {
    const LOOKED_AT: usize = 64;
    let mut standard = [0; LOOKED_AT];
    let mut length = 0;
    for (place, byte) in standard.iter_mut().zip(symbols.iter().filter(|byte| !byte.is_ascii_whitespace())) {
        *place = match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        };
        length += 1;
    }
    let holds = |symbols: usize, is_it: fn(&[u8]) -> bool| {
        let mut decoded = [0; LOOKED_AT / 4 * 3];
        let engine = base64::engine::general_purpose::STANDARD;
        let length = engine.decode_slice(&standard[..symbols.min(length) / 4 * 4], &mut decoded);
        length.is_ok_and(|length| is_compressed(&decoded[..length]) || is_it(&decoded[..length]))
    };
    // Most noise is told by its first bytes.
    holds(8, is_printable) && holds(LOOKED_AT, is_text)
}

/// Returns whether bytes begin as gzip or zlib does.
fn is_compressed(decoded: &[u8]) -> bool {
    matches!(decoded, [0x1F, 0x8B, ..] | [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..])
}

fn is_printable(decoded: &[u8]) -> bool {
    decoded.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t') || *byte >= 0x80)
}

fn is_text(decoded: &[u8]) -> bool {
    is_printable(decoded) && decoded.iter().filter(|byte| byte.is_ascii()).count() * 4 > decoded.len() * 3
}

/// Returns whether a text is hexadecimal digits that spell text.
fn is_hex(bytes: &[u8]) -> bool {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    bytes.len().is_multiple_of(2) && bytes.len() >= SHORTEST && bytes.iter().all(u8::is_ascii_hexdigit) && {
        let pairs = bytes.chunks_exact(2).take(48);
        let decoded = pairs.filter_map(|pair| u8::try_from(digit(&pair[0])? * 16 + digit(&pair[1])?).ok());
        decoded.collect::<Vec<_>>().iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_found_whole_and_in_the_middle_of_a_text() {
        let secret = "eyJrZXkiOiAic2stYWJjIn0K";
        let stretch = |text: &str| match language(text) {
            Some(Language::Base64(ranges)) => {
                ranges.iter().map(|range| text[range.clone()].to_owned()).collect()
            }
            _ => Vec::new(),
        };
        assert_eq!(stretch(secret), [secret]);
        assert_eq!(stretch(&format!("it is {secret}!")), [secret]);
        assert_eq!(stretch("aGVsbG8gd29ybGQsIGhlbGxvIQ=="), ["aGVsbG8gd29ybGQsIGhlbGxvIQ=="]);
        assert_eq!(
            stretch("aGVsbG8gd29ybGQsIGhlbGxvIHdvcmxkLCBo\r\nZWxsbw=="),
            ["aGVsbG8gd29ybGQsIGhlbGxvIHdvcmxkLCBo\r\nZWxsbw=="]
        );
    }

    #[test]
    fn only_an_address_that_holds_a_picture_or_the_like_is_data() {
        for data in
            ["data:image/png;base64,iVBORw0KGgo=", "data:Audio/wav,x", "data:application/pdf;base64,JVBERi0="]
        {
            assert!(is_value(data), "{data}");
        }
        for text in [
            "data: the key, they say, is this",
            "data:image/png is a beginning, they say",
            "data:image/svg+xml,<svg/>",
            "data:text/plain;base64,aGVsbG8=",
            "data:application/json,{}",
            "data:,hello",
            "data:image/png",
        ] {
            assert!(!is_value(text), "{text}");
        }
    }

    #[test]
    fn words_and_noise_are_no_other_language() {
        for text in [
            "hello",
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
            "a b c",
            "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        ] {
            assert_eq!(language(text), None, "{text}");
        }
        assert_eq!(language("68656c6c6f20776f726c642068656c6c6f"), Some(Language::Hex));
        assert_eq!(language("grant_type=password&user=ada"), Some(Language::Form));
    }
}
