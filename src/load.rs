//! From bytes to exchanges: the whole pipeline on one page.

use std::sync::Arc;

use crate::cassette::{Beside, Body, Content, Header, Interaction, Transcoded, header};
use crate::chat::thread::{self, Threads};
use crate::chat::{Exchange, Summary, echo};
use crate::codec;
use crate::diagnostic::{Diagnostic, Parsed, Severity};
use crate::format::{self, File, Format};
use crate::provider::session::{self, Frame};
use crate::provider::{self, Answered, Call, Url};
use crate::stream::{self, Event, Hints};
use crate::syntax::{Subtree, SyntaxError, Tree};
use crate::text::{Slice, SourceId, Span, Text};

/// A file, read to the end: what was recorded and what was said in it.
#[derive(Debug)]
pub struct Recording {
    /// Name of the file's format.
    pub format: &'static str,
    /// The file.
    pub file: File,
    /// The files beside it that hold bodies.
    pub beside: Vec<Attached>,
    /// The entries, in order.
    pub interactions: Vec<Recorded>,
    /// The conversations that they make.
    pub threads: Threads,
    /// What could not be read, or looks wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file beside a cassette.
#[derive(Debug)]
pub struct Attached {
    /// Where the cassette names it first; the digests are those of all places.
    pub beside: Beside,
    /// What it holds.
    pub bytes: Slice,
}

/// An entry, and what was said in it.
#[derive(Debug)]
pub struct Recorded {
    /// The entry, its bodies unwrapped.
    pub http: Interaction,
    /// The request's body as JSON, where it is.
    pub request: Option<Subtree>,
    /// The response's body, by its shape.
    pub response: Response,
    /// Why the response's body ends before it is whole, if it does.
    pub broken: Option<String>,
    /// What was said, if a protocol tells.
    pub exchange: Option<Exchange>,
    /// What it is about, if it is a call of another kind that model providers know.
    pub summary: Option<Summary>,
    /// Number of the entry whose exchange this one is a part of, where a recorder keeps single messages.
    pub told_in: Option<usize>,
}

/// A response's body, by its shape.
#[derive(Debug)]
pub enum Response {
    /// Neither JSON nor a stream.
    Opaque,
    /// One JSON value.
    Whole(Subtree),
    /// A stream, with the data of each event where it is JSON.
    Stream(Vec<(Event, Option<Subtree>)>),
}

/// Why a file is no recording.
#[derive(Clone, Debug)]
pub struct Unreadable {
    /// What is wrong, where, and what helps.
    pub diagnostic: Diagnostic,
    /// Whether the file may well be something else than a cassette: no text, or of no known format.
    pub unknown: bool,
    /// The file's text, as far as it is text; the diagnostic's place is in it.
    pub text: String,
}

/// Reads the bytes of a file beside a cassette, or says why it does not.
pub type ReadBeside<'r> = dyn Fn(&Beside) -> Result<Vec<u8>, String> + 'r;

/// Reads a file that lies in no folder: bodies in files beside it are left out.
///
/// # Errors
/// [`Unreadable`] if the file is no text, neither YAML nor JSON, or of no known format. Anything less is reported in
/// the recording's diagnostics.
pub fn read(
    id: SourceId,
    bytes: Vec<u8>,
    format: Option<&'static dyn Format>,
) -> Result<Recording, Unreadable> {
    read_with(id, bytes, format, &|_| Err("the cassette lies in no folder".to_owned()))
}

/// Reads a file, and with `beside` the files that hold its bodies: sources of their own, numbered from `id` on.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    id: SourceId,
    bytes: Vec<u8>,
    format: Option<&'static dyn Format>,
    beside: &ReadBeside<'_>,
) -> Result<Recording, Unreadable> {
    let mut recording = read_bodies(id, bytes, format, beside)?;
    understand(&mut recording);
    follow(&mut recording);
    Ok(recording)
}

/// Reads a file as [`read_with`] does, up to bodies and events: what was said in them is left out. To look for
/// something in a cassette takes no more, and half the time.
///
/// # Errors
/// As [`read`].
pub fn read_bodies(
    id: SourceId,
    bytes: Vec<u8>,
    format: Option<&'static dyn Format>,
    beside: &ReadBeside<'_>,
) -> Result<Recording, Unreadable> {
    let Parsed { value: file, mut diagnostics } = open(id, bytes)?;
    let format = format.or_else(|| format::detect(&file)).ok_or_else(|| unknown(id, &file))?;
    let mut parsed = format.read(&file);
    diagnostics.append(&mut parsed.diagnostics);
    let mut folder = Folder { read: beside, id, files: Vec::new() };
    let interactions = parsed.value.into_iter().map(|mut http| {
        folder.fetch(&mut http, &mut diagnostics);
        opened(http, &mut diagnostics)
    });
    let interactions = interactions.collect();
    let beside = folder.files;
    for diagnostic in &mut diagnostics {
        place_in_cassette(diagnostic, &beside);
    }
    let threads = Threads::default();
    Ok(Recording { format: format.name(), file, beside, interactions, threads, diagnostics })
}

/// Reads what was said in each call of a recording whose bodies are read.
pub fn understand(recording: &mut Recording) {
    let Recording { interactions, beside, diagnostics, .. } = recording;
    let mut new = Vec::new();
    for entry in interactions.iter_mut() {
        let (mut exchange, summary) = said(&entry.http, entry.request.as_ref(), &entry.response, &mut new);
        if let (Some(exchange), Some(why)) = (&mut exchange, &entry.broken) {
            exchange.reply.break_off(why.clone());
        }
        (entry.exchange, entry.summary) = (exchange, summary);
    }
    take_turns(interactions, &mut new);
    for diagnostic in &mut new {
        place_in_cassette(diagnostic, beside);
    }
    diagnostics.append(&mut new);
}

/// Finds the conversations that the calls of a recording make.
pub fn follow(recording: &mut Recording) {
    let Recording { interactions, beside, threads, diagnostics, .. } = recording;
    *threads = thread::threads(interactions.iter().map(in_thread));
    let exchange = |at: usize| interactions[at].exchange.as_ref();
    let mut new = echo::changed(threads, interactions.len(), exchange);
    for diagnostic in &mut new {
        place_in_cassette(diagnostic, beside);
    }
    diagnostics.append(&mut new);
}

/// The files beside a cassette, each read once.
struct Folder<'r> {
    read: &'r ReadBeside<'r>,
    id: SourceId,
    files: Vec<Attached>,
}

impl Folder<'_> {
    /// Puts the bodies of an entry that stand in files of their own in their places.
    fn fetch(&mut self, http: &mut Interaction, diagnostics: &mut Vec<Diagnostic>) {
        let sent = http.request.as_mut().and_then(|request| request.body.as_mut());
        let received = http.response.as_mut().and_then(|response| response.body.as_mut());
        for body in sent.into_iter().chain(received) {
            let Content::Beside(beside) = &body.content else { continue };
            match self.file(beside) {
                Ok(slice) => body.content = Content::Bytes(slice),
                Err(why) => {
                    let message = format!("the body in `{}` is left out: {why}", beside.name.as_str());
                    diagnostics.push(Diagnostic::warning(message, beside.name.span()));
                }
            }
        }
    }

    fn file(&mut self, beside: &Beside) -> Result<Slice, String> {
        if let Some(known) = self.files.iter_mut().find(|known| known.beside.is(beside)) {
            known.beside.digests.extend_from_slice(&beside.digests);
            return Ok(known.bytes.clone());
        }
        let bytes = (self.read)(beside)?;
        let count = u32::try_from(self.files.len()).map_err(|_| "there are too many files".to_owned())?;
        let id = SourceId(self.id.0 + 1 + count);
        let bytes = Slice::source(id, bytes);
        self.files.push(Attached { beside: beside.clone(), bytes: bytes.clone() });
        Ok(bytes)
    }
}

/// Lets a diagnostic about a file beside the cassette point to where the cassette names that file.
fn place_in_cassette(diagnostic: &mut Diagnostic, beside: &[Attached]) {
    let elsewhere =
        diagnostic.at.and_then(|at| beside.iter().find(|each| each.bytes.source_id() == Some(at.source)));
    if let Some(Attached { beside, .. }) = elsewhere {
        diagnostic.message = format!("in `{}`: {}", beside.name.as_str(), diagnostic.message);
        diagnostic.at = beside.name.span();
    }
}

/// Reads a file's bytes as text, and the text as a tree, unless a format claims them. Compressed files are opened.
fn open(id: SourceId, bytes: Vec<u8>) -> Result<Parsed<File>, Unreadable> {
    let Parsed { mut value, diagnostics } = codec::unwrap(Slice::source(id, bytes), &[], None);
    let mut packed = None;
    if !value.is_source() {
        // Places in a compressed file are those of its text.
        let unpacked = Slice::source(id, value.bytes().to_vec());
        packed = Some(std::mem::replace(&mut value, unpacked));
    }
    if format::claimed(value.bytes()) {
        return Ok(Parsed { value: File { bytes: value, tree: None, packed, behind: None }, diagnostics });
    }
    let Some(text) = value.text() else {
        let bytes = value.bytes();
        let offset = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
        let text = String::from_utf8_lossy(&bytes[..offset]).into_owned() + "\u{fffd}";
        let unknown = !in_another_charset(bytes).is_some_and(|text| is_likely(&text));
        return Err(unreadable(id, offset, "not text: the bytes are no UTF-8", unknown, text));
    };
    match tree(&text) {
        Ok(tree) => {
            let tree = Some(Arc::new(tree));
            Ok(Parsed { value: File { bytes: value, tree, packed, behind: None }, diagnostics })
        }
        Err(error) => {
            let unknown = !is_likely(text.as_str()) || is_json_lines(text.as_str(), error.offset);
            Err(unreadable(id, error.offset, error.message, unknown, text.as_str().to_owned()))
        }
    }
}

/// Returns whether a text that cannot be read may well be a cassette.
fn is_likely(text: &str) -> bool {
    begins_like_data(text) && format::likely(text)
}

/// Returns what bytes that are no UTF-8 say, as far as an editor or a shell may have made them of a cassette: UTF-16, or
/// a charset of single bytes, in which all words of formats are ASCII.
fn in_another_charset(bytes: &[u8]) -> Option<String> {
    let units = |unit: fn([u8; 2]) -> u16| bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
    let units: Vec<u16> = match bytes {
        [0xFF, 0xFE, ..] => units(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => units(u16::from_be_bytes),
        // Pictures and programs begin so.
        _ if bytes.iter().take(1024).any(|byte| *byte == 0) => return None,
        _ => return Some(String::from_utf8_lossy(bytes).into_owned()),
    };
    Some(String::from_utf16_lossy(&units))
}

/// Returns whether a text begins as YAML or JSON does, and not as a program or a page that speaks of cassettes.
fn begins_like_data(text: &str) -> bool {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let Some(first) = lines.into_iter().find(|line| !line.is_empty() && !line.starts_with('#')) else {
        return false;
    };
    let is_name =
        |key: &str| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-.$/".contains(c));
    let begins_item =
        |mark| first.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let begins_member = first.split_once(':').is_some_and(|(key, value)| {
        is_name(key.trim_matches(['"', '\''])) && (value.is_empty() || value.starts_with(' '))
    });
    first.starts_with(['{', '[', '%']) || begins_item("---") || begins_item("-") || begins_member
}

/// Returns whether a text that is no JSON from `offset` on is one of JSON lines: no format reads those, and data of all
/// kinds is kept so.
fn is_json_lines(text: &str, offset: usize) -> bool {
    let (first, rest) = text.split_at_checked(offset).unwrap_or((text, ""));
    first.starts_with('{') && first.ends_with('\n') && rest.starts_with('{')
}

fn unreadable(
    id: SourceId,
    offset: usize,
    message: impl Into<String>,
    unknown: bool,
    text: String,
) -> Unreadable {
    let at = Span { source: id, start: offset, end: offset };
    Unreadable { diagnostic: Diagnostic::error(message, Some(at)), unknown, text }
}

/// Reads a text as the language it begins like. All JSON is YAML but for details, and recorders mean JSON by `{`.
///
/// What begins `{"` and is no JSON is broken JSON: YAML may take it, but reads a line end in a string as a space.
fn tree(text: &Text) -> Result<Tree, SyntaxError> {
    let begin = text.as_str().trim_start_matches('\u{feff}').trim_start();
    if !begin.starts_with(['{', '[']) {
        return Tree::yaml(text.clone());
    }
    let quoted =
        begin.trim_start_matches(|c: char| matches!(c, '{' | '[') || c.is_whitespace()).starts_with('"');
    let json = Tree::json(text.clone());
    if quoted { json } else { json.or_else(|error| Tree::yaml(text.clone()).map_err(|_| error)) }
}

fn unknown(id: SourceId, file: &File) -> Unreadable {
    let text = String::from_utf8_lossy(file.bytes.bytes()).into_owned();
    let Some(root) = file.root() else { return unreadable(id, 0, "the file is empty", true, text) };
    let offset = root.span().map_or(0, |span| span.start);
    let mut unreadable = unreadable(id, offset, "not a cassette format I know", true, text);
    let looks = format::FORMATS.iter().map(|format| format!("\n{}: {}", format.name(), format.looks()));
    let help = "name the format with --format-in, or leave the file out; looked for".to_owned();
    unreadable.diagnostic = unreadable.diagnostic.help(help + &looks.collect::<String>());
    unreadable
}

/// Opens the bodies of an entry.
fn opened(mut http: Interaction, diagnostics: &mut Vec<Diagnostic>) -> Recorded {
    let mut request = None;
    let mut response = Response::Opaque;
    let mut broken = None;
    if let Some(sent) = &mut http.request {
        request = sent.body.as_mut().and_then(|body| {
            unwrap(body, &sent.headers, diagnostics);
            json(body)
        });
    }
    if let Some(received) = &mut http.response {
        let content_type = header(&received.headers, "content-type").unwrap_or_default().to_ascii_lowercase();
        if let Some(body) = &mut received.body {
            unwrap(body, &received.headers, diagnostics);
            let url = http.request.as_ref().and_then(|request| request.url.as_ref());
            let path = Url::new(url.map(Text::as_str).unwrap_or_default()).path;
            let hints = Hints { content_type: &content_type, path };
            let reported = diagnostics.len();
            response = shape(body, &hints, diagnostics);
            let errors = diagnostics[reported..].iter().filter(|each| each.severity == Severity::Error);
            broken = errors.map(|error| error.message.clone()).next();
        }
    }
    Recorded { http, request, response, broken, exchange: None, summary: None, told_in: None }
}

/// Reads entries that are messages of a connection: what was said stands at the first of each turn.
fn take_turns(interactions: &mut [Recorded], diagnostics: &mut Vec<Diagnostic>) {
    let frames: Vec<_> = interactions.iter().enumerate().filter_map(|(at, entry)| frame(at, entry)).collect();
    let mut turns = session::turns(&frames);
    diagnostics.append(&mut turns.diagnostics);
    for turn in turns.value {
        let Some((&first, rest)) = turn.entries.split_first() else { continue };
        interactions[first].exchange = Some(turn.exchange);
        for &entry in rest {
            interactions[entry].told_in = Some(first);
        }
    }
}

/// Returns what conversations need to know of an entry.
fn in_thread(entry: &Recorded) -> thread::Entry<'_> {
    let status = entry.http.response.as_ref().and_then(super::cassette::Response::code);
    let exchange = entry.exchange.as_ref().filter(|exchange| exchange.generates);
    let broken = exchange.is_some_and(|exchange| exchange.reply.error.is_some());
    // A message of a connection is sent or received, not both.
    let whole = entry.http.request.is_some() && entry.http.response.is_some();
    let connected = entry.http.other.is_some() && !whole;
    thread::Entry { exchange, failed: broken || status.is_some_and(|status| status >= 400), connected }
}

/// Returns an entry as a message of a connection: sent or received, and no HTTP.
fn frame(entry: usize, recorded: &Recorded) -> Option<Frame<'_>> {
    recorded.http.other.as_ref()?;
    let data = match (&recorded.http.request, &recorded.http.response, &recorded.response) {
        (Some(_), None, _) => recorded.request.as_ref()?,
        (None, Some(_), Response::Whole(data)) => data,
        _ => return None,
    };
    Some(Frame { entry, sent: recorded.http.request.is_some(), data: data.node() })
}

/// Takes the wrapping off a body.
fn unwrap(body: &mut Body, headers: &[Header], diagnostics: &mut Vec<Diagnostic>) {
    let Content::Bytes(slice) = &body.content else { return };
    let recorded = slice.clone();
    let sent = codec::undeclare(recorded.clone(), &body.wrapping);
    diagnostics.extend(sent.diagnostics);
    let encoded = body.transcoded.as_ref().zip(sent.value.text()).and_then(|(how, text)| match how {
        Transcoded::By(charset) => codec::encoded(&text, charset),
        Transcoded::Unsaid => codec::utf_8(&text),
    });
    let sent = encoded.unwrap_or(sent.value);
    let opened = codec::unwrap(sent.clone(), &[], header(headers, "content-encoding"));
    diagnostics.extend(opened.diagnostics);
    let labels = body.charset.as_deref().into_iter().chain(header(headers, "content-type"));
    let text = codec::charset(opened.value.clone(), labels);
    diagnostics.extend(text.diagnostics);
    body.content = Content::Bytes(text.value);
    body.wrapping.clear();
    body.recorded = Some(recorded);
    body.sent = vec![sent, opened.value];
}

/// Returns a body as JSON, if it is.
fn json(body: &Body) -> Option<Subtree> {
    match &body.content {
        Content::Tree(tree) => Some(tree.clone()),
        Content::Bytes(slice) => provider::json(&slice.text()?),
        Content::Events(_) | Content::Beside(_) => None,
    }
}

/// Returns a body by its shape. Framings are asked first: a stream of one line may be JSON as well.
fn shape(body: &Body, hints: &Hints<'_>, diagnostics: &mut Vec<Diagnostic>) -> Response {
    let framing = match &body.content {
        Content::Bytes(slice) => stream::detect(hints, slice).map(|framing| (framing, slice)),
        Content::Tree(tree) => match stream::parsed(hints, tree.node()) {
            Some(events) => return Response::Stream(events.iter().map(parsed_event).collect()),
            None => None,
        },
        Content::Events(events) => return Response::Stream(events.iter().map(parsed_event).collect()),
        Content::Beside(_) => None,
    };
    let Some((framing, slice)) = framing else {
        return json(body).map_or(Response::Opaque, Response::Whole);
    };
    let parsed = framing.events(slice);
    diagnostics.extend(parsed.diagnostics);
    let mut events: Vec<(Event, Option<Subtree>)> = Vec::with_capacity(parsed.value.len());
    for event in parsed.value {
        let before = events.last().and_then(|(_, data)| data.as_ref()).map(Subtree::node);
        let data = provider::json_like(&event.data, before);
        events.push((event, data));
    }
    Response::Stream(events)
}

/// Returns an event that the recorder keeps parsed.
pub(crate) fn parsed_event(event: &Subtree) -> (Event, Option<Subtree>) {
    let data = event.node().slice().text().unwrap_or_else(|| Text::made(""));
    (Event { name: None, data }, Some(event.clone()))
}

/// Reads what was said, or what else a call is about.
fn said(
    http: &Interaction,
    request: Option<&Subtree>,
    response: &Response,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Option<Exchange>, Option<Summary>) {
    let Some(sent) = &http.request else { return (None, None) };
    let method = sent.method.as_ref().map(|method| method.as_str().to_ascii_uppercase()).unwrap_or_default();
    let call = Call {
        method: &method,
        url: Url::new(sent.url.as_ref().map(Text::as_str).unwrap_or_default()),
        request: request.map(Subtree::node),
        status: http.response.as_ref().and_then(super::cassette::Response::code),
        headers: http.response.as_ref().map_or(&[], |received| &received.headers),
        response: match response {
            Response::Opaque => Answered::Nothing,
            Response::Whole(tree) => Answered::Whole(tree.node()),
            Response::Stream(events) => Answered::Stream(events),
        },
    };
    let summary = provider::summary(&call);
    let parsed = if summary.is_none() { provider::read(&call) } else { None };
    let exchange = parsed.map(|parsed| {
        diagnostics.extend(parsed.diagnostics);
        parsed.value
    });
    (exchange, summary)
}
