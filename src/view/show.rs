//! `show`: what was asked and answered, interaction by interaction. The serialised shape is a promise to programs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::place::{self, Remark};
use super::{brief, mask};
use crate::cassette::{self, Content, Header};
use crate::chat::{self, Answer, Exchange, Part, Place, ProviderError, Reply, thread};
use crate::load::{Recorded, Recording, Response};
use crate::provider::{self, Fact};
use crate::text::Text;

/// Grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// What to show.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, independent of the others"
)]
pub struct Options<'o> {
    /// The interactions to show; all, if there are none.
    pub only: &'o [std::ops::RangeInclusive<usize>],
    /// Show headers.
    pub headers: bool,
    /// Show each request whole, with all that was said before.
    pub full: bool,
    /// Leave thinking out.
    pub hide_reasoning: bool,
    /// Show credentials.
    pub secrets: bool,
}

impl Options<'_> {
    fn wants(&self, index: usize) -> bool {
        self.only.is_empty() || self.only.iter().any(|range| range.contains(&index))
    }
}

/// One file.
#[derive(Debug, Serialize)]
pub struct Cassette<'r> {
    /// As given on the command line.
    pub path: &'r str,
    /// Name of the format.
    pub format: Option<&'static str>,
    /// Why the file cannot be shown.
    pub error: Option<Failure>,
    /// What could not be read, or looks wrong.
    pub diagnostics: Vec<Remark>,
    /// The entries, in order.
    pub interactions: Vec<Interaction<'r>>,
    /// How many entries the file holds, for people.
    #[serde(skip)]
    pub held: usize,
}

/// Why a file cannot be shown.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// What is wrong.
    pub message: String,
    /// Line of the file, from 1.
    pub line: Option<usize>,
    /// Column, from 1, in characters.
    pub column: Option<usize>,
}

impl Failure {
    /// Returns a message with its place.
    #[must_use]
    pub fn new(message: String, place: Option<place::Place>) -> Self {
        Self { message, line: place.map(|place| place.line), column: place.map(|place| place.column) }
    }
}

/// One entry.
#[derive(Debug, Serialize)]
pub struct Interaction<'r> {
    /// Number of the entry in the cassette, from 0.
    pub index: usize,
    /// Who served the call, as far as the address tells.
    pub provider: Option<&'static str>,
    /// Wire protocol; absent where the entry is no generation call.
    pub api: Option<&'static str>,
    /// Wire protocol, generation call or not, for people.
    #[serde(skip)]
    pub protocol: Option<&'static str>,
    /// Number of the entry whose exchange this one is a part of.
    pub told_in: Option<usize>,
    /// Numbers of the entries that are parts of this one's exchange, for people.
    #[serde(skip)]
    pub tells: Vec<usize>,
    /// What the entry is about, if it is a call of a model provider that generates nothing.
    pub summary: Option<Summary>,
    /// What the entry is, if it is no HTTP exchange.
    pub other: Option<&'r str>,
    /// What the request repeats of an earlier interaction.
    pub continues: Option<Continues>,
    /// What was sent.
    pub request: Option<Request<'r>>,
    /// What came back.
    pub response: Option<Answered<'r>>,
    /// The entry as JSON, if it is no HTTP exchange, for people.
    #[serde(skip)]
    pub entry: Option<String>,
}

/// What a call that generates nothing is about.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Such as `embeddings`.
    pub kind: &'static str,
    /// What is worth telling, for people.
    pub facts: Vec<String>,
}

/// What a request repeats of an earlier interaction.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Continues {
    /// The earlier interaction.
    pub interaction: usize,
    /// How many messages at the start of the request it holds already.
    pub messages: usize,
}

/// What was sent.
#[derive(Debug, Serialize)]
pub struct Request<'r> {
    /// In upper case.
    pub method: Option<String>,
    /// Credentials in it are masked.
    pub url: Option<Cow<'r, str>>,
    /// The model asked for.
    pub model: Option<&'r str>,
    /// The conversation as sent.
    pub messages: Vec<Message<'r>>,
    /// The tools on offer.
    pub tools: Vec<Tool<'r>>,
    /// All other settings, under their wire names.
    pub parameters: Map<String, Value>,
    /// Headers, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<(&'r str, Cow<'r, str>)>>,
    /// The body of what is no generation call, for people.
    #[serde(skip)]
    pub body: Option<Cow<'r, str>>,
}

/// One message.
#[derive(Debug, Serialize)]
pub struct Message<'r> {
    /// Who speaks.
    pub role: &'static str,
    /// What is said.
    pub parts: Vec<Piece<'r>>,
}

/// A piece of a message.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Piece<'r> {
    /// Text.
    Text {
        /// The text.
        text: &'r str,
    },
    /// Thinking, or a summary of it.
    Thinking {
        /// The text.
        text: &'r str,
    },
    /// The model declines.
    Refusal {
        /// The text.
        text: &'r str,
    },
    /// A call of a tool.
    ToolCall(ToolCall<'r>),
    /// A call in the manner of before there were tools.
    FunctionCall(ToolCall<'r>),
    /// What a tool gave back.
    ToolResult {
        /// The call it answers.
        id: Option<&'r str>,
        /// The tool, where the wire names it.
        name: Option<&'r str>,
        /// What came back.
        parts: Vec<Piece<'r>>,
        /// Whether the wire marks it as an error.
        error: bool,
    },
    /// An image, a sound, a file.
    Media {
        /// Such as `image`.
        kind: &'r str,
        /// Such as `image/png`.
        mime: Option<&'r str>,
        /// Its address.
        url: Option<&'r str>,
        /// Its id at the provider.
        id: Option<&'r str>,
        /// The file's name.
        name: Option<&'r str>,
        /// What is said in a sound.
        transcript: Option<&'r str>,
        /// Length of the base64 that holds it.
        base64_length: Option<usize>,
        /// The base64 itself, for people's summary only.
        #[serde(skip)]
        base64: Option<&'r str>,
    },
    /// Something that has a name on the wire but no place here.
    Other {
        /// The wire's own name for it.
        kind: &'r str,
        /// A line about it.
        text: Option<&'r str>,
    },
}

/// A call of a tool.
#[derive(Debug, Serialize)]
pub struct ToolCall<'r> {
    /// What the result is matched by.
    pub id: Option<&'r str>,
    /// The tool.
    pub name: Option<&'r str>,
    /// Parsed, or the text as it is where it is no JSON.
    pub arguments: Value,
    /// Whether the server ran it.
    #[serde(skip)]
    pub server: bool,
}

/// A tool on offer.
#[derive(Debug, Serialize)]
pub struct Tool<'r> {
    /// The tool's name.
    pub name: &'r str,
    /// What it does.
    pub description: Option<&'r str>,
    /// JSON Schema of its arguments.
    pub parameters: Option<&'r Value>,
}

/// What came back.
#[derive(Debug, Default, Serialize)]
pub struct Answered<'r> {
    /// HTTP status.
    pub status: Option<u16>,
    /// Milliseconds from the request to the end of the response.
    pub duration_ms: Option<f64>,
    /// Whether the response is a stream, whatever the request asked for.
    pub streaming: bool,
    /// Number of events of the stream.
    pub events: Option<usize>,
    /// False where a stream was cut.
    pub complete: Option<bool>,
    /// Id of the answer.
    pub id: Option<&'r str>,
    /// The model that answered.
    pub model: Option<&'r str>,
    /// All text of the first choice.
    pub text: Option<String>,
    /// All thinking of the first choice.
    pub reasoning: Option<String>,
    /// What the model declined with.
    pub refusal: Option<String>,
    /// Calls that the client has to run.
    pub tool_calls: Vec<ToolCall<'r>>,
    /// Calls that the server ran.
    pub server_tool_calls: Vec<ToolCall<'r>>,
    /// A call in the manner of before there were tools.
    pub function_call: Option<ToolCall<'r>>,
    /// The provider's own word.
    pub finish_reason: Option<&'r str>,
    /// More about that, where the wire has it apart.
    pub finish_detail: Option<&'r str>,
    /// Tokens.
    pub usage: Option<Usage<'r>>,
    /// What went wrong.
    pub error: Option<Problem<'r>>,
    /// Headers, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<(&'r str, Cow<'r, str>)>>,
    /// All choices in their order, for people.
    #[serde(skip)]
    pub choices: Vec<Choice<'r>>,
    /// The body of what is no generation call, for people.
    #[serde(skip)]
    pub body: Option<Cow<'r, str>>,
    /// The duration, for people.
    #[serde(skip)]
    pub duration: Option<Duration>,
}

/// One of the answers to a request.
#[derive(Debug)]
pub struct Choice<'r> {
    /// The wire's number.
    pub index: usize,
    /// Who speaks.
    pub role: &'static str,
    /// What is said.
    pub parts: Vec<Piece<'r>>,
    /// The provider's own word.
    pub finish_reason: Option<&'r str>,
}

/// Tokens: the provider's own numbers under common names.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are a promise")]
pub struct Usage<'r> {
    /// Tokens read.
    pub input_tokens: Option<u64>,
    /// Tokens written.
    pub output_tokens: Option<u64>,
    /// The provider's sum.
    pub total_tokens: Option<u64>,
    /// Tokens read from a cache.
    pub cached_tokens: Option<u64>,
    /// Tokens written to a cache.
    pub cache_write_tokens: Option<u64>,
    /// Tokens of reasoning.
    pub reasoning_tokens: Option<u64>,
    /// The provider's object as recorded.
    pub raw: Option<&'r Map<String, Value>>,
}

/// What went wrong.
#[derive(Debug, Serialize)]
pub struct Problem<'r> {
    /// What the provider says.
    pub message: Option<&'r str>,
    /// Its kind, in the provider's own word.
    #[serde(rename = "type")]
    pub kind: Option<&'r str>,
}

/// Returns the view of a file that could be read.
#[must_use]
pub fn cassette<'r>(path: &'r str, recording: &'r Recording, options: &Options<'_>) -> Cassette<'r> {
    let exchanges = recording.interactions.iter().map(|entry| entry.exchange.as_ref());
    let carried = thread::carried(exchanges.map(|exchange| exchange.filter(|exchange| exchange.generates)));
    let mut tells: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, entry) in recording.interactions.iter().enumerate() {
        if let Some(teller) = entry.told_in {
            tells.entry(teller).or_default().push(index);
        }
    }
    let entries = recording.interactions.iter().zip(carried).enumerate();
    let shown = entries.filter(|(index, _)| options.wants(*index));
    Cassette {
        path,
        format: Some(recording.format),
        error: None,
        diagnostics: recording
            .diagnostics
            .iter()
            .map(|each| Remark::new(each, recording.file.bytes.bytes()))
            .collect(),
        interactions: shown
            .map(|(index, (entry, carried))| {
                let continues = carried
                    .map(|carried| Continues { interaction: carried.from, messages: carried.messages });
                let tells = tells.remove(&index).unwrap_or_default();
                Interaction { tells, continues, ..interaction(index, entry, options) }
            })
            .collect(),
        held: recording.interactions.len(),
    }
}

/// Returns the view of a file that could not be read.
#[must_use]
pub fn failed(path: &str, message: String, place: Option<place::Place>) -> Cassette<'_> {
    let error = Some(Failure::new(message, place));
    Cassette { path, format: None, error, diagnostics: Vec::new(), interactions: Vec::new(), held: 0 }
}

fn interaction<'r>(index: usize, entry: &'r Recorded, options: &Options<'_>) -> Interaction<'r> {
    let exchange = entry.exchange.as_ref();
    let summary = entry.summary.as_ref();
    let told = entry.told_in.is_some();
    let summed = summary.is_some_and(summed_up);
    let (sent, received) = (entry.http.request.as_ref(), entry.http.response.as_ref());
    let bare = sent.is_none_or(|sent| sent.body.is_none()) && received.is_none_or(|got| got.body.is_none());
    Interaction {
        index,
        provider: exchange.map_or_else(|| summary?.service, |exchange| exchange.service),
        api: exchange.filter(|exchange| exchange.generates).map(|exchange| exchange.api),
        protocol: exchange.map(|exchange| exchange.api),
        summary: summary
            .map(|summary| Summary { kind: summary.kind, facts: summary.facts.iter().map(fact).collect() }),
        told_in: entry.told_in,
        tells: Vec::new(),
        other: entry.http.other.as_ref().map(|other| other.what.as_str()),
        continues: None,
        entry: (entry.http.other.as_ref())
            .filter(|_| exchange.is_none() && bare)
            .map(|other| other.content.node().json().to_string()),
        request: (!told && (sent.is_some() || exchange.is_some())).then(|| Request {
            headers: sent.filter(|_| options.headers).map(|http| headers(&http.headers, options)),
            body: sent
                .filter(|_| !summed && (exchange.is_none() || entry.request.is_none()))
                .and_then(|http| body(http.body.as_ref())),
            ..request(sent, exchange, summary, options)
        }),
        response: (!told && (received.is_some() || exchange.is_some_and(|it| it.reply.answer().is_some())))
            .then(|| response(entry, options)),
    }
}

fn body(body: Option<&cassette::Body>) -> Option<Cow<'_, str>> {
    match &body?.content {
        Content::Bytes(slice) => Some(String::from_utf8_lossy(slice.bytes())),
        Content::Tree(_) | Content::Events(_) => Some(Cow::Owned(body?.json()?.to_string())),
        Content::Beside(_) => None,
    }
}

fn response<'r>(entry: &'r Recorded, options: &Options<'_>) -> Answered<'r> {
    let (http, exchange) = (entry.http.response.as_ref(), entry.exchange.as_ref());
    let summary = entry.summary.as_ref();
    let reply = exchange.map(|exchange| &exchange.reply).or(summary.map(|summary| &summary.reply));
    let opaque = matches!(entry.response, Response::Opaque);
    let events = match &entry.response {
        Response::Stream(events) => Some(events.len()),
        // A turn of a connection is a stream of messages.
        Response::Whole(_) | Response::Opaque => exchange.and_then(|exchange| exchange.reply.events),
    };
    let duration = http.and_then(|http| http.duration);
    let status = http.and_then(|http| http.status);
    Answered {
        status,
        duration_ms: duration.map(|duration| duration.as_secs_f64() * 1000.0),
        duration,
        streaming: events.is_some(),
        events,
        headers: http.filter(|_| options.headers).map(|http| headers(&http.headers, options)),
        // A gateway's error page under a generation call is no answer, but it is what came back.
        body: http
            .filter(|_| opaque || (exchange.is_none() && !summary.is_some_and(summed_up)))
            .and_then(|http| body(http.body.as_ref())),
        ..reply.map(|reply| answered(reply, status)).unwrap_or_default()
    }
}

/// Returns whether a summary says enough to leave the bodies out.
fn summed_up(summary: &provider::Summary) -> bool {
    let reply = &summary.reply;
    !summary.facts.is_empty() || reply.error.is_some() || reply.answer().is_some()
}

fn request<'r>(
    http: Option<&'r cassette::Request>,
    exchange: Option<&'r Exchange>,
    summary: Option<&'r provider::Summary>,
    options: &Options<'_>,
) -> Request<'r> {
    let url = http.and_then(|http| http.url.as_ref()).map(Text::as_str);
    let method = http.and_then(|http| http.method.as_ref());
    let prompt = exchange.map(|exchange| &exchange.prompt);
    let messages = prompt.into_iter().flat_map(|prompt| &prompt.messages);
    let tools = prompt.into_iter().flat_map(|prompt| &prompt.tools);
    Request {
        method: method.map(|method| method.as_str().to_ascii_uppercase()),
        url: url.map(|url| if options.secrets { Cow::Borrowed(url) } else { mask::masked_url(url) }),
        model: str(prompt.map_or_else(|| summary?.model.as_ref(), |prompt| prompt.model.as_ref())),
        messages: messages
            .map(|message| Message { role: message.role.name(), parts: pieces(&message.parts) })
            .collect(),
        tools: tools
            .map(|tool| Tool {
                name: &tool.name,
                description: str(tool.description.as_ref()),
                parameters: tool.parameters.as_ref(),
            })
            .collect(),
        parameters: prompt.into_iter().flat_map(|prompt| prompt.parameters.iter().cloned()).collect(),
        headers: None,
        body: None,
    }
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Count(count, noun) => brief::plural(usize::try_from(*count).unwrap_or(usize::MAX), noun),
        Fact::Word(word) => word.as_str().to_owned(),
        Fact::Quote(text) => brief::quote(text.as_str()),
    }
}

fn headers<'r>(headers: &'r [Header], options: &Options<'_>) -> Vec<(&'r str, Cow<'r, str>)> {
    let shown = |header: &'r Header| {
        let (name, value) = (header.name.as_str(), header.value.as_str());
        (name, if options.secrets { Cow::Borrowed(value) } else { mask::header_value(name, value) })
    };
    headers.iter().map(shown).collect()
}

fn answered(reply: &Reply, status: Option<u16>) -> Answered<'_> {
    let first = reply.answer();
    let parts = || first.into_iter().flat_map(|answer| &answer.message.parts);
    let joined = |pick: fn(&Part) -> Option<&Text>| {
        let texts: Vec<_> = parts().filter_map(pick).map(Text::as_str).collect();
        if texts.is_empty() { None } else { Some(texts.concat()) }
    };
    let calls = |server: bool| {
        let calls = parts().filter_map(move |part| match part {
            Part::ToolCall(call) if call.server == server => Some(tool_call(call)),
            _ => None,
        });
        calls.collect()
    };
    Answered {
        complete: reply.complete,
        id: str(reply.id.as_ref()),
        model: str(reply.model.as_ref()),
        text: joined(|part| if let Part::Text(text) = part { Some(text) } else { None }),
        reasoning: joined(|part| if let Part::Thinking(text) = part { Some(text) } else { None }),
        refusal: joined(|part| if let Part::Refusal(text) = part { Some(text) } else { None }),
        tool_calls: calls(false),
        server_tool_calls: calls(true),
        function_call: parts().find_map(|part| match part {
            Part::FunctionCall(call) => Some(tool_call(call)),
            _ => None,
        }),
        finish_reason: first.and_then(|answer| str(answer.finish_reason.as_ref())),
        finish_detail: first.and_then(|answer| str(answer.finish_detail.as_ref())),
        usage: usage(&reply.usage),
        error: problem(reply.error.as_ref(), status),
        choices: reply.choices.iter().map(choice).collect(),
        ..Answered::default()
    }
}

fn choice(answer: &Answer) -> Choice<'_> {
    Choice {
        index: answer.index,
        role: answer.message.role.name(),
        parts: pieces(&answer.message.parts),
        finish_reason: str(answer.finish_reason.as_ref()),
    }
}

/// A status that says the call failed is an error, even where the body does not say why.
fn problem(error: Option<&ProviderError>, status: Option<u16>) -> Option<Problem<'_>> {
    match error {
        Some(error) => Some(Problem { message: str(error.message.as_ref()), kind: str(error.kind.as_ref()) }),
        None => status.filter(|status| *status >= 400).map(|_| Problem { message: None, kind: None }),
    }
}

fn usage(usage: &chat::Usage) -> Option<Usage<'_>> {
    usage.raw.as_ref().map(|raw| Usage {
        input_tokens: usage.input,
        output_tokens: usage.output,
        total_tokens: usage.total,
        cached_tokens: usage.cached,
        cache_write_tokens: usage.cache_write,
        reasoning_tokens: usage.reasoning,
        raw: Some(raw),
    })
}

fn str(text: Option<&Text>) -> Option<&str> {
    text.map(Text::as_str)
}

fn pieces(parts: &[Part]) -> Vec<Piece<'_>> {
    parts.iter().map(piece).collect()
}

fn piece(part: &Part) -> Piece<'_> {
    match part {
        Part::Text(text) => Piece::Text { text: text.as_str() },
        Part::Thinking(text) => Piece::Thinking { text: text.as_str() },
        Part::Refusal(text) => Piece::Refusal { text: text.as_str() },
        Part::ToolCall(call) => Piece::ToolCall(tool_call(call)),
        Part::FunctionCall(call) => Piece::FunctionCall(tool_call(call)),
        Part::ToolResult(result) => Piece::ToolResult {
            id: str(result.id.as_ref()),
            name: str(result.name.as_ref()),
            parts: pieces(&result.parts),
            error: result.error,
        },
        Part::Media(media) => {
            let (base64, url, id) = match &media.place {
                Place::Base64(data) => (Some(data.as_str()), None, None),
                Place::Url(url) => (None, Some(url.as_str()), None),
                Place::Id(id) => (None, None, Some(id.as_str())),
                Place::Nowhere => (None, None, None),
            };
            Piece::Media {
                kind: &media.kind,
                mime: media.mime.as_deref(),
                url,
                id,
                name: str(media.name.as_ref()),
                transcript: str(media.transcript.as_ref()),
                base64_length: base64.map(str::len),
                base64,
            }
        }
        Part::Other { kind, summary } => Piece::Other { kind, text: str(summary.as_ref()) },
    }
}

fn tool_call(call: &chat::ToolCall) -> ToolCall<'_> {
    ToolCall {
        id: str(call.id.as_ref()),
        name: str(call.name.as_ref()),
        arguments: call.arguments.json(),
        server: call.server,
    }
}
