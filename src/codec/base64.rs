//! Base64 (RFC 4648): both alphabets, with and without padding, in lines of any width.

use ::base64::Engine as _;
use ::base64::alphabet::{self, Alphabet};
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Codec, CodecError};

#[derive(Debug)]
pub(super) struct Base64;

impl Codec for Base64 {
    fn name(&self) -> &'static str {
        "base64"
    }

    /// Gives nothing of a damaged text: plain text under a base64 label often begins with four good letters.
    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        let symbols = unwrapped(bytes).ok_or_else(|| CodecError::corrupt(Vec::new()))?;
        let length = symbols.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
        if length / 4 * 3 + (length % 4).saturating_sub(1) > limit {
            return Err(CodecError::too_large());
        }
        engine(&symbols, true).decode(&symbols).map_err(|error| match error {
            ::base64::DecodeError::InvalidLength(_) => CodecError::truncated(Vec::new()),
            _ => CodecError::corrupt(Vec::new()),
        })
    }

    fn encode(&self, decoded: &[u8], old: &[u8]) -> Result<Vec<u8>, CodecError> {
        let symbols = unwrapped(old).ok_or_else(|| CodecError::corrupt(Vec::new()))?;
        // A text that needed no padding does not tell; the URL alphabet goes without by custom.
        let padded = symbols.ends_with(b"=") || (symbols.len().is_multiple_of(4) && !is_url(&symbols));
        Ok(rewrapped(engine(&symbols, padded).encode(decoded).as_bytes(), old))
    }
}

/// Returns the engine that speaks the alphabet of `symbols`.
fn engine(symbols: &[u8], padded: bool) -> GeneralPurpose {
    let alphabet: &Alphabet = if is_url(symbols) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_encode_padding(padded);
    GeneralPurpose::new(alphabet, config)
}

fn is_url(symbols: &[u8]) -> bool {
    memchr::memchr2(b'-', b'_', symbols).is_some()
}

/// Returns the symbols of a text in lines; nothing if it is spaced like words.
///
/// A YAML reader that folds lines leaves a space between them, so spaces are taken between long lines of one length.
pub(super) fn unwrapped(bytes: &[u8]) -> Option<Vec<u8>> {
    const LONG: usize = 32;
    let body = bytes.trim_ascii();
    let width = lines(body).next().map_or(0, |(line, _)| line.len());
    let mut symbols = Vec::with_capacity(body.len());
    for (line, space) in lines(body) {
        let is_spaced = !space.is_empty() && !space.contains(&b'\n');
        if is_spaced && (line.len() != width || width < LONG) {
            return None;
        }
        symbols.extend_from_slice(line);
    }
    Some(symbols)
}

/// Breaks symbols into lines where `old` does, with its line ends and what stands before and after it.
///
/// What is longer than `old` goes on in lines like its longest. R breaks lines after 72, 7 and 65 symbols, and some of
/// them twice.
pub(super) fn rewrapped(symbols: &[u8], old: &[u8]) -> Vec<u8> {
    let body = old.trim_ascii();
    let head = old.len() - old.trim_ascii_start().len();
    let mut breaks: Vec<(usize, &[u8])> = lines(body).map(|(line, space)| (line.len(), space)).collect();
    let line_end = breaks.first().map_or(&b""[..], |(_, space)| space);
    // The last line was not broken; nor is the only one.
    let last = breaks.pop().map_or(0, |(width, _)| width);
    let longest = breaks.iter().map(|(width, _)| *width).max().map_or(usize::MAX, |width| width.max(last));
    let mut out = old[..head].to_vec();
    let mut rest = symbols;
    for (width, space) in breaks.into_iter().chain(std::iter::repeat((longest, line_end))) {
        let (line, next) = rest.split_at(width.min(rest.len()));
        out.extend_from_slice(line);
        if next.is_empty() {
            break;
        }
        out.extend_from_slice(space);
        rest = next;
    }
    out.extend_from_slice(&old[head + body.len()..]);
    out
}

/// Returns the lines of a text, each with the white space behind it.
fn lines(body: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    body.chunk_by(|a, b| !a.is_ascii_whitespace() || b.is_ascii_whitespace()).map(|line| {
        let length = line.trim_ascii_end().len();
        line.split_at(length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
        Base64.decode(bytes, 1000)
    }

    fn reencoded(new: &str, old: &str) -> String {
        String::from_utf8(Base64.encode(new.as_bytes(), old.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn both_alphabets_lines_and_missing_padding_decode() {
        for spelled in ["fn5+fz8/", "fn5-fz8_", "fn5+\nfz8/\n", "fn5+\r\nfz8/", "  fn5\n +fz\n8/"] {
            assert_eq!(decoded(spelled.as_bytes()).unwrap(), b"~~~\x7f??", "{spelled}");
        }
        let line = "QUJD".repeat(17) + "QU";
        let folded = format!("{line} {line} JDQUJDQU");
        assert_eq!(decoded(folded.as_bytes()).unwrap(), decoded(folded.replace(' ', "").as_bytes()).unwrap());
        assert_eq!(decoded(b"aGk=").unwrap(), b"hi");
        assert_eq!(decoded(b"aGk").unwrap(), b"hi");
        assert_eq!(decoded(b"").unwrap(), b"");
    }

    #[test]
    fn plain_text_is_no_base64() {
        for text in ["{\"id\": 1}", "Hello, world", "hello world", "OK", "error", "aGk=aGk=", "\u{e9}"] {
            assert!(decoded(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(decoded(b"aGVsb"), Err(CodecError::truncated(Vec::new())));
        assert_eq!(Base64.decode(b"aGVsbG8gaGVsbG8=", 5), Err(CodecError::too_large()));
    }

    #[test]
    fn the_manner_is_kept() {
        assert_eq!(reencoded("~~~\x7f??!", "fn5+fz8/"), "fn5+fz8/IQ==");
        assert_eq!(reencoded("~~~\x7f??!", "fn5-fz8_"), "fn5-fz8_IQ", "the URL alphabet is not padded");
        assert_eq!(reencoded("~~~\x7f??!", "fn5-_w=="), "fn5-fz8_IQ==", "unless it was");
        assert_eq!(reencoded("hello", "aGk"), "aGVsbG8");
        assert_eq!(reencoded("hello, you", "aGVs\r\n  bG8h\r\n"), "aGVs\r\n  bG8s\r\n  IHlv\r\n  dQ==\r\n");
        // As R breaks lines.
        assert_eq!(reencoded("hello, you", "aGVsb\nG8\nhaGVsb\nG8h"), "aGVsb\nG8\nsIHlvd\nQ==");
        assert_eq!(reencoded("hello, you", "aGVsb\n\nG8\nhaGVsb\nG8h"), "aGVsb\n\nG8\nsIHlvd\nQ==");
        assert_eq!(reencoded("", "\naGVs\nbG8h\n"), "\n\n");
        assert_eq!(reencoded("hi", ""), "aGk=");
    }
}
