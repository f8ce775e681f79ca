//! From a path to the place that it means.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use similar::get_close_matches;

use crate::cassette::{Body, Header, Interaction};
use crate::chat::{Answer, Arguments, Exchange, Message, Part, Places, ToolCall};
use crate::diagnostic::Diagnostic;
use crate::load::{Recorded, Recording, Response};
use crate::provider;
use crate::syntax::path::{Path, Step};
use crate::syntax::{Node, Subtree, address, form};
use crate::text::{Joiner, Text};

/// What a path means.
#[derive(Clone, Debug)]
pub enum Place {
    /// A text.
    Text(Text),
    /// The address.
    Address(Text),
    /// What was said in one voice: a text for each part.
    Said(Vec<Text>),
    /// A number that is written as such, or as text.
    Number(Text),
    /// A value of JSON, or of the file's own tree, and where it is held.
    Node(Subtree, Option<Holder>),
    /// A member or item that is not there.
    Absent(Holder),
    /// The headers with a name, by their indexes; none if there is no such header yet.
    Headers {
        /// Whether they are those of the request.
        sent: bool,
        /// The name.
        name: String,
        /// The headers.
        at: Vec<usize>,
    },
    /// The parameters with a name.
    Query {
        /// The name.
        name: String,
        /// The parameters.
        pairs: Vec<form::Pair>,
    },
    /// Something that is put together and can only be looked at.
    Made(Value),
}

/// Where a value is held.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The list or mapping.
    pub collection: Subtree,
    /// The index of the item or member; behind the last for one that is not there.
    pub index: usize,
    /// The key of a member.
    pub key: Option<String>,
    /// What the list or mapping is, for messages.
    pub what: String,
}

impl Holder {
    /// Returns what holds a node of a tree; nothing holds the root.
    #[must_use]
    pub fn of(node: Node<'_>, what: &str) -> Option<Self> {
        // A collection stands before what is in it.
        (0..node.index()).rev().map(|number| Node::numbered(node.tree(), number)).find_map(|collection| {
            let holder =
                |index, key| Self { collection: collection.subtree(), index, key, what: what.to_owned() };
            let item = collection.items().position(|item| item.index() == node.index());
            let member =
                || collection.entries().enumerate().find(|(_, (_, value))| value.index() == node.index());
            item.map(|at| holder(at, None)).or_else(|| {
                let (at, (key, _)) = member()?;
                Some(holder(at, Some(key.str()?.into_owned())))
            })
        })
    }
}

/// Why a path means nothing.
#[derive(Clone, Debug)]
pub struct Missing {
    /// What is wrong.
    message: String,
    help: Option<String>,
}

impl Missing {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// Says that something has no part with a name, and which it has.
    fn named(what: &str, name: &str, names: &[String]) -> Self {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let close = get_close_matches(name, &known, 1, 0.6);
        let message = format!("there is no `{name}` in {what}");
        let help = match close.first() {
            Some(close) => format!("did you mean `{close}`?"),
            None if names.is_empty() => "there is nothing in it".to_owned(),
            None => {
                let mut seen = BTreeSet::new();
                let each: Vec<&str> = known.into_iter().filter(|name| seen.insert(*name)).collect();
                let more = if each.len() > MOST { ", …" } else { "" };
                format!("there are {}{more}", each[..each.len().min(MOST)].join(", "))
            }
        };
        Self { message, help: Some(help) }
    }

    /// Returns what is wrong as a diagnostic without a place.
    #[must_use]
    pub fn diagnostic(self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.message, None);
        match self.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

/// So many names are told.
const MOST: usize = 16;

type Found = Result<Place, Missing>;

/// Finds what a path means in an interaction.
///
/// # Errors
/// [`Missing`] if it means nothing there.
pub fn find(recording: &Recording, interaction: usize, path: &Path) -> Found {
    let Some(entry) = recording.interactions.get(interaction) else {
        let count = recording.interactions.len();
        return Err(Missing::new(format!(
            "there is no interaction {interaction}; the cassette has {count}, counted from 0"
        )));
    };
    let steps = path.steps.as_slice();
    if steps.iter().any(|step| matches!(step, Step::Any | Step::Deep)) {
        return Err(Missing::new("a path names one place; `*` means many"));
    }
    match steps.split_first() {
        Some((Step::Name(name), rest)) if name == "request" => request(entry, rest),
        Some((Step::Name(name), rest)) if name == "response" => response(entry, rest),
        Some((Step::Name(name), _)) => {
            Err(Missing::named("an interaction", name, &words(&["request", "response"])))
        }
        _ => Err(Missing::new("a path begins with `request` or `response`")),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Returns the name that a path goes on with.
fn name<'p>(what: &str, steps: &'p [Step], names: &[&str]) -> Result<(&'p str, &'p [Step]), Missing> {
    match steps.split_first() {
        Some((Step::Name(name), rest)) if names.contains(&name.as_str()) => Ok((name, rest)),
        Some((Step::Name(name), _)) => Err(Missing::named(what, name, &words(names))),
        Some(_) => Err(Missing::new(format!("{what} is no list"))),
        None => Err(Missing {
            message: format!("{what} has parts; name one"),
            help: Some(format!("there are {}", names.join(", "))),
        }),
    }
}

/// Returns a place that a path may end at only.
fn end(what: &str, rest: &[Step], place: Option<Place>) -> Found {
    let place = place.ok_or_else(|| Missing::new(format!("there is no {what}")));
    if rest.is_empty() { place } else { Err(Missing::new(format!("there is nothing in {what}"))) }
}

fn text(what: &str, rest: &[Step], text: Option<&Text>) -> Found {
    end(what, rest, text.cloned().map(Place::Text))
}

fn request(entry: &Recorded, steps: &[Step]) -> Found {
    const NAMES: &[&str] = &["method", "url", "headers", "query", "body", "model", "messages"];
    let (word, rest) = name("a request", steps, NAMES)?;
    let sent = entry.http.request.as_ref().ok_or_else(|| Missing::new("the interaction has no request"))?;
    let prompt = entry.exchange.as_ref().map(|exchange| &exchange.prompt);
    match word {
        "method" => text("method", rest, sent.method.as_ref()),
        "url" => end("address", rest, sent.url.clone().map(Place::Address)),
        "headers" => headers(&entry.http, true, rest),
        "query" => query(sent.url.as_ref(), rest),
        "body" => body(sent.body.as_ref(), entry.request.as_ref(), "the request's body", rest),
        "model" => text("model", rest, prompt.and_then(|prompt| prompt.model.as_ref())),
        _ => messages(prompt.map_or(&[], |prompt| &prompt.messages), rest),
    }
}

fn response(entry: &Recorded, steps: &[Step]) -> Found {
    const NAMES: &[&str] = &[
        "status",
        "headers",
        "body",
        "events",
        "id",
        "model",
        "text",
        "reasoning",
        "refusal",
        "tool_calls",
        "server_tool_calls",
        "finish_reason",
        "usage",
        "error",
    ];
    let (word, rest) = name("a response", steps, NAMES)?;
    let received = entry.http.response.as_ref();
    match word {
        "status" => {
            let status = received.and_then(|received| received.status.as_ref());
            return end("status", rest, status.map(|status| Place::Number(status.at.clone())));
        }
        "headers" => return headers(&entry.http, false, rest),
        "body" => {
            let json = match &entry.response {
                Response::Whole(json) => Some(json),
                Response::Stream(_) | Response::Opaque => None,
            };
            return body(
                received.and_then(|received| received.body.as_ref()),
                json,
                "the response's body",
                rest,
            );
        }
        "events" => return events(&entry.response, rest),
        _ => {}
    }
    let exchange = entry.exchange.as_ref();
    let exchange = exchange.ok_or_else(|| {
        Missing::new(format!("there is no {word}: nothing was said in it that a known protocol tells"))
    })?;
    answer(exchange, word, rest)
}

fn answer(exchange: &Exchange, word: &str, rest: &[Step]) -> Found {
    let reply = &exchange.reply;
    let parts: Vec<&Part> =
        reply.answer().into_iter().flat_map(|answer: &Answer| &answer.message.parts).collect();
    let said = |pick: fn(&Part) -> Option<&Text>| {
        let texts: Vec<Text> = parts.iter().copied().filter_map(pick).cloned().collect();
        (!texts.is_empty()).then_some(Place::Said(texts))
    };
    match word {
        "id" => text("id", rest, reply.id.as_ref()),
        "model" => text("model", rest, reply.model.as_ref()),
        "text" => end("text", rest, said(|part| if let Part::Text(text) = part { Some(text) } else { None })),
        "reasoning" => end(
            "reasoning",
            rest,
            said(|part| if let Part::Thinking(text) = part { Some(text) } else { None }),
        ),
        "refusal" => {
            end("refusal", rest, said(|part| if let Part::Refusal(text) = part { Some(text) } else { None }))
        }
        "tool_calls" => calls(&parts, false, rest),
        "server_tool_calls" => calls(&parts, true, rest),
        "finish_reason" => {
            text("finish reason", rest, reply.answer().and_then(|answer| answer.finish_reason.as_ref()))
        }
        "usage" => usage(&reply.usage.places, rest),
        _ => {
            let error = reply.error.as_ref().ok_or_else(|| Missing::new("there is no error"))?;
            let (word, rest) = name("an error", rest, &["message", "type"])?;
            text(word, rest, if word == "message" { error.message.as_ref() } else { error.kind.as_ref() })
        }
    }
}

fn usage(places: &Places, steps: &[Step]) -> Found {
    let known: Vec<&str> = Places::NAMES.into_iter().filter(|name| places.get(name).is_some()).collect();
    if steps.is_empty() {
        let count = |name: &&str| Some(((*name).to_owned(), places.get(name)?.node().json()));
        return Ok(Place::Made(Value::Object(known.iter().filter_map(count).collect())));
    }
    let (word, rest) = name("the usage", steps, &known)?;
    end(word, rest, places.get(word).and_then(|node| node.node().text()).map(Place::Number))
}

fn calls(parts: &[&Part], server: bool, steps: &[Step]) -> Found {
    let calls: Vec<&ToolCall> = parts
        .iter()
        .filter_map(|part| match part {
            Part::ToolCall(call) | Part::FunctionCall(call) if call.server == server => Some(call),
            _ => None,
        })
        .collect();
    let as_json = |call: &&ToolCall| {
        let (id, name) = (call.id.as_ref().map(Text::as_str), call.name.as_ref().map(Text::as_str));
        json!({"id": id, "name": name, "arguments": call.arguments.json()})
    };
    let Some((step, rest)) = steps.split_first() else {
        return Ok(Place::Made(calls.iter().map(as_json).collect()));
    };
    let call = calls[index("the tool calls", step, calls.len())?];
    if rest.is_empty() {
        return Ok(Place::Made(as_json(&call)));
    }
    let (word, rest) = name("a tool call", rest, &["id", "name", "arguments"])?;
    match (word, &call.arguments) {
        ("id", _) => text("id", rest, call.id.as_ref()),
        ("name", _) => text("name", rest, call.name.as_ref()),
        (_, Arguments::Tree(tree)) => {
            within(tree.node(), Holder::of(tree.node(), "the arguments"), rest, "the arguments")
        }
        (_, Arguments::Text(text)) if rest.is_empty() => Ok(Place::Text(text.clone())),
        (_, Arguments::Text(text)) => {
            let tree = provider::json(text).ok_or_else(|| Missing::new("the arguments are no JSON"))?;
            within(tree.node(), None, rest, "the arguments")
        }
    }
}

/// Returns the index that a step means in a list.
fn index(what: &str, step: &Step, count: usize) -> Result<usize, Missing> {
    let Step::Index(index) = step else {
        return Err(Missing::new(format!("{what} are a list; name an item by its number, as in `[0]`")));
    };
    let at = if *index < 0 {
        count.checked_add_signed(isize::try_from(*index).unwrap_or(isize::MIN))
    } else {
        usize::try_from(*index).ok()
    };
    at.filter(|at| *at < count)
        .ok_or_else(|| Missing::new(format!("there is no item {index} in {what}: there are {count}")))
}

fn messages(messages: &[Message], steps: &[Step]) -> Found {
    let said = |message: &Message| {
        let text = |part: &Part| match part {
            Part::Text(text) => Some(text.clone()),
            _ => None,
        };
        message.parts.iter().filter_map(text).collect::<Vec<_>>()
    };
    let as_json =
        |message: &Message| json!({"role": message.role.name(), "text": joined(&said(message)).as_str()});
    let Some((step, rest)) = steps.split_first() else {
        return Ok(Place::Made(messages.iter().map(as_json).collect()));
    };
    let message = &messages[index("the messages", step, messages.len())?];
    if rest.is_empty() {
        return Ok(Place::Made(as_json(message)));
    }
    let (word, rest) = name("a message", rest, &["role", "text"])?;
    match word {
        "role" => end("role", rest, Some(Place::Made(Value::from(message.role.name())))),
        _ => end("text", rest, Some(said(message)).filter(|texts| !texts.is_empty()).map(Place::Said)),
    }
}

/// Returns texts one behind the other.
pub(super) fn joined(texts: &[Text]) -> Text {
    let mut joiner = Joiner::default();
    for text in texts {
        joiner.push(text);
    }
    joiner.finish()
}

/// Returns the headers of a request or response.
pub(super) fn all_headers(http: &Interaction, sent: bool) -> &[Header] {
    if sent {
        http.request.as_ref().map_or(&[], |request| &request.headers)
    } else {
        http.response.as_ref().map_or(&[], |response| &response.headers)
    }
}

fn headers(http: &Interaction, sent: bool, steps: &[Step]) -> Found {
    let all = all_headers(http, sent);
    let (word, rest) = match steps {
        [] => {
            let mut values = serde_json::Map::new();
            for Header { name, value } in all {
                let value = Value::from(value.as_str());
                match values.get_mut(name.as_str()) {
                    None => drop(values.insert(name.as_str().to_owned(), value)),
                    Some(Value::Array(more)) => more.push(value),
                    Some(one) => *one = json!([one.take(), value]),
                }
            }
            return Ok(Place::Made(Value::Object(values)));
        }
        [Step::Name(name), rest @ ..] => (name, rest),
        _ => return Err(Missing::new("headers go by their names")),
    };
    let named = |(_, header): &(usize, &Header)| header.name.as_str().eq_ignore_ascii_case(word);
    let mut at: Vec<usize> = all.iter().enumerate().filter(named).map(|(at, _)| at).collect();
    match rest {
        [] => {}
        [step] => at = vec![at[index("the values", step, at.len())?]],
        _ => return Err(Missing::new("there is nothing in a header")),
    }
    Ok(Place::Headers { sent, name: word.clone(), at })
}

fn query(url: Option<&Text>, steps: &[Step]) -> Found {
    let url = url.ok_or_else(|| Missing::new("there is no address"))?;
    let all = parameters(url);
    let Some((step, rest)) = steps.split_first() else {
        let pair = |pair: &form::Pair| (pair.name.as_str().to_owned(), Value::from(pair.value.as_str()));
        return Ok(Place::Made(Value::Object(all.iter().map(pair).collect())));
    };
    let Step::Name(word) = step else { return Err(Missing::new("parameters go by their names")) };
    let pairs: Vec<_> = all.into_iter().filter(|pair| pair.name.as_str() == word).collect();
    end("a parameter", rest, Some(Place::Query { name: word.clone(), pairs }))
}

/// Returns the parameters of an address; their ranges are those in the address.
pub(super) fn parameters(url: &Text) -> Vec<form::Pair> {
    let all = address::parts(url.as_str()).query;
    let start = all.start;
    let pairs = form::pairs(&url.slice(all)).into_iter();
    let moved =
        |pair: form::Pair| form::Pair { range: pair.range.start + start..pair.range.end + start, ..pair };
    pairs.map(moved).collect()
}

fn body(body: Option<&Body>, json: Option<&Subtree>, what: &str, steps: &[Step]) -> Found {
    let body = body.ok_or_else(|| Missing::new("there is no body".to_string()))?;
    if let Some(json) = json {
        within(json.node(), None, steps, what)
    } else {
        let text = body.text().map(Place::Text);
        let made = || body.json().map(Place::Made);
        end(what, steps, text.or_else(made)).map_err(|missing| Missing {
            help: Some(
                "a stream is reached by `response.text` and the like, or `response.events[0]`".to_owned(),
            ),
            ..missing
        })
    }
}

fn events(response: &Response, steps: &[Step]) -> Found {
    let Response::Stream(events) = response else { return Err(Missing::new("the response is no stream")) };
    let value = |(event, data): &(crate::stream::Event, Option<Subtree>)| {
        data.as_ref().map_or_else(|| Value::from(event.data.as_str()), |data| data.node().json())
    };
    let Some((step, rest)) = steps.split_first() else {
        return Ok(Place::Made(events.iter().map(value).collect()));
    };
    let (event, data) = &events[index("the events", step, events.len())?];
    match data {
        Some(data) => within(data.node(), None, rest, "the event"),
        None => text("an event", rest, Some(&event.data)),
    }
}

/// Follows a path into a value; text that is JSON is gone into.
pub(super) fn within(node: Node<'_>, holder: Option<Holder>, steps: &[Step], what: &str) -> Found {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(Place::Node(node.subtree(), holder));
    };
    if let Some(text) = node.string() {
        let inner = provider::json(&text)
            .ok_or_else(|| Missing::new(format!("{what} is a text, with nothing in it")))?;
        return within(inner.node(), None, steps, what);
    }
    let collection = node.subtree();
    match step {
        Step::Name(key) if node.is_map() => {
            // Of repeated keys the last counts.
            let mut members = node.entries().enumerate().collect::<Vec<_>>().into_iter().rev();
            let found = members.find(|(_, (name, _))| name.is(key));
            let index = found.map_or_else(|| node.entries().count(), |(at, _)| at);
            let holder = Holder { collection, index, key: Some(key.clone()), what: what.to_owned() };
            match found {
                Some((_, (_, value))) => within(value, Some(holder), rest, &format!("`{key}`")),
                None if rest.is_empty() => Ok(Place::Absent(holder)),
                None => Err(no_member(node, key, what)),
            }
        }
        Step::Index(at) if node.is_list() => {
            let count = node.items().count();
            if usize::try_from(*at) == Ok(count) && rest.is_empty() {
                return Ok(Place::Absent(Holder {
                    collection,
                    index: count,
                    key: None,
                    what: what.to_owned(),
                }));
            }
            let index = index(what, step, count)?;
            let item = node.item(index).ok_or_else(|| Missing::new("there is no such item"))?;
            within(
                item,
                Some(Holder { collection, index, key: None, what: what.to_owned() }),
                rest,
                &format!("item {index}"),
            )
        }
        Step::Name(key) if node.is_list() => {
            Err(Missing::new(format!("{what} is a list; name an item by its number, as in `[0].{key}`")))
        }
        _ => Err(Missing::new(format!("there is nothing in {what}"))),
    }
}

/// Says that a mapping has no member.
pub(super) fn no_member(node: Node<'_>, key: &str, what: &str) -> Missing {
    let names: Vec<String> = node.entries().filter_map(|(key, _)| Some(key.str()?.into_owned())).collect();
    Missing::named(what, key, &names)
}

impl Place {
    /// Returns what stands there.
    ///
    /// # Errors
    /// [`Missing`] if nothing does.
    pub fn value(&self, entry: &Recorded) -> Result<Value, Missing> {
        Ok(match self {
            Self::Text(text) | Self::Address(text) => Value::from(text.as_str()),
            Self::Said(texts) => Value::from(joined(texts).as_str()),
            Self::Number(text) => {
                serde_json::from_str(text.as_str()).unwrap_or_else(|_| Value::from(text.as_str()))
            }
            Self::Node(node, _) => node.node().json(),
            Self::Made(value) => value.clone(),
            Self::Absent(holder) => {
                let key = holder.key.clone().unwrap_or_else(|| holder.index.to_string());
                return Err(no_member(holder.collection.node(), &key, &holder.what));
            }
            Self::Headers { sent, name, at } => {
                let all = all_headers(&entry.http, *sent);
                let values: Vec<Value> = at.iter().map(|at| Value::from(all[*at].value.as_str())).collect();
                match values.len() {
                    0 => {
                        let names: Vec<String> =
                            all.iter().map(|header| header.name.as_str().to_ascii_lowercase()).collect();
                        return Err(Missing::named("the headers", &name.to_ascii_lowercase(), &names));
                    }
                    1 => values.into_iter().next().unwrap_or_default(),
                    _ => Value::Array(values),
                }
            }
            Self::Query { name, pairs } => {
                let values: Vec<Value> = pairs.iter().map(|pair| Value::from(pair.value.as_str())).collect();
                match values.len() {
                    0 => {
                        let url = entry.http.request.as_ref().and_then(|request| request.url.as_ref());
                        let names = url.map(parameters).unwrap_or_default();
                        let names: Vec<String> =
                            names.iter().map(|pair| pair.name.as_str().to_owned()).collect();
                        return Err(Missing::named("the parameters", name, &names));
                    }
                    1 => values.into_iter().next().unwrap_or_default(),
                    _ => Value::Array(values),
                }
            }
        })
    }
}
