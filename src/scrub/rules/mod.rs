//! All rules, in one table a preset.

mod identity;
mod ids;
mod pii;
mod secrets;
mod volatile;

use std::ops::Range;

use super::clean::is_placeholder;
use super::rule::{Preset, Rule};

/// Returns the rules of some presets.
#[must_use]
pub fn of(presets: &[Preset]) -> Vec<Rule> {
    let tables = [secrets::rules(), identity::rules(), ids::rules(), volatile::rules(), pii::rules()];
    tables.into_iter().flatten().filter(|rule| presets.contains(&rule.preset)).collect()
}

/// Returns a whole value, but for placeholders.
fn whole(value: &str) -> Vec<Range<usize>> {
    (!is_placeholder(value)).then_some(0..value.len()).into_iter().collect()
}

/// Returns whether a name is one of some.
fn any(name: &str, names: &[&str]) -> bool {
    names.contains(&name)
}
