//! Who served when, as bars.

use compare::architecture::{KappaResult, LambdaResult, Transition};
use maud::Markup;

use super::{Moment, Panel, Span};
use crate::architectures::Clock;
use crate::figures::canvas::{Ink, Sample};
use crate::format::counted;

/// As many views have their marks.
const MOST_VIEWS: usize = 400;

/// A bar: from when to when, in milliseconds.
type Bar = (f64, f64);

/// Stable above, the candidate below.
pub(super) fn kappa(kappa: &KappaResult, clock: &Clock, span: &Span, moments: &[Moment]) -> Markup {
    let title = "Who served under Kappa over recorded time, and who ran beside it".to_owned();
    let says = format!("The upgrade took {}.", counted(kappa.transitions.len() as u64, "steps"));
    let shadows = shadows(&kappa.transitions, span.end);
    let heading = "Kappa: who serves";
    let panel = Panel { id: "kappa-served", title, says, heading, high: 2.6, top: 2.1, height: 46, moments };
    panel.draw(span, |canvas| {
        let rows = [("stable", Ink::Stable, 2.0), ("candidate", Ink::Candidate, 1.0)];
        for ((name, ink, top), shadows) in rows.into_iter().zip(&shadows) {
            canvas.beside(top - 0.5, name)?;
            for &(from, to) in shadows {
                canvas.block(ink, true, (from, top - 0.15), (to, top - 0.85))?;
            }
            for range in kappa.ledger.iter().filter(|range| range.by == name) {
                let (from, to) = (clock.at(range.from), clock.at(range.to));
                canvas.block(ink, false, (from, top - 0.15), (to, top - 0.85))?;
            }
        }
        canvas.told(&[
            (Sample::Full(Ink::Dim), "serves".to_owned()),
            (Sample::Pale(Ink::Dim), "beside it, unseen".to_owned()),
        ])?;
        canvas.numbers(2.45, &moments.iter().map(|moment| moment.at).collect::<Vec<_>>())
    })
}

/// When stable, and when the candidate, ran without being served from.
fn shadows(steps: &[Transition], end: f64) -> [Vec<Bar>; 2] {
    let mut bars = [Vec::new(), Vec::new()];
    let mut since = [None, None];
    for step in steps {
        let at = step.time_ms as f64;
        let running = match step.to.as_str() {
            "starting" | "catching-up" | "probation" | "judged" | "committing" => [false, true],
            "committed" => [true, false],
            _ => [false, false],
        };
        for ((bars, since), is_running) in bars.iter_mut().zip(&mut since).zip(running) {
            match (*since, is_running) {
                (None, true) => *since = Some(at),
                (Some(from), false) => {
                    bars.push((from, at));
                    *since = None;
                }
                (None, false) | (Some(_), true) => {}
            }
        }
    }
    for (bars, since) in bars.iter_mut().zip(since) {
        bars.extend(since.map(|from| (from, end)));
    }
    bars
}

/// One row: each view from its boundary to where it came to be served.
pub(super) fn lambda(lambda: &LambdaResult, clock: &Clock, span: &Span) -> Markup {
    let title = "The batch views under Lambda over recorded time".to_owned();
    let says = format!(
        "{} came to be served, a boundary every {}.",
        counted(lambda.views.len() as u64, "views"),
        counted(lambda.every, "records"),
    );
    let panel = Panel {
        id: "lambda-views",
        title,
        says,
        heading: "Lambda: batch views",
        high: 1.3,
        top: 1.1,
        height: 34,
        moments: &[],
    };
    panel.draw(span, |canvas| {
        canvas.beside(0.5, "views")?;
        for view in lambda.views.iter().take(MOST_VIEWS) {
            let (from, to) = (clock.at(view.boundary), clock.at(view.served_at));
            canvas.block(Ink::Dim, true, (from, 0.2), (to, 0.9))?;
            canvas.stroke(Ink::Text, &[(to, 0.0), (to, 1.1)])?;
        }
        canvas.told(&[
            (Sample::Pale(Ink::Dim), "is computed".to_owned()),
            (Sample::Mark(Ink::Text), "comes to be served".to_owned()),
        ])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(steps: &[(i64, &str)]) -> Vec<Transition> {
        let step = |&(time_ms, to): &(i64, &str)| Transition {
            records: 0,
            time_ms,
            from: String::new(),
            to: to.to_owned(),
            cause: String::new(),
        };
        steps.iter().map(step).collect()
    }

    #[test]
    fn who_runs_beside_is_the_candidate_before_the_switch_and_stable_after_it() {
        let all =
            [(10, "starting"), (11, "catching-up"), (20, "probation"), (30, "committed"), (40, "retired")];
        assert_eq!(shadows(&steps(&all), 99.0), [vec![(30.0, 40.0)], vec![(10.0, 30.0)]]);
        assert_eq!(shadows(&steps(&all[..4]), 99.0), [vec![(30.0, 99.0)], vec![(10.0, 30.0)]]);
        let dropped = [(10, "starting"), (20, "dropped"), (25, "starting")];
        assert_eq!(shadows(&steps(&dropped), 99.0), [vec![], vec![(10.0, 20.0), (25.0, 99.0)]]);
        let back = [(10, "starting"), (30, "committed"), (35, "rolled-back")];
        assert_eq!(shadows(&steps(&back), 99.0), [vec![(30.0, 35.0)], vec![(10.0, 30.0)]]);
    }
}
