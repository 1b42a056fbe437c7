//! With a real server, where `COUNTERPOINT_TEST_POSTGRES` says how one is reached: every place of a crash, zombies, names, and
//! what is refused. `scripts/engines/postgres.sh start` starts one.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

#[path = "../../../replay/tests/crash_matrix/everywhere.rs"]
mod everywhere;
#[path = "../../../replay/tests/crash_matrix/jobs.rs"]
mod jobs;
#[path = "../../../replay/tests/crash_matrix/oracles.rs"]
mod oracles;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use datasets::{Keys, Table};
use replay::recovery::{
    Deliver, Epoch, Fault, Guarantee, Keeps, Medium, Server, ServerTable, SinkColumn, SinkError, SinkKind,
};
use store::checkpoints::{Durability, Memory};
use stream::Trigger;

use crate::{
    jobs::Make,
    oracles::{Elsewhere, Subject},
};

static TABLES: AtomicU32 = AtomicU32::new(0);

/// The server, if there is one; it is said where there isn't.
fn server() -> Option<Server> {
    let url = std::env::var("COUNTERPOINT_TEST_POSTGRES").ok();
    if url.is_none() {
        println!("!!!! SKIPPED: COUNTERPOINT_TEST_POSTGRES names no server");
    }
    url.map(|url| Server { url, password: None })
}

/// A table of a name that no other test has.
fn table(server: &Server, columns: Vec<SinkColumn>) -> ServerTable {
    let number = TABLES.fetch_add(1, Ordering::Relaxed);
    let name = format!("test {}.\"{number}\"", std::process::id());
    ServerTable { server: server.clone(), table: name, run: "one".to_owned(), keep: false, columns }
}

fn subject<'a, R>(
    make: &'a Make<R>,
    records: &'a [R],
    keys: &'a Keys,
    trigger: Trigger,
    elsewhere: Elsewhere<'a>,
) -> Subject<'a, R> {
    Subject {
        make,
        records,
        keys,
        trigger,
        every: everywhere::EVERY,
        durability: Durability::Process,
        sink: Deliver::ToOutput,
        elsewhere: Some(elsewhere),
        identity: "a test",
    }
}

/// Crashes at some places of each job: under one trigger this one, under another that.
fn check<R: Copy>(jobs: &[(&'static str, Make<R>)], records: &[R], trigger: Trigger, offset: usize) -> usize {
    let Some(server) = server() else { return 0 };
    let (keys, mut crashes) = (jobs::keys(), 0);
    let open = |columns| postgres_sink::open(&table(&server, columns));
    for (i, (name, make)) in jobs.iter().enumerate().filter(|(i, _)| i % 4 == offset % 4) {
        let subject = subject(make, records, &keys, trigger, &open);
        for guarantee in Guarantee::ALL {
            crashes += everywhere::check(name, &subject, guarantee, (offset + i, 53));
        }
    }
    crashes
}

#[test]
fn no_crash_breaks_what_is_promised() {
    let mut crashes = 0;
    for (offset, trigger) in ["record", "every 5 records", "once"].into_iter().enumerate() {
        let trigger: Trigger = trigger.parse().unwrap();
        crashes += check(&jobs::windowed(trigger), &jobs::events(), trigger, offset);
        crashes += check(&jobs::totals(trigger), &jobs::deliveries(), trigger, offset + 7);
        crashes += check(&jobs::joins(trigger), &jobs::sided(), trigger, offset + 14);
    }
    println!("{crashes} crashes");
    assert!(crashes > 100 || server().is_none(), "{crashes}");
}

/// The rows that stand in the table, against those of a file of which the last of each key is taken.
#[test]
fn the_table_holds_the_newest_rows_of_a_file() {
    let Some(server) = server() else { return };
    let (keys, trigger) = (jobs::keys(), Trigger::Record);
    let (jobs, events) = (jobs::windowed(trigger), jobs::events());
    let open = |columns| postgres_sink::open(&table(&server, columns));
    for (name, make) in &jobs {
        let elsewhere = subject(make, &events, &keys, trigger, &open);
        let file = Subject { elsewhere: None, ..subject(make, &events, &keys, trigger, &open) };
        let found = elsewhere.run(Guarantee::ExactlyOnce, &[]);
        let wanted = file.run(Guarantee::ExactlyOnce, &[]);
        assert_eq!(found.0.concluded.table, wanted.0.concluded.table, "{name}");
        assert_eq!(found.0.concluded.counts, wanted.0.concluded.counts, "{name}");
        assert_eq!(
            lines(&found.1),
            newest(&wanted.1, &elsewhere.columns(), &wanted.0.concluded.table),
            "{name}"
        );
    }
}

fn lines(bytes: &[u8]) -> Vec<csv::ByteRecord> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    reader.byte_records().map(|row| row.unwrap()).collect()
}

/// Of the rows with one key the last, by brute force.
fn newest(bytes: &[u8], columns: &[SinkColumn], answer: &Table) -> Vec<csv::ByteRecord> {
    let key: Vec<usize> = (0..columns.len()).filter(|&at| columns[at].is_key).collect();
    assert_eq!(key.len(), answer.key_columns);
    let all = lines(bytes);
    let is_last =
        |at: usize| !all[at + 1..].iter().any(|later| key.iter().all(|&of| later[of] == all[at][of]));
    (0..all.len()).filter(|&at| is_last(at)).map(|at| all[at].clone()).collect()
}

#[test]
fn a_zombie_is_refused_by_its_number() {
    let Some(server) = server() else { return };
    let (keys, trigger) = (jobs::keys(), Trigger::Record);
    let (jobs, events) = (jobs::windowed(trigger), jobs::events());
    let open = |columns| postgres_sink::open(&table(&server, columns));
    let subject = subject(&jobs[0].1, &events, &keys, trigger, &open);
    for guarantee in Guarantee::ALL {
        let without = subject.run(guarantee, &[]);
        let zombie: Fault = "zombie at record 23".parse().unwrap();
        let with = subject.run(guarantee, &[zombie]);
        assert_eq!((subject.judge(guarantee, &without, &with), with.0.refused), (Ok(()), 1));
    }
    // And by itself, whatever the store says.
    let columns = subject.columns();
    let place = table(&server, columns.clone());
    let mut first = postgres_sink::open(&place);
    let mut second = postgres_sink::open(&place);
    let old = first.take_over().unwrap().writer;
    let new = second.take_over().unwrap().writer;
    let row: csv::ByteRecord = columns.iter().map(|_| "1").collect();
    let rows = [row];
    let epoch = Epoch { number: 0, rows: &rows, hash: [7; 32] };
    assert_eq!(first.deliver(old, &epoch), Err(SinkError::Fenced));
    second.deliver(new, &epoch).unwrap();
    second.deliver(new, &epoch).unwrap();
    let mut count = 0;
    second.read(&mut |_, _| count += 1).unwrap();
    assert_eq!(count, 1);
    let other = Epoch { hash: [8; 32], ..epoch };
    assert!(matches!(second.deliver(new, &other), Err(SinkError::Damaged(_))));
    second.remove().unwrap();
}

fn two(name: &str) -> Vec<SinkColumn> {
    vec![
        SinkColumn { name: name.to_owned(), kind: SinkKind::Maybe, is_key: true },
        SinkColumn { name: "text".to_owned(), kind: SinkKind::Text, is_key: false },
    ]
}

#[test]
fn any_name_and_any_cell_comes_back_as_it_was() {
    let Some(server) = server() else { return };
    let mut sink = postgres_sink::open(&table(&server, two("a\"; DROP TABLE x; --")));
    let taken = sink.take_over().unwrap();
    assert_eq!((taken.keeps, taken.epochs.len()), (Keeps::Newest, 0));
    let row = |cells: [&str; 2]| csv::ByteRecord::from(cells.to_vec());
    let rows = [
        row(["", "a"]),
        row(["-9223372036854775808", "b,\"\r\n"]),
        row(["", ""]),
        row(["5", "\u{1F600}\\N"]),
    ];
    sink.deliver(taken.writer, &Epoch { number: 0, rows: &rows, hash: [0; 32] }).unwrap();
    let mut found = Vec::new();
    sink.read(&mut |_, row| found.push(row.clone())).unwrap();
    assert_eq!(found, [rows[1].clone(), rows[2].clone(), rows[3].clone()]);
    let nul = [row(["7", "\0"])];
    let error = sink.deliver(taken.writer, &Epoch { number: 1, rows: &nul, hash: [1; 32] }).unwrap_err();
    assert!(error.to_string().contains("NUL"), "{error}");
    sink.remove().unwrap();
}

#[test]
fn another_runs_table_is_refused_and_not_touched() {
    let Some(server) = server() else { return };
    let place = table(&server, two("k"));
    let mut sink = postgres_sink::open(&place);
    let writer = sink.take_over().unwrap().writer;
    let row = [csv::ByteRecord::from(vec!["1", "a"])];
    sink.deliver(writer, &Epoch { number: 0, rows: &row, hash: [0; 32] }).unwrap();
    let other = ServerTable { run: "two".to_owned(), ..place.clone() };
    let mut thief = postgres_sink::open(&other);
    let error = thief.take_over().unwrap_err();
    assert!(matches!(&error, SinkError::Refused { what, .. } if what.contains("exists already")), "{error}");
    thief.remove().unwrap();
    let mut count = 0;
    sink.read(&mut |_, _| count += 1).unwrap();
    assert_eq!(count, 1);
    // One that is kept is nobody's afterwards.
    let kept = ServerTable { keep: true, ..place.clone() };
    postgres_sink::open(&kept).remove().unwrap();
    let names = std::slice::from_ref(&place.table);
    assert!(matches!(postgres_sink::check(&server, names), Err(SinkError::Refused { .. })));
    assert!(matches!(sink.take_over(), Err(SinkError::Refused { .. })));
    // The catalogue's names are free.
    postgres_sink::open(&kept).remove().unwrap();
    let mut named = postgres_sink::open(&ServerTable { table: "pg_class".to_owned(), ..place });
    let writer = named.take_over().unwrap().writer;
    named.deliver(writer, &Epoch { number: 0, rows: &row, hash: [0; 32] }).unwrap();
    named.remove().unwrap();
}

#[test]
fn a_server_that_cannot_be_had_is_refused_with_its_address_and_no_password() {
    let refused = |url: &str| {
        let began = Instant::now();
        let server = Server { url: url.to_owned(), password: Some("s3cret".to_owned()) };
        let error = postgres_sink::check(&server, &["t".to_owned()]).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(!format!("{error} {server:?}").contains("s3cret"));
        let SinkError::Refused { what, .. } = error else { panic!("{url}: {error}") };
        what
    };
    assert!(refused("host=127.0.0.1 port=9 user=x dbname=y").contains("127.0.0.1:9"));
    assert!(refused("postgresql://x@nowhere.invalid:7/y").contains("nowhere.invalid:7"));
    assert!(refused("dbname=y").contains("no host"));
    assert!(refused("host=h port=x").contains("port"));
    assert!(refused("nonsense").contains("no connection string"));
    let Some(Server { url, .. }) = server() else { return };
    assert!(refused(&format!("{url} dbname=nowhere")).contains("nowhere"));
    assert!(refused(&format!("{url} user=nobody")).contains("nobody"));
}

/// Rows that were delivered before a run was killed stay, and the next process goes on.
#[test]
fn a_run_goes_on_where_another_process_was_killed() {
    let Some(server) = server() else { return };
    let (keys, trigger) = (jobs::keys(), Trigger::Record);
    let (jobs, events) = (jobs::windowed(trigger), jobs::events());
    let open = |columns| postgres_sink::open(&table(&server, columns));
    let subject = subject(&jobs[0].1, &events, &keys, trigger, &open);
    let without = subject.run(Guarantee::ExactlyOnce, &[]);
    let place = table(&server, subject.columns());
    let memory = Memory::new();
    let medium = |memory: &Memory| {
        Medium::on(memory.clone()).with(replay::recovery::Output::into(postgres_sink::open(&place)))
    };
    let first = subject.run_on(&mut medium(&memory), Guarantee::ExactlyOnce, &[]).unwrap();
    let mut again = medium(&memory.after_kill());
    let second = subject.run_on(&mut again, Guarantee::ExactlyOnce, &[]).unwrap();
    assert_eq!((&first.1, &second.1), (&without.1, &without.1));
    again.output.remove().unwrap();
}
