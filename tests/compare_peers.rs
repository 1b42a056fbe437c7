//! Where Python has datacompy, it finds in random tables what `counterpoint compare` does: rows of one side only, and in
//! each column the rows that differ.
//!
//! `pip install datacompy==1.1.0`; the environment variable `PYTHON` names another Python than `python3`. Without the
//! package the test says so and passes. docs/compare.md says in what the two differ; the tables have none of that.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use datasets::SplitMix64;
use serde_json::{Value, json};

const PAIRS: u64 = 60;
const NAMES: [&str; 5] = ["", "Ann", "ann", "Bo b", "Bo  b"];

/// The tolerances of a pair: so much, and such a share of the right value. datacompy adds them up, so one is 0.
const TOLERANCES: [(&str, &str, &str); 4] = [
    ("0", "0", ""),
    ("0.3", "0", "--tolerance a=0.3 --tolerance b=0.3 --tolerance c=0.3"),
    ("0", "0.1", "--tolerance a=10%right --tolerance b=10%right --tolerance c=10%right"),
    ("100", "0", "--tolerance a=100 --tolerance b=100 --tolerance c=100"),
];

/// Draws a row; numbers are quarters, which floats hold.
fn cells(random: &mut SplitMix64) -> BTreeMap<&'static str, String> {
    let mut number = |most: u64| {
        let quarters = random.uniform(0, most) as f64 - most as f64 / 4.0;
        if random.uniform(0, 9) == 0 { String::new() } else { (quarters / 4.0).to_string() }
    };
    let (a, b, c) = (number(20), number(400), number(4000));
    let name = NAMES[random.uniform(0, NAMES.len() as u64 - 1) as usize].to_owned();
    BTreeMap::from([("a", a), ("b", b), ("c", c), ("name", name)])
}

/// Writes two tables that have much in common; the first column may be missing on a side, and rows stand in any order.
fn write_pair(folder: &Path, pair: u64) -> [String; 2] {
    let mut random = SplitMix64::new(pair);
    let rows = random.uniform(1, 60);
    let mut columns = [vec!["a", "b", "c", "name"], vec!["name", "c", "b", "a"]];
    if random.uniform(0, 4) == 0 {
        columns[random.uniform(0, 1) as usize].retain(|name| *name != "c");
    }
    let mut lines: [Vec<String>; 2] = [Vec::new(), Vec::new()];
    for id in 0..rows {
        let left = cells(&mut random);
        let mut right = left.clone();
        for column in ["a", "b", "c", "name"] {
            if random.uniform(0, 3) == 0 {
                right.insert(column, cells(&mut random)[column].clone());
            }
        }
        let only = random.uniform(0, 9);
        for (side, row) in [&left, &right].into_iter().enumerate() {
            if only == side as u64 {
                continue;
            }
            let fields: Vec<&str> = columns[side].iter().map(|name| row[name].as_str()).collect();
            let place = random.uniform(0, lines[side].len() as u64) as usize;
            lines[side].insert(place, format!("{id},{}\n", fields.join(",")));
        }
    }
    ["left", "right"].map(|name| {
        let side = usize::from(name == "right");
        let path = folder.join(format!("{name}-{pair}.csv"));
        let text = format!("id,{}\n{}", columns[side].join(","), lines[side].concat());
        fs::write(&path, text).expect("a write to a scratch folder");
        path.display().to_string()
    })
}

/// Returns what `compare` finds, in the words of the script.
fn found(left: &str, right: &str, flags: &str) -> Value {
    // A column that one side lacks may still have a tolerance.
    let ran = Command::new(env!("CARGO_BIN_EXE_counterpoint"))
        .args(["compare", left, right, "--key", "id", "--json"])
        .args(flags.split_whitespace())
        .output()
        .expect("the program runs");
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert!(matches!(ran.status.code(), Some(0 | 3)), "{left} {flags}: {stderr}");
    let said: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let columns = said["columns"].as_array().expect("a list").iter();
    let columns: BTreeMap<&str, &Value> =
        columns.map(|column| (column["name"].as_str().expect("a name"), &column["differing"])).collect();
    json!({
        "missing": said["rows"]["missing"],
        "extra": said["rows"]["extra"],
        "equal": said["rows"]["equal"],
        "columns": columns,
        "columns_missing": said["columns_missing"],
        "columns_extra": said["columns_extra"],
    })
}

#[test]
fn datacompy_finds_the_same() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_package = Command::new(&python).args(["-c", "import datacompy"]).output();
    if !has_package.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no datacompy");
        return;
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (mut asked, mut ours) = (String::new(), Vec::new());
    for pair in 0..PAIRS {
        let [left, right] = write_pair(folder.path(), pair);
        let (absolute, relative, flags) = TOLERANCES[pair as usize % TOLERANCES.len()];
        writeln!(asked, "{left} {right} {absolute} {relative}").expect("a string takes all");
        ours.push(found(&left, &right, flags));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/compare_peers.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut input = child.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()).expect("Python reads"));
    let output = child.wait_with_output().expect("Python ends");
    writer.join().expect("all was written");
    let said = String::from_utf8(output.stdout).expect("text");
    assert_eq!(said.lines().count(), ours.len());
    let mut differing = 0;
    for (pair, (ours, line)) in ours.iter().zip(said.lines()).enumerate() {
        let theirs: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(*ours, theirs, "pair {pair}, {:?}", TOLERANCES[pair % TOLERANCES.len()]);
        let columns = ours["columns"].as_object().expect("columns");
        differing += columns.values().filter_map(Value::as_u64).sum::<u64>();
    }
    assert!(differing > 500, "vacuous: {differing}");
}
