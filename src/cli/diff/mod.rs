//! `cassette diff`: what really changed between two recordings.

mod sides;

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::Status;
use super::files;
use super::in_order::{in_order, spawn};
use super::input::{self, Opened};
use super::options::{Page, Reading, Secrets, Shape};
use super::output::Output;
use super::progress::Progress;
use crate::diff::{self, CLASSES, Class, Known};
use crate::load::Recording;
use crate::render::{markdown, terminal};
use crate::scrub::mask::Mask;
use crate::view::diff::{self as view, Comparison, File};
use crate::view::place::Place;
use sides::{Side, Two};

/// Compare recordings: what the application sends differently, what the provider answers differently, and no noise
///
/// Exits with 0 if both are the same but for noise, 1 if they differ, 2 if something could not be compared.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, independent of the others"
)]
pub(super) struct Arguments {
    /// The old recording: a cassette, a directory, `REV:PATH` in git, or `-` for the standard input
    #[arg(value_name = "OLD", required_unless_present = "staged")]
    old: Option<PathBuf>,

    /// The new recording
    #[arg(value_name = "NEW", required_unless_present = "staged")]
    new: Option<PathBuf>,

    /// More places where to look for what is staged
    #[arg(hide = true, requires = "staged")]
    more: Vec<PathBuf>,

    /// Compare what is staged in git with the last commit: everywhere, or below the paths given
    #[arg(long)]
    staged: bool,

    /// Show noise, too: ids, times, volatile headers …
    #[arg(long)]
    all: bool,

    /// Take differences of these classes for none
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = class)]
    ignore: Vec<Class>,

    /// Compare nothing but these classes
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = class)]
    only: Vec<Class>,

    /// Compare streams event by event, not as the answers that they make
    #[arg(long)]
    events: bool,

    /// Tell how much changed, a line a cassette
    #[arg(long)]
    stat: bool,

    /// Print nothing; the exit code tells
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten)]
    secrets: Secrets,

    #[command(flatten)]
    page: Page<Shape>,

    #[command(flatten)]
    reading: Reading,
}

fn class(name: &str) -> Result<Class, String> {
    let names: Vec<_> = CLASSES.iter().map(|(_, name, _)| *name).collect();
    Class::by_name(name).ok_or_else(|| format!("the classes are {}", names.join(", ")))
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let job = Job {
        known: Known::default(),
        mask: arguments.secrets.mask(),
        view: view::Options {
            all: arguments.all,
            ignore: arguments.ignore.clone(),
            only: arguments.only.clone(),
        },
        arguments,
    };
    let paths: Vec<PathBuf> =
        [&arguments.old, &arguments.new].into_iter().flatten().chain(&arguments.more).cloned().collect();
    let all = match paths.as_slice() {
        paths if arguments.staged => sides::staged(paths)?,
        [old, new] => sides::named(old, new)?,
        _ => bail!("there are two recordings to compare"),
    };
    let single = all.len() == 1;
    let all = job.renamed(all);
    let mut progress = Progress::new(all.len());
    let mut compared = Vec::new();
    in_order(
        &all,
        |two: &Two| job.two(two, single),
        |done| -> anyhow::Result<()> {
            progress.step();
            if let Some(Done { file, messages }) = done {
                if !messages.is_empty() {
                    progress.clear();
                    anstream::eprint!("{messages}");
                }
                compared.push(file);
            }
            Ok(())
        },
    )?;
    drop(progress);
    if compared.is_empty() && !arguments.staged {
        bail!("no cassettes in {}", files::names(&paths));
    }
    let comparison = Comparison::new(compared);
    if !arguments.quiet {
        job.write(&comparison)?;
    }
    Ok(match (comparison.summary.unreadable, comparison.differs()) {
        (0, false) => Status::Fine,
        (0, true) => Status::Found,
        _ => Status::Trouble,
    })
}

/// What two files came to.
struct Done {
    file: File,
    /// For the standard error.
    messages: String,
}

/// Why there is nothing to compare; nothing, if a file is no cassette.
type Unread = Option<Why>;

/// Why a file cannot be read.
struct Why {
    message: String,
    place: Option<Place>,
    /// For the standard error.
    told: String,
}

struct Job<'a> {
    arguments: &'a Arguments,
    known: Known,
    mask: Option<Mask>,
    view: view::Options,
}

impl Job<'_> {
    /// Finds files that only have another name: they make the same requests as one that is gone.
    fn renamed(&self, all: Vec<Two>) -> Vec<Two> {
        let (alone, mut paired): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|two| two.old.is_none() || two.new.is_none());
        let olds: Vec<&Side> = alone.iter().filter_map(|two| two.old.as_ref()).collect();
        let news: Vec<&Side> = alone.iter().filter_map(|two| two.new.as_ref()).collect();
        if olds.is_empty() || news.is_empty() {
            paired.extend(alone);
            return sorted(paired);
        }
        let likeness = |sides: &[&Side]| {
            let mut found = Vec::new();
            let format = self.arguments.reading.format_in;
            let read = |side: &&Side| match side.open(format) {
                Opened::Cassette(recording, _) if !recording.interactions.is_empty() => {
                    Some(diff::likeness(&recording, &self.known))
                }
                _ => None,
            };
            let _ = in_order(sides, read, |sign| -> Result<(), ()> {
                found.push(sign);
                Ok(())
            });
            found
        };
        let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
        for (at, sign) in likeness(&olds).into_iter().enumerate() {
            if let Some(sign) = sign {
                known.entry(sign).or_default().push(at);
            }
        }
        let mut taken = vec![false; olds.len()];
        for (new, sign) in news.iter().zip(likeness(&news)) {
            let old = sign.and_then(|sign| known.get_mut(&sign)?.pop());
            if let Some(old) = old {
                taken[old] = true;
            }
            let renamed = old.is_some();
            paired.push(Two { old: old.map(|at| olds[at].clone()), new: Some((*new).clone()), renamed });
        }
        let gone = olds.iter().zip(taken).filter(|(_, taken)| !taken);
        paired.extend(gone.map(|(old, _)| Two { old: Some((*old).clone()), new: None, renamed: false }));
        sorted(paired)
    }

    /// Compares two files, or tells that one stands alone; nothing if it is no cassette. Two that are the only ones are
    /// read side by side.
    fn two(&self, two: &Two, single: bool) -> Option<Done> {
        let name = |side: &Option<Side>| side.as_ref().map(|side| side.name.clone());
        let failed = |why: Vec<Why>| {
            let (message, place) =
                why.first().map(|why| (why.message.clone(), why.place)).unwrap_or_default();
            let messages = why.into_iter().map(|why| why.told).collect();
            Some(Done { file: view::failed(name(&two.old), name(&two.new), message, place), messages })
        };
        let told = |file| Some(Done { file, messages: String::new() });
        let (Some(old), Some(new)) = (&two.old, &two.new) else {
            return match self.read(two.new.as_ref().or(two.old.as_ref())?) {
                Ok(_) => told(view::alone(name(&two.old), name(&two.new))),
                Err(why) => failed(vec![why?]),
            };
        };
        let (one, other) = if single {
            std::thread::scope(|scope| {
                let one = spawn(scope, || self.read(old));
                let other = self.read(new);
                (one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), other)
            })
        } else {
            (self.read(old), self.read(new))
        };
        match (one, other) {
            (Ok(one), Ok(other)) => {
                let threads =
                    if single { std::thread::available_parallelism().map_or(1, usize::from) } else { 1 };
                let options = diff::Options { events: self.arguments.events, threads };
                let found = diff::compare(&one, &other, &self.known, options);
                let names = (old.name.clone(), new.name.clone());
                let mut file = view::compared(names, &one, &other, &found, &self.view);
                if two.renamed && file.status == "same" {
                    file.status = "renamed";
                }
                if single {
                    // The process ends next: taking millions of small things apart would be the slower way out.
                    std::mem::forget((one, other, found));
                }
                told(file)
            }
            (Err(None), Err(None)) => None,
            (one, other) => {
                let why: Vec<_> = one.err().into_iter().chain(other.err()).collect();
                let known: Vec<_> = why.into_iter().flatten().collect();
                if known.is_empty() {
                    let message = "only one of the two is a cassette".to_owned();
                    return told(view::failed(name(&two.old), name(&two.new), message, None));
                }
                failed(known)
            }
        }
    }

    /// Reads a file, without its credentials.
    fn read(&self, side: &Side) -> Result<Box<Recording>, Unread> {
        let colour = self.arguments.page.look.colour_messages();
        let failed = |failed: &input::Failed| {
            let told = failed.message(&side.name, colour);
            Some(Why { message: failed.diagnostic.message.clone(), place: failed.place(), told })
        };
        let recording = match side.open(self.arguments.reading.format_in) {
            Opened::Cassette(recording, _) => recording,
            Opened::Failed(why) => return Err(failed(&why)),
            Opened::PassedOver => return Err(None),
        };
        match self.mask.as_ref().map(|mask| mask.masked(&recording)) {
            None | Some(Ok(None)) => Ok(recording),
            Some(Ok(Some(masked))) => Ok(Box::new(masked)),
            Some(Err(diagnostic)) => Err(failed(&input::Failed::new(diagnostic, &recording))),
        }
    }

    fn write(&self, comparison: &Comparison) -> anyhow::Result<()> {
        let Arguments { page, stat, .. } = self.arguments;
        let blocks =
            || if *stat { view::stat(comparison) } else { view::blocks(comparison, self.arguments.all) };
        let mut text = String::new();
        match page.format {
            Shape::Json => text = serde_json::to_string_pretty(comparison)? + "\n",
            Shape::Markdown => markdown::render(&view::comment(comparison, self.arguments.all), &mut text),
            Shape::Text => terminal::render(&blocks(), page.look.layout(), &mut text),
        }
        let mut out = Output::paged(page.format != Shape::Json && !page.look.no_pager);
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write")
    }
}

/// Sorts files by their names.
fn sorted(mut all: Vec<Two>) -> Vec<Two> {
    all.sort_by(|one, other| {
        let name = |two: &Two| two.new.as_ref().or(two.old.as_ref()).map(|side| side.name.clone());
        name(one).cmp(&name(other))
    });
    all
}
