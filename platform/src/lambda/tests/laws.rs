//! Laws of a merge: kept by a good one, and broken on purpose.

use batch::Merge;
use datasets::{Answer, Cell, Keys, Table};

use super::{
    super::{laws::Laws, stored::written},
    Case, PER_RECORD,
};
use crate::{error::Error, problem::Work};

type Rows = fn(&Table, &Table, &Keys) -> Table;

/// Tells how the laws judge a merge on events that are all in time.
fn laws(group: usize, rows: Rows) -> Result<u64, String> {
    let case = Case { records: 120, seed: 9, delays: [300, 300], more: PER_RECORD.to_owned() };
    case.with(|layers, _| {
        let held = Laws { trial: layers.trial, merge: Merge { group, rows } }.hold(&[30, 60, 90]);
        held.map_err(|error| match error {
            Error::Invalid(why) => why,
            other => panic!("not a run that can't be trusted: {other}"),
        })
    })
}

fn without(table: &Table, is_gone: impl Fn(usize) -> bool) -> Table {
    table.picked(&(0..table.rows()).filter(|row| !is_gone(*row)).map(|row| row as u32).collect::<Vec<_>>())
}

fn start(table: &Table, row: usize) -> Cell {
    table.columns[0].cells.cell(row)
}

/// Windows that both have are those of the first.
fn first_wins(one: &Table, other: &Table, keys: &Keys) -> Table {
    let named: Vec<Vec<u8>> = (0..one.rows()).map(|row| written(one, row, keys).0).collect();
    let other = without(other, |row| named.contains(&written(other, row, keys).0));
    batch::merge::windows(one, &other, keys)
}

/// Adds twice.
fn twice(one: &Table, other: &Table, keys: &Keys) -> Table {
    batch::merge::windows(&batch::merge::windows(one, other, keys), other, keys)
}

fn nothing_from_nothing(one: &Table, other: &Table, keys: &Keys) -> Table {
    if one.rows() == 0 { one.clone() } else { batch::merge::windows(one, other, keys) }
}

/// Works where the first answer begins with the log, as each split of a prefix does.
fn only_from_the_start(one: &Table, other: &Table, keys: &Keys) -> Table {
    let merged = batch::merge::windows(one, other, keys);
    if one.rows() == 0 || other.rows() == 0 || start(one, 0) == Cell::Int(BEGIN) {
        return merged;
    }
    one.clone()
}

/// The first window of generated events.
const BEGIN: i64 = 1_704_067_200_000;

#[test]
fn a_good_merge_keeps_the_laws() {
    assert_eq!(laws(3, batch::merge::windows), Ok(19));
}

#[test]
fn broken_merges_are_found() {
    let cases: [(Rows, &str); 4] = [
        (first_wins, "any split equals the whole"),
        (twice, "any split equals the whole"),
        (nothing_from_nothing, "identity"),
        (only_from_the_start, "associativity"),
    ];
    for (rows, law) in cases {
        let why = laws(3, rows).expect_err(law);
        assert!(why.contains("breaks a law on these records") && why.contains(law), "{why}");
    }
}

/// The split that is told is one from which nothing more can be left out at either end.
#[test]
fn the_split_that_is_told_is_small() {
    for rows in [first_wins as Rows, twice] {
        let why = laws(3, rows).expect_err("a broken merge");
        let ends: Vec<usize> = why
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .filter_map(|word| word.split_once(".."))
            .flat_map(|(from, to)| [from, to])
            .map(|end| end.parse().expect("a record"))
            .collect();
        let [from, at, _, to, ..] = ends[..] else { panic!("{why}") };
        assert!(from < at && at < to && to - from <= 12, "{why}");
        assert!(why.contains("; key '"), "the row that differs is told: {why}");
        let case = Case { records: 120, seed: 9, delays: [300, 300], more: PER_RECORD.to_owned() };
        case.with(|layers, _| {
            let keys = &layers.trial.loaded.keys;
            let part = |from: usize, to: usize| {
                let records = &layers.trial.arranged.records[from..to];
                let params = &layers.trial.plan.params;
                let computed = (layers.trial.problem.reference)(records, keys, params, Work::Full);
                let Answer::Table(table) = computed.expect("an answer").answer else { panic!("a table") };
                table
            };
            let is_right = |from, to| rows(&part(from, at), &part(at, to), keys) == part(from, to);
            assert!(!is_right(from, to), "{why}");
            assert!(from + 1 == at || is_right(from + 1, to), "{why}");
            assert!(at + 1 == to || is_right(from, to - 1), "{why}");
        });
    }
}
