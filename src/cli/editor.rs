//! `cassette edit`: one interaction in the user's editor.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use clap::Args;

use super::Status;
use super::files;
use super::options::Reading;
use super::writing::{self, Writing};
use crate::edit::document::{Document, Wrong};
use crate::scrub::mask::MASK;

/// Edit an interaction in your editor, decoded and pretty
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The cassette
    file: PathBuf,

    /// The interaction, counted from 0 [default: the only one]
    #[arg(short, long, value_name = "N")]
    interaction: Option<usize>,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    reading: Reading,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let Arguments { file, interaction, writing, reading } = arguments;
    if file == Path::new("-") {
        bail!("an editor needs a file");
    }
    let (source, recording) = match writing::open(file, reading.format_in, writing.colour()) {
        Ok(opened) => opened,
        Err(status) => return Ok(status),
    };
    let count = recording.interactions.len();
    let at = match *interaction {
        Some(at) if at < count => at,
        Some(at) => bail!("there is no interaction {at}; the cassette has {count}, counted from 0"),
        None if count == 1 => 0,
        None => bail!("the cassette has {count} interactions; name one with -i, counted from 0"),
    };
    let masked = match writing.mask().map(|mask| mask.masked(&recording)) {
        None | Some(Ok(None)) => None,
        Some(Ok(Some(masked))) => Some(masked),
        Some(Err(_)) => bail!("a credential in it cannot be masked; --show-secrets shows the file as it is"),
    };
    let document = Document::of(masked.as_ref().unwrap_or(&recording), at);
    let mut about = vec![
        format!(
            "{}, interaction {at}. What you change is written; an empty file changes nothing.",
            source.name()
        ),
        "Lengths and what else depends on it follow.".to_owned(),
    ];
    if masked.is_some() {
        about.push(format!("What reads {MASK} is a credential; it stays as it is."));
    }
    let mut text = document.written(&about);
    let draft = files::draft(&text).context("cannot write a file for the editor")?;
    let mut last = None;
    loop {
        let edited = match edited(draft.path()) {
            Ok(edited) => edited,
            Err(error) => return Err(kept(draft, &text, error)),
        };
        if let (true, Some(why)) = (edited == text, last) {
            // Saved as it was, with the error on top: nobody is going to mend it.
            return Err(kept(draft, "", anyhow::Error::msg(why)));
        }
        if edited == text || edited.trim().is_empty() {
            anstream::eprintln!("{}: nothing to change", source.name());
            return Ok(Status::Fine);
        }
        match document.apply(&recording, at, &edited, MASK) {
            Ok(done) => {
                let more = writing::followed(&done.followed);
                let finished = writing.finish(&source, &recording, done.rewritten, &more);
                return finished.map_err(|error| kept(draft, &text, error));
            }
            Err(Wrong { message, help }) => {
                let told = format!(
                    "# error: {message}{}\n",
                    help.map(|help| format!("; {help}")).unwrap_or_default()
                );
                let without: String =
                    edited.split_inclusive('\n').skip_while(|line| line.starts_with("# error: ")).collect();
                let again = format!("{told}{without}");
                draft.rewrite(&again).context("cannot write the file for the editor")?;
                text = again;
                last = Some(message);
            }
        }
    }
}

/// Lets the user edit a file, and returns what it holds then.
fn edited(path: &Path) -> anyhow::Result<String> {
    let named = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|name| !name.trim().is_empty()));
    let named = named.unwrap_or_else(|| "vi".to_owned());
    let mut words = named.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = Command::new(program).args(words).arg(path).status();
    let status = status.with_context(|| format!("cannot run `{named}`; set VISUAL or EDITOR"))?;
    if !status.success() {
        bail!("`{named}` failed");
    }
    let (bytes, _) = files::read(path).context("cannot read what was edited")?;
    String::from_utf8(bytes).context("what was edited is no text")
}

/// Keeps what was edited, if it was, and says where.
fn kept(draft: files::Draft, text: &str, error: anyhow::Error) -> anyhow::Error {
    let changed = files::read(draft.path()).is_ok_and(|(bytes, _)| bytes != text.as_bytes());
    let _ = std::io::stderr().flush();
    match changed.then(|| draft.keep()) {
        Some(Some(path)) => {
            error.context(format!("nothing was changed; your text is kept in `{}`", path.display()))
        }
        _ => error.context("nothing was changed"),
    }
}
