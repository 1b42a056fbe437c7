//! A job that writes down what it is told: whoever wraps a job has to pass everything on, and give back what came.

use std::sync::{Arc, Mutex};

use datasets::{Cells, Item, Keys, Table, TableColumn};
use replay::{Slowdown, slowed};
use stream::{Batching, Concluded, JobError, State, Update, Version};

use super::wrap::Boxed;

type Log = Arc<Mutex<Vec<String>>>;

/// None of its answers is what a job gives that has nothing to say.
struct Recorder(Log);

impl Recorder {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }
}

impl Version<Item> for Recorder {
    fn push_chunk(&mut self, records: &[Item], decisions: &mut Vec<u32>) {
        // A wrapper may cut chunks.
        for record in records {
            self.note(format!("push {}", record.size));
            decisions.push(record.size as u32 + 1);
        }
    }

    fn batching(&self) -> Batching {
        self.note("batching");
        Batching::Edges
    }

    fn end_batch(&mut self, decisions: &mut Vec<u32>) {
        self.note("end_batch");
        decisions.push(77);
    }

    fn tick(&mut self) {
        self.note("tick");
    }

    fn finish(&mut self, _: &Keys) -> Result<Option<Concluded>, JobError> {
        self.note("finish");
        Err(JobError { record: 5, message: "the recorder never concludes".to_owned(), hint: None })
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        Some(self)
    }

    fn take_output(&mut self) -> Option<Table> {
        self.note("take_output");
        let column = |name| TableColumn::new(name, Cells::Int(vec![1, 2, 3]));
        Some(Table::new(1, ["count", "sum"].map(column).to_vec()))
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        self.note("serve");
        Ok(None)
    }
}

impl State for Recorder {
    fn save(&mut self) -> Vec<u8> {
        self.note("save");
        b"saved".to_vec()
    }

    fn changes(&mut self) -> Vec<u8> {
        self.note("changes");
        b"changed".to_vec()
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.note(format!("restore {}", bytes.escape_ascii()));
        Err("not to be restored".to_owned())
    }

    fn apply(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.note(format!("apply {}", bytes.escape_ascii()));
        Err("not to be applied".to_owned())
    }
}

/// Calls each method of a recorder that is wrapped, and returns what it was told and what came back, in turn.
pub(super) fn through(wrap: impl FnOnce(Boxed) -> Boxed) -> Vec<String> {
    let log = Log::default();
    let mut job = wrap(Box::new(Recorder(Arc::clone(&log))));
    let back = |what: &dyn std::fmt::Debug| log.lock().unwrap().push(format!("back: {what:?}"));
    let mut decisions = Vec::new();
    job.push_chunk(&[3, 4].map(|size| Item { size }), &mut decisions);
    back(&job.batching());
    job.end_batch(&mut decisions);
    back(&decisions);
    job.tick();
    back(&job.take_output().is_some());
    back(&job.serve().is_ok());
    match job.state() {
        None => back(&"no state"),
        Some(state) => {
            back(&state.save());
            back(&state.changes());
            back(&state.restore(b"some"));
            back(&state.apply(b"more"));
        }
    }
    back(&job.finish(&Keys::default()));
    drop(job);
    log.lock().unwrap().clone()
}

#[test]
fn a_slowed_version_passes_everything_on() {
    for slowdown in [Slowdown::Slow(0.5), Slowdown::Stall { each: 2, ns: 1 }] {
        assert_eq!(through(|job| slowed(job, Some(slowdown))), through(|job| job), "{slowdown:?}");
    }
}
