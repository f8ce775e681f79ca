//! `diff` as a comment on a pull request: a table, and what changed, folded.

use super::{Comparison, File};
use super::{blocks, total};
use crate::view::block::{Block, Line, Style, run};
use crate::view::brief;

/// Returns a comparison as a comment: how much changed, a table of the files, and for each what changed in it.
#[must_use]
pub fn comment(comparison: &Comparison, whole: bool) -> Vec<Block> {
    let mut all = total::stat(comparison);
    for file in comparison.files.iter().filter(|file| file.rows().count() > 0) {
        all.push(Block::Folded { summary: summary(file), blocks: blocks::details(file, whole) });
    }
    all
}

fn summary(file: &File) -> Line {
    let mut line = total::names(file);
    let count = file.drift().count();
    let noise =
        if file.noise.is_empty() { String::new() } else { format!(", noise: {}", total::noise(&file.noise)) };
    line.push(run(Style::Plain, format!(": {}{noise}", brief::plural(count, "change"))));
    line
}
