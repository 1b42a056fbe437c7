//! The OR-Library's bin packing files: a count, then per instance name, `capacity items best-known`, sizes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::lines::{Draft, Lines};
use super::{Format, ImportOptions, Imported, Summary, source};
use crate::error::Error;
use crate::files::{Input, check_folder_name};
use crate::instance::Instance;
use crate::keys::Keys;
use crate::record::{Item, Typed};
use crate::source::Source;
use crate::value::CAPACITY;
use crate::value::Value;

pub(super) fn import(
    input: Input<'_>,
    options: &ImportOptions,
    parameters: &BTreeMap<String, Value>,
) -> Result<Imported, Error> {
    let path = input.path;
    let mut lines = Lines::open(input)?;
    let count = lines.count("the number of instances")?;
    if count == 0 {
        return Err(lines.reject("the file says that it has no instances"));
    }
    let mut instances: Vec<Instance> = Vec::new();
    let mut names = BTreeSet::new();
    for i in 1..=count {
        let instance = read_instance(&mut lines, path, &format!("instance {i} of {count}"))?;
        if !names.insert(instance.name.to_lowercase()) {
            return Err(lines.reject(format!("a second instance `{}`", instance.name)));
        }
        instances.push(instance);
    }
    let last = format!("the last of {count} instances, `{}`", instances[instances.len() - 1].name);
    let hash = lines.end(&last)?;
    for instance in &mut instances {
        instance.problem.clone_from(&options.problem);
        instance.parameters.extend(parameters.iter().map(|(name, value)| (name.clone(), value.clone())));
        instance.source =
            Source { instance: Some(instance.name.clone()), ..source(path, Format::OrLib, &hash) };
    }
    if let (Some(name), [only]) = (&options.name, &mut instances[..]) {
        only.name.clone_from(name);
    }
    let summary = Summary { blank_lines: lines.blank, ..Summary::default() };
    Ok(Imported { instances, summary })
}

fn read_instance(lines: &mut Lines<'_>, path: &Path, which: &str) -> Result<Instance, Error> {
    let name = lines.expect(&format!("the name of {which}"))?;
    check_folder_name(&name).map_err(|message| lines.reject(message))?;
    let head = lines.expect(&format!("`capacity items best-known` of `{name}`"))?;
    let [capacity, items, best_known] = head.split_ascii_whitespace().collect::<Vec<_>>()[..] else {
        let message =
            format!("{} should be `capacity items best-known`", crate::shown::quoted(head.as_bytes()));
        return Err(lines.reject(message).with_hint(format!(
            "`{name}`, the line above, was read as the name of {which}; \
             if it isn't one, the instance before has another number of sizes than it says"
        )));
    };
    let capacity = lines.parse(CAPACITY, capacity)?;
    let items = lines.parse_whole("items", items)?;
    let best_known = lines.parse_whole("best-known", best_known)?;
    if items == 0 {
        return Err(lines.reject(format!("`{name}` has no items")));
    }
    let mut draft = Draft::new(lines, capacity);
    draft.read_sizes(lines, items)?;
    let scaled = draft.finish(path)?;
    Ok(Instance {
        name,
        problem: String::new(),
        columns: Item::COLUMNS.to_vec(),
        values: scaled.sizes,
        scale: scaled.scale,
        parameters: BTreeMap::from([(CAPACITY.into(), scaled.capacity.into())]),
        keys: Keys::default(),
        optimum: None,
        best_known: Some(best_known),
        source: Source::default(),
        rejected: Vec::new(),
    })
}
