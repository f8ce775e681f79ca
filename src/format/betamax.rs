//! Betamax (Python): JSON in the layout of Ruby's VCR; bodies that came compressed are so still, in `base64_string`.
//!
//! The first versions wrote bodies as scalars and the status as `status_code`.

use super::ruby_vcr::{Recorder, interactions, list};
use super::write::Writer;
use super::{Compared, File, Format, Repeat, shape, write};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

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

    fn matching_hint(&self, part: Compared) -> &'static str {
        match part {
            Compared::Url => {
                "set `config.define_cassette_placeholder('REDACTED', os.environ['…'])`, or leave `uri` and `query` out of `match_on`"
            }
            Compared::Headers => "leave `headers` out of `match_on`",
            Compared::Body => {
                "set `config.define_cassette_placeholder('REDACTED', os.environ['…'])`, or leave `body` out of `match_on`"
            }
        }
    }

    fn fit(&self, file: &File) -> Fit {
        let Some(recorder) = Recorder::of(file) else { return Fit::No };
        // Betamax alone keeps the response's address.
        let address = recorder.first.and_then(|first| first.at(&["response", "url"]));
        Fit::sure_if(recorder.is("betamax")).max(Fit::maybe_if(address.is_some()))
    }

    fn writer(&self) -> Option<&'static Writer> {
        Some(&write::betamax::WRITER)
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        list(file)
    }

    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        shape::answered(entry, &["url"])
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        interactions(file).into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, read, summary};

    #[test]
    fn bodies_are_scalars_text_or_base64() {
        let file = r#"{"http_interactions": [
            {"request": {"body": "a=1", "headers": {"A": "b"}, "method": "POST", "uri": "http://x/"},
             "response": {"body": {"encoding": null, "base64_string": "H4sIAAAAAAAC/8vIBACsKpPYAgAAAA=="},
                          "headers": {"A": ["b", "c"]}, "status": {"code": 200, "message": "OK"}, "url": "http://x/"},
             "recorded_at": "2013-09-28T01:25:38"},
            {"request": {"body": {"encoding": "utf-8", "string": ""}, "headers": {}, "method": "GET", "uri": "http://y/"},
             "response": {"body": {"encoding": "utf-8", "string": "hi"}, "headers": {}, "status_code": 404}}],
            "recorded_with": "betamax/{version}"}"#;
        let recording = read(file);
        assert_eq!(summary(&recording), ["betamax", "POST http://x/ a=1 200 hi", "GET http://y/  404 hi"]);
        assert_eq!(recording.interactions[0].http.response.as_ref().unwrap().headers.len(), 2);
    }

    #[test]
    fn text_that_was_taken_for_latin_1_is_read_and_written_by_its_bytes() {
        let latin = |text: &str| text.bytes().map(char::from).collect::<String>();
        let file = |text: &str| {
            format!(
                r#"{{"http_interactions": [{{"request": {{"body": "", "headers": {{}}, "method": "GET", "uri": "http://x/"}},
                "response": {{"body": {{"encoding": "ISO-8859-1", "string": "{}"}}, "headers": {{"Content-Length": ["{}"]}},
                "status": {{"code": 200}}}}}}], "recorded_with": "betamax/0.9.0"}}"#,
                latin(text),
                text.len()
            )
        };
        assert_eq!(summary(&read(&file("kite \u{1fa81} here")))[1], "GET http://x/  200 kite \u{1fa81} here");
        assert_eq!(
            edited(&file("kite \u{1fa81} here"), "here", "\u{e9}t\u{e9}"),
            file("kite \u{1fa81} \u{e9}t\u{e9}")
        );
        assert_eq!(edited(&file("kite \u{1fa81} here"), "\u{1fa81}", "x"), file("kite x here"));
    }
}
