//! Two rules at once.

use datasets::SplitMix64;
use explain::{Asked, Rule};

use crate::{
    plant::planted,
    rows::rows,
    singles::{SESSIONS, SLIDING, TUMBLING, WITHIN, Went, judged},
    world::{SHAPES, Shape, World, drawn},
};

/// Rules for a kind of question; those of one line are for one thing, so that only one of them can hold.
fn rules(asked: Asked) -> Vec<Vec<Rule>> {
    let delay_ms = 2_000;
    let times = vec![
        Rule::SecondsRounded,
        Rule::TakenForSeconds,
        Rule::TakenForMicroseconds,
        Rule::Shifted { by_ms: 3_600_000 },
    ];
    let left_out = vec![Rule::EmptyKeyLeftOut, Rule::ZeroLeftOut, Rule::PartitionMissing { partition: 2 }];
    let numbers = vec![Rule::WholeValues];
    let twice = vec![Rule::ReadTwice];
    let own = match asked {
        Asked::Tumbling { .. } => vec![
            vec![
                Rule::LateDropped { delay_ms },
                Rule::LateRowOfItsOwn { delay_ms },
                Rule::LateInOpenWindow { delay_ms },
            ],
            vec![Rule::ClosedRight],
            vec![Rule::Origin { offset_ms: 3_000 }],
            vec![Rule::EndInclusive],
            vec![Rule::LastOfKeyMissing],
            vec![Rule::RepeatsDropped],
        ],
        Asked::Sliding { .. } => vec![
            vec![Rule::LateDropped { delay_ms }],
            vec![Rule::ClosedRight],
            vec![Rule::FromFirstRecord],
            vec![Rule::EndInclusive],
            vec![Rule::LastOfKeyMissing],
            vec![Rule::RepeatsDropped],
        ],
        Asked::Sessions { .. } => vec![
            vec![Rule::LateDropped { delay_ms }],
            vec![Rule::GapExclusive],
            vec![Rule::SessionEndsAtLast, Rule::SessionEndsAfterLast],
            vec![Rule::LastOfKeyMissing],
            vec![Rule::RepeatsDropped],
        ],
        Asked::Totals => {
            vec![vec![Rule::RepeatsCounted, Rule::LastKept], vec![Rule::LateDropped { delay_ms }]]
        }
        Asked::AsOf => vec![
            vec![Rule::SameTimeExclusive],
            vec![Rule::FirstOfTimeKept, Rule::AsOfArrival],
            vec![Rule::UnmatchedMissing],
            vec![Rule::RepeatsDropped],
        ],
        Asked::Within { .. } => vec![
            vec![Rule::BoundExclusive, Rule::SameTimeExclusive],
            vec![Rule::UnmatchedToo, Rule::UnmatchedMissing],
            vec![Rule::RepeatsDropped],
        ],
    };
    let is_timeless = matches!(asked, Asked::Totals | Asked::AsOf);
    let times = if is_timeless { vec![] } else { vec![times] };
    let left_out = if matches!(asked, Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Sessions { .. })
    {
        left_out
    } else {
        left_out[..2].to_vec()
    };
    own.into_iter().chain(times).chain([left_out, numbers, twice]).collect()
}

fn world(random: &mut SplitMix64, at: u64) -> World {
    let kinds = [TUMBLING, SLIDING, SESSIONS, TUMBLING, Asked::Totals, Asked::AsOf, WITHIN];
    let asked = kinds[random.uniform(0, 6) as usize];
    let mut shape = SHAPES[random.uniform(0, 2) as usize];
    if matches!(asked, Asked::Totals) {
        shape.keys = 60;
    }
    let shape = Shape { grain_ms: if at.is_multiple_of(2) { 500 } else { shape.grain_ms }, ..shape };
    let mut world = drawn(asked, shape, 1_000 + at);
    world.scale = 10;
    world.delays_ms = if at.is_multiple_of(2) { vec![2_000] } else { vec![] };
    world
}

#[test]
fn planted_pairs_are_found() {
    let mut random = SplitMix64::new(5);
    let (mut right, mut wrong, mut tried) = (0, 0, 0);
    for at in 0.. {
        if tried == PAIRS {
            break;
        }
        let world = world(&mut random, at);
        let lines = rules(world.asked);
        let mut pick = || random.uniform(0, lines.len() as u64 - 1) as usize;
        let (a, b) = (pick(), pick());
        if a == b {
            continue;
        }
        let mut one = |line: &Vec<Rule>| line[random.uniform(0, line.len() as u64 - 1) as usize];
        let mut pair = [one(&lines[a]), one(&lines[b])];
        pair.sort_unstable();
        let (answer, reference) = planted(&world, &pair);
        // Neither may do nothing beside the other.
        let alone = pair.map(|rule| rows(&planted(&world, &[rule]).0));
        let both = rows(&answer);
        if both.is_empty()
            || alone.contains(&both)
            || rows(&reference) == both
            || alone.contains(&rows(&reference))
        {
            continue;
        }
        tried += 1;
        let found = world.explained(&reference, &answer);
        match judged(&pair, &found) {
            Went::Right => right += 1,
            went => {
                wrong += usize::from(went == Went::Wrong);
                println!("{went:?}: {pair:?} on {}: {found:?}", world.name);
            }
        }
    }
    println!("{PAIRS} pairs: {right} right, {wrong} wrong");
    assert_eq!(wrong, 0);
    assert!(right >= 80, "{right}");
}

const PAIRS: usize = 100;
