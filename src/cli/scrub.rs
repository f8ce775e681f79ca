//! `cassette scrub`: makes cassettes safe to commit.

use std::path::PathBuf;

use clap::Args;

use super::Status;
use super::files::{self, Source};
use super::input::{self, FormatIn, Opened};
use super::output::Color;
use crate::diagnostic::Diagnostic;
use crate::scrub::plan::{Finding, Scrubber};
use crate::scrub::rule::Preset;
use crate::scrub::{Rules, rules};
use crate::text::SourceId;

/// Take credentials and identities out of cassettes, so that they are safe to commit and still replay
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Cassettes, or directories to look for them
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Write nothing; exit with 1 if something would change
    #[arg(long)]
    check: bool,

    /// What to scrub [default: secrets,identity]
    #[arg(long, value_name = "PRESETS", value_delimiter = ',', value_parser = preset)]
    preset: Vec<Preset>,

    /// Pass over named files that are no cassettes
    #[arg(long)]
    skip_unknown: bool,

    /// Take the files for cassettes of this format
    #[arg(long, value_name = "FORMAT", value_parser = input::format_in)]
    format_in: Option<FormatIn>,

    /// When to colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
}

fn preset(name: &str) -> Result<Preset, String> {
    let names: Vec<_> = Preset::ALL.into_iter().map(Preset::name).collect();
    Preset::by_name(name).ok_or_else(|| format!("the presets are {}", names.join(", ")))
}

/// What a file came to.
enum Scrubbed {
    Clean,
    Changed(String, Vec<Finding>, Vec<(SourceId, Vec<u8>)>),
    Failed(String),
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let presets =
        if arguments.preset.is_empty() { Preset::DEFAULT.to_vec() } else { arguments.preset.clone() };
    let scrubber = Scrubber { rules: Rules::new(rules::of(&presets)), ..Scrubber::default() };
    let sources = files::find(&arguments.paths);
    let mut status = Status::Fine;
    let colour = arguments.color.on(&std::io::stderr());
    files::in_order(
        &sources,
        |source| scrub(source, arguments, &scrubber, colour),
        |scrubbed| -> anyhow::Result<()> {
            match scrubbed {
                Scrubbed::Clean => {}
                Scrubbed::Changed(_name, _findings, _) if arguments.check => {
                    status = status.max(Status::Found);
                }
                Scrubbed::Changed(name, _findings, files) => {
                    for (_, bytes) in files {
                        files::replace(&PathBuf::from(&name), &bytes)?;
                    }
                }
                Scrubbed::Failed(message) => {
                    anstream::eprint!("{message}");
                    status = Status::Trouble;
                }
            }
            Ok(())
        },
    )?;
    Ok(status)
}

fn scrub(source: &Source, arguments: &Arguments, scrubber: &Scrubber, colour: bool) -> Scrubbed {
    let name = source.name();
    match input::open(source, arguments.format_in) {
        Opened::Cassette(recording, _) => match scrubber.scrub(&recording) {
            Ok(done) => match done.rewritten {
                None => Scrubbed::Clean,
                Some(rewritten) => Scrubbed::Changed(name, done.findings, rewritten.files),
            },
            Err(diagnostic) => Scrubbed::Failed(message(&diagnostic, &name, &recording, colour)),
        },
        // A test that was recorded without a call leaves an empty file: there is nothing to find in it.
        Opened::Failed(failed) if failed.is_empty() => Scrubbed::Clean,
        Opened::PassedOver => Scrubbed::Clean,
        Opened::Failed(failed) => Scrubbed::Failed(failed.message(&name, colour)),
    }
}

fn message(diagnostic: &Diagnostic, name: &str, recording: &crate::load::Recording, colour: bool) -> String {
    let text = recording.file.text();
    crate::render::snippet::render(diagnostic, name, text.as_ref().map(crate::text::Text::as_str), colour)
        + "\n"
}
