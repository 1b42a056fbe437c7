//! Jobs that break at a restart, and sinks that do: mutants before a gate that looks at guarantees alone.

use datasets::{Guarantee, Keys, Record, Table};
use stream::{Batching, Concluded, JobError, State, Update, Version};

use super::answers::{double, each_number, keep};
use crate::{
    Case, Data, case,
    under::Under,
    wrap::{Base, Boxed},
};

/// Two crashes with some records in between that are in no checkpoint.
const CRASHES: &[&str] = &["crash at record 50", "crash at record 131"];

/// Mutants of all versions in `of`.
pub(super) fn mutants<R: Record>(of: &'static [&'static str], on: Data) -> Vec<Case<R>> {
    let exactly = Under::Crashes(Guarantee::ExactlyOnce, CRASHES);
    vec![
        case("a restart forgets the state", of, on, |base| flawed(base, Flaw::Forgets)).under(exactly),
        case("a restart loses a record", of, on, |base| flawed(base, Flaw::Loses)).under(exactly),
        case("a restart takes a record in twice", of, on, |base| flawed(base, Flaw::Repeats)).under(exactly),
    ]
}

/// Mutants of all versions in `of`, each of which goes on from stable's state; for a job that leaves out what it has
/// seen before, a record that comes once more or once less may change nothing.
pub(super) fn of_takeovers<R: Record>(of: &'static [&'static str], on: Data) -> Vec<Case<R>> {
    vec![
        forgetful(of, on),
        case("a takeover loses a record", of, on, |base| flawed(base, Flaw::Loses)).under(Under::Upgrade),
        case("a takeover takes a record in twice", of, on, |base| flawed(base, Flaw::Repeats))
            .under(Under::Upgrade),
    ]
}

/// A mutant that goes on from stable's state without it.
pub(super) fn forgetful<R: Record>(of: &'static [&'static str], on: Data) -> Case<R> {
    case("a takeover forgets the state", of, on, |base| flawed(base, Flaw::Forgets)).under(Under::Upgrade)
}

/// Mutants of versions that emit rows before the end.
pub(super) fn of_sinks<R: Record>(of: &'static [&'static str], on: Data) -> Vec<Case<R>> {
    let exactly = Under::Crashes(Guarantee::ExactlyOnce, CRASHES);
    vec![
        case("a sink that doubles rows", of, on, |base| flawed(base, Flaw::DoublesRows)).under(exactly),
        case("a sink that loses rows", of, on, |base| flawed(base, Flaw::LosesRows)).under(exactly),
        case("a sink that changes values", of, on, |base| flawed(base, Flaw::ChangesRows)).under(exactly),
        case("a sink that loses rows", of, on, |base| flawed(base, Flaw::LosesRows))
            .under(Under::Crashes(Guarantee::AtLeastOnce, &[])),
    ]
}

/// Equivalents of all versions in `of`.
pub(super) fn equivalents<R: Record>(of: &'static [&'static str], on: Data) -> Vec<Case<R>> {
    Guarantee::ALL
        .map(|guarantee| {
            case("the job itself, through crashes", of, on, Base::job)
                .under(Under::Crashes(guarantee, CRASHES))
        })
        .to_vec()
}

/// Equivalents of all versions in `of`, each of which goes on from stable's state.
pub(super) fn takeovers<R: Record>(of: &'static [&'static str], on: Data) -> Vec<Case<R>> {
    vec![case("the job itself, from its own state", of, on, Base::job).under(Under::Upgrade)]
}

/// Describes what goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Forgets,
    Loses,
    Repeats,
    DoublesRows,
    LosesRows,
    ChangesRows,
}

struct Flawed<R: 'static> {
    job: Boxed<R>,
    flaw: Flaw,
    /// It was restored, and no record has come since.
    is_fresh: bool,
}

fn flawed<R: Record>(base: &Base<R>, flaw: Flaw) -> Boxed<R> {
    flawed_job(base.job(), flaw)
}

fn flawed_job<R: Record>(job: Boxed<R>, flaw: Flaw) -> Boxed<R> {
    Box::new(Flawed { job, flaw, is_fresh: false })
}

impl<R: Record> Version<R> for Flawed<R> {
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        let is_fresh = std::mem::take(&mut self.is_fresh) && !records.is_empty();
        match self.flaw {
            Flaw::Loses if is_fresh => self.job.push_chunk(&records[1..], decisions),
            Flaw::Repeats if is_fresh => {
                self.job.push_chunk(&records[..1], decisions);
                self.job.push_chunk(records, decisions);
            }
            Flaw::Forgets
            | Flaw::Loses
            | Flaw::Repeats
            | Flaw::DoublesRows
            | Flaw::LosesRows
            | Flaw::ChangesRows => self.job.push_chunk(records, decisions),
        }
    }

    fn batching(&self) -> Batching {
        self.job.batching()
    }

    fn end_batch(&mut self, decisions: &mut Vec<u32>) {
        self.job.end_batch(decisions);
    }

    fn tick(&mut self) {
        self.job.tick();
    }

    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        self.job.finish(keys)
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        self.job.state()?;
        Some(self)
    }

    fn take_output(&mut self) -> Option<Table> {
        let mut rows = self.job.take_output()?;
        match self.flaw {
            Flaw::DoublesRows => double(&mut rows),
            Flaw::LosesRows => keep(&mut rows, |row| row > 0),
            Flaw::ChangesRows => {
                for column in ["count", "sum"] {
                    each_number(&mut rows, column, |_, number| number + 1);
                }
            }
            Flaw::Forgets | Flaw::Loses | Flaw::Repeats => {}
        }
        Some(rows)
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        self.job.serve()
    }
}

/// It is asked for only where the job has a state.
impl<R> State for Flawed<R> {
    fn save(&mut self) -> Vec<u8> {
        self.job.state().map(State::save).unwrap_or_default()
    }

    fn changes(&mut self) -> Vec<u8> {
        self.job.state().map(State::changes).unwrap_or_default()
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.is_fresh = true;
        self.kept().map_or(Ok(()), |state| state.restore(bytes))
    }

    fn apply(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.kept().map_or(Ok(()), |state| state.apply(bytes))
    }
}

impl<R> Flawed<R> {
    /// Returns the state that is to be restored, if the flaw isn't that none is.
    fn kept(&mut self) -> Option<&mut dyn State> {
        if self.flaw == Flaw::Forgets { None } else { self.job.state() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::through;

    #[test]
    fn everything_is_passed_on_but_what_is_to_be_forgotten() {
        let plain = through(|job| job);
        for flaw in [Flaw::Loses, Flaw::Repeats, Flaw::DoublesRows, Flaw::LosesRows, Flaw::ChangesRows] {
            assert_eq!(through(|job| flawed_job(job, flaw)), plain, "{flaw:?}");
        }
        let is_told = |line: &&String| !line.starts_with("restore") && !line.starts_with("apply");
        let mut forgetful: Vec<String> = plain.iter().filter(is_told).cloned().collect();
        for line in forgetful.iter_mut().filter(|line| line.contains("not to be")) {
            *line = "back: Ok(())".to_owned();
        }
        assert_eq!(through(|job| flawed_job(job, Flaw::Forgets)), forgetful);
    }
}
