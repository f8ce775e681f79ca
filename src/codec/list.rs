//! Chunks of a body as a JSON list of encoded strings: what Polly.js keeps of a compressed body, in one string.

use super::{Codec, CodecError};

/// A list of strings, each encoded by `item`.
#[derive(Debug)]
pub(super) struct List {
    pub(super) name: &'static str,
    pub(super) item: &'static dyn Codec,
}

impl List {
    /// Returns the bytes of each chunk.
    fn chunks(&self, bytes: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, CodecError> {
        let items: Vec<String> =
            serde_json::from_slice(bytes).map_err(|_| CodecError::corrupt(Vec::new()))?;
        items.iter().map(|item| self.item.decode(item.as_bytes(), limit)).collect()
    }
}

impl Codec for List {
    fn name(&self) -> &'static str {
        self.name
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        let decoded = self.chunks(bytes, limit)?.concat();
        if decoded.len() > limit { Err(CodecError::too_large()) } else { Ok(decoded) }
    }

    /// Keeps the number and the lengths of the chunks; the last one takes what is left.
    fn encode(&self, decoded: &[u8], old: &[u8]) -> Result<Vec<u8>, CodecError> {
        let lengths: Vec<usize> = self.chunks(old, usize::MAX)?.iter().map(Vec::len).collect();
        let items: Vec<String> = serde_json::from_slice(old).unwrap_or_default();
        let mut rest = decoded;
        let mut out = Vec::new();
        for (at, length) in lengths.iter().enumerate() {
            let last = at + 1 == lengths.len();
            let (chunk, after) = rest.split_at(if last { rest.len() } else { (*length).min(rest.len()) });
            rest = after;
            if !chunk.is_empty() {
                let item = self.item.encode(chunk, items[at].as_bytes())?;
                out.push(String::from_utf8_lossy(&item).into_owned());
            }
        }
        if rest.is_empty() {
            serde_json::to_vec(&out).map_err(|_| CodecError::corrupt(Vec::new()))
        } else {
            Err(CodecError::corrupt(Vec::new()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BASE64_LIST, HEX_LIST};

    #[test]
    fn chunks_are_joined() {
        assert_eq!(BASE64_LIST.decode(br#"["aGVs","bG8="]"#, 99).unwrap(), b"hello");
        assert_eq!(HEX_LIST.decode(br#"["68","65 6c6c6f"]"#, 99).ok(), None);
        assert_eq!(HEX_LIST.decode(br#"["68","656c6c6f"]"#, 99).unwrap(), b"hello");
        assert!(BASE64_LIST.decode(br#"[{"id": 1}]"#, 99).is_err());
        assert!(BASE64_LIST.decode(br#"["aGVsbG8="]"#, 3).is_err());
    }

    #[test]
    fn new_bytes_keep_the_lengths_of_the_chunks_but_for_the_last() {
        let encode = |new: &[u8]| BASE64_LIST.encode(new, br#"["aGVs","bG8="]"#);
        assert_eq!(encode(b"help me").unwrap(), br#"["aGVs","cCBtZQ=="]"#);
        assert_eq!(encode(b"he").unwrap(), br#"["aGU="]"#);
        assert!(BASE64_LIST.encode(b"x", b"[]").is_err());
    }
}
