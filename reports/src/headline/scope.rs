//! Describes what the verdict is about, in words: `on accuracy; speed not judged`.

use compare::{Judged, Outcome};

use super::outcome_word;

/// The aspects that decided, then those that came out otherwise, then those that nothing judged.
///
/// Empty where nothing was judged at all, or where no check has the outcome that the run is marked with.
pub(super) fn scope(outcome: Outcome, judged: Judged) -> String {
    let of = |wanted: Outcome| names(judged, |found| found == Some(wanted));
    let decided = of(outcome);
    if decided.is_empty() {
        return String::new();
    }
    let others = [Outcome::Invalid, Outcome::Fail, Outcome::Inconclusive, Outcome::Pass];
    let others = others.into_iter().filter(|other| *other != outcome).filter_map(|other| {
        let names = of(other);
        (!names.is_empty()).then(|| format!("{} {}", list(&names), is(other, names.len())))
    });
    let open = names(judged, |found| found.is_none());
    let open = (!open.is_empty()).then(|| format!("{} not judged", list(&open)));
    let parts = [format!("on {}", list(&decided))].into_iter().chain(others).chain(open);
    parts.collect::<Vec<_>>().join("; ")
}

fn names(judged: Judged, has: impl Fn(Option<Outcome>) -> bool) -> Vec<&'static str> {
    judged.aspects().filter(|(_, outcome)| has(*outcome)).map(|(name, _)| name).collect()
}

/// `accuracy`, `accuracy and speed`, `accuracy, recovery and speed`.
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn is(outcome: Outcome, aspects: usize) -> String {
    match (outcome, aspects) {
        (Outcome::Pass, 1) => "passes".to_owned(),
        (Outcome::Fail, 1) => "fails".to_owned(),
        (Outcome::Pass | Outcome::Fail | Outcome::Inconclusive | Outcome::Invalid, _) => {
            outcome_word(outcome).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_judged_and_what_was_not() {
        use Outcome::{Fail, Inconclusive, Invalid, Pass};
        let none = Judged::default();
        let both = |accuracy, speed| Judged { accuracy: Some(accuracy), speed: Some(speed), ..none };
        let all = Judged { recovery: Some(Pass), baseline: Some(Pass), ..both(Pass, Pass) };
        for (outcome, judged, expected) in [
            (Pass, none, ""),
            (Pass, Judged { accuracy: Some(Pass), ..none }, "on accuracy; speed not judged"),
            (Pass, both(Pass, Pass), "on accuracy and speed"),
            (Pass, all, "on accuracy, recovery, baseline and speed"),
            (Fail, both(Pass, Fail), "on speed; accuracy passes"),
            (Fail, both(Fail, Inconclusive), "on accuracy; speed inconclusive"),
            (Fail, Judged { baseline: Some(Fail), ..all }, "on baseline; accuracy, recovery and speed pass"),
            (Inconclusive, both(Pass, Inconclusive), "on speed; accuracy passes"),
            (Invalid, both(Fail, Invalid), "on speed; accuracy fails"),
            (Invalid, Judged { accuracy: Some(Invalid), ..none }, "on accuracy; speed not judged"),
            (Invalid, both(Pass, Pass), ""),
        ] {
            assert_eq!(scope(outcome, judged), expected);
        }
    }
}
