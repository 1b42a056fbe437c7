//! Shows that a folder of Parquet files keeps what each guarantee promises: crashes at some of all places, files that a kill
//! has left half written, files that somebody has changed or taken away.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

#[path = "../../../../replay/tests/crash_matrix/everywhere.rs"]
mod everywhere;
#[path = "../../../../replay/tests/crash_matrix/jobs.rs"]
mod jobs;
#[path = "../../../../replay/tests/crash_matrix/oracles.rs"]
mod oracles;

use std::{fs, path::Path};

use csv::ByteRecord;
use datasets::Keys;
use replay::recovery::{
    Deliver, Epoch, Guarantee, Held, Keeps, Medium, Output, RecoveryError, SinkColumn, SinkError, SinkKind,
    Taken,
};
use store::checkpoints::{Durability, Memory};
use stream::Trigger;

use crate::{
    jobs::Make,
    oracles::{Elsewhere, Subject},
};

fn subject<'a, R>(
    make: &'a Make<R>,
    records: &'a [R],
    keys: &'a Keys,
    trigger: Trigger,
    elsewhere: Option<Elsewhere<'a>>,
) -> Subject<'a, R> {
    Subject {
        make,
        records,
        keys,
        trigger,
        every: everywhere::EVERY,
        durability: Durability::Process,
        sink: Deliver::ToOutput,
        elsewhere,
        identity: "a test",
    }
}

fn check<R: Copy>(jobs: &[(&'static str, Make<R>)], records: &[R], trigger: Trigger, offset: usize) -> usize {
    let (keys, mut crashes) = (jobs::keys(), 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    let open = |columns| parquet_rows::sink(&path, columns);
    for (i, (name, make)) in jobs.iter().enumerate().filter(|(i, _)| i % 3 == offset % 3) {
        let elsewhere = subject(make, records, &keys, trigger, Some(&open));
        for guarantee in Guarantee::ALL {
            crashes += everywhere::check(name, &elsewhere, guarantee, (offset + i, 53));
        }
        // And without a crash, the lines are those of a file.
        let file = subject(make, records, &keys, trigger, None);
        let (found, wanted) =
            (elsewhere.run(Guarantee::ExactlyOnce, &[]), file.run(Guarantee::ExactlyOnce, &[]));
        assert!(found.1 == wanted.1 && found.0.concluded == wanted.0.concluded, "{name}");
    }
    crashes
}

#[test]
fn no_crash_breaks_what_is_promised() {
    let mut crashes = 0;
    for (offset, trigger) in ["record", "once"].into_iter().enumerate() {
        let trigger: Trigger = trigger.parse().unwrap();
        crashes += check(&jobs::windowed(trigger), &jobs::events(), trigger, offset);
        crashes += check(&jobs::totals(trigger), &jobs::deliveries(), trigger, offset + 20);
        crashes += check(&jobs::joins(trigger), &jobs::sided(), trigger, offset + 40);
    }
    println!("{crashes} crashes");
    assert!(crashes > 70, "{crashes}");
}

fn columns() -> Vec<SinkColumn> {
    let column = |name: &str, kind| SinkColumn { name: name.to_owned(), kind, is_key: false };
    vec![
        column("int", SinkKind::Int),
        column("wide", SinkKind::Wide),
        column("maybe", SinkKind::Maybe),
        column("a.\"text\"", SinkKind::Text),
    ]
}

fn row(cells: [&str; 4]) -> ByteRecord {
    cells.to_vec().into()
}

#[test]
fn cells_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = parquet_rows::sink(&folder.path().join("rows"), columns());
    let taken = sink.take_over().unwrap();
    assert_eq!(taken, Taken { writer: 1, epochs: Vec::new(), keeps: Keeps::All });
    let nines = "9".repeat(38);
    let rows = [
        row(["-9223372036854775808", &nines, "", ""]),
        row(["0", &format!("-{nines}"), "-1", "a,\"b\"\r\n\u{1F600}"]),
        row(["9223372036854775807", "-1", "0", "\0"]),
    ];
    sink.deliver(taken.writer, &Epoch { number: 0, rows: &rows, hash: [7; 32] }).unwrap();
    let mut found = Vec::new();
    sink.read(&mut |epoch, row| found.push((epoch, row.clone()))).unwrap();
    assert_eq!(found, rows.clone().map(|row| (0, row)));
    // What doesn't fit leaves nothing behind.
    for (cells, why) in [
        (["0", "100000000000000000000000000000000000000", "", ""], "38 digits"),
        (["x", "0", "", ""], "64 bits"),
    ] {
        let error = sink.deliver(1, &Epoch { number: 1, rows: &[row(cells)], hash: [8; 32] }).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
    let held = Held { rows: 3, hash: [7; 32] };
    assert_eq!(sink.take_over().unwrap(), Taken { writer: 2, epochs: vec![held], keeps: Keeps::All });
    assert_eq!(names(&folder.path().join("rows")), ["_writer", "epoch-00000000.parquet"]);
    // The one before is refused, an epoch that is there skipped, and another under its number no longer taken for it.
    assert_eq!(sink.deliver(1, &Epoch { number: 1, rows: &rows, hash: [9; 32] }), Err(SinkError::Fenced));
    assert_eq!(sink.deliver(2, &Epoch { number: 0, rows: &rows, hash: [7; 32] }), Ok(()));
    let other = sink.deliver(2, &Epoch { number: 0, rows: &rows, hash: [9; 32] });
    assert!(matches!(other, Err(SinkError::Damaged(_))));
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs with a folder, does `harm` to it, and runs again on the same checkpoints.
fn again(guarantee: Guarantee, harm: impl Fn(&Path)) -> Result<Vec<String>, String> {
    let (keys, trigger) = (jobs::keys(), Trigger::Record);
    let (jobs, events) = (jobs::windowed(trigger), jobs::events());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    let open = |columns| parquet_rows::sink(&path, columns);
    let subject = subject(&jobs[0].1, &events, &keys, trigger, Some(&open));
    let memory = Memory::new();
    let medium = |memory: &Memory| Medium::on(memory.clone()).with(Output::into(open(subject.columns())));
    let first = subject.run_on(&mut medium(&memory), guarantee, &[]).unwrap();
    assert!(names(&path).len() > 3);
    harm(&path);
    match subject.run_on(&mut medium(&memory.after_kill()), guarantee, &[]) {
        Ok(second) => {
            assert_eq!(second.1, first.1);
            assert!(!names(&path).iter().any(|name| name.contains("draft")));
            Ok(second.0.given_up)
        }
        Err(RecoveryError::DamagedOutput(what)) => Err(what),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_file_that_was_half_written_is_removed() {
    let half = |path: &Path| {
        let whole = fs::read(path.join("epoch-00000000.parquet")).unwrap();
        fs::write(path.join("epoch-00000099.parquet.draft"), &whole[..whole.len() / 2]).unwrap();
    };
    for guarantee in Guarantee::ALL {
        assert_eq!(again(guarantee, half), Ok(vec![]), "{guarantee}");
    }
}

#[test]
fn files_that_were_harmed_are_written_anew_or_refused() {
    let first = |path: &Path| path.join("epoch-00000000.parquet");
    let lost = |path: &Path| fs::remove_file(first(path)).unwrap();
    let cut = |path: &Path| {
        let whole = fs::read(first(path)).unwrap();
        fs::write(first(path), &whole[..whole.len() - 9]).unwrap();
    };
    let exchanged = |path: &Path| {
        fs::copy(path.join("epoch-00000001.parquet"), first(path)).unwrap();
    };
    for harm in [&lost as &dyn Fn(&Path), &cut, &exchanged] {
        let given_up = again(Guarantee::ExactlyOnce, harm).unwrap();
        assert_eq!(given_up.len(), 1, "{given_up:?}");
        assert!(again(Guarantee::AtMostOnce, harm).is_err());
    }
}
