//! Records so long that few of them fill a message.

use arrow_array::RecordBatch;
use datasets::GenericOptions;
use sql_tables::{columns_of, load};

use crate::asked::is_there;
use crate::made::{Made, generic, lines};

/// The most bytes of one field that a freeze takes.
const LONGEST: usize = 1 << 20;

/// Freezes rows of a time, some of which are missing, and of a text that is this long.
fn wide(lengths: &[usize]) -> Made {
    let mut csv = "at,text\n".to_owned();
    for (number, &length) in lengths.iter().enumerate() {
        if number % 3 != 1 {
            csv.push_str("2024-01-01T00:00:00Z");
        }
        csv.push(',');
        csv.extend(std::iter::repeat_n('x', length));
        csv.push('\n');
    }
    generic(&csv, &GenericOptions::default())
}

/// A server refuses what doesn't go in one message, and a column of texts has no more than 2 GiB.
#[test]
fn a_batch_is_as_long_as_a_message_may_be() {
    let mut lengths = vec![LONGEST; 30];
    lengths.extend(std::iter::repeat_n(1, 20_000));
    lengths.extend([LONGEST, 1, LONGEST / 2]);
    let made = wide(&lengths);
    let loaded = load(&made.frozen, &columns_of(&made.frozen.manifest)).expect("its records");
    let rows: Vec<usize> = loaded.batches.iter().map(RecordBatch::num_rows).collect();
    assert_eq!(rows.iter().sum::<usize>(), lengths.len());
    let mut start = 0;
    for (batch, rows) in loaded.batches.iter().zip(rows) {
        let bytes: usize = lengths[start..start + rows].iter().sum();
        assert!(rows <= 8192 && bytes <= (4 << 20) + LONGEST, "{rows} rows of {bytes} bytes");
        assert!(batch.columns().iter().all(|column| column.len() == rows));
        start += rows;
    }
}

/// In more than one piece, each of a few records. A server with 3 GB took 150 of them, more than fit in a message of its.
#[test]
fn long_records_come_over() {
    if !is_there() {
        return;
    }
    let made = wide(&[LONGEST; 20]);
    let counts =
        "SELECT count(*) AS n, count(at) AS t, sum(length(text)) AS l, min(second(at)) AS s FROM records";
    let length = 20 * LONGEST;
    assert_eq!(lines(&made.frozen, counts), [format!("20|13|{length}|0")]);
}
