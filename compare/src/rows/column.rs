//! Counts what differs in one column.

use datasets::{Field, FieldKind};
use serde::Serialize;
use sketches_ddsketch::{Config, DDSketch};

use super::{
    plan::Both,
    samples::{Samples, glances},
};
use crate::{Glance, Offset, Rule, number};

/// Of each column, so many cells that differ are kept.
const CELLS: usize = 3;
/// So many distances are kept as they are; of more, a sketch says the quantiles within 1 %.
const EXACT_DELTAS: usize = 10_000;
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// Describes what is found of a column that both tables have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnFound {
    /// Its name, on the right.
    pub name: String,
    /// In how many rows it differs.
    pub differing: u64,
    /// In how many of those only the left has a value.
    pub only_left: u64,
    /// In how many of those only the right has one.
    pub only_right: u64,
    /// In how many rows a side can't be known.
    pub unknown: u64,
    /// How far numbers are apart that differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deltas: Option<Deltas>,
    /// By how much the right one's value is larger in every row that differs, where that is one constant in two rows or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constant: Option<Offset>,
    /// The first cells that differ, in the order of their keys.
    pub cells: Vec<CellPair>,
}

impl ColumnFound {
    /// Says by which constant all of its values differ that do, if it is one: "each 4 days later on the right".
    pub fn constant_words(&self) -> Option<String> {
        let constant = self.constant?;
        let cause = constant.cause().map_or(String::new(), |cause| format!(": {}", cause.words()));
        Some(format!("each {}{cause}", constant.words()))
    }
}

/// Describes how far numbers are apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deltas {
    /// Of so many pairs.
    pub numbers: u64,
    /// Half of them are no further apart than this.
    pub p50: f64,
    /// Nine of ten.
    pub p90: f64,
    /// 99 of 100.
    pub p99: f64,
    /// All of them.
    pub max: f64,
    /// The pair that is furthest apart.
    pub furthest: CellPair,
}

impl Deltas {
    /// Returns a distance as it is shown: the shortest text that says it, with an exponent where it would be long.
    pub fn written(distance: f64) -> String {
        let is_short = distance == 0.0 || (1e-6..1e15).contains(&distance);
        if is_short { distance.to_string() } else { format!("{distance:e}") }
    }
}

/// Two cells that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellPair {
    /// The fields of the key.
    pub key: Vec<Glance>,
    /// Holds what stands on the left.
    pub left: Glance,
    /// Holds what stands on the right.
    pub right: Glance,
}

/// A column while it is compared.
#[derive(Debug)]
pub(super) struct ColumnFinding {
    pub(super) both: Both,
    chars: usize,
    differing: u64,
    only_left: u64,
    only_right: u64,
    pub(super) unknown: u64,
    distances: Distances,
    offsets: Offsets,
    cells: Samples<CellPair>,
    /// Two texts under a tolerance, which is for numbers.
    texts: Option<(Glance, Glance)>,
}

impl ColumnFinding {
    pub(super) fn new(both: Both, chars: usize) -> Self {
        Self {
            both,
            chars,
            differing: 0,
            only_left: 0,
            only_right: 0,
            unknown: 0,
            distances: Distances::default(),
            offsets: Offsets::default(),
            cells: Samples::new(CELLS),
            texts: None,
        }
    }

    /// Returns whether two cells count as the same that aren't the same bytes.
    pub(super) fn agree(&self, left: Field<'_>, right: Field<'_>) -> bool {
        left.is_same(right) || self.both.rule.allows_fields(left, right)
    }

    /// Notes a cell that differs.
    pub(super) fn note(&mut self, key: &[u8], left: Field<'_>, right: Field<'_>) {
        self.differing += 1;
        self.offsets.note(left, right);
        let pair = || CellPair {
            key: glances(key, self.chars),
            left: Glance::new(left.kind, left.text, self.chars),
            right: Glance::new(right.kind, right.text, self.chars),
        };
        match (has_value(left), has_value(right)) {
            (true, false) => self.only_left += 1,
            (false, true) => self.only_right += 1,
            (true, true) => {
                let both = left.number().zip(right.number());
                match both.and_then(|(left, right)| number::difference(left, right)) {
                    Some(distance) => self.distances.note(distance, key, pair),
                    None if matches!(self.both.rule, Rule::Within(_)) && self.texts.is_none() => {
                        let are_numbers =
                            [left, right].iter().any(|field| field.number().is_some_and(number::is_number));
                        let pair = pair();
                        self.texts = (!are_numbers).then_some((pair.left, pair.right));
                    }
                    None => {}
                }
            }
            (false, false) => {}
        }
        self.cells.offer(key, pair);
    }

    /// Returns two texts where the rule is for numbers and there wasn't any.
    pub(super) fn texts_under_tolerance(&self) -> Option<&(Glance, Glance)> {
        self.texts.as_ref().filter(|_| self.distances.numbers == 0)
    }

    pub(super) fn finish(self) -> ColumnFound {
        ColumnFound {
            name: self.both.name,
            differing: self.differing,
            only_left: self.only_left,
            only_right: self.only_right,
            unknown: self.unknown,
            constant: self.offsets.constant().filter(|_| self.differing > 1),
            deltas: self.distances.finish(),
            cells: self.cells.into_values().collect(),
        }
    }
}

fn has_value(field: Field<'_>) -> bool {
    field.kind.has_text() && !(field.kind == FieldKind::Untyped && field.text.is_empty())
}

/// By how much values are apart, as long as it is one constant.
#[derive(Debug, Clone, Copy, Default)]
enum Offsets {
    #[default]
    None,
    All(Offset),
    Several,
}

impl Offsets {
    fn note(&mut self, left: Field<'_>, right: Field<'_>) {
        let offset = match self {
            Self::Several => return,
            Self::None | Self::All(_) => Offset::between(left, right),
        };
        *self = match (*self, offset) {
            (Self::None, Some(offset)) => Self::All(offset),
            (Self::All(known), Some(offset)) if known == offset => Self::All(known),
            _ => Self::Several,
        };
    }

    fn constant(self) -> Option<Offset> {
        if let Self::All(offset) = self { Some(offset) } else { None }
    }
}

/// How far numbers are apart, while they are compared.
#[derive(Default)]
struct Distances {
    numbers: u64,
    exact: Vec<f64>,
    sketch: Option<DDSketch>,
    furthest: Option<(f64, Box<[u8]>, CellPair)>,
}

impl std::fmt::Debug for Distances {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} distances", self.numbers)
    }
}

impl Distances {
    fn note(&mut self, distance: f64, key: &[u8], pair: impl FnOnce() -> CellPair) {
        self.numbers += 1;
        if let Some(sketch) = &mut self.sketch {
            sketch.add(distance);
        } else {
            self.exact.push(distance);
            if self.exact.len() > EXACT_DELTAS {
                let mut sketch = DDSketch::new(Config::defaults());
                self.exact.drain(..).for_each(|distance| sketch.add(distance));
                self.sketch = Some(sketch);
            }
        }
        let is_further = match &self.furthest {
            None => true,
            // Of equals the lowest bytes, so that it doesn't depend on the order of the rows.
            Some((most, known, _)) => distance.total_cmp(most).then_with(|| (**known).cmp(key)).is_gt(),
        };
        if is_further {
            self.furthest = Some((distance, key.into(), pair()));
        }
    }

    fn finish(mut self) -> Option<Deltas> {
        let (max, _, furthest) = self.furthest.take()?;
        self.exact.sort_unstable_by(f64::total_cmp);
        let quantile = |share: f64| {
            if let Some(sketch) = &self.sketch {
                return sketch.quantile(share).ok().flatten().unwrap_or(max).min(max);
            }
            let rank = (share * self.exact.len() as f64).ceil() as usize;
            self.exact.get(rank.saturating_sub(1)).copied().unwrap_or(max)
        };
        let [p50, p90, p99] = QUANTILES.map(quantile);
        Some(Deltas { numbers: self.numbers, p50, p90, p99, max, furthest })
    }
}
