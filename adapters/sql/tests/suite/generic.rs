//! Datasets of which nobody has said what problem they are for: each column has the type that the manifest says.

use std::fs;

use datasets::{Frozen, GenericOptions, SourceForm, freeze_generic};
use sql::{SqlErrorKind, answer};
use tempfile::TempDir;

use crate::made::{ask, lines, names};

/// A dataset that is gone when this is.
struct Made {
    _folder: TempDir,
    frozen: Frozen,
}

fn made(csv: &str, options: &GenericOptions) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, target) = (folder.path().join("file.csv"), folder.path().join("made"));
    fs::write(&file, csv).expect("a file");
    freeze_generic(&file, options, &target, &|| true).expect("a dataset");
    Made { frozen: Frozen::open(&target).expect("it was frozen"), _folder: folder }
}

const ALL_TYPES: &str = "\
User,n,amount,share,ok,day,at,zoned,note,tags
a,1,13.07,0.1,true,1969-12-31,1969-12-31 23:59:59.5,2024-07-01T00:00:00+02:00,x,\"{\"\"b\"\": 1}\"
b,-9223372036854775808,-0.5,-0.0,false,2024-02-29,2024-01-01 00:00:00,1970-01-01T00:00:00Z,\"\",[]
c,,,,,,,,,
\"d,e\",99999999999999999999,7,1e300,TRUE,9999-12-31,2024-01-01 12:00:00.000001,2024-07-01T00:00:00.25Z,\"say \"\"hi\"\"\",\"[1]\"
";

#[test]
fn each_column_has_its_type() {
    let made = made(ALL_TYPES, &GenericOptions::default());
    let frozen = &made.frozen;
    let all = ask(frozen, "SELECT * FROM records").expect("rows");
    assert_eq!(
        names(&all),
        ["User", "n", "amount", "share", "ok", "day", "at", "zoned", "note", "tags", "record_offset"]
    );
    assert_eq!(
        lines(frozen, "SELECT * FROM records"),
        [
            "a|1|13.07|0.1|true|1969-12-31|1969-12-31T23:59:59.500|2024-06-30T22:00:00Z|x|{\"b\": 1}|0",
            "b|-9223372036854775808|-0.50|0.0|false|2024-02-29|2024-01-01T00:00:00|1970-01-01T00:00:00Z||[]|1",
            "c|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|2",
            "d,e|99999999999999999999|7.00|1e300|true|9999-12-31|2024-01-01T12:00:00.000001|2024-07-01T00:00:00.250Z|say \"hi\"|[1]|3",
        ]
    );
    assert_eq!(
        lines(
            frozen,
            "SELECT sum(n) AS n, sum(amount) AS a, avg(amount) AS m, count(note) AS notes FROM records"
        ),
        ["90776627963145224192|19.57|6.523333|3"]
    );
    assert_eq!(lines(frozen, "SELECT User FROM records WHERE ok AND day > DATE '2000-01-01'"), ["d,e"]);
    let unknown = ask(frozen, "SELECT user FROM records").expect_err("of another case");
    assert!(unknown.to_string().ends_with("did you mean `User`?"), "{unknown}");
}

#[test]
fn times_in_a_zone_know_its_days() {
    let mut csv = "at,n\n".to_owned();
    // A record each hour of the day on which the clock is put back; two o'clock comes twice.
    for hour in ["00", "01", "02", "02", "03", "23"] {
        csv.push_str("2024-10-27 ");
        csv.push_str(hour);
        csv.push_str(":30:00,1\n");
    }
    let options = GenericOptions {
        event_time: Some("at".to_owned()),
        time_zone: Some("Europe/Berlin".to_owned()),
        ..GenericOptions::default()
    };
    let made = made(&csv, &options);
    let query = "SELECT epoch_ms(date_trunc('day', at)) AS day, count(*) AS n, max(epoch_ms(at)) - min(epoch_ms(at)) AS long \
                 FROM records GROUP BY date_trunc('day', at)";
    // From 2024-10-26T22:00Z on, over 24 hours of which the clock showed 23.
    assert_eq!(lines(&made.frozen, query), ["1729980000000|6|86400000"]);
}

#[test]
fn fine_times_keep_their_digits_or_are_refused() {
    let fine = made(
        "at\n2024-01-01T00:00:00.000000001Z\n1969-12-31T23:59:59.999999999Z\n",
        &GenericOptions::default(),
    );
    assert_eq!(
        lines(&fine.frozen, "SELECT at, epoch_ms(at) AS ms FROM records"),
        ["1969-12-31T23:59:59.999999999Z|-1", "2024-01-01T00:00:00.000000001Z|1704067200000"]
    );
    let far = made("at\n2024-01-01T00:00:00.000000001Z\n9999-01-01T00:00:00Z\n", &GenericOptions::default());
    let error = ask(&far.frozen, "SELECT at FROM records").expect_err("no unit holds both");
    assert_eq!(error.kind, SqlErrorKind::Data);
    assert!(error.to_string().contains("line 3: column at: its times have nanoseconds"), "{error}");
}

#[test]
fn times_that_are_numbers_are_told_of_when_they_are_divided() {
    let options = GenericOptions {
        event_time: Some("t".to_owned()),
        time_unit: Some(datasets::TimeUnit::S),
        ..GenericOptions::default()
    };
    let made = made("t,n\n-1,1\n1,1\n", &options);
    let query = "SELECT t / 10 AS bucket, sum(n) AS n FROM records GROUP BY t / 10";
    assert_eq!(lines(&made.frozen, query), ["0|2"], "the two share a bucket, and the note says so");
    assert_eq!(answer(&made.frozen, query, &|| false).expect("an answer").notes.len(), 1);
}

#[test]
fn a_dataset_without_a_record_has_columns() {
    let form = SourceForm::default();
    let made = made("a,b\n", &GenericOptions { form, ..GenericOptions::default() });
    assert_eq!(lines(&made.frozen, "SELECT a, b, record_offset FROM records"), [""; 0]);
    assert_eq!(lines(&made.frozen, "SELECT count(*) AS n FROM records"), ["0"]);
}

#[test]
fn a_column_of_the_name_of_the_added_one_stays_itself() {
    let made = made("record_offset\n7\n", &GenericOptions::default());
    assert_eq!(lines(&made.frozen, "SELECT * FROM records"), ["7"]);
}
