//! Lambda: a batch layer recomputes the view from the whole log, a speed layer covers what came since, and a serving layer
//! merges the two.

mod drive;
mod figures;
mod laws;
mod merged;
mod run;
mod stored;
#[cfg(test)]
mod tests;

pub(crate) use drive::Layers;
