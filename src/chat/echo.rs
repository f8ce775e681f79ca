//! Answers that come back: an application sends what the model said with its next request, and it should be the same.
//!
//! Where it is not, the recorder cut a stream, the application changed it, or someone edited one of the two places.
//! Applications leave out, trim, reorder and parse: only what both places hold is compared, and only where one is
//! certainly the other's echo.

use std::collections::HashMap;

use super::thread::digest::{plain, said};
use super::thread::{Step, Threads};
use super::{Arguments, Exchange, Part, ToolCall};
use crate::diagnostic::Diagnostic;
use crate::text::{Span, Text};

/// Returns where answers come back changed. `exchange` gives that of an entry.
#[must_use]
pub fn changed<'e>(
    threads: &Threads,
    entries: usize,
    exchange: impl Fn(usize) -> Option<&'e Exchange>,
) -> Vec<Diagnostic> {
    let changed = (0..entries).filter_map(|at| {
        let link = threads.turn(at)?.link.as_ref()?;
        let echo =
            link.echo.clone().filter(|_| !link.steps.iter().any(|step| matches!(step, Step::Answered(_))))?;
        let answer = exchange(link.from)?.reply.answer()?.message.parts.iter().collect::<Vec<_>>();
        let echo = exchange(at)?.prompt.messages.get(echo)?.iter().flat_map(|message| &message.parts);
        compare(&answer, link.from, &echo.collect::<Vec<_>>(), at)
    });
    changed.collect()
}

fn compare(answer: &[&Part], from: usize, echo: &[&Part], at: usize) -> Option<Diagnostic> {
    let (change, place) = difference(answer, echo)?;
    Some(match change {
        Change::Cut => {
            let message = format!("interaction {at} sends back more than interaction {from} answered");
            let cut = Diagnostic::warning(message, place);
            cut.help("the answer was cut, by the recorder or by hand; record it again")
        }
        Change::Other(what) => {
            let message = format!("interaction {at} sends back {what} than interaction {from} answered");
            let changed = Diagnostic::note(message, place);
            changed.help("the application changed it, or someone edited one of the two places")
        }
    })
}

/// How an echo differs from its answer.
enum Change {
    /// The answer stops earlier.
    Cut,
    /// They differ in this.
    Other(&'static str),
}

/// Returns how an echo differs from its answer, and where it stands.
fn difference(answer: &[&Part], echo: &[&Part]) -> Option<(Change, Option<Span>)> {
    let own: HashMap<_, _> = calls(answer).collect();
    let pairs: Vec<_> = calls(echo).filter_map(|(id, echo)| Some((*own.get(id)?, echo))).collect();
    for (own, echo) in &pairs {
        if own.name != echo.name {
            return Some((Change::Other("another tool"), echo.name.as_ref().and_then(Text::span)));
        }
        if !same(&own.arguments, &echo.arguments) {
            return Some((Change::Other("other arguments"), place(&echo.arguments)));
        }
    }
    let (own, back) = (said(answer.iter().copied()), said(echo.iter().copied()));
    let changed = !own.is_empty() && !own.contains(&back);
    let first = echo.iter().find_map(|part| if let Part::Text(text) = part { Some(text) } else { None });
    let change = if back.starts_with(&own) { Change::Cut } else { Change::Other("another text") };
    (changed && (!pairs.is_empty() || alike(&own, &back))).then(|| (change, first.and_then(Text::span)))
}

/// Returns the calls that the client ran and that have an id, which makes an echo certain.
fn calls<'p>(parts: &[&'p Part]) -> impl Iterator<Item = (&'p str, &'p ToolCall)> {
    let call = |part: &&'p Part| match part {
        Part::ToolCall(call) if !call.server => Some((call.id.as_ref()?.as_str(), call)),
        _ => None,
    };
    parts.iter().filter_map(call).filter(|(id, _)| !id.is_empty())
}

/// Returns whether two texts have most of their beginning and end in common.
fn alike(one: &str, other: &str) -> bool {
    let shorter = one.len().min(other.len());
    let begin = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let end = one.bytes().rev().zip(other.bytes().rev()).take(shorter - begin).take_while(|(a, b)| a == b);
    begin > 0 && (begin + end.count()) * 2 > shorter
}

fn same(own: &Arguments, echo: &Arguments) -> bool {
    let (own, echo) = (plain(own.json()), plain(echo.json()));
    // What the model wrote badly, clients mend; some send back what they made of it.
    !own.is_object() || !echo.is_object() || own == echo
}

fn place(arguments: &Arguments) -> Option<Span> {
    match arguments {
        Arguments::Text(text) => text.span(),
        Arguments::Tree(tree) => tree.node().span(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::thread::{Entry, threads};
    use crate::chat::{Answer, Message, Prompt, Reply, Role};
    use crate::diagnostic::Severity;

    fn text(role: Role, text: &str) -> Message {
        Message { role, parts: vec![Part::Text(Text::made(text))] }
    }

    fn call(id: &str, arguments: &str) -> Message {
        let arguments = Arguments::Text(Text::made(arguments));
        let call =
            ToolCall { id: Some(Text::made(id)), name: Some(Text::made("add")), arguments, server: false };
        Message { role: Role::Assistant, parts: vec![Part::ToolCall(call)] }
    }

    fn exchange(messages: Vec<Message>, answer: Message) -> Exchange {
        let answer = Answer { index: 0, message: answer, finish_reason: None, finish_detail: None };
        let prompt = Prompt { messages, ..Prompt::default() };
        let reply = Reply { choices: vec![answer], ..Reply::default() };
        Exchange { api: "test", generates: true, service: None, prompt, reply }
    }

    /// What is said of an answer that comes back as `echo`, in a request that is sent twice.
    fn said_of(answer: &Message, echo: &[Message]) -> Vec<(Severity, String)> {
        let asked = || vec![text(Role::User, "Go.")];
        let again = || exchange([asked(), echo.to_vec()].concat(), text(Role::Assistant, "Done."));
        let exchanges = [Some(exchange(asked(), answer.clone())), None, Some(again()), Some(again())];
        let found = changes(&exchanges);
        found.into_iter().map(|found| (found.severity, found.message)).collect()
    }

    fn changes(exchanges: &[Option<Exchange>]) -> Vec<Diagnostic> {
        let entries =
            exchanges.iter().map(|exchange| Entry { exchange: exchange.as_ref(), ..Entry::default() });
        changed(&threads(entries), exchanges.len(), |at| exchanges[at].as_ref())
    }

    fn spoken(answer: &str, echo: &str) -> Vec<(Severity, String)> {
        said_of(&text(Role::Assistant, answer), &[text(Role::Assistant, echo)])
    }

    #[test]
    fn an_answer_that_stops_before_its_echo_was_cut() {
        let message = "interaction 2 sends back more than interaction 0 answered".to_owned();
        assert_eq!(spoken("The tide is", "The tide is high."), [(Severity::Warning, message)]);
    }

    #[test]
    fn a_text_that_was_edited_is_noted_once() {
        let message = "interaction 2 sends back another text than interaction 0 answered".to_owned();
        assert_eq!(spoken("The tide is high.", "The tide is low."), [(Severity::Note, message)]);
    }

    #[test]
    fn arguments_that_were_edited_are_noted() {
        let message = "interaction 2 sends back other arguments than interaction 0 answered";
        let found = said_of(&call("c", r#"{"a": 1}"#), &[call("c", r#"{"a": 2}"#)]);
        assert_eq!(found, [(Severity::Note, message.to_owned())]);
    }

    #[test]
    fn what_applications_do_to_answers_is_no_difference() {
        assert_eq!(spoken(" The  tide\nis high.\n", "The tide is high."), []);
        assert_eq!(spoken("<think>Hm.</think>The tide is high.", "The tide is high."), []);
        assert_eq!(spoken("The tide is high. Call me.", "The tide is high."), []);
        assert_eq!(spoken("The tide is high.", "Something else."), []);
        let answer = || [text(Role::Assistant, "I add."), call("c", r#"{"b": 1.0, "a": "x", "n": null}"#)];
        let whole = Message { parts: answer().map(|message| message.parts).concat(), ..call("c", "") };
        let [said, called] = answer();
        assert_eq!(said_of(&whole, &[called.clone(), said.clone()]), []);
        assert_eq!(said_of(&whole, &[called]), []);
        assert_eq!(said_of(&whole, &[said]), []);
        assert_eq!(said_of(&whole, &[call("c", r#"{"a":"x","b":1}"#)]), []);
        assert_eq!(said_of(&call("c", r#"{"a": "#), &[call("c", "{}")]), []);
    }

    #[test]
    fn of_two_answers_to_the_same_request_either_may_come_back() {
        let asked = || vec![text(Role::User, "Go.")];
        let answer = |number: &str| text(Role::Assistant, &format!("The number is {number}."));
        let with = |echo: Message| exchange([asked(), vec![echo]].concat(), answer("none"));
        let exchanges =
            [exchange(asked(), answer("one")), exchange(asked(), answer("two")), with(answer("one"))];
        assert_eq!(changes(&exchanges.map(Some)), []);
    }
}
