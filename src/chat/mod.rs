//! What was said, as plain data: messages, parts, tool calls, usage.
//!
//! Providers translate into this; a fact that the wire does not carry is absent.

mod arguments;
mod call_index;
pub mod calls;
mod disagreement;
pub mod echo;
mod reply;
pub mod schema;
mod summary;
pub mod thread;
mod usage;

use serde_json::Value;

use crate::syntax::{Node, Subtree};
use crate::text::Text;

pub use disagreement::is_disagreement;
pub use reply::{CallDraft, Choice, Choices, ReplyBuilder, Voice};
pub use summary::{Fact, Summary};
pub use usage::{Apart, Billed, Path, Places, Usage, UsageNames};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Instructions of the application; also `developer`.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// A tool, giving a result.
    Tool,
}

impl Role {
    /// Returns the role's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// One message of a conversation.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
}

/// A piece of a message.
#[derive(Clone, Debug)]
pub enum Part {
    /// Text.
    Text(Text),
    /// Thinking, or a summary of it.
    Thinking(Text),
    /// The model declines.
    Refusal(Text),
    /// A call that the client has to run, or that the server ran.
    ToolCall(ToolCall),
    /// A call in the manner of before there were tools: one to a message, without an id.
    FunctionCall(ToolCall),
    /// What a tool gave back.
    ToolResult(ToolResult),
    /// An image, a sound, a file.
    Media(Media),
    /// Something that has a name on the wire but no place here.
    Other {
        /// The wire's own name for it.
        kind: String,
        /// A line about it, if there is anything to tell.
        summary: Option<Text>,
    },
}

/// A call of a tool.
#[derive(Clone, Debug)]
pub struct ToolCall {
    /// What the result will be matched by; some wires have none.
    pub id: Option<Text>,
    /// The tool.
    pub name: Option<Text>,
    /// What it is called with.
    pub arguments: Arguments,
    /// Whether the server ran it.
    pub server: bool,
}

/// Arguments of a tool call.
#[derive(Clone, Debug)]
pub enum Arguments {
    /// JSON as text, or text that is none.
    Text(Text),
    /// JSON as part of the message.
    Tree(Subtree),
}

impl Arguments {
    /// Returns the arguments as JSON, or the text as it is where it is none. No text at all is an empty object.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Text(text) if text.as_str().trim().is_empty() => Value::Object(serde_json::Map::new()),
            Self::Text(text) => serde_json::from_str(text.as_str())
                .unwrap_or_else(|_| Value::String(text.as_str().to_owned())),
            Self::Tree(tree) => tree.node().json(),
        }
    }
}

/// What a tool gave back.
#[derive(Clone, Debug, Default)]
pub struct ToolResult {
    /// The call it answers.
    pub id: Option<Text>,
    /// The tool, where the wire names it.
    pub name: Option<Text>,
    /// What came back.
    pub parts: Vec<Part>,
    /// Whether the wire marks it as an error.
    pub error: bool,
}

/// An image, a sound, a file.
#[derive(Clone, Debug)]
pub struct Media {
    /// Such as `image`, `audio`, `file`.
    pub kind: String,
    /// Such as `image/png`.
    pub mime: Option<String>,
    /// Where it is: inline as base64, at an address, or under an id.
    pub place: Place,
    /// The file's name.
    pub name: Option<Text>,
    /// What is said in a sound, or stands in a document.
    pub transcript: Option<Text>,
}

/// Where the bytes of a medium are.
#[derive(Clone, Debug)]
pub enum Place {
    /// Here, as base64.
    Base64(Text),
    /// At an address.
    Url(Text),
    /// At the provider, under an id.
    Id(Text),
    /// The recording does not say.
    Nowhere,
}

/// What a request asks.
#[derive(Clone, Debug, Default)]
pub struct Prompt {
    /// The model asked for.
    pub model: Option<Text>,
    /// The conversation so far, system instructions first.
    pub messages: Vec<Message>,
    /// The tools on offer.
    pub tools: Vec<Tool>,
    /// All other settings, under their wire names.
    pub parameters: Vec<(String, Value)>,
    /// The response this request goes on from, where the wire names one.
    pub previous: Option<Text>,
    /// The conversation that the provider keeps, where the wire names one.
    pub conversation: Option<Text>,
}

impl Prompt {
    /// Takes over a setting under its wire name; null sets nothing.
    pub fn set(&mut self, name: &str, value: Node<'_>) {
        if !value.is_null() {
            self.parameters.push((name.to_owned(), value.json()));
        }
    }

    /// Takes over the settings of a mapping, each under its own name.
    pub fn set_all(&mut self, settings: Node<'_>) {
        for (name, value) in settings.entries() {
            if let Some(name) = name.str() {
                self.set(&name, value);
            }
        }
    }
}

/// A tool on offer.
#[derive(Clone, Debug)]
pub struct Tool {
    /// The tool's name; for the provider's own tools their type.
    pub name: String,
    /// What it does.
    pub description: Option<Text>,
    /// JSON Schema of its arguments.
    pub parameters: Option<Value>,
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Id of the answer.
    pub id: Option<Text>,
    /// The model that answered.
    pub model: Option<Text>,
    /// The answers; all but the first are rare.
    pub choices: Vec<Answer>,
    /// Tokens.
    pub usage: Usage,
    /// What went wrong, if the provider says so.
    pub error: Option<ProviderError>,
    /// Number of events, where the answer is a stream.
    pub events: Option<usize>,
    /// Whether a stream came to its end; absent where the answer is no stream.
    pub complete: Option<bool>,
}

impl Reply {
    /// Returns the first answer.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        self.choices.first()
    }

    /// Notes that the rest of the answer cannot be read, where a client gets an error too. What has arrived stays.
    pub fn break_off(&mut self, why: String) {
        self.error.get_or_insert(ProviderError { message: Some(Text::made(why)), kind: None });
        self.complete = self.complete.map(|_| false);
    }
}

/// One answer: choice 0 and its alternatives.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The wire's number of the choice.
    pub index: usize,
    /// What the model says.
    pub message: Message,
    /// Why it ended, in the provider's own word.
    pub finish_reason: Option<Text>,
    /// More about that, where the wire has it apart, such as `max_output_tokens` beside `incomplete`.
    pub finish_detail: Option<Text>,
}

/// An error that the provider reports, beside a status or inside a stream, or that its bytes are.
#[derive(Clone, Debug)]
pub struct ProviderError {
    /// What it says.
    pub message: Option<Text>,
    /// Its kind, in the provider's own word.
    pub kind: Option<Text>,
}

/// One call: what was asked and what came back.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Wire protocol, such as `openai-chat`.
    pub api: &'static str,
    /// Whether it is a generation call, as most are; calls of tools are none.
    pub generates: bool,
    /// Who served it, as far as the host tells.
    pub service: Option<&'static str>,
    /// What was asked.
    pub prompt: Prompt,
    /// What came back.
    pub reply: Reply,
}
