//! Collections in brackets: those of JSON, and `[…]` and `{…}` of YAML.

use super::{Change, Piece, Region, Unusual, View, write};
use crate::syntax::Syntax;

/// Returns what makes the collection hold something else.
pub(super) fn changes(view: &View<'_>, regions: &[Region<'_>], empty: bool) -> Result<Vec<Change>, Unusual> {
    let token = view.tree.token(view.at);
    let (open, close) = (token.start as usize, token.end as usize);
    let text = view.text();
    let bracketed = text[open..].starts_with(['{', '[']) && close > open + 1;
    if !bracketed {
        return Err(Unusual("it has no brackets"));
    }
    if empty {
        return Ok(vec![(open + 1..close - 1, String::new())]);
    }
    if view.items.is_empty() {
        let parent = view.parent();
        let in_block = parent.is_none_or(|parent| !view.tree.token(parent).flow);
        let pieces = regions.first().map(|region| region.new).unwrap_or_default();
        return Ok(vec![if view.tree.syntax == Syntax::Yaml && in_block {
            lines(view, parent, pieces)?
        } else {
            let style = write::Style::of(view.tree, None);
            let new: Vec<_> =
                pieces.iter().map(|piece| written(view, piece, &style)).collect::<Result<_, _>>()?;
            (open + 1..close - 1, new.join(&style.comma))
        }]);
    }
    let flow = Flow::of(view)?;
    regions.iter().map(|region| flow.replaced(region)).collect()
}

/// A collection, and how its items are set apart.
struct Flow<'v, 't> {
    view: &'v View<'t>,
    style: write::Style,
}

impl<'v, 't> Flow<'v, 't> {
    fn of(view: &'v View<'t>) -> Result<Self, Unusual> {
        let text = view.text();
        let mut gaps = Vec::new();
        for pair in view.items.windows(2) {
            gaps.push(&text[view.end(pair[0])..view.start(pair[1])]);
        }
        let between = |gap: &&str| {
            let rest = gap.replacen(',', "", 1);
            gap.contains(',') && rest.chars().all(char::is_whitespace)
        };
        if !gaps.iter().all(between) {
            return Err(Unusual("something else than a comma stands between its items"));
        }
        let open = view.tree.token(view.at).start as usize + 1;
        let first = &text[open..view.start(view.items[0])];
        if !first.chars().all(char::is_whitespace) {
            return Err(Unusual("something stands before its first item"));
        }
        let lone = (gaps.is_empty() && first.contains('\n')).then(|| format!(",{first}"));
        let comma = gaps.first().map(|gap| (*gap).to_owned()).or(lone);
        Ok(Self { view, style: write::Style::of(view.tree, comma) })
    }

    /// Replaces some items by others; not all by none.
    fn replaced(&self, region: &Region<'_>) -> Result<Change, Unusual> {
        let (view, comma) = (self.view, &self.style.comma);
        let new: Vec<String> =
            region.new.iter().map(|piece| written(view, piece, &self.style)).collect::<Result<_, _>>()?;
        let new = new.join(comma);
        let (from, to) = (region.gone.start, region.gone.end);
        let start = |at: usize| view.start(view.items[at]);
        let end = |at: usize| view.end(view.items[at]);
        Ok(if to < view.items.len() {
            if new.is_empty() {
                (start(from)..start(to), new)
            } else if from == to {
                (start(to)..start(to), new + comma)
            } else {
                (start(from)..end(to - 1), new)
            }
        } else if from == 0 {
            (start(0)..end(to - 1), new)
        } else {
            let comma = if new.is_empty() { "" } else { comma };
            (end(from - 1)..end(to - 1), format!("{comma}{new}"))
        })
    }
}

fn written(view: &View<'_>, piece: &Piece, style: &write::Style) -> Result<String, Unusual> {
    let copied = |view: &View<'_>, at: usize| {
        let item = *view.items.get(at).ok_or(Unusual("there is no such item"))?;
        Ok(view.text()[view.start(item)..view.end(item)].to_owned())
    };
    match piece {
        Piece::Kept(at) => copied(view, *at),
        Piece::Copy(other, at) => {
            let other = View::of(other.node())?;
            if !other.tree.token(other.at).flow {
                return Err(Unusual("an item on lines of its own cannot be copied into brackets"));
            }
            copied(&other, *at)
        }
        Piece::Item(value) => Ok(style.flow(view.tree, None, value)),
        Piece::Member(key, value) => Ok(style.flow(view.tree, Some(key), value)),
    }
}

/// Writes items on lines of their own in place of a collection that was empty, as YAML has it.
fn lines(view: &View<'_>, parent: Option<u32>, pieces: &[Piece]) -> Result<Change, Unusual> {
    let token = view.tree.token(view.at);
    let text = view.text();
    let (open, close) = (token.start as usize, token.end as usize);
    let around = usize::try_from(token.parent).ok();
    // What is copied keeps its own.
    let copied = pieces.iter().find_map(|piece| match piece {
        Piece::Copy(other, _) => Some(write::Layout::of(other.node().tree())),
        Piece::Kept(_) | Piece::Item(_) | Piece::Member(..) => None,
    });
    let layout = copied.unwrap_or_else(|| write::Layout::of(view.tree));
    let member = parent.is_some_and(|parent| view.tree.token(parent).kind == crate::syntax::Kind::Map);
    let column = match around {
        None => 0,
        Some(around) if member => around + if view.is_map() { layout.map } else { layout.list },
        Some(around) => around + 2,
    };
    let line_end = write::line_end(text);
    let margin = " ".repeat(column);
    let mut new = Vec::new();
    for piece in pieces {
        new.push(match piece {
            Piece::Item(value) => write::block(view.tree, None, value, column),
            Piece::Member(key, value) => write::block(view.tree, Some(key), value, column),
            Piece::Copy(other, at) => super::block::copied(other, *at, column, line_end)?,
            Piece::Kept(_) => return Err(Unusual("there is no such item")),
        });
    }
    let new = new.join(&format!("{line_end}{margin}"));
    Ok(if member {
        let before = text[..open].trim_end_matches(' ').len();
        (before..close, format!("{line_end}{margin}{new}"))
    } else {
        (open..close, new)
    })
}
