//! The real benchmark files, where they are at hand; without them there is nothing to test here.

use std::fs;
use std::path::{Path, PathBuf};

use datasets::{BadRows, Event, Format, Frozen, ImportOptions, Instance, freeze, freeze_all, import};

use crate::support::{Scratch, check_input, events, options, sizes};

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data")
}

/// The files in a folder of the shared data, none if it isn't there.
fn files(folder: &str) -> Vec<PathBuf> {
    let dir = shared().join("binpack").join(folder);
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

#[test]
fn an_access_log() {
    let path = shared().join("events/apache_logs");
    if !path.exists() {
        return;
    }
    assert_eq!(Format::guess(&path).expect("readable"), Format::AccessLog);
    let imported = import(&path, Format::AccessLog, &events()).unwrap_or_else(|error| panic!("{error}"));
    let instance = &imported.instances[0];
    assert_eq!((instance.records(), instance.keys.len()), (10_000, 1753));
    let times = imported.summary.event_times.expect("events");
    // 17/May/2015:10:05:00 to 20/May/2015:21:05:59.
    assert_eq!((times.min_ms, times.max_ms), (1_431_857_100_000, 1_432_155_959_000));
    assert!(instance.rejected.is_empty() && imported.summary.warnings.is_empty());
}

#[test]
fn earthquakes() {
    let path = shared().join("events/usgs_all_month_2022-03.csv");
    if !path.exists() {
        return;
    }
    let renamed = [("event_time_ms", "time"), ("arrival_ms", "updated"), ("key", "net"), ("value", "mag")];
    let mut options = ImportOptions { sort_by_arrival: true, ..events() };
    options.renamed = renamed.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).into();
    // One earthquake has no magnitude.
    let error = import(&path, Format::Csv, &options).expect_err("a bad row");
    check_input(&error, &["mag `` is empty"]);
    options.bad_rows = BadRows::Reject;
    let imported = import(&path, Format::Csv, &options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(imported.summary.rejected, [("mag is empty".to_owned(), 1)].into());
    let instance = &imported.instances[0];
    // Some magnitudes are written with all digits of a binary fraction: 0.53000000000000003.
    assert_eq!((instance.records(), instance.scale), (10_133, 10_u64.pow(17)));
    let scratch = Scratch::new();
    freeze(instance, &scratch.path().join("quakes")).expect("good");
    let frozen = Frozen::open(&scratch.path().join("quakes")).expect("whole");
    frozen.verify().expect("whole");
    let loaded = frozen.load::<Event>().expect("whole");
    assert!(loaded.arrivals_ms.expect("timed").is_sorted());
    assert_eq!(loaded.keys.len(), 15);
    assert!(loaded.records.iter().any(|event| event.value < 0));
}
