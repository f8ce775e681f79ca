//! Two interactions that belong together: what was sent, and what came back.

use super::json::Walk;
use super::subject::{self, Subjects};
use super::{Change, Class, Difference, Options, Side, Value, events, http, reply, said, stream};
use crate::cassette::Body;
use crate::chat::Exchange;
use crate::load::{Recorded, Recording, Response};
use crate::syntax::{Node, Subtree};

/// An interaction, and what was said in it or, for a message of a connection, in the turn that it is a part of.
#[derive(Clone, Copy)]
pub(super) struct One<'r> {
    entry: &'r Recorded,
    exchange: Option<&'r Exchange>,
}

impl<'r> One<'r> {
    pub(super) fn of(recording: &'r Recording, at: usize) -> Self {
        let entry = &recording.interactions[at];
        let told_in = entry.told_in.and_then(|first| recording.interactions.get(first));
        Self { entry, exchange: entry.exchange.as_ref().or_else(|| told_in?.exchange.as_ref()) }
    }
}

/// Returns what differs between two interactions.
pub(super) fn recorded(
    one: One<'_>,
    other: One<'_>,
    walk: &mut Walk<'_>,
    options: Options,
) -> Vec<Difference> {
    let (old, new) = (one.entry, other.entry);
    walk.meant.clear();
    for exchange in [one, other].into_iter().filter_map(|each| each.exchange) {
        said::arguments(exchange, &mut walk.meant);
    }
    walk.meant.sort_unstable();
    let mut found = Vec::new();
    walk.side = Side::Request;
    http::request(old.http.request.as_ref(), new.http.request.as_ref(), walk, &mut found);
    let sent = |entry| body_of(entry, Side::Request);
    match (&old.request, &new.request) {
        (Some(was), Some(is)) => {
            trees((was, one.exchange), (is, other.exchange), Subjects::request, walk, &mut found);
        }
        _ => http::body(sent(old), sent(new), walk, &mut found),
    }
    walk.side = Side::Response;
    http::response(old.http.response.as_ref(), new.http.response.as_ref(), walk, &mut found);
    response(one, other, walk, options, &mut found);
    found
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

fn response(was: One<'_>, is: One<'_>, walk: &mut Walk<'_>, options: Options, found: &mut Vec<Difference>) {
    let (old, new) = (was.entry, is.entry);
    let exchanges = old.exchange.as_ref().zip(new.exchange.as_ref());
    let before = found.len();
    match (&old.response, &new.response, exchanges) {
        (Response::Whole(one), Response::Whole(other), _) => {
            trees((one, was.exchange), (other, is.exchange), Subjects::response, walk, found);
        }
        (Response::Stream(one), Response::Stream(other), Some((was, is))) if !options.events => {
            reply::compare(&was.reply, &is.reply, walk, found);
            stream::rest((one, &was.reply), (other, &is.reply), walk, found);
            // Events that make the same answer are cut elsewhere, if they are others.
            let silent = found.len() == before;
            let others = || one.iter().zip(other).any(|((one, _), (other, _))| one.data != other.data);
            if one.len() != other.len() || silent && others() {
                let counts = Change::Changed(Value::Json(one.len().into()), Value::Json(other.len().into()));
                found.push(Difference::new(Class::Chunks, Side::Response, "body", counts));
            }
        }
        (Response::Stream(one), Response::Stream(other), _) => {
            events::compare(one, other, walk);
            found.extend(walk.take().into_iter().map(|raw| subject::named(raw, None, None)));
        }
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
