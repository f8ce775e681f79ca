//! What the protocol says, on streams and bodies made up for it.

use super::super::testing::{answered, asked, stream, whole};
use crate::chat::Exchange;
use crate::text::Text;

const URL: &str = "https://api.openai.com/v1/responses";

const CREATED: &str = r#"{"type": "response.created", "response": {"id": "resp_1", "model": "m", "status": "in_progress", "usage": null}}"#;
const TEXT: &[&str] = &[
    CREATED,
    r#"{"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "msg_1", "content": []}}"#,
    r#"{"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "msg_1", "delta": "R."}"#,
    r#"{"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "msg_1", "delta": "R."}"#,
    r#"{"type": "response.output_text.done", "output_index": 0, "content_index": 0, "item_id": "msg_1", "text": "R.R."}"#,
    r#"{"type": "response.output_item.done", "output_index": 0, "item": {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "R.R."}]}}"#,
];
const COMPLETED: &str = r#"{"type": "response.completed", "response": {"id": "resp_1", "model": "m", "status": "completed",
    "output": [{"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "R.R."}]}],
    "usage": {"input_tokens": 7, "input_tokens_details": {"cached_tokens": 2}, "output_tokens": 3,
              "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 10}}}"#;

fn finish_reason(exchange: &Exchange) -> Option<&str> {
    exchange.reply.answer()?.finish_reason.as_ref().map(Text::as_str)
}

#[test]
fn pieces_and_the_whole_that_ends_a_stream_are_one_text() {
    let parsed = stream(URL, "{}", &[TEXT, &[COMPLETED]].concat());
    assert_eq!(answered(&parsed.value), ["R.R."]);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let reply = &parsed.value.reply;
    assert_eq!(reply.id.as_ref().unwrap().as_str(), "resp_1");
    assert_eq!(finish_reason(&parsed.value), Some("completed"));
    assert_eq!(reply.complete, Some(true));
    let usage = &reply.usage;
    let counts = [usage.input, usage.cached, usage.output, usage.reasoning, usage.total];
    assert_eq!(counts, [Some(7), Some(2), Some(3), Some(1), Some(10)]);
}

#[test]
fn a_stream_cut_at_any_event_gives_the_text_so_far() {
    for length in 1..=TEXT.len() {
        let parsed = stream(URL, "{}", &TEXT[..length]);
        let said = ["", "", "R.", "R.R.", "R.R.", "R.R."][length - 1];
        assert_eq!(answered(&parsed.value).concat(), said, "{length} events");
        assert_eq!(parsed.value.reply.complete, Some(false));
        assert_eq!(finish_reason(&parsed.value), None);
        assert_eq!(parsed.diagnostics.len(), 1, "{:?}", parsed.diagnostics);
    }
}

#[test]
fn a_whole_that_is_not_what_its_pieces_make_is_reported_once_and_not_shown() {
    let edited = COMPLETED.replace("R.R.", "R.");
    let parsed = stream(URL, "{}", &[TEXT, &[edited.as_str()]].concat());
    assert_eq!(answered(&parsed.value), ["R.R."]);
    let [diagnostic] = &parsed.diagnostics[..] else { panic!("{:?}", parsed.diagnostics) };
    assert_eq!(diagnostic.message, "the stream's pieces and its end differ in their text");
}

#[test]
fn a_whole_stands_in_for_pieces_that_did_not_come() {
    let item = r#"{"type": "response.output_item.done", "item": {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Hi"}]}}"#;
    let bare = r#"{"type": "response.completed", "response": {"id": "resp_1", "output": []}}"#;
    assert_eq!(answered(&stream(URL, "{}", &[item, bare]).value), ["Hi"]);
    assert_eq!(answered(&stream(URL, "{}", &[CREATED, COMPLETED]).value), ["R.R."]);
}

/// llama.cpp gives no `output_index`, Bedrock counts the contents of all items on, OpenRouter and Copilot name an
/// item anew in each event.
#[test]
fn items_are_known_by_index_or_id_whichever_holds() {
    let events = |place: &str, ids: [&str; 3]| {
        let [added, delta, done] = ids;
        [
            format!(
                r#"{{"type": "response.output_item.added"{place}, "item": {{"type": "message", "id": "{added}"}}}}"#
            ),
            format!(
                r#"{{"type": "response.output_text.delta"{place}, "content_index": 4, "item_id": "{delta}", "delta": "Hi"}}"#
            ),
            format!(
                r#"{{"type": "response.output_item.done"{place}, "item": {{"type": "message", "id": "{done}", "content": [{{"text": "Hi"}}]}}}}"#
            ),
            format!(
                r#"{{"type": "response.completed", "response": {{"status": "completed", "output": [{{"type": "message", "id": "{done}", "content": [{{"text": "Hi"}}]}}]}}}}"#
            ),
        ]
    };
    for (place, ids) in
        [("", ["a", "a", "a"]), (r#", "output_index": 1"#, ["a", "b", "c"]), ("", ["a", "", "a"])]
    {
        let events = events(place, ids);
        let parsed = stream(URL, "{}", &events.each_ref().map(String::as_str));
        assert_eq!(answered(&parsed.value), ["Hi"], "{place} {ids:?}");
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    }
}

#[test]
fn calls_are_named_by_call_id_and_keep_their_order() {
    let parsed = stream(
        URL,
        "{}",
        &[
            r#"{"type": "response.output_item.added", "output_index": 0, "item": {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "add", "arguments": ""}}"#,
            r#"{"type": "response.output_item.added", "output_index": 1, "item": {"type": "custom_tool_call", "id": "ct_1", "call_id": "call_2", "name": "run", "input": ""}}"#,
            r#"{"type": "response.custom_tool_call_input.delta", "output_index": 1, "item_id": "ct_1", "delta": "ls "}"#,
            r#"{"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": "fc_1", "delta": "{\"a\":"}"#,
            r#"{"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": "fc_1", "delta": " 2}"}"#,
            r#"{"type": "response.custom_tool_call_input.delta", "output_index": 1, "item_id": "ct_1", "delta": "-l"}"#,
            r#"{"type": "response.output_item.done", "output_index": 0, "item": {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "add", "arguments": "{\"a\": 2}"}}"#,
            r#"{"type": "response.completed", "response": {"status": "completed", "output": [
            {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "add", "arguments": "{\"a\": 3}"},
            {"type": "custom_tool_call", "id": "ct_1", "call_id": "call_2", "name": "run", "input": "ls -l"}]}}"#,
        ],
    );
    assert_eq!(answered(&parsed.value), [r#"calls add call_1 {"a":2}"#, r#"calls run call_2 "ls -l""#]);
    let messages: Vec<_> = parsed.diagnostics.iter().map(|each| each.message.as_str()).collect();
    assert_eq!(messages, ["the stream's pieces and its end differ in their arguments"]);
}

#[test]
fn calls_without_places_and_item_ids_are_known_by_their_own_ids() {
    let call = |id: &str| {
        format!(r#"{{"type": "function_call", "call_id": "{id}", "name": "a", "arguments": "{{}}"}}"#)
    };
    let event =
        |kind: &str, id: &str| format!(r#"{{"type": "response.output_item.{kind}", "item": {}}}"#, call(id));
    let delta = r#"{"type": "response.function_call_arguments.delta", "delta": "{}"}"#;
    let end = format!(
        r#"{{"type": "response.completed", "response": {{"output": [{}, {}]}}}}"#,
        call("c"),
        call("d")
    );
    let (c, d) = (event("added", "c"), event("added", "d"));
    let (done_c, done_d) = (event("done", "c"), event("done", "d"));
    let parsed = stream(URL, "{}", &[&c, delta, &done_c, &d, delta, &done_d, &end]);
    assert_eq!(answered(&parsed.value), ["calls a c {}", "calls a d {}"]);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
}

#[test]
fn a_summary_stands_before_its_reasoning_whichever_comes_first() {
    let item = r#"{"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "So."}], "content": [{"type": "reasoning_text", "text": "Hm."}]}"#;
    let parsed = stream(
        URL,
        "{}",
        &[
            r#"{"type": "response.reasoning_text.delta", "output_index": 0, "item_id": "rs", "content_index": 0, "delta": "Hm."}"#,
            r#"{"type": "response.reasoning_text.done", "output_index": 0, "item_id": "rs", "content_index": 0, "text": "Hm."}"#,
            r#"{"type": "response.reasoning_summary_text.delta", "output_index": 0, "item_id": "rs", "summary_index": 0, "delta": "So."}"#,
            &format!(r#"{{"type": "response.output_item.done", "output_index": 0, "item": {item}}}"#),
            &format!(
                r#"{{"type": "response.completed", "response": {{"status": "completed", "output": [{item}]}}}}"#
            ),
        ],
    );
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let whole = whole(URL, "{}", &format!(r#"{{"status": "completed", "output": [{item}]}}"#));
    assert_eq!(answered(&whole.value), ["thinking So.", "thinking Hm."]);
    assert_eq!(answered(&parsed.value), answered(&whole.value));
}

#[test]
fn what_an_mcp_server_could_not_do_is_told() {
    let parsed = whole(
        URL,
        "{}",
        r#"{"status": "completed", "output": [
            {"type": "mcp_list_tools", "id": "l", "server_label": "s", "tools": [], "error": "No tools."},
            {"type": "mcp_list_tools", "id": "k", "server_label": "s", "tools": [], "error": null},
            {"type": "mcp_call", "id": "m", "name": "roll", "arguments": "{}", "output": null, "status": "failed",
             "error": {"type": "mcp_tool_execution_error", "content": [{"type": "text", "text": "No dice."}]}}]}"#,
    );
    let told = [
        "<mcp_list_tools> s",
        "result - error No tools.",
        "<mcp_list_tools> s",
        "server calls roll m {}",
        "result m error No dice.",
    ];
    assert_eq!(answered(&parsed.value), told);
}

/// The API reference gives the output of a local shell one id, under the key of an item's own.
#[test]
fn the_output_of_a_local_shell_answers_its_call() {
    let parsed = whole(
        URL,
        r#"{"input": [
            {"type": "local_shell_call", "id": "item", "call_id": "call", "action": {}},
            {"type": "local_shell_call_output", "id": "item", "output": "a"},
            {"type": "local_shell_call_output", "id": "call", "output": "b"}]}"#,
        r#"{"status": "completed", "output": []}"#,
    );
    let told = ["assistant: server calls local_shell call {}", "tool: result call a", "tool: result call b"];
    assert_eq!(asked(&parsed.value), told);
}

#[test]
fn reasoning_is_a_summary_or_the_thing_itself() {
    let parsed = stream(
        URL,
        "{}",
        &[
            r#"{"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "First"}"#,
            r#"{"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 1, "delta": "Then"}"#,
            r#"{"type": "response.reasoning_text.delta", "output_index": 1, "content_index": 0, "delta": "Hm"}"#,
            r#"{"type": "response.incomplete", "response": {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "First"}, {"type": "summary_text", "text": "Then"}]},
            {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm"}], "encrypted_content": "x"},
            {"type": "reasoning", "summary": [], "encrypted_content": "x"}]}}"#,
        ],
    );
    assert_eq!(answered(&parsed.value), ["thinking First", "thinking Then", "thinking Hm"]);
    assert_eq!(finish_reason(&parsed.value), Some("incomplete"));
    let detail = parsed.value.reply.choices[0].finish_detail.as_ref();
    assert_eq!(detail.map(Text::as_str), Some("max_output_tokens"));
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
}

#[test]
fn a_failure_is_an_error_and_keeps_what_was_said() {
    let failed = r#"{"type": "response.failed", "response": {"id": "resp_1", "status": "failed", "output": [],
        "error": {"code": "server_error", "message": "Try again."}}}"#;
    let event = r#"{"type": "error", "code": "rate_limit_exceeded", "message": "Try again.", "param": null}"#;
    let nested = r#"{"type": "error", "error": {"type": "server_error", "message": "Try again."}}"#;
    for (event, kind, status) in [
        (failed, "server_error", Some("failed")),
        (event, "rate_limit_exceeded", None),
        (nested, "server_error", None),
    ] {
        let parsed = stream(URL, "{}", &[&TEXT[..3], &[event]].concat());
        let error = parsed.value.reply.error.as_ref().unwrap();
        assert_eq!(error.message.as_ref().unwrap().as_str(), "Try again.");
        assert_eq!(error.kind.as_ref().unwrap().as_str(), kind);
        assert_eq!(answered(&parsed.value), ["R."]);
        assert_eq!(finish_reason(&parsed.value), status);
        assert_eq!(parsed.value.reply.complete, Some(false));
    }
}

#[test]
fn a_queued_answer_has_a_status_and_nothing_else() {
    let parsed = whole(
        URL,
        r#"{"background": true}"#,
        r#"{"id": "resp_1", "object": "response", "status": "queued", "output": [], "usage": null}"#,
    );
    assert_eq!(finish_reason(&parsed.value), Some("queued"));
    assert!(parsed.value.reply.usage.raw.is_none());
    assert!(answered(&parsed.value).is_empty());
}

#[test]
fn tools_of_the_provider_are_calls_that_the_server_ran() {
    let parsed = whole(
        URL,
        "{}",
        r#"{"status": "completed", "output": [
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "tides"}},
        {"type": "file_search_call", "id": "fs_1", "queries": ["tides"], "results": [{"file_id": "f", "text": "High at noon."}]},
        {"type": "code_interpreter_call", "id": "ci_1", "code": "1 + x", "outputs": [{"type": "logs", "logs": "2"}, {"type": "image", "url": "https://example.org/p.png"}]},
        {"type": "mcp_list_tools", "id": "ml_1", "server_label": "harbour", "tools": [{"name": "tides"}]},
        {"type": "mcp_call", "id": "mc_1", "server_label": "harbour", "name": "tides", "arguments": "{\"day\": 1}", "output": "noon", "error": null},
        {"type": "mcp_call", "id": "mc_2", "server_label": "harbour", "name": "tides", "arguments": "{}", "output": null, "error": {"type": "http_error", "code": 500, "message": "down"}},
        {"type": "mcp_approval_request", "id": "ma_1", "server_label": "harbour", "name": "close", "arguments": "{}"},
        {"type": "image_generation_call", "id": "ig_1", "output_format": "png", "result": "iVBORw0KGgo="},
        {"type": "computer_call", "id": "cu_1", "call_id": "call_1", "action": {"type": "click", "x": 1}},
        {"type": "local_shell_call", "id": "ls_1", "call_id": "call_2", "action": {"type": "exec", "command": ["ls"]}},
        {"type": "shell_call", "id": "sh_1", "call_id": "call_3", "action": {"commands": ["ls"]}},
        {"type": "apply_patch_call", "id": "ap_1", "call_id": "call_4", "operation": {"type": "delete_file", "path": "a"}},
        {"type": "tool_search_call", "id": "ts_1", "call_id": null, "execution": "server", "arguments": {"goal": "tides"}},
        {"type": "compaction", "id": "cm_1", "encrypted_content": "x"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "data": "AAAA", "transcript": "Noon."}, {"type": "refusal", "refusal": "No."}]}]}"#,
    );
    assert_eq!(
        answered(&parsed.value),
        [
            r#"server calls web_search ws_1 {"type":"search","query":"tides"}"#,
            r#"server calls file_search fs_1 ["tides"]"#,
            "result fs_1 High at noon.",
            r#"server calls code_interpreter ci_1 "1 + x""#,
            "result ci_1 2 | image - at https://example.org/p.png",
            "<mcp_list_tools> harbour",
            r#"server calls tides mc_1 {"day":1}"#,
            "result mc_1 noon",
            "server calls tides mc_2 {}",
            "result mc_2 error down",
            "server calls close ma_1 {}",
            "server calls image_generation ig_1 {}",
            "image image/png base64 iVBORw0KGgo=",
            r#"server calls computer call_1 {"type":"click","x":1}"#,
            r#"server calls local_shell call_2 {"type":"exec","command":["ls"]}"#,
            r#"server calls shell call_3 {"commands":["ls"]}"#,
            r#"server calls apply_patch call_4 {"type":"delete_file","path":"a"}"#,
            r#"server calls tool_search ts_1 {"goal":"tides"}"#,
            "<compaction> cm_1",
            "refuses No.",
            "audio - base64 AAAA says Noon.",
        ]
    );
}

#[test]
fn a_server_tool_that_is_streamed_is_told_once() {
    let item = r#""item": {"type": "code_interpreter_call", "id": "ci_1", "code": "1 + x", "outputs": [{"type": "logs", "logs": "2"}]}"#;
    let done = format!(r#"{{"type": "response.output_item.done", "output_index": 0, {item}}}"#);
    let completed = format!(
        r#"{{"type": "response.completed", "response": {{"status": "completed", "output": [{}]}}}}"#,
        item.trim_start_matches(r#""item": "#)
    );
    let parsed = stream(
        URL,
        "{}",
        &[
            r#"{"type": "response.output_item.added", "output_index": 0, "item": {"type": "code_interpreter_call", "id": "ci_1", "code": "", "outputs": null}}"#,
            r#"{"type": "response.code_interpreter_call.in_progress", "output_index": 0, "item_id": "ci_1"}"#,
            r#"{"type": "response.code_interpreter_call_code.delta", "output_index": 0, "item_id": "ci_1", "delta": "1 + x"}"#,
            &done,
            &completed,
        ],
    );
    assert_eq!(answered(&parsed.value), [r#"server calls code_interpreter ci_1 "1 + x""#, "result ci_1 2"]);
}

#[test]
fn a_request_is_a_text_or_a_list_of_items() {
    let answer = r#"{"object": "response", "status": "completed"}"#;
    let parsed = whole(
        URL,
        r#"{"model": "m", "instructions": "Be brief.", "input": "Hi", "previous_response_id": "resp_0", "store": false}"#,
        answer,
    );
    assert_eq!(asked(&parsed.value), ["system: Be brief.", "user: Hi"]);
    assert_eq!(parsed.value.prompt.previous.as_ref().unwrap().as_str(), "resp_0");
    let names: Vec<_> = parsed.value.prompt.parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["previous_response_id", "store"]);
    let parsed = whole(
        URL,
        r#"{"input": [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "What is this?"},
            {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
            {"type": "input_file", "file_id": "file_1", "filename": "a.pdf"},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "A buoy."}]},
        {"type": "function_call", "call_id": "call_1", "name": "find", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "[1]"},
        {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "two"}]},
        {"type": "item_reference", "id": "msg_1"}]}"#,
        answer,
    );
    assert_eq!(
        asked(&parsed.value),
        [
            "system: Be brief.",
            "user: What is this?",
            "user: image image/png base64 iVBORw0KGgo=",
            "user: file - id file_1",
            "user: audio audio/wav base64 AAAA",
            "assistant: thinking Hm",
            "assistant: A buoy.",
            "assistant: calls find call_1 {}",
            "tool: result call_1 [1]",
            "tool: result call_2 two",
            "assistant: <item_reference> msg_1",
        ]
    );
    let roles: Vec<_> = parsed.value.prompt.messages.iter().map(|message| message.parts.len()).collect();
    assert_eq!(roles, [1, 4, 3, 1, 1, 1], "one turn of the model is one message");
}

#[test]
fn tools_on_offer_have_a_name_or_a_type() {
    let parsed = whole(
        URL,
        r#"{"tools": [
        {"type": "function", "name": "add", "parameters": {"type": "object"}},
        {"type": "custom", "name": "run", "description": "Runs it."},
        {"type": "namespace", "name": "harbour", "tools": [{"type": "function", "name": "tides"}]},
        {"type": "mcp", "server_label": "harbour", "server_url": "https://example.org"},
        {"type": "web_search"}]}"#,
        r#"{"status": "completed"}"#,
    );
    let names: Vec<_> = parsed.value.prompt.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["add", "run", "tides", "mcp", "web_search"]);
}

#[test]
fn a_stored_response_that_is_fetched_is_no_generation_call() {
    use super::super::{Answered, Call, Url, json};
    let body = json(&Text::made(r#"{"object": "response", "status": "completed"}"#)).unwrap();
    let url = Url::new("https://api.openai.com/v1/responses/resp_1");
    let call = Call {
        method: "GET",
        url,
        request: None,
        status: Some(200),
        headers: &[],
        response: Answered::Whole(body.node()),
    };
    assert!(super::super::read(&call).is_none());
}

#[test]
fn a_sound_in_pieces_is_told_once() {
    let audio = r#"{"type": "message", "id": "msg_1", "content": [{"type": "output_audio", "data": "AAAAAAAB", "transcript": "Noon."}]}"#;
    let done = format!(r#"{{"type": "response.output_item.done", "output_index": 0, "item": {audio}}}"#);
    let completed = format!(
        r#"{{"type": "response.completed", "response": {{"status": "completed", "output": [{audio}]}}}}"#
    );
    let parsed = stream(
        URL,
        "{}",
        &[
            r#"{"type": "response.audio.delta", "delta": "AAAA"}"#,
            r#"{"type": "response.audio.transcript.delta", "delta": "No"}"#,
            r#"{"type": "response.audio.delta", "delta": "AAAB"}"#,
            r#"{"type": "response.audio.transcript.delta", "delta": "on."}"#,
            &done,
            &completed,
        ],
    );
    assert_eq!(answered(&parsed.value), ["audio - base64 AAAAAAAB says Noon."]);
    let whole = whole(URL, "{}", &format!(r#"{{"status": "completed", "output": [{audio}]}}"#));
    assert_eq!(answered(&whole.value), ["audio - base64 AAAAAAAB says Noon."]);
}
