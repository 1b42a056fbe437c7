//! A whole run under Kappa: its folder, the upgrade, and what came of it.

use compare::{
    KappaTimings, Pair, Role,
    architecture::{KappaResult, LogResult, ObservedUpgrade},
};
use datasets::Record;

use super::{
    account::{Account, covers_once},
    drive::Upgrade,
    ground::Ground,
};
use crate::{
    architecture_sections::{Architecture, ArchitectureChoice, Start},
    error::Error,
    events::Step,
    serving::{
        folder::{disk_bytes, work_folder},
        kept::RunLog,
        readers::{Seen, while_read},
        store::Store,
        trouble,
        view::{Leaving, Publisher},
        watching::Watching,
    },
};

/// All that came of an upgrade.
pub(crate) struct Upgraded {
    pub(crate) result: KappaResult,
    pub(crate) log: LogResult,
    pub(crate) timings: KappaTimings,
    /// Describes what subscribers saw at the switch, as CSV; nothing if there was none.
    pub(crate) changelog: Option<String>,
}

/// Takes out of the results what goes by when rows came.
fn observed(result: &mut KappaResult, under_way: Option<u64>) -> ObservedUpgrade {
    ObservedUpgrade {
        switch: result.switch.take(),
        rollback: result.rollback.take(),
        under_way,
        written: Pair {
            stable: result.work.stable.take_rows(),
            candidate: result.work.candidate.take_rows(),
        },
        served: result.served.take(),
    }
}

fn timings(account: &Account, seen: Seen, disk_bytes: u64) -> KappaTimings {
    let seconds = |ns: u64| ns as f64 / 1e9;
    let each = |(ns, records): (u64, u64)| (records > 0).then(|| ns as f64 / records as f64);
    KappaTimings {
        stable_seconds: seconds(account.busy_ns.stable),
        candidate_seconds: seconds(account.busy_ns.candidate),
        stable_ns_alone: each(account.alone),
        stable_ns_beside: each(account.beside),
        reads: seen.reads,
        rows_read: seen.rows,
        disk_bytes,
        observed: None,
    }
}

impl<R: Record> Ground<'_, R> {
    /// Runs the upgrade in a folder of its own, which goes when it is over.
    pub(crate) fn run(&self, choice: &ArchitectureChoice) -> Result<Upgraded, Error> {
        self.trial.work.begin(Step::Kappa);
        self.check()?;
        let folder = work_folder()?;
        let mut kept = RunLog::make(choice, folder.path())?;
        let mut store = Store::open(&folder.path().join("served"), choice.durability).map_err(trouble)?;
        let named = (Architecture::Kappa, self.trial.plan.kept());
        let view = Publisher::of(choice.view.as_ref(), named, self.dress(), Leaving::of_run)?;
        store.show_in(view.map(Publisher::anew))?;
        let mut watch = Watching::new(self.trial, self.timeline)?;
        let reader = store.reader();
        let upgrade = Upgrade::open(self, kept.log(), &mut store)?;
        let (ran, seen) = while_read(&reader, || upgrade.run(&mut watch));
        let ((end, account), seen) = (ran?, seen.map_err(trouble)?);
        store.close_view(self.trial.work.listener)?;
        let log = kept.log();
        let logged = LogResult { records: log.end(), bytes: log.bytes() };
        if !covers_once(&account.ledger, log.end()) {
            return Err(Error::Invalid("a record was answered for by nobody, or twice".to_owned()));
        }
        let mut timings = timings(&account, seen, disk_bytes(folder.path()));
        // What subscribers see row by row is no answer where it goes by when rows come.
        let changelog =
            account.switched_at.filter(|_| !self.trial.emits()).map(|_| account.changelog.clone());
        let under_way = account.under_way;
        let result = KappaResult { served: watch.end(), ..self.result(end, account) };
        let mut result = KappaResult { healing: self.healing(choice, &result)?, ..result };
        timings.observed = self.trial.emits().then(|| observed(&mut result, under_way));
        Ok(Upgraded { result, log: logged, timings, changelog })
    }

    /// Refuses what can't be done before anything is begun.
    pub(super) fn check(&self) -> Result<(), Error> {
        let takes_state = self.choice.start == Start::State;
        for role in Role::BOTH.into_iter().filter(|_| takes_state) {
            if self.trial.make(role).state().is_none() {
                let name = datasets::shown(self.trial.plan.name(role)).to_string();
                return Err(Error::usage(format!(
                    "[kappa] start = \"state\": job {name} keeps no state that can be taken over"
                ))
                .with_hint("set start = \"beginning\""));
            }
        }
        self.check_rollback()
    }

    /// Going back is asked for at a point that is in the log, and after the start.
    fn check_rollback(&self) -> Result<(), Error> {
        let Some(at) = self.choice.rollback_at else { return Ok(()) };
        let (records, begins) = (self.timeline.records(), self.timeline.after(0, self.choice.start_at));
        let reached = self.timeline.after(0, at);
        if reached > records {
            return Err(Error::usage(format!(
                "[kappa] rollback_at = {at}: the log ends before, with {records} records"
            )));
        }
        if reached <= begins {
            return Err(Error::usage(format!(
                "[kappa] rollback_at = {at}: the candidate isn't started before start_at = {}",
                self.choice.start_at
            ))
            .with_hint("a later point leaves it time to take over"));
        }
        Ok(())
    }

    fn result(&self, end: compare::architecture::UpgradeEnd, account: Account) -> KappaResult {
        KappaResult {
            end,
            dropped: account.dropped,
            start: self.choice.start.name().to_owned(),
            started_at: account.started_at,
            arrived_at: account.arrived_at,
            switched_at: account.switched_at,
            rolled_back_at: account.rolled_back_at,
            transitions: account.transitions,
            lag: account.lag,
            estimates: account.estimates,
            verdict: account.verdict,
            parted: account.parted,
            switch: account.switch,
            rollback: account.rollback,
            ledger: account.ledger,
            work: account.work,
            healing: None,
            served: None,
        }
    }
}
