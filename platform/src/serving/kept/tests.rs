//! Shows what becomes of a log elsewhere, and of what its folder remembers, when something fails on the way.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::*;

/// Holds what somebody keeps, and what is to go wrong.
#[derive(Default)]
struct Elsewheres {
    logs: BTreeSet<String>,
    notes: BTreeSet<String>,
    made: u32,
    is_away: bool,
    panics: bool,
}

thread_local! {
    static THERE: RefCell<Elsewheres> = RefCell::default();
}

fn there<T>(act: impl FnOnce(&mut Elsewheres) -> T) -> T {
    THERE.with(|there| act(&mut there.borrow_mut()))
}

struct Note(String);

impl Drop for Note {
    fn drop(&mut self) {
        there(|there| there.notes.remove(&self.0));
    }
}

fn away() -> LogError {
    LogError::Unreachable { why: "nobody answers".to_owned(), hint: "wait" }
}

/// The log itself is one in a folder: what matters is the name.
fn log() -> Box<dyn Kept> {
    let folder = tempfile::tempdir().expect("a folder").keep();
    Box::new(Log::create(&folder, LogSettings::default()).expect("a log"))
}

static KEEPER: Keeper = Keeper {
    fresh: |name| {
        Ok(there(|there| {
            there.made += 1;
            format!("{name}.{}", there.made)
        }))
    },
    note: |place| {
        there(|there| there.notes.insert(place.name.clone()));
        Ok(Box::new(Note(place.name.clone())))
    },
    create: |place| {
        let (is_new, panics) =
            there(|there| (!there.is_away && there.logs.insert(place.name.clone()), there.panics));
        assert!(!panics, "on the way");
        if is_new { Ok(log()) } else { Err(away()) }
    },
    open: |place| if there(|there| there.logs.contains(&place.name)) { Ok(log()) } else { Err(away()) },
    remove: |place| {
        there(|there| {
            if there.is_away {
                return Err(away());
            }
            there.logs.remove(&place.name);
            Ok(())
        })
    },
};

fn place() -> Elsewhere {
    Elsewhere { address: "a:1".to_owned(), name: "clicks".to_owned(), settings: [].into() }
}

fn logs() -> Vec<String> {
    there(|there| there.logs.iter().cloned().collect())
}

fn notes() -> Vec<String> {
    there(|there| there.notes.iter().cloned().collect())
}

fn in_folder(folder: &Path, is_begun: bool) -> Result<RunLog, Error> {
    in_topic(&KEEPER, &place(), (folder, is_begun))
}

fn panicked(act: impl FnOnce()) {
    catch_unwind(AssertUnwindSafe(act)).expect_err("a panic");
}

#[test]
fn a_log_of_a_run_goes_with_it_whatever_ends_it() {
    drop(for_now(&KEEPER, &place()).expect("a log"));
    panicked(|| {
        let _log = for_now(&KEEPER, &place()).expect("a log");
        panic!("on the way");
    });
    assert_eq!((logs(), notes()), (vec![], vec![]));
    there(|there| there.is_away = true);
    for_now(&KEEPER, &place()).map(drop).expect_err("nobody answers");
    assert_eq!((logs(), notes()), (vec![], vec![]));
    there(|there| there.is_away = false);
    let log = for_now(&KEEPER, &place()).expect("a log");
    there(|there| there.is_away = true);
    drop(log);
    // It couldn't be removed, and so the note of it stays.
    assert_eq!((logs(), notes()), (vec!["clicks.4".to_owned()], vec!["clicks.4".to_owned()]));
}

#[test]
fn a_log_of_a_folder_stays_until_it_is_forgotten() {
    let scratch = tempfile::tempdir().expect("a folder");
    let folder = scratch.path();
    panicked(|| {
        let _log = in_folder(folder, false).expect("a log");
        panic!("on the way");
    });
    let name = vec!["clicks.1".to_owned()];
    assert_eq!((logs(), remembered(folder).expect("a name")), (name.clone(), Some(name[0].clone())));
    // Another one finds it, and nobody else at the same time.
    let log = in_folder(folder, true).expect("a log");
    for is_begun in [true, false] {
        let refused = in_folder(folder, is_begun).map(drop).expect_err("it is taken").to_string();
        assert!(refused.contains("another process works with the log"), "{refused}");
        assert_eq!(logs(), name);
    }
    drop(log);
    there(|there| there.is_away = true);
    forget_topic(&KEEPER, &named(&place(), &name[0]), folder).expect("done, but for the removal");
    assert_eq!((logs(), remembered(folder).expect("a name")), (name.clone(), Some(name[0].clone())));
    there(|there| there.is_away = false);
    forget_topic(&KEEPER, &named(&place(), &name[0]), folder).expect("done");
    assert_eq!((logs(), remembered(folder).expect("none")), (vec![], None));
}

#[test]
fn a_folder_remembers_what_may_be_there_and_nothing_else() {
    let scratch = tempfile::tempdir().expect("a folder");
    let folder = scratch.path();
    // Killed when it was made, and before anything was begun.
    there(|there| there.panics = true);
    panicked(|| drop(in_folder(folder, false)));
    there(|there| there.panics = false);
    assert_eq!(
        (logs(), remembered(folder).expect("a name")),
        (vec!["clicks.1".to_owned()], Some("clicks.1".to_owned()))
    );
    // While it can't be removed it is remembered.
    there(|there| there.is_away = true);
    in_folder(folder, false).map(drop).expect_err("nobody answers");
    assert_eq!(remembered(folder).expect("a name"), Some("clicks.1".to_owned()));
    there(|there| there.is_away = false);
    drop(in_folder(folder, false).expect("a log"));
    assert_eq!(
        (logs(), remembered(folder).expect("a name")),
        (vec!["clicks.2".to_owned()], Some("clicks.2".to_owned()))
    );
    // What is there under the next name is somebody else's, now and later.
    there(|there| there.logs.insert("clicks.3".to_owned()));
    in_folder(folder, false).map(drop).expect_err("it is there already");
    assert_eq!((logs(), remembered(folder).expect("none")), (vec!["clicks.3".to_owned()], None));
    drop(in_folder(folder, false).expect("a log"));
    assert_eq!(logs(), ["clicks.3", "clicks.4"]);
}
