//! The query before it is planned: it must be one, and may only ask.

use std::ops::ControlFlow;

use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::Volatility;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Expr, Query, SetExpr, Visit as _, Visitor, visit_expressions};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::SqlError;
use crate::explain::of_syntax;

/// A query is a page of text. Operators make a tree as deep as there are tokens: the stack must hold that, and the time that
/// planning takes grows faster than the depth.
const MOST_TOKENS: usize = 4_000;

/// Parses a query; the error says why it is none.
pub(crate) fn parse(sql: &str, context: &SessionContext) -> Result<Statement, SqlError> {
    let tokens =
        Tokenizer::new(&GenericDialect {}, sql).tokenize().map_err(|error| of_syntax(&error.to_string()))?;
    let tokens = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).count();
    if tokens > MOST_TOKENS {
        return Err(SqlError::query(format!("SQL has {tokens} tokens, {MOST_TOKENS} at most are read")));
    }
    let mut statements = datafusion::sql::parser::DFParser::parse_sql(sql)
        .map_err(|error| of_syntax(&error.strip_backtrace()))?;
    let (Some(statement), true) = (statements.pop_front(), statements.is_empty()) else {
        let found = if sql.trim().is_empty() { "nothing" } else { "more than one statement" };
        return Err(SqlError::query(format!("SQL: found {found}, expected one SELECT")));
    };
    check_kind(&statement)?;
    check_functions(&statement, context)?;
    Ok(statement)
}

/// Lets pass what only asks.
fn check_kind(statement: &Statement) -> Result<(), SqlError> {
    let refused = |what: &str| {
        Err(SqlError::query(format!("SQL: found {what}, expected a SELECT, which may begin with WITH"))
            .with_hint("a reference only asks, it changes nothing and writes no file".to_owned()))
    };
    let Statement::Statement(inner) = statement else {
        return refused(&first_word(&statement.to_string()));
    };
    let ast::Statement::Query(query) = inner.as_ref() else {
        return refused(&first_word(&inner.to_string()));
    };
    match query.visit(&mut OnlyAsks) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(what) => refused(what),
    }
}

fn first_word(statement: &str) -> String {
    datasets::shown(statement.split_whitespace().next().unwrap_or_default()).to_string()
}

/// Finds what changes something within a query.
struct OnlyAsks;

impl Visitor for OnlyAsks {
    type Break = &'static str;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<&'static str> {
        of_body(&query.body)
    }
}

fn of_body(body: &SetExpr) -> ControlFlow<&'static str> {
    match body {
        SetExpr::Select(select) if select.into.is_some() => ControlFlow::Break("SELECT INTO"),
        SetExpr::SetOperation { left, right, .. } => {
            of_body(left)?;
            of_body(right)
        }
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) | SetExpr::Table(_) => {
            ControlFlow::Continue(())
        }
        _ => ControlFlow::Break("a statement that changes rows"),
    }
}

/// Refuses functions that give another answer each time.
fn check_functions(statement: &Statement, context: &SessionContext) -> Result<(), SqlError> {
    let Statement::Statement(inner) = statement else { return Ok(()) };
    let found = visit_expressions(inner.as_ref(), |expr| match expr {
        Expr::Function(function) if changes(&function.name.to_string().to_lowercase(), context) => {
            ControlFlow::Break(function.name.to_string())
        }
        _ => ControlFlow::Continue(()),
    });
    match found {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(name) => Err(SqlError::query(format!(
            "SQL: {} gives another answer each time, expected functions of the data alone",
            datasets::shown(&name)
        ))
        .with_hint("take times from the records".to_owned())),
    }
}

fn changes(name: &str, context: &SessionContext) -> bool {
    context.udf(name).is_ok_and(|function| function.signature().volatility != Volatility::Immutable)
}
