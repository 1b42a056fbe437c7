//! Which columns of two tables are held against each other.

use std::collections::{BTreeMap, HashMap};

use super::{RowsError, Which, pack::Packer};
use crate::{Rule, Rules};

/// Says how two tables are compared row by row.
#[derive(Debug, Clone, Default)]
pub struct ComparingRows {
    /// The columns that name a row, by their names on the right.
    pub key: Vec<String>,
    /// For columns of the left table that have another name on the right: the left name, by the right one.
    pub renamed: BTreeMap<String, String>,
    /// How each column is compared, by its name on the right.
    pub rules: Rules,
    /// Says whether a cell that can't be known counts as different.
    pub unknown_differs: bool,
    /// So many rows of each kind are kept for display.
    pub listed: usize,
    /// So many characters of a value are.
    pub chars: usize,
}

/// A column of both tables.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Both {
    pub(super) name: String,
    pub(super) rule: Rule,
}

/// Says what is taken from the rows of each side.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) left: Packer,
    pub(super) right: Packer,
    /// The columns of the key.
    pub(super) key: Vec<String>,
    /// Those that are compared.
    pub(super) columns: Vec<Both>,
    pub(super) only_left: Vec<String>,
    pub(super) only_right: Vec<String>,
}

/// Holds what is known of a table before its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) columns: &'a [String],
    pub(super) is_typed: bool,
}

impl Plan {
    pub(super) fn of(left: Head<'_>, right: Head<'_>, how: &ComparingRows) -> Result<Self, RowsError> {
        let names = renamed(left.columns, right.columns, how)?;
        let (on_left, on_right) = (places(&names), places(right.columns));
        for (column, _) in how.rules.set() {
            if !on_left.contains_key(column) && !on_right.contains_key(column) {
                return Err(unknown(None, column, names.iter().chain(right.columns)));
            }
        }
        let find = |which, places: &HashMap<&str, usize>, all: &[String]| {
            let find = |column: &String| {
                let place = places.get(column.as_str()).copied();
                place.ok_or_else(|| unknown(Some(which), column, all.iter()))
            };
            how.key.iter().map(find).collect::<Result<Vec<_>, _>>()
        };
        let (left_key, right_key) =
            (find(Which::Left, &on_left, &names)?, find(Which::Right, &on_right, right.columns)?);
        let is_value = |name: &&String| !how.key.contains(name) && how.rules.of(name) != Rule::Ignore;
        let both = right.columns.iter().filter(is_value).filter_map(|name| {
            let place = *on_left.get(name.as_str())?;
            Some((Both { name: name.clone(), rule: how.rules.of(name) }, place, on_right[name.as_str()]))
        });
        let both: Vec<(Both, usize, usize)> = both.collect();
        let is_typed = left.is_typed && right.is_typed;
        let packer = |key, columns: &[String], values: fn(&(Both, usize, usize)) -> usize| {
            Packer::new(key, both.iter().map(values).collect(), columns.len(), is_typed)
        };
        let only = |all: &[String], other: &HashMap<&str, usize>| {
            let only = all.iter().filter(is_value).filter(|name| !other.contains_key(name.as_str()));
            only.cloned().collect()
        };
        Ok(Self {
            left: packer(left_key, &names, |(_, left, _)| *left),
            right: packer(right_key, right.columns, |(_, _, right)| *right),
            key: how.key.clone(),
            only_left: only(&names, &on_right),
            only_right: only(right.columns, &on_left),
            columns: both.into_iter().map(|(both, _, _)| both).collect(),
        })
    }
}

/// Returns the left table's columns by the names that they have on the right.
fn renamed(left: &[String], right: &[String], how: &ComparingRows) -> Result<Vec<String>, RowsError> {
    let new_names: HashMap<&str, &str> =
        how.renamed.iter().map(|(new, old)| (old.as_str(), new.as_str())).collect();
    for (new, old) in &how.renamed {
        if !left.contains(old) {
            return Err(unknown(Some(Which::Left), old, left.iter()));
        }
        if !right.contains(new) {
            return Err(unknown(Some(Which::Right), new, right.iter()));
        }
        let is_taken = left.contains(new) && !new_names.contains_key(new.as_str());
        if is_taken || how.renamed.values().filter(|other| *other == old).count() > 1 {
            return Err(RowsError::RenamedTwice { old: old.clone(), new: new.clone() });
        }
    }
    let name = |name: &String| new_names.get(name.as_str()).map_or_else(|| name.clone(), ToString::to_string);
    Ok(left.iter().map(name).collect())
}

fn places(columns: &[String]) -> HashMap<&str, usize> {
    columns.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect()
}

fn unknown<'a>(which: Option<Which>, column: &str, all: impl Iterator<Item = &'a String>) -> RowsError {
    let all: Vec<&str> = all.map(String::as_str).collect();
    let mut nearest: Vec<String> = Vec::new();
    for name in datasets::nearest_names(column, all.iter().copied()) {
        if !nearest.iter().any(|known| known == name) {
            nearest.push(name.to_owned());
        }
    }
    RowsError::NoColumn { which, column: column.to_owned(), nearest }
}
