//! The model without any rule gives the batch job's answer: an explanation of any other answer says so.

use datasets::SplitMix64;
use explain::{Asked, Finding};

use crate::{
    compute,
    rows::{rows, table},
    world::{Shape, World, drawn},
};

pub(crate) fn is_modelled(world: &World) {
    let reference = compute::batch(world.asked, &world.records, &world.keys);
    let mut changed = rows(&reference);
    let Some(mut row) = changed.first_entry() else { return };
    row.get_mut()[0] = Some(-7);
    let found = world.explained(&reference, &table(&changed, &reference));
    assert_ne!(found, Finding::OtherReference, "{world:?}");
    assert_ne!(found, Finding::OtherShape, "{world:?}");
    assert_eq!(world.explained(&reference, &reference), Finding::NothingDiffers);
}

#[test]
fn without_rules_the_model_is_the_batch_job() {
    let mut random = SplitMix64::new(1);
    let mut below = |most: u64| random.uniform(0, most);
    for seed in 0..400 {
        let size_ms = 1 + below(60).cast_signed();
        let slide_ms = 1 + below(60).cast_signed();
        let asked = match seed % 7 {
            0 => Asked::Tumbling { size_ms },
            1 => Asked::Sliding { size_ms, slide_ms: 1 + slide_ms % size_ms },
            2 => Asked::Sliding { size_ms, slide_ms: size_ms + slide_ms },
            3 => Asked::Sessions { gap_ms: size_ms },
            4 => Asked::Totals,
            5 => Asked::AsOf,
            _ => Asked::Within { ms: below(60) },
        };
        let values = if seed % 3 == 0 { (u64::MAX, i64::MIN) } else { (below(9), -4) };
        let shape = Shape {
            records: below(80),
            keys: 3 + below(3),
            step_ms: below(30),
            grain_ms: 1 + below(9),
            late: (3, below(200)),
            base_ms: -below(2_000).cast_signed(),
            values,
        };
        is_modelled(&drawn(asked, shape, seed));
    }
}
