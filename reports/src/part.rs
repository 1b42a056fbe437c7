//! A part of the page under a heading of its own, open or folded.

use maud::{Markup, html};

/// Holds a heading and what stands under it.
pub(crate) struct Part {
    /// The name that links and labels use; each is used once.
    pub id: &'static str,
    heading: String,
    body: Markup,
}

impl Part {
    pub(crate) fn new(id: &'static str, heading: impl Into<String>, body: Markup) -> Self {
        Self { id, heading: heading.into(), body }
    }

    /// Returns the part as it is read without a click.
    pub(crate) fn open(&self) -> Markup {
        html! { section { h2 id=(self.id) { (self.heading) } (self.body) } }
    }

    /// Returns the part with its heading alone, until somebody opens it; on paper it is open.
    pub(crate) fn folded(&self) -> Markup {
        html! { details class="part" { summary { h2 id=(self.id) { (self.heading) } } (self.body) } }
    }
}
