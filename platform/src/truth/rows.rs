//! The rows of the truth and of the served answer, side by side.

use datasets::{Cell, Cells, Keys, Table};

use super::{Moment, Now, claims::Claims};

/// Stands for "no row".
const NONE: u32 = u32::MAX;

/// How a key's two rows stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Neither side has a row.
    Absent,
    /// Both sides have the same row.
    Right,
    /// There is a true row, and none is served.
    Missing,
    /// The two differ.
    Changed,
    /// A row is served, and none is true.
    Extra,
}

impl State {
    fn is_wrong(self) -> bool {
        matches!(self, Self::Missing | Self::Changed | Self::Extra)
    }
}

/// A key that the truth or the served answer has had a row of.
struct Entry {
    /// The number of the true row in the growing answer, also once it is gone.
    row: u32,
    state: State,
    /// Its value as it is served; empty where it isn't.
    served: Vec<u8>,
    is_served: bool,
    /// When the true row last changed.
    changed_ms: i64,
    /// When the two last became equal.
    right_ms: i64,
    /// Of a wrong row the first point that sees it so.
    wrong_from: u32,
    /// The end of its window, where it has one.
    end_ms: Option<i64>,
}

impl Entry {
    fn new(row: u32, end_ms: Option<i64>) -> Self {
        let served = Vec::new();
        Self {
            row,
            state: State::Absent,
            served,
            is_served: false,
            changed_ms: 0,
            right_ms: 0,
            wrong_from: 0,
            end_ms,
        }
    }
}

/// All keys that either side has had a row of.
pub(super) struct Rows {
    columns: Table,
    /// The place of the end of a row's window among its columns.
    end_column: Option<usize>,
    /// The keys' bytes; the number of each is its place in `entries`.
    names: Keys,
    entries: Vec<Entry>,
    /// The place of each row of the growing answer in `entries`.
    places: Vec<u32>,
    counts: [u64; 5],
    claims: Claims,
    cells: Vec<Cell>,
    bytes: Vec<u8>,
}

impl Rows {
    pub(super) fn new(columns: Table) -> Self {
        let names = &columns.columns[..columns.key_columns];
        let is_end = |column: &datasets::TableColumn| {
            column.name.ends_with("_end_ms") && matches!(column.cells, Cells::Int(_))
        };
        Self {
            end_column: names.iter().position(is_end),
            columns,
            names: Keys::default(),
            entries: Vec::new(),
            places: Vec::new(),
            counts: [0; 5],
            claims: Claims::default(),
            cells: Vec::new(),
            bytes: Vec::new(),
        }
    }

    pub(super) fn columns(&self) -> &Table {
        &self.columns
    }

    /// Returns how many keys are in this state; of those in none, nobody keeps count.
    pub(super) fn count(&self, state: State) -> u64 {
        self.counts[state as usize]
    }

    pub(super) fn wrong(&self) -> u64 {
        self.count(State::Missing) + self.count(State::Changed) + self.count(State::Extra)
    }

    /// A row of the growing answer has been made, changed or ended.
    pub(super) fn touch<R>(&mut self, row: u32, now: &Now<'_, R>) {
        let place = match self.places.get(row as usize) {
            Some(&place) if place != NONE => place,
            _ => self.enter(row, now),
        };
        let state = self.state_of(place, now);
        self.entries[place as usize].changed_ms = now.moment.now_ms;
        self.set(place, state, now.moment);
    }

    /// Serves a row and returns its place.
    pub(super) fn put<R>(&mut self, key: &[u8], value: &[u8], now: &Now<'_, R>) -> u32 {
        let place = self.names.intern(key);
        if place as usize == self.entries.len() {
            let end_ms = self.end_of(key, now.keys);
            self.entries.push(Entry::new(NONE, end_ms));
        }
        let entry = &mut self.entries[place as usize];
        if entry.is_served && entry.served == value {
            return place;
        }
        entry.is_served = true;
        entry.served.clear();
        entry.served.extend_from_slice(value);
        let state = self.state_of(place, now);
        self.set(place, state, now.moment);
        place
    }

    /// Serves no row of this key any more.
    pub(super) fn delete(&mut self, key: &[u8], moment: Moment) {
        if let Some(place) = self.names.number(key) {
            self.withdraw(place, moment);
        }
    }

    /// Serves no row any more but for those in these places.
    pub(super) fn keep_only(&mut self, kept: Vec<u32>, moment: Moment) {
        let mut is_kept = vec![false; self.entries.len()];
        for place in kept {
            is_kept[place as usize] = true;
        }
        for (place, is_kept) in (0..).zip(is_kept) {
            if !is_kept {
                self.withdraw(place, moment);
            }
        }
    }

    fn withdraw(&mut self, place: u32, moment: Moment) {
        let entry = &mut self.entries[place as usize];
        if !std::mem::replace(&mut entry.is_served, false) {
            return;
        }
        entry.served.clear();
        let state = if entry.state == State::Extra { State::Absent } else { State::Missing };
        self.set(place, state, moment);
    }

    /// Moves the served watermark and returns how many wrong rows it claims to be complete.
    pub(super) fn claim(&mut self, watermark_ms: Option<i64>) -> u64 {
        self.claims.claim(watermark_ms)
    }

    /// Returns how long the true rows that are right took to be so, and how many aren't.
    pub(super) fn until_right(&self) -> (Vec<u64>, u64) {
        let right = self.entries.iter().filter(|entry| entry.state == State::Right);
        let durations = right.map(|entry| entry.right_ms.abs_diff(entry.changed_ms)).collect();
        (durations, self.count(State::Missing) + self.count(State::Changed))
    }

    /// Returns for each row that is wrong for good the first point that sees it.
    pub(super) fn wrong_for_good(&self) -> impl Iterator<Item = u32> {
        let is_open = |entry: &Entry| {
            self.claims.is_made() && entry.end_ms.is_some_and(|end_ms| !self.claims.has_passed(end_ms))
        };
        let wrong = self.entries.iter().filter(|entry| entry.state.is_wrong());
        wrong.filter(move |&entry| !is_open(entry)).map(|entry| entry.wrong_from)
    }

    /// Enters a row of the growing answer that is new.
    fn enter<R>(&mut self, row: u32, now: &Now<'_, R>) -> u32 {
        self.cells.clear();
        now.growing.key(row, &mut self.cells);
        self.bytes.clear();
        for cell in &self.cells {
            cell.write(now.keys, &mut self.bytes);
        }
        let place = self.names.intern(&self.bytes);
        if place as usize == self.entries.len() {
            let end_ms = self.end_column.and_then(|column| match self.cells[column] {
                Cell::Int(end_ms) => Some(end_ms),
                Cell::Wide(_) | Cell::Maybe(_) | Cell::Text(_) => None,
            });
            self.entries.push(Entry::new(row, end_ms));
        }
        self.entries[place as usize].row = row;
        if self.places.len() <= row as usize {
            self.places.resize(row as usize + 1, NONE);
        }
        self.places[row as usize] = place;
        place
    }

    fn state_of<R>(&mut self, place: u32, now: &Now<'_, R>) -> State {
        let entry = &self.entries[place as usize];
        self.cells.clear();
        let is_true = entry.row != NONE && now.growing.value(entry.row, &mut self.cells);
        match (is_true, entry.is_served) {
            (false, false) => State::Absent,
            (false, true) => State::Extra,
            (true, false) => State::Missing,
            (true, true) => {
                self.bytes.clear();
                for cell in &self.cells {
                    cell.write(now.keys, &mut self.bytes);
                }
                if self.bytes == entry.served { State::Right } else { State::Changed }
            }
        }
    }

    fn set(&mut self, place: u32, state: State, moment: Moment) {
        let entry = &mut self.entries[place as usize];
        let before = std::mem::replace(&mut entry.state, state);
        if before == state {
            return;
        }
        self.counts[before as usize] = self.counts[before as usize].wrapping_sub(1);
        self.counts[state as usize] = self.counts[state as usize].wrapping_add(1);
        if state == State::Right {
            entry.right_ms = moment.now_ms;
        }
        match (before.is_wrong(), state.is_wrong()) {
            (false, true) => {
                entry.wrong_from = moment.next_point;
                entry.end_ms.into_iter().for_each(|end_ms| self.claims.add(end_ms));
            }
            (true, false) => entry.end_ms.into_iter().for_each(|end_ms| self.claims.remove(end_ms)),
            (false, false) | (true, true) => {}
        }
    }

    /// The end of the window of a row that isn't true: of one whose bytes are no key, there is none.
    fn end_of(&self, key: &[u8], keys: &Keys) -> Option<i64> {
        let column = self.end_column?;
        let names = self.columns.columns[..self.columns.key_columns].to_vec();
        let like = Table::new(self.columns.key_columns, names);
        let read = Table::from_row_bytes(&like, [(key, &[][..])], keys).ok()?;
        match read.columns[column].cells.cell(0) {
            Cell::Int(end_ms) => Some(end_ms),
            Cell::Wide(_) | Cell::Maybe(_) | Cell::Text(_) => None,
        }
    }
}
