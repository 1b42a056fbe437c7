//! A problem of the catalogue as the truth of one's own: no program computes it, and it says what a program would.

use std::{collections::BTreeMap, fmt::Write as _};

use datasets::SplitMix64;

use crate::support::{Scratch, number, text};

/// Adds up by hour and user; `late` is what becomes of a record whose hour is over.
fn adding(late: &str) -> String {
    format!(
        r#"BEGIN {{ FS = ","; OFS = ","; print "hour,user,n,amount"; fflush() }}
NR > 1 {{
    hour = substr($1, 1, 13)
    if (hour < last) {late}
    last = hour
    n[hour OFS $2]++; amount[hour OFS $2] += $3
}}
END {{ for (key in n) print key, n[key], amount[key] }}
"#
    )
}

const CLICKS: &str = "at,user,amount
2026-01-05T10:00:00Z,a,1.50
2026-01-05T10:10:00Z,b,2.25
2026-01-05T10:20:00Z,a,0.10
2026-01-05T11:00:00Z,a,3
2026-01-05T10:59:59.999Z,b,13.07
1969-12-31T23:59:59Z,b,-1.00
";

const REFERENCE: &str = r#"problem = "windowed-aggregation"
parameters = { window = "tumbling:3600000" }
columns = { event_time_ms = "at", key = "user", value = "amount" }
select = { hour = "window_start_ms", user = "key", n = "count", amount = "sum" }
times = "%Y-%m-%dT%H"
"#;

const COMMAND: &str = "command = [\"awk\", \"-f\", \"v1.awk\"]\n";

fn experiment(reference: &str) -> String {
    format!(
        "dataset = 'data/clicks'\n[problem]\nkey = ['hour', 'user']\n[stable]\ncommand = ['awk', '-f', 'v1.awk']\n\
         [candidate]\ncommand = ['awk', '-f', 'v2.awk']\n[gate]\ndivergence = 0\n[reference]\n{reference}"
    )
}

/// Clicks, a version that is right and one that drops what comes late.
fn clicks() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("clicks.csv", CLICKS);
    scratch.run("freeze clicks.csv --to data/clicks").expect(0);
    scratch.write("v1.awk", adding("late++"));
    scratch.write("v2.awk", adding("next"));
    scratch.write("e.toml", experiment(REFERENCE));
    scratch
}

#[test]
fn it_says_what_a_program_would_and_finds_the_version_that_is_wrong() {
    let scratch = clicks();
    scratch
        .run("gate e.toml --out out")
        .expect(3)
        .prints(&["2 rows of the candidate's answer differ from the reference"]);
    let results = scratch.json("out/results.json");
    assert_eq!(text(&results["reference"]["job"]), "windowed-aggregation (sort-and-sweep)");
    let of = |role: &str, what: &str| number(&results[role]["answer"]["table"]["divergence"][what]);
    assert_eq!((of("stable", "equal"), of("candidate", "changed"), of("candidate", "missing")), (4, 1, 1));
    let answer = scratch.read("out/answers/reference.csv");
    assert_eq!(
        answer,
        "hour,user,amount,n\n1969-12-31T23,b,-1.00,1\n2026-01-05T10,a,1.60,2\n2026-01-05T10,b,15.32,2\n\
         2026-01-05T11,a,3.00,1\n"
    );
    // A run of its folder is the same run, though the manifest said later what else a column may be.
    let written = scratch.read("out/experiment.toml");
    assert!(written.contains("event_time_ms = \"at\""), "{written}");
    scratch.run("run out/experiment.toml --out again").expect(0);
    assert_eq!(scratch.read("again/results.json"), scratch.read("out/results.json"));
    // The right version is right, and a program's truth is this one.
    scratch.edit("e.toml", "v2.awk", "v1.awk");
    scratch.run("gate e.toml").expect(0);
    scratch.write("e.toml", experiment(COMMAND));
    scratch.run("gate e.toml --out program").expect(3);
    let rows = |name: &str| -> Vec<Vec<String>> {
        let text = scratch.read(name);
        let (header, rows) = text.split_once('\n').expect("a header");
        let names: Vec<&str> = header.split(',').collect();
        rows.lines()
            .map(|row| {
                let row: BTreeMap<&str, &str> = names.iter().copied().zip(row.split(',')).collect();
                let amount: f64 = row["amount"].parse().expect("a number");
                vec![
                    row["hour"].to_owned(),
                    row["user"].to_owned(),
                    row["n"].to_owned(),
                    format!("{amount:.2}"),
                ]
            })
            .collect()
    };
    assert_eq!(rows("program/answers/reference.csv"), rows("out/answers/reference.csv"));
}

/// Deliveries of payments in cents with up to three decimals, times in seconds, some of them before 1970.
fn random(random: &mut SplitMix64, records: u64) -> (String, Vec<(i64, String, i128)>) {
    let mut text = "id,when_s,who,paid\n".to_owned();
    let mut all = Vec::new();
    for id in 0..records {
        let time = i64::try_from(random.uniform(0, 20_000)).expect("small") - 10_000;
        let who = format!("{}", random.uniform(0, 4));
        let thousandths = i128::from(random.uniform(0, 100_000)) - 50_000;
        let places = random.uniform(0, 3) as u32;
        let thousandths = thousandths - thousandths % 10_i128.pow(3 - places);
        let sign = if thousandths < 0 { "-" } else { "" };
        let (whole, rest) = (thousandths.abs() / 1000, thousandths.abs() % 1000);
        let decimals = &format!("{rest:03}")[..places as usize];
        let point = if places > 0 { "." } else { "" };
        writeln!(text, "{id},{time},{who},{sign}{whole}{point}{decimals}").expect("a text grows");
        all.push((time, who, thousandths));
    }
    (text, all)
}

#[test]
fn its_rows_are_those_of_a_map() {
    let mut seeds = SplitMix64::new(11);
    let (text, records) = random(&mut seeds, 400);
    let mut sums: BTreeMap<(i64, &str), (i128, i128)> = BTreeMap::new();
    for (time, who, thousandths) in &records {
        let row = sums.entry((time.div_euclid(900) * 900, who)).or_default();
        *row = (row.0 + 1, row.1 + thousandths);
    }
    let scratch = Scratch::new();
    scratch.write("paid.csv", text);
    scratch.run("freeze paid.csv --event-time when_s --key who --value paid --to data/paid").expect(0);
    // What is what stands in the manifest, so no column has to be named.
    scratch.write("job.sh", "echo quarter,who,sum; cat > /dev/null; echo 0,x,0\n");
    scratch.write(
        "e.toml",
        "dataset = 'data/paid'\n[problem]\nkey = ['quarter', 'who']\n[stable]\ncommand = ['sh', 'job.sh']\n\
         [candidate]\ncommand = ['sh', 'job.sh']\n[reference]\nproblem = 'windowed-aggregation'\ntimes = 's'\n\
         parameters = { window = 'tumbling:900000' }\nselect = { quarter = 'window_start_ms', who = 'key', sum = 'sum' }\n",
    );
    scratch.run("run e.toml --out out").expect(0);
    let mut found: BTreeMap<(i64, String), i128> = BTreeMap::new();
    for row in scratch.read("out/answers/reference.csv").lines().skip(1) {
        let [quarter, who, sum] = row.split(',').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let (whole, decimals) = sum.split_once('.').expect("all have three decimals");
        assert_eq!(decimals.len(), 3, "{row}");
        let thousandths = format!("{whole}{decimals}").parse().expect("a number");
        found.insert((quarter.parse().expect("seconds"), who.to_owned()), thousandths);
    }
    let expected: BTreeMap<(i64, String), i128> =
        sums.into_iter().map(|((quarter, who), (_, sum))| ((quarter, who.to_owned()), sum)).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_is_no_record_is_4_or_counted() {
    let scratch = clicks();
    scratch.write("clicks.csv", format!("{CLICKS}2026-01-05T12:00:00Z,c,\n,c,1\n2026-01-05T12:00:00Z,c,2\n"));
    scratch.run("freeze clicks.csv --to data/gaps").expect(0);
    scratch.edit("e.toml", "data/clicks", "data/gaps");
    scratch
        .run("run e.toml")
        .expect(4)
        .says(&["data/gaps/records.csv line 8: amount"])
        .hints("[reference] bad_rows = \"reject\"");
    scratch.edit("e.toml", "times =", "bad_rows = \"reject\"\ntimes =");
    scratch.run("run e.toml --out out").expect(0);
    assert_eq!(number(&scratch.json("out/results.json")["reference"]["counts"]["records left out"]), 2);
    assert!(scratch.read("out/answers/reference.csv").contains("2026-01-05T12,c,2.00,1\n"));
    scratch.edit("e.toml", "\"reject\"", "\"drop\"");
    scratch.run("run e.toml").expect(2).says(&["[reference] bad_rows = \"drop\""]).hints("\"reject\"");
}

#[test]
fn copies_and_no_records_at_all_have_their_truth_too() {
    let scratch = clicks();
    scratch.run("freeze clicks.csv --key user --to data/keyed").expect(0);
    scratch.edit("e.toml", "data/clicks", "data/keyed");
    scratch.run("run e.toml --amplify 3 --out out").expect(0);
    let results = scratch.json("out/results.json");
    let of = |role: &str, what: &str| number(&results[role]["answer"]["table"]["divergence"][what]);
    assert_eq!((number(&results["reference"]["rows"]), of("stable", "equal")), (12, 12));
    assert!(scratch.read("out/answers/reference.csv").contains("2026-01-05T10,b~2,15.32,2\n"));
    scratch.write("clicks.csv", format!("{CLICKS}2026-01-05T12:00:00Z,c,\n"));
    scratch.run("freeze clicks.csv --key user --to data/gaps").expect(0);
    scratch.edit("e.toml", "data/keyed", "data/gaps");
    scratch.run("run e.toml --amplify 3").expect(4).says(&["data/gaps/records.csv line 8: amount"]);
    scratch.write("clicks.csv", "at,user,amount\n");
    scratch.run("freeze clicks.csv --to data/none").expect(0);
    scratch.edit("e.toml", "data/gaps", "data/none");
    scratch.run("run e.toml --out none").expect(0);
    assert_eq!(scratch.read("none/answers/reference.csv"), "hour,user,amount,n\n");
}

#[test]
fn the_bounds_of_decisions_may_come_from_it() {
    let scratch = Scratch::new();
    scratch.write("items.csv", "kg\n0.4\n0.35\n0.25\n0.3\n0.6\n");
    scratch.run("freeze items.csv --value kg --to data/items").expect(0);
    scratch.write("one.sh", "read -r h; echo \"$h\"; n=0; while read -r kg; do echo $n; n=$((n + 1)); done");
    scratch.write(
        "check.awk",
        "BEGIN { FS = \",\" } NR > 1 { used[$1] = 1 } END { for (b in used) n++; printf \"{\\\"cost\\\": %d}\", n }",
    );
    let file = "dataset = 'data/items'\n[problem]\nanswer = 'decisions'\nminimise = 'lorries'\n\
         checker = ['awk', '-f', 'check.awk']\n[reference]\nproblem = 'bin-packing'\nparameters = { capacity = '1.0' }\n\
         [stable]\ncommand = ['sh', 'one.sh']\n[candidate]\ncommand = ['sh', 'one.sh']\n[gate]\ncompetitive_ratio = 2\n";
    scratch.write("e.toml", file);
    scratch.run("gate e.toml --out out").expect(3);
    let results = scratch.json("out/results.json");
    let bound = |end: &str| number(&results["reference"]["bounds"][end]);
    // 1.9 kg in all, and 0.4 + 0.6, 0.35 + 0.25 + 0.3.
    assert_eq!((bound("lower"), bound("upper"), text(&results["reference"]["kind"])), (2, 2, "exact"));
    assert_eq!(number(&results["candidate"]["cost"]["value"]), 5);
    for (from, to, why) in [
        ("minimise", "maximise", "bin-packing keeps bins low, and [problem] wants the opposite"),
        ("minimise = 'lorries'\nchecker = ['awk', '-f', 'check.awk']\n", "", "and [problem] has no cost"),
        ("capacity = '1.0'", "", "bin-packing needs the parameter capacity"),
        ("capacity = '1.0'", "capacity = 0", "the capacity is 0"),
        ("capacity = '1.0'", "capacity = '1,5'", "capacity"),
        ("'bin-packing'", "'windowed-aggregation'", "the answer of windowed-aggregation is a table"),
        ("'1.0' }", "'1.0' }\ntimes = 's'", "times: bin-packing gives the bounds"),
    ] {
        assert!(file.contains(from), "{from}");
        scratch.write("e.toml", file.replace(from, to));
        scratch.run("gate e.toml").expect(2).says(&[why]);
    }
    scratch.write("e.toml", file.replace("'1.0'", "'0.5'"));
    scratch.run("gate e.toml").expect(4).says(&["line 6: kg 0.6 exceeds the capacity 0.5"]);
}

#[test]
fn a_dataset_of_the_problems_own_records_is_read_as_it_is() {
    let scratch = Scratch::with_tiny();
    scratch
        .write("one.sh", "read -r h; echo \"$h\"; n=0; while read -r size; do echo $n; n=$((n + 1)); done");
    scratch.write("check.awk", "END { printf \"{\\\"cost\\\": %d}\", NR - 1 }");
    let file = "dataset = 'tiny'\n[problem]\nanswer = 'decisions'\nminimise = 'bins'\n\
         checker = ['awk', '-f', 'check.awk']\n[reference]\nproblem = 'bin-packing'\n\
         [stable]\ncommand = ['sh', 'one.sh']\n[candidate]\ncommand = ['sh', 'one.sh']\n";
    scratch.write("e.toml", file);
    scratch.run("run e.toml --out out").expect(0);
    scratch.run("run --dataset tiny --stable first-fit --candidate first-fit --out own").expect(0);
    let bounds = |run: &str| scratch.json(&format!("{run}/results.json"))["reference"]["bounds"].clone();
    assert_eq!(bounds("out"), bounds("own"));
    scratch.write("e.toml", file.replace("'bin-packing'\n", "'bin-packing'\ncolumns = { size = 'size' }\n"));
    scratch.run("run e.toml").expect(2).says(&["columns: the dataset was frozen for bin-packing"]);
    scratch.write("e.toml", file.replace("'bin-packing'", "'caching'"));
    scratch.run("run e.toml").expect(2).says(&["caching reads a column key, and the dataset was frozen for"]);
    scratch
        .run("run --problem bin-packing --dataset tiny --stable first-fit --candidate first-fit")
        .expect(0);
    let named = "problem = 'bin-packing'\ndataset = 'tiny'\nstable.job = 'first-fit'\ncandidate.job = 'best-fit'\n\
                 reference.problem = 'bin-packing'\n";
    scratch.write("e.toml", named);
    scratch.run("run e.toml").expect(2).says(&["only a problem of your own takes its truth"]);
}

#[test]
fn what_cannot_be_served_is_2_with_the_nearest_names() {
    let scratch = clicks();
    let file = scratch.read("e.toml");
    for (from, to, why, hint) in [
        (
            "windowed-aggregation",
            "windowd-aggregation",
            "unknown problem 'windowd-aggregation'",
            "did you mean windowed",
        ),
        ("window =", "windows =", "windowed-aggregation has no parameter 'windows'", "did you mean window?"),
        ("window = \"tumbling:3600000\"", "", "needs the parameter window", "parameters = { window"),
        ("tumbling:3600000", "tumblin:1", "[reference] parameters: window=tumblin:1", ""),
        ("value = \"amount\"", "valu = \"amount\"", "have no column 'valu'", "did you mean value?"),
        (
            "\"amount\" }",
            "\"amont\" }",
            "value = \"amont\": the dataset has no such column",
            "did you mean amount?",
        ),
        ("\"amount\" }", "\"user\" }", "its values are text, expected numbers", "numbers"),
        ("\"at\"", "\"user\"", "its values are text, expected times", "times"),
        ("\"at\"", "\"amount\"", "nothing says what its numbers count", "--time-unit"),
        (
            ", value = \"amount\"",
            "",
            "reads a column value, and nothing says which",
            "dataset's columns are at, user",
        ),
        ("\"count\"", "\"cont\"", "has no column 'cont'", "did you mean count?"),
        ("hour = \"window_start_ms\", ", "", "gives no column 'hour', which names a row", "select = { hour"),
        ("%Y-%m-%dT%H", "hours", "times: 'hours' is neither a unit nor a pattern", "%H"),
        (
            "select",
            "constants = { key = \"x\" }\nselect",
            "key is both in columns and in constants",
            "leave it out",
        ),
        ("times", "sql = \"SELECT 1\"\ntimes", "names sql and problem", "one of command"),
    ] {
        assert!(file.contains(from), "{from}");
        scratch.write("e.toml", file.replace(from, to));
        let ran = scratch.run("gate e.toml").expect(2).says(&[why]);
        assert!(ran.stderr.contains(hint), "{hint}: {ran}");
    }
    scratch.write("e.toml", experiment(&format!("{COMMAND}select = {{ hour = 'x' }}\n")));
    scratch.run("gate e.toml").expect(2).says(&["select goes with problem, and it has command"]);
}

#[test]
fn sums_are_exact_in_whatever_order_their_numbers_come() {
    let large = "10000000000000000";
    let numbers = [large.to_owned(), "1".to_owned(), format!("-{large}")];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let (mut text, mut right) = ("at_ms,user,amount\n".to_owned(), 0);
    for (user, order) in orders.iter().enumerate() {
        for &at in order {
            writeln!(text, "5,u{user},{}", numbers[at]).expect("a text grows");
        }
        // As a job adds that has floats.
        let sum = order.iter().fold(0.0, |sum, &at| sum + numbers[at].parse::<f64>().expect("a number"));
        right += u64::from(format!("{sum}") == "1");
    }
    assert!((1..6).contains(&right), "some orders are right by chance");
    let scratch = clicks();
    scratch.write("clicks.csv", text);
    scratch.run("freeze clicks.csv --to data/large").expect(0);
    let job = "BEGIN { FS = \",\"; print \"user,amount\"; fflush() } NR > 1 { sum[$2] += $3 } \
               END { for (user in sum) printf \"%s,%.0f\\n\", user, sum[user] }";
    scratch.write("v1.awk", job);
    scratch.write("v2.awk", job);
    let reference = REFERENCE.replace("\"at\"", "\"at_ms\"").replace("hour = \"window_start_ms\", ", "");
    let reference = reference.replace("n = \"count\", ", "").replace("times = \"%Y-%m-%dT%H\"\n", "");
    let file = experiment(&reference).replace("data/clicks", "data/large");
    let file = file.replace("key = ['hour', 'user']", "key = ['user']");
    scratch.write("e.toml", &file);
    scratch.run("gate e.toml --out out").expect(3);
    let found = &scratch.json("out/results.json")["candidate"]["answer"]["table"]["divergence"];
    assert_eq!((number(&found["equal"]), number(&found["changed"])), (right, 6 - right));
    assert!(scratch.read("out/answers/reference.csv").lines().skip(1).all(|row| row.ends_with(",1")));
    // A tolerance that is said forgives it.
    scratch.write(
        "e.toml",
        file.replace("key = ['user']", "key = ['user']\ncolumns = { amount = { absolute = 1 } }"),
    );
    scratch.run("gate e.toml").expect(0);
}

#[test]
fn two_rows_of_one_key_are_the_experiments_fault() {
    let scratch = clicks();
    scratch.edit("e.toml", "key = ['hour', 'user']", "key = ['hour']\ncolumns = { user = 'ignore' }");
    for version in ["v1.awk", "v2.awk"] {
        scratch.write(version, "BEGIN { print \"hour,n,amount\"; fflush() } { seen++ }");
    }
    scratch
        .run("gate e.toml")
        .expect(2)
        .says(&["the reference: rows 2 and 3 have the same key '2026-01-05T10'"])
        .hints("name more columns in key");
}

#[test]
fn a_column_that_the_data_lacks_may_be_one_value() {
    let scratch = clicks();
    let file = scratch.read("e.toml");
    let file = file
        .replace("key = ['hour', 'user']", "key = ['hour']")
        .replace(
            "key = \"user\", value = \"amount\" }",
            "value = \"amount\" }\nconstants = { key = \"all\" }",
        )
        .replace("user = \"key\", ", "")
        .replace("hour = ", "span = \"window_end_ms\", hour = ")
        .replace("times = \"%Y-%m-%dT%H\"\n", "")
        .replace("key = ['hour']", "key = ['hour']\ncolumns = { span = 'ignore', user = 'ignore' }");
    scratch.write("e.toml", file);
    for version in ["v1.awk", "v2.awk"] {
        let job = "BEGIN { print \"hour,n,amount\"; fflush() } \
                   END { print \"-3600000,1,-1\"; print \"1767607200000,4,16.92\"; print \"1767610800000,1,3\" }";
        scratch.write(version, job);
    }
    scratch.run("gate e.toml").expect(0);
}

#[test]
fn it_judges_an_upgrade_by_the_records_so_far() {
    let scratch = clicks();
    let line =
        |at: u32| format!("{},{},{}\n", 3600 * (at / 20) + at, ["a", "b", "c"][at as usize % 3], at * 7 % 25);
    let data: String = std::iter::once("at_s,user,amount\n".to_owned()).chain((0..60).map(line)).collect();
    scratch.write("clicks.csv", data);
    scratch.run("freeze clicks.csv --event-time at_s --to data/served").expect(0);
    let job = "BEGIN { FS = \",\"; OFS = \",\"; print \"hour,user,n,amount\"; fflush() } NR > 1 { \
               hour = int($1 / 3600) * 3600; key = hour OFS $2; n[key]++; sum[key] += WHAT; \
               print key, n[key], sum[key]; fflush() }";
    scratch.write("v1.awk", job.replace("WHAT", "$3"));
    for (what, code, end) in [("$3", 0, "took-over"), ("($3 == 7 ? 8 : $3)", 3, "dropped")] {
        scratch.write("v2.awk", job.replace("WHAT", what));
        let reference = REFERENCE.replace("\"%Y-%m-%dT%H\"", "\"s\"").replace("\"at\"", "\"at_s\"");
        let file = experiment(&reference).replace("data/clicks", "data/served");
        let file = file.replace(".awk']\n", ".awk']\nmode = 'upsert'\n");
        scratch.write("e.toml", format!("architecture = 'kappa'\n{file}"));
        scratch.run(&format!("gate e.toml --out run-{code}")).expect(code);
        let kappa = &scratch.json(&format!("run-{code}/results.json"))["architectures"]["kappa"];
        assert_eq!(text(&kappa["end"]), end, "{kappa}");
        if code == 3 {
            assert!(text(&kappa["dropped"]).starts_with("divergence: "), "{kappa}");
        } else {
            assert_eq!(number(&kappa["verdict"]["classes"]["fail"]), 0, "{kappa}");
        }
    }
}
