//! The parts of an exchange: address, headers, body.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::super::rule::Kind;
use super::alike::Slots;
use super::opaque::{self, Language};
use super::streams::Joins;
use super::text::looks_like_form;
use super::{At, LONG_NAME, Part, Side, Step, Walk};
use crate::cassette::{Body, Content, Header, Interaction, header};
use crate::load::{Recorded, Response};
use crate::provider;
use crate::rewrite::Gone;
use crate::stream::Event;
use crate::syntax::{Subtree, Tree, address, form};
use crate::text::{Slice, Text};

/// A body as it was read.
struct Read<'b> {
    json: Option<&'b Subtree>,
    events: &'b [(Event, Option<Subtree>)],
}

impl Walk<'_> {
    pub(super) fn recorded(&mut self, recorded: &Recorded) {
        let Interaction { request, response, .. } = &recorded.http;
        let url = request.as_ref().and_then(|sent| sent.url.as_ref());
        self.endpoint = url.is_some_and(|url| gives_tokens(url.as_str()));
        if let Some(sent) = request {
            self.side = Side::Request;
            self.seen.clear();
            self.path = vec![Step::Name("request".into())];
            if let Some(url) = &sent.url {
                self.claims.add(url.as_slice());
                self.part = Part::Url;
                self.within("url", |walk| walk.url(url));
            }
            self.headers(&sent.headers, Kind::RequestHeader);
            let body = Read { json: recorded.request.as_ref(), events: &[] };
            self.body(sent.body.as_ref(), &sent.headers, &body);
        }
        if let Some(received) = response {
            self.side = Side::Response;
            self.seen.clear();
            self.path = vec![Step::Name("response".into())];
            self.headers(&received.headers, Kind::ResponseHeader);
            let body = match &recorded.response {
                Response::Opaque => Read { json: None, events: &[] },
                Response::Whole(json) => Read { json: Some(json), events: &[] },
                Response::Stream(events) => Read { json: None, events },
            };
            self.body(received.body.as_ref(), &received.headers, &body);
        }
    }

    fn headers(&mut self, headers: &[Header], kind: Kind) {
        self.part = Part::Header;
        self.path.push(Step::Name("headers".into()));
        self.claims.headers(headers);
        for Header { name: text, value } in headers {
            let name = self.named(kind, text.as_str());
            // Somebody may map keys to what they open.
            if text.len() >= LONG_NAME {
                self.leaf(None, text.as_str(), &At::Text(text));
            }
            let lower = name.raw.to_ascii_lowercase();
            self.within(lower, |walk| match walk.removes(Some(&name), value.as_str()) {
                Some(rule) => walk.goes(rule, value.clone(), Gone::Header(text.clone(), value.clone())),
                None => walk.leaf(Some(&name), value.as_str(), &At::Text(value)),
            });
        }
        self.path.pop();
    }

    /// Looks at an address: the user in it, its parameters, the rest. Tokens are given back behind `#`, too.
    fn url(&mut self, url: &Text) {
        let text = url.as_str();
        let parts = address::parts(text);
        let authority = parts.authority();
        let mut rest = 0;
        if let Some(at) = text[authority.clone()].rfind('@') {
            let user = form::decoded(url, authority.start..authority.start + at);
            let name = self.named(Kind::Query, "userinfo");
            self.leaf(Some(&name), user.as_str(), &At::Text(&user));
            rest = authority.start + at;
        }
        let path = form::decoded(url, rest..parts.path.end);
        self.leaf(None, path.as_str(), &At::Text(&path));
        self.segments(&path);
        // A page may have a path and parameters of its own there.
        let page = text[parts.fragment.clone()].rfind('?').map_or(0..0, |at| 0..at + 1);
        let page = parts.fragment.start..parts.fragment.start + page.end;
        for part in [parts.query, page.clone(), page.end..parts.fragment.end] {
            if text[part.clone()].contains('=') {
                self.pairs(url, part, Kind::Query);
            } else if !part.is_empty() {
                let part = form::decoded(url, part);
                self.leaf(None, part.as_str(), &At::Text(&part));
            }
        }
    }

    /// Looks into what stands in base64 between the slashes of a path: in a whole path these are symbols of base64.
    fn segments(&mut self, path: &Text) {
        let mut start = 0;
        for segment in path.as_str().split('/') {
            if let Some(language @ Language::Base64(_)) = opaque::language(segment) {
                let segment = path.slice(start..start + segment.len());
                self.inside(language, &At::Text(&segment), &mut Vec::new());
            }
            start += segment.len() + 1;
        }
    }

    pub(super) fn pairs(&mut self, text: &Text, all: Range<usize>, kind: Kind) {
        for form::Pair { name, value, range } in form::pairs(&text.slice(all.clone())) {
            // Whatever has no `=` is a name.
            if name.len() >= LONG_NAME {
                self.leaf(None, name.as_str(), &At::Text(&name));
            }
            let name = self.named(kind, name.as_str());
            let own = all.start + range.start..all.start + range.end;
            self.within(Arc::clone(&name.raw), |walk| match walk.removes(Some(&name), value.as_str()) {
                Some(rule) => {
                    let gone = Gone::Pair { text: text.clone(), all: all.clone(), own };
                    walk.goes(rule, value.clone(), gone);
                }
                None => walk.leaf(Some(&name), value.as_str(), &At::Text(&value)),
            });
        }
    }

    fn body(&mut self, body: Option<&Body>, headers: &[Header], read: &Read<'_>) {
        let Some(body) = body else { return };
        self.part = Part::Body;
        self.claims.lengths(body);
        self.claims.body(body);
        if matches!(body.content, Content::Beside(_)) {
            return;
        }
        self.path.push(Step::Name("body".into()));
        match (read.json, read.events, &body.content) {
            (Some(json), ..) => self.node(json.node(), None),
            (None, [], Content::Bytes(slice)) => self.bytes(slice, headers),
            (None, [], Content::Tree(tree)) => self.node(tree.node(), None),
            (None, events, content) => {
                self.stream(events);
                if let Content::Bytes(slice) = content {
                    self.beside_events(slice, events);
                }
            }
        }
        self.path.pop();
    }

    fn stream(&mut self, events: &[(Event, Option<Subtree>)]) {
        let outer = self.joins.replace(Joins::default());
        let mut before: Option<Slots> = None;
        for (at, (event, data)) in events.iter().enumerate() {
            let next = events.get(at + 1).and_then(|(_, next)| next.as_ref()).map(Subtree::node);
            self.path.push(Step::Event(at));
            match data.as_ref().map(Subtree::node) {
                Some(data) if before.as_ref().is_some_and(|slots| self.alike(slots, data)) => {}
                Some(data) => {
                    let found = self.found.len();
                    self.slots = next.and_then(|next| Slots::shared(data, next));
                    self.node(data, None);
                    before = self.slots.take().filter(|_| self.found.len() == found);
                }
                None => self.plain_data(event),
            }
            self.path.pop();
        }
        let joins = std::mem::replace(&mut self.joins, outer).unwrap_or_default();
        self.join(joins);
    }

    /// Looks at the data of an event that is no object: a string of JSON, or a text (Replicate).
    fn plain_data(&mut self, event: &Event) {
        if let Some(string) = json_string(&event.data) {
            return self.node(string.node(), None);
        }
        self.leaf(None, event.data.as_str(), &At::Text(&event.data));
        if let Some(joins) = &mut self.joins {
            joins.add_data(event.name.as_ref().map(Text::as_str), &event.data);
        }
    }

    /// Looks at lines that each have a letter or digit for what follows, and that in JSON (the data stream of Vercel's
    /// AI SDK: `0:"text"`). Returns whether the text is such.
    fn coded_lines(&mut self, text: &Text) -> bool {
        let Some(lines) = coded_lines(text) else { return false };
        let outer = self.joins.replace(Joins::default());
        for (code, value) in lines {
            self.within(code.as_str(), |walk| {
                if let Some(joins) = &mut walk.joins {
                    joins.enter_member(code.as_str(), 0);
                }
                walk.node(value.node(), None);
                if let Some(joins) = &mut walk.joins {
                    joins.leave();
                }
            });
        }
        let joins = std::mem::replace(&mut self.joins, outer).unwrap_or_default();
        self.join(joins);
        true
    }

    /// Looks at the lines of a stream that carry no data: comments, names, ids.
    ///
    /// Lines that an event goes on in were looked at with it: JSON that a recorder broke between two lines.
    fn beside_events(&mut self, body: &Slice, events: &[(Event, Option<Subtree>)]) {
        let Some(text) = body.text() else { return };
        let further = events.iter().flat_map(|(event, _)| event.data.as_str().lines().skip(1));
        let further: HashSet<_> = further.collect();
        let mut start = 0;
        for line in text.as_str().split_inclusive('\n') {
            let told = line.starts_with("data") || line.starts_with(['{', '[', ',']);
            if !told && !further.contains(line.trim_end_matches(['\r', '\n'])) {
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
        let content_type = header(headers, "content-type").unwrap_or_default().to_ascii_lowercase();
        if content_type.contains("urlencoded") || looks_like_form(text.as_str()) {
            self.pairs(&text, 0..text.len(), Kind::Form);
        } else if content_type.starts_with("multipart/") || text.as_str().starts_with("--") {
            self.multipart(&text);
        } else if !self.coded_lines(&text) {
            self.leaf(None, text.as_str(), &At::Text(&text));
        }
    }

    /// Looks at the parts of a multipart body, each under its name.
    fn multipart(&mut self, text: &Text) {
        let all = text.as_str();
        let boundary = all.lines().find(|line| line.starts_with("--")).unwrap_or_default().trim_end();
        if boundary.len() < 3 {
            return self.leaf(None, all, &At::Text(text));
        }
        let mut at = 0;
        for part in all.split(boundary) {
            let start = at;
            at += part.len() + boundary.len();
            let gap =
                part.find("\r\n\r\n").map(|gap| gap + 4).or_else(|| part.find("\n\n").map(|gap| gap + 2));
            // What stands before the first part and behind the last one has no name.
            let Some(gap) = gap else {
                self.leaf(None, part, &At::Part(text, start..start + part.len()));
                continue;
            };
            let name = part[..gap].split("name=\"").nth(1).and_then(|rest| rest.split('"').next());
            let end = part.trim_end_matches(['\r', '\n']).len().max(gap);
            let value = text.slice(start + gap..start + end);
            let head = start..start + gap;
            self.leaf(None, &all[head.clone()], &At::Part(text, head));
            let name = self.named(Kind::Form, name.unwrap_or_default());
            self.within(Arc::clone(&name.raw), |walk| {
                walk.leaf(Some(&name), value.as_str(), &At::Text(&value));
            });
        }
    }
}

/// Returns a text that is one string of JSON.
fn json_string(text: &Text) -> Option<Subtree> {
    let quoted = text.as_str().trim();
    let is_string = quoted.len() > 1 && quoted.starts_with('"') && quoted.ends_with('"');
    if is_string { Subtree::root(Tree::json(text.clone()).ok()?) } else { None }
}

/// Returns the lines of a text, each a letter or digit, a colon and JSON; nothing if one is not.
fn coded_lines(text: &Text) -> Option<Vec<(Text, Subtree)>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.as_str().split_inclusive('\n') {
        let (code, json) = line.trim_end().split_once(':').unwrap_or_default();
        if code.len() == 1 && code.as_bytes()[0].is_ascii_alphanumeric() {
            let value = text.slice(start + 2..start + 2 + json.len());
            let value = json_string(&value).or_else(|| provider::json(&value))?;
            lines.push((text.slice(start..start + 1), value));
        } else if !line.trim().is_empty() {
            return None;
        }
        start += line.len();
    }
    (!lines.is_empty()).then_some(lines)
}

/// Returns whether tokens are given out at an address: what is called `token` elsewhere is a word or a number.
fn gives_tokens(url: &str) -> bool {
    let path = address::path(url).to_ascii_lowercase();
    let ends = [
        "/token",
        "/tokens",
        "/login",
        "/signin",
        "/session",
        "/sessions",
        "/auth",
        "/introspect",
        "/revoke",
        "/exchange",
    ];
    path.contains("/oauth")
        || path.contains("/sts")
        || ends.iter().any(|end| path.trim_end_matches('/').ends_with(end))
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
