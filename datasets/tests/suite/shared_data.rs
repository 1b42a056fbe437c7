//! The real benchmark files, where they are at hand; without them there is nothing to test here.

use std::fs;
use std::path::{Path, PathBuf};

use datasets::{Format, Frozen, Instance, freeze_all, import};

use crate::support::{Scratch, options, sizes};

/// The files in a folder of the shared data, none if it isn't there.
fn files(folder: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/binpack").join(folder);
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn instances(path: &Path, format: Format) -> Vec<Instance> {
    assert_eq!(Format::guess(path).expect("readable"), format, "{}", path.display());
    import(path, format, &options(None)).unwrap_or_else(|error| panic!("{error}")).instances
}

#[test]
fn the_or_library() {
    let files = files("orlib");
    for path in &files {
        let instances = instances(path, Format::OrLib);
        assert_eq!(instances.len(), 20);
        for instance in &instances {
            // The name says how many: u120_00, t60_19.
            let (kind, rest) = instance.name.split_at(1);
            let count = rest.split('_').next().and_then(|count| count.parse().ok());
            assert_eq!(Some(instance.records()), count, "{}", instance.name);
            let total: u64 = instance.values.iter().sum();
            let capacity = instance.parameters["capacity"].number().expect("a number");
            let best_known = instance.best_known.expect("the files claim one");
            match kind {
                "u" => assert_eq!((instance.scale, capacity), (1, 150)),
                // A triplet fills its bin to the brim.
                _ => assert_eq!((instance.scale, capacity, total), (10, 1000, best_known * 1000)),
            }
            assert!(total.div_ceil(capacity) <= best_known, "{}", instance.name);
        }
        let scratch = Scratch::new();
        freeze_all(&instances, scratch.path()).expect("fresh folders");
        for instance in &instances {
            let dir = scratch.path().join(&instance.name);
            assert_eq!(sizes(&dir).expect("whole"), instance.values);
            Frozen::open(&dir).expect("whole").verify().expect("whole");
        }
    }
    assert!(files.is_empty() || files.len() == 8, "{files:?}");
}

#[test]
fn bpplib() {
    for path in files("bpplib/Scholl_1").into_iter().chain(files("bpplib/Scholl_2")) {
        let [instance] = &instances(&path, Format::BppLib)[..] else { panic!("one instance") };
        // N1 to N4 stand for 50, 100, 200 and 500 items.
        let count = match instance.name.as_bytes()[1] {
            b'1' => 50,
            b'2' => 100,
            b'3' => 200,
            _ => 500,
        };
        assert_eq!(instance.records(), count, "{}", instance.name);
        assert!(instance.values.is_sorted_by(|a, b| a >= b), "the files are sorted, largest first");
        assert_eq!(instance.scale, 1);
    }
}
