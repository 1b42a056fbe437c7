//! scale
use batch::bin_packing::*;
use std::time::Instant;
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|w| w.parse().unwrap()).collect();
    let (n, c, lo, hi, q) = (a[0], a[1], a[2], a[3], a[4]);
    let mut r = datasets::SplitMix64::new(9);
    let items: Vec<_> = (0..n).map(|_| datasets::Item { size: r.uniform(lo, hi) }).collect();
    let t = Instant::now();
    let f =
        reference(&items, c, if q == 0 { Effort::Quick } else { Effort::Full { work: DEFAULT_WORK / q } });
    println!("{n} {c} {lo}..{hi} q{q}: {:?} {:?} {:?}", f.lower, f.upper, t.elapsed());
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", s.lines().find(|l| l.starts_with("VmHWM")).unwrap());
}
