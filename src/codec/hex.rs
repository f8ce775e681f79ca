//! Hexadecimal, two digits a byte, in lines of any width.

use super::base64::{rewrapped, unwrapped};
use super::{Codec, CodecError};

#[derive(Debug)]
pub(super) struct Hex;

impl Codec for Hex {
    fn name(&self) -> &'static str {
        "hex"
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        let digits = unwrapped(bytes).ok_or_else(|| CodecError::corrupt(Vec::new()))?;
        if digits.len() / 2 > limit {
            return Err(CodecError::too_large());
        }
        let (pairs, rest) = digits.as_chunks::<2>();
        let decoded = pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?));
        let decoded: Vec<u8> =
            decoded.collect::<Option<_>>().ok_or_else(|| CodecError::corrupt(Vec::new()))?;
        match rest {
            [] => Ok(decoded),
            _ => Err(CodecError::truncated(decoded)),
        }
    }

    fn encode(&self, decoded: &[u8], old: &[u8]) -> Result<Vec<u8>, CodecError> {
        let upper = old.iter().any(|byte| matches!(byte, b'A'..=b'F'));
        let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        let pair = |byte: &u8| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]];
        let symbols: Vec<u8> = decoded.iter().flat_map(pair).collect();
        Ok(rewrapped(&symbols, old))
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_lines_are_kept() {
        assert_eq!(Hex.decode(b"4a4B\n4c\n", 9).unwrap(), b"JKL");
        assert_eq!(Hex.encode(b"JKLM", b"4a4b\n4c\n").unwrap(), b"4a4b\n4c4d\n");
        assert_eq!(Hex.encode(b"JK", b"4A").unwrap(), b"4A4B");
    }

    #[test]
    fn what_is_no_hex_is_refused() {
        assert_eq!(Hex.decode(b"4a4", 9), Err(CodecError::truncated(b"J".to_vec())));
        assert_eq!(Hex.decode(b"4a4g", 9), Err(CodecError::corrupt(Vec::new())));
        assert_eq!(Hex.decode(b"4a4b4c", 2), Err(CodecError::too_large()));
    }
}
