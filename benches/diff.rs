//! How fast recordings are compared: two of 4 MB that were recorded anew, and how the time grows with the number of
//! interactions.

use cassette::diff::{self, Known, Options};
use cassette::load::{self, Recording};
use cassette::text::SourceId;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// What is different between two recordings of the same program.
#[derive(Clone, Copy)]
struct Take {
    /// Ids and times.
    number: usize,
    /// The instructions.
    system: &'static str,
}

const OLD: Take = Take { number: 1, system: "You keep the log of a lighthouse." };
const NEW: Take = Take { number: 2, system: "You keep the log of a lighthouse. Be brief." };

/// Returns an answer as a stream of one word an event.
fn stream(at: usize, words: usize, take: Take) -> String {
    let event = |delta: Value, reason: Value| {
        let data = json!({"id": format!("chatcmpl-{:08}{}", at, take.number), "object": "chat.completion.chunk",
            "created": 1_760_000_000 + at * take.number, "model": "gpt-4.1-mini-2025-04-14",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
        format!("data: {data}\n\n")
    };
    let mut out = event(json!({"role": "assistant", "content": ""}), Value::Null);
    for word in 0..words {
        out += &event(json!({"content": format!("word{} ", (at * 31 + word * 7) % 977)}), Value::Null);
    }
    out + &event(json!({}), json!("stop")) + "data: [DONE]\n\n"
}

/// Returns a recording of so many calls.
fn cassette(calls: usize, words: usize, take: Take) -> Vec<u8> {
    let interactions: Vec<_> = (0..calls)
        .map(|at| {
            let asked = json!({"model": "gpt-4.1-mini", "stream": true, "messages": [
                {"role": "system", "content": take.system},
                {"role": "user", "content": format!("What is in the log of day {at}?")}]});
            json!({"request": {"method": "POST", "uri": "https://api.openai.com/v1/chat/completions",
                    "body": asked.to_string(), "headers": {"content-type": ["application/json"]}},
                "response": {"status": {"code": 200, "message": "OK"},
                    "headers": {"content-type": ["text/event-stream"], "x-request-id": [format!("req{at}-{}", take.number)]},
                    "body": {"string": stream(at, words, take)}}})
        })
        .collect();
    json!({"interactions": interactions, "version": 1}).to_string().into_bytes()
}

fn read(bytes: &[u8]) -> Recording {
    load::read(SourceId(0), bytes.to_vec(), None).expect("it is a cassette")
}

/// Reading two recordings of 4 MB and comparing them.
#[divan::bench(sample_count = 20)]
fn read_and_compare_4_mb(bencher: Bencher) {
    let (old, new) = (cassette(230, 100, OLD), cassette(230, 100, NEW));
    let known = Known::default();
    bencher.counter(BytesCount::new(old.len() + new.len())).bench(|| {
        let (old, new) = (read(&old), read(&new));
        black_box(diff::compare(&old, &new, &known, Options::default()))
    });
}

/// Comparing recordings of so many interactions, all of which differ.
#[divan::bench(args = [625, 1250, 2500, 5000], sample_count = 5)]
fn compare(bencher: Bencher, calls: usize) {
    let (old, new) = (read(&cassette(calls, 4, OLD)), read(&cassette(calls, 4, NEW)));
    let known = Known::default();
    bencher.bench(|| black_box(diff::compare(&old, &new, &known, Options::default())));
}

/// The same where no two requests are told apart by what they say.
#[divan::bench(args = [625, 1250, 2500, 5000], sample_count = 5)]
fn compare_repetitions(bencher: Bencher, calls: usize) {
    let plain = |take: Take| {
        let text = String::from_utf8(cassette(calls, 4, take)).expect("it is text");
        let all: Vec<_> = (0..calls).map(|at| format!("day {at}?")).collect();
        let same = all.iter().rev().fold(text, |text, day| text.replacen(day.as_str(), "today?", 1));
        read(same.as_bytes())
    };
    let (old, new) = (plain(OLD), plain(NEW));
    let known = Known::default();
    bencher.bench(|| black_box(diff::compare(&old, &new, &known, Options::default())));
}
