//! Trees with spans: YAML and JSON read into one shape, in which every scalar knows its source bytes.

pub mod json;
mod node;
#[cfg(test)]
mod tests;
mod tree;
pub mod yaml;

pub use node::{Node, Subtree};
pub use tree::{Kind, MAX_DEPTH, Syntax, SyntaxError, Token, Tree};
