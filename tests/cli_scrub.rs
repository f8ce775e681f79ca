//! `cassette scrub` as people and hooks run it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Ran, cassette, cassette_with_input, command, corpus, files, folder, run};

/// No key of anyone: what a key looks like.
const KEY: &str = "sk-proj-7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W";
const TOKEN: &str = "9xL3nR2yT7vQ4kM8";

/// A vcrpy cassette with a key in a header, in the address, in a form and in pieces in a stream.
fn recording() -> String {
    let (first, rest) = KEY.split_at(11);
    let (second, third) = rest.split_at(20);
    let event = |text: &str| {
        format!(
            "data: {{\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}"
        )
    };
    let events: Vec<_> = ["The key is ", first, second, third, ", he said."].map(event).to_vec();
    format!(
        "# kept by hand\ninteractions:\n- request:\n    body: grant_type=password&client_secret={TOKEN}\n    headers:\n      \
         Authorization:\n      - Bearer {KEY}\n      X-Note: [plain]\n    method: POST\n    uri: \
         https://api.example.com/v1/chat/completions?key={TOKEN}&alt=sse\n  response:\n    body:\n      string: \
         \"{}\\n\\n\"\n    headers: {{Content-Type: [text/event-stream]}}\n    status: {{code: 200, message: OK}}\nversion: 1\n",
        events.join("\n\n").replace('"', "\\\"").replace('\n', "\\n")
    )
}

fn scrub(folder: &Path, arguments: &[&str]) -> Ran {
    let mut whole = vec!["scrub"];
    whole.extend(arguments);
    run(command(&whole).current_dir(folder).output().unwrap())
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[track_caller]
fn assert_no_credential(text: &str) {
    for part in [KEY, TOKEN, &KEY[8..24], &KEY[20..36], &TOKEN[..8]] {
        assert!(!text.contains(part), "{part} in {text}");
    }
}

#[test]
fn credentials_go_from_every_layer_and_everything_else_stays() {
    let folder = folder(&[("a.yaml", &recording())]);
    let ran = scrub(folder.path(), &["a.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let new = read(folder.path(), "a.yaml");
    assert_no_credential(&new);
    let show = run(command(&["show", "a.yaml"]).current_dir(folder.path()).output().unwrap());
    assert!(show.out.contains("The key is REDACTED, he said."), "{}", show.out);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(&recording()), lines(&new));
    let changed: Vec<_> = (0..before.len()).filter(|&at| before[at] != after[at]).collect();
    assert_eq!((before.len(), changed), (after.len(), vec![3, 6, 9, 12]));
    assert_eq!(after[6], "      - Bearer REDACTED");
    assert_eq!(after[9], "    uri: https://api.example.com/v1/chat/completions?key=REDACTED&alt=sse");
    let again = scrub(folder.path(), &["a.yaml"]);
    assert_eq!((again.code, again.err.trim()), (0, "1 clean"));
    assert_eq!(read(folder.path(), "a.yaml"), new);
}

#[test]
fn tokens_that_are_given_back_behind_the_hash_of_an_address_go() {
    let address = |page: &str| format!("https://app.example.com/back{page}access_token={TOKEN}&state=1");
    let text = format!(
        "interactions:\n- request:\n    body: ''\n    headers: {{Referer: ['{}']}}\n    method: GET\n    uri: {}\n  response:\n    \
         body: {{string: '{{\"next\": \"{}\"}}'}}\n    headers: {{Location: ['{}']}}\n    status: {{code: 302, message: Found}}\nversion: 1\n",
        address("?code=1#"),
        address("#"),
        address("#/page?"),
        address("?a=b#")
    );
    let folder = folder(&[("a.yaml", &text), ("b.yaml", &text.replace("back#", "back#/page?"))]);
    assert_eq!(scrub(folder.path(), &["."]).code, 0);
    assert_eq!(read(folder.path(), "a.yaml"), text.replace(TOKEN, "REDACTED"));
    assert_no_credential(&read(folder.path(), "b.yaml"));
}

#[test]
fn addresses_in_texts_are_looked_at_like_those_of_requests_however_long_a_secret_is() {
    let long = TOKEN.repeat(200);
    for (name, value) in
        [("private_token", TOKEN), ("hapikey", TOKEN), ("oauth_verifier", TOKEN), ("token", &long)]
    {
        let text = format!(
            "interactions:\n- request: {{body: '', headers: {{}}, method: GET, uri: 'https://x/?{name}={value}'}}\n  response: {{body: {{string: 'see https://x/?page_token=7Yt5Rw2Qp9Lm&{name}={value}&a=b'}}, headers: {{Location: ['/?{name}={value}']}}, status: {{code: 200, message: OK}}}}\nversion: 1\n"
        );
        let folder = folder(&[("a.yaml", &text)]);
        assert_eq!(scrub(folder.path(), &["a.yaml"]).code, 0);
        assert_eq!(read(folder.path(), "a.yaml"), text.replace(value, "REDACTED"), "{name}");
    }
}

#[test]
fn credentials_go_from_pages_commands_and_what_servers_tell_of_requests() {
    let bodies = [
        format!(r#"<login user="ada" password="{TOKEN}"/>"#),
        format!("<login user='ada' wsse:password = '{TOKEN}'><a>1</a></login>"),
        format!(r#"<form><input type="hidden" name="authenticity_token" value="{TOKEN}"></form>"#),
        format!(r#"<head><meta content="{TOKEN}" name="csrf-token"></head>"#),
        format!(r#"{{"headers": {{"Cookie": "theme=dark; session={TOKEN}"}}}}"#),
        format!(r#"{{"text": "curl -H 'X-Api-Key: {TOKEN}' https://x"}}"#),
        format!(r#"{{"text": "export OPENAI_API_KEY={TOKEN}"}}"#),
        format!(r#"{{"text": "client = OpenAI(api_key='{TOKEN}')"}}"#),
        format!(r#"{{"text": "Server=db;User=ada;Password={TOKEN};"}}"#),
        format!(r#"{{"text": "curl -u ada:{TOKEN} https://x"}}"#).replace("ada:", "ADA:"),
        format!(r#"{{"text": "DB_PASSWORD={TOKEN}"}}"#),
        format!(r#"{{"text": "the file reads\napi_key: {TOKEN}\n"}}"#),
        format!(r#"{{"text": "machine x login ada password {TOKEN}"}}"#),
        format!(r#"{{"text": "Authorization: token {TOKEN}"}}"#),
        format!(
            r#"{{"tools": [{{"type": "mcp", "headers": {{"X-Stripe-Token": "{TOKEN}", "X-Auth": "{TOKEN}"}}}}]}}"#
        ),
        format!(r#"{{"headers": [{{"name": "X-Acme-Token", "value": "{TOKEN}"}}]}}"#),
        format!(r#"{{"parameters": {{"authentication": {{"type": "api_key", "key": "{TOKEN}"}}}}}}"#),
        format!(r#"{{"dataSources": [{{"parameters": {{"indexName": "i", "key": "{TOKEN}"}}}}]}}"#),
        format!(r#"{{"github_token": "{TOKEN}", "recovery_codes": ["{TOKEN}"]}}"#),
    ];
    let recording = |body: &str| {
        let body = body.replace('\'', "''");
        format!(
            "interactions:\n- request: {{body: '', headers: {{}}, method: GET, uri: https://x/}}\n  response: {{body: {{string: '{body}'}}, headers: {{}}, status: {{code: 200, message: OK}}}}\nversion: 1\n"
        )
    };
    for body in bodies {
        let folder = folder(&[("a.yaml", &recording(&body))]);
        assert_eq!(scrub(folder.path(), &["a.yaml"]).code, 0);
        let gone = body.replace(&format!("ADA:{TOKEN}"), "REDACTED").replace(TOKEN, "REDACTED");
        assert_eq!(read(folder.path(), "a.yaml"), recording(&gone));
    }
}

#[test]
fn names_of_columns_files_errors_and_variables_are_no_credentials() {
    let text = r#"interactions:
- request:
    body: '{"authorization_token": "GITHUB_MCP_TOKEN", "storage_key": "users/avatars/1.png", "licensekey": "Apache-2.0", "pwd": "/home/ada/src", "encryption_key": "arn:aws:kms:eu-west-1:000000000000:key/7", "sort": {"key": "createdAt"}, "headers": {"X-Api-Key": "$ACME_API_KEY"}}'
    headers:
      X-Api-Key: [OPENAI_API_KEY]
      X-Sort-Key: [createdAt]
      X-Primary-Key: [id]
    method: POST
    uri: https://x/?key=createdAt&code=rate_limit_exceeded&token=introduction
  response:
    body: {string: 'see https://x/?code=rate_limit_exceeded&session=overview'}
    headers: {}
    status: {code: 200, message: OK}
version: 1
"#;
    let folder = folder(&[("a.yaml", text)]);
    let ran = scrub(folder.path(), &["--explain", "a.yaml"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn cookies_go_from_where_a_browser_keeps_them_beside_the_headers() {
    let cookie = |name: &str| format!(r#"{{"name": "{name}", "value": "{TOKEN}", "path": "/"}}"#);
    let text = format!(
        r#"{{"log": {{"version": "1.2", "creator": {{"name": "x", "version": "1"}}, "entries": [{{"startedDateTime": "2025-01-01T00:00:00.000Z", "time": 1, "request": {{"method": "GET", "url": "https://x/", "httpVersion": "h2", "headers": [], "queryString": [], "cookies": [{}]}}, "response": {{"status": 200, "statusText": "", "httpVersion": "h2", "headers": [], "cookies": [{}, {}], "content": {{"mimeType": "text/plain", "size": 2, "text": "hi"}}}}}}]}}}}"#,
        cookie("sid"),
        cookie("__cf_bm"),
        cookie("theme")
    );
    let folder = folder(&[("a.har", &text)]);
    let ran = scrub(folder.path(), &["a.har"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(read(folder.path(), "a.har"), text.replace(TOKEN, "REDACTED"));
}

#[test]
fn an_event_that_differs_little_from_the_one_before_is_looked_at_where_it_does() {
    let event = |id: &str, said: &str, api_key: &str, inner: &str| {
        format!(
            r#"data: {{"id": "{id}", "index": 0, "delta": {{"text": "{said}", "api_key": "{api_key}", "inner": "{inner}"}}}}"#
        )
    };
    let stream = |key: &str, token: &str, pieces: [&str; 3]| {
        [
            event("e", "", "", ""),
            event("e", "a longer text: ", "", ""),
            event("e", pieces[0], "", ""),
            event("e", pieces[1], "", ""),
            event("e", pieces[2], "", ""),
            event("e", " again", "", ""),
            event("e", " again", token, ""),
            event("e", " again", "", ""),
            event(key, " again", "", ""),
            event("e", " again", "", ""),
            event("e", " again", "", &format!(r#"{{\"secret\": \"{token}\"}}"#)),
            event("e", " again", "", ""),
        ]
        .map(|event| event + "\n\n")
        .concat()
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
    };
    let recording = |stream: &str| {
        format!(
            "interactions:\n- request: {{body: '', headers: {{}}, method: GET, uri: https://x/}}\n  response: {{body: {{string: \"{stream}\"}}, headers: {{}}, status: {{code: 200, message: OK}}}}\nversion: 1\n"
        )
    };
    let before = recording(&stream(KEY, TOKEN, [&KEY[..11], &KEY[11..30], &KEY[30..]]));
    let folder = folder(&[("a.yaml", &before)]);
    let ran = scrub(folder.path(), &["a.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let after = read(folder.path(), "a.yaml");
    assert_no_credential(&after);
    assert_eq!(after, recording(&stream("REDACTED", "REDACTED", ["REDACTED", "", ""])));
}

#[test]
fn a_credential_goes_from_everywhere_and_a_word_that_is_a_password_only_where_it_is_one() {
    let text = format!(
        "interactions:\n- request: {{body: '{{\"ask\": \"May {TOKEN} do it? Or hunter2hunter?\", \"password\": \"hunter2hunter\"}}', headers: {{X-Api-Key: [{TOKEN}]}}, method: GET, uri: https://x/of/{TOKEN}}}\n  response: {{body: {{string: 'No key {TOKEN}. x{TOKEN} is another.'}}, headers: {{}}, status: {{code: 401, message: No}}}}\nversion: 1\n"
    );
    let folder = folder(&[("a.yaml", &text)]);
    assert_eq!(scrub(folder.path(), &["a.yaml"]).code, 0);
    let wanted = text.replace(TOKEN, "REDACTED").replace("xREDACTED", &format!("x{TOKEN}"));
    let wanted = wanted.replace(r#""password": "hunter2hunter""#, r#""password": "REDACTED""#);
    assert_eq!(read(folder.path(), "a.yaml"), wanted);
    let again = scrub(folder.path(), &["--check", "a.yaml"]);
    assert_eq!(again.code, 0, "{}", again.out);
}

#[test]
fn what_people_note_in_comments_is_looked_at() {
    let text = format!(
        "# recorded with {KEY}\ninteractions: # {KEY}\n- request: {{uri: 'https://x/#no-comment', method: GET, # a\n      headers: {{}}, body: ''}}\n  response:\n    body:\n      string: | # {KEY}\n        a # b\n    headers: {{}}\n    status: {{code: 200, message: \"#1\"}}\nversion: 1\n# OPENAI_API_KEY={TOKEN}"
    );
    let folder = folder(&[("a.yaml", &text)]);
    let ran = scrub(folder.path(), &["a.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(read(folder.path(), "a.yaml"), text.replace(KEY, "REDACTED").replace(TOKEN, "REDACTED"));
}

#[test]
fn looking_writes_nothing_and_shows_no_credential() {
    let folder = folder(&[("a.yaml", &recording())]);
    for option in ["--check", "--diff", "--explain"] {
        let ran = scrub(folder.path(), &[option, "a.yaml"]);
        assert_eq!(ran.code, 1, "{option}");
        assert_no_credential(&ran.out);
        assert_no_credential(&ran.err);
        assert_eq!(read(folder.path(), "a.yaml"), recording());
    }
    let ran = scrub(folder.path(), &["--diff", "a.yaml"]);
    assert!(ran.out.contains("-       - Bearer ‹masked›\n+       - Bearer REDACTED\n"), "{}", ran.out);
    let ran = scrub(folder.path(), &["--explain", "a.yaml"]);
    assert!(ran.out.contains("line 7  0 request.headers.authorization"), "{}", ran.out);
    assert!(ran.out.contains("secrets/openai-project-key"), "{}", ran.out);
    let ran = scrub(folder.path(), &["--explain", "--show-secrets", "a.yaml"]);
    assert!(ran.out.contains(KEY), "{}", ran.out);
}

#[test]
fn what_takes_part_in_matching_is_told_once_with_the_recorders_setting() {
    let folder = folder(&[("a.yaml", &recording()), ("b.yaml", &recording())]);
    let ran = scrub(folder.path(), &["."]);
    assert_eq!(ran.err.matches("filter_query_parameters").count(), 1, "{}", ran.err);
    assert_eq!(ran.err.matches("filter_post_data_parameters").count(), 1, "{}", ran.err);
    assert!(ran.err.contains("2 files changed, 0 clean"), "{}", ran.err);
}

#[test]
fn hooks_get_the_exit_codes_they_want() {
    let folder = folder(&[
        ("a.yaml", &recording()),
        ("notes.yaml", "title: shopping\n"),
        ("broken.yaml", "version: 1\ninteractions:\n- request: {uri: \"http://h\"\n"),
    ]);
    assert_eq!(scrub(folder.path(), &["--exit-non-zero-on-fix", "a.yaml"]).code, 1);
    assert_eq!(scrub(folder.path(), &["--exit-non-zero-on-fix", "a.yaml"]).code, 0);
    assert_eq!(scrub(folder.path(), &["notes.yaml", "a.yaml"]).code, 2);
    let ran = scrub(folder.path(), &["--skip-unknown", "notes.yaml", "a.yaml"]);
    assert_eq!((ran.code, ran.err.trim()), (0, "1 clean, 1 passed over"));
    // What may well be a cassette is never passed over.
    let ran = scrub(folder.path(), &["--skip-unknown", "broken.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("broken.yaml:"), "{}", ran.err);
}

#[test]
fn one_bad_file_does_not_stop_the_rest() {
    let folder = folder(&[
        ("a.yaml", "version: 1\ninteractions:\n- request: {uri: \"http://h\"\n"),
        ("b.yaml", &recording()),
    ]);
    let ran = scrub(folder.path(), &["."]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("1 file changed, 0 clean, 1 failed"), "{}", ran.err);
    assert_no_credential(&read(folder.path(), "b.yaml"));
}

#[test]
fn a_filter_gives_back_what_it_is_given() {
    let ran = cassette_with_input(&["scrub", "-"], recording().as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_no_credential(&ran.out);
    let again = cassette_with_input(&["scrub", "-"], ran.out.as_bytes());
    assert_eq!((again.code, &again.out), (0, &ran.out));
    let folder = folder(&[("a.yaml", &recording())]);
    let printed = scrub(folder.path(), &["--stdout", "a.yaml"]);
    assert_eq!((printed.code, &printed.out), (0, &ran.out));
    assert_eq!(read(folder.path(), "a.yaml"), recording());
}

#[test]
fn an_audit_tells_rules_and_places_and_no_value() {
    let folder = folder(&[("a.yaml", &recording()), ("b.yaml", &recording())]);
    let ran = scrub(folder.path(), &["--audit", "audit.json", "a.yaml", "b.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let audit = read(folder.path(), "audit.json");
    assert_no_credential(&audit);
    let audit: Value = serde_json::from_str(&audit).unwrap();
    assert_eq!(audit["schema_version"], 1);
    assert_eq!(audit["files"].as_array().unwrap().len(), 2);
    let finding = &audit["files"][0]["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["place"]),
        (&"secret-parameter".into(), &"request.url.key".into())
    );
    assert_eq!((&finding["line"], &finding["count"]), (&10.into(), &1.into()));
}

#[test]
fn permissions_and_links_stay() {
    let folder = folder(&[("real.yaml", &recording())]);
    let path = folder.path().join("real.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.yaml", folder.path().join("link.yaml")).unwrap();
    let ran = scrub(folder.path(), &["link.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(fs::symlink_metadata(folder.path().join("link.yaml")).unwrap().is_symlink());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_no_credential(&read(folder.path(), "real.yaml"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn a_project_has_rules_of_its_own() {
    let config = "presets: [ids]\nwithout: [secret-parameter]\nkeep: [\"Bearer\"]\nrules:\n- header: x-note\n  action: set\n  \
                  with: none\n- path: response.body.choices[*].delta.content\n  pattern: he said\n  action: replace\n  with: \
                  they said\n- pattern: he said\n  action: replace\n  with: they said\npaths:\n  vendor/:\n    skip: true\n";
    // Another one than that of the form, which goes from everywhere.
    let own = recording().replace(&format!("?key={TOKEN}"), "?key=5bG8hJ1kP6wZ0dF3");
    let folder =
        folder(&[(".cassette.yaml", config), ("tests/a.yaml", &own), ("tests/vendor/b.yaml", &recording())]);
    let ran = scrub(folder.path(), &["."]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let new = read(folder.path(), "tests/a.yaml");
    assert!(new.contains("X-Note: [none]"), "{new}");
    assert!(new.contains("they said"), "{new}");
    assert!(new.contains("key=5bG8hJ1kP6wZ0dF3&"), "{new}");
    assert!(new.contains("Bearer REDACTED"), "{new}");
    assert_eq!(read(folder.path(), "tests/vendor/b.yaml"), recording());
    fs::write(
        folder.path().join(".cassette.yaml"),
        "presets: [ids]\nrules:\n- header: a\n  action: redcat\n",
    )
    .unwrap();
    let ran = scrub(folder.path(), &["tests/a.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains(".cassette.yaml:4:"), "{}", ran.err);
    let ran = scrub(folder.path(), &["--no-config", "--check", "tests/a.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
}

#[test]
fn what_has_no_pseudonym_is_redacted() {
    let config = "rules:\n- field: user\n  action: pseudonym\n";
    let text = |users: [&str; 4]| {
        let users = users.map(|user| format!(r#"{{"user":"{user}"}}"#)).join(",");
        format!(
            "interactions:\n- request: {{body: '', headers: {{}}, method: GET, uri: https://x/}}\n  response: {{body: {{string: '[{users}]'}}, headers: {{}}, status: {{code: 200, message: OK}}}}\nversion: 1\n"
        )
    };
    let old = text(["Иван Петров", "ada", "ada.....", "ada.lovelace"]);
    let folder = folder(&[(".cassette.yaml", config), ("a.yaml", &old)]);
    let ran = scrub(folder.path(), &["a.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let new = read(folder.path(), "a.yaml");
    assert_eq!(new.matches("REDACTED").count(), 3, "{new}");
    assert!(!new.contains("lovelace"), "{new}");
    assert_eq!(scrub(folder.path(), &["--check", "a.yaml"]).code, 0);
}

#[test]
fn ids_keep_their_shape_and_stay_one_everywhere() {
    let body = |id: &str| format!("{{\\\"object\\\":\\\"chat.completion\\\",\\\"id\\\":\\\"{id}\\\"}}");
    let id = "chatcmpl-B7x2Kq9Lm3Tz8Vw5";
    let file = format!(
        "version: 2\ninteractions:\n- request: {{url: 'http://h/v1/chat/completions', method: POST, body: \"{{}}\"}}\n  response: \
         {{code: 200, body: \"{}\"}}\n- request: {{url: 'http://h/v1/chat/completions/{id}', method: GET}}\n  response: {{code: \
         200, body: \"{}\"}}\n",
        body(id),
        body(id)
    );
    let folder = folder(&[("a.yaml", &file), ("b.yaml", &file)]);
    let ran = scrub(folder.path(), &["--preset", "ids", "."]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let new = read(folder.path(), "a.yaml");
    assert_eq!(new, read(folder.path(), "b.yaml"), "one id is one pseudonym in all files");
    let at = file.find(id).unwrap();
    let pseudonym = &new[at..at + id.len()];
    assert_ne!(pseudonym, id);
    assert_eq!(new, file.replace(id, pseudonym));
}

/// Runs git in a folder.
fn git(folder: &Path, arguments: &[&str]) -> Ran {
    let mut git = Command::new("git");
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
        git.env_remove(name);
    }
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.autocrlf=false"];
    run(git.args(identity).args(arguments).current_dir(folder).output().unwrap())
}

#[test]
fn what_is_staged_is_scrubbed_in_the_index_and_in_the_work_tree() {
    let folder =
        folder(&[("t/a.yaml", &recording()), ("t/b.yaml", &recording()), ("t/c.yaml", &recording())]);
    let git = |arguments: &[&str]| git(folder.path(), arguments);
    git(&["init", "-q"]);
    git(&["add", "t/a.yaml", "t/b.yaml"]);
    // What is in the work tree but not staged is not what will be committed.
    let mine = format!("{}# more to come\n", recording());
    fs::write(folder.path().join("t/b.yaml"), &mine).unwrap();
    let ran = scrub(folder.path(), &["--staged", "--check"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(git(&["show", ":t/a.yaml"]).out, recording());
    let ran = scrub(folder.path(), &["--staged"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for name in ["t/a.yaml", "t/b.yaml"] {
        assert_no_credential(&git(&["show", &format!(":{name}")]).out);
    }
    assert_eq!(read(folder.path(), "t/a.yaml"), git(&["show", ":t/a.yaml"]).out);
    assert_eq!(read(folder.path(), "t/b.yaml"), mine);
    assert_eq!(read(folder.path(), "t/c.yaml"), recording());
    let ran = scrub(&folder.path().join("t"), &["--staged", "--check"]);
    assert_eq!((ran.code, ran.err.trim()), (0, "2 clean"), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn what_is_staged_is_told_by_its_name_whatever_that_holds() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let other = recording().replace("interactions:", "# another\ninteractions:");
    let folder = folder(&[("chat1.yaml", &recording()), ("chat?.yaml", &other)]);
    let odd = folder.path().join(OsStr::from_bytes(b"caf\xe9.yaml"));
    // Some systems have names of text only.
    let has_odd = fs::write(&odd, recording()).is_ok();
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    let ran = scrub(folder.path(), &["--staged"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains(if has_odd { "3 files changed" } else { "2 files changed" }), "{}", ran.err);
    let [first, second] = ["chat1.yaml", "chat?.yaml"].map(|name| read(folder.path(), name));
    assert!(!first.contains("# another") && second.contains("# another"));
    for text in [&first, &second] {
        assert_no_credential(text);
    }
    assert_eq!(git(folder.path(), &["show", ":chat?.yaml"]).out, second);
    if has_odd {
        assert_no_credential(&fs::read_to_string(&odd).unwrap());
    }
    assert_eq!(git(folder.path(), &["diff", "--name-only"]).out, "");
}

#[test]
fn the_rules_are_listed_with_their_examples() {
    let ran = cassette(&["scrub", "--list", "--width", "200"]);
    assert_eq!(ran.code, 0);
    for text in ["secrets (default)", "openai-key", "identity-urls", "volatile-header"] {
        assert!(ran.out.contains(text), "{text}");
    }
}

#[test]
fn a_run_that_is_killed_leaves_every_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<_> = (0..1000).map(|number| format!("{number:04}.yaml")).collect();
    for name in &names {
        fs::write(folder.path().join(name), recording()).unwrap();
    }
    let mut child = command(&["scrub", "-q", "."]).current_dir(folder.path()).spawn().unwrap();
    while read(folder.path(), &names[20]) == recording() && child.try_wait().unwrap().is_none() {}
    child.kill().unwrap();
    child.wait().unwrap();
    let (old, new) = (recording(), read(folder.path(), &names[20]));
    assert_no_credential(&new);
    for name in &names {
        let text = read(folder.path(), name);
        assert!(text == old || text == new, "{name} is neither the old nor the new file");
    }
    // What was on its way to a place is no cassette, and the next run does the rest.
    let ran = scrub(folder.path(), &["."]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(names.iter().all(|name| read(folder.path(), name) == new));
}

#[test]
fn no_screen_shows_a_credential_unless_asked_to() {
    let folder = folder(&[("a.yaml", &recording())]);
    let screens: [&[&str]; 10] = [
        &["show"],
        &["show", "--raw"],
        &["show", "--events"],
        &["show", "--headers", "--format", "json"],
        &["show", "--headers", "--format", "markdown"],
        &["tools", "--format", "json"],
        &["usage"],
        &["ls", "-l"],
        &["grep", ".", "--role", "header", "--role", "url", "--role", "body", "--role", "assistant"],
        &["scrub", "--check"],
    ];
    for screen in screens {
        let mut arguments = screen.to_vec();
        arguments.push("a.yaml");
        let ran = run(command(&arguments).current_dir(folder.path()).output().unwrap());
        assert_no_credential(&ran.out);
        assert_no_credential(&ran.err);
        assert!(ran.code < 2, "{arguments:?}: {}", ran.err);
    }
    for screen in [&["show", "--headers"][..], &["show", "--events"], &["grep", "Bearer", "--role", "header"]]
    {
        let mut arguments = screen.to_vec();
        arguments.extend(["--show-secrets", "a.yaml"]);
        let ran = run(command(&arguments).current_dir(folder.path()).output().unwrap());
        assert!(ran.out.contains(&KEY[..11]), "{arguments:?}: {}", ran.out);
    }
}

#[test]
fn a_rule_that_matches_nothing_leaves_every_real_cassette_as_it_is() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let copies: Vec<_> = files(&corpus)
        .into_iter()
        .map(|file| {
            let copy = folder.path().join(file.strip_prefix(&corpus).unwrap());
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(&file, &copy).unwrap();
            (file, copy)
        })
        .collect();
    let rules = "without: [secrets, identity]\nrules:\n- pattern: no-cassette-holds-this-[0-9]{40}\n- header: x-nobody-sends-this\n";
    fs::write(folder.path().join(".cassette.yaml"), rules).unwrap();
    let ran = scrub(folder.path(), &["."]);
    assert!(ran.err.contains(" clean, ") && !ran.err.contains("scrubbed"), "{}", ran.err);
    for (file, copy) in copies {
        assert_eq!(fs::read(&file).unwrap(), fs::read(&copy).unwrap(), "{}", file.display());
    }
}
