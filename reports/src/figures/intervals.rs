//! Error against work for other intervals between batch views.

use compare::architecture::SweptBoundary;
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, Extent, Fine, Ink, Line, Named, Picture, Room, Tips};
use super::ticks::round_ticks;
use crate::format::{axis_count, count, counted, plain, significant};

/// The picture, or nothing where there is nothing to compare. The points come from the shortest interval to the longest.
pub(crate) fn intervals(points: &[&SweptBoundary], own: u64, recommended: Option<u64>) -> Markup {
    let [first, .., last] = points else { return html! {} };
    let work = points.iter().map(|point| point.recomputed).max().unwrap_or(0).max(1) as f64;
    let error = points.iter().map(|point| point.wrong_row_seconds).filter(|error| error.is_finite());
    let error = error.fold(0.0, f64::max).max(1e-3);
    let says = format!(
        "{} row-seconds with a view every {}, {} with one every {}.",
        significant(first.wrong_row_seconds),
        counted(first.every, "records"),
        significant(last.wrong_row_seconds),
        count(last.every),
    );
    let picture = Picture {
        id: "intervals",
        title: "Error of the served answer by records recomputed",
        says: &says,
        extent: Extent { x: (0.0, work * 1.08), y: (0.0, error * 1.2) },
        height: 90,
        room: Room::POINTS,
    };
    html! {
        figure {
            (picture.draw_told(&tips(points, picture.extent), |canvas| paint(canvas, points, picture.extent, own, recommended)))
            figcaption {
                "Each point is the same run with a view every so many records: to the right what the batch layer would process, \
                 upwards how wrong the served answer would be. Bold is this run\u{2019}s"
                @if recommended.is_some() { "; the blue point is recommended" }
                "."
            }
        }
    }
}

fn tips(points: &[&SweptBoundary], extent: Extent) -> Tips {
    let (across, upwards) = (Fine::across(extent), Fine::upwards(extent));
    Tips::around(
        &["a view every", "records recomputed", "wrong row-seconds"],
        points.iter().map(|point| {
            let (work, error) = (point.recomputed as f64, point.wrong_row_seconds);
            let every = counted(point.every, "records");
            ((work, error), vec![every, across.write(work), upwards.write(error)])
        }),
    )
}

fn paint(
    canvas: &Canvas<'_>,
    points: &[&SweptBoundary],
    extent: Extent,
    own: u64,
    recommended: Option<u64>,
) -> Drawn {
    for y in round_ticks(extent.y.0, extent.y.1, 4).values {
        canvas.level(y, &if y >= 1_000.0 { axis_count(y) } else { plain(y) })?;
    }
    let across = round_ticks(extent.x.0, extent.x.1, canvas.x_ticks()).values;
    canvas.below_all(&across.into_iter().map(|x| (x, axis_count(x))).collect::<Vec<_>>())?;
    canvas.names_of_axes("↑ error, row-seconds", "records recomputed →")?;
    let mut line: Line =
        points.iter().map(|point| (point.recomputed as f64, point.wrong_row_seconds)).collect();
    line.sort_by(|one, other| one.0.total_cmp(&other.0));
    canvas.stroke(Ink::Dim, &line)?;
    let names: Vec<String> = points.iter().map(|point| format!("every {}", count(point.every))).collect();
    let mut named = Vec::new();
    for (point, name) in points.iter().zip(&names) {
        let at = (point.recomputed as f64, point.wrong_row_seconds);
        let ink = if Some(point.every) == recommended { Ink::Candidate } else { Ink::Text };
        canvas.point(ink, at)?;
        named.push(Named { at, name, ink, is_bold: point.every == own });
    }
    canvas.names(&named, &[&line])
}
