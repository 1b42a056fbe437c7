//! A trial: a problem's data in the order of the plan, its two jobs, when records are due and where batches end. Built
//! once, and what every activity works with.

mod again;
mod crash;
mod ends;
pub(crate) mod job;
mod load;
mod null_job;
mod served;

use batch::BatchError;
use compare::{Checked, Pair, Role};
use datasets::{
    Answer, Cells, FieldKind, Frozen, Keys, NO_DECISION, Record, Records, SplitMix64, Table, TableColumn,
    Written,
};
use replay::{
    Arranged, CHUNK, Edges, Interrupted, MaxFeed, Pace, Paced, RealClock, Schedule, arrange, feed_paced,
    feed_untimed,
};
use stream::{Concluded, JobError, Trigger, Version};

use self::job::{Job, Loaded, jobs};
use crate::{
    error::Error,
    events::{Event, Step, Working},
    experiment::{ExperimentFile, Plan, ReplayPlan, Resolved},
    own::{DECISION, RECORD, Source, typed},
    problem::{Checking, Computed, Decided, Problem, Work},
};

pub(crate) use self::{
    again::{Replays, time_again},
    crash::{naming, said},
    ends::batch_ends,
    load::{load, refuse},
};

/// Describes what a version has given.
#[derive(Debug, PartialEq)]
pub enum Given {
    /// One decision a record, by offset.
    Decisions(Vec<u32>),
    /// A table, and what stands beside it.
    Table(Box<Concluded>),
}

/// Describes what an activity works with.
pub(crate) struct Trial<'a, R: Record> {
    pub(crate) problem: &'static Problem<R>,
    pub(crate) frozen: &'a Frozen,
    pub(crate) plan: &'a Plan,
    /// The experiment with every default written out.
    pub(crate) file: &'a ExperimentFile,
    pub(crate) loaded: &'a Records<R>,
    pub(crate) jobs: Pair<Job<R>>,
    pub(crate) arranged: Arranged<'a, R>,
    /// When records are due; `None` at pace max.
    pub(crate) schedule: Option<Schedule<'a>>,
    /// Where the micro-batches of the plan's own trigger end.
    pub(crate) edges: Edges,
    pub(crate) work: &'a Working<'a>,
}

impl<'a, R: Record> Trial<'a, R> {
    pub(crate) fn new(
        problem: &'static Problem<R>,
        resolved: &'a Resolved,
        loaded: &'a Records<R>,
        work: &'a Working<'a>,
    ) -> Result<Self, Error> {
        let Resolved { frozen, plan, file, .. } = resolved;
        let arranged = arrange(&loaded.records, plan.replay.order, plan.replay.seed);
        // In another order than the recorded one records arrive when they are sent.
        let arrivals_ms = loaded.arrivals_ms.as_deref().filter(|_| arranged.offsets.is_none());
        let told = Loaded { keys: &loaded.keys, arrivals_ms };
        let jobs = jobs(problem, plan, frozen, told, work)?;
        let schedule = scheduled(plan.replay.pace, &arranged, loaded)?;
        let edges = edges(plan.replay.trigger, &plan.replay, &arranged, loaded, schedule.as_ref())?;
        work.control.check()?;
        Ok(Self { problem, frozen, plan, file, loaded, jobs, arranged, schedule, edges, work })
    }

    /// A fresh job, ready for its first record.
    pub(crate) fn make(&self, role: Role) -> Box<dyn Version<R>> {
        self.jobs[role].make(&self.plan.params, self.plan.replay.trigger)
    }

    /// The batch side's answer, in the unit of the source.
    pub(crate) fn reference(&self) -> Result<Computed, Error> {
        self.work.begin(Step::Reference);
        let mut computed = match &self.plan.truth {
            Some(source) => self.truth(source, self.frozen)?,
            None => {
                reference(self.problem, self.frozen, &self.plan.params, self.judged(), &self.loaded.keys)?
            }
        };
        if let (true, Answer::Decisions(decisions)) = (self.follows_order(), &mut computed.answer) {
            *decisions = self.arranged.by_offset(std::mem::take(decisions), NO_DECISION);
        }
        self.work.control.check()?;
        Ok(computed)
    }

    /// Returns what is right of a dataset by somebody outside, in the unit of the source.
    fn truth(&self, source: &Source, frozen: &Frozen) -> Result<Computed, Error> {
        let is_decided = self.problem.decided().is_some();
        let mut computed = source.computed(frozen, is_decided, self.work.control)?;
        let own = (self.problem.reference)(&[], &Keys::default(), &self.plan.params, Work::Steps(0));
        if let (Answer::Table(table), Ok(Computed { answer: Answer::Table(like), .. })) =
            (&mut computed.answer, own)
        {
            let scale = if source.is_in_datasets_unit() { 1 } else { self.plan.scale };
            let error = if source.is_asked() { Error::usage } else { Error::input };
            *table = typed(table, &like, &self.loaded.keys, scale)
                .map_err(|why| error(format!("the reference {}: {why}", source.name())))?;
            table.restore_unit(self.plan.scale);
        }
        Ok(computed)
    }

    /// Returns whether the arrivals have an order of their own that what is right goes by.
    pub(crate) fn follows_order(&self) -> bool {
        let follows = self.problem.decided().is_some_and(|decided| decided.follows_order);
        follows && self.arranged.offsets.is_some()
    }

    /// The records in the order that what is right goes by.
    fn judged(&self) -> &[R] {
        if self.follows_order() { &self.arranged.records } else { &self.loaded.records }
    }

    /// Holds decisions, which are by offset, against the records.
    pub(crate) fn check(&self, decided: &Decided<R>, decisions: &[u32]) -> Result<Checked, Error> {
        let arrived;
        let decisions = if self.follows_order() {
            arrived = self.arranged.by_arrival(decisions);
            &arrived
        } else {
            decisions
        };
        self.check_of(decided, self.judged(), decisions)
    }

    /// Holds decisions against these records.
    pub(crate) fn check_of(
        &self,
        decided: &Decided<R>,
        records: &[R],
        decisions: &[u32],
    ) -> Result<Checked, Error> {
        let (keys, params, control) = (&self.loaded.keys, &self.plan.params, &**self.work.control);
        (decided.check)(&Checking { records, keys, params, decisions, control })
    }

    /// The interval that holds the optimum of the records in this order; nothing where there is no cost.
    pub(crate) fn bounds_of(&self, arranged: &[R]) -> Option<(u64, u64)> {
        let keys = &self.loaded.keys;
        let computed = (self.problem.reference)(arranged, keys, &self.plan.params, Work::Steps(0)).ok()?;
        computed.bounds.map(|[lower, upper]| (lower.value, upper.value))
    }

    /// Feeds fresh versions, stable's or both, at the plan's pace.
    pub(crate) fn feed(&self, roles: &[Role]) -> Result<Replays<R>, Error> {
        naming(self.work.control, |which| self.called(roles[which]), || self.feed_all(roles))
    }

    /// Returns what a version is called in a message: `candidate job first-fit`.
    fn called(&self, role: Role) -> String {
        format!("{role} job {}", datasets::shown(self.plan.name(role)))
    }

    fn feed_all(&self, roles: &[Role]) -> Result<Replays<R>, Error> {
        let Self { plan, edges, work, .. } = self;
        let make = || roles.iter().map(|&role| self.make(role)).collect::<Vec<_>>();
        let records = &self.arranged.records;
        let clock = RealClock::new();
        if self.schedule.is_some() && plan.jobs.iter().all(|(_, job)| job.command.is_none()) {
            // Whoever is first would pay for cold code. A process that is attached has a start of its own each time.
            let first = &records[..records.len().min(CHUNK)];
            MaxFeed::new(&mut make(), 0, edges, &clock, work.control).push(first)?;
        }
        let mut versions = make();
        work.listener.hear(Event::ReplayBegan { records: (records.len() * versions.len()) as u64 });
        let pass = |versions: &mut Vec<Box<dyn Version<R>>>, before: usize| -> Result<_, Interrupted> {
            let mut feed = MaxFeed::new(versions, records.len(), edges, &clock, work.control).after(before);
            feed.push_all(records)?;
            Ok(feed.end())
        };
        let fed = match &self.schedule {
            None => pass(&mut versions, 0)
                .and_then(|replayed| {
                    time_again(replayed, records.len(), &clock, |before| pass(&mut make(), before))
                })
                .map(|replayed| (replayed, None)),
            Some(schedule) => {
                let mut random = SplitMix64::new(plan.replay.seed);
                let emissions: Vec<_> = roles.iter().map(|&role| self.jobs[role].emissions()).collect();
                let input = Paced { records, edges, schedule, emissions: &emissions };
                feed_paced(&mut versions, &input, &mut random, &clock, work.control)
                    .map(|(replayed, feeder)| (replayed, Some(feeder)))
            }
        };
        work.listener.hear(Event::ReplayEnded);
        let (replayed, feeder) = fed?;
        // A job outside may have failed at the very last record.
        work.control.check()?;
        Ok(Replays { versions, replayed, feeder })
    }

    /// Returns what comes of a fresh job, fed untimed in another order or under another trigger: its decisions, in the
    /// order in which `records` came.
    pub(crate) fn decisions(&self, role: Role, records: &[R], edges: &Edges) -> Vec<u32> {
        let mut decisions = Vec::with_capacity(records.len());
        feed_untimed(&mut *self.make(role), records, edges, &mut decisions);
        decisions
    }

    /// Returns what the version has given, decisions in the order of the arrivals.
    pub(crate) fn given(
        &self,
        role: Role,
        version: &mut dyn Version<R>,
        decisions: Vec<u32>,
    ) -> Result<Given, Error> {
        let offsets = self.arranged.offsets.as_deref();
        let records = self.arranged.records.len();
        let concluded = naming(
            self.work.control,
            |_| self.called(role),
            || {
                let _watch = self.work.control.watch(0, records..records);
                conclude(version, self.plan.name(role), &self.loaded.keys, offsets, self.frozen)
            },
        )?;
        Ok(match concluded {
            Some(concluded) => Given::Table(Box::new(concluded)),
            None if self.problem.answers_are_rows() => {
                Given::Table(Box::new(replies(&self.arranged.by_offset(decisions, NO_DECISION))?))
            }
            None => Given::Decisions(decisions),
        })
    }

    /// Makes of what was given, which is in the order of the arrivals and in the dataset's unit, what a reader gets: by
    /// offset, in the unit of the source. The last thing that is done to it.
    pub(crate) fn presented(&self, given: Given) -> Given {
        match given {
            Given::Decisions(decisions) => Given::Decisions(self.arranged.by_offset(decisions, NO_DECISION)),
            Given::Table(mut concluded) => {
                restore_unit(&mut concluded, self.frozen);
                Given::Table(concluded)
            }
        }
    }

    /// Where the micro-batches of `trigger` end.
    pub(crate) fn edges_of(&self, trigger: Trigger) -> Result<Edges, Error> {
        edges(trigger, &self.plan.replay, &self.arranged, self.loaded, self.schedule.as_ref())
    }

    /// Returns what a trigger in time goes by: the schedule, or at pace max the arrivals, where the order is theirs.
    pub(crate) fn due_times(&self) -> Option<Schedule<'a>> {
        due_times(&self.arranged, self.loaded, self.schedule.as_ref())
    }
}

/// The batch side's answer, in the unit of the source.
pub(crate) fn reference<R: Record>(
    problem: &Problem<R>,
    frozen: &Frozen,
    params: &crate::problem::Params,
    records: &[R],
    keys: &Keys,
) -> Result<Computed, Error> {
    finished(frozen, (problem.reference)(records, keys, params, Work::Full))
}

/// Makes of what was computed what a reader gets: an answer in the unit of the source, or an error with the record's place.
pub(crate) fn finished(frozen: &Frozen, computed: Result<Computed, BatchError>) -> Result<Computed, Error> {
    let mut computed = computed.map_err(|error| match error.record {
        Some(record) => frozen.reject(record, error.message).into(),
        None if error.is_usage => Error::usage(error.message),
        None => Error::input(error.message),
    })?;
    if let Answer::Table(table) = &mut computed.answer {
        table.restore_unit(frozen.manifest.scale);
    }
    Ok(computed)
}

/// Makes rows of decisions without a cost: a record's offset, and what was said of it.
fn replies(decisions: &[u32]) -> Result<Concluded, Error> {
    let [mut records, mut said] = [Written::default(), Written::default()];
    let given = (0_u64..).zip(decisions).filter(|(_, decision)| **decision != NO_DECISION);
    for (row, (record, decision)) in given.enumerate() {
        let pushed = records.push(row, FieldKind::Untyped, &record.to_string());
        pushed
            .and_then(|()| said.push(row, FieldKind::Untyped, &decision.to_string()))
            .map_err(Error::input)?;
    }
    let column = |name, fields| TableColumn::new(name, Cells::Written(fields));
    let table = Table::new(1, vec![column(RECORD, records), column(DECISION, said)]);
    Ok(Concluded { table, ..Concluded::default() })
}

/// Whoever reads what a job concluded reads it in the unit of the source.
pub(crate) fn restore_unit(concluded: &mut Concluded, frozen: &Frozen) {
    let tables = [Some(&mut concluded.table), concluded.firings.as_mut(), Some(&mut concluded.late)];
    tables.into_iter().flatten().for_each(|table| table.restore_unit(frozen.manifest.scale));
}

/// When records are due; `None` at pace max.
fn scheduled<'a, R: Record>(
    pace: Pace,
    arranged: &Arranged<'_, R>,
    loaded: &'a Records<R>,
) -> Result<Option<Schedule<'a>>, Error> {
    Schedule::new(pace, arranged.offsets.is_some(), loaded.arrivals_ms.as_deref())
        .map_err(|error| Error::usage(error.to_string()))
}

fn due_times<'a, R: Record>(
    arranged: &Arranged<'_, R>,
    loaded: &'a Records<R>,
    schedule: Option<&Schedule<'a>>,
) -> Option<Schedule<'a>> {
    let arrivals = || scheduled(Pace::Recorded(1.0), arranged, loaded).ok().flatten();
    schedule.cloned().or_else(arrivals)
}

fn edges<'a, R: Record>(
    trigger: Trigger,
    plan: &ReplayPlan,
    arranged: &Arranged<'_, R>,
    loaded: &'a Records<R>,
    schedule: Option<&Schedule<'a>>,
) -> Result<Edges, Error> {
    let due = due_times(arranged, loaded, schedule);
    Edges::new(trigger, arranged.records.len(), plan.max_batch, due.as_ref())
        .map_err(|error| Error::usage(format!("trigger = \"{trigger}\": {error}")))
}

/// Returns what the job that answers with a table has concluded; `record` in its side outputs is made an offset in the
/// dataset, by the offsets of the arrivals unless the two are the same.
pub(crate) fn conclude<R: Record>(
    version: &mut dyn Version<R>,
    name: &str,
    keys: &datasets::Keys,
    offsets: Option<&[u32]>,
    frozen: &Frozen,
) -> Result<Option<Concluded>, Error> {
    let concluded = version.finish(keys).map_err(|failure| job_failure(failure, name, offsets, frozen))?;
    Ok(concluded.map(|mut concluded| {
        concluded.number_records_by(&|arrival| offset(offsets, arrival));
        concluded
    }))
}

/// Where in the dataset the record stands that arrived as the `arrival`-th.
pub(crate) fn offset(offsets: Option<&[u32]>, arrival: u64) -> u64 {
    match offsets {
        Some(offsets) => offsets.get(arrival as usize).map_or(arrival, |&offset| u64::from(offset)),
        None => arrival,
    }
}

/// Why a job gave up, with the place of the record.
pub(crate) fn job_failure(failure: JobError, name: &str, offsets: Option<&[u32]>, frozen: &Frozen) -> Error {
    let place = frozen.place(offset(offsets, failure.record));
    let message = format!("{place}: job {}: {}", datasets::shown(name), datasets::shown(&failure.message));
    match failure.hint {
        Some(hint) => Error::input(message).with_hint(hint),
        None => Error::input(message),
    }
}
