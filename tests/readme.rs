//! The commands of the README do what it says.

use std::fs;

use crate::support::cassette;

/// What the readme says of a command line.
struct Example {
    command: String,
    output: String,
    /// What `echo $?` prints behind it, or 0.
    code: i32,
}

/// Returns the examples: command lines of the program after a `$`, and what stands below them up to the next one or
/// the end of the block.
fn examples(readme: &str) -> Vec<Example> {
    let blocks = readme.split("```").skip(1).step_by(2).filter(|block| block.starts_with("console\n"));
    let mut found: Vec<Example> = Vec::new();
    let mut lines = blocks.flat_map(|block| block.lines().skip(1));
    while let Some(line) = lines.next() {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some("echo $?"), Some(example)) => {
                example.code = lines.next().and_then(|code| code.parse().ok()).expect("an exit code");
            }
            (Some(command), _) => {
                found.push(Example { command: command.to_owned(), output: String::new(), code: 0 });
            }
            (None, Some(example)) => {
                example.output.push_str(line);
                example.output.push('\n');
            }
            (None, None) => panic!("output before the first command: {line}"),
        }
    }
    found
}

#[test]
fn examples_print_what_the_readme_says() {
    let readme = fs::read_to_string("README.md").unwrap();
    let examples = examples(&readme);
    assert!(!examples.is_empty());
    for Example { command, output, code } in examples {
        let words: Vec<_> = command.split_whitespace().collect();
        assert_eq!(words[0], "cassette", "{command}");
        let ran = cassette(&words[1..]);
        assert_eq!((ran.code, ran.out.trim_end()), (code, output.trim_end()), "{command}: {}", ran.err);
    }
}

#[test]
fn the_first_commands_are_those_of_a_fresh_machine() {
    let readme = fs::read_to_string("README.md").unwrap();
    let job = readme.lines().find_map(|line| line.strip_prefix("cargo run --release -- ")).unwrap();
    let ran = cassette(&job.split_whitespace().collect::<Vec<_>>());
    assert_eq!(ran.code, 0, "{job}: {}", ran.err);
    assert!(readme.lines().any(|line| line == "cargo test"));
}
