//! Finished answers as bytes: for terminals, for markdown, and errors with their source line.

mod harmless;
pub mod markdown;
pub mod snippet;
pub mod terminal;

pub use harmless::harmless;
