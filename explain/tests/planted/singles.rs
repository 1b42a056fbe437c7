//! Each rule on three datasets.

use explain::{Asked, Explanation, Finding, Rule};

use crate::{
    plant::planted,
    rows::rows,
    world::{SHAPES, Shape, World, drawn, shipped},
};

pub(crate) const TUMBLING: Asked = Asked::Tumbling { size_ms: 10_000 };
pub(crate) const SLIDING: Asked = Asked::Sliding { size_ms: 20_000, slide_ms: 5_000 };
pub(crate) const APART: Asked = Asked::Sliding { size_ms: 5_000, slide_ms: 8_000 };
pub(crate) const SESSIONS: Asked = Asked::Sessions { gap_ms: 3_000 };
pub(crate) const WITHIN: Asked = Asked::Within { ms: 8_000 };

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    Right,
    /// One of the rules was told, and that the others' rows aren't explained.
    Half,
    Missed,
    Wrong,
}

fn kinds(rules: &[Rule]) -> Vec<std::mem::Discriminant<Rule>> {
    rules.iter().map(std::mem::discriminant).collect()
}

fn is_exact(found: &Explanation) -> bool {
    found.explained == found.differing && found.spoiled == 0
}

/// An explanation is right if it names the rules that were planted, or if these say the same of every row: a number that the
/// rows don't tell from another is as good. One that gives exactly the answer by rules of another kind is alike, and not wrong;
/// any other is wrong, but for one of two rules that were planted where the rows of the other are said to be left.
pub(crate) fn judged(rules: &[Rule], finding: &Finding) -> Went {
    let Finding::Explained(found) = finding else { return Went::Missed };
    let is_named = found.rules == rules || found.alike.iter().any(|alike| alike == rules);
    let has_kinds = std::iter::once(&found.rules).chain(&found.alike).any(|set| kinds(set) == kinds(rules));
    let is_half = rules.len() > 1 && found.rules.iter().all(|rule| rules.contains(rule));
    match (is_named || (is_exact(found) && has_kinds), is_exact(found)) {
        (true, _) => Went::Right,
        (false, true) => Went::Missed,
        (false, false) if is_half => Went::Half,
        (false, false) => Went::Wrong,
    }
}

fn big(shape: Shape, values: (u64, i64)) -> Shape {
    Shape { values, ..shape }
}

/// Windows, sessions, totals or joins over each of the three shapes; the third over a shipped dataset where there is one.
fn three(asked: [Asked; 3], third: Option<&str>) -> Vec<World> {
    let mut worlds: Vec<World> = (0..3).map(|at| drawn(asked[at], SHAPES[at], 7 + at as u64)).collect();
    if let Some(name) = third {
        worlds[2] = shipped(name, asked[2]);
    }
    worlds
}

fn with(mut worlds: Vec<World>, change: impl Fn(&mut World)) -> Vec<World> {
    worlds.iter_mut().for_each(change);
    worlds
}

fn end_of(world: &World, share: usize) -> i64 {
    let mut times: Vec<i64> = world.records.iter().map(|r| r.time_ms).collect();
    times.sort_unstable();
    times[times.len() * share / 100]
}

/// Every rule, each with three datasets on which it matters.
fn catalogue() -> Vec<(Rule, World)> {
    let windows = || three([TUMBLING, SLIDING, TUMBLING], Some("clicks"));
    let sliding = || three([SLIDING; 3], None);
    let sessions = || three([SESSIONS; 3], None);
    let totals = || three([Asked::Totals; 3], Some("deliveries-1000"));
    let as_of = || three([Asked::AsOf; 3], Some("readings-1000"));
    // Times that agree in all but the seconds meet bounds often.
    let coarse = |asked: [Asked; 3]| {
        let shape = |at: usize| Shape { grain_ms: 500, ..SHAPES[at] };
        (0..3).map(|at| drawn(asked[at], shape(at), 27 + at as u64)).collect::<Vec<_>>()
    };
    let within = || coarse([WITHIN; 3]);
    let batches = |worlds| with(worlds, |world| world.batch = 20);
    let sums = |values| {
        let kinds = [TUMBLING, SLIDING, Asked::Totals];
        (0..3).map(|at| drawn(kinds[at], big(SHAPES[at], values), 40 + at as u64)).collect::<Vec<_>>()
    };
    let mixed = || three([TUMBLING, SESSIONS, WITHIN], None);
    let delay_ms = 2_000;
    let mut all: Vec<(Rule, World)> = Vec::new();
    let mut add = |rule: Rule, worlds: Vec<World>| all.extend(worlds.into_iter().map(|world| (rule, world)));
    add(Rule::LateDropped { delay_ms }, windows());
    add(Rule::LateDropped { delay_ms: 5_000 }, three([SESSIONS, Asked::AsOf, WITHIN], None));
    add(
        Rule::LateDropped { delay_ms: 500 },
        three([SESSIONS, Asked::Totals, Asked::AsOf], Some("readings-1000")),
    );
    add(Rule::LateDropped { delay_ms: 700 }, three([SLIDING, TUMBLING, APART], None));
    add(Rule::LateDroppedByBatchBefore { delay_ms }, batches(windows()));
    add(Rule::LateDroppedByBatchBefore { delay_ms: 5_000 }, batches(sessions()));
    add(Rule::LateDroppedByBatch { delay_ms }, batches(windows()));
    add(Rule::LateInOpenWindow { delay_ms }, three([TUMBLING, APART, TUMBLING], Some("clicks")));
    add(Rule::LateRowOfItsOwn { delay_ms }, windows());
    for world in three([TUMBLING, SLIDING, SESSIONS], None) {
        let after_ms = end_of(&world, 93);
        add(Rule::LastMissing { after_ms }, vec![world]);
    }
    add(Rule::LastOfKeyMissing, three([TUMBLING, SLIDING, SESSIONS], None));
    add(Rule::ClosedRight, three([TUMBLING, SLIDING, APART], None));
    add(Rule::ClosedRight, vec![shipped("edges-windows", Asked::Tumbling { size_ms: 1_000 })]);
    add(Rule::Origin { offset_ms: 3_000 }, windows());
    add(
        Rule::TowardZero,
        (0..3).map(|at| drawn(TUMBLING, Shape { base_ms: -600_000, ..SHAPES[at] }, at as u64)).collect(),
    );
    add(Rule::FromFirstRecord, sliding());
    add(Rule::EndInclusive, three([TUMBLING, SLIDING, SESSIONS], None));
    add(Rule::GapExclusive, sessions());
    add(Rule::GapExclusive, vec![shipped("edges-sessions", Asked::Sessions { gap_ms: 100 })]);
    add(Rule::SessionEndsAtLast, sessions());
    add(Rule::SessionEndsAfterLast, sessions());
    add(Rule::SecondsCut, three([SESSIONS, SESSIONS, WITHIN], None));
    add(Rule::SecondsRounded, mixed());
    add(Rule::MinutesCut, mixed());
    add(Rule::TakenForSeconds, mixed());
    add(Rule::TakenForMicroseconds, mixed());
    add(Rule::Shifted { by_ms: 7_200_000 }, mixed());
    add(Rule::Wrap32, sums((1 << 33, -5)));
    add(Rule::Wrap64, sums((1 << 63, -(1 << 20))));
    add(Rule::Doubles, sums((1 << 56, -9)));
    add(Rule::WholeValues, with(three([TUMBLING, SESSIONS, Asked::Totals], None), |world| world.scale = 10));
    add(Rule::RepeatsCounted, totals());
    add(Rule::RepeatsDropped, three([TUMBLING, SESSIONS, WITHIN], None));
    add(Rule::LastKept, three([Asked::Totals; 3], None));
    add(Rule::ReadTwice, three([TUMBLING, Asked::Totals, WITHIN], None));
    add(Rule::EmptyKeyLeftOut, three([TUMBLING, SESSIONS, Asked::AsOf], None));
    add(Rule::ZeroLeftOut, three([TUMBLING, Asked::Totals, Asked::AsOf], None));
    add(Rule::PartitionMissing { partition: 1 }, three([TUMBLING, SLIDING, SESSIONS], None));
    add(Rule::BoundExclusive, within());
    add(Rule::BoundExclusive, vec![shipped("edges-orders", Asked::Within { ms: 1_000 })]);
    add(Rule::SameTimeExclusive, coarse([Asked::AsOf, WITHIN, Asked::AsOf]));
    add(Rule::FirstOfTimeKept, coarse([Asked::AsOf; 3]));
    add(Rule::AsOfArrival, as_of());
    add(Rule::UnmatchedToo, within());
    add(Rule::UnmatchedMissing, three([Asked::AsOf, WITHIN, WITHIN], None));
    all
}

#[test]
fn planted_rules_are_found() {
    let cases = catalogue();
    let (mut right, mut wrong, mut idle) = (0, 0, 0);
    for (rule, world) in &cases {
        let (answer, reference) = planted(world, &[*rule]);
        if rows(&answer) == rows(&reference) {
            idle += 1;
            println!("no difference: {rule:?} on {}", world.name);
            continue;
        }
        let found = world.explained(&reference, &answer);
        match judged(&[*rule], &found) {
            Went::Right => right += 1,
            went => {
                wrong += usize::from(went == Went::Wrong);
                println!("{went:?}: {rule:?} on {}: {found:?}", world.name);
            }
        }
    }
    println!("{} cases: {right} right, {wrong} wrong, {idle} without a difference", cases.len());
    assert_eq!((wrong, idle), (0, 0));
    assert!(right * 90 >= cases.len() * 86, "{right} of {}", cases.len());
}
