//! Datasets of which nobody has said what problem they are for: each column has the type that the manifest says.

use datasets::{GenericOptions, SourceForm};
use sql::{SqlErrorKind, answer};

use crate::asked::ask;
use crate::made::{generic as made, lines};

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
