//! Promises that hold over real cassettes, wherever `CASSETTE_CORPUS` names a folder of them.

use std::fs;

use cassette::load;
use cassette::text::SourceId;

use crate::support::{corpus, files};

#[test]
fn no_real_cassette_makes_the_pipeline_panic_whole_or_cut() {
    let Some(folder) = corpus() else { return };
    for file in files(&folder) {
        let bytes = fs::read(&file).unwrap();
        let cut = bytes[..bytes.len() / 3].to_vec();
        for bytes in [bytes, cut] {
            let _ = load::read(SourceId(0), bytes, None);
        }
    }
}
