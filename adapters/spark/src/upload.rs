//! The way of the records to a server, which may see no disk of ours: piece by piece, as rows that come with a message.

use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array as _, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, SchemaRef, TimeUnit};
use datasets::Frozen;
use sql_tables::{Loaded, SqlError, TABLE};

use crate::explain;
use crate::messages::{LocalRelation, Relation};
use crate::session::{Session, of_sql};

/// A piece has so many bytes at most, unless it is a single batch, which is bounded where records are read. A server takes
/// messages of 128 MiB, and its tasks are as large at most.
const PIECE_BYTES: usize = 8 << 20;
/// The server's driver holds all pieces, as objects.
const MOST_BYTES: usize = 1 << 30;
/// How the views of pieces are called, with their number behind.
const PIECE: &str = "counterpoint_piece_";

/// Makes the table of a query, without a row: enough to see whether the query makes sense.
pub(crate) async fn empty(session: &mut Session, loaded: &Loaded) -> Result<(), SqlError> {
    let relation = local(encoded(&loaded.schema, &[])?);
    made(session, TABLE, relation).await
}

/// Makes the table of all records.
pub(crate) async fn all(session: &mut Session, loaded: &Loaded) -> Result<(), SqlError> {
    let pieces = pieces(&loaded.batches);
    if let [only] = pieces[..] {
        return made(session, TABLE, local(encoded(&loaded.schema, only)?)).await;
    }
    let mut bytes = 0;
    for (number, &piece) in pieces.iter().enumerate() {
        let data = encoded(&loaded.schema, piece)?;
        bytes += data.len();
        if bytes > MOST_BYTES {
            return Err(SqlError::failed(format!(
                "the records are more than {MOST_BYTES} bytes of columns, which is the most that is sent to Spark"
            ))
            .with_hint("give the reference by command or file, from a job that reads them where they are".to_owned()));
        }
        made(session, &format!("{PIECE}{number}"), local(data)).await?;
    }
    let selects = (0..pieces.len()).map(|number| format!("SELECT * FROM {PIECE}{number}"));
    let union = selects.collect::<Vec<_>>().join(" UNION ALL ");
    if pieces.is_empty() { Ok(()) } else { made(session, TABLE, of_sql(&union)).await }
}

async fn made(session: &mut Session, name: &str, relation: Relation) -> Result<(), SqlError> {
    let sent = session.view(name, relation).await;
    sent.map_err(|status| explain::of_upload(session.address(), &status))
}

fn local(data: Vec<u8>) -> Relation {
    Relation { sql: None, local: Some(LocalRelation { data: Some(data) }) }
}

/// Splits batches into runs, each as long as it may be.
fn pieces(batches: &[RecordBatch]) -> Vec<&[RecordBatch]> {
    let mut pieces = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, batch) in batches.iter().enumerate() {
        let more = batch.get_array_memory_size();
        if bytes + more > PIECE_BYTES && at > start {
            pieces.push(&batches[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += more;
    }
    pieces.extend((start < batches.len()).then(|| &batches[start..]));
    pieces
}

/// Writes batches as a stream of Arrow's IPC.
fn encoded(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<u8>, SqlError> {
    let written = || -> Result<Vec<u8>, ArrowError> {
        let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
        batches.iter().try_for_each(|batch| writer.write(batch))?;
        writer.into_inner()
    };
    written().map_err(|error| SqlError::failed(format!("the records can't be sent: {error}")))
}

/// Spark's times have microseconds: what is finer would be cut without a word.
pub(crate) fn check_times(frozen: &Frozen, loaded: &Loaded) -> Result<(), SqlError> {
    for (at, field) in loaded.schema.fields().iter().enumerate() {
        let DataType::Timestamp(TimeUnit::Nanosecond, _) = field.data_type() else { continue };
        let mut row = 0;
        for batch in &loaded.batches {
            let times = batch.column(at).as_primitive::<TimestampNanosecondType>();
            let is_fine = |row: &usize| times.is_valid(*row) && times.value(*row).rem_euclid(1_000) != 0;
            if let Some(found) = (0..times.len()).find(is_fine) {
                let name = datasets::shown(field.name());
                let message =
                    format!("column {name}: its time has nanoseconds, and Spark's have microseconds");
                return Err(SqlError::from(frozen.reject(row + found as u64, message)));
            }
            row += times.len() as u64;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use arrow_array::Int64Array;
    use arrow_ipc::reader::StreamReader;
    use arrow_schema::{Field, Schema};

    use super::*;

    fn batches(rows: &[usize]) -> (SchemaRef, Vec<RecordBatch>) {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let mut numbers = 0..;
        let batch = |&rows: &usize| {
            let numbers = Int64Array::from_iter_values(numbers.by_ref().take(rows));
            RecordBatch::try_new(schema.clone(), vec![Arc::new(numbers)]).expect("a batch")
        };
        let batches = rows.iter().map(batch).collect();
        (schema, batches)
    }

    #[test]
    fn pieces_hold_all_batches_once_in_order_and_none_is_too_large() {
        assert!(pieces(&[]).is_empty());
        for rows in [vec![1], vec![8192; 400], vec![2_000_000, 1, 1], vec![1, 2_000_000], vec![0]] {
            let (_, batches) = batches(&rows);
            let pieces = pieces(&batches);
            assert_eq!(pieces.concat(), batches);
            let bytes = |piece: &[RecordBatch]| piece.iter().map(RecordBatch::get_array_memory_size).sum();
            let bytes: Vec<usize> = pieces.iter().map(|piece| bytes(piece)).collect();
            assert!(
                pieces.iter().zip(&bytes).all(|(piece, bytes)| *bytes <= PIECE_BYTES || piece.len() == 1)
            );
            // None could have taken the first batch of the next.
            for (two, bytes) in pieces.windows(2).zip(&bytes) {
                assert!(bytes + two[1][0].get_array_memory_size() > PIECE_BYTES);
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (schema, batches) = batches(&[3, 8192]);
        for part in [&batches[..], &[]] {
            let data = encoded(&schema, part).expect("a stream");
            let reader = StreamReader::try_new(Cursor::new(data), None).expect("a stream");
            assert_eq!(reader.schema(), schema);
            assert_eq!(reader.collect::<Result<Vec<_>, _>>().expect("batches"), part);
        }
    }
}
