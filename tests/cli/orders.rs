//! `--orders R`: the comparison over shuffled orders, against the naive rules over naive shuffles.

use crate::{
    oracle::{Random, arrivals, cost, pack},
    support::{Scratch, list, number, real},
};

#[test]
fn each_orders_costs_are_those_of_the_naive_rules() {
    let mut random = Random(11);
    let sizes: Vec<u64> = (0..120).map(|_| random.between(1, 60)).collect();
    let scratch = Scratch::new();
    scratch.freeze("data", &sizes, 100);
    let jobs = ["worst-fit", "best-fit"];
    scratch
        .run("run --dataset data --stable worst-fit --candidate best-fit --orders 12 --seed 500 --out out")
        .expect(0);
    let results = scratch.json("out/results.json");
    let orders = &results["orders"];
    assert_eq!((number(&orders["count"]), number(&orders["first_seed"])), (12, 500));
    for (index, pair) in list(&orders["costs"]).iter().enumerate() {
        let seed = 500 + index as u64;
        let arrived: Vec<u64> =
            arrivals(&sizes, "shuffled", seed).into_iter().map(|offset| sizes[offset]).collect();
        let wanted = jobs.map(|job| cost(job, &arrived, 100, &pack(job, &arrived, 100)));
        assert_eq!([number(&pair[0]), number(&pair[1])], wanted, "seed {seed}");
    }
    check_statistics(&results);
}

/// Mean, extremes and counts follow from the costs.
fn check_statistics(results: &serde_json::Value) {
    let (orders, lower) = (&results["orders"], real(&results["reference"]["bounds"]["lower"]));
    let pairs: Vec<[f64; 2]> =
        list(&orders["costs"]).iter().map(|pair| [real(&pair[0]), real(&pair[1])]).collect();
    for (which, job) in ["stable", "candidate"].iter().enumerate() {
        let ratios: Vec<f64> = pairs.iter().map(|pair| pair[which] / lower).collect();
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        let stats = &orders[job];
        assert!((real(&stats["mean"]["value"]) - mean).abs() < 1e-3, "{job}: {stats}, mean {mean}");
        assert!(real(&stats["mean"]["low"]) <= mean + 1e-3 && mean <= real(&stats["mean"]["high"]) + 1e-3);
        let worst = ratios.iter().copied().fold(0.0, f64::max);
        let best = ratios.iter().copied().fold(f64::MAX, f64::min);
        assert!((real(&stats["worst"]) - worst).abs() < 1e-3, "{job}: {stats}, worst {worst}");
        assert!((real(&stats["best"]) - best).abs() < 1e-3, "{job}: {stats}, best {best}");
    }
    let count = |test: fn(&[f64; 2]) -> bool| pairs.iter().filter(|pair| test(pair)).count() as u64;
    assert_eq!(number(&orders["candidate_better"]), count(|pair| pair[1] < pair[0]));
    assert_eq!(number(&orders["equal"]), count(|pair| pair[1].total_cmp(&pair[0]).is_eq()));
    assert_eq!(number(&orders["candidate_worse"]), count(|pair| pair[1] > pair[0]));
}
