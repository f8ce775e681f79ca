//! Addresses: set where their parts stand, with all that tells them once more.

mod follow;
mod steps;

use std::ops::Range;

use self::follow::follow;
use self::steps::{Step, steps};
use super::header;
use super::place::parameters;
use super::repeats::whole;
use super::set::refused;
use crate::diagnostic::Diagnostic;
use crate::format::{self, Format};
use crate::load::Recording;
use crate::rewrite::{self, Gone, Wanted};
use crate::syntax::form::{self, Pair};
use crate::syntax::{Node, address};
use crate::text::{Edit, SourceId, Text, lift, splice};

/// Returns what is wanted for an interaction to have another address.
pub(super) fn set(recording: &Recording, at: usize, new: &str) -> Result<Wanted, Diagnostic> {
    let url = address_of(recording, at)?;
    let format = format_of(recording)?;
    let entry = entry(recording, at);
    let apart = entry.is_some_and(|entry| format.parameters_apart(entry));
    let mut wanted = if url.pieces().len() == 1 && !apart {
        Wanted::from(vec![whole(url, new)])
    } else {
        in_parts(recording, url, new, apart)?
    };
    for repeat in entry.into_iter().flat_map(|entry| format.repeats(entry)) {
        follow(recording, &repeat, url, new, &mut wanted)?;
    }
    Ok(wanted)
}

/// Returns what is wanted for a parameter of the address to have a value, be it there already or not.
pub(super) fn set_parameter(
    recording: &Recording,
    at: usize,
    name: &str,
    pairs: &[Pair],
    new: &str,
) -> Result<Wanted, Diagnostic> {
    let url = address_of(recording, at)?;
    let format = format_of(recording)?;
    let apart = entry(recording, at).is_some_and(|entry| format.parameters_apart(entry));
    let spelled = |text: &str| if apart { text.to_owned() } else { form::escaped(text) };
    if apart && (name.contains(MARKS) || new.contains(MARKS)) {
        return Err(refused(DECODED));
    }
    let copy = Text::source(SourceId::default(), url.as_str().to_owned());
    let edit = match pairs {
        [] => {
            let all = address::parts(url.as_str()).query;
            let mark = if parameters(url).is_empty() && !url.as_str()[..all.start].ends_with('?') {
                "?"
            } else if all.is_empty() {
                ""
            } else {
                "&"
            };
            Edit::replace(&copy, all.end..all.end, format!("{mark}{}={}", spelled(name), spelled(new)))
        }
        [pair] => {
            let equals = pair.range.start + url.as_str()[pair.range.clone()].find('=').unwrap_or_default();
            let value = copy.slice(equals + 1..pair.range.end);
            // What is spelled out goes on being spelled as it is.
            let spelled_out = !apart && value != pair.value;
            if spelled_out {
                whole(&form::decoded(&value, 0..value.len()), new)
            } else {
                whole(&value, &spelled(new))
            }
        }
        _ => return Err(refused(format!("there is more than one `{name}`"))),
    };
    let changes = lift(vec![edit]).map_err(refused)?.into_values().next().unwrap_or_default().changes;
    let bytes = splice(copy.as_str().as_bytes(), changes).map_err(refused)?;
    set(recording, at, &String::from_utf8_lossy(&bytes))
}

/// Returns what is wanted for all parameters with a name to be gone.
pub(super) fn without_parameter(recording: &Recording, at: usize, name: &str) -> Result<Wanted, Diagnostic> {
    let url = address_of(recording, at)?;
    let all = address::parts(url.as_str()).query;
    let gone: Vec<Pair> = parameters(url).into_iter().filter(|pair| pair.name == *name).collect();
    let mut start = all.start;
    let mut kept = Vec::new();
    for pair in url.as_str()[all.clone()].split('&') {
        if !gone.iter().any(|gone| gone.range.start == start) {
            kept.push(pair);
        }
        start += pair.len() + 1;
    }
    let (before, after) = (&url.as_str()[..all.start], &url.as_str()[all.end..]);
    let before = if kept.is_empty() { before.strip_suffix('?').unwrap_or(before) } else { before };
    set(recording, at, &format!("{before}{}{after}", kept.join("&")))
}

fn address_of(recording: &Recording, at: usize) -> Result<&Text, Diagnostic> {
    let request = recording.interactions[at].http.request.as_ref();
    request.and_then(|request| request.url.as_ref()).ok_or_else(|| refused("there is no address"))
}

fn format_of(recording: &Recording) -> Result<&'static dyn Format, Diagnostic> {
    format::by_name(recording.format).ok_or_else(|| refused("its format is unknown"))
}

fn entry(recording: &Recording, at: usize) -> Option<Node<'_>> {
    recording.interactions[at].http.span.and_then(|span| header::at(recording, span))
}

/// What no text of a recorder can hold that keeps parameters decoded and puts the address together of them.
const MARKS: [char; 4] = ['%', '+', '&', '#'];
const DECODED: &str =
    "the recorder keeps parameters decoded, and this one could not be told from its spelling";

/// Changes an address that is put together of several texts: each part in its own.
fn in_parts(recording: &Recording, url: &Text, new: &str, apart: bool) -> Result<Wanted, Diagnostic> {
    let old = url.as_str();
    // The one text of the file that holds a part.
    let holder = |range: &Range<usize>| {
        let mut pieces = url.slice(range.clone()).pieces();
        let piece = pieces.pop().filter(|piece| pieces.is_empty() && !piece.is_empty())?;
        piece.span().map(|_| piece)
    };
    let mut edits = Vec::new();
    let mut replace = |range: &Range<usize>, text: &str| {
        if old[range.clone()] == *text {
            return Ok(());
        }
        let Some(holder) = holder(range).filter(|_| !text.is_empty()) else {
            let what = if text.is_empty() { new } else { text };
            return Err(refused(format!(
                "the recorder keeps the parts of an address each for itself, and has none to hold `{what}`"
            )));
        };
        edits.push(whole(&holder, text));
        Ok(())
    };
    let (own, other) = (address::parts(old), address::parts(new));
    // As much at once as one text holds.
    if holder(&own.origin()).is_some() && !other.origin().is_empty() {
        replace(&own.origin(), &new[other.origin()])?;
    } else {
        replace(&own.scheme, &new[other.scheme])?;
        replace(&own.host, &new[other.host])?;
        replace(&own.port, &new[other.port])?;
    }
    if !apart {
        replace(&(own.path.start..old.len()), &new[other.path.start..])?;
        return Ok(Wanted::from(edits));
    }
    replace(&own.path, &new[other.path])?;
    let (all, new_all) = (own.query, other.query);
    if old[all.end..] != new[new_all.end..] {
        return Err(refused("the recorder keeps no fragment of an address"));
    }
    let (before, after) = (parameters(url), parameters(&Text::made(new)));
    let decoded = |pair: &Pair| !new[pair.range.clone()].contains(['%', '+']);
    let (mut gone, mut added) = (Vec::new(), Vec::new());
    for step in steps(&before, &after) {
        match step {
            Step::Stays(_) => {}
            Step::Becomes(_, at) | Step::Comes(at) if !decoded(&after[at]) => return Err(refused(DECODED)),
            Step::Becomes(pair, at) => edits.push(whole(&before[pair].value, after[at].value.as_str())),
            Step::Goes(pair) => {
                gone.push(Gone::Pair {
                    text: url.clone(),
                    all: all.clone(),
                    own: before[pair].range.clone(),
                });
            }
            Step::Comes(at) => added.push((after[at].name.as_str(), after[at].value.as_str())),
        }
    }
    let mut wanted = rewrite::remove(recording, &gone)?;
    wanted.edits.extend(edits);
    if !added.is_empty() {
        header::add_parameters(recording, url, &added, &mut wanted)?;
    }
    Ok(wanted)
}
