//! Takes in changes of tables whose rows have no key: equal rows are counted.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::columns::Columns;
use super::event::{Event, Op};
use super::facts::IllegalKind;
use super::fold::Fold;
use super::keys::KeyedBy;
use super::resolve::write_resolved;
use super::slots::Slot;

impl Fold {
    /// Takes in a change of a table whose rows have no key.
    pub(super) fn whole(&mut self, event: &Event, by: &KeyedBy, columns: &Columns) -> Result<(), String> {
        let takes = matches!(event.op, Op::Delete | Op::UpdateBefore | Op::Update);
        let gives = matches!(event.op, Op::Insert | Op::Read | Op::UpdateAfter | Op::Update);
        if event.op == Op::Upsert || (takes && !event.before.is_there) {
            let why = if event.op == Op::Upsert { "" } else { " without the row before it" };
            return Err(format!(
                "{}{why}, of a table without a key: name the columns of its key",
                event.op.with_article()
            ));
        }
        let (mut before, mut after) = (Vec::new(), Vec::new());
        if takes {
            self.encoder.write(&event.before, &mut before);
        }
        if gives {
            write_resolved(&mut self.encoder, event, None, &mut after);
        }
        let identity = (event.position.lsn, event.op.name(), event.table, &before, &after);
        if self.repeats.note(FixedState::default().hash_one(identity), event.position) {
            self.facts.repeats += 1;
            return Ok(());
        }
        self.facts.changes += 1;
        if takes {
            self.take_one(&before, event, by, columns);
        }
        if gives {
            self.give_one(&after, event, columns);
        }
        Ok(())
    }

    fn take_one(&mut self, row: &[u8], event: &Event, by: &KeyedBy, columns: &Columns) {
        let was_gone = self.slots.gone(row).is_some();
        let illegal = match self.slots.get_mut(row) {
            Some(slot) if slot.count > 1 => {
                slot.count -= 1;
                slot.changes += 1;
                None
            }
            Some(_) => {
                self.slots.remove(row, event.position, event.line);
                None
            }
            None if event.op != Op::Delete => Some(IllegalKind::UpdateOfAbsent),
            None if was_gone => Some(IllegalKind::DeleteTwice),
            None => Some(IllegalKind::DeleteOfAbsent),
        };
        if let Some(kind) = illegal {
            self.facts.note_illegal(kind, event.line, || by.show(row, columns));
        }
    }

    fn give_one(&mut self, row: &[u8], event: &Event, columns: &Columns) {
        if let Some(states) = &mut self.states {
            states.note(row, columns);
        }
        match self.slots.get_mut(row) {
            Some(slot) => {
                slot.count += 1;
                slot.changes += 1;
                slot.line = event.line;
            }
            None => self.slots.insert(row, Slot::new(event, row, self.order)),
        }
    }
}
