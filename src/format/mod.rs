//! Recorders' file formats: a tree of a file → its interactions, in one file per recorder.

mod azure_test_proxy;
mod betamax;
mod braintrust;
mod cassetter;
mod datadog;
mod dvr;
mod easyvcr;
mod empty_list;
mod exvcr;
mod frames;
mod go_vcr;
mod har;
mod httpmock;
mod httprr;
mod llama_stack;
mod mastra;
mod mcp_cassette;
mod nock;
mod okreplay;
mod opencode;
mod php_vcr;
mod polly;
mod r_vcr;
mod req_llm;
mod ruby_vcr;
mod scotch;
mod shape;
mod symfony;
#[cfg(test)]
mod testing;
mod vcrpy;
mod wiremock;
pub mod write;
mod xai_grpc;

use std::ops::Range;
use std::sync::Arc;

use crate::cassette::Interaction;
use crate::diagnostic::Parsed;
use crate::fit::{Fit, best};
use crate::syntax::{Node, Tree};
use crate::text::{Change, Slice, SourceId, Text};

/// A file on its way to be a cassette: its bytes, and its tree if it is YAML or JSON.
#[derive(Clone, Debug)]
pub struct File {
    /// What the file holds.
    pub bytes: Slice,
    /// The tree, if the bytes are one.
    pub tree: Option<Arc<Tree>>,
    /// The same bytes as they stand in a compressed file.
    pub packed: Option<Slice>,
    /// The file as it is, where this is one that was changed for those who only look at it.
    pub behind: Option<Behind>,
}

/// A file, and how it was changed for those who only look at it.
#[derive(Clone, Debug)]
pub struct Behind {
    /// What it holds.
    pub bytes: Slice,
    /// What was changed, in order.
    pub changes: Vec<Change>,
}

impl Behind {
    /// Returns where a place of the changed file is in the file as it is; what is new stands where its change begins.
    #[must_use]
    pub fn offset(&self, of: usize) -> usize {
        let mut grown = 0_isize;
        for Change { range, new } in &self.changes {
            let start = range.start.saturating_add_signed(grown);
            if of < start {
                break;
            }
            if of < start + new.len() {
                return range.start;
            }
            grown = grown.saturating_add_unsigned(new.len()).saturating_sub_unsigned(range.len());
        }
        of.saturating_add_signed(grown.saturating_neg())
    }
}

impl File {
    /// Returns the number of the file.
    #[must_use]
    pub fn id(&self) -> SourceId {
        self.bytes.source_id().unwrap_or_default()
    }

    /// Returns the bytes that people see in an editor, and where a place of this file is in them.
    #[must_use]
    pub fn in_editor(&self, offset: usize) -> (&[u8], usize) {
        match &self.behind {
            Some(behind) => (behind.bytes.bytes(), behind.offset(offset)),
            None => (self.bytes.bytes(), offset),
        }
    }

    /// Returns the file as it is on the disk.
    #[must_use]
    pub fn original(&self) -> &[u8] {
        let outer = self
            .packed
            .as_ref()
            .and_then(|packed| std::iter::successors(Some(packed), |slice| slice.outer()).last());
        outer.unwrap_or(&self.bytes).bytes()
    }

    /// Returns the file as text; a recording of wire bytes may be none.
    #[must_use]
    pub fn text(&self) -> Option<Text> {
        self.bytes.text()
    }

    /// Returns the root of the first document.
    #[must_use]
    pub fn root(&self) -> Option<Node<'_>> {
        self.tree.as_ref()?.root()
    }
}

/// What a recorder compares to find the answer to a request, beside method and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// At most the body.
    Usual,
    /// The headers, too.
    RequestHeaders,
    /// A hash of the request as it was sent; what the file holds of the request plays no part.
    RequestHash,
}

/// A part of a request that recorders compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compared {
    /// The address.
    Url,
    /// The headers.
    Headers,
    /// The body.
    Body,
}

/// What an entry tells of its address once more. It follows an address that is edited, as far as it told the same.
#[derive(Clone, Copy, Debug)]
pub enum Repeat<'t> {
    /// A text: what the function takes out of the address.
    Text(Node<'t>, fn(&str) -> &str),
    /// A list of the parameters, each with its `name` and its `value`.
    List(Node<'t>),
    /// A mapping of the names of parameters to lists of values; it may hold those of a form, too.
    Form(Node<'t>),
}

/// A recorder's file format.
pub trait Format: Sync {
    /// Returns the format's name, as output and `--format-in` have it.
    fn name(&self) -> &'static str;

    /// Returns the recorder and its language, in a few words.
    fn about(&self) -> &'static str;

    /// Returns what a file of this format is known by, in a few words.
    fn looks(&self) -> &'static str;

    /// Returns words that every file of this format holds: a file that cannot be read but holds them all is worth an
    /// error, where others found in a folder are passed over.
    fn words(&self) -> &'static [&'static str];

    /// Returns whether bytes that begin so are a file of this format, which is neither YAML nor JSON.
    fn claims(&self, bytes: &[u8]) -> bool {
        let _ = bytes;
        false
    }

    /// Returns how well a file fits, by its shape; its name tells nothing.
    fn fit(&self, file: &File) -> Fit;

    /// Returns what the recorder compares.
    fn matching(&self) -> Matching {
        Matching::Usual
    }

    /// Returns what makes the recorder find the answer to a live request again after something was changed in what it
    /// compares.
    fn matching_hint(&self, part: Compared) -> &'static str {
        match part {
            Compared::Url => {
                "let the recorder leave that parameter out of the comparison, or change it in live requests, too"
            }
            Compared::Headers => "let the recorder leave that header out of the comparison",
            Compared::Body => {
                "compare requests without their bodies, or change live requests in the same way"
            }
        }
    }

    /// Adds to the changes to a file what must change with them for the file to be read at all, such as the lengths
    /// that a file of wire text is cut by.
    fn reframe(&self, file: &File, changes: &mut Vec<Change>) {
        let _ = (file, changes);
    }

    /// Returns the list whose items are the entries, where a file of this format has one.
    fn list<'f>(&self, file: &'f File) -> Option<Node<'f>> {
        let _ = file;
        None
    }

    /// Returns the bytes of each entry, where a file of this format is no tree.
    fn pieces(&self, file: &File) -> Vec<Range<usize>> {
        let _ = file;
        Vec::new()
    }

    /// Returns lists that hold something of each entry beside the list of entries.
    fn beside<'f>(&self, file: &'f File) -> Vec<Node<'f>> {
        let _ = file;
        Vec::new()
    }

    /// Returns the number that an entry is given in the file, from 0.
    fn number(&self, entry: Node<'_>) -> Option<Text> {
        let _ = entry;
        None
    }

    /// Returns what an entry tells of its address once more.
    fn repeats<'t>(&self, entry: Node<'t>) -> Vec<Repeat<'t>> {
        let _ = entry;
        Vec::new()
    }

    /// Returns whether an entry has the parameters of its address one by one, decoded, and not behind the path.
    fn parameters_apart(&self, entry: Node<'_>) -> bool {
        let _ = entry;
        false
    }

    /// Returns whether each document of a file is an entry.
    fn has_documents(&self) -> bool {
        false
    }

    /// Returns how a file of this format is written anew, if it can be.
    fn writer(&self) -> Option<&'static write::Writer> {
        None
    }

    /// Reads the interactions. An entry that cannot be read keeps its index.
    fn read(&self, file: &File) -> Parsed<Vec<Interaction>>;
}

/// All formats; the order decides ties.
pub static FORMATS: &[&dyn Format] = &[
    &go_vcr::GoVcr,
    &vcrpy::Vcrpy,
    &betamax::Betamax,
    &r_vcr::RVcr,
    &ruby_vcr::RubyVcr,
    &httpmock::Httpmock,
    &polly::Polly,
    &har::Har,
    &httprr::Httprr,
    &llama_stack::LlamaStack,
    &datadog::Datadog,
    &okreplay::OkReplay,
    &azure_test_proxy::AzureTestProxy,
    &braintrust::Braintrust,
    &nock::Nock,
    &wiremock::Wiremock,
    &exvcr::Exvcr,
    &easyvcr::EasyVcr,
    &scotch::Scotch,
    &php_vcr::PhpVcr,
    &dvr::Dvr,
    &symfony::Symfony,
    &opencode::Opencode,
    &cassetter::Cassetter,
    &frames::Frames,
    &mcp_cassette::McpCassette,
    &mastra::Mastra,
    &req_llm::ReqLlm,
    &xai_grpc::XaiGrpc,
];

/// The format of a file that several recorders write for a cassette without interactions. It is none of those above: data
/// of all kinds is kept in lists.
pub static EMPTY_LIST: &dyn Format = &empty_list::EmptyList;

/// Returns the format that fits a file best, if any does.
#[must_use]
pub fn detect(file: &File) -> Option<&'static dyn Format> {
    best(FORMATS, |format| format.fit(file)).or_else(|| best(&[EMPTY_LIST], |format| format.fit(file)))
}

/// Returns whether bytes are a file of a format that is neither YAML nor JSON.
#[must_use]
pub fn claimed(bytes: &[u8]) -> bool {
    FORMATS.iter().any(|format| format.claims(bytes))
}

/// Returns whether a text that cannot be read may have been a cassette.
#[must_use]
pub fn likely(text: &str) -> bool {
    let holds = |word: &&str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    FORMATS.iter().any(|format| format.words().iter().all(holds))
}

/// Returns the formats that can be written anew.
pub fn written() -> impl Iterator<Item = (&'static dyn Format, &'static write::Writer)> {
    FORMATS.iter().filter_map(|format| Some((*format, format.writer()?)))
}

/// Returns the format with a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}
