//! Options that commands share: what to read, and how to write it.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::input::{self, FormatIn};
use super::output::{Color, Output, width};
use crate::render::{csv, markdown, terminal};
use crate::scrub::mask::Mask;
use crate::view::Block;

/// Which files to read.
#[derive(Debug, Args)]
pub(super) struct Sources {
    /// Cassettes, or directories to look for them; `-` reads the standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) reading: Reading,
}

/// How to read files.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Reading {
    /// Take the files for cassettes of this format
    #[arg(long, value_name = "FORMAT", value_parser = input::format_in)]
    pub(super) format_in: Option<FormatIn>,
}

/// Whether credentials are shown.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Secrets {
    /// Show credentials too
    #[arg(long)]
    show_secrets: bool,
}

impl Secrets {
    /// Returns what hides credentials; nothing if they are to be shown.
    pub(super) fn mask(self) -> Option<Mask> {
        (!self.show_secrets).then(Mask::default)
    }
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
    #[default]
    Text,
    Markdown,
    Json,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum TableShape {
    #[default]
    Text,
    Markdown,
    Json,
    Csv,
}

/// How to write.
#[derive(Debug, Args)]
pub(super) struct Page<S: ValueEnum + Clone + Default + Send + Sync + 'static> {
    /// How to write
    #[arg(short, long, value_enum, default_value_t)]
    pub(super) format: S,

    #[command(flatten)]
    pub(super) look: Look,
}

/// How text looks.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Look {
    /// Columns to write for [default: the terminal's; tables for another program are as wide as it takes]
    #[arg(long, value_name = "COLUMNS")]
    pub(super) width: Option<usize>,

    /// When to colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: Color,

    /// Write straight to the terminal
    #[arg(long)]
    pub(super) no_pager: bool,
}

impl Look {
    /// Returns the layout of text.
    pub(super) fn layout(&self) -> terminal::Layout {
        terminal::Layout { width: width(self.width), colour: self.color.on(&std::io::stdout()) }
    }

    /// Returns the layout of tables: another program wants names whole.
    fn table_layout(&self) -> terminal::Layout {
        let piped = self.width.is_none() && !std::io::stdout().is_terminal();
        let layout = self.layout();
        terminal::Layout { width: if piped { usize::MAX } else { layout.width }, ..layout }
    }

    /// Returns whether messages are coloured.
    pub(super) fn colour_messages(&self) -> bool {
        self.color.on(&std::io::stderr())
    }
}

impl Page<TableShape> {
    /// Writes an answer that is a table. `rows` are those of the table, for programs.
    pub(super) fn write<A: Serialize, R: Serialize>(
        &self,
        answer: &A,
        blocks: impl FnOnce() -> Vec<Block>,
        rows: &[R],
    ) -> anyhow::Result<()> {
        let mut text = String::new();
        match self.format {
            TableShape::Json => text = serde_json::to_string_pretty(answer)? + "\n",
            TableShape::Csv => {
                let rows: Result<Vec<_>, _> = rows.iter().map(serde_json::to_value).collect();
                csv::render(&rows?, &mut text);
            }
            TableShape::Markdown => markdown::render(&blocks(), &mut text),
            TableShape::Text => terminal::render(&blocks(), self.look.table_layout(), &mut text),
        }
        let people = matches!(self.format, TableShape::Text | TableShape::Markdown);
        let mut out = Output::paged(people && !self.look.no_pager);
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write")
    }
}
