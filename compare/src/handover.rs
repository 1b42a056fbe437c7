//! Rows of an answer to which two jobs have given theirs, told apart by their windows.

use std::collections::{BTreeMap, BTreeSet};

use datasets::{Keys, Table};

use crate::{Divergence, Rules, StrangeWindows, Strangeness, TableComparison, WindowSides, compare_answers};

/// A window: when it begins, and when it ends.
type Window = (i64, i64);

/// An answer to which an earlier job and the version have given rows, and what it is held against: tables of one shape.
#[derive(Debug, Clone, Copy)]
pub struct Windowed<'a> {
    /// The right answer.
    pub reference: &'a Table,
    /// The answer.
    pub answer: &'a Table,
    /// The texts of both.
    pub keys: &'a Keys,
    /// How columns are compared.
    pub rules: &'a Rules,
    /// The columns in which a window begins and ends, in ms.
    pub bounds: [usize; 2],
}

impl Windowed<'_> {
    /// Holds the rows against each other, by where the records of their windows stand. `times`: those of the records that the
    /// earlier job was sent, and of the others, each ascending. Nothing where a bound is no whole number.
    pub fn sides(&self, [before, after]: [&[i64]; 2]) -> Option<WindowSides> {
        let has = |times: &[i64], (start, end): Window| {
            let first = times.partition_point(|&time| time < start);
            times.get(first).is_some_and(|&time| time < end)
        };
        let side = |window: &Window| match (has(before, *window), has(after, *window)) {
            (true, true) => 1,
            (_, true) => 2,
            // A window without records is as old as the records before it.
            (true, false) => 0,
            (false, false) => {
                if after.first().is_some_and(|&first| window.0 >= first) {
                    2
                } else {
                    0
                }
            }
        };
        let sides = |table| -> Option<Vec<usize>> { Some(self.windows(table)?.iter().map(side).collect()) };
        let (reference, answer) = (sides(self.reference)?, sides(self.answer)?);
        let found = |which: usize| -> Divergence {
            let of = |table: &Table, sides: &[usize]| {
                let rows = (0..).zip(sides).filter(|(_, side)| **side == which).map(|(row, _)| row);
                table.picked(&rows.collect::<Vec<u32>>())
            };
            let (left, right) = (of(self.reference, &reference), of(self.answer, &answer));
            let TableComparison { rows, .. } = compare_answers(&left, &right, self.keys, self.rules);
            rows
        };
        Some(WindowSides { before: found(0), across: found(1), after: found(2) })
    }

    /// Finds the rows whose windows the reference can't have. `is_before` says of a row whether the earlier job gave it out.
    /// Nothing is found where the reference's windows have several lengths, as those of sessions have.
    pub fn strange(&self, is_before: impl Fn(usize) -> bool) -> Vec<StrangeWindows> {
        let (Some(reference), Some(answer)) = (self.windows(self.reference), self.windows(self.answer))
        else {
            return Vec::new();
        };
        let Some(grid) = Grid::of(&reference) else { return Vec::new() };
        let given_before = (0..answer.len()).filter(|&row| is_before(row));
        let old: BTreeSet<i64> = given_before.map(|row| length(answer[row])).collect();
        let mut found: BTreeMap<(Strangeness, i64), StrangeWindows> = BTreeMap::new();
        for (row, &window) in answer.iter().enumerate() {
            let Some(kind) = grid.strangeness(window, &old) else { continue };
            let strange = found.entry((kind, length(window))).or_insert_with(|| StrangeWindows {
                kind,
                length_ms: length(window),
                reference_ms: grid.length,
                before: 0,
                after: 0,
                example: Vec::new(),
            });
            let is_before = is_before(row);
            if strange.example.is_empty() || (!is_before && strange.after == 0) {
                strange.example = self.key(row);
            }
            *if is_before { &mut strange.before } else { &mut strange.after } += 1;
        }
        found.into_values().collect()
    }

    fn windows(&self, table: &Table) -> Option<Vec<Window>> {
        let [start, end] = self.bounds;
        let bound = |column, row| table.text(column, row, self.keys).parse::<i64>().ok();
        (0..table.rows()).map(|row| Some((bound(start, row)?, bound(end, row)?))).collect()
    }

    fn key(&self, row: usize) -> Vec<String> {
        (0..self.answer.key_columns).map(|column| self.answer.text(column, row, self.keys)).collect()
    }
}

fn length((start, end): Window) -> i64 {
    end.saturating_sub(start)
}

/// Says which windows there can be: of one length, beginning at multiples of a step from one of them.
struct Grid {
    length: i64,
    first: i64,
    /// 0 where only one beginning is known.
    step: i64,
}

impl Grid {
    /// The grid of these windows; nothing where there are none, or of several lengths.
    fn of(windows: &[Window]) -> Option<Self> {
        let &one = windows.first()?;
        let is_alike = windows.iter().all(|&window| length(window) == length(one));
        let step = windows.iter().fold(0, |step, window| gcd(step, window.0.abs_diff(one.0)));
        is_alike.then_some(Self { length: length(one), first: one.0, step: i64::try_from(step).unwrap_or(0) })
    }

    fn strangeness(&self, window: Window, old: &BTreeSet<i64>) -> Option<Strangeness> {
        if length(window) != self.length {
            let is_old = old.contains(&length(window));
            return Some(if is_old { Strangeness::OldSize } else { Strangeness::OtherSize });
        }
        // A single window says nothing of where others begin.
        let is_on = self.step == 0 || window.0.saturating_sub(self.first) % self.step == 0;
        (!is_on).then_some(Strangeness::Shifted)
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use datasets::{Cells, SplitMix64, TableColumn};

    use super::*;

    /// Windows with a count each.
    fn table(rows: &[(i64, i64, i64)]) -> Table {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        let column = |name: &'static str, of: fn(&(i64, i64, i64)) -> i64| {
            TableColumn::new(name, Cells::Int(rows.iter().map(of).collect()))
        };
        Table::new(
            2,
            vec![column("start", |row| row.0), column("end", |row| row.1), column("n", |row| row.2)],
        )
    }

    fn windowed<'a>(reference: &'a Table, answer: &'a Table, keys: &'a Keys) -> Windowed<'a> {
        Windowed { reference, answer, keys, rules: Rules::EXACT, bounds: [0, 1] }
    }

    #[test]
    fn rows_stand_where_the_records_of_their_windows_do() {
        let reference = table(&[(0, 10, 1), (10, 20, 2), (20, 30, 1)]);
        let answer = table(&[(0, 10, 1), (10, 20, 1), (30, 40, 7)]);
        let keys = Keys::default();
        let sides = windowed(&reference, &answer, &keys).sides([&[3, 12], &[15, 25]]).expect("numbers");
        assert_eq!(sides.before, Divergence { equal: 1, ..Divergence::default() });
        assert_eq!(sides.across, Divergence { changed: 1, ..Divergence::default() });
        assert_eq!(sides.after, Divergence { missing: 1, extra: 1, ..Divergence::default() });
    }

    #[test]
    fn each_row_is_on_one_side_whatever_the_records_are() {
        let mut random = SplitMix64::new(7);
        let keys = Keys::default();
        for _ in 0..300 {
            let mut some = |most: u64| -> Vec<i64> {
                let count = random.uniform(0, most);
                let mut all: Vec<i64> = (0..count).map(|_| random.uniform(0, 59).cast_signed()).collect();
                all.sort_unstable();
                all
            };
            let (before, after) = (some(9), some(9));
            let rows = |starts: Vec<i64>| {
                let mut starts: Vec<_> =
                    starts.iter().map(|time| (time / 10 * 10, time / 10 * 10 + 10, 1)).collect();
                starts.dedup();
                table(&starts)
            };
            let (reference, answer) = (rows(some(9)), rows(some(9)));
            let found = windowed(&reference, &answer, &keys);
            let sides = found.sides([&before, &after]).expect("numbers");
            let whole = compare_answers(&reference, &answer, &keys, Rules::EXACT).rows;
            let all = [sides.before, sides.across, sides.after];
            for of in [
                |side: &Divergence| side.missing,
                |side: &Divergence| side.extra,
                |side: &Divergence| side.changed,
                |side: &Divergence| side.equal,
            ] {
                assert_eq!(all.iter().map(of).sum::<u64>(), of(&whole));
            }
            // By hand: windows with records on both sides.
            let across = (0..reference.rows()).filter(|&row| {
                let start: i64 = reference.text(0, row, &keys).parse().expect("a number");
                [&before, &after].iter().all(|times| times.iter().any(|time| time / 10 * 10 == start))
            });
            assert_eq!(
                across.count() as u64,
                sides.across.missing + sides.across.equal + sides.across.changed
            );
        }
    }

    #[test]
    fn windows_that_the_reference_can_not_have_are_told_apart() {
        let reference = table(&[(0, 20, 1), (20, 40, 1), (60, 80, 1)]);
        let answer = table(&[
            (0, 10, 1),  // given out before: the old size
            (10, 20, 1), // the same
            (10, 30, 1), // of the right size, begins elsewhere
            (20, 30, 1), // the old size, after
            (30, 35, 1), // another
            (40, 60, 1), // may be
            (60, 80, 1), // is
        ]);
        let keys = Keys::default();
        let found = windowed(&reference, &answer, &keys).strange(|row| row < 2);
        let short = |strange: &StrangeWindows| {
            (strange.kind, strange.length_ms, strange.before, strange.after, strange.example.join(" "))
        };
        assert_eq!(
            found.iter().map(short).collect::<Vec<_>>(),
            [
                (Strangeness::OldSize, 10, 2, 1, "20 30".to_owned()),
                (Strangeness::Shifted, 20, 0, 1, "10 30".to_owned()),
                (Strangeness::OtherSize, 5, 0, 1, "30 35".to_owned()),
            ]
        );
    }

    #[test]
    fn nothing_is_strange_beside_windows_of_several_lengths() {
        let keys = Keys::default();
        let sessions = table(&[(0, 7, 1), (20, 40, 1)]);
        assert!(windowed(&sessions, &table(&[(3, 5, 1)]), &keys).strange(|_| true).is_empty());
        let nothing = table(&[]);
        assert!(windowed(&nothing, &table(&[(3, 5, 1)]), &keys).strange(|_| true).is_empty());
    }
}
