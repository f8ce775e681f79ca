//! Zlib (RFC 1950): what HTTP calls `deflate`, and what R's vcr calls `raw_gzip`.

use flate2::Compression;

use super::deflate::{Frame, inflate, reflate};
use super::{Codec, CodecError};

#[derive(Debug)]
pub(super) struct Zlib;

impl Codec for Zlib {
    fn name(&self) -> &'static str {
        "zlib"
    }

    /// The header is two bytes that text may begin with too (`x^`): only decoding tells.
    fn sniff(&self, bytes: &[u8]) -> bool {
        matches!(bytes, [0x78, flags @ (0x01 | 0x5E | 0x9C | 0xDA), _, ..] if (0x7800 + u16::from(*flags)).is_multiple_of(31))
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        inflate(bytes, Frame::Zlib, limit).map(|inflated| inflated.decoded)
    }

    fn encode(&self, decoded: &[u8], old: &[u8]) -> Result<Vec<u8>, CodecError> {
        // The header's top bits say how hard the compressor tried.
        let level = match old.get(1).map(|flags| flags >> 6) {
            Some(0) => Compression::fast(),
            Some(3) => Compression::best(),
            _ => Compression::default(),
        };
        reflate(decoded, old, Frame::Zlib, level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_alone_is_believed_for_what_it_is() {
        assert!(Zlib.sniff(b"x^\x4b\x04\x00"));
        assert!(Zlib.sniff(b"\x78\x9c\x03"));
        assert!(!Zlib.sniff(b"xy"));
        assert!(!Zlib.sniff(b"x\x9c"), "nothing follows");
    }

    #[test]
    fn level_and_trailing_bytes_stay() {
        // `zlib.compress(b"hi", level)` in Python, with a line end behind it.
        for flags in [0x01, 0x9C, 0xDA] {
            let old = [&[0x78, flags][..], b"\xcb\xc8\x04\x00\x01\x3b\x00\xd2\n"].concat();
            assert_eq!(Zlib.decode(&old, 99).unwrap(), b"hi");
            let new = Zlib.encode(b"hello", &old).unwrap();
            assert_eq!(new[..2], [0x78, flags]);
            assert_eq!(new.last(), Some(&b'\n'));
            assert_eq!(Zlib.decode(&new, 99).unwrap(), b"hello");
        }
    }
}
