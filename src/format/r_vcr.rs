//! vcr (R) from version 2.0: the layout of Ruby's VCR, but a bare status and bodies as `{string}` or `{raw_gzip}`.

use super::ruby_vcr::{Recorder, interactions, list};
use super::{Compared, File, Format};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

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

    fn matching_hint(&self, part: Compared) -> &'static str {
        match part {
            Compared::Url => "set `filter_query_parameters` or `filter_sensitive_data` in `vcr_configure()`",
            Compared::Headers => "leave `headers` out of `match_requests_on`",
            Compared::Body => {
                "set `filter_sensitive_data` in `vcr_configure()`, or leave `body` out of `match_requests_on`"
            }
        }
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(recorder) = Recorder::of(file) else { return Fit::No };
        let status = recorder.first.and_then(|first| first.at(&["response", "status"]));
        Fit::sure_if(recorder.is("VCR-vcr/"))
            .max(Fit::maybe_if(status.is_some_and(|status| !status.is_map() && !status.is_null())))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        list(file)
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        interactions(file).into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn the_status_is_bare_and_gzip_is_zlib() {
        let file = "http_interactions:
- request:
    method: GET
    uri: http://x/
  response:
    status: 200
    headers:
      a: b
    body:
      raw_gzip: |-
        eJzLyAQA
        ATsA0g==
  recorded_at: 2025-09-29 11:23:18
recorded_with: VCR-vcr/2.1.0
";
        assert_eq!(summary(&read(file)), ["r-vcr", "GET http://x/ - 200 hi"]);
        let unnamed = file.replace("recorded_with", "by");
        assert_eq!(summary(&read(&unnamed))[0], "r-vcr");
    }
}
