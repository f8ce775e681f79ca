//! Tests of comparing: calls made up, and what is told of them, a line each.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::{Change, Difference, Known, Options, Severity, Value, compare};
use crate::load::{self, Recording};
use crate::text::SourceId;

/// Returns a recording of calls: request, and the response as JSON or, if it is a list, as a stream of events.
fn recording(calls: &[(Json, Json)]) -> Recording {
    let interactions: Vec<_> = calls
        .iter()
        .map(|(asked, answered)| {
            let body = match answered {
                Json::Array(events) => {
                    let events: Vec<_> = events.iter().map(|event| format!("data: {event}\n\n")).collect();
                    events.concat()
                }
                whole => whole.to_string(),
            };
            let kind = if answered.is_array() { "text/event-stream" } else { "application/json" };
            json!({"request": {"method": "POST", "uri": "https://api.openai.com/v1/chat/completions",
                    "body": asked.to_string(), "headers": {}},
                "response": {"status": {"code": 200, "message": "OK"}, "headers": {"content-type": [kind]},
                    "body": {"string": body}}})
        })
        .collect();
    let cassette = json!({"interactions": interactions, "version": 1}).to_string();
    load::read(SourceId(0), cassette.into_bytes(), None).unwrap()
}

fn line(difference: &Difference) -> String {
    let value = |value: Option<&Value>| match value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Json(json)) => json.to_string(),
        Some(Value::Bytes(count)) => format!("{count} bytes"),
        Some(Value::Nothing) | None => String::new(),
    };
    let change = match &difference.change {
        Change::Added(_) => format!("+ {}", value(difference.change.is())),
        Change::Removed(_) => format!("- {}", value(difference.change.was())),
        Change::Changed(..) => {
            format!("{} → {}", value(difference.change.was()), value(difference.change.is()))
        }
        Change::Moved => "moved".to_owned(),
    };
    let severity = match difference.severity {
        Some(Severity::High) => " !",
        Some(Severity::Medium | Severity::Low) | None => "",
    };
    let again = if difference.told_at.is_some() { " again" } else { "" };
    format!("{} {} {change}{severity}{again}", difference.class.name(), difference.place)
}

/// Returns all that is told, noise too.
fn told(old: &[(Json, Json)], new: &[(Json, Json)]) -> Vec<String> {
    let (old, new) = (recording(old), recording(new));
    let diff = compare(&old, &new, &Known::default(), Options::default());
    diff.all().map(|(_, difference)| line(difference)).collect()
}

fn asked(content: &str) -> Json {
    json!({"model": "m", "messages": [{"role": "user", "content": content}]})
}

fn answer(content: &str) -> Json {
    json!({"object": "chat.completion", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]})
}

fn chunk(delta: &Json) -> Json {
    json!({"object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, "delta": delta}]})
}

#[test]
fn what_no_protocol_knows_is_told_too() {
    let (mut old, mut new) = (asked("Lit?"), asked("Lit?"));
    old["lighthouse"] = json!({"rock": 1, "keepers": ["ada", "mary"]});
    new["lighthouse"] = json!({"rock": 2, "keepers": ["ada", "mary", "grace"]});
    let (mut one, mut other) = (answer("Yes."), answer("Yes."));
    one["choices"][0]["lamp"] = json!("oil");
    other["choices"][0]["lamp"] = json!("gas");
    assert_eq!(
        told(&[(old, one)], &[(new, other)]),
        [
            "parameter body.lighthouse.rock 1 → 2",
            "parameter body.lighthouse.keepers[2] + grace",
            "body body.choices[0].lamp oil → gas",
        ]
    );
}

#[test]
fn streams_are_the_answers_that_they_make_and_what_is_left_of_their_events() {
    let stream = |pieces: &[&str], tier: &str| {
        let piece = |text: &&str| {
            let mut chunk = chunk(&json!({"content": text}));
            chunk["service_tier"] = json!(tier);
            chunk["obfuscation"] = json!("x".repeat(pieces.len()));
            chunk
        };
        Json::Array(pieces.iter().map(piece).collect())
    };
    let call = |answer: Json| vec![(asked("Lit?"), answer)];
    let cut = ["The la", "mp is lit."];
    assert_eq!(
        told(&call(stream(&cut, "default")), &call(stream(&["The lamp", " is", " lit."], "default"))),
        ["obfuscation events.obfuscation xx → xxx", "chunks body 2 → 3"]
    );
    assert_eq!(
        told(&call(stream(&cut, "default")), &call(stream(&["The la", "mp is out."], "flex"))),
        ["text text The lamp is lit. → The lamp is out.", "body events.service_tier default → flex"]
    );
    assert_eq!(
        told(&call(stream(&cut, "default")), &call(answer("The lamp is lit."))),
        [
            "header headers.content-type text/event-stream → application/json",
            "stream body a stream → in one piece",
        ]
    );
}

#[test]
fn tools_are_known_by_their_names_and_what_may_break_is_marked() {
    let tool = |name: &str, kind: &str| {
        json!({"type": "function", "function": {"name": name, "parameters": {"type": "object",
            "properties": {"id": {"type": kind}}}}})
    };
    let with = |tools: &[Json]| {
        let mut asked = asked("Go.");
        asked["tools"] = json!(tools);
        vec![(asked, answer("Done."))]
    };
    let (wind, tide, count) = (tool("wind", "string"), tool("tide", "string"), tool("count", "string"));
    assert_eq!(
        told(&with(&[wind.clone(), tide.clone()]), &with(&[tool("wind", "number"), count.clone()])),
        [
            "tool body.tools[0].function.parameters.properties.id.type string → number !".to_owned(),
            format!("tool body.tools[1] - {tide} !"),
            format!("tool body.tools[1] + {count}"),
        ]
    );
    assert_eq!(
        told(&with(&[wind.clone(), tide.clone()]), &with(&[tide, wind])),
        ["tool body.tools[0] moved"]
    );
}

#[test]
fn what_a_tool_is_called_with_is_never_noise() {
    let call = |arguments: Json| {
        let call = json!({"id": "call_7hYt5Rw2Qp9L", "type": "function",
            "function": {"name": "look_up", "arguments": arguments.to_string()}});
        let mut answer = answer("");
        answer["choices"][0]["message"]["tool_calls"] = json!([call]);
        vec![(asked("Go."), answer)]
    };
    assert_eq!(
        told(
            &call(json!({"id": "7hYt5Rw2Qp9L", "created_at": 1_700_000_000})),
            &call(json!({"id": "8hYt5Rw2Qp9L", "created_at": 1_800_000_000}))
        ),
        [
            "tool-call body.choices[0].message.tool_calls[0].function.arguments.id 7hYt5Rw2Qp9L → 8hYt5Rw2Qp9L",
            "tool-call body.choices[0].message.tool_calls[0].function.arguments.created_at 1700000000 → 1800000000",
        ]
    );
}

#[test]
fn what_comes_back_with_later_requests_is_told_once() {
    let calls = |first: &str| {
        let mut second = asked("Lit?");
        let more =
            [json!({"role": "assistant", "content": first}), json!({"role": "user", "content": "Sure?"})];
        second["messages"].as_array_mut().unwrap().extend(more);
        vec![(asked("Lit?"), answer(first)), (second, answer("Quite sure."))]
    };
    assert_eq!(
        told(&calls("Yes, it is."), &calls("No, it is out.")),
        [
            "text body.choices[0].message.content Yes, it is. → No, it is out.",
            "message body.messages[1].content Yes, it is. → No, it is out. again",
        ]
    );
}

#[test]
fn a_call_that_is_new_gone_or_elsewhere_is_told_as_such() {
    let call = |text: &str| (asked(text), answer(&format!("{text} – yes.")));
    let [one, two, three] = ["Is the lamp lit?", "Is the oil dry?", "Who keeps the log?"].map(call);
    let all = [one.clone(), two.clone(), three.clone()];
    assert_eq!(told(&all, &[one.clone(), three.clone()]), ["interaction  - "]);
    assert_eq!(told(&[one.clone(), three.clone()], &all), ["interaction  + "]);
    assert_eq!(told(&all, &[three, one, two]), ["interaction  moved"]);
}

/// Returns a recording of the messages of a connection.
fn connection(messages: &[(&str, Json)]) -> Recording {
    let frames = messages
        .iter()
        .map(|(direction, data)| json!({"kind": "message", "direction": direction, "data": data}));
    let cassette = json!({"interactions": frames.collect::<Vec<_>>(), "version": 1}).to_string();
    load::read(SourceId(0), cassette.into_bytes(), None).unwrap()
}

/// Returns a turn: a question, and the answer in pieces.
fn turn(id: &str, asked: &str, answered: &[&str]) -> Vec<(&'static str, Json)> {
    let item = json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": asked}]});
    let delta = |(at, text): (usize, &&str)| {
        let event = format!("event_{id}{at}");
        (
            "received",
            json!({"type": "response.output_text.delta", "event_id": event, "response_id": id, "delta": text}),
        )
    };
    let mut messages = vec![
        ("sent", json!({"type": "conversation.item.create", "item": item})),
        ("sent", json!({"type": "response.create"})),
        ("received", json!({"type": "response.created", "response": {"id": id}})),
    ];
    messages.extend(answered.iter().enumerate().map(delta));
    messages.push((
        "received",
        json!({"type": "rate_limits.updated", "rate_limits": [{"remaining": answered.len()}]}),
    ));
    messages
        .push(("received", json!({"type": "response.done", "response": {"id": id, "status": "completed"}})));
    messages
}

#[test]
fn a_turn_of_a_connection_is_one_wherever_its_answer_is_cut() {
    let tides = turn("resp_bell0001", "When is high water?", &["At ten", " past four."]);
    let wind = turn("resp_bell0002", "And the wind?", &["South", "-west."]);
    let old = connection(&[tides.clone(), wind.clone()].concat());
    let told = |turns: &[Vec<(&str, Json)>]| {
        let diff = compare(&old, &connection(&turns.concat()), &Known::default(), Options::default());
        let drift = diff.all().filter(|(_, each)| !each.class.is_noise()).map(|(_, each)| line(each));
        drift.collect::<Vec<_>>()
    };
    let cut = turn("resp_gong0001", "When is high water?", &["At", " te", "n past", " four."]);
    assert_eq!(told(&[cut.clone(), wind.clone()]), [""; 0]);
    let other = turn("resp_gong0001", "When is high water?", &["At te", "n past five."]);
    assert_eq!(told(&[other, wind.clone()]), ["text text At ten past four. → At ten past five."]);
    let asked = turn("resp_gong0001", "When is low water?", &["At", " ten past", " four."]);
    assert_eq!(
        told(&[asked, wind.clone()]),
        ["message body[0].item.content[0].text When is high water? → When is low water?"]
    );
    let new = turn("resp_gong0003", "Thank you.", &["Fair ", "winds."]);
    assert_eq!(told(&[cut.clone(), wind.clone(), new]), ["interaction  + "]);
    assert_eq!(told(&[wind, cut.clone()]), ["interaction  moved"]);
    assert_eq!(told(&[cut]), ["interaction  - "]);
}

#[test]
fn a_message_in_another_role_is_the_same_message() {
    let asked = |role: &str| json!({"model": "m", "messages": [{"role": role, "content": "Keep the lamp lit until dawn."}]});
    let answer = json!({"choices": [{"message": {"role": "assistant", "content": "Aye."}}]});
    let old = [(asked("system"), answer.clone())];
    assert_eq!(
        told(&old, &[(asked("developer"), answer)]),
        ["message body.messages[0].role system → developer"]
    );
}

#[test]
fn what_an_answer_has_no_more_is_not_named_by_what_stands_beside_it() {
    let asked = json!({"model": "m", "messages": [{"role": "user", "content": "Is the lamp lit?"}]});
    let answer = |more: &Json| {
        let mut choice = json!({"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Aye, it is."}});
        choice.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"choices": [choice]})
    };
    let old = [(asked.clone(), answer(&json!({"score": 0.25})))];
    assert_eq!(told(&old, &[(asked, answer(&json!({})))]), ["body body.choices[0].score - 0.25"]);
}

#[test]
fn where_more_is_noted_than_is_compared_that_is_told() {
    let file = |last: &str| {
        let mut file = "interactions:\n- request: {uri: 'http://x/', method: GET}\n  response: {status: {code: 200}}\n  note:\n    a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..8 {
            let inner = vec![format!("*a{}", level - 1); 10].join(",");
            let _ = writeln!(file, "    a{level}: &a{level} [{inner}]");
        }
        file + &format!("zz: {last}\nversion: 1\n")
    };
    let read = |last| load::read(SourceId(0), file(last).into_bytes(), None).unwrap();
    let told = |old: &Recording, new: &Recording| {
        let diff = compare(old, new, &Known::default(), Options::default());
        diff.all().map(|(_, difference)| line(difference)).collect::<Vec<_>>()
    };
    let lines = told(&read("one"), &read("two"));
    assert!(lines.iter().any(|line| line.contains("more than is compared")), "{lines:?}");
}
