//! Tells losses of a table that only show beside the other one.

use compare::{ComparingRows, RowsFound};
use datasets::{TimesSeen, TypedRows, short_name};

use super::sides::Opened;

/// Names times that need so many digits of a second and no more.
const UNITS: [(usize, &str); 3] = [(0, "seconds"), (3, "milliseconds"), (6, "microseconds")];
/// A message lists so many columns.
const LISTED: usize = 10;

/// Returns what there is to say of the left and of the right table, a sentence each.
pub(super) fn notes(
    (left, right): (&Opened<'_>, &Opened<'_>),
    found: &RowsFound,
    how: &ComparingRows,
) -> [Vec<String>; 2] {
    let on_right = |name: &str| {
        let new = how.renamed.iter().find(|(_, old)| *old == name);
        new.map_or_else(|| name.to_owned(), |(new, _)| new.clone())
    };
    let on_left = |name: &str| how.renamed.get(name).cloned().unwrap_or_else(|| name.to_owned());
    let side =
        |own: &Opened<'_>, other: &Opened<'_>, other_name: &dyn Fn(&str) -> String, absent: &[String]| {
            let absent = own.typed().and_then(|own| absent_columns(own, absent));
            coarser(own, other, other_name).into_iter().chain(absent).collect::<Vec<String>>()
        };
    [side(left, right, &on_right, &found.columns_extra), side(right, left, &on_left, &found.columns_missing)]
}

/// Names the columns whose times are all whole units that those of the other table aren't.
fn coarser(own: &Opened<'_>, other: &Opened<'_>, other_name: &dyn Fn(&str) -> String) -> Vec<String> {
    let others = other.times();
    let note = |(name, seen): (&str, TimesSeen)| {
        let other =
            others.get(other_name(name).as_str()).filter(|other| other.times > 0 && seen.times > 0)?;
        let (_, unit) =
            UNITS.into_iter().find(|(digits, _)| seen.digits <= *digits && other.digits > *digits)?;
        let (name, times) = (short_name(name), datasets::counted(seen.times, "times"));
        let message =
            format!("column '{name}': its {times} are whole {unit}, those of the other table are finer");
        Some(format!("{message}: they may have been cut when they were written"))
    };
    own.times().into_iter().filter_map(note).collect()
}

/// Says that columns which a table lacks may hold nothing but nulls.
fn absent_columns(own: &TypedRows<'_>, absent: &[String]) -> Option<String> {
    use datasets::Rows as _;

    let writer = own.writer().filter(|writer| writer.leaves_nulls_out() && own.is_typed())?;
    let names: Vec<String> =
        absent.iter().take(LISTED).map(|name| format!("'{}'", short_name(name))).collect();
    let more =
        if absent.len() > LISTED { format!(" and {} more", absent.len() - LISTED) } else { String::new() };
    (!absent.is_empty()).then(|| {
        let (title, names) = (writer.title(), names.join(", "));
        format!(
            "no line has {names}{more}: {title} leaves out what is null, so nothing else may have been there"
        )
    })
}
