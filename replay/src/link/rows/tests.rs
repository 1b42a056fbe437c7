//! Rows line by line, without a job.

use std::collections::{BTreeMap, BTreeSet};

use datasets::{Keys, SplitMix64};

use super::*;
use crate::link::Format;

fn emit(mode: Mode) -> Emit {
    Emit { key: vec!["k".to_owned()], mode, ..Emit::default() }
}

fn table(emit: &Emit, lines: &[&str]) -> Result<String, LinkFault> {
    let mut rows = EmittedRows::new(emit);
    rows.begin(lines[0].as_bytes())?;
    for line in &lines[1..] {
        rows.take(line.as_bytes(), 5)?;
    }
    let settled = rows.finish(None)?;
    let mut out = Vec::new();
    (0..settled.table.rows()).for_each(|row| settled.table.write_row(row, &Keys::default(), &mut out));
    Ok(String::from_utf8(out).expect("UTF-8"))
}

#[test]
fn a_row_goes_on_while_its_quotes_are_open() {
    let lines = ["k,v", "a,\"1", "2\",", "3\"", "b,\"", "\"\"", "\""];
    let found = table(&emit(Mode::Append), &["k,v", "a,\"1", "\"\"2\"\"", "3\"", "b,\"", "\"\"", "\""]);
    assert_eq!(found, Ok("a,\"1\n\"\"2\"\"\n3\"\nb,\"\n\"\"\n\"\n".to_owned()));
    assert!(table(&emit(Mode::Append), &lines).is_err());
    let mut endless = vec!["k,v", "a,\""];
    endless.extend(["x"; MOST_LINES + 1]);
    let error = table(&emit(Mode::Append), &endless).expect_err("too many");
    assert!(matches!(&error, LinkFault::Row { why, .. } if why.contains("1000 lines")), "{error:?}");
}

#[test]
fn rows_behind_a_line_are_told_apart() {
    let mut rows = EmittedRows::new(&emit(Mode::Upsert));
    rows.begin(b"k,v").expect("good");
    for line in ["c,1", "a,1", "b,1"] {
        rows.take(line.as_bytes(), 0).expect("good");
    }
    let lines = rows.lines();
    for line in ["c,2", "d,1"] {
        rows.take(line.as_bytes(), 0).expect("good");
    }
    let settled = rows.finish(Some(Mark { after: lines, may_repeat: false })).expect("good");
    assert_eq!((settled.table.rows(), settled.behind), (4, vec![2, 3]));
    assert_eq!(settled.table.columns.len(), 2);
}

/// Two rows of a key are found whatever stands between them: against every pair.
#[test]
fn the_first_key_that_is_there_again_is_found() {
    let mut random = SplitMix64::new(3);
    let mut refused = 0;
    for round in 0..300_u64 {
        let rows: Vec<String> = (0..round % 9).map(|_| format!("{},x", random.uniform(0, 12))).collect();
        let again = (0..rows.len()).find_map(|row| {
            let first = (0..row).find(|&first| rows[first] == rows[row])?;
            Some([(first as u64 + 2, rows[first].clone()), (row as u64 + 2, rows[row].clone())])
        });
        let mut lines = vec!["k,v"];
        lines.extend(rows.iter().map(String::as_str));
        match (table(&emit(Mode::Append), &lines), again) {
            (Ok(_), None) => {}
            (Err(LinkFault::TwoRows(found)), Some(again)) => {
                assert_eq!(found.rows, again);
                refused += 1;
            }
            (found, again) => panic!("{found:?} {again:?}"),
        }
    }
    assert!(refused > 50, "vacuous: {refused}");
}

/// The table, the rows behind the mark, and the keys on both of its sides.
fn marked(rows: &[String], after: u64, may_repeat: bool) -> Result<(Vec<String>, Vec<u32>, u64), LinkFault> {
    let mut emitted = EmittedRows::new(&emit(Mode::Append));
    emitted.begin(b"k,v").expect("columns");
    for row in rows {
        emitted.take(row.as_bytes(), 0)?;
    }
    let settled = emitted.finish(Some(Mark { after, may_repeat }))?;
    let text = |row| {
        let mut text = Vec::new();
        settled.table.write_row(row, &Keys::default(), &mut text);
        String::from_utf8(text).expect("text").trim_end().to_owned()
    };
    Ok(((0..settled.table.rows()).map(text).collect(), settled.behind, settled.again))
}

#[test]
fn a_row_of_the_job_that_takes_over_comes_in_the_place_of_one_before() {
    let mut random = SplitMix64::new(11);
    let (mut refused, mut repeated) = (0, 0);
    for _ in 0..400 {
        let rows: Vec<(u64, u64)> =
            (0..random.uniform(0, 7)).map(|number| (random.uniform(0, 9), number)).collect();
        let before = random.uniform(0, rows.len() as u64) as usize;
        let lines: Vec<String> = rows.iter().map(|(key, number)| format!("{key},{number}")).collect();
        // The first line names the columns.
        let found = marked(&lines, before as u64 + 1, true);
        let (one, other) = rows.split_at(before);
        let keys = |rows: &[(u64, u64)]| rows.iter().map(|row| row.0).collect::<BTreeSet<u64>>();
        if keys(one).len() < one.len() || keys(other).len() < other.len() {
            assert!(matches!(found, Err(LinkFault::TwoRows(_))), "{rows:?} {before} {found:?}");
            refused += 1;
            continue;
        }
        let last: BTreeMap<u64, u64> = rows.iter().copied().collect();
        let behind = last.values().enumerate().filter(|&(_, &number)| number >= before as u64);
        let wanted = (
            last.iter().map(|(key, number)| format!("{key},{number}")).collect(),
            behind.map(|(row, _)| row as u32).collect(),
            keys(one).intersection(&keys(other)).count() as u64,
        );
        repeated += wanted.2;
        assert_eq!(found, Ok(wanted), "{rows:?} {before}");
        assert_eq!(marked(&lines, before as u64 + 1, false).is_err(), last.len() < rows.len());
    }
    assert!(refused > 30 && repeated > 30, "vacuous: {refused} {repeated}");
}

#[test]
fn kinds_are_part_of_a_row_that_is_taken_back() {
    let retract = Emit { format: Format::Json, ..emit(Mode::Retract { sign: "s".to_owned() }) };
    let first = r#"{"columns":["k","v","s"]}"#;
    let given = r#"{"k":"a","v":1,"s":"+"}"#;
    assert_eq!(table(&retract, &[first, given, r#"{"s":"-","v":1,"k":"a"}"#]), Ok(String::new()));
    for other in [r#"{"k":"a","v":"1","s":"-"}"#, r#"{"k":"a","s":"-"}"#, r#"{"k":"a","v":null,"s":"-"}"#] {
        assert!(table(&retract, &[first, given, other]).is_err(), "{other}");
    }
    assert_eq!(table(&retract, &[first, r#"{"k":"a","s":true}"#]), Ok("a,\n".to_owned()));
}
