//! `LiteLLM`'s list of prices: an object with an entry a model.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::Price;

/// Reads a list. Entries without prices a token, such as those of images, are left out.
pub(super) fn models(text: &str) -> Result<HashMap<String, (String, Price)>, String> {
    let list: Map<String, Value> = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
    let entry = |(name, entry): (&String, &Value)| {
        let entry = entry.as_object()?;
        let maker = entry.get("litellm_provider")?.as_str()?;
        Some((name.to_lowercase(), (maker.to_lowercase(), price(entry)?)))
    };
    // The list begins with an entry that explains the others.
    let models: HashMap<_, _> =
        list.iter().filter(|(name, _)| *name != "sample_spec").filter_map(entry).collect();
    if models.is_empty() {
        return Err("no entry has `litellm_provider` and `input_cost_per_token`".to_owned());
    }
    Ok(models)
}

fn price(entry: &Map<String, Value>) -> Option<Price> {
    let number = |key: &str| entry.get(key).and_then(Value::as_f64);
    let plain = Price {
        input: number("input_cost_per_token")?,
        // Embeddings write nothing.
        output: number("output_cost_per_token").unwrap_or(0.0),
        cached: number("cache_read_input_token_cost"),
        cache_write: number("cache_creation_input_token_cost"),
        cache_write_hour: number("cache_creation_input_token_cost_above_1hr"),
        reasoning: number("output_cost_per_reasoning_token"),
        above: Vec::new(),
    };
    let limits = entry.keys().filter_map(|key| {
        let limit = key.strip_prefix("input_cost_per_token_above_")?.strip_suffix("k_tokens")?;
        limit.parse::<u64>().ok()
    });
    let above = limits.map(|limit| {
        let number = |key: &str| number(&format!("{key}_above_{limit}k_tokens"));
        let price = Price {
            input: number("input_cost_per_token").unwrap_or(plain.input),
            output: number("output_cost_per_token").unwrap_or(plain.output),
            cached: number("cache_read_input_token_cost").or(plain.cached),
            cache_write: number("cache_creation_input_token_cost").or(plain.cache_write),
            ..plain.clone()
        };
        (limit.saturating_mul(1000), price)
    });
    let above = above.collect();
    Some(Price { above, ..plain })
}
