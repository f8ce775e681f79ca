//! Unwrapping: which codecs a body is wrapped in, and layers of text that can be edited through them.

use super::{CODECS, Codec, CodecError, Fault, MAX_DECODED, brotli};
use smallvec::smallvec;

use crate::diagnostic::{Diagnostic, Parsed};
use crate::text::{Change, Run, Runs, Slice, Spelling, Unspellable, splice};

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
    let mut parsed = undeclare(raw, declared);
    undo_compression(&mut parsed);
    undo_brotli(&mut parsed, content_encoding);
    parsed
}

/// Returns what is inside the codecs that the recorder's layout declares, and nothing that this may be compressed with.
#[must_use]
pub fn undeclare(raw: Slice, declared: &[&'static dyn Codec]) -> Parsed<Slice> {
    let mut parsed = Parsed::from(raw);
    let _ = declared.iter().all(|codec| undo(&mut parsed, *codec));
    parsed
}

fn undo_compression(parsed: &mut Parsed<Slice>) {
    for _ in 0..MAX_LEVELS {
        let bytes = parsed.value.bytes();
        let Some(codec) = CODECS.iter().copied().find(|codec| codec.sniff(bytes)) else { return };
        let is_text = parsed.value.text().is_some();
        match read(codec, bytes) {
            // Text may begin like zlib; only a whole stream shows that it is none.
            Ok(Read { fault: Some(_), .. }) | Err(_) if is_text => return,
            Ok(read) => enter(parsed, codec, read),
            Err(error) => {
                let name = codec.name();
                return warn(parsed, format!("begins like {name}, but does not decode: {error}"));
            }
        }
    }
}

fn undo_brotli(parsed: &mut Parsed<Slice>, content_encoding: Option<&str>) {
    let declared = names_brotli(content_encoding);
    let bytes = parsed.value.bytes();
    if parsed.value.text().is_some() || (!declared && bytes.len() < MIN_UNDECLARED_BROTLI) {
        return;
    }
    if let Some(decoded) = brotli_text(bytes) {
        enter(parsed, &brotli::Brotli, Read { decoded, fault: None });
    } else if declared {
        // Not a warning: a recorder that decodes binary bodies keeps the header all the same.
        let message = "the header says brotli, but it does not decode";
        parsed.diagnostics.push(Diagnostic::note(message, parsed.value.span()));
    }
}

fn warn(parsed: &mut Parsed<Slice>, message: String) {
    let warning = Diagnostic::warning(message, parsed.value.span());
    parsed.diagnostics.push(warning.help("shown as it stands"));
}

/// Undoes a codec that the recorder's layout declares, if the value is what it writes.
fn undo(parsed: &mut Parsed<Slice>, codec: &'static dyn Codec) -> bool {
    match read(codec, parsed.value.bytes()) {
        Ok(read) => {
            enter(parsed, codec, read);
            true
        }
        Err(error) => {
            warn(parsed, format!("labelled {}, but does not decode: {error}", codec.name()));
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

/// Returns whether a content encoding names brotli.
fn names_brotli(content_encoding: Option<&str>) -> bool {
    let mut encodings = content_encoding.unwrap_or_default().split(',');
    encodings.any(|encoding| encoding.trim().eq_ignore_ascii_case("br"))
}

/// Returns the text in a brotli stream, if the bytes are a whole one.
fn brotli_text(bytes: &[u8]) -> Option<Vec<u8>> {
    let decoded = brotli::Brotli.decode(bytes, MAX_DECODED).ok()?;
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

    fn runs(&self, outer: &[u8]) -> Runs {
        let decoded = self.codec.decode(outer, MAX_DECODED).unwrap_or_else(|error| error.decoded);
        smallvec![Run { value: 0..decoded.len(), outer: 0..outer.len(), verbatim: false }]
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
            _ => Err(refused("it would not read back".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::by_name;
    use crate::text::{Edit, SourceId, Text, lift};

    const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0";

    fn encoded(name: &str, decoded: &[u8]) -> Vec<u8> {
        let old: &[u8] = match name {
            "gzip" => GZIP,
            "zlib" => b"\x78\x9c\x03\0\0\0\0\x01",
            "chunked" => b"0\r\n\r\n",
            _ => b"",
        };
        by_name(name).unwrap().encode(decoded, old).unwrap()
    }

    fn unwrapped(bytes: &[u8], declared: &[&str], content_encoding: Option<&str>) -> Parsed<Slice> {
        let declared: Vec<_> = declared.iter().map(|name| by_name(name).unwrap()).collect();
        unwrap(Slice::source(SourceId(0), bytes.to_vec()), &declared, content_encoding)
    }

    /// Returns what bytes hold that need no declaration, without a word.
    fn plain(bytes: &[u8], content_encoding: Option<&str>) -> Vec<u8> {
        let parsed = unwrapped(bytes, &[], content_encoding);
        assert_eq!(parsed.diagnostics, []);
        parsed.value.bytes().to_vec()
    }

    fn edited(bytes: &[u8], body: &Text, old: &str, new: &str) -> Result<Vec<u8>, String> {
        let at = body.as_str().find(old).unwrap();
        let lifted =
            lift(vec![Edit::replace(body, at..at + old.len(), new)]).map_err(|why| why.to_string())?;
        Ok(splice(bytes, lifted[&SourceId(0)].changes.clone()).unwrap())
    }

    #[test]
    fn compression_shows_by_its_first_bytes() {
        for name in ["gzip", "zlib", "zstd"] {
            let bytes = encoded(name, b"hello");
            assert_eq!(plain(&bytes, None), b"hello");
            assert_eq!(plain(&bytes, Some("identity")), b"hello");
            assert_eq!(plain(&encoded("gzip", &bytes), None), b"hello", "{name} in gzip");
        }
    }

    #[test]
    fn a_header_that_lies_is_not_believed() {
        assert_eq!(plain(b"{\"a\": 1}", Some("gzip")), b"{\"a\": 1}");
        assert_eq!(plain(b"{\"a\": 1}", Some("br")), b"{\"a\": 1}");
        assert_eq!(plain(b"", Some("br")), b"");
    }

    #[test]
    fn text_and_noise_that_begin_like_zlib_stay() {
        for text in [&b"x^2 + y^2"[..], b"x\x01", b"x^", b"x"] {
            assert_eq!(plain(text, None), text);
        }
        let noise = b"x^\xff\xff\xff\xff";
        let parsed = unwrapped(noise, &[], None);
        assert_eq!(parsed.value.bytes(), noise);
        assert_eq!(
            parsed.diagnostics[0].message,
            "begins like zlib, but does not decode: it is damaged, or something else"
        );
    }

    #[test]
    fn no_more_than_three_compressions_are_undone() {
        let wrap = |times: usize| (0..times).fold(b"hello".to_vec(), |bytes, _| encoded("gzip", &bytes));
        assert_eq!(plain(&wrap(3), None), b"hello");
        assert_eq!(plain(&wrap(5), None), wrap(2));
    }

    #[test]
    fn brotli_must_decode_whole_and_to_text() {
        let bytes = encoded("brotli", "a long enough answer, with é and all".as_bytes());
        assert!(std::str::from_utf8(&bytes).is_err());
        assert_eq!(plain(&bytes, Some("gzip, BR")), "a long enough answer, with é and all".as_bytes());
        assert_eq!(plain(&bytes, None), "a long enough answer, with é and all".as_bytes());
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(plain(cut, None), cut);
        let parsed = unwrapped(cut, &[], Some("br"));
        assert_eq!(parsed.value.bytes(), cut);
        assert_eq!(parsed.diagnostics[0].message, "the header says brotli, but it does not decode");
        let binary = encoded("brotli", b"\xff\xfe not text at all, but long enough");
        assert_eq!(plain(&binary, None), binary);
    }

    #[test]
    fn a_label_that_lies_is_told_of() {
        let text = b"{\"id\": 1}";
        let parsed = unwrapped(text, &["base64"], None);
        assert_eq!(parsed.value.bytes(), text);
        let diagnostic = &parsed.diagnostics[0];
        let wanted = "labelled base64, but does not decode: it is damaged, or something else";
        assert_eq!(diagnostic.message, wanted);
        assert_eq!(diagnostic.at, parsed.value.span());
        let gzip = encoded("gzip", b"hello");
        assert_eq!(
            unwrapped(&gzip, &["base64"], None).value.bytes(),
            b"hello",
            "what shows is undone all the same"
        );
    }

    #[test]
    fn what_ends_too_early_is_given_as_far_as_it_goes() {
        let text = "an answer that is cut somewhere, and then some more of it. ".repeat(20);
        for name in ["gzip", "zlib"] {
            let bytes = encoded(name, text.as_bytes());
            let cut = &bytes[..bytes.len() - 10];
            let parsed = unwrapped(cut, &[], None);
            let body = parsed.value.text().unwrap();
            assert!(text.starts_with(body.as_str()) && body.len() > 20);
            let wanted = format!("only part of the {name} could be read: it ends too early");
            assert_eq!(parsed.diagnostics[0].message, wanted);
            let new = edited(cut, &body, "answer", "ANSWER").unwrap();
            let again = unwrapped(&new, &[], None);
            assert_eq!(again.value.text().unwrap(), body.as_str().replacen("answer", "ANSWER", 1).as_str());
            assert_eq!(again.diagnostics[0].message, wanted, "and stays so");
        }
    }

    #[test]
    fn an_edit_is_compressed_and_wrapped_anew() {
        let text = "data: {\"key\": \"sk-1234\"}\n\n".repeat(3);
        let gzip = encoded("gzip", text.as_bytes());
        let inner = by_name("base64").unwrap().encode(&gzip, b"QUJDREVG\r\nQUJD\r\n").unwrap();
        let file = [b"body: ", &inner[..], b"# kept\r\n"].concat();
        let whole = Slice::source(SourceId(0), file.clone());
        let raw = whole.slice(6..6 + inner.len());
        let body = unwrap(raw, &[by_name("base64").unwrap()], None).value.text().unwrap();
        assert_eq!(body, text.as_str());
        let new = edited(&file, &body, "sk-1234", "KEY").unwrap();
        assert!(new.starts_with(b"body: H4sIAAAA\r\n") && new.ends_with(b"\r\n# kept\r\n"));
        let raw = Slice::source(SourceId(0), new[6..new.len() - 8].to_vec());
        let again = unwrap(raw, &[by_name("base64").unwrap()], None).value;
        assert_eq!(again.text().unwrap(), text.replacen("sk-1234", "KEY", 1).as_str());
    }

    #[test]
    fn damage_is_not_written_anew() {
        let mut bytes = encoded("gzip", b"hello");
        let at = bytes.len() - 8;
        bytes[at] ^= 1;
        let parsed = unwrapped(&bytes, &[], None);
        assert_eq!(parsed.value.bytes(), b"hello");
        assert_eq!(parsed.diagnostics.len(), 1);
        let refused = edited(&bytes, &parsed.value.text().unwrap(), "hello", "bye").unwrap_err();
        assert!(refused.contains("gzip cannot be written here"), "{refused}");
    }

    #[test]
    fn a_span_is_the_whole_wrapped_stretch() {
        let bytes = encoded("gzip", b"hello");
        let body = unwrapped(&bytes, &[], None).value;
        let span = body.slice(1..3).span().unwrap();
        assert_eq!((span.start, span.end), (0, bytes.len()));
    }
}
