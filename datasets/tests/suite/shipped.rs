//! The datasets in `data/`: whole, and those that were generated come out the same again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use datasets::{Frozen, Instance, freeze, generate};

use crate::support::{Scratch, names, sizes};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn generated(name: &str) -> Option<Instance> {
    let (generator, records) = name.split_once('-')?;
    Some(generate(generator, records.parse().ok()?, 1, &BTreeMap::new()).expect("a good generator"))
}

#[test]
fn every_shipped_dataset_is_whole() {
    let shipped = names(&data());
    for name in ["tiny", "triplets-501", "uniform-1000"] {
        assert!(shipped.iter().any(|found| found == name), "{name} is missing");
    }
    for name in shipped {
        let frozen = Frozen::open(&data().join(&name)).unwrap_or_else(|error| panic!("{error}"));
        frozen.verify().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(frozen.manifest.name, name);
    }
}

#[test]
fn a_seed_gives_the_shipped_bytes() {
    for name in ["triplets-501", "uniform-1000"] {
        let scratch = Scratch::new();
        let target = scratch.path().join(name);
        freeze(&generated(name).expect("its name says how"), &target).expect("fresh");
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
