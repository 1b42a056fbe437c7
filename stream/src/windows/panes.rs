//! Sliding windows from panes: partial results that all windows over them share.
//!
//! Li, Maier, Tufte, Papadimos & Tucker, "No pane, no gain" (2005): the greatest common divisor of size and slide cuts
//! time so that each window is a whole number of panes. A record is added once, not once for each of its windows.

use serde::{Deserialize, Serialize};

use super::{
    Firing, Measured, Ms, OUT_OF_RANGE,
    changes::OpenChanges,
    key_table::{Entry, KeyTable},
    open::Open,
    spans::Spans,
};
use crate::{Context, Operator, runtime::codec};

/// Aggregates by window and key, each window emitted once: for a watermark that moves with the records and a lateness
/// of 0.
#[derive(Debug, Clone)]
pub(crate) struct Panes {
    size: i64,
    slide: i64,
    windows: Spans,
    own: Spans,
    open: Open,
    fired_to: i64,
    /// Nothing is to be done before event time has come this far.
    due: i64,
    /// Room to add up a window in.
    window: KeyTable,
    order: Vec<u64>,
}

/// Describes what the state is saved as.
#[derive(Serialize, Deserialize)]
struct Saved {
    fired_to: i64,
    due: i64,
    panes: Vec<(i64, Vec<Entry>)>,
}

impl Panes {
    /// Windows of `size` that follow each other at `slide`.
    pub(crate) fn new(size: Ms, slide: Ms) -> Self {
        let (size, slide) = (size.get(), slide.get());
        let width = greatest_common_divisor(size, slide);
        Self {
            size,
            slide,
            windows: Spans::new(size, slide),
            own: Spans::new(width, width),
            open: Open::new(width),
            fired_to: i64::MIN,
            due: i64::MAX,
            window: KeyTable::default(),
            order: Vec::new(),
        }
    }

    /// Where the first window starts that holds records and hasn't fired.
    fn first_not_emitted(&mut self) -> Option<i64> {
        let (pane, _) = self.open.first()?;
        let with_pane = self.windows.of(pane)?.first_start;
        let fired = self.fired_to.checked_sub(self.size);
        let not_emitted = fired.map(|start| (start.div_euclid(self.slide) + 1).saturating_mul(self.slide));
        Some(not_emitted.map_or(with_pane, |start| start.max(with_pane)))
    }

    /// Adds up a window's panes and emits it.
    fn fire(
        &mut self,
        (start, end): (i64, i64),
        context: &mut Context,
        emit: &mut impl FnMut(Firing, &mut Context),
    ) {
        for (_, pane) in self.open.from(start).take_while(|(pane, _)| *pane < end) {
            for entry in pane.keys.entries() {
                self.window.merge(entry.key, &entry.aggregate);
            }
        }
        self.window.each_by_key(&mut self.order, |entry| {
            emit(entry.aggregate.firing((start, end), entry.key), context);
        });
        self.window.clear();
        self.fired_to = end;
    }

    /// Forgets the panes that begin before the next window does.
    fn forget_before(&mut self, start: i64, context: &mut Context) {
        while let Some((pane, state)) = self.open.first()
            && pane < start
        {
            context.release(state.keys.entries().len() as u64);
            self.open.close_first();
        }
    }

    fn settings(&self) -> String {
        format!("panes for windows of {} ms each {} ms", self.size, self.slide)
    }
}

impl<I: Into<Measured>> Operator<I> for Panes {
    type Out = Firing;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, _: &mut impl FnMut(Firing, &mut Context)) {
        let record: Measured = input.into();
        let (Some(windows), Some(pane)) = (self.windows.of(record.time_ms), self.own.of(record.time_ms))
        else {
            context.reject(OUT_OF_RANGE);
            return;
        };
        if windows.count == 0 {
            context.count_no_window();
            return;
        }
        let ends = (0..windows.count).map(|i| windows.first_start + i * self.slide + self.size);
        let mut first_kept = None;
        for end_ms in ends {
            if end_ms > context.late_to {
                first_kept = Some(end_ms);
                break;
            }
            context.drop_late(record.late(context.record, (end_ms - self.size, end_ms)));
            if context.failure().is_some() {
                return;
            }
        }
        let Some(first_kept) = first_kept else {
            context.count_late();
            return;
        };
        let place = self.open.find(pane.first_start, pane.first_number).unwrap_or_else(|| {
            self.due = self.due.min(first_kept);
            self.open.open(pane.first_start)
        });
        let (_, is_new) = self.open.window(place).keys.add(record.key, record.value);
        if is_new {
            context.hold(1);
        }
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        if context.complete_to < self.due {
            // Windows that nothing was in have fired too: a record that comes now is late for them.
            self.fired_to = context.complete_to;
            return;
        }
        self.due = loop {
            let Some(start) = self.first_not_emitted() else { break i64::MAX };
            let end = start.saturating_add(self.size);
            if end > context.complete_to {
                break end;
            }
            self.fire((start, end), context, emit);
            self.forget_before(start.saturating_add(self.slide), context);
        };
        self.fired_to = context.complete_to;
    }

    fn save(&self, out: &mut Vec<u8>) {
        let panes = self.open.from(i64::MIN).map(|(start, pane)| (start, pane.keys.entries().to_vec()));
        let saved = Saved { fired_to: self.fired_to, due: self.due, panes: panes.collect() };
        codec::save(&(self.settings(), saved), out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let (settings, saved): (String, Saved) = codec::restore("panes", bytes)?;
        codec::check_same("panes", &settings, &self.settings())?;
        self.open = Open::new(greatest_common_divisor(self.size, self.slide));
        (self.fired_to, self.due) = (saved.fired_to, saved.due);
        for (start, entries) in saved.panes {
            // All of its windows are within what a time can be, or no record had been taken.
            self.windows.of(start).ok_or_else(|| format!("a saved pane starts at {start} ms"))?;
            let place = self.open.reopen(start)?;
            self.open.window(place).keys = KeyTable::restored(entries)?;
        }
        Ok(())
    }

    fn mark_saved(&mut self) {
        self.open.mark_saved();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        codec::save(&(self.fired_to, self.due, self.open.changes()), out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let panes: OpenChanges;
        (self.fired_to, self.due, panes) = codec::restore("panes", bytes)?;
        let windows = &mut self.windows;
        // All of its windows are within what a time can be, or no record had been taken.
        self.open.apply(panes, |start_ms| windows.of(start_ms).is_some())
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_are_as_wide_as_size_and_slide_allow() {
        for (size, slide, width) in [(10, 10, 10), (60, 10, 10), (10, 4, 2), (7, 3, 1), (4, 10, 2)] {
            assert_eq!(greatest_common_divisor(size, slide), width, "{size} {slide}");
        }
    }
}
