//! Whether the written file says what was to be written.

use std::collections::BTreeMap;

use super::{Exchange, Losses};
use crate::cassette::{Body, Content, Header};
use crate::format::write::Message;
use crate::load::Recording;
use crate::text::Text;

/// Checks method, address, status, headers and bodies of every exchange; what is told otherwise on the way is lost.
///
/// # Errors
/// The first thing that is not as it should be, in words.
pub(super) fn same(exchanges: &[Exchange], new: &Recording, losses: &mut Losses) -> Result<(), String> {
    if exchanges.len() != new.interactions.len() {
        return Err(format!("{} interactions would be {}", exchanges.len(), new.interactions.len()));
    }
    for (exchange, new) in exchanges.iter().zip(&new.interactions) {
        let Exchange { entry, plain, bodies: [sent, received] } = exchange;
        let differs = |what: &str| format!("{what} of interaction {entry} would be something else");
        let (Some(request), Some(response)) = (&new.http.request, &new.http.response) else {
            return Err(format!("interaction {entry} would be no exchange"));
        };
        let text =
            |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default();
        if !text(&request.method).eq_ignore_ascii_case(&plain.method) {
            return Err(differs("the method"));
        }
        if text(&request.url) != plain.url {
            return Err(differs("the address"));
        }
        if response.code() != Some(plain.code) {
            return Err(differs("the status"));
        }
        let reason = response.status.as_ref().and_then(|status| status.reason.as_ref());
        if reason.map(Text::as_str).unwrap_or_default() != plain.reason {
            return Err(differs("the status text"));
        }
        for (message, headers, body, wanted, whose) in [
            (&plain.request, &request.headers, &request.body, sent, "the request"),
            (&plain.response, &response.headers, &response.body, received, "the response"),
        ] {
            if by_name(message.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())))
                != by_name(headers.iter().map(|header| (header.name.as_str(), header.value.as_str())))
            {
                return Err(differs(&format!("a header of {whose}")));
            }
            if bytes(body.as_ref()) != Some(wanted.as_slice()) {
                return Err(differs(&format!("the body of {whose}")));
            }
            spelling(message, headers, losses);
        }
    }
    Ok(())
}

/// Returns headers by their names, whose case and order mean nothing.
fn by_name<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> BTreeMap<String, Vec<&'h str>> {
    let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in headers {
        names.entry(name.to_ascii_lowercase()).or_default().push(value);
    }
    names
}

fn bytes(body: Option<&Body>) -> Option<&[u8]> {
    match body.map(|body| &body.content) {
        None => Some(&[]),
        Some(Content::Bytes(slice)) => Some(slice.bytes()),
        Some(Content::Tree(_) | Content::Events(_) | Content::Beside(_)) => None,
    }
}

/// Tells what was lost of how headers are spelled.
fn spelling(message: &Message, new: &[Header], losses: &mut Losses) {
    let old = message.headers.iter().map(|(name, _)| name.as_str());
    let new = || new.iter().map(|header| header.name.as_str());
    if !old.clone().map(str::to_ascii_lowercase).eq(new().map(str::to_ascii_lowercase)) {
        losses.add("order of headers");
    }
    let sorted = |names: Vec<&str>| {
        let mut names: Vec<_> = names.into_iter().map(str::to_owned).collect();
        names.sort_unstable();
        names
    };
    if sorted(old.collect()) != sorted(new().collect()) {
        losses.add("upper and lower case of header names");
    }
}
