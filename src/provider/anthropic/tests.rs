//! What Anthropic messages look like on the wire, whole and streamed.

use serde_json::{Value, json};

use super::super::testing::{answered, asked, framed, whole as called};
use super::super::{Answered, Call, Url, read};
use crate::chat::Exchange;
use crate::diagnostic::Parsed;
use crate::syntax::Subtree;
use crate::text::Text;

const HERE: &str = "https://api.anthropic.com/v1/messages";
const ASKED: &str = r#"{"messages": []}"#;

fn streamed(body: &str) -> Parsed<Exchange> {
    framed(HERE, ASKED, body)
}

/// A whole answer with some content blocks.
fn whole(content: &Value) -> Exchange {
    let body = json!({"type": "message", "role": "assistant", "content": content});
    called(HERE, ASKED, &body.to_string()).value
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
        "thinking Two steps.",
        "R.R.",
        "<redacted_thinking> -",
        "calls add t1 {}",
        r#"server calls web_search s1 {"query":"x"}"#,
    ];
    assert_eq!(answered(&exchange.value), want);
    assert!(exchange.diagnostics.is_empty());
}

#[test]
fn arguments_at_the_start_of_a_block_count_until_pieces_come() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}"#;
    assert_eq!(answered(&streamed(&stream_of(start)).value), [r#"calls f t {"a":1}"#]);
    let delta = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":2}"}}"#;
    let both = format!("{start}\n{delta}");
    assert_eq!(answered(&streamed(&stream_of(&both)).value), [r#"calls f t {"a":2}"#]);
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
    assert_eq!(answered(&exchange.value), ["<compaction> So far: a.", "<citation> T https://t.example", "b"]);
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
    assert_eq!(answered(&exchange.value), ["so f"]);
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
        assert_eq!(answered(&cut.value).concat(), ["", "", "a", "ab", "ab"][count]);
    }
}

#[test]
fn errors_with_a_status_are_read_as_their_sender_writes_them() {
    let error = |body: Value| {
        let error = called(HERE, ASKED, &body.to_string()).value.reply.error.unwrap();
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
        called(HERE, ASKED, &body.to_string()).value
    };
    let paused = end("pause_turn", json!(null));
    let reason = paused.reply.answer().unwrap().finish_reason.as_ref().unwrap();
    assert_eq!(reason.as_str(), "pause_turn");
    assert!(answered(&paused).is_empty());
    let refused = end("refusal", json!({"type": "refusal", "explanation": "Not that."}));
    assert_eq!(answered(&refused), ["refuses Not that."]);
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
        r#"server calls bash_code_execution s {"command":"ls"}"#,
        "result s a\n | <return_code> 2 | file - id file_a",
        "result w <web_search_result> T https://t.example",
        "result v error <web_search_tool_result_error> max_uses_exceeded",
        "result f <web_fetch_result> https://t.example | document text/plain nowhere says page",
        "server calls ask m {}",
        "result m error no",
        "result q <tool_reference> add",
        "result d Go.",
        "<of_tomorrow> new not said",
    ];
    assert_eq!(answered(&whole(&content)), want);
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
    let exchange = called(HERE, &request.to_string(), r#"{"type": "message", "content": []}"#).value;
    let want = [
        "system: Be brief.",
        "user: see",
        "user: image image/png base64 aaaa",
        "user: document - nowhere says x",
        "user: file - id f",
        "assistant: thinking hm",
        r#"assistant: calls add t {"a":1}"#,
        "tool: result t 2",
    ];
    assert_eq!(asked(&exchange), want);
    let prompt = exchange.prompt;
    let tools: Vec<_> = prompt.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(tools, ["add", "web_search", "mcp_toolset"]);
    assert_eq!(prompt.parameters, [("max_tokens".to_owned(), json!(9))]);
}

/// Reads a call that may be none of the protocol's.
fn maybe(url: &str, request: &Value, answer: &Value) -> Option<Exchange> {
    let tree = |value: &Value| super::super::json(&Text::made(value.to_string()));
    let (request, answer) = (tree(request), tree(answer));
    let response = answer.as_ref().map_or(Answered::Nothing, |answer| Answered::Whole(answer.node()));
    let request = request.as_ref().map(Subtree::node);
    let call = Call { method: "POST", url: Url::new(url), request, status: None, headers: &[], response };
    read(&call).map(|exchange| exchange.value)
}

#[test]
fn only_what_looks_like_it_is_taken() {
    let asked = json!({"messages": [{"role": "user", "content": "a"}], "max_tokens": 1});
    let none = json!(null);
    let reads = |url: &str, request: &Value, answer: &Value| {
        maybe(url, request, answer).is_some_and(|exchange| exchange.api == "anthropic-messages")
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
    let read = |url: &str| maybe(url, &asked, &json!(null));
    let exchange = read(&at("claude-a%4020250101", "streamRawPredict")).unwrap();
    assert_eq!(exchange.prompt.model.unwrap().as_str(), "claude-a@20250101");
    assert_eq!(exchange.service, Some("vertex"));
    assert!(read(&at("count-tokens", "rawPredict")).is_none());
}
