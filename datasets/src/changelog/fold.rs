//! Makes a table of changes, and notes those that can't be.

use std::collections::HashMap;

use super::columns::Columns;
use super::encoded::Encoder;
use super::event::{Event, Op, Position};
use super::facts::{ChangelogFacts, IllegalKind, MostChanged, TransientRow};
use super::form::{ChangelogForm, Remember};
use super::keys::KeyedBy;
use super::repeats::Repeats;
use super::resolve::write_resolved;
use super::slots::{Slot, Slots};
use super::states::States;

/// A table on its way through its changes.
#[derive(Debug, Default)]
pub(super) struct Fold {
    pub(super) facts: ChangelogFacts,
    pub(super) slots: Slots,
    key_names: Vec<String>,
    by: Option<KeyedBy>,
    remember: Option<Remember>,
    pub(super) states: Option<States>,
    pub(super) repeats: Repeats,
    /// The rows of keys that were deleted because they change, by the keys that they will have.
    moved: HashMap<Vec<u8>, Box<[u8]>>,
    /// The last truncation of each table.
    truncated: HashMap<u16, Position>,
    most_changed: (u64, Vec<u8>),
    pub(super) encoder: Encoder,
    key: Vec<u8>,
    row: Vec<u8>,
    /// The key that was deleted in the change before, whose tombstone says nothing new.
    just_deleted: Option<Vec<u8>>,
    /// The key of a row that was taken back in the change before though it wasn't there.
    just_lacking: Option<Vec<u8>>,
    pub(super) order: u64,
}

impl Fold {
    pub(super) fn new(form: &ChangelogForm) -> Self {
        Self { key_names: form.key.clone(), remember: form.remember.clone(), ..Self::default() }
    }

    /// Takes in a change; the error says what is wrong with it.
    pub(super) fn apply(&mut self, event: &mut Event, columns: &mut Columns) -> Result<(), String> {
        self.facts.events += 1;
        *self.facts.by_op.entry(event.op.name()).or_default() += 1;
        self.order += 1;
        match event.op {
            Op::Message => return Ok(()),
            Op::Truncate => {
                self.truncate(event);
                return Ok(());
            }
            // Of a table without a key.
            Op::Tombstone if !event.key.is_there && !event.before.is_there => return Ok(()),
            _ => {}
        }
        if self.by.is_none() {
            self.by = Some(KeyedBy::of(event, &self.key_names, columns)?);
            self.states = self.remember.as_ref().map(States::new);
        }
        let Some(by) = self.by.take() else { return Ok(()) };
        let done = match by {
            KeyedBy::Whole => self.whole(event, &by, columns),
            _ => self.keyed(event, &by, columns),
        };
        self.by = Some(by);
        done
    }

    /// Empties a table, unless that was told before: what came since must stay.
    fn truncate(&mut self, event: &Event) {
        let last = self.truncated.get(&event.table).copied().unwrap_or_default();
        if is_again(event.position, last) {
            self.facts.repeats += 1;
            return;
        }
        self.truncated.insert(event.table, event.position);
        self.facts.changes += self.slots.truncate(event.table, event.position);
    }

    fn keyed(&mut self, event: &mut Event, by: &KeyedBy, columns: &Columns) -> Result<(), String> {
        let mut key = std::mem::take(&mut self.key);
        by.write(event, columns, &mut key)?;
        let just_deleted = self.just_deleted.take();
        if event.op == Op::Tombstone {
            if just_deleted.as_deref() != Some(&key[..]) && !self.is_left_over(&key, event) {
                self.facts.changes +=
                    u64::from(self.slots.remove(&key, event.position, event.line).is_some());
            }
        } else if self.is_repeat(&key, event) {
            self.facts.repeats += 1;
        } else {
            self.change(&key, event, by, columns);
        }
        if event.op == Op::Delete {
            self.just_deleted = Some(key.clone());
        }
        self.key = key;
        Ok(())
    }

    /// Returns whether a change was there before.
    fn is_repeat(&self, key: &[u8], event: &Event) -> bool {
        let known = self.slots.get(key).map(|slot| slot.position);
        let known = known.or_else(|| self.slots.gone(key).map(|gone| gone.position));
        event.op != Op::Read && known.is_some_and(|known| is_again(event.position, known))
    }

    /// Returns whether a tombstone is of another run than its row: what is left of a deletion that was sent again.
    fn is_left_over(&self, key: &[u8], event: &Event) -> bool {
        let run = self.slots.get(key).map_or(0, |slot| slot.position.run);
        run != 0 && event.position.run != 0 && run != event.position.run
    }

    fn change(&mut self, key: &[u8], event: &mut Event, by: &KeyedBy, columns: &Columns) {
        let illegal = match event.op {
            Op::UpdateBefore => self.take_back(key, event),
            Op::Delete => self.delete(key, event, by),
            _ => self.put(key, event, by, columns),
        };
        if let Some(kind) = illegal {
            self.facts.note_illegal(kind, event.line, || by.show(key, columns));
        }
        let gone = || self.slots.gone(key).map_or(0, |gone| gone.changes);
        let changes = self.slots.get(key).map_or_else(gone, |slot| slot.changes);
        if changes > self.most_changed.0 {
            self.most_changed.0 = changes;
            if self.most_changed.1 != key {
                self.most_changed.1 = key.to_vec();
            }
        }
    }

    /// Puts the row after a change where it belongs; returns what is wrong with that.
    fn put(&mut self, key: &[u8], event: &mut Event, by: &KeyedBy, columns: &Columns) -> Option<IllegalKind> {
        for &column in by.columns() {
            if event.after.field(column).is_none()
                && let Some(field) = event.key.field(column)
            {
                event.after.push(column, field.kind, field.text);
            }
        }
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        let moved = if event.other_key.is_there { self.moved.remove(key) } else { None };
        let old = self.slots.get(key).map(|slot| &*slot.row).or(moved.as_deref());
        write_resolved(&mut self.encoder, event, old, &mut row);
        if let Some(states) = &mut self.states {
            states.note(&row, columns);
        }
        let was_lacking = self.just_lacking.take().is_some_and(|lacking| lacking == key);
        let illegal = if let Some(slot) = self.slots.get_mut(key) {
            let lives = !slot.is_taken_back;
            let is_same = *slot.row == row[..];
            let is_again = event.op == Op::Read && lives;
            let is_change = !(is_again && is_same);
            self.facts.snapshot_again += u64::from(is_again);
            self.facts.unchanged += u64::from(is_same && !is_again);
            self.facts.changes += u64::from(is_change);
            slot.update(event, &row, is_change);
            (event.op == Op::Insert && lives).then_some(IllegalKind::InsertOfLiving)
        } else {
            self.facts.changes += 1;
            self.slots.insert(key, Slot::new(event, &row, self.order));
            let needs = matches!(event.op, Op::Update | Op::UpdateAfter) && !was_lacking;
            needs.then_some(IllegalKind::UpdateOfAbsent)
        };
        self.row = row;
        illegal
    }

    fn delete(&mut self, key: &[u8], event: &Event, by: &KeyedBy) -> Option<IllegalKind> {
        self.facts.changes += 1;
        let was_gone = self.slots.gone(key).is_some();
        let Some(slot) = self.slots.remove(key, event.position, event.line) else {
            self.facts.changes -= 1;
            return Some(if was_gone { IllegalKind::DeleteTwice } else { IllegalKind::DeleteOfAbsent });
        };
        let was_taken_back = slot.is_taken_back;
        if event.other_key.is_there {
            let mut new = Vec::new();
            by.write_cells(&event.other_key, &mut new);
            self.moved.insert(new, slot.row);
        }
        was_taken_back.then_some(IllegalKind::DeleteTwice)
    }

    /// Takes a row back that is about to be another.
    fn take_back(&mut self, key: &[u8], event: &Event) -> Option<IllegalKind> {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        self.encoder.write(&event.before, &mut row);
        let illegal = if let Some(slot) = self.slots.get_mut(key).filter(|slot| !slot.is_taken_back) {
            slot.is_taken_back = true;
            slot.line = event.line;
            (*slot.row != row[..]).then_some(IllegalKind::OtherTakenBack)
        } else {
            self.just_lacking = Some(key.to_vec());
            Some(IllegalKind::UpdateOfAbsent)
        };
        self.row = row;
        illegal
    }

    /// Ends the fold: what is left is the table.
    pub(super) fn finish(&mut self, columns: &Columns) -> Vec<Slot> {
        let slots = std::mem::take(&mut self.slots);
        let facts = &mut self.facts;
        facts.keys = slots.len() as u64 + slots.transient();
        facts.transient = slots.transient();
        facts.has_forgotten = slots.has_forgotten;
        if let Some(by) = &self.by {
            let name =
                |(key, line): &(Box<[u8]>, u64)| TransientRow { line: *line, key: by.show(key, columns) };
            facts.some_transient = slots.named_gone().iter().map(name).collect();
        }
        let mut rows = slots.into_rows();
        let before = rows.len();
        rows.retain(|slot| !slot.is_taken_back);
        facts.transient += (before - rows.len()) as u64;
        facts.rows = rows.iter().map(|slot| u64::from(slot.count)).sum();
        if facts.keys > 0 {
            facts.changes_per_row = facts.changes as f64 / facts.keys as f64;
        }
        let (changes, key) = &self.most_changed;
        if let (Some(by), true) = (&self.by, *changes > 0) {
            facts.most_changed = Some(MostChanged { key: by.show(key, columns), changes: *changes });
        }
        rows
    }

    /// Takes out the states that were remembered.
    pub(super) fn take_states(&mut self) -> Option<States> {
        self.states.take()
    }

    /// Returns whether rows have no key.
    pub(super) fn is_whole(&self) -> bool {
        self.by == Some(KeyedBy::Whole)
    }
}

impl Slot {
    pub(super) fn new(event: &Event, row: &[u8], order: u64) -> Self {
        Self {
            row: row.into(),
            order,
            line: event.line,
            position: position_of(event),
            changes: 1,
            table: event.table,
            count: 1,
            is_taken_back: false,
        }
    }

    fn update(&mut self, event: &Event, row: &[u8], is_change: bool) {
        if *self.row != *row {
            self.row = row.into();
        }
        self.line = event.line;
        self.changes += u64::from(is_change);
        self.table = event.table;
        self.is_taken_back = false;
        if event.op != Op::Read {
            self.position = event.position;
        }
    }
}

/// Returns whether a change is one that another run of the connector has sent, or one before it of the same row. The place in
/// the log rises with each change of a row, until the database begins another log, which a later time tells.
fn is_again(position: Position, known: Position) -> bool {
    let is_other_run = position.run != known.run || known.run == 0;
    let is_behind = position.lsn.zip(known.lsn).is_some_and(|(lsn, known)| lsn <= known);
    is_other_run && is_behind && position.committed <= known.committed
}

/// Returns where a row's change stands. That of a snapshot's row is where the log was then, which the next change may be, too.
fn position_of(event: &Event) -> Position {
    if event.op == Op::Read { Position::default() } else { event.position }
}
