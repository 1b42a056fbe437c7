//! Damaged files: an error, or the whole of an epoch that wasn't acknowledged later; no panic out, no hang,
//! no wrong answer.
//!
//! `COUNTERPOINT_DAMAGES` sets how many damages each backend sees, 40 by default.

use crate::common::{Home, Model, apply, contents, copy, files};
use crate::driver::kills::Chance;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;
use store::checkpoints::{Backend, Durability, Namespace, Store, StoreError, WriteSet};
use tempfile::TempDir;

const EPOCHS: u64 = 12;
const PAGE: usize = 4096;

/// Opening this little takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);

fn changes(epoch: u64) -> WriteSet {
    let mut writes = WriteSet::new();
    for n in 0..30_u64 {
        let key = (n * 7 + epoch).to_be_bytes();
        writes.put(Namespace::State, key, vec![epoch as u8; 100 + (n * 20) as usize]);
    }
    writes.put(Namespace::State, "large", vec![epoch as u8; 90_000]);
    writes.put(Namespace::Input, "offset", epoch.to_be_bytes());
    writes.delete(Namespace::State, epoch.to_be_bytes());
    writes
}

fn model(epochs: u64) -> Model {
    let mut model = Model::new();
    (1..=epochs).for_each(|epoch| apply(&mut model, &changes(epoch)));
    model
}

/// A store as a kill leaves it, opened more than once, so that recovery has had a part in it.
fn victim(backend: Backend) -> TempDir {
    let home = Home::folder(backend);
    let mut store = home.open(Durability::Process).unwrap();
    for epoch in 1..=EPOCHS {
        if epoch % 5 == 0 {
            drop(store);
            store = home.open(Durability::Process).unwrap();
        }
        store.commit(epoch, &changes(epoch), Durability::Process).unwrap();
    }
    let Home::Folder(folder, _) = &home else { unreachable!("it was made as a folder") };
    copy(folder.path())
}

#[derive(Debug)]
enum Damage {
    ZeroPage(usize),
    Cut(usize),
    Flip(usize),
    /// As a disk would: a block of noise.
    Noise(usize),
    Remove,
}

impl Damage {
    fn choose(chance: &mut Chance, length: usize) -> Damage {
        let at = chance.below(length.max(1) as u64) as usize;
        match chance.below(16) {
            0..5 => Damage::ZeroPage(at / PAGE),
            5..9 => Damage::Cut(at),
            9..14 => Damage::Flip(at),
            14 => Damage::Noise(at),
            _ => Damage::Remove,
        }
    }

    fn inflict(&self, path: &Path, mut bytes: Vec<u8>, chance: &mut Chance) {
        match *self {
            Damage::ZeroPage(page) => {
                bytes.iter_mut().skip(page * PAGE).take(PAGE).for_each(|byte| *byte = 0);
            }
            Damage::Cut(at) => bytes.truncate(at),
            Damage::Flip(at) => {
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << chance.below(8));
            }
            Damage::Noise(at) => {
                bytes.iter_mut().skip(at).take(512).for_each(|byte| *byte = chance.next() as u8);
            }
            Damage::Remove => return fs::remove_file(path).unwrap(),
        }
        fs::write(path, bytes).unwrap();
    }
}

/// Opens and reads all, in a thread that may hang or panic; what the store says it holds.
fn look(folder: PathBuf, backend: Backend) -> Result<Result<(u64, Model), StoreError>, String> {
    let (sender, answer) = channel();
    let looker = thread::spawn(move || {
        let look = || {
            let store = Store::open(&folder, backend, Durability::Process)?;
            Ok((store.epoch(), contents(&store)?))
        };
        // The test has given up if nobody listens.
        let _ = sender.send(look());
    });
    match answer.recv_timeout(PATIENCE) {
        Ok(answer) => {
            looker.join().map_err(|_| "closing it panicked".to_owned())?;
            Ok(answer)
        }
        Err(RecvTimeoutError::Timeout) => Err("hung".to_owned()),
        Err(RecvTimeoutError::Disconnected) => Err("panicked".to_owned()),
    }
}

/// Engines panic on damage, and that is caught; their words would hide those of a failing test.
fn hush_engines() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let of_engine = |file: &str| file.contains("/sled-") || file.contains("/redb-");
            if !panic.location().is_some_and(|location| of_engine(location.file())) {
                usual(panic);
            }
        }));
    });
}

fn withstands_damage(backend: Backend) {
    hush_engines();
    let count: u64 = std::env::var("COUNTERPOINT_DAMAGES").map_or(40, |count| count.parse().unwrap());
    let sound = victim(backend);
    let all = files(sound.path());
    // Most bytes are the engine's, the rest deserves its share.
    let targets: Vec<_> = all.iter().filter(|(path, _)| !path.ends_with("run.lock")).collect();
    let (mut refused, mut harmless) = (0, 0);
    for seed in 0..count {
        let mut chance = Chance(seed);
        let (path, bytes) = targets[chance.below(targets.len() as u64) as usize];
        let damage = Damage::choose(&mut chance, bytes.len());
        let folder = copy(sound.path());
        let name = path.strip_prefix(sound.path()).unwrap();
        damage.inflict(&folder.path().join(name), bytes.clone(), &mut chance);
        match look(folder.path().to_owned(), backend) {
            Err(wrong) => panic!("seed {seed}, {damage:?} in {}: {wrong}", name.display()),
            Ok(Err(_)) => refused += 1,
            Ok(Ok((epoch, found))) => {
                assert_eq!(epoch, EPOCHS, "seed {seed}, {damage:?} in {}: rolled back", name.display());
                assert!(found == model(epoch), "seed {seed}, {damage:?} in {}: wrong", name.display());
                harmless += 1;
            }
        }
    }
    println!("{}: of {count} damages {refused} were refused and {harmless} harmless", backend.name());
    assert!(refused >= count / 10 && harmless > 0, "vacuous: {refused} refused, {harmless} harmless");
}

#[test]
fn sled_withstands_damage() {
    withstands_damage(Backend::Sled);
}

#[cfg(feature = "redb")]
#[test]
fn redb_withstands_damage() {
    withstands_damage(Backend::Redb);
}

#[test]
fn a_snapshot_that_a_kill_left_half_written_does_no_harm_here_and_much_without_us() {
    hush_engines();
    let sound = victim(Backend::Sled);
    let is_snapshot = |path: &Path| path.file_name().unwrap().to_string_lossy().starts_with("snap.");
    let (snapshot, bytes) = files(sound.path()).into_iter().find(|(path, _)| is_snapshot(path)).unwrap();
    let leftover = snapshot.with_file_name("snap.00000000FFFFFFFF.generating");
    fs::write(&leftover, &bytes[..bytes.len() / 2]).unwrap();

    // The planted bug: the same files opened without deleting the leftover first.
    let unhardened = copy(sound.path());
    let plain = std::panic::catch_unwind(|| {
        let db = sled::open(unhardened.path().join("sled"))?;
        sled::Result::Ok(db.iter().filter_map(Result::ok).count())
    });
    assert!(!matches!(plain, Ok(Ok(records)) if records > 0), "{plain:?}");

    let (epoch, found) = look(sound.path().to_owned(), Backend::Sled).unwrap().unwrap();
    assert_eq!(epoch, EPOCHS);
    assert!(found == model(EPOCHS));
    assert!(!leftover.exists());
}
