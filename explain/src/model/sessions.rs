//! Sessions: what is no further apart than a gap is one.

use std::collections::BTreeMap;

use crate::{
    knobs::{By, Ends, Judged, Knobs, Late, Missing},
    record::Record,
    rows::Rows,
};

use super::windows::Held;

/// A session while it grows.
#[derive(Debug)]
struct Session {
    last: i128,
    held: Held,
}

/// A key's sessions, which become rows.
struct Sessions<'a> {
    rows: &'a mut Rows,
    key: i128,
    gap: i128,
    knobs: &'a Knobs,
    /// The key's newest record.
    newest: i128,
}

/// Adds a key's sessions.
pub(super) fn add(rows: &mut Rows, key: i128, group: &mut [Record], gap_ms: i64, knobs: &Knobs) {
    let newest = group.iter().map(|record| record.time_ms).max().unwrap_or_default().into();
    let mut sessions = Sessions { rows, key, gap: gap_ms.into(), knobs, newest };
    match knobs.late {
        Late::Kept => {
            // The sort is stable: records of one time are added up in the order in which they came.
            group.sort_by_key(|record| record.time_ms);
            sessions.of_sorted(group);
        }
        Late::Dropped(judged) | Late::InOpenWindow(judged) | Late::RowOfItsOwn(judged) => {
            sessions.as_they_come(group, judged);
        }
    }
}

impl Sessions<'_> {
    fn of_sorted(&mut self, sorted: &[Record]) {
        let (knobs, gap) = (self.knobs, self.gap);
        let joins = |a: &Record, b: &Record| joins(i128::from(b.time_ms) - i128::from(a.time_ms), gap, knobs);
        for session in sorted.chunk_by(joins) {
            let [first, others @ ..] = session else { continue };
            let mut held = Held::of(first.value);
            for record in others {
                held.add(record.value);
            }
            let last = others.last().unwrap_or(first).time_ms.into();
            self.put(first.time_ms.into(), &Session { last, held });
        }
    }

    /// Sessions that event time has passed are given and forgotten.
    fn as_they_come(&mut self, group: &[Record], judged: Judged) {
        // By their start. They lie apart, so their ends have the same order.
        let mut open: BTreeMap<i128, Session> = BTreeMap::new();
        for record in group {
            let time = i128::from(record.time_ms);
            let watermark = judged.watermark(record, self.knobs.times).map_or(i128::MIN, i128::from);
            while let Some(ended) = open.first_entry().filter(|open| open.get().last + self.gap <= watermark)
            {
                let (first, session) = ended.remove_entry();
                self.put(first, &session);
            }
            let is_late = time + self.gap <= watermark;
            if is_late && judged.by != By::Record {
                continue;
            }
            let (first, merged) = self.merged(&mut open, record);
            // Only one that is late by itself can be late now: what it could join is open.
            if merged.last + self.gap > watermark {
                open.insert(first, merged);
            }
        }
        for (first, session) in &open {
            self.put(*first, session);
        }
    }

    /// A session of this record and of the open ones that it joins, which are taken out.
    fn merged(&self, open: &mut BTreeMap<i128, Session>, record: &Record) -> (i128, Session) {
        let time = i128::from(record.time_ms);
        let mut first = time;
        let mut session = Session { last: time, held: Held::of(record.value) };
        let before = open.range(..=time).next_back().map(|(start, before)| (*start, before.last));
        let behind = open.range(time + 1..).next().map(|(start, _)| (*start, *start));
        for (start, near) in [before, behind].into_iter().flatten() {
            let is_near = joins((time - near).abs(), self.gap, self.knobs) || (start <= time && time <= near);
            if let Some(other) = is_near.then(|| open.remove(&start)).flatten() {
                first = first.min(start);
                session.last = session.last.max(other.last);
                session.held = other.held.with(session.held);
            }
        }
        (first, session)
    }

    fn put(&mut self, first: i128, session: &Session) {
        let end = session.last + self.gap;
        let told = match self.knobs.ends {
            Ends::Exclusive => end,
            Ends::Inclusive => end - 1,
            Ends::AtLast => session.last,
            Ends::AfterLast => session.last + 1,
        };
        let comes = match self.knobs.missing {
            Missing::None => true,
            Missing::After(last) => told <= i128::from(last),
            Missing::OfKey => end <= self.newest,
        };
        if comes {
            self.rows.insert([first, told, self.key], session.held.values(self.knobs));
        }
    }
}

fn joins(between: i128, gap: i128, knobs: &Knobs) -> bool {
    if knobs.gap_exclusive { between < gap } else { between <= gap }
}
