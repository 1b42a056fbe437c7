//! `runs trend`: one value over the runs of an experiment.

use platform::Error;
use reports::{Trend, TrendPoint};
use serde::Serialize;

use super::{
    command, listed, names, newest, only, page, tell_unread,
    text::{Side, aligned},
};
use crate::{
    cli::TrendArgs,
    history::{runs_in, trend as gathered},
    output::Output,
};

/// So many cells wide is the terminal's picture.
const WIDTH: usize = 40;

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    experiment: &'a str,
    value: Option<&'a str>,
    warnings: &'a [String],
    points: Vec<Point<'a>>,
}

#[derive(Serialize)]
struct Point<'a> {
    run: &'a str,
    started: &'a str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    another_machine: bool,
}

pub(super) fn trend(args: &TrendArgs, output: &Output) -> Result<u8, Error> {
    let file = page(args.html.as_deref())?;
    let mut found = runs_in(&args.place.folder)?;
    tell_unread(&found, output);
    let runs = std::mem::take(&mut found.runs);
    let experiment = match &args.experiment {
        Some(name) => name.clone(),
        None => the_only(&names(&runs))?,
    };
    let runs = newest(only(runs, &experiment)?, args.last);
    let mut words = vec!["trend", "--experiment", &experiment];
    words.extend(args.value.as_deref().into_iter().flat_map(|value| ["--value", value]));
    let last = args.last.map(|last| last.to_string());
    words.extend(last.as_deref().into_iter().flat_map(|last| ["--last", last]));
    let trend = gathered(&runs, &experiment, args.value.as_deref(), command(&words, &args.place.folder))?;
    print(&trend, output);
    output.json(&printed(&trend));
    if let (Some(file), Some(path)) = (file, &args.html) {
        file.write(&reports::trend_html(&trend))?;
        output.line(format_args!("\nwrote {}", datasets::shown_path(path)));
    }
    Ok(0)
}

fn the_only(names: &[String]) -> Result<String, Error> {
    match names {
        [name] => Ok(name.clone()),
        [] => Err(Error::usage("there are no runs")),
        several => Err(Error::usage(format!("there are runs of {} experiments", several.len()))
            .with_hint(format!("pick one with --experiment: {}", listed(several)))),
    }
}

fn printed(trend: &Trend) -> Printed<'_> {
    Printed {
        schema: "counterpoint.trend/1",
        experiment: &trend.experiment,
        value: trend.points.first().map(|point| point.figure.name),
        warnings: &trend.warnings,
        points: trend.points.iter().map(point).collect(),
    }
}

fn point(point: &TrendPoint) -> Point<'_> {
    let TrendPoint { run, started, figure, is_elsewhere, .. } = point;
    Point { run, started, value: figure.value, interval: figure.interval, another_machine: *is_elsewhere }
}

fn print(trend: &Trend, output: &Output) {
    output.line(datasets::shown(&trend.sentence()));
    output.line("");
    for warning in &trend.warnings {
        output.note(datasets::shown(warning));
    }
    let pictures = pictures(&trend.points);
    let row = |(point, picture): (&TrendPoint, String)| {
        let interval = point.figure.interval_text().unwrap_or_default();
        let elsewhere = if point.is_elsewhere { "another machine" } else { "" };
        let texts = [point.started.clone(), point.figure.text(), picture, interval, point.commit.clone()];
        texts.into_iter().chain([point.run.clone(), elsewhere.to_owned()]).collect()
    };
    let table: Vec<Vec<String>> = trend.points.iter().zip(pictures).map(row).collect();
    let sides = [Side::Left, Side::Right, Side::Left, Side::Left, Side::Left, Side::Left, Side::Left];
    for line in aligned(&table, &sides) {
        output.line(line);
    }
}

/// Each value as a mark between the least and the greatest, its interval as a line.
fn pictures(points: &[TrendPoint]) -> Vec<String> {
    let ends = |point: &TrendPoint| point.figure.interval.unwrap_or([point.figure.value; 2]);
    let (low, high) = points
        .iter()
        .flat_map(ends)
        .fold((f64::MAX, f64::MIN), |(low, high), end| (low.min(end), high.max(end)));
    let at = |value: f64| {
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        (share * (WIDTH - 1) as f64).round() as usize
    };
    let picture = |point: &TrendPoint| {
        let [from, to] = ends(point).map(at);
        let value = at(point.figure.value);
        let cell = |cell: usize| match cell {
            cell if cell == value => '●',
            cell if (from..=to).contains(&cell) => '─',
            _ => ' ',
        };
        (0..WIDTH).map(cell).collect()
    };
    points.iter().map(picture).collect()
}
