//! Masking: who only looks at a cassette sees no credential, in no layer. What finds them is what scrubs them.

use std::borrow::Cow;
use std::ops::Range;

use super::plan::{Finding, Scrubber};
use super::rule::Preset;
use super::values::Values;
use super::{Hit, Rules, What, rules, settle};
use crate::diagnostic::Diagnostic;
use crate::load::Recording;
use crate::rewrite::{self, Gone};
use crate::syntax::{Node, form};
use crate::text::Edit;

/// What stands on a screen in place of a credential.
pub const MASK: &str = "‹masked›";

const SHOW_SECRETS: &str = "--show-secrets shows the file as it is";

/// Finds credentials and takes them out of what is shown.
#[derive(Debug)]
pub struct Mask {
    scrubber: Scrubber,
}

impl Default for Mask {
    fn default() -> Self {
        let rules = Rules::new(rules::of(&[Preset::Secrets]));
        let scrubber = Scrubber { rules, placeholder: Cow::Borrowed(MASK), ..Scrubber::default() };
        Self { scrubber }
    }
}

impl Mask {
    /// Returns a recording with its credentials masked and nothing else changed; nothing if there is none in it.
    ///
    /// # Errors
    /// A [`Diagnostic`] if that cannot be done; then the recording must not be shown.
    pub fn masked(&self, recording: &Recording) -> Result<Option<Recording>, Diagnostic> {
        let findings = self.scrubber.findings(recording).map_err(|gave_up| gave_up.help(SHOW_SECRETS))?;
        hidden(recording, findings.iter())
    }

    /// Returns the credentials in a recording, to be found wherever they stand, also as JSON and forms spell them.
    #[must_use]
    pub fn credentials(&self, recording: &Recording) -> Credentials<'_> {
        let Ok(findings) = self.scrubber.findings(recording) else {
            return Credentials { unknown: true, ..Credentials::default() };
        };
        let found = findings.iter().map(|finding| finding.found.text.as_str());
        let spelled: Vec<String> = found.flat_map(|value| [value.to_owned(), form::encoded(value)]).collect();
        Credentials {
            values: Values::new(spelled.iter().map(String::as_str)),
            rules: Some(&self.scrubber.rules),
            unknown: false,
        }
    }
}

/// Returns a recording with what was found hidden and nothing else changed; nothing if that is nothing.
///
/// # Errors
/// As [`Mask::masked`].
pub fn hidden<'f>(
    recording: &Recording,
    findings: impl Iterator<Item = &'f Finding>,
) -> Result<Option<Recording>, Diagnostic> {
    let mut edits = Vec::new();
    for Finding { found, .. } in findings {
        if let Some(Gone::Item(collection, at)) = &found.gone {
            // What goes may hold more than one text.
            let node = collection.node();
            let item = node.item(*at).or_else(|| node.entries().nth(*at).map(|(_, value)| value));
            if let Some(item) = item {
                hide(item, &mut edits);
            }
        } else {
            let new = if found.number { "0" } else { MASK };
            edits.push(Edit::replace(&found.text, 0..found.text.len(), new));
        }
    }
    rewrite::disguised(recording, edits).map_err(|refused| {
        let message = format!("a credential in it cannot be masked: {}", refused.message);
        Diagnostic::error(message, refused.at).help(SHOW_SECRETS)
    })
}

/// Hides all texts of a value.
fn hide(node: Node<'_>, edits: &mut Vec<Edit>) {
    node.items().for_each(|item| hide(item, edits));
    node.entries().for_each(|(_, value)| hide(value, edits));
    edits.extend(node.string().map(|text| Edit::replace(&text, 0..text.len(), MASK)));
}

/// The credentials in a recording.
#[derive(Debug, Default)]
pub struct Credentials<'m> {
    values: Values,
    rules: Option<&'m Rules>,
    /// Whether not all of the recording could be looked at: then any text may be one.
    unknown: bool,
}

impl Credentials<'_> {
    /// Returns a text with a mask in the place of each of them.
    #[must_use]
    pub fn hidden_in(&self, text: &str) -> String {
        let mut hidden = String::new();
        let mut at = 0;
        for range in self.ranges(text) {
            hidden += &text[at..range.start];
            hidden += MASK;
            at = range.end;
        }
        hidden + &text[at..]
    }

    /// Returns where in a text they stand, in order.
    #[must_use]
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        if self.unknown {
            return std::iter::once(0..text.len()).collect();
        }
        let mut hits = Vec::new();
        self.values.find(text, |value, range, _| hits.push(Hit { what: What::Value(value), range }));
        if let Some(rules) = self.rules {
            rules.in_text(text, &mut hits);
        }
        settle(&mut hits);
        hits.into_iter().map(|hit| hit.range).collect()
    }
}
