//! Removing what a path means.

use super::place::{Place, all_headers, query_range};
use crate::diagnostic::Diagnostic;
use crate::load::Recording;
use crate::rewrite::{self, Gone, Wanted};
use crate::syntax::path::Path;

pub(super) fn plan(
    recording: &Recording,
    at: usize,
    found: &Place,
    path: &Path,
) -> Result<Wanted, Diagnostic> {
    let entry = &recording.interactions[at];
    // What is not there cannot go.
    found.value(entry)?;
    let refused = |why: &str| {
        Diagnostic::error(format!("cannot remove `{path}`: {why}"), None).help("the file is left as it is")
    };
    let gone: Vec<Gone> = match found {
        Place::Node(_, Some(holder)) => vec![Gone::Item(holder.collection.clone(), holder.index)],
        Place::Headers { sent, at, .. } => {
            let all = all_headers(&entry.http, *sent);
            at.iter().map(|at| Gone::Header(all[*at].name.clone(), all[*at].value.clone())).collect()
        }
        Place::Query { name, pairs } => {
            let url = entry.http.request.as_ref().and_then(|request| request.url.clone());
            let url = url.ok_or_else(|| refused("there is no address"))?;
            let all = query_range(url.as_str());
            let pair = |pair: &crate::syntax::form::Pair| Gone::Pair {
                text: url.clone(),
                all: all.clone(),
                own: pair.range.clone(),
            };
            let mut gone: Vec<Gone> = pairs.iter().map(pair).collect();
            gone.extend(repeated(recording, at, name));
            gone
        }
        Place::Node(_, None)
        | Place::Text(_)
        | Place::Said(_)
        | Place::Number(_)
        | Place::Made(_)
        | Place::Absent(_) => {
            return Err(refused("a header, a parameter or a part of a JSON body can go"));
        }
    };
    rewrite::remove(recording, &gone)
}

/// Returns where a recorder keeps a parameter once more: HAR in `queryString`, go-vcr in `form`.
fn repeated(recording: &Recording, at: usize, name: &str) -> Vec<Gone> {
    let node = recording.interactions[at].http.span.and_then(|span| super::header::at(recording, span));
    let Some(request) = node.and_then(|node| node.get("request")) else { return Vec::new() };
    let mut gone = Vec::new();
    if let Some(list) = request.get("queryString") {
        let named =
            list.items().enumerate().filter(|(_, item)| item.get("name").is_some_and(|own| own.is(name)));
        gone.extend(named.map(|(at, _)| Gone::Item(list.subtree(), at)));
    }
    if let Some(form) = request.get("form") {
        let named = form.entries().enumerate().filter(|(_, (own, _))| own.is(name));
        gone.extend(named.map(|(at, _)| Gone::Item(form.subtree(), at)));
    }
    gone
}
