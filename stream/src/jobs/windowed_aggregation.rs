//! Windowed aggregation: counts, sums and extremes by key over windows of event time.
//!
//! | version | watermark | late records |
//! |---|---|---|
//! | `per-record` | moves with each record (or each n-th), as in Flink | open the window again within the lateness |
//! | `per-trigger` | moves between micro-batches, as in Spark since 3.4 | held against the batch before |
//! | `per-trigger-strict` | as in Spark before 3.4 | held against their own batch |
//! | `pre-aggregated` | as `per-record`, lateness 0 | the same answer from panes that windows share |
//! | `at-end` | none: everything fires at the end of input | there are none; everything is held until then |

use datasets::Event;

use crate::{
    Flavour, Operator, Regime, Running, Settling, Source, Trigger, Version, WatermarkPolicy,
    windows::{Aligned, Firing, Firings, Ms, OutputMode, Panes, Sessions, Superseding, Windows},
};

/// Describes what a user can choose, whichever the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Says how event time is cut.
    pub windows: Windows,
    /// Says how late, in milliseconds of event time, a record may come; `None`: there is no watermark.
    pub delay_ms: Option<i64>,
    /// Says how long a window is kept after it has fired, where the watermark moves with the records.
    pub lateness_ms: i64,
    /// Describes what a micro-batch emits.
    pub mode: OutputMode,
    /// Holds what becomes of rows of sessions that merge after they have fired, where the watermark moves with the
    /// records.
    pub superseding: Superseding,
    /// Micro-batches: at the end of input everything is emitted, not only what the watermark has passed.
    pub drain: bool,
    /// Says how many partitions the source has; 0: those that have spoken.
    pub partitions: u32,
    /// A partition that has been silent while the others moved on by this much no longer holds event time back.
    pub idle_ms: Option<i64>,
    /// A record further than this ahead of all before it is refused.
    pub max_ahead_ms: Option<i64>,
    /// Says how many entries, one for each window and key, the state may hold.
    pub max_state: u64,
}

/// The versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The watermark moves with the records.
    PerRecord,
    /// It moves between micro-batches; records are held against that of the batch before.
    PerTrigger,
    /// It moves between micro-batches; records are held against that of their own.
    PerTriggerStrict,
    /// As per record, from panes.
    PreAggregated,
    /// No watermark.
    AtEnd,
}

impl Kind {
    /// All, with the names by which users know them.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("per-record", Self::PerRecord),
        ("per-trigger", Self::PerTrigger),
        ("per-trigger-strict", Self::PerTriggerStrict),
        ("pre-aggregated", Self::PreAggregated),
        ("at-end", Self::AtEnd),
    ];
}

/// A job of this kind; the error says which of the settings it can't work with.
pub fn make(settings: Settings, kind: Kind, trigger: Trigger) -> Result<Box<dyn Version<Event>>, String> {
    check(settings)?;
    let Settings { windows, mode, drain, lateness_ms, .. } = settings;
    let per_trigger = |strict| {
        mode.check(windows, settings.delay_ms)?;
        Ok(by_windows(settings, Flavour::PerTrigger { strict, drain }, trigger, mode))
    };
    // Flink has no output modes: a window fires when it is complete, and again when a late record changes it.
    let append = OutputMode::Append;
    match kind {
        Kind::PerRecord => Ok(by_windows(settings, Flavour::PerRecord { lateness_ms }, trigger, append)),
        Kind::PerTrigger => per_trigger(false),
        Kind::PerTriggerStrict => per_trigger(true),
        Kind::PreAggregated => pre_aggregated(settings, trigger),
        Kind::AtEnd => {
            let settings = Settings { delay_ms: None, ..settings };
            Ok(by_windows(settings, Flavour::PerRecord { lateness_ms: 0 }, trigger, append))
        }
    }
}

fn check(settings: Settings) -> Result<(), String> {
    let Settings { delay_ms, lateness_ms, idle_ms, max_ahead_ms, .. } = settings;
    let times = [
        ("delay", delay_ms),
        ("lateness", Some(lateness_ms)),
        ("idle", idle_ms),
        ("max-ahead", max_ahead_ms),
    ];
    for (name, ms) in times {
        if let Some(ms) = ms.filter(|&ms| ms < 0) {
            return Err(format!("{name} is {ms} ms: it can't be negative"));
        }
    }
    Ok(())
}

fn by_windows(
    settings: Settings,
    flavour: Flavour,
    trigger: Trigger,
    mode: OutputMode,
) -> Box<dyn Version<Event>> {
    match settings.windows {
        Windows::Tumbling { size } => running(settings, flavour, trigger, Aligned::new(size, size, mode)),
        Windows::Sliding { size, slide } => {
            running(settings, flavour, trigger, Aligned::new(size, slide, mode))
        }
        Windows::Session { gap } => {
            running(settings, flavour, trigger, Sessions::new(gap, mode, settings.superseding))
        }
    }
}

fn pre_aggregated(settings: Settings, trigger: Trigger) -> Result<Box<dyn Version<Event>>, String> {
    if settings.lateness_ms != 0 {
        let lateness_ms = settings.lateness_ms;
        return Err(format!(
            "pre-aggregated emits each window once, so lateness must be 0, not {lateness_ms}: set it to 0, or use \
             per-record"
        ));
    }
    let (size, slide): (Ms, Ms) = match settings.windows {
        Windows::Tumbling { size } => (size, size),
        Windows::Sliding { size, slide } => (size, slide),
        Windows::Session { .. } => {
            return Err(
                "pre-aggregated is for tumbling and sliding windows: use per-record for sessions".into()
            );
        }
    };
    Ok(running(settings, Flavour::PerRecord { lateness_ms: 0 }, trigger, Panes::new(size, slide)))
}

fn running<O>(settings: Settings, flavour: Flavour, trigger: Trigger, operator: O) -> Box<dyn Version<Event>>
where
    O: Operator<Event, Out = Firing> + Send + 'static,
{
    let source = Source {
        time_ms: |event: &Event| event.time_ms,
        partition: |event: &Event| event.partition,
        policy: match flavour {
            Flavour::PerRecord { .. } => WatermarkPolicy::Min,
            // Spark knows nothing of its source's partitions.
            Flavour::PerTrigger { .. } => WatermarkPolicy::Max,
        },
        delay_ms: settings.delay_ms,
        partitions: settings.partitions,
        idle_ms: settings.idle_ms,
        max_ahead_ms: settings.max_ahead_ms,
    };
    let sink = Firings::new(settling(settings, flavour));
    Box::new(Running::new(
        source,
        Regime { flavour, trigger, state_limit: settings.max_state },
        operator,
        sink,
    ))
}

/// In complete mode each batch emits the whole table; of sessions only the last one counts, for rows merge.
fn settling(settings: Settings, flavour: Flavour) -> Settling {
    match (flavour, settings.mode, settings.superseding) {
        (Flavour::PerTrigger { .. }, OutputMode::Complete, _) => Settling::LastEmission,
        (Flavour::PerTrigger { .. }, OutputMode::Append | OutputMode::Update, _)
        | (Flavour::PerRecord { .. }, _, Superseding::Keep) => Settling::LastOfEach,
        (Flavour::PerRecord { .. }, _, Superseding::Withdraw) => Settling::Withdrawing,
    }
}
