//! All tests that need the program or the samples, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod arrange;
mod cli;
mod cli_diff;
mod cli_edit;
mod cli_editor;
mod cli_files;
mod cli_lists;
mod cli_scrub;
mod cli_scrub_layers;
mod convert;
mod corpus;
mod diff_mutations;
mod diff_pairs;
mod diff_structure;
mod docs;
mod edits;
mod format_facts;
mod formats;
mod readme;
mod removal;
mod rewrites;
mod samples;
mod structure;
mod support;
