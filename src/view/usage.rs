//! `usage`: tokens, requests, time and, by a list of prices, money. The serialised shape is a promise to programs.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use super::block::{Block, Column, Line, Style, Table, run};
use super::brief;
use super::facts::{Facts, facts, usages};
use super::place::Unreadable;
use crate::chat::Usage;
use crate::load::Recording;
use crate::price::Prices;

/// Grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// Characters of the longest bar.
const BAR: u32 = 10;

/// Models without a price are named up to so many.
const UNPRICED: usize = 6;

/// What to add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Nothing: each interaction for itself.
    Interaction,
    /// Each cassette.
    #[default]
    File,
    /// Each model asked for.
    Model,
    /// Each service, or protocol where the service is not known.
    Provider,
    /// Each directory.
    Directory,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Interaction => "interaction",
            Self::File => "file",
            Self::Model => "model",
            Self::Provider => "provider",
            Self::Directory => "directory",
        }
    }
}

/// Tokens of some cassettes.
#[derive(Debug, Serialize)]
pub struct Spending {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What is added up in each row.
    pub by: &'static str,
    /// Where the prices are from, if money was asked for.
    pub prices: Option<String>,
    /// The sums.
    pub rows: Vec<Sum>,
    /// The sum of all rows.
    pub total: Sum,
    /// The models that have no price, with who serves them.
    pub unpriced: BTreeSet<String>,
    /// The files that cannot be read.
    pub unreadable: Vec<Unreadable>,
    #[serde(skip)]
    places: HashMap<String, usize>,
    #[serde(skip)]
    kind: By,
}

/// What some calls used together. A number that no call reports is absent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sum {
    /// The cassette, model, provider or directory.
    pub name: String,
    /// Number of the interaction, if each stands for itself.
    pub interaction: Option<usize>,
    /// Calls of model providers.
    pub requests: usize,
    /// Those that report tokens.
    pub with_usage: usize,
    /// Tokens read, as the providers count them.
    pub input_tokens: Option<u64>,
    /// Tokens written, as the providers count them.
    pub output_tokens: Option<u64>,
    /// Tokens read from a cache.
    pub cached_tokens: Option<u64>,
    /// Tokens written to a cache.
    pub cache_write_tokens: Option<u64>,
    /// Tokens of reasoning.
    pub reasoning_tokens: Option<u64>,
    /// The providers' own sums, where they give one.
    pub total_tokens: Option<u64>,
    /// All tokens read and written, each once: the provider's sum, or ours where there is none.
    pub tokens: Option<u64>,
    /// Milliseconds that the responses took.
    pub duration_ms: Option<f64>,
    /// Dollars, by the list of prices, for those calls whose models have one.
    pub cost: Option<f64>,
    /// Calls that report tokens of a model without a price.
    pub unpriced: usize,
}

impl Sum {
    fn add(&mut self, call: &Call) {
        fn more(sum: &mut Option<u64>, count: Option<u64>) {
            if let Some(count) = count {
                *sum = Some(sum.unwrap_or(0).saturating_add(count));
            }
        }
        let add = |sum: &mut Option<f64>, amount: Option<f64>| {
            if let Some(amount) = amount {
                *sum = Some(sum.unwrap_or(0.0) + amount);
            }
        };
        self.requests += 1;
        add(&mut self.duration_ms, call.duration_ms);
        let Some(usage) = &call.usage else { return };
        self.with_usage += 1;
        more(&mut self.input_tokens, usage.input);
        more(&mut self.output_tokens, usage.output);
        more(&mut self.cached_tokens, usage.cached);
        more(&mut self.cache_write_tokens, usage.cache_write);
        more(&mut self.reasoning_tokens, usage.reasoning);
        more(&mut self.total_tokens, usage.total);
        more(&mut self.tokens, usage.all());
        add(&mut self.cost, call.cost);
        self.unpriced += usize::from(call.unpriced);
    }
}

/// What one call used.
#[derive(Debug)]
pub struct Call {
    path: String,
    interaction: usize,
    model: String,
    service: String,
    usage: Option<Usage>,
    duration_ms: Option<f64>,
    cost: Option<f64>,
    unpriced: bool,
}

/// Returns what each call of a model provider in a cassette used.
#[must_use]
pub fn calls(path: &str, recording: &Recording, prices: Option<&Prices>) -> Vec<Call> {
    let told = facts(recording).into_iter().zip(usages(recording));
    let told = told.filter(|(facts, usage)| facts.api.is_some() || usage.is_some());
    told.map(|(facts, usage)| {
        let billed = usage.and_then(Usage::billed);
        let cost = prices.zip(billed).and_then(|(prices, billed)| {
            let names = [&facts.answering_model, &facts.model].into_iter().flatten();
            Some(prices.of(facts.provider, names.map(String::as_str))?.cost(&billed))
        });
        Call {
            path: path.to_owned(),
            interaction: facts.interaction,
            model: facts.model.clone().unwrap_or_else(|| "?".to_owned()),
            service: service(&facts),
            usage: usage.map(|usage| Usage { raw: None, ..usage.clone() }),
            duration_ms: facts.duration_ms,
            unpriced: prices.is_some() && billed.is_some() && cost.is_none(),
            cost,
        }
    })
    .collect()
}

fn service(facts: &Facts) -> String {
    facts.provider.or(facts.api).or(facts.kind).unwrap_or("?").to_owned()
}

impl Spending {
    /// Returns sums of nothing yet.
    #[must_use]
    pub fn new(by: By, prices: Option<&Prices>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            by: by.name(),
            prices: prices.map(|prices| prices.source.clone()),
            rows: Vec::new(),
            total: Sum { name: "total".to_owned(), ..Sum::default() },
            unpriced: BTreeSet::new(),
            unreadable: Vec::new(),
            places: HashMap::new(),
            kind: by,
        }
    }

    /// Adds a call to the row that it belongs to.
    pub fn add(&mut self, call: &Call) {
        let name = match self.kind {
            By::Interaction | By::File => call.path.clone(),
            By::Model => call.model.clone(),
            By::Provider => call.service.clone(),
            By::Directory => {
                let parent = Path::new(&call.path).parent().map(|parent| parent.to_string_lossy());
                parent.filter(|parent| !parent.is_empty()).map_or_else(|| ".".to_owned(), Into::into)
            }
        };
        let interaction = (self.kind == By::Interaction).then_some(call.interaction);
        let next = self.rows.len();
        let place = match interaction {
            Some(_) => next,
            None => *self.places.entry(name.clone()).or_insert(next),
        };
        if place == next {
            self.rows.push(Sum { name, interaction, ..Sum::default() });
        }
        self.rows[place].add(call);
        self.total.add(call);
        if call.unpriced {
            self.unpriced.insert(format!("{} ({})", call.model, call.service));
        }
    }

    /// Puts the largest sums first, unless the rows have an order of their own.
    pub fn sort(&mut self) {
        if !matches!(self.kind, By::Interaction | By::File) {
            self.rows.sort_by(|one, other| {
                let cost = |sum: &Sum| sum.cost.unwrap_or(-1.0);
                cost(other).total_cmp(&cost(one)).then(other.tokens.cmp(&one.tokens))
            });
        }
    }

    /// Returns the sums for people.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let columns = [
            Column::Name(self.by),
            Column::Number("requests"),
            Column::Number("in"),
            Column::Number("cached"),
            Column::Number("written"),
            Column::Number("out"),
            Column::Number("reasoning"),
            Column::Number("tokens"),
            Column::Number("cost"),
            Column::Bar(""),
            Column::Number("time"),
        ];
        let weight = |sum: &Sum| if self.prices.is_some() { sum.cost } else { sum.tokens.map(approximately) };
        let most = self.rows.iter().filter_map(weight).fold(0.0, f64::max);
        let single = self.kind == By::Interaction;
        let rows = self.rows.iter().map(|sum| {
            let bar = brief::bar(weight(sum).unwrap_or(0.0), most, BAR);
            let number = sum.interaction.map(|number| number.to_string());
            self.cells(sum, number.as_deref().unwrap_or(&sum.name), bar, Style::Plain)
        });
        let mut rows: Vec<_> = rows.collect();
        let mut names: Vec<_> = self.rows.iter().map(|sum| &*sum.name).collect();
        if rows.len() > 1 {
            rows.push(self.cells(&self.total, "total", String::new(), Style::Strong));
            names.push("");
        }
        let mut table =
            Table::new(&columns, rows, &["time"], &["written", "reasoning", "cached", "requests"]);
        if single {
            names.pop_if(|name| name.is_empty());
            table = table.grouped(names.into_iter());
        }
        // What nothing could be read of needs no notes either.
        let notes = if self.rows.is_empty() { Vec::new() } else { self.notes() };
        table.with_notes(notes)
    }

    fn cells(&self, sum: &Sum, name: &str, bar: String, style: Style) -> Vec<Line> {
        let count = |count: Option<u64>| count.map(brief::count).unwrap_or_default();
        let some = |number: Option<u64>| count(number.filter(|number| *number > 0));
        let time = sum.duration_ms.filter(|ms| *ms > 0.0);
        let time = time.map(|ms| brief::duration(Duration::from_secs_f64(ms / 1000.0))).unwrap_or_default();
        let cost = match (sum.cost, sum.unpriced) {
            (Some(cost), 0) => run(style, brief::dollars(cost)),
            (Some(cost), _) => run(Style::Warning, format!("{} + ?", brief::dollars(cost))),
            (None, 0) => run(Style::Plain, ""),
            (None, _) => run(Style::Warning, "?"),
        };
        let requests = if self.kind == By::Interaction && sum.interaction.is_some() {
            String::new()
        } else {
            brief::count(sum.requests as u64)
        };
        let plain = |text: String| vec![run(style, text)];
        let dim = |text: String| vec![run(if style == Style::Strong { style } else { Style::Dim }, text)];
        vec![
            vec![run(Style::Strong, name)],
            dim(requests),
            plain(count(sum.input_tokens)),
            dim(some(sum.cached_tokens)),
            dim(some(sum.cache_write_tokens)),
            plain(count(sum.output_tokens)),
            dim(some(sum.reasoning_tokens)),
            plain(count(sum.tokens)),
            vec![cost],
            vec![run(Style::Assistant, bar)],
            dim(time),
        ]
    }

    fn notes(&self) -> Vec<Line> {
        let mut notes = Vec::new();
        let silent = self.total.requests - self.total.with_usage;
        if silent > 0 {
            let text = format!("{} without usage", brief::plural(silent, "request"));
            notes.push(vec![run(Style::Dim, text)]);
        }
        if let Some(prices) = &self.prices {
            let text = format!("{prices}: no discounts, no tools of the provider, no bill");
            notes.push(vec![run(Style::Dim, text)]);
        }
        if !self.unpriced.is_empty() {
            let named: Vec<_> = self.unpriced.iter().take(UNPRICED).map(String::as_str).collect();
            let more = self.unpriced.len().saturating_sub(UNPRICED);
            let more =
                if more > 0 { format!(" and {} more", brief::count(more as u64)) } else { String::new() };
            let calls = brief::plural(self.total.unpriced, "request");
            let text = format!("no price for {calls}: {}{more}", named.join(", "));
            notes.push(vec![run(Style::Warning, text)]);
        }
        notes
    }
}

#[expect(clippy::cast_precision_loss, reason = "a bar has eighty steps")]
fn approximately(count: u64) -> f64 {
    count as f64
}
