//! Which bytes of a file were looked at already: what is left are the recorder's own notes.

use crate::cassette::{Body, Content, Header};
use crate::load::Recorded;
use crate::syntax::Node;
use crate::text::{Slice, SourceId, Span};

/// Stretches of a cassette and of the files beside it, each with its source, begin and end.
#[derive(Debug, Default)]
pub struct Claims(Vec<(SourceId, usize, usize)>);

impl Claims {
    /// Notes that a text was looked at.
    pub fn add(&mut self, slice: &Slice) {
        if let Some(Span { source, start, end }) = slice.outermost() {
            self.0.push((source, start, end));
        }
    }

    /// Notes names and values of headers.
    pub fn headers(&mut self, headers: &[Header]) {
        for Header { name, value } in headers {
            self.add(name.as_slice());
            self.add(value.as_slice());
        }
    }

    /// Notes what says how long a body is.
    pub fn lengths(&mut self, body: &Body) {
        body.lengths.iter().for_each(|length| self.add(length.at.as_slice()));
    }

    /// Notes a body, and what holds it once more.
    pub fn body(&mut self, body: &Body) {
        // What changes in the JSON changes in these, too.
        body.protobuf.iter().chain(&body.copy).for_each(|bytes| self.add(bytes.as_slice()));
        match &body.content {
            Content::Bytes(slice) => self.add(slice),
            Content::Tree(tree) => self.add(&tree.node().slice()),
            Content::Events(events) => events.iter().for_each(|event| self.add(&event.node().slice())),
            Content::Beside(_) => {}
        }
    }

    /// Notes all that an exchange says: method, address, status, headers and bodies.
    pub fn exchange(&mut self, entry: &Recorded) {
        if let Some(sent) = &entry.http.request {
            let words = [&sent.method, &sent.url];
            words.into_iter().flatten().for_each(|text| self.add(text.as_slice()));
            self.headers(&sent.headers);
            sent.body.iter().for_each(|body| self.body(body));
        }
        if let Some(received) = &entry.http.response {
            received.status.iter().for_each(|status| self.add(status.at.as_slice()));
            self.headers(&received.headers);
            received.body.iter().for_each(|body| self.body(body));
        }
    }

    /// Makes the claims ready to be asked.
    pub fn settle(&mut self) {
        self.0.sort_unstable();
    }

    /// Returns whether a node was looked at.
    #[must_use]
    pub fn hold(&self, node: Node<'_>) -> bool {
        let Some(span) = node.slice().outermost() else { return false };
        let before = self.0.partition_point(|(source, start, _)| (*source, *start) < (span.source, span.end));
        // Claims do not overlap but for aliases, so the last ones before the end of the node decide.
        let mut last = self.0[..before].iter().rev().take(4);
        last.any(|(source, _, end)| *source == span.source && *end > span.start)
    }
}
