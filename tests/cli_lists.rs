//! `ls`, `tools`, `usage` and `grep` as their users meet them.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Ran, cassette, folder, unscrubbed};

/// Nothing is called in it.
const EMBEDDINGS: &str = "samples/vcrpy/openai-other-calls.yaml";

const TOOLS: &str = "samples/go-vcr/openai-parallel-tools.yaml";

fn answer(arguments: &[&str]) -> Value {
    let ran = cassette(&[arguments, &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// Returns one field of each row.
fn each<'v>(rows: &'v Value, field: &str) -> Vec<&'v Value> {
    rows.as_array().unwrap().iter().map(|row| &row[field]).collect()
}

/// A HAR of chat calls: each with the second it begins at, what is asked, and the message that comes back.
fn har(calls: &[(u32, Value, Value)]) -> (tempfile::TempDir, String) {
    let entry = |(second, asked, message): &(u32, Value, Value)| {
        let (asked, answered) = (
            asked.to_string(),
            json!({"object": "chat.completion", "choices": [{"index": 0, "message": message}]}).to_string(),
        );
        json!({
            "startedDateTime": format!("2025-10-09T18:04:{second:02}.000Z"), "time": 1500,
            "request": {"method": "POST", "url": "https://api.openai.com/v1/chat/completions", "headers": [],
                "postData": {"mimeType": "application/json", "text": asked}},
            "response": {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": answered}},
        })
    };
    let log = json!({"log": {"version": "1.2", "entries": calls.iter().map(entry).collect::<Vec<_>>()}});
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.har");
    fs::write(&path, log.to_string()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn filters_choose_cassettes_by_what_one_interaction_has() {
    let paths = |arguments: &[&str]| {
        let listing = answer(&[&["ls", "samples/go-vcr"], arguments].concat());
        each(&listing["cassettes"], "path")
            .into_iter()
            .map(|path| path.as_str().unwrap().rsplit('/').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(&["--provider", "xai"]), ["xai-whole-tools-v1.yaml"]);
    assert_eq!(paths(&["--model", "JAMBA"]), ["ai21-crlf-stream.yaml"]);
    assert_eq!(paths(&["--status", "429"]), ["openai-rate-limit.yaml"]);
    assert_eq!(paths(&["--status", "4xx", "--status", "5xx"]), ["openai-rate-limit.yaml"]);
    assert_eq!(paths(&["--host", "groq.com", "--has", "tools"]), ["groq-whole-call-deltas.yaml"]);
    assert_eq!(
        paths(&["--has", "stream", "--has", "error", "--provider", "groq"]),
        ["groq-midstream-error.yaml"]
    );
    // One interaction is limited, the other is answered: none is both.
    assert_eq!(paths(&["--status", "429", "--has", "stream"]), Vec::<String>::new());
}

#[test]
fn lists_are_sorted_on_demand() {
    let sizes = |arguments: &[&str]| {
        let listing = answer(&[&["ls", "samples/go-vcr"], arguments].concat());
        each(&listing["cassettes"], "bytes")
            .into_iter()
            .map(|size| size.as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert!(sizes(&["--sort", "size"]).is_sorted_by(|one, next| one >= next));
    assert!(sizes(&["--sort", "size", "--reverse"]).is_sorted());
}

#[test]
fn a_long_list_has_a_line_for_each_interaction() {
    let listing = answer(&["ls", "-l", TOOLS, "--has", "tools"]);
    let entries = &listing["cassettes"][0]["entries"];
    assert_eq!(each(entries, "interaction"), [0]);
    assert_eq!(entries[0]["tools"], json!(["tide_table", "lamp_oil"]));
    assert_eq!(entries[0]["tokens"], 164);
    let csv = cassette(&["ls", "-l", TOOLS, "--format", "csv"]).out;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("path,interaction,conversation,method,host,status,"), "{csv}");
}

#[test]
fn a_cassette_that_cannot_be_read_is_listed_as_such() {
    let ran = cassette(&["ls", "nowhere.yaml", TOOLS, "--format", "json"]);
    assert_eq!(ran.code, 2);
    let listing: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(listing["cassettes"][0]["error"]["message"].as_str().unwrap().contains("no such file"));
    for command in ["tools", "usage"] {
        let ran = cassette(&[command, "nowhere.yaml", TOOLS, "--format", "json"]);
        assert_eq!(ran.code, 2);
        let told: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(told["unreadable"][0]["path"], "nowhere.yaml");
    }
}

#[test]
fn calls_are_listed_with_their_results() {
    let tools = answer(&["tools", TOOLS]);
    let calls = &tools["calls"];
    assert_eq!(tools["schema_version"], 1);
    assert_eq!(each(calls, "name"), ["tide_table", "lamp_oil"]);
    assert_eq!(calls[1]["arguments"], json!({"tank": "north"}));
    assert_eq!(
        calls[1]["results"],
        json!([{"interaction": 1, "text": "{\"litres\":38,\"per_hour\":3}", "error": false}])
    );
    assert_eq!(each(&answer(&["tools", TOOLS, "--name", "oil"])["calls"], "name"), ["lamp_oil"]);
    assert_eq!(answer(&["tools", TOOLS, "--failed"])["calls"], json!([]));
    let offered = answer(&["tools", TOOLS, "--definitions"]);
    assert_eq!(each(&offered["tools"], "calls"), [1, 1]);
}

#[test]
fn arguments_are_held_against_the_declared_schema_and_results_against_the_clock() {
    let tool = json!({"type": "function", "function": {"name": "tide", "parameters":
        {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}});
    let call = |id: &str, name: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let user = json!({"role": "user", "content": "Tide?"});
    let made = json!({"role": "assistant", "content": null, "tool_calls": [
        call("c1", "tide", "{\"port\": \"Oban\"}"), call("c2", "tide", "{\"port\": 7}"),
        call("c3", "ebb", "{}"), call("c4", "tide", "{\"port\": \"Ob")]});
    let ask = |messages: Value| json!({"model": "m", "messages": messages, "tools": [tool]});
    let result = json!({"role": "tool", "tool_call_id": "c1", "content": "3.9"});
    let stray = json!({"role": "tool", "tool_call_id": "c9", "content": "?"});
    let (_folder, path) = har(&[
        (10, ask(json!([user])), made.clone()),
        (14, ask(json!([user, made, result, stray])), json!({"role": "assistant", "content": "High."})),
    ]);
    let calls = &answer(&["tools", &path])["calls"];
    assert_eq!(each(calls, "id"), ["c1", "c2", "c3", "c4", "c9"]);
    assert_eq!(each(calls, "told_by"), ["answer", "answer", "answer", "answer", "none"]);
    assert_eq!(calls[0]["duration_ms"], 2500.0);
    assert_eq!(calls[1]["mismatches"], json!(["port: is integer, not string"]));
    assert_eq!((&calls[2]["declared"], &calls[2]["mismatches"]), (&json!(false), &json!([])));
    assert_eq!(calls[3]["mismatches"], json!(["no whole JSON"]));
    assert_eq!(each(&answer(&["tools", &path, "--failed"])["calls"], "id"), ["c2", "c4"]);
    let text = cassette(&["tools", &path, "--width", "200"]).out;
    for words in
        ["no result", "no call", "not on offer", "2.5 s", "4 calls · 1 answered · 1 result without a call"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn tokens_are_added_up_as_asked() {
    let sums = |by: &str| answer(&["usage", "samples/go-vcr", "--by", by]);
    let total = sums("file")["total"]["tokens"].clone();
    for by in ["interaction", "file", "model", "provider", "directory"] {
        let told = sums(by);
        assert_eq!((&told["by"], &told["total"]["tokens"]), (&json!(by), &total));
        let rows = each(&told["rows"], "tokens");
        assert_eq!(rows.iter().filter_map(|tokens| tokens.as_u64()).sum::<u64>(), total.as_u64().unwrap());
    }
    assert_eq!(each(&sums("directory")["rows"], "name"), ["samples/go-vcr"]);
}

#[test]
fn money_is_told_by_the_list_of_prices_and_what_has_no_price_is_named() {
    let told = answer(&["usage", TOOLS, "--cost"]);
    // 315 tokens read and 80 written by gpt-4.1-mini.
    let cost = told["total"]["cost"].as_f64().unwrap();
    assert!((cost - (315.0 * 0.4 + 80.0 * 1.6) / 1e6).abs() < 1e-12, "{cost}");
    assert!(told["prices"].as_str().unwrap().contains("as of"));

    let folder = tempfile::tempdir().unwrap();
    let prices = folder.path().join("prices.json");
    let list = json!({"other": {"litellm_provider": "openai", "input_cost_per_token": 1, "output_cost_per_token": 1}});
    fs::write(&prices, list.to_string()).unwrap();
    let own = ["usage", TOOLS, "--prices", prices.to_str().unwrap()];
    let told = answer(&own);
    assert_eq!((&told["total"]["cost"], &told["total"]["unpriced"]), (&Value::Null, &json!(2)));
    assert_eq!(told["unpriced"], json!(["gpt-4.1-mini (openai)"]));
    let text = cassette(&own).out;
    assert!(
        text.contains("no price for 2 requests: gpt-4.1-mini (openai)") && !text.contains("$0"),
        "{text}"
    );

    fs::write(&prices, "[]").unwrap();
    let ran = cassette(&own);
    assert!(ran.code == 2 && ran.err.contains("cannot use `"), "{}", ran.err);
}

#[test]
fn what_is_fetched_again_is_counted_once() {
    let told = answer(&["usage", "samples/vcrpy/openai-responses-background.yaml", "--by", "interaction"]);
    let counted = each(&told["rows"], "tokens").into_iter().filter(|tokens| tokens.is_u64()).count();
    assert_eq!(counted, 1);
}

fn lines(ran: &Ran) -> Vec<&str> {
    ran.out.lines().collect()
}

#[test]
fn a_text_in_pieces_is_found_where_its_first_piece_stands() {
    let ran = cassette(&["grep", "litres at 3", TOOLS]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let [hit] = lines(&ran)[..] else { unreachable!("{}", ran.out) };
    let rest = hit.strip_prefix(&format!("{TOOLS}:")).unwrap();
    let (line, rest) = rest.split_once(": ").unwrap();
    assert!(rest.starts_with("#1 assistant "), "{hit}");
    let file = fs::read_to_string(TOOLS).unwrap();
    let source = file.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
    assert!(source.contains("litres") && !source.contains("litres at 3"), "{source}");
}

#[test]
fn what_is_packed_is_found_on_the_line_of_its_wrapping() {
    let sample = "samples/vcrpy/openai-gzip.yaml";
    let file = fs::read_to_string(sample).unwrap();
    let said = answer(&["show", sample])["cassettes"][0]["interactions"][0]["response"]["text"].clone();
    let word = said.as_str().unwrap().split_whitespace().next().unwrap();
    let found = answer(&["grep", "-F", word, sample, "--role", "assistant"]);
    let line = usize::try_from(found["hits"][0]["line"].as_u64().unwrap()).unwrap();
    let wrapping = file.lines().position(|line| line.contains("!!binary")).unwrap() + 1;
    assert!(line == wrapping || line == wrapping + 1, "{line}, not {wrapping}");
}

#[test]
fn grep_exits_like_grep() {
    assert_eq!(cassette(&["grep", "tide", TOOLS]).code, 0);
    let none = cassette(&["grep", "xyzzy", TOOLS]);
    assert_eq!((none.code, none.out.as_str(), none.err.as_str()), (1, "", ""));
    assert_eq!(cassette(&["grep", "tide", "nowhere.yaml", TOOLS]).code, 2);
    assert_eq!(cassette(&["grep", "(", TOOLS]).code, 2);
    assert_eq!(cassette(&["grep", "-F", "(", TOOLS]).code, 1);
}

#[test]
fn grep_narrows_counts_and_names() {
    let all = cassette(&["grep", "-c", "-i", "TIDE", TOOLS]);
    assert_eq!(all.out, format!("{TOOLS}:2\n"));
    assert_eq!(cassette(&["grep", "-c", "TIDE", TOOLS]).code, 1);
    let full = cassette(&["grep", "-c", "--full", "tide", TOOLS]);
    assert_eq!(full.out, format!("{TOOLS}:4\n"));
    assert_eq!(cassette(&["grep", "-l", "tide", TOOLS]).out, format!("{TOOLS}\n"));
    let roles = answer(&["grep", "tide|lamp", TOOLS, "--role", "user", "--role", "system"]);
    assert_eq!(each(&roles["hits"], "role"), ["user"]);
    let body = cassette(&["grep", "embedding", "samples/vcrpy/openai-other-calls.yaml", "--role", "body"]);
    assert!(body.out.contains("#1 body"), "{}", body.out);
}

#[test]
fn grep_masks_a_key_that_is_the_name_of_a_member() {
    let key = "sk-proj-7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W";
    let text = format!(
        "interactions:\n- request: {{body: '{{\"{key}\": \"opens it\"}}', headers: {{}}, method: POST, uri: https://x/}}\n  response: {{body: {{string: ''}}, headers: {{}}, status: {{code: 200, message: OK}}}}\nversion: 1\n"
    );
    let folder = folder(&[("a.yaml", &text)]);
    let path = folder.path().join("a.yaml");
    for format in ["text", "json"] {
        let ran = cassette(&["grep", "--format", format, "opens", path.to_str().unwrap()]);
        assert!(ran.code == 0 && ran.out.contains("‹masked›: opens it"), "{}", ran.out);
        assert!(!ran.out.contains(key), "{}", ran.out);
    }
}

#[test]
fn grep_masks_what_show_masks() {
    let (folder, key) = unscrubbed();
    let (sample, key) = (folder.path().join("a.yaml"), key.as_str());
    let sample = sample.to_str().unwrap();
    let ran = cassette(&["grep", "Bearer", sample, "--role", "header"]);
    assert!(ran.out.contains("Authorization: Bearer ‹masked›"), "{}", ran.out);
    let ran = cassette(&["grep", "-F", key, sample, "--role", "header", "--format", "json"]);
    assert!(ran.code == 0 && !ran.out.contains(key), "{}", ran.out);
    assert!(cassette(&["grep", "-F", key, sample, "--role", "header", "--show-secrets"]).out.contains(key));
}

#[test]
fn tables_fit_the_width_and_are_whole_for_other_programs() {
    for command in [&["ls"][..], &["ls", "-l"], &["tools"], &["tools", "--definitions"], &["usage", "--cost"]]
    {
        for width in [60, 80, 140] {
            let width_text = width.to_string();
            let ran = cassette(&[command, &["samples/vcrpy", "--width", &width_text]].concat());
            let wide = ran.out.lines().find(|line| textwrap::core::display_width(line) > width);
            assert_eq!(wide, None, "{command:?}");
        }
        let piped = cassette(&[command, &["samples/vcrpy"]].concat()).out;
        assert!(!piped.contains("…") || command == ["tools"], "{piped}");
        let markdown = cassette(&[command, &["samples/vcrpy", "--format", "markdown"]].concat()).out;
        assert!(markdown.starts_with("| "), "{markdown}");
    }
}

#[test]
fn a_table_without_rows_is_left_out() {
    let ran = cassette(&["tools", EMBEDDINGS]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "0 calls\n"));
    let ran = cassette(&["usage", "--cost", "no/such/file"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
}
