//! One file: read, scrub, write.

use std::collections::BTreeSet;

use super::super::files::{self, Source};
use super::super::input::{self, Depth, Failed, Opened};
use super::super::writing::{main_file, write};
use super::Arguments;
use super::configured::Configured;
use crate::cassette::Beside;
use crate::diagnostic::Diagnostic;
use crate::format::{self, Compared};
use crate::load::{self, Recording};
use crate::render::snippet;
use crate::rewrite::Rewritten;
use crate::scrub::mask;
use crate::scrub::plan::{Finding, Scrubbed, Scrubber};
use crate::scrub::rule::Preset;
use crate::scrub::walk::Part;
use crate::view::findings::{self, File};
use crate::view::place::{self, Failure};
use crate::view::{Block, changes};

/// What is done with each file.
pub(super) struct Job<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) configured: Configured,
    /// Whether messages are coloured.
    pub(super) colour: bool,
}

/// What a file came to, and what there is to print.
pub(super) struct Done {
    pub(super) came: Came,
    /// For the standard output.
    pub(super) output: Vec<u8>,
    /// For the standard error.
    pub(super) messages: String,
    /// What users have to know once.
    pub(super) hints: BTreeSet<String>,
}

/// What a file came to.
pub(super) enum Came {
    /// Nothing was found.
    Clean,
    /// It is no cassette, or is to be skipped.
    PassedOver,
    /// Something was found.
    Found(File),
    /// It could not be read or scrubbed.
    Failed(File),
}

impl From<Came> for Done {
    fn from(came: Came) -> Self {
        Self { came, output: Vec::new(), messages: String::new(), hints: BTreeSet::new() }
    }
}

impl Job<'_> {
    /// Scrubs a file.
    pub(super) fn scrub(&self, source: &Source) -> Done {
        let name = source.name();
        let scrubber = match self.configured.scrubber(&source.path, self.arguments.presets()) {
            Ok(Some(scrubber)) => scrubber,
            Ok(None) => return Came::PassedOver.into(),
            Err(wrong) => {
                let message =
                    snippet::render(&wrong.diagnostic, &wrong.name, Some(&wrong.text), None, self.colour)
                        + "\n";
                return failed(name, None, wrong.diagnostic.message.clone(), None, message);
            }
        };
        let opened = match &source.staged {
            None => input::open(source, self.arguments.format_in, Depth::Bodies),
            Some(bytes) => {
                let beside = |beside: &Beside| files::beside(&source.path, beside);
                input::read(source.named, bytes.clone(), self.arguments.format_in, &beside, Depth::Bodies)
            }
        };
        match opened {
            Opened::Cassette(recording, _) => self.recording(source, &name, *recording, &scrubber),
            Opened::PassedOver => Came::PassedOver.into(),
            // A test that was recorded without a call leaves an empty file: there is nothing to find in it.
            Opened::Failed(failed) if failed.is_empty() => Came::Clean.into(),
            Opened::Failed(failed) if failed.unknown && self.arguments.skip_unknown => {
                Came::PassedOver.into()
            }
            Opened::Failed(failed) => self.unreadable(name, &failed),
        }
    }

    fn unreadable(&self, name: String, failed: &Failed) -> Done {
        let message = failed.message(&name, self.colour);
        self::failed(name, None, failed.diagnostic.message.clone(), failed.place(), message)
    }

    fn recording(&self, source: &Source, name: &str, mut recording: Recording, scrubber: &Scrubber) -> Done {
        let findings = match scrubber.findings(&recording) {
            Ok(findings) => findings,
            Err(diagnostic) => return self.refused(name, &recording, &diagnostic),
        };
        // To look is enough where nothing is written.
        let looks = (self.arguments.check || self.arguments.explain) && !self.arguments.diff;
        let done = if looks || findings.is_empty() {
            Ok(Scrubbed { findings, rewritten: None })
        } else {
            load::understand(&mut recording);
            scrubber.scrub(&recording, findings)
        };
        let recording = &recording;
        let Scrubbed { findings, rewritten } = match done {
            Ok(done) => done,
            Err(diagnostic) => return self.refused(name, recording, &diagnostic),
        };
        let findings_of = findings::rows(recording, scrubber, &findings, self.arguments.show_secrets);
        let format = Some(recording.format);
        let mut file =
            File { path: name.to_owned(), format, written: false, error: None, findings: findings_of };
        let filters = self.arguments.stdout || (source.is_stdin() && self.arguments.writes());
        let found = if looks { !findings.is_empty() } else { rewritten.is_some() };
        let mut output = Vec::new();
        if self.arguments.explain && (found || source.named) {
            output = self.explained(&file);
        } else if let (Some(rewritten), true) = (&rewritten, self.arguments.diff) {
            output = self.changes(name, recording, scrubber, &findings, rewritten);
        } else if filters {
            output =
                rewritten.map_or_else(|| recording.file.original().to_vec(), |new| main_file(recording, new));
            file.written = true;
        } else if let (Some(rewritten), true) = (&rewritten, self.arguments.writes()) {
            match write(source, recording, rewritten) {
                Ok(()) => file.written = true,
                Err(why) => {
                    let message = format!("cannot write the file: {why}");
                    return self.refused(name, recording, &Diagnostic::error(message, None));
                }
            }
        }
        if !found {
            return Done { output, ..Came::Clean.into() };
        }
        let hints = hints(recording.format, scrubber, &findings);
        let told = self.arguments.diff || self.arguments.explain || self.arguments.quiet;
        let messages = if told { String::new() } else { self.arguments.render(&file.blocks(), self.colour) };
        Done { came: Came::Found(file), output, messages, hints }
    }

    /// Returns what would change, without the credentials that go.
    fn changes(
        &self,
        name: &str,
        recording: &Recording,
        scrubber: &Scrubber,
        findings: &[Finding],
        rewritten: &Rewritten,
    ) -> Vec<u8> {
        let secret = |finding: &Finding| {
            matches!(scrubber.rules.rules[finding.rule].preset, Preset::Secrets | Preset::Pii | Preset::Own)
        };
        let text = |recording: &Recording| String::from_utf8_lossy(recording.file.bytes.bytes()).into_owned();
        let secrets = findings.iter().filter(|finding| !self.arguments.show_secrets && secret(finding));
        let old = mask::hidden(recording, secrets).map(|masked| text(masked.as_ref().unwrap_or(recording)));
        let mut blocks = changes::of_file(name, old.ok().map(|old| (old, text(&rewritten.recording))));
        blocks.push(Block::Gap);
        self.arguments.render(&blocks, self.arguments.color.on(&std::io::stdout())).into_bytes()
    }

    fn explained(&self, file: &File) -> Vec<u8> {
        let colour = self.arguments.color.on(&std::io::stdout());
        self.arguments.render(&file.explained(), colour).into_bytes()
    }

    fn refused(&self, name: &str, recording: &Recording, diagnostic: &Diagnostic) -> Done {
        let message = input::message(diagnostic, name, recording, self.colour);
        let at = diagnostic.at.map(|at| place::of(recording.file.bytes.bytes(), at.start));
        failed(name.to_owned(), Some(recording.format), diagnostic.message.clone(), at, message)
    }
}

fn failed(
    path: String,
    format: Option<&'static str>,
    why: String,
    at: Option<place::Place>,
    messages: String,
) -> Done {
    let error = Some(Failure::new(why, at));
    let file = File { path, format, written: false, error, findings: Vec::new() };
    Done { messages, ..Came::Failed(file).into() }
}

/// Returns which settings of the recorder make live requests match again.
fn hints(format: &'static str, scrubber: &Scrubber, findings: &[Finding]) -> BTreeSet<String> {
    let Some(recorder) = format::by_name(format) else { return BTreeSet::new() };
    let compared = findings.iter().filter(|finding| finding.matched).filter_map(|finding| {
        let preset = scrubber.rules.rules[finding.rule].preset;
        let part = match finding.found.part {
            Part::Url => Compared::Url,
            Part::Header => Compared::Headers,
            Part::Body => Compared::Body,
            Part::Other => return None,
        };
        // Ids change together with the answer that brought them up.
        (preset != Preset::Ids).then_some(part)
    });
    let compared: BTreeSet<Compared> = compared.collect();
    let hint = |part: Compared| {
        let what = match part {
            Compared::Url => "addresses",
            Compared::Headers => "headers of requests",
            Compared::Body => "bodies of requests",
        };
        let setting = recorder.matching_hint(part);
        format!("{format} may compare the {what} that were scrubbed; for live requests to match, {setting}")
    };
    compared.into_iter().map(hint).collect()
}
