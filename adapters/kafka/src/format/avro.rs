//! Avro as JSON. Times are whole milliseconds since 1970 where they are, as rows have them; decimals keep their digits.

use std::fmt::Write as _;

use apache_avro::{
    Schema,
    reader::datum::GenericDatumReader,
    schema::{NamespaceRef, ResolvedSchema},
    types::Value,
};
use serde::Serialize;

use super::Found;

/// A schema, and those that it refers to.
pub(super) struct Avro {
    schema: Schema,
    others: Vec<Schema>,
}

impl Avro {
    pub(super) fn new(found: &Found) -> Result<Self, String> {
        let wrong =
            |error: apache_avro::Error| format!("isn't understood: {}", datasets::shown(&error.to_string()));
        let others = found.references.iter().map(|(_, text)| text.as_str());
        let (schema, others) = Schema::parse_str_with_list(&found.text, others).map_err(wrong)?;
        let avro = Self { schema, others };
        avro.resolved().map_err(wrong)?;
        match avro.schema {
            Schema::Record(_) => Ok(avro),
            _ => Err("is no record, and a row has columns".to_owned()),
        }
    }

    fn resolved(&self) -> Result<ResolvedSchema<'_>, apache_avro::Error> {
        ResolvedSchema::new_with_schemata(self.others.iter().chain([&self.schema]).collect())
    }

    /// A value as a JSON object.
    pub(super) fn decode(&self, value: &[u8]) -> Result<String, String> {
        let wrong = |error: apache_avro::Error| {
            format!("isn't what its schema says: {}", datasets::shown(&error.to_string()))
        };
        let (mut rest, names) = (value, self.resolved().map_err(wrong)?);
        let reader =
            GenericDatumReader::builder(&self.schema).resolved_writer_schemata(names.clone()).build();
        let read = reader.map_err(wrong)?.read_value(&mut rest).map_err(wrong)?;
        // Another schema's value may happen to be readable, and hardly ever to its last byte.
        if !rest.is_empty() {
            return Err(format!("goes on for {} bytes behind what its schema says", rest.len()));
        }
        let mut json = Writer { names, json: String::new() };
        json.value(&self.schema, None, &read)?;
        Ok(json.json)
    }
}

/// Writes JSON.
struct Writer<'s> {
    names: ResolvedSchema<'s>,
    json: String,
}

impl Writer<'_> {
    /// Writes a value, whose schema is needed for what it doesn't say itself: where a decimal's point is.
    fn value(&mut self, schema: &Schema, within: NamespaceRef<'_>, value: &Value) -> Result<(), String> {
        match (schema, value) {
            (Schema::Ref { name }, value) => {
                let name = name.fully_qualified_name(within).into_owned();
                let found = self.names.get_names().get(&name).copied();
                let schema =
                    found.ok_or_else(|| format!("refers to {name}, which isn't in its schema"))?.clone();
                self.value(&schema, within, value)
            }
            (Schema::Union(union), Value::Union(at, value)) => match union.variants().get(*at as usize) {
                Some(schema) => self.value(schema, within, value),
                None => Err(format!("is the variant {at} of a union that has fewer")),
            },
            (Schema::Record(record), Value::Record(fields)) => {
                let within = record.name.namespace().or(within);
                let schemas = record.fields.iter().map(|field| &field.schema);
                let mut before = '{';
                for ((name, value), schema) in fields.iter().zip(schemas) {
                    self.json.push(before);
                    before = ',';
                    self.plain(name)?;
                    self.json.push(':');
                    self.value(schema, within, value)?;
                }
                self.json.push_str(if before == '{' { "{}" } else { "}" });
                Ok(())
            }
            (Schema::Array(array), Value::Array(values)) => {
                self.json.push('[');
                for (at, value) in values.iter().enumerate() {
                    self.json.push_str(if at > 0 { "," } else { "" });
                    self.value(&array.items, within, value)?;
                }
                self.json.push(']');
                Ok(())
            }
            (Schema::Map(map), Value::Map(values)) => {
                let mut sorted: Vec<_> = values.iter().collect();
                sorted.sort_by_key(|(name, _)| *name);
                self.json.push('{');
                for (at, (name, value)) in sorted.into_iter().enumerate() {
                    self.json.push_str(if at > 0 { "," } else { "" });
                    self.plain(name)?;
                    self.json.push(':');
                    self.value(&map.types, within, value)?;
                }
                self.json.push('}');
                Ok(())
            }
            (Schema::Decimal(decimal), Value::Decimal(value)) => {
                let number = num_bigint::BigInt::from(value.clone());
                self.json.push_str(&pointed(&number.to_string(), decimal.scale));
                Ok(())
            }
            (_, value) => self.simple(value),
        }
    }

    /// Writes a value that says all of itself.
    fn simple(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Null => self.plain(&()),
            Value::Boolean(value) => self.plain(value),
            Value::Int(value) => self.plain(value),
            Value::Long(value) | Value::TimestampMillis(value) | Value::LocalTimestampMillis(value) => {
                self.plain(value)
            }
            Value::Float(value) if value.is_finite() => self.plain(value),
            Value::Double(value) if value.is_finite() => self.plain(value),
            // JSON has no such numbers; Protobuf's JSON writes them so.
            Value::Float(value) => self.plain(special(f64::from(*value))),
            Value::Double(value) => self.plain(special(*value)),
            Value::String(text) | Value::Enum(_, text) => self.plain(text),
            Value::TimestampMicros(time) | Value::LocalTimestampMicros(time) | Value::TimeMicros(time) => {
                self.fraction(*time, 3)
            }
            Value::TimestampNanos(time) | Value::LocalTimestampNanos(time) => self.fraction(*time, 6),
            Value::TimeMillis(time) => self.plain(time),
            Value::Date(days) => match jiff::Span::new()
                .try_days(*days)
                .and_then(|days| jiff::civil::date(1970, 1, 1).checked_add(days))
            {
                Ok(date) => self.plain(&date.to_string()),
                Err(_) => Err(format!("has a date {days} days from 1970, which no calendar has")),
            },
            Value::Uuid(id) => self.plain(&id.to_string()),
            Value::BigDecimal(number) => {
                self.json.push_str(&number.to_plain_string());
                Ok(())
            }
            Value::Bytes(_) | Value::Fixed(..) => {
                Err("has a field of bytes, which no cell of a row can hold".to_owned())
            }
            Value::Duration(_) => {
                Err("has a field of months, days and milliseconds, which no cell can hold".to_owned())
            }
            Value::Union(..) | Value::Array(_) | Value::Map(_) | Value::Record(_) | Value::Decimal(_) => {
                Err("has a value of another kind than its schema".to_owned())
            }
        }
    }

    fn plain(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), String> {
        let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
        self.json.push_str(&text);
        Ok(())
    }

    /// Writes a time in milliseconds, of a whole number of smaller units: `digits` of it stand behind the point, unless they are
    /// all zero.
    fn fraction(&mut self, time: i64, digits: usize) -> Result<(), String> {
        let text = pointed(&time.to_string(), digits);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        write!(self.json, "{}", if text.is_empty() || text == "-" { "0" } else { text })
            .map_err(|error| error.to_string())
    }
}

fn special(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// The number with its point before its last `digits` digits.
fn pointed(number: &str, digits: usize) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    if digits == 0 {
        return format!("{sign}{number}");
    }
    let padded = format!("{number:0>width$}", width = digits + 1);
    let (whole, rest) = padded.split_at(padded.len() - digits);
    format!("{sign}{whole}.{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_where_the_scale_says() {
        for (number, digits, text) in [
            ("5", 2, "0.05"),
            ("-5", 2, "-0.05"),
            ("1234", 2, "12.34"),
            ("-1234", 0, "-1234"),
            ("0", 3, "0.000"),
        ] {
            assert_eq!(pointed(number, digits), text);
        }
    }
}
