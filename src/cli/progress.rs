//! How far a walk has come, in a line on a terminal that goes again.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Quicker walks say nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// Time between two pictures.
const PAUSE: Duration = Duration::from_millis(100);

/// Columns of the bar.
const BAR: usize = 24;

/// A line on the standard error, if that is a terminal.
pub(super) struct Progress {
    total: usize,
    done: usize,
    next: Option<Instant>,
    drawn: bool,
}

impl Progress {
    /// Begins a walk over so many files.
    pub(super) fn new(total: usize) -> Self {
        let shown = total > 1 && std::io::stderr().is_terminal();
        Self { total, done: 0, next: shown.then(|| Instant::now() + PATIENCE), drawn: false }
    }

    /// Notes that one more file is done.
    pub(super) fn step(&mut self) {
        self.done += 1;
        let now = Instant::now();
        if self.next.is_some_and(|next| next <= now) {
            self.next = Some(now + PAUSE);
            self.drawn = true;
            anstream::eprint!("\r{}", picture(self.done, self.total));
            let _ = std::io::stderr().flush();
        }
    }

    /// Takes the line away, before something else is written.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            anstream::eprint!("\r{:1$}\r", "", picture(self.total, self.total).chars().count());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn picture(done: usize, total: usize) -> String {
    let full = done * BAR / total.max(1);
    format!("{}{} {done:>2$} of {total} files", "━".repeat(full), "╌".repeat(BAR - full), digits(total))
}

fn digits(number: usize) -> usize {
    number.to_string().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_keeps_its_length() {
        assert_eq!(picture(0, 100), "╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌   0 of 100 files");
        assert_eq!(picture(50, 100), "━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌  50 of 100 files");
        assert_eq!(picture(100, 100), "━━━━━━━━━━━━━━━━━━━━━━━━ 100 of 100 files");
    }
}
