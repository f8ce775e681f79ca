//! What tells an address once more: a text, a list of its parameters, a form.

use serde_json::json;

use super::steps::{Step, steps};
use super::{address_of, entry, format_of};
use crate::diagnostic::Diagnostic;
use crate::edit::place::parameters;
use crate::edit::repeats::whole;
use crate::edit::set::refused;
use crate::format::Repeat;
use crate::load::Recording;
use crate::rewrite::Wanted;
use crate::syntax::form::Pair;
use crate::syntax::{Node, Piece, rearrange};
use crate::text::Text;

/// Lets what tells the address once more follow it, as far as it told the same before.
pub(super) fn follow(
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
    for step in steps(before, after) {
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
    for step in steps(before, after) {
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
