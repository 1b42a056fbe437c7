//! Puts functions in the place of operators which wrap, all over a plan.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable as _, LogicalPlan, Operator, ScalarUDF};
use datafusion::optimizer::AnalyzerRule;

use super::arithmetic::{Stand, Standing, normal_scalar};

/// Is the rule. It comes last of the analyzer's, when the two sides of an operator have one type.
#[derive(Debug, Default)]
pub(crate) struct Rewrite;

impl AnalyzerRule for Rewrite {
    fn name(&self) -> &'static str {
        "checked_arithmetic"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(rewrite_plan).map(|rewritten| rewritten.data)
    }
}

fn rewrite_plan(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let mut schema = merge_schema(&plan.inputs());
    if let LogicalPlan::TableScan(scan) = &plan {
        schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &scan.source.schema())?);
    }
    let names = NamePreserver::new(&plan);
    plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let rewritten = expr.transform_up(|expr| rewrite(expr, &schema))?;
        Ok(rewritten.update_data(|expr| name.restore(expr)))
    })?
    .map_data(LogicalPlan::recompute_schema)
}

fn rewrite(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_arithmetic(op) => {
            let types = (left.get_type(schema)?, right.get_type(schema)?);
            match Stand::of(op) {
                Some(stand) if types.0.is_integer() && types.1.is_integer() => {
                    call(stand, vec![*left, *right])
                }
                _ => normalised(Expr::BinaryExpr(BinaryExpr { left, op, right }), schema)?,
            }
        }
        Expr::Negative(value) if value.get_type(schema)?.is_integer() => call(Stand::Negate, vec![*value]),
        Expr::Literal(value, metadata) if value.data_type().is_floating() => {
            Transformed::yes(Expr::Literal(normal_scalar(value), metadata))
        }
        Expr::ScalarFunction(function) if is_normal(&function) => {
            Transformed::no(Expr::ScalarFunction(function))
        }
        Expr::Negative(_) | Expr::Cast(_) | Expr::TryCast(_) | Expr::ScalarFunction(_) => {
            normalised(expr, schema)?
        }
        other => Transformed::no(other),
    })
}

fn is_arithmetic(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo
    )
}

/// Makes floats normal wherever they come from, so that all that compares or groups them sees no other.
fn normalised(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr.get_type(schema)? {
        DataType::Float64 | DataType::Float32 => Ok(call(Stand::Normal, vec![expr])),
        _ => Ok(Transformed::no(expr)),
    }
}

fn is_normal(function: &ScalarFunction) -> bool {
    let standing = function.func.inner().downcast_ref::<Standing>();
    standing.is_some_and(|standing| standing.stand == Stand::Normal)
}

fn call(stand: Stand, args: Vec<Expr>) -> Transformed<Expr> {
    let function = Arc::new(ScalarUDF::from(Standing::new(stand)));
    Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(function, args)))
}
