//! Describes what a run's verdict is about: which aspects were judged, and with which outcome.

use serde::{Deserialize, Serialize};

use crate::{Check, Outcome, Verdict};

/// The outcome of each aspect, by its checks; nothing where no check was about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Costs, rows and records against the reference and against stable.
    pub accuracy: Option<Outcome>,
    /// Holds what a guarantee promises of crashes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Outcome>,
    /// Says whether the candidate takes over from stable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<Outcome>,
    /// Says whether the results are those of the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Outcome>,
    /// The most memory that an attached job held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Outcome>,
    /// Time a record, or latency.
    pub speed: Option<Outcome>,
}

impl Judged {
    /// Returns what the checks of both verdicts are about.
    pub fn of(accuracy: &Verdict, latency: &Verdict) -> Self {
        let worst = |checks: &[Check], is_about: fn(&Check) -> bool| {
            checks.iter().filter(|check| is_about(check)).map(|check| check.outcome).max()
        };
        let of_results = |is_about| worst(&accuracy.checks, is_about);
        Self {
            accuracy: of_results(|check| {
                !matches!(check.name.as_str(), "guarantee" | "upgrade" | "baseline")
            }),
            recovery: of_results(|check| check.name == "guarantee"),
            upgrade: of_results(|check| check.name == "upgrade"),
            baseline: of_results(|check| check.name == "baseline"),
            memory: worst(&latency.checks, is_of_memory),
            // A feeder that kept its schedule says nothing yet of the jobs.
            speed: worst(&latency.checks, |check| {
                !is_of_memory(check) && (check.name != "feeder" || check.outcome != Outcome::Pass)
            }),
        }
    }

    /// The aspects by their names; accuracy and speed are expected of every verdict, the others where they were asked for.
    pub fn aspects(self) -> impl Iterator<Item = (&'static str, Option<Outcome>)> {
        let Self { accuracy, recovery, upgrade, baseline, memory, speed } = self;
        let all = [
            ("accuracy", accuracy),
            ("recovery", recovery),
            ("upgrade", upgrade),
            ("baseline", baseline),
            ("memory", memory),
            ("speed", speed),
        ];
        all.into_iter().filter(|(name, outcome)| outcome.is_some() || matches!(*name, "accuracy" | "speed"))
    }
}

fn is_of_memory(check: &Check) -> bool {
    check.name.starts_with("peak_memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Unit,
        verdict::{Held, check},
    };

    fn verdict(checks: &[(&str, Outcome)]) -> Verdict {
        let check = |&(name, outcome): &(&str, Outcome)| {
            check(name, Held { unit: Unit::Rows, limit: 0.0, value: 0.0 }, outcome, String::new())
        };
        Verdict::of(checks.iter().map(check).collect(), Vec::new())
    }

    #[test]
    fn each_aspect_has_the_worst_outcome_of_its_own_checks() {
        use Outcome::{Fail, Inconclusive, Invalid, Pass};
        let of = |accuracy: &[(&str, Outcome)], latency: &[(&str, Outcome)]| {
            Judged::of(&verdict(accuracy), &verdict(latency))
        };
        let none = Judged::default();
        assert_eq!(of(&[], &[]), none);
        assert_eq!(of(&[("divergence", Pass)], &[("feeder", Pass)]), Judged { accuracy: Some(Pass), ..none });
        assert_eq!(
            of(
                &[
                    ("divergence", Pass),
                    ("late", Fail),
                    ("guarantee", Pass),
                    ("upgrade", Fail),
                    ("baseline", Inconclusive)
                ],
                &[("feeder", Pass), ("latency_p99", Pass)]
            ),
            Judged {
                accuracy: Some(Fail),
                recovery: Some(Pass),
                upgrade: Some(Fail),
                baseline: Some(Inconclusive),
                memory: None,
                speed: Some(Pass)
            }
        );
        assert_eq!(of(&[], &[("feeder", Invalid)]).speed, Some(Invalid));
        assert_eq!(of(&[], &[("peak_memory", Pass)]), Judged { memory: Some(Pass), ..none });
        let names = |judged: Judged| judged.aspects().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(none), ["accuracy", "speed"]);
        assert_eq!(names(Judged { recovery: Some(Pass), ..none }), ["accuracy", "recovery", "speed"]);
    }
}
