//! What is known of names and values: which are different each time and mean nothing. The tables are those by which
//! `scrub` finds ids and times.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::Class;
use crate::scrub::neutral::neutral;
use crate::scrub::rule::{Kind, Preset};
use crate::scrub::walk::{Sealed, plain, sealed};
use crate::scrub::{Hit, Rules, rules, settle};

/// The tables, ready to be asked.
#[derive(Debug)]
pub struct Known {
    rules: Rules,
    /// Those that go by the name `id`.
    of_id: Vec<usize>,
}

impl Default for Known {
    fn default() -> Self {
        let rules = Rules::new(rules::of(&[Preset::Ids, Preset::Volatile]));
        let of_id = rules.named(Kind::ResponseField, "id");
        Self { rules, of_id }
    }
}

/// What a name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Nothing.
    Plain,
    /// Its value is an id; `id` itself only if the value looks like one.
    Id {
        /// Whether the name is `id` alone.
        bare: bool,
    },
    /// Its value is noise of a class.
    Noise(Class),
}

/// Names met so far, for each kind.
pub(super) type Names = HashMap<Kind, HashMap<Box<str>, Name, RandomState>, RandomState>;

/// So many names are kept: a hostile file has a new one in every line.
const KEPT: usize = 20_000;

/// Names of recorders' notes about how long something took and when, beside those that `scrub` clears.
const NOTES: &[(&str, Class)] = &[
    ("timings", Class::Timings),
    ("blocked", Class::Timings),
    ("dns", Class::Timings),
    ("connect", Class::Timings),
    ("ssl", Class::Timings),
    ("onload", Class::Timings),
    ("oncontentload", Class::Timings),
    ("send", Class::Timings),
    ("receive", Class::Timings),
    ("contentlength", Class::Lengths),
    ("bodysize", Class::Lengths),
    ("headerssize", Class::Lengths),
    ("transfersize", Class::Lengths),
    ("size", Class::Lengths),
    ("compression", Class::Lengths),
    ("remoteaddr", Class::Headers),
    ("serveripaddress", Class::Headers),
    ("connection", Class::Headers),
];

/// Headers that are different each time although nothing has to be cleared in them.
const HEADERS: &[(&str, Class)] = &[
    ("content-length", Class::Lengths),
    ("set-cookie", Class::Headers),
    ("cookie", Class::Headers),
    ("etag", Class::Headers),
    ("amz-sdk-invocation-id", Class::Headers),
    ("x-ms-client-request-id", Class::Headers),
    ("x-amz-content-sha256", Class::Headers),
    ("connection", Class::Headers),
    ("transfer-encoding", Class::Chunks),
];

/// Numbers of events and of their pieces: they follow from where a stream is cut.
const COUNTERS: &[&str] = &["sequencenumber", "eventid", "chunkindex"];

impl Known {
    /// Returns what a name tells.
    pub(super) fn name(&self, kind: Kind, raw: &str, met: &mut Names) -> Name {
        let met = met.entry(kind).or_default();
        if let Some(name) = met.get(raw) {
            return *name;
        }
        let name = self.look_up(kind, &plain(kind, raw));
        if met.len() < KEPT {
            met.insert(raw.into(), name);
        }
        name
    }

    fn look_up(&self, kind: Kind, name: &str) -> Name {
        let listed =
            |table: &[(&str, Class)]| table.iter().find(|(known, _)| *known == name).map(|row| row.1);
        let table = match kind {
            Kind::RequestHeader | Kind::ResponseHeader => listed(HEADERS),
            Kind::Note => listed(NOTES),
            _ => None,
        };
        if let Some(class) = table {
            return Name::Noise(class);
        }
        if COUNTERS.contains(&name) {
            return Name::Noise(Class::Chunks);
        }
        match sealed(name) {
            Some(Sealed::Signature) => return Name::Noise(Class::Signatures),
            Some(Sealed::Filler) => return Name::Noise(Class::Obfuscation),
            Some(Sealed::Data) | None => {}
        }
        // Requests carry the ids of earlier answers, and requests are signed and traced by headers like those of answers.
        let asked = match kind {
            Kind::RequestHeader => Kind::ResponseHeader,
            Kind::RequestField => Kind::ResponseField,
            other => other,
        };
        let meant = self.rules.named(asked, name);
        let Some(rule) = meant.first().map(|rule| &self.rules.rules[*rule]) else { return Name::Plain };
        match (rule.preset, kind) {
            (_, Kind::RequestHeader | Kind::ResponseHeader) => Name::Noise(Class::Headers),
            (Preset::Ids, _) if name == "systemfingerprint" => Name::Noise(Class::Fingerprints),
            (Preset::Ids, _) => Name::Id { bare: name == "id" },
            // What an application says about times is what it means.
            (_, Kind::RequestField) => Name::Plain,
            _ if is_moment(name) => Name::Noise(Class::Timestamps),
            _ => Name::Noise(Class::Timings),
        }
    }

    /// Returns whether a value of a name `id` looks like an id.
    pub(super) fn is_id(&self, value: &str) -> bool {
        let mut hits: Vec<Hit> = Vec::new();
        for &rule in &self.of_id {
            self.rules.in_value(rule, value, &mut hits);
        }
        !hits.is_empty()
    }

    /// Returns the ids in a text, by their shapes.
    pub(super) fn ids(&self, text: &str) -> Vec<Range<usize>> {
        let mut hits: Vec<Hit> = Vec::new();
        self.rules.in_text(text, &mut hits);
        settle(&mut hits);
        hits.into_iter().map(|hit| hit.range).collect()
    }
}

/// Returns whether a name that tells of time tells of a moment, not of how long something took.
fn is_moment(name: &str) -> bool {
    name.starts_with("creat")
        || name.ends_with("at")
        || name.ends_with("date")
        || name.contains("datetime")
        || matches!(name, "updatetime" | "recordedtime")
}

/// Returns whether a text is a moment: a date with the time of day.
pub(super) fn is_time(text: &str) -> bool {
    let text = text.trim();
    let dated = text.len() >= 19 && text.len() < 48 && (text.contains(':'));
    dated
        && neutral(text, 0)
            .is_some_and(|new| new.starts_with("1970-01-01") || new.starts_with("Thu, 01 Jan 1970"))
}

/// Returns whether the last name on a way says that its value is an id.
pub(super) fn names_id(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path).trim_end_matches("[]");
    name.ends_with("Id") || name.ends_with("_id") || name == "rid"
}

/// Returns whether a number is a moment, in seconds or smaller parts since 1970, under a name that tells of one.
pub(super) fn is_moment_in_numbers(path: &str, number: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    let whole = number.split('.').next().unwrap_or(number);
    let since_2001 = matches!(whole.len(), 10 | 13 | 16 | 19) && whole.starts_with('1');
    let lower = name.to_ascii_lowercase();
    let named =
        name.ends_with("At") || ["_at", "time", "timestamp", "ts"].iter().any(|end| lower.ends_with(end));
    since_2001 && named && whole.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_noise() {
        let known = Known::default();
        let name = |kind, raw: &str| known.name(kind, raw, &mut Names::default());
        assert_eq!(name(Kind::ResponseField, "created_at"), Name::Noise(Class::Timestamps));
        assert_eq!(name(Kind::ResponseField, "queue_time"), Name::Noise(Class::Timings));
        assert_eq!(name(Kind::ResponseField, "service_ttft_ms"), Name::Noise(Class::Timings));
        assert_eq!(name(Kind::ResponseField, "tokens_per_second"), Name::Noise(Class::Timings));
        assert_eq!(name(Kind::ResponseField, "items"), Name::Plain);
        assert_eq!(name(Kind::ResponseField, "rate_per_second"), Name::Plain);
        assert_eq!(name(Kind::ResponseField, "system_fingerprint"), Name::Noise(Class::Fingerprints));
        assert_eq!(name(Kind::RequestField, "tool_call_id"), Name::Id { bare: false });
        assert_eq!(name(Kind::RequestField, "created"), Name::Plain);
        assert_eq!(name(Kind::ResponseHeader, "CF-Ray"), Name::Noise(Class::Headers));
        assert_eq!(name(Kind::ResponseHeader, "content-type"), Name::Plain);
        assert_eq!(name(Kind::ResponseField, "thoughtSignature"), Name::Noise(Class::Signatures));
        assert_eq!(name(Kind::ResponseField, "embedding"), Name::Plain);
        assert_eq!(name(Kind::Note, "duration"), Name::Noise(Class::Timings));
    }

    #[test]
    fn moments_are_dates_with_a_time_of_day() {
        assert!(is_moment_in_numbers("session.expires_at", "1785460977"));
        assert!(
            is_moment_in_numbers("ts", "1785457279098") && is_moment_in_numbers("startTime", "1785457279.5")
        );
        assert!(!is_moment_in_numbers("points", "178") && !is_moment_in_numbers("total", "1785460977"));
        assert!(is_time("2025-09-22T10:00:00.123Z") && is_time("Mon, 22 Sep 2025 10:00:00 GMT"));
        assert!(!is_time("2025-09-22") && !is_time("10:00") && !is_time("at 2025-09-22T10:00:00Z or so"));
    }
}
