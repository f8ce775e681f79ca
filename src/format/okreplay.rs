//! Betamax (Java) and OkReplay (Android): YAML under a `!tape` tag, `interactions` with `request` and `response`.

use super::{File, Format, shape};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct OkReplay;

impl Format for OkReplay {
    fn name(&self) -> &'static str {
        "okreplay"
    }

    fn about(&self) -> &'static str {
        "Betamax (Java) and OkReplay (Android)"
    }

    fn looks(&self) -> &'static str {
        "`!tape` and `interactions`"
    }

    fn words(&self) -> &'static [&'static str] {
        &["!tape", "interactions", "request"]
    }

    fn fit(&self, file: &File) -> Fit {
        Fit::sure_if(file.root().is_some_and(is_tape))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        file.root()?.get("interactions")
    }

    fn read(&self, file: &File) -> Parsed<Vec<Interaction>> {
        self.list(file).into_iter().flat_map(Node::items).map(interaction).collect::<Vec<_>>().into()
    }
}

/// Returns whether a node is a tape.
pub(super) fn is_tape(root: Node<'_>) -> bool {
    root.tag() == Some("!tape")
}

fn interaction(node: Node<'_>) -> Interaction {
    shape::pair(node, |message, _| message.get("body").and_then(shape::body))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, summary};

    #[test]
    fn a_tape_is_no_cassette_of_vcrpy_and_tells_when_it_was_recorded() {
        let file = "!tape
name: one
interactions:
- recorded: 2012-10-21T12:52:39.797Z
  request:
    method: GET
    uri: http://x/
    headers: {Accept: '*/*'}
  response:
    status: 200
    headers: {Content-Type: text/plain}
    body: !!binary |-
      aGk=
";
        let recording = read(file);
        assert_eq!(summary(&recording), ["okreplay", "GET http://x/ - 200 hi"]);
        let recorded = recording.interactions[0].http.recorded.unwrap();
        assert_eq!(recorded.at.to_string(), "2012-10-21T12:52:39.797Z");
    }
}
