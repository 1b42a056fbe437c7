//! What a crash may do to an answer, and in which order a checkpoint is taken for that.

use std::{fmt, str::FromStr};

/// A delivery guarantee: what holds of each record's effect, and of each row that is delivered, whatever crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarantee {
    /// Nothing counts twice: the position is committed before the records are worked off, so a crash loses them.
    AtMostOnce,
    /// Nothing is lost: the position is committed last, so a crash in between has records count twice.
    AtLeastOnce,
    /// Neither: state, position and output are committed in one step.
    ExactlyOnce,
}

/// Where rows are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// To a file: appended, or under exactly-once written at a committed position.
    File,
    /// To a table in the store, epoch by epoch: under exactly-once in the transaction of state and position.
    Store,
}

impl Sink {
    /// All, with the names by which users know them.
    pub const NAMES: [(&'static str, Self); 2] = [("file", Self::File), ("store", Self::Store)];
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
}

impl Guarantee {
    /// All, with the names by which users know them.
    pub const NAMES: [(&'static str, Self); 3] = [
        ("at-most-once", Self::AtMostOnce),
        ("at-least-once", Self::AtLeastOnce),
        ("exactly-once", Self::ExactlyOnce),
    ];

    /// The steps of a checkpoint, in their order.
    pub fn steps(self) -> &'static [Step] {
        match self {
            Self::AtLeastOnce => {
                &[Step::Before, Step::Output, Step::Within, Step::State, Step::Offset, Step::After]
            }
            // At most once, the position was committed when the records were taken on; exactly once, it is with the state.
            Self::AtMostOnce | Self::ExactlyOnce => {
                &[Step::Before, Step::Within, Step::State, Step::Output, Step::After]
            }
        }
    }
}

/// The name of `value` in `names`.
fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, named)| named == value).map_or("", |(name, _)| name)
}

/// What `text` names in `names`.
fn named<T: Copy>(what: &str, names: &[(&'static str, T)], text: &str) -> Result<T, String> {
    names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        format!("'{text}' is no {what}, known are {}", known.join(", "))
    })
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::NAMES, self))
    }
}

impl FromStr for Guarantee {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        named("guarantee", &Self::NAMES, text)
    }
}

impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::NAMES, self))
    }
}

impl FromStr for Sink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        named("sink", &Self::NAMES, text)
    }
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
        for (name, guarantee) in Guarantee::NAMES {
            assert_eq!((name.parse(), guarantee.to_string().as_str()), (Ok(guarantee), name));
        }
        for (name, sink) in Sink::NAMES {
            assert_eq!((name.parse(), sink.to_string().as_str()), (Ok(sink), name));
        }
        for (name, step) in Step::NAMES {
            assert_eq!((name.parse(), step.to_string().as_str()), (Ok(step), name));
        }
        let known = "known are at-most-once, at-least-once, exactly-once";
        assert_eq!("once".parse::<Guarantee>(), Err(format!("'once' is no guarantee, {known}")));
    }

    #[test]
    fn the_position_goes_last_where_nothing_may_be_lost() {
        let place = |guarantee: Guarantee, step| guarantee.steps().iter().position(|&s| s == step);
        assert!(place(Guarantee::AtLeastOnce, Step::Offset) > place(Guarantee::AtLeastOnce, Step::State));
        assert_eq!(place(Guarantee::AtMostOnce, Step::Offset), None);
        assert_eq!(place(Guarantee::ExactlyOnce, Step::Offset), None);
    }
}
