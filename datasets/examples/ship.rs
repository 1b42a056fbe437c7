//! Writes the datasets that `data/` ships into another folder, to be compared or to replace them.
//!
//! `cargo run -p datasets --example ship DIR`

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use datasets::{Error, Instance, Item, Source, Typed, Value, edges, freeze, generate};

fn main() -> ExitCode {
    let Some(dir) = std::env::args_os().nth(1) else {
        eprintln!("usage: ship DIR");
        return ExitCode::from(2);
    };
    match ship(Path::new(&dir)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ship(dir: &Path) -> Result<(), Error> {
    for instance in [
        tiny(),
        generate("uniform", 1000, 1, &BTreeMap::new())?,
        generate("triplets", 501, 1, &BTreeMap::new())?,
        generate("worst-case", 420, 1, &arguments(&[("against", "first-fit".into())]))?,
        clicks()?,
        generate("deliveries", 1000, 1, &arguments(&[("keys", 20.into()), ("rate", 20.into())]))?,
        generate("orders", 1000, 1, &arguments(&[("rate", 5.into())]))?,
        generate("readings", 1000, 1, &arguments(&[("rate", 20.into())]))?,
        generate("requests", 5000, 1, &arguments(&[("keys", 500.into())]))?,
    ]
    .into_iter()
    .chain(edges())
    {
        freeze(&instance, &dir.join(&instance.name))?;
    }
    Ok(())
}

fn arguments(given: &[(&str, Value)]) -> BTreeMap<String, Value> {
    given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// Clicks of which some are so late that a watermark two seconds behind drops them.
fn clicks() -> Result<Instance, Error> {
    let given = [
        ("keys", 40.into()),
        ("rate", 20.into()),
        ("disorder", "heavy-tailed".into()),
        ("max-delay", 60_000.into()),
    ];
    Ok(Instance { name: "clicks".into(), ..generate("events", 2000, 1, &arguments(&given))? })
}

/// Five bins of 10, filled to the brim (8+2, 6+4, 6+4, 5+5, 3+3+2+2), in an order that tells jobs apart: next fit
/// opens 8 bins, worst fit 7, first fit 6, best fit 5.
fn tiny() -> Instance {
    Instance {
        name: "tiny".into(),
        problem: "bin-packing".into(),
        columns: Item::COLUMNS.to_vec(),
        values: vec![4, 3, 6, 5, 6, 8, 3, 2, 2, 4, 2, 5],
        scale: 1,
        parameters: BTreeMap::from([("capacity".into(), 10.into())]),
        keys: datasets::Keys::default(),
        optimum: Some(5),
        best_known: None,
        source: Source::default(),
        rejected: Vec::new(),
    }
}
