//! Brotli (RFC 7932). It has no magic bytes; [`super::unwrap`] tries it on what nothing else fits.

use std::io::Write as _;

use ::brotli::enc::StandardAlloc;
use ::brotli::{BrotliDecompressStream, BrotliResult, BrotliState, CompressorWriter};

use super::{Codec, CodecError};

#[derive(Debug)]
pub(super) struct Brotli;

/// Quality and window that servers use for answers made on the fly.
const QUALITY: u32 = 5;
const WINDOW: u32 = 22;

impl Codec for Brotli {
    fn name(&self) -> &'static str {
        "brotli"
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        let alloc = StandardAlloc::default;
        let mut state = BrotliState::new_strict(alloc(), alloc(), alloc());
        let (mut left, mut at, mut total) = (bytes.len(), 0, 0);
        let mut decoded = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let (mut room, mut filled) = (buffer.len(), 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut at,
                bytes,
                &mut room,
                &mut filled,
                &mut buffer,
                &mut total,
                &mut state,
            );
            if filled > limit - decoded.len() {
                return Err(CodecError::too_large());
            }
            decoded.extend_from_slice(&buffer[..filled]);
            match result {
                BrotliResult::ResultSuccess if left == 0 => return Ok(decoded),
                BrotliResult::NeedsMoreInput => return Err(CodecError::truncated(decoded)),
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::ResultSuccess | BrotliResult::ResultFailure => {
                    return Err(CodecError::corrupt(decoded));
                }
            }
        }
    }

    fn encode(&self, decoded: &[u8], _old: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut writer = CompressorWriter::new(Vec::new(), 4096, QUALITY, WINDOW);
        writer.write_all(decoded).map_err(|_| CodecError::corrupt(Vec::new()))?;
        Ok(writer.into_inner())
    }
}
