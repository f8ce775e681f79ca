//! From what was found to a cassette without it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Rules;
use super::clean::PLACEHOLDER;
use super::ids::Pseudonyms;
use super::neutral::neutral;
use super::rule::{Action, Preset};
use super::walk::{Found, Side, walk};
use crate::diagnostic::Diagnostic;
use crate::format::{self, Matching};
use crate::load::Recording;
use crate::rewrite::{self, Rewritten};
use crate::text::{Edit, Text};

/// What to scrub with.
#[derive(Debug, Default)]
pub struct Scrubber {
    /// What to find.
    pub rules: Rules,
    /// How ids are replaced.
    pub pseudonyms: Pseudonyms,
}

/// A place that is to be changed.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was found.
    pub found: Found,
    /// What it becomes.
    pub new: String,
}

/// What scrubbing came to.
#[derive(Debug)]
pub struct Scrubbed {
    /// What was found in the old cassette.
    pub findings: Vec<Finding>,
    /// The new cassette, if anything is to change.
    pub rewritten: Option<Rewritten>,
}

/// What lies under something else is found once that is gone, so there is more than one round.
const ROUNDS: usize = 4;

impl Scrubber {
    /// Returns what is to be changed in a recording.
    #[must_use]
    pub fn findings(&self, recording: &Recording) -> Vec<Finding> {
        let matching = format::by_name(recording.format).map_or(Matching::Usual, format::Format::matching);
        let (ids, others): (Vec<_>, Vec<_>) = walk(recording, &self.rules)
            .into_iter()
            .partition(|found| self.action(found) == &Action::Pseudonym);
        let replaced =
            others.into_iter().filter(|found| self.may_change(found, matching)).filter_map(|found| {
                let new = self.replacement(&found)?;
                (found.text.as_str() != new).then_some(Finding { found, new })
            });
        let mut findings: Vec<_> = replaced.collect();
        findings.extend(self.pseudonymous(recording, &ids, matching));
        findings
    }

    fn action(&self, found: &Found) -> &Action {
        &self.rules.rules[found.rule].action
    }

    /// Returns whether a place may change without the recorder losing the exchange: where it compares the headers of
    /// requests, only secrets count for more.
    fn may_change(&self, found: &Found, matching: Matching) -> bool {
        let header = found.side == Side::Request && found.place.starts_with("request.headers.");
        let secret = self.rules.rules[found.rule].preset == Preset::Secrets;
        secret || !(header && matching == Matching::RequestHeaders)
    }

    fn replacement(&self, found: &Found) -> Option<String> {
        match self.action(found) {
            Action::Redact | Action::Set(_) if found.number => Some("0".to_owned()),
            Action::Redact => Some(PLACEHOLDER.to_owned()),
            Action::Set(new) => Some(new.clone()),
            Action::Neutral(number) => neutral(found.text.as_str(), *number),
            Action::Pseudonym => None,
        }
    }

    /// Returns the places of ids that may be others: those that an answer brought up. An id that a request names first
    /// comes from outside, and a live client will send it again.
    fn pseudonymous(&self, recording: &Recording, ids: &[Found], matching: Matching) -> Vec<Finding> {
        let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
        for found in ids.iter().filter(|found| found.side == Side::Response) {
            rules.entry(found.text.as_str()).or_insert(found.rule);
        }
        let pseudonyms = self.pseudonyms.of(rules.keys().copied());
        if pseudonyms.is_empty() {
            return Vec::new();
        }
        let places = walk(recording, &Rules::of_values(pseudonyms.keys().map(String::as_str)));
        let mut seen = HashSet::new();
        let mut foreign = HashSet::new();
        for found in &places {
            let id = found.text.as_str();
            let asked = found.side == Side::Request;
            let first = seen.insert(id.to_owned());
            if asked && (first || matching == Matching::RequestHash) {
                foreign.insert(id.to_owned());
            }
        }
        let places = places.into_iter().filter(|found| !foreign.contains(found.text.as_str()));
        let findings = places.filter_map(|mut found| {
            let id = found.text.as_str();
            let new = pseudonyms.get(id)?.clone();
            found.rule = *rules.get(id)?;
            Some(Finding { found, new })
        });
        findings.collect()
    }

    /// Scrubs a recording.
    ///
    /// # Errors
    /// A [`Diagnostic`] if the cassette cannot be rewritten so that it reads as intended and nothing is left.
    pub fn scrub(&self, recording: &Recording) -> Result<Scrubbed, Diagnostic> {
        let findings = self.findings(recording);
        let Some(mut rewritten) = apply(recording, &findings)? else {
            return Ok(Scrubbed { findings, rewritten: None });
        };
        for _ in 1..ROUNDS {
            let left = self.findings(&rewritten.recording);
            match apply(&rewritten.recording, &left)? {
                Some(next) => rewritten = merged(rewritten, next),
                None => return Ok(Scrubbed { findings, rewritten: Some(rewritten) }),
            }
        }
        let at = self.findings(&rewritten.recording).first().and_then(|left| left.found.text.span());
        let help = "the file is left as it is";
        Err(Diagnostic::error("cannot scrub the file: something to scrub is found again and again", at)
            .help(help))
    }
}

/// Makes the edits; where a piece and the whole it is part of are both to change, the whole goes first.
fn apply(recording: &Recording, findings: &[Finding]) -> Result<Option<Rewritten>, Diagnostic> {
    let edits = |only_joined: bool| -> Vec<Edit> {
        let chosen = findings.iter().filter(|finding| finding.found.joined || !only_joined);
        chosen.map(|finding| whole(&finding.found.text, &finding.new)).collect()
    };
    rewrite::rewrite(recording, edits(false)).or_else(|refused| {
        let first = edits(true);
        if first.is_empty() || first.len() == findings.len() {
            Err(refused)
        } else {
            rewrite::rewrite(recording, first)
        }
    })
}

fn whole(text: &Text, new: &str) -> Edit {
    Edit::replace(text, 0..text.len(), new)
}

/// Returns a rewriting and the one after it as one.
fn merged(first: Rewritten, next: Rewritten) -> Rewritten {
    let mut files: HashMap<_, _> = first.files.into_iter().collect();
    files.extend(next.files);
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by_key(|(id, _)| *id);
    Rewritten { files, recording: next.recording }
}
