//! Ways through a tree, as people write them: `response.body.choices[0].message.content`.

use std::fmt;

/// A way through a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The steps, from the root.
    pub steps: Vec<Step>,
}

/// One step of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a member: `.name`, or `["a name"]` for one with dots or brackets in it.
    Name(String),
    /// To an item of a list, from 0; below 0 from the end: `[0]`, `[-1]`.
    Index(i64),
    /// To any member or item: `.*`, `[*]`.
    Any,
    /// Over any number of steps: `.**`.
    Deep,
}

/// A step that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken<'n> {
    /// To a member.
    Name(&'n str),
    /// To an item.
    Index(usize),
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// Offset of the trouble in the text.
    pub offset: usize,
    /// What is wrong there.
    pub message: &'static str,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.message, self.offset + 1)
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// Reads a path. A `$` at the beginning stands for the root and may be left out.
    ///
    /// # Errors
    /// [`PathError`] with the place of what cannot be read.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut steps = Vec::new();
        let mut at = usize::from(text.starts_with('$'));
        let fail = |offset, message| Err(PathError { offset, message });
        while at < text.len() {
            let rest = &text[at..];
            if rest.starts_with('[') {
                let Some(end) = close(rest) else { return fail(at, "a `[` without its `]`") };
                match bracket(&rest[1..end]) {
                    Some(step) => steps.push(step),
                    None => return fail(at + 1, "neither a number, nor `*`, nor a name in quotes"),
                }
                at += end + 1;
                continue;
            }
            let name = match rest.strip_prefix('.') {
                Some(name) => {
                    at += 1;
                    name
                }
                None if steps.is_empty() && !text.starts_with('$') => rest,
                None => return fail(at, "a `.` or a `[` is missing"),
            };
            let length = name.find(['.', '[']).unwrap_or(name.len());
            match &name[..length] {
                "" => return fail(at, "a name is missing"),
                "*" => steps.push(Step::Any),
                "**" => steps.push(Step::Deep),
                name => steps.push(Step::Name(name.to_owned())),
            }
            at += length;
        }
        if steps.is_empty() { fail(0, "there is no step in it") } else { Ok(Self { steps }) }
    }

    /// Returns whether steps that were taken are this way. Names are compared by `same`.
    #[must_use]
    pub fn is(&self, taken: &[Taken<'_>], same: impl Fn(&str, &str) -> bool + Copy) -> bool {
        is(&self.steps, taken, same)
    }
}

fn is(steps: &[Step], taken: &[Taken<'_>], same: impl Fn(&str, &str) -> bool + Copy) -> bool {
    let Some((step, rest)) = steps.split_first() else { return taken.is_empty() };
    if *step == Step::Deep {
        return (0..=taken.len()).any(|skipped| is(rest, &taken[skipped..], same));
    }
    let Some((first, left)) = taken.split_first() else { return false };
    let fits = match (step, first) {
        (Step::Any, _) => true,
        (Step::Name(name), Taken::Name(taken)) => same(name, taken),
        (Step::Index(index), Taken::Index(taken)) => usize::try_from(*index) == Ok(*taken),
        (Step::Name(_) | Step::Index(_) | Step::Deep, _) => false,
    };
    fits && is(rest, left, same)
}

/// Returns the offset of the bracket that closes the one a text begins with.
fn close(text: &str) -> Option<usize> {
    let quote = text.get(1..2).filter(|quote| matches!(*quote, "\"" | "'"));
    match quote {
        Some(quote) => text[2..].find(&format!("{quote}]")).map(|at| at + 3),
        None => text.find(']'),
    }
}

fn bracket(inside: &str) -> Option<Step> {
    if inside == "*" {
        return Some(Step::Any);
    }
    let quoted = |quote| inside.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let named = quoted('"').or_else(|| quoted('\'')).map(|name| Step::Name(name.to_owned()));
    named.or_else(|| inside.parse().ok().map(Step::Index))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            match step {
                Step::Name(name) if name.contains(['.', '[', ']']) => write!(f, "[\"{name}\"]")?,
                Step::Name(name) => write!(f, "{dot}{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Any => write!(f, "[*]")?,
                Step::Deep => write!(f, "{dot}**")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_written() {
        for text in ["request.headers.authorization", "a[0][-1].b", "a[*].b", "a.**.b", "a[\"b.c\"].d", "[0]"]
        {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Path::parse("$.a['b']").unwrap(), Path::parse("a.b").unwrap());
        for (text, offset) in [("", 0), ("a..b", 2), ("a[", 1), ("a[x]", 2), ("a[0]b", 4), ("a.", 2)] {
            assert_eq!(Path::parse(text).unwrap_err().offset, offset, "{text}");
        }
    }

    #[test]
    fn a_path_is_compared_step_by_step() {
        let way = [Taken::Name("body"), Taken::Name("choices"), Taken::Index(1), Taken::Name("text")];
        let is = |path: &str| Path::parse(path).unwrap().is(&way, |a, b| a == b);
        for path in
            ["body.choices[1].text", "body.choices[*].text", "body.**.text", "**.text", "**", "*.*.*.*"]
        {
            assert!(is(path), "{path}");
        }
        for path in
            ["body.choices[0].text", "body.choices.text", "body.choices[1]", "body.*.text", "**.choices"]
        {
            assert!(!is(path), "{path}");
        }
    }
}
