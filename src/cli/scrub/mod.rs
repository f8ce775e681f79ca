//! `cassette scrub`: makes cassettes safe to commit.

mod configured;
mod job;
pub(super) mod staged;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::Status;
use super::files::{self, Source};
use super::in_order::in_order;
use super::input::{self, FormatIn};
use super::output::{Color, Output, width};
use crate::render::terminal;
use crate::scrub::rule::Preset;
use crate::scrub::rules;
use crate::view::findings::{self, Audit};
use crate::view::{Block, Style, block};
use configured::Configured;
use job::{Came, Done, Job};

/// Take credentials and identities out of cassettes, so that they are safe to commit and still replay
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, independent of the others"
)]
pub(super) struct Arguments {
    /// Cassettes, or directories to look for them; `-` reads the standard input and writes to the standard output
    #[arg(required_unless_present_any = ["staged", "list"], value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Write nothing; exit with 1 if something would change
    #[arg(long)]
    check: bool,

    /// Write nothing; show what would change, credentials masked
    #[arg(long, conflicts_with_all = ["stdout", "explain"])]
    diff: bool,

    /// Write nothing; tell of every finding which rule it is, where, and why
    #[arg(long)]
    explain: bool,

    /// Write the scrubbed cassette to the standard output
    #[arg(long, conflicts_with = "check")]
    stdout: bool,

    /// Scrub what is staged in git, in the index and in the work tree
    #[arg(long)]
    staged: bool,

    /// Exit with 1 also after everything was scrubbed, as hooks want it
    #[arg(long)]
    exit_non_zero_on_fix: bool,

    /// What to scrub, in place of what the configuration says [default: secrets,identity]
    #[arg(long, value_name = "PRESETS", value_delimiter = ',', value_parser = preset)]
    preset: Vec<Preset>,

    /// Write what was found to this file, as JSON: rules, places, numbers, no values
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,

    /// List the rules
    #[arg(long)]
    list: bool,

    /// The configuration [default: the nearest .cassette.yaml above each cassette]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Read no configuration
    #[arg(long, conflicts_with = "config")]
    no_config: bool,

    /// Pass over named files that are no cassettes
    #[arg(long)]
    skip_unknown: bool,

    /// Show credentials in what --diff and --explain say
    #[arg(long)]
    show_secrets: bool,

    /// Say nothing about what was done
    #[arg(short, long)]
    quiet: bool,

    /// Take the files for cassettes of this format
    #[arg(long, value_name = "FORMAT", value_parser = input::format_in)]
    format_in: Option<FormatIn>,

    /// Columns to write for [default: the terminal's, or 80]
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,

    /// When to colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
}

fn preset(name: &str) -> Result<Preset, String> {
    let names: Vec<_> = Preset::ALL.into_iter().map(Preset::name).collect();
    Preset::by_name(name).ok_or_else(|| format!("the presets are {}", names.join(", ")))
}

impl Arguments {
    /// Returns whether files may be written.
    fn writes(&self) -> bool {
        !(self.check || self.diff || self.explain || self.stdout)
    }

    fn presets(&self) -> Option<&[Preset]> {
        (!self.preset.is_empty()).then_some(self.preset.as_slice())
    }

    /// Renders blocks for the standard error, or for the standard output.
    fn render(&self, blocks: &[Block], colour: bool) -> String {
        let mut text = String::new();
        terminal::render(blocks, terminal::Layout { width: width(self.width), colour }, &mut text);
        text
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    if arguments.list {
        return list(arguments);
    }
    let sources =
        if arguments.staged { staged::sources(&arguments.paths)? } else { files::find(&arguments.paths) };
    if arguments.stdout && sources.len() != 1 {
        bail!("--stdout is for one cassette, and there are {} files", sources.len());
    }
    let job = Job {
        arguments,
        configured: Configured::new(arguments.config.as_deref(), arguments.no_config),
        colour: arguments.color.on(&std::io::stderr()),
    };
    let mut report =
        Report { arguments, audit: Audit::default(), status: Status::Fine, hints: BTreeSet::new() };
    in_order(&sources, |source: &Source| job.scrub(source), |done| report.take(done))?;
    report.finish(&sources)
}

/// What all files came to.
struct Report<'a> {
    arguments: &'a Arguments,
    audit: Audit,
    status: Status,
    hints: BTreeSet<String>,
}

impl Report<'_> {
    fn take(&mut self, done: Done) -> anyhow::Result<()> {
        let Done { came, output, messages, hints } = done;
        if !messages.is_empty() {
            anstream::eprint!("{messages}");
        }
        if !output.is_empty() {
            std::io::stdout().lock().write_all(&output).context("cannot write")?;
        }
        self.hints.extend(hints);
        match came {
            Came::Clean => self.audit.clean += 1,
            Came::PassedOver => self.audit.passed_over += 1,
            Came::Found(file) => {
                let unwritten = !file.written && !self.arguments.stdout;
                if unwritten || self.arguments.exit_non_zero_on_fix {
                    self.status = self.status.max(Status::Found);
                }
                self.audit.files.push(file);
            }
            Came::Failed(file) => {
                self.status = Status::Trouble;
                self.audit.files.push(file);
            }
        }
        Ok(())
    }

    fn finish(self, sources: &[Source]) -> anyhow::Result<Status> {
        let Self { arguments, audit, status, hints } = self;
        if let Some(path) = &arguments.audit {
            let json = serde_json::to_string_pretty(&audit)? + "\n";
            files::write(path, json.as_bytes())
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        let nothing = audit.files.is_empty() && audit.clean == 0;
        if nothing && !arguments.staged && sources.iter().all(|source| !source.named) {
            bail!("no cassettes in {}", files::names(&arguments.paths));
        }
        if !(arguments.quiet || nothing && arguments.staged) {
            let colour = arguments.color.on(&std::io::stderr());
            let mut blocks = vec![Block::Note(findings::summary(&audit, arguments.writes()))];
            for hint in hints {
                blocks.push(Block::Note(vec![
                    block::run(Style::Dim, "hint: "),
                    block::run(Style::Plain, hint),
                ]));
            }
            anstream::eprint!("{}", arguments.render(&blocks, colour));
        }
        Ok(status)
    }
}

/// Prints the rules.
fn list(arguments: &Arguments) -> anyhow::Result<Status> {
    let presets = arguments.presets().unwrap_or(&Preset::ALL);
    let text =
        arguments.render(&findings::rules(&rules::of(presets)), arguments.color.on(&std::io::stdout()));
    let mut out = Output::paged(true);
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write")?;
    Ok(Status::Fine)
}
