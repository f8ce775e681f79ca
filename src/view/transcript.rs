//! `show` for people: the transcript, each message once.

use std::collections::HashMap;

use serde_json::Value;

use super::block::{Block, Item, Line, Run, Style, run};
use super::body::Unexplained;
use super::brief;
use super::show::{
    Answered, Cassette, Continues, Interaction, Message, Options, Piece, Request, Stretch, ToolCall, Usage,
};

/// Tool calls whose arguments are longer than this are shown over several lines.
const INLINE: usize = 100;

/// Lines of the body of what is no generation call.
const BODY_LINES: usize = 8;

/// Earlier messages that are gone are named up to so many.
const GONE: usize = 3;

/// Characters of a message of a connection that no protocol explains.
const MESSAGE: usize = 200;

/// Returns the transcript of a file.
#[must_use]
pub fn blocks(cassette: &Cassette<'_>, options: &Options<'_>) -> Vec<Block> {
    let mut blocks = vec![title(cassette)];
    let tools = tool_names(cassette);
    let shown = |index| shown(cassette, index).is_some();
    for interaction in cassette.interactions.iter().filter(|entry| !entry.told_in.is_some_and(shown)) {
        let message = interaction.other.is_some() && interaction.protocol.is_none();
        let excerpt = |what: &str, text: &str| if message { line(text) } else { excerpt(what, text) };
        let body = |what: &str, body: &Unexplained<'_>| match body {
            Unexplained::Text(text) => excerpt(what, text),
            Unexplained::Bytes(length) => Some(binary(what, *length)),
        };
        blocks.push(Block::Gap);
        blocks.extend(section(interaction, cassette));
        let link = link(interaction, cassette, options);
        blocks.extend(link.map(|link| Block::Detail(vec![run(Style::Dim, carried(link))])));
        let mut said = Vec::new();
        if let Some(request) = &interaction.request {
            said.extend(headers(request.headers.as_deref()));
            said.extend(prompt(request, link, &tools, options));
            said.extend(request.body.as_ref().and_then(|content| body("request", content)));
        }
        if let Some(response) = &interaction.response {
            said.extend(headers(response.headers.as_deref()));
            said.extend(answer(response, &tools, options));
            said.extend(response.body.as_ref().and_then(|content| body("response", content)));
        }
        said.extend(interaction.entry.as_deref().and_then(|text| excerpt("entry", text)));
        if !said.is_empty() {
            blocks.push(Block::Gap);
            blocks.extend(said);
        }
        blocks.extend(ending(interaction));
    }
    if let Some(total) = total(cassette) {
        blocks.extend([Block::Gap, total]);
    }
    blocks
}

/// Returns an interaction, if it is shown.
fn shown<'c, 'r>(cassette: &'c Cassette<'r>, index: usize) -> Option<&'c Interaction<'r>> {
    let place = cassette.interactions.binary_search_by_key(&index, |entry| entry.index).ok()?;
    cassette.interactions.get(place)
}

fn title(cassette: &Cassette<'_>) -> Block {
    let mut facts = vec![cassette.format.unwrap_or("unknown").to_owned()];
    let (shown, held) = (cassette.interactions.len(), brief::plural(cassette.held, "interaction"));
    facts.push(if shown == cassette.held { held } else { format!("{shown} of {held}") });
    let conversations = cassette.held > 1 && cassette.conversations > 0;
    facts.extend(conversations.then(|| brief::plural(cassette.conversations, "conversation")));
    Block::Title(vec![run(Style::Strong, cassette.path)], vec![run(Style::Dim, facts.join(" · "))])
}

/// Returns the names of all tools called, by the calls' ids: a result seldom names its tool.
fn tool_names<'c>(cassette: &'c Cassette<'_>) -> HashMap<&'c str, &'c str> {
    let mut names = HashMap::new();
    for interaction in &cassette.interactions {
        let asked = interaction.request.iter().flat_map(|request| &request.messages);
        let asked = asked.flat_map(|message| &message.parts);
        let answered = interaction.response.iter().flat_map(|response| &response.choices);
        let answered = answered.flat_map(|choice| &choice.parts);
        for piece in asked.chain(answered) {
            if let Piece::ToolCall(ToolCall { id: Some(id), name: Some(name), .. }) = piece {
                names.insert(*id, *name);
            }
        }
    }
    names
}

fn section(interaction: &Interaction<'_>, cassette: &Cassette<'_>) -> Vec<Block> {
    let mut left = vec![run(Style::Strong, numbers(interaction)), run(Style::Plain, "  ")];
    if let Some(other) = interaction.other {
        left.push(run(
            Style::Plain,
            match interaction.tells.len() {
                0 => other.to_owned(),
                more => brief::plural(more + 1, "message"),
            },
        ));
    }
    let http = interaction.other.is_none();
    if let Some(request) = interaction.request.as_ref().filter(|request| http || request.url.is_some()) {
        if !http {
            left.push(run(Style::Dim, " · "));
        }
        left.push(run(Style::Strong, request.method.as_deref().unwrap_or("?")));
        let url = request.url.unwrap_or("no address");
        let url = url.split_once("://").map_or(url, |(_, rest)| rest);
        left.push(run(Style::Plain, format!(" {url}")));
    }
    let mut right = Vec::new();
    if let Some(response) = &interaction.response {
        let unknown = || http.then(|| run(Style::Warning, "no status"));
        right.extend(response.status.map(status).or_else(unknown));
        let facts = [
            response.duration.filter(|duration| !duration.is_zero()).map(brief::duration),
            response.events.map(|events| brief::plural(events, "event")),
        ];
        for fact in facts.into_iter().flatten() {
            let gap = if right.is_empty() { "" } else { " · " };
            right.push(run(Style::Dim, format!("{gap}{fact}")));
        }
    } else if http {
        right.push(run(Style::Warning, "no response"));
    }
    let mut blocks = vec![Block::Section(left, right)];
    let mut facts = facts(interaction);
    // A request that goes on with the same model and tools need not say so again.
    let from = interaction.continues.as_ref().and_then(|link| shown(cassette, link.interaction));
    let offers = |interaction: &Interaction<'_>| {
        let tools = interaction.request.iter().flat_map(|request| &request.tools);
        tools.map(|tool| tool.name.to_owned()).collect::<Vec<_>>()
    };
    if from.is_some_and(|from| self::facts(from) == facts && offers(from) == offers(interaction)) {
        facts.clear();
    } else if cassette.conversations > 1 && interaction.continues.is_none() {
        facts.extend(interaction.conversation.map(|number| format!("conversation {}", number + 1)));
    }
    if !facts.is_empty() {
        blocks.push(Block::Detail(vec![run(Style::Dim, facts.join(" · "))]));
    }
    blocks
}

/// Returns who served a call, the model, the number of tools on offer; or what a call is about that generates nothing.
fn facts(interaction: &Interaction<'_>) -> Vec<String> {
    if interaction.protocol.is_none() && interaction.summary.is_none() {
        return Vec::new();
    }
    let request = interaction.request.as_ref();
    let model = request.and_then(|request| request.model);
    let answered = interaction.response.as_ref().and_then(|response| response.model);
    let model = match (model, answered) {
        (Some(asked), Some(answered)) if asked != answered && !asked.is_empty() => {
            Some(format!("{asked} → {answered}"))
        }
        (asked, answered) => asked.or(answered).map(str::to_owned),
    };
    let tools = request.map_or(0, |request| request.tools.len());
    let tools = (tools > 0).then(|| brief::plural(tools, "tool"));
    let service = interaction.provider.or(interaction.protocol);
    let mut facts: Vec<_> = [service.map(str::to_owned), model, tools].into_iter().flatten().collect();
    if let Some(summary) = &interaction.summary {
        facts.push(summary.kind.to_owned());
        facts.extend(summary.facts.iter().cloned());
        let usage = interaction.response.as_ref().and_then(|response| response.usage.as_ref());
        facts.extend(usage.map(tokens).filter(|tokens| !tokens.is_empty()));
    }
    facts
}

/// Returns the number of an entry, with those of the entries that are a part of it: `3`, `3–9`, `3, 5`.
fn numbers(interaction: &Interaction<'_>) -> String {
    let first = interaction.index;
    match interaction.tells.as_slice() {
        [] => first.to_string(),
        [.., last] if last - first == interaction.tells.len() => format!("{first}–{last}"),
        [only] => format!("{first}, {only}"),
        [.., last] => format!("{first} … {last}"),
    }
}

fn status(status: u16) -> Run {
    let style = if status < 400 { Style::Good } else { Style::Error };
    run(style, status.to_string())
}

fn headers(headers: Option<&[(&str, &str)]>) -> Option<Block> {
    let items = headers?.iter().map(|(name, value)| {
        Item::Pair(vec![run(Style::Dim, format!("{name}: ")), run(Style::Plain, &**value)], Line::new())
    });
    Some(Block::Said { speaker: run(Style::Dim, "headers"), items: items.collect() })
}

/// Returns what a request repeats that is not said again. A message of another conversation is, where that is not
/// shown.
fn link<'c>(
    interaction: &'c Interaction<'_>,
    cassette: &Cassette<'_>,
    options: &Options<'_>,
) -> Option<&'c Continues> {
    let begins = interaction.begins_like.as_ref();
    let begins = begins.filter(|link| shown(cassette, link.interaction).is_some());
    let link = interaction.continues.as_ref().or(begins);
    link.filter(|_| !options.full)
}

fn prompt(
    request: &Request<'_>,
    link: Option<&Continues>,
    tools: &HashMap<&str, &str>,
    options: &Options<'_>,
) -> Vec<Block> {
    let Some(link) = link else {
        let messages = request.messages.iter();
        return messages.flat_map(|message| said(message.role, &message.parts, tools, options)).collect();
    };
    let head = link.steps.iter().take_while(|step| step.is_old()).count();
    let mut blocks = Vec::new();
    let mut at = link.messages;
    for steps in link.steps[head..].chunk_by(|one, next| one.is_old() && next.is_old()) {
        let messages = at..at + steps.iter().map(|step| step.messages).sum::<usize>();
        at = messages.end;
        match steps {
            [old, ..] if old.is_old() => {
                blocks.push(Block::Detail(vec![run(Style::Dim, format!("↳ {}", earlier(messages.len())))]));
            }
            steps => {
                blocks.extend(
                    steps
                        .iter()
                        .flat_map(|step| stretch(step, &request.messages[messages.clone()], tools, options)),
                );
            }
        }
    }
    blocks
}

/// Returns the line that stands for what was said before.
fn carried(link: &Continues) -> String {
    let from = link.interaction;
    let what = match link.kind {
        "continues" | "begins" if link.messages == 0 => return format!("↳ continues {from}"),
        "begins" => format!("begins like {from}"),
        kind => format!("{kind} {from}"),
    };
    format!("↳ {what}: {}", earlier(link.messages))
}

/// Returns the messages of one stretch, and what became of those that stood there.
fn stretch(
    step: &Stretch,
    messages: &[Message<'_>],
    tools: &HashMap<&str, &str>,
    options: &Options<'_>,
) -> Vec<Block> {
    let note = |text: String| vec![Block::Detail(vec![run(Style::Warning, text)])];
    let mut blocks = match step.step {
        "dropped" => note(format!("– {}", gone(step, "gone"))),
        "changed" => note(format!("~ {}", gone(step, "changed"))),
        _ => Vec::new(),
    };
    for message in messages {
        let mut said = said(message.role, &message.parts, tools, options);
        for block in &mut said {
            if let (Block::Said { speaker, .. }, "changed") = (block, step.step) {
                *speaker = run(Style::Warning, format!("~{}", speaker.text));
            }
        }
        blocks.extend(said);
    }
    blocks
}

/// Returns what is said of earlier messages that are no longer as they were: `2 earlier messages gone: user “Hi”, …`.
fn gone(step: &Stretch, what: &str) -> String {
    let named: Vec<_> = step.gone.iter().take(GONE).map(String::as_str).collect();
    let more = if step.gone.len() > GONE { ", …" } else { "" };
    format!("{} {what}: {}{more}", earlier(step.earlier), named.join(", "))
}

fn earlier(messages: usize) -> String {
    brief::plural(messages, "earlier message")
}

fn speaker(role: &str) -> Run {
    let style = match role {
        "system" => Style::System,
        "user" => Style::User,
        "assistant" => Style::Assistant,
        "tool" => Style::Tool,
        _ => Style::Dim,
    };
    run(style, role)
}

/// Returns what one message says; its thinking stands apart, and so do results of tools.
///
/// Citations cut an answer into many texts: they run on here, and what they cite follows.
fn said(role: &str, parts: &[Piece<'_>], tools: &HashMap<&str, &str>, options: &Options<'_>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut cited: Vec<&str> = Vec::new();
    let mut parts = parts.iter().peekable();
    while let Some(piece) = parts.next() {
        let (voice, items) = match piece {
            Piece::Thinking { .. } if options.hide_reasoning => continue,
            Piece::Thinking { text } => {
                (run(Style::Thinking, "thinking"), vec![prose(Style::Thinking, text)])
            }
            Piece::Other { kind: "citation", text } => {
                cited.extend(text.filter(|text| !cited.contains(text)));
                continue;
            }
            Piece::Text { text } if role == "assistant" => {
                let mut running = (*text).to_owned();
                while let Some(piece) = parts.next_if(|piece| runs_on(piece)) {
                    match piece {
                        Piece::Text { text } => running.push_str(text),
                        Piece::Other { text, .. } => cited.extend(text.filter(|text| !cited.contains(text))),
                        _ => {}
                    }
                }
                // An empty text beside calls says nothing.
                if running.trim().is_empty() {
                    continue;
                }
                (speaker(role), vec![prose(Style::Plain, &running)])
            }
            Piece::ToolResult { .. } => (speaker("tool"), items(piece, tools)),
            other => (speaker(role), items(other, tools)),
        };
        say(&mut blocks, voice, items);
    }
    if !cited.is_empty() {
        let sources = cited.into_iter().map(|source| prose(Style::Dim, &format!("cites {source}")));
        say(&mut blocks, speaker(role), sources.collect());
    }
    blocks
}

fn runs_on(piece: &Piece<'_>) -> bool {
    matches!(piece, Piece::Text { .. } | Piece::Other { kind: "citation", .. })
}

/// Adds what is said; who goes on speaking is named once.
fn say(blocks: &mut Vec<Block>, voice: Run, items: Vec<Item>) {
    match blocks.last_mut() {
        Some(Block::Said { speaker, items: before }) if *speaker == voice => before.extend(items),
        _ => blocks.push(Block::Said { speaker: voice, items }),
    }
}

/// Returns a text as prose. Models like to begin with empty lines, and nobody likes to read them.
fn prose(style: Style, text: &str) -> Item {
    let text = text.trim_end();
    let blank = &text[..text.len() - text.trim_start().len()];
    let begin = blank.rfind('\n').map_or(0, |at| at + 1);
    Item::Prose(style, brief::text(&text[begin..]).into_owned())
}

fn items(piece: &Piece<'_>, tools: &HashMap<&str, &str>) -> Vec<Item> {
    match piece {
        Piece::Text { text } => vec![prose(Style::Plain, text)],
        Piece::Thinking { text } => vec![prose(Style::Thinking, text)],
        Piece::Refusal { text } => vec![prose(Style::Warning, &format!("refuses: {text}"))],
        Piece::ToolCall(call) | Piece::FunctionCall(call) => call_items(call),
        Piece::ToolResult { id, name, parts, error } => {
            let name = name.or_else(|| id.and_then(|id| tools.get(id).copied())).or(*id).unwrap_or("result");
            result_items(name, parts, *error, tools)
        }
        Piece::Media { kind, mime, url, id, name, transcript, base64, .. } => {
            let mut what = match (base64, url, id) {
                (Some(base64), _, _) => brief::medium(kind, *mime, base64),
                (None, Some(url), _) => format!("<{kind} {url}>"),
                (None, None, Some(id)) => format!("<{kind} {id}>"),
                (None, None, None) => format!("<{kind}>"),
            };
            if let Some(name) = name {
                what = format!("{what} {name}");
            }
            let mut items = vec![Item::Pair(vec![run(Style::Dim, what)], Line::new())];
            items.extend(transcript.map(|text| prose(Style::Plain, text)));
            items
        }
        Piece::Other { kind, text } => {
            let what = text.map_or_else(|| format!("<{kind}>"), |text| format!("<{kind}> {text}"));
            vec![prose(Style::Dim, &what)]
        }
    }
}

/// Returns a tool call: on one line if its arguments are short, else with its arguments as JSON below.
fn call_items(call: &ToolCall<'_>) -> Vec<Item> {
    let arrow = if call.server { "⇢ " } else { "→ " };
    let mut line = vec![run(Style::Tool, arrow), run(Style::Strong, call.name.unwrap_or("?"))];
    let id = call.id.map(|id| vec![run(Style::Dim, id)]).unwrap_or_default();
    let inline = inline_arguments(&call.arguments).filter(|text| text.chars().count() <= INLINE);
    if let Some(arguments) = inline {
        line.push(run(Style::Plain, format!("({arguments})")));
        return vec![Item::Pair(line, id)];
    }
    let (language, text) = match &call.arguments {
        Value::String(text) => ("", text.clone()),
        arguments => ("json", serde_json::to_string_pretty(arguments).unwrap_or_default()),
    };
    let text = brief::text(&text).into_owned();
    vec![Item::Pair(line, id), Item::Code { language, text }]
}

/// Returns arguments as `a: 2, b: "x"`, if they are an object and hold no line ends.
fn inline_arguments(arguments: &Value) -> Option<String> {
    let Value::Object(object) = arguments else { return None };
    let fields = object.iter().map(|(name, value)| format!("{name}: {value}"));
    Some(fields.collect::<Vec<_>>().join(", "))
}

fn result_items(name: &str, parts: &[Piece<'_>], error: bool, tools: &HashMap<&str, &str>) -> Vec<Item> {
    let style = if error { Style::Error } else { Style::Plain };
    let head = [run(Style::Strong, name), run(Style::Dim, if error { " ✗ " } else { " → " })];
    if let [Piece::Text { text }] = parts
        && text.len() <= INLINE
        && !text.contains('\n')
    {
        let mut line = head.to_vec();
        line.push(run(style, *text));
        return vec![Item::Pair(line, Line::new())];
    }
    let mut found = vec![Item::Pair(head.to_vec(), Line::new())];
    found.extend(parts.iter().flat_map(|piece| match piece {
        Piece::Text { text } => vec![pretty(text).unwrap_or_else(|| prose(style, text))],
        other => items(other, tools),
    }));
    found
}

/// Returns JSON over several lines, if the text is a JSON object or list.
fn pretty(text: &str) -> Option<Item> {
    let value: Value =
        serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())?;
    let text = serde_json::to_string_pretty(&value).ok()?;
    Some(Item::Code { language: "json", text: brief::text(&text).into_owned() })
}

fn answer(response: &Answered<'_>, tools: &HashMap<&str, &str>, options: &Options<'_>) -> Vec<Block> {
    let several = response.choices.len() > 1;
    let mut blocks = Vec::new();
    for choice in &response.choices {
        if several {
            let reason = choice.finish_reason.map(|reason| format!(" · {reason}")).unwrap_or_default();
            blocks.push(Block::Detail(vec![run(Style::Dim, format!("choice {}{reason}", choice.index))]));
        }
        blocks.extend(said(choice.role, &choice.parts, tools, options));
    }
    blocks
}

/// Returns the size of a body that is no text.
fn binary(what: &str, length: usize) -> Block {
    let line = vec![run(Style::Dim, format!("<binary, {}>", brief::size(length)))];
    Block::Said { speaker: run(Style::Dim, what), items: vec![Item::Pair(line, Line::new())] }
}

/// Returns the first lines of a body that no protocol explains.
fn excerpt(what: &str, text: &str) -> Option<Block> {
    if text.trim().is_empty() {
        return None;
    }
    let item = match pretty(text) {
        Some(Item::Code { language, text }) => Item::Code { language, text: first_lines(&text) },
        _ => prose(Style::Plain, &first_lines(&brief::text(text))),
    };
    Some(Block::Said { speaker: run(Style::Dim, what), items: vec![item] })
}

/// Returns the beginning of a message that no protocol explains.
fn line(text: &str) -> Option<Block> {
    let text = brief::text(text);
    let end = text.char_indices().nth(MESSAGE).map_or(text.len(), |(at, _)| at);
    let rest = if end < text.len() { " …" } else { "" };
    let said = format!("{}{rest}", &text[..end]);
    (!said.is_empty()).then(|| Block::Detail(vec![run(Style::Plain, said)]))
}

fn first_lines(text: &str) -> String {
    let total = text.lines().count();
    let line = |line: &str| match line.char_indices().nth(400) {
        Some((at, _)) => format!("{} …", &line[..at]),
        None => line.to_owned(),
    };
    let mut lines: Vec<_> = text.lines().take(BODY_LINES).map(line).collect();
    if total > BODY_LINES {
        lines.push(format!("… {}", brief::plural(total - BODY_LINES, "more line")));
    }
    lines.join("\n")
}

/// Returns how an interaction ended: finish reason, tokens, what went wrong.
fn ending(interaction: &Interaction<'_>) -> Vec<Block> {
    let Some(response) = &interaction.response else { return Vec::new() };
    let mut blocks = Vec::new();
    // A call that generates nothing tells its tokens in its one line.
    let usage = response.usage.as_ref().filter(|_| interaction.summary.is_none());
    let reason: Vec<_> = [response.finish_reason, response.finish_detail].into_iter().flatten().collect();
    let facts = [Some(reason.join(": ")), usage.map(tokens)];
    let facts: Vec<_> = facts.into_iter().flatten().filter(|fact| !fact.is_empty()).collect();
    if !facts.is_empty() {
        blocks.push(Block::Detail(vec![run(Style::Dim, facts.join(" · "))]));
    }
    if let Some(error) = &response.error {
        let facts: Vec<_> = [error.kind, error.message].into_iter().flatten().collect();
        let text = if facts.is_empty() { "error".to_owned() } else { format!("error: {}", facts.join(": ")) };
        blocks.push(Block::Detail(vec![run(Style::Error, text)]));
    } else if response.complete == Some(false) {
        let text = "the stream ends before the answer is complete";
        blocks.push(Block::Detail(vec![run(Style::Warning, text)]));
    }
    if blocks.is_empty() { blocks } else { std::iter::once(Block::Gap).chain(blocks).collect() }
}

/// Returns tokens as a sum: `207 in (64 cached) + 58 out (12 reasoning) = 265 tokens`.
fn tokens(usage: &Usage<'_>) -> String {
    let noted = |count: Option<u64>, what: &str, notes: &[(Option<u64>, &str)]| {
        let notes: Vec<_> = notes
            .iter()
            .filter_map(|(count, what)| {
                count.filter(|count| *count > 0).map(|n| format!("{} {what}", brief::count(n)))
            })
            .collect();
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
        count.map(|count| format!("{} {what}{notes}", brief::count(count)))
    };
    let cache = [(usage.cached_tokens, "cached"), (usage.cache_write_tokens, "cache written")];
    let input = noted(usage.input_tokens, "in", &cache);
    let output = noted(usage.output_tokens, "out", &[(usage.reasoning_tokens, "reasoning")]);
    let sides: Vec<_> = [input, output].into_iter().flatten().collect();
    let sum = sides.join(" + ");
    match usage.total_tokens {
        Some(total) if sum.is_empty() => format!("{} tokens", brief::count(total)),
        Some(total) => format!("{sum} = {} tokens", brief::count(total)),
        None if sum.is_empty() => sum,
        None => format!("{sum} tokens"),
    }
}

/// Returns the line that sums the file up, if there is more than one thing to add.
fn total(cassette: &Cassette<'_>) -> Option<Block> {
    let calls = cassette.interactions.iter().filter(|entry| entry.api.is_some());
    let responses: Vec<_> = calls.filter_map(|entry| entry.response.as_ref()).collect();
    if responses.len() < 2 {
        return None;
    }
    let usages: Vec<_> = responses.iter().filter_map(|response| response.usage.as_ref()).collect();
    let sum =
        |pick: fn(&Usage<'_>) -> Option<u64>| usages.iter().filter_map(|usage| pick(usage)).sum::<u64>();
    let mut facts = vec![brief::plural(responses.len(), "request")];
    if !usages.is_empty() {
        let (input, output) = (sum(|usage| usage.input_tokens), sum(|usage| usage.output_tokens));
        let mut tokens = format!("{} in + {} out", brief::count(input), brief::count(output));
        let all = usages.iter().all(|usage| usage.total_tokens.is_some());
        if all {
            tokens = format!("{tokens} = {}", brief::count(sum(|usage| usage.total_tokens)));
        }
        tokens.push_str(" tokens");
        if usages.len() < responses.len() {
            tokens = format!("{tokens} ({} without usage)", responses.len() - usages.len());
        }
        facts.push(tokens);
    }
    let time: std::time::Duration = responses.iter().filter_map(|response| response.duration).sum();
    if !time.is_zero() {
        facts.push(brief::duration(time));
    }
    Some(Block::Note(vec![run(Style::Dim, facts.join(" · "))]))
}
