//! The rows of the truth and of the served answer, side by side.

use datasets::{Cell, Cells, Keys, Table};

use super::{
    Moment, Now,
    claims::Claims,
    names::{Name, Names},
};

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

    fn is_served(self) -> bool {
        matches!(self, Self::Right | Self::Changed | Self::Extra)
    }
}

/// A key that the truth or the served answer has had a row of.
#[derive(Debug)]
struct Entry {
    /// Its key, and the value that is served.
    name: Name,
    /// When the two last became equal.
    right_ms: i64,
    /// The end of its window; [`Entry::NO_END`] where it has none.
    end_ms: i64,
    /// The number of the true row in the growing answer, also once it is gone.
    row: u32,
    /// Of a wrong row the first point that sees it so.
    wrong_from: u32,
}

/// Holds what an arrival needs of a key, apart from the rest, so that it lies close together.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// When the true row last changed.
    changed_ms: i64,
    state: State,
}

impl Entry {
    /// No window of a record that the reference takes ends so early: it would hold no time.
    const NO_END: i64 = i64::MIN;

    fn new(row: u32, name: Name, end_ms: Option<i64>) -> Self {
        let end_ms = end_ms.unwrap_or(Self::NO_END);
        Self { name, right_ms: 0, end_ms, row, wrong_from: 0 }
    }

    fn end_ms(&self) -> Option<i64> {
        Some(self.end_ms).filter(|&end_ms| end_ms != Self::NO_END)
    }
}

/// All keys that either side has had a row of.
pub(super) struct Rows {
    columns: Table,
    /// The place of the end of a row's window among its columns.
    end_column: Option<usize>,
    names: Names,
    /// By the number of the name.
    entries: Vec<Entry>,
    /// By the same.
    standings: Vec<Standing>,
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
        let room = columns.columns[columns.key_columns..].iter().map(|column| room(&column.cells)).sum();
        Self {
            end_column: names.iter().position(is_end),
            columns,
            names: Names::new(room),
            entries: Vec::new(),
            standings: Vec::new(),
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

    /// Returns how many keys are in this state; of those with no row at all, nobody keeps count.
    pub(super) fn count(&self, state: State) -> u64 {
        self.counts[state as usize]
    }

    pub(super) fn wrong(&self) -> u64 {
        self.count(State::Missing) + self.count(State::Changed) + self.count(State::Extra)
    }

    /// A row of the growing answer isn't as it was.
    pub(super) fn touch<R>(&mut self, row: u32, now: &Now<'_, R>) {
        let place = match self.places.get(row as usize) {
            Some(&place) if place != NONE => place,
            _ => self.enter(row, now),
        };
        let standing = &mut self.standings[place as usize];
        standing.changed_ms = now.moment.now_ms;
        let before = standing.state;
        let state = match (now.growing.has(row), before) {
            (true, State::Missing) => return,
            (true, State::Absent) => State::Missing,
            // It has another value than before, when it was equal.
            (true, State::Right) => State::Changed,
            (true, State::Changed | State::Extra) => self.compared(place, now),
            (false, before) if before.is_served() => State::Extra,
            (false, _) => State::Absent,
        };
        self.set(place, state, now.moment);
    }

    /// Serves a row and returns its place.
    pub(super) fn put<R>(&mut self, key: &[u8], value: &[u8], now: &Now<'_, R>) -> u32 {
        let entries = &self.entries;
        let (place, hash) = self.names.find(key, |place| entries[place as usize].name);
        let place = place.unwrap_or_else(|| {
            let end_ms = self.end_of(key, now.keys);
            self.push(NONE, key, hash, end_ms)
        });
        let entry = &mut self.entries[place as usize];
        let before = self.standings[place as usize].state;
        if before.is_served() && self.names.value(entry.name) == value {
            return place;
        }
        self.names.set_value(&mut entry.name, value);
        let is_true = matches!(before, State::Right | State::Missing | State::Changed);
        let state = if is_true { self.compared(place, now) } else { State::Extra };
        self.set(place, state, now.moment);
        place
    }

    /// Serves no row of this key any more.
    pub(super) fn delete(&mut self, key: &[u8], moment: Moment) {
        let entries = &self.entries;
        if let (Some(place), _) = self.names.find(key, |place| entries[place as usize].name) {
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
        let state = match self.standings[place as usize].state {
            State::Extra | State::Absent => State::Absent,
            State::Right | State::Changed | State::Missing => State::Missing,
        };
        self.set(place, state, moment);
    }

    /// Moves the served watermark and returns how many wrong rows it claims to be complete.
    pub(super) fn claim(&mut self, watermark_ms: Option<i64>) -> u64 {
        self.claims.claim(watermark_ms)
    }

    /// Returns how long the true rows that are right took to be so, and how many aren't.
    pub(super) fn until_right(&self) -> (Vec<u64>, u64) {
        let right = self.both().filter(|(_, standing)| standing.state == State::Right);
        let durations = right.map(|(entry, standing)| entry.right_ms.abs_diff(standing.changed_ms)).collect();
        (durations, self.count(State::Missing) + self.count(State::Changed))
    }

    /// Returns for each row that is wrong for good the first point that sees it.
    pub(super) fn wrong_for_good(&self) -> impl Iterator<Item = u32> {
        let is_open = |entry: &Entry| {
            self.claims.is_made() && entry.end_ms().is_some_and(|end_ms| !self.claims.has_passed(end_ms))
        };
        let wrong = self.both().filter(|(_, standing)| standing.state.is_wrong());
        wrong.filter(move |&(entry, _)| !is_open(entry)).map(|(entry, _)| entry.wrong_from)
    }

    fn both(&self) -> impl Iterator<Item = (&Entry, &Standing)> {
        self.entries.iter().zip(&self.standings)
    }

    /// Enters a row of the growing answer that is new.
    fn enter<R>(&mut self, row: u32, now: &Now<'_, R>) -> u32 {
        self.cells.clear();
        now.growing.key(row, &mut self.cells);
        let mut key = std::mem::take(&mut self.bytes);
        key.clear();
        self.cells.iter().for_each(|cell| cell.write(now.keys, &mut key));
        let entries = &self.entries;
        let (place, hash) = self.names.find(&key, |place| entries[place as usize].name);
        let place = place.unwrap_or_else(|| {
            let end_ms = self.end_column.and_then(|column| int(self.cells[column]));
            self.push(row, &key, hash, end_ms)
        });
        self.bytes = key;
        self.entries[place as usize].row = row;
        if self.places.len() <= row as usize {
            self.places.resize(row as usize + 1, NONE);
        }
        self.places[row as usize] = place;
        place
    }

    fn push(&mut self, row: u32, key: &[u8], hash: u64, end_ms: Option<i64>) -> u32 {
        let place = self.entries.len() as u32;
        let name = self.names.push(key, hash, place);
        self.entries.push(Entry::new(row, name, end_ms));
        self.standings.push(Standing { changed_ms: 0, state: State::Absent });
        place
    }

    /// Compares the true row with the one that is served.
    fn compared<R>(&mut self, place: u32, now: &Now<'_, R>) -> State {
        let Entry { row, name, .. } = self.entries[place as usize];
        self.cells.clear();
        now.growing.value(row, &mut self.cells);
        self.bytes.clear();
        self.cells.iter().for_each(|cell| cell.write(now.keys, &mut self.bytes));
        if self.bytes == self.names.value(name) { State::Right } else { State::Changed }
    }

    fn set(&mut self, place: u32, state: State, moment: Moment) {
        let before = std::mem::replace(&mut self.standings[place as usize].state, state);
        if before == state {
            return;
        }
        let entry = &mut self.entries[place as usize];
        self.counts[before as usize] = self.counts[before as usize].wrapping_sub(1);
        self.counts[state as usize] = self.counts[state as usize].wrapping_add(1);
        if state == State::Right {
            entry.right_ms = moment.now_ms;
        }
        match (before.is_wrong(), state.is_wrong()) {
            (false, true) => {
                entry.wrong_from = moment.next_point;
                entry.end_ms().into_iter().for_each(|end_ms| self.claims.add(end_ms));
            }
            (true, false) => entry.end_ms().into_iter().for_each(|end_ms| self.claims.remove(end_ms)),
            (false, false) | (true, true) => {}
        }
    }

    /// The end of the window of a row that isn't true: of one whose bytes are no key, there is none.
    fn end_of(&self, key: &[u8], keys: &Keys) -> Option<i64> {
        let column = self.end_column?;
        let names = self.columns.columns[..self.columns.key_columns].to_vec();
        let like = Table::new(self.columns.key_columns, names);
        let read = Table::from_row_bytes(&like, [(key, &[][..])], keys).ok()?;
        int(read.columns[column].cells.cell(0))
    }
}

fn int(cell: Cell) -> Option<i64> {
    match cell {
        Cell::Int(number) => Some(number),
        Cell::Wide(_) | Cell::Maybe(_) | Cell::Text(_) => None,
    }
}

/// The bytes that a cell takes, or about so many.
fn room(cells: &Cells) -> usize {
    match cells {
        Cells::Int(_) => 8,
        Cells::Maybe(_) => 9,
        Cells::Wide(_) | Cells::Text(_) | Cells::Written(_) => 16,
    }
}
