//! New values, written like those around them.

use serde_json::Value;

use super::super::{Kind, Syntax, Tree, json, yaml};

/// Returns how a text's lines end.
pub(super) fn line_end(text: &str) -> &'static str {
    let first = text.find('\n').unwrap_or(0);
    if text[..first].ends_with('\r') { "\r\n" } else { "\n" }
}

/// How far collections are indented inside mappings.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) map: usize,
    pub(super) list: usize,
}

impl Layout {
    /// Returns the layout of a YAML text: that of its first mapping and list inside a mapping.
    pub(super) fn of(tree: &Tree) -> Self {
        let (mut map, mut list) = (None, None);
        for (at, token) in tree.tokens.iter().enumerate() {
            let below_key = at > 0 && tree.tokens[at - 1].key && !token.flow;
            let found = match token.kind {
                Kind::Map => &mut map,
                Kind::List => &mut list,
                _ => continue,
            };
            if below_key && found.is_none() {
                // What stands in a collection knows its column.
                let own = tree.tokens.get(at + 1).map_or(token.parent, |first| first.parent);
                *found = usize::try_from(own - token.parent.max(0)).ok();
            }
            if map.is_some() && list.is_some() {
                break;
            }
        }
        Self { map: map.unwrap_or(2).max(1), list: list.unwrap_or(0) }
    }
}

/// Returns an item or member on lines of its own that begins at a column; the first line is not indented.
pub(super) fn block(tree: &Tree, key: Option<&str>, value: &Value, column: usize) -> String {
    let layout = Layout::of(tree);
    let mut out = String::new();
    let place = Place { tree, layout, line_end: line_end(tree.text.as_str()) };
    match key {
        Some(key) => place.member(key, value, column, &mut out),
        None => place.item(value, column, &mut out),
    }
    out
}

/// Where a new value is written.
struct Place<'t> {
    tree: &'t Tree,
    layout: Layout,
    line_end: &'static str,
}

impl Place<'_> {
    fn member(&self, key: &str, value: &Value, column: usize, out: &mut String) {
        *out += &yaml::spelled(self.tree.ascii, key, column, yaml::Where::Key);
        out.push(':');
        match value {
            Value::Object(members) if !members.is_empty() => {
                self.line(column + self.layout.map, out);
                self.value(value, column + self.layout.map, out);
            }
            Value::Array(items) if !items.is_empty() => {
                self.line(column + self.layout.list, out);
                self.value(value, column + self.layout.list, out);
            }
            _ => {
                out.push(' ');
                self.value(value, column, out);
            }
        }
    }

    fn item(&self, value: &Value, column: usize, out: &mut String) {
        *out += "- ";
        self.value(value, column + 2, out);
    }

    fn value(&self, value: &Value, column: usize, out: &mut String) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (at, (key, value)) in members.iter().enumerate() {
                    if at > 0 {
                        self.line(column, out);
                    }
                    self.member(key, value, column, out);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.line(column, out);
                    }
                    self.item(item, column, out);
                }
            }
            Value::String(text) => *out += &yaml::spelled(self.tree.ascii, text, column, yaml::Where::Value),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) => {
                *out += &value.to_string();
            }
        }
    }

    fn line(&self, column: usize, out: &mut String) {
        *out += self.line_end;
        *out += &" ".repeat(column);
    }
}

/// How what stands in brackets is set apart.
pub(super) struct Style {
    pub(super) comma: String,
    colon: &'static str,
}

impl Style {
    /// Returns the style of a tree; `comma` is what stands between two items of the collection.
    pub(super) fn of(tree: &Tree, comma: Option<String>) -> Self {
        let spaced = || {
            let text = tree.text.as_str();
            let key = tree.tokens.iter().find(|token| token.key)?;
            Some(text[key.end as usize..].starts_with(": "))
        };
        let spaced = tree.syntax == Syntax::Yaml || spaced().unwrap_or(true);
        let comma = comma.unwrap_or_else(|| if spaced { ", " } else { "," }.to_owned());
        Self { comma, colon: if spaced { ": " } else { ":" } }
    }

    /// Returns an item or member.
    pub(super) fn flow(&self, tree: &Tree, key: Option<&str>, value: &Value) -> String {
        let mut out = String::new();
        if let Some(key) = key {
            string(tree, key, yaml::Where::FlowKey, &mut out);
            out += self.colon;
        }
        self.value(tree, value, &self.margin(), &mut out);
        out
    }

    /// Returns the line end and the indentation of an item that stands on a line of its own; nothing of others.
    fn margin(&self) -> String {
        let behind = self.comma.split_once(',').map_or("", |(_, behind)| behind);
        behind.find(['\r', '\n']).map_or("", |at| &behind[at..]).to_owned()
    }

    fn value(&self, tree: &Tree, value: &Value, margin: &str, out: &mut String) {
        let deeper = if margin.is_empty() { String::new() } else { format!("{margin}  ") };
        let apart = if margin.is_empty() {
            if self.colon == ": " { ", ".to_owned() } else { ",".to_owned() }
        } else {
            format!(",{deeper}")
        };
        match value {
            Value::Object(members) if !members.is_empty() => {
                *out += "{";
                for (at, (key, value)) in members.iter().enumerate() {
                    *out += if at == 0 { &deeper } else { &apart };
                    string(tree, key, yaml::Where::FlowKey, out);
                    *out += self.colon;
                    self.value(tree, value, &deeper, out);
                }
                *out += margin;
                *out += "}";
            }
            Value::Array(items) if !items.is_empty() => {
                *out += "[";
                for (at, item) in items.iter().enumerate() {
                    *out += if at == 0 { &deeper } else { &apart };
                    self.value(tree, item, &deeper, out);
                }
                *out += margin;
                *out += "]";
            }
            Value::String(text) => string(tree, text, yaml::Where::FlowValue, out),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) => {
                *out += &value.to_string();
            }
        }
    }
}

fn string(tree: &Tree, text: &str, place: yaml::Where, out: &mut String) {
    match tree.syntax {
        Syntax::Json => *out += &json::spelled(text, tree.ascii),
        Syntax::Yaml => *out += &yaml::spelled(tree.ascii, text, 0, place),
    }
}
