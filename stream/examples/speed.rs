//! speed
use datasets::{Item, SplitMix64};
use stream::{Version, jobs::bin_packing::*};
fn main() {
    let mut r = SplitMix64::new(1);
    let items: Vec<Item> = (0..1_000_000).map(|_| Item { size: r.uniform(1, 10_000) }).collect();
    for round in 0..3 {
        let jobs: Vec<(&str, Box<dyn Version<Item>>)> = vec![
            ("nf", Box::new(NextFit::new(10_000))),
            ("ff", Box::new(FirstFit::new(10_000))),
            ("bf", Box::new(BestFit::new(10_000))),
            ("wf", Box::new(WorstFit::new(10_000))),
            ("awf", Box::new(AlmostWorstFit::new(10_000))),
            ("h7", Box::new(Harmonic::new(10_000, 7))),
            ("rh", Box::new(RefinedHarmonic::new(10_000))),
        ];
        for (n, mut j) in jobs {
            let mut out = Vec::with_capacity(items.len());
            let t = std::time::Instant::now();
            for c in items.chunks(1024) {
                j.push_chunk(c, &mut out);
            }
            println!(
                "{round} {n} {:.1} ns  {} bins",
                t.elapsed().as_nanos() as f64 / 1e6,
                out.iter().max().unwrap_or(&0) + 1
            );
        }
    }
}
