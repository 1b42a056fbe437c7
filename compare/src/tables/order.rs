//! Rows in the order of their keys.

use datasets::{Cells, FieldKind};

use super::cells::Sense;

/// Describes in which order a table's rows ascend by their keys.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they stand; so many.
    AsIs(usize),
    /// In this one.
    Sorted(Vec<u32>),
}

impl Order {
    /// Finds the order of rows `0..rows` of these columns, or the first row whose key an earlier one has: both their
    /// numbers, the earlier one's first.
    pub(crate) fn of(columns: &[&Cells], rows: usize, sense: Sense<'_>) -> Result<Self, (usize, usize)> {
        let ascends = |row: usize| {
            let mut orders = columns.iter().map(|cells| sense.order(cells, row - 1, cells, row));
            orders.find(|order| order.is_ne()).is_some_and(std::cmp::Ordering::is_lt)
        };
        if (1..rows).all(ascends) {
            return Ok(Self::AsIs(rows));
        }
        Sorting::of(columns, rows, sense).map(Self::Sorted)
    }

    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::AsIs(rows) => *rows,
            Self::Sorted(order) => order.len(),
        }
    }

    #[inline]
    pub(crate) fn row(&self, at: usize) -> usize {
        match self {
            Self::AsIs(_) => at,
            Self::Sorted(order) => order[at] as usize,
        }
    }
}

/// Rows that agree in all columns before `column` and in what `level` chunks of that hold.
#[derive(Clone, Copy)]
struct Open {
    from: usize,
    to: usize,
    column: usize,
    level: usize,
}

/// Marks a chunk behind which its cell goes on.
const GOES_ON: u8 = 9;

/// Sorts by eight bytes at a time, so that rows are numbers while they are sorted and a cell is looked up once for all of
/// the comparisons that those bytes decide.
struct Sorting {
    order: Vec<u32>,
    /// Holds the parts that are yet to be sorted.
    open: Vec<Open>,
    /// The first row whose key an earlier one has, behind that.
    twice: Option<(u32, u32)>,
}

impl Sorting {
    fn of(columns: &[&Cells], rows: usize, sense: Sense<'_>) -> Result<Vec<u32>, (usize, usize)> {
        let all = Open { from: 0, to: rows, column: 0, level: 0 };
        let mut sorting = Self { order: (0..rows as u32).collect(), open: vec![all], twice: None };
        let mut chunks = Vec::with_capacity(rows);
        while let Some(part) = sorting.open.pop() {
            match columns.get(part.column) {
                Some(cells) => {
                    let chunk = |&row: &u32| {
                        chunk(cells, row as usize, part.level, sense) << u32::BITS | u128::from(row)
                    };
                    chunks.clear();
                    chunks.extend(sorting.order[part.from..part.to].iter().map(chunk));
                    chunks.sort_unstable();
                    sorting.take(part, &chunks);
                }
                None => sorting.note(part),
            }
        }
        match sorting.twice {
            Some((first, second)) => Err((first as usize, second as usize)),
            None => Ok(sorting.order),
        }
    }

    /// Puts the rows of a part into the order of their chunks. Those of one chunk are to be sorted further.
    fn take(&mut self, part: Open, chunks: &[u128]) {
        let mut from = part.from;
        for same in chunks.chunk_by(|a, b| a >> u32::BITS == b >> u32::BITS) {
            let to = from + same.len();
            for (place, chunk) in self.order[from..to].iter_mut().zip(same) {
                *place = *chunk as u32;
            }
            if same.len() > 1 {
                let goes_on = (same[0] >> u32::BITS) as u8 == GOES_ON;
                self.open.push(if goes_on {
                    Open { from, to, level: part.level + 1, ..part }
                } else {
                    Open { from, to, column: part.column + 1, level: 0 }
                });
            }
            from = to;
        }
    }

    /// Notes rows of one key, which stand in their order.
    fn note(&mut self, part: Open) {
        if let [first, second, ..] = self.order[part.from..part.to]
            && self.twice.is_none_or(|(_, known)| second < known)
        {
            self.twice = Some((first, second));
        }
    }
}

/// Eight bytes of a cell with what stands around them: kind, bytes, and how many there are. Of cells that agree in
/// all chunks before, the chunks are in the order of the cells.
fn chunk(cells: &Cells, row: usize, level: usize, sense: Sense<'_>) -> u128 {
    let (kind, bytes, length) = match cells {
        Cells::Int(cells) => (0, flipped(cells[row]), 0),
        Cells::Wide(cells) if level == 0 => (0, flipped((cells[row] >> 64) as i64), GOES_ON),
        Cells::Wide(cells) => (0, cells[row] as u64, 0),
        Cells::Maybe(cells) => (u8::from(cells[row].is_some()), cells[row].map_or(0, flipped), 0),
        Cells::Text(cells) => text_chunk(0, sense.keys.get(cells[row]), level),
        Cells::Written(fields) => {
            let field = fields.field(row);
            text_chunk(place(sense.typing.kind(field.kind)), field.text.as_bytes(), level)
        }
    };
    u128::from(kind) << 72 | u128::from(bytes) << 8 | u128::from(length)
}

/// Behind the end of a text stand zeros, and its length tells them from zeros of its own.
fn text_chunk(kind: u8, text: &[u8], level: usize) -> (u8, u64, u8) {
    let rest = text.get(8 * level..).unwrap_or_default();
    if let Some((bytes, more)) = rest.split_first_chunk::<8>() {
        return (kind, u64::from_be_bytes(*bytes), if more.is_empty() { 8 } else { GOES_ON });
    }
    let mut bytes = [0; 8];
    bytes[..rest.len()].copy_from_slice(rest);
    (kind, u64::from_be_bytes(bytes), rest.len() as u8)
}

/// Sorts as the number does, without a sign.
fn flipped(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

/// Where a kind stands in the order of kinds.
fn place(kind: FieldKind) -> u8 {
    kind as u8
}

#[cfg(test)]
mod tests {
    use datasets::{Keys, SplitMix64, Written};

    use super::*;
    use crate::tables::cells::Typing;

    const TEXTS: [&str; 12] = [
        "",
        "\0",
        "a",
        "a\0",
        "abcdefgh",
        "abcdefgh\0",
        "abcdefghi",
        "abcdefghabcdefgh",
        "abcdefghabcdefghz",
        "é",
        "b",
        "abcdefg",
    ];

    /// A column of any kind, and for each row what sorts as its cell does.
    fn column(rows: usize, keys: &Keys, random: &mut SplitMix64) -> (Cells, Vec<(u8, i128, &'static str)>) {
        let mut draw = |most: u64| random.uniform(0, most) as usize;
        let ints = [i64::MIN, -1, 0, 1, i64::MAX];
        let wides = [i128::MIN, -1, 0, 1 << 64, (1 << 64) + 1, i128::MAX];
        match draw(4) {
            0 => {
                let cells: Vec<i64> = (0..rows).map(|_| ints[draw(4)]).collect();
                (Cells::Int(cells.clone()), cells.iter().map(|&cell| (0, cell.into(), "")).collect())
            }
            1 => {
                let cells: Vec<i128> = (0..rows).map(|_| wides[draw(5)]).collect();
                (Cells::Wide(cells.clone()), cells.iter().map(|&cell| (0, cell, "")).collect())
            }
            2 => {
                let cells: Vec<Option<i64>> =
                    (0..rows).map(|_| (draw(3) > 0).then(|| ints[draw(4)])).collect();
                let sorts = |cell: &Option<i64>| (u8::from(cell.is_some()), cell.unwrap_or(0).into(), "");
                (Cells::Maybe(cells.clone()), cells.iter().map(sorts).collect())
            }
            3 => {
                let cells: Vec<usize> = (0..rows).map(|_| draw(11)).collect();
                let number = |&at: &usize| keys.number(TEXTS[at].as_bytes()).expect("interned");
                let texts = cells.iter().map(|&at| (0, 0, TEXTS[at])).collect();
                (Cells::Text(cells.iter().map(number).collect()), texts)
            }
            _ => {
                let kinds = [FieldKind::Null, FieldKind::Number, FieldKind::Text];
                let (mut fields, mut sorts) = (Written::default(), Vec::new());
                for row in 0..rows {
                    let (kind, text) = (draw(2), TEXTS[draw(11)]);
                    fields.push(row, kinds[kind], text).expect("short");
                    sorts.push((kind as u8, 0, text));
                }
                (Cells::Written(fields), sorts)
            }
        }
    }

    #[test]
    fn rows_ascend_and_the_first_key_that_is_there_again_is_found() {
        let mut keys = Keys::default();
        TEXTS.iter().rev().for_each(|text| {
            keys.intern(text.as_bytes());
        });
        let mut random = SplitMix64::new(11);
        let (mut sorted, mut refused) = (0, 0);
        for round in 0..3000 {
            let rows = round % 7;
            let drawn: Vec<_> = (0..=round % 3).map(|_| column(rows, &keys, &mut random)).collect();
            let columns: Vec<&Cells> = drawn.iter().map(|(cells, _)| cells).collect();
            let named = |row: &u32| drawn.iter().map(|(_, sorts)| sorts[*row as usize]).collect::<Vec<_>>();
            let again = (0..rows as u32).find_map(|row| {
                let first = (0..row).find(|earlier| named(earlier) == named(&row))?;
                Some((first as usize, row as usize))
            });
            let mut wanted: Vec<u32> = (0..rows as u32).collect();
            wanted.sort_by_key(named);
            let found = Order::of(&columns, rows, Sense { keys: &keys, typing: Typing::Typed });
            match (&found, again) {
                (Err(found), Some(again)) => assert_eq!(*found, again),
                (Ok(found), None) => {
                    let found: Vec<u32> = (0..found.rows()).map(|at| found.row(at) as u32).collect();
                    assert_eq!(found, wanted, "{columns:?}");
                }
                (found, again) => panic!("{found:?} {again:?} {columns:?}"),
            }
            sorted += u32::from(matches!(found, Ok(Order::Sorted(_))));
            refused += u32::from(found.is_err());
        }
        assert!(sorted > 1000 && refused > 300, "vacuous: {sorted} {refused}");
    }

    #[test]
    fn long_texts_that_begin_alike_need_no_stack() {
        let mut fields = Written::default();
        for (row, end) in ["b", "a", "c"].iter().enumerate() {
            fields.push(row, FieldKind::Untyped, &("x".repeat(1 << 20) + end)).expect("short");
        }
        let cells = Cells::Written(fields);
        let sense = Sense { keys: &Keys::default(), typing: Typing::Untyped };
        assert_eq!(Order::of(&[&cells], 3, sense), Ok(Order::Sorted(vec![1, 0, 2])));
    }
}
