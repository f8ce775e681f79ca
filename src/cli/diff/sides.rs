//! What is to be compared with what: files, directories, what git keeps.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::super::files::{self, Source};
use super::super::git::objects::{self, Object};
use super::super::input::{self, Depth, FormatIn, Opened};
use crate::diagnostic::Diagnostic;

/// A file of one of the two sides.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// As people name it.
    pub(super) name: String,
    /// Whether it was named itself, not found in a folder.
    named: bool,
    place: Place,
}

/// Where a file is.
#[derive(Clone, Debug)]
enum Place {
    /// On the disk, or the standard input.
    Disk(Source),
    /// In a commit: `REV:PATH`.
    Commit(String),
    /// In the index.
    Index(PathBuf),
}

/// Two files that belong together, or one alone.
#[derive(Clone, Debug)]
pub(super) struct Two {
    pub(super) old: Option<Side>,
    pub(super) new: Option<Side>,
    /// Whether they have different names and make the same requests.
    pub(super) renamed: bool,
}

impl Side {
    fn disk(source: Source) -> Self {
        Self { name: source.name(), named: source.named, place: Place::Disk(source) }
    }

    /// Reads the file.
    pub(super) fn open(&self, format: Option<FormatIn>) -> Opened {
        // What lies beside it is that of the same commit, or of the index, too.
        let (read, revision, path) = match &self.place {
            Place::Disk(source) => return input::open(source, format, Depth::Calls),
            Place::Commit(name) => {
                let (revision, path) = name.split_once(':').unwrap_or((name, ""));
                (objects::blob(name), revision, PathBuf::from(path))
            }
            Place::Index(path) => {
                let entry = objects::staged(path).and_then(|entry| entry.context("it is no longer staged"));
                (entry.map(|entry| entry.bytes), "", Path::new(".").join(path))
            }
        };
        match read {
            Ok(bytes) => input::read(
                self.named,
                bytes,
                format,
                &|beside| objects::beside(revision, &path, beside),
                Depth::Calls,
            ),
            Err(error) => input::unread(Diagnostic::error(format!("{error:#}"), None)),
        }
    }
}

/// Returns the files of two arguments.
pub(super) fn named(old: &Path, new: &Path) -> anyhow::Result<Vec<Two>> {
    let (old, new) = (files(old)?, files(new)?);
    match (old, new) {
        (Files::One(old), Files::One(new)) => {
            Ok(vec![Two { old: Some(old), new: Some(new), renamed: false }])
        }
        (Files::Many(old), Files::Many(new)) => Ok(together(old, new)),
        (Files::One(_), Files::Many(_)) | (Files::Many(_), Files::One(_)) => {
            anyhow::bail!("a file and a directory cannot be compared; name two files or two directories")
        }
    }
}

/// Returns what is staged, each file with what the last commit holds of it.
pub(super) fn staged(below: &[PathBuf]) -> anyhow::Result<Vec<Two>> {
    let born = objects::ask(&["rev-parse", "--verify", "--quiet", "HEAD"])?.status.success();
    let side = |path: &PathBuf, place: Place| {
        Some(Side { name: path.to_string_lossy().into_owned(), named: false, place })
    };
    let mut found: BTreeMap<PathBuf, Two> = BTreeMap::new();
    for path in objects::staged_paths(below, "ACMRTD")? {
        let old = born.then(|| format!("HEAD:./{}", path.to_string_lossy()));
        let old = old.filter(|name| objects::object(name).is_ok_and(|object| matches!(object, Object::Blob)));
        let old = old.and_then(|name| side(&path, Place::Commit(name)));
        let there = objects::staged(&path)?.is_some();
        let new = if there { side(&path, Place::Index(path.clone())) } else { None };
        if old.is_some() || new.is_some() {
            found.insert(path, Two { old, new, renamed: false });
        }
    }
    Ok(found.into_values().collect())
}

/// What an argument names.
enum Files {
    One(Side),
    /// Files below a folder, by their path in it.
    Many(BTreeMap<PathBuf, Side>),
}

fn files(path: &Path) -> anyhow::Result<Files> {
    let name = path.to_string_lossy();
    if objects::is_object(&name) {
        return Ok(match objects::object(&name)? {
            Object::Blob => Files::One(Side {
                name: name.clone().into_owned(),
                named: true,
                place: Place::Commit(name.into_owned()),
            }),
            Object::Tree(paths) => {
                let slash = if name.ends_with(['/', ':']) { "" } else { "/" };
                let each = paths.into_iter().map(|path| {
                    let whole = format!("{name}{slash}{}", path.to_string_lossy());
                    (path, Side { name: whole.clone(), named: false, place: Place::Commit(whole) })
                });
                Files::Many(each.collect())
            }
        });
    }
    if !path.is_dir() {
        return Ok(Files::One(Side::disk(Source { path: path.to_owned(), named: true, staged: None })));
    }
    let found = files::find(&[path.to_owned()]).into_iter().map(|source| {
        let inside = source.path.strip_prefix(path).unwrap_or(&source.path).to_owned();
        (inside, Side::disk(source))
    });
    Ok(Files::Many(found.collect()))
}

/// Pairs files by their paths.
fn together(mut old: BTreeMap<PathBuf, Side>, new: BTreeMap<PathBuf, Side>) -> Vec<Two> {
    let mut found: BTreeMap<PathBuf, Two> = BTreeMap::new();
    for (path, side) in new {
        let old = old.remove(&path);
        found.insert(path, Two { old, new: Some(side), renamed: false });
    }
    found.extend(
        old.into_iter().map(|(path, side)| (path, Two { old: Some(side), new: None, renamed: false })),
    );
    found.into_values().collect()
}
