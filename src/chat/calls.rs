//! Tool calls, and what came back for each in a later request or, where the server ran the tool, in the answer itself.
//!
//! A result names its call by id. Some clients and wires have no ids: there, calls are answered by name and in order.
//! Ids may be used again in another conversation, so what the request goes on from is asked first.

use std::collections::{HashMap, HashSet};

use super::thread::digest::plain;
use super::thread::{Kind, Threads};
use super::{Exchange, Message, Part, Reply, Tool, ToolCall, ToolResult};
use crate::text::Text;

/// An entry of a recording, as far as calls go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry<'e> {
    /// What was said.
    pub exchange: Option<&'e Exchange>,
    /// An answer that was given before and is fetched again.
    pub stored: Option<&'e Reply>,
}

/// The calls of a recording.
#[derive(Debug, Default)]
pub struct Calls<'e> {
    /// In the order in which they are first told.
    pub calls: Vec<Called<'e>>,
    /// Results of which no call is known.
    pub orphans: Vec<Returned<'e>>,
}

/// A call.
#[derive(Debug)]
pub struct Called<'e> {
    /// Number of the entry that tells it first.
    pub entry: usize,
    /// Number of the choice that made it; absent where the call is known only from what a request tells of earlier.
    pub choice: Option<usize>,
    /// The call.
    pub call: &'e ToolCall,
    /// What came back: nothing, one result or, where the conversation forks, several.
    pub results: Vec<Returned<'e>>,
    /// The tool as the same request offers it.
    pub tool: Option<&'e Tool>,
    /// Whether the same request offers any tools.
    pub offers: bool,
}

/// What came back for a call.
#[derive(Clone, Copy, Debug)]
pub struct Returned<'e> {
    /// Number of the entry that tells it.
    pub entry: usize,
    /// What came back.
    pub result: &'e ToolResult,
}

/// Returns the calls of a recording.
#[must_use]
pub fn calls<'e>(threads: &Threads, entries: impl Iterator<Item = Entry<'e>>) -> Calls<'e> {
    let mut pairing = Pairing::default();
    for (at, entry) in entries.enumerate() {
        pairing.answers.push(Vec::new());
        if let Some(exchange) = entry.exchange {
            pairing.exchange(at, exchange, threads);
        } else if let Some(stored) = entry.stored {
            pairing.stored(at, stored);
        }
    }
    pairing.found
}

#[derive(Default)]
struct Pairing<'e> {
    found: Calls<'e>,
    /// Of each entry the calls that its answer makes.
    answers: Vec<Vec<usize>>,
    by_entry: HashMap<(usize, &'e str), usize>,
    by_conversation: HashMap<(usize, &'e str), usize>,
    by_id: HashMap<&'e str, usize>,
}

/// What is known of one exchange while it is read.
struct Here<'e> {
    entry: usize,
    exchange: Option<&'e Exchange>,
    conversation: Option<usize>,
    /// The entry whose answer may be answered here.
    before: Option<usize>,
    /// The calls that this request tells first.
    told: Vec<usize>,
    /// Ids that the client gave to calls that had none.
    names: HashMap<&'e str, usize>,
    /// The calls that were answered here.
    answered: HashSet<usize>,
}

impl<'e> Pairing<'e> {
    fn exchange(&mut self, at: usize, exchange: &'e Exchange, threads: &Threads) {
        let turn = threads.turn(at);
        let link = turn.and_then(|turn| turn.link.as_ref()).filter(|link| link.kind != Kind::Begins);
        let mut here = Here {
            entry: at,
            exchange: Some(exchange),
            conversation: turn.map(|turn| turn.conversation),
            before: link.map(|link| link.from),
            told: Vec::new(),
            names: HashMap::new(),
            answered: HashSet::new(),
        };
        let messages = &exchange.prompt.messages;
        let echo = link.and_then(|link| link.echo.clone()).unwrap_or(0..0);
        self.echo(&messages[echo.clone()], &mut here);
        for message in threads.new_messages(at, messages.len()) {
            for part in &messages[message].parts {
                match part {
                    Part::ToolCall(call) | Part::FunctionCall(call) if !echo.contains(&message) => {
                        self.told(call, &mut here);
                    }
                    Part::ToolResult(result) => self.result(result, &mut here),
                    _ => {}
                }
            }
        }
        self.reply(&exchange.reply, &mut here);
    }

    /// Reads an answer that is fetched: its calls may be known from the call that made it.
    fn stored(&mut self, at: usize, reply: &'e Reply) {
        let parts = reply.answer().into_iter().flat_map(|answer| &answer.message.parts);
        let known = |part: &Part| match part {
            Part::ToolCall(call) => id(call.id.as_ref()).is_some_and(|id| self.by_id.contains_key(id)),
            _ => false,
        };
        if !parts.clone().any(known) {
            let mut here = Here {
                entry: at,
                exchange: None,
                conversation: None,
                before: None,
                told: Vec::new(),
                names: HashMap::new(),
                answered: HashSet::new(),
            };
            self.reply(reply, &mut here);
        }
    }

    /// Reads the answer as the client sends it back: its calls are known, maybe under other ids.
    fn echo(&mut self, messages: &'e [Message], here: &mut Here<'e>) {
        let mut left: Vec<_> = here.before.map(|before| self.answers[before].clone()).unwrap_or_default();
        for part in messages.iter().flat_map(|message| &message.parts) {
            let (Part::ToolCall(call) | Part::FunctionCall(call)) = part else { continue };
            let own = |at: &usize| self.found.calls[*at].call;
            let id = id(call.id.as_ref());
            let same_id = left.iter().position(|at| id.is_some() && own(at).id == call.id);
            // A client may name calls anew that had no id; what has another call's id is that call.
            let other = id.is_some_and(|id| self.by_id.contains_key(id));
            let alike = |at: &usize| !other && own(at).name == call.name;
            let arguments = plain(call.arguments.json());
            let same = |at: &usize| alike(at) && plain(own(at).arguments.json()) == arguments;
            let same_call = || left.iter().position(same).or_else(|| left.iter().position(alike));
            match same_id.or_else(same_call) {
                Some(place) => {
                    let known = left.remove(place);
                    here.names.extend(id.map(|id| (id, known)));
                }
                None => self.told(call, here),
            }
        }
    }

    /// Reads a call that a request tells of earlier.
    fn told(&mut self, call: &'e ToolCall, here: &mut Here<'e>) {
        let known = id(call.id.as_ref()).zip(here.conversation);
        let known = known.and_then(|(id, conversation)| self.by_conversation.get(&(conversation, id)));
        if known.is_some_and(|&known| self.found.calls[known].call.name == call.name) {
            return;
        }
        let at = self.call(call, None, here);
        here.told.push(at);
    }

    fn reply(&mut self, reply: &'e Reply, here: &mut Here<'e>) {
        for answer in &reply.choices {
            for part in &answer.message.parts {
                match part {
                    Part::ToolCall(call) | Part::FunctionCall(call) => {
                        let at = self.call(call, Some(answer.index), here);
                        self.answers[here.entry].push(at);
                        here.told.push(at);
                    }
                    Part::ToolResult(result) => self.result(result, here),
                    _ => {}
                }
            }
        }
    }

    /// Notes a call and returns its number.
    fn call(&mut self, call: &'e ToolCall, choice: Option<usize>, here: &Here<'e>) -> usize {
        let at = self.found.calls.len();
        let tools = here.exchange.map_or(&[][..], |exchange| &exchange.prompt.tools);
        let named = |tool: &&Tool| call.name.as_ref().is_some_and(|name| name.as_str() == tool.name);
        self.found.calls.push(Called {
            entry: here.entry,
            choice,
            call,
            results: Vec::new(),
            tool: tools.iter().find(named),
            offers: !tools.is_empty(),
        });
        if let Some(id) = id(call.id.as_ref()) {
            self.by_entry.insert((here.entry, id), at);
            self.by_conversation.extend(here.conversation.map(|conversation| ((conversation, id), at)));
            self.by_id.insert(id, at);
        }
        at
    }

    fn result(&mut self, result: &'e ToolResult, here: &mut Here<'e>) {
        let returned = Returned { entry: here.entry, result };
        match self.by_id(result, here).or_else(|| self.by_order(result, here)) {
            Some(at) => {
                here.answered.insert(at);
                self.found.calls[at].results.push(returned);
            }
            None => self.found.orphans.push(returned),
        }
    }

    fn by_id(&self, result: &ToolResult, here: &Here<'e>) -> Option<usize> {
        let id = id(result.id.as_ref())?;
        let at = here.names.get(id).or_else(|| self.by_entry.get(&(here.entry, id)));
        let at = at.or_else(|| self.by_entry.get(&(here.before?, id)));
        let at = at.or_else(|| self.by_conversation.get(&(here.conversation?, id)));
        at.or_else(|| self.by_id.get(id)).copied()
    }

    /// Returns the first call that waits for a result like this: of those told here, then of the answer before.
    fn by_order(&self, result: &ToolResult, here: &Here<'e>) -> Option<usize> {
        let before = here.before.map_or(&[][..], |before| &self.answers[before]);
        let mut waiting = here.told.iter().chain(before).copied().filter(|at| !here.answered.contains(at));
        waiting.find(|&at| {
            let call = self.found.calls[at].call;
            let no_id = id(call.id.as_ref()).is_none() || id(result.id.as_ref()).is_none();
            let same = |name: &Text| call.name.as_ref() == Some(name);
            // What answers a tool of the provider's own that the client runs may name the call by another id of it.
            let no_id = no_id || (call.server && result.name.is_some());
            no_id && result.name.as_ref().filter(|name| !name.is_empty()).is_none_or(same)
        })
    }
}

fn id(id: Option<&Text>) -> Option<&str> {
    id.map(Text::as_str).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::thread::{self, threads};
    use crate::chat::{Answer, Arguments, Prompt, Role};

    fn text(text: &str) -> Option<Text> {
        (!text.is_empty()).then(|| Text::made(text))
    }

    fn asks(id: &str, name: &str, server: bool) -> Part {
        let arguments = Arguments::Text(Text::made("{}"));
        Part::ToolCall(ToolCall { id: text(id), name: text(name), arguments, server })
    }

    fn gives(id: &str, name: &str) -> Part {
        Part::ToolResult(ToolResult { id: text(id), name: text(name), ..ToolResult::default() })
    }

    fn says(words: &str) -> Part {
        Part::Text(Text::made(words))
    }

    /// An exchange whose request has messages of the user, the model, a tool … in turn, and an answer.
    fn exchange(asked: &[&[Part]], answer: &[Part]) -> Exchange {
        let roles = [Role::User, Role::Assistant, Role::Tool].into_iter().cycle();
        let messages = asked.iter().zip(roles).map(|(parts, role)| Message { role, parts: parts.to_vec() });
        let message = Message { role: Role::Assistant, parts: answer.to_vec() };
        let answer = Answer { index: 0, message, finish_reason: None, finish_detail: None };
        Exchange {
            api: "test",
            generates: true,
            service: None,
            prompt: Prompt { messages: messages.collect(), ..Prompt::default() },
            reply: Reply { choices: vec![answer], ..Reply::default() },
        }
    }

    /// Returns each call as `entry name → entries of its results`, told ones with `…`, and orphans as `? → entry`.
    fn pairs(exchanges: &[Exchange]) -> Vec<String> {
        let woven = threads(
            exchanges
                .iter()
                .map(|exchange| thread::Entry { exchange: Some(exchange), ..thread::Entry::default() }),
        );
        let entries = exchanges.iter().map(|exchange| Entry { exchange: Some(exchange), stored: None });
        let found = calls(&woven, entries);
        let called = found.calls.iter().map(|called| {
            let told = if called.choice.is_none() { "…" } else { "" };
            let results: Vec<_> = called.results.iter().map(|result| result.entry.to_string()).collect();
            let name = called.call.name.as_ref().unwrap().as_str();
            format!("{told}{} {name} → {}", called.entry, results.join(" "))
        });
        called.chain(found.orphans.iter().map(|orphan| format!("? → {}", orphan.entry))).collect()
    }

    #[test]
    fn results_are_paired_by_id_in_whatever_order() {
        let answer = [asks("c1", "add", false), asks("c2", "add", false)];
        let second =
            exchange(&[&[says("Go.")], &answer, &[gives("c2", ""), gives("c1", "")]], &[says("Done.")]);
        assert_eq!(pairs(&[exchange(&[&[says("Go.")]], &answer), second]), ["0 add → 1", "0 add → 1"]);
    }

    #[test]
    fn without_ids_names_and_order_pair_them() {
        let answer = [asks("", "add", false), asks("", "sum", false), asks("", "add", false)];
        let results = [gives("", "sum"), gives("", "add")];
        let second = exchange(&[&[says("Go.")], &answer, &results], &[says("Done.")]);
        assert_eq!(
            pairs(&[exchange(&[&[says("Go.")]], &answer), second]),
            ["0 add → 1", "0 sum → 1", "0 add → "]
        );
        let nameless = exchange(&[&[says("Go.")], &answer[..1], &[gives("", "")]], &[says("Done.")]);
        assert_eq!(pairs(&[exchange(&[&[says("Go.")]], &answer[..1]), nameless]), ["0 add → 1"]);
    }

    #[test]
    fn ids_that_the_client_made_up_lead_to_the_calls_that_had_none() {
        let first = exchange(&[&[says("Go.")]], &[asks("", "add", false), asks("", "add", false)]);
        let echo = [asks("1", "add", false), asks("2", "add", false)];
        let second = exchange(&[&[says("Go.")], &echo, &[gives("2", "add")]], &[says("Done.")]);
        assert_eq!(pairs(&[first, second]), ["0 add → ", "0 add → 1"]);
    }

    #[test]
    fn an_id_used_again_in_another_conversation_is_another_call() {
        let call = || asks("functions.add:0", "add", false);
        let exchanges = [
            exchange(&[&[says("one")]], &[call()]),
            exchange(&[&[says("two")]], &[call()]),
            exchange(&[&[says("one")], &[call()], &[gives("functions.add:0", "")]], &[says("1")]),
        ];
        assert_eq!(pairs(&exchanges), ["0 add → 2", "1 add → "]);
    }

    #[test]
    fn calls_and_results_of_before_the_recording_are_told_and_orphans_named() {
        let told = exchange(
            &[&[says("Go.")], &[asks("c0", "add", false)], &[gives("c0", ""), gives("c9", "")]],
            &[says("Done.")],
        );
        assert_eq!(pairs(&[told]), ["…0 add → 0", "? → 0"]);
    }

    #[test]
    fn what_the_server_ran_is_answered_in_the_same_answer() {
        let answer = [asks("s1", "search", true), gives("s1", "")];
        assert_eq!(pairs(&[exchange(&[&[says("Go.")]], &answer)]), ["0 search → 0"]);
    }

    #[test]
    fn of_two_runs_side_by_side_each_has_its_own_result() {
        let first = |id: &str| exchange(&[&[says("Go.")]], &[asks(id, "roll", false)]);
        let second = |id: &str, result: &str| {
            let given = ToolResult { id: text(id), parts: vec![says(result)], ..ToolResult::default() };
            let asked: [&[Part]; 3] =
                [&[says("Go.")], &[asks(id, "roll", false)], &[Part::ToolResult(given)]];
            exchange(&asked, &[says("Done.")])
        };
        let exchanges = [first("c1"), first("c2"), second("c1", "4"), second("c2", "6")];
        assert_eq!(pairs(&exchanges), ["0 roll → 2", "1 roll → 3"]);
    }

    #[test]
    fn each_fork_answers_the_call_anew() {
        let call = || asks("c", "add", false);
        let fork = |result: &str| {
            let mut given = gives("c", "");
            if let Part::ToolResult(given) = &mut given {
                given.parts.push(says(result));
            }
            exchange(&[&[says("Go.")], &[call()], &[given]], &[says("Done.")])
        };
        assert_eq!(pairs(&[exchange(&[&[says("Go.")]], &[call()]), fork("1"), fork("2")]), ["0 add → 1 2"]);
    }
}
