//! Jobs that emit rows when they like: the table that follows, and every way in which rows can be bad.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use datasets::{Item, Keys, SplitMix64, Table};
use replay::{
    Control, Edges, Paced, RealClock, Schedule, feed_paced,
    link::{
        Emissions, Emit, Emitted, Emitting, Format, Input, LinkError, LinkFault as Fault, Mode, TwoRows, Wire,
    },
    process::{Process, ProcessLimits},
};
use stream::{Settling, Trigger, Version};

use crate::{Command, SHORT, items, shell};

/// Reads the header, and names columns of its own.
pub(crate) const READY: &str = "read header; echo key,n; ";

pub(crate) fn emit() -> Emit {
    Emit { key: vec!["key".to_owned()], ..Emit::default() }
}

fn upsert() -> Emit {
    Emit { mode: Mode::Upsert, ..emit() }
}

fn retract() -> Emit {
    Emit { mode: Mode::Retract { sign: "sign".to_owned() }, ..emit() }
}

/// A job that emits, under way.
struct Fed {
    version: Emitting<Item, Process>,
    control: Arc<Control>,
    emissions: Arc<Emissions>,
}

fn start(command: &Command, emit: &Emit) -> Fed {
    let (control, emissions) = (Arc::new(Control::default()), Arc::default());
    let wire = Wire {
        role: command.launch.role,
        name: command.launch.shown_command(),
        header: "size".to_owned(),
        line: command.line,
        keys: Arc::default(),
        input: Input::Lines,
        whole: |_, _| None,
    };
    crate::prepare();
    let started = Process::start(&command.launch);
    let version = Emitting::new(&Arc::new(wire), emit, &emissions, &control, started);
    Fed { version, control, emissions }
}

impl Fed {
    fn finish(mut self) -> Result<(String, Emitted), Box<LinkError>> {
        let finished = self.version.finish(&Keys::default());
        if let Some(error) = self.control.failure() {
            assert_eq!(finished.expect_err("it failed").message, error.to_string());
            assert!(self.emissions.take().is_none());
            return Err(Box::new(error.clone()));
        }
        let concluded = finished.expect("no failure").expect("a table");
        let emitted = self.emissions.take().expect("it has finished");
        assert_eq!(concluded.counts.records, emitted.records);
        assert_eq!(concluded.counts.firings, emitted.rows + emitted.rows_after_close);
        Ok((written(&concluded.table), emitted))
    }
}

fn written(table: &Table) -> String {
    let mut out = Vec::new();
    table.write_header(&mut out);
    (0..table.rows()).for_each(|row| table.write_row(row, &Keys::default(), &mut out));
    String::from_utf8(out).expect("UTF-8")
}

pub(crate) fn feed(
    command: &Command,
    emit: &Emit,
    records: &[Item],
) -> Result<(String, Emitted), Box<LinkError>> {
    let mut fed = start(command, emit);
    let mut decisions = Vec::new();
    records.chunks(7).for_each(|chunk| fed.version.push_chunk(chunk, &mut decisions));
    assert!(decisions.is_empty());
    fed.finish()
}

fn table(script: &str, emit: &Emit, records: u64) -> String {
    feed(&shell(script, ProcessLimits::default()), emit, &items(records)).expect(script).0
}

fn error(script: &str, emit: &Emit) -> LinkError {
    *feed(&shell(script, SHORT), emit, &items(10)).expect_err(script)
}

#[test]
fn rows_make_a_table_sorted_by_its_key() {
    let script = format!("{READY} while read size; do echo \"k$((9 - size)),$size\"; done");
    assert_eq!(table(&script, &emit(), 3), "key,n\nk7,2\nk8,1\nk9,0\n");
    assert_eq!(table(&script, &emit(), 0), "key,n\n");
    // The key's columns stand first, wherever the job has them.
    let script = "read h; echo n,b,a; cat > /dev/null; printf '1,x,2\\n3,\"y,\"\"\nz\",1\\r\\n'";
    let emit = Emit { key: ["a", "b"].map(str::to_owned).into(), ..emit() };
    assert_eq!(table(script, &emit, 3), "a,b,n\n1,\"y,\"\"\nz\",3\n2,x,1\n");
}

#[test]
fn json_keeps_what_was_written() {
    let json = Emit { format: Format::Json, ..emit() };
    let script = r#"read h; echo '{"columns":["n","key"]}'; cat > /dev/null
        echo '{"key":"b","n":1.50}'; echo '{"n":null,"key":"a"}'; echo '{"key":"c"}'"#;
    let mut fed = start(&shell(script, ProcessLimits::default()), &json);
    fed.version.push_chunk(&items(1), &mut Vec::new());
    let concluded = fed.version.finish(&Keys::default()).expect("good").expect("a table");
    let kinds: Vec<String> = (0..3)
        .map(|row| match &concluded.table.columns[1].cells {
            datasets::Cells::Written(fields) => format!("{:?}", fields.field(row)),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        kinds[0].contains("Null") && kinds[1].contains("1.50") && kinds[2].contains("Missing"),
        "{kinds:?}"
    );
}

#[test]
fn the_last_row_of_a_key_stays_where_that_is_the_mode() {
    let script = format!("{READY} n=0; while read size; do n=$((n + size)); echo \"sum,$n\"; done");
    assert_eq!(table(&script, &upsert(), 5), "key,n\nsum,10\n");
    let error = error(&script, &emit());
    let rows = [(2, "sum,0".to_owned()), (3, "sum,1".to_owned())];
    assert_eq!(error.fault, Fault::TwoRows(Box::new(TwoRows { key: "key=sum".into(), rows })));
    assert!(error.to_string().contains("'sum,0' in line 2 and 'sum,1' in line 3"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("upsert")));
}

#[test]
fn rows_are_given_and_taken_back() {
    let ready = "read h; echo sign,key,n; ";
    let script = format!(
        "{ready} n=0; while read size; do [ $n -gt 0 ] && echo \"-U,k,$n\"; n=$((n + 1)); echo \"+U,k,$n\"; done
         echo true,gone,1; echo false,gone,1"
    );
    assert_eq!(table(&script, &retract(), 5), "key,n\nk,5\n");
    for (rows, part) in [
        ("-D,k,1", "line 2 of its output, '-D,k,1', takes back a row that isn't there"),
        ("+1,k,1\n-1,k,2", "line 3 of its output, '-1,k,2', takes back"),
        ("+,k,1\n+,k,1", "two rows of one key, key=k: 'k,1' in line 2 and 'k,1' in line 3"),
        ("0,k,1", "has the sign '0'"),
    ] {
        let error = error(&format!("{ready} cat > /dev/null; printf '%s\n' '{rows}'"), &retract());
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// Any changelog, against a map by its definition.
#[test]
fn a_changelog_agrees_with_a_map() {
    let mut random = SplitMix64::new(5);
    let mut rows: BTreeMap<u64, u64> = BTreeMap::new();
    let mut log: Vec<String> = Vec::new();
    for at in 0..2000_u64 {
        let key = random.uniform(0, 30);
        if let Some(old) = rows.remove(&key) {
            log.push(format!("-1,{key},{old}\n"));
        }
        if random.uniform(0, 3) > 0 {
            log.push(format!("+1,{key},{at}\n"));
            rows.insert(key, at);
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("log"), log.concat()).expect("a write");
    let mut command = shell("read h; echo sign,key,n; cat log; cat > /dev/null", ProcessLimits::default());
    command.launch.cwd = Some(folder.path().to_owned());
    let found = feed(&command, &retract(), &items(3)).expect("good").0;
    let by_text: BTreeMap<String, u64> = rows.into_iter().map(|(key, n)| (key.to_string(), n)).collect();
    let expected: Vec<String> = by_text.iter().map(|(key, n)| format!("{key},{n}")).collect();
    assert_eq!(found.lines().skip(1).collect::<Vec<_>>(), expected);
}

#[test]
fn more_than_the_pipes_hold_flows_both_ways() {
    // Each record gives rows of 30 KB in all, and nobody reads them while records are pushed.
    let script = format!(
        "{READY} i=0; pad=$(printf '%0300d' 0)
         while read size; do j=0; while [ $j -lt 100 ]; do echo \"$i-$j,$pad\"; j=$((j + 1)); done; i=$((i + 1)); done"
    );
    let (table, emitted) =
        feed(&shell(&script, ProcessLimits::default()), &emit(), &items(100)).expect("good");
    assert_eq!((table.lines().count(), emitted.rows, emitted.records), (10_001, 10_000, 100));
    // All at the end, of a job that first takes all in.
    let all = format!("{READY} all=$(cat); for size in $all; do echo $size,1; done");
    assert_eq!(table_rows(&all, 3000), 3000);
}

fn table_rows(script: &str, records: u64) -> usize {
    table(script, &emit(), records).lines().count() - 1
}

#[test]
fn closing_records_bring_the_last_rows() {
    // Gives each row only when the next record comes.
    let script =
        format!("{READY} last=; while read size; do [ -n \"$last\" ] && echo $last,1; last=$size; done");
    assert_eq!(table(&script, &emit(), 3), "key,n\n0,1\n1,1\n");
    let close = Emit { close: vec!["99".to_owned(), "100".to_owned()], ..emit() };
    let mut fed = start(&shell(&script, ProcessLimits::default()), &close);
    fed.version.push_chunk(&items(3), &mut Vec::new());
    // So that it has given what it gives by itself.
    std::thread::sleep(Duration::from_millis(300));
    let (table, emitted) = fed.finish().expect("good");
    assert_eq!(table, "key,n\n0,1\n1,1\n2,1\n99,1\n");
    assert_eq!((emitted.records, emitted.rows, emitted.rows_after_close), (3, 2, 2));
    assert_eq!(emitted.closed, [2, 3]);
}

#[test]
fn a_row_that_says_its_record_is_timed() {
    let script = "read h; echo key,o; i=0; while read size; do echo $size,$i; i=$((i + 1)); done";
    let timed = Emit { offset: Some("o".to_owned()), close: vec!["77".to_owned()], ..emit() };
    let mut fed = start(&shell(script, ProcessLimits::default()), &timed);
    let start = Instant::now();
    for (at, item) in items(4).iter().enumerate() {
        // The second was due long ago.
        fed.emissions.are_late(if at == 1 { 3_600_000_000 } else { 0 });
        fed.version.push_chunk(std::slice::from_ref(item), &mut Vec::new());
        std::thread::sleep(Duration::from_millis(20));
    }
    let (table, emitted) = fed.finish().expect("good");
    let all_ns = start.elapsed().as_nanos() as f64;
    assert_eq!(table, "key\n0\n1\n2\n3\n77\n");
    let latency = emitted.latency.expect("it has offsets");
    assert_eq!(latency.count(), 4);
    assert!(latency.max_ns() >= 3.59e9 && latency.max_ns() < 3.61e9 + all_ns, "{}", latency.max_ns());
    assert!(latency.at_rank_ns(3) < all_ns && latency.at_rank_ns(1) > 0.0);
    let untimed = feed(&shell(script, ProcessLimits::default()), &emit(), &items(4)).expect("good").1;
    assert!(untimed.latency.is_none(), "nothing is known of it");
}

/// A feed on schedule says how late it is: a job that stops for a while makes rows late that it gives at once.
#[test]
fn on_schedule_rows_are_late_from_when_their_records_were_due() {
    // The first record takes it half a second; all others are due within the first 20 ms, and more than its pipe holds.
    let script = "read h; echo key,o; read size; sleep 0.5; echo x,0; i=1
        while read size; do case $i in *00) echo $i,$i;; esac; i=$((i + 1)); done";
    let timed = Emit { offset: Some("o".to_owned()), ..emit() };
    let mut command = shell(script, ProcessLimits::default());
    command.line = |item, _, line| line.extend(format!("{:01000}", item.size).bytes());
    let fed = start(&command, &timed);
    let (emissions, control) = (Arc::clone(&fed.emissions), Arc::clone(&fed.control));
    let (records, schedule) = (items(2001), Schedule::Every { interval_ns: 1e4 });
    let edges = Edges::new(Trigger::Record, records.len(), None, None).expect("no times");
    let all = [Arc::clone(&emissions)];
    let input = Paced { records: &records, edges: &edges, schedule: &schedule, emissions: &all };
    let mut versions: Vec<Box<dyn Version<Item>>> = vec![Box::new(fed.version)];
    let start = Instant::now();
    feed_paced(&mut versions, &input, &mut SplitMix64::new(1), &RealClock::new(), &control).expect("no stop");
    versions[0].finish(&Keys::default()).expect("good");
    let took = start.elapsed();
    let latency = emissions.take().expect("finished").latency.expect("timed");
    assert_eq!(latency.count(), 21);
    // The very last was due 20 ms after the first and comes at the end, whenever there was room for it in the pipe.
    assert!(latency.max_ns() >= 0.8 * took.as_nanos() as f64, "{} of {took:?}", latency.max_ns());
    assert!(latency.at_rank_ns(1) >= 0.47e9, "{}", latency.at_rank_ns(1));
}

#[test]
fn the_first_line_names_the_columns() {
    let twice = Emit { key: vec!["key".to_owned()], offset: Some("o".to_owned()), ..emit() };
    let json = Emit { format: Format::Json, ..emit() };
    for (first, emit, part) in [
        ("n", emit(), "lacks the column 'key'"),
        ("key", twice, "lacks the column 'o'"),
        ("key,n,n", emit(), "has the column 'n' twice"),
        ("key,", emit(), "has a column without a name"),
        ("\\357\\273\\277key,n", emit(), "begins with a byte order mark"),
        ("\\377,key", emit(), "isn't UTF-8"),
        ("\"key", emit(), "quotes that aren't closed"),
        ("key,n", json.clone(), "isn't {\"columns\":[…]}"),
        ("{\"columns\":[\"key\",\"\"]}", json, "has a column without a name"),
    ] {
        let error = error(&format!("read h; printf '{first}\n'; cat > /dev/null"), &emit);
        assert!(matches!(&error.fault, Fault::Columns { .. }) && error.record.is_none(), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn what_is_no_row_is_named_by_its_line() {
    let offset = Emit { offset: Some("n".to_owned()), ..emit() };
    let json = |row: &str| format!("{{\"columns\":[\"key\",\"n\"]}}\n{row}");
    let as_json = Emit { format: Format::Json, ..emit() };
    for (output, emit, part) in [
        ("key,n\na".to_owned(), emit(), "line 2 of its output, 'a', has 1 fields where the header has 2"),
        ("key,n\na,1\nb,1,2".to_owned(), emit(), "line 3 of its output, 'b,1,2', has 3 fields"),
        ("key,n\n\n".to_owned(), emit(), "line 2 of its output, '', has 1 fields"),
        ("key,n\n\\377,1".to_owned(), emit(), "isn't UTF-8"),
        ("key,n\na\\000,1".to_owned(), emit(), "has a NUL byte"),
        ("key,n\n\"a\"b,1".to_owned(), emit(), "has something behind a closing quote"),
        ("key,n\na,\"1".to_owned(), emit(), "has quotes that aren't closed"),
        ("key,n\na,10".to_owned(), offset.clone(), "has the offset 10, and 10 records have been sent"),
        ("key,n\na,-1".to_owned(), offset.clone(), "has the offset '-1', which is no whole number"),
        ("key,n\na,".to_owned(), offset, "has the offset ''"),
        (json("{\"key\":1,\"m\":2}"), as_json.clone(), "has 'm', which its first line doesn't name"),
        (json("{\"n\":1}"), as_json.clone(), "has no 'key'"),
        (json("{\"key\":NaN}"), as_json.clone(), "has NaN, which JSON doesn't know"),
        (json("[1]"), as_json.clone(), "is no JSON object"),
        (json("{\"key\":1,\"key\":2}"), as_json, "'key' is there twice"),
    ] {
        let (first, rows) = output.split_once('\n').expect("two lines");
        let script = format!("read h; echo '{first}'; cat > /dev/null; printf '{rows}\n'");
        let error = error(&script, &emit);
        assert!(matches!(&error.fault, Fault::Row { .. }) && error.record == Some(10), "{error}");
        assert!(error.to_string().contains(part), "{part}: {error}");
        assert!(error.to_string().contains("after 10 records: "), "{error}");
    }
}

#[test]
fn an_end_before_all_is_read_is_no_end() {
    // Nine of the ten lines lie unread in the pipe when it ends in seemingly good order.
    let error = error(&format!("{READY} head -c 2 > /dev/null; exit 0"), &emit());
    assert_eq!(error.fault, Fault::EndedEarly { status: "exit status: 0".into() });
    assert_eq!(error.record, Some(if cfg!(target_os = "linux") { 1 } else { 10 }), "{error}");
}

#[test]
fn the_end_must_be_good() {
    for (script, fault) in [
        ("cat > /dev/null; exit 3", Fault::Failed { status: "exit status: 3".into() }),
        ("cat > /dev/null; kill -KILL $$", Fault::Failed { status: "signal: 9 (SIGKILL)".into() }),
        ("cat > /dev/null; printf a,1", Fault::PartialLine("a,1".into())),
    ] {
        let error = error(&format!("{READY} {script}"), &emit());
        assert_eq!(error.fault, fault, "{error}");
    }
}

/// Rows that are served add up to the table, whenever they are asked for.
#[test]
fn rows_are_served_while_it_goes_on() {
    let gives = format!("{READY} n=0; while read size; do n=$((n + 1)); echo \"k$((n % 3)),$n\"; done");
    let changes = "read h; echo sign,key,n; n=0
        while read size; do [ $n -gt 0 ] && echo \"-,k,$n\"; n=$((n + 1)); echo \"+,k,$n\"; echo \"+,x$n,$n\"; echo \"-,x$n,$n\"; done";
    for (script, emit) in [(gives.as_str(), upsert()), (changes, retract())] {
        let fed = start(&shell(script, ProcessLimits::default()), &emit);
        let mut version = fed.version.served();
        let (mut rows, mut served): (BTreeMap<String, String>, usize) = (BTreeMap::new(), 0);
        let mut take = |table: &Table, settling: Settling| {
            let text = |column: usize, row| table.text(column, row, &Keys::default());
            for row in 0..table.rows() {
                let is_gone = settling == Settling::Withdrawing && text(2, row) == "0";
                rows.insert(text(0, row), text(1, row));
                if is_gone {
                    rows.remove(&text(0, row));
                }
            }
            served += table.rows();
        };
        for item in items(20) {
            version.push_chunk(&[item], &mut Vec::new());
            let update = version.serve().expect("good").expect("it is kept");
            take(&update.rows, update.settling);
            std::thread::sleep(Duration::from_millis(5));
        }
        let concluded = version.finish(&Keys::default()).expect("good").expect("a table");
        take(concluded.firings.as_ref().expect("the rest"), concluded.settling);
        let table = written(&concluded.table);
        let expected: Vec<String> = rows.iter().map(|(key, n)| format!("{key},{n}")).collect();
        assert_eq!(table.lines().skip(1).collect::<Vec<_>>(), expected);
        assert!(served >= 3, "{served}");
    }
}

/// A row may be given before the one that it replaces is taken back, and be asked for in between.
#[test]
fn a_row_stands_though_an_older_one_of_its_key_is_taken_back_later() {
    let script = "read h; echo sign,key,count; while read size; do case $size in
        1) echo +,k,0;; 2) echo +,k,7;; 3) echo -,k,0;; 4) echo -,k,7;; esac; echo +,x$size,1; done";
    let mut version = start(&shell(script, ProcessLimits::default()), &retract()).version.served();
    let standing = [Some("0"), Some("7"), Some("7"), None];
    for (size, expected) in (1..).zip(standing) {
        version.push_chunk(&[Item { size }], &mut Vec::new());
        let (mut found, mut is_there) = (None, false);
        // Until its last row is there.
        while !is_there {
            let rows = version.serve().expect("good").expect("it is kept").rows;
            let text = |column: usize, row: usize| rows.text(column, row, &Keys::default());
            for row in 0..rows.rows() {
                // Behind the job's own `count`, which may be 0, stands ours.
                assert_eq!(rows.columns.len(), 3);
                is_there |= text(0, row) == format!("x{size}");
                if text(0, row) == "k" {
                    found = (text(2, row) == "1").then(|| text(1, row));
                }
            }
        }
        assert_eq!(found.as_deref(), expected, "{size}");
    }
}

#[test]
fn a_stop_is_no_failure_of_the_job() {
    let mut fed =
        start(&shell(&format!("{READY} cat > /dev/null; sleep 300"), ProcessLimits::default()), &emit());
    fed.version.push_chunk(&items(3), &mut Vec::new());
    let stopper = std::thread::spawn({
        let control = Arc::clone(&fed.control);
        move || {
            std::thread::sleep(Duration::from_millis(200));
            control.stop();
        }
    });
    let finished = fed.version.finish(&Keys::default());
    stopper.join().expect("it only waits");
    assert!(finished.is_err() && fed.control.failure().is_none());
}
