//! The columns of an answer before there is one: each has a name of its own and a type that can be written.

use std::collections::HashSet;

use datasets::shown;
use sql_tables::SqlError;

use crate::messages::DataType;

/// Refuses columns of one name, and those of types that have no one way to be written.
pub(crate) fn check(rows: &DataType) -> Result<(), SqlError> {
    let mut seen = HashSet::new();
    for field in rows.fields.iter().flat_map(|rows| &rows.fields) {
        if !seen.insert(&*field.name) {
            return Err(SqlError::query(format!("SQL gives the column `{}` twice", shown(&field.name)))
                .with_hint("give each column a name of its own with AS".to_owned()));
        }
        if let Some(kind) = field.data_type.as_ref().and_then(unwritten) {
            return Err(SqlError::query(format!(
                "SQL gives the column `{}` of type {kind}, which isn't written in one way",
                shown(&field.name)
            ))
            .with_hint("cast it to STRING, or give its parts".to_owned()));
        }
    }
    Ok(())
}

/// Returns the name of a type that isn't taken, wherever in the type it stands.
fn unwritten(of: &DataType) -> Option<&'static str> {
    let kinds = [
        ("INTERVAL", of.calendar_interval.or(of.year_month_interval).or(of.day_time_interval)),
        ("MAP", of.map),
        ("a user's own", of.of_user),
        ("VARIANT", of.variant),
        ("GEOMETRY", of.geometry.or(of.geography)),
    ];
    let here = kinds.iter().find(|(_, found)| found.is_some()).map(|&(kind, _)| kind);
    let element = || of.array.as_ref().and_then(|array| array.element.as_ref()).and_then(unwritten);
    let field = || {
        let fields = of.fields.iter().flat_map(|of| &of.fields);
        fields.filter_map(|field| field.data_type.as_ref()).find_map(unwritten)
    };
    here.or_else(element).or_else(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{ArrayType, Nothing, StructField, StructType};

    fn rows(fields: Vec<(&str, DataType)>) -> DataType {
        let field = |(name, of): (&str, DataType)| StructField { name: name.to_owned(), data_type: Some(of) };
        let fields = StructType { fields: fields.into_iter().map(field).collect() };
        DataType { fields: Some(fields), ..DataType::default() }
    }

    #[test]
    fn a_column_has_a_name_of_its_own_and_a_type_that_is_written() {
        assert_eq!(check(&rows(vec![("a", DataType::default()), ("A", DataType::default())])), Ok(()));
        let twice = check(&rows(vec![("a", DataType::default()), ("a", DataType::default())]));
        assert!(twice.expect_err("twice").message.contains("the column `a` twice"));
        let map = DataType { map: Some(Nothing {}), ..DataType::default() };
        let inner = rows(vec![("x", map)]);
        let list = ArrayType { element: Some(inner) };
        let list = DataType { array: Some(Box::new(list)), ..DataType::default() };
        let error = check(&rows(vec![("n", DataType::default()), ("deep", list)])).expect_err("a map");
        assert!(error.to_string().contains("`deep` of type MAP"), "{error}");
    }
}
