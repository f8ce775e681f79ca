//! Walking over cassettes: each is read, and only what a command makes of it is kept.

use std::io::IsTerminal as _;

use super::Status;
use super::files;
use super::in_order::in_order;
use super::input::{self, Depth, Failed, Opened};
use super::options::{Look, Sources};
use super::progress::Progress;
use crate::load::Recording;
use crate::scrub::mask::Mask;
use crate::view::place::Unreadable;

/// What a walk came to.
pub(super) struct Walked {
    pub(super) status: Status,
    /// Number of files found that are no cassettes.
    pub(super) passed_over: usize,
}

/// When a command prints its answer: on the way there is no room for a line that tells how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prints {
    InTheEnd,
    OnTheWay,
}

/// Reads all sources on all processors, and gives to `take`, in order, what `read` makes of each cassette: its name,
/// what is recorded, its size. With a `mask`, credentials are hidden before. What cannot be read is told on the standard error, and given to `take` as well.
///
/// # Errors
/// If there is nothing to read, or if `take` fails.
pub(super) fn walk<R: Send>(
    sources: &Sources,
    look: &Look,
    prints: Prints,
    mask: Option<&Mask>,
    read: impl Fn(String, &Recording, usize) -> R + Sync,
    mut take: impl FnMut(Result<R, Unreadable>) -> anyhow::Result<()>,
) -> anyhow::Result<Walked> {
    let colour = look.colour_messages();
    let files = files::find(&sources.paths);
    let talks = prints == Prints::OnTheWay && std::io::stdout().is_terminal();
    let mut progress = Progress::new(if talks { 0 } else { files.len() });
    let mut walked = Walked { status: Status::Fine, passed_over: 0 };
    let mut taken = 0;
    in_order(
        &files,
        |source| match input::open(source, sources.reading.format_in, Depth::Conversations) {
            Opened::Cassette(recording, bytes) => match mask.map(|mask| mask.masked(&recording)) {
                None | Some(Ok(None)) => Come::Read(read(source.name(), &recording, bytes)),
                Some(Ok(Some(masked))) => Come::Read(read(source.name(), &masked, bytes)),
                Some(Err(diagnostic)) => {
                    Come::Failed(source.name(), Box::new(Failed::new(diagnostic, &recording)))
                }
            },
            Opened::PassedOver => Come::PassedOver,
            Opened::Failed(failed) => Come::Failed(source.name(), failed),
        },
        |come| -> anyhow::Result<()> {
            progress.step();
            match come {
                Come::Read(read) => {
                    taken += 1;
                    take(Ok(read))?;
                }
                Come::PassedOver => walked.passed_over += 1,
                Come::Failed(name, failed) => {
                    progress.clear();
                    anstream::eprint!("{}", failed.message(&name, colour));
                    let (message, place) = (failed.diagnostic.message.clone(), failed.place());
                    walked.status = Status::Trouble;
                    taken += 1;
                    take(Err(Unreadable::new(name, failed.bytes, message, place)))?;
                }
            }
            Ok(())
        },
    )?;
    drop(progress);
    if taken == 0 {
        if walked.passed_over > 0 {
            anstream::eprintln!("passed over {}", files::no_cassettes(walked.passed_over));
        }
        anyhow::bail!("no cassettes in {}", files::names(&sources.paths));
    }
    Ok(walked)
}

/// What a file came to.
enum Come<R> {
    Read(R),
    PassedOver,
    Failed(String, Box<Failed>),
}
