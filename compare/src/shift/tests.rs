//! Holds what is found of shifted keys against tables of which the shift is known.

use datasets::FieldKind;
use proptest::prelude::*;

use super::*;
use crate::{
    Rule, Rules,
    rows::testing::{Table, table},
};

fn csv(text: &str) -> Table {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().map_or(Vec::new(), |head| head.split(',').collect());
    let cell = |text: &str| (FieldKind::Untyped, text.to_owned());
    table(&columns, lines.map(|line| line.split(',').map(cell).collect()).collect())
}

/// Returns what is found of two tables whose keys are these columns.
fn shift(left: &Table, right: &Table, key: &[&str]) -> Option<KeyShift> {
    let how = ComparingRows {
        key: key.iter().map(ToString::to_string).collect(),
        rules: Rules::all(Rule::Number),
        ..ComparingRows::default()
    };
    let go_on = || true;
    let before = compare_rows(&mut left.clone(), &mut right.clone(), &how, &go_on).expect("comparable");
    if !may_be_shifted(&before) {
        return None;
    }
    let spans = |table: &Table| key_spans(&mut table.clone(), &how.key, &go_on).expect("readable");
    let (of_left, of_right) = (spans(left), spans(right));
    let tried = |guess: &ShiftGuess| {
        let (mut left, mut right) = (left.clone(), right.clone());
        guess.tried((&mut left, &mut right), &how, &before, &go_on).expect("readable")
    };
    for guess in shift_guesses(&of_left, &of_right) {
        let Tried { shift, wider } = tried(&guess);
        let shift = wider.and_then(|wider| tried(&wider).shift).or(shift);
        if shift.is_some() {
            return shift;
        }
    }
    shift_of_steps(&of_left, &of_right)
}

fn sentence(left: &str, right: &str, key: &[&str]) -> Option<String> {
    shift(&csv(left), &csv(right), key).map(|shift| shift.sentence())
}

fn day(day: u32) -> String {
    format!("2026-{:02}-{:02}", 1 + day / 28, 1 + day % 28)
}

/// A table of windows, each beginning at one of these times.
fn windows(starts: impl Iterator<Item = String>) -> String {
    starts
        .enumerate()
        .fold("start,user,total".to_owned(), |text, (at, start)| text + &format!("\n{start},u,{}", at * at))
}

#[test]
fn another_origin_is_named_with_what_is_left_to_differ() {
    let (left, right) = (windows((0..5).map(|at| day(4 * at))), windows((0..5).map(|at| day(1 + 4 * at))));
    assert_eq!(
        sentence(&left, &right, &["start", "user"]).as_deref(),
        Some(
            "every 'start' is 1 day later on the right: another origin; with that taken out 5 of 5 rows stand in both \
             tables, 5 of them equal"
        )
    );
    let other = right.replace("u,9", "u,10");
    assert!(
        sentence(&left, &other, &["start", "user"]).is_some_and(|said| said.ends_with("4 of them equal"))
    );
    let lost = other.lines().take(5).collect::<Vec<_>>().join("\n");
    assert_eq!(sentence(&left, &lost, &["start", "user"]), Some(grid_of(4, 1)));
}

fn grid_of(every: u32, by: u32) -> String {
    let days = |days| datasets::counted(days, "days");
    format!(
        "every 'start' lies {} from the next, or several times that, in both tables, but {} later on the right: another \
         origin",
        days(every.into()),
        days(by.into())
    )
}

#[test]
fn hours_that_overlap_are_found_by_what_is_equal_then() {
    let hour = |hour: u32| format!("2026-01-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24);
    let (left, right) = (windows((0..50).map(hour)), windows((2..52).map(hour)));
    let said = sentence(&left, &right, &["start"]).expect("found");
    assert!(
        said.starts_with("every 'start' is 2 hours later on the right: another time zone, or days of one;"),
        "{said}"
    );
    assert!(said.ends_with("50 of 50 rows stand in both tables, 50 of them equal"), "{said}");
    // The same windows with other totals: nothing says that they are others.
    let other = windows((2..52).map(hour)).replace(",u,", ",u,1");
    assert_eq!(sentence(&left, &other, &["start"]), None);
}

#[test]
fn columns_that_go_along_are_named_with_the_key() {
    let rows =
        |from: u32| (0..4).map(move |at| format!("\n{},{},{at}", 100 * at + from, 100 * at + 50 + from));
    let table = |from| rows(from).fold("start,end,n".to_owned(), |text, row| text + &row);
    for key in [&["start"][..], &["start", "end"]] {
        let said = sentence(&table(0), &table(7), key).expect("found");
        assert!(
            said.starts_with("every 'start' and 'end' is 7 larger on the right; with"),
            "{key:?}: {said}"
        );
        assert!(said.ends_with("4 of them equal"), "{key:?}: {said}");
    }
}

#[test]
fn days_of_a_zone_with_summer_time_are_known_by_their_two_hours() {
    let left = windows((0..40).map(|at| format!("{}T00:00:00Z", day(2 * at))));
    let local = |at: u32| format!("{}T{}:00:00Z", day(2 * at), if at < 20 { 23 } else { 22 });
    assert_eq!(
        sentence(&left, &windows((0..40).map(local)), &["start"]).as_deref(),
        Some(
            "'start' is always at 00:00 on the left and at 22:00 or 23:00 on the right: days of a zone with summer time"
        )
    );
}

#[test]
fn tables_of_other_rows_have_no_shift() {
    for (left, right) in [
        ("id,n\n1,1\n2,2\n3,3", "id,n\n4,5\n5,6\n6,7"),
        ("id,n\na,1\nb,2\nc,3", "id,n\nd,1\ne,2\nf,3"),
        ("id,n\n1,1\n2,2\n7,3", "id,n\n11,1\n15,2\n19,3"),
        ("id,n\n1,1\nx,2\n3,3", "id,n\n4,1\n5,2\n6,3"),
        ("id,n\n1,1", "id,n\n2,1"),
        ("id,n", "id,n\n2,1"),
    ] {
        assert_eq!(sentence(left, right, &["id"]), None, "{left} / {right}");
    }
}

proptest! {
    #[test]
    fn a_shift_by_any_constant_is_found_whatever_the_order(
        keys in prop::collection::btree_map(-2000_i64..2000, 0_u32..9, 2..60),
        by in prop_oneof![-9000_i64..-4001, 4001_i64..9000],
        changed in 0_usize..3,
    ) {
        let line = |(key, value): (&i64, &u32), by: i64| format!("\n{},{value}", key + by);
        let left = keys.iter().map(|row| line(row, 0)).collect::<String>();
        let right: Vec<String> = keys.iter().rev().enumerate()
            .map(|(at, (key, value))| line((key, &(value + u32::from(at < changed) * 10)), by)).collect();
        let found = shift(&csv(&format!("k,v{left}")), &csv(&format!("k,v{}", right.concat())), &["k"]);
        let equal = keys.len() - changed.min(keys.len());
        let is_constant = matches!(&found, Some(KeyShift::Constant { by: found, rows, .. })
            if found.written() == by.to_string() && rows.equal == equal as u64 && rows.missing + rows.extra == 0);
        prop_assert_eq!(is_constant, 2 * equal > keys.len(), "{:?}", found);
    }
}
