//! Which interactions of two recordings belong together.

use std::collections::HashMap;

use super::Side;
use super::align::{self, Item, Paired};
use super::json::{Walk, hash};
use super::known::Name;
use crate::cassette::{self, Body, Content, Header};
use crate::chat::{Exchange, Message, Part, Reply};
use crate::load::{self, Recorded, Recording, Response};
use crate::provider::Url;
use crate::scrub::rule::Kind;
use crate::stream::Event;
use crate::syntax::{Node, Subtree};
use crate::text::Text;

/// What is compared as one: an interaction, or the messages of a turn of a connection.
#[derive(Debug)]
pub(super) struct Unit<'r> {
    /// Number of the interaction, of the first one of a turn.
    pub(super) first: usize,
    pub(super) entry: &'r Recorded,
    /// The other messages of the turn: where an answer is cut into messages means nothing.
    pub(super) rest: Vec<(usize, &'r Recorded)>,
    /// What was said in it or, for a message that is compared alone, in the turn that it is a part of.
    pub(super) exchange: Option<&'r Exchange>,
}

impl<'r> Unit<'r> {
    /// Returns the numbers of all its interactions.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.first).chain(self.rest.iter().map(|(at, _)| *at))
    }

    fn entries(&self) -> impl Iterator<Item = &'r Recorded> {
        std::iter::once(self.entry).chain(self.rest.iter().map(|(_, entry)| *entry))
    }

    /// Returns what was said in it, if it is a turn.
    pub(super) fn turn(&self) -> Option<&'r Exchange> {
        let Recorded { http, .. } = self.entry;
        let message = http.other.is_some() && http.request.is_some() != http.response.is_some();
        self.exchange.filter(|exchange| message && exchange.generates && self.entry.told_in.is_none())
    }

    /// Returns the messages that the client sent in a turn.
    pub(super) fn sent(&self) -> impl Iterator<Item = &'r Subtree> {
        self.entries().filter_map(|entry| entry.request.as_ref())
    }

    /// Returns the messages that the server sent in a turn, as the events of a stream.
    pub(super) fn events(&self) -> Vec<(Event, Option<Subtree>)> {
        let event = |entry: &Recorded| match &entry.response {
            Response::Whole(tree) => Some(load::parsed_event(tree)),
            Response::Stream(_) | Response::Opaque => None,
        };
        self.entries().filter_map(event).collect()
    }
}

/// Returns what is compared as one, in order.
pub(super) fn units(recording: &Recording) -> Vec<Unit<'_>> {
    let interactions = &recording.interactions;
    let mut units: Vec<Unit<'_>> = Vec::with_capacity(interactions.len());
    let mut turns: HashMap<usize, usize> = HashMap::new();
    for (at, entry) in interactions.iter().enumerate() {
        if let Some(turn) = entry.told_in.and_then(|first| turns.get(&first)) {
            units[*turn].rest.push((at, entry));
            continue;
        }
        let told_in = entry.told_in.and_then(|first| interactions.get(first));
        let exchange = entry.exchange.as_ref().or_else(|| told_in?.exchange.as_ref());
        let unit = Unit { first: at, entry, rest: Vec::new(), exchange };
        if unit.turn().is_some() {
            turns.insert(at, units.len());
        }
        units.push(unit);
    }
    units
}

/// Two units that belong together, or one alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matched {
    pub(super) old: Option<usize>,
    pub(super) new: Option<usize>,
    pub(super) moved: bool,
}

/// So many of the signs are strong enough to find an interaction wherever it stands: up to the last message.
const STRONG: usize = 4;

/// The sign that tells what was sent.
const SENT: usize = 2;

/// Returns which interactions belong together: by what was sent and came back, then by what was sent, then by what was
/// said last, then by where it went.
pub(super) fn matched(old: &[Item], new: &[Item]) -> Vec<Matched> {
    let pairs = align::pairs(old, new, STRONG);
    pairs.into_iter().map(|Paired { old, new, moved }| Matched { old, new, moved }).collect()
}

/// Returns what the units of a recording are known by.
pub(super) fn items(units: &[Unit<'_>], walk: &mut Walk<'_>) -> Vec<Item> {
    units.iter().map(|unit| item(unit, walk)).collect()
}

/// Returns a number that is the same for recordings of the same requests.
pub(super) fn likeness(recording: &Recording, walk: &mut Walk<'_>) -> u64 {
    units(recording).iter().fold(0, |all, unit| hash(&(all, item(unit, walk).signs[SENT])))
}

fn item(unit: &Unit<'_>, walk: &mut Walk<'_>) -> Item {
    match unit.turn() {
        Some(exchange) => of_turn(unit, exchange, walk),
        None => of_interaction(unit.entry, walk),
    }
}

/// Returns what a turn of a connection is known by: what was sent, and the answer put together.
fn of_turn(unit: &Unit<'_>, exchange: &Exchange, walk: &mut Walk<'_>) -> Item {
    let route = hash(&("turn", exchange.api));
    walk.side = Side::Request;
    let mut words = Vec::new();
    let (mut sent, mut whole) = (route, route);
    for tree in unit.sent() {
        walk.words(tree.node(), &mut words);
        sent = hash(&(sent, walk.digest(tree.node())));
    }
    for entry in unit.entries() {
        let bodies = [
            entry.request.as_ref(),
            if let Response::Whole(tree) = &entry.response { Some(tree) } else { None },
        ];
        whole = hash(&(whole, bodies.map(|tree| tree.map(|tree| hash(&tree.node().slice().bytes())))));
    }
    let message = hash(&(route, exchange.prompt.messages.last().map(texts)));
    let reply = &exchange.reply;
    let received = hash(&(sent, replied(reply)));
    Item {
        signs: vec![hash(&(received, usage(reply))), received, sent, message, route, route],
        words: align::sketch(words.into_iter()),
        whole,
        says: None,
    }
}

fn usage(reply: &Reply) -> Option<String> {
    reply.usage.raw.as_ref().map(|raw| serde_json::to_string(raw).unwrap_or_default())
}

fn of_interaction(entry: &Recorded, walk: &mut Walk<'_>) -> Item {
    let request = entry.http.request.as_ref();
    let method = request
        .and_then(|request| request.method.as_ref())
        .map(|method| method.as_str().to_ascii_uppercase());
    let url = request.and_then(|request| request.url.as_ref()).map(Text::as_str).unwrap_or_default();
    let (path, last) = route(url, walk);
    let what = entry.http.other.as_ref().map(|other| other.what.as_str());
    let weak = match &entry.exchange {
        // The same call by another address is the same call.
        Some(exchange) => hash(&(method.as_deref(), exchange.api, what)),
        None => hash(&(method.as_deref(), last, what, request.is_some())),
    };
    walk.side = Side::Request;
    let body = request.and_then(|request| request.body.as_ref());
    let mut words = Vec::new();
    let sent = match &entry.request {
        Some(tree) => {
            walk.words(tree.node(), &mut words);
            walk.digest(tree.node())
        }
        None => bytes(body),
    };
    let message = entry.exchange.as_ref().and_then(|exchange| exchange.prompt.messages.last());
    let message = message.map_or(sent, |message| hash(&texts(message)));
    let query = hash(&Url::new(url).query);
    let route = hash(&(weak, &path));
    let sent = hash(&(route, query, sent));
    let received = received(entry, walk);
    words.extend(path.split('/').map(|word| hash(&word)));
    let answer = entry.http.response.as_ref().and_then(|response| response.body.as_ref());
    // Of equal calls, those that the same client makes to the same address belong together first.
    let headers = request.map(|request| plain_headers(&request.headers, walk));
    let sender = hash(&(sent, url, headers));
    let exactly = match (&entry.response, &entry.exchange) {
        (Response::Whole(tree), _) => hash(&(sender, received, walk.digest(tree.node()))),
        (_, Some(exchange)) => {
            // Where it is cut, too: of equal requests with equal answers it tells them apart.
            hash(&(sender, received, usage(&exchange.reply), exchange.reply.events))
        }
        _ => hash(&(sender, received)),
    };
    Item {
        signs: vec![exactly, hash(&(sent, received)), sent, hash(&(route, message)), route, weak],
        words: align::sketch(words.into_iter()),
        // Ids, too: what is sent later names them.
        whole: hash(&(bytes(body), bytes(answer))),
        says: None,
    }
}

/// Returns a hash of the headers that mean something.
fn plain_headers(headers: &[Header], walk: &mut Walk<'_>) -> u64 {
    let mut plain = |header: &Header| {
        let name = header.name.as_str().to_ascii_lowercase();
        let means = walk.name(Kind::RequestHeader, &name) == Name::Plain;
        means.then(|| hash(&(name, header.value.as_str())))
    };
    headers.iter().filter_map(&mut plain).fold(0, u64::wrapping_add)
}

/// Returns host and path of an address without ids, and the last word of the path.
fn route(url: &str, walk: &Walk<'_>) -> (String, String) {
    let Url { host, path, .. } = Url::new(url);
    let plain = |segment: &str| {
        let id = walk.known.is_id(segment) || !walk.known.ids(segment).is_empty();
        if id { "…".to_owned() } else { segment.to_owned() }
    };
    let segments: Vec<_> = path.split('/').map(plain).collect();
    let last = segments.last().cloned().unwrap_or_default();
    (format!("{host}{}", segments.join("/")), last)
}

fn texts(message: &Message) -> Vec<String> {
    let text = |part: &Part| match part {
        Part::Text(text) | Part::Refusal(text) | Part::Thinking(text) => Some(text.as_str().to_owned()),
        Part::ToolCall(call) | Part::FunctionCall(call) => {
            call.name.as_ref().map(|name| name.as_str().to_owned())
        }
        Part::ToolResult(result) => Some(result.parts.iter().filter_map(plain).collect()),
        Part::Media(_) | Part::Other { .. } => None,
    };
    message.parts.iter().filter_map(text).collect()
}

fn plain(part: &Part) -> Option<&str> {
    if let Part::Text(text) = part { Some(text.as_str()) } else { None }
}

/// Returns a hash of what came back, noise left out as far as it is easy to tell.
fn received(entry: &Recorded, walk: &mut Walk<'_>) -> u64 {
    let response = entry.http.response.as_ref();
    let status = response.and_then(cassette::Response::code);
    walk.side = Side::Response;
    let said = match (&entry.exchange, &entry.response) {
        (Some(exchange), _) => replied(&exchange.reply),
        (None, Response::Whole(tree)) => walk.digest(tree.node()),
        (None, Response::Stream(events)) => events.iter().fold(0, |all, (event, data)| {
            let data = data.as_ref().map(|data| walk.digest(data.node()));
            hash(&(all, data.unwrap_or_else(|| hash(&event.data.as_str()))))
        }),
        (None, Response::Opaque) => bytes(response.and_then(|response| response.body.as_ref())),
    };
    hash(&(status, said))
}

fn replied(reply: &Reply) -> u64 {
    let answers = reply.choices.iter().map(|answer| (texts(&answer.message), calls(&answer.message)));
    let error = reply.error.as_ref().and_then(|error| error.message.as_ref()).map(Text::as_str);
    hash(&(answers.collect::<Vec<_>>(), error))
}

fn calls(message: &Message) -> Vec<String> {
    let call = |part: &Part| match part {
        Part::ToolCall(call) | Part::FunctionCall(call) => Some(call.arguments.json().to_string()),
        _ => None,
    };
    message.parts.iter().filter_map(call).collect()
}

fn bytes(body: Option<&Body>) -> u64 {
    match body.map(|body| &body.content) {
        Some(Content::Bytes(slice)) => hash(&slice.bytes()),
        Some(Content::Tree(tree)) => hash(&tree.node().slice().bytes()),
        Some(Content::Events(events)) => {
            let each = |event: &Subtree| -> u64 { hash(&Node::slice(event.node()).bytes()) };
            hash(&events.iter().map(each).collect::<Vec<_>>())
        }
        Some(Content::Beside(_)) | None => 0,
    }
}
