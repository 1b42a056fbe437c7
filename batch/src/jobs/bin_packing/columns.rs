//! Column generation: the linear relaxation over all bin patterns.

use super::grid::Grid;
use super::knapsack::{Choice, Knapsack};
use super::simplex::Master;
use super::solution::Pattern;
use super::sorted::Instance;
use super::work::Work;

/// Below this a difference of values is rounding error.
const TOLERANCE: f64 = 1e-6;

/// The patterns found so far for an instance, which later and smaller programs use again.
pub(super) struct Columns {
    pub(super) grid: Grid,
    pub(super) pool: Vec<Pattern>,
}

/// The linear relaxation of what is left to pack.
#[derive(Debug, Clone)]
pub(super) struct Relaxation {
    /// The patterns in use, and in how many bins each.
    pub(super) used: Vec<(Pattern, f64)>,
    /// The sum of these numbers of bins.
    pub(super) value: f64,
    /// Holds what an item of each class in the program is worth, in bins.
    pub(super) prices: Vec<f64>,
    /// A proven bound on the bins needed.
    pub(super) bound: u64,
    /// Says whether the value is known to be optimal, or good enough for the goal.
    pub(super) settled: bool,
}

impl Relaxation {
    /// Returns whether packings with fewer than `bins` bins may come of it.
    pub(super) fn may_beat(&self, bins: u64) -> bool {
        !self.settled || ((self.value - TOLERANCE).ceil() as u64) < bins
    }
}

impl Columns {
    /// Starts with the patterns of some packing; `None` if the instance does not suit the method.
    pub(super) fn new(instance: &Instance, pool: Vec<Pattern>) -> Option<Self> {
        Some(Self { grid: Grid::new(instance)?, pool })
    }

    /// Solves the relaxation for `demand` items of each class (Gilmore & Gomory 1961), until it is optimal, as
    /// small as `goal`, or the work is spent.
    pub(super) fn relax(&mut self, demand: &[u32], goal: u64, work: &mut Work) -> Relaxation {
        let mut program = Program::new(self, demand);
        let mut bound = 0;
        let mut settled = false;
        while !work.is_spent() {
            if program.improve(work) {
                continue;
            }
            if program.value() <= goal as f64 + TOLERANCE {
                settled = true;
                break;
            }
            let found = program.price(work);

            bound = bound.max(found.bound);
            let whole = (program.value() - TOLERANCE).ceil() as u64;
            if found.patterns.is_empty() || bound >= whole {
                settled = true;
                break;
            }
            program.extend(found.patterns);
        }
        let relaxation = program.relaxation(bound, settled);
        let fresh = program.into_fresh();
        self.pool.extend(fresh);
        relaxation
    }
}

/// A linear program at work: the rows are the classes with items left.
struct Program<'a> {
    grid: &'a Grid,
    /// Row `i` is this class.
    classes: Vec<usize>,
    demand: Vec<u32>,
    master: Master,
    /// The patterns known, by row: first one for each row alone, then the pool's, then new ones.
    columns: Vec<Vec<(u32, f64)>>,
    /// Columns from here on are new.
    known: usize,
}

struct Priced {
    patterns: Vec<Pattern>,
    bound: u64,
}

impl<'a> Program<'a> {
    fn new(all: &'a Columns, demand: &[u32]) -> Self {
        let classes: Vec<usize> = (0..demand.len()).filter(|&class| demand[class] > 0).collect();
        let rows: Vec<u32> = row_of_class(demand);
        let copies: Vec<u32> = classes.iter().map(|&class| all.grid.copies(class, demand[class])).collect();
        let alone = copies.iter().enumerate().map(|(row, &copies)| vec![(row as u32, f64::from(copies))]);
        let proper = all
            .pool
            .iter()
            .filter(|pattern| pattern.iter().all(|&(class, copies)| copies <= demand[class as usize]));
        let by_row = |pattern: &Pattern| {
            pattern.iter().map(|&(class, copies)| (rows[class as usize], f64::from(copies))).collect()
        };
        let columns: Vec<Vec<(u32, f64)>> = alone.chain(proper.map(by_row)).collect();
        let demand: Vec<u32> = classes.iter().map(|&class| demand[class]).collect();
        let wanted: Vec<f64> =
            demand.iter().enumerate().map(|(row, &demand)| f64::from(demand) + nudge(row)).collect();
        let known = columns.len();
        Self { grid: &all.grid, classes, demand, master: Master::new(&copies, &wanted), columns, known }
    }

    /// The number of bins at the present basis, without the nudges.
    fn value(&self) -> f64 {
        self.demand.iter().enumerate().map(|(row, &demand)| self.master.price(row) * f64::from(demand)).sum()
    }

    fn prices(&self) -> Vec<f64> {
        (0..self.classes.len()).map(|row| self.master.price(row)).collect()
    }

    /// One pivot with the known column that promises most; `false` if none does.
    fn improve(&mut self, work: &mut Work) -> bool {
        let prices = self.prices();
        work.spend(5 * self.columns.len() as u64 + self.master.steps());
        let gains = self.columns.iter().map(|entries| {
            entries.iter().map(|&(row, copies)| prices[row as usize] * copies).sum::<f64>() - 1.0
        });
        let surplus = prices.iter().map(|price| -price);
        let best_column = largest(gains);
        let best_surplus = largest(surplus);
        match (best_column, best_surplus) {
            (_, Some((row, gain))) if gain > best_column.map_or(0.0, |(_, gain)| gain).max(1e-7) => {
                self.master.enter(SURPLUS + row, &[(row as u32, -1.0)], 0.0)
            }
            (Some((column, gain)), _) if gain > 1e-7 => self.master.enter(column, &self.columns[column], 1.0),
            _ => false,
        }
    }

    /// Looks for patterns that would make the program's value smaller.
    fn price(&self, work: &mut Work) -> Priced {
        let choices = self.choices();
        work.spend(Knapsack::steps(&choices, self.grid.capacity));
        let knapsack = Knapsack::solve(&choices, self.grid.capacity);
        // The bins of the first rows only, for each number of rows, come for free and differ from each other.
        let patterns = (1..=choices.len())
            .filter(|&rows| Grid::improves(knapsack.best_of(rows)))
            .filter(|&rows| knapsack.best_of(rows) > knapsack.best_of(rows - 1))
            .map(|rows| knapsack.pattern(rows))
            .collect();
        let bound = if self.grid.is_exact { Grid::bound(&self.demand, &choices, knapsack.best()) } else { 0 };
        Priced { patterns, bound }
    }

    fn choices(&self) -> Vec<Choice> {
        let rows = self.classes.iter().zip(&self.demand).enumerate();
        rows.map(|(row, (&class, &demand))| self.grid.choice(class, demand, self.master.price(row))).collect()
    }

    fn extend(&mut self, patterns: Vec<Pattern>) {
        let entries =
            |pattern: Pattern| pattern.into_iter().map(|(row, copies)| (row, f64::from(copies))).collect();
        self.columns.extend(patterns.into_iter().map(entries));
    }

    fn relaxation(&self, bound: u64, settled: bool) -> Relaxation {
        let basic = self.master.basis.iter().zip(&self.master.values);
        let used = basic
            .filter(|&(&column, &value)| column < SURPLUS && value > 1e-3)
            .map(|(&column, &value)| (self.pattern(column), value))
            .collect();
        Relaxation { used, value: self.value(), prices: self.prices(), bound, settled }
    }

    /// A column as a pattern of classes.
    fn pattern(&self, column: usize) -> Pattern {
        let entries = self.columns[column].iter();
        entries.map(|&(row, copies)| (self.classes[row as usize] as u32, copies as u32)).collect()
    }

    fn into_fresh(self) -> Vec<Pattern> {
        (self.known..self.columns.len()).map(|column| self.pattern(column)).collect()
    }
}

/// Numbers from here on stand for the columns that let a row be covered more than asked for.
const SURPLUS: usize = usize::MAX / 2;

/// A little more demand, another bit for each row: without it many pivots would move nothing, and the simplex
/// method could walk in circles (Charnes 1952). Multiples of the golden ratio spread evenly.
fn nudge(row: usize) -> f64 {
    1e-5 * (1.0 + (row as f64 * 0.618_033_988_749_894_9).fract())
}

/// The row of each class with items left; anything for the others.
fn row_of_class(demand: &[u32]) -> Vec<u32> {
    let counted =
        demand.iter().scan(0, |rows, &demand| Some(std::mem::replace(rows, *rows + u32::from(demand > 0))));
    counted.collect()
}

fn largest(values: impl Iterator<Item = f64>) -> Option<(usize, f64)> {
    values.enumerate().fold(None, |best, (at, value)| match best {
        Some((_, most)) if most >= value => best,
        _ => Some((at, value)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::exact::{optimum, random_instance};
    use super::*;
    use datasets::SplitMix64;

    fn counts(instance: &Instance) -> Vec<u32> {
        instance.classes.iter().map(|class| class.count).collect()
    }

    #[test]
    fn its_bounds_are_never_above_the_optimum() {
        let mut random = SplitMix64::new(21);
        for _ in 0..2000 {
            let instance = random_instance(&mut random, 9);
            let best = optimum(&instance);
            let mut columns = Columns::new(&instance, Vec::new()).unwrap();
            let relaxation = columns.relax(&counts(&instance), 0, &mut Work::new(1_000_000));
            assert!(relaxation.settled && relaxation.bound <= best, "{instance:?}: {relaxation:?}");
            assert!(relaxation.value <= best as f64 + 1e-6, "{instance:?}: {relaxation:?}");
            // Any prices at all prove something true.
            let prices: Vec<f64> =
                instance.classes.iter().map(|_| random.uniform(0, 8) as f64 / 7.0).collect();
            for prices in [&prices, &relaxation.prices] {
                let bound = Grid::bound_in_truth(&instance, prices, &mut Work::new(u64::MAX));
                assert!(bound <= best, "{instance:?}: {bound} from {prices:?}");
            }
        }
    }

    #[test]
    fn it_closes_the_gap_that_other_bounds_leave() {
        // Each bin holds at most two of the 35s or one 35 and two 30s.
        let classes = [(35, 30), (30, 30)].map(|(size, count)| super::super::sorted::Class { size, count });
        let instance = Instance { capacity: 99, classes: classes.to_vec() };
        let mut columns = Columns::new(&instance, Vec::new()).unwrap();
        let relaxation = columns.relax(&counts(&instance), 0, &mut Work::new(1_000_000));
        assert_eq!(relaxation.bound, 23);
    }
}
