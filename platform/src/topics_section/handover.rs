//! `handover` in `kafka`: an earlier job, from which a version takes over.

use replay::link::HandOver;
use serde::{Deserialize, Serialize};

use super::{Beside, StartForm, is_bounded};
use crate::{error::Error, listed, span::Span};

/// `handover` in `kafka` of `[stable]` and `[candidate]`: an earlier job, from which the version takes over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverSection {
    /// The earlier job's program and its arguments.
    #[serde(default, deserialize_with = "listed::command", skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<String>>,
    /// It is sent so much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Span>,
    /// Says what becomes of its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateForm>,
    /// When it is started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<StartForm>,
    /// The words that it writes when it is ready for records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<String>,
    /// The columns in which a row's window begins and ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub window: Vec<String>,
}

/// Says what becomes of the state of a job from which another takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StateForm {
    /// Both share a folder.
    Carried,
    /// Each has an empty folder of its own.
    Lost,
}

/// The columns of windows in the answers of the catalogue's problems.
const WINDOW: [&str; 2] = ["window_start_ms", "window_end_ms"];

impl HandOverSection {
    /// Returns what it says, once its values have been found to be possible. `start`: when the version itself is started.
    pub(super) fn read(
        &self,
        section: &str,
        start: Option<StartForm>,
        beside: &Beside<'_>,
    ) -> Result<HandOver, Error> {
        let wrong = |what: String, hint: &str| Error::usage(format!("{section}{what}")).with_hint(hint);
        let command =
            self.from.clone().filter(|command| command.first().is_some_and(|word| !word.is_empty()));
        let command = command.filter(|command| command.iter().all(|word| !word.contains('\0')));
        let Some(command) = command else {
            return Err(wrong(".from: names no program".to_owned(), "from = [\"program\", \"argument\"]"));
        };
        let at = match self.at {
            Some(Span::Records(at)) => at,
            Some(Span::Share(share)) => (share * beside.records as f64).round() as u64,
            Some(Span::Time(_)) | None => {
                let hint = "at = \"1000 records\", or \"50%\" of them";
                return Err(wrong(".at: says not after how many records".to_owned(), hint));
            }
        };
        let records = beside.records;
        if !(1..=records).contains(&at) {
            let hint = "either side of a hand-over is sent records: leave handover out where there is nothing before it";
            return Err(wrong(format!(".at: {at} of {records} records; it is from 1 to {records}"), hint));
        }
        if at == records && beside.close.is_empty() {
            let hint = "close = [\"…\"] gives it some, or an earlier hand-over";
            return Err(wrong(format!(".at: behind all {records} records the version is sent none"), hint));
        }
        if ![0, 2].contains(&self.window.len()) {
            let hint = "window = [\"window_start_ms\", \"window_end_ms\"]";
            return Err(wrong(
                ".window: names the two columns in which a window begins and ends".to_owned(),
                hint,
            ));
        }
        Ok(HandOver {
            command,
            at,
            carries_state: self.state != Some(StateForm::Lost),
            is_bounded: is_bounded(section, self.start.or(start), self.ready.as_ref())?,
            ready: self.ready.clone(),
        })
    }

    /// Returns the columns of a row's window, and whether the experiment names them.
    pub(crate) fn window(&self) -> ([&str; 2], bool) {
        match &self.window[..] {
            [start, end] => ([start, end], true),
            _ => (WINDOW, false),
        }
    }
}
