//! Describes how long a record takes: latency at growing percentiles, both axes logarithmic.

use compare::{Basis, Feeder, Figure, Measure, Quantity, Results, Role, Timings};
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, End, Extent, Fine, Line, Picture, Room, Tips};
use crate::format::{chosen_duration, count, duration, percent, plain};
use crate::part::Part;
use crate::speed::sampled;

/// Holds what a logarithmic axis shows in place of nothing.
const SHORTEST_NS: f64 = 0.01;

/// The section, or nothing where there are too few points for a line.
pub(crate) fn latency(results: &Results, timings: &Timings) -> Option<Part> {
    let of = |side: fn(&Quantity) -> Figure| line(timings, side);
    let lines = [of(|quantity| quantity.stable_ns), of(|quantity| quantity.candidate_ns)];
    let drawable = lines.iter().all(|line| line.len() >= 2);
    if !drawable && timings.feeder.is_none() {
        return None;
    }
    let body = html! {
        (warning(results, timings))
        @if drawable { (figure(results, timings, &lines)) }
        @if let Some(feeder) = &timings.feeder { (feeding(feeder)) }
    };
    Some(Part::new("time", heading(timings), body))
}

fn heading(timings: &Timings) -> String {
    match timings.measure {
        Measure::ServiceTimeByChunk => "How long does a record take at full speed?".to_owned(),
        Measure::FromDueTime => {
            format!("How long after it was due is a record decided, at pace {}?", timings.pace)
        }
    }
}

/// Tenfold fewer records lie above each step: 0 is all, 1 the slowest tenth, 2 the slowest hundredth. The line ends
/// where the samples do.
fn line(timings: &Timings, side: fn(&Quantity) -> Figure) -> Line {
    let inside = timings.speed.percentiles().map(|(percentile, quantity)| (percentile, side(quantity).value));
    let inside = inside.filter(|(percentile, ns)| (0.0..100.0).contains(percentile) && ns.is_finite());
    inside
        .map(|(percentile, ns)| (-(1.0 - percentile / 100.0).log10(), ns.max(SHORTEST_NS).log10()))
        .collect()
}

fn figure(results: &Results, timings: &Timings, lines: &[Line; 2]) -> Markup {
    let extent = extent(lines);
    let says = says(results, timings);
    let picture = Picture {
        id: "latency",
        title: "Latency by percentile",
        says: &says,
        extent,
        height: 85,
        room: Room::LINES,
    };
    let tips = tips(results, lines, extent);
    html! {
        figure {
            (picture.draw_told(&tips, |canvas| paint(canvas, results, lines, extent)))
            figcaption { (basis(timings)) (reading(timings.measure)) }
        }
    }
}

fn says(results: &Results, timings: &Timings) -> String {
    let [stable, candidate] = results.jobs();
    let said = ["p50", "p99"].into_iter().filter_map(|metric| {
        let Quantity { stable_ns, candidate_ns, .. } = timings.speed.quantity(metric)?;
        let [mine, theirs] = [candidate_ns, stable_ns].map(|time| duration(time.value));
        Some(format!("{metric} is {theirs} for {stable} and {mine} for {candidate}"))
    });
    said.collect::<Vec<_>>().join(", ") + "."
}

fn tips(results: &Results, lines: &[Line; 2], extent: Extent) -> Tips {
    let (upwards, [stable, candidate]) = (Fine::upwards(extent), results.jobs());
    Tips::across(
        &["", stable, candidate],
        lines[0].iter().zip(&lines[1]).map(|(theirs, mine)| {
            let percentile = format!("{}\u{a0}% of records", plain(100.0 - 100.0 * 10_f64.powf(-mine.0)));
            let said = [theirs, mine].map(|point| upwards.write_power(point.1));
            (*mine, std::iter::once(percentile).chain(said).collect())
        }),
    )
}

/// Returns what the lines rest on.
fn basis(timings: &Timings) -> String {
    let samples = count(timings.speed.samples);
    match timings.speed.basis {
        Basis::Compared => format!(
            "Medians over {samples} replicates: stable\u{2019}s, and these times the ratios of the table above. "
        ),
        Basis::Indicative | Basis::NotStated | Basis::Alike => {
            let what = sampled(timings.measure);
            format!("Indicative: {samples} {what} were timed of each. ")
        }
    }
}

fn paint(canvas: &Canvas<'_>, results: &Results, lines: &[Line; 2], extent: Extent) -> Drawn {
    for ns in levels(extent) {
        canvas.level(ns.log10(), &chosen_duration(ns))?;
    }
    canvas.below_all(&percentiles(extent))?;
    canvas.x_name("% of records")?;
    // Stable's dashes on top: where the lines meet, both are seen.
    canvas.line(Role::Candidate, &lines[1])?;
    canvas.line(Role::Stable, &lines[0])?;
    let end = |role: Role, line: &Line, name| {
        let y = line.last().map_or(0.0, |point| point.1);
        End { role, y, name, value: duration(10_f64.powf(y)) }
    };
    let [stable, candidate] = results.jobs();
    canvas.ends([end(Role::Stable, &lines[0], stable), end(Role::Candidate, &lines[1], candidate)])
}

fn extent(lines: &[Line; 2]) -> Extent {
    let all = || lines.iter().flatten();
    let (left, right) =
        (all().map(|p| p.0).fold(f64::INFINITY, f64::min), all().map(|p| p.0).fold(0.0, f64::max));
    let (low, high) = (
        all().map(|p| p.1).fold(f64::INFINITY, f64::min),
        all().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max),
    );
    let low = low - 0.1;
    Extent { x: (left, right.max(left + 1.0)), y: (low, (high + 0.1).max(low + 0.5)) }
}

/// Round durations: powers of ten, with 2 and 5 times them where the axis is short.
fn levels(extent: Extent) -> Vec<f64> {
    let factors: &[f64] = if extent.y.1 - extent.y.0 < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let decades = extent.y.0.floor() as i32..=extent.y.1.ceil() as i32;
    let all = decades.flat_map(|decade| factors.iter().map(move |factor| factor * 10_f64.powi(decade)));
    all.filter(|ns| (extent.y.0..=extent.y.1).contains(&ns.log10())).collect()
}

/// The percentiles that people name, as far as the axis goes.
fn percentiles(extent: Extent) -> Vec<(f64, String)> {
    let named = [50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999];
    let placed = named.map(|p: f64| (-(1.0 - p / 100.0).log10(), plain(p)));
    placed.into_iter().filter(|(x, _)| (extent.x.0 - 1e-6..=extent.x.1 + 1e-6).contains(x)).collect()
}

fn reading(measure: Measure) -> &'static str {
    match measure {
        Measure::ServiceTimeByChunk => {
            "Read upwards at 99: 99 % of the records took at most this long. Each value is the time of a chunk of \
             1,024 records divided by its records, with no waiting in it: a single slow record is spread over its \
             chunk, so this shows speed and its steadiness, not what a user waits for. Both scales are logarithmic."
        }
        Measure::FromDueTime => {
            "Read upwards at 99: 99 % of the records were decided at most this long after they were due. A record \
             that waits because an earlier one was slow counts its waiting (open loop). Both scales are logarithmic, \
             and the far right rests on few records."
        }
    }
}

fn warning(results: &Results, timings: &Timings) -> Markup {
    let slow: Vec<_> = [&timings.stable, &timings.candidate]
        .into_iter()
        .zip(results.jobs())
        .filter_map(|(version, job)| version.saturated.then_some(job))
        .collect();
    html! {
        @if !slow.is_empty() {
            p class="warning" {
                b { "Saturated: " } (slow.join(" and ")) " could not keep up with the pace. Its latency grows with the \
                length of the run and says nothing about how fast it is; a slower pace would."
            }
        }
    }
}

fn feeding(feeder: &Feeder) -> Markup {
    let class = if feeder.kept_schedule() { "notes" } else { "warning" };
    html! {
        p class=(class) {
            @if !feeder.kept_schedule() { b { "The feeder missed its schedule. " } }
            "The feeder itself was more than " (chosen_duration(feeder.late_after_ns as f64)) " late for "
            (count(feeder.misses)) " of " (count(feeder.records)) " records (" (percent(feeder.miss_share()))
            "; allowed are " (percent(feeder.allowed_share)) "), at worst by " (duration(feeder.worst_ns as f64)) "."
        }
    }
}
