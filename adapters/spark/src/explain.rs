//! A server's errors in the words of this program: what was wrong and where, and where the server is.

use std::error::Error;

use datasets::{nearest_names, shown};
use sql_tables::{Column, SqlError, SqlErrorKind, flat};
use tonic::Status;

use crate::address::Address;
use crate::statement::Statement;

/// Begins the end of a server's message, which is of no use to whoever has written a query: the query, the plan, the stack.
const BEHIND: [&str; 6] =
    ["\n\n== SQL", "\n== SQL", ";\n'", "\n\nJVM stacktrace", "\nDriver stacktrace", "\n\tat "];

/// Says that there is no server.
pub(crate) fn no_server(address: &Address, why: &str) -> SqlError {
    let message = format!("no Spark Connect server answers at {address}: {}", flat(why));
    let hint = "start one (Spark's sbin/start-connect-server.sh), or set [reference] spark to its address";
    SqlError::new(SqlErrorKind::Unreachable, message).with_hint(hint.to_owned())
}

/// Explains why a server that is there opens no session.
pub(crate) fn no_answer(address: &Address, status: &Status) -> SqlError {
    if is_from_spark(status) {
        let message = format!("Spark at {address} opens no session: {}", told(status));
        return SqlError::new(SqlErrorKind::Unreachable, message);
    }
    no_server(address, &broken(status))
}

/// Explains why a query is none for this server.
pub(crate) fn of_planning(address: &Address, status: &Status, query: &Statement) -> SqlError {
    if !is_from_spark(status) {
        return gone(address, status);
    }
    let message = in_query(&told(status), query.lines());
    if message.starts_with("[PARSE_") {
        return SqlError::query(format!("SQL doesn't parse: {message}"));
    }
    let cure =
        message.starts_with("[TABLE_OR_VIEW_NOT_FOUND]").then_some("the dataset is the table `records`");
    let cure = cure.or_else(|| {
        message
            .starts_with("[UNRESOLVED_ROUTINE]")
            .then_some("docs/sql.md has the functions that Spark and DataFusion both know")
    });
    SqlError::query(format!("SQL: {message}")).with_hint(cure.map(str::to_owned))
}

/// Says that no column is called so.
pub(crate) fn no_column(name: &str, columns: &[Column]) -> SqlError {
    let known = columns.iter().map(|column| &*column.name);
    let names: Vec<String> =
        nearest_names(name, known).iter().map(|name| format!("`{}`", shown(name))).collect();
    let hint = (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")));
    SqlError::query(format!("SQL names an unknown column `{}`", shown(name))).with_hint(hint)
}

/// Explains why a query that was planned gives no answer.
pub(crate) fn of_running(address: &Address, status: &Status) -> SqlError {
    if !is_from_spark(status) {
        return gone(address, status);
    }
    let message = told(status);
    let is_overflow = message.contains("OVERFLOW") || message.contains("OUT_OF_RANGE");
    let cure =
        is_overflow.then_some("cast the numbers to DECIMAL(38, 0) before they are multiplied or added");
    SqlError::failed(format!("SQL fails on these data: {message}")).with_hint(cure.map(str::to_owned))
}

/// Explains why the records didn't become a table there.
pub(crate) fn of_upload(address: &Address, status: &Status) -> SqlError {
    if !is_from_spark(status) {
        return gone(address, status);
    }
    SqlError::failed(format!("Spark at {address} takes no records: {}", told(status)))
}

fn gone(address: &Address, status: &Status) -> SqlError {
    SqlError::failed(format!("the connection to Spark at {address} broke: {}", broken(status)))
        .with_hint("look into the server's log; the run can be repeated".to_owned())
}

/// A server's own errors have a class in brackets, or details.
fn is_from_spark(status: &Status) -> bool {
    status.message().starts_with('[') || !status.details().is_empty()
}

/// Returns what the server says, on one line.
fn told(status: &Status) -> String {
    let message = status.message();
    let end = BEHIND.iter().filter_map(|behind| message.find(behind)).min().unwrap_or(message.len());
    flat(&message[..end])
}

fn broken(status: &Status) -> String {
    match status.source() {
        Some(source) => flat(&cause(source)),
        None if status.message().is_empty() => status.code().to_string(),
        None => flat(status.message()),
    }
}

/// Returns the last cause of an error, which says the most.
pub(crate) fn cause(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

/// Makes the lines those of the query, which the server saw one line further down and in parentheses.
fn in_query(message: &str, lines: usize) -> String {
    let Some(at) = message.find("line ").map(|at| at + 5) else { return message.to_owned() };
    let digits = message[at..].bytes().take_while(u8::is_ascii_digit).count();
    let Ok(line) = message[at..at + digits].parse::<usize>() else { return message.to_owned() };
    let (before, behind) = (&message[..at], &message[at + digits..]);
    if line > lines + 1 {
        let before = before.replace("at or near ')'", "at or near end of input");
        return format!("{before}{lines}{behind}");
    }
    format!("{before}{}{behind}", line.saturating_sub(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Address::parse("sc://here:1").expect("an address")
    }

    #[test]
    fn a_message_ends_before_the_plan_and_names_the_querys_lines() {
        let query = Statement::parse("SELECT usr\nFROM records").expect("a query");
        let said = "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `usr` cannot be resolved. SQLSTATE: 42703; \
                    line 2 pos 7;\n'Project [*]\n+- more";
        let error = of_planning(&address(), &Status::internal(said), &query);
        assert_eq!(error.kind, SqlErrorKind::Query);
        assert!(error.message.ends_with("SQLSTATE: 42703; line 1 pos 7"), "{error}");
        let said = "[PARSE_SYNTAX_ERROR] Syntax error at or near ')'. SQLSTATE: 42601 (line 4, pos 0)\n\n== SQL ==\nSELECT";
        let error = of_planning(&address(), &Status::internal(said), &query);
        let expected = "SQL doesn't parse: [PARSE_SYNTAX_ERROR] Syntax error at or near end of input. SQLSTATE: 42601 (line 2, pos 0)";
        assert_eq!(error.message, expected);
    }

    #[test]
    fn an_overflow_has_a_cure_and_a_broken_connection_an_address() {
        let said = "[ARITHMETIC_OVERFLOW] long overflow. SQLSTATE: 22003\n== SQL (line 1) ==\nsum(value)";
        let error = of_running(&address(), &Status::internal(said));
        assert_eq!(
            error.message,
            "SQL fails on these data: [ARITHMETIC_OVERFLOW] long overflow. SQLSTATE: 22003"
        );
        assert!(error.hint.is_some_and(|hint| hint.contains("DECIMAL(38, 0)")));
        let error = of_running(&address(), &Status::unavailable("reset"));
        assert_eq!(
            (error.kind, &*error.message),
            (SqlErrorKind::Failed, "the connection to Spark at sc://here:1 broke: reset")
        );
    }
}
