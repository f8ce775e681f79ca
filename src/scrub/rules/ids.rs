//! Ids: what a provider numbers its answers by. They are pseudonyms afterwards: one id stays one id.

use std::borrow::Cow;

use super::super::clean::reads_as_words;
use super::super::rule::{Action, Kind, Match, Names, Preset, Rule};
use super::super::shapes::stands_alone;
use super::whole;

const ANSWERS: &[Kind] = &[Kind::ResponseHeader, Kind::ResponseField];

/// Returns a rule for a family of ids.
fn family(
    name: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Rule {
    let rule = Rule::shape(Preset::Ids, name, "", keywords, pattern, example).checked(is_id);
    Rule { about: Cow::Borrowed("an id that a provider made"), ..rule.doing(Action::Pseudonym) }
}

fn is_id(found: &Match<'_>) -> bool {
    stands_alone(found) && found.found.bytes().any(|byte| byte.is_ascii_digit())
}

#[rustfmt::skip]
pub(super) fn rules() -> Vec<Rule> {
    let named = |name, about, kinds, names, example| {
        Rule::named(Preset::Ids, name, about, kinds, names, told_id, example).doing(Action::Pseudonym)
    };
    vec![
        named("request-id-header", "the number of a request", &[Kind::ResponseHeader], Names::These(HEADER), "x-request-id: «0a1b2c3d4e5f6071»"),
        named("id-field", "the number of an answer or a part of it", ANSWERS, Names::These(FIELD), "responseid: «kLeYzVUkj/TxQpLm»"),
        Rule::named(Preset::Ids, "id-field", "the number of an answer or a part of it, where it looks like one", ANSWERS, Names::These(&["id"]), id_value, "id: «msg-7hYt5Rw2Qp9L»").doing(Action::Pseudonym),
        family("answer-id", &["chatcmpl-", "cmpl-", "resp_", "msg_", "gen-"], r"(?:chatcmpl-|cmpl-|resp_|msg_(?:bdrk_|vrtx_)?|gen-)[A-Za-z0-9_-]{8,}", "«chatcmpl-7hYt5Rw2Qp9Lm3Kj8»"),
        family("tool-call-id", &["call_", "toolu_", "tooluse_", "fc_"], r"(?:call_|s?r?v?toolu_(?:bdrk_|vrtx_)?|tooluse_|fc_)[A-Za-z0-9_-]{8,}", "«call_7hYt5Rw2Qp9Lm3Kj8»").from(3),
        family("item-id", &["rs_", "ws_", "ci_", "fs_", "ig_", "cntr_", "cfile_", "mcp_", "mcpr_", "mcpl_", "mcpa_", "container_", "step_"], r"(?:rs|ws|ci|fs|ig|cntr|cfile|mcp[rla]?|container|step)_[A-Za-z0-9]{16,}", "«rs_7hYt5Rw2Qp9Lm3Kj8Hg4»"),
        family("object-id", &["asst_", "thread_", "run_", "vs_", "batch_", "conv_", "file-", "file_", "ftjob-", "skill_", "upload_"], r"(?:(?:asst|thread|run|vs|batch|conv|skill|upload)_|file[-_]|ftjob-)[A-Za-z0-9]{16,}", "«thread_7hYt5Rw2Qp9Lm3Kj8Hg4»"),
        family("request-id", &["req_"], r"req_[A-Za-z0-9]{8,}", "«req_7hYt5Rw2Qp9Lm3Kj8Hg4»"),
        family("fingerprint", &["fp_"], r"fp_[A-Za-z0-9]{6,}", "«fp_0a1b2c3d4e»"),
    ]
}

/// Headers that hold the number of a request.
const HEADER: &[&str] = &[
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "apim-request-id",
    "x-ms-request-id",
    "mistral-correlation-id",
    "x-kong-request-id",
    "x-github-request-id",
    "x-generation-id",
    "x-ds-trace-id",
    "x-debug-trace-id",
    "x-correlation-id",
    "x-amz-request-id",
    "x-amz-id-2",
    "x-goog-request-id",
    "x-trace-id",
    "x-b3-traceid",
    "inference-id",
    "x-vercel-id",
];

/// Fields that hold an id of the answer's own, whatever it looks like.
const FIELD: &[&str] = &[
    "responseid",
    "requestid",
    "systemfingerprint",
    "itemid",
    "callid",
    "toolcallid",
    "tooluseid",
    "messageid",
    "generationid",
    "completionid",
];

/// Returns a value that may be an id where its name tells so: one word of some length that is none of a language.
fn told_id(value: &str) -> Vec<std::ops::Range<usize>> {
    let id = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+=".contains(&byte);
    let word = value.bytes().all(id) && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let random = value.bytes().filter(u8::is_ascii_digit).count() >= 2 || !reads_as_words(value);
    if word && value.len() >= 12 && random { whole(value) } else { Vec::new() }
}

/// Returns a value that looks like an id: one word of some length, with digits, and not only digits.
fn id_value(value: &str) -> Vec<std::ops::Range<usize>> {
    let word = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let random = value.len() >= 12 && digits >= 2 && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    if word && random { whole(value) } else { Vec::new() }
}
