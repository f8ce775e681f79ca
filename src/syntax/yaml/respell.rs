//! How an edit of a scalar is written.

use super::super::Tree;
use crate::text::{Change, Run, Spelling, Unspellable};

#[derive(Debug)]
pub(in super::super) struct Spelled;

impl Spelled {
    pub(in super::super) fn of(_tree: &Tree, _at: u32) -> Self {
        Self
    }
}

impl Spelling for Spelled {
    fn name(&self) -> &'static str {
        "yaml"
    }
    fn runs(&self, _outer: &[u8]) -> Vec<Run> {
        Vec::new()
    }
    fn respell(&self, _: &[u8], _: &[u8], _: &[Run], _: &[Change]) -> Result<Vec<Change>, Unspellable> {
        Err(Unspellable("not yet".into()))
    }
}
