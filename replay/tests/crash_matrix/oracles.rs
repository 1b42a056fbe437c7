//! Shows what each guarantee promises, as checks of a run with crashes against one without.

use datasets::Keys;
use replay::{
    Control, Edges,
    recovery::{
        Checkpoints, Deliver, Fault, Guarantee, Medium, Output, Planned, Recoverable, RecoveryError, Sink,
        SinkColumn, Survived, columns, survive,
    },
};
use store::checkpoints::Durability;
use stream::Trigger;

use crate::jobs::Make;

/// Makes a sink for rows with these columns.
pub(crate) type Elsewhere<'a> = &'a dyn Fn(Vec<SinkColumn>) -> Box<dyn Sink>;

/// A job with its input and settings.
pub(crate) struct Subject<'a, R> {
    pub(crate) make: &'a Make<R>,
    pub(crate) records: &'a [R],
    pub(crate) keys: &'a Keys,
    pub(crate) trigger: Trigger,
    pub(crate) every: u64,
    pub(crate) durability: Durability,
    pub(crate) sink: Deliver,
    /// Makes the sink elsewhere that rows are delivered to, for those columns.
    pub(crate) elsewhere: Option<Elsewhere<'a>>,
    pub(crate) identity: &'a str,
}

impl<R: Copy> Subject<'_, R> {
    /// Runs through `faults` on `medium`; what was delivered comes with it.
    pub(crate) fn run_on(
        &self,
        medium: &mut Medium,
        guarantee: Guarantee,
        faults: &[Fault],
    ) -> Result<(Survived, Vec<u8>), RecoveryError> {
        let planned: Vec<Planned> = faults.iter().map(|&what| Planned { what, must_strike: true }).collect();
        let edges = Edges::new(self.trigger, self.records.len(), None, None).unwrap();
        let recoverable = Recoverable {
            make: self.make,
            records: self.records,
            keys: self.keys,
            edges: &edges,
            checkpoints: Checkpoints {
                every: self.every.try_into().unwrap(),
                guarantee,
                durability: self.durability,
                sink: self.sink,
            },
            faults: &planned,
            seed: 7,
            identity: self.identity,
            watch: &|_| {},
        };
        let survived = survive(&recoverable, medium, &Control::default())?;
        let delivered = medium.output.read()?;
        Ok((survived, delivered))
    }

    pub(crate) fn run(&self, guarantee: Guarantee, faults: &[Fault]) -> (Survived, Vec<u8>) {
        let medium = Medium::in_memory();
        let mut medium = match self.elsewhere {
            Some(make) => medium.with(Output::into(make(self.columns()))),
            None => medium,
        };
        let result = self.run_on(&mut medium, guarantee, faults);
        medium.output.remove().unwrap();
        result.unwrap_or_else(|error| panic!("{guarantee}, {faults:?}: {error}"))
    }

    /// The columns of its rows, and which of them name one.
    pub(crate) fn columns(&self) -> Vec<SinkColumn> {
        let concluded = (self.make)().finish(self.keys).unwrap().unwrap();
        let key: Vec<&str> = concluded.table.columns[..concluded.table.key_columns]
            .iter()
            .map(|column| &*column.name)
            .collect();
        columns(concluded.firings.as_ref().unwrap_or(&concluded.table), &key).unwrap()
    }

    /// Returns whether the run without faults and `with` them are as `guarantee` promises; else what is broken.
    pub(crate) fn judge(
        &self,
        guarantee: Guarantee,
        without: &(Survived, Vec<u8>),
        with: &(Survived, Vec<u8>),
    ) -> Result<(), String> {
        let records = self.records.len() as u64;
        let (account, counts) = (with.0.account, with.0.concluded.counts);
        if counts.records != records - account.lost + account.repeated {
            return Err(format!("{} records seen, {account:?}: the ledger doesn't balance", counts.records));
        }
        let breach = match guarantee {
            Guarantee::AtLeastOnce if account.lost > 0 => Some("records were lost"),
            Guarantee::AtLeastOnce if !holds_all(&without.1, &with.1) => Some("rows were lost"),
            Guarantee::AtMostOnce if account.repeated > 0 => Some("records counted twice"),
            // A sink that keeps the newest row of a key has an older one, of any length, where the newest was lost: rows are
            // counted, and only those that all stay are held against each other.
            Guarantee::AtMostOnce if account.lost == 0 && rows(&with.1) > rows(&without.1) => {
                Some("rows were delivered twice")
            }
            Guarantee::AtMostOnce
                if account.lost == 0 && self.elsewhere.is_none() && !holds_all(&with.1, &without.1) =>
            {
                Some("rows were delivered that no run without faults delivers, or more often")
            }
            Guarantee::ExactlyOnce if with.1 != without.1 => Some("other rows were delivered"),
            Guarantee::ExactlyOnce if with.0.concluded != without.0.concluded => Some("another answer"),
            Guarantee::AtMostOnce | Guarantee::AtLeastOnce | Guarantee::ExactlyOnce => None,
        };
        // What was worked off again may have changed the rows that follow, so only an undisturbed state is held to them.
        let excused = guarantee == Guarantee::AtLeastOnce && account.repeated > 0;
        breach
            .filter(|breach| !(excused && *breach == "rows were lost"))
            .map_or(Ok(()), |breach| Err(breach.into()))
    }
}

/// Returns how many lines there are.
fn rows(lines: &[u8]) -> usize {
    lines.split_inclusive(|&byte| byte == b'\n').count()
}

/// Returns whether each line of `all` stands in `in_these`, as often at least.
fn holds_all(all: &[u8], in_these: &[u8]) -> bool {
    let count = |bytes: &[u8]| {
        let mut lines = std::collections::BTreeMap::<Vec<u8>, usize>::new();
        bytes.split(|&b| b == b'\n').for_each(|line| *lines.entry(line.to_vec()).or_default() += 1);
        lines
    };
    let found = count(in_these);
    count(all).iter().all(|(line, times)| found.get(line).is_some_and(|found| found >= times))
}
