//! An upgrade in a folder that stays: whoever is killed in it, the next process goes on.

use std::{fs, io, path::Path};

use compare::{Role, architecture::UpgradeEnd};
use datasets::Record;
use serde::{Deserialize, Serialize};

use super::{
    Ground,
    drive::Upgrade,
    protocol::Control,
    speed::{UpgradeSpeed, measure},
};
use crate::{
    architecture_sections::{Architecture, ArchitectureChoice},
    erased::Visit,
    error::Error,
    events::Working,
    experiment::Resolved,
    log_section::LogChoice,
    problem::{Problem, Work},
    serving::{
        kept::{RunLog, write_whole},
        logged::Arrivals,
        store::Store,
        timeline::Timeline,
        trouble,
        view::{Leaving, Publisher, name_in},
        watching::Watching,
        worker::patience,
    },
    trial::{Trial, load},
};

/// The folder of the serving store.
const SERVED: &str = "served";
/// Holds what was served in the end.
const ENDED: &str = "ended.json";

/// An upgrade of an experiment whose log and serving store stand in a folder, and are found there again.
pub struct UpgradeInFolder<'a> {
    /// The experiment, resolved, with the architecture named.
    pub resolved: &'a Resolved,
    /// Holds `log` and `served`, or nothing yet; in place of `log` the name of a topic, and in the end what was served.
    pub folder: &'a Path,
    /// The way to stop, and who listens.
    pub work: &'a Working<'a>,
    /// Hears that all is read, right before log and store are opened.
    pub begins: &'a dyn Fn(),
}

/// Describes what is served when the log has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServedAtEnd {
    /// Describes what came of the upgrade.
    pub end: UpgradeEnd,
    /// Counts the attempts, those among them that a kill cut off.
    pub attempts: u32,
    /// Who serves.
    pub by: String,
    /// Rows that are served.
    pub rows: u64,
    /// The BLAKE3 hash of these rows, keys and values, in the order of their keys.
    pub blake3: String,
}

impl UpgradeInFolder<'_> {
    /// Does it with the experiment's problem.
    pub fn run(self) -> Result<ServedAtEnd, Error> {
        let problem = self.resolved.problem;
        problem.visit(self)
    }
}

impl Visit for UpgradeInFolder<'_> {
    type Out = Result<ServedAtEnd, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        let Self { resolved, folder, work, begins } = self;
        on_ground(problem, resolved, work, |ground, choice| {
            begins();
            if let Some(served) = ended(folder)? {
                RunLog::forget(choice, folder)?;
                return Ok(served);
            }
            // The store is opened when the log is there.
            let mut kept = RunLog::in_folder(choice, folder, folder.join(SERVED).exists())?;
            let ran = Store::open(&folder.join(SERVED), choice.durability).map_err(trouble).and_then(
                |mut store| {
                    store.show_in(view(ground, choice, folder)?)?;
                    let mut watch = Watching::new(ground.trial, ground.timeline)?;
                    let (end, _) = Upgrade::open(ground, kept.log(), &mut store)?.run(&mut watch)?;
                    store.close_view(ground.trial.work.listener)?;
                    served(&store, end)
                },
            );
            drop(kept);
            // A topic goes when all is over, and then the folder alone says what was served.
            if let (Ok(served), LogChoice::Topic(_)) = (&ran, &choice.log) {
                end(folder, served)?;
                RunLog::forget(choice, folder)?;
            }
            ran
        })
    }
}

/// The view of an upgrade in a folder, by whose name its makers know each other.
fn view<R: Record>(
    ground: &Ground<'_, R>,
    choice: &ArchitectureChoice,
    folder: &Path,
) -> Result<Option<Publisher>, Error> {
    let Some(view) = &choice.view else { return Ok(None) };
    view.check(Architecture::Kappa, &name_in(Some(folder))?, &[])?;
    Publisher::of(Some(view), (Architecture::Kappa, Some(folder)), ground.dress(), Leaving::of_folder)
}

/// Returns what was served in the end, where the log is gone since.
fn ended(folder: &Path) -> Result<Option<ServedAtEnd>, Error> {
    let path = folder.join(ENDED);
    let wrong = |why: String| Error::input(format!("{}: {why}", datasets::shown_path(&path)));
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| wrong(error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(error.to_string())),
    }
}

fn end(folder: &Path, served: &ServedAtEnd) -> Result<(), Error> {
    write_whole(&folder.join(ENDED), &serde_json::to_vec(served).expect("plain texts and numbers are JSON"))
}

/// Does something on the ground of an experiment.
fn on_ground<R: Record, T>(
    problem: &'static Problem<R>,
    resolved: &Resolved,
    work: &Working<'_>,
    act: impl FnOnce(&Ground<'_, R>, &ArchitectureChoice) -> Result<T, Error>,
) -> Result<T, Error> {
    let Resolved { frozen, plan, .. } = resolved;
    let Some(choice) = plan.architecture.as_ref().filter(|choice| choice.architecture.has_kappa()) else {
        return Err(Error::usage("the experiment names no architecture with an upgrade")
            .with_hint("set architecture = \"kappa\""));
    };
    let loaded = load(&problem.entry, frozen, &plan.params)?;
    let trial = Trial::new(problem, resolved, &loaded, work)?;
    let timeline = Timeline::of(&trial);
    let arrivals = Arrivals::of(&trial, &timeline)?;
    let answer = match &plan.truth {
        // Of a problem of one's own only somebody outside knows the columns.
        Some(_) if problem.decided().is_none() => trial.reference()?.answer,
        _ => {
            let computed = (problem.reference)(&[], &loaded.keys, &plan.params, Work::Steps(0));
            computed.map_err(|error| Error::input(error.message))?.answer
        }
    };
    let ground = Ground {
        trial: &trial,
        choice: &choice.kappa,
        timeline: &timeline,
        arrivals: &arrivals,
        shape: &trial.shape(&answer),
        lost: choice.lost.clone(),
        patience: patience(plan),
    };
    ground.check()?;
    act(&ground, choice)
}

/// A measurement of what catching up costs, in an empty folder.
pub struct MeasureUpgrade<'a> {
    /// The experiment, resolved, with the architecture named.
    pub resolved: &'a Resolved,
    /// Takes the log and the served rows.
    pub folder: &'a Path,
    /// The way to stop, and who listens.
    pub work: &'a Working<'a>,
    /// Records that come in at a time, of which four times as many stand at the end of the log.
    pub paced: u64,
    /// Records a second at which they come in.
    pub rate: u64,
}

impl MeasureUpgrade<'_> {
    /// Does it with the experiment's problem.
    pub fn run(self) -> Result<UpgradeSpeed, Error> {
        let problem = self.resolved.problem;
        problem.visit(self)
    }
}

impl Visit for MeasureUpgrade<'_> {
    type Out = Result<UpgradeSpeed, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        let Self { resolved, folder, work, paced, rate } = self;
        on_ground(problem, resolved, work, |ground, _| measure(ground, folder, (paced, rate)))
    }
}

/// Reads what is served, and by whom, from the store alone.
fn served(store: &Store, end: UpgradeEnd) -> Result<ServedAtEnd, Error> {
    let nobody = || Error::Invalid("nobody serves".to_owned());
    let deployment = store.served().ok_or_else(nobody)?;
    let control = Control::from_bytes(&store.control().ok_or_else(nobody)?).map_err(Error::Invalid)?;
    let by = if control.candidate == Some(deployment.id()) { Role::Candidate } else { Role::Stable };
    let rows = store.all(deployment).map_err(trouble)?;
    let mut hasher = blake3::Hasher::new();
    for part in rows.iter().flat_map(|(key, value)| [key, value]) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Ok(ServedAtEnd {
        end,
        attempts: control.attempt,
        by: by.name().to_owned(),
        rows: rows.len() as u64,
        blake3: hasher.finalize().to_hex().to_string(),
    })
}
