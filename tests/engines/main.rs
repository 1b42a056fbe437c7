//! Our jobs against what real Flink and Spark make of the same small inputs.
//!
//! `cases.toml` holds the inputs, `goldens/` what the engines emitted; `README.md` says how to have them made again.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;
use tempfile::TempDir;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Case {
    name: String,
    engine: Engine,
    problem: String,
    job: String,
    set: BTreeMap<String, toml::Value>,
    trigger: String,
    /// The records, or the name of a file that holds them.
    input: String,
    /// Holds what `docs/streaming.md` says of it, where our job departs from the engine.
    departs: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Engine {
    Flink,
    Spark,
}

/// Describes what comes of a case, in words that ours and the engine's can be compared by.
#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    /// The rows of the answer, sorted.
    answer: Vec<String>,
    /// Of windows each firing with its batch or watermark, sorted.
    firings: Vec<String>,
    /// Says how many records were wholly dropped for coming late, where the engine tells.
    late: Option<u64>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/engines")
}

fn read(path: &str) -> String {
    let path = folder().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn cases() -> Vec<Case> {
    toml::from_str::<Cases>(&read("cases.toml")).expect("cases").case
}

fn cells(line: &str) -> Vec<&str> {
    line.split(',').collect()
}

/// The lines of a golden file that begin with this word, without it.
fn lines<'a>(golden: &'a str, what: &str) -> Vec<&'a str> {
    golden.lines().filter_map(|line| line.strip_prefix(what)?.strip_prefix(',')).collect()
}

/// Returns what the engine made of it.
fn engine(case: &Case) -> Outcome {
    let golden = read(&format!("goldens/{}.csv", case.name));
    let firings = sorted(lines(&golden, "fired"));
    let answer = match case.problem.as_str() {
        "order-payment-join" => pairs(&lines(&golden, "pair"), case.engine),
        "deduplicated-totals" => totals(&lines(&golden, "passed")),
        _ => last_firings(&lines(&golden, "fired"), case),
    };
    let dropped = lines(&golden, "batch").into_iter().map(|batch| cells(batch)[3].parse::<u64>().ok());
    let late = match case.engine {
        Engine::Flink => Some(lines(&golden, "late").len() as u64),
        Engine::Spark => dropped.sum(),
    };
    Outcome { answer, firings, late }
}

fn sorted<T: Into<String>>(rows: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut rows: Vec<String> = rows.into_iter().map(Into::into).collect();
    rows.sort_unstable();
    rows
}

/// Returns what a table holds in the end that takes each firing by its window and key, and in complete mode all anew.
fn last_firings(firings: &[&str], case: &Case) -> Vec<String> {
    let at = |firing: &&str| cells(firing)[0].to_owned();
    let is_complete = case.set.get("mode").is_some_and(|mode| mode.as_str() == Some("complete"));
    let last = firings.last().map(at);
    let mut rows = BTreeMap::new();
    for firing in firings.iter().filter(|firing| !is_complete || Some(at(firing)) == last) {
        let (_, row) = firing.split_once(',').expect("a window");
        rows.insert(cells(row)[..3].join(","), row);
    }
    sorted(rows.into_values())
}

/// The rows of a join's answer: by key and the times of both, how many pairs there are, and the sums of both values.
/// Flink's interval join has no unmatched rows.
fn pairs(pairs: &[&str], engine: Engine) -> Vec<String> {
    let mut rows = BTreeMap::<_, (u64, i64, i64)>::new();
    for pair in pairs {
        let [_, key, left_ms, left, right_ms, right] = cells(pair)[..] else { panic!("{pair}") };
        assert!(engine == Engine::Spark || !right.is_empty(), "{pair}");
        let row = rows.entry((key, left_ms, right_ms)).or_default();
        let number = |text: &str| if text.is_empty() { 0 } else { text.parse::<i64>().expect("a number") };
        *row = (row.0 + 1, row.1 + number(left), row.2 + number(right));
    }
    let row = |((key, left, right), (pairs, of_left, of_right))| {
        format!("{key},{left},{right},{pairs},{of_left},{of_right}")
    };
    rows.into_iter().map(row).collect()
}

/// Count and sum by key.
fn totals(passed: &[&str]) -> Vec<String> {
    let mut rows = BTreeMap::<_, (u64, i64)>::new();
    for record in passed {
        let [_, _, key, _, value] = cells(record)[..] else { panic!("{record}") };
        let row = rows.entry(key).or_default();
        *row = (row.0 + 1, row.1 + value.parse::<i64>().expect("a number"));
    }
    rows.into_iter().map(|(key, (count, sum))| format!("{key},{count},{sum}")).collect()
}

/// Returns what our job makes of it, by the program.
fn ours(case: &Case) -> Outcome {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let input = if Path::new(&case.input).extension().is_some_and(|ending| ending == "csv") {
        read(&format!("inputs/{}", case.input))
    } else {
        case.input.clone()
    };
    fs::write(scratch.path().join("input.csv"), input).expect("a fresh folder");
    let set = |(name, value): (&String, &toml::Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        ["--set".to_owned(), format!("{name}={value}")]
    };
    let set: Vec<String> = case.set.iter().flat_map(set).collect();
    let freeze = format!("freeze input.csv --to data --bad-rows reject --problem {}", case.problem);
    run(&scratch, freeze.split(' '), &set);
    let replay = ["replay", "data", "--json", "--out", "out", "--job", &case.job, "--trigger", &case.trigger];
    let said = run(&scratch, replay.into_iter(), &set);
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let late = said["ledger"]["late"].as_u64().expect("a ledger");
    let answer = our_rows(&scratch, "answer.csv");
    match (case.problem.as_str(), case.engine) {
        ("order-payment-join", Engine::Flink) => {
            let pairs = answer.into_iter().filter(|row| !cells(row)[2].is_empty());
            Outcome { answer: sorted(pairs), firings: vec![], late: Some(late) }
        }
        ("order-payment-join" | "deduplicated-totals", _) => {
            Outcome { answer: sorted(answer), firings: vec![], late: Some(late) }
        }
        (_, engine) => {
            let firings = our_rows(&scratch, "answer-firings.csv");
            let firings = firings.iter().map(|row| firing(row, engine));
            Outcome { answer: sorted(answer), firings: sorted(firings), late: Some(late) }
        }
    }
}

fn run<'a>(scratch: &TempDir, words: impl Iterator<Item = &'a str>, set: &[String]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpoint"));
    let ran = command.current_dir(scratch.path()).args(words).args(set).output().expect("the program runs");
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("text")
}

fn our_rows(scratch: &TempDir, name: &str) -> Vec<String> {
    let path = scratch.path().join("out/answers").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().skip(1).map(str::to_owned).collect()
}

/// The watermark or the batch of one of our firings, and the window.
fn firing(row: &str, engine: Engine) -> String {
    let cells = cells(row);
    let at = match engine {
        Engine::Flink => cells[2],
        Engine::Spark => cells[1],
    };
    format!("{at},{}", cells[3..].join(","))
}

/// Returns what is wrong with a case, if anything is.
fn fault(case: &Case) -> Option<String> {
    let (engine, mut ours) = (engine(case), ours(case));
    if engine.late.is_none() {
        ours.late = None;
    }
    match &case.departs {
        None => (engine != ours).then(|| difference(&engine, &ours)),
        Some(_) if engine == ours => Some("it doesn't depart from the engine any more".to_owned()),
        Some(why) => {
            let page = read("../../docs/streaming.md").split_whitespace().collect::<Vec<_>>().join(" ");
            (!page.contains(why.as_str())).then(|| format!("docs/streaming.md doesn't say: {why}"))
        }
    }
}

fn difference(engine: &Outcome, ours: &Outcome) -> String {
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|row| !those.contains(row)).cloned().collect()
    };
    let Outcome { answer, firings, late } = engine;
    format!(
        "rows only the engine's {:?}, only ours {:?}; firings only the engine's {:?}, only ours {:?}; late {late:?}, \
         ours {:?}",
        only(answer, &ours.answer),
        only(&ours.answer, answer),
        only(firings, &ours.firings),
        only(&ours.firings, firings),
        ours.late
    )
}

fn check(engine: Engine) {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.engine == engine).collect();
    assert!(!cases.is_empty());
    let faults: Vec<String> =
        cases.iter().filter_map(|case| Some(format!("{}: {}", case.name, fault(case)?))).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
}

#[test]
fn jobs_as_in_flink_do_as_flink_does() {
    check(Engine::Flink);
}

#[test]
fn jobs_as_in_spark_do_as_spark_does() {
    check(Engine::Spark);
}

#[test]
fn each_golden_file_is_that_of_a_case() {
    let mut names: Vec<String> = cases().into_iter().map(|case| format!("{}.csv", case.name)).collect();
    names.sort_unstable();
    let files = fs::read_dir(folder().join("goldens")).expect("golden files");
    let mut files: Vec<String> =
        files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    files.sort_unstable();
    assert_eq!(names, files);
}
