//! All rules, in one table a preset.

mod identity;
mod ids;
mod pii;
mod secret_names;
mod secrets;
mod services;
mod volatile;

use std::ops::Range;

use super::clean::is_placeholder;
use super::rule::{Preset, Rule};

/// Returns all rules.
#[must_use]
pub fn all() -> Vec<Rule> {
    of(&Preset::ALL)
}

/// Returns the rules of some presets.
#[must_use]
pub fn of(presets: &[Preset]) -> Vec<Rule> {
    let tables = [
        secrets::rules(),
        services::rules(),
        identity::rules(),
        ids::rules(),
        volatile::rules(),
        pii::rules(),
    ];
    tables.into_iter().flatten().filter(|rule| presets.contains(&rule.preset)).collect()
}

/// Returns a whole value, but for placeholders.
fn whole(value: &str) -> Vec<Range<usize>> {
    (!is_placeholder(value)).then_some(0..value.len()).into_iter().collect()
}

/// Returns a whole value.
fn entire(value: &str) -> Vec<Range<usize>> {
    std::iter::once(0..value.len()).collect()
}

/// Returns whether a name is one of some.
fn any(name: &str, names: &[&str]) -> bool {
    names.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::super::rule::Look;
    use super::super::{Hit, Rules, settle};
    use super::*;

    /// Returns what a rule finds in its example, marked as the example marks it.
    fn marked(rule: &Rule, text: &str) -> String {
        let rules = Rules::new(vec![rule.clone()]);
        let mut hits: Vec<Hit> = Vec::new();
        let value = match &rule.look {
            Look::Shape { .. } => text,
            Look::Named { kinds, .. } => {
                let (name, value) = text.split_once(": ").expect("the example is `name: value`");
                let name = name.replace('_', if kinds.iter().any(|kind| kind.is_field()) { "" } else { "_" });
                assert!(
                    kinds.iter().all(|kind| !rules.named(*kind, &name).is_empty()),
                    "{}: its name",
                    rule.name
                );
                rules.in_value(0, value, &mut hits);
                value
            }
            Look::Path { .. } => unreachable!("no built-in rule goes by a place"),
        };
        rules.in_text(value, &mut hits);
        settle(&mut hits);
        let mut out = text[..text.len() - value.len()].to_owned();
        let mut at = 0;
        for Hit { range, .. } in hits {
            out.extend([&value[at..range.start], "«", &value[range.clone()], "»"]);
            at = range.end;
        }
        out + &value[at..]
    }

    #[test]
    fn every_rule_finds_what_its_example_marks() {
        let rules = all();
        assert!(rules.len() > 100, "there are {} rules", rules.len());
        for rule in rules {
            let text = rule.example.replace(['«', '»'], "");
            assert_eq!(marked(&rule, &text), rule.example, "{}", rule.name);
        }
    }

    #[test]
    fn the_key_of_a_provider_is_no_part_of_a_word() {
        for rule in all().iter().filter(|rule| rule.example.starts_with('«') && rule.example.ends_with('»'))
        {
            let key = rule.example.replace(['«', '»'], "");
            let picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk".repeat(2);
            for text in [format!("x{key}"), format!("{picture}{key}{picture}")] {
                assert_eq!(marked(rule, &text), text, "{}", rule.name);
            }
        }
    }

    #[test]
    fn no_rule_finds_a_placeholder() {
        for rule in all().iter().filter(|rule| rule.preset == Preset::Secrets) {
            let (front, rest) = rule.example.split_once('«').unwrap();
            let (_, back) = rest.rsplit_once('»').unwrap();
            for placeholder in
                ["REDACTED", "<API_KEY>", "**REDACTED**", "FILTERED", "your-api-key", "‹masked›"]
            {
                let text = format!("{front}{placeholder}{back}");
                assert_eq!(marked(rule, &text), text, "{}", rule.name);
            }
        }
    }

    #[test]
    fn no_shape_is_shorter_than_texts_that_are_passed_over() {
        for rule in all() {
            if let Look::Shape { keywords, pattern, .. } = &rule.look
                && !keywords.is_empty()
            {
                let least = regex_syntax::parse(pattern).unwrap().properties().minimum_len().unwrap();
                assert!(least >= super::super::shapes::SHORTEST, "{}: {least}", rule.name);
            }
        }
    }
}
