//! Which interactions of two recordings belong together.

use super::Side;
use super::align::{self, Item, Paired};
use super::json::{Walk, hash};
use super::known::Name;
use crate::cassette::{self, Body, Content, Header};
use crate::chat::{Message, Part, Reply};
use crate::load::{Recorded, Recording, Response};
use crate::provider::Url;
use crate::scrub::rule::Kind;
use crate::syntax::Node;
use crate::text::Text;

/// Two interactions that belong together, or one alone.
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

/// Returns what the interactions of a recording are known by.
pub(super) fn items(recording: &Recording, walk: &mut Walk<'_>) -> Vec<Item> {
    recording.interactions.iter().map(|entry| item(entry, walk)).collect()
}

/// Returns a number that is the same for recordings of the same requests.
pub(super) fn likeness(recording: &Recording, walk: &mut Walk<'_>) -> u64 {
    recording.interactions.iter().fold(0, |all, entry| hash(&(all, item(entry, walk).signs[SENT])))
}

fn item(entry: &Recorded, walk: &mut Walk<'_>) -> Item {
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
            let usage =
                exchange.reply.usage.raw.as_ref().map(|raw| serde_json::to_string(raw).unwrap_or_default());
            // Where it is cut, too: of equal requests with equal answers it tells them apart.
            hash(&(sender, received, usage, exchange.reply.events))
        }
        _ => hash(&(sender, received)),
    };
    Item {
        signs: vec![exactly, hash(&(sent, received)), sent, hash(&(route, message)), route, weak],
        words: align::sketch(words.into_iter()),
        // Ids, too: what is sent later names them.
        whole: hash(&(bytes(body), bytes(answer))),
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
            let each = |event: &crate::syntax::Subtree| -> u64 { hash(&Node::slice(event.node()).bytes()) };
            hash(&events.iter().map(each).collect::<Vec<_>>())
        }
        Some(Content::Beside(_)) | None => 0,
    }
}
