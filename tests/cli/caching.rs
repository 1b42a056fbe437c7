//! Caching from the file to the verdict: each format, each policy, each order, and programs outside.

use std::collections::BTreeMap;

use crate::support::{Scratch, keys, lines, list, number, real, text};

const POLICIES: [&str; 8] = ["lru", "fifo", "clock", "lfu", "sieve", "s3-fifo", "arc", "w-tiny-lfu"];

/// A first in, first out cache in a shell; `echo` is what says a hit.
fn fifo(hit: &str) -> String {
    let body = r#"
read header; echo "$header"
head=0; tail=0
while IFS=, read key size; do
    eval "held=\${held_$key:-0}"
    if [ $held = 1 ]; then HIT; continue; fi
    if [ $((tail - head)) -ge $COUNTERPOINT_PARAMETER_CACHE_SIZE ]; then
        eval "oldest=\$queue_$head"
        eval "held_$oldest=0"
        head=$((head + 1))
    fi
    eval "queue_$tail=$key; held_$key=1"
    tail=$((tail + 1))
    echo 0
done
"#;
    body.replace("HIT", hit)
}

/// `data`: 600 requests for 60 objects, a cache of 6; `sized`: the same with sizes of up to 9.
fn prepared() -> Scratch {
    let scratch = Scratch::new();
    scratch.run("generate requests --records 600 --seed 3 --set keys=60 --to data").expect(0);
    scratch.run("generate requests --records 600 --seed 3 --set keys=60 --set sizes=9 --to sized").expect(0);
    scratch
}

#[test]
fn a_trace_is_the_same_in_each_format() {
    let scratch = Scratch::new();
    let blocks = [5_u64, 6, 7, 5, 9, 6, 6];
    let lines = lines(&blocks) + "\n";
    scratch.write("a.csv", format!("key\n{lines}"));
    scratch.write("b.txt", &lines);
    scratch.write("c.lis", "5 3 0 0\n5 1 0 1\n9 1 0 2\n6 1 0 3\n6 1 0 4\n");
    let record = |block: &u64| {
        [&7_u32.to_le_bytes()[..], &block.to_le_bytes(), &1_u32.to_le_bytes(), &(-1_i64).to_le_bytes()]
            .concat()
    };
    scratch.write("d.oracleGeneral.bin", blocks.iter().flat_map(record).collect::<Vec<u8>>());
    for (file, more) in
        [("a.csv", ""), ("b.txt", "--format key-lines"), ("c.lis", ""), ("d.oracleGeneral.bin", "")]
    {
        scratch
            .run(&format!("freeze {file} --problem caching --set cache_size=2 {more} --to frozen-{file}"))
            .expect(0);
        assert_eq!(scratch.read(&format!("frozen-{file}/records.csv")), format!("key\n{lines}"), "{file}");
        // Each object misses once, and 5 or 6 once more, for only one of them can be held while 7 comes in.
        let said = scratch.run(&format!("batch frozen-{file}")).expect(0).stdout;
        assert!(said.contains("exactly 5 misses") && said.contains("belady-min-forced"), "{said}");
    }
    // The size of the cache may come with each run.
    scratch.run("freeze a.csv --problem caching --to none").expect(0);
    scratch.run("batch none").expect(4).says(&["the dataset gives no cache_size"]).hints("--set cache_size");
    scratch.run("batch none --set cache_size=0").expect(2).says(&["must be at least 1"]);
    scratch
        .run("batch none --set cache_size=2 --set insertion=never")
        .expect(2)
        .says(&["forced or optional"]);
    scratch.write("cut.oracleGeneral", [0; 30]);
    scratch
        .run("freeze cut.oracleGeneral --problem caching --set cache_size=2 --to other")
        .expect(4)
        .says(&["request 1, at byte 24, has 6 bytes"]);
}

#[test]
fn every_policy_gives_answers_that_a_cache_can_give() {
    let scratch = prepared();
    for data in ["data", "sized"] {
        for insertion in ["forced", "optional"] {
            for (policy, other) in POLICIES.iter().zip(POLICIES.iter().cycle().skip(1)) {
                let out = format!("{data}-{insertion}-{policy}");
                let run = format!("run --dataset {data} --stable {policy} --candidate {other} --orders 2");
                scratch.run(&format!("{run} --set insertion={insertion} --out {out}")).expect(0);
                let results = scratch.json(&format!("{out}/results.json"));
                let bounds = &results["reference"]["bounds"];
                let cost = &results["stable"]["cost"];
                assert_eq!(
                    number(&results["stable"]["answer"]["decisions"]["divergence"]["equal"]),
                    600,
                    "{out}"
                );
                assert!(number(&cost["value"]) >= number(&bounds["lower"]), "{out}: {cost} {bounds}");
                assert_eq!(number(&bounds["lower"]) == number(&bounds["upper"]), data == "data", "{out}");
                assert!(real(&results["orders"]["stable"]["best"]) >= 1.0, "{out}");
                let curve = list(&results["curve"]);
                let holds =
                    curve.iter().all(|point| number(&point["lower_bound"]) <= number(&point["stable"]));
                assert!(holds && curve.len() == 200, "{out}");
            }
        }
    }
}

#[test]
fn an_order_is_held_against_its_own_optimum() {
    let scratch = prepared();
    let mut optima = BTreeMap::new();
    for order in ["recorded", "ascending", "shuffled"] {
        let run = format!("run --dataset data --stable lru --candidate lfu --order {order} --out {order}");
        scratch.run(&run).expect(0);
        let results = scratch.json(&format!("{order}/results.json"));
        assert_eq!(text(&results["verdict"]["outcome"]), "pass", "{order}");
        optima.insert(order, number(&results["reference"]["bounds"]["upper"]));
    }
    // Sorted by object, only the first request of each misses.
    let objects =
        scratch.read("data/records.csv").lines().skip(1).collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!(optima["ascending"], objects as u64);
    assert!(
        optima["recorded"] > optima["ascending"] && optima["shuffled"] != optima["recorded"],
        "{optima:?}"
    );
}

#[test]
fn a_program_outside_is_a_policy_too() {
    let scratch = prepared();
    scratch.write("job.sh", fifo("echo 1"));
    let experiment = |dataset: &str| {
        format!(
            "dataset = '{dataset}'\n[stable]\njob = 'fifo'\n[candidate]\ncommand = ['sh', 'job.sh']\n\
             [gate]\ndecision_changes = 0\ndivergence = 0\n"
        )
    };
    scratch.write("experiment.toml", experiment("data"));
    scratch.run("gate experiment.toml --out good --write-baseline base.toml").expect(0);
    scratch.run("gate experiment.toml --out again --baseline base.toml").expect(0);
    assert!(!keys(&scratch.json("good/results.json")["candidate"]).contains(&"noise"));
    assert_eq!(scratch.read("good/answers/candidate.csv").lines().next(), Some("record,answer"));
    let check = |experiment: &str, part: &str| {
        let said =
            scratch.run(&format!("gate {experiment} --out {}", part.replace(' ', "-"))).expect(3).stdout;
        assert!(said.contains(part), "{said}");
    };
    // It takes sizes for 1, and so holds more than fits.
    scratch.write("sized.toml", experiment("sized"));
    check("sized.toml", "the cache holds");
    // A hit is passed by, where it must not be.
    scratch.write("job.sh", fifo("echo 2"));
    check("experiment.toml", "passed by");
    // Whoever calls everything a hit is found out at the first one.
    scratch.write("job.sh", "read header; echo \"$header\"\nwhile read request; do echo 1; done\n");
    check("experiment.toml", "request 0 is said to be a hit");
}
