//! Lambda: a batch layer recomputes the view from the whole log, a speed layer covers what came since, and a serving layer
//! merges the two.

mod drive;
mod laws;
mod merged;
mod run;
mod stored;

pub(crate) use drive::Layers;
