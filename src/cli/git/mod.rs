//! `cassette git`: transcripts in place of raw recordings, wherever git shows differences.

pub(super) mod objects;
mod textconv;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::Status;
use super::files;
use objects::ask;

/// Let git show transcripts in place of raw recordings: in `git diff`, `git log -p` and `git show`
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell git how to read cassettes, and print the lines of .gitattributes that say which files are some
    ///
    /// Who has not done so, or has no `cassette`, sees ordinary differences.
    Install(Install),
    /// Tell what is set up
    Status(Where),
    /// Take back what `install` has set up
    Uninstall(Install),
    /// Print a file as git is to compare it
    #[command(hide = true)]
    Textconv(textconv::Arguments),
}

#[derive(Debug, Args)]
struct Where {
    /// For all repositories of the user, not only this one
    #[arg(long)]
    global: bool,
}

#[derive(Debug, Args)]
struct Install {
    #[command(flatten)]
    scope: Where,

    /// Write the lines to .gitattributes, or take them out
    #[arg(long)]
    write: bool,
}

/// Which files are cassettes, by the folders in which recorders keep them.
const ATTRIBUTES: &[&str] = &[
    "**/cassettes/** diff=cassette",
    "**/vcr_cassettes/** diff=cassette",
    "**/__cassettes__/** diff=cassette",
    "**/__recordings__/** diff=cassette",
    "**/recordings/** diff=cassette",
    "**/_vcr/** diff=cassette",
    "*.httprr diff=cassette",
    "*.har diff=cassette",
];

/// What git calls the driver.
const SECTION: &str = "diff.cassette";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    match &arguments.command {
        Command::Install(install) => installed(install),
        Command::Status(scope) => status(scope),
        Command::Uninstall(uninstall) => uninstalled(uninstall),
        Command::Textconv(arguments) => textconv::run(arguments),
    }
}

impl Where {
    fn option(&self) -> &'static str {
        if self.global { "--global" } else { "--local" }
    }

    /// Returns the file that says which files are cassettes.
    fn attributes(&self) -> anyhow::Result<PathBuf> {
        if !self.global {
            return Ok(top()?.join(".gitattributes"));
        }
        let set = ask(&["config", "--global", "--path", "core.attributesFile"])?;
        let named = text(&set.stdout);
        if !named.is_empty() {
            return Ok(PathBuf::from(named));
        }
        let home = |name: &str| {
            std::env::var_os(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty())
        };
        let config = home("XDG_CONFIG_HOME").or_else(|| Some(home("HOME")?.join(".config")));
        Ok(config.context("there is no home directory")?.join("git").join("attributes"))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\n', '\r']).to_owned()
}

/// Returns the top of the work tree.
fn top() -> anyhow::Result<PathBuf> {
    let told = ask(&["rev-parse", "--show-toplevel"])?;
    if !told.status.success() {
        bail!("not in a git repository; --global is for all of yours");
    }
    Ok(PathBuf::from(text(&told.stdout)))
}

/// Returns how git is to call this program: by its name where that leads to it, else by its path.
fn program() -> anyhow::Result<String> {
    let own = std::env::current_exe().context("cannot tell where this program is")?;
    let real = |path: &Path| path.canonicalize().ok();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let first =
        std::env::split_paths(&paths).map(|folder| folder.join("cassette")).find(|path| path.is_file());
    if first.is_some_and(|first| real(&first) == real(&own)) {
        return Ok("cassette".to_owned());
    }
    Ok(format!("'{}'", own.to_string_lossy().replace('\'', r"'\''")))
}

fn set(scope: &Where, name: &str, value: &str) -> anyhow::Result<()> {
    let key = format!("{SECTION}.{name}");
    let done = ask(&["config", scope.option(), &key, value])?;
    if !done.status.success() {
        bail!("git cannot set {key}: {}", objects::message(&done));
    }
    Ok(())
}

fn installed(install: &Install) -> anyhow::Result<Status> {
    let scope = &install.scope;
    let attributes = scope.attributes()?;
    // Git keeps what it was told of a file as long as the command is the same: another layout is another command.
    set(scope, "textconv", &format!("{} git textconv --layout {}", program()?, textconv::LAYOUT))?;
    set(scope, "cachetextconv", "true")?;
    let whose = if scope.global { "all your repositories" } else { "this repository" };
    anstream::eprintln!("git shows transcripts of cassettes in {whose}");
    if install.write {
        let added = written(&attributes)?;
        anstream::eprintln!("{} of {} lines added to {}", added, ATTRIBUTES.len(), attributes.display());
    } else {
        anstream::eprintln!(
            "which files are cassettes is for {} to say (--write writes it):",
            attributes.display()
        );
        for line in ATTRIBUTES {
            anstream::println!("{line}");
        }
    }
    Ok(Status::Fine)
}

/// Returns the lines of a file of ours, if it is there.
fn lines(path: &Path) -> anyhow::Result<String> {
    match files::read(path) {
        Ok((bytes, _)) => {
            String::from_utf8(bytes).with_context(|| format!("`{}` is no text", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => bail!("cannot read `{}`: {}", path.display(), files::reason(&error)),
    }
}

/// Adds the lines that are missing, and returns how many.
fn written(path: &Path) -> anyhow::Result<usize> {
    let mut text = lines(path)?;
    let missing: Vec<_> =
        ATTRIBUTES.iter().filter(|line| !text.lines().any(|known| known.trim() == **line)).collect();
    if missing.is_empty() {
        return Ok(0);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for line in &missing {
        text.push_str(line);
        text.push('\n');
    }
    store(path, &text)?;
    Ok(missing.len())
}

fn store(path: &Path, text: &str) -> anyhow::Result<()> {
    files::create(path, text.as_bytes())
        .map_err(|error| anyhow::anyhow!("cannot write `{}`: {}", path.display(), files::reason(&error)))
}

fn status(scope: &Where) -> anyhow::Result<Status> {
    let attributes = scope.attributes()?;
    let told = ask(&["config", scope.option(), "--get", &format!("{SECTION}.textconv")])?;
    let command = text(&told.stdout);
    let known = lines(&attributes)?;
    let ours = known.lines().filter(|line| line.split_whitespace().any(|word| word == "diff=cassette"));
    let count = ours.count();
    if command.is_empty() {
        anstream::println!("not installed: git shows cassettes as they are");
    } else {
        anstream::println!("installed: {command}");
    }
    let noun = if count == 1 { "line" } else { "lines" };
    anstream::println!("{count} {noun} about cassettes in {}", attributes.display());
    Ok(if command.is_empty() || count == 0 { Status::Found } else { Status::Fine })
}

fn uninstalled(uninstall: &Install) -> anyhow::Result<Status> {
    let scope = &uninstall.scope;
    let attributes = scope.attributes()?;
    for name in ["textconv", "cachetextconv"] {
        // What is not set cannot be taken back, which is fine.
        ask(&["config", scope.option(), "--unset-all", &format!("{SECTION}.{name}")])?;
    }
    ask(&["update-ref", "-d", "refs/notes/textconv/cassette"])?;
    anstream::eprintln!("git shows cassettes as they are");
    let known = lines(&attributes)?;
    let ours = |line: &&str| ATTRIBUTES.contains(&line.trim());
    let count = known.lines().filter(ours).count();
    if count > 0 && uninstall.write {
        let kept: String = known.split_inclusive('\n').filter(|line| !ours(&line.trim_end())).collect();
        store(&attributes, &kept)?;
        anstream::eprintln!("{count} lines taken out of {}", attributes.display());
    } else if count > 0 {
        anstream::eprintln!("{count} lines stay in {}; --write takes them out", attributes.display());
    }
    Ok(Status::Fine)
}
