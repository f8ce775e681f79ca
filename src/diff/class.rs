//! What a difference is about, and whether it means anything.

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// An interaction that is new, gone or elsewhere.
    Interaction,
    /// The method.
    Method,
    /// The address.
    Url,
    /// A header.
    Header,
    /// The model.
    Model,
    /// A setting of a request.
    Parameter,
    /// A tool on offer.
    Tool,
    /// A message of a request.
    Message,
    /// The status of a response.
    Status,
    /// Why an answer ended.
    Finish,
    /// What the model says.
    Text,
    /// What the model thinks.
    Reasoning,
    /// A tool that the model calls.
    ToolCall,
    /// Tokens.
    Usage,
    /// What went wrong.
    Error,
    /// Whether an answer is a stream, and whether that came to its end.
    Stream,
    /// Anything else in a body.
    Body,
    /// What the recorder notes beside the exchange.
    Note,
    /// An id that stands for another one than elsewhere.
    Id,
    /// Ids, each renamed to the same one everywhere.
    Ids,
    /// When something was.
    Timestamps,
    /// How long something took.
    Timings,
    /// Headers that are different each time.
    Headers,
    /// Lengths of bodies.
    Lengths,
    /// Where streams and bodies are cut.
    Chunks,
    /// Builds of the provider.
    Fingerprints,
    /// Filler that hides lengths.
    Obfuscation,
    /// What only the provider can read.
    Signatures,
}

/// All classes: the name, and a line about it. The names of noise are those of its counts.
pub const CLASSES: &[(Class, &str, &str)] = &[
    (Class::Interaction, "interaction", "interactions that are new, gone or elsewhere"),
    (Class::Method, "method", "the method"),
    (Class::Url, "url", "the address"),
    (Class::Header, "header", "headers that mean something"),
    (Class::Model, "model", "the model asked for, and the one that answers"),
    (Class::Parameter, "parameter", "settings of a request"),
    (Class::Tool, "tool", "tools on offer, and the schemas of their arguments"),
    (Class::Message, "message", "messages of a request"),
    (Class::Status, "status", "the status"),
    (Class::Finish, "finish-reason", "why an answer ended"),
    (Class::Text, "text", "what the model says"),
    (Class::Reasoning, "reasoning", "what the model thinks"),
    (Class::ToolCall, "tool-call", "tools that the model calls"),
    (Class::Usage, "usage", "tokens"),
    (Class::Error, "error", "what went wrong"),
    (Class::Stream, "stream", "whether an answer is a stream and came to its end"),
    (Class::Body, "body", "anything else in a body"),
    (Class::Note, "note", "what the recorder notes beside the exchange"),
    (Class::Id, "id", "ids that stand for others than elsewhere"),
    (Class::Ids, "ids", "ids, each renamed to the same one everywhere"),
    (Class::Timestamps, "timestamps", "when something was"),
    (Class::Timings, "timings", "how long something took"),
    (Class::Headers, "headers", "headers that are different each time"),
    (Class::Lengths, "lengths", "lengths of bodies"),
    (Class::Chunks, "chunks", "where streams and bodies are cut"),
    (Class::Fingerprints, "fingerprints", "builds of the provider"),
    (Class::Obfuscation, "obfuscation", "filler that hides lengths"),
    (Class::Signatures, "signatures", "what only the provider can read"),
];

impl Class {
    /// Returns the name, as options and JSON have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        CLASSES.iter().find(|(class, ..)| *class == self).map_or("", |(_, name, _)| name)
    }

    /// Returns the class with a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        CLASSES.iter().find(|(_, known, _)| *known == name).map(|(class, ..)| *class)
    }

    /// Returns whether it is different each time and means nothing.
    #[must_use]
    pub fn is_noise(self) -> bool {
        self >= Self::Ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_name_of_its_own() {
        for (class, name, _) in CLASSES {
            assert_eq!((class.name(), Class::by_name(name)), (*name, Some(*class)));
        }
        assert!(Class::Signatures.is_noise() && Class::Ids.is_noise() && !Class::Id.is_noise());
    }
}
