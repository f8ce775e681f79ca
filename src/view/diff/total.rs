//! What a comparison comes to: the names of files, how much differs in each, the last line.

use std::collections::BTreeMap;

use super::{Comparison, File, Summary};
use crate::view::block::{Block, Column, Line, Style, Table, run};
use crate::view::brief;

pub(super) fn names(file: &File) -> Line {
    let strong = |text: &str| run(Style::Strong, text);
    match (&file.old, &file.new) {
        (Some(old), Some(new)) if old != new => {
            let (front, back) = shared(old, new);
            let inside = |name: &'_ str| name[front..name.len() - back].to_owned();
            let (open, close) = if front + back > 0 { ("{", "}") } else { ("", "") };
            vec![
                strong(&old[..front]),
                run(Style::Dim, open),
                strong(&inside(old)),
                run(Style::Dim, " → "),
                strong(&inside(new)),
                run(Style::Dim, close),
                strong(&old[old.len() - back..]),
            ]
        }
        (Some(name), _) | (None, Some(name)) => vec![strong(name)],
        (None, None) => Vec::new(),
    }
}

/// Returns how many bytes two paths share at their beginnings and at their ends, in whole steps.
fn shared(one: &str, other: &str) -> (usize, usize) {
    let same = |pair: &(&str, &str)| pair.0 == pair.1;
    let length = |steps: usize, each: &mut dyn Iterator<Item = &str>| {
        each.take(steps).map(|step| step.len() + 1).sum()
    };
    let front = one.split('/').zip(other.split('/')).take_while(same).count();
    let back = one.rsplit('/').zip(other.rsplit('/')).take_while(same).count();
    // The steps between are at least one of each.
    let least = one.split('/').count().min(other.split('/').count());
    let front = front.min(least - 1);
    let back = back.min(least - 1 - front);
    (length(front, &mut one.split('/')), length(back, &mut one.rsplit('/')))
}

/// Returns the last line: what all comes to.
pub(super) fn total(summary: &Summary, several: bool) -> Line {
    let mut line: Line = Vec::new();
    if several {
        if summary.different > 0 {
            let (different, of) =
                (brief::count(summary.different as u64), brief::plural(summary.compared, "cassette"));
            line.push(run(Style::Warning, format!("{different} of {of} differ")));
        }
        let mut add = |count: usize, word: &str, style: Style| {
            if count > 0 {
                let comma = if line.is_empty() { "" } else { ", " };
                line.push(run(Style::Plain, comma));
                line.push(run(style, format!("{} {word}", brief::count(count as u64))));
            }
        };
        add(summary.added, "added", Style::Good);
        add(summary.removed, "removed", Style::Error);
        add(summary.renamed, "renamed", Style::Warning);
        add(summary.unreadable, "unreadable", Style::Error);
        if !line.is_empty() && summary.request_drift + summary.response_drift + summary.recorder > 0 {
            line.push(run(Style::Plain, ": "));
        }
    }
    let start = line.len();
    for (count, noun) in [
        (summary.request_drift, "request change"),
        (summary.response_drift, "response change"),
        (summary.recorder, "recorder change"),
    ] {
        if count > 0 {
            let comma = if line.len() == start { "" } else { ", " };
            line.push(run(Style::Plain, comma));
            line.push(run(Style::Warning, brief::plural(count, noun)));
        }
    }
    if line.is_empty() && summary.unreadable > 0 {
        line.push(run(Style::Error, "not compared"));
    } else if line.is_empty() {
        let same = if summary.noise.is_empty() { "no difference" } else { "the same but for noise" };
        line.push(run(Style::Good, same));
    }
    if !summary.noise.is_empty() {
        line.push(run(Style::Dim, format!(" · noise: {}", noise(&summary.noise))));
    }
    line
}

/// Returns counts of noise, the largest first: `214 ids, 96 timestamps`.
pub(super) fn noise(counts: &BTreeMap<&'static str, usize>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let word = |(class, count): (&&str, &usize)| match (*class, *count) {
        ("obfuscation", count) => format!("{} obfuscation", brief::count(count as u64)),
        (class, 1) => format!("1 {}", class.trim_end_matches('s')),
        (class, count) => format!("{} {class}", brief::count(count as u64)),
    };
    counts.into_iter().map(|(class, count)| word((class, count))).collect::<Vec<_>>().join(", ")
}

/// Returns how much differs, a line a file.
#[must_use]
pub fn stat(comparison: &Comparison) -> Vec<Block> {
    let columns = [
        Column::Name("cassette"),
        Column::Words("what"),
        Column::Number("interactions"),
        Column::Number("request"),
        Column::Number("response"),
        Column::Number("recorder"),
        Column::Number("noise"),
    ];
    let number = |count: usize, style: Style| -> Line {
        vec![run(style, if count > 0 { brief::count(count as u64) } else { String::new() })]
    };
    let several = comparison.files.len() > 1;
    let files = comparison.files.iter().filter(|file| !several || file.status != "same");
    let rows = files.map(|file| {
        let on = |side: &str| file.drift().filter(|row| row.side == side).count();
        let pairs =
            file.pairs.iter().filter(|pair| pair.differences.iter().any(|row| !row.is_noise())).count();
        vec![
            names(file),
            vec![run(Style::Plain, file.status)],
            number(pairs, Style::Plain),
            number(on("request"), Style::Warning),
            number(on("response"), Style::Warning),
            number(on("note"), Style::Plain),
            number(file.noise.values().sum(), Style::Dim),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let mut blocks = Vec::new();
    if !rows.is_empty() {
        blocks.push(Block::Table(Table::new(&columns, rows, &["noise"], &["recorder"])));
        blocks.push(Block::Gap);
    }
    blocks.push(Block::Note(total(&comparison.summary, several)));
    blocks
}
