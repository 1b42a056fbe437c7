//! Whatever numbers stand in a run's files, they are shown or the file is refused: nothing is computed from them unchecked.

mod fixture;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use compare::Results;
use serde_json::{Value, json};

/// The paths of all numbers in `value`; of a list, those in its first and last element.
fn numbers(value: &Value, path: &str, all: &mut Vec<String>) {
    match value {
        Value::Number(_) => all.push(path.to_owned()),
        Value::Array(items) => {
            let last = items.len().saturating_sub(1);
            let ends = items.iter().enumerate().filter(|(index, _)| [0, last].contains(index));
            ends.for_each(|(index, item)| numbers(item, &format!("{path}/{index}"), all));
        }
        Value::Object(fields) => {
            // A name may hold what separates names.
            let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
            fields.iter().for_each(|(name, field)| numbers(field, &format!("{path}/{}", escaped(name)), all));
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn odd_numbers() -> [Value; 5] {
    [json!(0), json!(u64::MAX), json!(-1), json!(1e308), json!(5e-324)]
}

/// Renders all that is made of a run whose files hold these values. Whether they can be read.
fn render(results: &Value, timings: &Value, sample: &fixture::Fixture) -> bool {
    let (Ok(results), Ok(timings)) =
        (serde_json::from_str::<Results>(&results.to_string()), serde_json::from_value(timings.clone()))
    else {
        return false;
    };
    let run = reports::Run { results: &results, timings: &timings, ..sample.run() };
    let page = reports::html(&run);
    assert!(page.contains("</html>"));
    assert!(!reports::markdown(&run).is_empty() && !reports::junit(&run).is_empty());
    true
}

/// A path without the places in lists: what stands for all numbers of its kind.
fn kind(path: &str) -> String {
    path.split('/')
        .map(|part| if part.parse::<usize>().is_ok() { "*" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[test]
fn no_number_in_a_runs_files_ends_the_program() {
    let mut panics = Vec::new();
    let mut rendered = 0;
    let mut seen = HashSet::new();
    for name in fixture::SAMPLES {
        let sample = fixture::sample(name).expect("it is one of them");
        let whole = [
            serde_json::to_value(&sample.results).expect("plain data"),
            serde_json::to_value(&sample.timings).expect("plain data"),
        ];
        for file in [0, 1] {
            let mut paths = Vec::new();
            numbers(&whole[file], "", &mut paths);
            // Each kind of number once for each kind of problem: what surrounds it is much the same in all samples.
            let shape = (file == 0).then(|| std::mem::discriminant(&sample.results.changes));
            paths.retain(|path| seen.insert((shape, file, kind(path))));
            for (path, number) in paths.iter().flat_map(|path| odd_numbers().map(|number| (path, number))) {
                let mut changed = whole.clone();
                *changed[file].pointer_mut(path).expect("it was just found") = number.clone();
                let [results, timings] = &changed;
                match catch_unwind(AssertUnwindSafe(|| render(results, timings, &sample))) {
                    Ok(was_read) => rendered += u32::from(was_read),
                    Err(_) => panics.push(format!("{name}: {path} = {number}")),
                }
            }
        }
    }
    assert!(panics.is_empty(), "{} panics:\n{}", panics.len(), panics.join("\n"));
    assert!(rendered > 200, "vacuous: {rendered}");
}
