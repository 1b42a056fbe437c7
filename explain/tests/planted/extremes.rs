//! Nothing that is asked makes it panic.

use datasets::{Cells, SplitMix64, Table, TableColumn};
use explain::{Asked, Finding};

use crate::{
    compute,
    rows::{Rows, rows, table},
    singles::TUMBLING,
    world::{SHAPES, Shape, World, drawn},
};

/// Times, values and lengths at both ends of what 64 bits hold.
#[test]
fn extremes_are_borne() {
    let mut random = SplitMix64::new(77);
    let ends = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    for seed in 0..140_u64 {
        let mut pick = |below: u64| random.uniform(0, below - 1);
        let length = [1, 1_000, 86_400_000, i64::MAX][pick(4) as usize];
        let slide = [1, 1_000, i64::MAX / 2, i64::MAX][pick(4) as usize].max(length / 64);
        let asked = match seed % 6 {
            0 => Asked::Tumbling { size_ms: length },
            1 => Asked::Sliding { size_ms: length, slide_ms: slide },
            2 => Asked::Sessions { gap_ms: length },
            3 => Asked::Totals,
            4 => Asked::AsOf,
            _ => Asked::Within { ms: length.unsigned_abs() },
        };
        let mut world = drawn(asked, Shape { records: 40, keys: 3, ..SHAPES[0] }, seed);
        for record in &mut world.records {
            record.time_ms = ends[pick(7) as usize];
            record.value = ends[pick(7) as usize];
        }
        world.scale = [0, 1, 10, u64::MAX][pick(4) as usize];
        world.batch = pick(9) as usize;
        world.delays_ms = vec![ends[pick(7) as usize]];
        // Where the batch job refuses, there is another answer; nothing but the lack of a panic is asked for.
        let plain = drawn(TUMBLING, Shape { records: 40, keys: 3, ..SHAPES[0] }, seed);
        let reference = std::panic::catch_unwind(|| compute::batch(asked, &world.records, &world.keys));
        let (reference, is_own) = match reference {
            Ok(table) => (table, true),
            Err(_) => (compute::batch(plain.asked, &plain.records, &plain.keys), false),
        };
        let mut changed = rows(&reference);
        if let Some(mut row) = changed.first_entry() {
            row.get_mut()[0] = Some(i128::from(ends[pick(7) as usize]));
        }
        let found = world.explained(&reference, &table(&changed, &reference));
        assert!(!is_own || !matches!(found, Finding::OtherReference), "{world:?}");
        world.explained(&reference, &table(&Rows::new(), &reference));
    }
}

fn small() -> (World, Table) {
    let world = drawn(TUMBLING, Shape { records: 60, keys: 3, ..SHAPES[0] }, 1);
    let reference = compute::batch(world.asked, &world.records, &world.keys);
    (world, reference)
}

#[test]
fn an_empty_answer_is_not_explained() {
    let (world, reference) = small();
    let found = world.explained(&reference, &table(&Rows::new(), &reference));
    assert!(matches!(found, Finding::Unexplained { .. }), "{found:?}");
}

#[test]
fn an_empty_dataset_has_an_empty_answer() {
    let (mut world, some) = small();
    world.records.clear();
    let reference = compute::batch(world.asked, &[], &world.keys);
    assert_eq!(world.explained(&reference, &reference), Finding::NothingDiffers);
    let found = world.explained(&reference, &some);
    assert!(matches!(found, Finding::Unexplained { .. }), "{found:?}");
}

#[test]
fn answers_of_another_shape_are_told() {
    let (world, reference) = small();
    let wide = (0..9).map(|at| TableColumn::new(format!("c{at}"), Cells::Int(vec![1]))).collect();
    assert_eq!(world.explained(&reference, &Table::new(3, wide)), Finding::OtherShape);
    let unknown = vec![TableColumn::new("key", Cells::Text(vec![u32::MAX]))];
    assert_eq!(world.explained(&reference, &Table::new(1, unknown)), Finding::OtherShape);
    let narrow = vec![TableColumn::new("n", Cells::Maybe(vec![None, Some(3)]))];
    let found = world.explained(&reference, &Table::new(1, narrow));
    assert!(matches!(found, Finding::Unexplained { .. } | Finding::OtherShape), "{found:?}");
}

/// Each record in thousands of windows, of which some are lacking.
#[test]
fn thousands_of_windows_for_each_record_are_borne() {
    let asked = Asked::Sliding { size_ms: 4_000_000, slide_ms: 1_000 };
    let world = drawn(asked, Shape { records: 30, keys: 2, ..SHAPES[0] }, 3);
    let reference = compute::batch(asked, &world.records, &world.keys);
    let fewer = rows(&reference).into_iter().step_by(2).collect();
    let found = world.explained(&reference, &table(&fewer, &reference));
    assert!(matches!(found, Finding::Unexplained { .. }), "{found:?}");
}
