//! Functions that stand in for operators which wrap, or which give floats that are equal and don't compare so.

use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _};
use datafusion::arrow::compute::kernels::numeric::{add, mul, neg, sub};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float32Type, Float64Type};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;
use sql_tables::normal64;

/// Says what a function does in an operator's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stand {
    /// Adds whole numbers; beyond their type is an error.
    Add,
    /// Subtracts whole numbers; beyond their type is an error.
    Subtract,
    /// Multiplies whole numbers; beyond their type is an error.
    Multiply,
    /// Turns a whole number's sign over; beyond its type is an error.
    Negate,
    /// Makes one NaN of all, and 0 of -0.
    Normal,
}

impl Stand {
    /// Returns the function for an operator that wraps.
    pub(super) fn of(operator: Operator) -> Option<Self> {
        match operator {
            Operator::Plus => Some(Self::Add),
            Operator::Minus => Some(Self::Subtract),
            Operator::Multiply => Some(Self::Multiply),
            _ => None,
        }
    }
}

/// One such function. It gives the type of its first argument.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Standing {
    pub(super) stand: Stand,
    signature: Signature,
}

impl Standing {
    pub(super) fn new(stand: Stand) -> Self {
        Self { stand, signature: Signature::variadic_any(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Standing {
    fn name(&self) -> &str {
        match self.stand {
            Stand::Add => "checked_add",
            Stand::Subtract => "checked_subtract",
            Stand::Multiply => "checked_multiply",
            Stand::Negate => "checked_negate",
            Stand::Normal => "normal_float",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let can_miss = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), args.arg_fields[0].data_type().clone(), can_miss)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match (self.stand, &args.args[..]) {
            (Stand::Add, [left, right]) => apply(left, right, add),
            (Stand::Subtract, [left, right]) => apply(left, right, sub),
            (Stand::Multiply, [left, right]) => apply(left, right, mul),
            (Stand::Negate, [value]) => {
                let negated = neg(&value.to_array(1)?)?;
                Ok(match value {
                    ColumnarValue::Array(_) => ColumnarValue::Array(negated),
                    ColumnarValue::Scalar(_) => {
                        ColumnarValue::Scalar(ScalarValue::try_from_array(&negated, 0)?)
                    }
                })
            }
            (Stand::Normal, [ColumnarValue::Array(array)]) => Ok(ColumnarValue::Array(normal(array))),
            (Stand::Normal, [ColumnarValue::Scalar(value)]) => {
                Ok(ColumnarValue::Scalar(normal_scalar(value.clone())))
            }
            _ => internal_err!("{} of {} values", self.name(), args.args.len()),
        }
    }
}

/// Returns the floats of a column with one NaN and one zero.
fn normal(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float64 => {
            Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(normal64)) as ArrayRef
        }
        DataType::Float32 => Arc::new(array.as_primitive::<Float32Type>().unary::<_, Float32Type>(normal32)),
        _ => array.clone(),
    }
}

/// Returns the same of one value.
pub(super) fn normal_scalar(value: ScalarValue) -> ScalarValue {
    match value {
        ScalarValue::Float64(number) => ScalarValue::Float64(number.map(normal64)),
        ScalarValue::Float32(number) => ScalarValue::Float32(number.map(normal32)),
        other => other,
    }
}

fn normal32(number: f32) -> f32 {
    if number.is_nan() { f32::NAN } else { number + 0.0 }
}
