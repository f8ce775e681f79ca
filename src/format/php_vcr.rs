//! php-vcr (PHP): YAML or JSON, a list of `request` and `response`; cURL's own account of it is in `curl_info`.
//!
//! A response is in base64 if its headers say that it is gzip or a binary transfer (`Response.php` of
//! php-vcr/php-vcr). A form is kept as `post_fields`.

use super::{File, Format, Matching, Repeat, shape};
use crate::cassette::{Body, Count, Header, Interaction, header};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::{Node, address};

pub(super) struct PhpVcr;

impl Format for PhpVcr {
    fn name(&self) -> &'static str {
        "php-vcr"
    }

    fn about(&self) -> &'static str {
        "php-vcr (PHP), YAML and JSON"
    }

    fn looks(&self) -> &'static str {
        "a list of `request` with a `url` and `response` with `curl_info`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["request", "response", "curl_info"]
    }

    /// All of it, unless the project says otherwise (php-vcr's guide, "Request matching").
    fn matching(&self) -> Matching {
        Matching::RequestHeaders
    }

    fn fit(&self, file: &File) -> Fit {
        let first = file.root().filter(|root| root.is_list()).and_then(|root| root.item(0));
        let Some(first) = first else { return Fit::No };
        let has = |path: &[&str]| first.at(path).is_some();
        let own = has(&["response", "curl_info"]) || has(&["index"]);
        // A status is a mapping or, in old versions, a line: a bare number is another recorder's.
        let status = first.at(&["response", "status"]).is_some_and(|status| status.count().is_none());
        let both = has(&["request", "url"]) && status;
        Fit::sure_if(both && own).max(Fit::maybe_if(both))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root().filter(|root| root.is_list())
    }

    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        let url = entry.at(&["response", "curl_info", "url"]);
        url.map(|url| Repeat::Text(url, address::whole)).into_iter().collect()
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        let entries = self.list(file).into_iter().flat_map(Node::items);
        entries.map(interaction).collect::<Vec<_>>().into()
    }
}

/// What cURL says about the length of a request and of its response, as floats.
const UPLOADED: [&str; 2] = ["upload_content_length", "size_upload"];
const DOWNLOADED: [&str; 2] = ["download_content_length", "size_download"];

fn interaction(entry: Node<'_>) -> Interaction {
    let mut interaction = shape::pair(entry, body);
    let sent = interaction.request.as_mut().and_then(|request| request.body.as_mut());
    let received = interaction.response.as_mut().and_then(|response| response.body.as_mut());
    for (body, names) in [(sent, UPLOADED), (received, DOWNLOADED)] {
        let said = |name| entry.at(&["response", "curl_info", name]).and_then(Node::text);
        if let Some(body) = body {
            body.state(names.into_iter().filter_map(said), &[Count::Body]);
        }
    }
    interaction
}

fn body(message: Node<'_>, headers: &[Header]) -> Option<Body> {
    let Some(body) = message.some("body") else {
        return message.some("post_fields").and_then(shape::body);
    };
    let says = |name, word| header(headers, name).is_some_and(|value| value.contains(word));
    if says("content-type", "application/x-gzip") || says("content-transfer-encoding", "binary") {
        return Some(shape::base64(body));
    }
    shape::body(body)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{edited, is_read, read, summary};

    #[test]
    fn forms_and_base64_are_read_as_the_headers_say() {
        let yaml = "
-
    request:
        method: POST
        url: 'http://x/'
        headers: { Host: x }
        post_fields: { a: b }
    response:
        status: { code: 200, message: OK }
        headers: { Content-Type: application/x-gzip }
        body: aGk=
        curl_info: { certinfo: {  } }
    index: 0
";
        assert_eq!(summary(&read(yaml)), ["php-vcr", "POST http://x/ {\"a\":\"b\"} 200 hi"]);
        let json = r#"[{"request": {"method": "GET", "url": "http://x/", "headers": {"Host": "x"}}, "response": {"status": {"code": 200}, "headers": {"Via": ["a", "b"]}, "body": "aGk="}}]"#;
        assert_eq!(summary(&read(json)), ["php-vcr", "GET http://x/ - 200 aGk="]);
    }

    #[test]
    fn a_status_that_is_a_number_is_another_recorders() {
        let file = |status: &str| {
            format!(
                r#"[{{"request": {{"method": "GET", "url": "http://x/"}}, "response": {{"status": {status}, "bodyChunks": ["hi"]}}}}]"#
            )
        };
        assert!(is_read(&file(r#"{"code": "200"}"#)) && is_read(&file(r#""HTTP/1.1 200 OK""#)));
        assert!(!is_read(&file("200")));
    }

    #[test]
    fn what_curl_counted_follows_both_bodies() {
        let file = |word: &str, up: usize, down: usize| {
            format!(
                "-\n    request:\n        method: POST\n        url: 'http://x/'\n        headers: {{ Host: x }}\n        body: 'ask {word}'\n    \
                 response:\n        status: {{ code: 200 }}\n        headers: {{ content-length: '{down}' }}\n        body: 'say {word}.'\n        \
                 curl_info: {{ size_upload: {up}.0, size_download: {down}.0, download_content_length: {down}, upload_content_length: -1, request_size: 8 }}\n"
            )
        };
        assert_eq!(edited(&file("one", 7, 8), "one", "three"), file("three", 9, 10));
    }
}
