//! How fast YAML cassettes are read: the files below the folder that `CASSETTE_BENCH` names, else the samples.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cassette::cassette::Beside;
use cassette::load;
use cassette::scrub::plan::Scrubber;
use cassette::syntax::{Kind, Node, Tree};
use cassette::text::{SourceId, Text};
use cassette::view::show;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// Returns the YAML files to read.
fn texts() -> Vec<Text> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut folders = vec![std::env::var_os("CASSETTE_BENCH").map_or(samples, PathBuf::from)];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
                && let Ok(text) = fs::read_to_string(path)
            {
                texts.push(Text::source(SourceId(0), text));
            }
        }
    }
    texts
}

fn size(texts: &[Text]) -> BytesCount {
    BytesCount::new(texts.iter().map(Text::len).sum::<usize>())
}

/// Bytes to tokens with spans.
#[divan::bench]
fn scan(bencher: Bencher) {
    let texts = texts();
    bencher.counter(size(&texts)).bench(|| {
        for text in &texts {
            let _ = black_box(Tree::yaml(text.clone()));
        }
    });
}

/// Tokens to the value of every scalar, with the map from each of its characters to its bytes.
#[divan::bench(name = "decode + map")]
fn decode_and_map(bencher: Bencher) {
    let texts = texts();
    let trees: Vec<_> = texts.iter().filter_map(|text| Tree::yaml(text.clone()).ok()).map(Arc::new).collect();
    bencher.counter(size(&texts)).bench(|| {
        for tree in &trees {
            tree.documents().for_each(map);
        }
    });
}

/// Asks for the value of every scalar and where its last character stands, which makes the map.
fn map(node: Node<'_>) {
    match node.kind() {
        Kind::Map => node.entries().for_each(|(key, value)| {
            map(key);
            map(value);
        }),
        Kind::List => node.items().for_each(map),
        _ => {
            if let Some(text) = node.text() {
                black_box(text.spans(text.len()..text.len()));
            }
        }
    }
}

/// Bytes to exchanges: trees, formats, codecs, streams, protocols.
#[divan::bench]
fn load(bencher: Bencher) {
    let texts = texts();
    bencher.counter(size(&texts)).bench(|| {
        for text in &texts {
            let _ = black_box(load::read(SourceId(0), text.as_str().as_bytes().to_vec(), None));
        }
    });
}

/// Bytes to what `show --format json` prints.
#[divan::bench]
fn show(bencher: Bencher) {
    let texts = texts();
    bencher.counter(size(&texts)).bench(|| {
        for text in &texts {
            let Ok(recording) = load::read(SourceId(0), text.as_str().as_bytes().to_vec(), None) else {
                continue;
            };
            let view = show::cassette("bench.yaml", &recording, &show::Options::default());
            let _ = black_box(serde_json::to_string(&view));
        }
    });
}

/// Bytes to what `scrub --check` finds.
#[divan::bench]
fn scrub(bencher: Bencher) {
    let texts = texts();
    let scrubber = Scrubber::default();
    bencher.counter(size(&texts)).bench(|| {
        for text in &texts {
            let bytes = text.as_str().as_bytes().to_vec();
            let beside = |_: &Beside| Err("no file is read beside it".to_owned());
            let Ok(recording) = load::read_bodies(SourceId(0), bytes, None, &beside) else { continue };
            let _ = black_box(scrubber.findings(&recording));
        }
    });
}
