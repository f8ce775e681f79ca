//! What follows a changed body: the lengths that were right, names of files that are digests of their content, and what a
//! recorder keeps twice.

use sha2::{Digest as _, Sha256};

use super::{Wanted, protobuf};
use crate::cassette::{Body, Content, Count, Header, Interaction, Length, header_texts};
use crate::codec;
use crate::load::Recording;
use crate::syntax::{Node, Subtree};
use crate::text::{Edit, SourceId, Text};

/// Returns the edits that follow those that made `new` of `old`; what was wrong before stays as it is.
///
/// # Errors
/// In words, if something cannot follow.
pub(super) fn edits(
    old: &Recording,
    new: &Recording,
    attached: &[(SourceId, Vec<u8>)],
    wanted: &Wanted,
) -> Result<Vec<Edit>, String> {
    let entries = wanted.pairs(&old.interactions, &new.interactions).into_iter();
    let messages = entries.flat_map(|(_, old, new)| sides(&old.http).into_iter().zip(sides(&new.http)));
    let mut edits = Vec::new();
    for (old, new) in messages {
        if let (Some((headers, before)), Some((_, after))) = (old, new) {
            let stay = |edit: &Edit| !wanted.is_gone(edit.at.as_slice());
            edits.extend(lengths(headers, before, after).into_iter().filter(stay));
            for ((old, new), base64) in values(before).into_iter().zip(values(after)).zip(&before.protobuf) {
                edits.extend(protobuf::follow(old, new, base64)?);
            }
            edits.extend(copied(before, after)?);
        }
    }
    for (id, bytes) in attached {
        let Some(known) = old.beside.iter().find(|each| each.bytes.source_id() == Some(*id)) else {
            continue;
        };
        let (before, after) = (digest(known.bytes.bytes()), digest(bytes));
        for text in &known.beside.digests {
            let found = text.as_str().find(&before);
            edits.extend(found.map(|at| Edit::replace(text, at..at + before.len(), &*after)));
        }
    }
    Ok(edits)
}

/// Returns what a body holds that is kept parsed: its tree, or its events.
fn values(body: &Body) -> Vec<Node<'_>> {
    match &body.content {
        Content::Tree(tree) => vec![tree.node()],
        Content::Events(events) => events.iter().map(Subtree::node).collect(),
        Content::Bytes(_) | Content::Beside(_) => Vec::new(),
    }
}

/// Returns the edit of the JSON in base64 that a recorder keeps beside the tree of a body, if the tree is another.
fn copied(before: &Body, after: &Body) -> Result<Option<Edit>, String> {
    let (Some(base64), Content::Tree(old), Content::Tree(new)) =
        (&before.copy, &before.content, &after.content)
    else {
        return Ok(None);
    };
    let (old, new) = (old.node().json(), new.node().json());
    if old == new {
        return Ok(None);
    }
    let new = codec::BASE64.encode(new.to_string().as_bytes(), base64.as_str().as_bytes());
    let new = new.map_err(|error| format!("the copy in base64 cannot be written: {error}"))?;
    Ok(Some(Edit::replace(base64, 0..base64.len(), String::from_utf8_lossy(&new))))
}

/// Returns whether edits are those that were made already.
pub(super) fn settled(made: &[Edit], wanted: &[Edit]) -> bool {
    let same = |(a, b): (&Edit, &Edit)| a.new == b.new && a.at.span() == b.at.span();
    made.len() == wanted.len() && made.iter().zip(wanted).all(same)
}

/// Returns the new names of files that are named by what they hold.
pub(super) fn names(old: &Recording, attached: &[(SourceId, Vec<u8>)]) -> Vec<(SourceId, String)> {
    let name = |(id, bytes): &(SourceId, Vec<u8>)| {
        let known = old.beside.iter().find(|each| each.bytes.source_id() == Some(*id))?;
        let (before, after) = (digest(known.bytes.bytes()), digest(bytes));
        let name = known.beside.name.as_str();
        let is_named_so =
            known.beside.digests.iter().any(|text| text.as_str() == name) && name.contains(&before);
        is_named_so.then(|| (*id, name.replace(&before, &after)))
    };
    attached.iter().filter_map(name).collect()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}

type Message<'i> = (&'i [Header], &'i Body);

/// Returns the headers and the body of the request, and of the response.
fn sides(http: &Interaction) -> [Option<Message<'_>>; 2] {
    let sent = http.request.as_ref().and_then(|sent| Some((sent.headers.as_slice(), sent.body.as_ref()?)));
    let received = http.response.as_ref().and_then(|got| Some((got.headers.as_slice(), got.body.as_ref()?)));
    [sent, received]
}

/// Returns edits for what is said about the length of a body, if that is to be another now.
fn lengths(headers: &[Header], before: &Body, after: &Body) -> Vec<Edit> {
    let header = |at: &Text| Length { at: at.clone(), counts: &[Count::Body] };
    let stated = header_texts(headers, "content-length").map(header).chain(before.lengths.iter().cloned());
    let follow = |length: Length| {
        let new = length.spelled(length.follow(before, after)?);
        (length.at.as_str() != new).then(|| Edit::replace(&length.at, 0..length.at.len(), new))
    };
    stated.filter_map(follow).collect()
}
