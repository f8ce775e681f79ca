//! `cassette diff` and `cassette git` as people, programs and git run them.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Ran, cassette, cassette_with_input, command, files, folder, run, unscrubbed};

const OLD: &str = "samples/go-vcr/openai-parallel-tools.yaml";
const NEW: &str = "samples/go-vcr/openai-parallel-tools-rerun.yaml";

fn sample(path: &str) -> String {
    fs::read_to_string(path).unwrap()
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn within(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = command(arguments);
    run(alone(&mut command).current_dir(folder).output().unwrap())
}

/// Keeps the caller's git settings out.
fn alone(command: &mut Command) -> &mut Command {
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_PAGER", "cat")
}

#[track_caller]
fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=keeper", "-c", "user.email=keeper@lighthouse.example"]).args(arguments);
    let ran = run(alone(&mut command).current_dir(folder).output().unwrap());
    assert_eq!(ran.code, 0, "git {arguments:?}: {}{}", ran.out, ran.err);
    ran.out
}

#[test]
fn what_changed_is_told_in_a_few_lines() {
    let ran = cassette(&["diff", OLD, NEW, "--width", "90"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let want = "\
samples/go-vcr/{openai-parallel-tools.yaml → openai-parallel-tools-rerun.yaml}
0  POST api.openai.com/v1/chat/completions                                      1 response
   response   → tide_table harbour  Skerry Sound{+ North+}
1  POST api.openai.com/v1/chat/completions                          2 request · 3 response
   request    tool [4] content.litres  38 → 24
              ↳ 1 change as in 0
   response   text  …at 21:40, 4.1 m. With [-38-]{+24+} litres at 3 an hour the lamp burns
                for [-twelve-]{+eight+} hours[- and a bit: it will see the dawn-]{+: fill
                the north tank before midnight+}.
              usage  completion_tokens 34 → 31, total_tokens 231 → 228

2 request changes, 4 response changes · noise: 8 ids, 2 timestamps, 1 length
";
    assert_eq!(ran.out, want);
}

#[test]
fn one_changed_sentence_gives_at_most_fifteen_lines() {
    let old = sample(OLD);
    let new = sample(NEW).replace("Be brief.", "Be brief, and never guess.");
    let folder = folder(&[("old.yaml", &old), ("new.yaml", &new)]);
    let ran = within(folder.path(), &["diff", "old.yaml", "new.yaml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.lines().count() <= 15, "{}", ran.out);
    assert!(ran.out.contains("Be brief{+, and never guess+}."), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
}

#[test]
fn nothing_but_noise_is_the_same() {
    let old = sample(OLD);
    let renamed = old
        .replace("chatcmpl-lighthouse1", "chatcmpl-lighthouse7")
        .replace("call_tide1", "call_tide7")
        .replace("176008640", "176108640");
    let folder = folder(&[("old.yaml", &old), ("new.yaml", &renamed)]);
    let ran = within(folder.path(), &["diff", "old.yaml", "new.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("the same but for noise") && ran.out.contains("ids"), "{}", ran.out);
    let all = within(folder.path(), &["diff", "--all", "old.yaml", "new.yaml"]);
    assert_eq!(all.code, 0);
    assert!(all.out.contains("call_tide700000000000000000"), "{}", all.out);
    // A result that answers another call is no noise.
    let swapped = renamed.replacen("tool_call_id\":\"call_tide7", "tool_call_id\":\"call_oil1", 1);
    assert_ne!(swapped, renamed);
    write(folder.path(), "new.yaml", &swapped);
    let ran = within(folder.path(), &["diff", "old.yaml", "new.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("tool_call_id"), "{}", ran.out);
}

#[test]
fn classes_are_chosen() {
    let code = |more: &[&str]| cassette(&[&["diff", "-q", OLD, NEW], more].concat()).code;
    assert_eq!(code(&[]), 1);
    assert_eq!(code(&["--ignore", "text,tool-call,usage,message"]), 0);
    assert_eq!(code(&["--only", "model"]), 0);
    assert_eq!(code(&["--only", "usage"]), 1);
    assert_eq!(code(&["--only", "lighthouse"]), 2);
    let only = cassette(&["diff", OLD, NEW, "--only", "timestamps"]);
    assert_eq!(only.code, 0);
    assert!(only.out.contains("1760086400 → 1760172800"), "{}", only.out);
}

#[test]
fn programs_get_json_and_pull_requests_markdown() {
    let ran = cassette(&["diff", OLD, NEW, "--format", "json"]);
    assert_eq!(ran.code, 1);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&json["schema_version"], &json["summary"]["different"]), (&Value::from(1), &Value::from(1)));
    let call = &json["files"][0]["pairs"][0]["differences"][0];
    assert_eq!(call["class"], "tool-call");
    assert_eq!(call["verdict"], "response drift");
    assert_eq!(call["subject"], "tide_table");
    assert_eq!(call["place"], "tool_calls[0].arguments.harbour");
    assert_eq!(
        (&call["old"], &call["new"]),
        (&Value::from("Skerry Sound"), &Value::from("Skerry Sound North"))
    );
    assert_eq!(call["severity"], "medium");
    let ran = cassette(&["diff", OLD, NEW, "--format", "markdown"]);
    assert!(ran.out.starts_with("| cassette |"), "{}", ran.out);
    assert!(ran.out.contains("<details><summary>") && ran.out.contains("**24**"), "{}", ran.out);
    let ran = cassette(&["diff", OLD, NEW, "--stat"]);
    assert!(ran.out.contains("different") && !ran.out.contains("litres"), "{}", ran.out);
    assert_eq!(cassette(&["diff", "-q", OLD, NEW]).out, "");
}

#[test]
fn the_standard_input_and_broken_files_are_told_apart() {
    let ran = cassette_with_input(&["diff", OLD, "-"], sample(OLD).as_bytes());
    assert_eq!((ran.code, ran.out.lines().last()), (0, Some("no difference")), "{}", ran.err);
    assert_eq!(cassette(&["diff", OLD, "nowhere.yaml"]).code, 2);
    assert_eq!(cassette(&["diff", OLD]).code, 2);
    assert_eq!(cassette(&["diff", OLD, "samples"]).code, 2);
}

#[test]
fn no_credential_is_on_the_screen_unless_asked_for() {
    let (folder, key) = unscrubbed();
    let path = folder.path().join("a.yaml");
    let text = fs::read_to_string(&path).unwrap();
    write(folder.path(), "b.yaml", &text.replace(&key, "sk-proj-1aYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W"));
    for format in ["text", "json", "markdown"] {
        let ran = within(folder.path(), &["diff", "a.yaml", "b.yaml", "--all", "--format", format]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        assert!(!ran.out.contains(&key) && !ran.out.contains("1aYt5Rw2"), "{}", ran.out);
    }
    let ran = within(folder.path(), &["diff", "a.yaml", "b.yaml", "--show-secrets"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("1aYt5Rw2"), "{}", ran.out);
}

#[test]
fn directories_are_compared_file_by_file() {
    let (old, new, whole) = (sample(OLD), sample(NEW), sample("samples/go-vcr/openai-whole-answer.yaml"));
    let refusal = sample("samples/go-vcr/openai-refusal.yaml");
    let folder = folder(&[
        ("a/same.yaml", &whole),
        ("b/same.yaml", &whole),
        ("a/chat.yaml", &old),
        ("b/chat.yaml", &new),
        ("a/notes.txt", "no cassette"),
        ("b/deep/moved.yaml", &refusal),
        ("a/before.yaml", &refusal),
        ("b/new.yaml", &sample("samples/go-vcr/groq-stream.yaml")),
    ]);
    let ran = within(folder.path(), &["diff", "a", "b"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    for line in ["{a → b}/chat.yaml", "~ a/before.yaml → b/deep/moved.yaml", "+ b/new.yaml"] {
        assert!(ran.out.lines().any(|each| each == line), "{line} in {}", ran.out);
    }
    assert!(!ran.out.contains("same.yaml") && !ran.out.contains("notes"), "{}", ran.out);
    assert!(ran.out.contains("1 of 3 cassettes differ"), "{}", ran.out);
    let same = within(folder.path(), &["diff", "a", "a"]);
    assert_eq!((same.code, same.out.as_str()), (0, "no difference\n"), "{}", same.err);
}

#[test]
fn commits_and_what_is_staged_are_compared() {
    let folder = folder(&[("cassettes/chat.yaml", &sample(OLD)), ("other.txt", "x")]);
    let path = folder.path();
    git(path, &["init", "-q", "."]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "Record"]);
    write(path, "cassettes/chat.yaml", &sample(NEW));
    let ran = within(path, &["diff", "HEAD:cassettes/chat.yaml", "cassettes/chat.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("Skerry Sound{+ North+}"), "{}", ran.out);
    assert_eq!(within(path, &["diff", "-q", "HEAD:cassettes", "cassettes"]).code, 1);
    assert_eq!(within(path, &["diff", "-q", "--staged"]).code, 0);
    git(path, &["add", "cassettes"]);
    // What counts is what is staged, wherever in the repository one is.
    write(path, "cassettes/chat.yaml", &sample(OLD));
    for below in [path.to_owned(), path.join("cassettes")] {
        let ran = within(&below, &["diff", "--staged"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.out.contains("Skerry Sound{+ North+}"), "{}", ran.out);
    }
    let ran = within(path, &["diff", "HEAD:nowhere.yaml", "cassettes/chat.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("git does not know"), "{}", ran.err);
}

#[test]
fn bodies_beside_a_cassette_are_those_of_the_same_commit() {
    let names = ["openai-tools.cassette.json", "openai-tools.cassette.blobs"];
    let folder = folder(&[(names[0], &sample("samples/braintrust/openai-tools.cassette.json"))]);
    let path = folder.path();
    for blob in files(Path::new("samples/braintrust").join(names[1]).as_path()) {
        let name = format!("{}/{}", names[1], blob.file_name().unwrap().to_str().unwrap());
        fs::create_dir_all(path.join(names[1])).unwrap();
        fs::copy(&blob, path.join(name)).unwrap();
    }
    git(path, &["init", "-q", "."]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "Record"]);
    for revision in ["HEAD:openai-tools.cassette.json", "HEAD:./openai-tools.cassette.json"] {
        let ran = within(path, &["diff", revision, names[0]]);
        assert_eq!((ran.code, ran.out.lines().last()), (0, Some("no difference")), "{}", ran.err);
    }
    fs::remove_dir_all(path.join(names[1])).unwrap();
    let ran = within(path, &["diff", "HEAD:openai-tools.cassette.json", names[0]]);
    assert_eq!(ran.code, 1, "{}", ran.out);
}

#[test]
fn streams_are_compared_event_by_event_on_demand() {
    let ran = cassette(&["diff", "--events", OLD, NEW]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("events[3].choices[0].delta"), "{}", ran.out);
}

#[test]
fn git_shows_transcripts_once_it_is_told_how() {
    let folder = folder(&[("cassettes/chat.yaml", &sample(OLD)), ("cassettes/notes.txt", "one\n")]);
    let path = folder.path();
    git(path, &["init", "-q", "."]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "Record"]);
    let fresh = within(path, &["git", "status"]);
    assert_eq!(fresh.code, 1, "{}", fresh.out);
    let printed = within(path, &["git", "install"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("**/cassettes/** diff=cassette"), "{}", printed.out);
    assert!(!path.join(".gitattributes").exists());
    write(path, ".gitattributes", "*.png binary");
    assert_eq!(within(path, &["git", "install", "--write"]).code, 0);
    assert_eq!(within(path, &["git", "install", "--write"]).code, 0);
    let attributes = fs::read_to_string(path.join(".gitattributes")).unwrap();
    assert!(attributes.starts_with("*.png binary\n"), "{attributes}");
    assert_eq!(attributes.matches("**/cassettes/**").count(), 1, "{attributes}");
    assert_eq!(within(path, &["git", "status"]).code, 0);

    write(path, "cassettes/chat.yaml", &sample(NEW));
    write(path, "cassettes/notes.txt", "two\n");
    let shown = git(path, &["diff"]);
    assert!(shown.contains("+   assistant  → tide_table(harbour: \"Skerry Sound North\""), "{shown}");
    assert!(!shown.contains("data: {") && !shown.contains("lighthouse2"), "{shown}");
    // What is no cassette is compared as it is.
    assert!(shown.contains("-one") && shown.contains("+two"), "{shown}");
    // Ids and times are no part of it.
    let noise = sample(OLD)
        .replace("chatcmpl-lighthouse1", "chatcmpl-lighthouse9")
        .replace("call_tide1", "call_tide9");
    write(path, "cassettes/chat.yaml", &noise);
    let shown = git(path, &["diff", "--", "cassettes/chat.yaml"]);
    assert!(!shown.contains("@@"), "{shown}");
    write(path, "cassettes/chat.yaml", &sample(NEW));
    git(path, &["commit", "-qam", "Record again"]);
    for command in ["log", "show"] {
        let shown = git(path, &[command, "-p", "-1"]);
        assert!(shown.contains("Skerry Sound North") && !shown.contains("data: {"), "{shown}");
    }
    // Twice, so that what git keeps is read, too.
    assert_eq!(git(path, &["diff", "HEAD~1"]), git(path, &["diff", "HEAD~1"]));

    let gone = within(path, &["git", "uninstall", "--write"]);
    assert_eq!(gone.code, 0, "{}", gone.err);
    assert_eq!(fs::read_to_string(path.join(".gitattributes")).unwrap(), "*.png binary\n");
    assert!(git(path, &["diff", "HEAD~1"]).contains("data: {"));
}

#[test]
fn who_has_not_installed_it_sees_ordinary_differences() {
    let folder = folder(&[
        ("cassettes/chat.yaml", &sample(OLD)),
        (".gitattributes", "**/cassettes/** diff=cassette\n"),
    ]);
    let path = folder.path();
    git(path, &["init", "-q", "."]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "Record"]);
    write(path, "cassettes/chat.yaml", &sample(NEW));
    assert!(git(path, &["diff"]).contains("+            data: {"));
}

#[test]
fn of_long_lists_the_number_of_items_that_differ_is_told() {
    let vector = |last: &str| {
        let numbers: Vec<_> = (0..20).map(|at| format!("0.{at}")).collect();
        format!(
            "interactions:\n- request: {{method: POST, uri: 'https://api.openai.com/v1/embeddings', body: '{{}}'}}\n  response: {{status: \
             {{code: 200}}, body: {{string: '{{\"data\": [{{\"embedding\": [{}, {last}]}}]}}'}}}}\nversion: 1\n",
            numbers.join(", ")
        )
    };
    let folder = folder(&[("old.yaml", &vector("1.5")), ("new.yaml", &vector("2.5"))]);
    let ran = within(folder.path(), &["diff", "old.yaml", "new.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("data[0].embedding  1 of 21 items differ"), "{}", ran.out);
}

#[test]
fn a_connection_recorded_anew_is_the_same_wherever_its_answer_is_cut() {
    let old = sample("samples/frames/openai-realtime.yaml");
    let (head, rest) = old
        .split_once("- kind: message\n  direction: received\n  data:\n    type: response.output_text")
        .unwrap();
    let (_, done) = rest.split_once("    delta: ' bells.'\n").unwrap();
    let delta = |number: usize, text: &str| {
        format!(
            "- kind: message\n  direction: received\n  data:\n    type: response.output_text.delta\n    \
             event_id: event_gong{number}\n    response_id: resp_bell0001\n    delta: {text}\n"
        )
    };
    let pieces = |texts: &[&str]| {
        let pieces = texts.iter().enumerate().map(|(at, text)| delta(at, text)).collect::<String>();
        format!("{head}{pieces}{done}").replace("resp_bell0001", "resp_gong0001")
    };
    let (cut, other) = (pieces(&["Ei", "ght bel", "ls."]), pieces(&["Se", "ven bel", "ls."]));
    let folder = folder(&[("old.yaml", &old), ("cut.yaml", &cut), ("other.yaml", &other)]);
    let ran = within(folder.path(), &["diff", "old.yaml", "cut.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.ends_with("the same but for noise · noise: 2 chunks, 1 id\n"), "{}", ran.out);
    let ran = within(folder.path(), &["diff", "old.yaml", "other.yaml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("response   text  [-Eight-]{+Seven+} bells."), "{}", ran.out);
    assert!(ran.out.contains("\n1 response change · "), "{}", ran.out);
}
