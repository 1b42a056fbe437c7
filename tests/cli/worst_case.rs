//! Lists on which jobs come near their proven ratios: made, frozen and run as `docs/competitive-ratio.md` shows.

use crate::support::{Scratch, number, real};

/// Runs two jobs on a worst-case list: bins of the reference and of each, and the ratio of the first.
fn ratio(against: &str, records: u64, jobs: [&str; 2]) -> ([u64; 3], f64) {
    let scratch = Scratch::new();
    scratch
        .run(&format!("generate worst-case --set against={against} --records {records} --seed 1 --to list"))
        .expect(0);
    let [stable, candidate] = jobs;
    scratch.run(&format!("run --dataset list --stable {stable} --candidate {candidate} --out ran")).expect(0);
    let results = scratch.json("ran/results.json");
    let cost = |role: &str| number(&results[role]["cost"]["value"]);
    let (reference, ratio) =
        (&results["reference"]["bounds"], &results["stable"]["cost"]["competitive_ratio"]);
    assert_eq!(reference["lower"], reference["upper"], "{against}: the optimum is known");
    assert!(real(&ratio["high"]) <= real(&ratio["proven"]), "{against}: nothing is beyond what is proven");
    ([number(&reference["upper"]), cost("stable"), cost("candidate")], real(&ratio["low"]))
}

#[test]
fn each_list_brings_its_job_near_the_proven_ratio() {
    let cases = [
        // A bin for each half, of which an optimal packing pairs all; what lies between fills one bin more.
        ("next-fit", 4000, ["next-fit", "worst-fit"], [1001, 2000, 2000], 1.998),
        // 17 bins for 10, in 14 blocks, and one for what the first block leaves over.
        ("first-fit", 420, ["first-fit", "best-fit"], [141, 238, 238], 1.6879),
        // 1 + 1/2 + 1/6 + 1/42 bins for one.
        ("harmonic", 4200, ["harmonic:7", "first-fit"], [1050, 1775, 1775], 1.6904),
        // 1 + 1/3 + 1/4 + 1/20 bins for one.
        ("refined-harmonic", 2400, ["refined-harmonic", "best-fit"], [600, 980, 980], 1.6333),
    ];
    for (against, records, jobs, bins, least) in cases {
        let (found, ratio) = ratio(against, records, jobs);
        assert_eq!(found, bins, "{against}");
        assert!(ratio >= least, "{against}: {ratio}");
    }
}
