//! A job behind a link that emits rows, without any process: a link in memory, as an adapter would write one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use datasets::{Item, Keys};
use replay::{
    Control,
    link::{
        Answers, Emissions, Emit, Emitted, Emitting, Input, Link, LinkError, LinkFault, Mode, Rows, Stop,
        Wire,
    },
};
use stream::{Concluded, Version};

/// Counts records by their size, and tells the counts when it is asked for more.
#[derive(Debug, Default)]
struct Counting {
    sent: u64,
    /// Holds what it fails with at that record, and how many records it left unread.
    fails: Option<(u64, u64)>,
}

impl Counting {
    fn take(&mut self, lines: &[u8], out: &mut Rows<'_>) -> Result<(), Stop> {
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            let size = std::str::from_utf8(line).expect("UTF-8").trim_end();
            if let Some((at, unread)) = self.fails
                && at == self.sent
            {
                let fault = LinkFault::Machine("the topic is gone".into());
                return Err(Stop::Failed { fault, last_words: "the broker says: no".into(), unread });
            }
            // Rows are as old as their records are young.
            let at = Instant::now() + Duration::from_secs(60 * self.sent);
            out(format!("{size},1,{}", self.sent).as_bytes(), at)?;
            self.sent += 1;
        }
        Ok(())
    }
}

impl Link for Counting {
    fn begin(&mut self, first: &[u8], _: &Control, out: &mut Answers<'_>) -> Result<(), Stop> {
        assert_eq!(first, b"size");
        Ok(out(b"size,n,record")?)
    }

    fn exchange(&mut self, _: &[u8], _: usize, _: &Control, _: &mut Answers<'_>) -> Result<(), Stop> {
        panic!("it emits");
    }

    fn send(&mut self, lines: &[u8], _: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        self.take(lines, out)
    }

    fn end(&mut self, _: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        Ok(out(b"end,0,0", Instant::now())?)
    }
}

fn emit() -> Emit {
    Emit {
        key: vec!["size".to_owned()],
        mode: Mode::Upsert,
        offset: Some("record".to_owned()),
        ..Emit::default()
    }
}

/// Feeds so many records in chunks of 5 to the end.
fn feed(link: Counting, emit: &Emit, records: u64) -> Result<(Concluded, Emitted), Box<LinkError>> {
    let wire = Wire {
        role: "stable",
        name: "a topic".to_owned(),
        header: "size".to_owned(),
        line: |item: &Item, _: &Keys, line: &mut Vec<u8>| line.extend(item.size.to_string().bytes()),
        keys: Arc::default(),
        input: Input::Lines,
        whole: |_, _| None,
    };
    let (control, emissions) = (Arc::new(Control::default()), Arc::new(Emissions::default()));
    let mut version = Emitting::new(&Arc::new(wire), emit, &emissions, &control, Ok(link));
    let items: Vec<Item> = (0..records).map(|size| Item { size }).collect();
    items.chunks(5).for_each(|chunk| version.push_chunk(chunk, &mut Vec::new()));
    let finished = version.finish(&Keys::default());
    if let Some(error) = control.failure() {
        return Err(Box::new(error.clone()));
    }
    Ok((finished.expect("good").expect("a table"), emissions.take().expect("it has finished")))
}

#[test]
fn rows_make_the_table_and_times_come_from_the_link() {
    let (concluded, emitted) = feed(Counting::default(), &emit(), 7).expect("good");
    let sizes: Vec<String> = (0..8).map(|row| concluded.table.text(0, row, &Keys::default())).collect();
    assert_eq!(sizes, ["0", "1", "2", "3", "4", "5", "6", "end"]);
    assert_eq!((concluded.counts.records, concluded.counts.firings, emitted.rows), (7, 8, 8));
    let latency = emitted.latency.expect("rows say their records");
    // The last record's row comes six minutes late; the one at the end is the first record's.
    assert_eq!(latency.count(), 8);
    assert!((latency.max_ns() / 360e9 - 1.0).abs() < 0.05, "{}", latency.max_ns());
}

#[test]
fn closing_records_are_sent_behind_all_others() {
    let close = Emit { close: vec!["90".to_owned(), "91".to_owned()], ..emit() };
    let (concluded, emitted) = feed(Counting::default(), &close, 3).expect("good");
    assert_eq!((concluded.table.rows(), emitted.rows, emitted.rows_after_close), (6, 3, 3));
    assert_eq!(emitted.closed, [3, 4, 5]);
    assert_eq!(emitted.latency.expect("timed").count(), 3, "what closes has no due time");
}

#[test]
fn a_failure_names_the_last_record_that_was_read() {
    for (fails, record) in [((7, 3), 7), ((7, 0), 10), ((0, 99), 0)] {
        let link = Counting { fails: Some(fails), ..Counting::default() };
        let error = feed(link, &emit(), 12).expect_err("it fails");
        assert_eq!(error.record, Some(record));
        let text = format!(
            "the stable job (a topic) after {record} records: cannot talk to it: the topic is gone; the broker says: no"
        );
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn an_offset_that_was_not_sent_is_refused() {
    let (sent, ahead) = (Counting::default(), Counting { sent: 1, ..Counting::default() });
    assert!(feed(sent, &emit(), 5).is_ok());
    let error = feed(ahead, &emit(), 5).expect_err("one ahead");
    assert!(error.to_string().contains("has the offset 5, and 5 records have been sent"), "{error}");
}
