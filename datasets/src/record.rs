//! Record types: one small struct per shape of data, so that job code reads naturally (`item.size`).

use serde::{Deserialize, Serialize};

use crate::{
    column::{Column, ColumnKind, EVENT_TIME, ID, KEY, PARTITION, SIDE, SIZE, Side, VALUE},
    copies::CopyKeys,
    decode::Decode,
    keys::Keys,
};

/// Is what a job is fed, one after the other: a [`Line`](crate::Line), or a [`Typed`] record.
///
/// The two ways in which a row becomes a record are this crate's own, so no other crate implements this but by `Typed`.
pub trait Record: Decode + Copy + Send + Sync + 'static {
    /// Returns what the orders *ascending* and *descending* sort by.
    fn sort_key(&self) -> u64;

    /// Returns when it happened, in milliseconds since the Unix epoch; nothing where it doesn't say.
    fn event_time_ms(&self) -> Option<i64> {
        None
    }

    /// Returns the bytes of these records where they stand one behind the other as lines of a data file, each with its end;
    /// nothing where that isn't known.
    fn lines<'a>(_: &[Self], _: &'a Keys) -> Option<&'a [u8]> {
        None
    }

    /// Returns a copy of it with other keys, those of `keys` for each column of its key; nothing where it has no key, or where
    /// there is no way to give it another.
    fn copied(self, _: &mut CopyKeys<'_>) -> Option<Self> {
        None
    }

    /// Returns the columns that its data file must have, and those that it may have behind them; of lines none, for any
    /// will do.
    fn declared() -> [&'static [Column]; 2] {
        Self::DECLARED
    }
}

/// Is a record of columns that are known when this is compiled: how a row of numbers becomes a value.
///
/// Apart from [`Record`], because all that feeds, times and compares needs no column by name.
pub trait Typed: Record {
    /// The columns of its data file, in order.
    const COLUMNS: &'static [Column];
    /// Columns that a dataset may have behind those, in this order; where it lacks one, the field is 0.
    const OPTIONAL: &'static [Column] = &[];

    /// Builds the record from its fields, one for each of [`Typed::COLUMNS`] and [`Typed::OPTIONAL`].
    fn from_fields(fields: &[u64]) -> Self;
}

/// Something to be packed: one record of the problem `bin-packing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Says how much of a bin's capacity it takes, in the dataset's (scaled) unit.
    pub size: u64,
}

impl Typed for Item {
    const COLUMNS: &'static [Column] = &[Column { name: "size", kind: ColumnKind::Size }];

    fn from_fields(fields: &[u64]) -> Self {
        Self { size: fields[0] }
    }
}

impl Record for Item {
    fn sort_key(&self) -> u64 {
        self.size
    }
}

/// A time as a number that sorts alike.
fn sortable(ms: i64) -> u64 {
    ms.cast_unsigned() ^ (1 << 63)
}

/// Something that happened: one record of `windowed-aggregation` and `sessions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Its key, as a number of the dataset's [`Keys`](crate::Keys).
    pub key: u32,
    /// Which of the source's partitions it came through; 0 where the dataset doesn't say.
    pub partition: u32,
    /// Its value.
    pub value: i64,
}

impl Typed for Event {
    const COLUMNS: &'static [Column] = &[EVENT_TIME, KEY, VALUE];
    const OPTIONAL: &'static [Column] = &[PARTITION];

    fn from_fields(fields: &[u64]) -> Self {
        Self {
            time_ms: fields[0].cast_signed(),
            key: fields[1] as u32,
            value: fields[2].cast_signed(),
            partition: fields[3] as u32,
        }
    }
}

impl Record for Event {
    fn sort_key(&self) -> u64 {
        sortable(self.time_ms)
    }

    fn event_time_ms(&self) -> Option<i64> {
        Some(self.time_ms)
    }

    fn copied(self, keys: &mut CopyKeys<'_>) -> Option<Self> {
        Some(Self { key: keys.of(&KEY, self.key), ..self })
    }
}

/// Something that may be delivered more than once: one record of `deduplicated-totals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// When it happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Which one it is, as a number of the dataset's [`Keys`](crate::Keys): two deliveries with one id are one event.
    pub id: u32,
    /// Its key, as a number of the dataset's [`Keys`](crate::Keys).
    pub key: u32,
    /// Its value.
    pub value: i64,
}

impl Typed for Delivery {
    const COLUMNS: &'static [Column] = &[EVENT_TIME, ID, KEY, VALUE];

    fn from_fields(fields: &[u64]) -> Self {
        Self {
            time_ms: fields[0].cast_signed(),
            id: fields[1] as u32,
            key: fields[2] as u32,
            value: fields[3].cast_signed(),
        }
    }
}

impl Record for Delivery {
    fn sort_key(&self) -> u64 {
        sortable(self.time_ms)
    }

    fn event_time_ms(&self) -> Option<i64> {
        Some(self.time_ms)
    }

    fn copied(self, keys: &mut CopyKeys<'_>) -> Option<Self> {
        Some(Self { id: keys.of(&ID, self.id), key: keys.of(&KEY, self.key), ..self })
    }
}

/// A record of a join: `enrichment-join` and `order-payment-join`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sided {
    /// When it happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Which side it is on.
    pub side: Side,
    /// Holds what is joined by, as a number of the dataset's [`Keys`](crate::Keys).
    pub key: u32,
    /// Its value.
    pub value: i64,
}

impl Typed for Sided {
    const COLUMNS: &'static [Column] = &[EVENT_TIME, SIDE, KEY, VALUE];

    fn from_fields(fields: &[u64]) -> Self {
        Self {
            time_ms: fields[0].cast_signed(),
            side: Side::NAMES[usize::from(fields[1] != 0)].1,
            key: fields[2] as u32,
            value: fields[3].cast_signed(),
        }
    }
}

impl Record for Sided {
    fn sort_key(&self) -> u64 {
        sortable(self.time_ms)
    }

    fn event_time_ms(&self) -> Option<i64> {
        Some(self.time_ms)
    }

    fn copied(self, keys: &mut CopyKeys<'_>) -> Option<Self> {
        Some(Self { key: keys.of(&KEY, self.key), ..self })
    }
}

/// A request for an object: one record of `caching`.
///
/// An answer about requests is a number for each: [`Request::HIT`], [`Request::MISS`] or [`Request::BYPASS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Which object it asks for, as a number of the dataset's [`Keys`](crate::Keys).
    pub key: u32,
    /// Says how much room the object takes, at least 1; it is 1 where the dataset says nothing, or 0.
    pub size: u64,
}

impl Request {
    /// The object was not held, and is now.
    pub const MISS: u32 = 0;
    /// The object was held.
    pub const HIT: u32 = 1;
    /// The object was not held, and was not taken in.
    pub const BYPASS: u32 = 2;
}

impl Typed for Request {
    const COLUMNS: &'static [Column] = &[KEY];
    const OPTIONAL: &'static [Column] = &[SIZE];

    fn from_fields(fields: &[u64]) -> Self {
        Self { key: fields[0] as u32, size: fields[1].max(1) }
    }
}

impl Record for Request {
    fn sort_key(&self) -> u64 {
        u64::from(self.key)
    }

    fn copied(self, keys: &mut CopyKeys<'_>) -> Option<Self> {
        Some(Self { key: keys.of(&KEY, self.key), ..self })
    }
}

/// The rule that a cache plays by when an object that isn't held would fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insertion {
    /// It takes the object in.
    Forced,
    /// It takes the object in or lets it pass by.
    Optional,
}

impl Insertion {
    /// Both, with their names as values of a parameter.
    pub const NAMES: [(&'static str, Self); 2] = [("forced", Self::Forced), ("optional", Self::Optional)];
}
