//! Text cut to a number of columns, with `…` in place of what is gone.

use textwrap::core::display_width;

/// Returns the beginning of a text.
pub(super) fn end(text: &str, room: usize) -> String {
    if display_width(text) <= room {
        return text.to_owned();
    }
    format!("{}…", head(text, room.saturating_sub(1)))
}

/// Returns the beginning and the end of a text.
pub(super) fn middle(text: &str, room: usize) -> String {
    if display_width(text) <= room {
        return text.to_owned();
    }
    let keep = room.saturating_sub(1);
    format!("{}…{}", head(text, keep - keep / 2), tail(text, keep / 2))
}

fn head(text: &str, room: usize) -> &str {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let fits = ends.take_while(|&end| display_width(&text[..end]) <= room);
    &text[..fits.last().unwrap_or(0)]
}

fn tail(text: &str, room: usize) -> &str {
    let starts = text.char_indices().map(|(at, _)| at).rev();
    let fits = starts.take_while(|&start| display_width(&text[start..]) <= room);
    &text[fits.last().unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_fits_also_where_characters_are_wide() {
        assert_eq!(end("cassette", 8), "cassette");
        assert_eq!(end("cassettes", 8), "cassett…");
        assert_eq!(middle("samples/go-vcr/a.yaml", 11), "sampl….yaml");
        assert_eq!(middle("日本語のカセット", 9), "日本…ット");
        assert_eq!(end("日本", 3), "日…");
        assert_eq!(middle("ab", 0), "…");
    }
}
