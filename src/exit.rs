//! The exit code of each way to end: the one table that scripts rely on.

use compare::Outcome;
use datasets::ErrorKind;
use platform::Error;

/// A bug of ours or a failure of the machine.
pub(crate) const SYSTEM: u8 = 1;
/// Wrong use of the command line or of the experiment file.
pub(crate) const USAGE: u8 = 2;
/// The gate failed: the candidate is worse than allowed.
pub(crate) const FAIL: u8 = 3;
/// Bad or changed input.
pub(crate) const INPUT: u8 = 4;
/// The gate could not tell.
pub(crate) const INCONCLUSIVE: u8 = 5;
/// The reference, the self-test or the load generator can't be trusted.
pub(crate) const INVALID: u8 = 6;
/// Stopped by Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;
/// Told to end by SIGTERM.
pub(crate) const TERMINATED: u8 = 143;

/// The exit code of a command that ended early.
pub(crate) fn code(error: &Error) -> u8 {
    match error {
        Error::Usage { .. } | Error::Experiment(_) | Error::TargetExists(_) => USAGE,
        Error::Input { .. } => INPUT,
        Error::Dataset(error) => match error.kind() {
            ErrorKind::Input => INPUT,
            ErrorKind::Usage | ErrorKind::TargetExists => USAGE,
            ErrorKind::System => SYSTEM,
            ErrorKind::Interrupted => INTERRUPTED,
        },
        Error::System { .. } | Error::Crashed(_) | Error::Bug => SYSTEM,
        Error::Invalid(_) => INVALID,
        Error::Stopped(_) | Error::Unfinished(_) | Error::Interrupted => INTERRUPTED,
    }
}

/// The exit code that says what a gate concluded.
pub(crate) fn of_outcome(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Pass => 0,
        Outcome::Inconclusive => INCONCLUSIVE,
        Outcome::Fail => FAIL,
        Outcome::Invalid => INVALID,
    }
}

/// The codes of experiments, the worst first: what kept one from being judged at all, from the machine over the way it was
/// used to what it was given, and then the verdicts.
const WORST_FIRST: [u8; 7] = [SYSTEM, USAGE, INPUT, INVALID, FAIL, INCONCLUSIVE, 0];

/// The exit code of several experiments: the worst of theirs, 0 if there are none.
pub(crate) fn worst(codes: impl IntoIterator<Item = u8>) -> u8 {
    let rank = |code: &u8| WORST_FIRST.iter().position(|known| known == code).unwrap_or_default();
    codes.into_iter().min_by_key(rank).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn exit_codes_are_pinned() {
        let system = || io::Error::other("disk full");
        assert_eq!(code(&Error::System { action: "write", path: "x".into(), cause: system() }), 1);
        assert_eq!(code(&Error::Bug), 1);
        assert_eq!(code(&Error::Crashed("x".to_owned())), 1);
        assert_eq!(code(&Error::usage("x")), 2);
        assert_eq!(code(&Error::TargetExists("x".into())), 2);
        assert_eq!(code(&Error::input("x")), 4);
        assert_eq!(code(&Error::Interrupted), 130);
        let codes = [Outcome::Pass, Outcome::Fail, Outcome::Inconclusive, Outcome::Invalid].map(of_outcome);
        assert_eq!(codes, [0, 3, 5, 6]);
        assert_eq!(INPUT, platform::latency::BAD_INPUT);
        assert_eq!(code(&Error::Unfinished("x".into())), 130);
    }

    #[test]
    fn the_worst_of_several_is_documented() {
        assert_eq!(worst([]), 0);
        assert_eq!(worst([0, 5, 0]), 5);
        assert_eq!(worst([0, 5, 3]), 3);
        assert_eq!(worst([6, 5, 3]), 6);
        assert_eq!(worst([6, 4, 3]), 4);
        assert_eq!(worst([2, 4, 0]), 2);
        assert_eq!(worst([2, 1, 6]), 1);
        let page = include_str!("../docs/suites.md");
        let order = WORST_FIRST.map(|code| code.to_string()).join(", ");
        assert!(page.contains(&format!("the worst first: {order}")), "{order}");
    }
}
