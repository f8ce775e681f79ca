//! `cassette ls`: which cassettes there are, and what is in them.

use clap::Args;

use super::Status;
use super::options::{Page, Sources, TableShape};
use super::walk::{Prints, walk};
use crate::view::ls::{self, Filter, Has, Key, Listing};

/// List cassettes: format, interactions, conversations, providers, models, tools, tokens, problems, size
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    sources: Sources,

    /// One line for each interaction
    #[arg(short, long)]
    long: bool,

    #[command(flatten)]
    filter: FilterArguments,

    /// What to sort by: paths from A to Z, all else from the most to the least
    #[arg(short, long, value_enum, value_name = "KEY")]
    sort: Option<Key>,

    /// Sort the other way round
    #[arg(short, long, requires = "sort")]
    reverse: bool,

    #[command(flatten)]
    page: Page<TableShape>,
}

/// Which interactions are meant.
#[derive(Debug, Args)]
pub(super) struct FilterArguments {
    /// Only calls of this provider or protocol
    #[arg(long, value_name = "NAME")]
    provider: Vec<String>,

    /// Only calls of models with this in their name
    #[arg(long, value_name = "PART")]
    model: Vec<String>,

    /// Only calls with this status: `429`, `4xx`
    #[arg(long, value_name = "STATUS")]
    status: Vec<String>,

    /// Only calls to hosts with this in their name
    #[arg(long, value_name = "PART")]
    host: Vec<String>,

    /// Only calls that have this
    #[arg(long, value_enum, value_name = "WHAT")]
    has: Vec<Has>,
}

impl FilterArguments {
    /// Returns what chooses interactions.
    pub(super) fn filter(&self) -> Filter {
        Filter {
            providers: self.provider.clone(),
            models: self.model.clone(),
            statuses: self.status.clone(),
            hosts: self.host.clone(),
            has: self.has.clone(),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let filter = arguments.filter.filter();
    let mut listing = Listing::default();
    let walked = walk(
        &arguments.sources,
        &arguments.page.look,
        Prints::InTheEnd,
        None,
        |name, recording, bytes| ls::row(name, bytes, recording, &filter, arguments.long),
        |row| {
            listing.cassettes.extend(row.unwrap_or_else(|file| Some(ls::failed(file))));
            Ok(())
        },
    )?;
    listing.passed_over = walked.passed_over;
    if let Some(key) = arguments.sort {
        listing.sort(key, arguments.reverse);
    }
    if arguments.long {
        arguments.page.write(&listing, || listing.blocks(), &listing.entries())?;
    } else {
        arguments.page.write(&listing, || listing.blocks(), &listing.cassettes)?;
    }
    Ok(walked.status)
}
