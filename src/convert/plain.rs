//! From an entry to plain values, and what of it has no place in them.

use super::{Exchange, Losses};
use crate::cassette::{Body, Content, Header, Interaction, Stamp};
use crate::codec;
use crate::format::write::{Bodies, Message, Plain, Writer};
use crate::load::Recorded;
use crate::syntax::form;
use crate::text::{Slice, Text};

/// Returns an entry as an exchange to write, if it is one.
pub(super) fn exchange(
    entry: usize,
    recorded: &Recorded,
    writer: &Writer,
    losses: &mut Losses,
) -> Option<Exchange> {
    match attempt(&recorded.http, writer, losses) {
        Ok((plain, bodies)) => Some(Exchange { entry, plain, bodies }),
        Err(why) => {
            losses.add(why);
            None
        }
    }
}

fn attempt(
    http: &Interaction,
    writer: &Writer,
    losses: &mut Losses,
) -> Result<(Plain, [Vec<u8>; 2]), &'static str> {
    let (request, response) = match (&http.request, &http.response, &http.other) {
        (Some(request), Some(response), _) => (request, response),
        (Some(_), None, None) => return Err("whole interactions: a request without a response"),
        _ => return Err("whole interactions: no HTTP exchange"),
    };
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_owned());
    let method = text(&request.method).ok_or("whole interactions: no method")?.to_ascii_uppercase();
    let recorded = text(&request.url).ok_or("whole interactions: no address")?;
    let url = (writer.address)(&recorded);
    let status = response.status.as_ref().ok_or("whole interactions: no status")?;
    let sent = Kept::of(request.body.as_ref(), &request.headers)?;
    let received = Kept::of(response.body.as_ref(), &response.headers)?;

    if http.other.is_some() {
        losses.add("what stands beside an exchange, such as WebSocket messages");
    }
    if url != recorded {
        losses.add("address: spelled as the recorder's HTTP library does");
    }
    if !url.contains("://") {
        losses.add("address: without a host, as recorded");
    }
    for parsed in [&sent, &received].into_iter().filter(|kept| kept.parsed) {
        losses.add(if parsed.form {
            "body: kept as its parameters, written as a form"
        } else {
            "body: kept parsed, written as JSON in one line"
        });
    }
    let version_text = response.version.as_ref().map(Text::as_str).filter(|text| !text.is_empty());
    let version = version_text.and_then(version);
    if version_text.is_some() && !(version.is_some() && writer.keeps_version) {
        losses.add("version of HTTP");
    }
    if http.recorded.is_some() && !writer.keeps_time {
        losses.add("time of recording");
    }
    if response.duration.is_some_and(|took| !took.is_zero()) && !writer.keeps_duration {
        losses.add("duration");
    }
    let (started, ended) = http.span_of_time();
    let date =
        || crate::cassette::header(&response.headers, "date").and_then(Stamp::ended).map(|stamp| stamp.at);
    let time = started.or(ended).or_else(date);
    if http.recorded.is_none() && writer.keeps_time {
        losses.add(if time.is_some() {
            "time of recording: unknown, the response's date is written"
        } else {
            "time of recording: unknown, 1970 is written"
        });
    }
    let time = time.unwrap_or_default();
    let asked = Message {
        headers: headers(&request.headers),
        body: request.body.is_some().then(|| sent.wire.clone()),
        sent: Some(sent.wire.len()),
    };
    let (answered, uncompressed) =
        answer(&response.headers, response.body.is_some(), &received, writer, losses);
    let plain = Plain {
        method,
        url,
        request: asked,
        response: answered,
        code: status.code,
        reason: status.reason.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default(),
        version,
        started: started.unwrap_or(time),
        ended: ended.unwrap_or(time),
        duration: response.duration,
        uncompressed,
    };
    Ok((plain, [sent.said, received.said]))
}

/// The bytes of a body.
struct Kept {
    /// As they went over the wire, as far as is known.
    wire: Vec<u8>,
    /// Without compression.
    opened: Vec<u8>,
    /// What they say: as UTF-8, where they are text.
    said: Vec<u8>,
    /// Whether the recorder keeps values, not bytes.
    parsed: bool,
    /// Whether these are the parameters of a form.
    form: bool,
}

impl Kept {
    fn of(body: Option<&Body>, headers: &[Header]) -> Result<Self, &'static str> {
        let same = |bytes: Vec<u8>, parsed: bool, form: bool| Self {
            wire: bytes.clone(),
            opened: bytes.clone(),
            said: bytes,
            parsed,
            form,
        };
        let Some(body) = body else { return Ok(same(Vec::new(), false, false)) };
        match &body.content {
            Content::Bytes(slice) => {
                let at = |index: usize| body.sent.get(index).map_or(slice, |sent| sent);
                let bytes = |slice: &Slice| slice.bytes().to_vec();
                let (wire, opened, said) = (bytes(at(0)), bytes(at(1)), bytes(slice));
                Ok(Self { wire, opened, said, parsed: false, form: false })
            }
            Content::Tree(tree) => {
                let value = tree.node().json();
                let kind = crate::cassette::header(headers, "content-type").unwrap_or_default();
                if let Some(form) = parameters(&value) {
                    return if kind.to_ascii_lowercase().starts_with("multipart/") {
                        Err("whole interactions: a body of several parts, kept as its parameters")
                    } else {
                        Ok(same(form.into_bytes(), true, true))
                    };
                }
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Ok(same(text.into_bytes(), true, false))
            }
            Content::Events(_) => Err("whole interactions: a stream that is kept parsed"),
            Content::Beside(_) => Err("whole interactions: a body in a file that cannot be read"),
        }
    }
}

/// Returns the parameters of a form as they are sent, if a value is a list of such.
fn parameters(value: &serde_json::Value) -> Option<String> {
    let items = value.as_array().filter(|items| !items.is_empty())?;
    let pair = |item: &serde_json::Value| {
        let object =
            item.as_object().filter(|object| object.keys().all(|key| key == "name" || key == "value"))?;
        let of = |key: &str| object.get(key)?.as_str().map(form::encoded);
        Some(format!("{}={}", of("name")?, of("value")?))
    };
    items.iter().map(pair).collect::<Option<Vec<_>>>().map(|pairs| pairs.join("&"))
}

fn headers(headers: &[Header]) -> Vec<(String, String)> {
    headers.iter().map(|header| (header.name.as_str().to_owned(), header.value.as_str().to_owned())).collect()
}

/// Returns a response's headers and body as the writer keeps bodies, and whether it is kept without its compression.
fn answer(
    own: &[Header],
    present: bool,
    body: &Kept,
    writer: &Writer,
    losses: &mut Losses,
) -> (Message, bool) {
    let mut headers = headers(own);
    let encoding = crate::cassette::header(own, "content-encoding").map(str::trim);
    let declared = encoding.is_some_and(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"));
    let compressed = body.wire != body.opened;
    // R's vcr compresses in a way of its own.
    let otherwise = !encoding.is_none_or(|name| codec::may_be(name, &body.wire));
    let decoded = declared && compressed && (otherwise || writer.bodies != Bodies::Sent);
    let kept = if decoded { &body.opened } else { &body.wire };
    // With the header, a client would decode what is decoded.
    let plain = decoded || (declared && !compressed && !kept.is_empty());
    let bare = plain && writer.bodies != Bodies::Shown;
    if bare {
        let is_right = |value: &str| value.trim().parse() == Ok(kept.len());
        headers.retain(|(name, value)| {
            let gone = name.eq_ignore_ascii_case("content-encoding")
                || (name.eq_ignore_ascii_case("content-length") && !is_right(value));
            if gone {
                losses
                    .add(&format!("response header {}: the body is kept decoded", name.to_ascii_lowercase()));
            }
            !gone
        });
    }
    let sent = (compressed || !declared).then_some(body.wire.len());
    (Message { headers, body: present.then(|| kept.clone()), sent }, bare)
}

/// Reads a version of HTTP: `HTTP/1.1`, `1.1`, `h2`.
fn version(text: &str) -> Option<(u8, u8)> {
    let lower = text.trim().to_ascii_lowercase();
    let number = lower.strip_prefix("http/").or_else(|| lower.strip_prefix('h')).unwrap_or(&lower);
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    let digit = |text: &str| text.parse::<u8>().ok().filter(|digit| *digit < 10);
    digit(major).zip(digit(minor)).filter(|(major, _)| *major > 0)
}
