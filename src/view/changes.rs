//! What would change in a file, line by line, as a diff. A line of a recording may be megabytes long, so of each only
//! the surroundings of the change are shown.

use similar::{DiffOp, TextDiff};

use super::block::{Block, Line, Style, run};
use super::brief;

/// So many characters are shown before and after what changes.
const AROUND: usize = 40;

/// So many characters of a change are shown.
const LONGEST: usize = 120;

/// So many lines that follow each other are shown; binary bodies have thousands.
const MOST: usize = 6;

/// Returns what would change in a file, for people, from its old and new text. What could not be masked is not shown.
#[must_use]
pub fn of_file(name: &str, texts: Option<(String, String)>) -> Vec<Block> {
    let mut shown = vec![Block::Note(vec![run(Style::Strong, name)])];
    match texts {
        Some((old, new)) => shown.extend(blocks(&old, &new)),
        None => shown.push(Block::Detail(vec![run(Style::Warning, "the change cannot be shown")])),
    }
    shown
}

/// Returns the differences between two texts: under each place what was, then what is.
fn blocks(old: &str, new: &str) -> Vec<Block> {
    let (before, after) = (lines_of(old), lines_of(new));
    let diff = TextDiff::from_slices(&before, &after);
    let mut blocks = Vec::new();
    for op in diff.ops() {
        let (was, is) = match op {
            DiffOp::Equal { .. } => continue,
            other => (other.old_range(), other.new_range()),
        };
        let place = format!("@@ line {} @@", was.start + 1);
        blocks.push(Block::Note(vec![run(Style::Dim, place)]));
        let (was, is) = (&before[was], &after[is]);
        side('-', Style::Error, was, is, &mut blocks);
        side('+', Style::Good, is, was, &mut blocks);
    }
    blocks
}

/// Returns how many lines differ between two texts, in words: of those that were, or those that are, whichever are more.
#[must_use]
pub fn lines(old: &str, new: &str) -> String {
    let (before, after) = (lines_of(old), lines_of(new));
    let diff = TextDiff::from_slices(&before, &after);
    let differ = diff.ops().iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    brief::plural(differ.map(|op| op.old_range().len().max(op.new_range().len())).sum(), "line")
}

/// Returns the lines of a text as editors and `git` count them: a carriage return alone ends none.
fn lines_of(text: &str) -> Vec<&str> {
    text.split('\n').collect()
}

fn side(sign: char, style: Style, lines: &[&str], others: &[&str], blocks: &mut Vec<Block>) {
    for (at, line) in lines.iter().take(MOST).enumerate() {
        blocks.push(Block::Note(shown(sign, style, line, others.get(at).copied().unwrap_or_default())));
    }
    if let Some(left) = lines.len().checked_sub(MOST).filter(|left| *left > 0) {
        blocks.push(Block::Note(vec![run(Style::Dim, format!("{sign} … {left} more lines"))]));
    }
}

/// Returns a line around what differs from another.
fn shown(sign: char, style: Style, line: &str, other: &str) -> Line {
    let same = |(a, b): &(char, char)| a == b;
    let start = line.chars().zip(other.chars()).take_while(same).count();
    let length = line.chars().count();
    let most = length.min(other.chars().count()) - start;
    let end = line.chars().rev().zip(other.chars().rev()).take_while(same).count().min(most);
    let changed = length - start - end;
    let part = |from: usize, count: usize| line.chars().skip(from).take(count).collect::<String>();
    let from = start.saturating_sub(AROUND);
    let middle =
        if changed > LONGEST { format!("{}…", part(start, LONGEST)) } else { part(start, changed) };
    let front = if from > 0 { "…" } else { "" };
    let back = if end > AROUND { "…" } else { "" };
    vec![
        run(style, format!("{sign} ")),
        run(Style::Plain, format!("{front}{}", part(from, start - from))),
        run(style, middle),
        run(Style::Plain, format!("{}{back}", part(start + changed, end.min(AROUND)))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_shown_around_the_change() {
        let line = |word: &str| format!("a\n{}{word}{}\nb\n", "x".repeat(100), "y".repeat(100));
        let blocks = blocks(&line("one"), &line("two"));
        let texts: Vec<String> = blocks
            .iter()
            .map(|block| match block {
                Block::Note(line) => line.iter().map(|run| run.text.as_str()).collect(),
                other => format!("{other:?}"),
            })
            .collect();
        let (front, back) = ("x".repeat(40), "y".repeat(40));
        let wanted =
            ["@@ line 2 @@".to_owned(), format!("- …{front}one{back}…"), format!("+ …{front}two{back}…")];
        assert_eq!(texts, wanted);
    }

    #[test]
    fn a_carriage_return_alone_ends_no_line() {
        let blocks = blocks("a\rb\nc\rd\n", "a\rb\ne\rd\n");
        assert_eq!(blocks.len(), 3, "{blocks:?}");
        assert_eq!(lines("a\rb\nc\rd\n", "a\rb\ne\rd\n"), "1 line");
    }
}
