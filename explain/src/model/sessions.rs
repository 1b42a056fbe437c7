//! Sessions: what is no further apart than a gap is one.

use crate::{
    knobs::{Ends, Knobs, Late, Missing},
    record::Record,
    rows::Rows,
};

use super::windows::Held;

/// A session while it grows, in event time.
#[derive(Debug)]
struct Session {
    first: i128,
    last: i128,
    /// Its records' values in the order in which they came, for sums that depend on it.
    values: Vec<i64>,
}

/// Adds a key's sessions.
pub(super) fn add(rows: &mut Rows, key: i128, group: &[Record], gap_ms: i64, knobs: &Knobs) {
    let gap = i128::from(gap_ms);
    let mut open: Vec<Session> = Vec::new();
    let mut put = |session: &Session, newest: i128| {
        let end = session.last + gap;
        let comes = match knobs.missing {
            Missing::None => true,
            Missing::After(last) => told(session.last, gap, knobs.ends) <= i128::from(last),
            Missing::OfKey => end <= newest,
        };
        if comes {
            let mut values = session.values.iter().copied();
            let mut held = Held::of(values.next().unwrap_or_default());
            values.for_each(|value| held.add(value));
            rows.insert([session.first, told(session.last, gap, knobs.ends), key], held.values(knobs));
        }
    };
    let newest = group.iter().map(|record| record.time_ms).max().unwrap_or_default().into();
    match knobs.late {
        Late::Kept => {
            let mut sorted: Vec<&Record> = group.iter().collect();
            sorted.sort_by_key(|record| record.time_ms);
            for record in sorted {
                let time = i128::from(record.time_ms);
                match open.last_mut() {
                    Some(session) if joins(time - session.last, gap, knobs) => {
                        session.last = time;
                        session.values.push(record.value);
                    }
                    _ => open.push(Session { first: time, last: time, values: vec![record.value] }),
                }
            }
        }
        Late::Dropped(judged) | Late::InOpenWindow(judged) | Late::RowOfItsOwn(judged) => {
            for record in group {
                let time = i128::from(record.time_ms);
                let watermark = judged.watermark(record, knobs.times).map(i128::from);
                if let Some(watermark) = watermark {
                    let is_open = |session: &Session| session.last + gap > watermark;
                    open.iter().filter(|session| !is_open(session)).for_each(|session| put(session, newest));
                    open.retain(is_open);
                }
                let mut merged = Session { first: time, last: time, values: Vec::new() };
                let mut apart = Vec::with_capacity(open.len() + 1);
                for session in open.drain(..) {
                    let between = (time - session.last).max(session.first - time);
                    if joins(between, gap, knobs) {
                        merged.first = merged.first.min(session.first);
                        merged.last = merged.last.max(session.last);
                        merged.values.extend(session.values);
                    } else {
                        apart.push(session);
                    }
                }
                merged.values.push(record.value);
                open = apart;
                // Only one that is late by itself can be late now: what it could join is open.
                if watermark.is_none_or(|watermark| merged.last + gap > watermark) {
                    open.push(merged);
                }
            }
        }
    }
    for session in &open {
        put(session, newest);
    }
}

fn joins(between: i128, gap: i128, knobs: &Knobs) -> bool {
    if knobs.gap_exclusive { between < gap } else { between <= gap }
}

fn told(last: i128, gap: i128, ends: Ends) -> i128 {
    match ends {
        Ends::Exclusive => last + gap,
        Ends::Inclusive => last + gap - 1,
        Ends::AtLast => last,
        Ends::AfterLast => last + 1,
    }
}
