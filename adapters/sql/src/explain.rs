//! The engine's errors in the words of this program: what was wrong and where, and which names there are.

use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::execution::FunctionRegistry as _;
use datafusion::prelude::SessionContext;
use datasets::{nearest_names, shown};

use sql_tables::{TABLE, flat};

use crate::{SqlError, SqlErrorKind};

/// Explains why a text isn't SQL.
pub(crate) fn of_syntax(message: &str) -> SqlError {
    let message = message.trim_start_matches("SQL error: ");
    let message = ["ParserError(\"", "TokenizerError(\""].iter().fold(message, |text, start| {
        text.strip_prefix(start).and_then(|text| text.strip_suffix("\")")).unwrap_or(text)
    });
    let message = message.trim_start_matches("sql parser error: ");
    SqlError::query(format!("SQL doesn't parse: {}", flat(message)))
}

/// Explains why a query can't be planned.
pub(crate) fn of_planning(error: &DataFusionError, context: &SessionContext) -> SqlError {
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let place = span.map_or(String::new(), |span| {
        format!(" at Line: {}, Column: {}", span.start.line, span.start.column)
    });
    let first = error.iter().next().unwrap_or(error).find_root();
    match first {
        DataFusionError::SQL(cause, _) => of_syntax(&cause.to_string()),
        DataFusionError::SchemaError(cause, _) => of_schema(cause, &place),
        DataFusionError::Plan(message) => of_plan(message, &place, context),
        DataFusionError::Internal(message) => {
            SqlError::failed(format!("the SQL engine failed: {}", flat(message)))
        }
        // Constants are computed while the query is planned.
        DataFusionError::ArrowError(..) | DataFusionError::Execution(_) => of_running(first),
        other => SqlError::query(format!("SQL: {}{place}", flat(&other.strip_backtrace()))),
    }
}

fn of_schema(cause: &SchemaError, place: &str) -> SqlError {
    match cause {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let names = valid_fields.iter().map(|field| field.name.as_str());
            SqlError::query(format!("SQL names an unknown column `{}`{place}", shown(&field.name)))
                .with_hint(hint(&field.name, names.clone()).or_else(|| all("columns", valid_fields)))
        }
        SchemaError::AmbiguousReference { field } => SqlError::query(format!(
            "SQL names the column `{}`, and more than one has this name{place}",
            shown(&field.name)
        ))
        .with_hint("put a table's name before it, or give each column a name of its own with AS".to_owned()),
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => twice(name),
    }
}

fn of_plan(message: &str, place: &str, context: &SessionContext) -> SqlError {
    if message.contains("require unique expression names") {
        let quoted: Vec<&str> = message.split('"').collect();
        let name =
            quoted.get(1).map_or("", |expression| expression.rsplit(" AS ").next().unwrap_or(expression));
        return twice(name);
    }
    let named = |before: &str, after: &str| {
        message.strip_prefix(before).and_then(|rest| rest.find(after).map(|end| rest[..end].to_owned()))
    };
    if let Some(path) = named("table '", "' not found") {
        let name = path.rsplit('.').next().unwrap_or(&path);
        return SqlError::query(format!("SQL names an unknown table `{}`{place}", shown(name)))
            .with_hint(format!("the dataset is the table `{TABLE}`"));
    }
    if let Some(name) = named("Invalid function '", "'").or_else(|| named("table function '", "'")) {
        let names = functions(context);
        return SqlError::query(format!("SQL names an unknown function `{}`{place}", shown(&name)))
            .with_hint(hint(&name, names.iter().map(String::as_str)));
    }
    SqlError::query(format!("SQL: {}{place}", flat(message)))
}

/// Returns the names of all functions, in order.
fn functions(context: &SessionContext) -> Vec<String> {
    let sets = [context.udfs(), context.udafs(), context.udwfs()];
    let mut names: Vec<String> = sets.into_iter().flatten().collect();
    names.sort_unstable();
    names
}

/// Says that two columns of an answer have one name.
pub(crate) fn twice(name: &str) -> SqlError {
    SqlError::query(format!("SQL gives the column `{}` twice", shown(name)))
        .with_hint("give each column a name of its own with AS".to_owned())
}

/// Explains why a query that was planned gives no answer.
pub(crate) fn of_running(error: &DataFusionError) -> SqlError {
    let root = error.find_root();
    let message = root.strip_backtrace();
    if let DataFusionError::ResourcesExhausted(_) = root {
        return SqlError::failed(format!("SQL needs more memory than it may have: {}", flat(&message)))
            .with_hint("ask for less at once, or group by fewer columns".to_owned());
    }
    let is_overflow = message.to_lowercase().contains("overflow");
    let cure = is_overflow
        .then(|| "cast the numbers to DECIMAL(38, 0) before they are multiplied or added".to_owned());
    SqlError::new(SqlErrorKind::Failed, format!("SQL fails on these data: {}", flat(&message)))
        .with_hint(cure)
}

fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<String> =
        nearest_names(word, known).iter().map(|name| format!("`{}`", shown(name))).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}

fn all(what: &str, fields: &[Column]) -> Option<String> {
    let names: Vec<String> =
        fields.iter().take(20).map(|field| format!("`{}`", shown(&field.name))).collect();
    (!names.is_empty()).then(|| format!("there are the {what} {}", names.join(", ")))
}
