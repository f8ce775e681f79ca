//! Volatile: what is different each time and means nothing. Values stay valid for their kind.

use std::ops::Range;

use super::super::neutral::is_measure;
use super::super::rule::{Action, Kind, Names, Preset, Rule};
use super::entire;

/// Headers that tell when, how long, and by which machine.
const NAMED: &[&str] = &[
    "date",
    "expires",
    "last-modified",
    "age",
    "cf-ray",
    "cf-cache-status",
    "openai-processing-ms",
    "x-envoy-upstream-service-time",
    "x-runtime",
    "x-runtime-rack",
    "x-amzn-bedrock-invocation-latency",
    "traceparent",
    "tracestate",
    "traceresponse",
    "x-served-by",
    "x-timer",
    "x-cloud-trace-context",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-amzn-trace-id",
    "x-metrics-e2e-ms",
    "x-metrics-ttft-ms",
    "x-metrics-mean-itl-ms",
    "x-kong-upstream-latency",
    "x-kong-proxy-latency",
    "x-build-time",
    "x-build-commit",
    "server-timing",
    "x-inference-time",
    "x-compute-time",
    "x-total-time",
    "x-response-time",
    "x-process-time",
    "x-queue-time",
    "x-compute-characters",
    "x-amz-date",
    "nel",
    "report-to",
    "retry-after",
    "retry-after-ms",
    "fly-request-id",
    "x-b3-spanid",
    "x-cache-hits",
    "azureml-model-session",
    "x-nf-request-id",
    "x-railway-request-id",
    "x-robots-tag-id",
    "etag-id",
];

/// Fields of answers that tell when and how long, without `_` and `-`, in lower case.
const FIELD: &[&str] = &[
    "created",
    "createdat",
    "completedat",
    "createtime",
    "expiresat",
    "updatedat",
    "updatetime",
    "startedat",
    "finishedat",
    "cancelledat",
    "failedat",
    "incompleteat",
    "queuetime",
    "prompttime",
    "completiontime",
    "totaltime",
    "totalduration",
    "loadduration",
    "promptevalduration",
    "evalduration",
    "latencyms",
    "latency",
    "processingtime",
    "responsetime",
    "inferencetime",
    "timetofirsttoken",
    "durationms",
    "promptms",
    "promptpersecond",
    "predictedms",
    "predictedpersecond",
    "guardrailprocessinglatency",
];

/// How such fields end where hosts tell of many: Azure's `service_ttft_ms`, llama.cpp's `prompt_per_token_ms`, others'
/// `tokens_per_second` and `total_prompt_time_sec`. Not `ms` alone: `items` ends so.
const FIELD_ENDS: &[&str] = &[
    "ttftms",
    "ttltms",
    "tbtms",
    "tokenms",
    "inferencems",
    "durationms",
    "latencyms",
    "processingtimems",
    "tokenspersecond",
    "tokpersec",
    "timesec",
];

fn is_time_field(name: &str) -> bool {
    FIELD.contains(&name) || FIELD_ENDS.iter().any(|end| name.ends_with(end))
}

#[rustfmt::skip]
pub(super) fn rules() -> Vec<Rule> {
    let rule = |name, about, kinds, names, number, example| {
        Rule::named(Preset::Volatile, name, about, kinds, names, entire, example).doing(Action::Neutral(number))
    };
    vec![
        rule("volatile-header", "a header that tells when, how long, or by which machine", &[Kind::ResponseHeader], Names::These(NAMED), 0, "date: «Mon, 22 Sep 2025 10:00:00 GMT»"),
        Rule::named(Preset::Volatile, "rate-limit-header", "a header that tells how much may still be asked", &[Kind::ResponseHeader], Names::That(is_limit), measure, "x-ratelimit-remaining-tokens: «149984»").doing(Action::Neutral(1000)),
        rule("time-field", "a field of an answer that tells when or how long", &[Kind::ResponseField], Names::That(is_time_field), 0, "created_at: «1758793283»"),
        rule("recording-time", "when an exchange was recorded and how long it took", &[Kind::Note], Names::These(NOTE), 0, "duration: «304.219083ms»"),
    ]
}

/// Returns a value that is a number, a time or a duration, and not the name of what is limited.
fn measure(value: &str) -> Vec<Range<usize>> {
    if is_measure(value) { entire(value) } else { Vec::new() }
}

fn is_limit(name: &str) -> bool {
    [
        "x-ratelimit-",
        "ratelimit-",
        // Mistral's.
        "x-ratelimitbysize-",
        "ratelimitbysize-",
        "x-rate-limit-",
        "anthropic-ratelimit-",
        "anthropic-fast-",
        "x-trial-endpoint-call-",
        "x-endpoint-monthly-call-",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

/// What recorders keep beside an exchange about when it was and how long it took.
const NOTE: &[&str] = &[
    "duration",
    "recordedat",
    "recorded",
    "capturedat",
    "timestamp",
    "starteddatetime",
    "time",
    "recordeddate",
    "elapsed",
    "wait",
    "datetime",
    "recordingdate",
    "recordedtime",
];
