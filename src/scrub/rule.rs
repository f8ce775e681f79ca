//! What a rule is: where it looks, what it finds there, what it does about it.

use std::borrow::Cow;
use std::ops::Range;

use regex::Regex;

use crate::syntax::path::Path;

/// A set of rules that is chosen together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// Whatever opens a door: keys, tokens, passwords, cookies.
    Secrets,
    /// Who pays: organisations, projects, workspaces, accounts, tenants.
    Identity,
    /// The same in addresses, where recorders match on them.
    IdentityUrls,
    /// What a provider numbers its answers by.
    Ids,
    /// What is different each time: dates, timings, limits.
    Volatile,
    /// Who people are and how to reach them.
    Pii,
    /// What a project's configuration adds.
    Own,
}

impl Preset {
    /// All presets that can be chosen.
    pub const ALL: [Self; 6] =
        [Self::Secrets, Self::Identity, Self::IdentityUrls, Self::Ids, Self::Volatile, Self::Pii];

    /// Returns the presets that apply where nothing else is asked for.
    pub const DEFAULT: [Self; 2] = [Self::Secrets, Self::Identity];

    /// Returns the name, as options and the configuration have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Identity => "identity",
            Self::IdentityUrls => "identity-urls",
            Self::Ids => "ids",
            Self::Volatile => "volatile",
            Self::Pii => "pii",
            Self::Own => "own",
        }
    }

    /// Returns what the preset is for, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Secrets => "whatever opens a door: keys, tokens, passwords, cookies",
            Self::Identity => "who pays: organisations, projects, workspaces, accounts, tenants",
            Self::IdentityUrls => "the same in what recorders match on: addresses and bodies of requests",
            Self::Ids => "what a provider numbers its answers by",
            Self::Volatile => "what is different each time: dates, timings, limits",
            Self::Pii => "who people are and how to reach them",
            Self::Own => "what the project's configuration adds",
        }
    }

    /// Returns the preset with a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }
}

/// What becomes of what a rule finds.
#[derive(Clone, Debug)]
pub enum Action {
    /// A fixed placeholder; nothing of the value is left.
    Redact,
    /// Another value of the same shape, derived from the old one: one id stays one id.
    Pseudonym,
    /// A valid value of the same kind that says nothing. A number becomes this one.
    Neutral(u32),
    /// This text.
    Set(String),
    /// This text for each match, with `$1` and the like filled in.
    Replace(Regex, String),
    /// Nothing: it goes with its name. What has none that could go with it is emptied.
    Remove,
}

/// Where in an exchange a text with a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A header of the request.
    RequestHeader,
    /// A header of the response.
    ResponseHeader,
    /// A parameter of the address.
    Query,
    /// A field of a form.
    Form,
    /// A member of a JSON object, or an element of XML, in a request.
    RequestField,
    /// The same, in a response.
    ResponseField,
    /// What the recorder notes beside the exchange.
    Note,
    /// A field of either side, or of a form, where tokens are given out.
    Endpoint,
}

impl Kind {
    /// How many kinds there are.
    pub(super) const COUNT: usize = Self::Endpoint as usize + 1;

    /// Returns whether names of this kind come without `_` and `-`.
    pub(super) fn is_field(self) -> bool {
        match self {
            Self::RequestHeader | Self::ResponseHeader | Self::Query => false,
            Self::Form | Self::RequestField | Self::ResponseField | Self::Note | Self::Endpoint => true,
        }
    }
}

/// What a rule looks at.
#[derive(Clone, Debug)]
pub enum Look {
    /// Text of a shape, anywhere. The pattern begins where one of the keywords stands, or up to `back` bytes before.
    Shape {
        /// What every match holds one of, in any case if the pattern is `(?i)`; where there is none the whole text is
        /// searched. Words of less than three letters are looked for one by one.
        keywords: &'static [&'static str],
        /// A regular expression; its group `v`, if there is one, is what is found.
        pattern: Cow<'static, str>,
        /// How far before the keyword a match may begin.
        back: usize,
        /// What must hold beside: checksums and the like.
        check: fn(&Match<'_>) -> bool,
    },
    /// What stands at a place.
    Path {
        /// Which: `request.body.user`, or from the body on: `user.email`. Events of streams do not count as a step.
        path: Path,
        /// Which parts of the value.
        part: Part,
    },
    /// The value of something with a name.
    Named {
        /// Where.
        kinds: &'static [Kind],
        /// Which names; they come in lower case, those of fields without `_` and `-`.
        names: Names,
        /// Which parts of the value.
        part: Part,
    },
}

/// Which parts of a value a rule is about.
#[derive(Clone, Debug)]
pub enum Part {
    /// Those that this finds.
    That(fn(&str) -> Vec<Range<usize>>),
    /// The matches of this expression.
    Pattern(Regex),
}

impl Part {
    /// Returns the parts of a value.
    #[must_use]
    pub fn of(&self, value: &str) -> Vec<Range<usize>> {
        match self {
            Self::That(parts) => parts(value),
            Self::Pattern(regex) => regex.find_iter(value).map(|found| found.range()).collect(),
        }
    }
}

/// On which side of an exchange a rule looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Where {
    /// On both.
    #[default]
    Both,
    /// In what was sent.
    Request,
    /// In what came back.
    Response,
}

/// Which names a rule means.
#[derive(Clone, Debug)]
pub enum Names {
    /// Those for which this holds.
    That(fn(&str) -> bool),
    /// These.
    These(&'static [&'static str]),
    /// This one.
    Own(String),
}

impl Names {
    /// Returns whether a name is meant.
    #[must_use]
    pub fn hold(&self, name: &str) -> bool {
        match self {
            Self::That(holds) => holds(name),
            Self::These(known) => known.contains(&name),
            Self::Own(known) => known == name,
        }
    }

    /// Returns the name of a header, parameter or field, as it is compared.
    #[must_use]
    pub fn of(what: &str, name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        Self::Own(if what == "field" { lower.replace(['_', '-'], "") } else { lower })
    }
}

/// What a shape was found as.
#[derive(Clone, Copy, Debug)]
pub struct Match<'t> {
    /// The text before all that the shape is about.
    pub before: &'t str,
    /// All that the shape is about.
    pub whole: &'t str,
    /// What was found.
    pub found: &'t str,
    /// The text after all of it.
    pub after: &'t str,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Such as `openai-key`.
    pub name: Cow<'static, str>,
    /// The set that it belongs to.
    pub preset: Preset,
    /// What it finds, in a few words.
    pub about: Cow<'static, str>,
    /// What becomes of it.
    pub action: Action,
    /// What it looks at.
    pub look: Look,
    /// Where.
    pub side: Where,
    /// Whether what it finds may mean something else where nothing names it.
    pub local: bool,
    /// A text in which it finds what stands between `«` and `»`: `name: value` for a rule that goes by names.
    pub example: Cow<'static, str>,
}

impl Rule {
    /// Returns a rule that finds text of a shape.
    pub(super) const fn shape(
        preset: Preset,
        name: &'static str,
        about: &'static str,
        keywords: &'static [&'static str],
        pattern: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            preset,
            about: Cow::Borrowed(about),
            action: Action::Redact,
            look: Look::Shape {
                keywords,
                pattern: Cow::Borrowed(pattern),
                back: 0,
                check: super::shapes::stands_alone,
            },
            side: Where::Both,
            local: false,
            example: Cow::Borrowed(example),
        }
    }

    /// Returns the rule with another check of what it finds.
    pub(super) const fn checked(mut self, checked: fn(&Match<'_>) -> bool) -> Self {
        if let Look::Shape { check, .. } = &mut self.look {
            *check = checked;
        }
        self
    }

    /// Returns the rule with matches that begin up to so many bytes before the keyword.
    pub(super) const fn from(mut self, bytes: usize) -> Self {
        if let Look::Shape { back, .. } = &mut self.look {
            *back = bytes;
        }
        self
    }

    /// Returns the rule for what may mean something else where nothing names it.
    pub(super) const fn local(mut self) -> Self {
        self.local = true;
        self
    }

    /// Returns the rule with another action.
    pub(super) fn doing(self, action: Action) -> Self {
        Self { action, ..self }
    }

    /// Returns a rule that finds the values of something with a name.
    pub(super) fn named(
        preset: Preset,
        name: &'static str,
        about: &'static str,
        kinds: &'static [Kind],
        names: Names,
        part: fn(&str) -> Vec<Range<usize>>,
        example: &'static str,
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            preset,
            about: Cow::Borrowed(about),
            action: Action::Redact,
            look: Look::Named { kinds, names, part: Part::That(part) },
            side: Where::Both,
            local: false,
            example: Cow::Borrowed(example),
        }
    }
}
