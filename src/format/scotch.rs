//! Scotch (F#, .NET): JSON, a list of `request` and `response` whose names say whose they are: `requestHeaders`,
//! `contentHeaders`. The status code is text.

use super::{File, Format, shape};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct Scotch;

impl Format for Scotch {
    fn name(&self) -> &'static str {
        "scotch"
    }

    fn about(&self) -> &'static str {
        "Scotch (.NET)"
    }

    fn looks(&self) -> &'static str {
        "a list of `request` with `requestHeaders` and `response`"
    }

    fn words(&self) -> &'static [&'static str] {
        &[r#""requestHeaders""#, r#""recordedAt""#]
    }

    fn fit(&self, file: &File) -> Fit {
        let first = file.root().filter(|root| root.is_list()).and_then(|root| root.item(0));
        Fit::sure_if(first.is_some_and(|first| first.at(&["request", "requestHeaders"]).is_some()))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root().filter(|root| root.is_list())
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let entries = self.list(file).into_iter().flat_map(Node::items);
        let body = |message: Node<'_>| message.get("body").and_then(shape::body);
        entries.map(|entry| shape::pair(entry, |message, _| body(message))).collect::<Vec<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn the_status_is_text_and_headers_are_in_two_places() {
        let text = r#"[{"request": {"method": "GET", "uri": "http://x/", "requestHeaders": {"a": "1"}, "contentHeaders": {"b": "2"}, "body": ""},
            "response": {"status": {"code": "200", "message": "OK"}, "responseHeaders": {}, "contentHeaders": {}, "body": "hi"}, "recordedAt": "2024-01-01"}]"#;
        let recording = read(text);
        assert_eq!(summary(&recording), ["scotch", "GET http://x/  200 hi"]);
        assert_eq!(recording.interactions[0].http.request.as_ref().unwrap().headers.len(), 2);
    }
}
