//! `cassette ls`: which cassettes there are, and what is in them.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::Status;
use super::files::{self, Source};
use super::input::{self, FormatIn, Opened};
use super::output::{Color, Output, Shape, width};
use crate::render::{markdown, terminal};
use crate::view::ls::{self, Listing};

/// List cassettes: format, interactions, providers, models, size
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Cassettes, or directories to look for them
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How to write
    #[arg(short, long, value_enum, default_value_t)]
    format: Shape,

    /// Take the files for cassettes of this format
    #[arg(long, value_name = "FORMAT", value_parser = input::format_in)]
    format_in: Option<FormatIn>,

    /// Columns to write for [default: the terminal's, or as many as it takes]
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,

    /// When to colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,

    /// Write straight to the terminal
    #[arg(long)]
    no_pager: bool,
}

/// What a file came to.
enum Listed {
    Row(ls::Row),
    PassedOver,
    Failed(ls::Row, String),
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let sources = files::find(&arguments.paths);
    let colour = arguments.color.on(&std::io::stderr());
    let mut listing = Listing::default();
    let mut status = Status::Fine;
    files::in_order(
        &sources,
        |source| list(source, arguments.format_in, colour),
        |listed| -> anyhow::Result<()> {
            match listed {
                Listed::Row(row) => listing.cassettes.push(row),
                Listed::PassedOver => listing.passed_over += 1,
                Listed::Failed(row, message) => {
                    anstream::eprint!("{message}");
                    listing.cassettes.push(row);
                    status = Status::Trouble;
                }
            }
            Ok(())
        },
    )?;
    if listing.cassettes.is_empty() && arguments.format != Shape::Json {
        if listing.passed_over > 0 {
            anstream::eprintln!("passed over {}", files::no_cassettes(listing.passed_over));
        }
        anyhow::bail!("no cassettes in {}", files::names(&arguments.paths));
    }
    write(&listing, arguments).context("cannot write")?;
    Ok(status)
}

/// Reads a file and keeps only its row.
fn list(source: &Source, format: Option<FormatIn>, colour: bool) -> Listed {
    let name = source.name();
    match input::open(source, format) {
        Opened::Cassette(recording, bytes) => Listed::Row(ls::row(name, bytes, &recording)),
        Opened::PassedOver => Listed::PassedOver,
        Opened::Failed(failed) => {
            let message = failed.message(&name, colour);
            let row = ls::failed(name, failed.bytes, failed.diagnostic.message.clone(), failed.place());
            Listed::Failed(row, message)
        }
    }
}

fn write(listing: &Listing, arguments: &Arguments) -> anyhow::Result<()> {
    let mut out = Output::paged(!arguments.no_pager && arguments.format != Shape::Json);
    let mut text = String::new();
    match arguments.format {
        Shape::Json => text = serde_json::to_string_pretty(listing)? + "\n",
        Shape::Markdown => markdown::render(&listing.blocks(), &mut text),
        Shape::Text => {
            // Another program wants the names whole.
            let piped = arguments.width.is_none() && !std::io::stdout().is_terminal();
            let width = if piped { usize::MAX } else { width(arguments.width) };
            let layout = terminal::Layout { width, colour: arguments.color.on(&std::io::stdout()) };
            terminal::render(&listing.blocks(), layout, &mut text);
        }
    }
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
