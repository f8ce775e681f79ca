//! What Anthropic messages look like on the wire, whole and streamed.

use serde_json::{Value, json};

use super::super::{Answered, Call, Url, json as parse, read};
use crate::chat::{Exchange, Part};
use crate::diagnostic::Parsed;
use crate::stream::{self, Event, Hints};
use crate::syntax::Subtree;
use crate::text::{SourceId, Text};

const HERE: &str = "https://api.anthropic.com/v1/messages";

fn events(body: &str) -> Vec<(Event, Option<Subtree>)> {
    let body = Text::source(SourceId(0), body.to_owned());
    let framing = stream::detect(&Hints::default(), body.as_slice()).unwrap();
    let events = framing.events(body.as_slice()).value.into_iter();
    events.map(|event| (event.clone(), parse(&event.data))).collect()
}

fn streamed(body: &str) -> Parsed<Exchange> {
    let events = events(body);
    let response = Answered::Stream(&events);
    read(&Call { method: "POST", url: Url::new(HERE), request: None, status: Some(200), response }).unwrap()
}

fn called(url: &str, request: &Value, answer: &Value) -> Option<Parsed<Exchange>> {
    let tree = |value: &Value| parse(&Text::source(SourceId(0), value.to_string()));
    let (request, answer) = (tree(request), tree(answer));
    let response = answer.as_ref().map_or(Answered::Nothing, |answer| Answered::Whole(answer.node()));
    read(&Call {
        method: "POST",
        url: Url::new(url),
        request: request.as_ref().map(Subtree::node),
        status: None,
        response,
    })
}

/// One line per part, as `kind: what`.
fn parts(parts: &[Part]) -> Vec<String> {
    let text = |text: &Option<Text>| text.as_ref().map_or("-", Text::as_str).to_owned();
    let line = |part: &Part| match part {
        Part::Text(it) => format!("text: {}", it.as_str()),
        Part::Thinking(it) => format!("thinking: {}", it.as_str()),
        Part::Refusal(it) => format!("refusal: {}", it.as_str()),
        Part::ToolCall(call) | Part::FunctionCall(call) => {
            let side = if call.server { "server" } else { "client" };
            format!("{side} {}: {} {}", text(&call.id), text(&call.name), call.arguments.json())
        }
        Part::ToolResult(result) => {
            let side = if result.error { "failed" } else { "result" };
            format!("{side} {}: {}", text(&result.id), self::parts(&result.parts).join(" | "))
        }
        Part::Media(media) => {
            format!("{}: {:?} {}", media.kind, media.mime, text(&media.transcript))
        }
        Part::Other { kind, summary } => format!("<{kind}> {}", text(summary)),
    };
    parts.iter().map(line).collect()
}

fn answer(exchange: &Exchange) -> Vec<String> {
    exchange.reply.answer().map(|answer| parts(&answer.message.parts)).unwrap_or_default()
}

/// A whole answer with some content blocks.
fn whole(content: &Value) -> Exchange {
    let body = json!({"type": "message", "role": "assistant", "content": content});
    called(HERE, &json!({"messages": []}), &body).unwrap().value
}

/// What a stream needs around its blocks.
fn stream_of(blocks: &str) -> String {
    format!(
        r#"
event: message_start
data: {{"type":"message_start","message":{{"id":"msg_a","model":"claude-a","content":[],"usage":{{"input_tokens":9,"cache_read_input_tokens":4,"output_tokens":1}}}}}}

{}

event: message_delta
data: {{"type":"message_delta","delta":{{"stop_reason":"end_turn"}},"usage":{{"output_tokens":7}}}}

event: message_stop
data: {{"type":"message_stop"}}

"#,
        blocks.lines().map(|line| ["data: ", line, "\n\n"].concat()).collect::<String>().trim_end()
    )
    .trim_start()
    .to_owned()
}

#[test]
fn usage_is_overwritten_field_by_field() {
    let reply = streamed(&stream_of("")).value.reply;
    let usage = &reply.usage;
    assert_eq!((usage.input, usage.output, usage.cached, usage.total), (Some(9), Some(7), Some(4), None));
    assert_eq!(reply.complete, Some(true));
    let raw = json!({"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 7});
    assert_eq!(usage.raw.clone().map(Value::Object), Some(raw));
}

#[test]
fn blocks_are_put_together_by_their_index() {
    let exchange = streamed(&stream_of(
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Two "}}
{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"R."}}
{"type": "ping"}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"steps."}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}
{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"R."}}     
{"type":"content_block_start","index":2,"content_block":{"type":"redacted_thinking","data":"ZGF0YQ"}}
{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t1","name":"add","input":{}}}
{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_start","index":4,"content_block":{"type":"server_tool_use","id":"s1","name":"web_search","input":{}}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"query\": "}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"\"x\"}"}}
{"type":"content_block_stop","index":4}"#,
    ));
    let want = [
        "thinking: Two steps.",
        "text: R.R.",
        "<redacted_thinking> -",
        "client t1: add {}",
        r#"server s1: web_search {"query":"x"}"#,
    ];
    assert_eq!(answer(&exchange.value), want);
    assert!(exchange.diagnostics.is_empty());
}

#[test]
fn arguments_at_the_start_of_a_block_count_until_pieces_come() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}"#;
    assert_eq!(answer(&streamed(&stream_of(start)).value), [r#"client t: f {"a":1}"#]);
    let delta = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":2}"}}"#;
    let both = format!("{start}\n{delta}");
    assert_eq!(answer(&streamed(&stream_of(&both)).value), [r#"client t: f {"a":2}"#]);
}

#[test]
fn a_compaction_and_citations_are_no_text() {
    let exchange = streamed(&stream_of(
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":null}}
{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"So far: a."}}
{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","citations":[]}}
{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","title":"T","url":"https://t.example"}}}
{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"b"}}"#,
    ));
    assert_eq!(
        answer(&exchange.value),
        ["<compaction> So far: a.", "<citation> T https://t.example", "text: b"]
    );
}

#[test]
fn an_error_inside_a_stream_keeps_what_came_before() {
    let exchange = streamed(
        r#"data: {"type":"message_start","message":{"id":"m","content":[]}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"so f"}}

event: error
data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}

"#,
    );
    assert_eq!(answer(&exchange.value), ["text: so f"]);
    let error = exchange.value.reply.error.unwrap();
    assert_eq!(error.kind.unwrap().as_str(), "overloaded_error");
    assert_eq!(error.message.unwrap().as_str(), "Overloaded");
    assert_eq!(exchange.value.reply.complete, Some(false));
    assert!(exchange.diagnostics.is_empty());
}

#[test]
fn a_stream_cut_at_any_event_is_incomplete_and_says_so() {
    let blocks = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}}"#;
    let body = stream_of(blocks);
    let ends: Vec<_> = body.match_indices("\n\n").map(|(at, _)| at + 2).collect();
    for (count, end) in ends.iter().enumerate().take(ends.len() - 1) {
        let cut = streamed(&body[..*end]);
        assert_eq!(cut.value.reply.complete, Some(false), "{count}");
        assert_eq!(cut.diagnostics.len(), 1, "{count}");
        assert_eq!(answer(&cut.value).concat(), ["", "", "text: a", "text: ab", "text: ab"][count]);
    }
}

#[test]
fn errors_with_a_status_are_read_as_their_sender_writes_them() {
    let error = |body: Value| {
        let error = called(HERE, &json!({"messages": []}), &body).unwrap().value.reply.error.unwrap();
        let text = |text: Option<Text>| text.map(|text| text.as_str().to_owned());
        (text(error.kind), text(error.message))
    };
    let some = |kind: &str, message: &str| (Some(kind.to_owned()), Some(message.to_owned()));
    let own = json!({"type": "error", "error": {"type": "invalid_request_error", "message": "too long"}});
    assert_eq!(error(own), some("invalid_request_error", "too long"));
    let vertex = json!([{"error": {"code": 404, "message": "no such model", "status": "NOT_FOUND"}}]);
    assert_eq!(error(vertex), some("NOT_FOUND", "no such model"));
    assert_eq!(error(json!({"error": "closed"})), (None, Some("closed".to_owned())));
}

#[test]
fn the_end_may_be_a_pause_or_a_refusal_with_its_reason() {
    let end = |reason: &str, details: Value| {
        let body = json!({"type": "message", "content": [], "stop_reason": reason, "stop_details": details});
        called(HERE, &json!({"messages": []}), &body).unwrap().value
    };
    let paused = end("pause_turn", json!(null));
    let reason = paused.reply.answer().unwrap().finish_reason.as_ref().unwrap();
    assert_eq!(reason.as_str(), "pause_turn");
    assert!(answer(&paused).is_empty());
    let refused = end("refusal", json!({"type": "refusal", "explanation": "Not that."}));
    assert_eq!(answer(&refused), ["refusal: Not that."]);
}

#[test]
fn what_the_servers_tools_give_back_is_readable() {
    let content = json!([
        {"type": "server_tool_use", "id": "s", "name": "bash_code_execution", "input": {"command": "ls"}},
        {"type": "bash_code_execution_tool_result", "tool_use_id": "s", "content":
            {"type": "bash_code_execution_result", "stdout": "a\n", "stderr": "", "return_code": 2,
             "content": [{"type": "bash_code_execution_output", "file_id": "file_a"}]}},
        {"type": "web_search_tool_result", "tool_use_id": "w", "content":
            [{"type": "web_search_result", "title": "T", "url": "https://t.example", "encrypted_content": "xx"}]},
        {"type": "web_search_tool_result", "tool_use_id": "v", "content":
            {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}},
        {"type": "web_fetch_tool_result", "tool_use_id": "f", "content": {"type": "web_fetch_result",
            "url": "https://t.example", "content": {"type": "document", "source":
                {"type": "text", "media_type": "text/plain", "data": "page"}}}},
        {"type": "mcp_tool_use", "id": "m", "name": "ask", "server_name": "wiki", "input": {}},
        {"type": "mcp_tool_result", "tool_use_id": "m", "is_error": true, "content": [{"type": "text", "text": "no"}]},
        {"type": "tool_search_tool_result", "tool_use_id": "q", "content": {"type": "tool_search_tool_search_result",
            "tool_references": [{"type": "tool_reference", "tool_name": "add"}]}},
        {"type": "advisor_tool_result", "tool_use_id": "d", "content": {"type": "advisor_result", "text": "Go."}},
        {"type": "of_tomorrow", "title": "new", "text": "not said"},
    ]);
    let want = [
        r#"server s: bash_code_execution {"command":"ls"}"#,
        "result s: text: a\n | <return_code> 2 | file: None -",
        "result w: <web_search_result> T https://t.example",
        "failed v: <web_search_tool_result_error> max_uses_exceeded",
        r#"result f: <web_fetch_result> https://t.example | document: Some("text/plain") page"#,
        "server m: ask {}",
        "failed m: text: no",
        "result q: <tool_reference> add",
        "result d: text: Go.",
        "<of_tomorrow> new not said",
    ];
    assert_eq!(answer(&whole(&content)), want);
}

#[test]
fn a_request_is_read_with_its_system_its_blocks_and_its_tools() {
    let request = json!({
        "model": "claude-a", "max_tokens": 9, "stream": null,
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "see"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aaaa"}},
                {"type": "document", "title": "d", "source": {"type": "content", "content": [{"type": "text", "text": "x"}]}},
                {"type": "container_upload", "file_id": "f"}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
                {"type": "tool_use", "id": "t", "name": "add", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "2"}]},
        ],
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "tools": [{"name": "add", "description": "adds", "input_schema": {"type": "object"}},
                  {"type": "web_search_20250305", "name": "web_search"},
                  {"type": "mcp_toolset", "mcp_server_name": "wiki"}],
    });
    let prompt = called(HERE, &request, &json!(null)).unwrap().value.prompt;
    let messages = prompt.messages.iter();
    let messages: Vec<_> = messages.map(|message| (message.role.name(), parts(&message.parts))).collect();
    let want = [
        ("system", vec!["text: Be brief."]),
        ("user", vec!["text: see", r#"image: Some("image/png") -"#, "document: None x", "file: None -"]),
        ("assistant", vec!["thinking: hm", r#"client t: add {"a":1}"#]),
        ("tool", vec!["result t: text: 2"]),
    ];
    let want: Vec<_> =
        want.map(|(role, parts)| (role, parts.into_iter().map(str::to_owned).collect())).into();
    assert_eq!(messages, want);
    let tools: Vec<_> = prompt.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(tools, ["add", "web_search", "mcp_toolset"]);
    assert_eq!(prompt.parameters, [("max_tokens".to_owned(), json!(9))]);
}

#[test]
fn only_what_looks_like_it_is_taken() {
    let asked = json!({"messages": [{"role": "user", "content": "a"}], "max_tokens": 1});
    let none = json!(null);
    let reads = |url: &str, request: &Value, answer: &Value| {
        called(url, request, answer).is_some_and(|exchange| exchange.value.api == "anthropic-messages")
    };
    assert!(reads("http://localhost:4000/anthropic/v1/messages?beta=true", &asked, &none));
    assert!(reads(HERE, &none, &none));
    assert!(reads("/any", &asked, &json!({"type": "message", "content": []})));
    assert!(!reads(
        "https://api.anthropic.com/v1/messages/count_tokens",
        &asked,
        &json!({"input_tokens": 3})
    ));
    assert!(!reads(
        "https://api.nexmo.com/v1/messages",
        &json!({"to": "1", "text": "hi"}),
        &json!({"id": "x"})
    ));
    assert!(!reads("https://api.openai.com/v1/threads/t/messages", &json!({"role": "user"}), &none));
}

#[test]
fn vertex_names_the_model_in_the_address() {
    let at = |model: &str, verb: &str| {
        format!(
            "https://x-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/{model}:{verb}"
        )
    };
    let asked = json!({"anthropic_version": "vertex-2023-10-16", "messages": []});
    let read = |url: &str| called(url, &asked, &json!(null));
    let exchange = read(&at("claude-a%4020250101", "streamRawPredict")).unwrap().value;
    assert_eq!(exchange.prompt.model.unwrap().as_str(), "claude-a@20250101");
    assert_eq!(exchange.service, Some("vertex"));
    assert!(read(&at("count-tokens", "rawPredict")).is_none());
}
