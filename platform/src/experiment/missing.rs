//! Tells which name an experiment lacks, with some that there are.

use std::path::Path;

use compare::{Pair, Role};
use datasets::Frozen;

use super::ExperimentFile;
use crate::{
    erased::{AnyProblem, Info},
    error::Error,
    job_section::JobChoice,
};

/// So many jobs are named.
const MOST_JOBS: usize = 3;

/// Returns the error of an experiment without a dataset.
pub(super) fn no_dataset() -> Error {
    Error::usage("the experiment names no dataset").with_hint(
        "add it to the file, or --dataset FOLDER to the command; 'counterpoint freeze FILE --to FOLDER' makes one",
    )
}

impl ExperimentFile {
    /// Returns both jobs, each of which must be named.
    pub(super) fn jobs(
        &self,
        dataset: &str,
        find: impl Fn(&str) -> Result<AnyProblem, Error>,
    ) -> Result<Pair<JobChoice>, Error> {
        Pair::try_of(|role| {
            let given = if role == Role::Stable { &self.stable } else { &self.candidate };
            given
                .as_ref()
                .map_or_else(|| Err(self.no_job(role, dataset, &find)), |section| section.choice(role))
        })
    }

    /// Returns the error of an experiment without a job, with those of its problem, where that is known by now.
    fn no_job(&self, role: Role, dataset: &str, find: impl Fn(&str) -> Result<AnyProblem, Error>) -> Error {
        let problem =
            Frozen::open(Path::new(dataset)).ok().and_then(|frozen| self.chosen(&frozen, find).ok());
        let hint = problem.map(AnyProblem::info).and_then(|info| jobs(&info, role)).unwrap_or_else(|| {
            format!(
                "add it to the file: {role}.command = [...] is a program of your own, {role}.job one that \
                 'counterpoint jobs' lists"
            )
        });
        Error::usage(format!("the experiment names no {role}")).with_hint(hint)
    }
}

/// Names jobs of a problem, where any is compiled in.
fn jobs(info: &Info, role: Role) -> Option<String> {
    let names: Vec<&str> = info.versions.iter().map(|version| version.example.as_str()).collect();
    // Stable is the first, as a rule; the candidate is another.
    let example = names.get(usize::from(role == Role::Candidate)).or(names.first())?;
    let more = if names.len() > MOST_JOBS { ", …" } else { "" };
    let listed = names[..names.len().min(MOST_JOBS)].join(", ");
    Some(format!(
        "add it to the file, or --{role} {example} to the command; jobs of {}: {listed}{more} ('counterpoint jobs')",
        info.name
    ))
}
