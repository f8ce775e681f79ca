//! Two interactions that belong together, or two turns of a connection: what was sent, and what came back.

use super::interactions::Unit;
use super::json::Walk;
use super::known::Name;
use super::subject::{self, Subjects};
use super::{Change, Class, Difference, Options, Side, Value, events, http, reply, said, stream};
use crate::cassette::Body;
use crate::chat::{Exchange, Reply};
use crate::load::{Recorded, Response};
use crate::syntax::{Node, Subtree};

/// Returns what differs between two interactions, or two turns of a connection.
pub(super) fn compare(
    one: &Unit<'_>,
    other: &Unit<'_>,
    walk: &mut Walk<'_>,
    options: Options,
) -> Vec<Difference> {
    walk.meant.clear();
    for exchange in [one, other].into_iter().filter_map(|each| each.exchange) {
        said::arguments(exchange, &mut walk.meant);
    }
    walk.meant.sort_unstable();
    let mut found = Vec::new();
    match one.turn().zip(other.turn()) {
        Some((was, is)) => turns((one, was), (other, is), walk, options, &mut found),
        None => recorded(one, other, walk, options, &mut found),
    }
    found
}

fn recorded(
    one: &Unit<'_>,
    other: &Unit<'_>,
    walk: &mut Walk<'_>,
    options: Options,
    found: &mut Vec<Difference>,
) {
    let (old, new) = (one.entry, other.entry);
    walk.side = Side::Request;
    http::request(old.http.request.as_ref(), new.http.request.as_ref(), walk, found);
    let sent = |entry| body_of(entry, Side::Request);
    match (&old.request, &new.request) {
        (Some(was), Some(is)) => {
            trees((was, one.exchange), (is, other.exchange), Subjects::request, walk, found);
        }
        _ => http::body(sent(old), sent(new), walk, found),
    }
    walk.side = Side::Response;
    http::response(old.http.response.as_ref(), new.http.response.as_ref(), walk, found);
    response(one, other, walk, options, found);
}

/// Compares two turns: the messages that were sent one by one, and the answers that those received make.
fn turns(
    (one, was): (&Unit<'_>, &Exchange),
    (other, is): (&Unit<'_>, &Exchange),
    walk: &mut Walk<'_>,
    options: Options,
    found: &mut Vec<Difference>,
) {
    walk.side = Side::Request;
    let (old, new): (Vec<_>, Vec<_>) =
        (one.sent().map(Subtree::node).collect(), other.sent().map(Subtree::node).collect());
    for paired in walk.paired(&old, &new) {
        walk.within("body", |walk| walk.items(paired, &old, &new, Name::Plain));
        let raw = walk.take();
        if raw.is_empty() {
            continue;
        }
        let left = paired.old.map(|at| Subjects::request(old[at], was));
        let right = paired.new.map(|at| Subjects::request(new[at], is));
        let named = |raw| subject::named_as_one_of_several(raw, left.as_ref(), right.as_ref());
        found.extend(raw.into_iter().map(named));
    }
    walk.side = Side::Response;
    let (old, new) = (one.events(), other.events());
    if options.events {
        each_event(&old, &new, walk, found);
    } else {
        streams((&old, &was.reply), (&new, &is.reply), walk, found);
    }
}

fn body_of(entry: &Recorded, side: Side) -> Option<&Body> {
    match side {
        Side::Request => entry.http.request.as_ref()?.body.as_ref(),
        Side::Response | Side::Note => entry.http.response.as_ref()?.body.as_ref(),
    }
}

type Told<'b> = (&'b Subtree, Option<&'b Exchange>);

/// Compares bodies that are JSON, and names what differs.
fn trees(
    old: Told<'_>,
    new: Told<'_>,
    subjects: impl Fn(Node<'_>, &Exchange) -> Subjects,
    walk: &mut Walk<'_>,
    found: &mut Vec<Difference>,
) {
    walk.within("body", |walk| walk.nodes(old.0.node(), new.0.node()));
    let raw = walk.take();
    if raw.is_empty() {
        return;
    }
    let subjects = |(tree, exchange): Told<'_>| exchange.map(|exchange| subjects(tree.node(), exchange));
    let (old, new) = (subjects(old), subjects(new));
    found.extend(raw.into_iter().map(|raw| subject::named(raw, old.as_ref(), new.as_ref())));
}

fn response(
    was: &Unit<'_>,
    is: &Unit<'_>,
    walk: &mut Walk<'_>,
    options: Options,
    found: &mut Vec<Difference>,
) {
    let (old, new) = (was.entry, is.entry);
    let exchanges = old.exchange.as_ref().zip(new.exchange.as_ref());
    match (&old.response, &new.response, exchanges) {
        (Response::Whole(one), Response::Whole(other), _) => {
            trees((one, was.exchange), (other, is.exchange), Subjects::response, walk, found);
        }
        (Response::Stream(one), Response::Stream(other), Some((was, is))) if !options.events => {
            streams((one, &was.reply), (other, &is.reply), walk, found);
        }
        (Response::Stream(one), Response::Stream(other), _) => each_event(one, other, walk, found),
        (Response::Stream(_), Response::Whole(_), Some((was, is)))
        | (Response::Whole(_), Response::Stream(_), Some((was, is))) => {
            let shape = |response: &Response| {
                let stream = matches!(response, Response::Stream(_));
                Value::Text(if stream { "a stream" } else { "in one piece" }.to_owned())
            };
            let change = Change::Changed(shape(&old.response), shape(&new.response));
            found.push(Difference::new(Class::Stream, Side::Response, "body", change));
            reply::compare(&was.reply, &is.reply, walk, found);
        }
        _ => http::body(body_of(old, Side::Response), body_of(new, Side::Response), walk, found),
    }
}

fn each_event(old: &events::Events, new: &events::Events, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    events::compare(old, new, walk);
    found.extend(walk.take().into_iter().map(|raw| subject::named(raw, None, None)));
}

/// Compares streams as the answers that they make, and what is left of their events.
fn streams(
    (one, was): (&events::Events, &Reply),
    (other, is): (&events::Events, &Reply),
    walk: &mut Walk<'_>,
    found: &mut Vec<Difference>,
) {
    let before = found.len();
    reply::compare(was, is, walk, found);
    stream::rest((one, was), (other, is), walk, found);
    // Events that make the same answer are cut elsewhere, if they are others.
    let silent = found.len() == before;
    let others = || one.iter().zip(other).any(|((one, _), (other, _))| one.data != other.data);
    if one.len() != other.len() || silent && others() {
        let counts = Change::Changed(Value::Json(one.len().into()), Value::Json(other.len().into()));
        found.push(Difference::new(Class::Chunks, Side::Response, "body", counts));
    }
}
