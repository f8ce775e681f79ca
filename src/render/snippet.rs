//! A diagnostic with its source line.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::harmless;
use crate::diagnostic::{Diagnostic, Severity};
use crate::view::place;

/// Columns shown of a source line on each side of the place: a line of a recording may be megabytes long.
const AROUND: usize = 40;

/// Returns a diagnostic as text: message, `path:line:column`, the source line around the place, what helps. The line and
/// column are those of `place`, or else counted in the source.
///
/// Values that look like credentials are masked in the source line.
#[must_use]
pub fn render(
    diagnostic: &Diagnostic,
    path: &str,
    source: Option<&str>,
    place: Option<place::Place>,
    colour: bool,
) -> String {
    let level = match diagnostic.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let message = without_quoted_credentials(&harmless(&diagnostic.message));
    let path = harmless(path).into_owned();
    let help = diagnostic.help.as_deref().map(harmless);
    let at = source.zip(diagnostic.at).map(|(source, span)| (source, span.start.min(source.len())));
    let cut = at.map(|(source, offset)| excerpt(source, offset, place));
    let title = level.primary_title(message.as_str());
    let mut group = match &cut {
        Some(cut) => {
            let mark = AnnotationKind::Primary.span(cut.at..cut.at + cut.length);
            let snippet =
                Snippet::source(cut.text.as_str()).line_start(cut.place.line).path(&path).annotation(mark);
            title.element(snippet)
        }
        None => title.element(annotate_snippets::Origin::path(&path)),
    };
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(&**help));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let groups: [Group<'_>; 1] = [group];
    let text = renderer.render(&groups);
    match &cut {
        // The excerpt begins in the middle of the line: the column is that of the file.
        Some(cut) => {
            let (from, to) = (format!(":{}:{}", cut.place.line, cut.column), cut.place);
            text.replacen(&from, &format!(":{}:{}", to.line, to.column), 1)
        }
        None => text,
    }
}

struct Excerpt {
    text: String,
    at: usize,
    length: usize,
    /// Column of the place in the excerpt.
    column: usize,
    place: place::Place,
}

/// Returns the source line around an offset, harmless and without credentials.
fn excerpt(source: &str, offset: usize, place: Option<place::Place>) -> Excerpt {
    let offset = (0..=offset).rev().find(|&at| source.is_char_boundary(at)).unwrap_or(0);
    let start = source[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = source[offset..].find(['\n', '\r']).map_or(source.len(), |at| offset + at);
    let back = source[start..offset].char_indices().rev().nth(AROUND).map_or(start, |(at, _)| start + at);
    let ahead = source[offset..end].char_indices().nth(AROUND).map_or(end, |(at, _)| offset + at);
    let before = masked(&harmless(&source[back..offset])).replace('\n', "⏎");
    let after = masked(&harmless(&source[offset..ahead])).replace('\n', "⏎");
    let (lead, tail) = (if back > start { "…" } else { "" }, if ahead < end { "…" } else { "" });
    let word =
        after.chars().take_while(|c| !c.is_whitespace() && *c != ':').map(char::len_utf8).sum::<usize>();
    let at = lead.len() + before.len();
    let text = format!("{lead}{before}{after}{tail}");
    let column = text[..at].chars().count() + 1;
    let length = word.min(text.len() - at).max(usize::from(at < text.len()));
    // The mark must end between characters, also where it is as long as one.
    let length = (length..=text.len() - at).find(|length| text.is_char_boundary(at + length)).unwrap_or(0);
    let place = place.unwrap_or_else(|| place::of(source.as_bytes(), offset));
    Excerpt { text, at, length, column, place }
}

/// Returns a message; what it quotes of a recording may be a credential.
fn without_quoted_credentials(message: &str) -> String {
    let mut quoted = false;
    let parts = message.split_inclusive('"').map(|part| {
        let shown = if quoted { masked(part) } else { part.to_owned() };
        quoted = !quoted;
        shown
    });
    parts.collect()
}

/// Returns a piece of a source line without what may be a credential: whatever follows a telling name, and every
/// long word of letters and digits.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut telling = false;
    for word in
        text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '=' | ':' | '&'))
    {
        let core = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let lower = core.to_ascii_lowercase();
        let long = core.len() >= 20 && core.bytes().any(|byte| byte.is_ascii_digit());
        if long || (telling && core.len() >= 6) {
            out.push('‹');
            out.push_str("masked›");
            out.push_str(&word[core.len()..]);
            continue;
        }
        let names = [
            "authorization",
            "cookie",
            "token",
            "secret",
            "password",
            "api-key",
            "api_key",
            "apikey",
            "bearer",
        ];
        telling |= names.iter().any(|name| lower.ends_with(name));
        out.push_str(word);
    }
    out
}
