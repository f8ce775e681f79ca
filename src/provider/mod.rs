//! Wire protocols: what a request and its answer say, in one file per protocol.

mod anthropic;
mod anthropic_complete;
mod bedrock;
mod cody;
mod cohere;
mod cohere_generate;
mod cohere_v1;
mod gemini;
mod gemini_interactions;
mod gemini_live;
mod huggingface;
mod mcp;
mod mistral_fim;
mod ollama;
mod ollama_generate;
mod openai;
mod openai_chat;
mod openai_completions;
mod openai_realtime;
mod openai_responses;
mod replicate;
mod service;
pub mod session;
mod summary;
#[cfg(test)]
mod testing;
mod xai_grpc;

use crate::cassette::Header;
use crate::chat::{Exchange, Prompt, Reply, ReplyBuilder};
use crate::diagnostic::{Diagnostic, Parsed};
use crate::fit::{Fit, best};
use crate::stream::Event;
use crate::syntax::{Node, Subtree, Syntax, Tree, address};
use crate::text::{Span, Text};

pub use service::service;
pub use summary::{kinds, summary};

/// One recorded call, as providers look at it.
#[derive(Clone, Copy)]
pub struct Call<'c> {
    /// In upper case; empty where the recorder left it out.
    pub method: &'c str,
    /// The address, cut up.
    pub url: Url<'c>,
    /// The request's body, where it is JSON.
    pub request: Option<Node<'c>>,
    /// Status of the response.
    pub status: Option<u16>,
    /// Headers of the response.
    pub headers: &'c [Header],
    /// The response's body.
    pub response: Answered<'c>,
}

impl Call<'_> {
    /// Returns whether the call may generate something: what is fetched or deleted, was made before.
    #[must_use]
    pub fn may_generate(&self) -> bool {
        matches!(self.method, "POST" | "")
    }

    /// Returns whether the status says that there is no answer but an error.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.status.is_some_and(|status| status >= 400)
    }
}

/// A response's body, by its shape.
#[derive(Clone, Copy)]
pub enum Answered<'c> {
    /// Absent, or not readable as any of the others.
    Nothing,
    /// One JSON value.
    Whole(Node<'c>),
    /// A stream, with the data of each event where it is JSON.
    Stream(&'c [(Event, Option<Subtree>)]),
}

/// An address, cut up. A recorder that keeps only the path leaves the host empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Url<'u> {
    /// Host without port and user.
    pub host: &'u str,
    /// Path without query and fragment.
    pub path: &'u str,
    /// Query without its `?`.
    pub query: &'u str,
}

impl<'u> Url<'u> {
    /// Cuts an address up.
    #[must_use]
    pub fn new(url: &'u str) -> Self {
        let parts = address::parts(url);
        let host = url[parts.host].rsplit('@').next().unwrap_or_default();
        Self { host, path: &url[parts.path], query: &url[parts.query] }
    }
}

/// A wire protocol. A provider only translates: it keeps no state, [`ReplyBuilder`] assembles.
pub trait Provider: Sync {
    /// Returns the protocol's name, as JSON output and options have it.
    fn api(&self) -> &'static str;

    /// Returns what the protocol is, in a few words.
    fn about(&self) -> &'static str;

    /// Returns how well a call fits, by the path and the shape of the bodies; the host alone tells nothing.
    fn fit(&self, call: &Call<'_>) -> Fit;

    /// Returns who serves this protocol where the host does not tell, if that is anybody in particular.
    fn service(&self, _: &Call<'_>) -> Option<&'static str> {
        None
    }

    /// Returns whether the calls generate anything. What does not is read to be shown, and counts as no generation call.
    fn generates(&self) -> bool {
        true
    }

    /// Returns the model that the address names, if this protocol has it there.
    fn model(&self, _: &Call<'_>) -> Option<Text> {
        None
    }

    /// Reads what a request asks. The model is that of the address, where it names one.
    fn prompt(&self, call: &Call<'_>, body: Node<'_>, prompt: &mut Prompt);

    /// Reads an answer that came as one JSON value.
    fn whole(&self, call: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder);

    /// Reads one event of a stream; `data` is absent where the event's data is no JSON.
    fn event(&self, call: &Call<'_>, event: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder);
}

/// All protocols; the order decides ties.
pub static PROVIDERS: &[&dyn Provider] = &[
    &openai_chat::OpenAiChat,
    &openai_responses::OpenAiResponses,
    &mistral_fim::MistralFim,
    &openai_completions::OpenAiCompletions,
    &anthropic::AnthropicMessages,
    &anthropic_complete::AnthropicComplete,
    &gemini::Gemini,
    &gemini_interactions::GeminiInteractions,
    &cohere::Cohere,
    &cohere_v1::CohereV1,
    &cohere_generate::CohereGenerate,
    &ollama::Ollama,
    &ollama_generate::OllamaGenerate,
    &cody::Cody,
    &replicate::Replicate,
    &huggingface::HuggingFace,
    &bedrock::Converse,
    &bedrock::Invoke,
    &xai_grpc::XaiGrpc,
    &mcp::Mcp,
];

/// Reads a call as an exchange of the protocol that fits best, if any does.
#[must_use]
pub fn read(call: &Call<'_>) -> Option<Parsed<Exchange>> {
    let provider = best(PROVIDERS, |provider| provider.fit(call))?;
    let mut diagnostics = Vec::new();
    let mut prompt = Prompt { model: provider.model(call), ..Prompt::default() };
    if let Some(body) = call.request {
        provider.prompt(call, body, &mut prompt);
    }
    let reply = reply(provider, call, &mut diagnostics);
    let service = service(&call.url).or_else(|| provider.service(call));
    let (api, generates) = (provider.api(), provider.generates());
    let value = Exchange { api, generates, service, prompt, reply };
    Some(Parsed { value, diagnostics })
}

fn reply(provider: &dyn Provider, call: &Call<'_>, diagnostics: &mut Vec<Diagnostic>) -> Reply {
    let mut reply = ReplyBuilder::default();
    let events = match call.response {
        Answered::Nothing => None,
        Answered::Whole(body) => {
            provider.whole(call, body, &mut reply);
            None
        }
        Answered::Stream(events) => {
            for (event, data) in events {
                provider.event(call, event, data.as_ref().map(Subtree::node), &mut reply);
            }
            Some(events.len())
        }
    };
    diagnostics.extend(reply.disagreements());
    let reply = reply.finish(events);
    if reply.complete == Some(false) && reply.error.is_none() {
        let at = match call.response {
            Answered::Stream(events) => events.last().and_then(|(event, _)| event.data.span()),
            Answered::Whole(_) | Answered::Nothing => None,
        };
        diagnostics.push(cut(at));
    }
    reply
}

fn cut(at: Option<Span>) -> Diagnostic {
    let cut = Diagnostic::warning("the stream ends before the answer is complete", at);
    cut.help("record it again, or keep it if the test is about a broken stream")
}

/// Returns the root of a text that is JSON: an object or a list.
#[must_use]
pub fn json(text: &Text) -> Option<Subtree> {
    json_like(text, None)
}

/// Returns the root of a text that is JSON, as [`json`] does; it takes less time if it is like other JSON.
#[must_use]
pub fn json_like(text: &Text, other: Option<Node<'_>>) -> Option<Subtree> {
    if !text.as_str().trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']) {
        return None;
    }
    let tree = match other {
        Some(other) => Tree::json_like(text.clone(), other.tree()),
        None => Tree::json(text.clone()),
    };
    Subtree::root(tree.ok()?)
}

/// Returns a value as text: a string's characters, anything else as JSON.
fn json_text(node: Node<'_>) -> Text {
    let written = match node.syntax() {
        Syntax::Json if !node.is_string() => node.slice().text(),
        Syntax::Json | Syntax::Yaml => node.string(),
    };
    written.unwrap_or_else(|| Text::made(node.json().to_string()))
}

/// Returns the items of a list, or the one thing that stands where a list may stand.
fn each(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let one = if node.is_list() || node.is_null() { None } else { Some(node) };
    one.into_iter().chain(node.items())
}
