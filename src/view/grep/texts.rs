//! All texts of a recording, each with who says it.

use clap::ValueEnum;

use crate::cassette::{Body, Content, Header};
use crate::chat::{Arguments, Message, Part, Place, Reply, Role, ToolCall};
use crate::load::{Recorded, Recording, Response};
use crate::provider;
use crate::syntax::Node;
use crate::text::Text;

/// Who says a text, or what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Voice {
    /// Instructions of the application.
    System,
    /// The user.
    User,
    /// The model: its answer, and the tools it calls.
    Assistant,
    /// The model, thinking.
    Thinking,
    /// Results of tools.
    Tool,
    /// Names and descriptions of tools on offer.
    Definition,
    /// What the provider says went wrong.
    Error,
    /// Bodies that no protocol explains.
    Body,
    /// Addresses.
    Url,
    /// Headers.
    Header,
}

impl Voice {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Thinking => "thinking",
            Self::Tool => "tool",
            Self::Definition => "definition",
            Self::Error => "error",
            Self::Body => "body",
            Self::Url => "url",
            Self::Header => "header",
        }
    }

    /// Returns whether something is said: addresses and headers only carry.
    #[must_use]
    pub fn says(self) -> bool {
        !matches!(self, Self::Url | Self::Header)
    }

    fn of(role: Role) -> Self {
        match role {
            Role::System => Self::System,
            Role::User => Self::User,
            Role::Assistant => Self::Assistant,
            Role::Tool => Self::Tool,
        }
    }
}

/// Calls `visit` with the number of the interaction, the voice, a name if the text has one, and the text.
///
/// A message is visited once, in the interaction that says it first; with `full`, wherever a request repeats it.
pub(super) fn visit(
    recording: &Recording,
    full: bool,
    mut visit: impl FnMut(usize, Voice, Option<&str>, &Text),
) {
    let mut offered = std::collections::HashSet::new();
    for (at, entry) in recording.interactions.iter().enumerate() {
        let mut visit = |voice, name: Option<&str>, text: &Text| visit(at, voice, name, text);
        http(entry, &mut visit);
        let Some(exchange) = &entry.exchange else {
            bodies(entry, &mut visit);
            continue;
        };
        for tool in &exchange.prompt.tools {
            let description = tool.description.as_ref();
            if offered.insert((&tool.name, description.map(Text::as_str))) || full {
                visit(Voice::Definition, None, &Text::made(&*tool.name));
                if let Some(description) = description {
                    visit(Voice::Definition, None, description);
                }
            }
        }
        let messages = &exchange.prompt.messages;
        let count = messages.len();
        let new = if full { (0..count).collect() } else { recording.threads.new_messages(at, count) };
        for number in new {
            message(&messages[number], &mut visit);
        }
        reply(&exchange.reply, &mut visit);
    }
}

type Visit<'v> = dyn FnMut(Voice, Option<&str>, &Text) + 'v;

fn http(entry: &Recorded, visit: &mut Visit<'_>) {
    let (request, response) = (entry.http.request.as_ref(), entry.http.response.as_ref());
    if let Some(url) = request.and_then(|request| request.url.as_ref()) {
        visit(Voice::Url, None, url);
    }
    let sent = request.map(|request| &request.headers);
    let received = response.map(|response| &response.headers);
    for Header { name, value } in sent.into_iter().chain(received).flatten() {
        visit(Voice::Header, None, name);
        visit(Voice::Header, Some(name.as_str()), value);
    }
}

fn message(message: &Message, visit: &mut Visit<'_>) {
    for part in &message.parts {
        self::part(part, Voice::of(message.role), visit);
    }
}

fn reply(reply: &Reply, visit: &mut Visit<'_>) {
    for answer in &reply.choices {
        message(&answer.message, visit);
    }
    if let Some(error) = &reply.error {
        for text in [&error.kind, &error.message].into_iter().flatten() {
            visit(Voice::Error, None, text);
        }
    }
}

fn part(part: &Part, voice: Voice, visit: &mut Visit<'_>) {
    match part {
        Part::Text(text) | Part::Refusal(text) => visit(voice, None, text),
        Part::Thinking(text) => visit(Voice::Thinking, None, text),
        Part::ToolCall(call) | Part::FunctionCall(call) => self::call(call, voice, visit),
        Part::ToolResult(result) => {
            for part in &result.parts {
                self::part(part, Voice::Tool, visit);
            }
        }
        Part::Media(media) => {
            let address = if let Place::Url(url) = &media.place { Some(url) } else { None };
            for text in [address, media.name.as_ref(), media.transcript.as_ref()].into_iter().flatten() {
                visit(voice, None, text);
            }
        }
        Part::Other { summary, .. } => {
            if let Some(text) = summary {
                visit(voice, None, text);
            }
        }
    }
}

fn call(call: &ToolCall, voice: Voice, visit: &mut Visit<'_>) {
    let name = call.name.as_ref();
    if let Some(name) = name {
        visit(voice, None, name);
    }
    let argument = name.map(Text::as_str);
    match &call.arguments {
        Arguments::Tree(tree) => scalars(tree.node(), voice, argument, visit),
        Arguments::Text(text) => match provider::json(text) {
            Some(tree) => scalars(tree.node(), voice, argument, visit),
            None => visit(voice, argument, text),
        },
    }
}

/// Visits all keys and scalars of a tree.
fn scalars(node: Node<'_>, voice: Voice, name: Option<&str>, visit: &mut Visit<'_>) {
    if node.is_map() {
        for (key, value) in node.entries() {
            let key = key.text();
            let own = key.as_ref().map(Text::as_str);
            if let Some(key) = key.as_ref().filter(|_| value.is_map() || value.is_list()) {
                visit(voice, name, key);
            }
            scalars(value, voice, own.or(name), visit);
        }
    } else if node.is_list() {
        for item in node.items() {
            scalars(item, voice, name, visit);
        }
    } else if let Some(text) = node.text() {
        visit(voice, name, &text);
    }
}

/// Visits the bodies of what no protocol explains.
fn bodies(entry: &Recorded, visit: &mut Visit<'_>) {
    let request = entry.http.request.as_ref().and_then(|request| request.body.as_ref());
    let response = entry.http.response.as_ref().and_then(|response| response.body.as_ref());
    match (&entry.request, request) {
        (Some(tree), _) => scalars(tree.node(), Voice::Body, None, visit),
        (None, Some(body)) => opaque(body, visit),
        (None, None) => {}
    }
    match (&entry.response, response) {
        (Response::Whole(tree), _) => scalars(tree.node(), Voice::Body, None, visit),
        (Response::Stream(events), _) => {
            for (event, data) in events {
                match data {
                    Some(tree) => scalars(tree.node(), Voice::Body, None, visit),
                    None => visit(Voice::Body, None, &event.data),
                }
            }
        }
        (Response::Opaque, Some(body)) => opaque(body, visit),
        (Response::Opaque, None) => {}
    }
    if let Some(other) = &entry.http.other
        && request.is_none()
        && response.is_none()
    {
        scalars(other.content.node(), Voice::Body, None, visit);
    }
}

fn opaque(body: &Body, visit: &mut Visit<'_>) {
    if let Content::Bytes(slice) = &body.content
        && let Some(text) = slice.text()
    {
        visit(Voice::Body, None, &text);
    }
}
