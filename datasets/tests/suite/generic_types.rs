//! Types found by all values of a column, against an oracle that knows of each value, by hand, which types it can be.

use std::collections::BTreeSet;

use datasets::{FieldSchema, FieldType, Frozen, GenericOptions, SplitMix64, freeze_generic};

use crate::support::Scratch;

/// Values with the types that each can be, the first best: dates and times with the letter of their form.
const VALUES: [(&str, &str); 62] = [
    ("0", "whole decimal float"),
    ("-5", "whole decimal float"),
    ("42", "whole decimal float"),
    ("18446744073709551616", "whole decimal float"),
    ("99999999999999999999999999999999999999", "whole decimal float"),
    ("100000000000000000000000000000000000000", ""),
    ("-0", "whole decimal float"),
    ("007", ""),
    ("+5", ""),
    ("1_000", ""),
    ("1,5", ""),
    ("0x1F", ""),
    ("٣", ""),
    ("-", ""),
    ("1.5", "decimal float"),
    ("-0.25", "decimal float"),
    (".5", "decimal float"),
    ("5.", "decimal float"),
    (".", ""),
    ("00.5", ""),
    ("1.2.3", ""),
    ("0.1000000000000000055511151231257827", "decimal float"),
    ("1e5", "float"),
    ("1.5E-07", "float"),
    ("-2e+3", "float"),
    ("1e999", ""),
    ("1e", ""),
    ("e5", ""),
    ("NaN", "odd"),
    ("-inf", "odd"),
    ("Infinity", "odd"),
    ("true", "boolean"),
    ("FALSE", "boolean"),
    ("yes", ""),
    ("2024-02-29", "date-a time-a"),
    ("2023-02-29", ""),
    ("2024-2-9", "date-a time-a"),
    ("2024/02/29", "date-b time-b"),
    ("1/31/2015", "date-c time-c"),
    ("31/1/2015", "date-d time-d"),
    ("1/2/2015", "date-c time-c date-d time-d"),
    ("32/1/2015", ""),
    ("1-2-2015", "date-e time-e date-f time-f"),
    ("13-2-2015", "date-f time-f"),
    ("31.1.2015", "date-g time-g"),
    ("1.31.2015", ""),
    ("2024-05-17 10:05", "time-a"),
    ("2024-05-17T10:05:03.123456789", "time-a"),
    ("2024-05-17T10:05:03.1234567890", ""),
    ("2024-05-17 24:00:00", ""),
    ("1/2/2015 1:05 PM", "time-c time-d"),
    ("1/2/2015 13:05 PM", ""),
    ("2024-05-17T23:59:60", "time-a"),
    ("2024-05-17T10:05:60", ""),
    ("2024-05-17 10:05:03 UTC", "zoned-a"),
    ("2024-05-17T10:05:03Z", "zoned-a"),
    ("2024-05-17T10:05:03+02:00", "zoned-a"),
    ("2024-05-17T10:05:03+2:00", ""),
    ("2016-12-31T23:59:60Z", "zoned-a"),
    ("{\"a\": [1, 2]}", "json"),
    ("[]", "json"),
    ("{a}", ""),
];

/// The types in the order in which they are preferred, those of dates by their forms.
const ORDER: [(&str, FieldType, Option<&str>); 4] = [
    ("boolean", FieldType::Boolean, None),
    ("whole", FieldType::Whole, None),
    ("decimal", FieldType::Decimal, None),
    ("json", FieldType::Json, None),
];
const FORMS: [(&str, &str); 7] = [
    ("a", "Y-M-D"),
    ("b", "Y/M/D"),
    ("c", "M/D/Y"),
    ("d", "D/M/Y"),
    ("e", "M-D-Y"),
    ("f", "D-M-Y"),
    ("g", "D.M.Y"),
];

/// Says what a column of these values is: each type is tried on all of them.
fn oracle(values: &[usize]) -> (FieldType, Option<String>) {
    let all = |word: &str| values.iter().all(|at| VALUES[*at].1.split(' ').any(|own| own == word));
    if values.is_empty() {
        return (FieldType::Text, None);
    }
    for (word, kind, format) in ORDER {
        if all(word) {
            let digits: usize = if kind == FieldType::Decimal { most_digits(values) } else { 0 };
            let kind = if digits > 38 { FieldType::Float } else { kind };
            return (kind, format.map(str::to_owned));
        }
    }
    // What is not finite is a number only beside others.
    let is_number = |at: &usize| VALUES[*at].1.split(' ').any(|own| own == "float" || own == "odd");
    if values.iter().all(is_number) && values.iter().any(|at| VALUES[*at].1.contains("float")) {
        return (FieldType::Float, None);
    }
    for (part, kind) in
        [("date", FieldType::Date), ("time", FieldType::Time), ("zoned", FieldType::TimeZoned)]
    {
        let forms: Vec<&str> = FORMS
            .iter()
            .filter(|(letter, _)| all(&format!("{part}-{letter}")))
            .map(|(_, form)| *form)
            .collect();
        match forms[..] {
            [] => {}
            [form] => return (kind, Some(form.to_owned())),
            _ => return (FieldType::Text, None),
        }
    }
    (FieldType::Text, None)
}

/// Digits before and behind the point that a type needs for all of these.
fn most_digits(values: &[usize]) -> usize {
    let parts = values.iter().map(|at| {
        let bare = VALUES[*at].0.trim_start_matches('-');
        let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
        (whole.len(), fraction.len())
    });
    let parts: Vec<(usize, usize)> = parts.collect();
    parts.iter().map(|part| part.0).max().unwrap_or(0) + parts.iter().map(|part| part.1).max().unwrap_or(0)
}

/// Freezes columns of values; the missing ones are none.
fn frozen(columns: &[Vec<Option<usize>>]) -> Vec<FieldSchema> {
    let scratch = Scratch::new();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
    writer.write_record(&names).expect("memory");
    for row in 0..columns[0].len() {
        let value = |column: &Vec<Option<usize>>| column[row].map_or("", |at| VALUES[at].0);
        writer.write_record(columns.iter().map(value)).expect("memory");
    }
    let path = scratch.write("x.csv", writer.into_inner().expect("memory"));
    let target = scratch.path().join("d");
    freeze_generic(&path, &GenericOptions::default(), &target, &|| true).expect("good");
    let frozen = Frozen::open(&target).expect("whole");
    frozen.verify().expect("as described");
    frozen.manifest.fields
}

#[test]
fn a_column_has_the_first_type_that_fits_all_of_its_values() {
    let mut random = SplitMix64::new(11);
    let mut draw = |below: usize| (random.next_u64() % below as u64) as usize;
    let mut seen = BTreeSet::new();
    // Each value alone, then handfuls of values, most of them alike so that columns of a type come up.
    let mut columns: Vec<Vec<usize>> = (0..VALUES.len()).map(|at| vec![at]).collect();
    for _ in 0..6000 {
        let start = draw(VALUES.len());
        let near = |at: usize| (start + at) % VALUES.len();
        let count = 1 + draw(5);
        let spread = [4, 12, VALUES.len()][draw(3)];
        columns.push((0..count).map(|_| near(draw(spread))).collect());
    }
    for group in columns.chunks(50) {
        let rows = group.iter().map(Vec::len).max().unwrap_or(0);
        let padded: Vec<Vec<Option<usize>>> =
            group.iter().map(|column| (0..=rows).map(|row| column.get(row).copied()).collect()).collect();
        for (field, (values, padded)) in frozen(&padded).iter().zip(group.iter().zip(&padded)) {
            let shown: Vec<&str> = values.iter().map(|at| VALUES[*at].0).collect();
            assert_eq!((field.kind, field.format.clone()), oracle(values), "{shown:?}");
            assert_eq!(field.missing as usize, padded.len() - values.len(), "{shown:?}");
            if field.kind == FieldType::Decimal {
                assert_eq!(field.digits, Some(most_digits(values) as u32), "{shown:?}");
            }
            seen.insert(field.kind.name());
        }
    }
    assert_eq!(seen.len(), FieldType::ALL.len(), "vacuous: {seen:?}");
}

#[test]
fn a_type_that_the_data_contradicts_is_refused_with_line_and_value() {
    let scratch = Scratch::new();
    let path = scratch.write("x.csv", "n,d,t,s\n1,1.25,2024-01-01,a\n22,,2024-01-02,\n");
    let target = scratch.path().join("d");
    freeze_generic(&path, &GenericOptions::default(), &target, &|| true).expect("good");
    let manifest = target.join("manifest.toml");
    let written = std::fs::read_to_string(&manifest).expect("a manifest");
    for (from, to, parts) in [
        (
            "type = \"date\"",
            "type = \"time-zoned\"",
            &["line 2", "t `2024-01-01` is not of the type `time-zoned`"][..],
        ),
        ("format = \"Y-M-D\"", "format = \"M/D/Y\"", &["line 2", "`2024-01-01`", "in the form `M/D/Y`"]),
        ("type = \"whole\"\ndigits = 2", "type = \"whole\"\ndigits = 1", &["line 3", "n `22`"]),
        ("type = \"text\"", "type = \"whole\"", &["line 2", "s `a` is not of the type `whole`"]),
        ("scale = 2", "scale = 1", &["line 2", "d `1.25`"]),
        ("format = \"Y-M-D\"", "format = \"Y-M-d\"", &["no format `Y-M-d`", "did you mean `Y-M-D`?"]),
        ("missing = 1", "missing = 0", &["column `d` misses 1 values, the manifest says 0"]),
        (
            "name = \"s\"\ntype = \"text\"",
            "name = \"s\"\ntype = \"text\"\nrole = \"value\"",
            &["the role `value` is that of numbers"],
        ),
        (
            "name = \"s\"\ntype = \"text\"",
            "name = \"s\"\ntype = \"text\"\nrole = \"event-time\"",
            &["the role `event-time` is that of times"],
        ),
        (
            "name = \"n\"\ntype = \"whole\"",
            "name = \"n\"\ntype = \"whole\"\nrole = \"event-time\"\nformat = \"h\"",
            &["no format `h` for the type `whole`"],
        ),
    ] {
        assert!(written.contains(from), "{from}");
        std::fs::write(&manifest, written.replacen(from, to, 1)).expect("a write");
        let error = Frozen::open(&target).and_then(|frozen| frozen.verify()).expect_err(to).to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{to}: {error}");
    }
}
