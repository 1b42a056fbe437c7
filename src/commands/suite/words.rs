//! The command line of a suite: the flags that go over each experiment, and the words by which it is repeated and gone on with.

use platform::{Error, catalog::Catalog, experiment::ExperimentFile};

use super::{Verb, choose::Chosen};
use crate::{cli::ExperimentArgs, program::program};

/// Returns the words of the command line, without its place and without what goes over each experiment.
pub(super) fn words(args: &ExperimentArgs, verb: Verb) -> Vec<String> {
    let suite = &args.suite;
    let mut words = vec![program(), verb.name().to_owned()];
    words.extend(args.experiment.iter().map(|path| path.to_string_lossy().into_owned()));
    words.extend(suite.filter.iter().map(|filter| format!("--filter={filter}")));
    words.extend(suite.shard.map(|shard| format!("--shard={shard}")));
    words.extend(suite.fail_fast.then(|| "--fail-fast".to_owned()));
    words.extend(args.accuracy_only.then(|| "--accuracy-only".to_owned()));
    words.extend(suite.jobs.map(|jobs| format!("--jobs={jobs}")));
    words
}

/// Says what goes over each experiment's file.
pub(super) struct Flags {
    pub(super) file: ExperimentFile,
    pub(super) accuracy_only: bool,
}

impl Flags {
    /// Returns the experiment in a file with what stands over it.
    pub(super) fn over(&self, file: ExperimentFile) -> Result<ExperimentFile, Error> {
        let file = file.overridden_by(self.file.clone())?;
        Ok(if self.accuracy_only { file.accuracy_only() } else { file })
    }

    /// Refuses flags that are wrong for every experiment that is right without them.
    pub(super) fn check_for_all(&self, chosen: &[Chosen], catalog: &Catalog) -> Result<(), Error> {
        if self.file.flag_words()?.is_empty() {
            return Ok(());
        }
        let mut refused = None;
        for file in chosen.iter().filter_map(|chosen| chosen.file.as_ref().ok()) {
            match self.over(file.clone()).and_then(|file| file.resolve(catalog)) {
                // Wrong by itself it will say so in its turn.
                Err(_) if file.clone().resolve(catalog).is_err() => {}
                Err(error) if error.is_usage() => drop(refused.get_or_insert(error)),
                Ok(_) | Err(_) => return Ok(()),
            }
        }
        refused.map_or(Ok(()), Err)
    }
}
