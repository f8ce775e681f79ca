//! What rules do not search, and what they go into.

/// A language that a text may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// An object or a list.
    Json,
    /// Elements.
    Xml,
    /// Bytes, text in the end.
    Base64,
}

/// Fields whose values are sealed, or are pictures and sounds: what looks like a credential in them is chance.
const SEALED: &[&str] = &[
    "encryptedcontent",
    "encryptedindex",
    "signature",
    "thoughtsignature",
    "b64json",
    "embedding",
    "embeddings",
    "obfuscation",
    "partialimageb64",
    "redactedcontent",
    "encryptedstdout",
    "encryptedreasoning",
];

/// Returns whether a field's value is sealed; the name comes in lower case without `_` and `-`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    SEALED.contains(&name)
}

/// Returns whether a value is data that was put into an address.
#[must_use]
pub fn is_value(value: &str) -> bool {
    value.starts_with("data:") && value.as_bytes().iter().take(200).any(|&byte| byte == b',')
}

/// Returns the language that a text seems to hold.
#[must_use]
pub fn language(value: &str) -> Option<Language> {
    let bytes = value.as_bytes();
    let first = *bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
    let last = *bytes.iter().rev().find(|byte| !byte.is_ascii_whitespace())?;
    match (first, last) {
        (b'{', b'}') | (b'[', b']') if value.len() > 2 => Some(Language::Json),
        (b'<', b'>') => Some(Language::Xml),
        _ if is_base64(bytes) => Some(Language::Base64),
        _ => None,
    }
}

/// A shorter text is no base64 worth reading.
const SHORTEST: usize = 24;

/// Returns whether a text is base64 of text or of something compressed, as far as its beginning tells.
fn is_base64(bytes: &[u8]) -> bool {
    use base64::Engine as _;
    let symbol = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let whole = |byte: &u8| symbol(byte) || matches!(byte, b'\r' | b'\n');
    let head = &bytes[..bytes.len().min(64) / 4 * 4];
    if bytes.len() < SHORTEST || !head.iter().all(symbol) || !bytes.iter().all(whole) {
        return false;
    }
    let standard: Vec<u8> = head
        .iter()
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let trimmed = standard.iter().take_while(|byte| **byte != b'=').count();
    let Ok(decoded) = engine.decode(&standard[..trimmed]) else { return false };
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t') || *byte >= 0x80;
    decoded.starts_with(b"\x1f\x8b")
        || (decoded.iter().all(printable)
            && decoded.iter().filter(|byte| byte.is_ascii()).count() * 4 > decoded.len() * 3)
}
