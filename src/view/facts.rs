//! The plain facts of each interaction, for lists and sums.

use std::collections::HashSet;

use serde::Serialize;

use crate::cassette::{Interaction, Stamp, header};
use crate::chat::{Exchange, Part, Reply, Usage};
use crate::load::{Recorded, Recording, Response};
use crate::provider::Url;
use crate::text::Text;

/// The facts of one interaction.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Facts {
    /// Number of the entry in the cassette, from 0.
    pub interaction: usize,
    /// Number of its conversation, from 0; absent where it is no generation call.
    pub conversation: Option<usize>,
    /// In upper case.
    pub method: Option<String>,
    /// Host of the address, where it is recorded.
    pub host: Option<String>,
    /// Status of the response.
    pub status: Option<u16>,
    /// Who served the call, as far as the address tells.
    pub provider: Option<&'static str>,
    /// Wire protocol; absent where the entry is no generation call.
    pub api: Option<&'static str>,
    /// What a call is about that generates nothing, such as `embeddings`.
    pub kind: Option<&'static str>,
    /// The model asked for or, where the request names none, that answered.
    pub model: Option<String>,
    /// The model that answered.
    pub answering_model: Option<String>,
    /// Whether the response is a stream.
    pub streaming: bool,
    /// The tools that the answer calls.
    pub tools: Vec<String>,
    /// Tokens read, as the provider counts them.
    pub input_tokens: Option<u64>,
    /// Tokens written, as the provider counts them.
    pub output_tokens: Option<u64>,
    /// All tokens read and written.
    pub tokens: Option<u64>,
    /// Milliseconds from the request to the end of the response.
    pub duration_ms: Option<f64>,
    /// What went wrong: the status, `error` inside an answer, a `cut` stream.
    pub problems: Vec<String>,
    /// When it was recorded, as the recorder or the `Date` of the response says.
    pub recorded_at: Option<String>,
}

impl Facts {
    /// Returns what the interaction is, in two words.
    #[must_use]
    pub fn what(&self) -> String {
        let service = self.provider.or(self.api);
        match (service, self.kind, &self.host) {
            (Some(service), Some(kind), _) => format!("{service} {kind}"),
            (Some(service), None, _) => service.to_owned(),
            (None, Some(kind), _) => kind.to_owned(),
            (None, None, host) => {
                let words = [self.method.as_deref(), host.as_deref()];
                words.into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// Returns the facts of all entries.
pub(super) fn facts(recording: &Recording) -> Vec<Facts> {
    let entries = recording.interactions.iter().zip(usages(recording)).enumerate();
    entries
        .map(|(at, (entry, usage))| Facts {
            interaction: at,
            conversation: recording.threads.turn(at).map(|turn| turn.conversation),
            input_tokens: usage.and_then(|usage| usage.input),
            output_tokens: usage.and_then(|usage| usage.output),
            tokens: usage.and_then(Usage::all),
            ..of(entry)
        })
        .collect()
}

/// Returns the tokens of each entry. An answer that is fetched again was paid for once.
pub(super) fn usages(recording: &Recording) -> Vec<Option<&Usage>> {
    let mut counted = HashSet::new();
    let mut found = Vec::new();
    for entry in &recording.interactions {
        let made = entry.exchange.as_ref().map(|exchange| &exchange.reply);
        let reply = made.or(entry.summary.as_ref().map(|summary| &summary.reply));
        let reply = reply.filter(|reply| reply.usage.raw.is_some());
        let id = reply.and_then(|reply| reply.id.as_ref()).filter(|id| !id.is_empty());
        let again = id.is_some_and(|id| !counted.insert(id.as_str())) && made.is_none();
        found.push(reply.filter(|_| !again).map(|reply| &reply.usage));
    }
    found
}

fn of(entry: &Recorded) -> Facts {
    let exchange = entry.exchange.as_ref();
    let summary = entry.summary.as_ref();
    let reply = exchange.map(|exchange| &exchange.reply).or(summary.map(|summary| &summary.reply));
    let generates = exchange.filter(|exchange| exchange.generates);
    let request = entry.http.request.as_ref();
    let url = request.and_then(|request| request.url.as_ref()).map(Text::as_str).unwrap_or_default();
    let host = Url::new(url).host;
    let status = entry.http.response.as_ref().and_then(super::super::cassette::Response::code);
    let name =
        |text: Option<&Text>| text.map(Text::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let answering_model = name(reply.and_then(|reply| reply.model.as_ref()));
    let asked = exchange.and_then(|exchange| exchange.prompt.model.as_ref());
    Facts {
        method: request
            .and_then(|request| request.method.as_ref())
            .map(|it| it.as_str().to_ascii_uppercase()),
        host: (!host.is_empty()).then(|| host.to_owned()),
        status,
        provider: exchange.map_or_else(|| summary?.service, |exchange| exchange.service),
        api: generates.map(|exchange| exchange.api),
        kind: summary.map(|summary| summary.kind).or(exchange.filter(|it| !it.generates).map(|it| it.api)),
        model: name(asked.or(summary.and_then(|summary| summary.model.as_ref())))
            .or_else(|| answering_model.clone()),
        answering_model,
        streaming: streaming(entry),
        tools: tools(exchange, reply),
        duration_ms: duration(&entry.http),
        problems: problems(reply, status),
        recorded_at: recorded(&entry.http),
        ..Facts::default()
    }
}

fn streaming(entry: &Recorded) -> bool {
    let told = entry.exchange.as_ref().is_some_and(|exchange| exchange.reply.events.is_some());
    told || matches!(entry.response, Response::Stream(_))
}

fn duration(http: &Interaction) -> Option<f64> {
    Some(http.response.as_ref()?.duration?.as_secs_f64() * 1000.0)
}

fn tools(exchange: Option<&Exchange>, reply: Option<&Reply>) -> Vec<String> {
    let answers = reply.into_iter().flat_map(|reply| &reply.choices).map(|answer| &answer.message);
    // A call that generates nothing is itself a call of a tool, if anything.
    let asked = exchange.filter(|exchange| !exchange.generates);
    let asked = asked.into_iter().flat_map(|exchange| &exchange.prompt.messages);
    let names = asked.chain(answers).flat_map(|message| &message.parts).filter_map(|part| match part {
        Part::ToolCall(call) | Part::FunctionCall(call) => Some(call.name.as_ref()?.as_str().to_owned()),
        _ => None,
    });
    each_once(names)
}

fn problems(reply: Option<&Reply>, status: Option<u16>) -> Vec<String> {
    let failed = status.filter(|status| *status >= 400);
    let mut problems: Vec<_> = failed.map(|status| status.to_string()).into_iter().collect();
    if failed.is_none() && reply.is_some_and(|reply| reply.error.is_some()) {
        problems.push("error".to_owned());
    } else if reply.is_some_and(|reply| reply.complete == Some(false) && reply.error.is_none()) {
        problems.push("cut".to_owned());
    }
    problems
}

/// Returns when an entry was recorded, as ISO 8601 in UTC.
fn recorded(http: &Interaction) -> Option<String> {
    let date = || Stamp::ended(header(&http.response.as_ref()?.headers, "date")?);
    let stamp = http.recorded.or_else(date)?;
    Some(format!("{:.0}", stamp.at))
}

/// Returns things in the order they first come.
pub(super) fn each_once<T: PartialEq>(things: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for thing in things {
        if !found.contains(&thing) {
            found.push(thing);
        }
    }
    found
}
