//! How rows become records of columns that are known when this is compiled.

use crate::canonical::{Decoded, Fault, decode};
use crate::column::{ARRIVAL, Column, ColumnKind};
use crate::decode::{Decode, Layout};
use crate::keys::Keys;
use crate::record::Typed;

/// No record has more fields, its arrival time among them.
const MAX_FIELDS: usize = 8;

impl<R: Typed> Decode for R {
    const KEEPS_LINES: bool = false;

    const DECLARED: [&'static [Column]; 2] = [R::COLUMNS, R::OPTIONAL];

    fn layout(columns: &[String]) -> Result<Layout, String> {
        let found: Vec<&str> = columns.iter().map(String::as_str).collect();
        let is_timed = found[0] == ARRIVAL.name && R::COLUMNS[0].name != ARRIVAL.name;
        let own = &found[usize::from(is_timed)..];
        for has_optional in [false, true] {
            let optional = if has_optional { R::OPTIONAL } else { &[] };
            let columns = R::COLUMNS.iter().chain(optional);
            if own.iter().copied().eq(columns.map(|column| column.name)) {
                return Ok(Layout { is_timed, has_optional });
            }
        }
        let wanted: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
        Err(format!("holds the columns `{}`, not `{}`", own.join(","), wanted.join(",")))
    }

    /// With columns that the dataset lacks: a record has them all.
    fn header(_: &[String]) -> String {
        R::COLUMNS.iter().chain(R::OPTIONAL).map(|column| column.name).collect::<Vec<_>>().join(",")
    }

    fn decode(
        layout: Layout,
        block: &[u8],
        keys: &mut Keys,
        on_record: impl FnMut(i64, R),
    ) -> Result<Decoded, Fault> {
        match (layout.is_timed, layout.has_optional) {
            (false, false) => Decoder::<R, false, false>::decode(block, keys, on_record),
            (false, true) => Decoder::<R, false, true>::decode(block, keys, on_record),
            (true, false) => Decoder::<R, true, false>::decode(block, keys, on_record),
            (true, true) => Decoder::<R, true, true>::decode(block, keys, on_record),
        }
    }
}

/// A decoder that is compiled for the columns of a record type.
struct Decoder<R, const IS_TIMED: bool, const HAS_OPTIONAL: bool>(std::marker::PhantomData<R>);

impl<R: Typed, const IS_TIMED: bool, const HAS_OPTIONAL: bool> Decoder<R, IS_TIMED, HAS_OPTIONAL> {
    const LENGTH: usize =
        IS_TIMED as usize + R::COLUMNS.len() + if HAS_OPTIONAL { R::OPTIONAL.len() } else { 0 };

    const KINDS: [ColumnKind; MAX_FIELDS] = {
        assert!(1 + R::COLUMNS.len() + R::OPTIONAL.len() <= MAX_FIELDS);
        let mut kinds = [ARRIVAL.kind; MAX_FIELDS];
        let mut at = fill(&mut kinds, IS_TIMED as usize, R::COLUMNS);
        if HAS_OPTIONAL {
            at = fill(&mut kinds, at, R::OPTIONAL);
        }
        assert!(at == Self::LENGTH);
        kinds
    };

    fn decode(block: &[u8], keys: &mut Keys, mut on_record: impl FnMut(i64, R)) -> Result<Decoded, Fault> {
        let kinds = const { Self::KINDS.split_at(Self::LENGTH).0 };
        // Fields of columns that aren't there stay 0.
        let mut fields = [0; MAX_FIELDS];
        decode(block, kinds, &mut fields, keys, |fields| {
            let (arrival, own) = if IS_TIMED { (fields[0].cast_signed(), &fields[1..]) } else { (0, fields) };
            on_record(arrival, R::from_fields(own));
        })
    }
}

/// Writes the kinds of `columns` from `at` on; returns where they end.
const fn fill(kinds: &mut [ColumnKind; MAX_FIELDS], at: usize, columns: &[Column]) -> usize {
    let mut i = 0;
    while i < columns.len() {
        kinds[at + i] = columns[i].kind;
        i += 1;
    }
    at + i
}
