//! A run that has come to its end although it looks as if it had been stopped: it stands, and was to be told of.
//!
//! The end of a run that was kept beside its place has steps, and a kill may come between any two of them:
//!
//! 1. the run is announced in the folder that was kept, by a hash of its results;
//! 2. it gets its name;
//! 3. the folder that was kept loses its own, as a whole, and is removed.
//!
//! Before the second step it is gone on with as ever. After it, the run is recognised by its hash; after the third, by
//! its name.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use compare::{Feeder, RecoveryResult, Results, Timings};
use platform::Error;
use serde::Deserialize;

use crate::{exit, output::Output, read_back, run_folder::sync_dir};

const ANNOUNCED: &str = "ended";
/// Holds what is hashed, in this order.
const FILES: [&str; 2] = ["results.json", "timings.json"];
pub(crate) const REPLAY_SCHEMA: &str = "counterpoint.replay/1";

/// Says in the folder `kept` that the run in `draft` is complete and about to get its name.
pub(crate) fn announce(kept: &Path, draft: &Path) -> Result<(), Error> {
    let write = || -> io::Result<()> {
        let (path, new) = (kept.join(ANNOUNCED), kept.join("ended.new"));
        let mut file = File::create(&new)?;
        file.write_all(hash(draft)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        sync_dir(kept)
    };
    write().map_err(|cause| Error::System { action: "write in", path: kept.to_owned(), cause })
}

/// Returns whether `run` stands and is the one that was announced in `kept`.
pub(crate) fn is_announced(kept: &Path, run: &Path) -> bool {
    let announced = fs::read_to_string(kept.join(ANNOUNCED));
    announced.is_ok_and(|announced| hash(run).is_ok_and(|hash| hash == announced))
}

fn hash(run: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    for name in FILES {
        hasher.update_reader(File::open(run.join(name))?)?;
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Tells whether a complete replay of one job stands in the folder `run`.
pub(crate) fn is_replay(run: &Path) -> bool {
    Replay::read(run).is_ok()
}

/// Tells whether the complete run of an experiment stands in the folder `run`.
pub(crate) fn is_experiment(run: &Path) -> bool {
    read_back::read_run(run).is_ok()
}

/// Results and timings of the experiment whose run stands in `run`.
pub(crate) fn experiment(run: &Path, output: &Output) -> Result<(Results, Timings), Error> {
    note(run, output);
    read_back::read_run(run)
}

/// Tells of the replay that stands in `run`: its exit code.
pub(crate) fn replay(run: &Path, output: &Output) -> Result<u8, Error> {
    note(run, output);
    let replay = Replay::read(run)?;
    output.json(&replay.both);
    output.line(format_args!("answer   {}", datasets::shown_path(&run.join("answers/answer.csv"))));
    let breach = replay.recovery.and_then(|recovery| recovery.breach());
    if let Some(breach) = &breach {
        output.line(format_args!("invalid: {}", datasets::shown(breach)));
    }
    let trusted = replay.feeder.is_none_or(|feeder| feeder.kept_schedule());
    Ok(if trusted && breach.is_none() { 0 } else { exit::INVALID })
}

fn note(run: &Path, output: &Output) {
    output.note(format_args!("the run had come to its end; it stands in {}", datasets::shown_path(run)));
}

/// A replay that was read back: what its exit code follows from, and all that it prints.
struct Replay {
    recovery: Option<RecoveryResult>,
    feeder: Option<Feeder>,
    both: serde_json::Value,
}

impl Replay {
    fn read(run: &Path) -> Result<Self, Error> {
        let [mut results, timings] = [read(run, FILES[0])?, read(run, FILES[1])?];
        let found = results.get("schema").and_then(|schema| schema.as_str()).unwrap_or("nothing");
        if found != REPLAY_SCHEMA {
            let (shown, found) = (datasets::shown_path(run), datasets::shown(found));
            return Err(Error::input(format!(
                "{shown}: its schema is {found}, this program reads {REPLAY_SCHEMA}"
            )));
        }
        let recovery = part(run, &results, "recovery")?;
        let feeder = part(run, &timings, "feeder")?;
        if let Some(results) = results.as_object_mut() {
            results.insert("timings".to_owned(), timings);
            results.insert("run".to_owned(), run.display().to_string().into());
        }
        Ok(Self { recovery, feeder, both: results })
    }
}

fn read(run: &Path, name: &str) -> Result<serde_json::Value, Error> {
    let path = run.join(name);
    let text = fs::read_to_string(&path);
    let wrong =
        |why: String| Error::input(format!("{}: {}", datasets::shown_path(&path), datasets::shown(&why)));
    let text = text.map_err(|cause| wrong(cause.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

fn part<'a, T: Deserialize<'a>>(
    run: &Path,
    from: &'a serde_json::Value,
    name: &str,
) -> Result<Option<T>, Error> {
    let Some(value) = from.get(name) else { return Ok(None) };
    Option::<T>::deserialize(value).map_err(|error| {
        let why = error.to_string();
        Error::input(format!("{}: {name}: {}", datasets::shown_path(run), datasets::shown(&why)))
    })
}
