//! All tests that need the program or the samples, in one binary.

mod cli;
mod cli_files;
mod corpus;
mod formats;
mod formats_b;
mod readme;
mod samples;
mod structure;
mod support;
