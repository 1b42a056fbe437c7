//! The steps of a checkpoint, in the order that each guarantee asks for, and where rows are delivered.

use std::{fmt, str::FromStr};

use datasets::Guarantee;

/// Where rows are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deliver {
    /// To the output: a file, appended to, or under exactly-once written at a committed position; or a sink elsewhere.
    ToOutput,
    /// To a table in the store, epoch by epoch: under exactly-once in the transaction of state and position.
    ToStore,
}

/// A moment of a checkpoint at which something can strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The records are worked off, nothing is written.
    Before,
    /// In the middle of the store's commit of the state.
    Within,
    /// The state is committed. Under exactly-once the position and the rows with it.
    State,
    /// The rows are delivered.
    Output,
    /// The position is committed, where that is a step of its own.
    Offset,
    /// Everything is done.
    After,
}

impl Step {
    /// All, with the names by which users know them.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("before", Self::Before),
        ("within", Self::Within),
        ("state", Self::State),
        ("output", Self::Output),
        ("offset", Self::Offset),
        ("after", Self::After),
    ];

    /// Returns the steps of a checkpoint under `guarantee`, in their order: the order is what keeps it.
    pub fn of(guarantee: Guarantee) -> &'static [Self] {
        match guarantee {
            Guarantee::AtLeastOnce => {
                &[Self::Before, Self::Output, Self::Within, Self::State, Self::Offset, Self::After]
            }
            // At most once, the position was committed when the records were taken on; exactly once, it is with the state.
            Guarantee::AtMostOnce | Guarantee::ExactlyOnce => {
                &[Self::Before, Self::Within, Self::State, Self::Output, Self::After]
            }
        }
    }
}

/// The name of `value` in `names`.
fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, named)| named == value).map_or("", |(name, _)| name)
}

/// Returns what `text` names in `names`.
fn named<T: Copy>(what: &str, names: &[(&'static str, T)], text: &str) -> Result<T, String> {
    names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        format!("unknown {what} '{text}', expected one of: {}", known.join(", "))
    })
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::NAMES, self))
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        named("step of a checkpoint", &Self::NAMES, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for (name, step) in Step::NAMES {
            assert_eq!((name.parse(), step.to_string().as_str()), (Ok(step), name));
        }
        assert_eq!(
            "later".parse::<Step>(),
            Err("unknown step of a checkpoint 'later', expected one of: before, within, state, output, offset, after"
                .to_owned())
        );
    }

    #[test]
    fn the_position_goes_last_where_nothing_may_be_lost() {
        let place = |guarantee: Guarantee, step| Step::of(guarantee).iter().position(|&s| s == step);
        assert!(place(Guarantee::AtLeastOnce, Step::Offset) > place(Guarantee::AtLeastOnce, Step::State));
        assert_eq!(place(Guarantee::AtMostOnce, Step::Offset), None);
        assert_eq!(place(Guarantee::ExactlyOnce, Step::Offset), None);
    }
}
