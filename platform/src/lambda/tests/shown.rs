//! A view outside while the layers work: it shows the merged rows, and goes from one batch view to the next in one step.

use datasets::WorkFolder;
use replay::view::Rhythm;
use store::log::{Log, LogSettings};

use super::{Case, Layers, PER_RECORD, Ran, Stored};
use crate::{
    error::Error,
    serving::{
        outside::{Mishap, Outside},
        store::{Row, Store},
        view::Leaving,
        watching::Watching,
    },
};

/// Runs the layers with a view, and returns what a reader of the store gets at the end.
fn run(
    layers: &Layers<'_, datasets::Event>,
    plan: &crate::experiment::Plan,
    view: &Outside,
) -> Result<(Ran, Vec<Row>), Error> {
    let choice = plan.architecture.as_ref().expect("one is named");
    let views = layers.plan(choice.lambda.every, choice.lambda.takes);
    let folder = WorkFolder::new(&std::env::temp_dir()).expect("a folder");
    let mut log = Log::create(&folder.path().join("log"), LogSettings::default()).expect("a log");
    let store = Store::open(&folder.path().join("served"), choice.durability).expect("a store");
    let mut stored = Stored::new(store, Some(view.open(None, Leaving::Failed)))?;
    let mut watch = Watching::new(layers.trial, layers.timeline)?;
    let ran = layers.drive(&mut log, Some(&mut stored), &views, &mut watch)?;
    Ok((ran, stored.answer(layers.rule())?))
}

fn case(more: &str) -> Case {
    let more = format!("{PER_RECORD}lambda.every = '17 records'\nlambda.takes = '5 records'\n{more}");
    Case { records: 90, seed: 1, delays: [900, 100], more }
}

#[test]
fn merged_rows_are_shown_and_a_new_view_is_one_step() {
    for rhythm in [Rhythm::EachEpoch, Rhythm::EachSwitch] {
        case("").with(|layers, plan| {
            let view = Outside::new(layers.shape, &layers.trial.loaded.keys, rhythm);
            let (ran, served) = run(layers, plan, &view).expect("a run");
            assert!(view.shown().1 == view.read(&served) && ran.views.len() > 3);
            let history = view.history();
            for (recomputed, [before, after]) in ran.views.iter().zip(&ran.published) {
                let name = format!("view-{}", recomputed.boundary);
                let at = history.iter().position(|(stamp, _)| stamp.name == name).expect("it is shown");
                assert_eq!(history[at].0.records, recomputed.served_at);
                assert!(history[at].1 == view.read(after), "{name}");
                let was = rhythm == Rhythm::EachSwitch || history[at - 1].1 == view.read(before);
                assert!(was, "{name}");
            }
            let epochs = history.len() as u64;
            match rhythm {
                // The empty one, one a record, one a view, and one when the job concludes.
                Rhythm::EachEpoch => assert_eq!(epochs, 90 + ran.views.len() as u64 + 2),
                Rhythm::EachSwitch => assert_eq!(epochs, ran.views.len() as u64 + 2),
            }
        });
    }
}

#[test]
fn a_view_that_fails_ends_the_run_and_is_not_left() {
    case("").with(|layers, plan| {
        for n in [0, 1, 30, 60] {
            let view = Outside::new(layers.shape, &layers.trial.loaded.keys, Rhythm::EachEpoch);
            view.plan(n, Mishap::After);
            let error = run(layers, plan, &view).expect_err("it dies").to_string();
            assert!(error.contains("publish what is served to the view"), "{error}");
            assert!(view.was_removed());
        }
    });
}
