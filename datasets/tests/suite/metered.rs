//! Shows how far a freeze is: bytes of the source as they stand there, never more than there are, and all of them at the end.

use std::{cell::RefCell, fs, io::Write as _, path::Path};

use datasets::{Event, Format, GenericOptions, ImportOptions, Meter, Metered, SourceForm, Typed as _};

use crate::support::events;

/// Longer than the buffers through which sources are read.
const ROWS: usize = 60_000;

fn rows(line: impl Fn(usize) -> String) -> String {
    (0..ROWS).map(line).collect()
}

/// Checks what was seen of a meter: each reading goes on from 0, and the last has read all.
fn check(seen: &[Metered], path: &Path, readings: u64) {
    let length = fs::metadata(path).expect("a file").len();
    let mut values = Vec::new();
    for pair in seen.windows(2) {
        let [before, after] = [pair[0], pair[1]];
        assert!(after.reading > before.reading || after.bytes >= before.bytes, "{pair:?}");
        values.push(after.bytes);
    }
    values.dedup();
    assert!(values.len() > 2, "it moves: {values:?}");
    let last = seen.last().copied().expect("it was asked");
    assert_eq!(last, Metered { reading: readings, bytes: length, all: Some(length) });
}

/// Freezes a file without a problem, and returns what its meter said whenever somebody asked whether to go on.
fn seen(path: &Path, options: &GenericOptions) -> Vec<Metered> {
    let seen = RefCell::new(Vec::new());
    let go = || {
        seen.borrow_mut().push(options.meter.read());
        true
    };
    let target = path.with_added_extension("frozen");
    datasets::freeze_generic(path, options, &target, &go).expect("it freezes");
    seen.into_inner()
}

#[test]
fn a_freeze_without_a_problem_tells_how_far_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let csv = folder.path().join("rows.csv");
    let text = format!("id,amount\n{}", rows(|row| format!("{row},{}\n", row * 7919 % 1000)));
    fs::write(&csv, &text).expect("a file");
    check(&seen(&csv, &GenericOptions::default()), &csv, 1);

    let packed = folder.path().join("packed.csv.gz");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(text.as_bytes()).expect("gzip");
    fs::write(&packed, gzip.finish().expect("gzip")).expect("a file");
    check(&seen(&packed, &GenericOptions::default()), &packed, 1);

    let json = folder.path().join("rows.jsonl");
    fs::write(&json, rows(|row| format!("{{\"id\":{row}}}\n"))).expect("a file");
    let options = GenericOptions {
        form: SourceForm { is_json: true, ..SourceForm::default() },
        ..GenericOptions::default()
    };
    check(&seen(&json, &options), &json, 2);
}

#[test]
fn an_import_tells_how_far_each_of_its_readings_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let csv = folder.path().join("events.csv");
    let text = rows(|row| format!("{row},{row},a,1\n"));
    fs::write(&csv, format!("arrival_ms,event_time_ms,key,value\n{text}")).expect("a file");
    let meter = Meter::default();
    let options = ImportOptions { columns: Event::COLUMNS, meter: meter.clone(), ..events() };
    let seen = RefCell::new(Vec::new());
    let go = || {
        seen.borrow_mut().push(meter.read());
        true
    };
    datasets::import_any(&csv, Format::Csv, &options, &GenericOptions::default(), &go).expect("it is read");
    let seen = seen.into_inner();
    let readings = seen.last().expect("it was asked").reading;
    check(&seen, &csv, readings);
}
