//! The aligned windows that are open, by their start.

use std::collections::BTreeMap;

use super::key_table::KeyTable;

/// Says how many windows are found without a search.
const RECENT: u8 = 64;

/// Open windows in the order of their starts; the recent ones are found at once.
#[derive(Debug, Clone)]
pub(super) struct Open {
    slide: i64,
    by_start: BTreeMap<i64, u32>,
    windows: Vec<OpenWindow>,
    /// Places in `windows` whose window was closed; they keep its memory for the next.
    free: Vec<u32>,
    /// By window number modulo the length: the start and place of the window asked for last.
    recent: [(i64, Option<u32>); RECENT as usize],
}

/// A window's state.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenWindow {
    pub(super) keys: KeyTable,
    /// Records that no window holds that ends before this one: if this one is never emitted, they never are.
    pub(super) leading: u64,
}

impl Open {
    /// No windows; they will start at multiples of `slide`.
    pub(super) fn new(slide: i64) -> Self {
        Self {
            slide,
            by_start: BTreeMap::new(),
            windows: Vec::new(),
            free: Vec::new(),
            recent: [(0, None); RECENT as usize],
        }
    }

    /// The place of the window that starts there, if it is open. `number`: its start over the slide.
    #[inline]
    pub(super) fn find(&mut self, start_ms: i64, number: i64) -> Option<u32> {
        match self.recent[recent(number)] {
            (start, Some(place)) if start == start_ms => Some(place),
            _ => self.search(start_ms, number),
        }
    }

    fn search(&mut self, start_ms: i64, number: i64) -> Option<u32> {
        let place = *self.by_start.get(&start_ms)?;
        self.recent[recent(number)] = (start_ms, Some(place));
        Some(place)
    }

    /// Opens the window that starts there, which must not be open.
    pub(super) fn open(&mut self, start_ms: i64) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.windows.push(OpenWindow::default());
            // Each open window holds an entry, and far fewer of those fit into memory.
            u32::try_from(self.windows.len() - 1).expect("fewer than 2^32 windows are open")
        });
        self.by_start.insert(start_ms, place);
        place
    }

    #[inline]
    pub(super) fn window(&mut self, place: u32) -> &mut OpenWindow {
        &mut self.windows[place as usize]
    }

    /// Start and state of the earliest window.
    pub(super) fn first(&self) -> Option<(i64, &OpenWindow)> {
        self.by_start.first_key_value().map(|(&start, &place)| (start, &self.windows[place as usize]))
    }

    /// The place of a window of a saved state, which is opened if it isn't; `None` if it can't be one of ours.
    pub(super) fn find_or_open(&mut self, start_ms: i64) -> Option<u32> {
        if start_ms % self.slide != 0 {
            return None;
        }
        let place = self.find(start_ms, start_ms / self.slide);
        Some(place.unwrap_or_else(|| self.open(start_ms)))
    }

    /// Opens a window of a saved state, in the order of their starts; the error says why it can't be one of ours.
    pub(super) fn reopen(&mut self, start_ms: i64) -> Result<u32, String> {
        let is_next = self.by_start.last_key_value().is_none_or(|(&last, _)| last < start_ms);
        if is_next && start_ms % self.slide == 0 {
            return Ok(self.open(start_ms));
        }
        Err(format!("the saved state of windows can't be right: one starts at {start_ms} ms"))
    }

    /// Forgets the earliest window.
    pub(super) fn close_first(&mut self) {
        let Some((start, place)) = self.by_start.pop_first() else { return };
        let kept = &mut self.recent[recent(start.div_euclid(self.slide))];
        if kept.0 == start {
            kept.1 = None;
        }
        let window = &mut self.windows[place as usize];
        window.keys.clear();
        window.leading = 0;
        self.free.push(place);
    }

    /// Starts and states of all windows, in any order.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = (i64, &mut OpenWindow)> {
        let mut start_of = vec![None; self.windows.len()];
        for (&start_ms, &place) in &self.by_start {
            start_of[place as usize] = Some(start_ms);
        }
        let windows = start_of.into_iter().zip(&mut self.windows);
        windows.filter_map(|(start_ms, window)| Some((start_ms?, window)))
    }

    /// Starts and states of the windows that start at `from` or later, in order.
    pub(super) fn from(&self, from: i64) -> impl Iterator<Item = (i64, &OpenWindow)> {
        self.by_start.range(from..).map(|(&start, &place)| (start, &self.windows[place as usize]))
    }
}

fn recent(number: i64) -> usize {
    number.rem_euclid(i64::from(RECENT)) as usize
}
