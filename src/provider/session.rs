//! Sessions: connections on which both sides talk when they like, recorded message by message.
//!
//! Which messages make one exchange is the protocol's business: those of a turn may stand among others'.

use super::{Answered, Call, Url, gemini_live, mcp, openai_realtime};
use crate::chat::Exchange;
use crate::diagnostic::Parsed;
use crate::fit::{Fit, best};
use crate::syntax::Node;

/// One message of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'f> {
    /// Number of the entry that holds it.
    pub entry: usize,
    /// Whether the client sent it.
    pub sent: bool,
    /// What it says.
    pub data: Node<'f>,
}

/// What a call would be if messages were HTTP: the address of a connection is not recorded with them.
pub(super) const NO_CALL: Call<'static> = Call {
    method: "",
    url: Url { host: "", path: "", query: "" },
    request: None,
    status: None,
    headers: &[],
    response: Answered::Nothing,
};

/// Some messages that make one exchange.
#[derive(Debug)]
pub struct Turn {
    /// Numbers of the entries that tell it, at least one.
    pub entries: Vec<usize>,
    /// What was asked and answered.
    pub exchange: Exchange,
}

/// A protocol of connections.
pub trait Session: Sync {
    /// Returns how well messages fit, by their shape.
    fn fit(&self, frames: &[Frame<'_>]) -> Fit;

    /// Returns the turns that messages make. A message may belong to none.
    fn turns(&self, frames: &[Frame<'_>]) -> Parsed<Vec<Turn>>;
}

/// All protocols of connections; the order decides ties.
pub static SESSIONS: &[&dyn Session] =
    &[&openai_realtime::OpenAiRealtime, &gemini_live::GeminiLive, &mcp::Mcp];

/// Returns the turns of the protocol that fits messages best, if any does.
#[must_use]
pub fn turns(frames: &[Frame<'_>]) -> Parsed<Vec<Turn>> {
    best(SESSIONS, |session| session.fit(frames)).map(|session| session.turns(frames)).unwrap_or_default()
}
