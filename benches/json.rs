//! How fast JSON is scanned, on the kinds of JSON that model APIs speak.

use cassette::syntax::Tree;
use cassette::text::{SourceId, Text};
use divan::Bencher;
use divan::counter::BytesCount;

/// A large body. Above some megabytes, getting memory for the tokens takes longer than finding them.
const SIZE: usize = 256 << 10;

/// A whole answer: long strings with line ends and quotes.
const ANSWER: &str = r#"{"id":"chatcmpl-9xKzQ","object":"chat.completion","created":1719323456,"model":"gpt-4o-2024-05-13","choices":[{"index":0,"message":{"role":"assistant","content":"Certainly! Here is how the three options compare:\n\n1. **Caching** keeps the results of earlier calls, so that repeated questions cost nothing. It is the simplest to add, and the first to try.\n2. **Batching** joins several calls into one. It saves overhead, but the slowest item decides when all are done.\n3. **Streaming** shows the answer while it is written; the \"time to first token\" is what a reader notices.\n\nWhich of them fits depends on how often the same question is asked.","tool_calls":[{"id":"call_abc123","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\",\"unit\":\"celsius\"}"}}]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":128,"completion_tokens":143,"total_tokens":271},"system_fingerprint":"fp_319be4768e"}"#;

/// One delta of a stream: small objects, short strings.
const DELTA: &str = r#"{"id":"chatcmpl-9xKzQ","object":"chat.completion.chunk","created":1719323456,"model":"gpt-4o-2024-05-13","system_fingerprint":"fp_319be4768e","choices":[{"index":0,"delta":{"content":" option"},"logprobs":null,"finish_reason":null}]}"#;

/// An embedding: nothing but numbers.
const NUMBERS: &str =
    "[-0.006929283495992422,-0.005336422007530928,0.02408574149012566,-4.547132266452536e-05]";

/// A request as a person would indent it.
const PRETTY: &str = r#"{
    "model": "claude-3-5-sonnet-20240620",
    "max_tokens": 1024,
    "messages": [
        {
            "role": "user",
            "content": [
                {
                    "type": "text",
                    "text": "What is the weather like in Paris today? Answer in one sentence."
                }
            ]
        }
    ],
    "stream": true
}"#;

fn main() {
    divan::main();
}

#[divan::bench(args = ["answer", "delta", "numbers", "pretty"])]
fn scan(bencher: Bencher, kind: &str) {
    let item = match kind {
        "answer" => ANSWER,
        "delta" => DELTA,
        "numbers" => NUMBERS,
        _ => PRETTY,
    };
    let text = format!("[{}{item}]", format!("{item},").repeat(SIZE / item.len()));
    let text = Text::source(SourceId(0), text);
    bencher
        .counter(BytesCount::new(text.len()))
        .with_inputs(|| text.clone())
        .bench_values(|text| Tree::json(text).map(|tree| std::sync::Arc::new(tree).documents().len()));
}
