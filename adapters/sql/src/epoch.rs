//! `epoch_ms`: a time as the milliseconds that tables of this project hold.

use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// Returns the milliseconds since 1970 of a time of any unit and zone, downward. A cast to `BIGINT` gives the number in the
/// time's unit, and which that is depends on the functions that the time went through.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct EpochMs {
    signature: Signature,
}

impl EpochMs {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for EpochMs {
    fn name(&self) -> &'static str {
        "epoch_ms"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [time @ DataType::Timestamp(..)] => Ok(vec![time.clone()]),
            [DataType::Date32 | DataType::Null] => Ok(vec![DataType::Timestamp(TimeUnit::Millisecond, None)]),
            [other] => plan_err!("epoch_ms takes a time, not {other}"),
            _ => plan_err!("epoch_ms takes one time, not {} values", types.len()),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match &args.args[0] {
            ColumnarValue::Array(times) => Ok(ColumnarValue::Array(milliseconds(times)?)),
            ColumnarValue::Scalar(time) => {
                let number = milliseconds(&time.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&number, 0)?))
            }
        }
    }
}

fn milliseconds(times: &ArrayRef) -> Result<ArrayRef> {
    let DataType::Timestamp(unit, _) = times.data_type() else { return plan_err!("epoch_ms takes a time") };
    let numbers = cast(times, &DataType::Int64)?;
    let numbers = numbers.as_primitive::<Int64Type>();
    let too_far = || exec_datafusion_err!("overflow: a time is beyond 64 bits of milliseconds");
    Ok(Arc::new(match unit {
        TimeUnit::Second => {
            numbers.try_unary::<_, Int64Type, _>(|time| time.checked_mul(1_000).ok_or_else(too_far))?
        }
        TimeUnit::Millisecond => numbers.clone(),
        TimeUnit::Microsecond => numbers.unary::<_, Int64Type>(|time| time.div_euclid(1_000)),
        TimeUnit::Nanosecond => numbers.unary::<_, Int64Type>(|time| time.div_euclid(1_000_000)),
    }))
}
