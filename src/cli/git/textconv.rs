//! What git compares in place of a cassette: its transcript, without what is different each time.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::super::Status;
use super::super::files::{self, Source};
use super::super::input::{self, Depth, Opened};
use super::super::output::Output;
use crate::load::Recording;
use crate::render::terminal;
use crate::scrub::mask::Mask;
use crate::view::{Block, Item, show, transcript};

/// Grows when the same cassette gives another text, so that git does not go on showing the old one.
pub(super) const LAYOUT: u32 = 1;

/// Columns: what is compared must not depend on anybody's terminal.
const WIDTH: usize = 100;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Number of the layout; there is one
    #[arg(long)]
    layout: Option<u32>,

    /// The file, under whatever name git gives it
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    let source = Source { path: arguments.file.clone(), named: true, staged: None };
    let bytes = match input::open(&source, None, Depth::Conversations) {
        Opened::Cassette(recording, _) => shown(&recording),
        Opened::PassedOver | Opened::Failed(_) => None,
    };
    // What is no cassette, or a broken one, is compared as it is.
    let bytes = match bytes {
        Some(text) => text.into_bytes(),
        None => files::read(&arguments.file).map(|(bytes, _)| bytes).unwrap_or_default(),
    };
    let mut out = Output::paged(false);
    out.write_all(&bytes).and_then(|()| out.flush()).context("cannot write")?;
    Ok(Status::Fine)
}

/// Returns the transcript, if credentials can be kept out of it.
fn shown(recording: &Recording) -> Option<String> {
    let mask = Mask::default();
    match mask.masked(recording) {
        Ok(None) => Some(told(recording)),
        Ok(Some(masked)) => Some(told(&masked)),
        Err(_) => None,
    }
}

fn told(recording: &Recording) -> String {
    let options = show::Options::default();
    let mut view = show::cassette("", recording, &options);
    for response in view.interactions.iter_mut().filter_map(|entry| entry.response.as_mut()) {
        response.duration = None;
        response.events = None;
    }
    let mut blocks = transcript::blocks(&view, &options);
    // The name is that of a copy which git makes.
    blocks.retain(|block| !matches!(block, Block::Title(..)));
    for block in &mut blocks {
        if let Block::Said { items, .. } = block {
            for item in items {
                // At the right stand ids.
                if let Item::Pair(_, right) = item {
                    right.clear();
                }
            }
        }
    }
    let mut text = format!("{}\n", recording.format);
    terminal::render(&blocks, terminal::Layout { width: WIDTH, colour: false }, &mut text);
    text
}
