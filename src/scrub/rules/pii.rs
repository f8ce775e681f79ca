//! Personal data: who people are and how to reach them. Only where it is asked for: prose is full of it.

use super::super::rule::{Match, Preset, Rule};
use super::super::shapes::stands_alone;

#[rustfmt::skip]
pub(super) fn rules() -> Vec<Rule> {
    let pii = Preset::Pii;
    vec![
        Rule::shape(pii, "email", "an e-mail address", &["@"], r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,10}", "write to «ada@lovelace.name»").from(64).checked(is_email),
        Rule::shape(pii, "phone", "a telephone number with its country", &["+"], r"\+[1-9][0-9]{0,2}[ .-]?\(?[0-9]{2,4}\)?(?:[ .-]?[0-9]{2,4}){2,3}", "call «+44 20 7946 0018»").checked(is_phone),
        Rule::shape(pii, "card", "a payment card", &[], r"(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|3[47][0-9]{2}|6011|65[0-9]{2})(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{3,4}", "pay with «4539 1488 0343 6467»").checked(is_card),
        Rule::shape(pii, "home-folder", "the name in the path of a home folder", &["/users/", "/home/", "\\users\\"], r"(?i)(?:/users/|/home/|\\{1,4}users\\{1,4})(?P<v>[A-Za-z0-9._-]{2,32})", "in /home/«ada»/src").checked(is_home),
        Rule::shape(pii, "address", "an IP address", &[], r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])", "from «84.112.9.31»").checked(is_address),
    ]
}

fn is_email(found: &Match<'_>) -> bool {
    let host = found.found.rsplit('@').next().unwrap_or_default();
    let made_up =
        ["example.com", "example.org", "example.net", "test.com", "domain.com", "email.com", "localhost"];
    let version = host.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let image = host
        .rsplit('.')
        .next()
        .is_some_and(|end| matches!(end, "png" | "jpg" | "svg" | "gif" | "js" | "css"));
    !version
        && !image
        && !made_up.contains(&host)
        && !found.before.ends_with([':', '/'])
        && !found.found.starts_with(['.', '%'])
        && word_ends(found)
}

fn word_ends(found: &Match<'_>) -> bool {
    !found.after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn is_phone(found: &Match<'_>) -> bool {
    let digits = found.found.bytes().filter(u8::is_ascii_digit).count();
    let before =
        !found.before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '/' | '='));
    (8..=15).contains(&digits) && before && stands_alone(found)
}

/// Returns whether the digits add up as those of payment cards do (Luhn), and are no part of a longer number.
fn is_card(found: &Match<'_>) -> bool {
    let digits = found.found.bytes().rev().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
    sum.is_multiple_of(10)
        && !found.before.ends_with(number)
        && !found.after.starts_with(number)
        && stands_alone(found)
}

/// Returns whether the name is a person's: shared machines have the same few.
fn is_home(found: &Match<'_>) -> bool {
    let shared = [
        "runner", "user", "users", "username", "root", "ubuntu", "shared", "public", "app", "me", "you",
        "name", "home", "node", "vscode", "REDACTED",
    ];
    !shared.contains(&found.found)
}

fn is_address(found: &Match<'_>) -> bool {
    let number = |c: char| c.is_ascii_digit() || c == '.';
    let local = ["127.", "0.", "10.", "192.168.", "255.", "1.0.0.", "169.254."]
        .iter()
        .any(|start| found.found.starts_with(start));
    let version = found.before.ends_with(['v', 'V', '/', '-', '=']);
    !local
        && !version
        && !found.before.ends_with(number)
        && !found.after.starts_with(number)
        && stands_alone(found)
}
