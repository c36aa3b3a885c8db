//! Reports as files in a folder, which may be a mounted bucket. A file is written beside its place and then moved there,
//! so that a reader never sees half of one, and one that people changed is left alone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::{Finding, Outcome, Paper, Pending, ReportPlatform, SendError};
use crate::core::record::Format;
use crate::core::report::{Draft, Drafted};
use crate::core::templates::page;

/// A folder that does not answer in this time is away. Network mounts may hang for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where files are written, and how they are linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSettings {
    /// The folder. It must be there: making it might write into the place where a mount is missing.
    pub directory: PathBuf,
    /// In which formats; at least one. The first is the one that is linked.
    pub formats: Vec<Format>,
    /// The address under which the folder's files are read, with a slash at its end; without it a file's path is told.
    pub link: Option<String>,
}

/// A folder with reports.
pub struct Files {
    settings: Arc<FileSettings>,
    /// Held while the folder is written to: of a mount that hangs, one call hangs, and no others are added.
    busy: Arc<Mutex<()>>,
}

impl Files {
    /// Nothing is looked at yet.
    pub fn new(settings: FileSettings) -> Self {
        Self { settings: Arc::new(settings), busy: Arc::default() }
    }

    /// Does work on the folder, beside the threads that must not wait.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&FileSettings) -> io::Result<T> + Send + 'static,
    ) -> Result<T, SendError> {
        let directory = self.settings.directory.display().to_string();
        let hangs = |directory: &str| SendError::Unknown {
            method: "writing a file",
            why: format!("{directory} has not answered for {} s", PATIENCE.as_secs()),
        };
        let Ok(guard) = self.busy.clone().try_lock_owned() else { return Err(hangs(&directory)) };
        let settings = self.settings.clone();
        let working = tokio::task::spawn_blocking(move || {
            let done = work(&settings);
            drop(guard);
            done
        });
        match tokio::time::timeout(PATIENCE, working).await {
            Err(_) => Err(hangs(&directory)),
            Ok(Err(panic)) => Err(SendError::Unknown { method: "writing a file", why: panic.to_string() }),
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(error))) => Err(failed(&directory, &error)),
        }
    }
}

impl ReportPlatform for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    fn draft<'a>(&'a self, paper: &'a Paper, known: Option<&'a Draft>) -> Pending<'a, Result<Outcome, SendError>> {
        let (paper, known) = (paper.clone(), known.cloned());
        Box::pin(self.on_disk(move |settings| write_all(settings, &paper, known.as_ref())))
    }

    fn check(&self) -> Pending<'_, Vec<Finding>> {
        Box::pin(async move {
            let directory = self.settings.directory.display().to_string();
            let found = self.on_disk(|settings| try_writing(&settings.directory)).await;
            let found = match found {
                Ok(()) => Ok(format!("{directory} can be written to")),
                Err(SendError::Refused { sentence, .. }) => Err(sentence),
                Err(error) => Err(format!("{error}. Check that {directory} is mounted, then try again.")),
            };
            vec![Finding::new("report folder", found)]
        })
    }
}

/// What an error of the folder means. What the operator must mend is refused; a disk that is full or away may come back.
fn failed(directory: &str, error: &io::Error) -> SendError {
    let refused = |code: &str, sentence: String| SendError::Refused { code: code.to_owned(), sentence, operator: true };
    match error.kind() {
        io::ErrorKind::NotFound => refused(
            "not_found",
            format!("the folder {directory} for reports is not there; make it, or correct report.directory."),
        ),
        io::ErrorKind::NotADirectory => {
            refused("not_a_directory", format!("{directory} is no folder; correct report.directory."))
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => refused(
            "permission_denied",
            format!(
                "the folder {directory} for reports cannot be written to; let the user that runs the bot write there."
            ),
        ),
        _ => SendError::Transient { method: "writing a file", why: error.to_string(), begun: true },
    }
}

fn write_all(settings: &FileSettings, paper: &Paper, known: Option<&Draft>) -> io::Result<Outcome> {
    // Reading the folder tells a missing mount from a missing file.
    fs::read_dir(&settings.directory)?;
    remove_leftovers(&settings.directory, &paper.slug);
    let mut stamps = Vec::new();
    let mut done = if known.is_some() { Drafted::Refreshed } else { Drafted::Made };
    let mut made = 0;
    for format in &settings.formats {
        let name = format!("{}.{}", paper.slug, format.word());
        let path = settings.directory.join(&name);
        let content = content(paper, *format);
        let earlier = known.and_then(|known| stamp_of(&known.stamp, *format));
        let stamp = match read(&path)? {
            None => {
                write(&settings.directory, &name, content.as_bytes())?;
                made += 1;
                fingerprint(content.as_bytes())
            }
            Some(there) if earlier == Some(fingerprint(&there).as_str()) => {
                write(&settings.directory, &name, content.as_bytes())?;
                fingerprint(content.as_bytes())
            }
            // A person changed it; or it was made and that was never recorded, and nobody knows what happened since.
            Some(_) => {
                if known.is_some() {
                    done = Drafted::Kept;
                }
                earlier.unwrap_or_default().to_owned()
            }
        };
        if !stamp.is_empty() {
            stamps.push(format!("{}:{stamp}", format.word()));
        }
    }
    // What was gone altogether was made, not refreshed.
    if made == settings.formats.len() {
        done = Drafted::Made;
    }
    let first = settings.formats.first().map_or("html", |format| format.word());
    let name = format!("{}.{first}", paper.slug);
    let link = match &settings.link {
        Some(link) => format!("{link}{name}"),
        None => fs::canonicalize(settings.directory.join(&name))?.display().to_string(),
    };
    Ok(Outcome { draft: Draft { link, reference: paper.slug.clone(), stamp: stamps.join(",") }, done })
}

fn content(paper: &Paper, format: Format) -> String {
    match format {
        Format::Markdown => paper.markdown.clone(),
        Format::Html => page(&paper.title, &paper.html),
        Format::Json => paper.json.clone(),
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file beside its place, then moves it there.
fn write(directory: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let temporary = directory.join(format!(".{name}.{:08x}{ENDING}", rand::random::<u32>()));
    let written = (|| {
        let mut file = File::create_new(&temporary)?;
        file.write_all(content)?;
        synced(file.sync_all())?;
        fs::rename(&temporary, directory.join(name))
    })();
    if written.is_err() {
        // The error that matters is the first.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    // The name is on the disk, too, where the folder can be asked for that.
    File::open(directory).map_or(Ok(()), |folder| synced(folder.sync_all()))
}

/// The ending of files that are not in their place yet.
const ENDING: &str = ".part";

/// Mounted buckets and some network file systems know no such thing, and have the file when it is closed.
fn synced(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput) => Ok(()),
        other => other,
    }
}

/// What a process that was killed while it wrote this report left behind.
fn remove_leftovers(directory: &Path, slug: &str) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&format!(".{slug}.")) && name.ends_with(ENDING) {
            // It is only litter.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn try_writing(directory: &Path) -> io::Result<()> {
    let name = format!(".breakingbot-check-{:08x}", rand::random::<u32>());
    write(directory, &name, b"")?;
    fs::remove_file(directory.join(name))
}

fn stamp_of(stamp: &str, format: Format) -> Option<&str> {
    stamp.split(',').find_map(|part| part.strip_prefix(format.word())?.strip_prefix(':'))
}

/// Tells whether a file was changed; nobody is kept from forging it. FNV-1a, 64 bits, as its authors give it.
fn fingerprint(content: &[u8]) -> String {
    let hash = content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::IncidentId;

    fn paper(text: &str) -> Paper {
        Paper {
            incident: IncidentId(7),
            slug: "incident-7-20240228t170000z".into(),
            title: "Incident 7: <Checkout>".into(),
            html: format!("<p>{text}</p>"),
            markdown: format!("# {text}\n"),
            json: format!("{{\"text\":\"{text}\"}}\n"),
        }
    }

    fn files(directory: &Path) -> Files {
        Files::new(FileSettings {
            directory: directory.to_owned(),
            formats: vec![Format::Html, Format::Markdown, Format::Json],
            link: Some("https://reports.example/".into()),
        })
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn markdown(directory: &Path) -> String {
        fs::read_to_string(directory.join("incident-7-20240228t170000z.md")).unwrap()
    }

    #[tokio::test]
    async fn one_file_of_each_format_however_often() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let first = files.draft(&paper("one"), None).await.unwrap();
        assert_eq!(first.done, Drafted::Made);
        assert_eq!(first.draft.link, "https://reports.example/incident-7-20240228t170000z.html");
        let all = ["html", "json", "md"].map(|ending| format!("incident-7-20240228t170000z.{ending}"));
        assert_eq!(names(folder.path()), all);
        let html = fs::read_to_string(folder.path().join(&all[0])).unwrap();
        assert!(html.starts_with("<!DOCTYPE html>") && html.contains("<title>Incident 7: &lt;Checkout&gt;</title>"));

        // The outcome was never recorded: what stands is found, and not written over.
        let found = files.draft(&paper("two"), None).await.unwrap();
        assert_eq!((found.done, found.draft.stamp.as_str()), (Drafted::Made, ""));
        assert_eq!(markdown(folder.path()), "# one\n");

        // It is known and nobody changed it.
        let again = files.draft(&paper("three"), Some(&first.draft)).await.unwrap();
        assert_eq!(again.done, Drafted::Refreshed);
        assert_eq!(markdown(folder.path()), "# three\n");
        assert_eq!(names(folder.path()), all);
    }

    #[tokio::test]
    async fn what_people_changed_stays() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let first = files.draft(&paper("one"), None).await.unwrap();
        fs::write(folder.path().join("incident-7-20240228t170000z.md"), "# mine").unwrap();
        for _ in 0..2 {
            let again = files.draft(&paper("two"), Some(&first.draft)).await.unwrap();
            assert_eq!(again.done, Drafted::Kept);
            assert_eq!(markdown(folder.path()), "# mine");
        }
    }

    #[tokio::test]
    async fn what_is_gone_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let first = files.draft(&paper("one"), None).await.unwrap();
        for name in names(folder.path()) {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
        let again = files.draft(&paper("two"), Some(&first.draft)).await.unwrap();
        assert_eq!(again.done, Drafted::Made);
        assert_eq!(markdown(folder.path()), "# two\n");
    }

    #[tokio::test]
    async fn a_killed_write_leaves_no_litter_and_no_half_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".incident-7-20240228t170000z.md.00c0ffee.part"), "# ha").unwrap();
        fs::write(folder.path().join(".incident-70-20240228t170000z.md.00c0ffee.part"), "another's").unwrap();
        files(folder.path()).draft(&paper("one"), None).await.unwrap();
        let names = names(folder.path());
        assert_eq!(names.iter().filter(|name| name.ends_with(".part")).count(), 1, "{names:?}");
        assert_eq!(markdown(folder.path()), "# one\n");
    }

    #[tokio::test]
    async fn without_an_address_the_path_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            FileSettings { directory: folder.path().to_owned(), formats: vec![Format::Markdown], link: None };
        let made = Files::new(settings).draft(&paper("one"), None).await.unwrap();
        let path = fs::canonicalize(folder.path()).unwrap().join("incident-7-20240228t170000z.md");
        assert_eq!(made.draft.link, path.display().to_string());
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_or_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let told = files(&gone).draft(&paper("one"), None).await.unwrap_err().to_string();
        assert!(told.contains("is not there; make it, or correct report.directory."), "{told}");
        assert!(!gone.exists());
        let found = files(&gone).check().await;
        assert!(found[0].found.as_ref().unwrap_err().contains("is not there"), "{found:?}");
        fs::write(&gone, "").unwrap();
        let found = files(&gone).check().await;
        assert!(found[0].found.as_ref().unwrap_err().contains("is no folder"), "{found:?}");
        let found = files(folder.path()).check().await;
        assert_eq!(found[0].found, Ok(format!("{} can be written to", folder.path().display())));
        assert_eq!(names(folder.path()), ["gone"], "nothing is left behind");
    }

    #[tokio::test]
    async fn a_folder_that_hangs_holds_up_one_call_only() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let held = files.busy.clone().try_lock_owned().unwrap();
        let told = files.draft(&paper("one"), None).await.unwrap_err();
        assert!(told.leaves_doubt() && !told.is_permanent(), "{told}");
        drop(held);
        files.draft(&paper("one"), None).await.unwrap();
    }

    #[test]
    fn fingerprints_are_fnv() {
        assert_eq!(fingerprint(b""), "cbf29ce484222325");
        assert_eq!(fingerprint(b"foobar"), "85944171f73967e8");
        assert_eq!(stamp_of("html:1,md:2", Format::Markdown), Some("2"));
    }
}
