//! Betamax (Python): JSON in the layout of Ruby's VCR; bodies that came compressed are so still, in `base64_string`.
//!
//! The first versions wrote bodies as scalars and the status as `status_code`.

use super::ruby_vcr::{Recorder, interactions};
use super::{File, Format};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;

pub(super) struct Betamax;

impl Format for Betamax {
    fn name(&self) -> &'static str {
        "betamax"
    }

    fn about(&self) -> &'static str {
        "Betamax (Python)"
    }

    fn looks(&self) -> &'static str {
        "`http_interactions` recorded with betamax"
    }

    fn words(&self) -> &'static [&'static str] {
        &["http_interactions", "betamax"]
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(recorder) = Recorder::of(file) else { return Fit::No };
        // Betamax alone keeps the response's address.
        let address = recorder.first.and_then(|first| first.at(&["response", "url"]));
        Fit::sure_if(recorder.is("betamax")).max(Fit::maybe_if(address.is_some()))
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        interactions(file).into()
    }
}
