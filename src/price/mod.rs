//! What calls cost by list prices: a convenience, no bill. What has no price is said to have none, never zero.

mod built_in;
mod litellm;
mod name;

use std::collections::HashMap;

use crate::chat::Billed;

pub use built_in::AS_OF;

/// What a model's tokens cost, in dollars a token. An absent price means what it says in each field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Price {
    /// Read, and in no cache.
    pub input: f64,
    /// Written.
    pub output: f64,
    /// Read from a cache; absent: as any other.
    pub cached: Option<f64>,
    /// Written to a cache; absent: as any other.
    pub cache_write: Option<f64>,
    /// Written to a cache for an hour; absent: as for minutes.
    pub cache_write_hour: Option<f64>,
    /// Written as reasoning; absent: as any other.
    pub reasoning: Option<f64>,
    /// What they cost in requests that read more than so many tokens; the highest number that fits counts.
    pub above: Vec<(u64, Self)>,
}

impl Price {
    /// Returns what an answer costs, in dollars.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "money is rounded anyway")]
    pub fn cost(&self, tokens: &Billed) -> f64 {
        let read = tokens.read().unwrap_or(u64::MAX);
        let above = self.above.iter().filter(|(limit, _)| read > *limit).max_by_key(|(limit, _)| *limit);
        let price = above.map_or(self, |(_, price)| price);
        let cache_write = price.cache_write.unwrap_or(price.input);
        [
            (tokens.fresh, price.input),
            (tokens.cached, price.cached.unwrap_or(price.input)),
            (tokens.cache_write, cache_write),
            (tokens.cache_write_hour, price.cache_write_hour.unwrap_or(cache_write)),
            (tokens.output, price.output),
            (tokens.reasoning, price.reasoning.unwrap_or(price.output)),
        ]
        .iter()
        .map(|(tokens, price)| *tokens as f64 * price)
        .sum()
    }
}

/// Prices by who serves a model and its name.
#[derive(Clone, Debug)]
pub struct Prices {
    /// Where they are from, for people.
    pub source: String,
    /// By name, in lower case: who serves it there, and the price.
    models: HashMap<String, (String, Price)>,
}

impl Prices {
    /// Returns the prices that this program knows.
    #[must_use]
    pub fn built_in() -> Self {
        let source = format!("list prices as of {AS_OF}");
        Self { source, models: built_in::models() }
    }

    /// Reads prices in the shape of `LiteLLM`'s `model_prices_and_context_window.json`.
    ///
    /// # Errors
    /// Why the text is no such list.
    pub fn litellm(text: &str, source: &str) -> Result<Self, String> {
        Ok(Self { source: source.to_owned(), models: litellm::models(text)? })
    }

    /// Returns the price of the first of some names that has one, where `service` serves it; where nobody knows who
    /// serves it, the price of whoever made it.
    #[must_use]
    pub fn of<'n>(&self, service: Option<&str>, names: impl IntoIterator<Item = &'n str>) -> Option<&Price> {
        let names: Vec<_> = names.into_iter().flat_map(name::variants).collect();
        names.iter().find_map(|name| {
            let at = |key: &str| self.models.get(key);
            let prefixed = name::prefixes(service).iter().find_map(|prefix| at(&format!("{prefix}/{name}")));
            let (_, price) =
                prefixed.or_else(|| at(name).filter(|(maker, _)| name::serves(service, maker)))?;
            Some(price)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the cost of a million tokens of each kind in turn, in cents.
    fn cents(price: &Price, tokens: Billed) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a few dollars")]
        let cents = (price.cost(&tokens) * 100.0).round() as i64;
        cents
    }

    #[test]
    fn each_kind_of_token_has_its_price() {
        let list = r#"{"m": {"litellm_provider": "openai", "input_cost_per_token": 2e-6, "output_cost_per_token": 8e-6,
            "cache_read_input_token_cost": 5e-7, "cache_creation_input_token_cost": 2.5e-6,
            "cache_creation_input_token_cost_above_1hr": 4e-6, "output_cost_per_reasoning_token": 9e-6,
            "input_cost_per_token_above_200k_tokens": 4e-6, "output_cost_per_token_above_200k_tokens": 1.2e-5}}"#;
        let prices = Prices::litellm(list, "test").unwrap();
        let price = prices.of(Some("openai"), ["m"]).unwrap();
        let some = |set: fn(&mut Billed)| {
            let mut tokens = Billed::default();
            set(&mut tokens);
            tokens
        };
        assert_eq!(cents(price, some(|tokens| tokens.fresh = 100_000)), 20);
        assert_eq!(cents(price, some(|tokens| tokens.cached = 100_000)), 5);
        assert_eq!(cents(price, some(|tokens| tokens.cache_write = 100_000)), 25);
        assert_eq!(cents(price, some(|tokens| tokens.cache_write_hour = 100_000)), 40);
        assert_eq!(cents(price, some(|tokens| tokens.output = 100_000)), 80);
        assert_eq!(cents(price, some(|tokens| tokens.reasoning = 100_000)), 90);
        // The whole request costs more if it is long; what has no price of its own there keeps its own.
        let long = some(|tokens| (tokens.fresh, tokens.cached, tokens.output) = (200_000, 100_000, 1_000));
        assert_eq!(cents(price, long), 80 + 5 + 1);
    }

    #[test]
    fn a_model_costs_what_who_serves_it_asks() {
        let entry = |maker: &str, input: &str| {
            format!(
                r#"{{"litellm_provider": "{maker}", "input_cost_per_token": {input}, "output_cost_per_token": 0}}"#
            )
        };
        let list = format!(
            r#"{{"sample_spec": {{"input_cost_per_token": 0}}, "gpt-4.1": {}, "azure/gpt-4.1": {}, "llama-3": {},
                "groq/llama-3": {}, "anthropic.claude-x-20250101-v1:0": {}, "openrouter/meta/llama-3": {}}}"#,
            entry("openai", "1"),
            entry("azure", "2"),
            entry("meta_llama", "3"),
            entry("groq", "4"),
            entry("bedrock_converse", "5"),
            entry("openrouter", "6"),
        );
        let prices = Prices::litellm(&list, "test").unwrap();
        let input = |service, name: &str| prices.of(service, [name]).map(|price| price.input);
        assert_eq!(input(Some("openai"), "gpt-4.1-2025-04-14"), Some(1.0));
        assert_eq!(input(Some("azure"), "gpt-4.1-2025-04-14"), Some(2.0));
        assert_eq!(input(None, "gpt-4.1"), Some(1.0));
        assert_eq!(input(Some("groq"), "llama-3"), Some(4.0));
        assert_eq!(input(Some("cerebras"), "llama-3"), None);
        assert_eq!(input(Some("bedrock"), "eu.anthropic.claude-x-20250101-v1:0"), Some(5.0));
        assert_eq!(input(Some("openrouter"), "meta/llama-3"), Some(6.0));
        assert_eq!(input(Some("openai"), "gpt-9"), None);
        assert_eq!(input(Some("openai"), "sample_spec"), None);
    }

    #[test]
    fn what_is_no_list_of_prices_is_refused() {
        for text in ["", "[]", r#"{"a": 1}"#, r#"{"a": {"input_cost_per_token": 1}}"#, "{}"] {
            assert!(Prices::litellm(text, "test").is_err(), "{text}");
        }
    }

    #[test]
    fn well_known_models_have_a_price_under_the_names_they_are_recorded_with() {
        let prices = Prices::built_in();
        for (service, name, input) in [
            (Some("openai"), "gpt-4.1-mini-2025-04-14", 0.4),
            (Some("azure"), "gpt-4o-2024-08-06", 2.5),
            (Some("anthropic"), "claude-sonnet-4-5-20250929", 3.0),
            (Some("bedrock"), "us.anthropic.claude-sonnet-4-20250514-v1:0", 3.0),
            (Some("vertex"), "claude-3-5-haiku@20241022", 0.8),
            (Some("gemini"), "models/gemini-2.5-flash", 0.3),
            (Some("mistral"), "mistral-large-latest", 2.0),
            (None, "gpt-4.1-mini", 0.4),
        ] {
            let found = prices.of(service, [name]).map(|price| (price.input * 1e9).round() / 1e3);
            assert_eq!(found, Some(input), "{name}");
        }
        assert_eq!(prices.of(Some("groq"), ["gpt-4.1-mini"]), None);
    }
}
