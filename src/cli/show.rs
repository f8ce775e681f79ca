//! `cassette show`: what was asked and answered.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Status;
use super::files::{self, Source};
use super::in_order::in_order;
use super::input::{self, Depth, Failed, Opened};
use super::options::{self, Secrets, Shape};
use super::output::Output;
use crate::load::Recording;
use crate::render::{harmless, markdown, terminal};
use crate::scrub::mask::Mask;
use crate::view::{Block, events, place, raw, show, transcript};

/// Show what was asked and answered, interaction by interaction
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, independent of the others"
)]
pub(super) struct Arguments {
    /// Cassettes, or directories to look for them; `-` reads the standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Show only these interactions, counted from 0: `2`, `1..3`, `4..`
    #[arg(short, long = "interaction", value_name = "N", value_parser = numbers)]
    interactions: Vec<Numbers>,

    /// Show requests and responses as HTTP, with their bodies decoded
    #[arg(long, conflicts_with = "events")]
    raw: bool,

    /// Show streams event by event
    #[arg(long)]
    events: bool,

    /// Show headers, credentials masked
    #[arg(long)]
    headers: bool,

    /// Show each request whole, also what was said before
    #[arg(long)]
    full: bool,

    /// Show or hide the model's thinking
    #[arg(long, value_enum, default_value_t)]
    reasoning: Reasoning,

    #[command(flatten)]
    secrets: Secrets,

    #[command(flatten)]
    page: options::Page<Shape>,

    #[command(flatten)]
    reading: options::Reading,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Reasoning {
    #[default]
    Show,
    Hide,
}

pub(super) type Numbers = RangeInclusive<usize>;

/// Reads `2`, `1..3` (both ends included), `4..`, `..4`.
pub(super) fn numbers(text: &str) -> Result<Numbers, String> {
    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is no number"));
    match text.split_once("..") {
        None => number(text).map(|at| at..=at),
        Some((from, to)) => {
            let from = if from.is_empty() { 0 } else { number(from)? };
            let to = to.strip_prefix('=').unwrap_or(to);
            let to = if to.is_empty() { usize::MAX } else { number(to)? };
            if from <= to { Ok(from..=to) } else { Err("the range is empty".to_owned()) }
        }
    }
}

/// More messages about one file than this nobody reads.
const MESSAGES: usize = 50;

/// What one file came to.
#[derive(Default)]
struct Shown {
    /// For the standard output.
    text: String,
    /// For the standard error.
    messages: String,
    /// Whether the file could not be shown although it was named.
    failed: bool,
    /// Whether the file is no cassette and was passed over.
    passed_over: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let page = Page {
        arguments,
        layout: arguments.page.look.layout(),
        colour_messages: arguments.page.look.colour_messages(),
        mask: arguments.secrets.mask(),
    };
    let json = arguments.page.format == Shape::Json;
    let mut out = Output::paged(!arguments.page.look.no_pager && !json);
    let (mut shown, mut passed_over, mut status) = (0_usize, 0_usize, Status::Fine);
    if json {
        write!(out, "{{\"schema_version\": {}, \"cassettes\": [", show::SCHEMA_VERSION)?;
    }
    in_order(
        files::walk(&arguments.paths),
        |source| page.file(&source),
        |file: Shown| -> anyhow::Result<()> {
            if !file.messages.is_empty() {
                anstream::eprint!("{}", file.messages);
            }
            if file.failed {
                status = Status::Trouble;
            }
            if file.passed_over {
                passed_over += 1;
            }
            if !file.text.is_empty() {
                let between = match (shown, json) {
                    (0, true) => "\n",
                    (_, true) => ",\n",
                    (0, false) => "",
                    (_, false) => "\n",
                };
                out.write_all(between.as_bytes()).and_then(|()| out.write_all(file.text.as_bytes()))?;
                shown += 1;
            }
            Ok(())
        },
    )
    .context("cannot write")?;
    if json {
        writeln!(out, "\n]}}")?;
    }
    out.flush().context("cannot write")?;
    drop(out);
    if passed_over > 0 {
        anstream::eprintln!("passed over {}", files::no_cassettes(passed_over));
    }
    if shown == 0 && status == Status::Fine {
        anyhow::bail!("no cassettes in {}", files::names(&arguments.paths));
    }
    Ok(status)
}

/// How to show each file.
struct Page<'a> {
    arguments: &'a Arguments,
    layout: terminal::Layout,
    colour_messages: bool,
    /// What hides credentials; nothing if they are to be shown.
    mask: Option<Mask>,
}

impl Page<'_> {
    fn file(&self, source: &Source) -> Shown {
        let name = source.name();
        match input::open(source, self.arguments.reading.format_in, Depth::Conversations) {
            Opened::Cassette(recording, _) => self.masked(&name, &recording),
            Opened::PassedOver => Shown { passed_over: true, ..Shown::default() },
            Opened::Failed(failed) => self.failed(&name, &failed),
        }
    }

    /// Shows a recording without its credentials.
    fn masked(&self, name: &str, recording: &Recording) -> Shown {
        let Some(mask) = &self.mask else { return self.recording(name, recording) };
        match mask.masked(recording) {
            Ok(None) => self.recording(name, recording),
            Ok(Some(masked)) => self.recording(name, &masked),
            Err(diagnostic) => {
                let messages = input::message(&diagnostic, name, recording, self.colour_messages);
                let at = diagnostic.at.map(|at| place::of(recording.file.bytes.bytes(), at.start));
                self.unshown(name, messages, diagnostic.message, at)
            }
        }
    }

    fn recording(&self, name: &str, recording: &Recording) -> Shown {
        let options = show::Options {
            only: &self.arguments.interactions,
            headers: self.arguments.headers,
            full: self.arguments.full,
            hide_reasoning: self.arguments.reasoning == Reasoning::Hide,
        };
        let view = show::cassette(name, recording, &options);
        let mut text = String::new();
        if self.arguments.page.format == Shape::Json {
            text = serde_json::to_string_pretty(&view).unwrap_or_default();
            return Shown { text, ..Shown::default() };
        }
        let blocks = if self.arguments.raw {
            raw::blocks(&view, recording)
        } else if self.arguments.events {
            events::blocks(&view, recording, &options)
        } else {
            transcript::blocks(&view, &options)
        };
        self.render(&blocks, &mut text);
        let messages = recording.diagnostics.iter().take(MESSAGES);
        let message = |each| input::message(each, name, recording, self.colour_messages);
        let messages = messages.map(message);
        let mut messages: String = messages.collect();
        let more = recording.diagnostics.len().saturating_sub(MESSAGES);
        if more > 0 {
            let _ = writeln!(messages, "{more} more about {}; `--format json` has them all", harmless(name));
        }
        Shown { text, messages, ..Shown::default() }
    }

    fn render(&self, blocks: &[Block], out: &mut String) {
        match self.arguments.page.format {
            Shape::Markdown => markdown::render(blocks, out),
            Shape::Text | Shape::Json => terminal::render(blocks, self.layout, out),
        }
    }

    fn failed(&self, name: &str, failed: &Failed) -> Shown {
        let messages = failed.message(name, self.colour_messages);
        self.unshown(name, messages, failed.diagnostic.message.clone(), failed.place())
    }

    fn unshown(&self, name: &str, messages: String, why: String, at: Option<place::Place>) -> Shown {
        let mut text = String::new();
        if self.arguments.page.format == Shape::Json {
            text = serde_json::to_string_pretty(&show::failed(name, why, at)).unwrap_or_default();
        }
        Shown { text, messages, failed: true, passed_over: false }
    }
}
