//! How a finished answer reads to people: blocks of styled text. Only a renderer knows colours and columns.

use std::borrow::Cow;

/// What a piece of text is, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// What was said.
    Plain,
    /// The machinery around it.
    Dim,
    /// Names.
    Strong,
    /// The system's voice.
    System,
    /// The user's voice.
    User,
    /// The model's voice.
    Assistant,
    /// A tool's voice.
    Tool,
    /// Thinking.
    Thinking,
    /// What was searched for.
    Match,
    /// What was there and is gone.
    Removed,
    /// What is new.
    Added,
    /// Fine.
    Good,
    /// Worth a look.
    Warning,
    /// Wrong.
    Error,
}

/// A piece of text in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What it is.
    pub style: Style,
    /// What it says.
    pub text: String,
}

/// One line.
pub type Line = Vec<Run>;

/// Returns a piece of text in a style.
pub fn run<'t>(style: Style, text: impl Into<Cow<'t, str>>) -> Run {
    Run { style, text: text.into().into_owned() }
}

/// Something said: the pieces of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Text, wrapped to the width.
    Prose(Style, String),
    /// Text whose lines stay as they are, such as JSON.
    Code {
        /// Language, for markdown.
        language: &'static str,
        /// The text.
        text: String,
    },
    /// A line, with a remark at the right edge if there is room.
    Pair(Line, Line),
}

/// A block of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// What the answer is about.
    Title(Line, Line),
    /// What a part of it is about, with a remark at the right edge.
    Section(Line, Line),
    /// A line under a section.
    Detail(Line),
    /// What somebody said.
    Said {
        /// Who.
        speaker: Run,
        /// What.
        items: Vec<Item>,
    },
    /// An empty line.
    Gap,
    /// A line of its own at the left edge.
    Note(Line),
    /// Text whose lines stay as they are, however long.
    Verbatim(String),
    /// A table.
    Table(Table),
    /// Blocks that a reader may open, where that is possible.
    Folded {
        /// What they are about.
        summary: Line,
        /// The blocks.
        blocks: Vec<Block>,
    },
}

/// Rows of the same things, one thing a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What the columns are.
    pub columns: Vec<Column>,
    /// As many cells as there are columns.
    pub rows: Vec<Vec<Line>>,
    /// The columns to leave out as soon as others would have to give way, the first one first.
    pub spare: Vec<usize>,
    /// The columns to leave out, then, where there is no room.
    pub leave: Vec<usize>,
    /// What the rows from a number on have in common, such as their cassette.
    pub groups: Vec<(usize, Line)>,
}

impl Table {
    /// Returns a table without the columns in which no row has anything. `spare` and `leave` are titles.
    #[must_use]
    pub fn new(columns: &[Column], rows: Vec<Vec<Line>>, spare: &[&str], leave: &[&str]) -> Self {
        let told = |at: usize| rows.iter().any(|row| row[at].iter().any(|run| !run.text.is_empty()));
        let told: Vec<_> = (0..columns.len()).map(|at| at == 0 || told(at)).collect();
        let kept = |at: &usize| told[*at];
        let columns: Vec<_> = (0..columns.len()).filter(kept).map(|at| columns[at]).collect();
        let place = |title: &&str| columns.iter().position(|column| column.title() == *title);
        let places = |titles: &[&str]| titles.iter().filter_map(place).collect::<Vec<_>>();
        let (spare, leave) = (places(spare), places(leave));
        let row =
            |row: Vec<Line>| row.into_iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, cell)| cell);
        let rows = rows.into_iter().map(|cells| row(cells).collect()).collect();
        Self { columns, rows, spare, leave, groups: Vec::new() }
    }

    /// Returns the table with notes below. A table without rows is left out: its titles say nothing.
    #[must_use]
    pub fn with_notes(self, notes: impl IntoIterator<Item = Line>) -> Vec<Block> {
        let mut blocks = if self.rows.is_empty() { Vec::new() } else { vec![Block::Table(self), Block::Gap] };
        blocks.extend(notes.into_iter().map(Block::Note));
        blocks
    }

    /// Returns the table with names for rows that follow each other and have one in common; none, if all have the same.
    #[must_use]
    pub fn grouped<'n>(self, names: impl Iterator<Item = &'n str>) -> Self {
        let names: Vec<_> = names.collect();
        let begins = |at: &usize| *at == 0 || names[at - 1] != names[*at];
        let groups = (0..names.len()).filter(begins).map(|at| (at, vec![run(Style::Strong, names[at])]));
        let groups: Vec<_> = groups.collect();
        Self { groups: if groups.len() > 1 { groups } else { Vec::new() }, ..self }
    }
}

/// What a column holds, with its title. A table that is too wide shortens words first, then names; never numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// A path or an address, whose beginning and end say most.
    Name(&'static str),
    /// Words, whose beginning says most.
    Words(&'static str),
    /// A number, with or without a unit.
    Number(&'static str),
    /// A bar, whose length says how much.
    Bar(&'static str),
}

impl Column {
    /// Returns the title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Name(title) | Self::Words(title) | Self::Number(title) | Self::Bar(title) => title,
        }
    }
}
