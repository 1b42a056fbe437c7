//! Which columns of a generic dataset are read as those of a problem's records: as the user has it, by their names, or by
//! what the manifest says that they are to a record.

use std::collections::BTreeMap;

use datasets::{
    BadRows, Column, ColumnKind, FieldRole, FieldSchema, FieldType, ImportOptions, KEY, Manifest,
};

use super::wrong;
use crate::{erased::Info, error::Error, own::ReferenceSection};

/// Says what is read of a dataset, and how.
pub(super) fn import_options(
    section: &ReferenceSection,
    info: &Info,
    manifest: &Manifest,
) -> Result<ImportOptions, Error> {
    let mut options = ImportOptions {
        problem: info.name.to_owned(),
        columns: info.columns,
        constants: section.constants.clone(),
        bad_rows: bad_rows(section)?,
        ..ImportOptions::default()
    };
    let found = Search { section, info, manifest };
    found.refuse_unknown()?;
    for column in info.columns.iter().filter(|column| !section.constants.contains_key(column.name)) {
        let name = found.source(*column)?;
        found.describe(*column, &name, &mut options)?;
    }
    let mut optional = Vec::new();
    for column in info.optional_columns {
        if section.constants.contains_key(column.name) {
            optional.push(*column);
        } else if let Some(name) = found.optional(*column) {
            found.describe(*column, &name, &mut options)?;
            optional.push(*column);
        }
    }
    // It is never freed: a process has few experiments.
    options.optional = Vec::leak(optional);
    Ok(options)
}

fn bad_rows(section: &ReferenceSection) -> Result<BadRows, Error> {
    let Some(text) = &section.bad_rows else { return Ok(BadRows::Fail) };
    text.parse().map_err(|_| {
        wrong(&format!("bad_rows = \"{}\"", datasets::shown(text)), "say \"fail\" or \"reject\"")
    })
}

struct Search<'a> {
    section: &'a ReferenceSection,
    info: &'a Info,
    manifest: &'a Manifest,
}

impl Search<'_> {
    /// Refuses columns that the records don't have.
    fn refuse_unknown(&self) -> Result<(), Error> {
        let known = || self.info.columns.iter().chain(self.info.optional_columns).map(|column| column.name);
        let named = self.section.columns.keys().map(|name| ("columns", name));
        let mut named = named.chain(self.section.constants.keys().map(|name| ("constants", name)));
        let unknown = named.find(|(_, name)| known().all(|own| own != name.as_str()));
        if let Some((key, name)) = unknown {
            let what =
                format!("{key}: records of {} have no column '{}'", self.info.name, datasets::shown(name));
            return Err(wrong(&what, &nearest(name, known())));
        }
        match self.section.constants.keys().find(|name| self.section.columns.contains_key(*name)) {
            Some(both) => {
                Err(wrong(&format!("{both} is both in columns and in constants"), "leave it out of one"))
            }
            None => Ok(()),
        }
    }

    /// Returns the name of the dataset's column that is read as this one; `DATE+TIME` where the two stand apart.
    fn source(&self, column: Column) -> Result<String, Error> {
        if let Some(name) = self.section.columns.get(column.name) {
            return Ok(name.clone());
        }
        let fields = &self.manifest.fields;
        if fields.iter().any(|field| field.name == column.name) {
            return Ok(column.name.to_owned());
        }
        let with = |role: FieldRole| -> Vec<&FieldSchema> {
            fields.iter().filter(|field| field.role == Some(role)).collect()
        };
        let found = match column.kind {
            ColumnKind::TimeMs => with(FieldRole::EventTime),
            ColumnKind::Text if column == KEY => with(FieldRole::Key),
            ColumnKind::Int | ColumnKind::Size => with(FieldRole::Value),
            ColumnKind::Text | ColumnKind::Number | ColumnKind::Side => Vec::new(),
        };
        match found[..] {
            [only] => Ok(only.name.clone()),
            // The date comes first, wherever it stands.
            [one, other] if column.kind == ColumnKind::TimeMs => {
                let (date, clock) = if one.kind == FieldType::Text { (other, one) } else { (one, other) };
                Ok(format!("{}+{}", date.name, clock.name))
            }
            _ => Err(self.unnamed(column, found.len())),
        }
    }

    /// Returns the same for a column that records need not have: one that only has its name, and holds something else, is none.
    fn optional(&self, column: Column) -> Option<String> {
        let same = || self.manifest.fields.iter().find(|field| field.name == column.name);
        let fits = |field: &&FieldSchema| self.check_type(column, field).is_ok();
        self.section
            .columns
            .get(column.name)
            .cloned()
            .or_else(|| same().filter(fits).map(|it| it.name.clone()))
    }

    fn unnamed(&self, column: Column, found: usize) -> Error {
        let what = format!(
            "problem: {} reads a column {}, and {} of the dataset's",
            self.info.name,
            column.name,
            if found == 0 { "nothing says which it is" } else { "more than one can be it" }
        );
        wrong(&what, &format!("write columns = {{ {} = \"{}\" }}; {}", column.name, "NAME", self.listed()))
    }

    fn listed(&self) -> String {
        let names = self.manifest.fields.iter().map(|field| datasets::shown(&field.name).to_string());
        format!("the dataset's columns are {}", names.collect::<Vec<_>>().join(", "))
    }

    /// Reads this column from the one that is called `name`, as the manifest describes that.
    fn describe(&self, column: Column, name: &str, options: &mut ImportOptions) -> Result<(), Error> {
        let field = self.field(column, name)?;
        self.check_type(column, field)?;
        options.describe(column.kind, field);
        options.renamed.insert(column.name.to_owned(), name.to_owned());
        Ok(())
    }

    /// The dataset's column of this name; of two the one with the date.
    fn field(&self, column: Column, name: &str) -> Result<&FieldSchema, Error> {
        let find = |name: &str| self.manifest.fields.iter().find(|field| field.name == name);
        if let Some(field) = find(name) {
            return Ok(field);
        }
        if let Some((date, clock)) = name.split_once('+')
            && let (Some(date), Some(_)) = (find(date), find(clock))
        {
            return Ok(date);
        }
        let what = format!(
            "columns: {} = \"{}\": the dataset has no such column",
            column.name,
            datasets::shown(name)
        );
        let known = self.manifest.fields.iter().map(|field| field.name.as_str());
        let hint = datasets::nearest(name, known)
            .map_or_else(|| self.listed(), |near| format!("did you mean {}?", datasets::shown(near)));
        Err(wrong(&what, &hint))
    }

    fn check_type(&self, column: Column, field: &FieldSchema) -> Result<(), Error> {
        // Where there is no value, nobody knows of what type it would be.
        if self.manifest.records == 0 {
            return Ok(());
        }
        let of = |what: &str| {
            let field = datasets::shown(&field.name);
            format!("columns: {} = \"{field}\": {what}", column.name)
        };
        let is = |wanted: &str| of(&format!("its values are {}, expected {wanted}", field.kind.name()));
        match (column.kind, field.kind) {
            (ColumnKind::Text, _)
            | (ColumnKind::Side, FieldType::Text)
            | (ColumnKind::TimeMs, FieldType::TimeZoned) => Ok(()),
            (ColumnKind::Int | ColumnKind::Size | ColumnKind::Number, kind) if kind.is_number() => Ok(()),
            (ColumnKind::TimeMs, FieldType::Date | FieldType::Time) if field.zone.is_some() => Ok(()),
            (ColumnKind::TimeMs, FieldType::Date | FieldType::Time) => Err(wrong(
                &of("its times have no zone"),
                "freeze the dataset with --event-time and --time-zone, or add zone = \"…\" to the column in manifest.toml",
            )),
            (ColumnKind::TimeMs, FieldType::Whole | FieldType::Decimal) if field.time_unit().is_some() => {
                Ok(())
            }
            (ColumnKind::TimeMs, FieldType::Whole | FieldType::Decimal) => Err(wrong(
                &of("nothing says what its numbers count"),
                "freeze the dataset with --event-time, and --time-unit s, ms, us or ns",
            )),
            (ColumnKind::TimeMs, _) => Err(wrong(&is("times"), "name a column of times")),
            (ColumnKind::Side, _) => Err(wrong(&is("left or right"), "name a column of these texts")),
            (ColumnKind::Int | ColumnKind::Size | ColumnKind::Number, _) => {
                Err(wrong(&is("numbers"), "name a column of numbers"))
            }
        }
    }
}

/// The likest of the known names, or all of them.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    datasets::nearest(name, known.clone()).map_or_else(
        || format!("expected one of: {}", known.collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near}?"),
    )
}

/// The zone of the dataset's event times, where one is written there.
pub(super) fn zone(manifest: &Manifest, read: &BTreeMap<String, String>) -> Option<String> {
    let name = read.get(datasets::EVENT_TIME.name)?;
    let date = name.split_once('+').map_or(name.as_str(), |(date, _)| date);
    let field = manifest.fields.iter().find(|field| field.name == *name || field.name == date)?;
    field.zone.clone()
}
