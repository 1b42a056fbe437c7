//! One query over one dataset: planned, run on a thread of its own, its answer gathered within limits.

use std::any::Any;
use std::collections::HashSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use datafusion::catalog::MemTable;
use datafusion::common::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::{AggregateUDF, LogicalPlan, ScalarUDF};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datasets::Frozen;
use futures::StreamExt as _;
use sql_tables::{AnswerLimits, Column, Gathered, Loaded, TABLE, columns_of};

use crate::epoch::EpochMs;
use crate::exact::{Exact, Goal, Rewrite};
use crate::{Answered, Limits, SqlError, SqlErrorKind};
use crate::{explain, notes, statement};

/// The planner goes down an expression as deep as it is; this much is only taken if it is needed.
const STACK_BYTES: usize = 1 << 30;
/// So often it is looked at whether to stop.
const GLANCE: Duration = Duration::from_millis(20);

/// Answers a query. Whoever asks waits no longer than the limit says: operators of the engine may not look up for a long time,
/// so the thread that has been told to stop is left behind, and ends when they do.
pub(crate) fn run(
    frozen: &Frozen,
    sql: &str,
    limits: &Limits,
    stop: &dyn Fn() -> bool,
) -> Result<Answered, SqlError> {
    let began = Instant::now();
    let (asks, answers) = mpsc::sync_channel(1);
    let is_over = Arc::new(AtomicBool::new(false));
    let (query, over) =
        (Asked { frozen: frozen.clone(), sql: sql.to_owned(), limits: *limits }, is_over.clone());
    thread::Builder::new()
        .name("sql".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let answer = panic::catch_unwind(AssertUnwindSafe(|| query.answer(&over)));
            // Nobody may be waiting any more.
            let _ = asks.send(answer.unwrap_or_else(|panic| Err(of_panic(panic.as_ref()))));
        })
        .map_err(|error| SqlError::failed(format!("no thread for the SQL engine: {error}")))?;
    let end = loop {
        match answers.recv_timeout(GLANCE) {
            Ok(answer) => return answer,
            Err(_) if stop() => break SqlError::new(SqlErrorKind::Stopped, "the query was stopped"),
            Err(_) if began.elapsed() > limits.time => {
                break SqlError::failed(format!("SQL has no answer after {} s", limits.time.as_secs_f64()));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                break SqlError::failed("the SQL engine ended without an answer");
            }
        }
    };
    is_over.store(true, Ordering::Relaxed);
    Err(end)
}

fn of_panic(panic: &(dyn Any + Send)) -> SqlError {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    SqlError::failed(format!("the SQL engine failed: {}", datasets::shown(text.unwrap_or("it panicked"))))
}

/// A query on a thread of its own.
struct Asked {
    frozen: Frozen,
    sql: String,
    limits: Limits,
}

impl Asked {
    fn answer(&self, is_over: &AtomicBool) -> Result<Answered, SqlError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| SqlError::failed(format!("no runtime for the SQL engine: {error}")))?;
        runtime.block_on(async {
            tokio::select! {
                biased;
                () = over(is_over) => Err(SqlError::new(SqlErrorKind::Stopped, "the query was stopped")),
                answer = self.answered() => answer,
            }
        })
    }

    async fn answered(&self) -> Result<Answered, SqlError> {
        let columns = columns_of(&self.frozen.manifest);
        let (context, statement) = parsed(&self.sql, &self.limits)?;
        let notes = noted(&columns, &statement);
        // A query that makes no sense is refused before data are read.
        register(&context, Loaded::empty(&columns))?;
        check_names(&planned(&context, statement.clone()).await?)?;
        register(&context, sql_tables::load(&self.frozen, &columns)?)?;
        let plan = planned(&context, statement).await?;
        let table = gathered(&context, plan, &self.limits).await?;
        Ok(Answered { table, notes })
    }
}

/// Checks what can be said of a query without a dataset.
pub(crate) fn check(sql: &str) -> Result<(), SqlError> {
    parsed(sql, &Limits::default()).map(|_| ())
}

/// Returns what is worth a word about a query.
pub(crate) fn notes(frozen: &Frozen, sql: &str) -> Result<Vec<String>, SqlError> {
    let (_, statement) = parsed(sql, &Limits::default())?;
    Ok(noted(&columns_of(&frozen.manifest), &statement))
}

fn noted(columns: &[Column], statement: &Statement) -> Vec<String> {
    let times: Vec<&str> =
        columns.iter().filter(|column| column.is_time).map(|column| &*column.name).collect();
    notes::notes(statement, &times)
}

fn parsed(sql: &str, limits: &Limits) -> Result<(SessionContext, Statement), SqlError> {
    let context = context(limits).map_err(|error| explain::of_running(&error))?;
    let statement = statement::parse(sql, &context)?;
    Ok((context, statement))
}

/// Ends when nobody waits for the answer any more.
async fn over(is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        tokio::time::sleep(GLANCE).await;
    }
}

async fn planned(context: &SessionContext, statement: Statement) -> Result<LogicalPlan, SqlError> {
    let planned = context.state().statement_to_plan(statement).await;
    planned.map_err(|error| explain::of_planning(&error, context))
}

async fn gathered(
    context: &SessionContext,
    plan: LogicalPlan,
    limits: &Limits,
) -> Result<datasets::Table, SqlError> {
    let state = context.state();
    let failed = |error: DataFusionError| explain::of_running(&error);
    let optimized = state.optimize(&plan).map_err(|error| explain::of_planning(&error, context))?;
    let physical = state.query_planner().create_physical_plan(&optimized, &state).await.map_err(failed)?;
    let mut stream = execute_stream(physical, context.task_ctx()).map_err(failed)?;
    let mut gathered =
        Gathered::new(&stream.schema(), AnswerLimits { rows: limits.rows, bytes: limits.bytes });
    while let Some(batch) = stream.next().await {
        gathered.push(&batch.map_err(failed)?)?;
    }
    Ok(gathered.table())
}

fn check_names(plan: &LogicalPlan) -> Result<(), SqlError> {
    let mut seen = HashSet::new();
    match plan.schema().fields().iter().find(|field| !seen.insert(field.name())) {
        Some(field) => Err(explain::twice(field.name())),
        None => Ok(()),
    }
}

fn register(context: &SessionContext, loaded: Loaded) -> Result<(), SqlError> {
    let failed = |error: DataFusionError| explain::of_running(&error);
    let table = MemTable::try_new(loaded.schema, vec![loaded.batches]).map_err(failed)?;
    context.deregister_table(TABLE).map_err(failed)?;
    context.register_table(TABLE, Arc::new(table)).map_err(failed)?;
    Ok(())
}

/// Makes a session that gives one answer to a query, whenever and wherever it is asked: one partition, no file, no clock.
fn context(limits: &Limits) -> Result<SessionContext, DataFusionError> {
    let mut config = SessionConfig::new().with_target_partitions(1).with_information_schema(false);
    let options = config.options_mut();
    // Names are as they stand in the data.
    options.sql_parser.enable_ident_normalization = false;
    options.sql_parser.collect_spans = true;
    // 0.1 is a tenth.
    options.sql_parser.parse_float_as_decimal = true;
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime(limits)?)
        .with_default_features()
        .with_analyzer_rule(Arc::new(Rewrite))
        .build();
    let context = SessionContext::new_with_state(state);
    for goal in [Goal::Sum, Goal::Average] {
        context.register_udaf(AggregateUDF::from(Exact::new(goal)));
    }
    context.register_udf(ScalarUDF::from(EpochMs::new()));
    Ok(context)
}

fn runtime(limits: &Limits) -> Result<Arc<RuntimeEnv>, DataFusionError> {
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    RuntimeEnvBuilder::new().with_memory_limit(limits.memory, 1.0).with_disk_manager_builder(disk).build_arc()
}
