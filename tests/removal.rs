//! `action: remove` over whole cassettes: what a rule names is gone from every place, and all else is as it was.

use cassette::cassette::{Header, Interaction};
use cassette::load::{self, Recording};
use cassette::scrub::config::Config;
use cassette::syntax::form;
use cassette::text::{SourceId, Text};
use serde_json::Value;

use crate::support::{check_corpus, check_samples};

/// Headers that say how a body is to be read.
const ABOUT_BODIES: &[&str] = &["content-length", "content-type", "content-encoding", "transfer-encoding"];

fn read(bytes: &[u8]) -> Option<Recording> {
    load::read(SourceId(0), bytes.to_vec(), None).ok()
}

fn headers(http: &Interaction, sent: bool) -> &[Header] {
    if sent {
        http.request.as_ref().map_or(&[], |request| &request.headers)
    } else {
        http.response.as_ref().map_or(&[], |response| &response.headers)
    }
}

fn url(http: &Interaction) -> Option<&Text> {
    http.request.as_ref()?.url.as_ref()
}

/// The parameters of an address.
fn parameters(url: &Text) -> Vec<(String, String)> {
    let text = url.as_str();
    let Some(query) = text.split_once('?').map(|(_, query)| query.split('#').next().unwrap_or_default())
    else {
        return Vec::new();
    };
    let pairs = form::pairs(&Text::made(query));
    pairs.into_iter().map(|pair| (pair.name.as_str().to_owned(), pair.value.as_str().to_owned())).collect()
}

/// What is to go.
#[derive(Debug, Default)]
struct Goes {
    header: Option<String>,
    query: Option<String>,
    member: Option<String>,
}

impl Goes {
    /// Chooses something that the recording has.
    fn of(recording: &Recording) -> Self {
        let plain = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        let mut goes = Self::default();
        for entry in &recording.interactions {
            let free = |name: &str| {
                plain(name) && !ABOUT_BODIES.iter().any(|about| name.eq_ignore_ascii_case(about))
            };
            let of = |sent| headers(&entry.http, sent).iter().map(|header| header.name.as_str().to_owned());
            goes.header = goes.header.or_else(|| of(true).chain(of(false)).find(|name| free(name)));
            // Before version 1.0 of vcrpy no address stands in the file.
            let query = url(&entry.http)
                .filter(|url| url.span().is_some())
                .and_then(|url| parameters(url).into_iter().map(|(name, _)| name).find(|name| plain(name)));
            goes.query = goes.query.or(query);
            let body = entry.request.as_ref().map(|body| body.node().json());
            let members = body.as_ref().and_then(Value::as_object).into_iter().flatten();
            goes.member = goes.member.or_else(|| members.map(|(key, _)| key.clone()).find(|key| plain(key)));
        }
        goes
    }

    fn config(&self) -> Config {
        let mut text = "rules:\n".to_owned();
        for (kind, name) in [("header", &self.header), ("query", &self.query)] {
            text += &name
                .as_ref()
                .map(|name| format!("- {kind}: '{name}'\n  action: remove\n"))
                .unwrap_or_default();
        }
        let member =
            self.member.as_ref().map(|name| format!("- path: 'request.body.{name}'\n  action: remove\n"));
        text += &member.unwrap_or_default();
        Config::read(SourceId(0), &text).unwrap()
    }

    /// Returns what is not as it should be.
    fn faults(&self, old: &Recording, new: &Recording) -> Vec<String> {
        let mut faults = Vec::new();
        if old.interactions.len() != new.interactions.len() {
            return vec!["other interactions".to_owned()];
        }
        for (at, (before, after)) in old.interactions.iter().zip(&new.interactions).enumerate() {
            for sent in [true, false] {
                let pairs = |http: &Interaction| -> Vec<(String, String)> {
                    let pair =
                        |header: &Header| (header.name.as_str().to_owned(), header.value.as_str().to_owned());
                    headers(http, sent)
                        .iter()
                        .map(pair)
                        .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
                        .collect()
                };
                let mut wanted = pairs(&before.http);
                wanted.retain(|(name, _)| {
                    self.header.as_ref().is_none_or(|gone| !name.eq_ignore_ascii_case(gone))
                });
                if wanted != pairs(&after.http) {
                    faults.push(format!("#{at}: other headers, sent: {sent}"));
                }
            }
            if let (Some(before), Some(after)) = (url(&before.http), url(&after.http)) {
                let mut wanted = parameters(before);
                wanted.retain(|(name, _)| {
                    self.query.as_ref().is_none_or(|gone| !name.eq_ignore_ascii_case(gone))
                });
                if wanted != parameters(after)
                    || before.as_str().split('?').next() != after.as_str().split('?').next()
                {
                    faults.push(format!("#{at}: another address: {}", after.as_str()));
                }
            }
            let body = |entry: &load::Recorded| entry.request.as_ref().map(|body| body.node().json());
            let mut wanted = body(before);
            if let (Some(Value::Object(members)), Some(gone)) = (&mut wanted, &self.member) {
                members.shift_remove(gone);
            }
            if wanted != body(after) {
                faults.push(format!("#{at}: another body"));
            }
        }
        faults
    }
}

/// Removes something of a cassette, and returns whether there was something and which faults there are.
fn removed(old: &Recording, name: &str) -> (usize, Vec<String>) {
    let goes = Goes::of(old);
    let Some(own) = goes.config().scrubber("a", Some(&[])) else { return (0, Vec::new()) };
    let shown = |fault: String| format!("{name}: {fault} ({goes:?})");
    match own.scrub(old, own.findings(old).unwrap()) {
        Ok(done) => match done.rewritten {
            Some(rewritten) => (1, goes.faults(old, &rewritten.recording).into_iter().map(shown).collect()),
            None => (0, Vec::new()),
        },
        Err(diagnostic) => (1, vec![shown(diagnostic.message)]),
    }
}

#[test]
fn what_a_rule_removes_is_gone_from_every_sample() {
    check_samples(30, removed);
}

#[test]
fn what_a_rule_removes_is_gone_from_real_cassettes() {
    check_corpus(removed);
}

#[test]
fn repeated_parameters_go_from_both_places() {
    let har = r#"{"log": {"entries": [{"request": {"method": "GET", "url": "http://h/?a=1&key=2", "headers": [],
        "queryString": [{"name": "a", "value": "1"}, {"name": "key", "value": "2"}]},
        "response": {"status": 200, "headers": [], "content": {"text": "hi"}}}]}}"#;
    let config =
        Config::read(SourceId(0), "rules:\n- query: key\n  in: request\n  action: remove\n").unwrap();
    let own = config.scrubber("a", Some(&[])).unwrap();
    let old = read(har.as_bytes()).unwrap();
    let done = own.scrub(&old, own.findings(&old).unwrap()).unwrap();
    let new = String::from_utf8(done.rewritten.unwrap().files.remove(0).1).unwrap();
    assert_eq!(new, har.replace("&key=2", "").replace(r#", {"name": "key", "value": "2"}"#, ""));
}
