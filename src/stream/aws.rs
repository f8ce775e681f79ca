//! AWS event streams (`application/vnd.amazon.eventstream`), as the Smithy specification frames them.
//!
//! A frame, all numbers big-endian: its length, the length of its headers, a CRC-32 of these eight bytes; headers,
//! payload; a CRC-32 of all before it. The first checksum tells a stream by its shape, whatever its label says.
//! Recorders that keep bodies as text put U+FFFD where bytes were: such frames are told of, never guessed.

use std::ops::Range;

use flate2::Crc;

use super::{Event, Framing, Hints};
use smallvec::smallvec;

use crate::codec;
use crate::diagnostic::{Diagnostic, Parsed};
use crate::fit::Fit;
use crate::syntax::{Subtree, Tree};
use crate::text::{Change, Run, Runs, Slice, Spelling, Text, Unspellable, splice};

pub(super) struct Aws;

/// Length of the two lengths and their checksum.
const PRELUDE: usize = 12;
/// Length of a checksum.
const CRC: usize = 4;

impl Framing for Aws {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn fit(&self, hints: &Hints<'_>, body: &Slice) -> Fit {
        if prelude(body.bytes()).is_ok() {
            return Fit::Sure;
        }
        // What is no frame under this label is an error as JSON, or a stream whose bytes are destroyed.
        let labelled = hints.content_type.starts_with("application/vnd.amazon.eventstream");
        let binary = body.bytes().first().is_some_and(|byte| *byte < b' ');
        Fit::sure_if(binary && (labelled || (destroyed(body) && named(body))))
    }

    fn events(&self, body: &Slice) -> Parsed<Vec<Event>> {
        let mut parsed: Parsed<Vec<Event>> = Parsed::default();
        let mut at = 0;
        while at < body.bytes().len() {
            let rest = body.slice(at..body.bytes().len());
            match Frame::read(rest.bytes()) {
                Ok(frame) => {
                    let event = event(rest.slice(0..frame.length), &frame);
                    parsed.value.push(event.value);
                    parsed.diagnostics.extend(event.diagnostics);
                    at += frame.length;
                }
                Err(fault) => {
                    let fault = if destroyed(&rest) { Fault::Destroyed } else { fault };
                    parsed.diagnostics.push(fault.diagnostic(&rest, parsed.value.len()));
                    break;
                }
            }
        }
        parsed
    }
}

/// Returns whether bytes were lost when a recorder stored them as text.
fn destroyed(body: &Slice) -> bool {
    body.text().is_some_and(|text| text.as_str().contains(char::REPLACEMENT_CHARACTER))
}

/// Returns whether a header that every frame has is named somewhere.
fn named(body: &Slice) -> bool {
    memchr::memmem::find(body.bytes(), b":message-type").is_some()
}

/// Why a frame cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The bytes end before it does.
    Cut,
    /// Its lengths or its content do not have their checksum.
    Checksum,
    /// Its headers are not as the specification has them.
    Headers,
    /// Its bytes were stored as text.
    Destroyed,
}

impl Fault {
    /// Returns what to tell of the frame at the start of `rest`, the `nth` of its stream.
    fn diagnostic(self, rest: &Slice, nth: usize) -> Diagnostic {
        let at = rest.span();
        let unread = |why| Diagnostic::error(format!("frame {nth} of the event stream {why}"), at);
        match self {
            Self::Cut => {
                Diagnostic::warning(format!("the event stream ends in the middle of frame {nth}"), at)
            }
            Self::Checksum => unread("does not match its checksum").help("record the stream again"),
            Self::Headers => unread("has broken headers").help("record the stream again"),
            Self::Destroyed => unread("is destroyed: it was stored as text, with U+FFFD in place of bytes")
                .help("record the stream again and keep binary bodies as bytes or base64"),
        }
    }
}

/// A frame, checked.
#[derive(Debug)]
struct Frame<'f> {
    length: usize,
    /// Names and values of the headers that are strings.
    headers: Vec<(&'f [u8], Range<usize>)>,
    payload: Range<usize>,
}

impl<'f> Frame<'f> {
    fn read(bytes: &'f [u8]) -> Result<Self, Fault> {
        let (length, headers_length) = prelude(bytes)?;
        let frame = bytes.get(..length).ok_or(Fault::Cut)?;
        let payload = PRELUDE + headers_length..length - CRC;
        if crc(&frame[..payload.end]) != number(frame, payload.end) {
            return Err(Fault::Checksum);
        }
        let headers = headers(&frame[..payload.start]).ok_or(Fault::Headers)?;
        Ok(Self { length, headers, payload })
    }

    fn header(&self, name: &str) -> Option<Range<usize>> {
        let found = self.headers.iter().find(|(own, _)| *own == name.as_bytes());
        found.map(|(_, range)| range.clone())
    }
}

/// Returns the length of the frame and that of its headers.
fn prelude(bytes: &[u8]) -> Result<(usize, usize), Fault> {
    let prelude = bytes.get(..PRELUDE).ok_or(Fault::Cut)?;
    let (length, headers) = (number(prelude, 0) as usize, number(prelude, 4) as usize);
    let fits = length.checked_sub(headers).is_some_and(|rest| rest >= PRELUDE + CRC);
    if fits && crc(&prelude[..8]) == number(prelude, 8) {
        Ok((length, headers))
    } else {
        Err(Fault::Checksum)
    }
}

/// Returns the names and values of the headers at the end of `bytes`, behind the prelude, as far as they are strings.
fn headers(bytes: &[u8]) -> Option<Vec<(&[u8], Range<usize>)>> {
    let mut headers = Vec::new();
    let mut at = PRELUDE;
    while at < bytes.len() {
        let name = at + 1..at + 1 + usize::from(bytes[at]);
        let kind = *bytes.get(name.end)?;
        let value = name.end + 1;
        // Types as numbered by the specification: true, false, numbers of four sizes, bytes, string, time, UUID.
        let length = match kind {
            0 | 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 | 8 => 8,
            6 | 7 => 2 + usize::from(u16::from_be_bytes(bytes.get(value..value + 2)?.try_into().ok()?)),
            9 => 16,
            _ => return None,
        };
        at = value + length;
        if kind == 7 {
            headers.push((&bytes[name], value + 2..at));
        }
    }
    (at == bytes.len()).then_some(headers)
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map_or(0, u32::from_be_bytes)
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Returns what a frame tells: an event or exception of the service, or an error without a payload.
fn event(frame: Slice, read: &Frame<'_>) -> Parsed<Event> {
    let string = |name: &str| Some(String::from_utf8_lossy(&frame.bytes()[read.header(name)?]).into_owned());
    let name = [":event-type", ":exception-type", ":error-code"].iter().find_map(|name| string(name));
    let name = name.map(Text::made);
    let said = if read.payload.is_empty() { read.header(":error-message") } else { None };
    let stretch = said.unwrap_or_else(|| read.payload.clone());
    let Ok(value) = String::from_utf8(frame.bytes()[stretch.clone()].to_vec()) else {
        let message = "the payload of a frame is no text, and is left out";
        let diagnostics = vec![Diagnostic::warning(message, frame.span())];
        return Parsed { value: Event { name, data: Text::made("") }, diagnostics };
    };
    let data = Text::spelled(frame, Framed { stretch }, value);
    let Parsed { value, diagnostics } = chunk(name.as_ref(), &data).unwrap_or_default();
    Parsed { value: Event { name, data: value.unwrap_or(data) }, diagnostics }
}

/// Returns what a `chunk` of Bedrock's `InvokeModelWithResponseStream` wraps: the model's own event, in base64 and
/// beside padding, `{"bytes": "eyJ0…", "p": "abcd"}`.
fn chunk(name: Option<&Text>, payload: &Text) -> Option<Parsed<Option<Text>>> {
    name.filter(|name| name.as_str() == "chunk")?;
    let tree = Subtree::root(Tree::json(payload.clone()).ok()?)?;
    let wrapper = tree.node();
    let only = wrapper.entries().all(|(key, _)| key.is("bytes") || key.is("p"));
    let bytes = wrapper.string_at("bytes").filter(|_| only)?;
    let opened = codec::unwrap(bytes.into(), &[codec::BASE64], None);
    Some(Parsed { value: opened.value.text(), diagnostics: opened.diagnostics })
}

/// How text stands in a frame: as a stretch of its bytes, between lengths and checksums that depend on it.
#[derive(Debug)]
struct Framed {
    stretch: Range<usize>,
}

impl Spelling for Framed {
    fn name(&self) -> &'static str {
        "aws-frame"
    }

    fn runs(&self, _: &[u8]) -> Runs {
        smallvec![Run { value: 0..self.stretch.len(), outer: self.stretch.clone(), verbatim: true }]
    }

    fn respell(
        &self,
        outer: &[u8],
        _: &[u8],
        _: &[Run],
        changes: &[Change],
    ) -> Result<Vec<Change>, Unspellable> {
        let start = self.stretch.start;
        let moved = changes.iter().map(|Change { range, new }| Change {
            range: start + range.start..start + range.end,
            new: new.clone(),
        });
        let mut new = splice(outer, moved.collect()).map_err(|refused| Unspellable(refused.to_string()))?;
        let too_long = || Unspellable("the frame would be too long".to_owned());
        let (old_length, new_length) = (outer.len(), new.len());
        let resized = |length: usize| length + new_length - old_length;
        let mut headers = number(outer, 4) as usize;
        if start < PRELUDE + headers {
            headers = resized(headers);
            let length = u16::try_from(resized(self.stretch.len())).map_err(|_| too_long())?;
            new[start - 2..start].copy_from_slice(&length.to_be_bytes());
        }
        seal(&mut new, headers).ok_or_else(too_long)?;
        Ok(vec![Change { range: 0..outer.len(), new }])
    }
}

/// Writes the lengths and checksums of a frame.
fn seal(frame: &mut [u8], headers: usize) -> Option<()> {
    let (length, headers) = (u32::try_from(frame.len()).ok()?, u32::try_from(headers).ok()?);
    frame[..4].copy_from_slice(&length.to_be_bytes());
    frame[4..8].copy_from_slice(&headers.to_be_bytes());
    let prelude = crc(&frame[..8]).to_be_bytes();
    frame[8..PRELUDE].copy_from_slice(&prelude);
    let end = frame.len() - CRC;
    let message = crc(&frame[..end]).to_be_bytes();
    frame[end..].copy_from_slice(&message);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Part;
    use crate::load;
    use crate::text::{Edit, SourceId, lift};

    /// Returns a frame with string headers.
    fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0; PRELUDE];
        for (name, value) in headers {
            frame.push(u8::try_from(name.len()).unwrap());
            frame.extend(name.as_bytes());
            frame.push(7);
            frame.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            frame.extend(value.as_bytes());
        }
        let headers = frame.len() - PRELUDE;
        frame.extend(payload);
        frame.extend([0; CRC]);
        seal(&mut frame, headers).unwrap();
        frame
    }

    fn delta(text: &str) -> Vec<u8> {
        let headers = [(":message-type", "event"), (":event-type", "delta")];
        frame(&headers, format!("{{\"text\": \"{text}\"}}").as_bytes())
    }

    fn read(bytes: &[u8]) -> Parsed<Vec<Event>> {
        let body = Slice::source(SourceId(0), bytes.to_vec());
        assert_eq!(Aws.fit(&Hints::default(), &body), Fit::Sure);
        Aws.events(&body)
    }

    fn told(parsed: &Parsed<Vec<Event>>) -> Vec<(String, String)> {
        let name = |event: &Event| event.name.as_ref().map_or("", Text::as_str).to_owned();
        parsed.value.iter().map(|event| (name(event), event.data.as_str().to_owned())).collect()
    }

    fn messages(parsed: &Parsed<Vec<Event>>) -> Vec<&str> {
        parsed.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect()
    }

    /// Returns the bytes with a stretch of an event's data written anew.
    fn edited(bytes: &[u8], data: &Text, old: &str, new: &str) -> Vec<u8> {
        let at = data.as_str().find(old).unwrap();
        let edit = Edit::replace(data, at..at + old.len(), new);
        splice(bytes, lift(vec![edit]).unwrap()[&SourceId(0)].changes.clone()).unwrap()
    }

    #[test]
    fn a_checksum_known_from_elsewhere() {
        assert_eq!(crc(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn frames_are_known_by_their_shape() {
        let bytes = [delta("a"), delta("b")].concat();
        let parsed = read(&bytes);
        assert_eq!(parsed.diagnostics, []);
        assert_eq!(
            told(&parsed),
            [("delta".into(), "{\"text\": \"a\"}".into()), ("delta".into(), "{\"text\": \"b\"}".into())]
        );
        for other in [&b"data: a\n\n"[..], b"{\"a\": 1}", b"", b"\0\0\0\x10 and more of it"] {
            let body = Slice::source(SourceId(0), other.to_vec());
            assert_eq!(Aws.fit(&Hints::default(), &body), Fit::No);
        }
    }

    #[test]
    fn headers_of_all_types_are_passed_over() {
        let mut bytes = vec![0; PRELUDE];
        let sizes: [(u8, usize); 8] = [(0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (8, 8), (9, 16)];
        for (kind, size) in sizes {
            bytes.extend([1, b'x', kind]);
            bytes.extend(vec![0xFF; size]);
        }
        bytes.extend([1, b'x', 6, 0, 2, 0xFF, 0xFF]);
        bytes.extend(b"\x0b:event-type\x07\0\x01e");
        let headers = bytes.len() - PRELUDE;
        bytes.extend(b"hi\0\0\0\0");
        seal(&mut bytes, headers).unwrap();
        assert_eq!(told(&read(&bytes)), [("e".into(), "hi".into())]);
    }

    #[test]
    fn broken_headers_are_told_of() {
        for headers in [&b"\x01x\x0a"[..], b"\x01x\x07\0\x09e", b"\x09x", b"\x01x"] {
            let mut bytes = [&[0; PRELUDE], headers, &[0; CRC]].concat();
            seal(&mut bytes, headers.len()).unwrap();
            assert_eq!(messages(&read(&bytes)), ["frame 0 of the event stream has broken headers"]);
        }
    }

    #[test]
    fn exceptions_and_errors_have_a_name_and_a_message() {
        let exception = [(":message-type", "exception"), (":exception-type", "throttlingException")];
        let error =
            [(":message-type", "error"), (":error-code", "Internal"), (":error-message", "try later")];
        let bytes = [frame(&exception, b"{\"message\": \"slow down\"}"), frame(&error, b"")].concat();
        assert_eq!(
            told(&read(&bytes)),
            [
                ("throttlingException".into(), "{\"message\": \"slow down\"}".into()),
                ("Internal".into(), "try later".into())
            ]
        );
    }

    #[test]
    fn what_came_before_a_cut_is_kept() {
        let (first, second) = (delta("a"), delta("b"));
        for length in 1..second.len() {
            let parsed = read(&[&first, &second[..length]].concat());
            assert_eq!(parsed.value.len(), 1);
            assert_eq!(messages(&parsed), ["the event stream ends in the middle of frame 1"]);
        }
        assert_eq!(messages(&read(&[&first[..], &second].concat())), [""; 0]);
    }

    #[test]
    fn what_came_before_damage_is_kept() {
        let (first, second) = (delta("a"), delta("b"));
        for at in 0..second.len() {
            let mut damaged = second.clone();
            damaged[at] ^= 0x10;
            let parsed = read(&[&first, &damaged, &first].map(Vec::as_slice).concat());
            assert_eq!(parsed.value.len(), 1, "at {at}");
            assert_eq!(messages(&parsed), ["frame 1 of the event stream does not match its checksum"]);
        }
    }

    #[test]
    fn frames_stored_as_text_are_not_guessed() {
        let text = String::from_utf8_lossy(&[delta("a"), delta("b")].concat()).into_owned();
        assert!(text.contains(char::REPLACEMENT_CHARACTER));
        let parsed = read(text.as_bytes());
        assert_eq!(parsed.value.len(), 0);
        assert!(messages(&parsed)[0].contains("stored as text"), "{:?}", messages(&parsed));
    }

    #[test]
    fn an_edited_frame_still_verifies() {
        let bytes = [delta("a"), delta("the secret word"), delta("b")].concat();
        let parsed = read(&bytes);
        for new in ["x", "", "a much longer one, with \u{e9}"] {
            let again = read(&edited(&bytes, &parsed.value[1].data, "secret", new));
            assert_eq!(again.diagnostics, []);
            let wanted = format!("{{\"text\": \"the {new} word\"}}");
            assert_eq!(told(&again)[1].1, wanted);
            assert_eq!((&told(&again)[0], &told(&again)[2]), (&told(&parsed)[0], &told(&parsed)[2]));
        }
    }

    #[test]
    fn an_edited_header_still_verifies() {
        let error = [(":message-type", "error"), (":error-message", "no key abc"), (":error-code", "Denied")];
        let bytes = frame(&error, b"");
        let again = read(&edited(&bytes, &read(&bytes).value[0].data, "abc", "REDACTED"));
        assert_eq!(again.diagnostics, []);
        assert_eq!(told(&again), [("Denied".into(), "no key REDACTED".into())]);
        let long = "x".repeat(70_000);
        let edit = Edit::replace(&read(&bytes).value[0].data, 0..2, long);
        assert!(lift(vec![edit]).is_err());
    }

    #[test]
    fn a_chunk_is_what_it_wraps() {
        let headers = [(":event-type", "chunk"), (":message-type", "event")];
        let bytes = frame(&headers, br#"{"bytes":"eyJ0ZXh0IjogInNlY3JldCJ9","p":"abcd"}"#);
        let data = &read(&bytes).value[0].data;
        assert_eq!(data.as_str(), r#"{"text": "secret"}"#);
        let again = read(&edited(&bytes, data, "secret", "other"));
        assert_eq!(again.diagnostics, []);
        assert_eq!(told(&again)[0].1, r#"{"text": "other"}"#);
        let other = frame(&headers, br#"{"bytes":"aGk=","attribution":{}}"#);
        assert_eq!(told(&read(&other))[0].1, r#"{"bytes":"aGk=","attribution":{}}"#);
    }

    #[test]
    fn an_edited_answer_goes_back_through_base64_frame_and_base64() {
        let file = include_bytes!("../../samples/go-vcr/bedrock-claude-stream.yaml");
        let load = |bytes: &[u8]| {
            let recording = load::read(SourceId(0), bytes.to_vec(), None);
            let mut recording = recording.unwrap_or_else(|error| panic!("{}", error.diagnostic.message));
            assert_eq!(recording.diagnostics, []);
            let answer = recording.interactions.remove(0).exchange.unwrap().reply.choices.remove(0);
            let Part::Text(text) = answer.message.parts.into_iter().next().unwrap() else { panic!("text") };
            text
        };
        let old = load(file);
        let new = load(&edited(file, &old, "comes undone again, even", "slips, being"));
        assert_eq!(new, old.as_str().replace("comes undone again, even", "slips, being").as_str());
    }

    #[test]
    fn a_payload_that_is_no_text_is_told_of() {
        let parsed = read(&frame(&[(":event-type", "audio")], b"\xff\xfe"));
        assert_eq!(told(&parsed), [("audio".into(), String::new())]);
        assert_eq!(messages(&parsed), ["the payload of a frame is no text, and is left out"]);
    }
}
