//! CSV files that must be read, however odd they look.

use datasets::{Format, ImportOptions, Instance, Item, Summary};

use crate::support::{Scratch, import_csv, import_text, options, sizes};

fn only(content: impl AsRef<[u8]>) -> (Instance, Summary) {
    let mut imported = import_csv(content).expect("the file is good");
    assert_eq!(imported.instances.len(), 1);
    (imported.instances.remove(0), imported.summary)
}

fn check(content: &str, expected: &[u64]) {
    let (instance, _) = only(content);
    assert_eq!(instance.values, expected, "{content:?}");
    assert_eq!((instance.scale, instance.parameters["capacity"].number().expect("a number")), (1, 100));
}

#[test]
fn line_ends_marks_and_quotes_do_not_matter() {
    let expected = [5, 0, 100];
    check("size\n5\n0\n100\n", &expected);
    check("size\r\n5\r\n0\r\n100\r\n", &expected);
    check("size\r5\r0\r100\r", &expected);
    check("size\n5\n0\n100", &expected);
    check("\u{feff}size\n5\n0\n100\n", &expected);
    check("\"size\"\n\"5\"\n0\n\"100\"\n", &expected);
    check("size\n005\n0.0\n100.\u{30}\n", &expected);
    check("note,size\n\"a \"\"b\"\"\nc\",5\n\"\",0\n12\" pipe,100\n", &expected);
}

#[test]
fn what_is_left_out_is_reported() {
    let (instance, summary) = only("\u{feff}id,size,<b>\u{1b}\n1,5,x\n\n2,6,y\n\n");
    assert_eq!(instance.values, [5, 6]);
    assert_eq!(
        summary,
        Summary {
            ignored_columns: vec!["id".into(), "<b>\u{1b}".into()],
            blank_lines: 2,
            byte_order_mark: true,
            ..Summary::default()
        }
    );
    let (_, summary) = only("size\r\n5\r\n\r\n6\r\n");
    assert_eq!(summary, Summary { blank_lines: 1, ..Summary::default() });
}

#[test]
fn arrival_times_come_first_and_stay_as_they_are() {
    let (instance, _) = only("size,arrival_ms\n5,1700000000000\n6,-3\n");
    let scratch = Scratch::new();
    let target = scratch.path().join("timed");
    let manifest = datasets::freeze(&instance, &target).expect("good");
    assert_eq!(manifest.columns, ["arrival_ms", "size"]);
    let records = datasets::Frozen::open(&target).expect("whole").load::<Item>().expect("whole");
    assert_eq!(records.records, [Item { size: 5 }, Item { size: 6 }]);
    assert_eq!(records.arrivals_ms, Some(vec![1_700_000_000_000, -3]));
    let text = std::fs::read_to_string(target.join("records.csv")).expect("text");
    assert_eq!(text, "arrival_ms,size\n1700000000000,5\n-3,6\n");
}

#[test]
fn columns_may_be_renamed() {
    let mut options = options(Some("100"));
    options.renamed =
        [("size".to_owned(), "weight".to_owned()), ("arrival_ms".to_owned(), "t".to_owned())].into();
    let imported = import_text(Format::Csv, &options, "t,size,weight\n1,2,3\n").expect("good");
    let instance = &imported.instances[0];
    assert_eq!(instance.values, [1, 3]);
    assert_eq!(instance.source.renamed, options.renamed);
    assert_eq!(imported.summary.ignored_columns, ["size"]);
}

#[test]
fn sizes_and_capacity_are_scaled_by_the_smallest_power_of_ten() {
    let check = |capacity: &str, text: &str, scale: u64, scaled: u64, expected: &[u64]| {
        let imported = import_text(Format::Csv, &options(Some(capacity)), text).expect("good");
        let instance = &imported.instances[0];
        assert_eq!(
            (instance.scale, instance.parameters["capacity"].number().expect("a number")),
            (scale, scaled),
            "{text:?}"
        );
        assert_eq!(instance.values, expected, "{text:?}");
    };
    check("100.0", "size\n36.60\n26.8\n", 10, 1000, &[366, 268]);
    check("100", "size\n36.00\n26\n", 1, 100, &[36, 26]);
    check("100.25", "size\n36\n", 100, 10025, &[3600]);
    check("1", "size\n0.001\n1\n", 1000, 1000, &[1, 1000]);
    check("9.2", "size\n0\n0.000000000000000001\n", 10_u64.pow(18), 9_200_000_000_000_000_000, &[0, 1]);
}

#[test]
fn the_source_and_its_name_are_kept() {
    let (instance, _) = only("size\n5\n");
    assert_eq!(instance.name, "x");
    assert_eq!(instance.source.file.as_deref(), Some("x.txt"));
    assert_eq!(instance.source.format.as_deref(), Some("csv"));
    assert_eq!(instance.source.blake3, Some(blake3::hash(b"size\n5\n").to_hex().to_string()));
}

#[test]
fn a_name_may_hold_anything() {
    let name = "<script>\u{1b}[2J\"\\\n\u{202e}";
    let options = ImportOptions { name: Some(name.into()), ..options(Some("100")) };
    let imported = import_text(Format::Csv, &options, "size\n5\n").expect("good");
    let scratch = Scratch::new();
    let target = scratch.path().join("odd");
    datasets::freeze(&imported.instances[0], &target).expect("a name is data");
    assert_eq!(datasets::Frozen::open(&target).expect("whole").manifest.name, name);
    assert_eq!(sizes(&target).expect("whole"), [5]);
}

#[test]
fn a_quote_at_the_edge_of_the_buffer_is_followed() {
    // The layout is read in pieces of 256 KiB: shift a doubled quote and a long character over the border.
    for shift in 0..16 {
        let filler = "x".repeat((256 << 10) - 16 - shift);
        let (instance, _) = only(format!("note,size\n{filler},1\n\"€\"\"é\n\",2\n"));
        assert_eq!(instance.values, [1, 2], "shift {shift}");
    }
}

#[test]
fn the_format_is_guessed_from_the_content() {
    let scratch = Scratch::new();
    let guess = |name: &str, content: &str| Format::guess(&scratch.write(name, content)).expect("readable");
    assert_eq!(guess("a.csv", "5\n3\n"), Format::Csv);
    assert_eq!(guess("a.txt", "size\n3\n"), Format::Csv);
    assert_eq!(guess("a.txt", ""), Format::Csv);
    assert_eq!(guess("a.txt", "20\n u120_00 \n 150 120 48\n"), Format::OrLib);
    assert_eq!(guess("a.txt", "50\r\n100.5\r\n99\r\n"), Format::BppLib);
    for format in Format::ALL {
        assert_eq!(format.name().parse::<Format>().expect("its own name"), format);
    }
}
