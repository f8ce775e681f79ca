//! Writing what was rewritten: in place, to another file, or only as what would change.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::Status;
use super::files::{self, Source};
use super::input;
use super::options::{Look, Secrets};
use super::output::Output;
use crate::load::Recording;
use crate::render::terminal;
use crate::rewrite::Rewritten;
use crate::scrub::mask::Mask;
use crate::view::changes;

/// Where a changed cassette goes.
#[derive(Debug, Args)]
pub(super) struct Writing {
    /// Write nothing; exit with 1 if something would change
    #[arg(long)]
    dry_run: bool,

    /// Write nothing; show what would change
    #[arg(long)]
    diff: bool,

    /// Write to this file in place of the cassette; `-` is the standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    secrets: Secrets,

    #[command(flatten)]
    look: Look,
}

impl Writing {
    /// Returns whether messages are coloured.
    pub(super) fn colour(&self) -> bool {
        self.look.colour_messages()
    }

    /// Writes a rewritten cassette, and says what was done; `more` is said behind it.
    pub(super) fn finish(
        &self,
        source: &Source,
        recording: &Recording,
        rewritten: Option<Rewritten>,
        more: &str,
    ) -> anyhow::Result<Status> {
        let name = source.name();
        let Some(rewritten) = rewritten else {
            if let Some(output) = self.output(source) {
                put(&output, recording.file.original())?;
            }
            anstream::eprintln!("{name}: nothing to change");
            return Ok(Status::Fine);
        };
        if self.diff {
            self.show(&name, recording, &rewritten.recording)?;
            return Ok(Status::Found);
        }
        let lines = changes::lines(&text(recording), &text(&rewritten.recording));
        if self.dry_run {
            anstream::eprintln!("{name}: would change {lines}{more}");
            return Ok(Status::Found);
        }
        match self.output(source) {
            None => {
                write(source, recording, &rewritten)
                    .map_err(|why| anyhow!("cannot write `{name}`: {why}"))?;
                anstream::eprintln!("{name}: changed {lines}{more}");
            }
            Some(output) => {
                let id = recording.file.id();
                if rewritten.files.iter().any(|(changed, _)| *changed != id) {
                    anyhow::bail!("files beside `{name}` change, too; write it in place");
                }
                put(&output, &main_file(recording, rewritten))?;
                if output != Path::new("-") {
                    anstream::eprintln!("{}: {name}, {lines} changed{more}", output.display());
                }
            }
        }
        Ok(Status::Fine)
    }

    /// Returns what hides credentials; nothing if they are to be shown.
    pub(super) fn mask(&self) -> Option<Mask> {
        self.secrets.mask()
    }

    /// Returns whether the cassette itself stays as it is.
    pub(super) fn elsewhere(&self) -> bool {
        self.dry_run || self.diff || self.output.is_some()
    }

    /// Returns the file to write to, if that is not the cassette itself.
    fn output(&self, source: &Source) -> Option<PathBuf> {
        if self.dry_run || self.diff {
            return None;
        }
        let filtered = source.is_stdin().then(|| PathBuf::from("-"));
        self.output.clone().or(filtered)
    }

    /// Shows what would change, without credentials.
    fn show(&self, name: &str, old: &Recording, new: &Recording) -> anyhow::Result<()> {
        let mask = self.secrets.mask();
        let shown = |recording: &Recording| match &mask {
            None => Ok(text(recording)),
            Some(mask) => Ok(text(mask.masked(recording)?.as_ref().unwrap_or(recording))),
        };
        let both: Result<_, crate::diagnostic::Diagnostic> =
            shown(old).and_then(|old| Ok((old, shown(new)?)));
        let blocks = changes::of_file(name, both.ok());
        let mut text = String::new();
        terminal::render(&blocks, self.look.layout(), &mut text);
        let mut out = Output::paged(!self.look.no_pager);
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write")
    }
}

fn text(recording: &Recording) -> String {
    String::from_utf8_lossy(recording.file.bytes.bytes()).into_owned()
}

/// Says which interactions changed with another.
pub(super) fn followed(interactions: &[usize]) -> String {
    let numbers: Vec<String> = interactions.iter().map(usize::to_string).collect();
    if numbers.is_empty() {
        return String::new();
    }
    format!("; what {} sends back of it changed, too", numbers.join(", "))
}

/// Writes a file, or the standard output.
pub(super) fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return std::io::stdout().lock().write_all(bytes).context("cannot write");
    }
    files::create(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Reads the one cassette that a command changes.
pub(super) fn open(
    path: &Path,
    format: Option<input::FormatIn>,
    colour: bool,
) -> Result<(Source, Box<Recording>), Status> {
    let source = Source { path: path.to_owned(), named: true, staged: None };
    match input::open(&source, format, input::Depth::Conversations) {
        input::Opened::Cassette(recording, _) => Ok((source, recording)),
        input::Opened::Failed(failed) => {
            anstream::eprint!("{}", failed.message(&source.name(), colour));
            Err(Status::Trouble)
        }
        input::Opened::PassedOver => Err(Status::Trouble),
    }
}

/// Returns the new bytes of the cassette itself.
pub(super) fn main_file(recording: &Recording, rewritten: Rewritten) -> Vec<u8> {
    let id = recording.file.id();
    let new = rewritten.files.into_iter().find(|(changed, _)| *changed == id);
    new.map_or_else(|| recording.file.original().to_vec(), |(_, bytes)| bytes)
}

/// Writes what changed: files beside the cassette first, and those that go by another name now are removed last, so that
/// the cassette never names what is not there.
pub(super) fn write(source: &Source, recording: &Recording, rewritten: &Rewritten) -> Result<(), String> {
    let trouble = |error: std::io::Error| files::reason(&error);
    let id = recording.file.id();
    let main = rewritten.files.iter().filter(|(changed, _)| *changed == id);
    let mut left = Vec::new();
    for (changed, bytes) in rewritten.files.iter().filter(|(changed, _)| *changed != id) {
        let attached = recording.beside.iter().find(|each| each.bytes.source_id() == Some(*changed));
        let attached = attached.ok_or("a file beside it is unknown")?;
        let path = files::beside_path(&source.path, &attached.beside)?;
        match rewritten.renamed.iter().find(|(renamed, _)| renamed == changed) {
            Some((_, name)) => {
                files::replace_as(&path, attached.beside.name.as_str(), name, bytes).map_err(trouble)?;
                left.push(path);
            }
            None => files::replace(&path, bytes).map_err(trouble)?,
        }
    }
    for (_, bytes) in main {
        if source.staged.is_some() {
            super::scrub::staged::write(source, bytes)?;
        } else {
            files::replace(&source.path, bytes).map_err(trouble)?;
        }
    }
    left.iter().try_for_each(|path| files::remove(path)).map_err(trouble)
}
