//! Whether what was read back is the old recording with the edits made, as the format reads it.
//!
//! The tree of a file tells whether its scalars are as intended; this tells whether they still mean the same. Of wire
//! text, which has no tree, it tells both.

use super::Wanted;
use crate::cassette::{Body, Content, Header, Interaction};
use crate::load::Recording;
use crate::text::{Lifting, Slice, Text};

/// Checks every address, header and body.
///
/// # Errors
/// The first thing that is not as intended, in words.
pub(super) fn recordings(
    old: &Recording,
    new: &Recording,
    lifting: &Lifting,
    wanted: &Wanted,
) -> Result<(), String> {
    let count = wanted.interactions.as_ref().map_or(old.interactions.len(), Vec::len);
    if count != new.interactions.len() {
        return Err(format!("{count} interactions would be {}", new.interactions.len()));
    }
    for (at, old, new) in wanted.pairs(&old.interactions, &new.interactions) {
        let old = parts(&old.http, |text| !wanted.is_gone(text.as_slice()));
        let new = parts(&new.http, |_| true);
        let other = || format!("interaction {at} would have other parts");
        if !wanted.adds && old.len() != new.len() {
            return Err(other());
        }
        let mut new = new.into_iter().peekable();
        for (name, old) in &old {
            let wanted_value = lifting.value(old);
            let is_it = |new: &(&str, Slice)| {
                new.0 == *name && wanted_value.as_ref().is_none_or(|wanted| wanted == new.1.bytes())
            };
            // What was put in before it is no part of the old.
            while wanted.adds && new.next_if(|new| !is_it(new) && new.0.contains("header")).is_some() {}
            let Some((new_name, new)) = new.next() else { return Err(other()) };
            if new_name != *name {
                return Err(other());
            }
            // One that is put together has more parameters then; the tree tells that it has no others.
            let adds = wanted.adds && *name == "the address";
            if !adds && wanted_value.is_some_and(|wanted| wanted != new.bytes()) {
                return Err(format!("{name} of interaction {at} would be something else"));
            }
        }
        if new.any(|(name, _)| !(wanted.adds && name.contains("header"))) {
            return Err(other());
        }
    }
    Ok(())
}

/// Returns whether two entries hold the same.
#[must_use]
pub fn alike(a: &Interaction, b: &Interaction) -> bool {
    let (a, b) = (parts(a, |_| true), parts(b, |_| true));
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.0 == b.0 && a.1.bytes() == b.1.bytes())
}

/// Returns all that an entry holds and the file spells, each with what it is; of headers only those whose value stays.
fn parts(http: &Interaction, stays: impl Fn(&Text) -> bool) -> Vec<(&'static str, Slice)> {
    let mut parts = Vec::new();
    if let Some(request) = &http.request {
        parts.extend(request.method.iter().map(|text| ("the method", slice(text))));
        parts.extend(request.url.iter().map(|text| ("the address", slice(text))));
        message(
            "a header of the request",
            "the request's body",
            &request.headers,
            request.body.as_ref(),
            &stays,
            &mut parts,
        );
    }
    if let Some(response) = &http.response {
        message(
            "a header of the response",
            "the response's body",
            &response.headers,
            response.body.as_ref(),
            &stays,
            &mut parts,
        );
    }
    parts
}

fn message(
    header: &'static str,
    body: &'static str,
    headers: &[Header],
    content: Option<&Body>,
    stays: impl Fn(&Text) -> bool,
    parts: &mut Vec<(&'static str, Slice)>,
) {
    for Header { name, value } in headers.iter().filter(|header| stays(&header.value)) {
        parts.extend([(header, slice(name)), (header, slice(value))]);
    }
    match content.map(|body| &body.content) {
        Some(Content::Bytes(bytes)) => parts.push((body, bytes.clone())),
        // Scalars of the file's tree, which are checked there.
        Some(Content::Tree(_) | Content::Events(_) | Content::Beside(_)) | None => {}
    }
}

fn slice(text: &Text) -> Slice {
    text.as_slice().clone()
}
