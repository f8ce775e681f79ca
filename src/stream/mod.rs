//! Streams: how a response body is cut into events.

mod aws;
mod json_array;
mod ndjson;
mod sse;

use crate::diagnostic::Parsed;
use crate::fit::{Fit, best};
use crate::syntax::{Node, Subtree};
use crate::text::{Slice, Text};

/// One event of a stream.
#[derive(Clone, Debug)]
pub struct Event {
    /// The event's name, where the framing has one.
    pub name: Option<Text>,
    /// What it carries.
    pub data: Text,
}

/// What is known of a body beside its bytes. All of it may be absent, or wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'h> {
    /// Content type of the response, in lower case; empty where the recorder left it out.
    pub content_type: &'h str,
    /// Path of the request's address.
    pub path: &'h str,
}

/// A way to cut a body into events.
pub trait Framing: Sync {
    /// Returns the short name.
    fn name(&self) -> &'static str;

    /// Returns how well a body fits, by its shape and, since headers are often scrubbed, little by the hints.
    fn fit(&self, hints: &Hints<'_>, body: &Slice) -> Fit;

    /// Returns the events, as far as they can be read.
    fn events(&self, body: &Slice) -> Parsed<Vec<Event>>;

    /// Returns the events of a body that the recorder keeps parsed, if it is a stream of this framing all the same.
    fn parsed(&self, _: &Hints<'_>, _: Node<'_>) -> Option<Vec<Subtree>> {
        None
    }
}

/// All framings; the order decides ties.
pub static FRAMINGS: &[&dyn Framing] = &[&aws::Aws, &sse::Sse, &ndjson::Ndjson, &json_array::JsonArray];

/// Returns the framing of a body, if it is a stream.
#[must_use]
pub fn detect(hints: &Hints<'_>, body: &Slice) -> Option<&'static dyn Framing> {
    best(FRAMINGS, |framing| framing.fit(hints, body))
}

/// Returns the events of a body that the recorder keeps parsed, if it is a stream all the same.
#[must_use]
pub fn parsed(hints: &Hints<'_>, body: Node<'_>) -> Option<Vec<Subtree>> {
    FRAMINGS.iter().find_map(|framing| framing.parsed(hints, body))
}
