//! Tables for a terminal: which columns give way, and cells in line.

use std::borrow::Cow;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table as Grid};
use textwrap::core::display_width;

use super::{cut, harmless};
use crate::view::{Column, Line, Run, Style, Table};

/// Blanks between columns.
const GAP: u16 = 2;

/// Appends a table of at most `width` columns to `out`; `styled` colours.
pub(super) fn render(table: &Table, width: usize, styled: impl Fn(Style, &str) -> String, out: &mut String) {
    let indent = if table.groups.is_empty() { 0 } else { usize::from(GAP) };
    let room = width.saturating_sub(indent);
    let table = &fitting(table, room);
    let widths = widths(table, room);
    let mut grid = Grid::new();
    grid.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let titles = table.columns.iter().zip(&widths);
    grid.set_header(titles.map(|(column, &room)| styled(Style::Dim, &cut::end(column.title(), room))));
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns).zip(&widths);
        grid.add_row(cells.map(|((line, &column), &room)| Cell::new(cell(line, column, room, &styled))));
    }
    for (column, kind) in grid.column_iter_mut().zip(&table.columns) {
        column.set_padding((0, GAP));
        if let Column::Number(_) = kind {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut groups = table.groups.iter().peekable();
    // The first line has the titles, each other one row.
    for (at, line) in grid.lines().enumerate() {
        if let Some((_, name)) = groups.next_if(|(row, _)| row + 1 == at) {
            out.push_str(&cell(name, Column::Name(""), width, &styled));
            out.push('\n');
        }
        out.push_str(&" ".repeat(indent));
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// Returns the table without the columns that there is no room for.
fn fitting(table: &Table, width: usize) -> Cow<'_, Table> {
    let natural = widths(table, usize::MAX);
    // Narrower than this, words and names say nothing.
    let least = |at: usize| match table.columns[at] {
        Column::Name(_) => natural[at].min((width / 3).clamp(24, 60)),
        Column::Words(_) => natural[at].min(14),
        Column::Number(_) | Column::Bar(_) => natural[at],
    };
    let mut gone = Vec::new();
    let fits = |gone: &[usize], wide: &dyn Fn(usize) -> usize| {
        let kept = (0..table.columns.len()).filter(|at| !gone.contains(at));
        kept.map(|at| wide(at) + usize::from(GAP)).sum::<usize>() <= width.saturating_add(GAP.into())
    };
    let spare = table.spare.iter().map(|&column| (column, true));
    for (column, spare) in spare.chain(table.leave.iter().map(|&column| (column, false))) {
        if if spare { fits(&gone, &|at| natural[at]) } else { fits(&gone, &least) } {
            break;
        }
        gone.push(column);
    }
    if gone.is_empty() {
        return Cow::Borrowed(table);
    }
    let kept = |at: &usize| !gone.contains(at);
    let cells = |row: &Vec<Line>| (0..row.len()).filter(kept).map(|at| row[at].clone()).collect();
    Cow::Owned(Table {
        columns: (0..table.columns.len()).filter(kept).map(|at| table.columns[at]).collect(),
        rows: table.rows.iter().map(cells).collect(),
        spare: Vec::new(),
        leave: Vec::new(),
        groups: table.groups.clone(),
    })
}

/// Returns the columns that each column gets.
fn widths(table: &Table, width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = table.columns.iter().map(|column| display_width(column.title())).collect();
    for row in &table.rows {
        for (width, line) in widths.iter_mut().zip(row) {
            let cell: usize = line.iter().map(|run| display_width(&plain(run))).sum();
            *width = cell.max(*width).min(WIDEST);
        }
    }
    let gaps = usize::from(GAP) * widths.len().saturating_sub(1);
    let mut over = (widths.iter().sum::<usize>() + gaps).saturating_sub(width);
    for (floor, gives) in GIVING {
        while over > 0 {
            let giving = widths.iter_mut().zip(&table.columns).filter(|(_, column)| gives(column));
            let Some((widest, _)) = giving.max_by_key(|(width, _)| **width) else { break };
            if *widest <= *floor {
                break;
            }
            *widest -= 1;
            over -= 1;
        }
    }
    widths
}

/// The widest a cell gets where there is room without end.
const WIDEST: usize = 4096;

/// Which columns give way, the widest of them first, down to how many columns.
type Gives = (usize, fn(&Column) -> bool);
const GIVING: &[Gives] = &[
    (14, |column| matches!(column, Column::Words(_))),
    (24, |column| matches!(column, Column::Name(_))),
    (6, |column| !matches!(column, Column::Number(_) | Column::Bar(_))),
];

/// Returns the text of a cell, cut to its room.
fn cell(line: &Line, column: Column, room: usize, styled: &impl Fn(Style, &str) -> String) -> String {
    let mut left = room;
    let mut out = String::new();
    for run in line {
        let text = match column {
            Column::Name(_) => cut::middle(&plain(run), left),
            Column::Words(_) | Column::Number(_) | Column::Bar(_) => cut::end(&plain(run), left),
        };
        left = left.saturating_sub(display_width(&text));
        out.push_str(&styled(run.style, &text));
        if left == 0 {
            break;
        }
    }
    out
}

/// Returns the text of a run on one line.
fn plain(run: &Run) -> String {
    harmless(&run.text).replace('\n', "⏎")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::block::run;

    fn table(path: &str, words: &str) -> Table {
        let columns = [Column::Name("cassette"), Column::Words("model"), Column::Number("size")];
        let row = |path: &str, words: &str, size: &str| {
            [path, words, size].map(|text| vec![run(Style::Plain, text)]).to_vec()
        };
        Table::new(&columns, vec![row("a.yaml", "m", "12 B"), row(path, words, "1.2 kB")], &[], &[])
    }

    fn shown(table: &Table, width: usize) -> String {
        let mut out = String::new();
        render(table, width, |_, text| text.to_owned(), &mut out);
        out
    }

    #[test]
    fn columns_are_as_wide_as_their_cells_and_numbers_stand_right() {
        let want = "\
cassette      model      size
a.yaml        m          12 B
b/ccc/d.yaml  model-2  1.2 kB
";
        assert_eq!(shown(&table("b/ccc/d.yaml", "model-2"), 80), want);
    }

    #[test]
    fn words_give_way_first_then_names_in_their_middle_and_numbers_never() {
        let table = table(&format!("{}/end.yaml", "folder/".repeat(20)), &"model ".repeat(20));
        for width in [40, 60, 80, 120] {
            let shown = shown(&table, width);
            assert!(shown.lines().all(|line| display_width(line) <= width), "{width}\n{shown}");
            assert!(shown.lines().last().unwrap().ends_with("1.2 kB"), "{shown}");
        }
        assert!(shown(&table, 60).contains("/end.yaml  model model m…"), "{}", shown(&table, 60));
    }

    #[test]
    fn columns_without_room_or_anything_to_say_are_left_out() {
        let mut wide = table(&"n".repeat(30), &"m".repeat(20));
        wide.leave = vec![1];
        assert!(shown(&wide, 40).starts_with("cassette") && !shown(&wide, 40).contains("model"));
        assert!(shown(&wide, 60).contains("model"));
        wide.spare = vec![2];
        assert!(
            !shown(&wide, 59).contains("size") && shown(&wide, 62).contains("size"),
            "{}",
            shown(&wide, 60)
        );
        let rows = vec![vec![vec![run(Style::Plain, "a.yaml")], vec![run(Style::Plain, "")]]];
        let empty = Table::new(&[Column::Name("cassette"), Column::Words("model")], rows, &[], &[]);
        assert_eq!(empty.columns, [Column::Name("cassette")]);
    }

    #[test]
    fn recorded_names_do_not_reach_the_terminal() {
        assert!(!shown(&table("a\x1b[2J\nb", "\x07"), 80).contains(['\x1b', '\x07']));
    }
}
