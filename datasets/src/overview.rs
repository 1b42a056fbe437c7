//! Looks over a frozen dataset: its first rows, and what each column holds.

use std::cmp::Ordering;

use datasketches::hll::{HllSketch, HllType};
use serde::Serialize;

use crate::column::{ARRIVAL, ColumnKind};
use crate::error::Error;
use crate::frozen::Frozen;
use crate::schema::{FieldRole, FieldSchema, FieldType, Ranked};

/// Describes what a look at a dataset found.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// The columns, in order.
    pub columns: Vec<ColumnOverview>,
    /// The first rows; a value that is missing is none.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Describes what a column holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnOverview {
    /// Its name.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: String,
    /// Says what it is to a record.
    pub role: Option<&'static str>,
    /// Says how many records have no value here.
    pub missing: u64,
    /// Holds how many values differ from each other: an estimate.
    pub distinct: u64,
    /// The least value, of numbers and times, as it stands.
    pub least: Option<String>,
    /// The greatest one.
    pub greatest: Option<String>,
}

/// 2^12 registers: the estimate's standard error is 1.6 %.
const LG_REGISTERS: u8 = 12;

impl Frozen {
    /// Reads all of the dataset, checks it, and says what it holds; the first `rows` rows are kept.
    pub fn overview(&self, rows: usize) -> Result<Overview, Error> {
        let fields = self.described();
        let mut columns: Vec<Column<'_>> = fields.iter().map(Column::new).collect();
        let mut first = Vec::new();
        self.each_row(&mut |values| {
            for (column, value) in columns.iter_mut().zip(values) {
                column.include(*value);
            }
            if first.len() < rows {
                let text =
                    |value: Option<&[u8]>| value.map(|value| String::from_utf8_lossy(value).into_owned());
                first.push(values.iter().copied().map(text).collect());
            }
        })?;
        Ok(Overview { columns: columns.into_iter().map(Column::finish).collect(), rows: first })
    }

    /// Returns the description of the columns; of a dataset for a problem it follows from their names.
    fn described(&self) -> Vec<FieldSchema> {
        if self.manifest.is_generic() {
            return self.manifest.fields.clone();
        }
        let describe = |name: &String| {
            let kind = match ColumnKind::of_column(name) {
                ColumnKind::Text | ColumnKind::Side => FieldType::Text,
                ColumnKind::Size | ColumnKind::TimeMs | ColumnKind::Number | ColumnKind::Int => {
                    FieldType::Whole
                }
            };
            let role = [
                (ARRIVAL.name, FieldRole::Arrival),
                (crate::EVENT_TIME.name, FieldRole::EventTime),
                (crate::KEY.name, FieldRole::Key),
                (crate::VALUE.name, FieldRole::Value),
            ];
            let role = role.into_iter().find(|(known, _)| known == name).map(|(_, role)| role);
            FieldSchema::plain(name, kind, role)
        };
        self.manifest.columns.iter().map(describe).collect()
    }
}

/// Gathers what there is to say of a column.
struct Column<'a> {
    field: &'a FieldSchema,
    sketch: HllSketch,
    missing: u64,
    least: Option<(Ranked, Vec<u8>)>,
    greatest: Option<(Ranked, Vec<u8>)>,
}

impl<'a> Column<'a> {
    fn new(field: &'a FieldSchema) -> Self {
        let sketch = HllSketch::new(LG_REGISTERS, HllType::Hll8).expect("12 is between 4 and 21");
        Self { field, sketch, missing: 0, least: None, greatest: None }
    }

    fn include(&mut self, value: Option<&[u8]>) {
        let Some(value) = value else {
            self.missing += 1;
            return;
        };
        self.sketch.update(value);
        let Some(rank) = self.field.rank(value) else { return };
        let beats = |held: &Option<(Ranked, Vec<u8>)>, wanted: Ordering| {
            held.as_ref().is_none_or(|(other, _)| rank.cmp(other) == wanted)
        };
        if beats(&self.least, Ordering::Less) {
            self.least = Some((rank.clone(), value.to_vec()));
        }
        if beats(&self.greatest, Ordering::Greater) {
            self.greatest = Some((rank, value.to_vec()));
        }
    }

    fn finish(self) -> ColumnOverview {
        let text = |held: Option<(Ranked, Vec<u8>)>| {
            held.map(|(_, value)| String::from_utf8_lossy(&value).into_owned())
        };
        ColumnOverview {
            name: self.field.name.clone(),
            kind: self.field.kind.name().to_owned(),
            role: self.field.role.map(FieldRole::name),
            missing: self.missing,
            distinct: self.sketch.estimate().round() as u64,
            least: text(self.least),
            greatest: text(self.greatest),
        }
    }
}
