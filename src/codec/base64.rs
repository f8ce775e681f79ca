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
        if symbols.len() / 4 * 3 > limit {
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
/// A YAML reader that folds lines leaves a space between them, so a space counts if whole groups of four stand
/// before it.
pub(super) fn unwrapped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut symbols = Vec::with_capacity(bytes.len());
    let mut lines = bytes.trim_ascii().split(u8::is_ascii_whitespace).filter(|line| !line.is_empty());
    symbols.extend_from_slice(lines.next().unwrap_or_default());
    let width = symbols.len();
    for line in lines {
        if !width.is_multiple_of(4) || line.len() > width {
            return None;
        }
        symbols.extend_from_slice(line);
    }
    Some(symbols)
}

/// Breaks symbols into lines where `old` does, with its line ends and what stands before and after it.
pub(super) fn rewrapped(symbols: &[u8], old: &[u8]) -> Vec<u8> {
    let body = old.trim_ascii();
    let head = old.len() - old.trim_ascii_start().len();
    let tail = &old[head + body.len()..];
    let width = body.iter().position(u8::is_ascii_whitespace).unwrap_or(usize::MAX).max(1);
    let break_length = body.iter().skip(width).take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut out = old[..head].to_vec();
    for (index, line) in symbols.chunks(width).enumerate() {
        if index > 0 {
            out.extend_from_slice(&body[width..width + break_length]);
        }
        out.extend_from_slice(line);
    }
    out.extend_from_slice(tail);
    out
}
