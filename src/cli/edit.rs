//! `cassette get`, `set`, `rm`: one place of a cassette, by a path that reads like the JSON output.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

use super::Status;
use super::files::LIMIT;
use super::input;
use super::options::{Look, Reading, Secrets};
use super::output::Output;
use super::writing::{self, Writing};
use crate::diagnostic::Diagnostic;
use crate::edit::{self, As, Edited};
use crate::load::Recording;
use crate::render::harmless;
use crate::syntax::path;

/// Print what stands at a place of a cassette
#[derive(Debug, Args)]
pub(super) struct GetArguments {
    /// The cassette; `-` reads the standard input
    file: PathBuf,

    /// The interaction, counted from 0 [default: all that have it]
    #[arg(short, long, value_name = "N")]
    interaction: Option<usize>,

    /// Such as `response.text` or `request.headers.accept`
    path: String,

    /// Write JSON, also of a text
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    secrets: Secrets,

    #[command(flatten)]
    look: Look,

    #[command(flatten)]
    reading: Reading,
}

/// Which place of a cassette to change.
#[derive(Debug, Args)]
struct Spot {
    /// The cassette; `-` reads the standard input and writes to the standard output
    file: PathBuf,

    /// The interaction, counted from 0 [default: the only one]
    #[arg(short, long, value_name = "N")]
    interaction: Option<usize>,

    /// Such as `response.text` or `request.headers.accept`
    path: String,
}

/// Set a place of a cassette to another value
#[derive(Debug, Args)]
pub(super) struct SetArguments {
    #[command(flatten)]
    spot: Spot,

    /// The value, typed as the place wants it; several for a header or a list; `-` reads the standard input
    #[arg(required = true, allow_negative_numbers = true)]
    values: Vec<String>,

    /// Take the value for JSON
    #[arg(long, conflicts_with = "text")]
    json: bool,

    /// Take the value for text
    #[arg(long)]
    text: bool,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    reading: Reading,
}

/// Remove a header, a parameter or a part of a JSON body
#[derive(Debug, Args)]
pub(super) struct RemoveArguments {
    #[command(flatten)]
    spot: Spot,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    reading: Reading,
}

fn parse(text: &str) -> anyhow::Result<path::Path> {
    path::Path::parse(text).with_context(|| format!("`{text}` is no path"))
}

pub(super) fn get(arguments: &GetArguments) -> anyhow::Result<Status> {
    let path = parse(&arguments.path)?;
    let colour = arguments.look.colour_messages();
    let (source, recording) = match writing::open(&arguments.file, arguments.reading.format_in, colour) {
        Ok(opened) => opened,
        Err(status) => return Ok(status),
    };
    let masked = match arguments.secrets.mask().map(|mask| mask.masked(&recording)) {
        None | Some(Ok(None)) => None,
        Some(Ok(Some(masked))) => Some(masked),
        Some(Err(diagnostic)) => return Ok(told(&diagnostic, &source.name(), &recording, colour)),
    };
    let shown = masked.as_ref().unwrap_or(&recording);
    let value = |at: usize| {
        let place = edit::find(shown, at, &path)?;
        place.value(&shown.interactions[at])
    };
    let count = shown.interactions.len();
    let mut text = String::new();
    match arguments.interaction {
        None if count > 1 => {
            let found: Vec<_> = (0..count).filter_map(|at| Some((at, value(at).ok()?))).collect();
            if found.is_empty() {
                let Err(missing) = value(0) else { return Ok(Status::Fine) };
                return Ok(told(&missing.diagnostic(), &source.name(), &recording, colour));
            }
            for (at, value) in found {
                let _ = writeln!(text, "{at}  {}", written(&value, arguments.json));
            }
        }
        at => match value(at.unwrap_or(0)) {
            Ok(value) => text = written(&value, arguments.json) + "\n",
            Err(missing) => return Ok(told(&missing.diagnostic(), &source.name(), &recording, colour)),
        },
    }
    let mut out = Output::paged(!arguments.look.no_pager);
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write")?;
    Ok(Status::Fine)
}

/// Returns a value as people read it: a text as it is, anything else as JSON.
fn written(value: &Value, json: bool) -> String {
    use std::io::IsTerminal as _;
    let terminal = std::io::stdout().is_terminal();
    match value {
        Value::String(text) if !json && terminal => {
            text.split('\n').map(|line| harmless(line).into_owned()).collect::<Vec<_>>().join("\n")
        }
        Value::String(text) if !json => text.clone(),
        _ => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

/// Prints what is wrong.
fn told(diagnostic: &Diagnostic, name: &str, recording: &Recording, colour: bool) -> Status {
    anstream::eprint!("{}", input::message(diagnostic, name, recording, colour));
    Status::Trouble
}

pub(super) fn set(arguments: &SetArguments) -> anyhow::Result<Status> {
    let kind = match (arguments.json, arguments.text) {
        (true, _) => As::Json,
        (_, true) => As::Text,
        _ => As::Fitting,
    };
    let values: anyhow::Result<Vec<edit::Value>> = arguments
        .values
        .iter()
        .map(|value| Ok(edit::Value { text: given(value, &arguments.spot.file)?, kind }))
        .collect();
    let values = values?;
    change(&arguments.spot, &arguments.writing, arguments.reading, |recording, at, path| {
        edit::set(recording, at, path, &values)
    })
}

/// Returns a value, `-` read from the standard input.
fn given(value: &str, file: &Path) -> anyhow::Result<String> {
    if value != "-" || file == Path::new("-") {
        return Ok(value.to_owned());
    }
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(LIMIT)
        .read_to_string(&mut text)
        .context("cannot read the standard input")?;
    Ok(text.strip_suffix('\n').map_or(text.clone(), str::to_owned))
}

pub(super) fn remove(arguments: &RemoveArguments) -> anyhow::Result<Status> {
    change(&arguments.spot, &arguments.writing, arguments.reading, edit::remove)
}

/// Changes one place.
fn change(
    spot: &Spot,
    writing: &Writing,
    reading: Reading,
    edit: impl Fn(&Recording, usize, &path::Path) -> Result<Edited, Diagnostic>,
) -> anyhow::Result<Status> {
    let path = parse(&spot.path)?;
    let (source, recording) = match writing::open(&spot.file, reading.format_in, writing.colour()) {
        Ok(opened) => opened,
        Err(status) => return Ok(status),
    };
    let count = recording.interactions.len();
    let at = match spot.interaction {
        Some(at) => at,
        None if count <= 1 => 0,
        None => anyhow::bail!("the cassette has {count} interactions; name one with -i, counted from 0"),
    };
    match edit(&recording, at, &path) {
        Ok(Edited { rewritten, followed }) => {
            let more = writing::followed(&followed);
            writing.finish(&source, &recording, rewritten, &more)
        }
        Err(diagnostic) => Ok(told(&diagnostic, &source.name(), &recording, writing.colour())),
    }
}
