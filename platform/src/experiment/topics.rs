//! Makes of what an experiment says of a broker the way that leads to its jobs.

use compare::{Pair, Role};
use datasets::{ARRIVAL, Frozen, Record};
use replay::link::{JobTopics, ReplayTopics};

use super::ExperimentFile;
use crate::{
    erased::{AnyProblem, Visit},
    error::Error,
    job_section::JobChoice,
    own::{AnswerColumns, Comparing, ProblemChoice},
    problem::{Params, Problem},
    topics_section::{Beside, MessageForm, adapter},
};

/// The way to one job.
pub(crate) type Topics = (ReplayTopics, JobTopics);

/// Holds what is known when the way is made.
pub(super) struct Known<'a> {
    pub(super) frozen: &'a Frozen,
    pub(super) problem: AnyProblem,
    pub(super) params: &'a Params,
    /// How tables are compared; nothing where the answer is decisions.
    pub(super) comparing: Option<&'a Comparing>,
}

impl ExperimentFile {
    /// Returns the way to each job that is behind topics.
    pub(super) fn topics(
        &self,
        choices: Pair<&JobChoice>,
        known: &Known<'_>,
    ) -> Result<Pair<Option<Topics>>, Error> {
        let ways = Pair::try_of(|role| self.way(role, choices[role], known))?;
        if let (Some(_), true) = (&self.replay.kafka, ways.iter().all(|(_, way)| way.is_none())) {
            return Err(Error::usage("[replay] kafka: neither version is behind topics").with_hint(
                "give stable or candidate its own, kafka = { output = \"counts\" }, or leave it out",
            ));
        }
        Ok(ways)
    }

    fn way(&self, role: Role, choice: &JobChoice, known: &Known<'_>) -> Result<Option<Topics>, Error> {
        let Some(attach) = &choice.command else { return Ok(None) };
        let Some(kafka) = &attach.keys.kafka else { return Ok(None) };
        let section = format!("[{role}]");
        let wrong = |what: &str, hint: &str| Error::usage(format!("{section} kafka: {what}")).with_hint(hint);
        let Some(comparing) = known.comparing else {
            return Err(wrong(
                "the answer is a decision for each record, and topics carry rows",
                "leave kafka out: a command answers through its pipes",
            ));
        };
        if self.architecture.is_some() {
            return Err(wrong(
                "a job behind topics isn't served under an architecture",
                "leave architecture out",
            ));
        }
        let Some(replay) = &self.replay.kafka else {
            return Err(wrong(
                "the replay has no broker",
                "[replay] kafka = { bootstrap = \"127.0.0.1:9092\", input = \"clicks\" }",
            ));
        };
        if attach.keys.offset.is_some() && replay.value != Some(MessageForm::Envelope) {
            return Err(wrong(
                "it gives offsets back, and its messages have none",
                "[replay] kafka.value = \"envelope\", or leave offset out",
            ));
        }
        let replay = replay.topics(
            &known.problem.visit(Header { frozen: known.frozen }),
            known.frozen.manifest.columns.iter().any(|column| column == ARRIVAL.name),
        )?;
        let job = kafka.topics(&Beside {
            section: &section,
            key: &comparing.key,
            columns: self.answer_columns(known)?,
            offset: attach.keys.offset.as_deref(),
            close: &attach.keys.close,
            partitions: replay.partitions,
            records: known.frozen.records(),
        })?;
        // Last, so that a file is found wrong by any program.
        if adapter().is_none() {
            return Err(wrong("this program is built without Kafka", "build it with --features kafka"));
        }
        Ok(Some((replay, job)))
    }

    /// The columns that an answer has, as far as the experiment or the catalogue says.
    fn answer_columns(&self, known: &Known<'_>) -> Result<Vec<String>, Error> {
        match &self.problem {
            Some(ProblemChoice::Own(section)) => {
                let values = section.columns.keys().cloned();
                Ok(section.key_columns().into_iter().chain(values).collect())
            }
            _ => known.problem.visit(AnswerColumns { params: known.params }),
        }
    }
}

/// The columns of a record.
struct Header<'a> {
    frozen: &'a Frozen,
}

impl Visit for Header<'_> {
    type Out = String;

    fn visit<R: Record>(self, _: &'static Problem<R>) -> String {
        self.frozen.header::<R>()
    }
}
