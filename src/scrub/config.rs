//! `.cassette.yaml`: what a project wants scrubbed beside, or instead of, the built-in rules.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;
use serde::Deserialize;

use super::Rules;
use super::ids::Pseudonyms;
use super::plan::{Keep, Scrubber};
use super::rule::{Action, Kind, Look, Names, Part, Preset, Rule, Where};
use super::shapes::anywhere;
use super::{clean, rules};
use crate::diagnostic::Diagnostic;
use crate::syntax::Tree;
use crate::syntax::path::Path;
use crate::text::{SourceId, Span, Text};

/// The file's name; the one nearest above a cassette counts.
pub const FILE: &str = ".cassette.yaml";

/// A configuration file.
#[derive(Clone, Debug, Default)]
pub struct Config {
    salt: String,
    all: Section,
    paths: Vec<(Glob, Section)>,
}

/// What is to be done for all paths, or beside that for some.
#[derive(Clone, Debug, Default)]
struct Section {
    presets: Vec<Preset>,
    /// Names of presets and rules.
    without: Vec<String>,
    keep: Keep,
    rules: Vec<Rule>,
    skip: bool,
}

/// A configuration file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    presets: Vec<String>,
    without: Vec<String>,
    salt: String,
    keep: Vec<String>,
    #[serde(rename = "keep-patterns")]
    keep_patterns: Vec<String>,
    rules: Vec<Entry>,
    paths: BTreeMap<String, WrittenSection>,
}

/// What is different for some paths: all lists add to those outside.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenSection {
    presets: Vec<String>,
    without: Vec<String>,
    keep: Vec<String>,
    #[serde(rename = "keep-patterns")]
    keep_patterns: Vec<String>,
    rules: Vec<Entry>,
    skip: bool,
}

/// A rule as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Entry {
    name: Option<String>,
    about: Option<String>,
    #[serde(rename = "in")]
    side: Option<SideName>,
    header: Option<String>,
    query: Option<String>,
    field: Option<String>,
    path: Option<String>,
    pattern: Option<String>,
    action: ActionName,
    with: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum SideName {
    Request,
    Response,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum ActionName {
    #[default]
    Redact,
    Pseudonym,
    Set,
    Replace,
    Remove,
}

/// What is wrong, and the way to it in the file.
type Wrong = (String, Vec<Way>);

/// A step of that way.
#[derive(Clone, Debug)]
enum Way {
    Name(String),
    Index(usize),
}

impl TryFrom<WrittenSection> for Section {
    type Error = Wrong;

    fn try_from(written: WrittenSection) -> Result<Self, Wrong> {
        let WrittenSection { presets, without, keep, keep_patterns, rules, skip } = written;
        Ok(Self {
            presets: each("presets", presets, |name| preset(&name))?,
            without: each("without", without, rule_name)?,
            keep: Keep {
                values: keep.into_iter().collect(),
                patterns: each("keep-patterns", keep_patterns, |text| regex(&text))?,
            },
            rules: each("rules", rules, rule)?,
            skip,
        })
    }
}

/// Makes of each item of a list what it stands for, and says which of them is wrong.
fn each<T, U>(list: &str, items: Vec<T>, make: impl Fn(T) -> Result<U, String>) -> Result<Vec<U>, Wrong> {
    let results = items
        .into_iter()
        .enumerate()
        .map(|(at, item)| make(item).map_err(|why| (why, vec![Way::Name(list.to_owned()), Way::Index(at)])));
    results.collect()
}

fn preset(name: &str) -> Result<Preset, String> {
    let names = || Preset::ALL.map(Preset::name).join(", ");
    Preset::by_name(name).ok_or_else(|| format!("no preset is called `{name}`; there are {}", names()))
}

/// Checks the name of a preset or of a built-in rule.
fn rule_name(name: String) -> Result<String, String> {
    let known = Preset::by_name(&name).is_some() || rules::all().iter().any(|rule| rule.name == name);
    let unknown = || format!("no preset or rule is called `{name}`; `cassette scrub --list` names them");
    if known { Ok(name) } else { Err(unknown()) }
}

fn regex(text: &str) -> Result<Regex, String> {
    let regex = Regex::new(text).map_err(|error| {
        let why = error.to_string();
        let last = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        format!("`{text}` is no regular expression: {last}")
    })?;
    if regex.is_match("") { Err(format!("`{text}` matches nothing at all, everywhere")) } else { Ok(regex) }
}

/// Which files a section is about, in the manner of `.gitignore`, relative to the configuration's folder.
#[derive(Clone, Debug)]
struct Glob(GlobMatcher);

impl Glob {
    /// Reads a pattern: one without `/` is about names, one that names a folder about all in it.
    fn new(text: &str) -> Result<Self, String> {
        let front = if text.trim_end_matches('/').contains('/') { "" } else { "**/" };
        let bare = text.trim_matches('/');
        let glob = GlobBuilder::new(&format!("{front}{bare}{{,/**}}")).literal_separator(true).build();
        glob.map(|glob| Self(glob.compile_matcher())).map_err(|error| error.kind().to_string())
    }
}

/// Returns a rule of the project's own.
fn rule(entry: Entry) -> Result<Rule, String> {
    let Entry { name, about, side, header, query, field, path, pattern, action, with } = entry;
    let places = [("header", &header), ("query", &query), ("field", &field), ("path", &path)];
    let mut named = places.iter().filter_map(|(kind, text)| Some((*kind, text.as_ref()?)));
    let first = named.next();
    if named.next().is_some() {
        return Err("a rule is about one of `header`, `query`, `field` and `path`".to_owned());
    }
    let regex = pattern.as_deref().map(regex).transpose()?;
    let called = match (first, &regex) {
        (Some((kind, text)), _) => format!("{kind} {text}"),
        (None, Some(regex)) => format!("pattern {regex}"),
        (None, None) => {
            return Err("a rule needs a `header`, `query`, `field`, `path` or `pattern`".to_owned());
        }
    };
    let part =
        regex.clone().map_or(Part::That(|value| std::iter::once(0..value.len()).collect()), Part::Pattern);
    let look = match first {
        None => Look::Shape {
            keywords: &[],
            pattern: Cow::Owned(regex.as_ref().map(Regex::to_string).unwrap_or_default()),
            back: 0,
            check: anywhere,
        },
        Some(("path", text)) => {
            let path = Path::parse(text).map_err(|error| format!("`{text}` is no path: {error}"))?;
            Look::Path { path, part }
        }
        Some((kind, text)) => Look::Named { kinds: kinds(kind, side), names: Names::of(kind, text), part },
    };
    let action = match (action, with, &regex) {
        (ActionName::Set, Some(with), _) => Action::Set(with),
        (ActionName::Replace, Some(with), Some(regex)) => Action::Replace(regex.clone(), with),
        (ActionName::Set, None, _) => return Err("`action: set` needs the new text in `with`".to_owned()),
        (ActionName::Replace, ..) => {
            return Err("`action: replace` needs a `pattern`, and the new text in `with`".to_owned());
        }
        (_, Some(_), _) => return Err("`with` goes with `action: set` or `action: replace`".to_owned()),
        (ActionName::Redact, None, _) => Action::Redact,
        (ActionName::Pseudonym, None, _) => Action::Pseudonym,
        (ActionName::Remove, None, _) if first.is_none() => {
            return Err("`action: remove` needs a `header`, `query`, `field` or `path`".to_owned());
        }
        (ActionName::Remove, None, _) => Action::Remove,
    };
    let side = match side {
        None => Where::Both,
        Some(SideName::Request) => Where::Request,
        Some(SideName::Response) => Where::Response,
    };
    Ok(Rule {
        name: Cow::Owned(name.unwrap_or_else(|| called.clone())),
        preset: Preset::Own,
        about: Cow::Owned(about.unwrap_or_else(|| format!("a rule of this project: {called}"))),
        action,
        look,
        side,
        local: false,
        example: Cow::Borrowed(""),
    })
}

/// Returns where a rule about something with a name looks.
fn kinds(what: &str, side: Option<SideName>) -> &'static [Kind] {
    match (what, side) {
        ("header", None) => &[Kind::RequestHeader, Kind::ResponseHeader],
        ("header", Some(SideName::Request)) => &[Kind::RequestHeader],
        ("header", Some(SideName::Response)) => &[Kind::ResponseHeader],
        ("query", _) => &[Kind::Query],
        (_, None) => &[Kind::RequestField, Kind::ResponseField, Kind::Form, Kind::Note],
        (_, Some(SideName::Request)) => &[Kind::RequestField, Kind::Form],
        (_, Some(SideName::Response)) => &[Kind::ResponseField],
    }
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// A [`Diagnostic`] with the place of the first thing that is wrong.
    pub fn read(id: SourceId, text: &str) -> Result<Self, Diagnostic> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let written: Written = serde_yaml::from_str(text).map_err(|error: serde_yaml::Error| {
            let at =
                error.location().map(|place| Span { source: id, start: place.index(), end: place.index() });
            let message = error.to_string();
            // The place is shown beside the message.
            wrong(message.rsplit_once(" at line ").map_or(message.as_str(), |(front, _)| front), at)
        })?;
        Self::of(written).map_err(|(message, way)| wrong(&message, place(id, text, &way)))
    }

    fn of(written: Written) -> Result<Self, Wrong> {
        let Written { presets, without, salt, keep, keep_patterns, rules, paths } = written;
        let all = WrittenSection { presets, without, keep, keep_patterns, rules, skip: false };
        let paths = paths.into_iter().map(|(path, section)| {
            let inside = |(why, mut way): Wrong| {
                way.splice(0..0, [Way::Name("paths".to_owned()), Way::Name(path.clone())]);
                (why, way)
            };
            let glob = Glob::new(&path).map_err(|why| inside((why, Vec::new())))?;
            Ok((glob, Section::try_from(section).map_err(inside)?))
        });
        Ok(Self { salt, all: all.try_into()?, paths: paths.collect::<Result<_, Wrong>>()? })
    }

    /// Returns what to scrub a cassette with, by its path relative to the configuration's folder; nothing if it is to
    /// be left alone. Presets from the command line take the place of those in the file.
    #[must_use]
    pub fn scrubber(&self, path: &str, presets: Option<&[Preset]>) -> Option<Scrubber> {
        let about = self.paths.iter().filter(|(glob, _)| glob.0.is_match(path)).map(|(_, section)| section);
        let sections: Vec<&Section> = std::iter::once(&self.all).chain(about).collect();
        if sections.iter().any(|section| section.skip) {
            return None;
        }
        let mut chosen: Vec<Preset> = Preset::DEFAULT.to_vec();
        chosen.extend(sections.iter().flat_map(|section| &section.presets));
        let chosen = presets.map_or(chosen, <[Preset]>::to_vec);
        let left_out = |rule: &Rule| {
            let preset = if presets.is_none() { rule.preset.name() } else { "" };
            let mut names = sections.iter().flat_map(|section| &section.without);
            names.any(|name| name == preset || *name == rule.name)
        };
        // Own rules first: of two that find the same, the project's counts.
        let mut rules: Vec<Rule> = sections.iter().flat_map(|section| section.rules.clone()).collect();
        rules.extend(rules::of(&chosen).into_iter().filter(|rule| !left_out(rule)));
        let mut keep = Keep::default();
        for section in &sections {
            keep.values.extend(section.keep.values.iter().cloned());
            keep.patterns.extend(section.keep.patterns.iter().cloned());
        }
        Some(Scrubber {
            rules: Rules::new(rules),
            pseudonyms: Pseudonyms::new(self.salt.as_str()),
            identity_urls: chosen.contains(&Preset::IdentityUrls),
            keep,
            placeholder: Cow::Borrowed(clean::PLACEHOLDER),
        })
    }

    /// Returns what tells apart the paths that are scrubbed alike: the sections that are about them.
    #[must_use]
    pub fn group(&self, path: &str) -> Vec<usize> {
        let globs = self.paths.iter().enumerate();
        globs.filter(|(_, (glob, _))| glob.0.is_match(path)).map(|(at, _)| at).collect()
    }
}

fn wrong(message: &str, at: Option<Span>) -> Diagnostic {
    Diagnostic::error(message, at).help("docs/SCRUB.md tells what may stand here")
}

/// Returns where something stands in the file.
fn place(id: SourceId, text: &str, way: &[Way]) -> Option<Span> {
    let tree = Arc::new(Tree::yaml(Text::source(id, text.to_owned())).ok()?);
    let mut node = tree.root()?;
    for step in way {
        node = match step {
            Way::Name(name) => node.get(name)?,
            Way::Index(index) => node.item(*index)?,
        };
    }
    node.span()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (String, Option<usize>) {
        let error = Config::read(SourceId(0), text).unwrap_err();
        (error.message, error.at.map(|at| text[..at.start].matches('\n').count() + 1))
    }

    #[test]
    fn lists_add_to_what_is_built_in_and_to_each_other() {
        let text = "presets: [ids]\nwithout: [cookie]\nrules:\n- header: x-tenant\npaths:\n  legacy/**:\n    presets: \
                    [volatile]\n    without: [identity]\n  vendor:\n    skip: true\n";
        let config = Config::read(SourceId(0), text).unwrap();
        let names = |path: &str| -> Vec<String> {
            let scrubber = config.scrubber(path, None).unwrap();
            scrubber.rules.rules.iter().map(|rule| rule.name.to_string()).collect()
        };
        let usual = names("a.yaml");
        assert!(usual.contains(&"header x-tenant".to_owned()) && usual.contains(&"answer-id".to_owned()));
        assert!(usual.contains(&"account-header".to_owned()) && !usual.contains(&"cookie".to_owned()));
        let legacy = names("legacy/b/a.yaml");
        assert!(legacy.contains(&"time-field".to_owned()) && !legacy.contains(&"account-header".to_owned()));
        assert!(config.scrubber("x/vendor/a.yaml", None).is_none());
        assert!(config.scrubber("a.yaml", Some(&[Preset::Secrets])).is_some());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(
            error("salt: x\npresets: [ids, secret]\n"),
            ("no preset is called `secret`; there are secrets, identity, identity-urls, ids, volatile, pii".to_owned(), Some(2))
        );
        assert_eq!(error("rules:\n- header: a\n  pattern: '('\n").1, Some(2));
        let (message, line) = error("rules:\n- header: a\n- action: set\n  header: b\n");
        assert_eq!((message.as_str(), line), ("`action: set` needs the new text in `with`", Some(3)));
        let (message, line) = error("keep: []\nkeeps: []\n");
        assert!(message.contains("unknown field `keeps`"), "{message}");
        assert_eq!(line, Some(2));
    }

    #[test]
    fn an_empty_file_changes_nothing() {
        assert!(Config::read(SourceId(0), "# nothing yet\n").is_ok());
    }
}
