//! Aggregations by key over windows of event time.

use batch::{BatchError, Growing, Merge, windowed_aggregation::Window};
use compare::Objective;
use datasets::{Event, Keys, Value};
use stream::{
    Trigger, Version,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Superseding, Windows},
};

use super::{
    lines,
    parameters::{
        DELAY_OR_NONE, DRAIN, GAP, IDLE, LATENESS, MAX_AHEAD, MAX_STATE, MOST_MS, PARTITIONS, is_yes,
        optional,
    },
};
use crate::problem::{
    Computed, Entry, Merging, NOTHING_PROVEN, Parameter, Params, Problem, Shape, VersionEntry,
};

const WINDOW: Parameter = Parameter {
    name: "window",
    about: "tumbling:SIZE, sliding:SIZE:SLIDE or session:GAP, in ms",
    default: None,
    check: |value| read(value.to_string().parse::<Windows>().and_then(no_longer_than_time)),
};

const MODE: Parameter = Parameter {
    name: "mode",
    about: "what a micro-batch emits: append, update, complete; per trigger only",
    default: Some("append"),
    check: |value: &Value| read(value.to_string().parse::<OutputMode>()),
};

const SUPERSEDED: Parameter = Parameter {
    name: "superseded",
    about: "rows of sessions that merge after they have fired: keep (as Flink), or withdraw; per record only",
    default: Some("keep"),
    check: |value: &Value| read(value.to_string().parse::<Superseding>()),
};

/// Returns whether a value could be read; the reason goes on after "it" or after the value.
fn read<T>(value: Result<T, String>) -> Result<(), String> {
    value.map(|_| ()).map_err(|why| format!("can't be used: {why}"))
}

/// The versions, over the windows that `$windows` makes of the parameters.
macro_rules! versions {
    ($windows:ident $(, $more:expr)*) => {
        &[
            version!($windows, "per-record", PerRecord, "as in Flink: the watermark moves with each record"),
            version!($windows, "per-trigger", PerTrigger, "as in Spark: the watermark moves between micro-batches"),
            version!(
                $windows,
                "per-trigger-strict",
                PerTriggerStrict,
                "as in Spark before 3.4: late is what comes behind the watermark of its own batch"
            ),
            version!($windows, "at-end", AtEnd, "no watermark: everything is held until the end of input"),
            $($more,)*
        ]
    };
}

/// One of them.
macro_rules! version {
    ($windows:ident, $name:literal, $kind:ident, $about:literal) => {
        VersionEntry {
            name: $name,
            argument: None,
            about: $about,
            proven: NOTHING_PROVEN,
            make: |setup| version(&$windows(setup.params), setup.params, Kind::$kind, setup.trigger),
        }
    };
}

/// Windows of any kind.
pub static WINDOWED_AGGREGATION: Problem<Event> = Problem {
    entry: Entry {
        name: "windowed-aggregation",
        about: "count, sum, least and greatest value of each key in each window of event time",
        parameters: &[
            WINDOW,
            DELAY_OR_NONE,
            LATENESS,
            SUPERSEDED,
            MODE,
            DRAIN,
            PARTITIONS,
            IDLE,
            MAX_AHEAD,
            MAX_STATE,
        ],
        reject: |event, params| refusal(event, || params.0.get("window").map(ToString::to_string)),
        line: lines::event,
        reference_name: REFERENCE,
        versions: versions!(
            window,
            version!(
                window,
                "pre-aggregated",
                PreAggregated,
                "as per-record without lateness, from panes that windows share"
            )
        ),
    },
    objective: Objective::None,
    reference: |events, keys, params, _| reference(events, keys, &window(params)),
    growing: Some(|params| growing(&window(params))),
    merge: |params| match parsed(&window(params)) {
        Window::Session { .. } => BY_SESSIONS,
        Window::Tumbling { .. } | Window::Sliding { .. } => {
            Merging::By(Merge { group: 3, rows: batch::merge::windows })
        }
    },
    shape: Shape::Table,
};

/// Sessions: windows that the records' own times make.
pub static SESSIONS: Problem<Event> = Problem {
    entry: Entry {
        name: "sessions",
        about: "count, sum, least and greatest value of each key in each of its sessions",
        parameters: &[
            GAP,
            DELAY_OR_NONE,
            LATENESS,
            SUPERSEDED,
            MODE,
            DRAIN,
            PARTITIONS,
            IDLE,
            MAX_AHEAD,
            MAX_STATE,
        ],
        reject: |event, params| refusal(event, || params.0.get("gap").map(|gap| format!("session:{gap}"))),
        line: lines::event,
        reference_name: REFERENCE,
        versions: versions!(session),
    },
    objective: Objective::None,
    reference: |events, keys, params, _| reference(events, keys, &session(params)),
    growing: Some(|params| growing(&session(params))),
    merge: |_| BY_SESSIONS,
    shape: Shape::Table,
};

/// Windows of a length that leaves room for any sensible time.
fn no_longer_than_time(windows: Windows) -> Result<Windows, String> {
    let lengths = match windows {
        Windows::Tumbling { size } => [size, size],
        Windows::Sliding { size, slide } => [size, slide],
        Windows::Session { gap } => [gap, gap],
    };
    if lengths.iter().any(|ms| ms.get().cast_unsigned() > MOST_MS) {
        return Err(format!("'{windows}': each length must be at most 2^60 ms"));
    }
    Ok(windows)
}

/// Returns whether a record has a window that begins or ends beyond 64 bits: both sides refuse it. `windows`, as they
/// are written, are asked for only where they matter; a dataset may have none.
fn refusal(event: &Event, windows: impl FnOnce() -> Option<String>) -> Option<String> {
    // No window is longer than this.
    if event.time_ms.unsigned_abs() < 2 * MOST_MS {
        return None;
    }
    windows()?.parse::<Window>().ok()?.refusal(event.time_ms)
}

/// Any of a key's sessions may be joined by another.
const BY_SESSIONS: Merging = Merging::By(Merge { group: 1, rows: batch::merge::sessions });

const REFERENCE: &str = "sort-and-sweep";

fn window(params: &Params) -> String {
    params.get("window").to_string()
}

fn session(params: &Params) -> String {
    format!("session:{}", params.get("gap"))
}

fn reference(events: &[Event], keys: &Keys, window: &str) -> Result<Computed, BatchError> {
    Ok(batch::windowed_aggregation::reference(events, parsed(window), keys)?.into())
}

fn growing(window: &str) -> Result<Box<dyn Growing<Event>>, BatchError> {
    batch::growing::windowed(parsed(window))
}

fn parsed(window: &str) -> Window {
    window.parse().expect("both sides read the same windows, which a test goes over")
}

/// A version over the windows that these parameters name.
fn version(
    windows: &str,
    params: &Params,
    kind: Kind,
    trigger: Trigger,
) -> Result<Box<dyn Version<Event>>, String> {
    let ms = |name| optional(params, name).map(u64::cast_signed);
    let settings = Settings {
        windows: windows.parse()?,
        delay_ms: ms("delay"),
        lateness_ms: params.number("lateness").cast_signed(),
        superseding: params.get("superseded").to_string().parse()?,
        mode: params.get("mode").to_string().parse()?,
        drain: is_yes(params, "drain"),
        partitions: params.number("partitions") as u32,
        idle_ms: ms("idle"),
        max_ahead_ms: ms("max-ahead"),
        max_state: params.number("max-state"),
    };
    make(settings, kind, trigger)
}
