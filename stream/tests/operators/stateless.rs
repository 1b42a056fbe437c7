//! Steps without state.

use datasets::Event;
use stream::operators::{Filter, FlatMap, JoinKind, Map, Parse, Pipeline, StaticJoin};

use crate::driver::{Driven, drive};
use crate::inputs::{PER_RECORD, event};

#[test]
fn steps_without_state_do_what_they_are_given() {
    let events: Vec<Event> = (0..6).map(|i| event(i, i as u32, i - 2)).collect();
    let values = |driven: Driven<i64>| driven.rows();
    assert_eq!(values(drive(|| Map(|e: Event| e.value * 2), &events, PER_RECORD)), [-4, -2, 0, 2, 4, 6]);
    let twice = || FlatMap(|e: Event| vec![e.value; e.value.max(0) as usize]);
    assert_eq!(values(drive(twice, &events, PER_RECORD)), [1, 2, 2, 3, 3, 3]);
    let job = || Pipeline::<Event, _>::start().filter(|e| e.value > 1).map(|e| e.value).build();
    assert_eq!(values(drive(job, &events, PER_RECORD)), [2, 3]);
    assert_eq!(drive(|| Filter(|_: &Event| false), &events, PER_RECORD).rows(), []);
}

#[test]
fn what_cannot_be_read_stands_in_the_rejected_side_output() {
    let events: Vec<Event> = (0..5).map(|i| event(i, 0, i - 2)).collect();
    let root = |e: Event| u32::try_from(e.value).map_err(|_| "a negative value");
    let driven = drive(|| Parse(root), &events, PER_RECORD);
    assert_eq!(driven.rows(), [0, 1, 2]);
    let rejected: Vec<(u64, &str)> =
        driven.concluded.rejected.iter().map(|(record, reason)| (*record, reason.as_ref())).collect();
    assert_eq!(rejected, [(0, "a negative value"), (1, "a negative value")]);
    assert_eq!(driven.concluded.counts.rejected, 2);
}

#[test]
fn a_static_join_gives_a_row_for_each_row_of_the_table() {
    let events = [event(0, 1, 10), event(0, 2, 20), event(0, 1, 30)];
    for (kind, expected) in [
        (JoinKind::Inner, vec![(10, Some('a')), (10, Some('b')), (30, Some('a')), (30, Some('b'))]),
        (
            JoinKind::LeftOuter,
            vec![(10, Some('a')), (10, Some('b')), (20, None), (30, Some('a')), (30, Some('b'))],
        ),
    ] {
        let join = || StaticJoin::new(kind, [(1, 'a'), (3, 'c'), (1, 'b')]);
        let rows = drive(join, &events, PER_RECORD).rows();
        let pairs: Vec<(i64, Option<char>)> = rows.iter().map(|row| (row.left.value, row.right)).collect();
        assert_eq!(pairs, expected);
    }
}
