//! Questions to a server within a transaction, and the errors that follow from the answers.

use csv::ByteRecord;
use replay::recovery::{Held, SinkError};
use tokio_postgres::{Row, Transaction};

use crate::statements::{Statements, quoted};

/// Drops those that are there: a name that isn't may be the catalogue's.
pub(crate) fn dropped<const N: usize>(names: &[String; N], there: [bool; N]) -> String {
    let names = names.iter().zip(there).filter(|(_, is_there)| *is_there);
    names.fold(String::new(), |all, (name, _)| all + "DROP TABLE " + &quoted(name) + ";")
}

/// Which of these names are taken where tables are created.
pub(crate) async fn there<const N: usize>(
    transaction: &Transaction<'_>,
    names: &[String; N],
) -> Result<[bool; N], tokio_postgres::Error> {
    let find = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace space ON space.oid = relnamespace
        WHERE space.nspname = current_schema() AND relname = $1::text)";
    let mut found = [false; N];
    for (name, found) in names.iter().zip(&mut found) {
        *found = transaction.query_one(find, &[name]).await?.get(0);
    }
    Ok(found)
}

/// Refuses a user who may not make tables.
pub(crate) async fn may_create(
    transaction: &Transaction<'_>,
    address: &str,
) -> Result<Result<(), SinkError>, tokio_postgres::Error> {
    let may =
        "SELECT current_schema()::text, coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)";
    let row = transaction.query_one(may, &[]).await?;
    let schema: Option<String> = row.get(0);
    if row.get(1) {
        return Ok(Ok(()));
    }
    let schema = schema.unwrap_or_else(|| "none".to_owned());
    Ok(Err(SinkError::Refused {
        what: format!("{address}: no table can be created in the schema {schema}"),
        hint: "let the user create tables there, or name another user".to_owned(),
    }))
}

pub(crate) async fn is_own(
    transaction: &Transaction<'_>,
    statements: &Statements,
    run: &str,
) -> Result<bool, tokio_postgres::Error> {
    if !says_whose(transaction, &statements.run).await? {
        return Ok(false);
    }
    let find = format!("SELECT EXISTS (SELECT FROM {} WHERE run = $1)", statements.run);
    Ok(transaction.query_one(&find, &[&run]).await?.get(0))
}

/// Returns whether a table, given quoted, is one of those that say whose others are.
pub(crate) async fn says_whose(
    transaction: &Transaction<'_>,
    table: &str,
) -> Result<bool, tokio_postgres::Error> {
    // A table of this name that isn't ours may have any columns.
    let shape =
        "SELECT count(*) = 2 FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass($1::text) AND NOT attisdropped
        AND (attname, atttypid::regtype::text) IN (('run', 'text'), ('writer', 'bigint'))";
    Ok(transaction.query_one(shape, &[&table]).await?.get(0))
}

/// Refuses a writer that another has taken over from. Until the transaction is over nobody can.
pub(crate) async fn fenced(
    transaction: &Transaction<'_>,
    statements: &Statements,
    run: &str,
    writer: u64,
) -> Result<Result<(), SinkError>, tokio_postgres::Error> {
    let found = transaction.query_opt(&statements.writer(), &[&run]).await?;
    Ok(match found.map(|row| row.get::<_, i64>(0).cast_unsigned()) {
        None => Err(SinkError::Damaged("the table is no longer this run's".to_owned())),
        Some(found) if found != writer => Err(SinkError::Fenced),
        Some(_) => Ok(()),
    })
}

/// The epochs of these rows, from 0 on as far as all are there.
pub(crate) fn held(rows: &[Row]) -> Vec<Held> {
    let epoch = |(number, row): (i64, &Row)| {
        let hash = row.get::<_, Vec<u8>>(2).try_into().ok()?;
        (row.get::<_, i64>(0) == number).then(|| Held { rows: row.get::<_, i64>(1).cast_unsigned(), hash })
    };
    (0..).zip(rows).map_while(epoch).collect()
}

/// The fields by column. An empty one of a number is none.
pub(crate) fn columns(rows: &[ByteRecord], address: &str) -> Result<Vec<Vec<String>>, SinkError> {
    let mut columns = vec![Vec::with_capacity(rows.len()); rows.first().map_or(0, ByteRecord::len)];
    for row in rows {
        for (column, field) in columns.iter_mut().zip(row) {
            let text = std::str::from_utf8(field).ok().filter(|text| !text.contains('\0'));
            let text = text.ok_or_else(|| {
                let field = field.escape_ascii();
                SinkError::Failed(format!(
                    "{address}: '{field}' is no text that PostgreSQL holds: it takes UTF-8 without NUL"
                ))
            })?;
            column.push(text.to_owned());
        }
    }
    Ok(columns)
}

pub(crate) fn exists(table: &str, address: &str) -> SinkError {
    SinkError::Refused {
        what: format!("{address}: the table {} exists already, and this run has not made it", quoted(table)),
        hint: "name another in postgres.table, or drop it; nothing of it was touched".to_owned(),
    }
}
