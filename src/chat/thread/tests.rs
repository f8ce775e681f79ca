//! Tests of conversations: which request goes on from which, and what became of the messages before.

use super::Step::{Added, Answered, Changed, Dropped, Kept};
use super::{Entry, Kind, Link, Step, Threads, threads};
use crate::chat::{Answer, Arguments, Exchange, Message, Part, Prompt, ProviderError, Reply, Role, ToolCall};
use crate::text::Text;

/// Reads `s:text` (system), `u:`, `a:`, `t:`; `a:→id name` calls a tool.
fn message(written: &str) -> Message {
    let (role, said) = written.split_once(':').unwrap();
    let role = match role {
        "s" => Role::System,
        "u" => Role::User,
        "a" => Role::Assistant,
        _ => Role::Tool,
    };
    let part = match said.strip_prefix('→').and_then(|call| call.split_once(' ')) {
        Some((id, name)) => Part::ToolCall(ToolCall {
            id: Some(Text::made(id)),
            name: Some(Text::made(name)),
            arguments: Arguments::Text(Text::made("{}")),
            server: false,
        }),
        None => Part::Text(Text::made(said)),
    };
    Message { role, parts: vec![part] }
}

/// A call that asks the messages up to the last, and gets the last as its answer; `""` is a failure.
fn call(written: &str) -> Exchange {
    let (asked, answered) = written.rsplit_once(" ⇒ ").unwrap();
    let messages = asked.split(" | ").filter(|asked| !asked.is_empty()).map(message).collect();
    let mut reply = Reply::default();
    if answered.is_empty() {
        reply.error = Some(ProviderError { message: None, kind: None });
    } else {
        let message = message(answered);
        reply.choices = vec![Answer { index: 0, message, finish_reason: None, finish_detail: None }];
    }
    let prompt = Prompt { messages, ..Prompt::default() };
    Exchange { api: "test", generates: true, service: None, prompt, reply }
}

fn woven(exchanges: &[Exchange]) -> Threads {
    let entry = |exchange| Entry {
        exchange: Some(exchange),
        failed: exchange.reply.error.is_some(),
        connected: false,
    };
    threads(exchanges.iter().map(entry))
}

fn read(calls: &[&str]) -> Threads {
    woven(&calls.iter().map(|written| call(written)).collect::<Vec<_>>())
}

fn link(threads: &Threads, at: usize) -> Option<&Link> {
    threads.turn(at).unwrap().link.as_ref()
}

/// Returns the number of an entry's conversation, and what it goes on from.
fn place(threads: &Threads, at: usize) -> (usize, Option<(Kind, usize)>) {
    let turn = threads.turn(at).unwrap();
    (turn.conversation, turn.link.as_ref().map(|link| (link.kind, link.from)))
}

fn steps(threads: &Threads, at: usize) -> &[Step] {
    &link(threads, at).unwrap().steps
}

#[test]
fn a_request_that_grows_is_one_conversation() {
    let threads =
        read(&["s:S | u:1 ⇒ a:A", "s:S | u:1 | a:A | u:2 ⇒ a:B", "s:S | u:1 | a:A | u:2 | a:B | u:3 ⇒ a:C"]);
    assert_eq!(threads.conversations(), 1);
    assert_eq!(place(&threads, 2), (0, Some((Kind::Continues, 1))));
    assert_eq!(steps(&threads, 2), [Kept(4), Answered(1), Added(1)]);
    assert_eq!(link(&threads, 2).unwrap().carried(), 5);
    assert_eq!(threads.new_messages(2, 6), [5]);
}

#[test]
fn calls_that_only_begin_alike_are_conversations_of_their_own() {
    let threads = read(&["s:S | u:1 ⇒ a:A", "s:S | u:2 ⇒ a:A", "u:3 ⇒ a:A"]);
    assert_eq!(place(&threads, 1), (1, Some((Kind::Begins, 0))));
    assert_eq!(steps(&threads, 1), [Kept(1), Added(1)]);
    assert_eq!(place(&threads, 2), (2, None));
    assert_eq!(threads.conversations(), 3);
}

#[test]
fn sub_agents_at_work_at_the_same_time_are_told_apart() {
    let threads = read(&[
        "s:S | u:go ⇒ a:→c ask",
        "s:sub | u:x ⇒ a:X1",
        "s:sub | u:y ⇒ a:Y1",
        "s:sub | u:x | a:X1 | u:on ⇒ a:X2",
        "s:sub | u:y | a:Y1 | u:on ⇒ a:Y2",
        "s:S | u:go | a:→c ask | t:X2 Y2 ⇒ a:done",
    ]);
    let conversations: Vec<_> = (0..6).map(|at| place(&threads, at).0).collect();
    assert_eq!(conversations, [0, 1, 2, 1, 2, 0]);
}

#[test]
fn a_request_sent_again_is_a_retry_if_the_first_came_to_nothing() {
    let threads = read(&["u:1 ⇒ ", "u:1 ⇒ a:A", "u:1 ⇒ a:B", "u:1 | a:A | u:2 ⇒ a:C"]);
    assert_eq!(place(&threads, 1), (0, Some((Kind::Retries, 0))));
    assert_eq!(place(&threads, 2), (0, Some((Kind::Repeats, 1))));
    // Of two answers to one request, the one that comes back tells which call goes on.
    assert_eq!(place(&threads, 3), (0, Some((Kind::Continues, 1))));
}

#[test]
fn a_second_call_that_goes_on_from_the_same_one_is_a_fork() {
    let threads = read(&[
        "u:1 ⇒ a:A",
        "u:1 | a:A | u:2 ⇒ a:B",
        "u:1 | a:A | u:3 ⇒ a:C",
        "u:1 | a:A | u:3 | a:C | u:4 ⇒ a:D",
    ]);
    assert_eq!(place(&threads, 1), (0, Some((Kind::Continues, 0))));
    assert_eq!(place(&threads, 2), (0, Some((Kind::Forks, 0))));
    assert_eq!(place(&threads, 3), (0, Some((Kind::Continues, 2))));
}

#[test]
fn messages_that_were_changed_or_dropped_are_told() {
    let threads = read(&[
        "s:S | u:1 ⇒ a:A",
        "s:S, at noon | u:1 | a:A | u:2 ⇒ a:B",
        "s:S, at noon | u:2 | a:B | u:3 ⇒ a:C",
        "s:S, at noon | u:2 | a:B | u:3 | a:Not C | u:4 ⇒ a:D",
        "s:S, at noon | u:2 | a:B | u:3 | a:Not C | u:4 | u:5 ⇒ a:E",
    ]);
    assert_eq!(threads.conversations(), 1);
    assert_eq!(steps(&threads, 1), [Changed { was: 1, now: 1 }, Kept(1), Answered(1), Added(1)]);
    assert_eq!(steps(&threads, 2), [Kept(1), Dropped(2), Kept(1), Answered(1), Added(1)]);
    assert_eq!(steps(&threads, 3), [Kept(4), Changed { was: 1, now: 1 }, Added(1)]);
    assert_eq!(link(&threads, 3).unwrap().echo, Some(4..5));
    assert_eq!(steps(&threads, 4), [Kept(6), Dropped(1), Added(1)]);
    assert!((1..5).all(|at| link(&threads, at).unwrap().edits()));
}

#[test]
fn the_id_of_a_call_leads_to_its_answer_where_the_words_do_not() {
    let threads = read(&[
        "s:S | u:1 ⇒ a:→c1 add",
        "s:T | u:one ⇒ a:→c2 add",
        "s:U | u:1, again | a:→c1 sum | t:2 ⇒ a:A",
        "s:V | u:x | a:→c9 add | t:2 ⇒ a:B",
    ]);
    assert_eq!(place(&threads, 2), (0, Some((Kind::Continues, 0))));
    assert_eq!(steps(&threads, 2), [Changed { was: 2, now: 2 }, Changed { was: 1, now: 1 }, Added(1)]);
    assert_eq!(place(&threads, 3), (2, None));
}

#[test]
fn of_two_runs_side_by_side_that_begin_the_same_ids_tell_which_goes_on() {
    let threads = read(&[
        "u:roll ⇒ a:→c1 roll",
        "u:roll ⇒ a:→c2 roll",
        "u:roll | a:→c1 roll | t:4 ⇒ a:Four.",
        "u:roll | a:→c2 roll | t:6 ⇒ a:Six.",
    ]);
    assert_eq!(place(&threads, 2), (0, Some((Kind::Continues, 0))));
    assert_eq!(place(&threads, 3), (0, Some((Kind::Continues, 1))));
}

#[test]
fn an_id_that_two_answers_gave_tells_nothing() {
    let threads = read(&["u:1 ⇒ a:→c add", "u:2 ⇒ a:→c add", "u:3 | a:→c sum | t:2 ⇒ a:A"]);
    assert_eq!(place(&threads, 2), (2, None));
}

#[test]
fn what_the_provider_keeps_is_named_or_remembered() {
    let named = |written, id: &str, previous: Option<&str>, conversation: Option<&str>| {
        let mut exchange = call(written);
        exchange.reply.id = Some(Text::made(id));
        exchange.prompt.previous = previous.map(Text::made);
        exchange.prompt.conversation = conversation.map(Text::made);
        exchange
    };
    let exchanges = [
        named("s:S | u:1 ⇒ a:A", "r1", None, Some("c")),
        named("s:S | u:2 ⇒ a:B", "r2", Some("r1"), None),
        named("u:3 ⇒ a:C", "r3", Some("nobody"), None),
        named("u:4 ⇒ a:D", "r4", None, Some("c")),
    ];
    let threads = woven(&exchanges);
    assert_eq!(place(&threads, 1), (0, Some((Kind::Continues, 0))));
    assert_eq!(steps(&threads, 1), [Kept(1), Added(1)]);
    assert_eq!(place(&threads, 2), (1, None));
    assert_eq!(place(&threads, 3), (0, Some((Kind::Forks, 0))));

    let calls = [call("u:1 ⇒ a:A"), call("u:2 ⇒ a:B")];
    let connected = super::threads(calls.iter().map(|call| Entry {
        exchange: Some(call),
        failed: false,
        connected: true,
    }));
    assert_eq!(place(&connected, 1), (0, Some((Kind::Continues, 0))));
}

#[test]
fn many_calls_in_one_recording_take_no_long_time() {
    // Each of these would be compared with all others if anything were.
    let mut calls: Vec<_> = (0..5_000).map(|_| call("s:S | u:1 ⇒ a:A")).collect();
    calls.extend((0..5_000).map(|at| call(&format!("s:S | u:1 | a:Not A | u:{at} ⇒ a:B"))));
    calls.extend((0..5_000).map(|at| call(&format!("s:S{at} | u:1 | a:A | u:2 ⇒ a:C"))));
    let threads = woven(&calls);
    assert_eq!(threads.conversations(), 1);
}
