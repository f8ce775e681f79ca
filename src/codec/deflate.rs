//! Deflate (RFC 1951) without a frame, and the compressor that gzip and zlib share with it.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{Codec, CodecError, Fault, MAX_DECODED};

#[derive(Debug)]
pub(super) struct Deflate;

impl Codec for Deflate {
    fn name(&self) -> &'static str {
        "deflate"
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        inflate(bytes, Frame::None, limit).map(|inflated| inflated.decoded)
    }

    fn encode(&self, decoded: &[u8], old: &[u8]) -> Result<Vec<u8>, CodecError> {
        reflate(decoded, old, Frame::None, Compression::default())
    }
}

/// What stands around the compressed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    None,
    Zlib,
}

/// What was decompressed, and from how many bytes.
pub(super) struct Inflated {
    pub(super) decoded: Vec<u8>,
    pub(super) used: usize,
}

/// How much the output grows at a time at least.
const STEP: usize = 32 << 10;

/// Decompresses one stream; what stands behind it is left alone.
pub(super) fn inflate(bytes: &[u8], frame: Frame, limit: usize) -> Result<Inflated, CodecError> {
    let mut state = Decompress::new(frame == Frame::Zlib);
    let mut decoded = Vec::new();
    loop {
        let room = decoded.len().max(STEP).min(limit.saturating_add(1) - decoded.len());
        decoded.reserve_exact(room);
        let (before, used) = (decoded.len(), seen(state.total_in()));
        let status = state.decompress_vec(&bytes[used..], &mut decoded, FlushDecompress::None);
        let used_now = seen(state.total_in());
        if decoded.len() > limit {
            return Err(CodecError::too_large());
        }
        match status {
            Ok(Status::StreamEnd) => return Ok(Inflated { decoded, used: used_now }),
            Ok(Status::Ok | Status::BufError) if used_now == used && decoded.len() == before => {
                return Err(CodecError::truncated(decoded));
            }
            Ok(Status::Ok | Status::BufError) => {}
            Err(_) => return Err(CodecError::corrupt(decoded)),
        }
    }
}

/// Compresses anew; a stream that was cut off stays cut off, and what stood behind the old one stays.
pub(super) fn reflate(
    decoded: &[u8],
    old: &[u8],
    frame: Frame,
    level: Compression,
) -> Result<Vec<u8>, CodecError> {
    match inflate(old, frame, MAX_DECODED) {
        Ok(Inflated { used, .. }) => {
            let mut new = deflate_into(decoded, frame, level, used);
            new.extend_from_slice(&old[used..]);
            Ok(new)
        }
        Err(error) if error.fault == Fault::Truncated => {
            Ok(deflate(decoded, frame, level, FlushCompress::Sync))
        }
        Err(error) => Err(error),
    }
}

/// Blocks of no bytes that every reader passes over (RFC 1951): a stored one, which is what a compressor writes to flush;
/// and one in fixed codes before it. They begin and end between two bytes.
const EMPTY: [&[u8]; 2] = [b"\x00\x00\x00\xff\xff", b"\x02\x00\x00\x00\xff\xff"];

/// Compresses to just so many bytes, with some blocks of no bytes, if that takes no more than a quarter of them: then
/// lengths that are noted elsewhere stay right, and the lines of a file that holds the bytes as text stay where they are.
pub(super) fn deflate_into(decoded: &[u8], frame: Frame, level: Compression, length: usize) -> Vec<u8> {
    let plain = deflate(decoded, frame, level, FlushCompress::Finish);
    if plain.len() >= length || length - plain.len() > length / 4 {
        return plain;
    }
    let mut state = Compress::new(level, frame == Frame::Zlib);
    let mut out = Vec::with_capacity(length + 64);
    let flushed = state.compress_vec(decoded, &mut out, FlushCompress::Sync);
    let mut end = Vec::with_capacity(64);
    let ended = state.compress_vec(&[], &mut end, FlushCompress::Finish);
    let whole =
        seen(state.total_in()) == decoded.len() && flushed.is_ok() && matches!(ended, Ok(Status::StreamEnd));
    let missing = length.checked_sub(out.len() + end.len()).filter(|_| whole);
    let Some(filling) = missing.and_then(filling) else { return plain };
    out.extend(filling);
    out.extend(end);
    out
}

/// Returns so many bytes of empty blocks; from twenty on there is a way.
fn filling(length: usize) -> Option<Vec<u8>> {
    let [short, long] = EMPTY;
    // Each longer block makes up for a byte that is no multiple of the shorter one.
    let longer = length % short.len();
    let shorter = length.checked_sub(longer * long.len())? / short.len();
    Some([short.repeat(shorter), long.repeat(longer)].concat())
}

/// Compresses; without [`FlushCompress::Finish`] the stream is left open.
pub(super) fn deflate(decoded: &[u8], frame: Frame, level: Compression, flush: FlushCompress) -> Vec<u8> {
    let mut state = Compress::new(level, frame == Frame::Zlib);
    let mut out = Vec::with_capacity(decoded.len() / 4 + 64);
    loop {
        let status = state.compress_vec(&decoded[seen(state.total_in())..], &mut out, flush);
        let flushed = seen(state.total_in()) == decoded.len() && out.len() < out.capacity();
        match status {
            Ok(Status::StreamEnd) | Err(_) => return out,
            Ok(Status::Ok | Status::BufError) if flush != FlushCompress::Finish && flushed => return out,
            Ok(Status::Ok | Status::BufError) => out.reserve(out.len().max(STEP)),
        }
    }
}

fn seen(total: u64) -> usize {
    usize::try_from(total).expect("no more than the length of a slice")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_becomes_a_little_shorter_keeps_its_length() {
        let noise = |at: u32| at.wrapping_mul(2_654_435_769).rotate_left(at % 31).wrapping_mul(at) >> 28;
        let text: Vec<u8> = (1..6000).filter_map(|at| Some(b'a' + u8::try_from(noise(at)).ok()?)).collect();
        for frame in [Frame::None, Frame::Zlib] {
            let packed = |text: &[u8]| deflate(text, frame, Compression::default(), FlushCompress::Finish);
            let old = [&packed(&text)[..], b"\n"].concat();
            let mut kept = 0;
            for shorter in (0..3000).step_by(7) {
                let new = &text[shorter..];
                let repacked = reflate(new, &old, frame, Compression::default()).unwrap();
                let inflated = inflate(&repacked, frame, 1 << 20).unwrap();
                assert_eq!(inflated.decoded, new);
                assert_eq!(repacked[inflated.used..], *b"\n", "nothing stands behind the end");
                let missing = (old.len() - 1).saturating_sub(packed(new).len());
                if (40..=old.len() / 4).contains(&missing) {
                    assert_eq!(repacked.len(), old.len(), "{shorter}");
                    kept += 1;
                } else if missing > old.len() / 4 {
                    assert_eq!(repacked.len(), packed(new).len() + 1, "{shorter}: much is not filled up");
                }
            }
            assert!(kept > 20, "{kept}");
        }
    }

    #[test]
    fn every_length_from_twenty_on_can_be_filled() {
        for length in (20..200).chain([0, 5, 6, 10, 11, 12]) {
            assert_eq!(filling(length).map(|filling| filling.len()), Some(length));
        }
        assert_eq!(filling(7), None);
    }
}
