//! One value over runs: a dot for each, with its interval.

use compare::Role;
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, Extent, Ink, Picture, Room, Tips};
use super::ticks::round_ticks;
use crate::{RunFigure, TrendPoint};

/// The picture; nothing where there is nothing to connect.
pub(crate) fn over_runs(points: &[TrendPoint], says: &str) -> Markup {
    if points.len() < 2 {
        return html! {};
    }
    let ends = points.iter().flat_map(|point| ends(&point.figure));
    let (low, high) = ends.fold((f64::MAX, f64::MIN), |(low, high), end| (low.min(end), high.max(end)));
    let room = ((high - low) * 0.12).max(high.abs() * 0.01);
    // What counts something is drawn from 0 where that costs no more than half of the height.
    let bottom = if low >= 0.0 && low < high / 2.0 { 0.0 } else { low - room };
    let picture = Picture {
        id: "trend",
        title: "One value over runs",
        says,
        extent: Extent { x: (0.5, points.len() as f64 + 0.5), y: (bottom, high + room) },
        height: 100,
        room: Room::TIME,
    };
    html! {
        figure {
            (picture.draw_told(&tips(points), |canvas| paint(canvas, points, picture.extent)))
            figcaption {
                "A dot is a run, from the first on the left to the last; an upright line is its interval, where the value was estimated. "
                "Runs are the same distance apart, whatever time lies between them."
            }
        }
    }
}

fn tips(points: &[TrendPoint]) -> Tips {
    Tips::around(
        &[],
        (1_u32..).zip(points).map(|(at, point)| {
            let figure = &point.figure;
            let interval = figure.interval_text().map(|interval| format!("interval {interval}"));
            let lines = [point.run.clone(), point.started.clone(), figure.text()];
            ((f64::from(at), figure.value), lines.into_iter().chain(interval).collect())
        }),
    )
}

fn ends(figure: &RunFigure) -> [f64; 2] {
    figure.interval.unwrap_or([figure.value; 2])
}

fn paint(canvas: &Canvas<'_>, points: &[TrendPoint], extent: Extent) -> Drawn {
    let figure = &points[0].figure;
    for y in round_ticks(extent.y.0, extent.y.1, 5).values {
        canvas.level(y, &figure.at_axis(y))?;
    }
    let day = |point: &TrendPoint| point.started.get(..10).unwrap_or_default().to_owned();
    let mut labels: Vec<(f64, String)> = Vec::new();
    for (at, point) in (1_u32..).zip(points) {
        let day = day(point);
        if labels.last().is_none_or(|(_, last)| *last != day) {
            labels.push((f64::from(at), day));
        }
    }
    canvas.below_all(&labels)?;
    let line: Vec<(f64, f64)> =
        (1_u32..).zip(points).map(|(at, point)| (f64::from(at), point.figure.value)).collect();
    canvas.stroke(Ink::Dim, &line)?;
    for (&(at, value), point) in line.iter().zip(points) {
        if let Some([low, high]) = point.figure.interval {
            canvas.line(Role::Candidate, &[(at, low), (at, high)])?;
        }
        canvas.dot(Role::Candidate, (at, value))?;
    }
    Ok(())
}
