//! An empty list, bare or as the only thing that tells of a recorder: what is left of a cassette that has lost all its
//! interactions. Whose it is cannot be told.

use super::{File, Format, shape};
use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::syntax::Node;

pub(super) struct EmptyList;

impl Format for EmptyList {
    fn name(&self) -> &'static str {
        "empty-list"
    }

    fn about(&self) -> &'static str {
        "no recorder in particular"
    }

    fn looks(&self) -> &'static str {
        "a list of nothing"
    }

    fn words(&self) -> &'static [&'static str] {
        &[]
    }

    fn fit(&self, file: &File) -> Fit {
        Fit::maybe_if(list(file).is_some_and(|list| list.item(0).is_none()))
    }

    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        list(file)
    }

    fn read(&self, _: &File) -> Parsed<Vec<Interaction>> {
        Parsed::default()
    }
}

fn list(file: &File) -> Option<Node<'_>> {
    let root = file.root()?;
    let list = if root.is_list() { Some(root) } else { shape::either(root, &["interactions", "entries"]) };
    list.filter(|list| list.is_list())
}

#[cfg(test)]
mod tests {
    use crate::format;
    use crate::load::read;
    use crate::text::SourceId;

    #[test]
    fn a_list_of_nothing_is_a_cassette_of_no_interactions() {
        for file in [
            "[]",
            "[ ]\n",
            "--- []\n",
            "# nothing yet\n[]\n",
            "interactions: []",
            r#"{"name": "a", "entries": []}"#,
        ] {
            let recording = read(SourceId(0), file.as_bytes().to_vec(), None).unwrap();
            assert_eq!(
                (recording.format, recording.interactions.len()),
                (format::EMPTY_LIST.name(), 0),
                "{file}"
            );
            let nock = read(SourceId(0), file.as_bytes().to_vec(), format::by_name("nock")).unwrap();
            assert_eq!((nock.format, nock.interactions.len()), ("nock", 0), "{file}");
        }
        for file in ["[1]", "{}", "[[]]", "", "{\"list\": []}", "entries: {}"] {
            assert!(read(SourceId(0), file.as_bytes().to_vec(), None).is_err(), "{file}");
        }
    }
}
