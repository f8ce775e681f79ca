//! Standard output: colour, width, the pager.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::process::{Child, Command, Stdio};

use clap::ValueEnum;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` colours always.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Returns whether to colour what goes to a stream.
    pub(crate) fn on(self, stream: &impl anstream::stream::RawStream) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
        }
    }
}

/// Returns the width to write for: as asked, the terminal's, or 80.
pub(crate) fn width(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0)))
}

/// Standard output, or a pager in front of it; written in large pieces.
pub(crate) struct Output(BufWriter<Sink>);

enum Sink {
    Stdout,
    Pager(Child),
}

impl Output {
    /// Returns the output; on a terminal, through `$CASSETTE_PAGER`, `$PAGER` or `less`, if there is one.
    pub(crate) fn paged(wanted: bool) -> Self {
        let pager = if wanted && io::stdout().is_terminal() { start_pager() } else { None };
        Self(BufWriter::with_capacity(64 << 10, pager.map_or(Sink::Stdout, Sink::Pager)))
    }
}

/// An empty name, or `cat`, means no pager.
fn start_pager() -> Option<Child> {
    let named = ["CASSETTE_PAGER", "PAGER"].iter().find_map(|name| std::env::var(name).ok());
    let named = named.unwrap_or_else(|| "less".to_owned());
    let mut words = named.split_whitespace();
    let program = words.next().filter(|program| *program != "cat")?;
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // Quit if it fits on one screen, keep colours, leave the text on the screen.
        command.env("LESS", "FRX");
    }
    command.spawn().ok()
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Pager(Child { stdin: Some(pager), .. }) => pager.write(bytes),
            Self::Pager(_) | Self::Stdout => io::stdout().lock().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Pager(Child { stdin: Some(pager), .. }) => pager.flush(),
            Self::Pager(_) | Self::Stdout => io::stdout().lock().flush(),
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Self::Pager(pager) = self {
            drop(pager.stdin.take());
            let _ = pager.wait();
        }
    }
}
