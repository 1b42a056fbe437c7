//! One earlier run, as far as it tells.

use std::path::{Path, PathBuf};

use compare::{Check, Commit, Outcome};
use platform::Error;
use reports::RunFigure;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    SUITE,
    figures::figures,
    json::{at, read, text_at},
};

/// An earlier run.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// When it began, as it is written: RFC 3339, UTC.
    pub(crate) started: String,
    /// The experiment's name; where none was noted, the problem, the dataset and the jobs.
    pub(crate) experiment: String,
    /// The problem, the dataset's name and the jobs.
    pub(crate) about: String,
    /// Parameters, order, trigger and seed, as they are written.
    pub(crate) setting: String,
    /// The hash of the data file.
    pub(crate) data: String,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) commit: Option<Commit>,
    /// Where it ran.
    pub(crate) machine: Place,
    pub(crate) figures: Vec<RunFigure>,
    pub(crate) checks: Vec<Check>,
}

/// Names a machine as far as a run does. Times of two that differ in anything are of two machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    host: Option<String>,
    platform: String,
    cpu: String,
    cpus: u64,
}

impl Place {
    fn of(timings: &Value) -> Self {
        let text = |name| text_at(timings, &["machine", name]).map(str::to_owned);
        let unknown = || "unknown".to_owned();
        Self {
            host: text("host"),
            platform: text("platform").unwrap_or_else(unknown),
            cpu: text("cpu").unwrap_or_else(unknown),
            cpus: super::json::count_at(timings, &["machine", "cpus"]).unwrap_or(0),
        }
    }

    /// Returns whether times of both may stand side by side. A run that doesn't name its host is of any.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        let same_host = self.host.is_none() || other.host.is_none() || self.host == other.host;
        same_host && self.platform == other.platform && self.cpu == other.cpu && self.cpus == other.cpus
    }

    /// Returns it for people: `host, linux x86_64, Intel Xeon, 2 processors`.
    pub(crate) fn text(&self) -> String {
        let host = self.host.as_ref().map_or(String::new(), |host| format!("{host}, "));
        let Self { platform, cpu, cpus, .. } = self;
        format!("{host}{platform}, {cpu}, {}", datasets::counted(*cpus, "processors"))
    }
}

impl Entry {
    /// Reads the run in `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let results = read(&folder.join("results.json"), "counterpoint.results")?;
        let timings = read(&folder.join("timings.json"), "counterpoint.timings")?;
        let about = about(&results);
        let checks = [&results, &timings].into_iter().flat_map(checks).collect();
        Ok(Self {
            folder: folder.to_owned(),
            started: text_at(&timings, &["started"]).unwrap_or_default().to_owned(),
            experiment: text_at(&timings, &["experiment"]).map_or_else(|| about.clone(), str::to_owned),
            about,
            setting: ["parameters", "replay"].map(|part| results[part].to_string()).concat(),
            data: text_at(&results, &["dataset", "blake3"]).unwrap_or_default().to_owned(),
            outcome: typed(&timings, &["outcome"]),
            commit: typed(&timings, &["commit"]),
            machine: Place::of(&timings),
            figures: figures(&results, &timings),
            checks,
        })
    }

    /// Returns the name of its folder; of one that was made together with others, behind that of theirs.
    pub(crate) fn name(&self) -> String {
        let of = |folder: &Path| folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let suite = self.folder.parent().filter(|above| above.join(SUITE).is_file());
        suite.map_or_else(|| of(&self.folder), |suite| format!("{}/{}", of(suite), of(&self.folder)))
    }

    /// Returns the figure of that name.
    pub(crate) fn figure(&self, name: &str) -> Option<&RunFigure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// Returns the commit in short, `+` behind it where files were changed.
    pub(crate) fn commit_text(&self) -> String {
        let Some(Commit { id, changed }) = &self.commit else { return String::new() };
        let short: String = id.chars().take(9).collect();
        if *changed { short + "+" } else { short }
    }

    /// Returns the outcome in a word.
    pub(crate) fn outcome_text(&self) -> &'static str {
        self.outcome.map_or("?", reports::outcome_word)
    }
}

fn about(results: &Value) -> String {
    let text = |path: &[&str]| text_at(results, path).unwrap_or("?").to_owned();
    format!(
        "{} on {}: {} → {}",
        text(&["problem"]),
        text(&["dataset", "name"]),
        text(&["stable", "job"]),
        text(&["candidate", "job"])
    )
}

/// Returns what stands there if it is of the form that it has today.
fn typed<T: DeserializeOwned>(value: &Value, path: &[&str]) -> Option<T> {
    serde_json::from_value(at(value, path)?.clone()).ok()
}

fn checks(file: &Value) -> Vec<Check> {
    let listed = at(file, &["verdict", "checks"]).and_then(Value::as_array);
    let checks = listed.into_iter().flatten();
    checks.filter_map(|check| serde_json::from_value(check.clone()).ok()).collect()
}
