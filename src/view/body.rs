//! Bodies that no protocol explains, for people.

use std::borrow::Cow;

use crate::cassette::{Body, Content};

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
}
