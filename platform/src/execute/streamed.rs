//! Feeds a job as the data file is read: memory stays the same for any number of records, but for what the job itself
//! keeps of them.

use datasets::{Frozen, Keys, Record};
use replay::{CHUNK, Edges, MaxFeed, Order, Pace, RealClock, Replayed};
use stream::Version;

use crate::{
    error::Error,
    events::{Event, Working},
    experiment::Plan,
    problem::Entry,
    trial::{Replays, refuse, time_again},
};

/// Records that are read before they are fed. Reading empties the caches that the job has filled: fed as soon as they
/// are read, records seemed to take it a tenth to a third longer.
const GATHERED: usize = 64 * CHUNK;

/// Returns whether nothing of the experiment needs to know a record before its turn comes, or after.
pub(super) fn is_possible(plan: &Plan) -> bool {
    let is_as_stored = match plan.replay.order {
        Order::Recorded => true,
        Order::Shuffled | Order::Ascending | Order::Descending => false,
    };
    let is_at_once = match plan.replay.pace {
        Pace::Max => true,
        Pace::Rate(_) | Pace::Recorded(_) => false,
    };
    is_as_stored
        && is_at_once
        && edges(plan, 0).is_some()
        && plan.jobs.stable.command.is_none()
        && plan.recovery.is_none()
}

/// Where micro-batches end; `None` for a trigger that has to know when all records arrive.
fn edges(plan: &Plan, records: usize) -> Option<Edges> {
    Edges::new(plan.replay.trigger, records, plan.replay.max_batch, None).ok()
}

/// Feeds fresh versions at pace max; also gives the texts of the keys.
pub(super) fn feed<R: Record>(
    entry: &Entry<R>,
    make: &dyn Fn() -> Vec<Box<dyn Version<R>>>,
    frozen: &Frozen,
    plan: &Plan,
    work: &Working<'_>,
) -> Result<(Replays<R>, Keys), Error> {
    let records = frozen.records() as usize;
    let edges = edges(plan, records).expect("the feed is possible, so there are edges without due times");
    let clock = RealClock::new();
    let pass =
        |versions: &mut Vec<Box<dyn Version<R>>>, before: usize| -> Result<(Vec<Replayed>, Keys), Error> {
            let mut feed = MaxFeed::new(versions, 0, &edges, &clock, work.control).after(before);
            let mut gathered = Vec::with_capacity(GATHERED.min(records));
            let mut read = 0;
            let keys = frozen.each_chunk(|chunk, _| -> Result<(), Error> {
                refuse(entry, frozen, &plan.params, chunk, read)?;
                read += chunk.len();
                if read > records {
                    // At its end the pass will say that the manifest is wrong.
                    return Ok(());
                }
                gathered.extend_from_slice(chunk);
                if gathered.len() >= GATHERED || read == records {
                    gathered.chunks(CHUNK).try_for_each(|chunk| feed.push(chunk))?;
                    gathered.clear();
                }
                Ok(())
            })?;
            Ok((feed.end(), keys))
        };
    let mut versions = make();
    work.listener.hear(Event::ReplayBegan { records: (records * versions.len()) as u64 });
    let fed = pass(&mut versions, 0).and_then(|(replayed, keys)| {
        let again = |before| pass(&mut make(), before).map(|(replayed, _)| replayed);
        Ok((time_again(replayed, records, &clock, again)?, keys))
    });
    work.listener.hear(Event::ReplayEnded);
    let (replayed, keys) = fed?;
    Ok((Replays { versions, replayed, feeder: None }, keys))
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, path::Path, sync::Arc};

    use replay::Control;

    use super::*;
    use crate::{
        catalog::{
            Catalog, DEDUPLICATED_TOTALS, ENRICHMENT_JOIN, ORDER_PAYMENT_JOIN, SESSIONS, WINDOWED_AGGREGATION,
        },
        events::Nobody,
        execute::{FinishedReplay, Given, Replay},
        experiment::{ExperimentFile, ReplayPlan, ReplaySection, Resolved},
        job_section::JobSection,
        problem::{Problem, VersionEntry},
    };

    const TRIGGERS: [&str; 5] = ["record", "every 7 records", "every 1500 records", "once", "eager"];

    fn job<R>(version: &VersionEntry<R>) -> String {
        match version.argument {
            None => version.name.to_owned(),
            Some(argument) => format!("{}:{}", version.name, argument.example),
        }
    }

    fn experiment(
        problem: &str,
        dataset: &Path,
        job: &str,
        trigger: &str,
        most: Option<NonZeroU32>,
    ) -> Resolved {
        let job = || Some(JobSection::of_job(job.to_owned()));
        let gap = (problem == "sessions").then(|| ("gap".to_owned(), 3000.into()));
        let file = ExperimentFile {
            problem: Some(crate::own::ProblemChoice::Named(problem.to_owned())),
            dataset: Some(dataset.to_str().expect("UTF-8").to_owned()),
            parameters: gap.into_iter().collect(),
            stable: job(),
            candidate: job(),
            replay: ReplaySection {
                trigger: Some(trigger.to_owned()),
                max_batch: most,
                ..ReplaySection::default()
            },
            ..ExperimentFile::default()
        };
        file.resolve(&Catalog::shipped()).expect("every job takes every trigger")
    }

    /// All versions on the shipped dataset and on one of a few chunks.
    fn compare<R: Record>(problem: &'static Problem<R>, shipped: &str, generator: &str) {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let long = scratch.path().join("long");
        let instance = datasets::generate(generator, 2500, 3, &[].into()).expect("defaults are good");
        datasets::freeze(&instance, &long).expect("it can be written");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/data").join(shipped);
        for (dataset, most) in [(&shipped, None), (&long, None), (&long, NonZeroU32::new(400))] {
            for (version, trigger) in
                problem.entry.versions.iter().flat_map(|version| TRIGGERS.map(|trigger| (version, trigger)))
            {
                let job = job(version);
                let name = problem.entry.name;
                let resolved = experiment(name, dataset, &job, trigger, most);
                assert!(is_possible(&resolved.plan));
                let what = format!("{job} of {name} on {}, {trigger}, {most:?}", dataset.display());
                check(problem, &resolved, &what);
            }
        }
    }

    fn check<R: Record>(problem: &'static Problem<R>, resolved: &Resolved, what: &str) {
        let frozen = &resolved.frozen;
        let control = Arc::new(Control::default());
        let work = Working { control: &control, listener: &Nobody };
        let replay = Replay { resolved, work: &work };
        let streamed = replay.streamed(problem).expect(what);
        let loaded = replay.loaded(problem).expect(what);
        assert_eq!(streamed.ledger, loaded.ledger, "{what}");
        let ledger = streamed.ledger;
        assert!(ledger.balances(), "{what}: {ledger:?}");
        assert_eq!((ledger.records, ledger.lost), (frozen.manifest.records, 0), "{what}");
        for replay in [&streamed, &loaded] {
            // The first chunk isn't timed; small datasets are fed a few times more for the times.
            let (timed, records) = (replay.replayed.latency.count(), frozen.manifest.records);
            let only_once = records.saturating_sub(CHUNK as u64);
            assert!(timed == only_once || timed.is_multiple_of(records), "{what}: {timed}");
            assert!(replay.replayed.decisions.is_empty() && replay.feeder.is_none(), "{what}");
        }
        let [streamed, loaded] = [streamed, loaded].map(|FinishedReplay { given, keys, .. }| (given, keys));
        assert!(matches!(streamed.0, Given::Table(_)), "{what}: a table was asked for");
        assert!(streamed == loaded, "{what}");
    }

    #[test]
    fn windows_are_the_same_from_a_file_as_from_memory() {
        compare(&WINDOWED_AGGREGATION, "clicks", "events");
    }

    #[test]
    fn sessions_are_the_same_from_a_file_as_from_memory() {
        compare(&SESSIONS, "clicks", "events");
    }

    #[test]
    fn totals_are_the_same_from_a_file_as_from_memory() {
        compare(&DEDUPLICATED_TOTALS, "deliveries-1000", "deliveries");
    }

    #[test]
    fn joins_are_the_same_from_a_file_as_from_memory() {
        compare(&ENRICHMENT_JOIN, "readings-1000", "readings");
        compare(&ORDER_PAYMENT_JOIN, "orders-1000", "orders");
    }

    #[test]
    fn what_has_to_know_more_than_the_next_record_is_loaded() {
        let clicks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/data/clicks");
        let is_streamed = |change: &dyn Fn(&mut ReplayPlan)| {
            let mut resolved = experiment("windowed-aggregation", &clicks, "per-record", "record", None);
            change(&mut resolved.plan.replay);
            is_possible(&resolved.plan)
        };
        assert!(is_streamed(&|_| {}));
        let loaded: [&dyn Fn(&mut ReplayPlan); 5] = [
            &|replay| replay.trigger = "every 100ms".parse().expect("a trigger"),
            &|replay| replay.pace = Pace::Rate(1e6),
            &|replay| replay.pace = Pace::Recorded(60.0),
            &|replay| replay.order = Order::Shuffled,
            &|replay| replay.order = Order::Ascending,
        ];
        assert!(loaded.iter().all(|change| !is_streamed(*change)));
    }
}
