//! `cassette convert`: a cassette as another recorder would have written it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::Status;
use super::input;
use super::options::Reading;
use super::writing;
use crate::convert::{self, Converted};
use crate::format::{self, Format, write::Writer};

/// Write a cassette in another recorder's format, and say what that does not keep
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The cassette, of any format; `-` reads the standard input
    input: PathBuf,

    /// The file to write; `-` is the standard output
    output: PathBuf,

    /// The format to write [default: by the file's ending, if only one format has it]
    #[arg(long, value_name = "FORMAT", value_parser = target)]
    to: Option<Target>,

    /// Replace the file if it is there
    #[arg(long)]
    force: bool,

    /// Write nothing; only say what would be lost
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    reading: Reading,
}

/// A format to write.
#[derive(Clone, Copy)]
struct Target(&'static dyn Format, &'static Writer);

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

fn target(name: &str) -> Result<Target, String> {
    let found = format::written().find(|(format, _)| format.name() == name);
    found
        .map(|(format, writer)| Target(format, writer))
        .ok_or_else(|| format!("it can be one of {}", names()))
}

fn names() -> String {
    format::written().map(|(format, _)| format.name()).collect::<Vec<_>>().join(", ")
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let Arguments { input, output, to, force, dry_run, reading } = arguments;
    let ending = output.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let by_ending = || convert::by_ending(ending).map(|(format, writer)| Target(format, writer));
    let Some(Target(format, writer)) = to.or_else(by_ending) else {
        bail!("say which format to write: --to with one of {}", names());
    };
    let is_stdout = output == Path::new("-");
    if !is_stdout && !force && !dry_run && output.exists() {
        bail!("`{}` is there already; --force replaces it", output.display());
    }
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let (source, recording) = match writing::open(input, reading.format_in, colour) {
        Ok(opened) => opened,
        Err(status) => return Ok(status),
    };
    let name = source.name();
    match convert::convert(&recording, format, writer) {
        Ok(converted) => {
            if !dry_run {
                writing::put(output, &converted.bytes)?;
            }
            let to = if is_stdout { "standard output".to_owned() } else { output.display().to_string() };
            anstream::eprint!("{}", report(&converted, &name, &to, format.name(), *dry_run));
            Ok(Status::Fine)
        }
        Err(diagnostic) => {
            anstream::eprint!("{}", input::message(&diagnostic, &name, &recording, colour));
            Ok(Status::Trouble)
        }
    }
}

/// Says what was written and what was lost.
fn report(converted: &Converted, from: &str, to: &str, format: &str, dry_run: bool) -> String {
    let Converted { exchanges, losses, .. } = converted;
    let end = if *exchanges == 1 { "" } else { "s" };
    let would = if dry_run { "would be " } else { "" };
    let mut text = format!("{to}: {would}{from} as {format}, {exchanges} interaction{end}");
    if losses.is_empty() {
        text += "; nothing is lost\n";
        return text;
    }
    text += "; not kept as it was:\n";
    let width = losses.iter().map(|(_, count)| count.to_string().len()).max().unwrap_or(1);
    for (what, count) in losses {
        let _ = writeln!(text, "  {count:>width$} × {what}");
    }
    text
}
