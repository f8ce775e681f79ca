//! What a call of a model provider is about that generates nothing: embeddings, files, batches …

use super::Reply;
use crate::text::Text;

/// What a call that generates nothing asks and gives back.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What kind of call it is, such as `embeddings`.
    pub kind: &'static str,
    /// Who served it, as far as the host tells.
    pub service: Option<&'static str>,
    /// The model asked for.
    pub model: Option<Text>,
    /// What is worth telling.
    pub facts: Vec<Fact>,
    /// Tokens, what went wrong, and where an answer is only fetched, that answer.
    pub reply: Reply,
}

/// Something worth telling.
#[derive(Clone, Debug)]
pub enum Fact {
    /// A number of things; the noun is in the singular.
    Count(u64, &'static str),
    /// The provider's own word, such as a status, a name or an id.
    Word(Text),
    /// Text that was sent or came back.
    Quote(Text),
}
