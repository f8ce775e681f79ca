//! Streams that do not agree with themselves: the whole that they repeat in the end is not what their pieces make.

use crate::diagnostic::Diagnostic;
use crate::syntax::Node;

/// How it is told.
const DISAGREES: &str = "the stream's pieces and its end differ in their";

/// Returns whether a diagnostic says that a stream does not agree with itself.
#[must_use]
pub fn is_disagreement(diagnostic: &Diagnostic) -> bool {
    diagnostic.message.contains(DISAGREES)
}

/// Returns what there is to say of a stream whose pieces make something else than the whole it ends with.
pub(super) fn disagreement(what: &str, whole: Node<'_>) -> Diagnostic {
    let message = format!("{DISAGREES} {what}");
    whole.warning(message).help("one of the two was cut or edited; record it again, or change both")
}
