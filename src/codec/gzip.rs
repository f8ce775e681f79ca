//! Gzip (RFC 1952), also of several members, as servers write that flush in between.

use flate2::{Compression, Crc, FlushCompress};

use super::deflate::{Frame, Inflated, deflate, deflate_into, inflate};
use super::{Codec, CodecError, Fault, MAX_DECODED};

#[derive(Debug)]
pub(super) struct Gzip;

const MAGIC: &[u8] = &[0x1F, 0x8B, 0x08];

impl Codec for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        members(bytes, limit).map(|inflated| inflated.decoded)
    }

    /// Writes one member behind the old header, and keeps what stood behind the old members.
    fn encode(&self, decoded: &[u8], old: &[u8]) -> Result<Vec<u8>, CodecError> {
        let header = header(old)?;
        let level = match header.get(8) {
            Some(2) => Compression::best(),
            Some(4) => Compression::fast(),
            _ => Compression::default(),
        };
        let mut out = header.to_vec();
        match members(old, MAX_DECODED) {
            Ok(Inflated { used, .. }) => {
                let trailer = trailer(decoded);
                let length = used - header.len() - trailer.len();
                out.extend(deflate_into(decoded, Frame::None, level, length));
                out.extend(trailer);
                out.extend_from_slice(&old[used..]);
            }
            // A recording that was cut off stays cut off.
            Err(error) if error.fault == Fault::Truncated => {
                out.extend(deflate(decoded, Frame::None, level, FlushCompress::Sync));
            }
            Err(error) => return Err(error),
        }
        Ok(out)
    }
}

/// Decompresses all members. Bytes behind them that are no member are left alone, as gzip itself does.
fn members(bytes: &[u8], limit: usize) -> Result<Inflated, CodecError> {
    let mut decoded: Vec<u8> = Vec::new();
    let mut used = 0;
    loop {
        let failed = |mut error: CodecError, mut decoded: Vec<u8>| {
            decoded.append(&mut error.decoded);
            CodecError { decoded, ..error }
        };
        let start = match header(&bytes[used..]) {
            Ok(header) => used + header.len(),
            Err(error) => return Err(failed(error, decoded)),
        };
        let member = match inflate(&bytes[start..], Frame::None, limit - decoded.len()) {
            Ok(member) => member,
            Err(error) => return Err(failed(error, decoded)),
        };
        let end = start + member.used;
        let wanted = trailer(&member.decoded);
        if decoded.is_empty() {
            decoded = member.decoded;
        } else {
            decoded.extend_from_slice(&member.decoded);
        }
        match bytes.get(end..end + wanted.len()) {
            None => return Err(CodecError::truncated(decoded)),
            Some(found) if found != wanted => return Err(CodecError::corrupt(decoded)),
            Some(found) => used = end + found.len(),
        }
        if !bytes[used..].starts_with(MAGIC) {
            return Ok(Inflated { decoded, used });
        }
    }
}

/// Returns the header of a member: ten bytes, then what the flags announce.
fn header(bytes: &[u8]) -> Result<&[u8], CodecError> {
    let ends_early = || CodecError::truncated(Vec::new());
    if !MAGIC.starts_with(&bytes[..bytes.len().min(MAGIC.len())]) {
        return Err(CodecError::corrupt(Vec::new()));
    }
    let flags = *bytes.get(3).ok_or_else(ends_early)?;
    let mut length = 10;
    if flags & 4 != 0 {
        let extra = bytes.get(length..length + 2).ok_or_else(ends_early)?;
        length += 2 + usize::from(u16::from_le_bytes([extra[0], extra[1]]));
    }
    // Name and comment end with a zero byte.
    for flag in [8, 16] {
        if flags & flag != 0 {
            let text = bytes.get(length..).ok_or_else(ends_early)?;
            length += memchr::memchr(0, text).ok_or_else(ends_early)? + 1;
        }
    }
    if flags & 2 != 0 {
        length += 2;
    }
    bytes.get(..length).ok_or_else(ends_early)
}

/// Returns what stands behind the compressed bytes: checksum and length.
fn trailer(decoded: &[u8]) -> [u8; 8] {
    let mut crc = Crc::new();
    crc.update(decoded);
    let mut trailer = [0; 8];
    trailer[..4].copy_from_slice(&crc.sum().to_le_bytes());
    trailer[4..].copy_from_slice(&crc.amount().to_le_bytes());
    trailer
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use flate2::GzBuilder;
    use flate2::read::MultiGzDecoder;

    use super::*;

    fn named(text: &[u8], level: Compression) -> Vec<u8> {
        let builder = GzBuilder::new().mtime(7).filename("a.json").comment("why").extra("extra");
        let mut writer = builder.write(Vec::new(), level);
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn header_level_and_trailing_bytes_stay() {
        for level in [Compression::fast(), Compression::default(), Compression::best()] {
            let member = named(b"hi", level);
            let old = [&member, &b"\0\0"[..]].concat();
            let header = header(&old).unwrap();
            assert!(header.ends_with(b"a.json\0why\0"));
            let new = Gzip.encode(b"hello", &old).unwrap();
            assert!(new.starts_with(header) && new.ends_with(b"\0\0"));
            let mut read = String::new();
            MultiGzDecoder::new(&new[..new.len() - 2]).read_to_string(&mut read).unwrap();
            assert_eq!(read, "hello");
        }
    }

    #[test]
    fn members_are_joined() {
        let old = [named(b"one ", Compression::fast()), named(b"two", Compression::best())].concat();
        assert_eq!(Gzip.decode(&old, 99).unwrap(), b"one two");
        assert_eq!(
            Gzip.decode(&old, 6),
            Err(CodecError { fault: Fault::TooLarge, decoded: b"one ".to_vec() })
        );
        let cut = &old[..old.len() - 20];
        assert_eq!(Gzip.decode(cut, 99), Err(CodecError::truncated(b"one ".to_vec())));
    }

    #[test]
    fn a_wrong_checksum_is_corrupt_and_keeps_the_text() {
        let mut bytes = named(b"hello", Compression::fast());
        let at = bytes.len() - 8;
        bytes[at] ^= 1;
        assert_eq!(Gzip.decode(&bytes, 99), Err(CodecError::corrupt(b"hello".to_vec())));
        assert!(Gzip.encode(b"new", &bytes).is_err());
    }

    #[test]
    fn a_stream_that_was_cut_off_stays_cut_off() {
        let text = b"some text that is long enough to be cut in its middle, twice and thrice".repeat(9);
        let whole = named(&text, Compression::fast());
        let cut = &whole[..whole.len() - 12];
        let Err(CodecError { fault: Fault::Truncated, decoded }) = Gzip.decode(cut, 9999) else { panic!() };
        assert!(!decoded.is_empty() && text.starts_with(&decoded));
        let new = Gzip.encode(b"new", cut).unwrap();
        assert_eq!(Gzip.decode(&new, 99), Err(CodecError::truncated(b"new".to_vec())));
    }
}
