//! The schema part of an envelope, which says what its columns hold.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::columns::{Columns, SchemaColumn};
use crate::rows::{ColumnType, TimeStep};

/// A text of JSON, borrowed where nothing is escaped in it.
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

#[derive(Debug, Deserialize)]
struct Node<'a> {
    #[serde(borrow)]
    field: Option<Text<'a>>,
    #[serde(rename = "type", borrow)]
    of: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(default)]
    optional: bool,
    #[serde(borrow)]
    default: Option<&'a RawValue>,
    #[serde(borrow)]
    fields: Option<Vec<Node<'a>>>,
    parameters: Option<BTreeMap<String, String>>,
}

/// Takes over what the schema of an envelope says of the columns of its rows; `row` names the field that holds one, and is
/// none where the schema is of a row itself.
pub(super) fn describe(schema: &str, row: Option<&str>, columns: &mut Columns) -> Result<(), String> {
    let root: Node<'_> = serde_json::from_str(schema)
        .map_err(|error| format!("the schema part can't be read: {}", crate::shown(&error.to_string())))?;
    let fields = match row {
        None => root.fields,
        Some(row) => {
            let is_row = |node: &Node<'_>| node.field.as_ref().is_some_and(|field| field.0 == row);
            root.fields.and_then(|fields| fields.into_iter().find(is_row)).and_then(|node| node.fields)
        }
    };
    for node in fields.into_iter().flatten() {
        let Some(name) = &node.field else { continue };
        // A field that is never NULL is what it says.
        let default = node.default.filter(|_| node.optional).map(|default| default.get().to_owned());
        columns.describe(&name.0, SchemaColumn { of: type_of(&node)?, default });
    }
    Ok(())
}

fn type_of(node: &Node<'_>) -> Result<Option<ColumnType>, String> {
    let name = node.name.as_ref().map_or("", |name| name.0.as_ref());
    Ok(Some(match name {
        "io.debezium.time.Date" | "org.apache.kafka.connect.data.Date" => ColumnType::Date,
        "io.debezium.time.Time" | "org.apache.kafka.connect.data.Time" => {
            ColumnType::Time(Some(TimeStep::Milli))
        }
        "io.debezium.time.MicroTime" => ColumnType::Time(Some(TimeStep::Micro)),
        "io.debezium.time.NanoTime" => ColumnType::Time(Some(TimeStep::Nano)),
        "io.debezium.time.Timestamp" | "org.apache.kafka.connect.data.Timestamp" => {
            ColumnType::Timestamp(Some(TimeStep::Milli))
        }
        "io.debezium.time.MicroTimestamp" => ColumnType::Timestamp(Some(TimeStep::Micro)),
        "io.debezium.time.NanoTimestamp" => ColumnType::Timestamp(Some(TimeStep::Nano)),
        "io.debezium.time.ZonedTimestamp" => ColumnType::TimestampTz(None),
        "io.debezium.time.MicroDuration" => ColumnType::Interval,
        "io.debezium.data.Json" => ColumnType::Json,
        "io.debezium.data.Uuid" => ColumnType::Uuid,
        "io.debezium.data.VariableScaleDecimal" => ColumnType::Decimal(None),
        "org.apache.kafka.connect.data.Decimal" => ColumnType::Decimal(Some(scale_of(node)?)),
        _ => match node.of.as_ref().map(|of| of.0.as_ref()) {
            Some("float" | "double") => ColumnType::Number,
            Some("bytes") => ColumnType::Base64,
            _ => return Ok(None),
        },
    }))
}

fn scale_of(node: &Node<'_>) -> Result<u32, String> {
    let scale = node.parameters.as_ref().and_then(|parameters| parameters.get("scale"));
    scale.and_then(|scale| scale.parse().ok()).ok_or_else(|| {
        let field = node.field.as_ref().map_or("", |field| field.0.as_ref());
        let said = scale.map_or("none", String::as_str);
        let (field, said) = (crate::reading::short_name(field), crate::reading::short_name(said));
        format!(
            "the schema part says a scale of {said} for the decimals of column '{field}', expected 0 or more"
        )
    })
}
