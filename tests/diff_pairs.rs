//! What holds of every pair of recordings: nothing differs from itself, and whichever comes first, the same things are
//! paired. Over real cassettes wherever `CASSETTE_CORPUS` names a folder of them, else over the samples.

use std::fs;
use std::path::PathBuf;

use cassette::diff::{self, Diff, Known, Options};
use cassette::load::{self, Recording};
use cassette::text::SourceId;

use crate::support::{corpus, files, samples};

fn all() -> Vec<PathBuf> {
    corpus().map_or_else(samples, |folder| files(&folder))
}

fn read(path: &PathBuf) -> Option<Recording> {
    load::read(SourceId(0), fs::read(path).ok()?, None).ok()
}

#[test]
fn nothing_differs_from_itself() {
    let known = Known::default();
    let mut read_ones = 0;
    for path in all() {
        let (Some(one), Some(other)) = (read(&path), read(&path)) else { continue };
        for options in [Options::default(), Options { events: true, threads: 2 }] {
            let diff = diff::compare(&one, &other, &known, options);
            let told: Vec<_> = diff.all().map(|(_, each)| each).collect();
            assert!(told.is_empty(), "{}: {told:#?}", path.display());
        }
        read_ones += 1;
    }
    assert!(read_ones > 100, "{read_ones} recordings");
}

/// Numbers of interactions, in the old recording and in the new one.
type Numbers = Vec<(Option<usize>, Option<usize>)>;

/// Returns what is paired, and whether anything differs that means something.
fn gist(diff: &Diff, turned: bool) -> (Numbers, bool) {
    let pair = |pair: &diff::Pair| if turned { (pair.new, pair.old) } else { (pair.old, pair.new) };
    let mut pairs: Vec<_> = diff.pairs.iter().map(pair).collect();
    pairs.sort_unstable();
    (pairs, diff.all().any(|(_, each)| !each.class.is_noise()))
}

#[test]
fn whichever_comes_first_the_same_things_are_paired() {
    let known = Known::default();
    let mut before: Option<(PathBuf, Recording)> = None;
    for path in all() {
        let Some(new) = read(&path) else { continue };
        // Neighbours are often the same test with another model.
        if let Some((name, old)) = &before {
            let there = gist(&diff::compare(old, &new, &known, Options::default()), false);
            let back = gist(&diff::compare(&new, old, &known, Options::default()), true);
            assert_eq!(there, back, "{} and {}", name.display(), path.display());
        }
        before = Some((path, new));
    }
}
