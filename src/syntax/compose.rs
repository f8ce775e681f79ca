//! New YAML texts, for those who write a whole file: collections in lines of their own, scalars quoted where they must be.

use super::yaml;

/// A value to write.
#[derive(Clone, Debug)]
pub enum Value {
    /// Written as it is: a number, `null`, `[]`.
    Raw(String),
    /// Text, which every reader takes for text.
    Text(String),
    /// A tag and what stands behind it on the same line.
    Tagged(&'static str, String),
    /// Keys and values.
    Map(Vec<(String, Value)>),
    /// Items.
    List(Vec<Value>),
}

impl Value {
    /// Returns a text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Returns a number.
    #[must_use]
    pub fn number(number: impl std::fmt::Display) -> Self {
        Self::Raw(format!("{number}"))
    }

    /// Returns a mapping.
    #[must_use]
    pub fn map<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Map(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

/// How a recorder's YAML library lays texts out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// How far mappings are indented.
    pub map: usize,
    /// How far lists in mappings are indented.
    pub list: usize,
    /// Whether what is no ASCII is escaped.
    pub ascii: bool,
}

/// Returns a mapping as a document, without a marker at its beginning.
#[must_use]
pub fn document(members: &[(String, Value)], layout: Layout) -> String {
    let mut out = String::new();
    layout.members(members, 0, &mut out);
    out.push('\n');
    out
}

impl Layout {
    fn members(self, members: &[(String, Value)], column: usize, out: &mut String) {
        for (at, (key, value)) in members.iter().enumerate() {
            if at > 0 {
                line(column, out);
            }
            *out += &yaml::spelled(self.ascii, key, column, yaml::Where::Key);
            out.push(':');
            match value {
                Value::Map(inner) if !inner.is_empty() => line(next(column, self.map), out),
                Value::List(items) if !items.is_empty() => line(next(column, self.list), out),
                _ => out.push(' '),
            }
            let inside = if matches!(value, Value::List(_)) { self.list } else { self.map };
            self.value(value, next(column, inside), column, out);
        }
    }

    /// Writes a value: a collection from a column on, a scalar in a collection at `outer`.
    fn value(self, value: &Value, column: usize, outer: usize, out: &mut String) {
        match value {
            Value::Map(members) if members.is_empty() => *out += "{}",
            Value::List(items) if items.is_empty() => *out += "[]",
            Value::Map(members) => self.members(members, column, out),
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        line(column, out);
                    }
                    *out += "- ";
                    self.value(item, column + 2, column, out);
                }
            }
            Value::Raw(text) => *out += text,
            Value::Text(text) => *out += &yaml::spelled(self.ascii, text, outer, yaml::Where::Value),
            Value::Tagged(tag, text) => {
                *out += tag;
                out.push(' ');
                *out += text;
            }
        }
    }
}

/// Returns the column of what is indented below another column: libraries count in whole steps.
fn next(column: usize, step: usize) -> usize {
    column.checked_div(step).map_or(column, |steps| (steps + 1) * step)
}

fn line(column: usize, out: &mut String) {
    out.push('\n');
    *out += &" ".repeat(column);
}
