//! Lines over recorded time: how many rows were wrong, how far behind a job was, how old a view.

use compare::{
    Wrongness, WrongnessPoint,
    architecture::{Architectures, KappaResult, LambdaResult},
};
use maud::{Markup, html};

use super::{Moment, Panel, Span};
use crate::architectures::{Clock, length, moment};
use crate::figures::canvas::{Canvas, Drawn, Ink, Line, Sample};
use crate::figures::ticks::round_ticks;
use crate::format::{NS_PER_MS, axis_count, chosen_duration, count, counted};

/// Of the usual height.
const HEIGHT: i32 = 48;

pub(super) fn kappa_error(kappa: &KappaResult, clock: &Clock, span: &Span, moments: &[Moment]) -> Markup {
    let bug = kappa.healing.map(|healing| [healing.from, healing.to].map(|at| clock.at(at)));
    let lines = Lines { names: ("kappa-error", "Kappa: rows missing or wrong"), moments, bug };
    html! { @if let Some(served) = &kappa.served { (error(served, &lines, span)) } }
}

pub(super) fn lambda_error(lambda: &LambdaResult, clock: &Clock, span: &Span) -> Markup {
    let bug = lambda.healing.map(|healing| [healing.from, healing.to].map(|at| clock.at(at)));
    let lines = Lines { names: ("lambda-error", "Lambda: rows missing or wrong"), moments: &[], bug };
    html! { @if let Some(served) = &lambda.served { (error(served, &lines, span)) } }
}

/// Holds how a panel of the error is called, in the page and above it, and its upright lines.
struct Lines<'a> {
    names: (&'static str, &'static str),
    moments: &'a [Moment],
    /// When the records came that a planted bug lost.
    bug: Option<[f64; 2]>,
}

fn wrong(point: &WrongnessPoint) -> u64 {
    point.missing.saturating_add(point.changed).saturating_add(point.extra)
}

/// Wrong rows, the part of them that stays wrong, and those that are claimed to be complete.
fn error(served: &Wrongness, lines: &Lines<'_>, span: &Span) -> Markup {
    let Lines { names: (id, heading), moments, bug } = *lines;
    let points = &served.points;
    let Some(last) = points.last() else { return html! {} };
    let line =
        |of: fn(&WrongnessPoint) -> u64| levelled(points.iter().map(|point| (point.time_ms, of(point))));
    let (all, for_good, claimed) = (line(wrong), line(|point| point.for_good), line(|point| point.claimed));
    let most = points.iter().map(wrong).max().unwrap_or(0);
    let title = format!("{heading}, over recorded time");
    let says = format!(
        "{} at most, {} at the end, of which {} wrong for good and {} claimed complete.",
        counted(most, "rows"),
        count(wrong(last)),
        count(last.for_good),
        count(last.claimed)
    );
    let part = points.iter().map(|point| point.claimed.max(point.for_good)).max().unwrap_or(0);
    let high = most.max(part).max(1) as f64;
    let panel = Panel { id, title, says, heading, high, top: high, height: HEIGHT, moments };
    let tips = points.iter().map(|point| {
        let said = [wrong(point), point.for_good, point.claimed].map(count);
        ((point.time_ms as f64, wrong(point) as f64), at(point.time_ms, said))
    });
    let names = ["rows missing or wrong", "wrong for good", "claimed complete"];
    panel.draw_told(span, (&names, tips.collect()), |canvas| {
        levels(canvas, panel.high, axis_count)?;
        canvas.area(Ink::Dim, &all, &ground(&all))?;
        canvas.area(Ink::Bad, &for_good, &ground(&for_good))?;
        canvas.stroke(Ink::Dim, &all)?;
        canvas.stroke(Ink::Bad, &for_good)?;
        canvas.stroke(Ink::Text, &claimed)?;
        for at in bug.into_iter().flatten() {
            canvas.moment(Ink::Bad, at, high)?;
        }
        canvas.told(&[
            (Sample::Pale(Ink::Dim), "all".to_owned()),
            (Sample::Pale(Ink::Bad), "wrong for good".to_owned()),
            (Sample::Line(Ink::Text), "claimed complete".to_owned()),
        ])
    })
}

/// Returns the time of a moment before what is told of it.
fn at<const LINES: usize>(time_ms: i64, said: [String; LINES]) -> Vec<String> {
    std::iter::once(moment(time_ms)).chain(said).collect()
}

/// Values over time as a line, without the points that lie level between two of the same height.
fn levelled(values: impl Iterator<Item = (i64, u64)>) -> Line {
    let mut kept: Vec<(i64, u64)> = Vec::new();
    for point in values {
        if let [.., one, two] = kept[..]
            && [one.1, two.1] == [point.1; 2]
        {
            kept.pop();
        }
        kept.push(point);
    }
    kept.into_iter().map(|(time, value)| (time as f64, value as f64)).collect()
}

/// The line's two ends at 0.
fn ground(line: &[(f64, f64)]) -> Line {
    line.first().into_iter().chain(line.last()).map(|&(x, _)| (x, 0.0)).collect()
}

/// Level lines with their labels up to the greatest value.
fn levels(canvas: &Canvas<'_>, high: f64, label: impl Fn(f64) -> String) -> Drawn {
    for y in round_ticks(0.0, high, 3).values.into_iter().filter(|y| y.fract() == 0.0) {
        canvas.level(y, &label(y))?;
    }
    Ok(())
}

/// How far the candidate was behind.
pub(super) fn lag(kappa: &KappaResult, span: &Span, moments: &[Moment]) -> Markup {
    let points = &kappa.lag;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return html! {} };
    let most = points.iter().map(|point| point.lag).max().unwrap_or(0);
    let title = "How far the candidate was behind the log, over recorded time".to_owned();
    let says = format!(
        "{} when it was started, {} at most, {} at last.",
        counted(first.lag, "records"),
        count(most),
        count(last.lag)
    );
    let line: Line = points.iter().map(|point| (point.time_ms as f64, point.lag as f64)).collect();
    let panel = Panel {
        id: "kappa-lag",
        title,
        says,
        heading: "Kappa: records that the candidate has yet to read",
        high: most.max(1) as f64,
        top: most.max(1) as f64,
        height: HEIGHT - 8,
        moments,
    };
    let tips = points
        .iter()
        .map(|point| ((point.time_ms as f64, point.lag as f64), at(point.time_ms, [count(point.lag)])));
    panel.draw_told(span, (&["records behind"], tips.collect()), |canvas| {
        levels(canvas, panel.high, axis_count)?;
        canvas.stroke(Ink::Candidate, &line)
    })
}

/// How old the batch view is that is served, in records.
pub(super) fn age(lambda: &LambdaResult, clock: &Clock, span: &Span) -> Markup {
    let views = &lambda.views;
    if views.is_empty() {
        return html! {};
    }
    let end = clock.last();
    let mut line: Line = Vec::new();
    for (index, view) in views.iter().enumerate() {
        let until = views.get(index + 1).map_or(end, |next| next.served_at);
        for records in [view.served_at, until] {
            line.push((clock.at(records), records.saturating_sub(view.boundary) as f64));
        }
    }
    let high = line.iter().map(|point| point.1).fold(1.0, f64::max);
    let title = "The age of the batch view under Lambda, over recorded time".to_owned();
    let says = format!(
        "{} at the median, {} at most.",
        counted(lambda.age_records[0], "records"),
        count(lambda.age_records[2])
    );
    let heading = "Lambda: records since the view\u{2019}s boundary";
    let panel =
        Panel { id: "lambda-age", title, says, heading, high, top: high, height: HEIGHT - 8, moments: &[] };
    let tips = line.iter().map(|&(time, age)| ((time, age), at(time as i64, [count(age as u64)])));
    panel.draw_told(span, (&["records since the boundary"], tips.collect()), |canvas| {
        levels(canvas, panel.high, axis_count)?;
        canvas.stroke(Ink::Text, &line)
    })
}

/// How far the served watermark was behind, of both.
pub(super) fn staleness(run: &Architectures, span: &Span) -> Markup {
    let of = |served: Option<&Wrongness>| -> Line {
        let points = served.into_iter().flat_map(|served| &served.points);
        levelled(points.filter_map(|point| Some((point.time_ms, point.staleness_ms?))))
    };
    let kappa = of(run.kappa.as_ref().and_then(|kappa| kappa.served.as_ref()));
    let lambda = of(run.lambda.as_ref().and_then(|lambda| lambda.served.as_ref()));
    let most = kappa.iter().chain(&lambda).map(|point| point.1).fold(1.0, f64::max);
    if kappa.is_empty() && lambda.is_empty() {
        return html! {};
    }
    let title = "How far the served watermark was behind the newest event time".to_owned();
    let says = format!("At most {}, over recorded time.", length(most as u64));
    let heading = "Staleness of what is served";
    let panel = Panel {
        id: "staleness",
        title,
        says,
        heading,
        high: most,
        top: most,
        height: HEIGHT - 8,
        moments: &[],
    };
    let of_both = [("Kappa", &kappa), ("Lambda", &lambda)].into_iter().flat_map(|(name, line)| {
        line.iter().map(move |&(time, behind)| {
            ((time, behind), at(time as i64, [format!("{name}: {} behind", length(behind as u64))]))
        })
    });
    panel.draw_told(span, (&[], of_both.collect()), |canvas| {
        levels(
            canvas,
            panel.high,
            |y| {
                if y == 0.0 { "0".to_owned() } else { chosen_duration(y * NS_PER_MS) }
            },
        )?;
        let mut told = Vec::new();
        for (name, line, ink) in [("Kappa", &kappa, Ink::Text), ("Lambda", &lambda, Ink::Dim)] {
            if !line.is_empty() {
                canvas.stroke(ink, line)?;
                told.push((Sample::Line(ink), name.to_owned()));
            }
        }
        canvas.told(&told)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_point_that_lies_level_between_two_others() {
        let line = levelled([(0, 2), (5, 2), (7, 2), (9, 4), (12, 4), (13, 4)].into_iter());
        assert_eq!(line, [(0.0, 2.0), (7.0, 2.0), (9.0, 4.0), (13.0, 4.0)]);
        assert_eq!(levelled([(3, 1)].into_iter()), [(3.0, 1.0)]);
    }
}
