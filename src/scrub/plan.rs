//! From what was found to what becomes of it: as much as the recorder can do without.
//!
//! A credential goes wherever it stands. Anything else stays where a recorder would no longer find the answer to a
//! request: what a client sends of its own it will send again, and what it takes from an answer must be in the next
//! request as it is in the answer.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use regex::Regex;
use serde_json::Value;

use super::check::Loosely;
use super::clean::PLACEHOLDER;
use super::ids::Pseudonyms;
use super::neutral::neutral;
use super::rule::{Action, Preset};
use super::values::Values;
use super::walk::{Found, Part, Side, walk};
use super::{Rules, What, check};
use crate::diagnostic::Diagnostic;
use crate::format::{self, Matching};
use crate::load::Recording;
use crate::rewrite::{self, Rewritten};
use crate::text::{self, Edit, Text};

/// What to scrub with.
#[derive(Debug)]
pub struct Scrubber {
    /// What to find.
    pub rules: Rules,
    /// How ids are replaced.
    pub pseudonyms: Pseudonyms,
    /// Whether identities in what recorders match on are to go, too.
    pub identity_urls: bool,
    /// What stays in any case.
    pub keep: Keep,
    /// What a credential becomes.
    pub placeholder: Cow<'static, str>,
}

impl Default for Scrubber {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            pseudonyms: Pseudonyms::default(),
            identity_urls: false,
            keep: Keep::default(),
            placeholder: Cow::Borrowed(PLACEHOLDER),
        }
    }
}

/// Values that stay although a rule finds them.
#[derive(Clone, Debug, Default)]
pub struct Keep {
    /// These.
    pub values: HashSet<String>,
    /// Those in which one of these matches.
    pub patterns: Vec<Regex>,
}

impl Keep {
    /// Returns whether a value stays.
    #[must_use]
    pub fn holds(&self, value: &str) -> bool {
        self.values.contains(value) || self.patterns.iter().any(|pattern| pattern.is_match(value))
    }
}

/// A place that is to be changed.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's index.
    pub rule: usize,
    /// What was found.
    pub found: Found,
    /// What it becomes.
    pub new: String,
    /// Whether recorders compare this place to find the answer to a request.
    pub matched: bool,
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
const ROUNDS: usize = 5;

/// A shorter value is a word or a number that stands in many places by chance.
const SHORTEST_FOLLOWED: usize = 5;

/// A shorter credential may read like a word or a number.
const SHORTEST_UNMISTAKABLE: usize = 16;

/// What becomes of a value that a client may take from an answer.
#[derive(Debug)]
struct Fate {
    rule: usize,
    /// Whether it stays where recorders match, and where a client takes it from.
    kept: bool,
    /// What it becomes wherever it stands, not only where the rule finds it.
    everywhere: Option<String>,
}

/// Returns whether a credential is one wherever it stands, also where nothing says so: no word or number reads like it.
fn is_unmistakable(value: &str) -> bool {
    let count = |kind: fn(&u8) -> bool| value.bytes().filter(kind).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let one_word = value.bytes().all(|byte| byte.is_ascii_graphic());
    one_word && value.len() >= SHORTEST_UNMISTAKABLE && digits >= 2 && letters >= 4
}

impl Scrubber {
    /// Returns what is to be changed in a recording.
    ///
    /// # Errors
    /// A [`Diagnostic`] if not all of it could be looked at.
    pub fn findings(&self, recording: &Recording) -> Result<Vec<Finding>, Diagnostic> {
        let matching = format::by_name(recording.format).map_or(Matching::Usual, format::Format::matching);
        let mut found = walk(recording, &self.rules, &Values::default())?;
        found.retain(|found| !self.keep.holds(found.text.as_str()));
        let fates = self.fates(recording, &found, matching)?;
        let mut values: Vec<&str> = fates
            .iter()
            .filter(|(_, fate)| fate.everywhere.is_some())
            .map(|(value, _)| value.as_str())
            .collect();
        values.sort_unstable();
        if !values.is_empty() {
            // Both in one go, so that what overlaps is one finding.
            found = walk(recording, &self.rules, &Values::new(values.iter().copied()))?;
        }
        let kept = |found: &Found| self.keep.holds(found.text.as_str());
        let findings = found.into_iter().filter(|found| !kept(found)).filter_map(|found| {
            let matched = is_matched(&found, matching);
            let (rule, new) = match found.what {
                What::PartOfWord(_) => return None,
                What::Value(_) if found.sealed => return None,
                What::Value(value) => {
                    let fate = fates.get(*values.get(value)?)?;
                    (fate.rule, fate.everywhere.clone()?)
                }
                What::Rule(rule) => {
                    let fate = fates.get(found.text.as_str());
                    (rule, self.replacement(&found, rule, fate, matched, matching)?)
                }
            };
            (found.text.as_str() != new || found.gone.is_some()).then_some(Finding {
                rule,
                found,
                new,
                matched,
            })
        });
        let findings: Vec<Finding> = findings.collect();
        // What lies in an encoding goes with the encoding, if that is to go as a whole.
        let covered = text::covered(&findings.iter().map(|finding| &finding.found.text).collect::<Vec<_>>());
        let uncovered = findings.into_iter().zip(covered).filter(|(_, covered)| !covered);
        Ok(uncovered.map(|(finding, _)| finding).collect())
    }

    fn replacement(
        &self,
        found: &Found,
        rule: usize,
        fate: Option<&Fate>,
        matched: bool,
        matching: Matching,
    ) -> Option<String> {
        let rule = &self.rules.rules[rule];
        let secret = matches!(rule.preset, Preset::Secrets | Preset::Pii | Preset::Own);
        let kept = fate.is_some_and(|fate| fate.kept) && (matched || found.part != Part::Header);
        let compared = matching == Matching::RequestHeaders && matched && found.part == Part::Header;
        if !secret && (kept || compared) {
            return None;
        }
        match &rule.action {
            Action::Redact if found.number => Some("0".to_owned()),
            Action::Redact => Some(self.placeholder.clone().into_owned()),
            Action::Set(new) if found.number && serde_json::from_str::<Value>(new).is_err() => {
                Some("0".to_owned())
            }
            Action::Set(new) => Some(new.clone()),
            Action::Remove => Some(String::new()),
            Action::Replace(pattern, new) => Some(pattern.replace(found.text.as_str(), new).into_owned()),
            Action::Neutral(_) if found.sealed => None,
            Action::Neutral(number) => neutral(found.text.as_str(), *number),
            Action::Pseudonym => {
                let new = fate.and_then(|fate| fate.everywhere.clone());
                // A project wants its value gone, whether or not there is another one like it.
                let gone = rule.preset == Preset::Own && !self.pseudonyms.is_one(found.text.as_str());
                let redacted = if found.number { "0" } else { &*self.placeholder };
                new.or_else(|| gone.then(|| redacted.to_owned()))
            }
        }
    }

    /// Returns what becomes of values that may stand elsewhere, too, by where they do.
    fn fates(
        &self,
        recording: &Recording,
        found: &[Found],
        matching: Matching,
    ) -> Result<HashMap<String, Fate>, Diagnostic> {
        let mut fates: HashMap<String, Fate> = HashMap::new();
        for each in found {
            let What::Rule(rule) = each.what else { continue };
            let of = &self.rules.rules[rule];
            let followed = match of.preset {
                Preset::Secrets => {
                    matches!(of.action, Action::Redact)
                        && !each.number
                        && each.gone.is_none()
                        && !of.local
                        && is_unmistakable(each.text.as_str())
                }
                Preset::Pii => false,
                Preset::Own => matches!(of.action, Action::Pseudonym),
                Preset::Ids => each.side == Side::Response,
                // Headers that no recorder compares may change alone.
                Preset::Identity | Preset::IdentityUrls => {
                    !each.number && (each.part != Part::Header || is_matched(each, matching))
                }
                Preset::Volatile => each.side == Side::Response && each.part == Part::Body && !each.number,
            };
            if followed && each.text.len() >= SHORTEST_FOLLOWED {
                let fate = || Fate { rule, kept: false, everywhere: None };
                fates.entry(each.text.as_str().to_owned()).or_insert_with(fate);
            }
        }
        if fates.is_empty() {
            return Ok(fates);
        }
        let mut values: Vec<String> = fates.keys().cloned().collect();
        values.sort_unstable();
        let mut places: Vec<Places> = vec![Places::default(); values.len()];
        let all = Values::overlapping(values.iter().map(String::as_str));
        for each in walk(recording, &Rules::default(), &all)? {
            if let What::Value(value) | What::PartOfWord(value) = each.what {
                places[value].add(&each, matching);
            }
        }
        let pseudonyms = values
            .iter()
            .filter(|value| matches!(self.rules.rules[fates[*value].rule].action, Action::Pseudonym))
            .filter(|value| ***value != *self.placeholder);
        let pseudonyms = self.pseudonyms.of(pseudonyms.map(String::as_str));
        for (value, places) in values.iter().zip(places) {
            let Some(fate) = fates.get_mut(value) else { continue };
            let rule = &self.rules.rules[fate.rule];
            match rule.preset {
                Preset::Secrets => fate.everywhere = Some(self.placeholder.clone().into_owned()),
                Preset::Pii => {}
                Preset::Own => fate.everywhere = pseudonyms.get(value).cloned(),
                Preset::Ids => {
                    let hashed = matching == Matching::RequestHash && places.asked;
                    fate.kept = places.first == Some(Side::Request) || hashed || places.bound;
                    fate.everywhere = pseudonyms.get(value).cloned();
                }
                Preset::Identity | Preset::IdentityUrls if self.identity_urls => {}
                Preset::Identity | Preset::IdentityUrls | Preset::Volatile => fate.kept = places.matched,
            }
        }
        // What stands inside something that stays must stay, too.
        let mut inside = Vec::new();
        for value in values.iter().filter(|value| fates[*value].kept) {
            all.find(value, |part, _, _| inside.push(part));
        }
        for value in inside.iter().filter_map(|&part| values.get(part)) {
            if let Some(fate) = fates.get_mut(value).filter(|fate| fate.everywhere.is_some()) {
                fate.kept = true;
            }
        }
        for fate in fates.values_mut().filter(|fate| fate.kept) {
            fate.everywhere = None;
        }
        Ok(fates)
    }

    /// Scrubs a recording of what was found in it.
    ///
    /// # Errors
    /// A [`Diagnostic`] if the cassette cannot be rewritten so that it reads as intended and nothing is left.
    pub fn scrub(&self, recording: &Recording, findings: Vec<Finding>) -> Result<Scrubbed, Diagnostic> {
        let Some(mut rewritten) = apply(recording, &findings)? else {
            return Ok(Scrubbed { findings, rewritten: None });
        };
        let mut done = findings.clone();
        for _ in 1..ROUNDS {
            let left = self.findings(&rewritten.recording)?;
            let Some(next) = apply(&rewritten.recording, &left)? else {
                let put_in: Vec<&str> = done.iter().map(|finding| finding.new.as_str()).collect();
                let of = |is_it: fn(&Found) -> bool| -> BTreeSet<usize> {
                    let found = done.iter().map(|finding| &finding.found).filter(|found| is_it(found));
                    found.filter_map(|found| found.interaction).collect()
                };
                let loosely = Loosely {
                    encoded: of(|found| found.encoded),
                    in_pieces: of(|found| found.joined),
                    removed: less_told(recording, &done),
                };
                check::same_conversation(recording, &rewritten.recording, &put_in, &loosely)?;
                return Ok(Scrubbed { findings, rewritten: Some(rewritten) });
            };
            rewritten = rewritten.then(next);
            done.extend(left);
        }
        let at = self.findings(&rewritten.recording)?.first().and_then(|left| left.found.text.span());
        let help = "the file is left as it is";
        Err(Diagnostic::error("cannot scrub the file: something to scrub is found again and again", at)
            .help(help))
    }
}

/// Where a value stands.
#[derive(Clone, Debug, Default)]
struct Places {
    /// On which side it stands first.
    first: Option<Side>,
    /// In a request.
    asked: bool,
    /// Where a recorder compares requests.
    matched: bool,
    /// Where it cannot change with the others.
    bound: bool,
}

impl Places {
    fn add(&mut self, found: &Found, matching: Matching) {
        let asked = found.side == Side::Request;
        self.first.get_or_insert(found.side);
        self.asked |= asked;
        self.matched |= is_matched(found, matching);
        self.bound |= found.sealed || (asked && matches!(found.what, What::PartOfWord(_)));
    }
}

/// Returns whether a recorder compares a place to find the answer to a request.
fn is_matched(found: &Found, matching: Matching) -> bool {
    found.side == Side::Request
        && match found.part {
            Part::Url | Part::Body => true,
            Part::Header => matching == Matching::RequestHeaders,
            Part::Other => false,
        }
}

/// Returns the interactions that may tell less because something of a body went.
fn less_told(recording: &Recording, done: &[Finding]) -> BTreeSet<usize> {
    let gone = done.iter().filter(|finding| finding.found.gone.is_some() && finding.found.part == Part::Body);
    let mut less: BTreeSet<usize> = gone.filter_map(|finding| finding.found.interaction).collect();
    // What one message of a connection says holds for the later ones.
    let is_message = |at: &usize| recording.interactions[*at].http.other.is_some();
    if less.iter().any(is_message) {
        less.extend((0..recording.interactions.len()).filter(is_message));
    }
    less
}

/// Makes the edits. What is to go goes first; where a piece and the whole it is part of are both to change, the whole
/// does.
fn apply(recording: &Recording, findings: &[Finding]) -> Result<Option<Rewritten>, Diagnostic> {
    let gone: Vec<_> = findings.iter().filter_map(|finding| finding.found.gone.clone()).collect();
    if !gone.is_empty() {
        return rewrite::rewrite(recording, rewrite::remove(recording, &gone)?);
    }
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
