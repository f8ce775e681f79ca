//! Which configuration is whose: the nearest `.cassette.yaml` above a cassette.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::files;
use crate::diagnostic::Diagnostic;
use crate::scrub::config::{self, Config};
use crate::scrub::plan::Scrubber;
use crate::scrub::rule::Preset;
use crate::text::SourceId;

/// A configuration that cannot be read.
#[derive(Clone, Debug)]
pub(super) struct Wrong {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) diagnostic: Diagnostic,
}

/// A configuration, and the folder its paths start from.
type Found = Result<Arc<(Config, PathBuf)>, Box<Wrong>>;

/// What tells apart cassettes that are scrubbed alike.
type Group = (PathBuf, Vec<usize>);

/// The configurations met so far, and the scrubbers made of them: making one ready takes longer than to scrub a file.
pub(super) struct Configured {
    /// The configuration of all cassettes, if it was named or is to be none.
    fixed: Option<Found>,
    folders: Mutex<HashMap<PathBuf, Found>>,
    scrubbers: Mutex<HashMap<Group, Option<Arc<Scrubber>>>>,
}

impl Configured {
    pub(super) fn new(named: Option<&Path>, none: bool) -> Self {
        let fixed = match named {
            Some(path) => Some(read(path)),
            None if none => Some(Ok(Arc::default())),
            None => None,
        };
        Self { fixed, folders: Mutex::default(), scrubbers: Mutex::default() }
    }

    /// Returns what to scrub a cassette with; nothing if it is to be left alone.
    pub(super) fn scrubber(
        &self,
        cassette: &Path,
        presets: Option<&[Preset]>,
    ) -> Result<Option<Arc<Scrubber>>, Box<Wrong>> {
        let path = absolute(cassette);
        let found = match &self.fixed {
            Some(found) => found.clone(),
            None => self.above(path.parent().unwrap_or(&path)),
        }?;
        let (config, home) = &*found;
        let inside = path.strip_prefix(home).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let group = (home.clone(), config.group(&inside));
        let mut scrubbers = self.scrubbers.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || config.scrubber(&inside, presets).map(Arc::new);
        Ok(scrubbers.entry(group).or_insert_with(made).clone())
    }

    /// Returns the nearest configuration in or above a folder.
    fn above(&self, folder: &Path) -> Found {
        let known = self.folders.lock().unwrap_or_else(PoisonError::into_inner).get(folder).cloned();
        if let Some(known) = known {
            return known;
        }
        let path = folder.join(config::FILE);
        let found = match folder.parent() {
            _ if path.is_file() => read(&path),
            Some(parent) => self.above(parent),
            None => Ok(Arc::default()),
        };
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.insert(folder.to_owned(), found.clone());
        found
    }
}

fn read(path: &Path) -> Found {
    let name = path.display().to_string();
    let wrong =
        |text: &str, diagnostic| Box::new(Wrong { name: name.clone(), text: text.to_owned(), diagnostic });
    let bytes = files::read(path).map_err(|error| {
        let message = format!("cannot read the configuration: {}", files::reason(&error));
        wrong("", Diagnostic::error(message, None))
    })?;
    let text = String::from_utf8_lossy(&bytes.0).into_owned();
    let config = Config::read(SourceId(0), &text).map_err(|diagnostic| wrong(&text, diagnostic))?;
    let home = absolute(path).parent().map(Path::to_owned).unwrap_or_default();
    Ok(Arc::new((config, home)))
}

/// Returns a path from the root, links as they are, `.` and `..` resolved.
fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}
