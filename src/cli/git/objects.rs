//! What git keeps: files of commits, and what is staged. Git itself is asked, by its commands.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, bail};

use super::super::files;
use crate::cassette::Beside;

/// Returns git, ready to run with some arguments.
pub(in super::super) fn git<A: AsRef<OsStr>>(arguments: &[A]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments);
    command
}

/// Runs git, and returns what it prints.
pub(in super::super) fn ask<A: AsRef<OsStr>>(arguments: &[A]) -> anyhow::Result<Output> {
    git(arguments).output().context("cannot run git")
}

/// A file as the index has it.
pub(in super::super) struct Entry {
    /// Its mode, such as `100644`.
    pub(in super::super) mode: String,
    /// What it holds.
    pub(in super::super) bytes: Vec<u8>,
}

/// Returns a regular file of the index. A link or a submodule has no content of its own.
pub(in super::super) fn staged(path: &Path) -> anyhow::Result<Option<Entry>> {
    let told = git(&["--literal-pathspecs", "ls-files", "--stage", "-z", "--"]).arg(path).output();
    let told = told.context("cannot run git")?;
    if !told.status.success() {
        bail!("git cannot tell what is staged of `{}`: {}", path.display(), message(&told));
    }
    // A folder's name stands for all files in it.
    let listed = told.stdout.split(|byte| *byte == 0).filter_map(|line| {
        let tab = line.iter().position(|byte| *byte == b'\t')?;
        (path_of(&line[tab + 1..]) == path).then(|| String::from_utf8_lossy(&line[..tab]).into_owned())
    });
    let listed: Vec<String> = listed.collect();
    let [line] = listed.as_slice() else {
        let what =
            if listed.is_empty() { "is not in git's index" } else { "has a conflict; resolve it first" };
        bail!("`{}` {what}", path.display());
    };
    let mut words = line.split(' ');
    let (Some(mode), Some(object), stage) = (words.next(), words.next(), words.next()) else {
        bail!("git says of `{}` what is not understood", path.display());
    };
    if stage.is_some_and(|stage| stage != "0") {
        bail!("`{}` has a conflict; resolve it first", path.display());
    }
    if !mode.starts_with("100") {
        return Ok(None);
    }
    let content = ask(&["cat-file", "blob", object])?;
    if !content.status.success() {
        bail!("git cannot read what is staged of `{}`", path.display());
    }
    Ok(Some(Entry { mode: mode.to_owned(), bytes: content.stdout }))
}

/// Returns the paths that git prints, each with a zero byte behind it.
pub(in super::super) fn paths(printed: &[u8]) -> Vec<PathBuf> {
    printed.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(path_of).collect()
}

/// Returns a path as git prints it: bytes, which on some systems need not be text.
#[cfg(unix)]
fn path_of(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn path_of(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

/// Returns the staged files below some paths, as far as they are of some kinds: `ACMRT`.
pub(in super::super) fn staged_paths(below: &[PathBuf], kinds: &str) -> anyhow::Result<Vec<PathBuf>> {
    let filter = format!("--diff-filter={kinds}");
    let mut list =
        git(&["diff", "--cached", "--name-only", "--relative", "--no-renames", "-z", &filter, "--"]);
    let listed = list.args(below).output().context("cannot run git")?;
    if !listed.status.success() {
        bail!("git cannot tell what is staged: {}", message(&listed));
    }
    Ok(paths(&listed.stdout))
}

/// Returns what git says about its trouble.
pub(in super::super) fn message(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    text.strip_prefix("fatal: ").unwrap_or(&text).to_owned()
}

/// Something in a commit: `REV:PATH`.
#[derive(Clone, Debug)]
pub(in super::super) enum Object {
    /// A file.
    Blob,
    /// A folder, and the files below it, relative to it.
    Tree(Vec<PathBuf>),
}

/// Returns whether an argument names something in a commit, not a file on the disk.
pub(in super::super) fn is_object(name: &str) -> bool {
    name.contains(':') && !name.starts_with(':') && !Path::new(name).exists()
}

/// Returns what `REV:PATH` names.
pub(in super::super) fn object(name: &str) -> anyhow::Result<Object> {
    let kind = ask(&["cat-file", "-t", name])?;
    match String::from_utf8_lossy(&kind.stdout).trim() {
        "blob" => Ok(Object::Blob),
        "tree" => {
            let listed = ask(&["ls-tree", "-r", "-z", "--name-only", "--full-tree", name])?;
            Ok(Object::Tree(paths(&listed.stdout)))
        }
        _ if kind.status.success() => bail!("`{name}` is neither a file nor a folder"),
        _ => bail!("git does not know `{name}`: {}", message(&kind)),
    }
}

/// Reads a file beside a cassette of a commit or, if the revision is empty, of the index.
pub(in super::super) fn beside(revision: &str, cassette: &Path, beside: &Beside) -> Result<Vec<u8>, String> {
    let name = files::beside_name(beside)?;
    let home = cassette.parent().unwrap_or_else(|| Path::new(""));
    let paths = beside.folders.iter().filter_map(|folder| plain(&home.join(folder).join(name)));
    let mut found = paths.filter_map(|path| blob(&format!("{revision}:{path}")).ok());
    found.next().ok_or_else(|| "there is no such file".to_owned())
}

/// Returns a path without steps up, as git has it; nothing if it leads outside. A `.` at its beginning means that it is
/// relative to where one is, not to the top of the repository.
fn plain(path: &Path) -> Option<String> {
    let mut steps: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => steps.push(name.to_string_lossy().into_owned()),
            Component::CurDir if steps.is_empty() => steps.push(".".to_owned()),
            Component::CurDir => {}
            Component::ParentDir => {
                steps.pop().filter(|step| step != ".")?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(steps.join("/"))
}

/// Returns what a file of a commit holds.
pub(in super::super) fn blob(name: &str) -> anyhow::Result<Vec<u8>> {
    let content = ask(&["cat-file", "blob", name])?;
    if !content.status.success() {
        bail!("git does not know `{name}`: {}", message(&content));
    }
    Ok(content.stdout)
}
