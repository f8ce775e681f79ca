//! vcr (R) from version 2.0: the layout of Ruby's VCR, but a bare status and bodies as `{string}` or `{raw_gzip}`.

use super::ruby_vcr::{Recorder, interactions};
use super::{File, Format};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;

pub(super) struct RVcr;

impl Format for RVcr {
    fn name(&self) -> &'static str {
        "r-vcr"
    }

    fn about(&self) -> &'static str {
        "vcr (R), YAML and JSON"
    }

    fn looks(&self) -> &'static str {
        "`http_interactions` with a bare `status`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["http_interactions", "request", "uri"]
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(recorder) = Recorder::of(file) else { return Fit::No };
        let status = recorder.first.and_then(|first| first.at(&["response", "status"]));
        Fit::sure_if(recorder.is("VCR-vcr/"))
            .max(Fit::maybe_if(status.is_some_and(|status| !status.is_map() && !status.is_null())))
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        interactions(file).into()
    }
}
