//! Bodies that no protocol explains, for people.

use std::borrow::Cow;

use crate::cassette::{Body, Content};
use crate::load::Response;

/// A body that no protocol explains.
#[derive(Debug)]
pub enum Unexplained<'r> {
    /// Its text.
    Text(Cow<'r, str>),
    /// The number of its bytes, if they are no text.
    Bytes(usize),
}

impl<'r> Unexplained<'r> {
    /// Returns what a body holds, if it is recorded.
    pub(super) fn of(body: Option<&'r Body>) -> Option<Self> {
        let body = body?;
        match &body.content {
            Content::Bytes(slice) => Some(match std::str::from_utf8(slice.bytes()) {
                Ok(text) => Self::Text(Cow::Borrowed(text)),
                Err(_) => Self::Bytes(slice.bytes().len()),
            }),
            Content::Tree(_) | Content::Events(_) => Some(Self::Text(body.json()?.to_string().into())),
            Content::Beside(_) => None,
        }
    }

    /// Returns what the body of a response holds, if it is recorded. The events of a stream that is no text, as AWS
    /// frames it, are told as if they came as text.
    pub(super) fn of_response(body: Option<&'r Body>, response: &Response) -> Option<Self> {
        match (Self::of(body)?, response) {
            (Self::Bytes(_), Response::Stream(events)) if !events.is_empty() => {
                let lines = events.iter().map(|(event, _)| {
                    let name = event.name.as_ref().map(|name| format!("event: {}\n", name.as_str()));
                    format!("{}data: {}\n\n", name.unwrap_or_default(), event.data.as_str())
                });
                Some(Self::Text(lines.collect::<String>().into()))
            }
            (body, _) => Some(body),
        }
    }
}
