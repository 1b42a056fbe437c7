//! Every limit of the gate on every kind of problem: it is judged by a check of its name, or refused before the run.

use serde_json::Value;

use crate::support::{Ran, Scratch, list, number, text};

/// A problem of each kind, on a shipped dataset.
const PROBLEMS: [(&str, Kind); 9] = [
    ("bin-packing --dataset uniform-1000 --stable first-fit --candidate best-fit", Kind::Cost),
    (
        "windowed-aggregation --dataset clicks --set window=tumbling:10000 --stable per-record --candidate pre-aggregated",
        Kind::Windows,
    ),
    (
        "windowed-aggregation --dataset clicks --set window=tumbling:10000 --set delay=60000 --stable per-record \
         --candidate per-record --checkpoint-every 500 --store memory --fault crash@650",
        Kind::Windows,
    ),
    (
        "windowed-aggregation --dataset clicks --set window=session:3000 --trigger every@100@records \
         --stable per-trigger --candidate per-trigger",
        Kind::Windows,
    ),
    ("sessions --dataset clicks --set gap=3000 --stable per-record --candidate per-record", Kind::Table),
    ("deduplicated-totals --dataset deliveries-1000 --stable keep-ids --candidate keep-ids", Kind::Table),
    ("enrichment-join --dataset readings-1000 --stable as-of --candidate as-of", Kind::Table),
    ("order-payment-join --dataset orders-1000 --stable per-record --candidate per-record", Kind::Table),
    ("caching --dataset requests-5000 --stable lru --candidate sieve", Kind::Cost),
];

/// Describes what limits can be held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Answers with a cost.
    Cost,
    /// Tables.
    Table,
    /// Tables of windows, in none of which a record may be.
    Windows,
}

use Kind::{Cost, Table, Windows};

/// Each key of `[gate]`, two values of it, and where it can be judged. Those without a check of their own say how the
/// comparison is done.
const LIMITS: [(&str, [&str; 2], &[Kind]); 17] = [
    ("competitive_ratio", ["1.5", "2"], &[Cost]),
    ("competitive_ratio_increase", ["0%", "5%"], &[Cost]),
    ("divergence", ["1000000", "100%"], &[Cost, Table, Windows]),
    ("divergence_increase", ["1000000", "100%"], &[Table, Windows]),
    ("late", ["2000", "100%"], &[Table, Windows]),
    ("not_emitted", ["2000", "100%"], &[Table, Windows]),
    ("rejected", ["0", "0%"], &[Table, Windows]),
    ("no_window", ["0", "0%"], &[Windows]),
    ("left_out", ["2000", "100%"], &[Table, Windows]),
    ("decision_changes", ["2000", "100%"], &[Cost, Table, Windows]),
    ("latency_increase", ["5%", "-5%"], &[Cost, Table, Windows]),
    ("latency_tail_increase", ["20%", "50%"], &[Cost, Table, Windows]),
    // Without a pace no record has a due time.
    ("latency_p99", ["1s", "2s"], &[]),
    // Of jobs that are compiled in the time a record is compared.
    ("throughput_decrease", ["5%", "-5%"], &[]),
    // Jobs that are compiled in have no memory of their own.
    ("peak_memory", ["1MiB", "64MiB"], &[]),
    ("peak_memory_increase", ["5%", "50%"], &[]),
    // None of these runs has a batch layer.
    ("view_age", ["100", "10000"], &[]),
];

/// Keys that set no limit.
const OTHERS: [&str; 2] = ["budget", "error_rate"];

fn gate(scratch: &Scratch, problem: &str, flags: &[&str]) -> Ran {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/data/");
    let words = problem.split_whitespace();
    let words = words.map(|word| match word {
        "clicks" | "uniform-1000" | "deliveries-1000" | "readings-1000" | "orders-1000" | "requests-5000" => {
            format!("{data}{word}")
        }
        _ => word.replace("crash@650", "crash at record 650").replace('@', " "),
    });
    let words: Vec<String> = ["gate", "--json", "--budget", "1ms", "--problem"]
        .map(str::to_owned)
        .into_iter()
        .chain(words)
        .collect();
    let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
    args.extend(flags);
    scratch.run_args(&args)
}

/// The names of all checks, and those that were skipped.
fn checks(said: &Value) -> [Vec<String>; 2] {
    let verdicts = [&said["verdict"], &said["timings"]["verdict"]];
    ["checks", "skipped"].map(|what| {
        let all = verdicts.iter().flat_map(|verdict| verdict[what].as_array().into_iter().flatten());
        all.map(|check| text(&check["name"]).to_owned()).collect()
    })
}

#[test]
fn a_limit_is_judged_or_refused_and_never_passed_over() {
    for (problem, kind) in PROBLEMS {
        let scratch = Scratch::new();
        for (key, values, judged_for) in LIMITS {
            let flag = format!("--{}", key.replace('_', "-"));
            for value in values {
                let flag = format!("{flag}={value}");
                let ran = gate(&scratch, problem, &[&flag]);
                if !judged_for.contains(&kind) {
                    ran.expect(2).says(&[key]);
                    continue;
                }
                let [found, skipped] = checks(&ran.json());
                let is_judged = found.iter().any(|name| name == key || name.starts_with(&format!("{key}_")));
                assert!(is_judged || key.starts_with("latency"), "{flag} {problem}: {found:?}");
                assert_eq!(skipped, [""; 0], "{flag} {problem}");
                let code = if key.starts_with("latency") { 5 } else { 0 };
                ran.expect(code);
            }
        }
    }
}

#[test]
fn the_table_above_has_every_key() {
    let scratch = Scratch::with_tiny();
    let help = scratch.run("gate --help").expect(0).stdout;
    let section = help.split("Limits of the gate:").nth(1).expect("a heading");
    let section = section.split("\n\n").take_while(|part| !part.contains("Checkpoints and faults:"));
    let section: String = section.collect::<Vec<_>>().join("\n");
    let flags = section.split_whitespace().filter_map(|word| word.strip_prefix("--"));
    let mut keys: Vec<String> = flags.map(|flag| flag.replace('-', "_")).collect();
    keys.retain(|key| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    keys.sort();
    keys.dedup();
    let mut known: Vec<&str> = LIMITS.iter().map(|limit| limit.0).chain(OTHERS).collect();
    known.sort_unstable();
    assert_eq!(keys, known);
}

/// `clicks` in batches of 100: 11 records are late and 987 are still open when the input ends.
const SESSIONS: &str = "sessions --dataset clicks --set gap=3000 --set delay=2000 --trigger every@100@records \
                        --stable per-record --candidate per-trigger --divergence 100%";

#[test]
fn records_left_out_have_limits_as_counts_and_as_shares() {
    let scratch = Scratch::new();
    let said = gate(&scratch, SESSIONS, &[]).json();
    let ledger = &said["candidate"]["ledger"];
    let of = |kind: &str| number(&ledger[kind]);
    let all = of("records");
    let left_out = of("late") + of("not_emitted") + of("rejected");
    assert!(left_out > 900, "{ledger}");
    for (key, found) in [("late", of("late")), ("not_emitted", of("not_emitted")), ("left_out", left_out)] {
        assert!(found > 0, "{ledger}");
        let share = |records: u64| format!("{:.4}%", records as f64 * 100.0 / all as f64);
        let flag = |limit: String| format!("--{}={limit}", key.replace('_', "-"));
        for (limit, code) in
            [(found.to_string(), 0), ((found - 1).to_string(), 3), (share(found), 0), (share(found - 1), 3)]
        {
            let ran = gate(&scratch, SESSIONS, &[&flag(limit)]).expect(code);
            let check = list(&ran.json()["verdict"]["checks"])
                .iter()
                .find(|check| text(&check["name"]) == key)
                .cloned();
            let expected = if code == 0 { "pass" } else { "fail" };
            assert_eq!(check.map(|check| check["outcome"].clone()), Some(expected.into()), "{ran}");
        }
    }
}

#[test]
fn the_verdicts_line_says_what_is_left_out_and_what_was_not_judged() {
    let scratch = Scratch::new();
    let line = text(&gate(&scratch, SESSIONS, &[]).expect(0).json()["headline"]).to_owned();
    assert!(
        line.starts_with("pass on accuracy; speed not judged: per-trigger may replace per-record; "),
        "{line}"
    );
    assert!(line.contains(" records (49.9 %), per-record "), "{line}");
}

/// Both flavours that fire per record drop the same late records.
#[test]
fn two_versions_that_are_wrong_alike_pass_with_a_word_on_it() {
    let scratch = Scratch::new();
    let problem = "windowed-aggregation --dataset clicks --set window=tumbling:10000 --set delay=0 --stable per-record \
                   --candidate pre-aggregated --decision-changes 0";
    let said = gate(&scratch, problem, &[]).expect(0).json();
    let divergence = &said["candidate"]["answer"]["table"]["divergence"];
    let wrong: u64 = ["missing", "extra", "changed"].map(|kind| number(&divergence[kind])).iter().sum();
    let rows = number(&said["reference"]["rows"]);
    assert!(wrong > 0 && number(&said["changes"]["table"]["wrong_in_both"]) == wrong, "{divergence}");
    let line = text(&said["headline"]);
    let expected = format!("; both are wrong in the same {wrong} of {rows} rows (");
    assert!(line.contains(&expected) && line.contains("; both leave out "), "{line}");
}
