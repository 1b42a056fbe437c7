//! Fields that keep the kind and the digits they were written with.

use serde::Serialize;

/// A column's texts together are at most so long.
const MOST_BYTES: usize = u32::MAX as usize;

/// Describes what kind of thing stands in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// The row has no such field.
    Missing,
    /// The format knows no types, as CSV.
    Untyped,
    /// `null`, which is neither a missing field nor an empty one.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number of any length, digit by digit.
    Number,
    /// A text.
    Text,
    /// A list or an object: its text without blanks, the names of objects in order.
    Nested,
    /// A value that can't be known from what was read; its text says why.
    Unknown,
}

impl FieldKind {
    /// Holds all of them, each at its [number](Self::number).
    const ALL: [Self; 8] = [
        Self::Missing,
        Self::Untyped,
        Self::Null,
        Self::Boolean,
        Self::Number,
        Self::Text,
        Self::Nested,
        Self::Unknown,
    ];

    /// Returns the number that stands for it where fields are kept as bytes, which is below 8.
    #[inline]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Returns the kind of a number, if there is one.
    #[inline]
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Returns whether a field of this kind has a text of its own, which one that is missing or `null` hasn't.
    pub fn has_text(self) -> bool {
        !matches!(self, Self::Missing | Self::Null | Self::Unknown)
    }
}

/// Describes what stands in a field, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field<'a> {
    /// Says what kind of thing it is.
    pub kind: FieldKind,
    /// Its text. That of `null` is `null`.
    pub text: &'a str,
}

impl<'a> Field<'a> {
    /// Stands for the field that a row lacks.
    pub const MISSING: Self = Self { kind: FieldKind::Missing, text: "" };

    /// Returns whether the two say the same. A field without a type has only its text, and no text says `null`.
    pub fn is_same(self, other: Self) -> bool {
        match (self.kind, other.kind) {
            (a, b) if a == b => self.text == other.text,
            (FieldKind::Untyped, kind) | (kind, FieldKind::Untyped) => {
                !matches!(kind, FieldKind::Null | FieldKind::Missing | FieldKind::Unknown)
                    && self.text == other.text
            }
            _ => false,
        }
    }

    /// Returns its text, where that may be a number.
    pub fn number(self) -> Option<&'a str> {
        matches!(self.kind, FieldKind::Untyped | FieldKind::Number).then_some(self.text)
    }
}

/// The fields of a column as they were written. A row need not have one.
///
/// All texts stand one behind the other, so a field takes five bytes beside its text, and a field that is missing none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Says how many rows there are, with a field or without.
    rows: usize,
    /// The rows that have a field, in order, where not all have one.
    having: Option<Vec<u32>>,
    kinds: Vec<FieldKind>,
    /// Where each field's text ends.
    ends: Vec<u32>,
    text: String,
}

impl Written {
    /// Appends the field of row `row`; rows between it and the last have none.
    ///
    /// # Errors
    ///
    /// If there are more than 2³² rows, or 4 GiB of texts.
    pub fn push(&mut self, row: usize, kind: FieldKind, text: &str) -> Result<(), String> {
        debug_assert!(row >= self.rows && kind != FieldKind::Missing);
        if text.len() > MOST_BYTES - self.text.len() {
            return Err("the texts of a column are longer than 4 GiB together".to_owned());
        }
        let number = u32::try_from(row).map_err(|_| "a table has more than 2^32 rows".to_owned())?;
        self.pad(row);
        if let Some(having) = &mut self.having {
            having.push(number);
        }
        self.kinds.push(kind);
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.rows = row + 1;
        Ok(())
    }

    /// Appends rows without a field, up to `rows` rows in all.
    pub fn pad(&mut self, rows: usize) {
        if rows > self.rows {
            self.having.get_or_insert_with(|| (0..self.rows as u32).collect());
            self.rows = rows;
        }
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns whether there are rows without a field.
    pub fn has_gaps(&self) -> bool {
        self.having.is_some()
    }

    /// Returns the first row without a field, if there is one.
    pub fn first_gap(&self) -> Option<usize> {
        let having = self.having.as_ref()?;
        let gap = having.iter().enumerate().find(|&(at, &row)| at != row as usize);
        Some(gap.map_or(having.len(), |(at, _)| at))
    }

    /// Returns the field of a row; one of kind [`Missing`](FieldKind::Missing) where it has none.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[inline]
    pub fn field(&self, row: usize) -> Field<'_> {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        match &self.having {
            None => self.at(row),
            Some(having) => having.binary_search(&(row as u32)).map_or(Field::MISSING, |at| self.at(at)),
        }
    }

    /// Returns the rows that have a field, in order.
    pub fn having(&self) -> impl Iterator<Item = usize> {
        let (all, some) = match &self.having {
            None => (0..self.rows, &[][..]),
            Some(having) => (0..0, having.as_slice()),
        };
        all.chain(some.iter().map(|&row| row as usize))
    }

    /// Returns these of its rows, in this order.
    ///
    /// # Panics
    ///
    /// If their texts are longer than 4 GiB together.
    pub(super) fn picked(&self, rows: &[u32]) -> Self {
        let mut picked = Self::default();
        for (at, &row) in rows.iter().enumerate() {
            let Field { kind, text } = self.field(row as usize);
            if kind != FieldKind::Missing {
                picked.push(at, kind, text).expect("a column doesn't grow by picking rows");
            }
        }
        picked.pad(rows.len());
        picked
    }

    /// Returns whether `rows` fields from row `at` on are those of `other` from row `there` on.
    pub(super) fn agree(&self, at: usize, other: &Self, there: usize, rows: usize) -> bool {
        if self.having.is_some() || other.having.is_some() {
            return (0..rows).all(|row| self.field(at + row) == other.field(there + row));
        }
        let (mine, theirs) = (self.start(at), other.start(there));
        // Without a branch for each field.
        let ends = self.ends[at..at + rows].iter().zip(&other.ends[there..there + rows]);
        self.kinds[at..at + rows] == other.kinds[there..there + rows]
            && ends.fold(0, |differ, (a, b)| differ | (a.wrapping_sub(mine) ^ b.wrapping_sub(theirs))) == 0
            && self.text.as_bytes()[mine as usize..self.start(at + rows) as usize]
                == other.text.as_bytes()[theirs as usize..other.start(there + rows) as usize]
    }

    /// The field that stands at this place among those that there are.
    fn at(&self, at: usize) -> Field<'_> {
        let text = &self.text[self.start(at) as usize..self.ends[at] as usize];
        Field { kind: self.kinds[at], text }
    }

    fn start(&self, at: usize) -> u32 {
        if at == 0 { 0 } else { self.ends[at - 1] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_numbered_as_they_stand() {
        for (number, kind) in (0..).zip(FieldKind::ALL) {
            assert_eq!((kind.number(), FieldKind::numbered(number)), (number, Some(kind)));
        }
        assert_eq!(FieldKind::numbered(8), None);
    }

    fn field(kind: FieldKind, text: &str) -> Field<'_> {
        Field { kind, text }
    }

    #[test]
    fn types_are_kept_apart_where_both_have_them() {
        let typed = [
            Field::MISSING,
            field(FieldKind::Null, "null"),
            field(FieldKind::Boolean, "true"),
            field(FieldKind::Number, "1"),
            field(FieldKind::Text, "null"),
            field(FieldKind::Text, "true"),
            field(FieldKind::Text, "1"),
            field(FieldKind::Text, ""),
            field(FieldKind::Nested, "[1]"),
            field(FieldKind::Text, "[1]"),
        ];
        for (i, left) in typed.iter().enumerate() {
            for (j, right) in typed.iter().enumerate() {
                assert_eq!(left.is_same(*right), i == j, "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn without_types_the_text_decides_and_no_text_is_null() {
        let untyped = |text| field(FieldKind::Untyped, text);
        for typed in [
            field(FieldKind::Boolean, "true"),
            field(FieldKind::Number, "1.50"),
            field(FieldKind::Text, "1"),
            field(FieldKind::Text, ""),
        ] {
            let same = untyped(typed.text);
            assert!(typed.is_same(same) && same.is_same(typed), "{typed:?}");
        }
        for text in ["null", "", "NULL"] {
            assert!(!field(FieldKind::Null, "null").is_same(untyped(text)), "{text}");
            assert!(!untyped(text).is_same(Field::MISSING), "{text}");
        }
        assert!(!field(FieldKind::Number, "1.50").is_same(untyped("1.5")));
    }

    /// Makes a column field by field.
    fn column(fields: &[Option<(FieldKind, &str)>]) -> Written {
        let mut column = Written::default();
        for (row, field) in fields.iter().enumerate() {
            if let Some((kind, text)) = field {
                column.push(row, *kind, text).expect("short");
            }
        }
        column.pad(fields.len());
        column
    }

    #[test]
    fn columns_are_lists_of_fields() {
        let mut random = crate::SplitMix64::new(3);
        let texts = ["", "a", "ab", "é", "null"];
        let kinds = [FieldKind::Untyped, FieldKind::Null, FieldKind::Text];
        for round in 0..400 {
            let mut draw = |most| random.uniform(0, most) as usize;
            let lacks = round % 3;
            let mut list = |rows: usize| -> Vec<Option<(FieldKind, &str)>> {
                let mut one = || (draw(9) >= lacks).then(|| (kinds[draw(2)], texts[draw(4)]));
                (0..rows).map(|_| one()).collect()
            };
            let (a, b) = (list(9), list(5));
            let (left, mut other) = (column(&a), a.clone());
            other.splice(2..2, b.iter().copied());
            let right = column(&other);
            let of = |field: Option<(FieldKind, &'static str)>| {
                field.map_or(Field::MISSING, |(kind, text)| Field { kind, text })
            };
            assert!((0..9).all(|row| left.field(row) == of(a[row])));
            assert_eq!(
                left.having().collect::<Vec<_>>(),
                (0..9).filter(|&r| a[r].is_some()).collect::<Vec<_>>()
            );
            assert_eq!(left.first_gap(), a.iter().position(Option::is_none));
            assert_eq!(left.rows(), 9);
            for (at, there, rows) in [(0, 0, 9), (0, 0, 2), (2, 7, 7), (2, 2, 3), (9, 14, 0)] {
                let same = a[at..at + rows] == other[there..there + rows];
                assert_eq!(left.agree(at, &right, there, rows), same, "{a:?} {other:?} {at} {there} {rows}");
            }
            let rows = [8, 0, 0, 3];
            assert_eq!(left.picked(&rows), column(&rows.map(|row| a[row as usize])));
        }
    }
}
