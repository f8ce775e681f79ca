//! A binary in Erlang's external term format: two bytes that say so, its length, the bytes.

use super::{Codec, CodecError};

/// Version of the format, and the tag of a binary (ERTS User's Guide, “External Term Format”).
const BINARY: [u8; 2] = [131, 109];

#[derive(Debug)]
pub(super) struct Erlang;

impl Codec for Erlang {
    fn name(&self) -> &'static str {
        "erlang"
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        let rest = bytes.strip_prefix(&BINARY).and_then(|rest| rest.split_first_chunk::<4>());
        let Some((length, rest)) = rest else { return Err(CodecError::corrupt(Vec::new())) };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > limit {
            return Err(CodecError::too_large());
        }
        match rest.len() {
            have if have == length => Ok(rest.to_vec()),
            have if have < length => Err(CodecError::truncated(rest.to_vec())),
            _ => Err(CodecError::corrupt(Vec::new())),
        }
    }

    fn encode(&self, decoded: &[u8], _old: &[u8]) -> Result<Vec<u8>, CodecError> {
        let length = u32::try_from(decoded.len()).map_err(|_| CodecError::too_large())?;
        Ok([&BINARY[..], &length.to_be_bytes(), decoded].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_is_what_its_length_says() {
        let term = b"\x83m\0\0\0\x02hi";
        assert_eq!(Erlang.decode(term, 9).unwrap(), b"hi");
        assert_eq!(Erlang.encode(b"hello", term).unwrap(), b"\x83m\0\0\0\x05hello");
        assert!(Erlang.decode(b"\x83m\0\0\0\x03hi", 9).unwrap_err().decoded == b"hi");
        assert!(Erlang.decode(b"\x83m\xff\xff\xff\xffhi", 9).is_err());
        assert!(Erlang.decode(b"hi", 9).is_err());
    }
}
