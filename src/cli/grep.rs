//! `cassette grep`: where something is said.

use std::io::Write as _;

use anyhow::Context as _;
use clap::Args;
use regex::RegexBuilder;

use super::Status;
use super::options::{Page, Secrets, Shape, Sources};
use super::output::Output;
use super::walk::{Prints, walk};
use crate::render::{markdown, terminal};
use crate::view::grep::{self, File, Found, Search, Voice};

/// Search what was said: texts of streams put together, bodies unzipped, strings without escapes
///
/// Prints file, line of the file, interaction, role and the text around. Exits with 0 if something is found, 1 if not,
/// 2 if something could not be read.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, independent of the others"
)]
pub(super) struct Arguments {
    /// A regular expression
    #[arg(value_name = "PATTERN", allow_hyphen_values = true)]
    pattern: String,

    #[command(flatten)]
    sources: Sources,

    /// Take the pattern for a plain text
    #[arg(short = 'F', long)]
    fixed_strings: bool,

    /// Upper and lower case are the same
    #[arg(short, long)]
    ignore_case: bool,

    /// Only this role; may be given several times [default: all but url and header]
    #[arg(long, value_enum, value_name = "ROLE")]
    role: Vec<Voice>,

    /// Print only the names of the files
    #[arg(short = 'l', long, conflicts_with = "count")]
    files_with_matches: bool,

    /// Print only how often it is found in each file
    #[arg(short, long)]
    count: bool,

    /// Search also what a request repeats of earlier ones
    #[arg(long)]
    full: bool,

    #[command(flatten)]
    secrets: Secrets,

    #[command(flatten)]
    page: Page<Shape>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let pattern =
        if arguments.fixed_strings { regex::escape(&arguments.pattern) } else { arguments.pattern.clone() };
    let pattern = RegexBuilder::new(&pattern)
        .case_insensitive(arguments.ignore_case)
        .multi_line(true)
        .build()
        .context("cannot use the pattern")?;
    let search = Search {
        pattern,
        voices: arguments.role.clone(),
        full: arguments.full,
        mask: arguments.secrets.mask(),
    };
    let mut found = Found {
        schema_version: grep::SCHEMA_VERSION,
        files: Vec::new(),
        hits: Vec::new(),
        unreadable: Vec::new(),
    };
    let page = &arguments.page;
    let mut out = Output::paged(page.format != Shape::Json && !page.look.no_pager);
    let walked = walk(
        &arguments.sources,
        &page.look,
        Prints::OnTheWay,
        None,
        |path, recording, _| {
            let hits = grep::hits(&path, recording, &search);
            (File { path, count: hits.iter().map(|hit| hit.ranges.len().max(1)).sum() }, hits)
        },
        |come| {
            let (file, hits) = match come {
                Ok(come) => come,
                Err(file) => {
                    found.unreadable.push(file);
                    return Ok(());
                }
            };
            if file.count == 0 {
                return Ok(());
            }
            let blocks: Vec<_> = if arguments.files_with_matches || arguments.count {
                vec![file.block(arguments.count)]
            } else {
                hits.iter().map(grep::Hit::block).collect()
            };
            let mut text = String::new();
            match page.format {
                // One line is one hit, however long.
                Shape::Text => terminal::render(
                    &blocks,
                    terminal::Layout { width: usize::MAX, ..page.look.layout() },
                    &mut text,
                ),
                Shape::Markdown => markdown::render(&blocks, &mut text),
                Shape::Json if arguments.files_with_matches || arguments.count => {}
                Shape::Json => found.hits.extend(hits),
            }
            out.write_all(text.as_bytes()).context("cannot write")?;
            found.files.push(file);
            Ok(())
        },
    )?;
    if page.format == Shape::Json {
        out.write_all((serde_json::to_string_pretty(&found)? + "\n").as_bytes()).context("cannot write")?;
    }
    out.flush().context("cannot write")?;
    // As with grep: nothing found is 1.
    let nothing = if found.files.is_empty() { Status::Found } else { Status::Fine };
    Ok(walked.status.max(nothing))
}
