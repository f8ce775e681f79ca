//! Streams compared event by event: on demand, and where no protocol says what they make.

use super::align::{self, Item, Paired};
use super::json::{Walk, hash};
use super::{Change, Value};
use crate::stream::Event;
use crate::syntax::{Node, Subtree};
use crate::text::Text;

/// Events, each with its data where that is JSON.
pub(super) type Events = [(Event, Option<Subtree>)];

/// Compares events.
pub(super) fn compare(old: &Events, new: &Events, walk: &mut Walk<'_>) {
    let items = |events: &Events, walk: &mut Walk<'_>| {
        events.iter().map(|(event, data)| item(event, data.as_ref(), walk)).collect::<Vec<_>>()
    };
    let (one, other) = (items(old, walk), items(new, walk));
    for Paired { old: was, new: is, .. } in align::pairs(&one, &other, 0) {
        let at = is.or(was).unwrap_or_default();
        let value = |(event, data): &(Event, Option<Subtree>)| match data {
            Some(data) => Value::Json(data.node().json()),
            None => Value::Text(event.data.as_str().to_owned()),
        };
        let place = format!("events[{at}]");
        let length = walk.path.len();
        walk.path.push_str(&place);
        match (was.map(|at| &old[at]), is.map(|at| &new[at])) {
            (Some(was), Some(is)) => {
                let name = |event: &Event| event.name.as_ref().map(|name| name.as_str().to_owned());
                if name(&was.0) != name(&is.0) {
                    let told = |event: &Event| name(event).map_or(Value::Nothing, Value::Text);
                    walk.within("event", |walk| {
                        walk.push(None, Change::Changed(told(&was.0), told(&is.0)), None, None);
                    });
                }
                match (&was.1, &is.1) {
                    (Some(one), Some(other)) => walk.nodes(one.node(), other.node()),
                    _ if value(was) == value(is) => {}
                    _ => walk.push(None, Change::Changed(value(was), value(is)), None, None),
                }
            }
            (Some(was), None) => walk.push(None, Change::Removed(value(was)), None, None),
            (None, Some(is)) => walk.push(None, Change::Added(value(is)), None, None),
            (None, None) => {}
        }
        walk.path.truncate(length);
    }
}

fn item(event: &Event, data: Option<&Subtree>, walk: &mut Walk<'_>) -> Item {
    let name = event.name.as_ref().map(Text::as_str);
    let Some(data) = data else {
        let text = event.data.as_str();
        return Item { signs: vec![hash(&(name, text)), hash(&(name, 0))], ..Item::default() };
    };
    let node = data.node();
    let (digest, kind) = (walk.digest(node), node.get("type").and_then(Node::str));
    let mut words = Vec::new();
    walk.words(node, &mut words);
    Item {
        signs: vec![hash(&(name, digest)), hash(&(name, kind.as_deref()))],
        words: align::sketch(words.into_iter()),
        ..Item::default()
    }
}
