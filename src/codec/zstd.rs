//! Zstandard (RFC 8878), also of several frames.

use std::io::Read as _;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::{Codec, CodecError};

#[derive(Debug)]
pub(super) struct Zstd;

impl Codec for Zstd {
    fn name(&self) -> &'static str {
        "zstd"
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD])
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        let mut decoded = Vec::new();
        let mut rest = bytes;
        loop {
            match frame(&mut rest, limit, &mut decoded) {
                Ok(()) if decoded.len() > limit => return Err(CodecError::too_large()),
                Ok(()) if rest.is_empty() => return Ok(decoded),
                Ok(()) => {}
                Err(error) if ends_early(&error) => return Err(CodecError::truncated(decoded)),
                Err(_) => return Err(CodecError::corrupt(decoded)),
            }
        }
    }

    /// Writes one frame, at the only level there is.
    fn encode(&self, decoded: &[u8], _old: &[u8]) -> Result<Vec<u8>, CodecError> {
        Ok(compress_to_vec(decoded, CompressionLevel::Fastest))
    }
}

/// Decodes one frame; stops without error once there is more than `limit`.
fn frame(rest: &mut &[u8], limit: usize, decoded: &mut Vec<u8>) -> Result<(), FrameDecoderError> {
    let mut reader = FrameDecoder::new();
    if let Err(error) = reader.init(&mut *rest) {
        let FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. }) = error
        else {
            return Err(error);
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        *rest = rest.get(length..).ok_or(FrameDecoderError::FailedToSkipFrame)?;
        return Ok(());
    }
    while decoded.len() <= limit {
        let done = reader.decode_blocks(&mut *rest, BlockDecodingStrategy::UptoBlocks(1))?;
        // Until the frame ends, the reader keeps the last window to itself.
        reader.read_to_end(decoded).map_err(FrameDecoderError::FailedToDrainDecodebuffer)?;
        if done {
            break;
        }
    }
    Ok(())
}

/// Returns whether reading stopped because there was nothing left to read.
fn ends_early(error: &FrameDecoderError) -> bool {
    if matches!(error, FrameDecoderError::FailedToSkipFrame) {
        return true;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|error| error.kind() == std::io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    false
}
