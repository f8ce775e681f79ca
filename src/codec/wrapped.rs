//! Unwrapping: which codecs a body is wrapped in, and layers of text that can be edited through them.

use super::{CODECS, Codec, CodecError, Fault, MAX_DECODED, brotli};
use crate::diagnostic::{Diagnostic, Parsed};
use crate::text::{Change, Run, Slice, Spelling, Unspellable, splice};

/// How many compressions inside each other are undone.
const MAX_LEVELS: usize = 3;

/// Brotli has no magic bytes, and short noise may be a stream by chance.
const MIN_UNDECLARED_BROTLI: usize = 16;

/// Returns what a body holds: the codecs that the recorder's layout declares are undone, then every compression that
/// shows by its first bytes.
///
/// `content_encoding` is believed only for brotli, which cannot be told otherwise. What does not decode stays as it
/// is; what ends too early is given as far as it goes.
#[must_use]
pub fn unwrap(raw: Slice, declared: &[&'static dyn Codec], content_encoding: Option<&str>) -> Parsed<Slice> {
    let mut parsed = Parsed::from(raw);
    for &codec in declared {
        if !undo(&mut parsed, codec) {
            break;
        }
    }
    for _ in 0..MAX_LEVELS {
        let bytes = parsed.value.bytes();
        let Some(codec) = CODECS.iter().copied().find(|codec| codec.sniff(bytes)) else { break };
        let is_text = parsed.value.text().is_some();
        match read(codec, bytes) {
            // Text may begin like zlib; only a whole stream shows that it is none.
            Ok(Read { fault: Some(_), .. }) | Err(_) if is_text => break,
            Ok(read) => enter(&mut parsed, codec, read),
            Err(error) => {
                let message = format!("begins like {}, but does not decode: {error}", codec.name());
                let at = parsed.value.span();
                parsed.diagnostics.push(Diagnostic::warning(message, at).help("shown as it stands"));
                return parsed;
            }
        }
    }
    if let Some(decoded) = brotli_text(&parsed.value, content_encoding) {
        enter(&mut parsed, &brotli::Brotli, Read { decoded, fault: None });
    }
    parsed
}

/// Returns what is inside one codec, and nothing that this may be wrapped in again: one of the pieces that some
/// recorders cut a body into.
#[must_use]
pub fn decoded(raw: Slice, codec: &'static dyn Codec) -> Parsed<Slice> {
    let mut parsed = Parsed::from(raw);
    undo(&mut parsed, codec);
    parsed
}

/// Undoes a codec that the recorder's layout declares, if the value is what it writes.
fn undo(parsed: &mut Parsed<Slice>, codec: &'static dyn Codec) -> bool {
    match read(codec, parsed.value.bytes()) {
        Ok(read) => {
            enter(parsed, codec, read);
            true
        }
        Err(error) => {
            let message = format!("labelled {}, but does not decode: {error}", codec.name());
            let at = parsed.value.span();
            parsed.diagnostics.push(Diagnostic::warning(message, at).help("shown as it stands"));
            false
        }
    }
}

/// Puts what was read from the value in its place.
fn enter(parsed: &mut Parsed<Slice>, codec: &'static dyn Codec, Read { decoded, fault }: Read) {
    if let Some(fault) = fault {
        let error = CodecError { fault, decoded: Vec::new() };
        let message = format!("only part of the {} could be read: {error}", codec.name());
        parsed.diagnostics.push(Diagnostic::warning(message, parsed.value.span()));
    }
    parsed.value = Slice::spelled(parsed.value.clone(), Wrapped { codec, fault }, decoded);
}

/// Returns the text in a brotli stream, if the bytes are a whole one.
fn brotli_text(slice: &Slice, content_encoding: Option<&str>) -> Option<Vec<u8>> {
    let mut encodings = content_encoding.unwrap_or_default().split(',');
    let declared = encodings.any(|encoding| encoding.trim().eq_ignore_ascii_case("br"));
    if slice.text().is_some() || (!declared && slice.bytes().len() < MIN_UNDECLARED_BROTLI) {
        return None;
    }
    let decoded = brotli::Brotli.decode(slice.bytes(), MAX_DECODED).ok()?;
    let text = std::str::from_utf8(&decoded).is_ok_and(|text| !text.is_empty() && !text.contains('\0'));
    text.then_some(decoded)
}

/// What a codec could read, and why it stopped before the end.
#[derive(PartialEq, Eq)]
struct Read {
    decoded: Vec<u8>,
    fault: Option<Fault>,
}

/// Reads as far as possible.
fn read(codec: &'static dyn Codec, bytes: &[u8]) -> Result<Read, CodecError> {
    match codec.decode(bytes, MAX_DECODED) {
        Ok(decoded) => Ok(Read { decoded, fault: None }),
        Err(error) if error.decoded.is_empty() => Err(error),
        Err(CodecError { fault, decoded }) => Ok(Read { decoded, fault: Some(fault) }),
    }
}

/// Text inside a codec: one opaque piece, encoded anew when anything in it changes.
#[derive(Debug)]
struct Wrapped {
    codec: &'static dyn Codec,
    /// What was wrong with the recorded bytes, and so must be wrong with the new ones.
    fault: Option<Fault>,
}

impl Spelling for Wrapped {
    fn name(&self) -> &'static str {
        self.codec.name()
    }

    fn runs(&self, outer: &[u8]) -> Vec<Run> {
        let decoded = self.codec.decode(outer, MAX_DECODED).unwrap_or_else(|error| error.decoded);
        vec![Run { value: 0..decoded.len(), outer: 0..outer.len(), verbatim: false }]
    }

    fn respell(
        &self,
        outer: &[u8],
        value: &[u8],
        _runs: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        let name = self.codec.name();
        let refused = |why: String| Unspellable(format!("{name} cannot be written here: {why}"));
        let decoded = splice(value, changes.to_vec()).map_err(|why| refused(why.to_string()))?;
        let new = self.codec.encode(&decoded, outer).map_err(|why| refused(why.to_string()))?;
        let wanted = Read { decoded, fault: self.fault };
        match read(self.codec, &new) {
            Ok(read) if read == wanted => Ok(vec![Change { range: 0..outer.len(), new }]),
            // Nothing is left to vouch for when all that could be read was deleted.
            Err(error) if error.decoded == wanted.decoded && Some(error.fault) == wanted.fault => {
                Ok(vec![Change { range: 0..outer.len(), new }])
            }
            _ => Err(refused("the recorded bytes are damaged".to_owned())),
        }
    }
}
