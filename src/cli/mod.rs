//! The command line: arguments, files, exit codes.

mod convert;
mod diff;
mod edit;
mod editor;
mod entries;
mod files;
mod git;
mod grep;
mod in_order;
mod input;
mod ls;
mod options;
mod output;
mod progress;
mod scrub;
mod show;
mod tools;
mod usage;
mod walk;
mod writing;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Read, compare, scrub and edit recorded HTTP traffic of LLM applications.
#[derive(Debug, Parser)]
#[command(name = "cassette", version, about, max_term_width = 100, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(show::Arguments),
    Ls(ls::Arguments),
    Tools(tools::Arguments),
    Usage(usage::Arguments),
    Grep(grep::Arguments),
    Diff(diff::Arguments),
    Git(git::Arguments),
    Scrub(scrub::Arguments),
    Get(edit::GetArguments),
    Set(edit::SetArguments),
    Rm(edit::RemoveArguments),
    Edit(editor::Arguments),
    /// Leave interactions out of a cassette
    Drop(entries::ChoiceArguments),
    /// Leave all other interactions out of a cassette
    Keep(entries::ChoiceArguments),
    Move(entries::MoveArguments),
    Dedupe(entries::DedupeArguments),
    Merge(entries::MergeArguments),
    Split(entries::SplitArguments),
    Convert(convert::Arguments),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Nothing to say.
    #[default]
    Fine,
    /// Something was found, is different, or would change.
    Found,
    /// Something could not be done.
    Trouble,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Fine => Self::SUCCESS,
            Status::Found => Self::FAILURE,
            Status::Trouble => Self::from(2),
        }
    }
}

/// Runs the command that the process was called with.
///
/// # Errors
/// What kept the command from running at all; it should be printed, with exit code 2.
pub fn run() -> anyhow::Result<ExitCode> {
    hush_caught_panics();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return Ok(if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS });
        }
    };
    // The stack of the main thread is as large as the system has it.
    let status = std::thread::scope(|scope| {
        let running = in_order::spawn(scope, || command(arguments.command));
        running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    match status {
        Ok(status) => Ok(status.into()),
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error),
    }
}

fn command(command: Command) -> anyhow::Result<Status> {
    match command {
        Command::Show(arguments) => show::run(&arguments),
        Command::Ls(arguments) => ls::run(&arguments),
        Command::Tools(arguments) => tools::run(&arguments),
        Command::Usage(arguments) => usage::run(&arguments),
        Command::Grep(arguments) => grep::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Git(arguments) => git::run(&arguments),
        Command::Scrub(arguments) => scrub::run(&arguments),
        Command::Get(arguments) => edit::get(&arguments),
        Command::Set(arguments) => edit::set(&arguments),
        Command::Rm(arguments) => edit::remove(&arguments),
        Command::Edit(arguments) => editor::run(&arguments),
        Command::Drop(arguments) => entries::drop(&arguments),
        Command::Keep(arguments) => entries::keep(&arguments),
        Command::Move(arguments) => entries::shift(&arguments),
        Command::Dedupe(arguments) => entries::dedupe(&arguments),
        Command::Merge(arguments) => entries::merge(&arguments),
        Command::Split(arguments) => entries::split(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
    }
}

/// Keeps quiet about panics of the slow YAML reader: the library catches them and says where the file went wrong.
fn hush_caught_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("libyaml-safer")) {
            report(panic);
        }
    }));
}

/// A reader that has seen enough, such as `head`, is no error.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    let mut kinds = io.map(std::io::Error::kind);
    kinds.any(|kind| kind == std::io::ErrorKind::BrokenPipe)
}
