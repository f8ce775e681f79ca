//! Conversations: which calls go on from which, and what each request says that was not said before.
//!
//! An application sends all that was said with every request. A request goes on from the earlier call whose messages
//! it repeats from the first on; else from the one whose answer it holds behind the same message, or by the id of a
//! call of that answer; or it names the response or the conversation. All of it is looked up by digests, so the time
//! grows with the size of the requests, not with the square of their number.

mod align;
pub(super) mod digest;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{Exchange, Message, Part, Role};
use crate::text::Text;
use align::push;
use digest::Digest;

pub use align::{Step, align, once};

/// An entry of a recording, as far as conversations go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry<'e> {
    /// What was said, if it is a call that generates something.
    pub exchange: Option<&'e Exchange>,
    /// Whether the call came to nothing.
    pub failed: bool,
    /// Whether it is a turn on a connection, which remembers what was said.
    pub connected: bool,
}

/// The conversations of a recording.
#[derive(Debug, Default)]
pub struct Threads {
    turns: Vec<Option<Turn>>,
    conversations: usize,
}

/// A call's place in its conversation.
#[derive(Debug)]
pub struct Turn {
    /// Number of the conversation, from 0, in the order in which they begin.
    pub conversation: usize,
    /// What it goes on from.
    pub link: Option<Link>,
}

/// What a request has in common with an earlier call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Number of the earlier entry.
    pub from: usize,
    /// How the two belong together.
    pub kind: Kind,
    /// How the earlier messages and their answer became this request's messages.
    pub steps: Vec<Step>,
    /// The messages of this request that are the earlier answer, the same or changed.
    pub echo: Option<Range<usize>>,
}

/// How a request and an earlier call belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It goes on with the conversation.
    Continues,
    /// It goes on where another call went on already.
    Forks,
    /// It is the same request again.
    Repeats,
    /// It is the same request again, and the first came to nothing.
    Retries,
    /// It only begins with the same messages: another conversation.
    Begins,
}

impl Link {
    /// Returns how many messages at the start of the request were said before.
    #[must_use]
    pub fn carried(&self) -> usize {
        self.steps.iter().take_while(|step| step.is_old()).map(|step| step.now()).sum()
    }

    /// Returns whether earlier messages were changed, or are gone.
    #[must_use]
    pub fn edits(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Changed { .. } | Step::Dropped(_)))
    }
}

impl Threads {
    /// Returns the place of an entry, if it is a call that generates something.
    #[must_use]
    pub fn turn(&self, entry: usize) -> Option<&Turn> {
        self.turns.get(entry)?.as_ref()
    }

    /// Returns the number of conversations.
    #[must_use]
    pub fn conversations(&self) -> usize {
        self.conversations
    }

    /// Returns which of an entry's messages no earlier entry has said: all, if it goes on from none.
    #[must_use]
    pub fn new_messages(&self, entry: usize, messages: usize) -> Vec<usize> {
        let Some(link) = self.turn(entry).and_then(|turn| turn.link.as_ref()) else {
            return (0..messages).collect();
        };
        let mut at = 0;
        let mut found = Vec::new();
        for step in &link.steps {
            let range = at..at + step.now();
            at = range.end;
            if !step.is_old() {
                found.extend(range);
            }
        }
        found
    }
}

/// Returns the conversations that entries make.
#[must_use]
pub fn threads<'e>(entries: impl Iterator<Item = Entry<'e>>) -> Threads {
    let mut weaver = Weaver::default();
    let mut threads = Threads::default();
    let entries: Vec<_> = entries.collect();
    let mut calls = entries.iter().filter(|entry| entry.exchange.is_some());
    if let (Some(_), None) = (calls.next(), calls.next()) {
        // Most cassettes hold one call, which goes on from nothing: there is nothing to be looked up.
        let alone = |entry: &Entry<'_>| entry.exchange.map(|_| Turn { conversation: 0, link: None });
        return Threads { turns: entries.iter().map(alone).collect(), conversations: 1 };
    }
    for (at, entry) in entries.into_iter().enumerate() {
        weaver.said.push(Said::default());
        let Some(exchange) = entry.exchange else {
            threads.turns.push(None);
            continue;
        };
        let request = Request::new(&exchange.prompt.messages);
        let mut link = weaver.link(&request, exchange, entry.connected);
        if let Some(link) = link.as_mut().filter(|link| link.kind == Kind::Continues)
            && !weaver.continued.insert(link.from)
        {
            link.kind = Kind::Forks;
        }
        let joined = link.as_ref().filter(|link| link.kind != Kind::Begins);
        let conversation = joined.and_then(|link| Some(threads.turns[link.from].as_ref()?.conversation));
        let conversation = conversation.unwrap_or(threads.conversations);
        threads.conversations = threads.conversations.max(conversation + 1);
        threads.turns.push(Some(Turn { conversation, link }));
        weaver.remember(at, request, exchange, entry);
    }
    threads
}

/// A request with the digests of its messages.
struct Request<'e> {
    messages: &'e [Message],
    /// Of each message.
    each: Vec<Digest>,
    /// Of the first, of the first two, …
    runs: Vec<Digest>,
}

impl<'e> Request<'e> {
    fn new(messages: &'e [Message]) -> Self {
        let each: Vec<_> = messages.iter().map(Digest::of).collect();
        let runs = each.iter().scan(Digest::NOTHING, |before, digest| {
            *before = before.then(*digest);
            Some(*before)
        });
        let runs = runs.collect();
        Self { messages, each, runs }
    }

    /// Returns the messages from `at` on that may be one answer: those of the model, with the results of tools that
    /// the server ran between them. Empty if the model does not speak there.
    fn turn(&self, at: usize) -> Range<usize> {
        let model = |at: usize| self.messages.get(at).is_some_and(|message| message.role == Role::Assistant);
        let result = |at: usize| self.messages.get(at).is_some_and(|message| message.role == Role::Tool);
        let asked: HashSet<_> =
            self.messages[at..].iter().take(LONGEST_TURN).flat_map(client_calls).collect();
        let mut end = at;
        while end - at < LONGEST_TURN {
            let server = result(end)
                && model(end + 1)
                && results(&self.messages[end]).all(|id| id.is_some_and(|id| !asked.contains(id)));
            if !model(end) && (!server || end == at) {
                break;
            }
            end += 1;
        }
        at..end
    }

    fn said(&self, turn: Range<usize>) -> Option<Digest> {
        Digest::said(self.messages[turn].iter().flat_map(|message| &message.parts))
    }

    /// Returns the first message of the turn of the model that a message, of the model or a tool, belongs to.
    fn turn_of(&self, at: usize) -> usize {
        let role = |at: usize| self.messages[at].role;
        let results = self.messages[..at].iter().rev().take_while(|message| message.role == Role::Tool);
        let mut start = if role(at) == Role::Assistant { at } else { at - results.count() };
        while start > 0 && role(start - 1) == Role::Assistant && at - start < LONGEST_TURN {
            start -= 1;
        }
        start
    }
}

/// An answer comes back as no more messages than this.
const LONGEST_TURN: usize = 16;

/// Returns the ids of the calls in a message that the client runs.
fn client_calls(message: &Message) -> impl Iterator<Item = &str> {
    message.parts.iter().filter_map(|part| match part {
        Part::ToolCall(call) if !call.server => call.id.as_ref().map(Text::as_str),
        _ => None,
    })
}

/// Returns the ids of the results in a message.
fn results(message: &Message) -> impl Iterator<Item = Option<&str>> {
    message.parts.iter().filter_map(|part| match part {
        Part::ToolResult(result) => Some(result.id.as_ref().map(Text::as_str)),
        _ => None,
    })
}

/// Returns whether messages only name an answer, as clients do that let the provider keep it.
fn refers(turn: &[Message]) -> bool {
    let mut parts = turn.iter().flat_map(|message| &message.parts).peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Part::Other { .. }))
}

/// What an entry said, for those after it.
#[derive(Debug, Default)]
struct Said {
    each: Vec<Digest>,
    /// Of all messages of the request.
    all: Option<Digest>,
    /// Whether there is an answer.
    answered: bool,
    /// What it says, if anything.
    answer: Option<Digest>,
}

/// The latest entries with the same request.
#[derive(Clone, Copy, Debug)]
struct Same {
    latest: usize,
    latest_fine: Option<usize>,
}

/// Where a request holds the end of an earlier call.
struct Found {
    from: usize,
    /// Number of messages before the answer.
    at: usize,
    /// The messages that may be the answer.
    turn: Range<usize>,
    same: bool,
}

impl Found {
    /// Returns how much of the request is explained.
    fn reach(&self) -> usize {
        if self.same { self.turn.end } else { self.at }
    }
}

/// What is known of the entries so far.
#[derive(Default)]
struct Weaver<'e> {
    said: Vec<Said>,
    /// By all messages of a request.
    whole: HashMap<Digest, Same>,
    /// By all messages of a request, and what was answered.
    answered: HashMap<(Digest, Digest), usize>,
    /// By the last message of a request, and what was answered.
    last: HashMap<Digest, HashMap<Digest, usize>>,
    /// By the messages that a request begins with: the first entry that has them.
    begins: HashMap<Digest, usize>,
    /// By the id of a call; an id that two answers gave tells nothing.
    calls: HashMap<&'e str, Option<usize>>,
    responses: HashMap<&'e str, usize>,
    conversations: HashMap<&'e str, usize>,
    connected: Option<usize>,
    /// The entries that another went on from.
    continued: HashSet<usize>,
}

impl<'e> Weaver<'e> {
    fn link(&self, request: &Request<'_>, exchange: &'e Exchange, connected: bool) -> Option<Link> {
        let prompt = &exchange.prompt;
        let response = prompt.previous.as_ref().and_then(|id| self.responses.get(id.as_str()));
        let remembered = response.or(self.connected.as_ref().filter(|_| connected));
        if let Some(&from) = remembered {
            return Some(self.goes_on(from, request));
        }
        if let Some(same) = request.runs.last().and_then(|all| self.whole.get(all)) {
            let failed = same.latest_fine != Some(same.latest);
            let kind = if failed { Kind::Retries } else { Kind::Repeats };
            let steps = vec![Step::Kept(request.each.len())];
            return Some(Link { from: same.latest, kind, steps, echo: None });
        }
        let mut found = self.by_start(request);
        // What is found further back in the request is what it goes on from, if that is another call.
        for other in [self.by_end(request), self.by_call(request)].into_iter().flatten() {
            if found.as_ref().is_none_or(|found| found.from != other.from && found.reach() < other.reach()) {
                found = Some(other);
            }
        }
        if let Some(found) = found {
            return Some(self.continues(found, request));
        }
        let conversation = prompt.conversation.as_ref().and_then(|id| self.conversations.get(id.as_str()));
        if let Some(&from) = conversation {
            return Some(self.goes_on(from, request));
        }
        let shared = request.runs.iter().take_while(|run| self.begins.contains_key(run)).count();
        let from = *self.begins.get(request.runs.get(shared.checked_sub(1)?)?)?;
        let mut steps = vec![Step::Kept(shared)];
        push(&mut steps, Step::Added(request.each.len() - shared));
        Some(Link { from, kind: Kind::Begins, steps, echo: None })
    }

    /// Returns the call whose whole request this one begins with: of several the one that holds most.
    fn by_start(&self, request: &Request<'_>) -> Option<Found> {
        let before = request.runs.iter().rposition(|run| self.whole.contains_key(run))?;
        let (run, at) = (request.runs[before], before + 1);
        let turn = request.turn(at);
        for turn in [turn.clone(), at..(at + 1).min(turn.end)] {
            let said = request.said(turn.clone());
            // Of calls that asked and were answered the same, ids tell which one goes on here.
            let ids = request.messages[turn.clone()].iter().flat_map(client_calls);
            let mut called = ids.filter_map(|id| *self.calls.get(id)?);
            let known =
                called.find(|&from| self.said[from].all == Some(run) && self.said[from].answer == said);
            let answered = said.and_then(|said| self.answered.get(&(run, said)).copied());
            if let Some(from) = known.filter(|_| said.is_some()).or(answered) {
                return Some(Found { from, at, turn, same: true });
            }
        }
        let same = self.whole.get(&run)?;
        let from = same.latest_fine.unwrap_or(same.latest);
        let before = &self.said[from];
        let silent = before.answered && before.answer.is_none() && request.said(turn.clone()).is_none();
        let same = !turn.is_empty() && (silent || refers(&request.messages[turn.clone()]));
        Some(Found { from, at, turn, same })
    }

    /// Returns the call that this request has the last message of, and its answer behind it.
    fn by_end(&self, request: &Request<'_>) -> Option<Found> {
        (1..request.messages.len()).rev().find_map(|at| {
            let answers = self.last.get(&request.each[at - 1])?;
            let turn = at..at + 1;
            let speaks = request.messages[at].role == Role::Assistant;
            let from = *answers.get(&request.said(turn.clone()).filter(|_| speaks)?)?;
            Some(Found { from, at, turn, same: true })
        })
    }

    /// Returns the call whose answer called a tool under an id that this request knows.
    fn by_call(&self, request: &Request<'_>) -> Option<Found> {
        (0..request.messages.len()).rev().find_map(|at| {
            let message = &request.messages[at];
            let mut ids = client_calls(message).map(Some).chain(results(message)).flatten();
            let from = ids.find_map(|id| *self.calls.get(id)?)?;
            let start = request.turn_of(at);
            let turn = request.turn(start);
            let said = request.said(turn.clone());
            let same = !turn.is_empty() && self.said[from].answered && self.said[from].answer == said;
            Some(Found { from, at: start, turn, same })
        })
    }

    fn continues(&self, found: Found, request: &Request<'_>) -> Link {
        let Found { from, at, turn, same } = found;
        let before = &self.said[from];
        let mut steps = align(&before.each, &request.each[..at]);
        let answered = before.answered;
        let echo = (answered && !turn.is_empty()).then(|| turn.clone());
        match &echo {
            Some(turn) if same => push(&mut steps, Step::Answered(turn.len())),
            Some(turn) => push(&mut steps, Step::Changed { was: 1, now: turn.len() }),
            None if answered => push(&mut steps, Step::Dropped(1)),
            None => {}
        }
        let new = echo.as_ref().map_or(at, |echo| echo.end);
        push(&mut steps, Step::Added(request.each.len() - new));
        Link { from, kind: Kind::Continues, steps, echo }
    }

    /// Returns the link of a request that sends only what is new, and the instructions again.
    fn goes_on(&self, from: usize, request: &Request<'_>) -> Link {
        let pairs = request.messages.iter().zip(&request.each).zip(&self.said[from].each);
        let again = pairs.take_while(|((message, own), old)| message.role == Role::System && own == old);
        let again = again.count();
        let mut steps = Vec::new();
        push(&mut steps, Step::Kept(again));
        push(&mut steps, Step::Added(request.each.len() - again));
        Link { from, kind: Kind::Continues, steps, echo: None }
    }

    fn remember(&mut self, at: usize, request: Request<'_>, exchange: &'e Exchange, entry: Entry<'e>) {
        let reply = &exchange.reply;
        let answer = reply.answer().map(|answer| &answer.message).filter(|answer| !answer.parts.is_empty());
        let said = answer.and_then(|answer| Digest::said(answer.parts.iter()));
        if let (Some(&all), Some(&last)) = (request.runs.last(), request.each.last()) {
            let same = self.whole.entry(all).or_insert(Same { latest: at, latest_fine: None });
            same.latest = at;
            if !entry.failed {
                same.latest_fine = Some(at);
            }
            if let Some(said) = said {
                self.answered.insert((all, said), at);
                self.last.entry(last).or_default().insert(said, at);
            }
        }
        for run in &request.runs {
            self.begins.entry(*run).or_insert(at);
        }
        for id in answer.into_iter().flat_map(client_calls).filter(|id| !id.is_empty()) {
            self.calls.entry(id).and_modify(|from| *from = None).or_insert(Some(at));
        }
        if let Some(id) = &reply.id {
            self.responses.insert(id.as_str(), at);
        }
        if let Some(id) = &exchange.prompt.conversation {
            self.conversations.insert(id.as_str(), at);
        }
        if entry.connected {
            self.connected = Some(at);
        }
        let all = request.runs.last().copied();
        self.said[at] = Said { each: request.each, all, answered: answer.is_some(), answer: said };
    }
}
