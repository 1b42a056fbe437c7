//! Tells what a query does that its author may not expect: found in its text, told before a job is blamed.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Value, visit_expressions};

/// Returns what is worth a word about a query over columns of which these hold times; each once, in order.
pub(crate) fn notes(statement: &Statement, times: &[&str]) -> Vec<String> {
    let mut notes = BTreeSet::new();
    let Statement::Statement(inner) = statement else { return Vec::new() };
    let _: ControlFlow<()> = visit_expressions(inner.as_ref(), |expr| {
        notes.extend(of_division(expr, times));
        notes.extend(of_estimate(expr));
        ControlFlow::Continue(())
    });
    notes.into_iter().collect()
}

/// Whole numbers are divided toward zero, so a millisecond before 1970 and one after it share a bucket.
fn of_division(expr: &Expr, times: &[&str]) -> Option<String> {
    let Expr::BinaryOp { left, op: op @ (BinaryOperator::Divide | BinaryOperator::Modulo), right } = expr
    else {
        return None;
    };
    let name = whole_number(right).and_then(|()| time_in(left, times))?;
    Some(format!(
        "`{op}` on the time column {} cuts toward zero: times before 1970 fall into the bucket behind theirs; \
         `date_bin` goes down for all times",
        datasets::shown(&name)
    ))
}

fn whole_number(expr: &Expr) -> Option<()> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(()),
            _ => None,
        },
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => whole_number(inner),
        Expr::BinaryOp { left, op: BinaryOperator::Multiply, right } => {
            whole_number(left).and(whole_number(right))
        }
        _ => None,
    }
}

/// Returns the time column that an expression is, give or take a sum.
fn time_in(expr: &Expr, times: &[&str]) -> Option<String> {
    let known = |name: &str| times.contains(&name).then(|| name.to_owned());
    match expr {
        Expr::Identifier(name) => known(&name.value),
        Expr::CompoundIdentifier(names) => known(&names.last()?.value),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => time_in(inner, times),
        Expr::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus, right } => {
            time_in(left, times).or_else(|| time_in(right, times))
        }
        _ => None,
    }
}

fn of_estimate(expr: &Expr) -> Option<String> {
    let Expr::Function(function) = expr else { return None };
    let name = function.name.to_string().to_lowercase();
    name.starts_with("approx_")
        .then(|| format!("{} estimates: its answer isn't the exact one", datasets::shown(&name)))
}
