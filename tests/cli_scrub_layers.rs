//! `cassette scrub` in what stands in something else: encodings in texts, pieces of texts, files beside the cassette. And
//! what it does where it cannot look.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::support::{Ran, command, folder, run};

/// No key of anyone: what a key looks like.
const KEY: &str = "ghp_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2";
/// A part of it that is long enough to be told.
const PIECES: [&str; 4] = ["ghp_7hYt5", "Rw2Qp9Lm3Kj", "8Hg46Fd1Sa0", "Zx7Cv5Bn2"];

fn scrub(folder: &Path, arguments: &[&str]) -> Ran {
    let mut whole = vec!["scrub"];
    whole.extend(arguments);
    run(command(&whole).current_dir(folder).output().unwrap())
}

/// A vcrpy cassette with a body in the answer.
fn answer(body: &str) -> String {
    answer_as("application/json", "https://api.example.com/v1/x", body)
}

fn answer_as(content_type: &str, address: &str, body: &str) -> String {
    let body = serde_json::to_string(body).unwrap();
    format!(
        "interactions:\n- request: {{body: '', headers: {{}}, method: GET, uri: '{address}'}}\n  response: {{body: {{string: {body}}}, headers: {{Content-Type: [{content_type}]}}, status: {{code: 200, message: OK}}}}\nversion: 1\n"
    )
}

/// Returns what scrubbing makes of a cassette.
#[track_caller]
fn scrubbed(text: &str) -> String {
    let folder = folder(&[("a.yaml", text)]);
    let ran = scrub(folder.path(), &["a.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let again = scrub(folder.path(), &["--check", "a.yaml"]);
    assert_eq!(again.code, 0, "{}", again.out);
    fs::read_to_string(folder.path().join("a.yaml")).unwrap()
}

/// Asserts that nothing of the key stays in a cassette, and returns what scrubbing makes of it.
#[track_caller]
fn without_key(text: &str) -> String {
    let new = scrubbed(text);
    for piece in PIECES {
        assert!(!new.contains(piece), "{piece} in {new}");
    }
    assert!(new.contains("REDACTED"), "{new}");
    new
}

fn sse(events: &[String]) -> String {
    let mut body = String::new();
    for event in events {
        let _ = write!(body, "data: {event}\n\n");
    }
    answer_as("text/event-stream", "https://api.example.com/v1/x", &body)
}

#[test]
fn a_token_goes_as_a_whole_where_something_in_its_base64_is_to_go_as_well() {
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let claims = r#"{"sub":"ada","organization_id":"org-7hYt5Rw2Qp9Lm3Kj8Hg46Fd1","exp":1}"#;
    let token =
        format!("{}.{}.7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W", part(r#"{"alg":"RS256"}"#), part(claims));
    let basic = STANDARD.encode(format!("ada:{KEY}"));
    let inner = STANDARD.encode(format!(r#"{{"k":"{KEY}","z":1}}"#));
    for (text, wanted) in [
        (format!("the token is {token} ok"), "the token is REDACTED ok"),
        (format!("Authorization: Basic {basic}"), "Authorization: Basic REDACTED"),
        (format!("https://x.example/?api_key={inner}"), "https://x.example/?api_key=REDACTED"),
    ] {
        let body = |text: &str| answer(&serde_json::json!({ "text": text }).to_string());
        assert_eq!(scrubbed(&body(&text)), body(wanted));
    }
}

#[test]
fn a_credential_goes_although_an_identity_around_it_stays() {
    let text = format!(
        "interactions:\n- request: {{body: '{{\"organization\": \"{KEY}\"}}', headers: {{}}, method: POST, uri: https://x/y}}\n  response: {{body: {{string: '{{\"organization\": \"see {KEY}\"}}'}}, headers: {{}}, status: {{code: 200, message: OK}}}}\nversion: 1\n"
    );
    without_key(&text);
}

#[test]
fn notes_are_looked_at_from_their_first_byte_where_bodies_lie_in_files_beside() {
    let har = format!(
        r#"{{"log": {{"version": "1.2", "creator": {{"name": "{KEY}", "version": "1"}}, "entries": [{{"startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "request": {{"method": "GET", "url": "https://x/y", "headers": [], "queryString": [], "cookies": []}}, "response": {{"status": 200, "statusText": "OK", "headers": [], "cookies": [], "content": {{"size": 400, "mimeType": "text/plain", "_file": "b.txt"}}}}}}]}}}}"#
    );
    let folder = folder(&[("a.har", &har), ("b.txt", &"hello ".repeat(200))]);
    assert_eq!(scrub(folder.path(), &["a.har"]).code, 0);
    assert_eq!(fs::read_to_string(folder.path().join("a.har")).unwrap(), har.replace(KEY, "REDACTED"));
}

#[test]
fn a_cassette_in_another_charset_is_an_error_and_a_picture_is_none() {
    let text = answer("caf\u{e9}");
    let utf_16: Vec<u8> =
        "\u{feff}".chars().chain(text.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect();
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let picture =
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR interactions: request: response: ".as_slice(), &[0xFF; 40]].concat();
    for (name, bytes, code) in [("a.yaml", utf_16, 2), ("b.yaml", latin, 2), ("c.yaml", picture, 0)] {
        let folder = folder(&[("good.yaml", &answer("ok"))]);
        fs::write(folder.path().join(name), bytes).unwrap();
        let ran = scrub(folder.path(), &["."]);
        assert_eq!(ran.code, code, "{name}: {}", ran.err);
    }
}

#[test]
fn what_begins_like_an_address_of_data_is_looked_at_unless_it_is_a_picture() {
    let body = |text: &str| answer(&serde_json::json!({ "text": text }).to_string());
    without_key(&body(&format!("data: my key, they say, is {KEY}")));
    without_key(&body(&format!("data:text/plain,{KEY}")));
    let packed = STANDARD.encode(format!(r#"{{"token": "{KEY}"}}"#));
    let new = scrubbed(&body(&format!("data:application/json;base64,{packed}")));
    assert!(!new.contains(&packed), "{new}");
    let picture = body(&format!("data:image/png;base64,/{KEY}/"));
    assert_eq!(scrubbed(&picture), picture);
}

#[test]
fn names_of_parameters_and_base64_that_ends_like_a_form_are_looked_at() {
    without_key(&answer_as("text/plain", &format!("https://x/y?{KEY}=1"), "ok"));
    without_key(&answer_as("application/x-www-form-urlencoded", "https://x/y", &format!("{KEY}=1&a=b")));
    let packed = STANDARD.encode(format!("it is {KEY}."));
    assert!(packed.ends_with('='));
    for text in [
        answer_as("text/plain", "https://x/y", &packed),
        answer_as("text/plain", &format!("https://x/some/{}/there", packed.trim_end_matches('=')), "ok"),
    ] {
        assert!(!scrubbed(&text).contains(&packed[12..40]));
    }
}

#[test]
fn keys_in_pieces_go_whatever_tells_the_pieces_apart() {
    let each = |event: fn(usize, &str) -> String| -> Vec<String> {
        PIECES.iter().enumerate().map(|(at, piece)| event(at, piece)).collect()
    };
    for events in [
        // The number is that of the piece.
        each(|at, piece| format!(r#"{{"index": {at}, "token": {{"text": "{piece}", "logprob": -0.5}}}}"#)),
        // A string of JSON, and a text.
        each(|_, piece| format!(r#""{piece}""#)),
        each(|_, piece| piece.to_owned()),
        // Two parts in one event, and one behind a thought.
        vec![
            format!(
                r#"{{"candidates": [{{"index": 0, "content": {{"parts": [{{"text": "{}"}}, {{"text": "{}"}}]}}}}]}}"#,
                PIECES[0], PIECES[1]
            ),
            format!(
                r#"{{"candidates": [{{"index": 0, "content": {{"parts": [{{"text": "hm", "thought": true}}, {{"text": "{}"}}]}}}}]}}"#,
                PIECES[2]
            ),
            format!(
                r#"{{"candidates": [{{"index": 0, "content": {{"parts": [{{"text": "{}"}}]}}}}]}}"#,
                PIECES[3]
            ),
        ],
        // All of the text so far.
        (0..4).map(|last| format!(r#"{{"text": "say {}"}}"#, PIECES[..=last].concat())).collect(),
        // A piece beside its probability.
        each(|_, piece| {
            format!(
                r#"{{"choices": [{{"index": 0, "logprobs": {{"content": [{{"token": "{piece}", "logprob": -0.5, "top_logprobs": []}}]}}}}]}}"#
            )
        }),
    ] {
        without_key(&sse(&events));
    }
    let quoted: Vec<String> = PIECES.iter().map(|piece| format!(r#""{piece}""#)).collect();
    without_key(&answer(&format!(r#"{{"status": "succeeded", "output": ["say ", {}]}}"#, quoted.join(", "))));
    let tokens: Vec<String> =
        quoted.iter().map(|piece| format!(r#"{{"token": {piece}, "logprob": -0.5}}"#)).collect();
    without_key(&answer(&format!(
        r#"{{"choices": [{{"logprobs": {{"content": [{}]}}}}]}}"#,
        tokens.join(", ")
    )));
    let lines: Vec<String> = quoted.iter().map(|piece| format!("0:{piece}\n")).collect();
    without_key(&answer_as(
        "text/plain",
        "https://x/y",
        &(lines.concat() + "d:{\"finishReason\":\"stop\"}\n"),
    ));
}

#[test]
fn ids_of_calls_side_by_side_are_no_pieces_of_one() {
    let ids = ["call_7hYt5Rw2Qp9Lm3Kj8Hg46Fd1", "call_Sa0Zx7Cv5Bn2Mq4W9xL3nR2y"];
    let call = |(at, id): (usize, &&str)| {
        format!(
            r#"{{"object": "chat.completion.chunk", "choices": [{{"index": 0, "delta": {{"tool_calls": [{{"index": {at}, "id": "{id}", "type": "function", "function": {{"name": "f", "arguments": "{{}}"}}}}]}}}}]}}"#
        )
    };
    let text = sse(&ids.iter().enumerate().map(call).collect::<Vec<_>>());
    let folder = folder(&[("a.yaml", &text)]);
    assert_eq!(scrub(folder.path(), &["--preset", "secrets,ids", "a.yaml"]).code, 0);
    let new = fs::read_to_string(folder.path().join("a.yaml")).unwrap();
    assert_eq!(new.matches("call_").count(), 2, "{new}");
    assert_eq!(new.len(), text.len());
    assert!(ids.iter().all(|id| !new.contains(id)), "{new}");
}

#[test]
fn lists_that_are_no_pieces_of_a_text_are_not_joined() {
    let text = answer(r#"{"args": ["OPENAI_API_KEY=9xL3nR2yT7vQ4kM8", "m3Kj8Hg46Fd1", "x"]}"#);
    assert_eq!(scrubbed(&text), text.replace("9xL3nR2yT7vQ4kM8", "REDACTED"));
}

#[test]
fn base64_in_comments_and_keys_that_are_lists_are_looked_at() {
    let packed = STANDARD.encode(format!("key {KEY}"));
    let text = format!("# {packed}\n{}", answer("ok"));
    assert_eq!(scrubbed(&text).split_once('\n').unwrap().1, answer("ok"));
    assert!(!scrubbed(&text).contains(&packed[8..40]));
    let text = answer("ok").replace("version: 1", &format!("? [a, {KEY}]\n: [{KEY}]\nversion: 1"));
    assert_eq!(scrubbed(&text), text.replace(KEY, "REDACTED"));
}

#[test]
fn named_values_go_from_sections_of_xml_that_are_not_escaped() {
    let body = |value: &str| {
        answer_as("text/xml", "https://x/y", &format!("<a><Password><![CDATA[{value}]]></Password></a>"))
    };
    assert_eq!(scrubbed(&body("hunter2<hunter3")), body("REDACTED"));
}

#[test]
fn what_is_too_deep_to_be_looked_at_is_an_error_and_is_not_shown() {
    let mut packed = KEY.to_owned();
    for _ in 0..14 {
        packed = STANDARD.encode(packed);
    }
    // Texts in texts, each with as many lists around the next one as there may be.
    let mut nested = KEY.to_owned();
    for _ in 0..5 {
        nested = format!("{}{}{}", "[".repeat(480), serde_json::to_string(&nested).unwrap(), "]".repeat(480));
    }
    for body in [packed, nested] {
        let text = answer(&serde_json::json!({ "text": body }).to_string());
        let folder = folder(&[("a.yaml", &text), ("b.yaml", &text)]);
        for arguments in [["scrub", "--check", "."], ["show", "--full", "."], ["scrub", "--quiet", "."]] {
            let ran = run(command(&arguments).current_dir(folder.path()).output().unwrap());
            assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.out, ran.err);
            assert!(!ran.out.contains(&body[..40]), "{}", ran.out);
        }
        assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), text);
    }
}

#[test]
fn aliases_that_repeat_a_value_without_end_are_looked_at_once() {
    let mut body = format!("a0: &a0 [{KEY}, x, x, x, x, x, x, x, x, x]");
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        let _ = write!(body, ", a{level}: &a{level} [{}]", vec![before; 10].join(", "));
    }
    let text = answer("ok").replace("body: ''", &format!("body: {{{body}}}"));
    assert_eq!(scrubbed(&text), text.replace(KEY, "REDACTED"));
}
