//! Blocks as markdown, ready for a pull-request comment.

use super::harmless;
use crate::view::{Block, Column, Item, Line, Run, Style, Table};

/// Appends blocks to `out`.
pub fn render(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Title(left, right) => {
                push(out, &["# ", &line(left), "\n\n", &line(right), "\n"]);
            }
            Block::Section(left, right) => {
                push(out, &["## ", &line(left), "\n\n", &line(right), "\n"]);
            }
            Block::Detail(text) | Block::Note(text) => push(out, &["\n", &line(text), "\n"]),
            Block::Gap => {}
            Block::Table(rows) => table(rows, out),
            Block::Folded { summary, blocks } => {
                // Inside a tag there is HTML, no markdown.
                let summary: String = summary.iter().map(|run| html(&run.text)).collect();
                push(out, &["\n<details><summary>", &summary, "</summary>\n\n"]);
                render(blocks, out);
                out.push_str("\n</details>\n");
            }
            Block::Verbatim(text) => said(&Item::Code { language: "", text: text.clone() }, out),
            Block::Said { speaker, items } => {
                push(out, &["\n**", &plain(&speaker.text), "**\n"]);
                for item in items {
                    said(item, out);
                }
            }
        }
    }
}

fn table(table: &Table, out: &mut String) {
    let titles = table.columns.iter().map(|column| column.title());
    push(out, &["| ", &titles.collect::<Vec<_>>().join(" | "), " |\n|"]);
    for column in &table.columns {
        let rule = match column {
            Column::Name(_) | Column::Words(_) | Column::Bar(_) => " --- |",
            Column::Number(_) => " ---: |",
        };
        out.push_str(rule);
    }
    out.push('\n');
    let mut groups = table.groups.iter().peekable();
    for (at, row) in table.rows.iter().enumerate() {
        if let Some((_, name)) = groups.next_if(|(row, _)| *row == at) {
            push(out, &["| **", &line(name), "** |", &" |".repeat(table.columns.len() - 1), "\n"]);
        }
        let cells: Vec<_> = row.iter().map(line).collect();
        push(out, &["| ", &cells.join(" | "), " |\n"]);
    }
}

fn said(item: &Item, out: &mut String) {
    match item {
        Item::Prose(_, text) => {
            out.push('\n');
            for line in harmless(text).lines() {
                let line = if line.is_empty() { ">".to_owned() } else { format!("> {}", escaped(line)) };
                push(out, &[&line, "\n"]);
            }
        }
        Item::Code { language, text } => {
            let text = harmless(text);
            let fence = fence(&text);
            push(out, &["\n", &fence, language, "\n", text.trim_end(), "\n", &fence, "\n"]);
        }
        Item::Pair(left, right) => {
            let remark = if right.is_empty() { String::new() } else { format!(" · {}", line(right)) };
            push(out, &["\n> ", &line(left), &remark, "\n"]);
        }
    }
}

fn push(out: &mut String, pieces: &[&str]) {
    for piece in pieces {
        out.push_str(piece);
    }
}

fn line(line: &Line) -> String {
    let piece = |run: &Run| {
        let text = plain(&run.text);
        let mark = match run.style {
            Style::Removed => "~~",
            Style::Added => "**",
            _ => return text,
        };
        // Markdown marks nothing that begins or ends with a space.
        let core = text.trim();
        if core.is_empty() { text.clone() } else { text.replacen(core, &format!("{mark}{core}{mark}"), 1) }
    };
    line.iter().map(piece).collect()
}

/// Returns text on one line in which markdown finds nothing to do.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in harmless(text).chars() {
        match character {
            '\n' => out.push('⏎'),
            '*' | '_' | '`' | '[' | ']' | '|' | '\\' | '#' | '<' | '>' => out.extend(['\\', character]),
            other => out.push(other),
        }
    }
    out
}

/// Returns text as HTML has it.
fn html(text: &str) -> String {
    harmless(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "⏎")
}

/// Returns a line of prose in which no HTML begins; the model's own markdown stays.
fn escaped(line: &str) -> String {
    line.replace('<', "&lt;")
}

/// Returns a fence that the text does not hold.
fn fence(text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    fence
}
