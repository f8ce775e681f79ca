//! The prices that this program knows: public list prices of well-known models, for calls of no special tier.
//!
//! Written from the providers' price lists. They change; `--prices` takes a newer list.

use std::collections::HashMap;

use super::Price;

/// Month of the prices.
pub const AS_OF: &str = "2025-10";

/// Who asks it, the model, and dollars for a million tokens: read, read from a cache, written. Who writes to a cache
/// pays for it at [`ANTHROPIC`] only.
type Row = (&'static str, &'static str, f64, Option<f64>, f64);

const ANTHROPIC: &str = "anthropic";

const MODELS: &[Row] = &[
    ("openai", "gpt-5", 1.25, Some(0.125), 10.0),
    ("openai", "gpt-5-mini", 0.25, Some(0.025), 2.0),
    ("openai", "gpt-5-nano", 0.05, Some(0.005), 0.4),
    ("openai", "gpt-5-codex", 1.25, Some(0.125), 10.0),
    ("openai", "gpt-5-chat", 1.25, Some(0.125), 10.0),
    ("openai", "gpt-5-pro", 15.0, None, 120.0),
    ("openai", "gpt-4.1", 2.0, Some(0.5), 8.0),
    ("openai", "gpt-4.1-mini", 0.4, Some(0.1), 1.6),
    ("openai", "gpt-4.1-nano", 0.1, Some(0.025), 0.4),
    ("openai", "gpt-4o", 2.5, Some(1.25), 10.0),
    ("openai", "gpt-4o-mini", 0.15, Some(0.075), 0.6),
    ("openai", "chatgpt-4o", 5.0, None, 15.0),
    ("openai", "o1", 15.0, Some(7.5), 60.0),
    ("openai", "o1-mini", 1.1, Some(0.55), 4.4),
    ("openai", "o3", 2.0, Some(0.5), 8.0),
    ("openai", "o3-mini", 1.1, Some(0.55), 4.4),
    ("openai", "o3-pro", 20.0, None, 80.0),
    ("openai", "o4-mini", 1.1, Some(0.275), 4.4),
    ("openai", "gpt-4-turbo", 10.0, None, 30.0),
    ("openai", "gpt-4", 30.0, None, 60.0),
    ("openai", "gpt-3.5-turbo", 0.5, None, 1.5),
    ("openai", "text-embedding-3-small", 0.02, None, 0.0),
    ("openai", "text-embedding-3-large", 0.13, None, 0.0),
    ("openai", "text-embedding-ada-002", 0.1, None, 0.0),
    ("azure", "gpt-5", 1.25, Some(0.125), 10.0),
    ("azure", "gpt-5-mini", 0.25, Some(0.025), 2.0),
    ("azure", "gpt-5-nano", 0.05, Some(0.005), 0.4),
    ("azure", "gpt-4.1", 2.0, Some(0.5), 8.0),
    ("azure", "gpt-4.1-mini", 0.4, Some(0.1), 1.6),
    ("azure", "gpt-4.1-nano", 0.1, Some(0.025), 0.4),
    ("azure", "gpt-4o", 2.5, Some(1.25), 10.0),
    ("azure", "gpt-4o-mini", 0.15, Some(0.075), 0.6),
    ("azure", "o4-mini", 1.1, Some(0.275), 4.4),
    (ANTHROPIC, "claude-opus-4-1", 15.0, Some(1.5), 75.0),
    (ANTHROPIC, "claude-opus-4", 15.0, Some(1.5), 75.0),
    (ANTHROPIC, "claude-sonnet-4-5", 3.0, Some(0.3), 15.0),
    (ANTHROPIC, "claude-sonnet-4", 3.0, Some(0.3), 15.0),
    (ANTHROPIC, "claude-haiku-4-5", 1.0, Some(0.1), 5.0),
    (ANTHROPIC, "claude-3-7-sonnet", 3.0, Some(0.3), 15.0),
    (ANTHROPIC, "claude-3-5-sonnet", 3.0, Some(0.3), 15.0),
    (ANTHROPIC, "claude-3-5-haiku", 0.8, Some(0.08), 4.0),
    (ANTHROPIC, "claude-3-opus", 15.0, Some(1.5), 75.0),
    (ANTHROPIC, "claude-3-haiku", 0.25, Some(0.03), 1.25),
    ("gemini", "gemini-2.5-flash", 0.3, Some(0.075), 2.5),
    ("gemini", "gemini-2.5-flash-lite", 0.1, Some(0.025), 0.4),
    ("gemini", "gemini-2.0-flash", 0.1, Some(0.025), 0.4),
    ("gemini", "gemini-2.0-flash-lite", 0.075, None, 0.3),
    ("gemini", "gemini-embedding-001", 0.15, None, 0.0),
    ("bedrock", "amazon.nova-micro", 0.035, Some(0.00875), 0.14),
    ("bedrock", "amazon.nova-lite", 0.06, Some(0.015), 0.24),
    ("bedrock", "amazon.nova-pro", 0.8, Some(0.2), 3.2),
    ("mistral", "mistral-large", 2.0, None, 6.0),
    ("mistral", "mistral-medium", 0.4, None, 2.0),
    ("mistral", "mistral-small", 0.1, None, 0.3),
    ("mistral", "magistral-medium", 2.0, None, 5.0),
    ("mistral", "magistral-small", 0.5, None, 1.5),
    ("mistral", "codestral", 0.3, None, 0.9),
    ("mistral", "pixtral-large", 2.0, None, 6.0),
    ("mistral", "mistral-embed", 0.1, None, 0.0),
    ("cohere", "command-a", 2.5, None, 10.0),
    ("cohere", "command-a-03", 2.5, None, 10.0),
    ("cohere", "command-r-plus", 2.5, None, 10.0),
    ("cohere", "command-r", 0.15, None, 0.6),
    ("cohere", "command-r7b", 0.0375, None, 0.15),
    ("deepseek", "deepseek-chat", 0.28, Some(0.028), 0.42),
    ("deepseek", "deepseek-reasoner", 0.28, Some(0.028), 0.42),
    ("xai", "grok-4", 3.0, Some(0.75), 15.0),
    ("xai", "grok-3", 3.0, Some(0.75), 15.0),
    ("xai", "grok-3-mini", 0.3, Some(0.075), 0.5),
    ("xai", "grok-code-fast-1", 0.2, Some(0.02), 1.5),
    ("groq", "llama-3.3-70b-versatile", 0.59, None, 0.79),
    ("groq", "llama-3.1-8b-instant", 0.05, None, 0.08),
    ("groq", "openai/gpt-oss-120b", 0.15, None, 0.75),
    ("groq", "openai/gpt-oss-20b", 0.1, None, 0.5),
];

/// Models that ask more for longer requests: the limit, and dollars for a million tokens above it.
const LONG: &[(Row, u64, [f64; 3])] =
    &[(("gemini", "gemini-2.5-pro", 1.25, Some(0.31), 10.0), 200_000, [2.5, 0.625, 15.0])];

/// What Anthropic asks for what is written to a cache, for minutes and for an hour, times the price of what is read.
const CACHE_WRITE: (f64, f64) = (1.25, 2.0);

pub(super) fn models() -> HashMap<String, (String, Price)> {
    let plain = MODELS.iter().map(|row| (row, Vec::new()));
    let long = LONG.iter().map(|(row, limit, [input, cached, output])| {
        let above = (row.0, row.1, *input, Some(*cached), *output);
        (row, vec![(*limit, price(&above))])
    });
    let entry = |(row, above): (&Row, Vec<(u64, Price)>)| {
        let (maker, model, ..) = *row;
        // What more than one service has stands under the service's name, too.
        let key = if maker == "azure" { format!("{maker}/{model}") } else { model.to_owned() };
        (key, (maker.to_owned(), Price { above, ..price(row) }))
    };
    plain.chain(long).map(entry).collect()
}

fn price(&(maker, _, input, cached, output): &Row) -> Price {
    let token = |million: f64| million / 1e6;
    let (minutes, hour) = CACHE_WRITE;
    let write = |times: f64| (maker == ANTHROPIC).then(|| token(input * times));
    Price {
        input: token(input),
        output: token(output),
        cached: cached.map(token),
        cache_write: write(minutes),
        cache_write_hour: write(hour),
        reasoning: None,
        above: Vec::new(),
    }
}
