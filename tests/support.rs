//! Running the program, and finding files.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cassette::load::{self, Recording};
use cassette::text::SourceId;

/// What a run of the program printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program in the project's folder, with nothing of the caller's terminal settings.
pub(crate) fn cassette(arguments: &[&str]) -> Ran {
    run(command(arguments).output().unwrap())
}

/// Runs the program with text on its standard input.
pub(crate) fn cassette_with_input(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    run(child.wait_with_output().unwrap())
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cassette"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CASSETTE_PAGER", "PAGER"] {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

pub(crate) fn run(output: Output) -> Ran {
    Ran {
        code: output.status.code().expect("no signal ended the program"),
        out: String::from_utf8(output.stdout).expect("output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// Returns a cassette that nobody scrubbed, `a.yaml` in a folder that goes with the test, and the key in it.
pub(crate) fn unscrubbed() -> (tempfile::TempDir, String) {
    let recorded = fs::read_to_string("samples/go-vcr/openai-unscrubbed.yaml").unwrap();
    let placeholder = recorded.split("Bearer ").nth(1).unwrap().split_whitespace().next().unwrap();
    // No key of anyone: what a key looks like.
    let key = "sk-proj-7hYt5Rw2Qp9Lm3Kj8Hg46Fd1Sa0Zx7Cv5Bn2Mq4W";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), recorded.replace(placeholder, key)).unwrap();
    (folder, key.to_owned())
}

/// Writes files into a fresh folder that goes with the test.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    folder_of_bytes(&files)
}

/// Writes files that need not be text into a fresh folder that goes with the test.
pub(crate) fn folder_of_bytes(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// Reads a cassette with the files beside it, if it is one.
pub(crate) fn read(path: &Path) -> Option<Recording> {
    let folder = path.parent().unwrap();
    let found = load::read_with(SourceId(0), fs::read(path).ok()?, None, &|beside| {
        let mut places = beside.folders.iter().map(|place| folder.join(place).join(beside.name.as_str()));
        let found = places.find(|place| place.is_file()).ok_or("none")?;
        fs::read(found).map_err(|error| error.to_string())
    });
    found.ok()
}

/// Returns all files below a folder, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Returns the samples: every cassette in `samples`, not its transcript and not the scripts that recorded it.
pub(crate) fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    // Bodies in files of their own belong to the cassette beside their folder.
    let holds_bodies = |path: &Path| {
        path.components().any(|part| {
            let name = part.as_os_str().to_string_lossy();
            // Playwright names them by their SHA-1.
            let stem = name.split('.').next().unwrap_or_default();
            let is_digest = stem.len() == 40 && stem.bytes().all(|byte| byte.is_ascii_hexdigit());
            name == "__files" || name.ends_with(".blobs") || is_digest
        })
    };
    let is_cassette = |path: &PathBuf| {
        !path.starts_with(folder.join("record"))
            && !holds_bodies(path)
            && path.extension().is_some_and(|ending| ending != "md")
    };
    let found: Vec<_> = files(&folder).into_iter().filter(is_cassette).collect();
    assert!(!found.is_empty(), "no samples");
    found
}

/// Returns a path as the program's user would write it: without the folder of the checkout, or that of the real
/// cassettes. What is chosen by it is the same wherever they lie.
pub(crate) fn relative(path: &Path) -> String {
    let root = std::env::var_os("CASSETTE_CORPUS").and_then(|root| path.strip_prefix(root).ok());
    let path = root.or_else(|| path.strip_prefix(env!("CARGO_MANIFEST_DIR")).ok()).unwrap_or(path);
    path.to_str().unwrap().to_owned()
}

/// Gives each cassette among some files to `check` with its name. Returns how much it checked, and what is wrong.
pub(crate) fn check_all(
    paths: &[PathBuf],
    check: impl Fn(&Recording, &str) -> (usize, Vec<String>),
) -> (usize, Vec<String>) {
    let (mut count, mut faults) = (0, Vec::new());
    for path in paths {
        let Some(recording) = read(path) else { continue };
        let (checked, wrong) = check(&recording, &relative(path));
        count += checked;
        faults.extend(wrong);
    }
    (count, faults)
}

/// Checks all samples, of which there is more than `least` to check.
#[track_caller]
pub(crate) fn check_samples(least: usize, check: impl Fn(&Recording, &str) -> (usize, Vec<String>)) {
    let (count, faults) = check_all(&samples(), check);
    assert!(count > least, "{count}");
    assert!(faults.is_empty(), "{} faults of {count}: {faults:#?}", faults.len());
}

/// Checks all real cassettes, if there are some.
#[track_caller]
pub(crate) fn check_corpus(check: impl Fn(&Recording, &str) -> (usize, Vec<String>)) {
    let Some(root) = corpus() else { return };
    let (count, faults) = check_all(&files(&root), check);
    assert!(count > 0, "no cassette in {}", root.display());
    assert!(faults.is_empty(), "{} faults of {count}: {:#?}", faults.len(), &faults[..faults.len().min(60)]);
}

/// Returns the folder of real cassettes, if the environment names one.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("CASSETTE_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        #[expect(clippy::print_stderr, reason = "says why nothing was tested")]
        {
            eprintln!("not run: set CASSETTE_CORPUS to a folder of cassettes");
        }
    }
    folder
}
