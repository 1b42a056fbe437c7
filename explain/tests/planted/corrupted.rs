//! Shows that what no rule has made isn't explained, not even as something that fits by chance.

use datasets::{Cells, SplitMix64, Table};
use explain::{Asked, Finding};

use crate::{
    compute,
    rows::{Rows, rows, table},
    singles::{APART, SESSIONS, SLIDING, TUMBLING, WITHIN},
    world::{SHAPES, World, drawn, shipped},
};

/// Changes values, drops rows and adds some, so many in all.
fn corrupted(reference: &Table, how_many: u64, random: &mut SplitMix64) -> Rows {
    let mut rows = rows(reference);
    let is_text: Vec<bool> =
        reference.columns.iter().map(|column| matches!(column.cells, Cells::Text(_))).collect();
    for _ in 0..how_many {
        let place = random.uniform(0, rows.len() as u64 - 1) as usize;
        let (key, others) = rows.iter().nth(place).map(|(k, v)| (k.clone(), v.clone())).expect("a row");
        let amount = i128::from(random.uniform(1, 1_000)) * if random.uniform(0, 1) == 0 { 1 } else { -1 };
        match random.uniform(0, 2) {
            0 => {
                let column = random.uniform(0, others.len() as u64 - 1) as usize;
                let cell = rows.get_mut(&key).and_then(|row| row[column].as_mut()).expect("a number");
                *cell += amount;
            }
            1 => drop(rows.remove(&key)),
            _ => {
                let mut key = key;
                let column = if key.len() == 1 { 0 } else { random.uniform(0, 1) as usize };
                let moved = key[column].unwrap_or(0) + amount;
                // There are more texts than so many.
                key[column] = Some(if is_text[column] { moved.rem_euclid(1_000) } else { moved });
                rows.insert(key, others);
            }
        }
    }
    rows
}

fn worlds() -> Vec<World> {
    let kinds = [TUMBLING, SLIDING, APART, SESSIONS, Asked::Totals, Asked::AsOf, WITHIN];
    let mut worlds: Vec<World> =
        (0..18).map(|at| drawn(kinds[at % 7], SHAPES[at % 3], 300 + at as u64)).collect();
    worlds.push(shipped("clicks", TUMBLING));
    worlds.push(shipped("edges-windows", Asked::Tumbling { size_ms: 1_000 }));
    for (at, world) in worlds.iter_mut().enumerate() {
        world.delays_ms = if at % 2 == 0 { vec![2_000] } else { vec![] };
        world.batch = if at % 3 == 0 { 50 } else { 0 };
    }
    worlds
}

#[test]
fn random_changes_are_not_explained() {
    let mut random = SplitMix64::new(99);
    let mut explained = 0;
    let worlds = worlds();
    for at in 0..ROUNDS {
        let world = &worlds[at % worlds.len()];
        let reference = compute::batch(world.asked, &world.records, &world.keys);
        let how_many = if at % 4 == 0 { 1 } else { random.uniform(1, 30) };
        let answer = table(&corrupted(&reference, how_many, &mut random), &reference);
        let found = world.explained(&reference, &answer);
        if let Finding::Explained(found) = &found {
            explained += 1;
            println!("explained: {how_many} rows of {}: {found:?}", world.name);
        }
        assert!(matches!(found, Finding::Explained(_) | Finding::Unexplained { .. }), "{found:?}");
    }
    println!("{ROUNDS} corruptions: {explained} explained");
    assert_eq!(explained, 0);
}

const ROUNDS: usize = 100;
