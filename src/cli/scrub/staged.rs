//! What is staged in git: that is what will be committed, whatever the work tree holds.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::super::files::{self, Source};
use super::super::git::objects::{self, git};

/// Returns the staged files below the paths, with what is staged of them.
pub(super) fn sources(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in objects::staged_paths(paths, "ACMRT")? {
        if let Some(entry) = objects::staged(&path)? {
            sources.push(Source { path, named: false, staged: Some(entry.bytes) });
        }
    }
    Ok(sources)
}

/// Stages new content, and writes it to the work tree if that held what was staged before. Where the work tree holds
/// something else it stays as it is: it is not what will be committed.
pub(in super::super) fn write(source: &Source, bytes: &[u8]) -> Result<(), String> {
    let trouble = |error: anyhow::Error| format!("{error:#}");
    let entry = objects::staged(&source.path).map_err(trouble)?.ok_or("it is no longer staged")?;
    let objects::Entry { mode, bytes: old } = entry;
    if source.staged.as_ref() != Some(&old) {
        return Err("something else was staged in the meantime".to_owned());
    }
    let same = files::read(&source.path).is_ok_and(|(now, _)| now == old);
    let hashed = fed(git(&["hash-object", "-w", "--stdin"]), bytes)?;
    let object = String::from_utf8_lossy(&hashed.stdout).trim().to_owned();
    if !hashed.status.success() || object.is_empty() {
        return Err("git cannot store the new content".to_owned());
    }
    if same {
        files::replace(&source.path, bytes).map_err(|error| files::reason(&error))?;
    }
    let mut info = format!("{mode} {object}\t").into_bytes();
    info.extend(in_repository(&source.path)?);
    info.push(0);
    // Another file may be on its way into the index, which takes one at a time.
    for _ in 0..TRIES {
        let updated = fed(git(&["update-index", "-z", "--index-info"]), &info)?;
        if updated.status.success() {
            return Ok(());
        }
        if !String::from_utf8_lossy(&updated.stderr).contains("index.lock") {
            break;
        }
    }
    Err("git cannot stage the new content".to_owned())
}

/// Git is asked so often to change an index that is being changed.
const TRIES: usize = 200;

/// Runs git with something on its standard input.
fn fed(mut git: Command, input: &[u8]) -> Result<Output, String> {
    let trouble = |error: std::io::Error| format!("cannot run git: {}", files::reason(&error));
    git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = git.spawn().map_err(trouble)?;
    // Git that fails at once reads nothing, and its status tells.
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(input);
    }
    child.wait_with_output().map_err(trouble)
}

/// Returns a path as the index names it.
fn in_repository(path: &Path) -> Result<Vec<u8>, String> {
    let told = git(&["rev-parse", "--show-prefix"]).output().map_err(|error| files::reason(&error))?;
    let mut name = told.stdout.strip_suffix(b"\n").unwrap_or(&told.stdout).to_vec();
    name.extend(path.as_os_str().as_encoded_bytes());
    Ok(name)
}
