//! Views on a real server, where `COUNTERPOINT_TEST_POSTGRES` says how one is reached: random changes against a map, readers
//! meanwhile, and what is refused.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use csv::ByteRecord;
use datasets::SplitMix64;
use replay::{
    recovery::{Server, ServerTable, SinkColumn, SinkError, SinkKind},
    view::{Rhythm, View, ViewChange, ViewStamp},
};
use tokio_postgres::NoTls;

static TABLES: AtomicU32 = AtomicU32::new(0);
/// So many epochs of random changes.
const EPOCHS: u64 = 60;

type Rows = BTreeMap<Vec<String>, Vec<String>>;

/// The server, if there is one; it is said where there isn't.
fn server() -> Option<Server> {
    let url = std::env::var("COUNTERPOINT_TEST_POSTGRES").ok();
    if url.is_none() {
        println!("!!!! SKIPPED: COUNTERPOINT_TEST_POSTGRES names no server");
    }
    url.map(|url| Server { url, password: None })
}

fn column(name: &str, kind: SinkKind, is_key: bool) -> SinkColumn {
    SinkColumn { name: name.to_owned(), kind, is_key }
}

fn columns() -> Vec<SinkColumn> {
    vec![
        column("k\"; DROP TABLE x; --", SinkKind::Maybe, true),
        column("text", SinkKind::Text, true),
        column("sum", SinkKind::Wide, false),
        column("order", SinkKind::Maybe, false),
    ]
}

/// A table of a name that no other test has.
fn table(server: &Server, columns: Vec<SinkColumn>) -> ServerTable {
    let number = TABLES.fetch_add(1, Ordering::Relaxed);
    let name = format!("view {}.\"{number}\"", std::process::id());
    ServerTable { server: server.clone(), table: name, run: "one".to_owned(), keep: true, columns }
}

fn stamp(epoch: u64) -> ViewStamp {
    // What is served changes hands now and then.
    let deployment = 1 + epoch / 20;
    ViewStamp {
        deployment,
        name: format!("of {deployment}"),
        epoch,
        records: epoch * 10,
        watermark_ms: (!epoch.is_multiple_of(3)).then(|| -5 + epoch.cast_signed()),
    }
}

fn record(row: (&Vec<String>, &Vec<String>)) -> ByteRecord {
    row.0.iter().chain(row.1).collect::<Vec<_>>().into()
}

/// A random step from these rows to others, done to the map; the keys that go, and the rows that come.
fn step(random: &mut SplitMix64, rows: &mut Rows) -> (Vec<ByteRecord>, Vec<ByteRecord>) {
    let (mut gone, mut come) = (Rows::new(), Rows::new());
    for _ in 0..random.uniform(0, 8) {
        let number = random.uniform(0, 3);
        let key = vec![
            if number == 0 { String::new() } else { (number.cast_signed() - 2).to_string() },
            ["", "a", "b,\"\r\n", "\u{1F600}\\N"][random.uniform(0, 3) as usize].to_owned(),
        ];
        if come.contains_key(&key) || gone.contains_key(&key) {
            continue;
        }
        if random.uniform(0, 2) == 0 {
            gone.insert(key, Vec::new());
        } else {
            let sum = i128::from(random.uniform(0, u64::MAX)) * i128::from(i64::MAX);
            come.insert(key, vec![sum.to_string(), ["", "-7"][random.uniform(0, 1) as usize].to_owned()]);
        }
    }
    rows.retain(|key, _| !gone.contains_key(key));
    rows.extend(come.clone());
    (gone.iter().map(record).collect(), come.iter().map(record).collect())
}

fn shown(view: &mut dyn View) -> (Option<ViewStamp>, Vec<ByteRecord>) {
    let mut rows = Vec::new();
    let stamp = view.read(&mut |row| rows.push(row.clone())).unwrap();
    rows.sort_by(|a, b| a.iter().cmp(b));
    (stamp, rows)
}

fn wanted(rows: &Rows) -> Vec<ByteRecord> {
    let mut rows: Vec<ByteRecord> = rows.iter().map(record).collect();
    rows.sort_by(|a, b| a.iter().cmp(b));
    rows
}

/// Reads a view over and over, as anybody does: one query, in which the rows and the epoch are of one moment.
fn reads(server: &Server, table: &str, is_over: &AtomicBool) -> Vec<(i64, Vec<ByteRecord>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let query = format!(
        "SELECT epoch, shown.* FROM {} LEFT JOIN (SELECT true AS has, \"k\"\"; DROP TABLE x; --\"::text, text, sum::text, \
         \"order\"::text FROM {}) AS shown ON true",
        quoted(&format!("{table}_view")),
        quoted(table)
    );
    let mut seen = Vec::new();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&server.url, NoTls).await.unwrap();
        tokio::spawn(async { drop(connection.await) });
        while !is_over.load(Ordering::Relaxed) {
            let found = client.query(&query, &[]).await.unwrap();
            let Some(epoch) = found[0].get::<_, Option<i64>>(0) else { continue };
            let is_row = |row: &&tokio_postgres::Row| row.get::<_, Option<bool>>(1).is_some();
            let fields = |row: &tokio_postgres::Row| -> ByteRecord {
                (2..6)
                    .map(|at| row.get::<_, Option<String>>(at).unwrap_or_default())
                    .collect::<Vec<_>>()
                    .into()
            };
            let mut rows: Vec<ByteRecord> = found.iter().filter(is_row).map(fields).collect();
            rows.sort_by(|a, b| a.iter().cmp(b));
            seen.push((epoch, rows));
        }
    });
    seen
}

#[test]
fn each_epoch_is_shown_whole_to_whoever_reads_meanwhile() {
    let Some(server) = server() else { return };
    let place = table(&server, columns());
    let mut view = postgres_sink::open_view(&place);
    let standing = view.take_over().unwrap();
    assert_eq!((standing.stamp, standing.rhythm), (None, Rhythm::EachEpoch));
    let (mut random, mut rows) = (SplitMix64::new(1), Rows::new());
    let mut history = vec![Vec::new()];
    let is_over = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let reader = scope.spawn(|| reads(&server, &place.table, &is_over));
        let first = ViewChange { from: None, to: &stamp(0), gone: &[], rows: &[] };
        view.publish(standing.writer, &first).unwrap();
        for epoch in 1..EPOCHS {
            let (gone, come) = step(&mut random, &mut rows);
            history.push(wanted(&rows));
            let (from, to) = (stamp(epoch - 1), stamp(epoch));
            // Now and then everything is written anew.
            let change = if epoch.is_multiple_of(11) {
                ViewChange { from: None, to: &to, gone: &[], rows: &history[epoch as usize] }
            } else {
                ViewChange { from: Some(&from), to: &to, gone: &gone, rows: &come }
            };
            view.publish(standing.writer, &change).unwrap();
            view.publish(standing.writer, &change).unwrap();
            assert_eq!(shown(&mut *view), (Some(to), history[epoch as usize].clone()), "{epoch}");
        }
        is_over.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(seen.len() > 20, "{} reads", seen.len());
    for (epoch, rows) in seen {
        assert_eq!(rows, history[epoch as usize], "{epoch}");
    }
    view.remove().unwrap();
    assert!(postgres_sink::check_view(&ServerTable { run: String::new(), ..place }).is_ok(), "it is gone");
}

#[test]
fn what_does_not_follow_is_refused_and_the_next_process_takes_over() {
    let Some(server) = server() else { return };
    let place = table(&server, columns());
    let mut first = postgres_sink::open_view(&place);
    let old = first.take_over().unwrap().writer;
    let row = [ByteRecord::from(vec!["1", "a", "2", ""])];
    first.publish(old, &ViewChange { from: None, to: &stamp(3), gone: &[], rows: &row }).unwrap();
    let jump = ViewChange { from: Some(&stamp(4)), to: &stamp(5), gone: &[], rows: &[] };
    let error = first.publish(old, &jump).unwrap_err();
    assert!(matches!(&error, SinkError::Damaged(what) if what.contains("shows epoch 3")), "{error}");
    let mut second = postgres_sink::open_view(&place);
    let standing = second.take_over().unwrap();
    assert_eq!(standing.stamp, Some(stamp(3)));
    let next = ViewChange { from: Some(&stamp(3)), to: &stamp(4), gone: &row_keys(&row), rows: &[] };
    assert_eq!(first.publish(old, &next), Err(SinkError::Fenced));
    assert_eq!(shown(&mut *second).1, row);
    second.publish(standing.writer, &next).unwrap();
    assert_eq!(shown(&mut *second), (Some(stamp(4)), Vec::new()));
    let nul = [ByteRecord::from(vec!["1", "\0", "2", ""])];
    let bad = ViewChange { from: Some(&stamp(4)), to: &stamp(5), gone: &[], rows: &nul };
    assert!(second.publish(standing.writer, &bad).unwrap_err().to_string().contains("NUL"));
    second.remove().unwrap();
}

fn row_keys(rows: &[ByteRecord]) -> Vec<ByteRecord> {
    rows.iter().map(|row| row.iter().take(2).collect()).collect()
}

/// Rows without a key: there is one at most.
#[test]
fn an_answer_of_one_row_is_replaced() {
    let Some(server) = server() else { return };
    let mut view = postgres_sink::open_view(&table(&server, vec![column("total", SinkKind::Int, false)]));
    let writer = view.take_over().unwrap().writer;
    view.publish(writer, &ViewChange { from: None, to: &stamp(0), gone: &[], rows: &[] }).unwrap();
    for epoch in 1..4 {
        let rows = [ByteRecord::from(vec![epoch.to_string()])];
        let change = ViewChange { from: Some(&stamp(epoch - 1)), to: &stamp(epoch), gone: &[], rows: &rows };
        view.publish(writer, &change).unwrap();
        assert_eq!(shown(&mut *view).1, rows);
    }
    let change = ViewChange { from: Some(&stamp(3)), to: &stamp(4), gone: &[ByteRecord::new()], rows: &[] };
    view.publish(writer, &change).unwrap();
    assert_eq!(shown(&mut *view).1, Vec::<ByteRecord>::new());
    view.remove().unwrap();
}

fn execute(server: &Server, text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&server.url, NoTls).await.unwrap();
        tokio::spawn(async { drop(connection.await) });
        client.batch_execute(text).await.unwrap();
    });
}

#[test]
fn a_table_that_is_not_the_runs_is_refused_by_name_and_not_touched() {
    let Some(server) = server() else { return };
    let refused = |place: &ServerTable, parts: &[&str]| {
        let mut view = postgres_sink::open_view(place);
        for error in [view.take_over().unwrap_err(), postgres_sink::check_view(place).unwrap_err()] {
            let SinkError::Refused { what, .. } = &error else { panic!("{error:?}") };
            assert!(parts.iter().all(|part| what.contains(part)), "{what}");
        }
        view.remove().unwrap();
    };
    // Another's table.
    let name = format!("taken_{}", std::process::id());
    let place = ServerTable { table: name.clone(), ..table(&server, columns()) };
    execute(
        &server,
        &format!("CREATE TABLE {name} (a int, \"b c\" text); INSERT INTO {name} VALUES (1, 'x')"),
    );
    refused(&place, &[&format!("the table \"{name}\" exists already"), "\"a\" integer, \"b c\" text"]);
    execute(&server, &format!("ALTER TABLE {name} RENAME TO {name}_view"));
    refused(&place, &[&format!("the table \"{name}_view\" exists already")]);
    execute(&server, &format!("DROP TABLE {name}_view"));
    // Another run's view.
    let mut view = postgres_sink::open_view(&place);
    let writer = view.take_over().unwrap().writer;
    let row = [ByteRecord::from(vec!["1", "a", "2", ""])];
    view.publish(writer, &ViewChange { from: None, to: &stamp(0), gone: &[], rows: &row }).unwrap();
    let other = ServerTable { run: "two".to_owned(), ..place.clone() };
    refused(&other, &[&format!("the table \"{name}\" is the view of another run")]);
    assert_eq!(shown(&mut *view).1, row);
    // Its own, with other columns than it serves now.
    let mut fewer = columns();
    fewer.pop();
    let error = postgres_sink::open_view(&ServerTable { columns: fewer, ..place }).take_over().unwrap_err();
    assert!(error.to_string().contains("\"order\" bigint), and what is served has ("), "{error}");
    assert_eq!(shown(&mut *view).1, row);
    view.remove().unwrap();
}

#[test]
fn a_server_that_cannot_be_had_is_refused_with_its_address_and_no_password() {
    let refused = |url: &str| {
        let began = Instant::now();
        let place = Server { url: url.to_owned(), password: Some("s3cret".to_owned()) };
        let error = postgres_sink::check_view(&table(&place, columns())).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(!format!("{error} {place:?}").contains("s3cret"));
        let SinkError::Refused { what, .. } = error else { panic!("{url}: {error}") };
        what
    };
    assert!(refused("postgres://x@127.0.0.1:9/y").contains("127.0.0.1:9"));
    assert!(refused("postgres:///y").contains("[serving] view: it names no host"));
    // Found without the server: no table takes such a column.
    let mut system = columns();
    system[0].name = "ctid".to_owned();
    let place = Server { url: "postgres://x@127.0.0.1:9/y".to_owned(), password: None };
    let error = postgres_sink::check_view(&table(&place, system)).unwrap_err().to_string();
    assert!(error.contains("PostgreSQL has a column 'ctid' of its own"), "{error}");
    let Some(server) = server() else { return };
    assert!(refused(&format!("{} dbname=nowhere", server.url)).contains("nowhere"));
    let role = format!("no_rights_{}", std::process::id());
    execute(&server, &format!("CREATE ROLE {role}"));
    let said = refused(&format!("{} options='-c role={role}'", server.url));
    assert!(said.contains("no table can be created in the schema public"), "{said}");
    execute(&server, &format!("DROP ROLE {role}"));
}
