//! The command line on folders: `ls`, and bodies in files beside a cassette.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, cassette, folder};

/// A stub mapping whose response body is in a file.
fn mapping(file: &str) -> String {
    format!(
        r#"{{"request": {{"method": "POST", "urlPath": "/v1/chat/completions"}},
            "response": {{"status": 200, "bodyFileName": "{file}"}}, "uuid": "1"}}"#
    )
}

const ANSWER: &str = r#"{"object": "chat.completion", "model": "tern-1", "choices": [{"message": {"role": "assistant", "content": "Ahoy."}}]}"#;

fn show(folder: &Path, name: &str) -> Ran {
    cassette(&["show", folder.join(name).to_str().unwrap()])
}

#[test]
fn a_body_in_a_file_beside_the_cassette_is_read_from_there() {
    let folder = folder(&[
        ("mappings/a.json", &mapping("a.json")),
        ("mappings/deep/er/b.json", &mapping("in/b.json")),
        ("__files/a.json", ANSWER),
        ("__files/in/b.json", ANSWER),
    ]);
    for name in ["mappings/a.json", "mappings/deep/er/b.json"] {
        let ran = show(folder.path(), name);
        assert!(ran.out.contains("Ahoy."), "{name}: {} {}", ran.out, ran.err);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    }
}

#[test]
fn a_file_that_is_not_there_is_told_and_the_rest_is_shown() {
    let folder = folder(&[("mappings/a.json", &mapping("gone.json"))]);
    let ran = show(folder.path(), "mappings/a.json");
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("/v1/chat/completions"), "{}", ran.out);
    assert!(ran.err.contains("the body in `gone.json` is left out: there is no such file"), "{}", ran.err);
    assert!(ran.err.contains("a.json:2:"), "{}", ran.err);
}

#[test]
fn a_cassette_gets_no_file_from_elsewhere() {
    let folder = folder(&[("secret", "hush"), ("__files/inside", ANSWER), ("mappings/x", "hush")]);
    let path = folder.path();
    let absolute = path.join("secret");
    let names = [
        "../secret",
        "../mappings/x",
        "a/../../secret",
        absolute.to_str().unwrap(),
        "",
        ".",
        "..",
        "./inside/..",
    ];
    for name in names {
        fs::write(path.join("mappings/a.json"), mapping(name)).unwrap();
        let ran = cassette(&["show", "--raw", path.join("mappings/a.json").to_str().unwrap()]);
        assert!(ran.err.contains("is left out: "), "{name}: {}", ran.err);
        assert!(!ran.out.contains("hush"), "{name}: {}", ran.out);
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let folder =
        folder(&[("secret", "hush"), ("__files/inside", ANSWER), ("mappings/a.json", &mapping("link"))]);
    let path = folder.path();
    std::os::unix::fs::symlink("../secret", path.join("__files/link")).unwrap();
    let ran = show(path, "mappings/a.json");
    assert!(ran.err.contains("it is a link out of the cassette's folder"), "{}", ran.err);
    assert!(!ran.out.contains("hush"), "{}", ran.out);
}

#[test]
fn folders_are_listed_with_what_is_in_them() {
    let folder = folder(&[
        ("mappings/a.json", &mapping("a.json")),
        ("__files/a.json", ANSWER),
        ("data.jsonl", "{\"interactions\": 1, \"request\": 2, \"url\": 3, \"uri\": 4}\n{\"a\": 1}\n"),
        ("notes.yaml", "title: shopping\n"),
        // These speak of cassettes, and are none.
        (
            "tool.py",
            "# Reads.\n\"\"\"The interactions: each a request with its uri.\"\"\"\nrequest = {'uri': interactions[0]}\n",
        ),
        ("README.md", "# Cassettes\n\n```yaml\ninteractions:\n- request:\n    uri: /\n```\n"),
        ("broken.yaml", "interactions:\n- request:\n    uri: [\n"),
    ]);
    let path = folder.path().to_str().unwrap();
    let ran = cassette(&["ls", "--format", "json", path]);
    assert_eq!(ran.code, 2, "a cassette that cannot be read is trouble");
    let listing: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(listing["schema_version"], 1);
    assert_eq!(listing["passed_over"], 5);
    let cassettes = listing["cassettes"].as_array().unwrap();
    let [broken, mapping] = &cassettes[..] else { panic!("{listing}") };
    assert_eq!(broken["error"]["line"], 4);
    assert_eq!(mapping["path"], format!("{path}/mappings/a.json"));
    let facts = ["format", "interactions", "apis", "models"].map(|key| mapping[key].to_string());
    assert_eq!(facts, ["\"wiremock\"", "1", "[\"openai-chat\"]", "[\"tern-1\"]"]);

    let ran = cassette(&["ls", "--width", "80", path]);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    assert!(
        ran.out.contains("2 cassettes, 1 interaction") && ran.out.contains("5 other files · 1 unreadable"),
        "{}",
        ran.out
    );
    let ran = cassette(&["ls", "--format", "markdown", path]);
    assert!(ran.out.contains("| --- | ---: |"), "{}", ran.out);
}

#[test]
fn a_named_file_of_no_known_format_is_an_error_for_every_command_and_a_format_can_be_forced() {
    let folder =
        folder(&[("notes.yaml", "title: shopping\n"), ("named.json", r#"{"http_interactions": []}"#)]);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for command in ["show", "ls", "scrub"] {
        let ran = cassette(&[command, &path("notes.yaml")]);
        assert_eq!(ran.code, 2, "{command}: {}", ran.err);
        assert!(ran.err.contains("not a cassette format I know"), "{command}: {}", ran.err);
        assert!(ran.err.contains("name the format with --format-in"), "{command}: {}", ran.err);
        for format in cassette::format::FORMATS {
            assert!(
                ran.err.contains(format.name()) && ran.err.contains(format.looks()),
                "{command}: {}",
                ran.err
            );
        }
        let forced = cassette(&[command, "--format-in", "vcrpy", &path("notes.yaml")]);
        assert!(forced.code < 2, "{command}: {}", forced.err);
        let unheard = cassette(&[command, "--format-in", "tape", &path("named.json")]);
        assert_eq!(unheard.code, 2, "{command}");
        assert!(unheard.err.contains("the formats are go-vcr, vcrpy"), "{command}: {}", unheard.err);
    }
}

#[test]
fn a_blob_that_is_scrubbed_gets_the_name_of_what_it_holds_and_the_old_one_goes() {
    use sha2::Digest as _;
    let name = |bytes: &str| {
        sha2::Sha256::digest(bytes).iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
    };
    let secret = "key: sk-ant-api03-Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9v\n";
    let cassette_of = |bytes: &str| {
        let name = name(bytes);
        format!(
            r#"{{"entries": [{{"callIndex": 0, "matchKey": "GET x", "request": {{"method": "GET", "url": "https://x/y", "headers": {{}}, "body": {{"kind": "empty"}}}},
            "response": {{"status": 200, "headers": {{}}, "body": {{"kind": "binary", "path": "x.cassette.blobs/{name}.bin", "sha256": "{name}"}}}}}}]}}"#
        )
    };
    let blob = |bytes: &str| format!("x.cassette.blobs/{}.bin", name(bytes));
    let folder = folder(&[("x.cassette.json", &cassette_of(secret)), (&blob(secret), secret)]);
    let ran = cassette(&["scrub", folder.path().join("x.cassette.json").to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let scrubbed = "key: REDACTED\n";
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("x.cassette.json"), cassette_of(scrubbed));
    assert_eq!(read(&blob(scrubbed)), scrubbed);
    assert_eq!(fs::read_dir(folder.path().join("x.cassette.blobs")).unwrap().count(), 1);
}

#[test]
fn a_credential_in_a_message_that_is_kept_twice_goes_from_both() {
    use base64::Engine as _;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let field = |number: usize, payload: &[u8]| {
        let head = u8::try_from(number << 3 | 2).unwrap();
        [&[head, u8::try_from(payload.len()).unwrap()][..], payload].concat()
    };
    let key = "sk-ant-api03-Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6";
    let cassette_of = |key: &str| {
        let text = format!("my key is {key}");
        let raw = base64(&field(1, &field(1, &field(1, text.as_bytes()))));
        format!(
            "version: 1\ninteractions:\n- request_sample:\n    json:\n      messages:\n      - content:\n        - text: {text}\n    \
             raw: !!binary |\n      {raw}\n  response_sample:\n    json: {{id: x}}\n    raw: !!binary |\n      CgF4\n"
        )
    };
    let folder = folder(&[("x.xai.yaml", &cassette_of(key))]);
    let path = folder.path().join("x.xai.yaml");
    let ran = cassette(&["scrub", path.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(fs::read_to_string(path).unwrap(), cassette_of("REDACTED"));
}
