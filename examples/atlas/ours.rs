//! This repository's own jobs: the records are frozen for the problem, and replayed through the flavour by the program.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::{Fallible, engines::Said, question::Question};

/// A problem, the settings of its job, and how its answer's columns stand in a row of ours.
struct Asked {
    problem: &'static str,
    header: &'static str,
    set: Vec<(&'static str, String)>,
    row: fn(&[&str]) -> Option<String>,
}

/// Asks the job `flavour` one question, by the program at `program`.
pub(crate) fn ask(program: &Path, flavour: &str, question: &Question) -> Fallible<Said> {
    let said = |lines: Vec<String>| Ok(Said { lines, broken: None });
    let asked = match asked(question) {
        Ok(asked) => asked,
        Err(reason) => return said(vec![reason.to_owned()]),
    };
    let scratch = tempfile::tempdir()?;
    fs::write(scratch.path().join("input.csv"), input(&asked, question))?;
    let set = |(name, value): &(&str, String)| ["--set".to_owned(), format!("{name}={value}")];
    let set: Vec<String> = asked.set.iter().flat_map(set).collect();
    let run = |words: &str| -> Fallible<Output> {
        let mut command = Command::new(program);
        Ok(command.current_dir(scratch.path()).args(words.split(' ')).args(&set).output()?)
    };
    let frozen = run(&format!("freeze input.csv --to data --bad-rows reject --problem {}", asked.problem))?;
    // A record a micro-batch; or all in one, and the closing record in the next.
    let records = question.records.len();
    let trigger =
        if question.parameters.contains_key("batch") { format!("{records}") } else { "1".to_owned() };
    let mut command = Command::new(program);
    command.current_dir(scratch.path()).args(["replay", "data", "--out", "out", "--job", flavour]);
    if let Some(records) = question.parameters.get("restart") {
        command.args(["--checkpoint-every", "1", "--fault", &format!("crash at record {records}")]);
    }
    let replayed = command.args(["--trigger", &format!("every {trigger} records")]).args(&set).output()?;
    for ran in [&frozen, &replayed] {
        if !ran.status.success() {
            let why = String::from_utf8_lossy(&ran.stderr);
            return said(vec![format!("fails: {}", why.lines().next().unwrap_or_default())]);
        }
    }
    // Where rows came more than once, all of them are told.
    let answers = scratch.path().join("out/answers");
    let firings = answers.join("answer-firings.csv");
    let (path, skipped) = if firings.exists() { (firings, 3) } else { (answers.join("answer.csv"), 0) };
    let text = fs::read_to_string(path)?;
    let rows = text.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split(',').skip(skipped).collect();
        (asked.row)(&fields)
    });
    said(rows.collect())
}

/// Returns the file that is frozen: the columns of the problem, of the fields that a glue is given.
fn input(asked: &Asked, question: &Question) -> String {
    let fed = question.feed();
    let lines = fed.lines().filter(|line| !line.starts_with("? ") && *line != "-");
    let line = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let side = if fields[3] == "L" { "left" } else { "right" };
        let of = |column: &str| match column {
            "event_time_ms" => fields[0].to_owned(),
            "key" => fields[1].to_owned(),
            "value" => fields[2].to_owned(),
            "side" => side.to_owned(),
            "partition" => if fields[3] == "two" { "1" } else { "0" }.to_owned(),
            _ => fields[3].to_owned(),
        };
        asked.header.split(',').map(of).collect::<Vec<_>>().join(",")
    };
    let lines: Vec<String> = lines.map(line).collect();
    format!("{}\n{}\n", asked.header, lines.join("\n"))
}

/// Returns how a question is put to our jobs, or what is said in place of rows.
fn asked(question: &Question) -> Result<Asked, &'static str> {
    let number = |name: &str| question.parameters.get(name).map(ToString::to_string).unwrap_or_default();
    let windows = |window: String| Asked {
        problem: "windowed-aggregation",
        header: "event_time_ms,key,value",
        set: vec![("window", window), ("delay", number("delay")), ("lateness", number("lateness"))],
        // window_start_ms, window_end_ms, key, count, sum, min, max
        row: |fields| Some(fields.get(..5)?.join(",")),
    };
    Ok(match question.kind.as_str() {
        "tumbling" => {
            let mut asked = windows(format!("tumbling:{}", number("size")));
            if question.parameters.contains_key("inputs") {
                asked.header = "event_time_ms,key,value,partition";
                asked.set.push(("partitions", number("inputs")));
            }
            asked
        }
        "sliding" => windows(format!("sliding:{}:{}", number("size"), number("slide"))),
        "session" => windows(format!("session:{}", number("gap"))),
        "join" | "left-join" => Asked {
            problem: "order-payment-join",
            header: "event_time_ms,side,key,value",
            set: vec![("within", number("bound")), ("delay", number("delay"))],
            // Its unmatched rows are left out where nobody asked for them.
            row: if question.kind == "join" {
                |fields| pair(fields, false)
            } else {
                |fields| pair(fields, true)
            },
        },
        "days" => return Err("cannot: windows begin at multiples of their length since 1970 in UTC"),
        "dedup" => return Err("skip: what is deduplicated comes out as totals by key"),
        _ => return Err("skip: none of our jobs does this"),
    })
}

/// Returns a row of a join's answer: `key`, `order_time_ms`, `payment_time_ms`, `pairs`, `order_value`, `payment_value`.
fn pair(fields: &[&str], keeps_unmatched: bool) -> Option<String> {
    let [key, order, payment, _, left, right] = fields else { return None };
    let is_matched = !order.is_empty() && !payment.is_empty();
    let right = if payment.is_empty() { "" } else { right };
    (is_matched || keeps_unmatched).then(|| [*order, payment, key, left, right].join(","))
}
