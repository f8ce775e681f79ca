//! What was recorded, as plain data: interactions, each a request and its response.
//!
//! Nothing here is invented: what a recorder left out is absent.

mod length;
mod stamp;

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::codec::Codec;
use crate::syntax::{Node, Subtree};
use crate::text::{Slice, Span, Text};

pub use length::{Count, Length};
pub use stamp::Stamp;

/// One entry of a cassette.
#[derive(Debug, Default)]
pub struct Interaction {
    /// The bytes that hold the entry.
    pub span: Option<Span>,
    /// What was sent, if the entry is an HTTP exchange.
    pub request: Option<Request>,
    /// What came back, if anything did.
    pub response: Option<Response>,
    /// What the entry is, if it is no HTTP exchange, or what it holds beside one.
    pub other: Option<Other>,
    /// When it was recorded, where the recorder says it.
    pub recorded: Option<Stamp>,
}

/// An entry that is no HTTP exchange, or what one holds beside it.
#[derive(Debug)]
pub struct Other {
    /// What it is, such as `WebSocket message sent`.
    pub what: String,
    /// The entry as recorded.
    pub content: Subtree,
}

/// What was sent.
#[derive(Debug, Default)]
pub struct Request {
    /// As recorded: recorders differ in upper and lower case.
    pub method: Option<Text>,
    /// As recorded: some recorders keep only the path.
    pub url: Option<Text>,
    /// In the recorded order, repeated names included.
    pub headers: Vec<Header>,
    /// Absent where nothing was sent, and where the recorder left it out.
    pub body: Option<Body>,
}

/// The status of a response.
#[derive(Clone, Debug)]
pub struct Status {
    /// Such as 200.
    pub code: u16,
    /// The text that says so.
    pub at: Text,
    /// What it is in words, such as `OK`, where the recorder keeps it.
    pub reason: Option<Text>,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Response {
    /// Absent where the recorder left it out.
    pub status: Option<Status>,
    /// In the recorded order, repeated names included.
    pub headers: Vec<Header>,
    /// Absent where the recorder left it out.
    pub body: Option<Body>,
    /// From the request to the end of the response.
    pub duration: Option<Duration>,
    /// The version of HTTP as recorded, such as `HTTP/1.1` or `h2`, where the recorder keeps it.
    pub version: Option<Text>,
}

/// One header line.
#[derive(Debug)]
pub struct Header {
    /// As recorded: recorders differ in upper and lower case.
    pub name: Text,
    /// As recorded, text or bytes that are none.
    pub value: Text,
}

/// The body of a request or a response.
pub struct Body {
    /// What it holds.
    pub content: Content,
    /// What the recorder's layout says the bytes are wrapped in, outermost first; empty once opened.
    pub wrapping: Vec<&'static dyn Codec>,
    /// The charset of the bytes, where the recorder's layout names one.
    pub charset: Option<String>,
    /// How the recorder decoded the bytes, whatever they were, to have the text in the file; absent if as UTF-8.
    pub transcoded: Option<Transcoded>,
    /// Where the recorder says how long the body is, beside the header; right or wrong.
    pub lengths: Vec<Length>,
    /// The text or bytes that stand for the body in the file; absent until it is opened.
    pub recorded: Option<Slice>,
    /// The same as protobuf bytes in base64, where a recorder keeps both: of the tree, or of each event.
    pub protobuf: Vec<Text>,
    /// The same JSON in base64, where a recorder keeps its tree beside it.
    pub copy: Option<Text>,
    /// The bytes as they were sent, and those inside the compression, if they were compressed; none until the body is
    /// opened.
    pub sent: Vec<Slice>,
}

/// How the bytes of a body became text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transcoded {
    /// By a charset that the recorder names.
    By(String),
    /// They are UTF-8, which the recorder may have taken for another charset that it does not name.
    Unsaid,
}

/// What a body holds.
#[derive(Debug)]
pub enum Content {
    /// Text or bytes.
    Bytes(Slice),
    /// A tree of the cassette itself, where the recorder keeps JSON bodies parsed.
    Tree(Subtree),
    /// The events of a stream, where the recorder keeps them parsed.
    Events(Vec<Subtree>),
    /// Bytes in a file of their own. Once that is read, they are [`Content::Bytes`].
    Beside(Beside),
}

/// A file beside the cassette that holds a body.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Its path as recorded.
    pub name: Text,
    /// The folders the path may be relative to, themselves relative to the cassette's; the first that has the file
    /// counts.
    pub folders: &'static [&'static str],
    /// Texts of the cassette that hold the SHA-256 of the bytes: some recorders name files by what is in them.
    pub digests: Vec<Text>,
}

impl Beside {
    /// Returns a file that is named by nothing in it.
    #[must_use]
    pub fn new(name: Text, folders: &'static [&'static str]) -> Self {
        Self { name, folders, digests: Vec::new() }
    }

    /// Returns whether this is the same file as another.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.folders == other.folders
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrapping: Vec<_> = self.wrapping.iter().map(|codec| codec.name()).collect();
        f.debug_struct("Body")
            .field("content", &self.content)
            .field("wrapping", &wrapping)
            .field("charset", &self.charset)
            .field("lengths", &self.lengths)
            .finish_non_exhaustive()
    }
}

impl Body {
    fn new(content: Content) -> Self {
        Self {
            content,
            wrapping: Vec::new(),
            charset: None,
            transcoded: None,
            lengths: Vec::new(),
            recorded: None,
            protobuf: Vec::new(),
            copy: None,
            sent: Vec::new(),
        }
    }

    /// Adds places that say how long the body is, all of which may count the same.
    pub fn state(&mut self, lengths: impl IntoIterator<Item = Text>, counts: &'static [Count]) {
        self.lengths.extend(lengths.into_iter().map(|at| Length { at, counts }));
    }

    /// Returns a body of recorded bytes.
    #[must_use]
    pub fn bytes(bytes: impl Into<Slice>) -> Self {
        Self::new(Content::Bytes(bytes.into()))
    }

    /// Returns a body of bytes that the recorder wrapped.
    #[must_use]
    pub fn wrapped(bytes: impl Into<Slice>, codec: &'static dyn Codec) -> Self {
        Self { wrapping: vec![codec], ..Self::bytes(bytes) }
    }

    /// Returns a body in a file of its own.
    #[must_use]
    pub fn beside(beside: Beside) -> Self {
        Self::new(Content::Beside(beside))
    }

    /// Returns a body that the recorder keeps as a tree.
    #[must_use]
    pub fn tree(tree: Subtree) -> Self {
        Self::new(Content::Tree(tree))
    }

    /// Returns a stream whose events the recorder keeps parsed.
    #[must_use]
    pub fn events(events: Vec<Subtree>) -> Self {
        Self::new(Content::Events(events))
    }

    /// Returns the body as text, if it is recorded as bytes and these are text.
    #[must_use]
    pub fn text(&self) -> Option<Text> {
        match &self.content {
            Content::Bytes(slice) => slice.text(),
            Content::Tree(_) | Content::Events(_) | Content::Beside(_) => None,
        }
    }

    /// Returns the node of a body that the recorder keeps as a tree.
    #[must_use]
    pub fn node(&self) -> Option<Node<'_>> {
        match &self.content {
            Content::Tree(tree) => Some(tree.node()),
            Content::Bytes(_) | Content::Events(_) | Content::Beside(_) => None,
        }
    }

    /// Returns a body that the recorder keeps parsed as a JSON value: a tree, or the list of a stream's events.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        match &self.content {
            Content::Bytes(_) | Content::Beside(_) => None,
            Content::Tree(tree) => Some(tree.node().json()),
            Content::Events(events) => Some(events.iter().map(|event| event.node().json()).collect()),
        }
    }
}

impl Response {
    /// Returns the status as a number, such as 200.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.status.as_ref().map(|status| status.code)
    }
}

/// Returns the value of the first header with a name, whatever its case.
#[must_use]
pub fn header<'h>(headers: &'h [Header], name: &str) -> Option<&'h str> {
    header_texts(headers, name).next().map(Text::as_str)
}

/// Returns the texts of all headers with a name, whatever its case.
pub fn header_texts<'h>(headers: &'h [Header], name: &str) -> impl Iterator<Item = &'h Text> {
    headers
        .iter()
        .filter(move |header| header.name.as_str().eq_ignore_ascii_case(name))
        .map(|header| &header.value)
}

impl Interaction {
    /// Returns when the request went out, and when the whole response was there, as far as the recorder tells.
    #[must_use]
    pub fn span_of_time(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let took = self.response.as_ref().and_then(|response| response.duration);
        let took = took.and_then(|took| SignedDuration::try_from(took).ok());
        let shifted = |at: Timestamp, by: Option<SignedDuration>| at.checked_add(by?).ok();
        match self.recorded {
            Some(Stamp { at, ended: false }) => (Some(at), shifted(at, took)),
            Some(Stamp { at, ended: true }) => (shifted(at, took.map(|took| -took)), Some(at)),
            None => (None, None),
        }
    }
}
