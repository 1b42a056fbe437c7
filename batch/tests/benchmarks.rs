//! The reference on the public benchmarks, where they lie beside the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use batch::bin_packing::{Effort, reference};
use datasets::{Item, Reference};

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/binpack").join(name);
    path.is_dir().then_some(path)
}

/// A number with at most one decimal, in tenths.
fn tenths(text: &str) -> u64 {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    format!("{whole}{tenth}").parse().expect("a number with at most one decimal")
}

/// Checks that the packing holds and costs what the reference says.
fn check(name: &str, items: &[Item], capacity: u64) -> Reference {
    let found = reference(items, capacity, Effort::default());
    assert!(found.lower.value <= found.upper.value, "{name}: {:?} {:?}", found.lower, found.upper);
    let mut loads = vec![0; found.upper.value as usize];
    for (item, &bin) in items.iter().zip(&found.decisions) {
        loads[bin as usize] += item.size;
    }
    assert!(loads.iter().all(|&load| 0 < load && load <= capacity), "{name}: {loads:?}");
    found
}

/// In these four the file's best known value is 1 too high.
fn known_optimum(name: &str, in_file: u64) -> u64 {
    match name {
        "u120_08" => 50,
        "u120_19" => 49,
        "u250_07" => 103,
        "u250_12" => 105,
        _ => in_file,
    }
}

#[test]
fn the_uniform_instances_of_the_or_library_are_solved() {
    check_or_library(&[1, 2, 3, 4]);
}

#[test]
fn the_small_triplets_of_the_or_library_are_solved() {
    check_or_library(&[5, 6]);
}

#[test]
fn the_large_triplets_of_the_or_library_are_solved() {
    check_or_library(&[7, 8]);
}

fn check_or_library(files: &[u32]) {
    let Some(folder) = folder("orlib") else { return };
    for file in files {
        let text = fs::read_to_string(folder.join(format!("binpack{file}.txt"))).expect("a readable file");
        let mut words = text.split_whitespace();
        let mut next = || words.next().expect("a file that does not end early");
        for _ in 0..tenths(next()) / 10 {
            let name = next();
            let (capacity, count, best) = (tenths(next()), tenths(next()) / 10, tenths(next()) / 10);
            let items: Vec<Item> = (0..count).map(|_| Item { size: tenths(next()) }).collect();
            let found = check(name, &items, capacity);
            let optimum = known_optimum(name, best);
            assert_eq!((found.lower.value, found.upper.value), (optimum, optimum), "{name}");
        }
        assert_eq!(words.next(), None, "binpack{file}.txt holds more than it says");
    }
}

#[test]
fn scholls_instances_are_solved() {
    for class in ["Scholl_1", "Scholl_2"] {
        let Some(folder) = folder(&format!("bpplib/{class}")) else { return };
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let numbers: Vec<u64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
            let items: Vec<Item> = numbers[2..].iter().map(|&size| Item { size }).collect();
            assert_eq!(items.len() as u64, numbers[0]);
            let found = check(&path.display().to_string(), &items, numbers[1]);
            assert!(found.is_exact(), "{}: {:?} {:?}", path.display(), found.lower, found.upper);
        }
    }
}
