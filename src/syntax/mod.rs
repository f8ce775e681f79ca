//! Trees with spans: YAML and JSON read into one shape, in which every scalar knows its source bytes; and HTTP as it
//! goes over the wire.

pub mod address;
pub mod compose;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod edits;
pub mod form;
pub mod http;
pub mod json;
mod like;
mod node;
#[cfg(test)]
mod oracle;
pub mod path;
mod rearrange;
#[cfg(test)]
mod tests;
mod tree;
mod verify;
pub mod yaml;

pub use node::{Node, Subtree};
pub use rearrange::{Piece, Rearranged, Unusual, rearrange, without};
pub use tree::{Kind, MAX_DEPTH, Syntax, SyntaxError, Token, Tree};
pub use verify::{Difference, verify};
