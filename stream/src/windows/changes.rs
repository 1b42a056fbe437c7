//! Describes what has changed of open windows since they were saved.

use serde::{Deserialize, Serialize};

use super::{key_table::Entry, open::Open};

/// Describes what has changed of all open windows.
#[derive(Serialize, Deserialize)]
pub(super) struct OpenChanges {
    /// Where the earliest window starts; those before it were closed. `None`: all were.
    first_start_ms: Option<i64>,
    /// Those with changes, by start.
    windows: Vec<WindowChanges>,
}

/// Describes what has changed of a window.
#[derive(Serialize, Deserialize)]
struct WindowChanges {
    start_ms: i64,
    leading: u64,
    /// Says how many of its entries were saved; none of a window that was opened since.
    saved: usize,
    /// Those of them that have changed, by their position.
    changed: Vec<(u32, Entry)>,
    /// Those behind them.
    new: Vec<Entry>,
}

impl OpenChanges {
    /// Windows and keys of the entries whose rows have changed since rows were emitted last.
    pub(super) fn changed_rows(&self) -> impl Iterator<Item = (i64, u32)> {
        self.windows.iter().flat_map(|window| {
            let entries = window.changed.iter().map(|(_, entry)| entry).chain(&window.new);
            entries.filter(|entry| entry.is_changed).map(|entry| (window.start_ms, entry.key))
        })
    }
}

impl Open {
    /// All windows are saved as they are.
    pub(super) fn mark_saved(&mut self) {
        for (_, window) in self.all_mut() {
            window.keys.mark_saved();
        }
    }

    /// Returns what has changed since.
    pub(super) fn changes(&mut self) -> OpenChanges {
        let first_start_ms = self.first().map(|(start_ms, _)| start_ms);
        let mut windows = Vec::new();
        for (start_ms, window) in self.all_mut() {
            if window.keys.is_changed() {
                let leading = window.leading;
                let (saved, changed, new) = window.keys.take_changes();
                windows.push(WindowChanges { start_ms, leading, saved, changed, new });
            }
        }
        windows.sort_unstable_by_key(|window| window.start_ms);
        OpenChanges { first_start_ms, windows }
    }

    /// Takes changes; the error says why they can't be those of these windows. `is_start`: whether one may start there.
    pub(super) fn apply(
        &mut self,
        changes: OpenChanges,
        mut is_start: impl FnMut(i64) -> bool,
    ) -> Result<(), String> {
        let first_start_ms = changes.first_start_ms.unwrap_or(i64::MAX);
        while self.first().is_some_and(|(start_ms, _)| start_ms < first_start_ms) {
            self.close_first();
        }
        for WindowChanges { start_ms, leading, saved, changed, new } in changes.windows {
            let wrong = || format!("the saved changes of windows can't be right: the one at {start_ms} ms");
            if start_ms < first_start_ms || !is_start(start_ms) {
                return Err(wrong());
            }
            let place = self.find_or_open(start_ms).ok_or_else(wrong)?;
            let window = self.window(place);
            window.leading = leading;
            window.keys.apply(saved, &changed, &new).ok_or_else(wrong)?;
        }
        Ok(())
    }
}
