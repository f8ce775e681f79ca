//! `cassette usage`: tokens, requests, time and, by a list of prices, money.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::Status;
use super::files;
use super::options::{Page, Sources, TableShape};
use super::walk::{Prints, walk};
use crate::price::Prices;
use crate::view::usage::{self, By, Spending};

/// Add up tokens, requests, time and, with `--cost`, money
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    sources: Sources,

    /// What to add up
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    by: By,

    /// Tell what it costs by list prices
    #[arg(long)]
    cost: bool,

    /// Prices to use in place of those known to this program: a file in the shape of LiteLLM's
    /// `model_prices_and_context_window.json`; implies `--cost`
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,

    #[command(flatten)]
    page: Page<TableShape>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let prices = match &arguments.prices {
        Some(path) => Some(read(path).with_context(|| format!("cannot use `{}`", path.display()))?),
        None => arguments.cost.then(Prices::built_in),
    };
    let mut spending = Spending::new(arguments.by, prices.as_ref());
    let walked = walk(
        &arguments.sources,
        &arguments.page.look,
        Prints::InTheEnd,
        None,
        |path, recording, _| usage::calls(&path, recording, prices.as_ref()),
        |calls| {
            match calls {
                Ok(calls) => calls.iter().for_each(|call| spending.add(call)),
                Err(file) => spending.unreadable.push(file),
            }
            Ok(())
        },
    )?;
    spending.sort();
    arguments.page.write(&spending, || spending.blocks(), &spending.rows)?;
    Ok(walked.status)
}

fn read(path: &Path) -> anyhow::Result<Prices> {
    let (bytes, _) = files::read(path).map_err(|error| anyhow::anyhow!(files::reason(&error)))?;
    let text = String::from_utf8(bytes).context("it is no text")?;
    Prices::litellm(&text, &format!("prices of `{}`", path.display())).map_err(anyhow::Error::msg)
}
