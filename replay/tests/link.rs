//! A job behind a link, without any process: a link in memory that does as its script says.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use datasets::{Frozen, Item, Keys, Line, Record, freeze, generate};
use replay::{
    CHUNK, Clock, Control, Edges, Interrupted, feed_at_max,
    link::{Answers, Attached, Input, Link, LinkError, LinkFault, Rows, Stop, Wire},
};
use stream::{Trigger, Version};

/// Describes what the link does at a record, counted over all that it has been sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    /// Answers with the line that it was sent.
    Echo,
    /// Answers with something else.
    Say(&'static str),
    /// Leaves this record out.
    Skip,
    /// Answers twice.
    Twice,
    /// Fails.
    Die(&'static str),
    /// Is told to stop.
    Stop,
}

/// Nanoseconds that pass only when something is said to last.
#[derive(Debug, Default, Clone)]
struct Hours(Arc<AtomicU64>);

impl Clock for Hours {
    fn now_ns(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn wait_until_ns(&self, due_ns: u64, _: &Control) -> Result<u64, Interrupted> {
        Ok(self.0.fetch_max(due_ns, Ordering::Relaxed).max(due_ns))
    }
}

/// A script, and what has come of it.
#[derive(Debug, Default, Clone)]
struct Script {
    /// Holds what happens at which record; any other is echoed.
    acts: Vec<(usize, Act)>,
    /// Is sent back in place of the header.
    begins: Option<&'static str>,
    ends: Option<LinkFault>,
    hours: Hours,
    /// Each call, with the lines that it carried.
    calls: Arc<Mutex<Vec<String>>>,
    is_dropped: Arc<AtomicBool>,
}

impl Script {
    fn at(record: usize, act: Act) -> Self {
        Self { acts: vec![(record, act)], ..Self::default() }
    }

    fn attach(&self, control: &Arc<Control>) -> Attached<Item, Scripted> {
        attach(control, Ok(Scripted { script: self.clone(), sent: 0 }))
    }

    fn called(&self, call: impl Into<String>) {
        self.calls.lock().expect("nobody panics").push(call.into());
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("nobody panics").clone()
    }
}

fn attach(control: &Arc<Control>, started: Result<Scripted, LinkFault>) -> Attached<Item, Scripted> {
    let wire = Wire {
        role: "candidate",
        name: "a script".to_owned(),
        header: "size".to_owned(),
        line: |item: &Item, _: &Keys, line: &mut Vec<u8>| line.extend(item.size.to_string().bytes()),
        keys: Arc::default(),
        input: Input::Lines,
        whole: |_, _| None,
    };
    Attached::new(&Arc::new(wire), control, started)
}

#[derive(Debug)]
struct Scripted {
    script: Script,
    sent: usize,
}

/// Says how long it takes to begin, and to answer a record.
const BEGINS_NS: u64 = 1 << 40;
const ANSWERS_NS: u64 = 1000;

impl Scripted {
    fn lasts(&self, ns: u64) {
        self.script.hours.0.fetch_add(ns, Ordering::Relaxed);
    }
}

impl Link for Scripted {
    fn begin(&mut self, first: &[u8], _: &Control, out: &mut Answers<'_>) -> Result<(), Stop> {
        self.script.called(format!("begin {}", String::from_utf8_lossy(first)));
        self.lasts(BEGINS_NS);
        Ok(out(self.script.begins.map_or(first, str::as_bytes))?)
    }

    fn exchange(
        &mut self,
        lines: &[u8],
        records: usize,
        control: &Control,
        out: &mut Answers<'_>,
    ) -> Result<(), Stop> {
        self.script.called(format!("exchange {records}"));
        let lines = lines.strip_suffix(b"\n").expect("whole lines");
        let mut came = 0;
        for line in lines.split(|&byte| byte == b'\n') {
            let act = self.script.acts.iter().find(|(record, _)| *record == self.sent);
            match act.map_or(&Act::Echo, |(_, act)| act) {
                Act::Echo => out(line)?,
                Act::Say(other) => out(other.as_bytes())?,
                Act::Skip => {}
                Act::Twice => {
                    out(line)?;
                    out(line)?;
                }
                Act::Die(last_words) => {
                    let fault = LinkFault::Machine("gone".into());
                    return Err(Stop::Failed { fault, last_words: (*last_words).into(), unread: 0 });
                }
                Act::Stop => {
                    control.stop();
                    control.check()?;
                }
            }
            self.lasts(ANSWERS_NS);
            self.sent += 1;
            came += 1;
        }
        assert_eq!(came, records, "as many lines as records");
        Ok(())
    }

    fn send(&mut self, _: &[u8], _: &Control, _: &mut Rows<'_>) -> Result<(), Stop> {
        panic!("it replies");
    }

    fn end(&mut self, _: &Control, _: &mut Rows<'_>) -> Result<(), Stop> {
        self.script.called("end");
        self.script.ends.clone().map_or(Ok(()), |fault| Err(fault.into()))
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.script.is_dropped.store(true, Ordering::Relaxed);
    }
}

fn items(count: usize) -> Vec<Item> {
    (0..count as u64).map(|size| Item { size }).collect()
}

/// Feeds so many records in chunks of 5 to the end: the decisions, and what went wrong.
fn feed(script: &Script, records: usize) -> (Vec<u32>, Arc<Control>) {
    let control = Arc::new(Control::default());
    let mut version = script.attach(&control);
    let mut decisions = Vec::new();
    items(records).chunks(5).for_each(|chunk| version.push_chunk(chunk, &mut decisions));
    let finished = version.finish(&Keys::default());
    assert!(script.is_dropped.load(Ordering::Relaxed), "a link that has ended or failed is dropped at once");
    match control.failure() {
        None => assert_eq!(finished, Ok(None)),
        Some(error) => {
            let told = finished.expect_err("it failed");
            assert_eq!((told.message, told.record), (error.to_string(), error.record.unwrap_or(0)));
            assert!(control.check().is_err(), "a failure stops the replay");
        }
    }
    (decisions, control)
}

/// The failure of a job that is sent ten records, the decisions before it, and that nothing was called afterwards.
fn failure(script: &Script, calls: &[&str]) -> (LinkError, usize) {
    let (decisions, control) = feed(script, 10);
    let expected: Vec<u32> = (0..decisions.len() as u32).collect();
    assert_eq!(decisions, expected);
    assert_eq!(script.calls(), calls);
    (control.failure().expect("it failed").clone(), decisions.len())
}

#[test]
fn a_good_job_begins_once_answers_each_record_and_ends_once() {
    let script = Script::default();
    let (decisions, control) = feed(&script, 12);
    assert_eq!(decisions, (0..12).collect::<Vec<u32>>());
    assert_eq!(script.calls(), ["begin size", "exchange 5", "exchange 5", "exchange 2", "end"]);
    assert!(control.check().is_ok());
}

#[test]
fn a_job_without_records_begins_and_ends() {
    let script = Script::default();
    assert!(feed(&script, 0).0.is_empty());
    assert_eq!(script.calls(), ["begin size", "end"]);
}

#[test]
fn no_more_is_sent_at_once_than_a_job_must_read_before_it_is_heard() {
    let (script, control) = (Script::default(), Arc::new(Control::default()));
    let mut decisions = Vec::new();
    script.attach(&control).push_chunk(&items(2 * CHUNK + 3), &mut decisions);
    assert_eq!(decisions.len(), 2 * CHUNK + 3);
    let whole = format!("exchange {CHUNK}");
    assert_eq!(script.calls(), ["begin size", &whole, &whole, "exchange 3"]);
}

#[test]
fn a_job_sees_no_further_than_its_window() {
    for (window, calls) in
        [(1, vec!["exchange 1"; 3]), (2, vec!["exchange 2", "exchange 1"]), (0, vec!["exchange 1"; 3])]
    {
        let (script, control) = (Script::default(), Arc::new(Control::default()));
        let mut decisions = Vec::new();
        script.attach(&control).within(window).push_chunk(&items(3), &mut decisions);
        assert_eq!(decisions, [0, 1, 2]);
        assert_eq!(script.calls()[1..], calls);
    }
}

#[test]
fn a_link_that_was_never_made_is_an_error_at_once() {
    let control = Arc::new(Control::default());
    let fault = LinkFault::NotStarted { why: "no such place".into(), hint: "look elsewhere" };
    let mut version = attach(&control, Err(fault.clone()));
    let error = control.failure().expect("known before anything is fed").clone();
    assert_eq!((&error.fault, error.record, error.is_usage()), (&fault, None, true));
    let mut decisions = Vec::new();
    version.push_chunk(&items(3), &mut decisions);
    assert!(decisions.is_empty() && version.finish(&Keys::default()).is_err());
}

#[test]
fn one_that_fails_to_begin_is_sent_nothing() {
    let script = Script { begins: Some("hello"), ..Script::default() };
    let (error, decided) = failure(&script, &["begin size"]);
    let fault = LinkFault::Header { expected: "size".into(), found: "hello".into() };
    assert_eq!((error.fault, error.record, decided), (fault, None, 0));
}

#[test]
fn one_that_dies_is_named_with_its_record_and_last_words() {
    let script = Script::at(7, Act::Die("no room"));
    let (error, decided) = failure(&script, &["begin size", "exchange 5", "exchange 5"]);
    assert_eq!((error.record, decided, error.last_words.as_str()), (Some(7), 7, "no room"));
    let told = "the candidate job (a script) at record 7: cannot talk to it: gone; no room";
    assert_eq!(error.to_string(), told);
}

#[test]
fn what_is_no_decision_is_refused_at_its_record() {
    for line in ["", "x", "-1", "4294967295", "3\r"] {
        let (error, decided) = failure(&Script::at(3, Act::Say(line)), &["begin size", "exchange 5"]);
        assert!(matches!(error.fault, LinkFault::Answer { .. }), "{line:?}: {error}");
        assert_eq!((error.record, decided), (Some(3), 3), "{line:?}");
    }
}

#[test]
fn too_few_answers_are_counted_whatever_the_link_says() {
    let script = Script { acts: vec![(8, Act::Skip), (9, Act::Skip)], ..Script::default() };
    let (error, decided) = failure(&script, &["begin size", "exchange 5", "exchange 5"]);
    assert_eq!(error.fault, LinkFault::Miscounted { sent: 5, answered: 3 });
    assert_eq!((error.record, decided), (Some(8), 8));
}

#[test]
fn one_answer_too_many_is_refused() {
    let script = Script::at(4, Act::Twice);
    let (error, decided) = failure(&script, &["begin size", "exchange 5"]);
    assert_eq!((error.fault, error.record, decided), (LinkFault::Unasked("4".into()), Some(5), 5));
}

#[test]
fn one_that_fails_at_the_end_failed() {
    let ends = Some(LinkFault::Failed { status: "exit status: 3".into() });
    let script = Script { ends: ends.clone(), ..Script::default() };
    let (error, decided) = failure(&script, &["begin size", "exchange 5", "exchange 5", "end"]);
    assert_eq!((Some(error.fault), error.record, decided), (ends, Some(10), 10));
}

#[test]
fn a_stop_is_no_failure_of_the_job() {
    let script = Script::at(6, Act::Stop);
    let (decisions, control) = feed(&script, 20);
    assert_eq!((decisions.len(), control.failure()), (6, None));
    assert!(control.check().is_err());
    assert_eq!(script.calls(), ["begin size", "exchange 5", "exchange 5"], "nothing after the stop");
}

#[test]
fn the_time_within_the_link_is_the_jobs_and_the_time_to_begin_is_not() {
    let (script, control) = (Script::default(), Arc::new(Control::default()));
    let records = items(3 * CHUNK);
    let edges = Edges::new(Trigger::Record, records.len(), None, None).expect("no trigger in time");
    let mut attached = script.attach(&control);
    attached.wait_until_ready();
    let mut versions: Vec<Box<dyn Version<Item>>> = vec![Box::new(attached)];
    let replayed = feed_at_max(&mut versions, &records, &edges, &script.hours, &control).expect("no stop");
    // The first chunk isn't timed.
    assert_eq!(replayed[0].service_ns, 2 * CHUNK as u64 * ANSWERS_NS);
    assert_eq!(replayed[0].decisions.len(), records.len());
}

/// A job outside needs no record type of its own here: it is sent the rows of whatever dataset.
#[test]
fn a_job_outside_is_sent_the_lines_of_a_dataset() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("d");
    freeze(&generate("uniform", 100, 7, &[].into()).expect("good"), &target).expect("good");
    let frozen = Frozen::open(&target).expect("whole");
    let (lines, items) = (frozen.load::<Line>().expect("whole"), frozen.load::<Item>().expect("whole"));
    let wire = Wire {
        role: "stable",
        name: "a script".to_owned(),
        header: frozen.header::<Line>(),
        line: Line::write,
        keys: Arc::new(lines.keys),
        input: Input::Lines,
        whole: Line::lines,
    };
    let (script, control) = (Script::default(), Arc::new(Control::default()));
    let link = Scripted { script: script.clone(), sent: 0 };
    let mut decisions = Vec::new();
    Attached::new(&Arc::new(wire), &control, Ok(link)).push_chunk(&lines.records, &mut decisions);
    assert_eq!(control.failure(), None);
    assert_eq!(script.calls(), ["begin size", "exchange 100"]);
    assert!(
        decisions.iter().map(|&decision| u64::from(decision)).eq(items.records.iter().map(|item| item.size))
    );
}

/// Lines that stand together are those that are written one by one.
#[test]
fn lines_that_stand_together_need_no_writing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (generator, is_timed) in [("uniform", false), ("requests", false), ("events", true)] {
        let target = folder.path().join(generator);
        freeze(&generate(generator, 50, 7, &[].into()).expect("good"), &target).expect("good");
        let loaded = Frozen::open(&target).expect("whole").load::<Line>().expect("whole");
        let (lines, keys) = (&loaded.records, &loaded.keys);
        for (from, to) in [(0, 50), (0, 1), (49, 50), (7, 31)] {
            let mut written = Vec::new();
            for line in &lines[from..to] {
                line.write(keys, &mut written);
                written.push(b'\n');
            }
            let whole = Line::lines(&lines[from..to], keys);
            assert!(
                whole == Some(&written) || (is_timed && to - from > 1 && whole.is_none()),
                "{generator} {from}"
            );
        }
        assert_eq!(Line::lines(&[lines[1], lines[0]], keys), None);
        assert_eq!(Line::lines(&[lines[0], lines[2]], keys), None);
        assert_eq!(Line::lines(&[], keys), None);
    }
}
