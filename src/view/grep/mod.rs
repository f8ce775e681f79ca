//! `grep`: where something is said. The serialised shape is a promise to programs.
//!
//! What is searched is decoded: texts joined from the pieces of a stream, strings without their escapes, bodies
//! unzipped. Where it stands is told of the bytes of the file.

mod texts;

use std::ops::Range;

use regex::Regex;
use serde::Serialize;

use super::block::{Block, Line, Style, run};
use super::place::Unreadable;
use crate::load::Recording;
use crate::scrub::mask::{Credentials, MASK, Mask};
use crate::text::{SourceId, Text};

pub use texts::Voice;

/// Grows when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// Characters shown on each side of a match.
const AROUND: usize = 60;

/// What was found in some cassettes.
#[derive(Debug, Serialize)]
pub struct Found {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The cassettes in which something was found.
    pub files: Vec<File>,
    /// What was found, in order.
    pub hits: Vec<Hit>,
    /// The files that cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// A cassette in which something was found.
#[derive(Debug, Serialize)]
pub struct File {
    /// Its path.
    pub path: String,
    /// How often.
    pub count: usize,
}

/// A place where something was found.
#[derive(Debug, Serialize)]
pub struct Hit {
    /// Path of the cassette.
    pub path: String,
    /// Line of the file that holds the beginning of the match, from 1; for wrapped bodies, that of the wrapping.
    pub line: usize,
    /// Number of the interaction.
    pub interaction: usize,
    /// Who says it, or what it is.
    pub role: &'static str,
    /// What was found.
    pub matches: Vec<String>,
    /// The text around.
    pub text: String,
    /// Where in the text around the matches are, for people.
    #[serde(skip)]
    pub ranges: Vec<Range<usize>>,
}

/// What to search for, and where.
#[derive(Debug)]
pub struct Search {
    /// The pattern.
    pub pattern: Regex,
    /// In which voices; in all that say something, if there are none.
    pub voices: Vec<Voice>,
    /// Whether to search what a request repeats, too.
    pub full: bool,
    /// What hides credentials; nothing if they are to be shown.
    pub mask: Option<Mask>,
}

impl Search {
    fn wants(&self, voice: Voice) -> bool {
        if self.voices.is_empty() { voice.says() } else { self.voices.contains(&voice) }
    }
}

/// Returns where a pattern is found in a cassette.
#[must_use]
pub fn hits(path: &str, recording: &Recording, search: &Search) -> Vec<Hit> {
    let mut lines = None;
    let mut credentials: Option<Credentials<'_>> = None;
    let mut hits = Vec::new();
    texts::visit(recording, search.full, |interaction, voice, name, text| {
        if !search.wants(voice) {
            return;
        }
        let mut found: Option<(Range<usize>, Vec<Range<usize>>)> = None;
        let mut flush = |found: Option<(Range<usize>, Vec<Range<usize>>)>| {
            let Some((window, matches)) = found else { return };
            let lines = lines.get_or_insert_with(|| Lines::new(recording.file.bytes.bytes()));
            let line = line(text, &matches[0], lines, recording, interaction);
            let known = || search.mask.as_ref().map(|mask| mask.credentials(recording)).unwrap_or_default();
            let credentials = credentials.get_or_insert_with(known);
            let secrets = credentials.ranges(text.as_str());
            // Somebody may map keys to what they open.
            let name = name.map(|name| credentials.hidden_in(name));
            let told = (voice, name.as_deref());
            hits.push(hit(path, interaction, told, text.as_str(), window, &matches, line, &secrets));
        };
        for each in search.pattern.find_iter(text.as_str()).filter(|found| !found.is_empty()) {
            match &mut found {
                Some((window, matches)) if each.end() <= window.end => matches.push(each.range()),
                _ => flush(found.replace((window(text.as_str(), each.range()), vec![each.range()]))),
            }
        }
        flush(found);
    });
    hits
}

/// Returns the stretch of a match's lines that is shown.
fn window(text: &str, found: Range<usize>) -> Range<usize> {
    let line_start = text[..found.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[found.end..].find('\n').map_or(text.len(), |at| found.end + at);
    let back = text[line_start..found.start].char_indices().rev().nth(AROUND - 1);
    let ahead = text[found.end..line_end].char_indices().nth(AROUND);
    back.map_or(line_start, |(at, _)| line_start + at)..ahead.map_or(line_end, |(at, _)| found.end + at)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one hit")]
fn hit(
    path: &str,
    interaction: usize,
    (voice, name): (Voice, Option<&str>),
    text: &str,
    window: Range<usize>,
    matches: &[Range<usize>],
    line: usize,
    secrets: &[Range<usize>],
) -> Hit {
    let mut hit = Hit {
        path: path.to_owned(),
        line,
        interaction,
        role: voice.name(),
        matches: Vec::new(),
        text: String::new(),
        ranges: Vec::new(),
    };
    // Where a credential stands, no match is told.
    let hidden: Vec<_> = secrets.iter().filter(|secret| overlap(secret, &window)).collect();
    let shown = matches.iter().filter(|found| !hidden.iter().any(|secret| overlap(secret, found)));
    let mut at = window.start;
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for secret in &hidden {
        hit.text += &text[at..secret.start.max(at)];
        hit.text += MASK;
        at = secret.end.min(window.end);
        cuts.push((at, hit.text.len()));
    }
    hit.text += &text[at..window.end];
    let moved = |offset: usize| {
        let cut = cuts.iter().rev().find(|(end, _)| *end <= offset);
        cut.map_or(offset - window.start, |(end, length)| length + offset - end)
    };
    hit.ranges = shown.map(|found| moved(found.start)..moved(found.end)).collect();
    if let Some(name) = name {
        let lead = format!("{name}: ");
        hit.ranges.iter_mut().for_each(|range| *range = range.start + lead.len()..range.end + lead.len());
        hit.text.insert_str(0, &lead);
    }
    hit.matches = hit.ranges.iter().map(|range| hit.text[range.clone()].to_owned()).collect();
    hit
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Returns the line of the file that holds the first byte of a match. What no source holds stands where its entry
/// begins.
fn line(
    text: &Text,
    found: &Range<usize>,
    lines: &Lines,
    recording: &Recording,
    interaction: usize,
) -> usize {
    let spans = text.spans(found.clone());
    let own = recording.file.bytes.source_id().unwrap_or(SourceId(0));
    let here = spans.iter().find(|span| span.source == own).copied();
    let entry = || recording.interactions[interaction].http.span;
    lines.of(here.or_else(entry).map_or(0, |span| span.start))
}

/// Where the lines of a file begin.
struct Lines(Vec<usize>);

impl Lines {
    fn new(file: &[u8]) -> Self {
        Self(memchr::memchr_iter(b'\n', file).collect())
    }

    fn of(&self, offset: usize) -> usize {
        self.0.partition_point(|&end| end < offset) + 1
    }
}

impl Hit {
    /// Returns the hit for people, on one line.
    #[must_use]
    pub fn block(&self) -> Block {
        let style = match self.role {
            "system" => Style::System,
            "user" => Style::User,
            "assistant" => Style::Assistant,
            "tool" => Style::Tool,
            "thinking" => Style::Thinking,
            "error" => Style::Error,
            _ => Style::Dim,
        };
        let mut line = place(&self.path, Some(self.line));
        line.push(run(Style::Dim, format!("#{} ", self.interaction)));
        line.push(run(style, self.role));
        line.push(run(Style::Plain, " "));
        let mut at = 0;
        for range in &self.ranges {
            line.push(run(Style::Plain, &self.text[at..range.start]));
            line.push(run(Style::Match, &self.text[range.clone()]));
            at = range.end;
        }
        line.push(run(Style::Plain, &self.text[at..]));
        Block::Note(line)
    }
}

impl File {
    /// Returns the file for people, with the count if it is asked for.
    #[must_use]
    pub fn block(&self, count: bool) -> Block {
        let mut line = vec![run(Style::Strong, &*self.path)];
        if count {
            line.push(run(Style::Plain, format!(":{}", self.count)));
        }
        Block::Note(line)
    }
}

fn place(path: &str, line: Option<usize>) -> Line {
    let mut found = vec![run(Style::Strong, path), run(Style::Dim, ":")];
    found.extend(line.map(|line| run(Style::Good, line.to_string())));
    found.push(run(Style::Dim, ": "));
    found
}
