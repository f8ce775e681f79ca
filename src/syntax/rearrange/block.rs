//! Collections whose items stand on lines of their own.

use super::{Change, Piece, Region, Unusual, View, write};
use crate::syntax::Subtree;

/// Where an item stands.
struct Placed {
    /// The first character of what goes with the item: of the comments right above it, or its own.
    head: usize,
    /// The first byte of that line, if nothing else stands before it.
    line: usize,
    /// Behind the last line's end.
    end: usize,
}

/// Returns what makes the collection hold something else.
pub(super) fn changes(view: &View<'_>, regions: &[Region<'_>], empty: bool) -> Result<Vec<Change>, Unusual> {
    let block = Block::of(view)?;
    if empty {
        return Ok(block.emptied());
    }
    regions.iter().map(|region| block.replaced(region)).collect()
}

/// A collection, and where its items stand.
struct Block<'v, 't> {
    view: &'v View<'t>,
    column: usize,
    items: Vec<Placed>,
}

impl<'v, 't> Block<'v, 't> {
    fn of(view: &'v View<'t>) -> Result<Self, Unusual> {
        let text = view.text();
        let begin = view.tree.token(view.at).start as usize;
        let margin = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        let first = line_start(text, begin).max(margin);
        let column = begin - first;
        let mut items: Vec<Placed> = Vec::with_capacity(view.items.len());
        for (at, item) in view.items.iter().enumerate() {
            let start = match items.last() {
                None => begin,
                Some(before) => {
                    let found = item_start(text, before.end, view.start(*item), column, !view.is_map());
                    found.ok_or(Unusual("it cannot be told where an item begins"))?
                }
            };
            let own_line = start - column;
            let alone = text[own_line..start].bytes().all(|byte| byte == b' ');
            // Comments at the very top are about the file.
            let above = items.last().map_or(0, |before| before.end);
            let attached = alone && (at > 0 || view.parent().is_some());
            let line = if attached { comments(text, above, own_line, column) } else { own_line };
            let end = line_end(text, view.end(*item));
            items.push(Placed { head: line + column, line, end });
        }
        Ok(Self { view, column, items })
    }

    fn end(&self) -> usize {
        self.items.last().map_or(0, |last| last.end)
    }

    /// Replaces some items by others; not all by none.
    fn replaced(&self, region: &Region<'_>) -> Result<Change, Unusual> {
        let text = self.view.text();
        let line_end = write::line_end(text);
        let margin = " ".repeat(self.column);
        let new: Vec<String> =
            region.new.iter().map(|piece| self.written(piece)).collect::<Result<_, _>>()?;
        let (from, to) = (region.gone.start, region.gone.end);
        if let Some(next) = self.items.get(to) {
            let new: Vec<_> = new.iter().flat_map(|item| [item, line_end, margin.as_str()]).collect();
            let new = new.concat();
            return Ok((self.items[from].head..next.head, new));
        }
        let end = self.end();
        let closed = text[..end].ends_with('\n');
        let mut lines = new.join(&format!("{line_end}{margin}"));
        if from == 0 {
            lines.extend(closed.then_some(line_end));
            return Ok((self.items[0].head..end, lines));
        }
        let start = self.items.get(from).map_or(end, |first| self.above(from - 1, first.line));
        if new.is_empty() {
            return Ok((start..end, String::new()));
        }
        lines.insert_str(0, &margin);
        if text[..start].ends_with('\n') {
            lines.extend(closed.then_some(line_end));
        } else {
            lines.insert_str(0, line_end);
        }
        Ok((start..end, lines))
    }

    /// Returns where the blank lines above a line begin, behind an item.
    fn above(&self, before: usize, line: usize) -> usize {
        let between = &self.view.text()[self.items[before].end..line];
        let kept = between.trim_end_matches([' ', '\t', '\r', '\n']);
        let rest = &between[kept.len()..];
        // The end of a comment's line stays.
        let own = if kept.is_empty() { 0 } else { rest.find('\n').map_or(rest.len(), |at| at + 1) };
        line - rest.len() + own
    }

    /// Returns the text of a piece, its first line without indentation and its last without an end.
    fn written(&self, piece: &Piece) -> Result<String, Unusual> {
        match piece {
            Piece::Kept(at) => Ok(self.copied(*at, self.column)),
            Piece::Copy(other, at) => copied(other, *at, self.column, write::line_end(self.view.text())),
            Piece::Item(value) => Ok(write::block(self.view.tree, None, value, self.column)),
            Piece::Member(key, value) => Ok(write::block(self.view.tree, Some(key), value, self.column)),
        }
    }

    /// Returns the text of an item, for another column.
    fn copied(&self, at: usize, column: usize) -> String {
        let text = self.view.text();
        let end = self.items.get(at + 1).map_or(self.end(), |next| next.line);
        let chunk = &text[self.items[at].head..end];
        let chunk = chunk.strip_suffix('\n').map_or(chunk, |rest| rest.strip_suffix('\r').unwrap_or(rest));
        if column == self.column {
            return chunk.to_owned();
        }
        let mut lines = chunk.split('\n');
        let mut copied = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            copied.push('\n');
            if line.trim().is_empty() && line.len() <= self.column {
                copied += line.trim_start_matches(' ');
            } else if column > self.column {
                copied += &" ".repeat(column - self.column);
                copied += line;
            } else {
                let spaces = line.bytes().take(self.column - column).take_while(|&byte| byte == b' ').count();
                copied += &line[spaces..];
            }
        }
        copied
    }

    /// Writes brackets in place of all items.
    fn emptied(&self) -> Vec<Change> {
        let text = self.view.text();
        let brackets = if self.view.is_map() { "{}" } else { "[]" };
        let begin = self.view.tree.token(self.view.at).start as usize;
        let end = text[..self.end()].trim_end_matches(['\n', '\r']).len();
        let end = end.max(begin);
        let Some(parent) = self.view.parent() else { return vec![(begin..end, brackets.to_owned())] };
        let before = text[..begin].trim_end_matches([' ', '\n', '\r']).len();
        let line = line_start(text, before);
        if !text[line..before].contains('#') {
            return vec![(before..end, format!(" {brackets}"))];
        }
        // Behind a comment, on a line of its own.
        let deeper = usize::try_from(self.view.tree.token(parent + 1).parent).unwrap_or(0) + 2;
        vec![(line_start(text, begin)..end, format!("{}{brackets}", " ".repeat(deeper)))]
    }
}

/// Returns the text of an item of another collection, for a column, its lines ended so.
pub(super) fn copied(other: &Subtree, at: usize, column: usize, line_end: &str) -> Result<String, Unusual> {
    let other = View::of(other.node())?;
    if other.tree.token(other.at).flow {
        return Err(Unusual("an item in brackets cannot be copied to a line of its own"));
    }
    let copied = Block::of(&other)?.copied(at, column).replace("\r\n", "\n");
    Ok(copied.replace('\n', line_end))
}

/// Returns the offset of the line that an offset is in.
fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Returns where the line ends that a value ends in; a block scalar ends where a line begins.
fn line_end(text: &str, end: usize) -> usize {
    if text[..end].ends_with('\n') {
        return end;
    }
    text[end..].find('\n').map_or(text.len(), |at| end + at + 1)
}

/// Returns where an item begins whose first token stands at `token`, behind the one that ends at `after`: at its `-`, its
/// `?` or its key.
fn item_start(text: &str, after: usize, token: usize, column: usize, list: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut line = line_start(text, token);
    while line >= after {
        let start = line + column;
        let indented = bytes.get(line..start).is_some_and(|margin| margin.iter().all(|&byte| byte == b' '));
        let own = bytes.get(start).copied().unwrap_or(b' ');
        let begins = if list { own == b'-' } else { !matches!(own, b' ' | b'#' | b'\t' | b'\r' | b'\n') };
        if indented && begins && start <= token {
            return Some(start);
        }
        line = line_start(text, line.checked_sub(1)?);
    }
    None
}

/// Returns the first line of the comments right above a line, in the same column.
fn comments(text: &str, after: usize, line: usize, column: usize) -> usize {
    let mut first = line;
    while first > after {
        let above = line_start(text, first - 1);
        let bytes = &text.as_bytes()[above..first];
        let indented = bytes.len() > column && bytes[..column].iter().all(|&byte| byte == b' ');
        if above < after || !indented || bytes[column] != b'#' {
            break;
        }
        first = above;
    }
    first
}
