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
            let mut new = deflate(decoded, frame, level, FlushCompress::Finish);
            new.extend_from_slice(&old[used..]);
            Ok(new)
        }
        Err(error) if error.fault == Fault::Truncated => {
            Ok(deflate(decoded, frame, level, FlushCompress::Sync))
        }
        Err(error) => Err(error),
    }
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
