//! Values of JSON at a path, nothing where there is none.

use std::path::Path;

use platform::Error;
use serde_json::Value;

use crate::read_back;

/// Reads a file of a run whose schema is `family/N`, whatever N.
pub(super) fn read(path: &Path, family: &str) -> Result<Value, Error> {
    let text = read_back::read(path, "part of a run")?;
    let shown = datasets::shown_path(path);
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| Error::input(format!("{shown} line {}: {error}", error.line())))?;
    let schema = text_at(&value, &["schema"]).unwrap_or("nothing");
    let version = schema.strip_prefix(family).and_then(|rest| rest.strip_prefix('/'));
    if version.is_some_and(|version| version.parse::<u32>().is_ok()) {
        return Ok(value);
    }
    let schema = datasets::shown(schema);
    Err(Error::input(format!("{shown}: its schema is {schema}, expected {family}/N")))
}

pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name)).filter(|found| !found.is_null())
}

/// Returns the first that is there: what moved from one schema to the next has two paths.
pub(super) fn at_one<'a>(value: &'a Value, paths: &[&[&str]]) -> Option<&'a Value> {
    paths.iter().find_map(|path| at(value, path))
}

pub(super) fn text_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path)?.as_str()
}

pub(super) fn count_at(value: &Value, path: &[&str]) -> Option<u64> {
    at(value, path)?.as_u64()
}

pub(super) fn number_at(value: &Value, path: &[&str]) -> Option<f64> {
    at(value, path)?.as_f64().filter(|number| number.is_finite())
}
