//! YAML as recorders write it and libyaml (YAML 1.1) reads it.

use std::borrow::Cow;

use super::{SyntaxError, Token, Tree};
use crate::text::{Change, Run, Spelling, Text, Unspellable};

pub(super) fn read(text: Text) -> Result<Tree, SyntaxError> {
    let _ = text;
    Err(SyntaxError { offset: 0, message: "not yet".into() })
}

pub(super) fn value<'s>(source: &'s str, token: &Token) -> Cow<'s, str> {
    Cow::Borrowed(&source[token.start as usize..token.end as usize])
}

pub(super) fn typed(raw: &str) -> serde_json::Value {
    serde_json::Value::String(raw.to_owned())
}

#[derive(Debug)]
pub(super) struct Spelled;

impl Spelled {
    pub(super) fn of(_tree: &Tree, _at: u32) -> Self {
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
