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
