//! Rows of plain facts as CSV (RFC 4180), for spreadsheets.

use serde_json::Value;

/// Appends a line with the names of all fields and one for each row. The rows are objects with the same fields.
pub fn render(rows: &[Value], out: &mut String) {
    let Some(Value::Object(first)) = rows.first() else { return };
    line(first.keys().cloned(), out);
    for row in rows {
        line(row.as_object().into_iter().flat_map(|row| row.values()).map(cell), out);
    }
}

fn line(cells: impl Iterator<Item = String>, out: &mut String) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}

/// Returns a value as a cell: nothing for null, words of a list side by side, anything else as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(cell).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let rows = serde_json::json!([
            {"a": 1, "b": "x, \"y\"", "c": null, "d": ["e", 2]},
            {"a": 1.5, "b": "two\nlines", "c": true, "d": {"e": []}},
        ]);
        let mut out = String::new();
        render(rows.as_array().unwrap(), &mut out);
        let want = "a,b,c,d\r\n1,\"x, \"\"y\"\"\",,e 2\r\n1.5,\"two\nlines\",true,\"{\"\"e\"\":[]}\"\r\n";
        assert_eq!(out, want);
    }
}
