//! Model Context Protocol: JSON-RPC between a client and a server of tools, over HTTP or any other connection.
//!
//! Nothing is generated here, but tools are offered and called. A message asks (`method` and `id`), notifies (`method`
//! alone) or answers (`result` or `error`); over HTTP the answer is the response, as JSON or as an event stream.
//! Source: the specification of 2025-06-18.

use super::session::{Frame, Session, Turn};
use super::{Answered, Call, Provider, each, json_text};
use crate::chat::{
    Arguments, Exchange, Media, Message, Part, Place, Prompt, Reply, ReplyBuilder, Role, ToolCall, ToolResult,
};
use crate::diagnostic::Parsed;
use crate::fit::Fit;
use crate::stream::Event;
use crate::syntax::Node;
use crate::text::{Joiner, Text};

pub(super) struct Mcp;

/// How the names of methods begin. Other protocols speak JSON-RPC too.
const METHODS: &[&str] = &[
    "initialize",
    "ping",
    "tools/",
    "resources/",
    "prompts/",
    "notifications/",
    "sampling/",
    "elicitation/",
    "completion/",
    "logging/",
    "roots/",
    "tasks/",
];

/// Lists that a result may hold, and what one entry is.
const LISTS: &[(&str, &str)] = &[
    ("tools", "tool"),
    ("resources", "resource"),
    ("resourceTemplates", "resource template"),
    ("prompts", "prompt"),
    ("roots", "root"),
];

/// Fields by which an object of the protocol tells what it is.
const TELLING: &[&str] = &["name", "version", "uri", "uriTemplate", "message", "data", "description"];

impl Provider for Mcp {
    fn api(&self) -> &'static str {
        "mcp"
    }

    fn about(&self) -> &'static str {
        "Model Context Protocol: tools offered and called"
    }

    fn generates(&self) -> bool {
        false
    }

    fn fit(&self, call: &Call<'_>) -> Fit {
        let asked = call.request.is_some_and(|body| each(body).any(is_message));
        let answered = match call.response {
            Answered::Whole(body) => each(body).any(is_message),
            Answered::Stream(events) => {
                events.iter().any(|(_, data)| data.as_ref().is_some_and(|data| is_message(data.node())))
            }
            Answered::Nothing => false,
        };
        let here = call.url.path.trim_end_matches('/').ends_with("/mcp");
        let pushed = call.request.is_none() && here && answered;
        Fit::sure_if(asked || pushed)
    }

    fn prompt(&self, _: &Call<'_>, body: Node<'_>, prompt: &mut Prompt) {
        prompt.messages.extend(each(body).flat_map(asked));
    }

    fn whole(&self, call: &Call<'_>, body: Node<'_>, reply: &mut ReplyBuilder) {
        for message in each(body) {
            answered(message, call.request, reply);
        }
    }

    /// A stream ends with the answer; one that nothing was asked for has no end.
    fn event(&self, call: &Call<'_>, _: &Event, data: Option<Node<'_>>, reply: &mut ReplyBuilder) {
        let Some(message) = data else { return };
        answered(message, call.request, reply);
        if message.get("method").is_none() || call.request.is_none() {
            reply.end();
        }
    }
}

impl Session for Mcp {
    fn fit(&self, frames: &[Frame<'_>]) -> Fit {
        Fit::sure_if(frames.iter().any(|frame| is_message(frame.data)))
    }

    /// A question and its answer make one turn, whoever asks; what stands between belongs to others.
    fn turns(&self, frames: &[Frame<'_>]) -> Parsed<Vec<Turn>> {
        let asks = |frame: &Frame<'_>| frame.data.get("method").is_some();
        let turn = |(at, frame): (usize, &Frame<'_>)| {
            let id = frame.data.some("id").and_then(Node::str);
            let answers = |other: &&Frame<'_>| {
                let same = id.is_some() && other.data.get("id").and_then(Node::str) == id;
                same && other.sent != frame.sent && !asks(other)
            };
            let answer = frames[at + 1..].iter().find(answers);
            let mut reply = ReplyBuilder::default();
            if let Some(answer) = answer {
                answered(answer.data, Some(frame.data), &mut reply);
            }
            let prompt = Prompt { messages: asked(frame.data), ..Prompt::default() };
            let entries = [Some(frame), answer].into_iter().flatten().map(|frame| frame.entry).collect();
            Turn { entries, exchange: exchange(prompt, reply.finish(None)) }
        };
        let asking = frames.iter().enumerate().filter(|(_, frame)| asks(frame));
        asking.map(turn).collect::<Vec<_>>().into()
    }
}

fn exchange(prompt: Prompt, reply: Reply) -> Exchange {
    Exchange { api: Mcp.api(), generates: false, service: None, prompt, reply }
}

fn is_message(node: Node<'_>) -> bool {
    let known = |method: Node<'_>| {
        method.str().is_some_and(|method| METHODS.iter().any(|begin| method.starts_with(begin)))
    };
    node.get("jsonrpc").is_some() && node.get("method").is_none_or(known)
}

/// Reads a question or a notification. The model calls tools, the application does all else.
fn asked(message: Node<'_>) -> Vec<Message> {
    let Some(method) = message.get("method").and_then(Node::str) else { return Vec::new() };
    let params = message.some("params");
    let part = match &*method {
        "tools/call" => {
            let params = |key| params.and_then(|params| params.some(key));
            let arguments = params("arguments").map(|arguments| Arguments::Tree(arguments.subtree()));
            let call = ToolCall {
                id: message.some("id").and_then(Node::text),
                name: params("name").and_then(Node::string),
                arguments: arguments.unwrap_or_else(|| Arguments::Text(Text::made(""))),
                server: false,
            };
            return vec![Message { role: Role::Assistant, parts: vec![Part::ToolCall(call)] }];
        }
        "sampling/createMessage" => {
            return params
                .and_then(|params| params.get("messages"))
                .into_iter()
                .flat_map(each)
                .map(said)
                .collect();
        }
        method => {
            let about = params.map(|params| params.some("clientInfo").unwrap_or(params));
            Part::Other { kind: method.to_owned(), summary: about.and_then(summary) }
        }
    };
    vec![Message { role: Role::System, parts: vec![part] }]
}

fn said(message: Node<'_>) -> Message {
    let assistant = message.get("role").is_some_and(|role| role.is("assistant"));
    let role = if assistant { Role::Assistant } else { Role::User };
    Message { role, parts: message.get("content").into_iter().flat_map(each).map(part).collect() }
}

/// Reads an answer to `question`, or what the server asks and notifies meanwhile.
fn answered(message: Node<'_>, question: Option<Node<'_>>, reply: &mut ReplyBuilder) {
    if let Some(error) = message.some("error") {
        reply.error(error.string_at("message"), error.some("code").and_then(Node::text));
    }
    let choice = reply.choice(0);
    let model = message.at(&["result", "role"]).is_some_and(|role| role.is("assistant"));
    choice.speaker(if model { Role::Assistant } else { Role::Tool });
    for part in asked(message).into_iter().flat_map(|message| message.parts) {
        choice.part(part);
    }
    if let Some(result) = message.some("result") {
        let id = message.some("id").and_then(Node::text);
        let question = question
            .into_iter()
            .flat_map(each)
            .find(|question| question.get("id").and_then(Node::str) == message.get("id").and_then(Node::str));
        let name = question.and_then(|question| question.at(&["params", "name"])).and_then(Node::string);
        for part in self::result(result, id, name) {
            choice.part(part);
        }
    }
}

/// Reads a result by its shape.
fn result(result: Node<'_>, id: Option<Text>, name: Option<Text>) -> Vec<Part> {
    if let Some(content) = result.get("content").filter(|_| result.get("role").is_none()) {
        let parts = each(content).map(part).collect();
        let error = result.get("isError").and_then(Node::bool) == Some(true);
        return vec![Part::ToolResult(ToolResult { id, name, parts, error })];
    }
    let mut parts: Vec<_> = ["messages", "contents", "content"]
        .iter()
        .filter_map(|key| result.get(key))
        .flat_map(each)
        .map(|node| part(node.some("content").unwrap_or(node)))
        .collect();
    let listed = LISTS.iter().filter_map(|(list, one)| Some((result.get(list)?, *one)));
    parts.extend(listed.flat_map(|(list, one)| {
        list.items().map(move |item| Part::Other { kind: one.to_owned(), summary: summary(item) })
    }));
    if let Some(server) = result.some("serverInfo") {
        parts.push(Part::Other { kind: "server".to_owned(), summary: summary(server) });
    }
    parts
}

/// Returns what an object tells of itself: the first line of each field that tells anything.
fn summary(node: Node<'_>) -> Option<Text> {
    let mut told = Joiner::default();
    for text in TELLING.iter().filter_map(|key| node.string_at(key)).filter(|text| !text.is_empty()) {
        if !told.is_empty() {
            told.push(&Text::made(" "));
        }
        let line = text
            .as_str()
            .trim_start()
            .lines()
            .next()
            .map_or(0, |line| text.len() - text.as_str().trim_start().len() + line.len());
        told.push(&text.slice(0..line));
    }
    (!told.is_empty()).then(|| told.finish())
}

/// Reads a piece of content: text, a medium, or a resource, which holds one of these.
fn part(node: Node<'_>) -> Part {
    let kind = node.get("type").and_then(Node::str).unwrap_or_default();
    let node = node.some("resource").filter(|resource| resource.is_map()).unwrap_or(node);
    if let Some(text) = node.string_at("text").or_else(|| node.string()) {
        return Part::Text(text);
    }
    let mime = node.get("mimeType").and_then(Node::str).map(std::borrow::Cow::into_owned);
    let place = node.string_at("data").or_else(|| node.string_at("blob")).map(Place::Base64);
    match place.or_else(|| node.string_at("uri").map(Place::Url)) {
        Some(place) => {
            let kind = if matches!(&*kind, "image" | "audio") { &*kind } else { "file" };
            Part::Media(Media {
                kind: kind.to_owned(),
                mime,
                place,
                name: node.string_at("name"),
                transcript: None,
            })
        }
        None => Part::Other { kind: kind.into_owned(), summary: Some(json_text(node)) },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{answered, asked, framed, turns, whole};

    const HERE: &str = "http://localhost:8000/mcp";

    #[test]
    fn a_call_of_a_tool_is_shown_with_its_result() {
        let request = r#"{"jsonrpc": "2.0", "id": 2, "method": "tools/call",
                          "params": {"name": "add", "arguments": {"a": 1}, "_meta": {}}}"#;
        let response = r#"{"jsonrpc": "2.0", "id": 2, "result": {"isError": true, "content": [
            {"type": "text", "text": "no b"}, {"type": "image", "mimeType": "image/png", "data": "aaaa"},
            {"type": "resource", "resource": {"uri": "file:///x", "text": "x"}},
            {"type": "resource_link", "uri": "file:///y", "name": "y"}]}}"#;
        let exchange = whole(HERE, request, response).value;
        assert_eq!((exchange.api, exchange.generates), ("mcp", false));
        assert_eq!(asked(&exchange), [r#"assistant: calls add 2 {"a":1}"#]);
        let want = "result 2 error no b | image image/png base64 aaaa | x | file - at file:///y";
        assert_eq!(answered(&exchange), [want]);
        let name = exchange.reply.answer().map(|answer| format!("{:?}", answer.message.parts[0]));
        assert!(name.is_some_and(|name| name.contains("add")));
    }

    #[test]
    fn a_stream_may_tell_other_things_before_the_answer_that_ends_it() {
        let notice = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"message":"half"}}"#;
        let answer =
            r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add","description":"Adds.\nAll."}]}}"#;
        let request = r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}"#;
        let body = format!("event: message\r\ndata: {notice}\r\n\r\ndata: {answer}\r\n\r\n");
        let read = framed(HERE, request, &body);
        assert_eq!(asked(&read.value), ["system: <tools/list> -"]);
        assert_eq!(answered(&read.value), ["<notifications/progress> half", "<tool> add Adds."]);
        assert_eq!(read.value.reply.complete, Some(true));
        let cut = framed(HERE, request, &format!("data: {notice}\n\n"));
        assert_eq!((cut.value.reply.complete, cut.diagnostics.len()), (Some(false), 1));
    }

    #[test]
    fn an_error_is_the_calls() {
        let request = r#"{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "x:y"}}"#;
        let response = r#"{"jsonrpc": "2.0", "id": 1, "error": {"code": -32002, "message": "not found"}}"#;
        let exchange = whole(HERE, request, response).value;
        assert_eq!(asked(&exchange), ["system: <resources/read> x:y"]);
        let error = exchange.reply.error.map(|error| format!("{:?}", (error.kind, error.message)));
        assert!(error.is_some_and(|error| error.contains("-32002") && error.contains("not found")));
    }

    #[test]
    fn messages_of_one_connection_are_paired_by_their_ids_whoever_asks() {
        let turns = turns(&[
            ("sent", r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"sum"}}"#),
            ("sent", r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#),
            (
                "received",
                r#"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":[
                    {"role":"user","content":{"type":"text","text":"How?"}}]}}"#,
            ),
            (
                "sent",
                r#"{"jsonrpc":"2.0","id":1,"result":{"role":"assistant","content":{"type":"text","text":"So."}}}"#,
            ),
            ("received", r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"3"}]}}"#),
        ]);
        let told =
            turns.iter().map(|(entries, exchange)| (entries.clone(), asked(exchange), answered(exchange)));
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let want = [
            (vec![0, 4], lines(&["assistant: calls sum 1 {}"]), lines(&["result 1 3"])),
            (vec![1], lines(&["system: <notifications/initialized> -"]), lines(&[])),
            (vec![2, 3], lines(&["user: How?"]), lines(&["So."])),
        ];
        assert_eq!(told.collect::<Vec<_>>(), want);
    }
}
