//! The rules of docs/compare.md, each row of its tables tried.

use std::path::Path;

use crate::support::Scratch;

/// One row of a table of rules.
struct Rule {
    name: String,
    sides: [String; 2],
    flags: String,
    outcome: String,
}

fn rules() -> Vec<Rule> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compare.md");
    let text = std::fs::read_to_string(path).expect("the page");
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [name, left, right, rest @ ..] = &*cells else { return None };
        let (flags, outcome) = match rest {
            [flags, outcome] => (*flags, *outcome),
            // Without flags one blank stands between two bars.
            [outcome] => ("", outcome.strip_prefix("| ")?),
            _ => return None,
        };
        ["equal", "different", "one row", "two rows"].contains(&outcome).then(|| Rule {
            name: (*name).to_owned(),
            sides: [(*left).to_owned(), (*right).to_owned()],
            flags: flags.trim_matches('`').to_owned(),
            outcome: outcome.to_owned(),
        })
    };
    text.lines().filter_map(row).collect()
}

/// Writes a table whose one row has that cell; returns the file's name.
fn table(scratch: &Scratch, stem: &str, side: &str, is_key: bool) -> String {
    let (form, cell) = side.split_once(' ').expect("a form and a cell");
    let cell = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).unwrap_or(cell);
    let (name, text) = match (form, cell) {
        ("CSV", cell) => {
            let cell = if cell == "empty" { "" } else { cell };
            let row = if is_key { format!("{cell},1") } else { format!("a,{cell}") };
            (format!("{stem}.csv"), format!("id,v\n{row}\n"))
        }
        ("JSON", "no field") => (format!("{stem}.jsonl"), "{\"id\":\"a\"}\n".to_owned()),
        ("JSON", cell) if is_key => (format!("{stem}.jsonl"), format!("{{\"id\":{cell},\"v\":1}}\n")),
        ("JSON", cell) => (format!("{stem}.jsonl"), format!("{{\"id\":\"a\",\"v\":{cell}}}\n")),
        (form, _) => panic!("a form {form}"),
    };
    scratch.write(&name, text);
    name
}

/// Both sides have the column, though its only field be missing.
fn second_row(scratch: &Scratch, name: &str) {
    let more = if name.ends_with("csv") { "z,z\n" } else { "{\"id\":\"z\",\"v\":\"z\"}\n" };
    scratch.write(name, scratch.read(name) + more);
}

#[test]
fn every_rule_of_the_page_holds() {
    let rules = rules();
    let (mut of_values, mut of_keys) = (0, 0);
    for rule in &rules {
        let is_key = rule.outcome.ends_with("row") || rule.outcome.ends_with("rows");
        let scratch = Scratch::new();
        let [left, right] =
            [("left", 0), ("right", 1)].map(|(stem, at)| table(&scratch, stem, &rule.sides[at], is_key));
        if rule.sides.iter().any(|side| side.ends_with("no field")) {
            for name in [&left, &right] {
                second_row(&scratch, name);
            }
        }
        let ran = scratch.run(&format!("compare {left} {right} --key id {}", rule.flags));
        let expected = if matches!(rule.outcome.as_str(), "equal" | "one row") { 0 } else { 3 };
        assert_eq!(ran.code, Some(expected), "{}: {ran}", rule.name);
        let counts = match rule.outcome.as_str() {
            "different" => "missing 0   extra 0   changed 1",
            "two rows" => "missing 1   extra 1   changed 0",
            _ => "missing 0   extra 0   changed 0",
        };
        assert!(ran.stdout.contains(counts), "{}: {ran}", rule.name);
        if is_key { of_keys += 1 } else { of_values += 1 }
    }
    assert!(of_values > 50 && of_keys > 10, "{of_values} {of_keys}");
}
