//! YAML as recorders write it and libyaml (YAML 1.1) reads it.
//!
//! There are two readers. The scanner takes what recorders write, at the speed of `memchr`; whatever it is not sure
//! of it leaves to libyaml itself, which is slow and has the last word on what is an error.

mod block;
mod cursor;
mod decode;
mod fallback;
mod flow;
#[cfg(test)]
pub(super) mod generate;
mod plain;
mod properties;
mod quoted;
mod respell;
mod scan;
#[cfg(test)]
mod tests;
mod typed;

pub(super) use decode::decoded;
pub(super) use fallback::read as by_libyaml;
pub(super) use respell::{Spelled, Where, spelled};
pub(super) use typed::{is_null, is_text, typed};

use self::scan::{Scanner, Stop};
use super::{MAX_DEPTH, Syntax, SyntaxError, Tree};
use crate::text::Text;

/// Reads one or more documents.
pub(super) fn read(text: Text) -> Result<Tree, SyntaxError> {
    if u32::try_from(text.len()).is_err() {
        return Err(SyntaxError { offset: 0, message: "text of more than 4 GB".to_owned() });
    }
    match scanned(&text) {
        Ok(tree) => Ok(tree),
        Err(Stop::TooDeep(offset)) => Err(too_deep(offset)),
        Err(Stop::Unsure) => fallback::read(text),
    }
}

/// Reads text that the scanner takes.
fn scanned(text: &Text) -> Result<Tree, Stop> {
    let source = text.as_str();
    if !is_ordinary(source.strip_prefix('\u{FEFF}').unwrap_or(source).as_bytes()) {
        return Err(Stop::Unsure);
    }
    let (tokens, documents, properties) = Scanner::new(source).stream()?;
    let tree = Tree::new(text.clone(), Syntax::Yaml, tokens, documents);
    Ok(Tree { properties, ..tree })
}

fn too_deep(offset: usize) -> SyntaxError {
    SyntaxError { offset, message: format!("nested more than {MAX_DEPTH} levels deep") }
}

/// Returns whether lines end with LF or CRLF only, and nothing stands between them that libyaml rejects.
fn is_ordinary(bytes: &[u8]) -> bool {
    const CHUNK: usize = 64;
    bytes.chunks(CHUNK).enumerate().all(|(chunk, part)| {
        let any = |is: fn(u8) -> bool| part.iter().fold(false, |any, &byte| any | is(byte));
        // Most text is ASCII, and that is told faster than the rest.
        let suspect = any(|byte| !is_plain(byte)) && any(is_suspect);
        !suspect || (0..part.len()).all(|at| is_ordinary_at(&bytes[chunk * CHUNK + at..]))
    })
}

/// Returns whether a byte is a letter, a blank, a line end, or another character of ASCII that is no control.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\n' | b' '..=b'~')
}

/// Returns whether a byte may begin a character that is not ordinary.
fn is_suspect(byte: u8) -> bool {
    matches!(byte, 0..=0x08 | 0x0B..=0x1F | 0x7F | 0xC2 | 0xE2 | 0xEF)
}

fn is_ordinary_at(rest: &[u8]) -> bool {
    match rest {
        [b'\r', next @ ..] => next.first() == Some(&b'\n'),
        // U+0080 to U+009F: controls, and the line break NEL.
        [0xC2, second, ..] => *second >= 0xA0,
        // The line breaks LS and PS.
        [0xE2, 0x80, third, ..] => !matches!(third, 0xA8 | 0xA9),
        // A byte order mark inside the text, and U+FFFE and U+FFFF.
        [0xEF, 0xBB, 0xBF, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..] => false,
        [byte, ..] => (*byte >= 0x20 && *byte != 0x7F) || matches!(byte, b'\n' | b'\t'),
        [] => true,
    }
}

/// The two readers each on its own.
#[cfg(test)]
pub(super) mod readers {
    pub(in super::super) use super::fallback::BEYOND;
    use super::{Text, Tree};

    pub(in super::super) fn fast(text: &Text) -> Option<Tree> {
        super::scanned(text).ok()
    }
}
