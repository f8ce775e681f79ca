//! Files: the only place that touches the disk.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;

use crate::cassette::Beside;

/// Larger files are read up to here only. The largest recording seen in public has 30 MB.
pub(crate) const LIMIT: u64 = 256 << 20;

/// A file to read.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Where it is; `-` is the standard input.
    pub(crate) path: PathBuf,
    /// Whether it was named on the command line, not found in a directory.
    pub(crate) named: bool,
    /// What is staged of it, where that is what counts.
    pub(crate) staged: Option<Vec<u8>>,
}

impl Source {
    /// Returns whether this is the standard input.
    pub(crate) fn is_stdin(&self) -> bool {
        self.path == Path::new("-")
    }

    /// Returns the path as the user gave it, or as the user would.
    pub(crate) fn name(&self) -> String {
        let path = if self.named { &self.path } else { self.path.strip_prefix(".").unwrap_or(&self.path) };
        path.to_string_lossy().into_owned()
    }
}

/// Returns the files that the paths name, as [`walk`] gives them.
pub(crate) fn find(paths: &[PathBuf]) -> Vec<Source> {
    walk(paths).collect()
}

/// Gives the files that the paths name: files as they are, directories walked in order of names, with ignore rules
/// respected. A path that leads nowhere is given, so that reading it tells why, and so is a directory that cannot be read.
pub(crate) fn walk(paths: &[PathBuf]) -> impl Iterator<Item = Source> + Send {
    paths.iter().flat_map(|path| {
        let walk = path.is_dir().then(|| {
            WalkBuilder::new(path)
                .hidden(false)
                .filter_entry(|entry| {
                    let name = entry.file_name().to_string_lossy();
                    name != ".git" && !name.starts_with(TEMPORARY)
                })
                .sort_by_file_name(Ord::cmp)
                .build()
        });
        let named = walk.is_none().then(|| Source { path: path.clone(), named: true, staged: None });
        let found = walk.into_iter().flatten().filter_map(|entry| match entry {
            Ok(entry) => {
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                is_file.then(|| Source { path: entry.into_path(), named: false, staged: None })
            }
            Err(error) => {
                let path = failed_at(&error).unwrap_or(path).to_owned();
                Some(Source { path, named: true, staged: None })
            }
        });
        named.into_iter().chain(found)
    })
}

/// Returns what a walk could not read, if its error says so.
fn failed_at(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => failed_at(err),
        ignore::Error::Partial(errors) => errors.iter().find_map(failed_at),
        _ => None,
    }
}

/// Reads a file, or the standard input for `-`, up to [`LIMIT`]. Returns the bytes and whether that is all.
pub(crate) fn read(path: &Path) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(LIMIT + 1).read_to_end(&mut bytes)?;
    } else {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        bytes.reserve(usize::try_from(length.min(LIMIT) + 1).unwrap_or(0));
        file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    }
    let whole = bytes.len() as u64 <= LIMIT;
    bytes.truncate(usize::try_from(LIMIT).unwrap_or(usize::MAX));
    Ok((bytes, whole))
}

/// Reads a file that holds a body of a cassette.
pub(crate) fn beside(cassette: &Path, beside: &Beside) -> Result<Vec<u8>, String> {
    let (bytes, whole) = read(&beside_path(cassette, beside)?).map_err(|error| reason(&error))?;
    if whole { Ok(bytes) } else { Err(format!("it has more than {} MiB", LIMIT >> 20)) }
}

/// Why a file beside a cassette is not read.
const OUTSIDE: &str = "it is outside the cassette's folder";

/// Returns the name of a file that holds a body, if it leads nowhere else.
pub(crate) fn beside_name(beside: &Beside) -> Result<&Path, String> {
    let name = Path::new(beside.name.as_str());
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    if plain && !beside.name.is_empty() { Ok(name) } else { Err(OUTSIDE.to_owned()) }
}

/// Returns where the file is that holds a body of a cassette.
pub(crate) fn beside_path(cassette: &Path, beside: &Beside) -> Result<PathBuf, String> {
    let name = beside_name(beside)?;
    if cassette == Path::new("-") {
        return Err(OUTSIDE.to_owned());
    }
    let home = cassette.parent().filter(|parent| !parent.as_os_str().is_empty());
    let home = home.unwrap_or_else(|| Path::new("."));
    for folder in beside.folders {
        // Where a link leads outside, the real paths show it.
        let Ok(folder) = home.join(folder).canonicalize() else { continue };
        let Ok(file) = folder.join(name).canonicalize() else { continue };
        if !file.starts_with(&folder) {
            return Err("it is a link out of the cassette's folder".to_owned());
        }
        if !file.is_file() {
            return Err("it is no file".to_owned());
        }
        return Ok(file);
    }
    Err("there is no such file".to_owned())
}

/// How files begin that are on their way to take another's place.
const TEMPORARY: &str = ".cassette-new-";

/// Writes a file of our own.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::write(path, bytes)
}

/// Writes a new file whole, and the folder for it, or one in the place of another.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() {
        return replace(path, bytes);
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    folder.map_or(Ok(()), std::fs::create_dir_all)?;
    let mut builder = tempfile::Builder::new();
    // What anyone makes here is readable as the system has it.
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666))
    };
    let mut file = builder.prefix(TEMPORARY).tempfile_in(folder.unwrap_or_else(|| Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// A file for an editor, which only the user may read. It goes unless it is kept.
pub(crate) struct Draft(tempfile::NamedTempFile);

/// Writes a file for an editor.
pub(crate) fn draft(text: &str) -> io::Result<Draft> {
    let mut file = tempfile::Builder::new().prefix("cassette-").suffix(".txt").tempfile()?;
    file.write_all(text.as_bytes())?;
    Ok(Draft(file))
}

impl Draft {
    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes it anew. Editors put another file in its place, so it goes by its path.
    pub(crate) fn rewrite(&self, text: &str) -> io::Result<()> {
        std::fs::write(self.path(), text)
    }

    /// Keeps it, and returns where it is.
    pub(crate) fn keep(self) -> Option<PathBuf> {
        self.0.into_temp_path().keep().ok()
    }
}

/// Makes a folder, with those around it.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Replaces a file: another file takes its place whole, or nothing happens. Links go on leading to it, and who may read
/// it stays.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = path.canonicalize()?;
    put(&path, bytes, &path.metadata()?)
}

/// Writes a file that is to take the place of another under another name, which is relative to the same folder. Returns
/// nothing of the old one: it stays until nobody names it.
pub(crate) fn replace_as(old: &Path, old_name: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let depth = Path::new(old_name).components().count();
    let folder = old.ancestors().nth(depth).unwrap_or_else(|| Path::new("."));
    put(&folder.join(name), bytes, &old.metadata()?)
}

/// Removes a file.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)
}

/// Writes a file whole, with the permissions and the owner of another.
fn put(path: &Path, bytes: &[u8], old: &Metadata) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(old.permissions())?;
    keep_owner(old, file.as_file());
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Gives a file to the owner of another, where that is another one and we may.
#[cfg(unix)]
fn keep_owner(old: &Metadata, file: &File) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let same = file.metadata().is_ok_and(|new| (new.uid(), new.gid()) == (old.uid(), old.gid()));
    if !same {
        // Without the right to do so the file is ours, as with any editor.
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_old: &Metadata, _file: &File) {}

/// Returns the system's reason without its error number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Returns paths as a message names them.
pub(crate) fn names(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    names.join(", ")
}

/// Returns a number of files that are no cassettes, in words.
pub(crate) fn no_cassettes(number: usize) -> String {
    let files = if number == 1 { "file that is" } else { "files that are" };
    format!("{number} {files} no cassette")
}
