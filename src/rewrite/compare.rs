//! Whether what was read back is the old recording with the edits made, as the format reads it.
//!
//! The tree of a file tells whether its scalars are as intended; this tells whether they still mean the same. Of wire
//! text, which has no tree, it tells both.

use crate::cassette::{Body, Content, Header, Interaction};
use crate::load::Recording;
use crate::text::{Lifting, Slice, Text};

/// Checks every address, header and body.
///
/// # Errors
/// The first thing that is not as intended, in words.
pub(super) fn recordings(old: &Recording, new: &Recording, lifting: &Lifting) -> Result<(), String> {
    if old.interactions.len() != new.interactions.len() {
        return Err(format!("{} interactions would be {}", old.interactions.len(), new.interactions.len()));
    }
    for (at, (old, new)) in old.interactions.iter().zip(&new.interactions).enumerate() {
        let (old, new) = (parts(&old.http), parts(&new.http));
        let names = |parts: &[(&'static str, Slice)]| parts.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        if names(&old) != names(&new) {
            return Err(format!("interaction {at} would have other parts"));
        }
        for ((name, old), (_, new)) in old.iter().zip(&new) {
            if lifting.value(old).is_some_and(|wanted| wanted != new.bytes()) {
                return Err(format!("{name} of interaction {at} would be something else"));
            }
        }
    }
    Ok(())
}

/// Returns all that an entry holds and the file spells, each with what it is.
fn parts(http: &Interaction) -> Vec<(&'static str, Slice)> {
    let mut parts = Vec::new();
    if let Some(request) = &http.request {
        parts.extend(request.method.iter().map(|text| ("the method", slice(text))));
        parts.extend(request.url.iter().map(|text| ("the address", slice(text))));
        message(
            "a header of the request",
            "the request's body",
            &request.headers,
            request.body.as_ref(),
            &mut parts,
        );
    }
    if let Some(response) = &http.response {
        message(
            "a header of the response",
            "the response's body",
            &response.headers,
            response.body.as_ref(),
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
    parts: &mut Vec<(&'static str, Slice)>,
) {
    for Header { name, value } in headers {
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
