//! Does the order matter? The ratio's distribution over shuffled orders, one row a version.

use std::collections::BTreeMap;

use compare::{Bounds, Costs, Estimate, Objective, OrderStats, Orders, Results, Role};
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, End, Extent, Fine, Picture, Room, Tips};
use super::ticks::round_ticks;
use crate::format::{count, ends, fixed, increase, percent, ratio_digits};
use crate::part::Part;

/// No more bars than this in a row.
const BARS: u64 = 100;
/// The height of a row's highest bar; rows are 1 apart.
const FULL: f64 = 0.7;

/// The section, or nothing where no orders were asked for.
pub(crate) fn orders(results: &Results, costs: &Costs<'_>) -> Option<Part> {
    let orders = results.orders.as_ref().filter(|orders| !orders.costs.is_empty())?;
    let digits = ratio_digits(costs.bounds.lower);
    let title = format!("Competitive ratio over {} shuffled orders", count(orders.count));
    let says = says(results, orders, digits);
    let bars = Bars::of(orders, &results.objective, costs.bounds);
    let picture = Picture {
        id: "orders",
        title: &title,
        says: &says,
        extent: bars.extent(),
        height: 72,
        room: Room::LINES,
    };
    let body = html! {
        figure {
            (picture.draw_told(&tips(results, &bars), |canvas| paint(canvas, results, orders, &bars, digits)))
            (caption(results, orders))
        }
    };
    Some(Part::new("order", "Does the order matter?", body))
}

/// Describes how many orders cost how much, by steps of a whole number of cost units.
struct Bars<'a> {
    stable: BTreeMap<u64, u64>,
    candidate: BTreeMap<u64, u64>,
    step: u64,
    objective: &'a Objective,
    bounds: &'a Bounds,
    tallest: u64,
}

impl<'a> Bars<'a> {
    fn of(orders: &Orders, objective: &'a Objective, bounds: &'a Bounds) -> Self {
        let all = || orders.costs.iter().flat_map(|&(stable, candidate)| [stable, candidate]);
        let span = all().max().unwrap_or(0) - all().min().unwrap_or(0);
        let step = (span / BARS).max(1);
        let tally = |cost: fn(&(u64, u64)) -> u64| {
            let mut tally = BTreeMap::new();
            for costs in &orders.costs {
                *tally.entry(cost(costs) / step).or_insert(0) += 1;
            }
            tally
        };
        let (stable, candidate) = (tally(|costs| costs.0), tally(|costs| costs.1));
        let tallest = stable.values().chain(candidate.values()).copied().max().unwrap_or(1);
        Self { stable, candidate, step, objective, bounds, tallest }
    }

    /// The ratios between which a bar lies: around the costs that it counts.
    fn sides(&self, bar: u64) -> (f64, f64) {
        let ratio = |cost: f64| match self.objective {
            Objective::None | Objective::Minimise(_) => (cost - 0.5) / self.bounds.lower.max(1) as f64,
            Objective::Maximise(_) => self.bounds.upper as f64 / (cost - 0.5).max(0.5),
        };
        let (bar, step) = (bar as f64, self.step as f64);
        let (one, other) = (ratio(bar * step), ratio((bar + 1.0) * step));
        (one.min(other), one.max(other))
    }

    fn extent(&self) -> Extent {
        let all = || self.stable.keys().chain(self.candidate.keys()).map(|&bar| self.sides(bar));
        let low = all().map(|sides| sides.0).fold(f64::INFINITY, f64::min);
        let high = all().map(|sides| sides.1).fold(0.0, f64::max);
        let air = (high - low) * 0.04;
        Extent { x: (low - air, high + air), y: (0.0, 2.0) }
    }
}

fn tips(results: &Results, bars: &Bars<'_>) -> Tips {
    let across = Fine::across(bars.extent());
    let rows = [(1.15, &bars.stable, &results.stable.job), (0.15, &bars.candidate, &results.candidate.job)];
    let bars = rows.into_iter().flat_map(|(floor, tally, job)| {
        tally.iter().map(move |(&bar, &orders)| {
            let (left, right) = bars.sides(bar);
            let top = FULL * orders as f64 / bars.tallest as f64;
            let ratio = format!("{} to {}", across.write(left), across.write(right));
            let lines = vec![job.clone(), ratio, count(orders)];
            ((left.midpoint(right), floor + top / 2.0), lines)
        })
    });
    Tips::around(&["", "ratio", "orders"], bars)
}

fn paint(canvas: &Canvas<'_>, results: &Results, orders: &Orders, bars: &Bars<'_>, digits: usize) -> Drawn {
    let extent = bars.extent();
    let ticks = round_ticks(extent.x.0, extent.x.1, canvas.x_ticks());
    for x in ticks.values {
        canvas.upright(x)?;
        canvas.below(x, &fixed(x, ticks.decimals.max(1)))?;
    }
    canvas.x_name("ratio")?;
    row(canvas, Role::Stable, bars, &orders.stable.mean)?;
    row(canvas, Role::Candidate, bars, &orders.candidate.mean)?;
    let end = |role: Role, name, y, stats: &OrderStats| End {
        role,
        y,
        name,
        value: format!("mean {}", fixed(stats.mean.value, digits)),
    };
    canvas.ends([
        end(Role::Stable, &results.stable.job, 1.4, &orders.stable),
        end(Role::Candidate, &results.candidate.job, 0.4, &orders.candidate),
    ])
}

fn row(canvas: &Canvas<'_>, role: Role, bars: &Bars<'_>, mean: &Estimate) -> Drawn {
    let (floor, tally) = match role {
        Role::Stable => (1.15, &bars.stable),
        Role::Candidate => (0.15, &bars.candidate),
    };
    for (&bar, &orders) in tally {
        let (left, right) = bars.sides(bar);
        let gap = (right - left) * 0.1;
        let top = floor + FULL * orders as f64 / bars.tallest as f64;
        canvas.bar(role, (left + gap, top), (right - gap, floor))?;
    }
    if [mean.low, mean.value, mean.high].iter().all(|end| end.is_finite()) {
        canvas.mark((mean.low, floor - 0.05), (mean.high, floor - 0.05))?;
        canvas.mark((mean.value, floor - 0.12), (mean.value, floor))?;
    }
    Ok(())
}

fn says(results: &Results, orders: &Orders, digits: usize) -> String {
    format!(
        "{} has mean {}, {} has mean {}.",
        results.stable.job,
        fixed(orders.stable.mean.value, digits),
        results.candidate.job,
        fixed(orders.candidate.mean.value, digits),
    )
}

fn caption(results: &Results, orders: &Orders) -> Markup {
    let last_seed = orders.first_seed.saturating_add(orders.count.saturating_sub(1));
    let change = &orders.increase;
    html! {
        figcaption {
            "Cost over the lower bound in " (count(orders.count)) " shuffled orders of the same records (seeds "
            (orders.first_seed) " to " (last_seed) "). A bar is as tall as the number of orders; below it stands the mean with its "
            (percent(orders.confidence)) " interval. "
            "In the same order the candidate costs " (increase(change.value)) " on average ("
            (percent(orders.confidence)) " interval " (ends(change, increase)) "): it is cheaper in "
            (count(orders.candidate_better)) ", equal in " (count(orders.equal)) " and dearer in "
            (count(orders.candidate_worse)) ". The worst orders have seed " (orders.stable.worst_seed) " for "
            (results.stable.job) " and " (orders.candidate.worst_seed) " for " (results.candidate.job)
            ". Shuffling says how much the order matters for these records, and nothing about other records."
        }
    }
}
