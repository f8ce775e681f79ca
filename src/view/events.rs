//! `show --events`: streams event by event.

use super::block::{Block, Line, Style, run};
use super::brief;
use super::show::{Cassette, Options};
use crate::load::{Recording, Response};
use crate::text::Text;

/// Returns the streams of the interactions of `view`, event by event.
#[must_use]
pub fn blocks(view: &Cassette<'_>, recording: &Recording, _: &Options<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for interaction in &view.interactions {
        let Response::Stream(events) = &recording.interactions[interaction.index].response else { continue };
        if !blocks.is_empty() {
            blocks.push(Block::Gap);
        }
        let url = interaction.request.as_ref().and_then(|request| request.url).unwrap_or_default();
        let head = vec![run(Style::Strong, format!("{}  ", interaction.index)), run(Style::Plain, url)];
        blocks.push(Block::Section(head, vec![run(Style::Dim, brief::plural(events.len(), "event"))]));
        for (number, (event, _)) in events.iter().enumerate() {
            let mut line: Line = vec![run(Style::Dim, format!("{number:>4}  "))];
            let name = event.name.as_ref().map(Text::as_str);
            line.extend(name.map(|name| run(Style::Strong, format!("{name}  "))));
            line.push(run(Style::Plain, brief::text(event.data.as_str().trim_end())));
            blocks.push(Block::Note(line));
        }
    }
    if blocks.is_empty() {
        blocks.push(Block::Note(vec![run(Style::Dim, "no interaction is a stream")]));
    }
    blocks
}
