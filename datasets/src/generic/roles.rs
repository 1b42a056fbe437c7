//! Says what columns are to a record: as the user has it, or by their names and types.

use std::path::Path;

use super::GenericOptions;
use super::header::Header;
use crate::column::ARRIVAL;
use crate::error::{Error, Place};
use crate::import::TimeUnit;
use crate::schema::{FieldRole, FieldSchema, FieldType, Fold, TIME_OF_DAY};

/// Names of columns that say when something happened, the likeliest first; signs between words don't matter.
const TIME_NAMES: [&str; 10] = [
    "eventtimems",
    "eventtime",
    "eventts",
    "timestampms",
    "timestamp",
    "tsms",
    "ts",
    "time",
    "datetime",
    "date",
];

/// Holds what is said of a column while its roles are decided.
pub(super) struct Described {
    pub(super) field: FieldSchema,
    /// Says why it is text, where that may surprise.
    pub(super) why_text: Option<String>,
}

/// Gives the columns, which stand in the order of the header, their roles.
pub(super) fn assign(
    path: &Path,
    header: &Header,
    columns: &mut [Described],
    options: &GenericOptions,
) -> Result<(), Error> {
    let refuse = |column: &Described, what: &str| {
        let name = crate::shown(&column.field.name);
        let message =
            format!("column `{name}` can't be {what}: its values are `{}`", column.field.kind.name());
        Place::file(path).rejects(message).with_hint(column.why_text.clone())
    };
    for name in &options.value {
        let column = &mut columns[header.find(path, name)?];
        if !column.field.kind.is_number() {
            return Err(refuse(column, "measured"));
        }
        take(path, &mut column.field, FieldRole::Value)?;
    }
    for name in &options.key {
        take(path, &mut columns[header.find(path, name)?].field, FieldRole::Key)?;
    }
    if let Some(names) = &options.event_time {
        for (part, name) in parts(names, header).into_iter().enumerate() {
            let column = &mut columns[header.find(path, name)?];
            take(path, &mut column.field, FieldRole::EventTime)?;
            let is_clock = column.field.format.as_deref() == Some(TIME_OF_DAY);
            if if part > 0 { !is_clock } else { !is_time(&column.field) } {
                let what = if part > 0 { "the time of day" } else { "the event time" };
                return Err(refuse(column, what));
            }
        }
    }
    guess(columns, options);
    let times = columns.iter_mut().filter(|column| column.field.role == Some(FieldRole::EventTime));
    times.for_each(|column| describe_time(&mut column.field, options));
    Ok(())
}

/// Returns the columns that `DATE+TIME` speaks of; a name may hold a plus sign itself.
pub(super) fn parts<'a>(names: &'a str, header: &Header) -> Vec<&'a str> {
    if header.names.iter().any(|own| own == names) {
        return vec![names];
    }
    names.split_once('+').map_or_else(|| vec![names], |(date, time)| vec![date, time])
}

fn take(path: &Path, field: &mut FieldSchema, role: FieldRole) -> Result<(), Error> {
    match field.role {
        Some(other) if other != role => {
            let name = crate::shown(&field.name);
            let message = format!("column `{name}` can't be both {} and {}", other.name(), role.name());
            Err(Place::file(path).rejects(message))
        }
        _ => {
            field.role = Some(role);
            Ok(())
        }
    }
}

/// Gives roles that nobody has spoken of to columns with the names for them.
fn guess(columns: &mut [Described], options: &GenericOptions) {
    let mut give = |role: FieldRole, fits: &dyn Fn(&FieldSchema) -> bool| {
        let mut free =
            columns.iter_mut().map(|column| &mut column.field).filter(|field| field.role.is_none());
        if let Some(field) = free.find(|field| fits(field)) {
            field.role = Some(role);
            return true;
        }
        false
    };
    if options.key.is_empty() {
        give(FieldRole::Key, &|field| field.name == crate::KEY.name);
    }
    if options.value.is_empty() {
        give(FieldRole::Value, &|field| field.name == crate::VALUE.name && field.kind.is_number());
    }
    if options.event_time.is_none() {
        let named = |name: &str, field: &FieldSchema| {
            let letters = field.name.chars().filter(char::is_ascii_alphanumeric);
            letters.map(|sign| sign.to_ascii_lowercase()).eq(name.chars()) && is_guessable(field)
        };
        if TIME_NAMES.iter().any(|name| give(FieldRole::EventTime, &|field| named(name, field))) {
            return;
        }
        let is_dated = |field: &FieldSchema| matches!(field.kind, FieldType::Time | FieldType::TimeZoned);
        let dated = columns.iter_mut().map(|column| &mut column.field).filter(|field| is_dated(field));
        if let [only] = &mut dated.collect::<Vec<_>>()[..]
            && only.role.is_none()
        {
            only.role = Some(FieldRole::EventTime);
        }
    }
}

fn is_time(field: &FieldSchema) -> bool {
    is_guessable(field) || field.kind == FieldType::Whole || field.kind == FieldType::Decimal
}

/// Returns whether a column with the name of a time is one: a number is, if its name says what it counts.
fn is_guessable(field: &FieldSchema) -> bool {
    match field.kind {
        FieldType::Date | FieldType::Time | FieldType::TimeZoned => true,
        FieldType::Whole => TimeUnit::in_name(&field.name).is_some(),
        _ => false,
    }
}

/// Says how the times of a column are to be read.
fn describe_time(field: &mut FieldSchema, options: &GenericOptions) {
    match field.kind {
        FieldType::Whole | FieldType::Decimal => {
            let unit = options.time_unit.or_else(|| TimeUnit::in_name(&field.name)).unwrap_or_default();
            field.format = Some(unit.name().to_owned());
        }
        FieldType::Date | FieldType::Time => {
            field.zone.clone_from(&options.time_zone);
            field.fold = (options.fold == Fold::ByOrder && field.zone.is_some()).then_some(options.fold);
        }
        _ => {}
    }
}

/// Returns the description of the column of arrival times, which are in milliseconds by now.
pub(super) fn arrival() -> FieldSchema {
    FieldSchema::plain(ARRIVAL.name, FieldType::Whole, Some(FieldRole::Arrival))
}
