//! The self-test's datasets: seeded or as they are shipped, made anew in a temporary folder for each run, each when it
//! is first asked for.

use std::path::Path;

use datasets::{BATCH, CAPACITY, Value, WorkFolder, edges, generate};
use serde::Serialize;

use platform::Error;

/// Enough for a fault in each 1000th record to show twice, and for two chunks.
const RECORDS: u64 = 2001;
/// Enough for a fault in each 100,000th record to show once.
const MANY: u64 = 100_001;
const SEED: u64 = 1;

/// Which data a case is judged on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Data {
    /// Sizes of 20 to 100 in bins of 150.
    Uniform,
    /// Three fill a bin of 1000 exactly, so each error in a sum shows.
    Triplets,
    /// Sizes of 1 to 600,000 in bins of 1,000,000: many classes, large numbers, and a tree for a bit set.
    Wide,
    /// A manifest that claims an optimum which no packing reaches.
    Boastful,
    /// Sizes by the hundred thousand.
    ManySizes,
    /// A hundred sizes, two to a bin.
    Pairs,
    /// The shipped data at the edges of packing.
    EdgesPacking,
    EdgesWindows,
    EdgesSessions,
    EdgesTotals,
    EdgesReadings,
    EdgesOrders,
    /// Events of which some are late, in windows that overlap.
    Sliding,
    /// Events in short windows, of which many are complete while an upgrade is judged.
    Served,
    /// Deliveries in the same time.
    ServedTotals,
    /// Events by the hundred thousand, none of them late.
    ManyEvents,
    /// Requests for objects of size 1.
    Requests,
    /// Requests for objects of several sizes.
    SizedRequests,
}

/// Describes what is generated, from which arguments, with which parameters over its own.
struct Seeded {
    generator: &'static str,
    records: u64,
    arguments: &'static [(&'static str, u64)],
}

impl Data {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Triplets => "triplets",
            Self::Wide => "wide",
            Self::Boastful => "boastful",
            Self::ManySizes => "many-sizes",
            Self::Pairs => "pairs",
            Self::EdgesPacking => "edges-packing",
            Self::EdgesWindows => "edges-windows",
            Self::EdgesSessions => "edges-sessions",
            Self::EdgesTotals => "edges-totals",
            Self::EdgesReadings => "edges-readings",
            Self::EdgesOrders => "edges-orders",
            Self::Sliding => "sliding",
            Self::Served => "served",
            Self::ServedTotals => "served-totals",
            Self::ManyEvents => "many-events",
            Self::Requests => "requests",
            Self::SizedRequests => "sized-requests",
        }
    }

    /// The micro-batches in which a job that moves event time between them is fed.
    pub(super) fn trigger(self) -> String {
        let records = if self == Self::ManyEvents { 1000 } else { BATCH };
        format!("every {records} records")
    }

    fn seeded(self) -> Option<Seeded> {
        let seeded = |generator, records, arguments| Some(Seeded { generator, records, arguments });
        match self {
            Self::Uniform => seeded("uniform", RECORDS, &[]),
            Self::Triplets | Self::Boastful => seeded("triplets", RECORDS, &[]),
            Self::Wide => seeded("uniform", RECORDS, &[("min", 1), ("max", 600_000), (CAPACITY, 1_000_000)]),
            Self::ManySizes => seeded("uniform", MANY, &[]),
            Self::Pairs => seeded("uniform", 100, &[("min", 40), ("max", 50), (CAPACITY, 100)]),
            Self::Sliding => seeded("events", RECORDS, &[("keys", 40), ("rate", 20), ("max-delay", 20_000)]),
            Self::Served => seeded("events", RECORDS, &[("keys", 10), ("rate", 20), ("max-delay", 500)]),
            Self::ServedTotals => {
                seeded("deliveries", RECORDS, &[("keys", 10), ("rate", 20), ("max-delay", 500)])
            }
            Self::ManyEvents => seeded("events", MANY, &[("keys", 200)]),
            Self::Requests => seeded("requests", RECORDS, &[("keys", 400)]),
            Self::SizedRequests => seeded("requests", RECORDS, &[("keys", 400), ("sizes", 50)]),
            Self::EdgesPacking
            | Self::EdgesWindows
            | Self::EdgesSessions
            | Self::EdgesTotals
            | Self::EdgesReadings
            | Self::EdgesOrders => None,
        }
    }

    pub(super) fn instance(self) -> Result<datasets::Instance, Error> {
        let Some(Seeded { generator, records, arguments }) = self.seeded() else {
            let shipped = edges().into_iter().find(|instance| instance.name == self.name());
            return Ok(shipped.expect("a test goes over all names"));
        };
        let arguments = arguments.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
        let mut instance = generate(generator, records, SEED, &arguments)?;
        if self == Self::Boastful {
            instance.optimum = Some(1);
        }
        if self == Self::Sliding {
            let own = [("window", Value::from("sliding:10000:2500")), ("delay", 5000.into())];
            instance.parameters.extend(own.map(|(name, value)| (name.to_owned(), value)));
        }
        if self == Self::Served {
            let own = [("window", Value::from("tumbling:1000")), ("delay", 600.into())];
            instance.parameters.extend(own.map(|(name, value)| (name.to_owned(), value)));
        }
        Ok(instance)
    }
}

/// The datasets on disk, until this is dropped.
pub(super) struct Datasets(WorkFolder);

impl Datasets {
    pub(super) fn new() -> Result<Self, Error> {
        let cannot = |cause| Error::System { action: "write in", path: std::env::temp_dir(), cause };
        WorkFolder::new(&std::env::temp_dir()).map(Self).map_err(cannot)
    }

    pub(super) fn path(&self, data: Data) -> Result<String, Error> {
        let path = self.0.path().join(data.name());
        if !path.exists() {
            datasets::freeze(&data.instance()?, &path)?;
        }
        Ok(path.to_string_lossy().into_owned())
    }

    /// A place for whatever else a row needs.
    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }
}
