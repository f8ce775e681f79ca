//! `show`: what was asked and answered, interaction by interaction. The serialised shape is a promise to programs.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

mod build;
mod link;

use super::body::Unexplained;
use super::place::{Failure, Remark};

pub use build::{cassette, failed};
pub use link::{Continues, Stretch};

/// Grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// What to show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'o> {
    /// The interactions to show; all, if there are none.
    pub only: &'o [std::ops::RangeInclusive<usize>],
    /// Show headers.
    pub headers: bool,
    /// Show each request whole, with all that was said before.
    pub full: bool,
    /// Leave thinking out.
    pub hide_reasoning: bool,
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
    /// Number of conversations in the file.
    pub conversations: usize,
    /// The entries, in order.
    pub interactions: Vec<Interaction<'r>>,
    /// How many entries the file holds, for people.
    #[serde(skip)]
    pub held: usize,
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
    /// Number of the conversation that it belongs to, from 0; absent where it is no generation call.
    pub conversation: Option<usize>,
    /// What the request repeats of an earlier interaction of the conversation.
    pub continues: Option<Continues>,
    /// What the request begins with that an earlier interaction of another conversation begins with, too.
    pub begins_like: Option<Continues>,
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

/// What was sent.
#[derive(Debug, Serialize)]
pub struct Request<'r> {
    /// In upper case.
    pub method: Option<String>,
    /// Credentials in it are masked.
    pub url: Option<&'r str>,
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
    pub headers: Option<Vec<(&'r str, &'r str)>>,
    /// The body of what is no generation call, for people.
    #[serde(skip)]
    pub body: Option<Unexplained<'r>>,
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
    pub headers: Option<Vec<(&'r str, &'r str)>>,
    /// All choices in their order, for people.
    #[serde(skip)]
    pub choices: Vec<Choice<'r>>,
    /// The body of what is no generation call, for people.
    #[serde(skip)]
    pub body: Option<Unexplained<'r>>,
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
