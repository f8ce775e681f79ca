//! Going through every text of a recording, in every layer, each text once.
//!
//! A text that holds another language (JSON, a form, base64 …) is gone into instead of being searched. What a stream
//! cuts into pieces is searched once more as a whole: the strings at one path of its events, joined.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::rule::Kind;
use super::streams::Joins;
use super::{Hit, Rules, opaque, settle};
use crate::cassette::{Body, Content, Header, Interaction};
use crate::codec;
use crate::load::{Recorded, Recording, Response};
use crate::provider;
use crate::stream::Event;
use crate::syntax::{Node, Subtree, Syntax, form};
use crate::text::{Slice, Span, Text};

/// Which side of an exchange a text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// What was sent.
    Request,
    /// What came back.
    Response,
    /// What the recorder notes beside them.
    Note,
}

/// Something a rule found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The rule's index.
    pub rule: usize,
    /// What is to be replaced.
    pub text: Text,
    /// Number of the interaction, if it is in one.
    pub interaction: Option<usize>,
    /// Where in the exchange.
    pub side: Side,
    /// The way there, such as `response.body.choices[0].message.content`.
    pub place: String,
    /// Whether it is joined from pieces.
    pub joined: bool,
    /// Whether it is written as a number, not as text.
    pub number: bool,
}

/// Goes through a recording and returns what the rules find, in the order of the exchanges.
#[must_use]
pub fn walk(recording: &Recording, rules: &Rules) -> Vec<Found> {
    let mut walk = Walk::new(rules);
    for (at, recorded) in recording.interactions.iter().enumerate() {
        walk.interaction = Some(at);
        walk.recorded(recorded);
    }
    walk.interaction = None;
    walk.side = Side::Note;
    walk.claims.sort_unstable();
    walk.path.clear();
    if let Some(tree) = &recording.file.tree {
        for document in tree.documents() {
            walk.node(document, None);
        }
    }
    walk.found
}

/// Where the text that is looked at comes from; it is traced only if something is found.
enum At<'l> {
    Text(&'l Text),
    Part(&'l Text, Range<usize>),
    Node(Node<'l>),
}

impl At<'_> {
    fn text(&self) -> Option<Text> {
        match self {
            Self::Text(text) => Some((*text).clone()),
            Self::Part(text, range) => Some(text.slice(range.clone())),
            Self::Node(node) => node.text(),
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Node(node) if node.syntax() == Syntax::Json && !node.is_string())
    }
}

/// One step of the way to a text.
#[derive(Clone, Debug)]
enum Step {
    Name(String),
    Index(usize),
}

/// Texts in texts are gone into so deep: a string in JSON in a string in JSON, and so on.
const DEEPEST: usize = 12;

/// So many values are looked at: aliases make small files large.
const MOST: usize = 8_000_000;

struct Walk<'r> {
    rules: &'r Rules,
    found: Vec<Found>,
    interaction: Option<usize>,
    side: Side,
    path: Vec<Step>,
    depth: usize,
    left: usize,
    /// The source bytes of what was looked at in the exchanges, so that they are not looked at again as notes.
    claims: Vec<(usize, usize)>,
    /// The rules that go by a name, for the names met so far.
    named: HashMap<(u8, String), Rc<[usize]>>,
    /// The strings of the stream that is being read.
    joins: Option<Joins>,
}

impl<'r> Walk<'r> {
    fn new(rules: &'r Rules) -> Self {
        Self {
            rules,
            found: Vec::new(),
            interaction: None,
            side: Side::Note,
            path: Vec::new(),
            depth: 0,
            left: MOST,
            claims: Vec::new(),
            named: HashMap::new(),
            joins: None,
        }
    }

    fn recorded(&mut self, recorded: &Recorded) {
        let Interaction { request, response, .. } = &recorded.http;
        if let Some(sent) = request {
            self.side = Side::Request;
            self.path = vec![Step::Name("request".to_owned())];
            if let Some(url) = &sent.url {
                self.claim(url.as_slice());
                self.within("url", |walk| walk.url(url));
            }
            self.headers(&sent.headers, Kind::RequestHeader);
            let body = Read { json: recorded.request.as_ref(), events: &[] };
            self.body(sent.body.as_ref(), &sent.headers, &body);
        }
        if let Some(received) = response {
            self.side = Side::Response;
            self.path = vec![Step::Name("response".to_owned())];
            self.headers(&received.headers, Kind::ResponseHeader);
            let body = match &recorded.response {
                Response::Opaque => Read { json: None, events: &[] },
                Response::Whole(json) => Read { json: Some(json), events: &[] },
                Response::Stream(events) => Read { json: None, events },
            };
            self.body(received.body.as_ref(), &received.headers, &body);
        }
    }

    /// Notes that a text was looked at.
    fn claim(&mut self, slice: &Slice) {
        if let Some(Span { start, end, .. }) = slice.span() {
            self.claims.push((start, end));
        }
    }

    fn is_claimed(&self, node: Node<'_>) -> bool {
        let Some(span) = node.span() else { return false };
        let before = self.claims.partition_point(|(start, _)| *start < span.end);
        // Claims do not overlap but for aliases, so the last ones before the end of the node decide.
        self.claims[..before].iter().rev().take(4).any(|(_, end)| *end > span.start)
    }

    fn within<T>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Name(name.to_owned()));
        let done = inside(self);
        self.path.pop();
        done
    }

    fn headers(&mut self, headers: &[Header], kind: Kind) {
        for Header { name, value } in headers {
            self.claim(name.as_slice());
            self.claim(value.as_slice());
            let name = name.as_str().to_ascii_lowercase();
            self.path.push(Step::Name("headers".to_owned()));
            self.within(&name, |walk| walk.leaf(Some((kind, &name)), value.as_str(), &At::Text(value)));
            self.path.pop();
        }
    }

    /// Looks at an address: the user in it, its parameters, the rest.
    fn url(&mut self, url: &Text) {
        let text = url.as_str();
        let (front, query) = text.split_once('?').unwrap_or((text, ""));
        let authority = front.find("://").map(|at| at + 3);
        let mut rest = 0;
        if let Some(start) = authority {
            let end = front[start..].find('/').map_or(front.len(), |at| start + at);
            if let Some(at) = front[start..end].rfind('@') {
                let user = form::decoded(url, start..start + at);
                self.leaf(Some((Kind::Query, "userinfo")), user.as_str(), &At::Text(&user));
                rest = start + at;
            }
        }
        let path = form::decoded(url, rest..front.len());
        self.leaf(None, path.as_str(), &At::Text(&path));
        if !query.is_empty() {
            let fragment = query.find('#').map_or(text.len(), |at| front.len() + 1 + at);
            self.pairs(&url.slice(front.len() + 1..fragment), Kind::Query);
        }
    }

    fn pairs(&mut self, text: &Text, kind: Kind) {
        for (name, value) in form::pairs(text) {
            let plain = name.as_str().to_ascii_lowercase();
            self.within(name.as_str(), |walk| {
                walk.leaf(Some((kind, &plain)), value.as_str(), &At::Text(&value));
            });
        }
    }

    fn body(&mut self, body: Option<&Body>, headers: &[Header], read: &Read<'_>) {
        let Some(body) = body else { return };
        for length in &body.lengths {
            self.claim(length.as_slice());
        }
        match &body.content {
            Content::Bytes(slice) => self.claim(slice),
            Content::Tree(tree) => self.claim(&tree.node().slice()),
            Content::Events(events) => events.iter().for_each(|event| self.claim(&event.node().slice())),
            Content::Beside(_) => return,
        }
        self.path.push(Step::Name("body".to_owned()));
        match (read.json, read.events, &body.content) {
            (Some(json), ..) => self.node(json.node(), None),
            (None, [], Content::Bytes(slice)) => self.bytes(slice, headers),
            (None, [], Content::Tree(tree)) => self.node(tree.node(), None),
            (None, events, content) => {
                self.stream(events);
                if let Content::Bytes(slice) = content {
                    self.beside_events(slice);
                }
            }
        }
        self.path.pop();
    }

    fn stream(&mut self, events: &[(Event, Option<Subtree>)]) {
        let outer = self.joins.replace(Joins::default());
        for (at, (event, data)) in events.iter().enumerate() {
            self.path.push(Step::Index(at));
            match data {
                Some(data) => self.node(data.node(), None),
                None => self.leaf(None, event.data.as_str(), &At::Text(&event.data)),
            }
            self.path.pop();
        }
        let joins = std::mem::replace(&mut self.joins, outer).unwrap_or_default();
        for text in joins.finish() {
            self.joined(&text);
        }
    }

    /// Looks at the lines of a stream that carry no data: comments, names, ids.
    fn beside_events(&mut self, body: &Slice) {
        let Some(text) = body.text() else { return };
        let mut start = 0;
        for line in text.as_str().split_inclusive('\n') {
            if !line.starts_with("data") && !line.starts_with(['{', '[', ',']) {
                self.leaf(None, line, &At::Part(&text, start..start + line.len()));
            }
            start += line.len();
        }
    }

    /// Looks at a body that is neither JSON nor a stream.
    fn bytes(&mut self, slice: &Slice, headers: &[Header]) {
        let Some(text) = slice.text() else {
            for run in ascii_runs(slice.bytes()) {
                if let Some(text) = slice.slice(run).text() {
                    self.leaf(None, text.as_str(), &At::Text(&text));
                }
            }
            return;
        };
        let content_type =
            crate::cassette::header(headers, "content-type").unwrap_or_default().to_ascii_lowercase();
        if content_type.contains("urlencoded") || looks_like_form(text.as_str()) {
            self.pairs(&text, Kind::Form);
        } else if content_type.starts_with("multipart/") || text.as_str().starts_with("--") {
            self.multipart(&text);
        } else {
            self.leaf(None, text.as_str(), &At::Text(&text));
        }
    }

    /// Looks at the parts of a multipart body, each under its name.
    fn multipart(&mut self, text: &Text) {
        let all = text.as_str();
        let boundary = all.lines().next().unwrap_or_default().trim_end();
        let mut at = 0;
        for part in all.split(boundary) {
            let start = at;
            at += part.len() + boundary.len();
            let gap =
                part.find("\r\n\r\n").map(|gap| gap + 4).or_else(|| part.find("\n\n").map(|gap| gap + 2));
            let Some(gap) = gap else { continue };
            let name = part[..gap]
                .split("name=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or_default();
            let end = part.trim_end_matches(['\r', '\n']).len().max(gap);
            let value = text.slice(start + gap..start + end);
            let plain = plain_name(name);
            self.within(name, |walk| {
                walk.leaf(Some((Kind::Form, &plain)), value.as_str(), &At::Text(&value));
            });
        }
    }

    /// Looks at a tree. A list's items go by the name of the list.
    fn node(&mut self, node: Node<'_>, name: Option<&str>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        if node.is_map() {
            self.members(node);
        } else if node.is_list() {
            for (at, item) in node.items().enumerate() {
                self.path.push(Step::Index(at));
                if let Some(joins) = &mut self.joins {
                    joins.enter_item(item, at);
                }
                self.node(item, name);
                if let Some(joins) = &mut self.joins {
                    joins.leave();
                }
                self.path.pop();
            }
        } else if self.side != Side::Note || !self.is_claimed(node) {
            self.scalar(node, name);
        }
    }

    fn members(&mut self, node: Node<'_>) {
        // HAR and others keep parameters, cookies and headers as objects of a name and a value.
        let called = node.get("name").and_then(Node::str).filter(|_| node.get("value").is_some());
        for (key, value) in node.entries() {
            let Some(key) = key.str() else { continue };
            let cookies = || {
                self.path
                    .iter()
                    .rev()
                    .nth(1)
                    .is_some_and(|step| matches!(step, Step::Name(name) if name == "cookies"))
            };
            let meant = match &called {
                Some(_) if key == "value" && cookies() => "cookie-value",
                Some(called) if key == "value" => called,
                _ => &key,
            };
            let meant = plain_name(meant);
            self.path.push(Step::Name(key.clone().into_owned()));
            if let Some(joins) = &mut self.joins {
                joins.enter_member(node, &key);
            }
            self.node(value, Some(&meant));
            if let Some(joins) = &mut self.joins {
                joins.leave();
            }
            self.path.pop();
        }
    }

    fn scalar(&mut self, node: Node<'_>, name: Option<&str>) {
        let Some(text) = node.str() else { return };
        let kind = match self.side {
            Side::Request => Kind::RequestField,
            Side::Response => Kind::ResponseField,
            Side::Note => Kind::Note,
        };
        self.leaf(name.map(|name| (kind, name)), &text, &At::Node(node));
        if let Some(joins) = &mut self.joins {
            joins.add(node);
        }
    }

    /// Looks at one text.
    fn leaf(&mut self, named: Option<(Kind, &str)>, value: &str, text: &At<'_>) {
        if value.is_empty() {
            return;
        }
        let mut hits = Vec::new();
        if let Some((kind, name)) = named {
            for &rule in &*self.rules_named(kind, name) {
                self.rules.in_value(rule, value, &mut hits);
            }
        }
        let closed = named.is_some_and(|(_, name)| opaque::is_name(name)) || opaque::is_value(value);
        if hits.is_empty() && !closed && self.inside(value, text) {
            return;
        }
        if !closed {
            self.rules.in_text(value, &mut hits);
        }
        self.report(hits, text);
    }

    /// Goes into a text that holds another language. Returns whether it does.
    fn inside(&mut self, value: &str, text: &At<'_>) -> bool {
        if self.depth >= DEEPEST {
            return false;
        }
        let Some(language) = opaque::language(value) else { return false };
        let Some(text) = text.text() else { return false };
        self.depth += 1;
        let went = match language {
            opaque::Language::Json => {
                let tree = provider::json(&text);
                tree.inspect(|tree| self.node(tree.node(), None)).is_some()
            }
            opaque::Language::Xml => {
                self.elements(&text);
                // What stands outside elements is searched as it is.
                false
            }
            opaque::Language::Base64 => {
                let inner = codec::unwrap(text.into(), &[codec::BASE64], None).value.text();
                let before = self.found.len();
                if let Some(inner) = inner {
                    self.leaf(None, inner.as_str(), &At::Text(&inner));
                }
                self.found.len() > before
            }
        };
        self.depth -= 1;
        went
    }

    /// Looks at the elements of XML that hold text only, under their names.
    fn elements(&mut self, text: &Text) {
        let all = text.as_str();
        let mut at = 0;
        while let Some(open) = all[at..].find('<').map(|open| at + open) {
            let Some(close) = all[open..].find('>').map(|close| open + close) else { break };
            let end = all[close..].find('<').map_or(all.len(), |end| close + end);
            let name = all[open + 1..close].split_whitespace().next().unwrap_or_default();
            let name = plain_name(name.rsplit(':').next().unwrap_or_default());
            let kind = if self.side == Side::Request { Kind::RequestField } else { Kind::ResponseField };
            let mut hits = Vec::new();
            for &rule in &*self.rules_named(kind, &name) {
                self.rules.in_value(rule, &all[close + 1..end], &mut hits);
            }
            self.report(hits, &At::Part(text, close + 1..end));
            at = end;
        }
    }

    fn report(&mut self, mut hits: Vec<Hit>, at: &At<'_>) {
        settle(&mut hits);
        let Some(text) = (if hits.is_empty() { None } else { at.text() }) else { return };
        for Hit { rule, range } in hits {
            let place = place(&self.path);
            let (text, interaction, side) = (text.slice(range), self.interaction, self.side);
            let number = at.is_number();
            self.found.push(Found { rule, text, interaction, side, place, joined: false, number });
        }
    }

    /// Looks at strings of a stream that belong together.
    fn joined(&mut self, text: &Text) {
        if opaque::language(text.as_str()).is_none() && !self.rules.may_match(text.as_str()) {
            return;
        }
        let before = self.found.len();
        self.within("events", |walk| walk.leaf(None, text.as_str(), &At::Text(text)));
        let mut new = self.found.split_off(before);
        // What was found in a piece of it alone is part of this.
        self.found.retain(|earlier| !new.iter().any(|whole| whole.text.shares(&earlier.text)));
        for found in &mut new {
            found.joined = true;
        }
        self.found.append(&mut new);
    }

    fn rules_named(&mut self, kind: Kind, name: &str) -> Rc<[usize]> {
        let key = (kind as u8, name.to_owned());
        let rules = self.rules;
        Rc::clone(self.named.entry(key).or_insert_with(|| rules.named(kind, name).into()))
    }
}

/// A body as it was read.
struct Read<'b> {
    json: Option<&'b Subtree>,
    events: &'b [(Event, Option<Subtree>)],
}

/// Returns a name as rules for fields have it.
fn plain_name(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

fn place(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Index(index) => format!("[{index}]"),
        Step::Name(name) => format!(".{name}"),
    });
    let place: String = steps.collect();
    place.trim_start_matches('.').to_owned()
}

fn looks_like_form(text: &str) -> bool {
    let first = text.split('&').next().unwrap_or_default();
    let name = first.split_once('=').map(|(name, _)| name);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '%' | '[' | ']');
    !text.contains(['\n', ' ', '{', '<'])
        && name.is_some_and(|name| !name.is_empty() && name.chars().all(plain))
}

/// Returns the stretches of bytes that are printable ASCII, long enough for a credential.
fn ascii_runs(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().chain(&[0]).enumerate() {
        if !(matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t')) {
            if at - start >= 16 {
                runs.push(start..at);
            }
            start = at + 1;
        }
    }
    runs
}
