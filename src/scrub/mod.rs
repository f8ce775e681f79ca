//! Scrubbing: what must not be in a cassette is found in every layer, and replaced so that the cassette still replays.
//!
//! [`rules`] say what to find, [`walk`] goes through every text of a recording, [`plan`] decides what becomes of what
//! was found, [`check`] makes sure that nothing else changed.

pub mod check;
pub mod clean;
pub mod config;
pub mod ids;
pub mod mask;
pub mod neutral;
pub mod plan;
pub mod rule;
pub mod rules;
pub mod shapes;
pub mod values;
pub mod walk;
mod words;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rule::{Kind, Look, Names, Preset, Rule};
use shapes::Shapes;

use crate::syntax::path::Taken;

/// Some rules, ready to be applied.
#[derive(Debug, Default)]
pub struct Rules {
    /// The rules.
    pub rules: Vec<Rule>,
    shapes: Shapes,
    /// The rules that go by a place.
    paths: Vec<usize>,
    /// Whether some rules remove what they find.
    remove: bool,
    /// For each kind and name that a list holds, the rules.
    listed: HashMap<(Kind, &'static str), Vec<usize>>,
    /// The rules that go by names which no list holds.
    unlisted: Vec<usize>,
    /// What walks have found out about names, for the next ones.
    names: Mutex<Vec<walk::Names>>,
}

/// What was found in a text: by a rule, or because it was asked for. Each with its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Something a rule says.
    Rule(usize),
    /// One of the values that were asked for.
    Value(usize),
    /// One of them as part of a longer word.
    PartOfWord(usize),
}

/// A finding in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub what: What,
    /// Where in the text.
    pub range: Range<usize>,
}

impl Rules {
    /// Makes rules ready.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        let shapes = Shapes::new(&rules);
        let is_path = |rule: &usize| matches!(rules[*rule].look, Look::Path { .. });
        let paths = (0..rules.len()).filter(is_path).collect();
        let remove = rules.iter().any(|rule| matches!(rule.action, rule::Action::Remove));
        let mut listed: HashMap<(Kind, &'static str), Vec<usize>> = HashMap::new();
        let mut unlisted = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            match &rule.look {
                Look::Named { kinds, names: Names::These(names), .. } => {
                    for key in kinds.iter().flat_map(|kind| names.iter().map(|name| (*kind, *name))) {
                        listed.entry(key).or_default().push(at);
                    }
                }
                Look::Named { .. } => unlisted.push(at),
                Look::Shape { .. } | Look::Path { .. } => {}
            }
        }
        Self { rules, shapes, paths, remove, listed, unlisted, names: Mutex::default() }
    }

    /// Returns what an earlier walk found out about names.
    fn names(&self) -> walk::Names {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps what a walk found out about names.
    fn keep_names(&self, names: walk::Names) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).push(names);
    }

    /// Returns the rules that go by a name.
    #[must_use]
    pub fn named(&self, kind: Kind, name: &str) -> Vec<usize> {
        let meant = |rule: &&usize| match &self.rules[**rule].look {
            Look::Named { kinds, names, .. } => kinds.contains(&kind) && names.hold(name),
            Look::Shape { .. } | Look::Path { .. } => false,
        };
        let mut rules: Vec<usize> = self.unlisted.iter().filter(meant).copied().collect();
        rules.extend(self.listed.get(&(kind, name)).into_iter().flatten());
        rules
    }

    /// Finds what a rule that goes by names says about a value.
    pub fn in_value(&self, rule: usize, value: &str, hits: &mut Vec<Hit>) {
        if let Look::Named { part, .. } | Look::Path { part, .. } = &self.rules[rule].look {
            let parts = part.of(value).into_iter().filter(|range| !range.is_empty());
            hits.extend(parts.map(|range| Hit { what: What::Rule(rule), range }));
        }
    }

    /// Returns the rules that go by a place, for one place.
    #[must_use]
    pub fn placed(&self, taken: &[Taken<'_>]) -> Vec<usize> {
        let same = |wanted: &str, taken: &str| wanted == taken;
        let any_case = |wanted: &str, taken: &str| wanted.eq_ignore_ascii_case(taken);
        let header = matches!(taken.get(1), Some(Taken::Name("headers")));
        let body = matches!(taken.get(1), Some(Taken::Name("body"))).then(|| &taken[2..]);
        let is_it = |rule: &&usize| match &self.rules[**rule].look {
            Look::Path { path, .. } if header => path.is(taken, any_case),
            Look::Path { path, .. } => path.is(taken, same) || body.is_some_and(|body| path.is(body, same)),
            Look::Shape { .. } | Look::Named { .. } => false,
        };
        self.paths.iter().filter(is_it).copied().collect()
    }

    /// Returns whether some rules go by a place.
    #[must_use]
    pub fn have_paths(&self) -> bool {
        !self.paths.is_empty()
    }

    /// Returns whether some rules remove what they find.
    #[must_use]
    pub fn remove(&self) -> bool {
        self.remove
    }

    /// Returns the length of the shortest text in which a shape is found.
    #[must_use]
    pub fn shortest(&self) -> usize {
        self.shapes.shortest()
    }

    /// Returns whether a text may hold a shape at all.
    #[must_use]
    pub fn may_match(&self, text: &str) -> bool {
        self.shapes.may_match(text)
    }

    /// Finds shapes in a text.
    pub fn in_text(&self, text: &str, hits: &mut Vec<Hit>) {
        self.shapes.find(text, |rule, range| {
            // What was done before is done.
            if &text[range.clone()] != clean::PLACEHOLDER {
                hits.push(Hit { what: What::Rule(rule), range });
            }
        });
    }

    /// Returns whether what was found goes wherever it stands, as credentials do.
    fn goes(&self, hit: &Hit) -> bool {
        match hit.what {
            What::Rule(rule) => match self.rules[rule].preset {
                Preset::Secrets | Preset::Pii | Preset::Own => true,
                Preset::Identity | Preset::IdentityUrls | Preset::Ids | Preset::Volatile => false,
            },
            What::Value(_) | What::PartOfWord(_) => true,
        }
    }

    /// Drops hits over a credential: what is found there may be let stay in the end, and the credential must not.
    fn prefer_credentials(&self, hits: &mut Vec<Hit>) {
        let goes = |hit: &Hit| self.goes(hit);
        if hits.len() < 2 || hits.iter().all(goes) {
            return;
        }
        let mut going: Vec<Hit> = hits.iter().filter(|hit| goes(hit)).cloned().collect();
        settle(&mut going);
        let is_over = |hit: &Hit| {
            let before = going.partition_point(|going| going.range.start < hit.range.end);
            // Of equals a rule tells more than a value that was asked for.
            let same = |going: &Hit| matches!(going.what, What::Value(_)) && going.range == hit.range;
            before > 0 && going[before - 1].range.end > hit.range.start && !same(&going[before - 1])
        };
        hits.retain(|hit| goes(hit) || !is_over(hit));
    }
}

/// Joins hits that overlap: none of a credential is to stay. The first counts, and of those the longest; of equals a
/// rule before a value, and the rule that comes first.
pub fn settle(hits: &mut Vec<Hit>) {
    if hits.len() < 2 {
        return;
    }
    hits.sort_by_key(|hit| (hit.range.start, std::cmp::Reverse(hit.range.end), hit.what));
    hits.dedup_by(|next, kept| {
        let overlap = next.range.start < kept.range.end;
        if overlap {
            kept.range.end = kept.range.end.max(next.range.end);
        }
        overlap
    });
}
