//! Addresses: set where their parts stand, with all that tells them once more.

use std::ops::Range;

use serde_json::json;

use super::header;
use super::place::parameters;
use super::repeats::whole;
use super::set::refused;
use crate::diagnostic::Diagnostic;
use crate::format::{self, Format, Repeat};
use crate::load::Recording;
use crate::rewrite::{self, Gone, Wanted};
use crate::syntax::form::{self, Pair};
use crate::syntax::{Node, Piece, address, rearrange};
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
    for step in aligned(&before, &after) {
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

/// What becomes of a parameter, by its index before, after, or both.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Stays(usize),
    Becomes(usize, usize),
    Goes(usize),
    Comes(usize),
}

/// Returns what becomes of each parameter, in their new order.
fn aligned(before: &[Pair], after: &[Pair]) -> Vec<Step> {
    let same = |(a, b): &(&Pair, &Pair)| a.name == b.name && a.value == b.value;
    let head = before.iter().zip(after).take_while(same).count();
    let (old, new) = (&before[head..], &after[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    let mut steps: Vec<Step> = (0..head).map(Step::Stays).collect();
    let mut from = head;
    let old_end = before.len() - tail;
    for (at, pair) in after.iter().enumerate().take(after.len() - tail).skip(head) {
        match (from..old_end).find(|was| before[*was].name == pair.name) {
            Some(was) => {
                steps.extend((from..was).map(Step::Goes));
                let stays = before[was].value == pair.value;
                steps.push(if stays { Step::Stays(was) } else { Step::Becomes(was, at) });
                from = was + 1;
            }
            None => steps.push(Step::Comes(at)),
        }
    }
    steps.extend((from..old_end).map(Step::Goes));
    steps.extend((old_end..before.len()).map(Step::Stays));
    steps
}

/// Lets what tells the address once more follow it, as far as it told the same before.
fn follow(
    recording: &Recording,
    repeat: &Repeat<'_>,
    url: &Text,
    new: &str,
    wanted: &mut Wanted,
) -> Result<(), Diagnostic> {
    let (before, after) = (parameters(url), parameters(&Text::made(new)));
    match repeat {
        Repeat::Text(node, part) => {
            let text = node.text().filter(|text| *text == *part(url.as_str()) && !text.is_empty());
            wanted.edits.extend(text.map(|text| whole(&text, part(new))));
            Ok(())
        }
        Repeat::List(list) => {
            let both = |pairs: &[Pair], url| [decoded(pairs), undecoded(pairs, url)];
            let (old_spelled, new_spelled) = (both(&before, url.as_str()), both(&after, new));
            in_list(*list, (&before, old_spelled), (&after, new_spelled), wanted)
        }
        Repeat::Form(form) => {
            // A form that is empty may be one in which the recorder has no parameters.
            let repeats =
                if before.is_empty() { forms_repeat(recording) } else { told(*form, &before).is_some() };
            in_form(*form, &before, &after, repeats, wanted)
        }
    }
}

/// Names and values, decoded or as the address spells them.
type Spelled = Vec<(String, String)>;

fn decoded(pairs: &[Pair]) -> Spelled {
    pairs.iter().map(|pair| (pair.name.as_str().to_owned(), pair.value.as_str().to_owned())).collect()
}

fn undecoded(pairs: &[Pair], url: &str) -> Spelled {
    let pair = |pair: &Pair| url[pair.range.clone()].split_once('=');
    pairs.iter().filter_map(pair).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Returns the item of a list that has each parameter, if one does.
fn listed(items: &[Node<'_>], pairs: &Spelled) -> Vec<Option<usize>> {
    let mut found = vec![None; pairs.len()];
    let mut from = 0;
    for (at, item) in items.iter().enumerate() {
        let holds = |key, text: &str| item.get(key).is_some_and(|own| own.is(text));
        let is_it = |(name, value): &(String, String)| holds("name", name) && holds("value", value);
        if let Some(pair) = (from..pairs.len()).find(|pair| is_it(&pairs[*pair])) {
            found[pair] = Some(at);
            from = pair + 1;
        }
    }
    found
}

/// Changes a list of names and values.
fn in_list(
    list: Node<'_>,
    (before, before_spelled): (&[Pair], [Spelled; 2]),
    (after, after_spelled): (&[Pair], [Spelled; 2]),
    wanted: &mut Wanted,
) -> Result<(), Diagnostic> {
    let items: Vec<Node<'_>> = list.items().collect();
    let found = before_spelled.map(|pairs| listed(&items, &pairs));
    let count = |found: &Vec<Option<usize>>| found.iter().flatten().count();
    let [decoded, undecoded] = found;
    let [new_decoded, new_undecoded] = after_spelled;
    let (item_of, new) =
        if count(&decoded) < count(&undecoded) { (undecoded, new_undecoded) } else { (decoded, new_decoded) };
    let complete = items.len() == before.len() && item_of.iter().all(Option::is_some);
    let mut gone = Vec::new();
    let mut pieces = Vec::new();
    for step in aligned(before, after) {
        match step {
            Step::Stays(pair) => pieces.extend(item_of[pair].map(Piece::Kept)),
            Step::Becomes(pair, other) => {
                let value = item_of[pair].and_then(|at| items[at].get("value")).and_then(Node::text);
                wanted.edits.extend(value.map(|value| whole(&value, &new[other].1)));
                pieces.extend(item_of[pair].map(Piece::Kept));
            }
            Step::Goes(pair) => gone.extend(item_of[pair]),
            Step::Comes(pair) => {
                let (name, value) = &new[pair];
                pieces.push(Piece::Item(json!({"name": name, "value": value})));
            }
        }
    }
    if !complete {
        // Nobody knows where something new would have its place.
        pieces = (0..items.len()).filter(|at| !gone.contains(at)).map(Piece::Kept).collect();
    }
    if pieces.len() != items.len() || pieces.iter().any(|piece| !matches!(piece, Piece::Kept(_))) {
        wanted.rearrange(rearrange(list, pieces).map_err(refused)?);
    }
    Ok(())
}

/// Returns where a mapping of names to lists of values has each parameter, if it has all of them.
fn told(form: Node<'_>, pairs: &[Pair]) -> Option<Vec<(usize, usize)>> {
    let mut found = Vec::new();
    for pair in pairs {
        let (entry, values) = form
            .entries()
            .enumerate()
            .find_map(|(at, (name, values))| name.is(pair.name.as_str()).then_some((at, values)))?;
        let mut same = values.items().enumerate().filter(|(_, value)| value.is(pair.value.as_str()));
        let (at, _) = same.find(|(at, _)| !found.contains(&(entry, *at)))?;
        found.push((entry, at));
    }
    Some(found)
}

/// Returns whether another interaction of a cassette has its parameters in its form, too.
fn forms_repeat(recording: &Recording) -> bool {
    let Ok(format) = format_of(recording) else { return false };
    (0..recording.interactions.len()).any(|at| {
        let pairs = address_of(recording, at).map(parameters).unwrap_or_default();
        let repeats = entry(recording, at).into_iter().flat_map(|entry| format.repeats(entry));
        let has_all =
            |repeat: Repeat<'_>| matches!(repeat, Repeat::Form(form) if told(form, &pairs).is_some());
        !pairs.is_empty() && repeats.into_iter().any(has_all)
    })
}

/// Changes a mapping of names to lists of values.
fn in_form(
    form: Node<'_>,
    before: &[Pair],
    after: &[Pair],
    repeats: bool,
    wanted: &mut Wanted,
) -> Result<(), Diagnostic> {
    let Some(places) = told(form, before).filter(|_| repeats) else { return Ok(()) };
    let entries: Vec<Node<'_>> = form.entries().map(|(_, values)| values).collect();
    let mut gone = Vec::new();
    let mut new: Vec<(&str, Vec<&str>)> = Vec::new();
    for step in aligned(before, after) {
        match step {
            Step::Stays(_) => {}
            Step::Becomes(pair, other) => {
                let (entry, at) = places[pair];
                let value = entries[entry].item(at).and_then(Node::text);
                wanted.edits.extend(value.map(|value| whole(&value, after[other].value.as_str())));
            }
            Step::Goes(pair) => gone.push(places[pair]),
            Step::Comes(pair) => {
                let (name, value) = (after[pair].name.as_str(), after[pair].value.as_str());
                match new.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, values)) => values.push(value),
                    None => new.push((name, vec![value])),
                }
            }
        }
    }
    let mut members = Vec::new();
    for (entry, (name, values)) in form.entries().enumerate() {
        let more =
            new.iter().position(|(known, _)| name.is(known)).map(|at| new.remove(at).1).unwrap_or_default();
        let count = values.items().count();
        let mut pieces: Vec<Piece> =
            (0..count).filter(|at| !gone.contains(&(entry, *at))).map(Piece::Kept).collect();
        let left = pieces.len();
        pieces.extend(more.iter().map(|value| Piece::Item(json!(value))));
        if left == count && more.is_empty() {
            members.push(Piece::Kept(entry));
        } else if !pieces.is_empty() {
            members.push(Piece::Kept(entry));
            wanted.rearrange(rearrange(values, pieces).map_err(refused)?);
        }
    }
    members.extend(new.into_iter().map(|(name, values)| Piece::Member(name.to_owned(), json!(values))));
    if members.len() != entries.len() || members.iter().any(|piece| !matches!(piece, Piece::Kept(_))) {
        wanted.rearrange(rearrange(form, members).map_err(refused)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_told_from_each_other_by_their_names() {
        use Step::{Becomes, Comes, Goes, Stays};
        let pairs = |text: &str| form::pairs(&Text::made(text));
        let steps = |before: &str, after: &str| aligned(&pairs(before), &pairs(after));
        assert_eq!(steps("a=1&b=2&c=3", "a=1&b=4&c=3"), [Stays(0), Becomes(1, 1), Stays(2)]);
        assert_eq!(steps("a=1&b=2", "b=2"), [Goes(0), Stays(1)]);
        assert_eq!(steps("a=1", "a=1&b=2"), [Stays(0), Comes(1)]);
        assert_eq!(steps("a=1&a=2&b=3", "a=2&d=4&b=5"), [Becomes(0, 0), Comes(1), Goes(1), Becomes(2, 2)]);
        assert_eq!(steps("", ""), []);
    }
}
