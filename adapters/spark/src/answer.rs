//! The answer as it comes: batches, each a stream of Arrow's IPC by itself, none of which may be missing.

use std::io::Cursor;

use arrow_ipc::reader::StreamReader;
use arrow_schema::ArrowError;
use datasets::{Table, shown};
use sql_tables::{AnswerLimits, Gathered, SqlError};

use crate::messages::Batch;

/// The rows so far.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    gathered: Option<Gathered>,
    rows: u64,
}

impl Answer {
    /// Appends the rows of a batch.
    pub(crate) fn push(&mut self, batch: &Batch) -> Result<(), SqlError> {
        if batch.start.is_some_and(|start| start.cast_unsigned() != self.rows) {
            let (found, expected) = (batch.start.unwrap_or_default(), self.rows);
            return Err(unreadable(&format!("a batch begins with row {found}, expected row {expected}")));
        }
        let failed = |error: ArrowError| unreadable(&error.to_string());
        let reader = StreamReader::try_new(Cursor::new(&batch.data), None).map_err(failed)?;
        let schema = reader.schema();
        let gathered = self.gathered.get_or_insert_with(|| Gathered::new(&schema, AnswerLimits::default()));
        let mut rows = 0;
        for piece in reader {
            let piece = piece.map_err(failed)?;
            rows += piece.num_rows() as u64;
            gathered.push(&piece)?;
        }
        if rows != batch.rows.cast_unsigned() {
            return Err(unreadable(&format!("a batch has {rows} rows, expected {}", batch.rows)));
        }
        self.rows += rows;
        Ok(())
    }

    /// Returns the table of all rows.
    pub(crate) fn table(self) -> Result<Table, SqlError> {
        self.gathered.map(Gathered::table).ok_or_else(|| unreadable("it has no columns"))
    }
}

fn unreadable(why: &str) -> SqlError {
    SqlError::failed(format!("Spark's answer can't be read: {}", shown(why)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use datasets::Keys;
    use prost::Message as _;

    use super::*;
    use crate::address::Address;
    use crate::messages::ExecuteResponse;
    use crate::session::Session;

    /// Gives three rows in two batches, of each type that Spark has and an answer may have.
    const QUERY: &str = "SELECT id AS n, CAST(id AS TINYINT) AS t, CAST(id AS INT) AS i, id / 4 AS d, CAST(id / 3 AS FLOAT) AS f, \
        CAST(id AS DECIMAL(20, 2)) AS m, id = 1 AS b, IF(id = 2, NULL, concat('k', id)) AS k, X'00ff' AS x, \
        DATE '1969-12-31' AS day, TIMESTAMP_NTZ '1969-12-31 23:59:59.5' AS at, TIMESTAMP_LTZ '2024-07-01 00:00:00.000001+02:00' AS zoned, \
        array(id, NULL) AS a, named_struct('b', id, 'a', 'x') AS s, NULL AS nothing FROM range(0, 3, 1, 2)";
    const ROWS: [&str; 3] = [
        "0|0|0|0.0|0.0|0.00|false|k0|00ff|1969-12-31|1969-12-31T23:59:59.500|2024-06-30T22:00:00.000001Z|[0,null]|{\"a\":\"x\",\"b\":0}|null",
        "1|1|1|0.25|0.33333334|1.00|true|k1|00ff|1969-12-31|1969-12-31T23:59:59.500|2024-06-30T22:00:00.000001Z|[1,null]|{\"a\":\"x\",\"b\":1}|null",
        "2|2|2|0.5|0.6666667|2.00|false|null|00ff|1969-12-31|1969-12-31T23:59:59.500|2024-06-30T22:00:00.000001Z|[2,null]|{\"a\":\"x\",\"b\":2}|null",
    ];

    fn file() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/answer.bin")
    }

    /// The batches that a server of version 4.2.0 has sent.
    fn recorded() -> Vec<Batch> {
        let bytes = fs::read(file()).expect("what was recorded");
        let (mut rest, mut batches) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            let response = ExecuteResponse::decode_length_delimited(&mut rest).expect("a response");
            batches.push(response.batch.expect("a batch"));
        }
        batches
    }

    fn rows(batches: &[Batch]) -> Result<Vec<String>, SqlError> {
        let mut answer = Answer::default();
        batches.iter().try_for_each(|batch| answer.push(batch))?;
        let (table, keys) = (answer.table()?, Keys::default());
        let row = |row| {
            let cells = (0..table.columns.len()).map(|column| table.text(column, row, &keys));
            cells.collect::<Vec<_>>().join("|")
        };
        Ok((0..table.rows()).map(row).collect())
    }

    #[test]
    fn what_a_server_sent_is_written_in_one_way() {
        let batches = recorded();
        assert!(batches.len() > 1, "in pieces");
        assert_eq!(rows(&batches), Ok(ROWS.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_batch_that_is_missing_or_broken_is_an_error() {
        let batches = recorded();
        let failure = |batches: &[Batch]| rows(batches).expect_err("broken").message;
        assert!(failure(&batches[1..]).contains("begins with row"));
        assert!(failure(&[]).contains("it has no columns"));
        assert!(
            failure(&[batches[0].clone(), batches[0].clone()])
                .contains("a batch begins with row 0, expected row")
        );
        let mut fewer = batches.clone();
        fewer[0].rows += 1;
        assert!(failure(&fewer).contains("rows, expected"));
        // Whatever is lost of a batch: never a panic, and never all rows.
        for end in 0..batches[0].data.len() {
            let mut cut = batches.clone();
            cut[0].data.truncate(end);
            assert!(rows(&cut).map_or(true, |rows| rows == ROWS), "{end} bytes");
        }
    }

    /// The server that the environment names sends what was recorded; with `COUNTERPOINT_WRITE=1` it is recorded anew.
    #[test]
    fn a_server_sends_what_was_recorded() {
        let Ok(server) = std::env::var("COUNTERPOINT_TEST_SPARK") else {
            println!("skipped: COUNTERPOINT_TEST_SPARK names no server");
            return;
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut bytes = Vec::new();
        let batches: Vec<Batch> = runtime.block_on(async {
            let mut session =
                Session::open(&Address::parse(&server).expect("an address")).await.expect("a session");
            let (mut stream, mut batches) = (session.query(QUERY).await.expect("an answer"), Vec::new());
            while let Some(response) = stream.message().await.expect("a response") {
                if let Some(batch) = response.batch.clone() {
                    response.encode_length_delimited(&mut bytes).expect("memory");
                    batches.push(batch);
                }
            }
            session.release().await;
            batches
        });
        if std::env::var("COUNTERPOINT_WRITE").is_ok() {
            fs::write(file(), bytes).expect("written");
        }
        assert_eq!(rows(&batches), Ok(ROWS.map(str::to_owned).to_vec()));
    }
}
