//! What a body is wrapped in: base64, compression, chunks.
//!
//! A codec is one file and one row of [`CODECS`]. A recorder's layout declares some of them; compression is found by
//! its first bytes ([`unwrap`]), because headers survive when bodies are decoded, and are scrubbed when they are not.

mod base64;
mod brotli;
mod charset;
mod chunked;
mod deflate;
mod erlang;
mod gzip;
mod hex;
mod list;
#[cfg(test)]
mod tests;
mod transcoded;
mod wrapped;
mod zlib;
mod zstd;

use std::fmt;

pub use charset::charset;
pub use transcoded::{encoded, utf_8};
pub use wrapped::{undeclare, unwrap};

/// How many bytes one body may decode to: recordings are megabytes, what is larger is a mistake or an attack.
pub const MAX_DECODED: usize = 256 << 20;

/// Every codec. The order is that in which first bytes are tried.
pub static CODECS: &[&dyn Codec] = &[
    &gzip::Gzip,
    &zstd::Zstd,
    &zlib::Zlib,
    &deflate::Deflate,
    &brotli::Brotli,
    &base64::Base64,
    &hex::Hex,
    &chunked::Chunked,
    ERLANG,
    BASE64_LIST,
    HEX_LIST,
];

/// Base64, which many recorders' layouts declare.
pub static BASE64: &dyn Codec = &base64::Base64;

/// The chunks of a body on the wire.
pub static CHUNKED: &dyn Codec = &chunked::Chunked;

/// Hexadecimal digits.
pub static HEX: &dyn Codec = &hex::Hex;

/// A binary in Erlang's external term format.
pub static ERLANG: &dyn Codec = &erlang::Erlang;

/// Chunks as a JSON list of strings in base64.
pub static BASE64_LIST: &dyn Codec = &list::List { name: "base64-list", item: &base64::Base64 };

/// Chunks as a JSON list of strings of hexadecimal digits.
pub static HEX_LIST: &dyn Codec = &list::List { name: "hex-list", item: &hex::Hex };

/// One way to wrap bytes.
pub trait Codec: fmt::Debug + Sync {
    /// Returns the name of the codec.
    fn name(&self) -> &'static str;

    /// Returns whether the bytes begin as this codec's output does.
    fn sniff(&self, bytes: &[u8]) -> bool {
        let _ = bytes;
        false
    }

    /// Returns the bytes inside.
    ///
    /// # Errors
    /// [`CodecError`], with what could be decoded, if the bytes are not what this codec writes or decode to more
    /// than `limit` bytes.
    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError>;

    /// Wraps bytes in the manner of `old`, the wrapped form as recorded: its line width, alphabet, header, level.
    ///
    /// # Errors
    /// [`CodecError`] if `old` is in no state to be imitated.
    fn encode(&self, decoded: &[u8], old: &[u8]) -> Result<Vec<u8>, CodecError>;
}

/// Returns the codec of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Codec> {
    CODECS.iter().copied().find(|codec| codec.name() == name)
}

/// Returns whether bytes may be what a `Content-Encoding` says they are: of some encodings the first bytes tell.
#[must_use]
pub fn may_be(encoding: &str, bytes: &[u8]) -> bool {
    match encoding.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => gzip::Gzip.sniff(bytes),
        "zstd" => zstd::Zstd.sniff(bytes),
        _ => true,
    }
}

/// What is wrong with wrapped bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// They end too early.
    Truncated,
    /// They are not what the codec writes.
    Corrupt,
    /// They decode to more bytes than allowed.
    TooLarge,
}

/// Why bytes could not be decoded or encoded, and what was decoded until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError {
    /// What is wrong.
    pub fault: Fault,
    /// What was decoded before the fault; only codecs that can vouch for it give any.
    pub decoded: Vec<u8>,
}

impl CodecError {
    fn truncated(decoded: Vec<u8>) -> Self {
        Self { fault: Fault::Truncated, decoded }
    }

    fn corrupt(decoded: Vec<u8>) -> Self {
        Self { fault: Fault::Corrupt, decoded }
    }

    fn too_large() -> Self {
        Self { fault: Fault::TooLarge, decoded: Vec::new() }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            Fault::Truncated => "it ends too early",
            Fault::Corrupt => "it is damaged, or something else",
            Fault::TooLarge => "it decodes to more than 256 MiB",
        })
    }
}

impl std::error::Error for CodecError {}
