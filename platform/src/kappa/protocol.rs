//! The steps of an upgrade, and the one record that says at which it stands.
//!
//! The record is kept in the serving store and replaced in one atomic write, together with what is served where a step
//! changes that: before *committed* every crash ends with the old version serving, after it with the new one. Nothing of
//! an attempt that was given up is used again: the next one has a number of its own.

use serde::{Deserialize, Serialize};

/// A step of an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// Nothing is under way.
    Idle,
    /// A candidate is being made.
    Starting,
    /// It reads what stable has read before.
    CatchingUp,
    /// It runs beside stable.
    Probation,
    /// A verdict has been given that lets it pass.
    Judged,
    /// The switch is about to be made.
    Committing,
    /// The candidate serves; stable goes on in the shadow.
    Committed,
    /// The candidate serves, and stable is gone.
    Retired,
    /// Stable serves again, and the candidate is gone.
    RolledBack,
    /// The candidate was given up.
    Dropped,
}

/// Describes what the serving store knows of the upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    pub(crate) state: State,
    /// Counts the attempts, from 1; 0 before the first.
    pub(crate) attempt: u32,
    /// The hash of job, settings, data and start that a verdict must belong to.
    pub(crate) revision: String,
    /// Stable's key space.
    pub(crate) stable: u32,
    /// The candidate's, once it has one.
    pub(crate) candidate: Option<u32>,
    /// Records that the log held when the candidate was started.
    pub(crate) started_at: Option<u64>,
    /// Records that it held at the switch.
    pub(crate) switched_at: Option<u64>,
    /// The hash of the verdict that the switch rests on.
    pub(crate) verdict: Option<String>,
    /// The attempt ended with its process, not by a verdict, so another is to follow.
    pub(crate) begins_again: bool,
    /// The attempt was given up with nothing shown of the candidate, neither good nor bad.
    pub(crate) is_undecided: bool,
}

/// Why a step may not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Another upgrade is under way.
    #[error("an upgrade is {}, so another can't be started: wait for it, or drop it", .0.name())]
    UnderWay(State),
    /// The step doesn't follow.
    #[error("an upgrade that is {} can't become {}", .0.name(), .1.name())]
    OutOfOrder(State, State),
    /// The verdict is of something else.
    #[error("the verdict belongs to revision {found} and this is {own}: it doesn't count")]
    Foreign { found: String, own: String },
}

impl State {
    /// Returns its name, as the report has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Starting => "starting",
            Self::CatchingUp => "catching-up",
            Self::Probation => "probation",
            Self::Judged => "judged",
            Self::Committing => "committing",
            Self::Committed => "committed",
            Self::Retired => "retired",
            Self::RolledBack => "rolled-back",
            Self::Dropped => "dropped",
        }
    }

    /// Returns whether a candidate is there that doesn't serve.
    pub(crate) fn is_under_way(self) -> bool {
        matches!(self, Self::Starting | Self::CatchingUp | Self::Probation | Self::Judged | Self::Committing)
    }

    /// Returns whether the candidate serves.
    pub(crate) fn has_switched(self) -> bool {
        matches!(self, Self::Committed | Self::Retired)
    }

    fn leads_to(self, next: Self) -> bool {
        match (self, next) {
            (Self::Idle | Self::Dropped, Self::Starting)
            | (Self::Starting, Self::CatchingUp)
            | (Self::CatchingUp, Self::Probation)
            | (Self::Probation, Self::Judged)
            | (Self::Judged, Self::Committing)
            | (Self::Committing, Self::Committed)
            | (Self::Committed, Self::Retired | Self::RolledBack) => true,
            (from, Self::Dropped) => from.is_under_way(),
            _ => false,
        }
    }
}

impl Control {
    /// Before the first upgrade: stable serves from its key space.
    pub(crate) fn first(stable: u32) -> Self {
        Self {
            state: State::Idle,
            attempt: 0,
            revision: String::new(),
            stable,
            candidate: None,
            started_at: None,
            switched_at: None,
            verdict: None,
            begins_again: false,
            is_undecided: false,
        }
    }

    /// An attempt that begins when the log holds so many records. Nothing of an older one is in it.
    pub(crate) fn begin(&self, revision: String, candidate: u32, started_at: u64) -> Result<Self, Refusal> {
        if !self.state.leads_to(State::Starting) {
            return Err(Refusal::UnderWay(self.state));
        }
        Ok(Self {
            state: State::Starting,
            attempt: self.attempt + 1,
            revision,
            candidate: Some(candidate),
            started_at: Some(started_at),
            switched_at: None,
            verdict: None,
            begins_again: false,
            is_undecided: false,
            stable: self.stable,
        })
    }

    /// The next step.
    pub(crate) fn step(&self, next: State) -> Result<Self, Refusal> {
        if !self.state.leads_to(next) || next == State::Starting {
            return Err(Refusal::OutOfOrder(self.state, next));
        }
        Ok(Self { state: next, ..self.clone() })
    }

    /// Describes what is left of an attempt whose process died.
    pub(crate) fn cut_off(&self) -> Result<Self, Refusal> {
        Ok(Self { begins_again: true, ..self.step(State::Dropped)? })
    }

    /// Returns the end of an attempt that was given up.
    pub(crate) fn given_up(&self, is_undecided: bool) -> Result<Self, Refusal> {
        Ok(Self { is_undecided, ..self.step(State::Dropped)? })
    }

    /// The step that a verdict of this revision allows.
    pub(crate) fn judged(&self, revision: &str, verdict: String) -> Result<Self, Refusal> {
        if revision != self.revision {
            return Err(Refusal::Foreign { found: revision.to_owned(), own: self.revision.clone() });
        }
        Ok(Self { verdict: Some(verdict), ..self.step(State::Judged)? })
    }

    /// The switch, when the log holds so many records: what makes the candidate serve.
    pub(crate) fn committed(&self, switched_at: u64) -> Result<Self, Refusal> {
        Ok(Self { switched_at: Some(switched_at), ..self.step(State::Committed)? })
    }

    /// Returns it as the store keeps it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain texts and numbers are JSON")
    }

    /// Reads what the store keeps.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes)
            .map_err(|error| format!("the record of the upgrade doesn't read: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [State; 10] = [
        State::Idle,
        State::Starting,
        State::CatchingUp,
        State::Probation,
        State::Judged,
        State::Committing,
        State::Committed,
        State::Retired,
        State::RolledBack,
        State::Dropped,
    ];

    fn at(state: State) -> Control {
        Control { state, revision: "r".to_owned(), ..Control::first(1) }
    }

    #[test]
    fn a_candidate_is_dropped_only_before_it_serves() {
        for state in ALL {
            assert_eq!(at(state).step(State::Dropped).is_ok(), state.is_under_way(), "{state:?}");
        }
    }

    #[test]
    fn one_upgrade_at_a_time() {
        for state in ALL {
            let begun = at(state).begin("s".to_owned(), 2, 7);
            assert_eq!(begun.is_ok(), matches!(state, State::Idle | State::Dropped), "{state:?}");
        }
        let refused = at(State::Probation).begin("s".to_owned(), 2, 7).expect_err("one is under way");
        assert!(refused.to_string().starts_with("an upgrade is probation, so another can't be started"));
    }

    #[test]
    fn nothing_of_an_older_attempt_is_left() {
        let old = Control {
            attempt: 4,
            candidate: Some(9),
            started_at: Some(1),
            switched_at: Some(2),
            verdict: Some("v".to_owned()),
            ..at(State::Dropped)
        };
        let new = old.begin("s".to_owned(), 10, 77).expect("the old one was dropped");
        assert_eq!((new.attempt, new.candidate, new.started_at), (5, Some(10), Some(77)));
        assert_eq!((new.switched_at, new.verdict, new.revision.as_str()), (None, None, "s"));
    }

    #[test]
    fn a_verdict_counts_for_its_revision_alone() {
        let probation = at(State::Probation);
        assert!(matches!(probation.judged("other", "v".to_owned()), Err(Refusal::Foreign { .. })));
        let judged = probation.judged("r", "v".to_owned()).expect("its own");
        assert_eq!((judged.state, judged.verdict.as_deref()), (State::Judged, Some("v")));
        // No switch without a verdict.
        assert!(probation.committed(5).is_err());
        assert!(at(State::Judged).committed(5).is_err(), "it is announced first");
    }

    #[test]
    fn the_record_reads_back() {
        for state in ALL {
            assert_eq!(Control::from_bytes(&at(state).to_bytes()), Ok(at(state)));
        }
        assert!(Control::from_bytes(b"{}").is_err());
    }
}
