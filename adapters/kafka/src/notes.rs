//! Notes of the topics that go with a process: of one that was killed they are left, and the next one on this machine that
//! speaks to the same broker removes them.
//!
//! A note names its machine, since when that runs, and the cluster. In a folder that several machines share the lock says nothing of
//! another one's process, and at one address there may be another cluster by now: notes that name others are left alone.
//!
//! A note is a file in the system's folder for temporary files, written before its topics are made and removed after them. Whoever
//! has written it keeps it locked; the lock is the kernel's and ends with the process, however that dies. A topic is removed for
//! a note only if it has the note's own number in its name, which is one of 2^48.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use replay::link::LinkFault;

use crate::topics::{MakeTopics, NewTopic, fresh};

const PREFIX: &str = "counterpoint-topics-";
const SUFFIX: &str = ".note";
/// A note is short; what is longer is none.
const LONGEST: u64 = 16 << 10;
/// Ends a note that is whole.
const END: &str = "end";

/// Begins a note, so that no other file is taken for one.
const BEGIN: &str = "counterpoint topics";

/// Says where topics are, and on which machine their process runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    bootstrap: String,
    cluster: String,
    machine: String,
}

impl Place {
    /// Returns the place of topics that this process makes.
    pub(crate) fn of(bootstrap: &str, topics: &dyn MakeTopics) -> Self {
        let machine = machine().unwrap_or_default();
        Self { bootstrap: bootstrap.to_owned(), cluster: topics.cluster(), machine }
    }

    /// Returns whether it is known well enough to be told from every other.
    fn is_known(&self) -> bool {
        !self.cluster.is_empty() && !self.machine.is_empty()
    }
}

/// The machine's name and the number of its start, where the system tells both: on Linux.
fn machine() -> Option<String> {
    let read = |path| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let [host, boot] = ["/proc/sys/kernel/hostname", "/proc/sys/kernel/random/boot_id"].map(read);
    Some(format!("{} {}", host?, boot?))
}

/// A note of topics, locked. Dropped, it is gone, and so are they to be.
#[derive(Debug)]
pub(crate) struct Note {
    path: PathBuf,
    _lock: File,
}

/// Where notes are.
pub(crate) fn folder() -> PathBuf {
    std::env::temp_dir()
}

impl Note {
    /// Notes that topics are about to be made whose names hold the number `id`, and what `group` will commit.
    pub(crate) fn write(
        folder: &Path,
        id: &str,
        (place, group): (&Place, &str),
        topics: &[NewTopic],
    ) -> Result<Self, LinkFault> {
        let path = folder.join(format!("{PREFIX}{id}{SUFFIX}"));
        let names = topics.iter().map(|topic| topic.name.as_str());
        let Place { bootstrap, cluster, machine } = place;
        let begin = [BEGIN, bootstrap, cluster, machine, group];
        let lines: Vec<&str> = begin.into_iter().chain(names).chain([END, ""]).collect();
        written(&path, &lines.join("\n")).map(|lock| Self { path: path.clone(), _lock: lock }).map_err(
            |error| {
                let path = datasets::shown_path(&path);
                LinkFault::Machine(format!("the run's topics can't be noted in {path}: {error}"))
            },
        )
    }

    /// Leaves the note for whoever comes after this process: its topics may still be there.
    pub(crate) fn leave(self) {
        // The lock stays as long as the process.
        std::mem::forget(self);
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Under its name a note is locked and whole.
fn written(path: &Path, text: &str) -> io::Result<File> {
    let new = path.with_extension("new");
    let mut file = File::create_new(&new)?;
    let written = file
        .lock()
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written.map(|()| file)
}

/// Removes the topics of dead processes of this machine that have used this cluster. What can't be removed stays, with its note.
pub(crate) fn sweep(folder: &Path, place: &Place, topics: &dyn MakeTopics) {
    if !place.is_known() {
        return;
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let id = id_of(entry.file_name().to_str()?)?.to_owned();
        Some((id, entry.path()))
    });
    let named: Vec<(String, PathBuf)> = named.collect();
    let Some(owner) = (if named.is_empty() { None } else { owner(folder) }) else { return };
    for (id, path) in named {
        let Some(left) = Left::take(&path, &id, owner) else { continue };
        if left.place == *place && topics.remove(&left.topics, &left.group).is_ok() {
            // Still locked, so that no other takes it for one that is to be done.
            let _ = fs::remove_file(&path);
        }
    }
}

fn id_of(name: &str) -> Option<&str> {
    let id = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    (id.len() == 12 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))).then_some(id)
}

/// Holds what a dead process has left.
struct Left {
    place: Place,
    group: String,
    topics: Vec<NewTopic>,
    _lock: File,
}

impl Left {
    /// Takes a note whose owner is dead. One that isn't whole, or speaks of topics that don't have its number, is nobody's.
    fn take(path: &Path, id: &str, owner: Owner) -> Option<Self> {
        let facts = fs::symlink_metadata(path).ok()?;
        // Somebody else's may name what it likes.
        if !facts.is_file() || facts.len() > LONGEST || owner_of(&facts) != owner {
            return None;
        }
        let mut lock = File::open(path).ok()?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
        }
        let mut text = String::new();
        lock.read_to_string(&mut text).ok()?;
        let lines: Vec<&str> = text.lines().collect();
        let [BEGIN, bootstrap, cluster, machine, group, names @ .., END] = &lines[..] else { return None };
        let part = format!(".{id}.");
        let topics = names.iter().map(|name| {
            let is_ours =
                name.split_once(&part).is_some_and(|(begin, role)| !begin.is_empty() && !role.is_empty());
            is_ours.then(|| NewTopic { name: (*name).to_owned(), partitions: 1 })
        });
        let topics = topics.collect::<Option<Vec<_>>>()?;
        let [bootstrap, cluster, machine, group] =
            [*bootstrap, *cluster, *machine, *group].map(str::to_owned);
        let place = Place { bootstrap, cluster, machine };
        (!topics.is_empty()).then_some(Self { place, group, topics, _lock: lock })
    }
}

#[cfg(unix)]
type Owner = u32;
#[cfg(not(unix))]
type Owner = ();

#[cfg(unix)]
fn owner_of(facts: &fs::Metadata) -> Owner {
    std::os::unix::fs::MetadataExt::uid(facts)
}

#[cfg(not(unix))]
fn owner_of(_: &fs::Metadata) -> Owner {}

/// Whom a file belongs to that this process makes.
fn owner(folder: &Path) -> Option<Owner> {
    let path = folder.join(format!("{PREFIX}{}.new", fresh().ok()?));
    let facts = File::create_new(&path).and_then(|file| file.metadata());
    let _ = fs::remove_file(&path);
    facts.ok().map(|facts| owner_of(&facts))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::topics::Unmade;

    const BROKER: &str = "a:1,b:2";
    const CLUSTER: &str = "5L6g3nShT-eMCtK--X86sw";

    fn here() -> Place {
        Place { bootstrap: BROKER.to_owned(), cluster: CLUSTER.to_owned(), machine: "desk 17".to_owned() }
    }

    /// Hears what is to be removed.
    #[derive(Default)]
    struct Heard {
        is_away: bool,
        removed: Mutex<Vec<String>>,
    }

    impl MakeTopics for Heard {
        fn make(&self, _: &[NewTopic]) -> Result<(), Unmade> {
            unreachable!("nothing is made")
        }

        fn cluster(&self) -> String {
            CLUSTER.to_owned()
        }

        fn remove(&self, topics: &[NewTopic], group: &str) -> Result<(), LinkFault> {
            if self.is_away {
                return Err(LinkFault::Machine("away".to_owned()));
            }
            let names = topics.iter().map(|topic| topic.name.clone()).chain([group.to_owned()]);
            self.removed.lock().expect("one thread").extend(names);
            Ok(())
        }
    }

    fn topics(id: &str) -> [NewTopic; 2] {
        ["clicks", "counts.of.b"].map(|name| NewTopic { name: format!("{name}.{id}.stable"), partitions: 3 })
    }

    fn note(folder: &Path, id: &str, place: &Place) -> Note {
        Note::write(folder, id, (place, &format!("group-{id}")), &topics(id)).expect("a note")
    }

    /// A process that was killed: its lock is gone, and its note isn't.
    fn killed(note: Note) {
        let copy = fs::read(&note.path).expect("a note");
        let path = note.path.clone();
        drop(note);
        fs::write(path, copy).expect("a note");
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn swept(folder: &Path, is_away: bool) -> Vec<String> {
        let heard = Heard { is_away, ..Heard::default() };
        sweep(folder, &here(), &heard);
        heard.removed.into_inner().expect("one thread")
    }

    #[test]
    fn topics_of_the_dead_are_removed_and_of_nobody_else() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path();
        let live = note(folder, "00000000000a", &here());
        killed(note(folder, "00000000000b", &here()));
        let elsewhere = [
            ("00000000000c", Place { bootstrap: "elsewhere:1".to_owned(), ..here() }),
            ("00000000000e", Place { cluster: "another".to_owned(), ..here() }),
            ("00000000000f", Place { machine: "desk 18".to_owned(), ..here() }),
        ];
        for (id, place) in &elsewhere {
            killed(note(folder, id, place));
        }
        drop(note(folder, "00000000000d", &here()));
        let expected =
            ["clicks.00000000000b.stable", "counts.of.b.00000000000b.stable", "group-00000000000b"];
        assert_eq!(swept(folder, true), [""; 0]);
        assert_eq!(swept(folder, false), expected);
        assert_eq!(swept(folder, false), [""; 0]);
        let left = ["a", "c", "e", "f"].map(|last| format!("counterpoint-topics-00000000000{last}.note"));
        assert_eq!(names(folder), left);
        live.leave();
        assert_eq!((swept(folder, false), names(folder)), (vec![], left.to_vec()));
    }

    #[test]
    fn what_is_no_note_of_ours_removes_nothing() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path();
        let good = format!("{BEGIN}\n{BROKER}\n{CLUSTER}\ndesk 17\ngroup\nclicks.00000000000a.stable\nend\n");
        for (name, text) in [
            ("counterpoint-topics-00000000000A.note", good.as_str()),
            ("counterpoint-topics-a.note", &good),
            ("topics-00000000000a.note", &good),
            // Another run's number, none at all, or nothing around it.
            ("counterpoint-topics-00000000000b.note", &good),
            ("counterpoint-topics-00000000000a.note", &good.replace("clicks.00000000000a.stable", "clicks")),
            (
                "counterpoint-topics-00000000000c.note",
                &good.replace("clicks.00000000000a.stable", ".00000000000c.x"),
            ),
            (
                "counterpoint-topics-00000000000d.note",
                &good.replace("clicks.00000000000a.stable", "x.00000000000d."),
            ),
            // Not whole, or without any topic.
            ("counterpoint-topics-00000000000e.note", &good.replace("00a", "00e").replace("end\n", "en")),
            (
                "counterpoint-topics-00000000000f.note",
                &format!("{BEGIN}\n{BROKER}\n{CLUSTER}\ndesk 17\ngroup\nend\n"),
            ),
            ("counterpoint-topics-000000000000.note", ""),
        ] {
            fs::write(folder.join(name), text).expect("a file");
        }
        fs::create_dir(folder.join("counterpoint-topics-000000000001.note")).expect("a folder");
        let before = names(folder);
        assert_eq!((swept(folder, false), names(folder)), (vec![], before));
    }

    #[test]
    fn who_knows_neither_machine_nor_cluster_removes_nothing() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path();
        for (id, place) in [
            ("00000000000a", Place { cluster: String::new(), ..here() }),
            ("00000000000b", Place { machine: String::new(), ..here() }),
        ] {
            killed(note(folder, id, &place));
            let heard = Heard::default();
            sweep(folder, &place, &heard);
            assert_eq!(heard.removed.into_inner().expect("one thread"), [""; 0]);
        }
        assert_eq!(names(folder).len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_note() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path();
        let text = format!("{BEGIN}\n{BROKER}\n{CLUSTER}\ndesk 17\ngroup\nclicks.00000000000a.stable\nend\n");
        fs::write(folder.join("elsewhere"), text).expect("a file");
        std::os::unix::fs::symlink("elsewhere", folder.join("counterpoint-topics-00000000000a.note"))
            .expect("a link");
        assert_eq!(swept(folder, false), [""; 0]);
    }
}
