//! Gemini `generateContent` and `streamGenerateContent`: AI Studio, Vertex, and Code Assist, which wraps both ways.
//!
//! Wire facts: the API reference of `GenerateContentResponse`. A stream is whole answers one after the other, each with
//! the next parts; a call of a function comes whole, mostly without an id, unless Vertex is asked to stream its
//! arguments: then it goes on in the next parts as long as they say `willContinue`, each with values and their paths.
//! The wire is protobuf's JSON, so requests come in `camelCase` and in `snake_case`, as do answers that the SDK for Python
//! wrote down, and under `enum-encoding=int` names come as numbers.

use super::{Answered, Call, Provider, each, json_text};
use crate::chat::{
    Apart, Arguments, Choice, Media, Message, Part, Place, Prompt, ReplyBuilder, Role, Tool, ToolCall,
    ToolResult, UsageNames,
};
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::Text;

pub(super) struct Gemini;

const USAGE: UsageNames = UsageNames {
    input: &[&["promptTokenCount"], &["prompt_token_count"]],
    output: &[&["candidatesTokenCount"], &["candidates_token_count"]],
    total: &[&["totalTokenCount"], &["total_token_count"]],
    cached: &[&["cachedContentTokenCount"], &["cached_content_token_count"]],
    reasoning: &[&["thoughtsTokenCount"], &["thoughts_token_count"]],
    tool_input: &[&["toolUsePromptTokenCount"], &["tool_use_prompt_token_count"]],
    apart: Apart::REASONING,
    ..UsageNames::NONE
};

/// The numbers of `FinishReason` that AI Studio and Vertex agree on; from 6 on each counts for itself.
const FINISH_REASONS: &[&str] =
    &["FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER"];

/// Ends of the paths of generation calls; `batchGenerateContent` and `countTokens` are none.
const METHODS: &[&str] = &[":generateContent", ":streamGenerateContent"];

impl Provider for Gemini {
    fn api(&self) -> &'static str {
        "gemini"
    }

    fn about(&self) -> &'static str {
        "Gemini generateContent: AI Studio and Vertex"
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let path = call.url.path.trim_end_matches('/').replace("%3A", ":");
        if METHODS.iter().any(|method| path.ends_with(method)) {
            return Fit::Sure;
        }
        let answered = match call.response {
            Answered::Whole(body) => is_answer(body),
            Answered::Stream(events) => {
                events.first().and_then(|(_, data)| data.as_ref()).is_some_and(|data| is_answer(data.node()))
            }
            Answered::Nothing => false,
        };
        Fit::maybe_if(answered)
    }

    fn service(&self, call: &Call<'_>) -> Option<&'static str> {
        let vertex = call.url.path.contains("/publishers/google/");
        Some(if vertex { "vertex" } else { "gemini" })
    }

    fn model(&self, call: &Call<'_>) -> Option<Text> {
        model(call.url.path).map(Text::made)
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        read(body, prompt);
    }

    /// Behind a path of another name a stream in one array is a whole answer.
    fn whole(&self, _: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        each(body).for_each(|answer| chunk(answer, reply));
    }

    fn event(&self, _: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        if let Some(data) = data {
            chunk(data, reply);
        }
    }
}

/// Reads a request.
fn read(body: Node<'_>, prompt: &mut Prompt) {
    for (key, value) in body.entries() {
        let Some(name) = key.str() else { continue };
        match camel(&name).as_str() {
            "model" => prompt.model = prompt.model.take().or_else(|| value.string()),
            // Code Assist puts the request into an envelope, the SDK for Python its settings under `config`.
            "request" | "config" if value.is_map() => read(value, prompt),
            "systemInstruction" => prompt.messages.insert(0, message(value, Some(Role::System))),
            "contents" => prompt.messages.extend(each(value).map(|content| message(content, None))),
            "tools" => prompt.tools.extend(each(value).flat_map(tools)),
            "generationConfig" => prompt.set_all(value),
            _ => prompt.set(&name, value),
        }
    }
}

/// Returns whether a body is an answer, as far as its shape tells.
fn is_answer(body: Node<'_>) -> bool {
    let first = opened(each(body).next().unwrap_or(body));
    let candidate = first.get("candidates").and_then(|candidates| candidates.item(0));
    candidate
        .is_some_and(|one| one.at(&["content", "parts"]).is_some() || field(one, "finishReason").is_some())
}

/// Returns the answer inside the envelope of Code Assist.
fn opened(body: Node<'_>) -> Node<'_> {
    body.get("response").filter(|inner| inner.is_map() && body.get("candidates").is_none()).unwrap_or(body)
}

/// Returns the model in a path such as `/v1beta/models/gemini-2.5-flash:generateContent`; a tuned model is an endpoint.
fn model(path: &str) -> Option<String> {
    let path = path.replace("%2F", "/").replace("%3A", ":");
    let (resource, _) = path.rsplit_once(':')?;
    let (parent, name) = resource.rsplit_once('/')?;
    ["models", "Models", "endpoints"].iter().any(|kind| parent.ends_with(kind)).then(|| name.to_owned())
}

/// Reads an answer, or the next piece of one.
fn chunk(body: Node<'_>, reply: &mut ReplyBuilder) {
    let body = opened(body);
    reply.id(field(body, "responseId").and_then(Node::string));
    reply.model(field(body, "modelVersion").and_then(Node::string));
    for candidate in body.get("candidates").into_iter().flat_map(each) {
        let index = candidate.count_at("index").and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        let choice = reply.choice(index);
        for part in candidate.at(&["content", "parts"]).into_iter().flat_map(each) {
            said(part, choice);
        }
        choice.finish_reason(field(candidate, "finishReason").and_then(finish_reason));
        choice.finish_detail(field(candidate, "finishMessage").and_then(Node::string));
    }
    let feedback = field(body, "promptFeedback");
    if let Some(reason) = feedback.and_then(|feedback| field(feedback, "blockReason")) {
        let message = feedback.and_then(|feedback| field(feedback, "blockReasonMessage")?.string());
        reply.choice(0).note("promptFeedback", message.or_else(|| reason.text()));
        reply.end();
    }
    if let Some(usage) = field(body, "usageMetadata").filter(|usage| usage.is_map()) {
        reply.usage.merge(usage, &USAGE);
    }
    if let Some(error) = body.some("error") {
        let kind = error.string_at("status").or_else(|| error.some("code")?.text());
        reply.error(error.string_at("message").or_else(|| error.string()), kind);
    }
}

/// Returns why an answer ended; numbers by their names, where the name is certain.
fn finish_reason(node: Node<'_>) -> Option<Text> {
    let name = node.count().and_then(|number| FINISH_REASONS.get(usize::try_from(number).ok()?));
    name.map_or_else(|| node.text(), |name| Some(Text::made(*name)))
}

/// Reads a part of an answer: text and thoughts come in pieces, all else whole.
pub(super) fn said(node: Node<'_>, choice: &mut Choice) {
    if let Some(call) = field(node, "functionCall").filter(|call| call.is_map()) {
        return called(call, choice);
    }
    match part(node) {
        Some(Part::Text(piece)) => choice.continue_text(Some(piece)),
        Some(Part::Thinking(piece)) => choice.continue_thinking(Some(piece)),
        Some(part) => choice.part(part),
        None => {}
    }
}

/// Reads a call of a function, whole or a piece of one.
pub(super) fn called(node: Node<'_>, choice: &mut Choice) {
    let (id, name) = (node.string_at("id"), node.string_at("name"));
    let pieces = field(node, "partialArgs");
    let more = field(node, "willContinue").and_then(Node::bool) == Some(true);
    let begun = choice.going_on(id.as_ref(), name.as_ref()).is_some();
    if name.is_some() && !more && (pieces.is_none() || !begun && node.some("args").is_some()) {
        return choice.part(Part::ToolCall(tool_call(node, name)));
    }
    let call = match (begun, &name) {
        (true, _) => choice.going_on(id.as_ref(), name.as_ref()),
        (false, Some(_)) => Some(choice.new_tool(id)),
        (false, None) => None,
    };
    let Some(call) = call else { return };
    call.name(name).goes_on(more);
    if let Some(args) = node.some("args") {
        call.whole(args.subtree());
    }
    for piece in pieces.into_iter().flat_map(each) {
        let value = ["stringValue", "numberValue", "boolValue"].iter().find_map(|key| field(piece, key));
        if let Some(path) = field(piece, "jsonPath").and_then(Node::str) {
            call.place(&path, value.map_or(serde_json::Value::Null, Node::json));
        }
    }
}

/// Reads a part, of a request or an answer.
fn part(node: Node<'_>) -> Option<Part> {
    if let Some(text) = node.string_at("text") {
        let thought = node.get("thought").and_then(Node::bool) == Some(true);
        return Some(if thought { Part::Thinking(text) } else { Part::Text(text) });
    }
    node.entries().find_map(|(key, value)| {
        let value = Some(value).filter(|value| value.is_map())?;
        Some(match camel(&key.str()?).as_str() {
            "functionCall" => Part::ToolCall(tool_call(value, value.string_at("name"))),
            "functionResponse" => Part::ToolResult(function_response(value)),
            "toolCall" => {
                let name = field(value, "toolType").and_then(Node::text);
                Part::ToolCall(ToolCall { server: true, ..tool_call(value, name) })
            }
            "toolResponse" => Part::ToolResult(ToolResult {
                id: value.string_at("id"),
                name: field(value, "toolType").and_then(Node::text),
                parts: value
                    .some("response")
                    .map(|response| Part::Text(json_text(response)))
                    .into_iter()
                    .collect(),
                error: false,
            }),
            "executableCode" => Part::ToolCall(ToolCall {
                id: value.string_at("id"),
                name: Some(Text::made("codeExecution")),
                arguments: Arguments::Tree(value.subtree()),
                server: true,
            }),
            "codeExecutionResult" => Part::ToolResult(ToolResult {
                id: value.string_at("id"),
                name: Some(Text::made("codeExecution")),
                parts: value.string_at("output").map(Part::Text).into_iter().collect(),
                error: !value
                    .get("outcome")
                    .is_none_or(|outcome| outcome.is("OUTCOME_OK") || outcome.is("1")),
            }),
            "inlineData" => Part::Media(media(value, value.string_at("data").map(Place::Base64))),
            "fileData" => {
                Part::Media(media(value, field(value, "fileUri").and_then(Node::string).map(Place::Url)))
            }
            // Settings of the part beside them, not parts.
            "videoMetadata" | "mediaResolution" | "partMetadata" => return None,
            other => Part::Other { kind: other.to_owned(), summary: None },
        })
    })
}

pub(super) fn tool_call(node: Node<'_>, name: Option<Text>) -> ToolCall {
    let arguments = match node.some("args") {
        Some(args) => Arguments::Tree(args.subtree()),
        None => Arguments::Text(Text::made("")),
    };
    ToolCall { id: node.string_at("id"), name, arguments, server: false }
}

pub(super) fn function_response(node: Node<'_>) -> ToolResult {
    let response = node.some("response");
    let text = response.map(|response| Part::Text(json_text(response)));
    let media = node.some("parts").into_iter().flat_map(each).filter_map(part);
    ToolResult {
        id: node.string_at("id"),
        name: node.string_at("name"),
        parts: text.into_iter().chain(media).collect(),
        error: false,
    }
}

/// Reads a medium; its kind is the first half of its type.
pub(super) fn media(node: Node<'_>, place: Option<Place>) -> Media {
    let mime = field(node, "mimeType").and_then(Node::str).map(std::borrow::Cow::into_owned);
    let kind = mime.as_deref().and_then(|mime| mime.split('/').next());
    let kind = kind.filter(|kind| ["image", "audio", "video"].contains(kind)).unwrap_or("file").to_owned();
    let name = field(node, "displayName").and_then(Node::string);
    Media { kind, mime, place: place.unwrap_or(Place::Nowhere), name, transcript: None }
}

/// Reads a message; one that only gives results of functions is the tool's, whatever role it has on the wire.
pub(super) fn message(node: Node<'_>, role: Option<Role>) -> Message {
    let parts: Vec<_> = match field(node, "parts") {
        Some(parts) => each(parts).filter_map(part).collect(),
        None => node.string().map(Part::Text).into_iter().collect(),
    };
    let results = !parts.is_empty() && parts.iter().all(|part| matches!(part, Part::ToolResult(_)));
    let named = || match node.get("role").and_then(Node::str).as_deref() {
        Some("model") => Role::Assistant,
        Some("system") => Role::System,
        Some("function" | "tool") => Role::Tool,
        _ if results => Role::Tool,
        _ => Role::User,
    };
    Message { role: role.unwrap_or_else(named), parts }
}

/// Reads an entry of `tools`: functions, or one of the provider's own tools by its key.
fn tools(node: Node<'_>) -> Vec<Tool> {
    let mut tools = Vec::new();
    for (key, value) in node.entries() {
        match key.str().as_deref().map(camel).as_deref() {
            Some("functionDeclarations") => tools.extend(each(value).filter_map(function)),
            Some(name) if !value.is_null() => {
                tools.push(Tool { name: name.to_owned(), description: None, parameters: None });
            }
            _ => {}
        }
    }
    tools
}

fn function(node: Node<'_>) -> Option<Tool> {
    let parameters = field(node, "parameters").or_else(|| field(node, "parametersJsonSchema"));
    Some(Tool {
        name: node.get("name")?.str()?.into_owned(),
        description: node.string_at("description"),
        parameters: parameters.map(Node::json),
    })
}

/// Returns the value of a key given in `camelCase`, in either spelling.
pub(super) fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    let spelled = || node.entries().find(|(key, _)| key.str().is_some_and(|key| camel(&key) == name));
    node.get(name).or_else(|| Some(spelled()?.1)).filter(|value| !value.is_null())
}

/// Returns a name in `camelCase`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut joined, word| {
        let mut letters = word.chars();
        joined.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        joined + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, framed, whole};
    use crate::chat::Exchange;
    use crate::text::Text;

    const WHOLE: &str = "https://generativelanguage.googleapis.com/v1beta/models/gemini-x:generateContent";
    const STREAM: &str =
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-x:streamGenerateContent";

    fn answer(body: &str) -> Exchange {
        whole(WHOLE, "{}", body).value
    }

    fn parts(parts: &str) -> Vec<String> {
        answered(&answer(&format!(r#"{{"candidates": [{{"content": {{"parts": [{parts}]}}}}]}}"#)))
    }

    fn finish_reason(exchange: &Exchange) -> Option<&str> {
        exchange.reply.answer()?.finish_reason.as_ref().map(Text::as_str)
    }

    #[test]
    fn thoughts_and_text_are_joined_as_they_come_and_the_last_counts_win() {
        let exchange = framed(
            STREAM,
            "{}",
            concat!(
                "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"Hm\", \"thought\": true}]}}], ",
                "\"usageMetadata\": {\"promptTokenCount\": 4, \"thoughtsTokenCount\": 1}, \"responseId\": \"r1\"}\r\n\r\n",
                "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"m.\", \"thought\": true}, {\"text\": \"R.\"}]}}]}\r\n\r\n",
                "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"R.\"}]}}], \"modelVersion\": \"gemini-x-1\"}\r\n\r\n",
                "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\"}]}, \"finishReason\": \"STOP\"}], ",
                "\"usageMetadata\": {\"promptTokenCount\": 4, \"candidatesTokenCount\": 2, \"thoughtsTokenCount\": 3, ",
                "\"totalTokenCount\": 9, \"cachedContentTokenCount\": 1}}\r\n\r\n",
            ),
        );
        let reply = &exchange.value.reply;
        assert_eq!(answered(&exchange.value), ["thinking Hmm.", "R.R."]);
        assert_eq!(finish_reason(&exchange.value), Some("STOP"));
        assert_eq!((reply.complete, reply.events), (Some(true), Some(4)));
        assert_eq!(reply.id.as_ref().unwrap(), "r1");
        assert_eq!(reply.model.as_ref().unwrap(), "gemini-x-1");
        let usage = &reply.usage;
        let counts = [usage.input, usage.output, usage.reasoning, usage.total, usage.cached];
        assert_eq!(counts, [Some(4), Some(2), Some(3), Some(9), Some(1)]);
    }

    #[test]
    fn an_array_streams_as_events_do_and_may_be_cut() {
        let body = r#"[{"candidates": [{"content": {"parts": [{"text": "one, "}]}}]}
,
{"candidates": [{"content": {"parts": [{"text": "two"}]}, "finishReason": "STOP"}]}
]"#;
        let read = |body: &str| {
            let exchange = framed(STREAM, "{}", body);
            (answered(&exchange.value).join(""), exchange.value.reply.complete, exchange.diagnostics.len())
        };
        assert_eq!(read(body), ("one, two".to_owned(), Some(true), 0));
        assert_eq!(read(&body[..70]), ("one, ".to_owned(), Some(false), 1));
    }

    #[test]
    fn calls_without_ids_stay_apart() {
        let calls = parts(
            r#"{"functionCall": {"name": "add", "args": {"a": 1}}, "thoughtSignature": "c2ln"},
               {"functionCall": {"name": "add", "args": {"a": 1}}},
               {"functionCall": {"id": "7", "name": "now"}}"#,
        );
        assert_eq!(calls, [r#"calls add - {"a":1}"#, r#"calls add - {"a":1}"#, "calls now 7 {}"]);
    }

    #[test]
    fn what_the_server_ran_is_told_apart_and_text_around_it_keeps_its_place() {
        let said = parts(
            r#"{"text": "Let me see. "},
               {"executableCode": {"id": "c", "language": "PYTHON", "code": "print(6*7)"}},
               {"codeExecutionResult": {"id": "c", "outcome": "OUTCOME_OK", "output": "42\n"}},
               {"toolCall": {"id": "t", "toolType": "FILE_SEARCH", "args": {"q": "x"}}},
               {"toolResponse": {"id": "t", "toolType": "FILE_SEARCH", "response": {"n": 1}}},
               {"codeExecutionResult": {"outcome": "OUTCOME_FAILED"}},
               {"text": "42."}"#,
        );
        assert_eq!(
            said,
            [
                "Let me see. ",
                r#"server calls codeExecution c {"id":"c","language":"PYTHON","code":"print(6*7)"}"#,
                "result c 42\n",
                r#"server calls FILE_SEARCH t {"q":"x"}"#,
                r#"result t {"n": 1}"#,
                "result - error ",
                "42.",
            ]
        );
    }

    #[test]
    fn arguments_that_come_one_by_one_are_those_of_one_call() {
        let events = |calls: &[&str]| {
            let event = |call: &&str| {
                format!(
                    "data: {{\"candidates\": [{{\"content\": {{\"parts\": [{{\"functionCall\": {call}}}]}}}}]}}\n\n"
                )
            };
            answered(&framed(STREAM, "{}", &calls.iter().map(event).collect::<String>()).value)
        };
        let nameless = events(&[
            r#"{"id": "c", "name": "book", "willContinue": true}"#,
            r#"{"partialArgs": [{"jsonPath": "$.to.city", "stringValue": "New ", "willContinue": true}], "willContinue": true}"#,
            r#"{"partialArgs": [{"jsonPath": "$.to.city", "stringValue": "York"}, {"jsonPath": "$['days'][0]", "numberValue": 3}], "willContinue": true}"#,
            "{}",
            r#"{"id": "d", "name": "now", "args": {}}"#,
        ]);
        assert_eq!(nameless, [r#"calls book c {"to":{"city":"New York"},"days":[3]}"#, "calls now d {}"]);
        let named = events(&[
            r#"{"name": "book", "partialArgs": [{"jsonPath": "$.a", "boolValue": true}], "willContinue": true}"#,
            r#"{"name": "book", "partialArgs": [{"jsonPath": "$.b", "nullValue": null}], "willContinue": false}"#,
            r#"{"name": "book", "partialArgs": [{"jsonPath": "c", "stringValue": "x"}]}"#,
        ]);
        assert_eq!(named, [r#"calls book - {"a":true,"b":null}"#, "calls book - {}"]);
    }

    #[test]
    fn media_are_shown_by_their_type() {
        let media = parts(
            r#"{"inlineData": {"mimeType": "image/png", "data": "aGk="}},
               {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://b/a.pdf"}}"#,
        );
        assert_eq!(media, ["image image/png base64 aGk=", "file application/pdf at gs://b/a.pdf"]);
    }

    #[test]
    fn a_blocked_prompt_and_a_candidate_without_content_are_no_errors() {
        let blocked = answer(
            r#"{"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}}"#,
        );
        assert_eq!(answered(&blocked), ["<promptFeedback> SAFETY"]);
        assert!(blocked.reply.error.is_none() && finish_reason(&blocked).is_none());
        let empty = answer(r#"{"candidates": [{"finishReason": "MAX_TOKENS", "index": 0}]}"#);
        assert_eq!((answered(&empty).len(), finish_reason(&empty)), (0, Some("MAX_TOKENS")));
        let malformed = answer(
            r#"{"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "now("}]}"#,
        );
        let choice = malformed.reply.answer().unwrap();
        assert_eq!(choice.finish_detail.as_ref().unwrap(), "now(");
    }

    #[test]
    fn numbers_in_place_of_names_are_named_where_the_name_is_certain() {
        let reason = |number: &str| {
            let exchange = answer(&format!(r#"{{"candidates": [{{"finishReason": {number}}}]}}"#));
            finish_reason(&exchange).map(str::to_owned)
        };
        assert_eq!(reason("1").as_deref(), Some("STOP"));
        assert_eq!(reason("8").as_deref(), Some("8"));
    }

    #[test]
    fn candidates_are_choices() {
        let body = r#"{"candidates": [{"content": {"parts": [{"text": "a"}]}, "index": 0},
                                      {"content": {"parts": [{"text": "b"}]}, "index": 1}]}"#;
        let exchange = answer(body);
        assert_eq!(answered(&exchange), ["a"]);
        assert_eq!(exchange.reply.choices.len(), 2);
    }

    #[test]
    fn an_error_in_the_stream_keeps_the_text_so_far() {
        let exchange = framed(
            STREAM,
            "{}",
            concat!(
                "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"So \"}]}}]}\n\n",
                "data: {\"error\": {\"code\": 503, \"message\": \"overloaded\", \"status\": \"UNAVAILABLE\"}}\n\n",
            ),
        );
        assert_eq!(answered(&exchange.value), ["So "]);
        let error = exchange.value.reply.error.as_ref().unwrap();
        assert_eq!(error.message.as_ref().unwrap(), "overloaded");
        assert_eq!(error.kind.as_ref().unwrap(), "UNAVAILABLE");
    }

    #[test]
    fn requests_come_in_either_spelling() {
        for (instruction, call, response, schema) in [
            ("systemInstruction", "functionCall", "functionResponse", "parametersJsonSchema"),
            ("system_instruction", "function_call", "function_response", "parameters_json_schema"),
        ] {
            let request = format!(
                r#"{{"{instruction}": {{"parts": {{"text": "Be brief."}}}},
                    "contents": [
                      {{"role": "user", "parts": [{{"text": "Time?"}}]}},
                      {{"role": "model", "parts": [{{"{call}": {{"name": "now", "args": {{}}}}}}]}},
                      {{"role": "user", "parts": [{{"{response}": {{"id": "1", "name": "now", "response": {{"h": 9}}}}}}]}}],
                    "tools": [{{"functionDeclarations": [{{"name": "now", "{schema}": {{"type": "object"}}}}]}}, {{"googleSearch": {{}}}}],
                    "generationConfig": {{"maxOutputTokens": 9}}, "safetySettings": []}}"#
            );
            let exchange = whole(WHOLE, &request, r#"{"candidates": []}"#).value;
            let prompt = &exchange.prompt;
            let expected = [
                "system: Be brief.",
                "user: Time?",
                "assistant: calls now - {}",
                "tool: result 1 {\"h\": 9}",
            ];
            assert_eq!(asked(&exchange), expected);
            assert_eq!(prompt.model.as_ref().unwrap(), "gemini-x");
            assert_eq!(
                prompt.tools.iter().map(|tool| &*tool.name).collect::<Vec<_>>(),
                ["now", "googleSearch"]
            );
            assert!(prompt.tools[0].parameters.is_some());
            let names: Vec<_> = prompt.parameters.iter().map(|(name, _)| &**name).collect();
            assert_eq!(names, ["maxOutputTokens", "safetySettings"]);
        }
    }

    #[test]
    fn an_answer_that_an_sdk_wrote_down_is_read_as_well() {
        let exchange = whole(
            "vertexai:///generate_content",
            r#"{"model": "models/gemini-x", "contents": [], "config": {"system_instruction": "Be brief.", "top_k": 1}}"#,
            r#"{"candidates": [{"content": {"parts": [{"function_call": {"name": "now"}}]}, "finish_reason": "STOP"}],
                "response_id": "r1", "model_version": "gemini-x-1", "usage_metadata": {"prompt_token_count": 3}}"#,
        );
        assert_eq!(asked(&exchange.value), ["system: Be brief."]);
        assert_eq!(answered(&exchange.value), ["calls now - {}"]);
        assert_eq!(exchange.value.reply.id.as_ref().unwrap(), "r1");
        assert_eq!(exchange.value.reply.usage.input, Some(3));
        assert_eq!(finish_reason(&exchange.value), Some("STOP"));
    }

    #[test]
    fn the_envelope_of_code_assist_is_opened_both_ways() {
        let exchange = whole(
            "https://cloudcode-pa.googleapis.com/v1internal:generateContent",
            r#"{"model": "gemini-x", "project": "p", "request": {"contents": [{"parts": [{"text": "Hi"}]}]}}"#,
            r#"{"response": {"candidates": [{"content": {"parts": [{"text": "Ho"}]}}]}, "traceId": "t"}"#,
        );
        assert_eq!(asked(&exchange.value), ["user: Hi"]);
        assert_eq!(answered(&exchange.value), ["Ho"]);
        assert_eq!(exchange.value.prompt.model.as_ref().unwrap(), "gemini-x");
    }

    #[test]
    fn the_model_is_in_the_path() {
        let model = |path| super::model(path).unwrap_or_default();
        assert_eq!(
            model("/v1/projects/p/locations/l/publishers/google/models/gemini-x:generateContent"),
            "gemini-x"
        );
        assert_eq!(model("/v1beta/models%2Fgemini-x%3AstreamGenerateContent"), "gemini-x");
        assert_eq!(model("/v1beta/tunedModels/mine:generateContent"), "mine");
        assert_eq!(model("/v1internal:generateContent"), "");
    }
}
