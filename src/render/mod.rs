//! Finished answers as bytes: for terminals, for markdown, and errors with their source line.

pub mod csv;
mod cut;
mod harmless;
pub mod markdown;
pub mod snippet;
mod table;
pub mod terminal;

pub use harmless::harmless;
