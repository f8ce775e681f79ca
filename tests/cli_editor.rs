//! `cassette edit` with a scripted editor.

use std::fs;
use std::path::Path;

use crate::support::{Ran, cassette, command, run, unscrubbed};

/// Runs `cassette edit` with a shell script for an editor; `$1` is the file.
fn edit(folder: &Path, arguments: &[&str], script: &str) -> Ran {
    let editor = folder.join("editor.sh");
    fs::write(&editor, script).unwrap();
    let mut command = command(&[&["edit"], arguments].concat());
    command.env_remove("VISUAL").env("EDITOR", format!("sh {}", editor.display())).env("TMPDIR", folder);
    run(command.output().unwrap())
}

fn copy(sample: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    fs::copy(sample, &path).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// The drafts that are left in a folder.
fn drafts(folder: &Path) -> Vec<String> {
    let names =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned());
    names.filter(|name| name.starts_with("cassette-")).collect()
}

#[test]
fn only_what_was_changed_is_written() {
    let (folder, path) = copy("samples/vcrpy/openai-stream.yaml");
    let script = r#"sed -i -e 's/^200$/418/' -e 's/"stream": true/"stream": true, "user": "ada"/' -e 's/^They hang/We hang/' "$1""#;
    let before = cassette(&["get", &path, "response.text"]).out;
    let ran = edit(folder.path(), &[&path], script);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(cassette(&["get", &path, "response.status"]).out, "418\n");
    assert_eq!(cassette(&["get", &path, "request.body.user"]).out, "ada\n");
    assert_eq!(cassette(&["get", &path, "response.text"]).out, before.replacen("They hang", "We hang", 1));
    assert_eq!(drafts(folder.path()), Vec::<String>::new());
}

#[test]
fn headers_come_change_and_go() {
    let (folder, path) = copy("samples/go-vcr/groq-stream.yaml");
    let name = "request.headers.content-type";
    assert_eq!(cassette(&["get", &path, name]).out, "application/json\n");
    let script = r#"sed -i -e 's/^Content-Type: application\/json$/content-type: text\/x\nX-New: one\nX-New: two/' "$1""#;
    let ran = edit(folder.path(), &[&path, "-i", "0"], script);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(cassette(&["get", &path, "-i", "0", name]).out, "text/x\n");
    assert_eq!(cassette(&["get", &path, "-i", "0", "request.headers.x-new[1]"]).out, "two\n");
    let gone = edit(folder.path(), &[&path, "-i", "0"], r#"sed -i '/^X-New/d' "$1""#);
    assert_eq!(gone.code, 0, "{}", gone.err);
    assert_eq!(cassette(&["get", &path, "-i", "0", "request.headers.x-new"]).code, 2);
}

#[test]
fn an_editor_that_changes_nothing_changes_nothing() {
    for sample in [
        "samples/vcrpy/openai-stream.yaml",
        "samples/ruby-vcr/openai-rvcr.json",
        "samples/httprr/openai-tools.httprr",
    ] {
        let (folder, path) = copy(sample);
        let before = fs::read(&path).unwrap();
        for script in ["true", "touch \"$1\"", ": > \"$1\""] {
            let ran = edit(folder.path(), &[&path, "-i", "0"], script);
            assert_eq!((ran.code, ran.err), (0, format!("{path}: nothing to change\n")));
        }
        // What is written again as it was is no change, either.
        let ran = edit(
            folder.path(),
            &[&path, "-i", "0"],
            "echo '# seen' | cat - \"$1\" > \"$1.new\" && mv \"$1.new\" \"$1\"",
        );
        assert_eq!((ran.code, ran.err), (0, format!("{path}: nothing to change\n")), "{sample}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_text_that_cannot_be_read_is_opened_again_with_the_error_on_top() {
    let (folder, path) = copy("samples/vcrpy/openai-stream.yaml");
    // First a quote is missing; with the error on top it is put back.
    let script = r#"if grep -q '^# error: in `request.body`: no JSON' "$1"; then
        sed -i 's/"stream: true/"stream": false/' "$1"
    else
        sed -i 's/"stream": true/"stream: true/' "$1"
    fi"#;
    let ran = edit(folder.path(), &[&path], script);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(cassette(&["get", &path, "request.body.stream"]).out, "false\n");
}

#[test]
fn nothing_is_lost_on_abort() {
    let (folder, path) = copy("samples/vcrpy/openai-stream.yaml");
    let before = fs::read(&path).unwrap();
    let aborted = edit(folder.path(), &[&path], "echo mine >> \"$1\"; exit 1");
    assert_eq!(aborted.code, 2);
    assert!(aborted.err.contains("your text is kept in"), "{}", aborted.err);
    let left = drafts(folder.path());
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(fs::read_to_string(folder.path().join(&left[0])).unwrap().ends_with("mine\n"));
    fs::remove_file(folder.path().join(&left[0])).unwrap();
    // Saved again as it was, the error on top.
    let stubborn = edit(folder.path(), &[&path], r#"sed -i 's/"stream": true/"stream: true/' "$1""#);
    assert_eq!(stubborn.code, 2);
    assert!(
        stubborn.err.contains("no JSON") && stubborn.err.contains("your text is kept in"),
        "{}",
        stubborn.err
    );
    assert_eq!(drafts(folder.path()).len(), 1);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn credentials_stay_out_of_the_editor_and_in_the_file() {
    let (folder, key) = unscrubbed();
    let path = folder.path().join("a.yaml");
    let path = path.to_str().unwrap();
    let script = "cp \"$1\" \"$(dirname \"$1\")/seen\"; sed -i 's/^POST$/PUT/' \"$1\"";
    let ran = edit(folder.path(), &[path, "-i", "0"], script);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let seen = fs::read_to_string(folder.path().join("seen")).unwrap();
    assert!(seen.contains("masked") && !seen.contains(&key), "{seen}");
    assert_eq!(cassette(&["get", path, "-i", "0", "request.method"]).out, "PUT\n");
    assert!(fs::read_to_string(path).unwrap().contains(&key));
}
