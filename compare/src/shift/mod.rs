//! Keys that lie a constant apart: two tables of which hardly a row has a partner may be one table twice, the second time
//! from another origin or in another time zone.
//!
//! A constant is guessed from the ends of both tables, and believed if the rows pair once it is taken out.

mod shifted;
mod span;
#[cfg(test)]
mod tests;

use datasets::Rows;
use serde::Serialize;

use self::{
    shifted::ShiftedRows,
    span::{DAY, TIMES_OF_DAY, Unit, common},
};
use crate::{ColumnFound, ComparingRows, Offset, OffsetCause, RowCounts, RowsError, RowsFound, compare_rows};

pub use self::span::{KeySpan, key_spans};

/// So many constants are tried, each by a comparison.
const TRIED: usize = 3;
const HOUR: i128 = DAY / 24;

/// Describes by which constant the keys of two tables lie apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum KeyShift {
    /// Rows pair once a constant is taken out.
    Constant {
        /// The columns that it is added to.
        columns: Vec<String>,
        /// The constant.
        #[serde(flatten)]
        by: Offset,
        /// Counts the rows as they are found then.
        rows: RowCounts,
    },
    /// The values of both tables lie in steps of one length, which don't meet.
    Grid {
        /// The column.
        column: String,
        /// By how much the right one's steps lie beyond the left one's.
        #[serde(flatten)]
        by: Offset,
        /// The length of a step.
        every: Offset,
    },
    /// One table has days of UTC, the other those of a zone with summer time.
    Days {
        /// The column.
        column: String,
        /// The times of day on the left.
        left: Vec<String>,
        /// The times of day on the right.
        right: Vec<String>,
    },
}

impl KeyShift {
    /// Returns what there is to say, as a sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::Constant { columns, by, rows } => {
                let paired = rows.changed + rows.unknown + rows.equal;
                let all = rows.left().max(rows.right());
                let every = if rows.missing + rows.extra == 0 { "every" } else { "nearly every" };
                format!(
                    "{every} {} is {}{}; with that taken out {paired} of {} stand in both tables, {} of them equal",
                    names(columns),
                    by.words(),
                    cause(by.cause().or_else(|| by.may_be_time().then_some(OffsetCause::Origin))),
                    datasets::counted(all, "rows"),
                    rows.equal
                )
            }
            Self::Grid { column, by, every } => format!(
                "every {} lies {} from the next, or several times that, in both tables, but {}{}",
                names(std::slice::from_ref(column)),
                every.length(),
                by.words(),
                cause(by.may_be_time().then_some(OffsetCause::Origin))
            ),
            Self::Days { column, left, right } => format!(
                "{} is always at {} on the left and at {} on the right: days of a zone with summer time",
                names(std::slice::from_ref(column)),
                left.join(" or "),
                right.join(" or ")
            ),
        }
    }
}

fn names(columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|name| format!("'{}'", datasets::short_name(name))).collect();
    names.join(" and ")
}

fn cause(cause: Option<OffsetCause>) -> String {
    cause.map_or(String::new(), |cause| format!(": {}", cause.words()))
}

/// Returns whether so little of two tables is the same that their keys may lie a constant apart.
pub fn may_be_shifted(found: &RowsFound) -> bool {
    let RowCounts { missing, extra, equal, .. } = found.rows;
    let rows = found.rows.left().min(found.rows.right());
    missing > 0 && extra > 0 && rows > 1 && 2 * equal <= rows
}

/// A constant that may be what keys lie apart by.
#[derive(Debug, Clone, PartialEq)]
pub struct ShiftGuess {
    /// The columns, by their names on the right.
    columns: Vec<String>,
    unit: Unit,
    /// By how much the right one's values are larger.
    by: i128,
    /// A value of the left one.
    example: i128,
}

/// Returns the constants that would bring the ends of one table's keys to those of the other's.
pub fn shift_guesses(left: &[Option<KeySpan>], right: &[Option<KeySpan>]) -> Vec<ShiftGuess> {
    let mut guesses: Vec<ShiftGuess> = Vec::new();
    for (left, right) in spans_of_one_unit(left, right) {
        let column = &right.column;
        for by in [right.least - left.least, right.most - left.most] {
            match guesses.iter_mut().find(|guess| guess.unit == left.unit && guess.by == by) {
                Some(known) if known.columns.contains(column) => {}
                Some(known) => known.columns.push(column.clone()),
                None if by == 0 => {}
                None => {
                    let (columns, unit, example) = (vec![column.clone()], left.unit, left.least);
                    guesses.push(ShiftGuess { columns, unit, by, example });
                }
            }
        }
    }
    guesses.truncate(TRIED);
    guesses
}

fn spans_of_one_unit<'a>(
    left: &'a [Option<KeySpan>],
    right: &'a [Option<KeySpan>],
) -> impl Iterator<Item = (&'a KeySpan, &'a KeySpan)> {
    let both =
        left.iter().flatten().map(|left| (left, right.iter().flatten().find(|right| right.at == left.at)));
    both.filter_map(|(left, right)| Some((left, right?))).filter(|(left, right)| left.unit == right.unit)
}

/// Describes what comes of taking a constant out.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// Says it, if the tables are alike then.
    pub shift: Option<KeyShift>,
    /// Holds the guess with columns that lie that constant apart, too, and aren't of the key.
    pub wider: Option<ShiftGuess>,
}

impl ShiftGuess {
    /// Compares two tables with the constant taken out. `before` is what was found without.
    pub fn tried(
        &self,
        (left, right): (&mut dyn Rows, &mut dyn Rows),
        how: &ComparingRows,
        before: &RowsFound,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Tried, datasets::Error> {
        let old = |name: &String| how.renamed.get(name).unwrap_or(name).clone();
        let on_left: Vec<String> = self.columns.iter().map(old).collect();
        let mut left = ShiftedRows::new(left, &on_left, self.unit, self.by);
        let mut right = ShiftedRows::new(right, &self.columns, self.unit, 0);
        let how = ComparingRows { listed: 0, ..how.clone() };
        let found = match compare_rows(&mut left, &mut right, &how, go_on) {
            Ok(found) => found,
            Err(RowsError::Source(error)) => return Err(error),
            // With other pairs of rows a rule may not fit; then they are no pairs.
            Err(_) => return Ok(Tried { shift: None, wider: None }),
        };
        let (is_confirmed, columns, rows) =
            (self.is_confirmed(before.rows, found.rows), self.columns.clone(), found.rows);
        let shift = is_confirmed.then(|| KeyShift::Constant { columns, by: self.offset(), rows });
        Ok(Tried { shift, wider: self.wider(&found) })
    }

    fn offset(&self) -> Offset {
        match self.unit {
            Unit::Nanos => Offset::of_times(self.by),
            Unit::Whole => Offset::of_whole(self.by, self.example),
        }
    }

    /// Returns whether nine of ten rows pair now, and either no key was in both tables before, or most pairs are equal now:
    /// where windows follow each other, a shift by one pairs nearly all of them, too.
    fn is_confirmed(&self, before: RowCounts, after: RowCounts) -> bool {
        let paired = |rows: RowCounts| rows.changed + rows.unknown + rows.equal;
        let is_alike = 10 * paired(after) >= 9 * after.left().max(after.right());
        let were_apart = paired(before) == 0 && self.offset().may_be_time();
        is_alike && (were_apart || 2 * after.equal > paired(after))
    }

    /// Returns the guess that other columns lie that constant apart, too, where all of their values that differ do.
    fn wider(&self, found: &RowsFound) -> Option<Self> {
        let by = self.offset();
        let goes_along = |column: &&ColumnFound| column.constant.is_some_and(|constant| constant == by);
        let along = found.columns.iter().filter(goes_along).map(|column| column.name.clone());
        let along: Vec<String> = along.filter(|name| !self.columns.contains(name)).collect();
        let columns = || self.columns.iter().cloned().chain(along.clone()).collect();
        (!along.is_empty()).then(|| Self { columns: columns(), ..self.clone() })
    }
}

/// Returns what the steps say in which the keys of two tables lie, or their times of day, where no constant was confirmed.
pub fn shift_of_steps(left: &[Option<KeySpan>], right: &[Option<KeySpan>]) -> Option<KeyShift> {
    spans_of_one_unit(left, right).find_map(|(left, right)| grid(left, right).or_else(|| days(left, right)))
}

fn grid(left: &KeySpan, right: &KeySpan) -> Option<KeyShift> {
    let every = common(left.step, right.step);
    let by = (right.least - left.least).rem_euclid(every.max(1));
    let is_grid = left.is_grid() && right.is_grid() && every > 1 && by != 0;
    let offset = |number| match left.unit {
        Unit::Nanos => Offset::of_times(number),
        Unit::Whole => Offset::of_whole(number, left.least),
    };
    is_grid.then(|| KeyShift::Grid { column: right.column.clone(), by: offset(by), every: offset(every) })
}

/// Finds days of UTC, or of a zone without summer time, on one side, and days of a zone with it on the other.
fn days(left: &KeySpan, right: &KeySpan) -> Option<KeyShift> {
    let [of_left, of_right] = [&left.times_of_day, &right.times_of_day];
    let (many, one) = if of_left.len() > of_right.len() { (of_left, of_right) } else { (of_right, of_left) };
    let is_summer = |times: &[i128]| {
        let apart = (times[1] - times[0]).rem_euclid(DAY);
        [HOUR / 2, HOUR].iter().any(|shift| [*shift, DAY - shift].contains(&apart))
    };
    let are_days = one.len() == 1 && many.len() == TIMES_OF_DAY && is_summer(many);
    let written = |times: &[i128]| times.iter().map(|time| clock(*time)).collect();
    are_days.then(|| KeyShift::Days {
        column: right.column.clone(),
        left: written(of_left),
        right: written(of_right),
    })
}

/// Returns a time of day, its seconds only where they are some.
fn clock(nanos: i128) -> String {
    let seconds = nanos / (HOUR / 3600);
    let time = format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 == 0 { time } else { format!("{time}:{:02}", seconds % 60) }
}
