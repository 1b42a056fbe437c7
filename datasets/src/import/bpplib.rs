//! BPPLIB's bin packing files: the number of items, the capacity, then a size a line.

use std::collections::BTreeMap;

use super::lines::{Draft, Lines};
use super::{Format, ImportOptions, Imported, Summary, file_stem, source};
use crate::error::Error;
use crate::files::Input;
use crate::instance::Instance;
use crate::keys::Keys;
use crate::record::{Item, Typed};
use crate::value::CAPACITY;
use crate::value::Value;

pub(super) fn import(
    input: Input<'_>,
    options: &ImportOptions,
    mut parameters: BTreeMap<String, Value>,
) -> Result<Imported, Error> {
    let path = input.path;
    let mut lines = Lines::open(input)?;
    let items = lines.count("the number of items")?;
    if items == 0 {
        return Err(lines.reject("the file says that it has no items"));
    }
    let capacity = lines.number(CAPACITY)?;
    let mut draft = Draft::new(&lines, capacity);
    draft.read_sizes(&mut lines, items)?;
    let hash = lines.end(&format!("the last of {items} sizes"))?;
    let scaled = draft.finish(path)?;
    parameters.insert(CAPACITY.into(), scaled.capacity.into());
    let instance = Instance {
        name: options.name.clone().unwrap_or_else(|| file_stem(path)),
        problem: options.problem.clone(),
        columns: Item::COLUMNS.to_vec(),
        values: scaled.sizes,
        scale: scaled.scale,
        parameters,
        keys: Keys::default(),
        optimum: None,
        best_known: None,
        source: source(path, Format::BppLib, &hash),
        rejected: Vec::new(),
    };
    let summary = Summary { blank_lines: lines.blank, ..Summary::default() };
    Ok(Imported { instances: vec![instance], summary })
}
