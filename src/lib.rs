//! Recorded HTTP traffic of LLM applications: read it, show it, compare it, scrub it, edit it, without losing a byte.
//!
//! Bytes flow up, edits flow down the same way:
//!
//! ```text
//! file bytes
//!   → syntax    YAML and JSON as a tree whose every scalar knows its source bytes
//!   → format    go-vcr, vcrpy …: tree → interactions with request and response
//!   → codec     base64, gzip, brotli, zstd …: what a body is wrapped in
//!   → stream    server-sent events …: body → events
//!   → provider  OpenAI chat …: request and events → exchange
//!   → chat      messages, parts, tool calls, usage; conversations
//!   → view      answers as plain serialisable structs and blocks
//!   → render    terminal, markdown
//! ```
//!
//! [`load`] is that pipeline on one page. `docs/ARCHITECTURE.md` tells how to add to it.

pub mod text;

pub mod diagnostic;

pub mod fit;

pub mod syntax;

pub mod codec;

pub mod cassette;

pub mod format;

pub mod stream;

pub mod chat;

pub mod price;

pub mod provider;

pub mod load;

pub mod rewrite;

pub mod edit;

pub mod scrub;

pub mod diff;

pub mod convert;

pub mod view;

pub mod render;

pub mod cli;
