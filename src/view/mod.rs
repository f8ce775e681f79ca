//! Answers to users' questions, as plain serialisable structs and as blocks for people.

pub mod block;
mod body;
mod brief;
pub mod changes;
pub mod diff;
pub mod events;
mod facts;
pub mod findings;
pub mod grep;
pub mod ls;
pub mod place;
pub mod raw;
pub mod show;
pub mod tools;
pub mod transcript;
pub mod usage;

pub use block::{Block, Column, Item, Line, Run, Style, Table};
pub use body::Unexplained;
pub use facts::Facts;
