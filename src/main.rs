//! The `cassette` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    match cassette::cli::run() {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
