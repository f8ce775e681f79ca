//! The chunked transfer coding of HTTP/1.1 (RFC 9112), found where raw wire bytes were recorded.

use std::ops::Range;

use super::{Codec, CodecError};

#[derive(Debug)]
pub(super) struct Chunked;

impl Codec for Chunked {
    fn name(&self) -> &'static str {
        "chunked"
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        let mut decoded = Vec::with_capacity(bytes.len());
        match chunks(bytes, |chunk| decoded.extend_from_slice(&bytes[chunk.data])) {
            _ if decoded.len() > limit => Err(CodecError::too_large()),
            Ok(_) => Ok(decoded),
            Err(error) => Err(CodecError { decoded, ..error }),
        }
    }

    /// Keeps the chunks on both sides of the change, and lets those inside it grow or shrink.
    fn encode(&self, decoded: &[u8], old: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut value = Vec::with_capacity(old.len());
        let mut ends = Vec::new();
        let last = chunks(old, |chunk| {
            value.extend_from_slice(&old[chunk.data.clone()]);
            ends.push((value.len(), chunk));
        })?;
        let head = value.iter().zip(decoded).take_while(|(a, b)| a == b).count();
        let both = value.len().min(decoded.len()) - head;
        let tail =
            value.iter().rev().zip(decoded.iter().rev()).take(both).take_while(|(a, b)| a == b).count();
        let line_end: &[u8] = if old[..last].ends_with(b"\r\n") || ends.is_empty() { b"\r\n" } else { b"\n" };
        let mut out = Vec::with_capacity(old.len() + decoded.len());
        let mut at = 0;
        for (index, (end, chunk)) in ends.iter().enumerate() {
            let end = match *end {
                _ if index + 1 == ends.len() => decoded.len(),
                end if end <= head => end,
                end if end + tail >= value.len() => end + decoded.len() - value.len(),
                end => end.min(decoded.len() - tail),
            };
            push(&mut out, &decoded[at..end], chunk, old, line_end);
            at = end;
        }
        if ends.is_empty() && !decoded.is_empty() {
            push(&mut out, decoded, &Chunk { line: 0..0, data: 0..0 }, old, line_end);
        }
        out.extend_from_slice(&old[last..]);
        Ok(out)
    }
}

/// A chunk: its size line without the line end, and its data.
struct Chunk {
    line: Range<usize>,
    data: Range<usize>,
}

/// Writes a chunk, with the old size line where the size is the same. A chunk of nothing would end the body.
fn push(out: &mut Vec<u8>, data: &[u8], old: &Chunk, bytes: &[u8], line_end: &[u8]) {
    if data.is_empty() {
        return;
    }
    let line = &bytes[old.line.clone()];
    if data.len() == old.data.len() {
        out.extend_from_slice(line);
    } else if line.iter().any(|byte| matches!(byte, b'A'..=b'F')) {
        out.extend(format!("{:X}", data.len()).into_bytes());
    } else {
        out.extend(format!("{:x}", data.len()).into_bytes());
    }
    out.extend_from_slice(line_end);
    out.extend_from_slice(data);
    out.extend_from_slice(line_end);
}

/// Calls `each` with each chunk, a cut one too, and returns where the last, empty one begins.
fn chunks(bytes: &[u8], mut each: impl FnMut(Chunk)) -> Result<usize, CodecError> {
    let truncated = || CodecError::truncated(Vec::new());
    let corrupt = || CodecError::corrupt(Vec::new());
    let mut at = 0;
    loop {
        let start = at;
        let end = at
            + memchr::memchr(b'\n', &bytes[at..]).ok_or_else(|| {
                if size(&bytes[start..]).is_some() || start == bytes.len() { truncated() } else { corrupt() }
            })?;
        let line = start..if bytes[start..end].ends_with(b"\r") { end - 1 } else { end };
        let size = size(&bytes[line.clone()]).ok_or_else(corrupt)?;
        if size == 0 {
            return Ok(start);
        }
        let data = end + 1..(end + 1).saturating_add(size).min(bytes.len());
        let (whole, next) = (data.len() == size, data.end);
        each(Chunk { line, data });
        if !whole {
            return Err(truncated());
        }
        at = match &bytes[next..] {
            [b'\r', b'\n', ..] => next + 2,
            [b'\n', ..] => next + 1,
            [] | [b'\r'] => return Err(truncated()),
            _ => return Err(corrupt()),
        };
    }
}

/// Returns the size in a chunk's first line; extensions follow a `;`.
fn size(line: &[u8]) -> Option<usize> {
    let digits = line.split(|&byte| byte == b';').next()?.trim_ascii();
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    usize::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &[u8] = b"6;a=b\r\nhello \r\n05\r\nworld\r\nA\r\n, and all!\r\n0\r\nEtag: x\r\n\r\n";

    fn reencoded(new: &[u8]) -> String {
        String::from_utf8(Chunked.encode(new, OLD).unwrap()).unwrap()
    }

    #[test]
    fn chunks_without_a_change_stay_as_they_are() {
        assert_eq!(Chunked.decode(OLD, 99).unwrap(), b"hello world, and all!");
        assert_eq!(reencoded(b"hello world, and all!").as_bytes(), OLD);
        let new = "6;a=b\r\nhello \r\n4\r\nmoon\r\nA\r\n, and all!\r\n0\r\nEtag: x\r\n\r\n";
        assert_eq!(reencoded(b"hello moon, and all!"), new);
    }

    #[test]
    fn a_chunk_that_becomes_empty_is_left_out() {
        let new = "6;a=b\r\nhello \r\nA\r\n, and all!\r\n0\r\nEtag: x\r\n\r\n";
        assert_eq!(reencoded(b"hello , and all!"), new);
        assert_eq!(reencoded(b""), "0\r\nEtag: x\r\n\r\n");
        assert_eq!(Chunked.encode(b"new", b"0\r\n\r\n").unwrap(), b"3\r\nnew\r\n0\r\n\r\n");
    }

    #[test]
    fn bare_line_feeds_are_read_and_kept() {
        let old = b"2\nhi\n0\n\n";
        assert_eq!(Chunked.decode(old, 99).unwrap(), b"hi");
        assert_eq!(Chunked.encode(b"hello", old).unwrap(), b"5\nhello\n0\n\n");
    }

    #[test]
    fn what_was_sent_before_the_end_is_kept() {
        let truncated = |decoded: &[u8]| Err(CodecError::truncated(decoded.to_vec()));
        assert_eq!(Chunked.decode(b"5\r\nhel", 99), truncated(b"hel"));
        assert_eq!(Chunked.decode(b"5\r\nhello", 99), truncated(b"hello"));
        assert_eq!(Chunked.decode(b"5\r\nhello\r\n", 99), truncated(b"hello"));
        assert_eq!(Chunked.decode(b"5\r\nhello\r\n1", 99), truncated(b"hello"));
        assert_eq!(Chunked.decode(b"5\r\nhello, world", 99), Err(CodecError::corrupt(b"hello".to_vec())));
        assert_eq!(Chunked.decode(b"ffffffffffffffff\r\nhel", 99), truncated(b"hel"));
        for text in ["{\"a\": 1}\n", "hello", "+5\r\nhello\r\n0\r\n\r\n", "-5\r\n"] {
            assert_eq!(Chunked.decode(text.as_bytes(), 99), Err(CodecError::corrupt(Vec::new())), "{text}");
        }
    }
}
