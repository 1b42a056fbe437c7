//! One query over one dataset: on a thread of its own, within its time, and with nothing left on the server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use datasets::{Frozen, Table};
use sql_tables::{Column, Loaded, SqlError, SqlErrorKind, columns_of};

use crate::Query;
use crate::answer::Answer;
use crate::session::Session;
use crate::{explain, functions, types, upload};

/// So often it is looked at whether to stop.
const GLANCE: Duration = Duration::from_millis(20);

/// Answers a query.
pub(crate) fn run(query: &Query, frozen: &Frozen, stop: &dyn Fn() -> bool) -> Result<Table, SqlError> {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let worker = thread::Builder::new()
            .name("spark".to_owned())
            .spawn_scoped(scope, || on_a_runtime(query, frozen, &is_over))
            .map_err(|error| SqlError::failed(format!("no thread for Spark: {error}")))?;
        while !worker.is_finished() {
            is_over.fetch_or(stop(), Ordering::Relaxed);
            thread::sleep(GLANCE);
        }
        worker.join().unwrap_or_else(|_| Err(SqlError::failed("the client of Spark panicked")))
    })
}

fn on_a_runtime(query: &Query, frozen: &Frozen, is_over: &AtomicBool) -> Result<Table, SqlError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| SqlError::failed(format!("no runtime for Spark: {error}")))?;
    let answer = runtime.block_on(async {
        let mut session = None;
        let answer = tokio::select! {
            biased;
            () = over(is_over) => Err(SqlError::new(SqlErrorKind::Stopped, "the query was stopped")),
            answer = tokio::time::timeout(query.time, answered(query, frozen, &mut session)) => {
                answer.unwrap_or_else(|_| Err(too_late(query)))
            }
        };
        if let Some(session) = &mut session {
            session.release().await;
        }
        answer
    });
    // A name that is being looked up, and data that are being read, end when they do: nobody waits for them.
    runtime.shutdown_background();
    answer
}

fn too_late(query: &Query) -> SqlError {
    let (address, seconds) = (&query.address, query.time.as_secs_f64());
    SqlError::failed(format!("Spark at {address} has no answer after {seconds} s"))
        .with_hint("set [reference] timeout, or ask for less".to_owned())
}

/// Ends when nobody waits for the answer any more.
async fn over(is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        tokio::time::sleep(GLANCE).await;
    }
}

async fn answered(query: &Query, frozen: &Frozen, opened: &mut Option<Session>) -> Result<Table, SqlError> {
    let columns = columns_of(&frozen.manifest);
    let session = opened.insert(Session::open(&query.address).await?);
    let sql = query.statement.wrapped();
    // A query that makes no sense is refused before data are read.
    upload::empty(session, &Loaded::empty(&columns)).await?;
    check(query, session, &sql, &columns).await?;
    let loaded = loaded(frozen.clone(), columns).await?;
    upload::all(session, &loaded).await?;
    drop(loaded);
    let failed = |status| explain::of_running(&query.address, &status);
    let mut batches = session.query(&sql).await.map_err(failed)?;
    let mut answer = Answer::default();
    while let Some(response) = batches.message().await.map_err(failed)? {
        if let Some(batch) = &response.batch {
            answer.push(batch)?;
        }
    }
    answer.table()
}

/// Reads the records on a thread beside this one, so that time goes on and whoever wants to stop is heard.
async fn loaded(frozen: Frozen, columns: Vec<Column>) -> Result<Loaded, SqlError> {
    let load = move || {
        let loaded = sql_tables::load(&frozen, &columns)?;
        upload::check_times(&frozen, &loaded)?;
        Ok(loaded)
    };
    let done = tokio::task::spawn_blocking(load).await;
    done.unwrap_or_else(|error| Err(SqlError::failed(format!("the records can't be read: {error}"))))
}

/// Has the server look at the query.
async fn check(query: &Query, session: &mut Session, sql: &str, columns: &[Column]) -> Result<(), SqlError> {
    let failed = |status| explain::of_planning(&query.address, &status, &query.statement);
    for function in functions::of(&query.statement) {
        session.statement(function).await.map_err(failed)?;
    }
    types::check(&session.schema(sql).await.map_err(failed)?)?;
    // Where no column is called so, Spark takes `user` for the one who asks.
    if query.statement.has_word("user")
        && session.explained(sql).await.map_err(failed)?.contains("current_user()")
    {
        return Err(explain::no_column("user", columns));
    }
    let files = session.files(sql).await.map_err(failed)?;
    match files.first() {
        None => Ok(()),
        Some(file) => Err(SqlError::query(format!(
            "SQL reads {} on the server, expected the table `records` alone",
            datasets::shown(file)
        ))
        .with_hint("the truth is that of the frozen data".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// If it were, no limit of time would be looked at before the last record.
    #[test]
    fn nothing_waits_for_records_that_are_being_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/data/clicks");
        let frozen = Frozen::open(&folder).expect("a dataset");
        let columns = columns_of(&frozen.manifest);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let whole = runtime.block_on(loaded(frozen.clone(), columns.clone())).expect("its records");
        assert_eq!(
            whole.batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>(),
            frozen.manifest.records
        );
        // So many take a hundred times as long.
        let many = frozen.amplified(50).expect("they have keys");
        let timed = async { tokio::time::timeout(Duration::from_millis(1), loaded(many, columns)).await };
        assert!(runtime.block_on(timed).is_err(), "nobody looked at the time");
        runtime.shutdown_background();
    }
}
