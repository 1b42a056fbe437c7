use compare::{AnyResults, Timings};
pub(crate) struct Run<'a> {
    pub(crate) results: &'a AnyResults,
    pub(crate) timings: &'a Timings,
    pub(crate) experiment: &'a str,
    pub(crate) command: &'a str,
}
impl Run<'_> {
    fn of(&self, f: impl Fn(&::reports::Run<'_>) -> String) -> String {
        match self.results {
            AnyResults::Cost(results) => f(&::reports::Run {
                results,
                timings: self.timings,
                experiment: self.experiment,
                command: self.command,
            }),
            AnyResults::Table(_) => String::from("table"),
        }
    }
}
pub(crate) fn html(run: &Run<'_>) -> String {
    run.of(::reports::html)
}
pub(crate) fn junit(run: &Run<'_>) -> String {
    run.of(::reports::junit)
}
pub(crate) fn markdown(run: &Run<'_>) -> String {
    run.of(::reports::markdown)
}
pub(crate) fn headline(results: &AnyResults, timings: &Timings) -> ::reports::Headline {
    match results {
        AnyResults::Cost(results) => ::reports::headline(results, timings),
        AnyResults::Table(_) => {
            ::reports::Headline { outcome: timings.outcome, sentence: "table".into(), detail: String::new() }
        }
    }
}
