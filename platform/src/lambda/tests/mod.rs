//! The layers at work: what they serve, held against the reference of each prefix.

mod laws;
mod shown;

use std::{collections::BTreeMap, sync::Arc};

use compare::architecture::LambdaResult;
use datasets::{Answer, Event, Record, Table, Value, WorkFolder, freeze, generate};
use store::log::{Log, LogSettings};

use super::{
    Layers,
    drive::Ran,
    stored::{Stored, written},
};
use crate::{
    catalog::Catalog,
    erased::AnyProblem,
    events::{Nobody, Working},
    experiment::ExperimentFile,
    problem::{Merging, Problem, Work},
    serving::{
        logged::Arrivals,
        rows::{Shape, paired},
        store::{Row, Store},
        timeline::Timeline,
        watching::Watching,
    },
    trial::{Trial, load},
};

/// Generated events, and how they are run.
struct Case {
    records: u64,
    seed: u64,
    /// The longest delay of a record, and the delay of the watermark.
    delays: [u64; 2],
    /// The rest of the experiment.
    more: String,
}

const PER_RECORD: &str = "stable.job = 'per-record'\ncandidate.job = 'per-record'\n";
const PER_TRIGGER: &str = "stable.job = 'per-trigger'\ncandidate.job = 'per-trigger'\n";

/// Holds all that came of a run.
struct Seen {
    ran: Ran,
    result: LambdaResult,
    /// Holds what a reader of the store gets at the end.
    served: Vec<Row>,
    /// The reference's answers to the first records, at 0, 1, and so on.
    truths: Vec<Vec<Row>>,
}

impl Case {
    /// Builds the layers and does something with them.
    fn with<T>(&self, work: impl FnOnce(&Layers<'_, Event>, &crate::experiment::Plan) -> T) -> T {
        let folder = WorkFolder::new(&std::env::temp_dir()).expect("a folder");
        let arguments = [("keys", 3), ("rate", 20), ("max-delay", self.delays[0])];
        let arguments = arguments.map(|(name, value)| (name.to_owned(), Value::from(value))).into();
        let mut instance = generate("events", self.records.max(1), self.seed, &arguments).expect("events");
        let own = [("window", Value::from("tumbling:400")), ("delay", self.delays[1].into())];
        instance.parameters.extend(own.map(|(name, value)| (name.to_owned(), value)));
        let dataset = folder.path().join("events");
        freeze(&instance, &dataset).expect("frozen");
        let path = dataset.to_string_lossy();
        let text = format!("dataset = {path:?}\narchitecture = 'lambda'\n{}", self.more);
        let file: ExperimentFile = toml::from_str(&text).expect("an experiment");
        let resolved = file.resolve(&Catalog::shipped()).expect("good values");
        let AnyProblem::Events(problem) = resolved.problem else { panic!("a problem about events") };
        let (plan, control) = (&resolved.plan, Arc::default());
        let mut loaded = load(&problem.entry, &resolved.frozen, &plan.params).expect("good records");
        loaded.records.truncate(self.records as usize);
        let working = Working { control: &control, listener: &Nobody };
        let trial = Trial::new(problem, &resolved, &loaded, &working).expect("a trial");
        let timeline = Timeline::of(&trial);
        let arrivals = Arrivals::of(&trial, &timeline).expect("rows");
        let Merging::By(merge) = (problem.merge)(&plan.params) else { panic!("a merge") };
        let choice = plan.architecture.as_ref().expect("one is named");
        let layers = Layers {
            trial: &trial,
            timeline: &timeline,
            arrivals: &arrivals,
            shape: &Shape::Table(answer(&trial, 0).without_rows()),
            merge,
            speed: choice.lambda.speed,
            lost: choice.lost.clone(),
        };
        work(&layers, plan)
    }

    fn run(&self) -> Seen {
        self.with(|layers, plan| {
            let choice = plan.architecture.as_ref().expect("one is named");
            let views = layers.plan(choice.lambda.every, choice.lambda.takes);
            let folder = WorkFolder::new(&std::env::temp_dir()).expect("a folder");
            let mut log = Log::create(&folder.path().join("log"), LogSettings::default()).expect("a log");
            let store = Store::open(&folder.path().join("served"), choice.durability).expect("a store");
            let mut stored = Stored::new(store, None).expect("a deployment");
            let mut watch = Watching::new(layers.trial, layers.timeline).expect("a truth");
            let ran = layers.drive(&mut log, Some(&mut stored), &views, &mut watch).expect("a run");
            let truths = (0..=layers.timeline.records()).map(|records| {
                let table = answer(layers.trial, records as usize);
                let keys = &layers.trial.loaded.keys;
                let mut rows: Vec<Row> = (0..table.rows()).map(|row| written(&table, row, keys)).collect();
                rows.sort_unstable();
                rows
            });
            let truths = truths.collect();
            let served = stored.answer(layers.rule()).expect("rows");
            let (result, ..) = layers.run(choice).expect("a run");
            Seen { ran, result, served, truths }
        })
    }
}

fn answer<R: Record>(trial: &Trial<'_, R>, records: usize) -> Table {
    let Problem { reference, .. } = trial.problem;
    let records = &trial.arranged.records[..records];
    let computed = reference(records, &trial.loaded.keys, &trial.plan.params, Work::Full);
    let Answer::Table(table) = computed.expect("an answer").answer else { panic!("a table") };
    table
}

fn wrong(served: &[Row], truth: &[Row]) -> u64 {
    let mut wrong = 0;
    paired(served, truth, |_, served, truth| wrong += u64::from(served != truth));
    wrong
}

impl Seen {
    /// Checks whatever must hold of any run.
    fn check(&self, at: &str) {
        let records = self.truths.len() as u64 - 1;
        let Ran { views, published, versions_checked, .. } = &self.ran;
        assert_eq!(*versions_checked, records, "{at}: each tick is one record");
        let covered: u64 = self.result.ledger.iter().map(|range| range.to - range.from).sum();
        assert_eq!(covered, records, "{at}");
        assert_eq!(&self.result.views, views, "{at}: the same each time");
        assert_eq!(views.len(), published.len(), "{at}");
        for (view, [before, after]) in views.iter().zip(published) {
            let (then, now) = (&self.truths[view.boundary as usize], &self.truths[view.served_at as usize]);
            let map = |rows: &[Row]| rows.iter().cloned().collect::<BTreeMap<_, _>>();
            let (now_rows, after_rows) = (map(now), map(after));
            for (key, value) in then.iter().filter(|(key, value)| now_rows.get(key) == Some(value)) {
                assert_eq!(after_rows.get(key), Some(value), "{at}: a complete row is wrong in {view:?}");
            }
            assert!(wrong(after, now) <= wrong(before, now), "{at}: {view:?} makes it worse");
        }
    }

    fn truth(&self) -> &[Row] {
        self.truths.last().expect("the whole")
    }
}

#[test]
fn with_an_exact_speed_layer_the_end_is_the_batch_answer() {
    for (seed, more) in (0..2).flat_map(|seed| {
        [
            "lambda.every = '17 records'\nlambda.takes = '5 records'\n",
            "lambda.every = '1s'\nlambda.takes = '900ms'\n",
            "lambda.every = '10 records'\nlambda.takes = '0 records'\n",
            "lambda.every = '31 records'\nparameters.window = 'sliding:400:150'\n",
            "lambda.every = '13 records'\nparameters.window = 'session:150'\n",
        ]
        .map(|more| (seed, more))
    }) {
        let more = format!("{PER_RECORD}{more}");
        let at = format!("seed {seed}, {more}");
        let seen = Case { records: 90, seed, delays: [300, 300], more }.run();
        seen.check(&at);
        assert!(!seen.ran.views.is_empty(), "{at}");
        assert!(seen.served == seen.truth(), "{at}: no record is late");
    }
}

#[test]
fn late_records_are_healed_by_views_and_by_nothing_else() {
    let mut healed = 0;
    for seed in 0..4 {
        let more = format!("{PER_RECORD}lambda.every = '25 records'\nlambda.takes = '5 records'\n");
        let seen = Case { records: 110, seed, delays: [900, 100], more }.run();
        seen.check(&format!("seed {seed}"));
        healed += seen
            .ran
            .views
            .iter()
            .zip(&seen.ran.published)
            .map(|(view, [before, after])| {
                let truth = &seen.truths[view.served_at as usize];
                wrong(before, truth) - wrong(after, truth)
            })
            .sum::<u64>();
    }
    assert!(healed > 10, "{healed} rows");
}

#[test]
fn small_logs_and_odd_intervals() {
    for (records, every, views) in [
        (0, "1 records", 0),
        (1, "1 records", 0),
        (2, "1 records", 1),
        (40, "1 records", 39),
        (40, "41 records", 0),
        (40, "40 records", 0),
        (40, "39 records", 1),
    ] {
        let more = format!("{PER_RECORD}lambda.every = '{every}'\nlambda.takes = '0 records'\n");
        let seen = Case { records, seed: 3, delays: [300, 300], more }.run();
        let at = format!("{records} records, every {every}");
        seen.check(&at);
        assert_eq!(seen.ran.views.len(), views, "{at}");
        assert!(seen.served == seen.truth(), "{at}");
        assert!(seen.ran.views.iter().all(|view| view.served_at == view.boundary + 1), "{at}");
    }
}

/// A job that says all of its rows anew replaces what the speed layer had, and nothing of the view.
#[test]
fn jobs_that_replace_all_rows() {
    for (seed, more) in (0..2).flat_map(|seed| ["append", "update", "complete"].map(|mode| (seed, mode))) {
        let text = format!(
            "{PER_TRIGGER}parameters.mode = '{more}'\nparameters.drain = 'yes'\nreplay.trigger = 'every 7 records'\n\
             lambda.every = '20 records'\nlambda.takes = '9 records'\n"
        );
        let seen = Case { records: 91, seed, delays: [300, 300], more: text }.run();
        let at = format!("seed {seed}, {more}");
        seen.check(&at);
        assert!(seen.served == seen.truth(), "{at}: no record is late");
    }
}

/// A speed layer that says nothing before the end: until then the view is all that is served.
#[test]
fn an_at_end_speed_layer_leaves_the_view_alone() {
    let more = String::from(
        "stable.job = 'at-end'\ncandidate.job = 'at-end'\nlambda.every = '20 records'\n\
                lambda.takes = '3 records'\n",
    );
    let seen = Case { records: 70, seed: 1, delays: [900, 100], more }.run();
    seen.check("at end");
    for (view, [_, after]) in seen.ran.views.iter().zip(&seen.ran.published) {
        assert!(*after == seen.truths[view.boundary as usize], "{view:?}");
    }
    assert!(seen.served == seen.truth());
}

#[test]
fn two_runs_find_the_same() {
    let more = format!(
        "{PER_RECORD}lambda.every = '25 records'\nlambda.intervals = ['10%', '50%']\nserving.bug = 'lose 30..50'\n"
    );
    let case = Case { records: 110, seed: 5, delays: [900, 100], more };
    let json = || serde_json::to_string(&case.run().result).expect("JSON");
    assert_eq!(json(), json());
}

/// The windows of the lost records close, what is served is wrong, and the first view that has them all puts it right: not
/// one whose boundary lies among them.
#[test]
fn a_bug_is_healed_when_it_was_predicted() {
    let mut healed = 0;
    for (seed, from, to) in (0..3).flat_map(|seed| [(seed, 70, 85), (seed, 50, 75)]) {
        let more = format!(
            "{PER_RECORD}lambda.every = '60 records'\nlambda.takes = '4 records'\nserving.bug = 'lose {from}..{to}'\n"
        );
        let seen = Case { records: 180, seed, delays: [300, 300], more }.run();
        let at = format!("seed {seed}, {from}..{to}");
        seen.check(&at);
        let healing = seen.result.healing.expect("a bug was planted");
        assert_eq!((healing.from, healing.to, healing.predicted_at), (from, to, Some(124)), "{at}");
        healed += u64::from(healing.healed_at == Some(124));
        assert!(healing.healed_at.is_some_and(|at| at <= 124), "{at}: {healing:?}");
    }
    assert!(healed >= 4, "{healed} of 6 at the very record");
}

/// Lost behind the last view, records are never made good.
#[test]
fn a_bug_behind_the_last_view_stays() {
    let more = format!("{PER_RECORD}lambda.every = '50 records'\nserving.bug = 'lose 60..75'\n");
    let seen = Case { records: 100, seed: 2, delays: [300, 300], more }.run();
    let healing = seen.result.healing.expect("a bug was planted");
    assert_eq!((healing.predicted_at, healing.healed_at), (None, None));
    assert!(wrong(&seen.served, seen.truth()) > 0);
}
