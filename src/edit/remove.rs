//! Removing what a path means.

use super::address;
use super::place::{Place, all_headers};
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
        Place::Query { name, .. } => return address::without_parameter(recording, at, name),
        Place::Node(_, None)
        | Place::Text(_)
        | Place::Address(_)
        | Place::Said(_)
        | Place::Number(_)
        | Place::Made(_)
        | Place::Absent(_) => {
            return Err(refused("a header, a parameter or a part of a JSON body can go"));
        }
    };
    rewrite::remove(recording, &gone)
}
