//! The command line as its users meet it: outputs, messages, exit codes.

use std::fs;
use std::io::Read as _;

use crate::support::{cassette, cassette_with_input, command, folder_of_bytes, run, unscrubbed};

const TOOLS: &str = "samples/go-vcr/openai-parallel-tools.yaml";

#[test]
fn a_missing_file_is_named_and_the_others_are_shown() {
    let ran = cassette(&["show", "nowhere.yaml", TOOLS]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nowhere.yaml") && ran.err.contains("no such file"), "{}", ran.err);
    assert!(ran.out.contains("openai-parallel-tools.yaml"), "{}", ran.out);
}

#[test]
fn a_folder_without_cassettes_is_an_error_that_says_so() {
    let folder = folder_of_bytes(&[("a.yaml", b"title: shopping\n"), ("b.txt", b"milk\n")]);
    let ran = cassette(&["show", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("passed over 2 files") && ran.err.contains("no cassettes in"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
fn a_named_file_of_no_known_format_says_what_was_looked_for() {
    let folder = folder_of_bytes(&[("notes.yaml", b"title: shopping\n")]);
    let ran = cassette(&["show", folder.path().join("notes.yaml").to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    for word in ["not a cassette format", "notes.yaml:1:1", "go-vcr", "vcrpy", "--format-in"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
}

#[test]
fn bytes_that_are_no_text_are_an_error_with_their_place() {
    let folder = folder_of_bytes(&[("junk.yaml", b"a: b\nc: \xff\xfe\x00\n")]);
    let ran = cassette(&["show", folder.path().join("junk.yaml").to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("not text") && ran.err.contains("junk.yaml:2:4"), "{}", ran.err);
}

#[test]
fn a_truncated_cassette_is_an_error_with_its_place_and_the_others_are_shown() {
    let whole = fs::read("samples/vcrpy/openai-stream-unicode.yaml").unwrap();
    let folder = folder_of_bytes(&[("cut.yaml", &whole[..whole.len() / 2]), ("whole.yaml", &whole)]);
    let ran = cassette(&["show", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("cut.yaml:"), "{}", ran.err);
    assert!(ran.out.contains("whole.yaml"), "{}", ran.out);
}

#[test]
fn deep_nesting_is_refused_with_its_place() {
    let (json, yaml) = ("[".repeat(10_000), "- ".repeat(10_000));
    let folder = folder_of_bytes(&[("a.json", json.as_bytes()), ("b.yaml", yaml.as_bytes())]);
    for (name, place) in [("a.json", "a.json:1:513"), ("b.yaml", "b.yaml:1:1025")] {
        let ran = cassette(&["show", folder.path().join(name).to_str().unwrap()]);
        assert_eq!(ran.code, 2);
        assert!(
            ran.err.contains("nested more than 512 levels deep") && ran.err.contains(place),
            "{}",
            ran.err
        );
    }
}

#[test]
fn an_endless_file_is_read_up_to_a_bound_and_refused_with_a_place() {
    // 1 GB of `[` from a pipe: nothing of the sort is ever held.
    let mut child = command(&["show", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let endless = std::thread::spawn(move || {
        let mut bytes = std::io::repeat(b'[').take(1 << 30);
        // The program stops reading at its bound: the pipe breaks, as it should.
        let _ = std::io::copy(&mut bytes, &mut input);
    });
    let ran = run(child.wait_with_output().unwrap());
    endless.join().unwrap();
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("nested more than 512 levels deep") && ran.err.contains("-:1:513"),
        "{}",
        ran.err
    );
}

#[test]
fn errors_are_part_of_the_json_too() {
    let ran = cassette(&["show", "--format", "json", "nowhere.yaml", TOOLS]);
    assert_eq!(ran.code, 2);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert!(json["cassettes"][0]["error"]["message"].as_str().unwrap().contains("no such file"));
    assert_eq!(json["cassettes"][1]["interactions"][0]["api"], "openai-chat");
}

#[test]
fn the_standard_input_is_read_for_a_dash() {
    let ran = cassette_with_input(&["show", "-"], &fs::read(TOOLS).unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let named = cassette(&["show", TOOLS]);
    // The title names the file, and has one line or two.
    let said = |out: &str| out.split_once("\n\n").unwrap().1.to_owned();
    assert_eq!(said(&ran.out), said(&named.out));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut child = command(&["show", "--format", "json", "samples"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut head = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut head).unwrap();
    let ran = run(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.err.contains("roken pipe")), (0, false), "{}", ran.err);
}

#[test]
fn interactions_are_chosen_by_number_and_range() {
    let count = |range: &str| {
        let ran = cassette(&["show", "--format", "json", "-i", range, TOOLS]);
        let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        json["cassettes"][0]["interactions"].as_array().unwrap().len()
    };
    assert_eq!([count("0"), count("1"), count("0..1"), count("1.."), count("7")], [1, 1, 2, 1, 0]);
    assert_eq!(cassette(&["show", "-i", "x", TOOLS]).code, 2);
}

#[test]
fn colour_is_for_terminals_and_on_demand() {
    assert!(!cassette(&["show", TOOLS]).out.contains('\x1b'));
    assert!(cassette(&["show", "--color", "always", TOOLS]).out.contains('\x1b'));
    let forced = run(command(&["show", TOOLS]).env("CLICOLOR_FORCE", "1").output().unwrap());
    assert!(forced.out.contains('\x1b'));
}

#[test]
fn no_line_is_wider_than_asked() {
    for width in [40, 80, 140] {
        let ran = cassette(&["show", "--width", &width.to_string(), "samples"]);
        let wide: Vec<_> =
            ran.out.lines().filter(|line| textwrap::core::display_width(line) > width).collect();
        // A path is not cut: it is there to be copied.
        let wide: Vec<_> = wide.into_iter().filter(|line| !line.starts_with("samples/")).collect();
        assert!(wide.is_empty(), "{width}: {wide:#?}");
    }
}

#[test]
fn credentials_are_masked_unless_asked_for() {
    let (folder, key) = unscrubbed();
    let sample = folder.path().join("a.yaml");
    let sample = sample.to_str().unwrap();
    for arguments in [&["--headers"][..], &["--raw"], &["--headers", "--format", "markdown"]] {
        let ran = cassette(&[&["show", sample], arguments].concat());
        assert!(ran.out.contains("Bearer ‹masked›"), "{}", ran.out);
        assert!(!ran.out.contains(&key), "{}", ran.out);
    }
    let json = cassette(&["show", "--headers", "--format", "json", sample]);
    assert!(json.code == 0 && !json.out.contains(&key), "{}", json.out);
    assert!(cassette(&["show", sample, "--headers", "--show-secrets"]).out.contains(&key));
}

#[test]
fn what_only_a_name_tells_to_be_a_credential_is_masked_in_every_format() {
    const TOKEN: &str = "9xL3nR2yT7vQ4kM8";
    let asked = format!(
        r#"{{"model": "m", "messages": [{{"role": "user", "content": "{{\"password\": \"{TOKEN}\"}}"}}], "client_secret": "{TOKEN}"}}"#
    );
    let call = format!(r#"{{\"db_password\": \"{TOKEN}\"}}"#);
    let answered = format!(
        r#"{{"object": "chat.completion", "model": "m", "choices": [{{"index": 0, "finish_reason": "stop", "message": {{"role": "assistant", "content": "<login password=\"{TOKEN}\"/>", "tool_calls": [{{"id": "call_1", "type": "function", "function": {{"name": "log_in", "arguments": "{call}"}}}}]}}}}]}}"#
    );
    let text = format!(
        "interactions:\n- request:\n    body: '{asked}'\n    headers: {{X-Auth-Token: [{TOKEN}]}}\n    method: POST\n    uri: https://api.openai.com/v1/chat/completions?pass={TOKEN}#access_token={TOKEN}\n  response:\n    body: {{string: '{answered}'}}\n    headers: {{Set-Cookie: ['session={TOKEN}; Path=/']}}\n    status: {{code: 200, message: OK}}\nversion: 1\n"
    );
    let folder = folder_of_bytes(&[("a.yaml", text.as_bytes())]);
    let path = folder.path().join("a.yaml");
    for format in ["text", "markdown", "json"] {
        for more in [&[][..], &["--headers", "--full"], &["--raw", "--headers"], &["--events"]] {
            let ran = cassette(&[&["show", "--format", format, path.to_str().unwrap()], more].concat());
            assert!(ran.code == 0 && !ran.out.contains(TOKEN), "{format} {more:?}: {}", ran.out);
        }
    }
    let shown =
        cassette(&["show", "--format", "json", "--headers", "--show-secrets", path.to_str().unwrap()]);
    assert_eq!(shown.out.matches(TOKEN).count(), 8, "{}", shown.out);
}

#[test]
fn thinking_is_hidden_on_demand() {
    let sample = "samples/go-vcr/deepseek-reasoning-v1.yaml";
    assert!(cassette(&["show", sample]).out.contains("thinking"));
    assert!(!cassette(&["show", sample, "--reasoning", "hide"]).out.contains("thinking"));
}

#[test]
fn a_text_that_begins_with_empty_lines_begins_beside_its_speaker() {
    let shown = cassette(&["show", "samples/vcrpy/bedrock-families.yaml"]).out;
    assert!(shown.contains("user       Human: A word for the sound of rain on tin?"), "{shown}");
}

#[test]
fn what_was_said_before_is_folded_unless_asked_for() {
    let folded = cassette(&["show", TOOLS]).out;
    assert!(folded.contains("↳ continues 0: "), "{folded}");
    let full = cassette(&["show", "--full", TOOLS]).out;
    assert!(!full.contains("↳") && full.len() > folded.len());
}

#[test]
fn yaml_that_no_reader_takes_is_an_error_and_nothing_else() {
    // The slow reader panics on a tag before a comma; a NEL keeps the fast one from it.
    let folder = folder_of_bytes(&[("odd.yaml", "a: [!a, b\u{85}]\n".as_bytes())]);
    let ran = cassette(&["show", folder.path().join("odd.yaml").to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: ") && !ran.err.contains("panicked"), "{}", ran.err);
}
