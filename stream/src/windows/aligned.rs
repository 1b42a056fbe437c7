//! Tumbling and sliding windows, each with its own state.

use serde::{Deserialize, Serialize};

use super::{
    Firing, Measured, Ms, OUT_OF_RANGE, OutputMode,
    changes::OpenChanges,
    key_table::{Entry, KeyTable},
    open::Open,
    spans::Spans,
};
use crate::{Context, Operator, runtime::codec};

/// Aggregates by window and key over tumbling or sliding windows.
#[derive(Debug, Clone)]
pub struct Aligned {
    size: i64,
    slide: i64,
    mode: OutputMode,
    spans: Spans,
    open: Open,
    /// Windows whose end is at most this have fired.
    fired_to: i64,
    /// Nothing is to be done before event time has come this far.
    due: i64,
    /// Rows that were changed since rows were emitted last, by window and key, in [`OutputMode::Update`].
    changed: Vec<(i64, u32)>,
    /// Says whether records have come since rows were emitted last.
    is_touched: bool,
    /// Room to sort keys in.
    order: Vec<u64>,
}

/// Describes what the state is saved as.
#[derive(Serialize, Deserialize)]
struct Saved {
    fired_to: i64,
    due: i64,
    is_touched: bool,
    windows: Vec<SavedWindow>,
}

#[derive(Serialize, Deserialize)]
struct SavedWindow {
    start_ms: i64,
    leading: u64,
    entries: Vec<Entry>,
}

/// Describes one of the windows that a record lies in.
#[derive(Clone, Copy)]
struct Slot {
    start_ms: i64,
    /// Counts windows from that of time 0.
    number: i64,
    /// It is the first of them that the record is kept in.
    is_first: bool,
}

impl Aligned {
    /// Windows of `size` that follow each other at `slide`; tumbling if that is the same. `mode` is append where
    /// records fire windows.
    pub fn new(size: Ms, slide: Ms, mode: OutputMode) -> Self {
        let (size, slide) = (size.get(), slide.get());
        Self {
            size,
            slide,
            mode,
            spans: Spans::new(size, slide),
            open: Open::new(slide),
            fired_to: i64::MIN,
            due: i64::MAX,
            changed: Vec::new(),
            is_touched: false,
            order: Vec::new(),
        }
    }

    /// Adds a record to one of its windows.
    #[inline]
    fn add(
        &mut self,
        record: Measured,
        slot: Slot,
        context: &mut Context,
        emit: &mut impl FnMut(Firing, &mut Context),
    ) {
        let Slot { start_ms, number, is_first } = slot;
        let end_ms = start_ms + self.size;
        let place = match self.open.find(start_ms, number) {
            Some(place) => place,
            None => self.open_window(start_ms, context),
        };
        let window = self.open.window(place);
        window.leading += u64::from(is_first);
        let (entry, is_new) = window.keys.add(record.key, record.value);
        if is_new {
            context.hold(1);
        }
        match self.mode {
            OutputMode::Append => {
                if context.fires_at_once && end_ms <= context.complete_to {
                    emit(entry.aggregate.firing((start_ms, end_ms), record.key), context);
                }
            }
            OutputMode::Update => {
                if !entry.is_changed {
                    entry.is_changed = true;
                    self.changed.push((start_ms, record.key));
                }
            }
            OutputMode::Complete => {}
        }
    }

    #[cold]
    fn open_window(&mut self, start_ms: i64, context: &Context) -> u32 {
        let end_ms = start_ms + self.size;
        let has_fired = context.fires_at_once && end_ms <= context.complete_to;
        self.due = self.due.min(if has_fired { end_ms.saturating_add(context.lateness_ms) } else { end_ms });
        self.open.open(start_ms)
    }

    /// Emits the windows that have become complete.
    fn fire(&mut self, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        let (size, from, order) = (self.size, self.not_emitted_from(), &mut self.order);
        for (start, window) in self.open.from(from) {
            let end = start + size;
            if end > context.complete_to {
                break;
            }
            window.keys.each_by_key(order, |entry| {
                emit(entry.aggregate.firing((start, end), entry.key), context);
            });
        }
        self.fired_to = context.complete_to;
    }

    /// Windows that start here or later haven't fired.
    fn not_emitted_from(&self) -> i64 {
        // One that starts `size` before `fired_to` ends there, and has.
        let fired = self.fired_to.checked_sub(self.size);
        fired.map_or(i64::MIN, |fired| fired + 1)
    }

    /// Emits the rows that were changed.
    fn update(&mut self, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        for &(start, key) in &changed {
            let number = start.div_euclid(self.slide);
            let Some(place) = self.open.find(start, number) else { continue };
            if let Some(entry) = self.open.window(place).keys.get_mut(key) {
                entry.is_changed = false;
                emit(entry.aggregate.firing((start, start + self.size), key), context);
            }
        }
        changed.clear();
        self.changed = changed;
    }

    /// Emits everything.
    fn complete(&mut self, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        if !std::mem::take(&mut self.is_touched) {
            return;
        }
        let (size, order) = (self.size, &mut self.order);
        for (start, window) in self.open.from(i64::MIN) {
            // Each row is kept again for each batch: without a limit that would fill any memory.
            context.hold(window.keys.entries().len() as u64);
            if context.failure().is_some() {
                return;
            }
            window.keys.each_by_key(order, |entry| {
                emit(entry.aggregate.firing((start, start + size), entry.key), context);
            });
        }
    }

    /// Forgets the windows that no record can reach any more, and sees when there is something to do again.
    fn forget(&mut self, context: &mut Context) {
        let forget_to = context.forget_to();
        while let Some((start, window)) = self.open.first() {
            if start + self.size > forget_to {
                break;
            }
            context.release(window.keys.entries().len() as u64);
            self.open.close_first();
        }
        let end = |(start, _): (i64, _)| start + self.size;
        let to_forget = self.open.first().map(|first| end(first).saturating_add(context.lateness_ms));
        let to_fire = self.open.from(self.not_emitted_from()).next().map(end);
        self.due = to_forget.into_iter().chain(to_fire).min().unwrap_or(i64::MAX);
    }

    fn settings(&self) -> String {
        let (size, slide) = (self.size, self.slide);
        format!("windows of {size} ms each {slide} ms, {}", self.mode)
    }
}

impl<I: Into<Measured>> Operator<I> for Aligned {
    type Out = Firing;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        let record: Measured = input.into();
        let Some(span) = self.spans.of(record.time_ms) else {
            context.reject(OUT_OF_RANGE);
            return;
        };
        self.is_touched = true;
        if span.count == 0 {
            context.count_no_window();
            return;
        }
        let mut kept = 0;
        for i in 0..span.count {
            let start_ms = span.first_start + i * self.slide;
            let end_ms = start_ms + self.size;
            if end_ms <= context.late_to && self.mode != OutputMode::Complete {
                context.drop_late(record.late(context.record, (start_ms, end_ms)));
            } else {
                let slot = Slot { start_ms, number: span.first_number + i, is_first: kept == 0 };
                self.add(record, slot, context, emit);
                kept += 1;
            }
            // With many windows a record, one record alone could overrun the limit.
            if span.count > 1 && context.failure().is_some() {
                return;
            }
        }
        if kept == 0 {
            context.count_late();
        }
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Firing, &mut Context)) {
        match self.mode {
            // Windows that nothing was in have fired too: a record that comes now fires them at once.
            OutputMode::Append if context.complete_to < self.due => self.fired_to = context.complete_to,
            OutputMode::Append => {
                self.fire(context, emit);
                self.forget(context);
            }
            OutputMode::Update => {
                self.update(context, emit);
                self.forget(context);
            }
            OutputMode::Complete => self.complete(context, emit),
        }
    }

    fn close(&mut self, context: &mut Context) {
        // In the other modes each row was emitted with the batch that changed it.
        if self.mode == OutputMode::Append {
            let not_emitted = self.open.from(self.not_emitted_from());
            context.count_not_emitted(not_emitted.map(|(_, window)| window.leading).sum());
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        let windows = self.open.from(i64::MIN).map(|(start_ms, window)| SavedWindow {
            start_ms,
            leading: window.leading,
            entries: window.keys.entries().to_vec(),
        });
        let saved = Saved {
            fired_to: self.fired_to,
            due: self.due,
            is_touched: self.is_touched,
            windows: windows.collect(),
        };
        codec::save(&(self.settings(), saved), out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let (settings, saved): (String, Saved) = codec::restore("windows", bytes)?;
        codec::check_same("windows", &settings, &self.settings())?;
        self.open = Open::new(self.slide);
        self.changed.clear();
        (self.fired_to, self.due, self.is_touched) = (saved.fired_to, saved.due, saved.is_touched);
        for SavedWindow { start_ms, leading, entries } in saved.windows {
            // Its end must be within what a time can be, or no record had been taken.
            self.spans.of(start_ms).ok_or_else(|| format!("a saved window starts at {start_ms} ms"))?;
            let changed = entries.iter().filter(|entry| entry.is_changed);
            self.changed.extend(changed.map(|entry| (start_ms, entry.key)));
            let place = self.open.reopen(start_ms)?;
            let window = self.open.window(place);
            window.leading = leading;
            window.keys = KeyTable::restored(entries)?;
        }
        Ok(())
    }

    fn mark_saved(&mut self) {
        self.open.mark_saved();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        codec::save(&(self.fired_to, self.due, self.is_touched, self.open.changes()), out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let windows: OpenChanges;
        (self.fired_to, self.due, self.is_touched, windows) = codec::restore("windows", bytes)?;
        self.changed.extend(windows.changed_rows());
        let spans = &mut self.spans;
        // Its end must be within what a time can be, or no record had been taken.
        self.open.apply(windows, |start_ms| spans.of(start_ms).is_some())?;
        // Some rows that were noted have been emitted since, some windows are gone.
        let (open, slide) = (&mut self.open, self.slide);
        let mut is_changed = |&(start_ms, key): &(i64, u32)| {
            let place = open.find(start_ms, start_ms.div_euclid(slide));
            place.and_then(|place| open.window(place).keys.get(key)).is_some_and(|entry| entry.is_changed)
        };
        self.changed.retain(&mut is_changed);
        self.changed.sort_unstable();
        self.changed.dedup();
        Ok(())
    }
}
