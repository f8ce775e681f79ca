//! `diff`: what really changed between two recordings. The serialised shape is a promise to programs.

mod blocks;
mod build;
mod label;
mod markdown;
mod total;
mod words;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::place::Failure;
use crate::diff::Class;

pub use blocks::blocks;
pub use build::{alone, compared, failed};
pub use markdown::comment;
pub use total::stat;

/// Grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// What to tell.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Noise, too.
    pub all: bool,
    /// Nothing of these classes, as if it were the same.
    pub ignore: Vec<Class>,
    /// Of these classes only, if there are any.
    pub only: Vec<Class>,
}

/// A comparison.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The files, in the order of their names.
    pub files: Vec<File>,
    /// All files together.
    pub summary: Summary,
}

/// A pair of files, or one that stands alone.
#[derive(Debug, Serialize)]
pub struct File {
    /// The name of the old one, if there is one.
    pub old: Option<String>,
    /// The name of the new one, if there is one.
    pub new: Option<String>,
    /// `same`, `different`, `renamed` (and otherwise the same), `added`, `removed`, `unreadable`.
    pub status: &'static str,
    /// Why it cannot be compared.
    pub error: Option<Failure>,
    /// The interactions that differ.
    pub pairs: Vec<Pair>,
    /// What differs beside the interactions.
    pub beside: Vec<Row>,
    /// Number of pairs that are the same but for noise.
    pub same: usize,
    /// What is noise: how often each class is met.
    pub noise: BTreeMap<&'static str, usize>,
}

/// Two interactions that belong together, or one that stands alone.
#[derive(Debug, Serialize)]
pub struct Pair {
    /// Number of the interaction in the old file.
    pub old: Option<usize>,
    /// Number of the interaction in the new file.
    pub new: Option<usize>,
    /// Whether it stands elsewhere among the others.
    pub moved: bool,
    /// In upper case.
    pub method: Option<String>,
    /// Credentials in it are masked.
    pub url: Option<String>,
    /// What changed, in a line.
    pub summary: String,
    /// What differs.
    pub differences: Vec<Row>,
}

/// A difference.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Such as `message`, `usage`, `ids`.
    pub class: &'static str,
    /// `request drift`: the application sends something else; `response drift`: the provider answers something else;
    /// `noise`: it is different each time and means nothing; `recorder`: the recorder notes something else.
    pub verdict: &'static str,
    /// `request`, `response` or `note`.
    pub side: &'static str,
    /// The role of a message, the name of a tool, of a header, of a setting.
    pub subject: Option<String>,
    /// The way there.
    pub place: String,
    /// `added`, `removed`, `changed`, `moved`.
    pub change: &'static str,
    /// What was.
    pub old: Option<Value>,
    /// What is.
    pub new: Option<Value>,
    /// How much it weighs, where tools are concerned: `low`, `medium`, `high`.
    pub severity: Option<&'static str>,
    /// Number of the interaction, of the new file or else of the old, that told the same change first.
    pub told_at: Option<usize>,
    /// Line of the old file, from 1.
    pub old_line: Option<usize>,
    /// Line of the new file, from 1.
    pub new_line: Option<usize>,
    /// The class itself.
    #[serde(skip)]
    pub kind: Class,
}

/// All files together.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Number of pairs of files that were compared.
    pub compared: usize,
    /// Number of those that differ in more than noise.
    pub different: usize,
    /// Number of files that are new.
    pub added: usize,
    /// Number of files that are gone.
    pub removed: usize,
    /// Number of files that have another name.
    pub renamed: usize,
    /// Number of files that cannot be read.
    pub unreadable: usize,
    /// What the application sends differently.
    pub request_drift: usize,
    /// What the provider answers differently.
    pub response_drift: usize,
    /// What recorders note differently.
    pub recorder: usize,
    /// What is noise: how often each class is met.
    pub noise: BTreeMap<&'static str, usize>,
}

impl Comparison {
    /// Returns the comparison of some files.
    #[must_use]
    pub fn new(files: Vec<File>) -> Self {
        let mut summary = Summary::default();
        for file in &files {
            summary.add(file);
        }
        Self { schema_version: SCHEMA_VERSION, files, summary }
    }

    /// Returns whether anything differs but noise.
    #[must_use]
    pub fn differs(&self) -> bool {
        let Summary { different, added, removed, renamed, .. } = self.summary;
        different + added + removed + renamed > 0
    }
}

impl File {
    /// Returns all rows that are no noise.
    pub fn drift(&self) -> impl Iterator<Item = &Row> {
        self.rows().filter(|row| !row.is_noise())
    }

    /// Returns all rows.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.pairs.iter().flat_map(|pair| &pair.differences).chain(&self.beside)
    }
}

impl Row {
    /// Returns whether it is different each time and means nothing.
    #[must_use]
    pub fn is_noise(&self) -> bool {
        self.kind.is_noise()
    }
}

impl Summary {
    fn add(&mut self, file: &File) {
        match file.status {
            "added" => self.added += 1,
            "removed" => self.removed += 1,
            "unreadable" => self.unreadable += 1,
            status => {
                self.compared += 1;
                self.different += usize::from(status == "different");
                self.renamed += usize::from(file.old != file.new && status == "renamed");
            }
        }
        for row in file.drift() {
            match row.side {
                "request" => self.request_drift += 1,
                "response" => self.response_drift += 1,
                _ => self.recorder += 1,
            }
        }
        for (class, count) in &file.noise {
            *self.noise.entry(class).or_default() += count;
        }
    }
}
