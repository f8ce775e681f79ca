//! `cassette get`, `set`, `rm` and the commands for whole interactions as people run them.

use std::fs;

use crate::support::{Ran, cassette, cassette_with_input, unscrubbed};

const STREAM: &str = "samples/vcrpy/openai-stream.yaml";

/// A copy of a sample, in a folder that goes with the test.
fn copy(sample: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    fs::copy(sample, &path).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

#[track_caller]
fn assert_done(ran: &Ran, err: &str) {
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", err));
}

#[test]
fn what_is_set_is_what_is_got() {
    let (_folder, path) = copy(STREAM);
    let ran = cassette(&["set", &path, "response.text", "High at noon, they say."]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(cassette(&["get", &path, "response.text"]).out, "High at noon, they say.\n");
    assert_eq!(cassette(&["get", &path, "response.text", "--json"]).out, "\"High at noon, they say.\"\n");
    let again = cassette(&["set", &path, "response.text", "High at noon, they say."]);
    assert_done(&again, &format!("{path}: nothing to change\n"));
}

#[test]
fn nothing_is_written_where_only_looking_was_asked_for() {
    let (_folder, path) = copy(STREAM);
    let before = fs::read(&path).unwrap();
    let dry = cassette(&["set", &path, "response.status", "418", "--dry-run"]);
    assert_eq!((dry.code, dry.err), (1, format!("{path}: would change 1 line\n")));
    let diff = cassette(&["set", &path, "response.status", "418", "--diff"]);
    assert_eq!(diff.code, 1);
    assert!(diff.out.contains("-       code: 200") && diff.out.contains("+       code: 418"), "{}", diff.out);
    assert_eq!(fs::read(&path).unwrap(), before);
    let to = format!("{path}.new");
    let ran = cassette(&["set", &path, "response.status", "418", "-o", &to]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(cassette(&["get", &to, "response.status"]).out, "418\n");
    let piped = cassette_with_input(&["rm", "-", "request.headers.accept"], &before);
    assert_eq!(piped.code, 0, "{}", piped.err);
    assert!(!piped.out.to_lowercase().contains("      accept:"));
}

#[test]
fn places_that_do_not_fit_are_refused_kindly() {
    let (_folder, path) = copy(STREAM);
    let refused = |arguments: &[&str], why: &str| {
        let ran = cassette(&[&arguments[..1], &[path.as_str()], &arguments[1..]].concat());
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains(why), "{}", ran.err);
    };
    refused(&["get", "response.txt"], "did you mean `text`?");
    refused(&["set", "response.status", "teapot"], "`teapot` is no number");
    refused(&["set", "request.body.messages", "x"], "`x` is no list, as it must be here");
    refused(&["set", "response.usage", "1"], "it is put together of several places");
    refused(&["rm", "response.text"], "a header, a parameter or a part of a JSON body can go");
    refused(
        &["set", "-i", "7", "request.url", "x"],
        "there is no interaction 7; the cassette has 1, counted from 0",
    );
    refused(&["get", "request..url"], "is no path");
}

#[test]
fn values_are_typed_as_the_place_wants() {
    let (_folder, path) = copy(STREAM);
    let set = |path_in: &str, arguments: &[&str]| {
        let ran = cassette(&[&["set", path.as_str(), path_in], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        cassette(&["get", &path, path_in]).out
    };
    assert_eq!(set("request.body.temperature", &["0.5"]), "0.5\n");
    assert_eq!(set("request.body.stop", &["one", "two"]), "[\n  \"one\",\n  \"two\"\n]\n");
    assert_eq!(set("request.body.user", &["12", "--text"]), "12\n");
    assert_eq!(cassette(&["get", &path, "request.body.user", "--json"]).out, "\"12\"\n");
    assert_eq!(set("request.body.user", &["{\"a\": 1}", "--json"]), "{\n  \"a\": 1\n}\n");
    assert_eq!(set("request.body.messages[0].content", &["12"]), "12\n");
    assert_eq!(cassette(&["get", &path, "request.body.messages[-1].content", "--json"]).out, "\"12\"\n");
}

#[test]
fn credentials_are_masked_where_they_are_only_looked_at() {
    let (folder, key) = unscrubbed();
    let path = folder.path().join("a.yaml");
    let path = path.to_str().unwrap();
    let got = cassette(&["get", path, "request.headers.authorization"]);
    assert!(got.out.contains("masked") && !got.out.contains(&key), "{}", got.out);
    assert!(cassette(&["get", path, "request.headers.authorization", "--show-secrets"]).out.contains(&key));
    let diff = cassette(&["rm", path, "-i", "0", "request.headers.authorization", "--diff"]);
    assert!(!diff.out.contains(&key), "{}", diff.out);
}

/// How many interactions a cassette has, by their addresses.
fn urls(path: &str) -> Vec<String> {
    let got = cassette(&["get", path, "request.url"]);
    got.out.lines().map(|line| line.split("  ").last().unwrap().to_owned()).collect()
}

#[test]
fn interactions_are_dropped_kept_and_moved() {
    let sample = "samples/go-vcr/gateway-models-and-delete.yaml";
    let all = urls(sample);
    assert!(all.len() >= 2, "{all:?}");
    let run = |arguments: &[&str]| {
        let (folder, path) = copy(sample);
        let ran = cassette(&[&arguments[..1], &[path.as_str()], &arguments[1..]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let left = urls(&path);
        drop(folder);
        (left, ran.err)
    };
    let (left, told) = run(&["drop", "0"]);
    assert_eq!(left, all[1..]);
    assert!(told.ends_with(&format!("; {} of {} interactions stay\n", all.len() - 1, all.len())), "{told}");
    assert_eq!(run(&["keep", "0"]).0, all[..1]);
    assert_eq!(run(&["drop", "0.."]).0, Vec::<String>::new());
    let (moved, _) = run(&["move", "0", "1"]);
    assert_eq!(moved[..2], [all[1].clone(), all[0].clone()]);
    assert_eq!(run(&["dedupe"]).0, all);
    let nothing = cassette(&["drop", sample, "--dry-run"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("say which interactions"), "{}", nothing.err);
    assert!(cassette(&["drop", sample, "99", "--dry-run"]).err.contains("there is no interaction 99"));
}

#[test]
fn cassettes_are_put_together_and_taken_apart() {
    let sample = "samples/go-vcr/gateway-models-and-delete.yaml";
    let count = urls(sample).len();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let merged = cassette(&["merge", sample, sample, "-o", &path("both.yaml")]);
    assert_eq!(merged.code, 0, "{}", merged.err);
    assert_eq!(urls(&path("both.yaml")).len(), 2 * count);
    let numbers = fs::read_to_string(path("both.yaml")).unwrap();
    let numbers: Vec<_> =
        numbers.lines().filter_map(|line| line.trim_start_matches(['-', ' ']).strip_prefix("id: ")).collect();
    assert_eq!(numbers, (0..2 * count).map(|at| at.to_string()).collect::<Vec<_>>());
    let deduped = cassette(&["dedupe", &path("both.yaml")]);
    assert_eq!(deduped.code, 0, "{}", deduped.err);
    assert_eq!(fs::read(path("both.yaml")).unwrap(), fs::read(sample).unwrap());
    let split = cassette(&["split", &path("both.yaml")]);
    assert_eq!(split.code, 0, "{}", split.err);
    for at in 0..count {
        assert_eq!(urls(&path(&format!("both-{at}.yaml"))).len(), 1);
    }
    assert!(cassette(&["split", &path("both.yaml")]).err.contains("is there already"));
    let other = cassette(&["merge", sample, "samples/ruby-vcr/openai-tools.yml", "-o", "-"]);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("one cassette is of go-vcr, another of ruby-vcr"), "{}", other.err);
}

#[test]
fn a_bare_list_that_lost_all_its_interactions_is_a_cassette_for_who_names_it() {
    let sample = "samples/nock/openai-tools.json";
    let (folder, path) = copy(sample);
    let count = urls(sample).len();
    let dropped = cassette(&["drop", &path, "0.."]);
    assert_eq!(dropped.code, 0, "{}", dropped.err);
    assert_eq!(fs::read_to_string(&path).unwrap().trim(), "[]");
    assert_eq!(urls(&path), Vec::<String>::new());
    let listed = cassette(&["ls", "--format", "csv", &path]);
    assert!(listed.code == 0 && listed.out.contains("empty-list"), "{}{}", listed.out, listed.err);
    // In a folder a list may be anything.
    let walked = cassette(&["ls", "--format", "csv", folder.path().to_str().unwrap()]);
    assert!(!walked.out.contains("empty-list"), "{}", walked.out);
    let filled = cassette(&["merge", &path, sample, "-o", &path]);
    assert_eq!((filled.code, urls(&path).len()), (0, count), "{}", filled.err);
}

#[test]
fn names_that_stand_several_times_are_offered_once() {
    let (_folder, path) = copy(STREAM);
    assert_eq!(cassette(&["set", &path, "response.headers.x-sea", "calm", "rough", "calm"]).code, 0);
    let ran = cassette(&["rm", &path, "response.headers.nothing"]);
    assert_eq!((ran.code, ran.err.matches("x-sea").count()), (2, 1), "{}", ran.err);
}
