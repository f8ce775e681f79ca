//! What a difference is about, in a word or two, and its place as far as that tells more.

use super::Row;
use crate::diff::Class;
use crate::view::block::{Line, Style, run};

/// Returns what a difference is about, with its place as far as that tells more.
pub(super) fn label(row: &Row) -> Line {
    let place = row.place.strip_prefix("body.").unwrap_or(&row.place);
    let subject = row.subject.as_deref();
    let (word, rest) = match row.kind {
        Class::Message => (subject.unwrap_or("message"), message_place(place)),
        Class::Tool => ("tool", tool_place(subject, place)),
        Class::ToolCall => ("→", call_place(subject, place)),
        Class::Header | Class::Parameter | Class::Url | Class::Status | Class::Finish | Class::Model => {
            ("", place.to_owned())
        }
        Class::Method => ("method", String::new()),
        Class::Text | Class::Reasoning | Class::Usage | Class::Error => (row.class, unless(place, row.class)),
        Class::Id => ("id", place.to_owned()),
        _ => ("", place.to_owned()),
    };
    let style = match word {
        "system" => Style::System,
        "user" => Style::User,
        "tool" | "→" => Style::Tool,
        _ => Style::Strong,
    };
    let mut line = Vec::new();
    if !word.is_empty() {
        line.push(run(style, word));
    }
    if !rest.is_empty() {
        let gap = if word.is_empty() { "" } else { " " };
        line.push(run(if word.is_empty() { Style::Strong } else { Style::Dim }, format!("{gap}{rest}")));
    }
    line.push(run(Style::Plain, "  "));
    line
}

fn unless(place: &str, word: &str) -> String {
    let last = place.rsplit('.').next().unwrap_or(place);
    let inside = place.strip_prefix(word).and_then(|rest| rest.strip_prefix('.')).unwrap_or(place);
    if place == word || last == word || last == "content" { String::new() } else { inside.to_owned() }
}

/// Returns the number of a message and, where it is not plain content, the way in it.
fn message_place(place: &str) -> String {
    let Some((_, rest)) = place.split_once('[') else { return String::new() };
    let (number, inside) = rest.split_once(']').unwrap_or((rest, ""));
    let inside = inside.trim_start_matches('.');
    let plain = inside.is_empty()
        || inside == "content"
        || inside.rsplit('.').next() == Some("text")
            && inside.matches('.').count() < 3
            && !inside.contains("arguments");
    if plain { format!("[{number}]") } else { format!("[{number}] {inside}") }
}

fn tool_place(subject: Option<&str>, place: &str) -> String {
    let name = subject.unwrap_or("?");
    // One of several messages that were sent.
    let sent = place.strip_prefix("body[").and_then(|rest| rest.split_once("]."));
    let place = sent.map_or(place, |(_, inside)| inside);
    let inside = place.split_once("].").map_or("", |(_, rest)| rest);
    let inside = inside.strip_prefix("function.").unwrap_or(inside);
    let inside = inside.strip_prefix("parameters.").unwrap_or(inside).replace("properties.", "");
    if inside.is_empty() { name.to_owned() } else { format!("{name} {inside}") }
}

fn call_place(subject: Option<&str>, place: &str) -> String {
    let name = subject.unwrap_or("?");
    let inside = ["arguments.", "input.", "args."].iter().find_map(|key| Some(place.split_once(key)?.1));
    inside.map_or_else(|| name.to_owned(), |inside| format!("{name} {inside}"))
}
