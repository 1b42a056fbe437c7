//! The datasets in `data/`: whole, and those that were generated come out the same again.

use std::fs;
use std::path::{Path, PathBuf};

use datasets::{Frozen, Instance, Value, edges, freeze, generate};

use crate::support::{Scratch, names, sizes};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// Returns what `examples/ship.rs` makes of a name.
fn generated(name: &str) -> Instance {
    let (generator, records, arguments): (&str, u64, &[(&str, Value)]) = match name {
        "uniform-1000" => ("uniform", 1000, &[]),
        "triplets-501" => ("triplets", 501, &[]),
        "worst-case-420" => ("worst-case", 420, &[("against", "first-fit".into())]),
        "deliveries-1000" => ("deliveries", 1000, &[("keys", 20.into()), ("rate", 20.into())]),
        "orders-1000" => ("orders", 1000, &[("rate", 5.into())]),
        "readings-1000" => ("readings", 1000, &[("rate", 20.into())]),
        "requests-5000" => ("requests", 5000, &[("keys", 500.into())]),
        "clicks" => {
            let (disorder, delay) = (("disorder", "heavy-tailed".into()), ("max-delay", 60_000.into()));
            ("events", 2000, &[("keys", 40.into()), ("rate", 20.into()), disorder, delay])
        }
        _ => panic!("{name} isn't generated"),
    };
    let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Instance { name: name.into(), ..generate(generator, records, 1, &arguments).expect("good arguments") }
}

const GENERATED: [&str; 8] = [
    "clicks",
    "deliveries-1000",
    "orders-1000",
    "readings-1000",
    "requests-5000",
    "triplets-501",
    "uniform-1000",
    "worst-case-420",
];

#[test]
fn every_shipped_dataset_is_whole() {
    let shipped = names(&data());
    for name in GENERATED.into_iter().chain(["tiny"]) {
        assert!(shipped.iter().any(|found| found == name), "{name} is missing");
    }
    let check = |folder: &Path, name: &str, most_bytes: u64| {
        let frozen = Frozen::open(&folder.join(name)).unwrap_or_else(|error| panic!("{error}"));
        frozen.verify().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(frozen.manifest.name, name);
        assert!(frozen.manifest.bytes < most_bytes, "{name} is small");
    };
    for name in shipped.iter().filter(|name| *name != "atlas") {
        check(&data(), name, 100_000);
    }
    let questions = data().join("atlas");
    let asked: Vec<String> =
        names(&questions).into_iter().filter(|name| questions.join(name).is_dir()).collect();
    assert!(asked.len() > 20, "{asked:?}");
    for name in &asked {
        check(&questions, name, 1_000);
    }
}

#[test]
fn a_seed_gives_the_shipped_bytes() {
    let seeded = GENERATED.into_iter().map(generated);
    for instance in seeded.chain(edges()) {
        let name = &instance.name;
        let scratch = Scratch::new();
        let target = scratch.path().join(name);
        freeze(&instance, &target).expect("fresh");
        for file in names(&target) {
            let again = fs::read(target.join(&file)).expect("bytes");
            let shipped = fs::read(data().join(name).join(&file)).expect("bytes");
            assert!(again == shipped, "{name}/{file} differs from what its seed gives");
        }
    }
}

#[test]
fn tiny_can_be_packed_as_it_says() {
    let frozen = Frozen::open(&data().join("tiny")).expect("whole");
    let sizes = sizes(&data().join("tiny")).expect("whole");
    let capacity = frozen.manifest.parameters["capacity"].number().expect("a number");
    assert_eq!((sizes.len(), capacity), (12, 10));
    // Five bins filled to the brim.
    let mut packed = vec![8, 2, 6, 4, 6, 4, 5, 5, 3, 3, 2, 2];
    let bins: [&[u64]; 5] = [&packed[0..2], &packed[2..4], &packed[4..6], &packed[6..8], &packed[8..12]];
    assert!(bins.iter().all(|bin| bin.iter().sum::<u64>() == capacity));
    assert_eq!(frozen.manifest.optimum, Some(5));
    let mut sizes = sizes;
    sizes.sort_unstable();
    packed.sort_unstable();
    assert_eq!(sizes, packed);
}
