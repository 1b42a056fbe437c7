//! Upgrades of the user's own jobs: what a candidate is judged by where nobody knows the problem but its reference.

use serde_json::Value;

use crate::support::{Ran, Scratch, list, number, text};

/// Counts and adds up, a row after each record; `AMOUNT` is what is added.
const JOB: &str = r#"read -r header
echo user,hour,n,amount,seen
while IFS=, read -r hour user amount; do
    at=${user}_$hour
    eval "n=\${n_$at:-0} sum=\${sum_$at:-0}"
    n=$((n + 1)) sum=$((sum + AMOUNT)) seen=$((seen + 1))
    eval "n_$at=$n sum_$at=$sum"
    echo "$user,$hour,$n,$sum.0,$seen"
done
"#;

const TRUTH: &str = r#"BEGIN { FS = ","; print "hour,user,n,amount" }
NR > 1 { n[$1 "," $2]++; amount[$1 "," $2] += $3 }
END { for (key in n) printf "%s,%d,%d\n", key, n[key], amount[key] }
"#;

const BY_COMMAND: &str = "command = ['awk', '-f', 'truth.awk']";

/// A folder with 60 clicks, a right job, and one that is wrong where 7 is to be added.
fn clicks() -> Scratch {
    let scratch = Scratch::new();
    let line = |at: u32| format!("{},{},{}\n", 10 + at / 20, ["a", "b", "c"][at as usize % 3], at * 7 % 25);
    let data: String = std::iter::once("hour,user,amount\n".to_owned()).chain((0..60).map(line)).collect();
    scratch.write("clicks.csv", data);
    scratch.run("freeze clicks.csv --to data/clicks").expect(0);
    scratch.write("truth.awk", TRUTH);
    scratch.write("good.sh", JOB.replace("AMOUNT", "amount"));
    scratch.write("bug.sh", JOB.replace("AMOUNT", "(amount == 7 ? 8 : amount)"));
    scratch
}

impl Scratch {
    fn own(&self, architecture: &str, reference: &str, candidate: &str) -> Ran {
        let text = format!(
            "dataset = 'data/clicks'\narchitecture = '{architecture}'\n[problem]\nkey = ['hour', 'user']\n\
             columns = {{ seen = 'ignore' }}\n[reference]\n{reference}\n[gate]\ndivergence = 0\n\
             [stable]\ncommand = ['sh', 'good.sh']\nmode = 'upsert'\n\
             [candidate]\ncommand = ['sh', '{candidate}']\nmode = 'upsert'\n"
        );
        self.write("own.toml", text);
        self.run("gate own.toml --out run")
    }

    fn came_of(&self) -> Value {
        self.json("run/results.json")["architectures"]["kappa"].clone()
    }
}

#[test]
fn a_candidate_is_held_against_the_reference_of_the_records_so_far() {
    let scratch = clicks();
    scratch.own("kappa", BY_COMMAND, "good.sh").expect(0);
    let kappa = scratch.came_of();
    assert_eq!(text(&kappa["end"]), "took-over");
    let verdict = &kappa["verdict"];
    // 10 and 11 o'clock, three users each: of what comes after the switch nobody asks.
    let rows = u64::from(number(&verdict["to"]) > 20) * 6;
    assert_eq!(
        (number(&verdict["classes"]["pass"]), number(&verdict["classes"]["fail"])),
        (rows, 0),
        "{verdict}"
    );
    std::fs::remove_dir_all(scratch.path("run")).expect("ours");
    // The reference says `7`, the jobs `7.0`: that is the same number, and 8 isn't.
    scratch.own("kappa", BY_COMMAND, "bug.sh").expect(3);
    let kappa = scratch.came_of();
    assert_eq!(text(&kappa["end"]), "dropped");
    let why = text(&kappa["dropped"]);
    assert!(why.starts_with("divergence: 2 rows that the candidate serves differ"), "{why}");
    assert!(why.contains("row '10,b' has amount ") && why.contains("row '11,c' has amount "), "{why}");
    assert_eq!(list(&kappa["ledger"]).len(), 1);
}

#[test]
fn a_file_says_nothing_of_the_records_so_far() {
    let scratch = clicks();
    let truth = std::process::Command::new("awk")
        .args(["-f", "truth.awk", "clicks.csv"])
        .current_dir(scratch.path("."))
        .output()
        .expect("awk");
    scratch.write("truth.csv", truth.stdout);
    scratch.own("kappa", "file = 'truth.csv'", "good.sh").expect(0);
    assert_eq!(text(&scratch.came_of()["end"]), "took-over");
    std::fs::remove_dir_all(scratch.path("run")).expect("ours");
    scratch.own("kappa", "file = 'truth.csv'", "bug.sh").expect(3);
    let kappa = scratch.came_of();
    assert_eq!(text(&kappa["end"]), "undecided");
    assert!(text(&kappa["dropped"]).contains("nobody says which are right"), "{kappa}");
}

#[test]
fn replies_that_are_compared_as_rows_are_judged_like_rows() {
    let scratch = clicks();
    for (name, limit) in [("v1.sh", 12), ("v2.sh", 11)] {
        let script =
            "read -r h; echo \"$h\"; while IFS=, read -r hour user amount; do echo $((amount > LIMIT)); done";
        scratch.write(name, script.replace("LIMIT", &limit.to_string()));
    }
    let truth = "BEGIN { FS = \",\"; print \"record,decision\" } NR > 1 { print NR - 2 \",\" ($3 > 12) }";
    scratch.write("truth.awk", truth);
    for (candidate, code, end) in [("v1.sh", 0, "took-over"), ("v2.sh", 3, "dropped")] {
        let text_of = format!(
            "dataset = 'data/clicks'\narchitecture = 'kappa'\n[problem]\nanswer = 'decisions'\n[reference]\n{BY_COMMAND}\n\
             [gate]\ndivergence = 0\n[stable]\ncommand = ['sh', 'v1.sh']\n[candidate]\ncommand = ['sh', '{candidate}']\n"
        );
        scratch.write("own.toml", text_of);
        scratch.run(&format!("gate own.toml --out run-{code}")).expect(code);
        let kappa = &scratch.json(&format!("run-{code}/results.json"))["architectures"]["kappa"];
        assert_eq!(text(&kappa["end"]), end, "{kappa}");
        if code == 3 {
            // 12 = 7 × 16 % 25 is the amount of record 16 first.
            assert!(text(&kappa["dropped"]).contains("row '16' has decision 1, not 0"), "{kappa}");
        }
    }
}

#[test]
fn layers_whose_answers_nobody_can_merge_are_refused() {
    let scratch = clicks();
    for architecture in ["lambda", "both"] {
        scratch
            .own(architecture, BY_COMMAND, "good.sh")
            .expect(2)
            .says(&["answers to own problem can't be merged, because nothing is known"])
            .hints("kappa");
        assert!(!scratch.path("run").exists());
    }
}
