//! `sum` and `avg` in place of `DataFusion`'s own, which wrap beyond 64 bits and add up floats with a rounding at each step.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray as _};
use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, ReversedUDAF, Signature, Volatility};

use super::ratio::{half_away, nearest};
use super::total::{Distinct, Number, Sum, TOO_LARGE, Total, each_number};

/// Says which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Goal {
    Sum,
    Average,
}

/// Computes a sum or an average without rounding on the way; what is beyond 38 digits is an error.
///
/// | of | `sum` | `avg` |
/// |---|---|---|
/// | whole numbers | `DECIMAL(38, 0)` | the nearest `DOUBLE` |
/// | decimals | `DECIMAL(38, s)` | `DECIMAL(38, s + 4)`, halves away from zero |
/// | floats | the nearest `DOUBLE` | that, divided |
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Exact {
    goal: Goal,
    signature: Signature,
    aliases: Vec<String>,
}

impl Exact {
    pub(crate) fn new(goal: Goal) -> Self {
        let aliases = match goal {
            Goal::Sum => vec![],
            Goal::Average => vec!["mean".to_owned()],
        };
        Self { goal, signature: Signature::user_defined(Volatility::Immutable), aliases }
    }
}

/// Returns how many digits an average has after its point.
fn average_scale(scale: i8) -> i8 {
    (scale + 4).min(DECIMAL128_MAX_PRECISION.cast_signed())
}

impl AggregateUDFImpl for Exact {
    fn name(&self) -> &str {
        match self.goal {
            Goal::Sum => "sum",
            Goal::Average => "avg",
        }
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [given] = types else { return plan_err!("{} takes one value, not {}", self.name(), types.len()) };
        Ok(vec![match given {
            DataType::UInt64 => DataType::UInt64,
            DataType::Null => DataType::Int64,
            whole if whole.is_integer() => DataType::Int64,
            float if float.is_floating() => DataType::Float64,
            &DataType::Decimal32(digits, scale)
            | &DataType::Decimal64(digits, scale)
            | &DataType::Decimal128(digits, scale) => DataType::Decimal128(digits, scale),
            other => {
                return plan_err!(
                    "{} adds up whole numbers, decimals and floats, not {other}; cast the value to one",
                    self.name()
                );
            }
        }])
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(match (self.goal, types) {
            (Goal::Sum, [DataType::Int64 | DataType::UInt64]) => {
                DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0)
            }
            (Goal::Sum, [DataType::Decimal128(_, scale)]) => {
                DataType::Decimal128(DECIMAL128_MAX_PRECISION, *scale)
            }
            (Goal::Average, [DataType::Decimal128(_, scale)]) => {
                DataType::Decimal128(DECIMAL128_MAX_PRECISION, average_scale(*scale))
            }
            _ => DataType::Float64,
        })
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let given = args.expr_fields[0].data_type().clone();
        let is_float = given == DataType::Float64;
        Ok(Box::new(Adder {
            goal: self.goal,
            scale: if let DataType::Decimal128(_, scale) = given { scale } else { 0 },
            gives: args.return_field.data_type().clone(),
            distinct: args.is_distinct.then(Distinct::default),
            total: Total::new(is_float),
            is_float,
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "total"), DataType::Binary, true))])
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// Adds up the numbers of one group, or of one window.
#[derive(Debug)]
struct Adder {
    goal: Goal,
    /// Digits after the point of the numbers that come in.
    scale: i8,
    /// The type of what comes out.
    gives: DataType,
    distinct: Option<Distinct>,
    total: Total,
    is_float: bool,
}

impl Adder {
    fn take(&mut self, number: Number, is_added: bool) -> Result<()> {
        let counts = match &mut self.distinct {
            None => true,
            Some(distinct) if is_added => distinct.insert(number),
            Some(distinct) => distinct.remove(number),
        };
        if counts { self.total.add(number, is_added) } else { Ok(()) }
    }

    fn decimal(&self, digits: Option<i128>) -> Result<ScalarValue> {
        let DataType::Decimal128(precision, scale) = self.gives else {
            return exec_err!("{:?} is no decimal", self.gives);
        };
        match digits {
            Some(digits) if digits.unsigned_abs() >= 10_u128.pow(precision.into()) => {
                exec_err!("{TOO_LARGE}")
            }
            digits => Ok(ScalarValue::Decimal128(digits, precision, scale)),
        }
    }

    fn average_of_decimals(&self, sum: i128) -> Result<ScalarValue> {
        let digits = (average_scale(self.scale) - self.scale).cast_unsigned();
        let scaled = sum.checked_mul(10_i128.pow(digits.into()));
        let scaled = scaled.ok_or_else(|| exec_datafusion_err!("{TOO_LARGE}"))?;
        self.decimal(Some(half_away(scaled, self.total.count)))
    }
}

impl Accumulator for Adder {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        each_number(&values[0], |number| self.take(number, true))
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        each_number(&values[0], |number| self.take(number, false))
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let count = self.total.count;
        match (&self.total.sum, self.goal) {
            (Sum::Float(_), _) if count == 0 => Ok(ScalarValue::Float64(None)),
            (Sum::Float(sum), Goal::Sum) => Ok(ScalarValue::Float64(Some(sum.rounded()))),
            (Sum::Float(sum), Goal::Average) => Ok(ScalarValue::Float64(Some(sum.rounded() / count as f64))),
            (Sum::Exact(_), _) if count == 0 => ScalarValue::try_from(&self.gives),
            (Sum::Exact(sum), Goal::Sum) => self.decimal(Some(*sum)),
            (Sum::Exact(sum), Goal::Average) if self.gives == DataType::Float64 => {
                Ok(ScalarValue::Float64(Some(nearest(*sum, count))))
            }
            (Sum::Exact(sum), Goal::Average) => self.average_of_decimals(*sum),
        }
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.total.size() + self.distinct.as_ref().map_or(0, Distinct::size)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let bytes = self.distinct.as_ref().map_or_else(|| self.total.to_bytes(), Distinct::to_bytes);
        Ok(vec![ScalarValue::Binary(Some(bytes))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for bytes in states[0].as_binary::<i32>().iter().flatten() {
            if self.distinct.is_none() {
                self.total.merge(bytes)?;
                continue;
            }
            for number in Distinct::from_bytes(bytes, self.is_float) {
                self.take(number, true)?;
            }
        }
        Ok(())
    }
}
