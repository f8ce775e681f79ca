//! Calls of model providers that generate nothing: embeddings, files, batches, token counts … told in a line.
//!
//! What they are and what is worth telling stands in a table ([`mod@kinds`]); nothing here knows a protocol.

mod kinds;

use std::sync::LazyLock;

use smallvec::SmallVec;

use super::{Answered, Call, Provider, openai, service};
use crate::chat::{Fact, Reply, ReplyBuilder, Summary, UsageNames};
use crate::syntax::{Node, Subtree};
use crate::text::Text;

/// A kind of call.
struct Kind {
    name: &'static str,
    /// Method and end of the path of such calls; `*` stands for any characters of one segment, or any method.
    calls: &'static [&'static str],
    tell: &'static [Tell],
}

/// What to tell, and the paths to try for it in order. A path leads from `asked` or `answered` down; `*` is the first
/// item of a list that leads on, `[]` a list of lists itself.
enum Tell {
    /// The number of items of a list; whatever else stands there is one item.
    Items(&'static str, &'static [&'static str]),
    /// The number that stands there, unless it is zero.
    Number(&'static str, &'static [&'static str]),
    /// The number of numbers in a vector, in base64 too.
    Dimensions(&'static [&'static str]),
    Word(&'static [&'static str]),
    Quote(&'static [&'static str]),
    /// An answer that was generated before, in the words of a protocol.
    Answer(&'static dyn Provider),
    /// The word, if it is true there.
    Flag(&'static str, &'static [&'static str]),
}

const MODEL: &[&str] =
    &["asked.model", "asked.model_id", "asked.modelId", "answered.model", "answered.response.model"];

const USAGE: &[&str] = &[
    "answered.usage",
    "answered.response.usage",
    "answered.usageMetadata",
    "answered.meta.billed_units",
    "answered.usage_info",
];

const NAMES: UsageNames = UsageNames {
    input: &[&["prompt_tokens"], &["input_tokens"], &["promptTokenCount"]],
    output: &[&["completion_tokens"], &["output_tokens"], &["candidatesTokenCount"]],
    total: &[&["total_tokens"], &["totalTokenCount"]],
    cached: &[&["prompt_tokens_details", "cached_tokens"], &["input_tokens_details", "cached_tokens"]],
    reasoning: &[&["output_tokens_details", "reasoning_tokens"]],
    ..UsageNames::NONE
};

/// Counts of embeddings that Ollama has among the other members of its answer.
const BESIDE: UsageNames = UsageNames { input: &[&["prompt_eval_count"]], ..UsageNames::NONE };

/// Returns the names of all kinds of calls that generate nothing.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    kinds::KINDS.iter().map(|kind| kind.name)
}

/// Returns a summary of a call, if it is of a known kind that generates nothing.
///
/// Others name their paths alike: where the host is no known provider's, two facts or an answer have to be
/// there.
#[must_use]
pub fn summary(call: &Call<'_>) -> Option<Summary> {
    let segments = call.url.path.trim_end_matches('/').rsplit('/');
    let path: SmallVec<[_; 8]> = segments.map(|segment| (segment, ends(segment))).collect();
    let kind = PATTERNS.iter().find(|pattern| pattern.fits(call.method, &path))?.kind;
    let service = service(&call.url);
    let facts: Vec<_> = kind.tell.iter().filter_map(|tell| fact(tell, call)).collect();
    let model = find(MODEL, call, Node::string).or_else(|| model(call.url.path));
    let reply = reply(kind, call);
    if service.is_none() && facts.len() < 2 && reply.choices.is_empty() {
        return None;
    }
    Some(Summary { kind: kind.name, service, model, facts, reply })
}

/// Returns an answer that was generated before, or else tokens and error.
fn reply(kind: &Kind, call: &Call<'_>) -> Reply {
    for tell in kind.tell {
        if let Tell::Answer(provider) = tell {
            return super::reply(*provider, call, &mut Vec::new());
        }
    }
    let mut reply = ReplyBuilder::default();
    if let Some(usage) = find(USAGE, call, |usage| usage.is_map().then_some(usage)) {
        reply.usage.merge(usage, &NAMES);
    }
    if let Answered::Whole(body) = call.response {
        reply.usage.merge_beside(body, &BESIDE);
        if call.failed() {
            openai::refusal(body, &mut reply);
        } else {
            openai::error(body, &mut reply);
        }
    }
    reply.finish(None)
}

/// Returns the model that an address names: `…/models/m:embedContent`, `…/model/m/invoke`, `…/deployments/m/…`; Hugging
/// Face's have the name of their owner: `…/models/o/m/pipeline/…`, or by its first API `/pipeline/…/o/m`.
fn model(path: &str) -> Option<Text> {
    let owned = path.split_once("/pipeline/").and_then(|(before, behind)| {
        let first = before.split_once("/models/").map(|(_, name)| name);
        first.or_else(|| behind.split_once('/').map(|(_, name)| name))
    });
    if let Some(name) = owned {
        return Some(Text::made(name));
    }
    let mut segments =
        path.split('/').skip_while(|segment| !["models", "model", "deployments"].contains(segment));
    let name = segments.nth(1)?.replace("%3A", ":");
    // Bedrock's names have a colon of their own, and no verb behind it.
    let name = if segments.next().is_some() { &*name } else { name.split(':').next()? };
    (!name.is_empty()).then(|| Text::made(name))
}

/// A pattern of [`Kind::calls`], cut up.
struct Pattern {
    kind: &'static Kind,
    method: &'static str,
    /// From the last: most calls differ there.
    segments: Vec<Segment>,
}

/// A segment of a pattern.
struct Segment {
    text: &'static str,
    /// What a segment that fits begins and ends with, unless that may be anything.
    ends: [Option<u8>; 2],
}

/// Every call is held against every pattern, so they are cut up once.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let of_kind = |kind: &'static Kind| {
        let cut = kind.calls.iter().filter_map(|pattern| pattern.split_once(' '));
        cut.map(move |(method, end)| Pattern {
            kind,
            method,
            segments: end.rsplit('/').map(segment).collect(),
        })
    };
    kinds::KINDS.iter().flat_map(of_kind).collect()
});

fn segment(text: &'static str) -> Segment {
    let ends = ends(text).map(|end| end.filter(|byte| *byte != b'*'));
    Segment { text, ends }
}

fn ends(text: &str) -> [Option<u8>; 2] {
    [text.bytes().next(), text.bytes().next_back()]
}

impl Pattern {
    /// Returns whether a call with a method has a path that ends so; `path` is cut up from the last segment.
    fn fits(&self, method: &str, path: &[(&str, [Option<u8>; 2])]) -> bool {
        // Most differ in the first letter of a segment, or in its last.
        let may_fit = |(own, (_, ends)): (&Segment, &(&str, [Option<u8>; 2]))| {
            own.ends.iter().zip(ends).all(|(own, its)| own.is_none() || own == its)
        };
        self.segments.len() <= path.len()
            && self.segments.iter().zip(path).all(may_fit)
            && (self.method == "*" || method.is_empty() || self.method == method)
            && self.segments.iter().zip(path).all(|(own, (segment, _))| glob(own.text, segment))
    }
}

/// Returns whether a segment fits a pattern in which `*` stands for any characters.
fn glob(pattern: &str, segment: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == segment };
    let Some(tail) = segment.strip_prefix(head) else { return false };
    if !rest.contains('*') {
        return tail.ends_with(rest);
    }
    tail.char_indices().any(|(at, _)| glob(rest, &tail[at..]))
}

fn fact(tell: &Tell, call: &Call<'_>) -> Option<Fact> {
    Some(match tell {
        Tell::Items(noun, paths) => Fact::Count(find(paths, call, |node| Some(length(node)))?, noun),
        Tell::Number(noun, paths) => {
            Fact::Count(find(paths, call, |node| number(node).filter(|number| *number > 0))?, noun)
        }
        Tell::Dimensions(paths) => {
            Fact::Count(find(paths, call, |node| Some(dimensions(node)))?, "dimension")
        }
        Tell::Word(paths) => Fact::Word(find(paths, call, Node::text)?),
        Tell::Quote(paths) => Fact::Quote(find(paths, call, Node::string)?),
        Tell::Answer(_) => return None,
        Tell::Flag(word, paths) => {
            find(paths, call, |node| node.bool().filter(|set| *set))?;
            Fact::Word(Text::made(*word))
        }
    })
}

fn length(node: Node<'_>) -> u64 {
    if node.is_list() { node.items().count() as u64 } else { 1 }
}

/// Gemini writes its large numbers as strings.
fn number(node: Node<'_>) -> Option<u64> {
    node.count().or_else(|| node.str()?.parse().ok())
}

fn dimensions(node: Node<'_>) -> u64 {
    match node.string() {
        // OpenAI's client asks for vectors as base64 of floats of four bytes.
        Some(base64) => base64.len() as u64 * 3 / 4 / 4,
        None => node.items().count() as u64,
    }
}

/// Returns what is read from the first place that some paths lead to and that can be read so.
fn find<'c, T>(paths: &[&str], call: &Call<'c>, read: impl Fn(Node<'c>) -> Option<T>) -> Option<T> {
    paths.iter().find_map(|path| {
        let (side, rest) = path.split_once('.')?;
        match (side, call.response) {
            ("asked", _) => walk(call.request?, rest, &read),
            (_, Answered::Whole(body)) => walk(body, rest, &read),
            (_, Answered::Stream(events)) => {
                let mut data = events.iter().rev().filter_map(|(_, data)| data.as_ref().map(Subtree::node));
                data.find_map(|data| walk(data, rest, &read))
            }
            (_, Answered::Nothing) => None,
        }
    })
}

fn walk<'n, T>(node: Node<'n>, path: &str, read: &impl Fn(Node<'n>) -> Option<T>) -> Option<T> {
    let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
    let on = |next: Node<'n>| match rest {
        Some(rest) => walk(next, rest, read),
        None => read(next),
    };
    match step {
        "*" => node.items().find_map(on),
        "[]" => node.item(0).filter(|first| first.is_list()).and_then(|_| on(node)),
        key => node.some(key).and_then(on),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Url, json, testing};

    fn told(method: &str, url: &str, asked: &str, answered: &str) -> Option<String> {
        let (asked, answered) = (json(&Text::made(asked)), json(&Text::made(answered)));
        let response = answered.as_ref().map_or(Answered::Nothing, |body| Answered::Whole(body.node()));
        let request = asked.as_ref().map(Subtree::node);
        let summary = summary(&Call {
            method,
            url: Url::new(url),
            request,
            status: Some(200),
            headers: &[],
            response,
        })?;
        let facts = summary.facts.iter().map(|fact| match fact {
            Fact::Count(count, noun) => format!("{count} {noun}"),
            Fact::Word(word) => word.as_str().to_owned(),
            Fact::Quote(quote) => format!("'{}'", quote.as_str()),
        });
        let model = summary.model.iter().map(|model| model.as_str().to_owned());
        let tokens = summary.reply.usage.total.iter().map(|total| format!("{total} in all"));
        let error = summary
            .reply
            .error
            .as_ref()
            .and_then(|error| error.message.as_ref())
            .map(|message| message.as_str().to_owned());
        let said = testing::lines(summary.reply.answer().map_or(&[][..], |answer| &answer.message.parts));
        let lines = std::iter::once(summary.kind.to_owned()).chain(model).chain(facts).chain(tokens);
        let lines = lines.chain(error).chain(said);
        Some(lines.collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn embeddings_are_told_alike_whoever_makes_them() {
        let wanted = Some("embeddings, m, 2 input, 'a', 2 vector, 3 dimension".to_owned());
        for (url, asked, answered) in [
            (
                "https://api.openai.com/v1/embeddings",
                r#"{"model": "m", "input": ["a", "b"]}"#,
                r#"{"data": [{"embedding": [1, 2, 3]}, {}]}"#,
            ),
            (
                "http://localhost/v1/embeddings",
                r#"{"model": "m", "input": ["a", "b"]}"#,
                r#"{"data": [{"embedding": "AAAAAAAAAAAAAAAA"}, {}]}"#,
            ),
            (
                "https://api.cohere.com/v2/embed",
                r#"{"model": "m", "texts": ["a", "b"]}"#,
                r#"{"embeddings": {"float": [[1, 2, 3], []]}}"#,
            ),
            (
                "https://api.cohere.com/v1/embed",
                r#"{"model": "m", "texts": ["a", "b"]}"#,
                r#"{"embeddings": [[1, 2, 3], []]}"#,
            ),
            (
                "https://generativelanguage.googleapis.com/v1beta/models/m:batchEmbedContents",
                r#"{"requests": [{"content": {"parts": [{"text": "a"}]}}, {}]}"#,
                r#"{"embeddings": [{"values": [1, 2, 3]}, {}]}"#,
            ),
            (
                "https://aiplatform.googleapis.com/v1/publishers/google/models/m-embedding:predict",
                r#"{"model": "m", "instances": [{"content": "a"}, {}]}"#,
                r#"{"predictions": [{"embeddings": {"values": [1, 2, 3]}}, {}]}"#,
            ),
            (
                "https://bedrock-runtime.us-east-1.amazonaws.com/model/cohere.embed-v4%3A0/invoke",
                r#"{"model": "m", "texts": ["a", "b"]}"#,
                r#"{"embeddings": {"float": [[1, 2, 3], []]}}"#,
            ),
            (
                "http://localhost/api/embed",
                r#"{"model": "m", "input": ["a", "b"]}"#,
                r#"{"embeddings": [[1, 2, 3], []]}"#,
            ),
            (
                "https://api.voyageai.com/v1/multimodalembeddings",
                r#"{"model": "m", "inputs": [{"content": [{"type": "text", "text": "a"}]}, {}]}"#,
                r#"{"data": [{"embedding": [1, 2, 3]}, {}]}"#,
            ),
            (
                "https://router.huggingface.co/hf-inference/models/m/pipeline/feature-extraction",
                r#"{"inputs": ["a", "b"]}"#,
                "[[1, 2, 3], []]",
            ),
        ] {
            assert_eq!(told("POST", url, asked, answered), wanted, "{url}");
        }
    }

    #[test]
    fn the_model_may_stand_in_the_address() {
        let of = |path| model(path).map(|model| model.as_str().to_owned());
        assert_eq!(
            of("/v1beta/models/gemini-embedding-001:embedContent").as_deref(),
            Some("gemini-embedding-001")
        );
        assert_eq!(of("/model/titan-embed-text-v2%3A0/invoke").as_deref(), Some("titan-embed-text-v2:0"));
        assert_eq!(of("/openai/deployments/ada/embeddings").as_deref(), Some("ada"));
        assert_eq!(of("/hf-inference/models/o/m/pipeline/feature-extraction").as_deref(), Some("o/m"));
        assert_eq!(of("/pipeline/feature-extraction/o/m").as_deref(), Some("o/m"));
        assert_eq!(of("/v1/embeddings"), None);
    }

    #[test]
    fn usage_and_errors_are_told() {
        let url = "https://api.openai.com/v1/embeddings";
        let answered = r#"{"data": [], "usage": {"prompt_tokens": 3, "total_tokens": 3}}"#;
        let wanted = "embeddings, 1 input, 'a', 0 vector, 3 in all";
        assert_eq!(told("POST", url, r#"{"input": "a"}"#, answered).as_deref(), Some(wanted));
        let error = r#"{"error": {"message": "no such model"}}"#;
        assert_eq!(told("POST", url, "{}", error).as_deref(), Some("embeddings, no such model"));
    }

    #[test]
    fn ollama_counts_beside_its_vectors() {
        let call = |body: &Subtree| {
            let (method, url) = ("POST", Url::new("http://localhost:11434/api/embed"));
            summary(&Call {
                method,
                url,
                request: None,
                status: Some(200),
                headers: &[],
                response: Answered::Whole(body.node()),
            })
        };
        let body =
            json(&Text::made(r#"{"model": "m", "embeddings": [[1, 2]], "prompt_eval_count": 7}"#)).unwrap();
        let summary = call(&body).unwrap();
        assert_eq!((summary.service, summary.reply.usage.input), (Some("ollama"), Some(7)));
        assert_eq!(summary.model.unwrap(), "m");
    }

    #[test]
    fn the_lines_of_a_file_are_not_what_tells_of_it() {
        let url = "https://api.openai.com/v1/files/file-1/content";
        let line = r#"{"id": "batch_req_1", "custom_id": "a", "response": {"status_code": 200}}"#;
        assert_eq!(told("GET", url, "", line).as_deref(), Some("file content"));
    }

    #[test]
    fn a_stored_answer_is_told_whole() {
        let answered = r#"{"object": "response", "status": "completed", "output": [{"type": "reasoning"},
            {"type": "message", "content": [{"type": "output_text", "text": "Noon."}]}]}"#;
        let url = "https://api.openai.com/v1/responses/resp_1";
        assert_eq!(told("GET", url, "", answered).as_deref(), Some("stored response, Noon."));
        let answered = r#"{"object": "chat.completion", "choices": [{"message": {"content": "Noon."}}]}"#;
        let url = "https://api.openai.com/v1/chat/completions/chatcmpl-1";
        assert_eq!(told("GET", url, "", answered).as_deref(), Some("stored completion, Noon."));
    }

    #[test]
    fn a_generation_call_is_no_kind_of_these() {
        for url in [
            "https://api.openai.com/v1/responses",
            "https://api.openai.com/v1/chat/completions",
            "https://api.anthropic.com/v1/messages",
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent",
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-lite-v1:0/invoke",
            "https://api-inference.huggingface.co/models/gpt2",
        ] {
            assert_eq!(told("POST", url, r#"{"model": "m", "input": "a"}"#, "{}"), None, "{url}");
        }
    }

    #[test]
    fn unknown_hosts_need_more_than_a_path() {
        let files = r#"{"object": "file", "id": "file_1", "filename": "a.txt", "purpose": "x"}"#;
        assert_eq!(told("GET", "https://example.org/v1/files", "", r#"{"files": 2}"#), None);
        assert!(told("GET", "https://example.org/v1/files/1", "", files).is_some());
    }

    #[test]
    fn every_pattern_has_a_method_and_every_path_a_side() {
        for kind in kinds::KINDS {
            assert!(kind.calls.iter().all(|call| call.split_once(' ').is_some()), "{}", kind.name);
            for tell in kind.tell {
                let paths = match tell {
                    Tell::Items(_, paths)
                    | Tell::Number(_, paths)
                    | Tell::Flag(_, paths)
                    | Tell::Dimensions(paths)
                    | Tell::Word(paths)
                    | Tell::Quote(paths) => paths,
                    Tell::Answer(_) => continue,
                };
                assert!(sided(paths), "{}", kind.name);
            }
        }
    }

    fn sided(paths: &[&str]) -> bool {
        paths.iter().all(|path| path.starts_with("asked.") || path.starts_with("answered."))
    }
}
