//! What a recorder's writer is given: exchanges as plain values, whatever file they were read from.

pub(super) mod betamax;
pub(super) mod go_vcr;
pub(super) mod har;
pub(super) mod ruby_vcr;
pub(super) mod vcrpy;

use std::time::Duration;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::syntax::compose::Value;

/// How a format is written anew.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    /// The endings of files that can be of no other format that is written.
    pub endings: &'static [&'static str],
    /// How the bodies of responses are kept.
    pub bodies: Bodies,
    /// Whether the time of an exchange is kept.
    pub keeps_time: bool,
    /// Whether the duration of an exchange is kept.
    pub keeps_duration: bool,
    /// Whether the version of HTTP is kept.
    pub keeps_version: bool,
    /// Returns an address as the recorder spells it.
    pub address: fn(&str) -> String,
    /// Returns a file that holds these.
    pub write: fn(&[Plain]) -> String,
}

/// How a recorder keeps the bodies of responses that come compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// As they are sent: who replays them decodes them, by the header.
    Sent,
    /// Decoded, and without the header: what reads from the recorder decodes nothing.
    Decoded,
    /// Decoded, beside the headers as they were.
    Shown,
}

/// One exchange.
#[derive(Clone, Debug)]
pub struct Plain {
    /// In upper case.
    pub method: String,
    /// The address as the recorder to write for spells it.
    pub url: String,
    /// What was sent.
    pub request: Message,
    /// What came back.
    pub response: Message,
    /// The status.
    pub code: u16,
    /// The status in words, if known.
    pub reason: String,
    /// The version of HTTP: major and minor, if known.
    pub version: Option<(u8, u8)>,
    /// When the request went out.
    pub started: Timestamp,
    /// When the response was there.
    pub ended: Timestamp,
    /// How long it took, if known.
    pub duration: Option<Duration>,
    /// Whether the response came compressed, and is kept without.
    pub uncompressed: bool,
}

/// Headers and a body.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// In order.
    pub headers: Vec<(String, String)>,
    /// The bytes that are kept; absent where there was nothing.
    pub body: Option<Vec<u8>>,
    /// How many bytes went over the wire, if known.
    pub sent: Option<usize>,
}

impl Message {
    /// Returns the value of a header, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the body as text; what is no text is `Err`, in base64.
    pub(super) fn text(&self) -> Result<&str, String> {
        let bytes = self.body.as_deref().unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| STANDARD.encode(bytes))
    }

    /// Returns the names of the headers, each with its values, in the order in which the names come first.
    pub(super) fn grouped(&self) -> Vec<(&str, Vec<&str>)> {
        let mut at = std::collections::HashMap::new();
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, value) in &self.headers {
            let index = *at.entry(name.as_str()).or_insert_with(|| {
                groups.push((name, Vec::new()));
                groups.len() - 1
            });
            groups[index].1.push(value);
        }
        groups
    }

    /// Returns the same in the order of their names, as libraries write that sort keys.
    pub(super) fn sorted(&self) -> Vec<(&str, Vec<&str>)> {
        let mut groups = self.grouped();
        groups.sort_by_key(|(name, _)| *name);
        groups
    }
}

/// Returns headers as YAML keeps them: a list for each name.
pub(super) fn lists<N: AsRef<str>>(groups: Vec<(N, Vec<&str>)>) -> Value {
    let list = |values: Vec<&str>| Value::List(values.into_iter().map(Value::text).collect());
    Value::Map(groups.into_iter().map(|(name, values)| (name.as_ref().to_owned(), list(values))).collect())
}

/// Returns a mapping's members, for a document.
pub(super) fn members<const N: usize>(members: [(&str, Value); N]) -> Vec<(String, Value)> {
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
