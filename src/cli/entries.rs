//! `cassette drop`, `keep`, `move`, `dedupe`, `merge`, `split`: whole interactions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::Status;
use super::files::{self, Source};
use super::input;
use super::ls::FilterArguments;
use super::options::Reading;
use super::show::{Numbers, numbers};
use super::writing::{self, Writing, main_file, put};
use crate::diagnostic::Diagnostic;
use crate::edit::entries::{Entry, arrange, repeated};
use crate::format::{self, EMPTY_LIST};
use crate::load::Recording;

/// Which interactions of a cassette are meant.
#[derive(Debug, Args)]
struct Choice {
    /// The cassette; `-` reads the standard input and writes to the standard output
    file: PathBuf,

    /// Interactions, counted from 0: `2`, `1..3`, `4..`
    #[arg(value_name = "N", value_parser = numbers)]
    numbers: Vec<Numbers>,

    #[command(flatten)]
    filter: FilterArguments,
}

/// Which interactions of a cassette are meant, and where the new one goes.
#[derive(Debug, Args)]
pub(super) struct ChoiceArguments {
    #[command(flatten)]
    choice: Choice,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    reading: Reading,
}

/// Put interactions of a cassette elsewhere in it
#[derive(Debug, Args)]
pub(super) struct MoveArguments {
    /// The cassette; `-` reads the standard input and writes to the standard output
    file: PathBuf,

    /// Interactions, counted from 0: `2`, `1..3`, `4..`
    #[arg(value_name = "N", value_parser = numbers)]
    numbers: Numbers,

    /// The number that the first of them is to have
    to: usize,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    reading: Reading,
}

/// Leave out interactions that repeat an earlier one: the same request, and the same answer
#[derive(Debug, Args)]
pub(super) struct DedupeArguments {
    /// The cassette; `-` reads the standard input and writes to the standard output
    file: PathBuf,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    reading: Reading,
}

/// Put the interactions of several cassettes into one, in the order of the cassettes
#[derive(Debug, Args)]
pub(super) struct MergeArguments {
    /// The cassettes, all of one format; the first one gives the layout
    #[arg(required = true, num_args = 2..)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    reading: Reading,
}

/// Write each interaction of a cassette to a cassette of its own, `NAME-0`, `NAME-1` and so on
#[derive(Debug, Args)]
pub(super) struct SplitArguments {
    /// The cassette
    file: PathBuf,

    /// The folder to write to [default: the cassette's]
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,

    /// Keep together what belongs to one conversation
    #[arg(long)]
    conversations: bool,

    /// Write nothing; only name the files
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    reading: Reading,
}

impl Choice {
    /// Returns the numbers of the interactions that are meant.
    fn of(&self, recording: &Recording) -> anyhow::Result<BTreeSet<usize>> {
        let filter = self.filter.filter();
        if self.numbers.is_empty() && filter.is_empty() {
            bail!(
                "say which interactions: by number, as in `2` or `1..3`, or with --provider, --model, --status, --host, --has"
            );
        }
        let count = recording.interactions.len();
        if let Some(range) = self.numbers.iter().find(|range| *range.start() >= count) {
            bail!("there is no interaction {}; the cassette has {count}, counted from 0", range.start());
        }
        let numbered =
            |at: &usize| self.numbers.is_empty() || self.numbers.iter().any(|range| range.contains(at));
        Ok(filter.chosen(recording).into_iter().filter(numbered).collect())
    }
}

pub(super) fn drop(arguments: &ChoiceArguments) -> anyhow::Result<Status> {
    let ChoiceArguments { choice, writing, reading } = arguments;
    change(&choice.file, writing, *reading, |recording| {
        let gone = choice.of(recording)?;
        Ok((0..recording.interactions.len()).filter(|at| !gone.contains(at)).collect())
    })
}

pub(super) fn keep(arguments: &ChoiceArguments) -> anyhow::Result<Status> {
    let ChoiceArguments { choice, writing, reading } = arguments;
    change(&choice.file, writing, *reading, |recording| Ok(choice.of(recording)?.into_iter().collect()))
}

pub(super) fn shift(arguments: &MoveArguments) -> anyhow::Result<Status> {
    let MoveArguments { file, numbers, to, writing, reading } = arguments;
    change(file, writing, *reading, |recording| {
        let count = recording.interactions.len();
        if *numbers.start() >= count {
            bail!("there is no interaction {}; the cassette has {count}, counted from 0", numbers.start());
        }
        let (moved, mut rest): (Vec<_>, Vec<_>) = (0..count).partition(|at| numbers.contains(at));
        if *to > rest.len() {
            bail!("{to} is too far: the first of {} can have at most number {}", moved.len(), rest.len());
        }
        rest.splice(to..to, moved);
        Ok(rest)
    })
}

pub(super) fn dedupe(arguments: &DedupeArguments) -> anyhow::Result<Status> {
    change(&arguments.file, &arguments.writing, arguments.reading, |recording| {
        let gone: BTreeSet<usize> = repeated(recording).into_iter().collect();
        Ok((0..recording.interactions.len()).filter(|at| !gone.contains(at)).collect())
    })
}

/// Gives a cassette these of its interactions.
fn change(
    file: &Path,
    writing: &Writing,
    reading: Reading,
    order: impl Fn(&Recording) -> anyhow::Result<Vec<usize>>,
) -> anyhow::Result<Status> {
    let (source, recording) = match writing::open(file, reading.format_in, writing.colour()) {
        Ok(opened) => opened,
        Err(status) => return Ok(status),
    };
    let entries: Vec<Entry> = order(&recording)?.into_iter().map(Entry::Own).collect();
    match arrange(&recording, &[], &entries) {
        Ok(rewritten) => {
            let more = left(&recording, entries.len());
            writing.finish(&source, &recording, rewritten, &more)
        }
        Err(diagnostic) => Ok(told(&diagnostic, &source, &recording, writing.colour())),
    }
}

/// Says how many interactions are left.
fn left(recording: &Recording, count: usize) -> String {
    let before = recording.interactions.len();
    if before == count {
        "; all interactions stay".to_owned()
    } else {
        format!("; {count} of {before} interactions stay")
    }
}

fn told(diagnostic: &Diagnostic, source: &Source, recording: &Recording, colour: bool) -> Status {
    anstream::eprint!("{}", input::message(diagnostic, &source.name(), recording, colour));
    Status::Trouble
}

pub(super) fn merge(arguments: &MergeArguments) -> anyhow::Result<Status> {
    let MergeArguments { files, writing, reading } = arguments;
    if !writing.elsewhere() {
        bail!("say where to: -o FILE, or --diff and --dry-run to only look");
    }
    let mut opened = Vec::new();
    for file in files {
        match writing::open(file, reading.format_in, writing.colour()) {
            Ok(one) => opened.push(one),
            Err(status) => return Ok(status),
        }
    }
    // An empty list may be of the recorder that the others are of.
    let mut known = opened.iter().map(|(_, recording)| recording.format);
    if let Some(format) = known.find(|name| *name != EMPTY_LIST.name()).and_then(format::by_name) {
        for (source, recording) in &mut opened {
            if recording.format == EMPTY_LIST.name() && !source.is_stdin() {
                match writing::open(&source.path, Some(input::FormatIn(format)), writing.colour()) {
                    Ok((_, again)) => *recording = again,
                    Err(status) => return Ok(status),
                }
            }
        }
    }
    let Some(((source, first), others)) = opened.split_first() else { bail!("there are no cassettes") };
    let others: Vec<&Recording> = others.iter().map(|(_, recording)| &**recording).collect();
    let mut entries: Vec<Entry> = (0..first.interactions.len()).map(Entry::Own).collect();
    for (number, other) in others.iter().enumerate() {
        entries.extend((0..other.interactions.len()).map(|at| Entry::Other(number, at)));
    }
    let more = format!("; {} interactions", entries.len());
    match arrange(first, &others, &entries) {
        Ok(rewritten) => writing.finish(source, first, rewritten, &more),
        Err(diagnostic) => Ok(told(&diagnostic, source, first, writing.colour())),
    }
}

pub(super) fn split(arguments: &SplitArguments) -> anyhow::Result<Status> {
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let (source, recording) = match writing::open(&arguments.file, arguments.reading.format_in, colour) {
        Ok(opened) => opened,
        Err(status) => return Ok(status),
    };
    if source.is_stdin() {
        bail!("a cassette from the standard input has no name to go by");
    }
    let own = source.path.parent().unwrap_or_else(|| Path::new("")).to_owned();
    let folder = arguments.output.clone().unwrap_or_else(|| own.clone());
    if folder != own && !recording.beside.is_empty() {
        bail!("the cassette keeps bodies in files beside it; split it where it is");
    }
    let name = source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (stem, ending) = name
        .split_once('.')
        .map_or((name.as_str(), String::new()), |(stem, ending)| (stem, format!(".{ending}")));
    let mut parts = Vec::new();
    for (number, group) in groups(&recording, arguments.conversations).into_iter().enumerate() {
        let path = folder.join(format!("{stem}-{number}{ending}"));
        if path.exists() {
            bail!("`{}` is there already", path.display());
        }
        let entries: Vec<Entry> = group.iter().copied().map(Entry::Own).collect();
        match arrange(&recording, &[], &entries) {
            Ok(None) => parts.push((path, recording.file.original().to_vec())),
            Ok(Some(rewritten)) => parts.push((path, main_file(&recording, rewritten))),
            Err(diagnostic) => return Ok(told(&diagnostic, &source, &recording, colour)),
        }
    }
    if arguments.dry_run {
        for (path, _) in &parts {
            anstream::eprintln!("{}: would be written", path.display());
        }
        return Ok(Status::Fine);
    }
    files::create_folder(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    for (path, bytes) in &parts {
        put(path, bytes)?;
        anstream::eprintln!("{}", path.display());
    }
    Ok(Status::Fine)
}

/// Returns the interactions that go to one cassette each.
fn groups(recording: &Recording, conversations: bool) -> Vec<Vec<usize>> {
    let count = recording.interactions.len();
    if !conversations {
        return (0..count).map(|at| vec![at]).collect();
    }
    let mut groups: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
    for at in 0..count {
        let conversation = recording.threads.turn(at).map(|turn| turn.conversation);
        let known = groups.iter_mut().find(|(own, _)| own.is_some() && *own == conversation);
        match known {
            Some((_, group)) => group.push(at),
            None => groups.push((conversation, vec![at])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
