//! Earlier runs side by side, and one value of them over time.

mod changes;
mod figure;
mod trend;

pub use changes::{ChangedPart, ChangedRow, Changes, ChangesColumn, letters};
pub use figure::{FigureUnit, RunFigure};
pub use trend::{Trend, TrendPoint};

pub(crate) use changes::page as changes_page;
pub(crate) use trend::page as trend_page;
