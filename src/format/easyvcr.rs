//! EasyVCR (C# and Java): JSON, a list of `Request`, `Response` and `RecordedAt`; Java writes them in lower case.
//!
//! Both keep bodies as text only. C# keeps the headers of the content apart.

use std::time::Duration;

use super::{File, Format, Repeat, shape};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct EasyVcr;

impl Format for EasyVcr {
    fn name(&self) -> &'static str {
        "easyvcr"
    }

    fn about(&self) -> &'static str {
        "EasyVCR (C# and Java)"
    }

    fn looks(&self) -> &'static str {
        "a list of `Request` and `Response` with a `RecordedAt`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["ecordedAt", "equest", "esponse"]
    }

    fn fit(&self, file: &File) -> Fit {
        let first = file.root().filter(|root| root.is_list()).and_then(|root| root.item(0));
        let has = |path: &[&str]| first.is_some_and(|first| first.at(path).is_some());
        let csharp = has(&["Request", "Uri"]) && has(&["Response"]) && has(&["RecordedAt"]);
        // Scotch, which EasyVCR grew out of, has `requestHeaders`.
        let java = has(&["request", "uri"]) && has(&["recordedAt"]) && !has(&["request", "requestHeaders"]);
        Fit::sure_if(csharp || java)
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root().filter(|root| root.is_list())
    }

    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        shape::answered(entry, &["uri", "Uri"])
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        self.list(file).into_iter().flat_map(Node::items).map(interaction).collect::<Vec<_>>().into()
    }
}

fn interaction(node: Node<'_>) -> Interaction {
    let mut interaction =
        shape::pair(node, |message, _| shape::either(message, &["Body", "body"]).and_then(shape::body));
    let millis = shape::either(node, &["Duration", "duration"]).and_then(Node::count);
    if let Some(response) = &mut interaction.response {
        response.duration = millis.map(Duration::from_millis);
    }
    interaction
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn both_languages_keep_the_same_facts() {
        let csharp = r#"[{"Duration": 12, "RecordedAt": "2024-01-01T00:00:00Z",
            "Request": {"Body": "{}", "BodyContentType": "Json", "ContentHeaders": {"Content-Type": "application/json"}, "Method": "POST",
                        "RequestHeaders": {"Accept": "*/*"}, "Uri": "https://x/y"},
            "Response": {"Body": "hi", "ContentHeaders": {}, "ResponseHeaders": {}, "Status": {"Code": 201, "Message": "Created"}}}]"#;
        let recording = read(csharp);
        assert_eq!(summary(&recording), ["easyvcr", "POST https://x/y {} 201 hi"]);
        let http = &recording.interactions[0].http;
        assert_eq!(http.request.as_ref().unwrap().headers.len(), 2);
        assert_eq!(http.response.as_ref().unwrap().duration.unwrap().as_millis(), 12);
        let java = r#"[{"duration": 12, "recordedAt": 1700000000,
            "request": {"body": "{}", "method": "POST", "headers": {"accept": ["*/*"]}, "uri": "https://x/y"},
            "response": {"body": "hi", "httpVersion": null, "headers": {}, "status": {"code": 201, "message": "Created"}, "uri": "https://x/y"}}]"#;
        assert_eq!(summary(&read(java)), summary(&recording));
    }
}
