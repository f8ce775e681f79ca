//! Every sample is shown as the transcript beside it says, and no damage to it makes the program panic.
//!
//! `CASSETTE_BLESS=1 cargo test` writes the transcripts anew. Read what changed before you commit it.

use std::fs;
use std::path::Path;

use cassette::load;
use cassette::text::SourceId;

use crate::support::{cassette, relative, samples};

#[test]
fn every_sample_reads_as_its_transcript_says() {
    let bless = std::env::var_os("CASSETTE_BLESS").is_some();
    let mut wrong = Vec::new();
    for sample in samples() {
        let name = relative(&sample);
        let ran = cassette(&["show", "--format", "markdown", &name]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        let beside = Path::new(&format!("{}.md", sample.display())).to_owned();
        if bless {
            fs::write(&beside, &ran.out).unwrap();
        }
        if fs::read_to_string(&beside).unwrap_or_default() != ran.out {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "the transcript beside these samples says something else: {wrong:#?}");
}

#[test]
fn a_sample_damaged_anywhere_is_read_or_refused_and_never_panics() {
    for sample in samples() {
        let bytes = fs::read(&sample).unwrap();
        // Some sixty places over the file, so that the test stays quick.
        let step = (bytes.len() / 60).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let cut = bytes[..at].to_vec();
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x15;
            let mut without = bytes.clone();
            without.drain(at..(at + 7).min(bytes.len()));
            for damaged in [cut, flipped, without] {
                let _ = load::read(SourceId(0), damaged, None);
            }
        }
    }
}
