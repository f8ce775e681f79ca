//! From a recording to what `show` says of it.

use std::collections::HashMap;

use super::{
    Answered, Cassette, Choice, Continues, Interaction, Message, Options, Piece, Problem, Request, Summary,
    Tool, ToolCall, Unexplained, Usage,
};
use crate::cassette::{self, Header};
use crate::chat::{self, Answer, Exchange, Fact, Part, Place, ProviderError, Reply, thread};
use crate::load::{Recorded, Recording, Response};
use crate::text::Text;
use crate::view::brief;
use crate::view::place::{self, Failure, Places, Remark};

/// Returns the view of a file that could be read.
#[must_use]
pub fn cassette<'r>(path: &'r str, recording: &'r Recording, options: &Options<'_>) -> Cassette<'r> {
    let mut tells: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, entry) in recording.interactions.iter().enumerate() {
        if let Some(teller) = entry.told_in {
            tells.entry(teller).or_default().push(index);
        }
    }
    let mut places = Places::new(&recording.file);
    let entries = recording.interactions.iter().enumerate();
    let shown = entries.filter(|(index, _)| options.wants(*index));
    Cassette {
        path,
        format: Some(recording.format),
        error: None,
        diagnostics: recording.diagnostics.iter().map(|each| Remark::new(each, &mut places)).collect(),
        conversations: recording.threads.conversations(),
        interactions: shown
            .map(|(index, entry)| {
                let tells = tells.remove(&index).unwrap_or_default();
                let turn = recording.threads.turn(index);
                let link = turn.and_then(|turn| turn.link.as_ref());
                let common = |begins| {
                    let link = link.filter(|link| (link.kind == thread::Kind::Begins) == begins);
                    link.map(|link| Continues::new(link, recording))
                };
                Interaction {
                    tells,
                    conversation: turn.map(|turn| turn.conversation),
                    continues: common(false),
                    begins_like: common(true),
                    ..interaction(index, entry, options)
                }
            })
            .collect(),
        held: recording.interactions.len(),
    }
}

/// Returns the view of a file that could not be read.
#[must_use]
pub fn failed(path: &str, message: String, place: Option<place::Place>) -> Cassette<'_> {
    let error = Some(Failure::new(message, place));
    let (diagnostics, interactions) = (Vec::new(), Vec::new());
    Cassette { path, format: None, error, diagnostics, conversations: 0, interactions, held: 0 }
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
        conversation: None,
        continues: None,
        begins_like: None,
        entry: (entry.http.other.as_ref())
            .filter(|_| exchange.is_none() && bare)
            .map(|other| other.content.node().json().to_string()),
        request: (!told && (sent.is_some() || exchange.is_some())).then(|| Request {
            headers: sent.filter(|_| options.headers).map(|http| headers(&http.headers)),
            body: sent
                .filter(|_| !summed && (exchange.is_none() || entry.request.is_none()))
                .and_then(|http| Unexplained::of(http.body.as_ref())),
            ..request(sent, exchange, summary)
        }),
        response: (!told && (received.is_some() || exchange.is_some_and(|it| it.reply.answer().is_some())))
            .then(|| response(entry, options)),
    }
}

fn response<'r>(entry: &'r Recorded, options: &Options<'_>) -> Answered<'r> {
    let (http, exchange) = (entry.http.response.as_ref(), entry.exchange.as_ref());
    let summary = entry.summary.as_ref();
    let reply = exchange.map(|exchange| &exchange.reply).or(summary.map(|summary| &summary.reply));
    let opaque = matches!(entry.response, Response::Opaque);
    let untold = http.and_then(cassette::Response::code).is_some_and(|status| status >= 400)
        && reply.is_some_and(|reply| {
            let said = reply.choices.iter().any(|answer| !answer.message.parts.is_empty());
            !said && reply.error.as_ref().is_none_or(|error| error.message.is_none())
        });
    let events = match &entry.response {
        Response::Stream(events) => Some(events.len()),
        // A turn of a connection is a stream of messages.
        Response::Whole(_) | Response::Opaque => exchange.and_then(|exchange| exchange.reply.events),
    };
    let duration = http.and_then(|http| http.duration);
    let status = http.and_then(cassette::Response::code);
    Answered {
        status,
        duration_ms: duration.map(|duration| duration.as_secs_f64() * 1000.0),
        duration,
        streaming: events.is_some(),
        events,
        headers: http.filter(|_| options.headers).map(|http| headers(&http.headers)),
        // A gateway's error under a generation call is no answer, but it is what came back.
        body: http
            .filter(|_| opaque || untold || (exchange.is_none() && !summary.is_some_and(summed_up)))
            .and_then(|http| Unexplained::of_response(http.body.as_ref(), &entry.response)),
        ..reply.map(|reply| answered(reply, status)).unwrap_or_default()
    }
}

/// Returns whether a summary says enough to leave the bodies out.
fn summed_up(summary: &chat::Summary) -> bool {
    let reply = &summary.reply;
    !summary.facts.is_empty() || reply.error.is_some() || reply.answer().is_some()
}

fn request<'r>(
    http: Option<&'r cassette::Request>,
    exchange: Option<&'r Exchange>,
    summary: Option<&'r chat::Summary>,
) -> Request<'r> {
    let url = http.and_then(|http| http.url.as_ref()).map(Text::as_str);
    let method = http.and_then(|http| http.method.as_ref());
    let prompt = exchange.map(|exchange| &exchange.prompt);
    let messages = prompt.into_iter().flat_map(|prompt| &prompt.messages);
    let tools = prompt.into_iter().flat_map(|prompt| &prompt.tools);
    Request {
        method: method.map(|method| method.as_str().to_ascii_uppercase()),
        url,
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

fn headers(headers: &[Header]) -> Vec<(&str, &str)> {
    headers.iter().map(|header| (header.name.as_str(), header.value.as_str())).collect()
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
