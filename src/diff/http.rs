//! What HTTP itself says: method, address, status, headers, and bodies that are no JSON.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::json::Walk;
use super::known::Name;
use super::{Change, Class, Difference, Side, Value};
use crate::cassette::{Body, Content, Header, Request, Response};
use crate::scrub::rule::Kind;
use crate::syntax::address;
use crate::syntax::form::{self, Pair};
use crate::text::Text;

/// Compares what was sent, but for the body.
pub(super) fn request(
    old: Option<&Request>,
    new: Option<&Request>,
    walk: &mut Walk<'_>,
    found: &mut Vec<Difference>,
) {
    let (Some(old), Some(new)) = (old, new) else {
        if old.is_some() != new.is_some() {
            found.push(Difference::new(Class::Body, Side::Request, "request", presence(old.is_some())));
        }
        return;
    };
    let upper =
        |request: &Request| request.method.as_ref().map(|method| method.as_str().to_ascii_uppercase());
    found.extend(words(Class::Method, "method", upper(old).as_deref(), upper(new).as_deref(), Side::Request));
    match (&old.url, &new.url) {
        (Some(one), Some(other)) => url(one, other, walk, found),
        (one, other) => {
            let text = |url: &Option<Text>| url.as_ref().map(|url| url.as_str().to_owned());
            found.extend(words(
                Class::Url,
                "url",
                text(one).as_deref(),
                text(other).as_deref(),
                Side::Request,
            ));
        }
    }
    headers(&old.headers, &new.headers, Kind::RequestHeader, walk, found);
}

/// Compares what came back, but for the body.
pub(super) fn response(
    old: Option<&Response>,
    new: Option<&Response>,
    walk: &mut Walk<'_>,
    found: &mut Vec<Difference>,
) {
    let (Some(old), Some(new)) = (old, new) else {
        if old.is_some() != new.is_some() {
            found.push(Difference::new(Class::Status, Side::Response, "response", presence(old.is_some())));
        }
        return;
    };
    if old.code() != new.code() {
        let value = |status: Option<u16>| status.map_or(Value::Nothing, |status| Value::Json(status.into()));
        let change = Change::Changed(value(old.code()), value(new.code()));
        let mut difference = Difference::new(Class::Status, Side::Response, "status", change);
        let span = |response: &Response| response.status.as_ref().and_then(|status| status.at.span());
        (difference.old_at, difference.new_at) = (span(old), span(new));
        found.push(difference);
    }
    headers(&old.headers, &new.headers, Kind::ResponseHeader, walk, found);
}

fn presence(was_there: bool) -> Change {
    if was_there { Change::Removed(Value::Nothing) } else { Change::Added(Value::Nothing) }
}

/// Compares two words that may be absent.
fn words(class: Class, place: &str, old: Option<&str>, new: Option<&str>, side: Side) -> Option<Difference> {
    let text = |text: &str| Value::Text(text.to_owned());
    let change = match (old, new) {
        _ if old == new => return None,
        (Some(old), Some(new)) => Change::Changed(text(old), text(new)),
        (Some(old), None) => Change::Removed(text(old)),
        (None, Some(new)) => Change::Added(text(new)),
        (None, None) => return None,
    };
    Some(Difference::new(class, side, place, change))
}

fn url(old: &Text, new: &Text, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    if old == new {
        return;
    }
    let (was, is) = (address::parts(old.as_str()), address::parts(new.as_str()));
    let both = |was: Range<usize>, is: Range<usize>| (&old.as_str()[was], &new.as_str()[is]);
    let changed = |place, (was, is)| words(Class::Url, place, Some(was), Some(is), Side::Request);
    found.extend(changed("url.host", both(was.origin(), is.origin())));
    let (one, other) = both(was.path, is.path);
    if one != other {
        let segments: (Vec<_>, Vec<_>) = (one.split('/').collect(), other.split('/').collect());
        let known = |segment: &str| walk.known.is_id(segment) || !walk.known.ids(segment).is_empty();
        let same = |(one, other): (&&str, &&str)| one == other || known(one) && known(other);
        if segments.0.len() == segments.1.len() && segments.0.iter().zip(&segments.1).all(same) {
            for (one, other) in segments.0.iter().zip(&segments.1).filter(|(one, other)| one != other) {
                found.push(renamed(walk, "url.path", one, other));
            }
        } else {
            found.extend(changed("url.path", (one, other)));
        }
    }
    let before = found.len();
    let pairs = |url: &Text, query: &Range<usize>| form::pairs(&url.slice(query.clone()));
    fields(&pairs(old, &was.query), &pairs(new, &is.query), "url.query", Class::Url, walk, found);
    let (one, other) = both(was.query, is.query);
    if found.len() == before && one.split('&').count() != other.split('&').count() {
        found.extend(changed("url.query", (one, other)));
    }
    found.extend(changed("url.fragment", both(was.fragment, is.fragment)));
}

fn renamed(walk: &mut Walk<'_>, place: &str, old: &str, new: &str) -> Difference {
    let change = Change::Changed(Value::Text(old.to_owned()), Value::Text(new.to_owned()));
    let mut difference = Difference::new(Class::Ids, walk.side, place, change);
    difference.renaming = Some(walk.renamed.note(old, new));
    difference
}

/// Compares names with values: of an address, or of a form.
fn fields(
    old: &[Pair],
    new: &[Pair],
    place: &str,
    class: Class,
    walk: &mut Walk<'_>,
    found: &mut Vec<Difference>,
) {
    let group = |pairs: &[Pair]| {
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        let mut index: HashMap<String, usize> = HashMap::new();
        for Pair { name, value, .. } in pairs {
            let next = groups.len();
            let at = *index.entry(name.as_str().to_owned()).or_insert(next);
            if at == next {
                groups.push((name.as_str().to_owned(), Vec::new()));
            }
            groups[at].1.push(value.as_str().to_owned());
        }
        groups
    };
    let name = |walk: &mut Walk<'_>, name: &str| walk.name(Kind::ResponseField, name);
    named(&group(old), &group(new), place, class, &name, walk, found);
}

fn headers(old: &[Header], new: &[Header], kind: Kind, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    let group = |headers: &[Header]| {
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        let mut index: HashMap<String, usize> = HashMap::new();
        for Header { name, value } in headers {
            let lower = name.as_str().to_ascii_lowercase();
            let next = groups.len();
            let at = *index.entry(lower.clone()).or_insert(next);
            if at == next {
                groups.push((lower, Vec::new()));
            }
            groups[at].1.push(without_boundary(value.as_str()));
        }
        groups
    };
    let name = |walk: &mut Walk<'_>, name: &str| walk.name(kind, name);
    named(&group(old), &group(new), "headers", Class::Header, &name, walk, found);
}

/// Returns a content type without what separates the parts of a body: clients make up another one each time.
fn without_boundary(value: &str) -> String {
    match value.find("boundary=") {
        Some(at) if value.to_ascii_lowercase().starts_with("multipart/") => {
            format!("{}boundary=…", &value[..at])
        }
        _ => value.to_owned(),
    }
}

/// Compares values under names, each of which may have several.
fn named(
    old: &[(String, Vec<String>)],
    new: &[(String, Vec<String>)],
    place: &str,
    class: Class,
    name: &dyn Fn(&mut Walk<'_>, &str) -> Name,
    walk: &mut Walk<'_>,
    found: &mut Vec<Difference>,
) {
    let others: HashMap<&str, &Vec<String>> =
        new.iter().map(|(name, values)| (name.as_str(), values)).collect();
    let olds: HashSet<&str> = old.iter().map(|(name, _)| name.as_str()).collect();
    let gone = old.iter().map(|(name, values)| (name, Some(values), others.get(name.as_str()).copied()));
    let come = new.iter().filter(|(name, _)| !olds.contains(name.as_str()));
    for (key, was, is) in gone.chain(come.map(|(name, values)| (name, None, Some(values)))) {
        let joined = |values: Option<&Vec<String>>| values.map(|values| values.join(", "));
        let (one, other) = (joined(was), joined(is));
        let place = format!("{place}.{key}");
        let Some(mut difference) = words(class, &place, one.as_deref(), other.as_deref(), walk.side) else {
            continue;
        };
        difference.subject = Some(key.clone());
        let told = name(walk, key);
        let values = one.as_deref().zip(other.as_deref());
        let shaped = values.and_then(|(one, other)| walk.renamings(one, other));
        if let Name::Noise(class) = told {
            difference.class = class;
        } else if let (Name::Id { .. }, Some((one, other))) = (told, values) {
            difference.class = Class::Ids;
            difference.renaming = Some(walk.renamed.note(one, other));
        } else if let Some(renamings) = shaped {
            difference.class = Class::Ids;
            for (one, other) in renamings.iter().filter(|(one, other)| one != other) {
                difference.renaming = Some(walk.renamed.note(one, other));
            }
        } else if walk.side == Side::Response
            && values.is_some_and(|(one, other)| super::known::is_time(one) && super::known::is_time(other))
        {
            difference.class = Class::Timestamps;
        }
        found.push(difference);
    }
}

/// Compares bodies that are not both JSON.
pub(super) fn body(old: Option<&Body>, new: Option<&Body>, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    let side = walk.side;
    let bytes = |body: Option<&Body>| match body.map(|body| &body.content) {
        Some(Content::Bytes(slice)) => Some(slice.clone()),
        _ => None,
    };
    let same = bytes(old).zip(bytes(new)).map(|(one, other)| one.bytes() == other.bytes());
    let change = match (old.map(told), new.map(told)) {
        (None, None) => return,
        (one, other) if same.unwrap_or(one == other) => return,
        // A recorder may write an empty body or none.
        (Some(Value::Text(text)), None) | (None, Some(Value::Text(text))) if text.is_empty() => return,
        (Some(Value::Text(_)), Some(Value::Text(_))) => {
            let (Some(one), Some(other)) = (old.and_then(Body::text), new.and_then(Body::text)) else {
                return;
            };
            return texts(&one, &other, walk, found);
        }
        (Some(one), Some(other)) => Change::Changed(one, other),
        (Some(one), None) => Change::Removed(one),
        (None, Some(other)) => Change::Added(other),
    };
    found.push(Difference::new(Class::Body, side, "body", change));
}

/// Returns what a body holds.
fn told(body: &Body) -> Value {
    match &body.content {
        Content::Bytes(slice) => match slice.text() {
            Some(text) => Value::Text(text.as_str().to_owned()),
            None => Value::Bytes(slice.len()),
        },
        Content::Tree(_) | Content::Events(_) => body.json().map_or(Value::Nothing, Value::Json),
        Content::Beside(beside) => Value::Text(beside.name.as_str().to_owned()),
    }
}

fn texts(old: &Text, new: &Text, walk: &mut Walk<'_>, found: &mut Vec<Difference>) {
    let form = |text: &str| {
        let name = text.split('=').next().unwrap_or_default();
        text.contains('=') && !text.contains(['\n', ' ', '{', '<']) && !name.is_empty() && name.len() < 100
    };
    if form(old.as_str()) && form(new.as_str()) {
        let before = found.len();
        fields(&form::pairs(old), &form::pairs(new), "body", Class::Body, walk, found);
        if found.len() > before {
            return;
        }
    }
    let (was, is) = (without_boundaries(old.as_str()), without_boundaries(new.as_str()));
    if was == is {
        let change = Change::Changed(Value::Nothing, Value::Nothing);
        return found.push(Difference::new(Class::Chunks, walk.side, "body", change));
    }
    if let Some(renamings) = walk.renamings(&was, &is) {
        for (one, other) in renamings.iter().filter(|(one, other)| one != other) {
            found.push(renamed(walk, "body", one, other));
        }
        return;
    }
    let mut difference =
        Difference::new(Class::Body, walk.side, "body", Change::Changed(Value::Text(was), Value::Text(is)));
    (difference.old_at, difference.new_at) = (old.span(), new.span());
    found.push(difference);
}

/// Returns a multipart body without what separates its parts.
fn without_boundaries(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim_end();
    if line.len() > 8 && line.starts_with("--") && !line.contains(' ') {
        text.replace(line, "--…")
    } else {
        text.to_owned()
    }
}
