//! Blocks for a terminal: columns, wrapping, colours. The only place that knows any of them.

use std::borrow::Cow;
use std::fmt::Write as _;

use owo_colors::OwoColorize as _;
use textwrap::core::display_width;

use super::{cut, harmless, table};
use crate::view::{Block, Item, Line, Run, Style};

/// Where what was said begins, under an interaction's head.
const INDENT: usize = 3;

/// Width of the column that says who speaks.
const SPEAKER: usize = 11;

/// How wide to write, and whether in colour.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
}

/// Narrower than this, wrapping makes no sense.
const NARROWEST: usize = 40;

/// Appends blocks to `out`.
pub fn render(blocks: &[Block], layout: Layout, out: &mut String) {
    let width = layout.width.max(NARROWEST);
    let page = Page { width, colour: layout.colour };
    for block in blocks {
        if layout.colour {
            page.block(block, out);
        } else {
            page.block(&spelled_out(block), out);
        }
    }
}

/// Returns a block in which signs tell what is gone and what is new, for where there is no colour.
fn spelled_out(block: &Block) -> Cow<'_, Block> {
    let line = |line: &Line| -> Line {
        let run = |run: &Run| {
            let text = match run.style {
                Style::Removed => format!("[-{}-]", run.text),
                Style::Added => format!("{{+{}+}}", run.text),
                _ => run.text.clone(),
            };
            Run { style: run.style, text }
        };
        line.iter().map(run).collect()
    };
    match block {
        Block::Note(text) => Cow::Owned(Block::Note(line(text))),
        Block::Detail(text) => Cow::Owned(Block::Detail(line(text))),
        Block::Said { speaker, items } => {
            let item = |item: &Item| match item {
                Item::Pair(left, right) => Item::Pair(line(left), line(right)),
                other => other.clone(),
            };
            Cow::Owned(Block::Said { speaker: speaker.clone(), items: items.iter().map(item).collect() })
        }
        other => Cow::Borrowed(other),
    }
}

struct Page {
    width: usize,
    colour: bool,
}

impl Page {
    fn block(&self, block: &Block, out: &mut String) {
        match block {
            Block::Title(left, right) => self.pair(left, right, 2, out),
            Block::Section(left, right) => self.edges(left, right, out),
            Block::Detail(line) => self.wrapped(INDENT, line, out),
            Block::Note(line) => self.wrapped(0, line, out),
            Block::Gap => out.push('\n'),
            Block::Verbatim(text) => {
                out.push_str(&harmless(text));
                out.push('\n');
            }
            Block::Said { speaker, items } => self.said(speaker, items, out),
            Block::Folded { summary, blocks } => {
                self.wrapped(0, summary, out);
                for block in blocks {
                    self.block(block, out);
                }
            }
            Block::Table(rows) => {
                table::render(rows, self.width, |style, text| self.styled(style, text), out);
            }
        }
    }

    /// Writes two lines as one, `gap` columns apart; below each other where they do not fit.
    fn pair(&self, left: &Line, right: &Line, gap: usize, out: &mut String) {
        let fits = width(left) + gap + width(right) <= self.width;
        self.line(left, out);
        if fits && !right.is_empty() {
            let _ = write!(out, "{:gap$}", "");
            self.line(right, out);
        }
        out.push('\n');
        if !fits {
            self.wrapped(INDENT, right, out);
        }
    }

    /// Writes a line with a remark at the right edge; an address that is too long for both is cut in the middle.
    fn edges(&self, left: &Line, right: &Line, out: &mut String) {
        let room = self.width.saturating_sub(width(right) + 2);
        let mut left = left.clone();
        let all = width(&left);
        let over = all.saturating_sub(room);
        if over > 0
            && let Some(last) = left.last_mut()
        {
            let own = display_width(&last.text);
            let alone = self.width.saturating_sub(all - own);
            last.text = cut::middle(&last.text, own.saturating_sub(over).max(20).min(alone));
        }
        let gap = self.width.saturating_sub(width(&left) + width(right)).max(2);
        self.pair(&left, right, gap, out);
    }

    /// Writes what somebody said beside who said it.
    fn said(&self, speaker: &Run, items: &[Item], out: &mut String) {
        let mut head = String::new();
        let _ = write!(head, "{:INDENT$}", "");
        self.run(&Run { style: speaker.style, text: speaker.text.clone() }, &mut head);
        let used = display_width(&speaker.text);
        let _ = write!(head, "{:1$}", "", SPEAKER.saturating_sub(used).max(1));
        let indent = " ".repeat(INDENT + SPEAKER);
        let room = self.width.saturating_sub(indent.len()).max(20);
        let mut lines: Vec<String> = Vec::new();
        for item in items {
            match item {
                Item::Prose(style, text) => {
                    for line in harmless(text).split('\n') {
                        let pieces = wrap(line, room);
                        lines.extend(pieces.into_iter().map(|piece| self.styled(*style, &piece)));
                    }
                }
                Item::Code { text, .. } => {
                    for line in harmless(text).split('\n') {
                        let pieces = wrap_code(line, room.saturating_sub(2));
                        lines.extend(
                            pieces.into_iter().map(|piece| self.styled(Style::Plain, &format!("  {piece}"))),
                        );
                    }
                }
                Item::Pair(left, right) => lines.extend(self.pair_lines(left, right, room)),
            }
        }
        for (at, line) in lines.iter().enumerate() {
            let line = if at == 0 { format!("{head}{line}") } else { format!("{indent}{line}") };
            out.push_str(line.trim_end());
            out.push('\n');
        }
        if lines.is_empty() {
            out.push_str(head.trim_end());
            out.push('\n');
        }
    }

    /// Returns a line and a remark at the right edge; the remark goes where the text leaves room, or below.
    fn pair_lines(&self, left: &Line, right: &Line, room: usize) -> Vec<String> {
        let (used, remark) = (width(left), width(right));
        let mut lines = Vec::new();
        if used <= room {
            let mut line = String::new();
            self.line(left, &mut line);
            lines.push(line);
        } else {
            lines.extend(self.wrapped_runs(left, room));
        }
        if !right.is_empty() {
            let mut text = String::new();
            self.line(right, &mut text);
            if used + 2 + remark <= room {
                let gap = room - used - remark;
                let _ = write!(lines[0], "{:gap$}{text}", "");
            } else if remark <= room {
                lines.push(format!("{:1$}{text}", "", room - remark));
            } else {
                lines.extend(self.wrapped_runs(right, room));
            }
        }
        lines
    }

    /// Returns a line of several runs, wrapped; continuations are indented by two.
    fn wrapped_runs(&self, line: &Line, room: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        let mut used = 0;
        for run in line {
            let text = harmless(&run.text).replace('\n', "⏎");
            for word in text.split_inclusive(' ') {
                for piece in wrap_code(word, room.saturating_sub(2)) {
                    let columns = display_width(&piece);
                    if used > 0 && used + display_width(piece.trim_end()) > room {
                        lines.push("  ".to_owned());
                        used = 2;
                    }
                    used += columns;
                    let styled = self.styled(run.style, &piece);
                    lines.last_mut().expect("there is a line from the start").push_str(&styled);
                }
            }
        }
        lines
    }

    fn wrapped(&self, indent: usize, line: &Line, out: &mut String) {
        for text in self.wrapped_runs(line, self.width.saturating_sub(indent)) {
            let _ = writeln!(out, "{:indent$}{}", "", text.trim_end());
        }
    }

    fn line(&self, line: &Line, out: &mut String) {
        for run in line {
            self.run(run, out);
        }
    }

    fn run(&self, run: &Run, out: &mut String) {
        out.push_str(&self.styled(run.style, &harmless(&run.text).replace('\n', "⏎")));
    }

    /// Returns text in the colour of its style. One hue for each voice, dim for the machinery, red for trouble.
    fn styled(&self, style: Style, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        match style {
            Style::Plain => text.to_owned(),
            Style::Dim => text.dimmed().to_string(),
            Style::Strong => text.bold().to_string(),
            Style::System => text.magenta().to_string(),
            Style::User => text.cyan().to_string(),
            Style::Assistant | Style::Good => text.green().to_string(),
            Style::Tool => text.blue().to_string(),
            Style::Thinking => text.dimmed().italic().to_string(),
            Style::Match => text.red().bold().to_string(),
            Style::Warning => text.yellow().to_string(),
            Style::Error => text.red().to_string(),
            Style::Removed => text.red().strikethrough().to_string(),
            Style::Added => text.green().bold().to_string(),
        }
    }
}

fn width(line: &Line) -> usize {
    line.iter().map(|run| display_width(&run.text)).sum()
}

/// Returns a line of prose wrapped between words; its own indentation is kept on continuations.
fn wrap(line: &str, room: usize) -> Vec<String> {
    if display_width(line) <= room {
        return vec![line.to_owned()];
    }
    let lead = line.len() - line.trim_start_matches(' ').len();
    let marker = line[lead..].starts_with("- ") || line[lead..].starts_with("* ");
    let lead = (lead + if marker { 2 } else { 0 }).min(room / 2);
    let indent = " ".repeat(lead);
    let options = textwrap::Options::new(room).subsequent_indent(&indent);
    textwrap::wrap(line, options).into_iter().map(Cow::into_owned).collect()
}

/// Returns a line cut wherever the width ends: code has no words.
fn wrap_code(line: &str, room: usize) -> Vec<String> {
    if display_width(line) <= room {
        return vec![line.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut used = 0;
    for character in line.chars() {
        let columns = display_width(character.encode_utf8(&mut [0; 4]));
        if used + columns > room {
            lines.push(String::new());
            used = 0;
        }
        lines.last_mut().expect("there is a line from the start").push(character);
        used += columns;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::block::run;

    fn text(blocks: &[Block], width: usize) -> String {
        let mut out = String::new();
        render(blocks, Layout { width, colour: false }, &mut out);
        out
    }

    #[test]
    fn what_is_said_stands_beside_who_says_it() {
        let said = Block::Said {
            speaker: run(Style::User, "user"),
            items: vec![
                Item::Prose(Style::Plain, "- one two three four five six seven\nlast".into()),
                Item::Pair(vec![run(Style::Plain, "→ f(a: 1)")], vec![run(Style::Dim, "id")]),
            ],
        };
        let want = "   user       - one two three four five
                six seven
              last
              → f(a: 1)               id
";
        assert_eq!(text(&[said], 40), want);
    }

    #[test]
    fn long_addresses_are_cut_in_the_middle_and_the_status_stays() {
        let left = vec![run(Style::Strong, "0"), run(Style::Plain, format!(" {}/end", "path/".repeat(20)))];
        let section = Block::Section(left, vec![run(Style::Good, "200")]);
        let shown = text(&[section], 60);
        assert!(
            shown.trim_end().ends_with("200") && shown.contains('…') && shown.contains("/end"),
            "{shown}"
        );
        assert!(display_width(shown.trim_end()) <= 60, "{shown}");
    }

    #[test]
    fn recorded_escape_sequences_do_not_reach_the_terminal() {
        let said = Block::Said {
            speaker: run(Style::User, "user"),
            items: vec![
                Item::Prose(Style::Plain, "\x1b[2J".into()),
                Item::Code { language: "json", text: "\x1b]0;x\x07".into() },
                Item::Pair(vec![run(Style::Plain, "a\x1bb\nc")], vec![run(Style::Dim, "\r")]),
            ],
        };
        let blocks = [said, Block::Note(vec![run(Style::Plain, "\x1b[1m")])];
        assert!(!text(&blocks, 80).contains(['\x1b', '\x07', '\r']));
    }
}
