//! Tests over a directory of real cassettes, named by the environment variable `CASSETTE_CORPUS`.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::oracle::{events, is_same_two_ways, source};
use super::{Tree, yaml};

/// Returns the files below the corpus with one of the endings, or nothing if there is no corpus.
fn corpus(endings: &[&str]) -> Vec<PathBuf> {
    let Some(root) = std::env::var_os("CASSETTE_CORPUS") else {
        #[expect(clippy::print_stderr, reason = "says why nothing was tested")]
        {
            eprintln!("CASSETTE_CORPUS names no directory: not run");
        }
        return Vec::new();
    };
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(root)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn text(path: &Path) -> Option<String> {
    let mut bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut inside = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut inside).unwrap();
        bytes = inside;
    }
    String::from_utf8(bytes).ok()
}

#[test]
fn every_yaml_file_reads_as_libyaml_reads_it() {
    let (mut refused, mut slow) = (Vec::new(), Vec::new());
    let files = corpus(&[".yaml", ".yml", ".yaml.gz", ".yml.gz"]);
    for path in &files {
        let Some(text) = text(path) else {
            refused.push(path.clone());
            continue;
        };
        if yaml::readers::fast(&source(&text)).is_none() {
            slow.push(path.clone());
        }
        match (Tree::yaml(source(&text)), libyaml_oracle::events(&text)) {
            (Ok(tree), Ok(theirs)) => {
                assert!(events(&tree) == theirs, "{path:?}");
                assert!(is_same_two_ways(&text), "{path:?}");
            }
            (Err(_), Err(_)) => refused.push(path.clone()),
            (ours, theirs) => panic!("{path:?}: {:?} {:?}", ours.err(), theirs.err()),
        }
    }
    assert_eq!(refused, Vec::<PathBuf>::new());
    assert_eq!(slow, Vec::<PathBuf>::new());
}
