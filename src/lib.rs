//! Recorded HTTP traffic of LLM applications: read it, show it, compare it, scrub it, without losing a byte.

pub mod codec;
pub mod diagnostic;
pub mod fit;
pub mod syntax;
pub mod text;
