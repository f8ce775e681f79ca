//! `diff` for people: the changes of each pair, a line or two each.

use std::collections::BTreeMap;

use serde_json::Value;

use super::label::label;
use super::total::{names, total};
use super::words::{self, head};
use super::{Comparison, File, Pair, Row};
use crate::diff::Class;
use crate::view::block::{Block, Item, Line, Style, run};
use crate::view::brief;

/// So many lines are shown of one side of an interaction.
const SCREEN: usize = 30;

/// Characters of a value.
const VALUE: usize = 90;

/// Returns a comparison for people; with `whole` all of it, else of each interaction what fits on a screen.
#[must_use]
pub fn blocks(comparison: &Comparison, whole: bool) -> Vec<Block> {
    let mut blocks = Vec::new();
    let several = comparison.files.len() > 1;
    for file in
        comparison.files.iter().filter(|file| !several || file.status != "same" || file.rows().count() > 0)
    {
        if !blocks.is_empty() && file.status == "different" {
            blocks.push(Block::Gap);
        }
        self::file(file, whole, &mut blocks);
    }
    if !blocks.is_empty() && comparison.files.iter().any(|file| file.rows().count() > 0) {
        blocks.push(Block::Gap);
    }
    blocks.push(Block::Note(total(&comparison.summary, several)));
    blocks
}

fn file(file: &File, whole: bool, blocks: &mut Vec<Block>) {
    let mark = match file.status {
        "added" => run(Style::Good, "+ "),
        "removed" => run(Style::Error, "- "),
        "unreadable" => run(Style::Error, "! "),
        "renamed" => run(Style::Warning, "~ "),
        _ => run(Style::Plain, ""),
    };
    let mut title = vec![mark];
    title.extend(names(file));
    blocks.push(Block::Note(title));
    if let Some(error) = &file.error {
        blocks.push(Block::Detail(vec![run(Style::Error, error.message.as_str())]));
    }
    blocks.append(&mut details(file, whole));
}

/// Returns what changed in a file. Pairs in which all was told before are summed up in a line.
pub(super) fn details(file: &File, whole: bool) -> Vec<Block> {
    let mut blocks = Vec::new();
    let (again, first): (Vec<_>, Vec<_>) = file.pairs.iter().partition(|pair| pair.is_told());
    for pair in first {
        self::pair(pair, whole, &mut blocks);
    }
    if !file.beside.is_empty() {
        blocks.push(said("file", told(&file.beside.iter().collect::<Vec<_>>(), None, whole)));
    }
    if !again.is_empty() {
        let numbers: Vec<_> = again.iter().take(12).filter_map(|pair| pair.new.or(pair.old)).collect();
        let numbers = numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let more = if again.len() > 12 { " …" } else { "" };
        let line = format!("↳ {numbers}{more}: the same changes again, and no others");
        blocks.push(Block::Note(vec![run(Style::Dim, line)]));
    }
    blocks
}

impl Pair {
    /// Returns whether all that is no noise was told by an earlier pair.
    fn is_told(&self) -> bool {
        let mut drift = self.differences.iter().filter(|row| !row.is_noise()).peekable();
        drift.peek().is_some() && drift.all(|row| row.told_at.is_some())
    }
}

fn pair(pair: &Pair, whole: bool, blocks: &mut Vec<Block>) {
    let url = pair.url.as_deref().unwrap_or("?");
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (mark, numbers) = match (pair.old, pair.new) {
        (Some(old), Some(new)) if pair.moved => (run(Style::Warning, "~ "), format!("{old} → {new}")),
        (Some(old), Some(new)) if old == new => (run(Style::Plain, ""), format!("{old}")),
        (Some(old), Some(new)) => (run(Style::Plain, ""), format!("{old} ↔ {new}")),
        (Some(old), None) => (run(Style::Error, "- "), format!("{old}")),
        (_, new) => (run(Style::Good, "+ "), new.map(|new| new.to_string()).unwrap_or_default()),
    };
    let method = pair.method.as_deref().map(|method| format!("{method} ")).unwrap_or_default();
    let left = vec![
        mark,
        run(Style::Strong, format!("{numbers}  ")),
        run(Style::Strong, method),
        run(Style::Plain, url),
    ];
    let right = match (pair.old, pair.new) {
        (Some(_), Some(_)) if pair.moved => "moved".to_owned(),
        (Some(_), Some(_)) => counts(pair),
        (Some(_), None) => "gone".to_owned(),
        (None, _) => "new".to_owned(),
    };
    blocks.push(Block::Section(left, vec![run(Style::Dim, right)]));
    for (side, speaker) in [("request", "request"), ("response", "response"), ("note", "recorder")] {
        let rows: Vec<_> = pair.differences.iter().filter(|row| row.side == side).collect();
        let lines = told(&rows, pair.new.or(pair.old), whole);
        if !lines.is_empty() {
            blocks.push(said(speaker, lines));
        }
    }
}

/// Returns how much changed, so short that there is room for an address: `2 request · 3 response`.
fn counts(pair: &Pair) -> String {
    let count =
        |side: &str| pair.differences.iter().filter(|row| !row.is_noise() && row.side == side).count();
    let told = [("request", "request"), ("response", "response"), ("note", "recorder")];
    let told = told.into_iter().map(|(side, word)| (count(side), word)).filter(|(count, _)| *count > 0);
    let told = told.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(" · ");
    if told.is_empty() { "noise only".to_owned() } else { told }
}

fn said(speaker: &str, lines: Vec<Line>) -> Block {
    let style = match speaker {
        "request" => Style::User,
        "response" => Style::Assistant,
        _ => Style::Dim,
    };
    let items = lines.into_iter().map(|line| Item::Pair(line, Vec::new())).collect();
    Block::Said { speaker: run(style, speaker), items }
}

/// Returns the differences of a side on lines: tokens on one, what was told before on one. What is only said twice needs
/// no line.
fn told(rows: &[&Row], here: Option<usize>, whole: bool) -> Vec<Line> {
    let mut out = Vec::new();
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    let mut tokens: Line = Vec::new();
    for row in rows {
        match (row.told_at, row.kind) {
            (Some(at), _) if here == Some(at) => {}
            (Some(at), _) if !row.is_noise() => *before.entry(at).or_default() += 1,
            (_, Class::Usage) if row.old.is_some() && row.new.is_some() => {
                let name = row.place.rsplit('.').next().unwrap_or(&row.place);
                tokens.push(run(Style::Plain, if tokens.is_empty() { "usage  " } else { ", " }));
                tokens.push(run(Style::Dim, format!("{name} ")));
                tokens.extend(arrow(row));
            }
            (_, Class::Interaction) => {}
            _ => out.extend(lines(row)),
        }
    }
    if out.len() > SCREEN && !whole {
        let more = out.split_off(SCREEN).len();
        out.push(vec![run(Style::Dim, format!("… {}; --all shows them", brief::plural(more, "more line")))]);
    }
    if !tokens.is_empty() {
        out.push(tokens);
    }
    for (at, count) in before {
        out.push(vec![run(Style::Dim, format!("↳ {} as in {at}", brief::plural(count, "change")))]);
    }
    out
}

/// Returns a difference on a line or two.
fn lines(row: &Row) -> Vec<Line> {
    let mut label = label(row);
    if row.severity == Some("high") {
        label.insert(0, run(Style::Warning, "! "));
    }
    if row.is_noise() {
        label.insert(0, run(Style::Dim, format!("{} ", row.class)));
    }
    match (row.change, &row.old, &row.new) {
        ("moved", ..) => {
            label.push(run(Style::Warning, "moved"));
            vec![label]
        }
        ("changed", Some(Value::String(old)), Some(Value::String(new)))
            if row.kind == Class::Id && old == new =>
        {
            label.push(run(Style::Plain, format!("{} is another id elsewhere", brief_id(old))));
            vec![label]
        }
        ("changed", Some(Value::String(old)), Some(Value::String(new))) if is_prose(old, new) => {
            let mut lines = words::lines(old, new);
            if let Some(first) = lines.first_mut() {
                label.append(first);
                *first = label;
            }
            lines
        }
        ("changed", ..) => {
            label.extend(arrow(row));
            vec![label]
        }
        (change, old, new) => {
            let (sign, style) = if change == "added" { ("+ ", Style::Good) } else { ("- ", Style::Error) };
            label.insert(0, run(style, sign));
            let value = new.as_ref().or(old.as_ref()).map(short).unwrap_or_default();
            label.push(run(style, value));
            vec![label]
        }
    }
}

/// Returns whether two texts are read word by word.
fn is_prose(old: &str, new: &str) -> bool {
    old.len().max(new.len()) > 24 || old.contains(' ') && new.contains(' ')
}

/// Lists with more items are told by how many of them differ.
const LONG: usize = 8;

fn arrow(row: &Row) -> Line {
    if let (Some(Value::Array(old)), Some(Value::Array(new))) = (&row.old, &row.new)
        && old.len() == new.len()
        && old.len() > LONG
    {
        let other = old.iter().zip(new).filter(|(old, new)| old != new).count();
        let told = format!("{} of {} differ", brief::count(other as u64), brief::plural(old.len(), "item"));
        return vec![run(Style::Plain, told)];
    }
    let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), short);
    vec![run(Style::Error, side(&row.old)), run(Style::Dim, " → "), run(Style::Good, side(&row.new))]
}

/// Returns a value, cut.
fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => brief::text(text).replace('\n', " "),
        Value::Array(items) if items.len() > LONG => {
            format!("[{} …] ({})", items[0], brief::plural(items.len(), "item"))
        }
        other => said_in(other).unwrap_or_else(|| other.to_string()),
    };
    head(&text, VALUE)
}

/// Returns what a message says, if a value is one that is easy to read.
fn said_in(value: &Value) -> Option<String> {
    let object = value.as_object()?;
    // Some wrap what is said: `{"item": {"content": …}}`.
    let wrapped = || object.values().find_map(|value| value.as_object()?.get("content"));
    let content = object.get("content").or_else(wrapped)?;
    if let Some(text) = content.as_str() {
        return Some(brief::text(text).replace('\n', " "));
    }
    let texts: Vec<_> = content.as_array()?.iter().filter_map(|part| part.get("text")?.as_str()).collect();
    (!texts.is_empty()).then(|| brief::text(&texts.join(" ")).replace('\n', " "))
}

fn brief_id(id: &str) -> String {
    head(id, 40)
}
