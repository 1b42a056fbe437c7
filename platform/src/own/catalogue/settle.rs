//! `[reference] problem`, once all that can be said of it without the data is found to fit.

use std::collections::BTreeMap;

use compare::Objective;
use datasets::{Answer, CAPACITY, Frozen, Keys, Manifest, Record, Value};

use super::{Catalogued, capacity, columns, times::TimesForm, wrong};
use crate::{
    attach::OutputForm,
    erased::{AnyProblem, Info, Visit, resolve_named},
    error::Error,
    own::{OwnSection, ProblemChoice, ReferenceSection},
    problem::{Parameter, Params, Problem, Work},
};

/// Says what the reference is asked for.
pub(crate) struct Asked<'a> {
    /// The dataset, without copies.
    pub(crate) frozen: &'a Frozen,
    /// The experiment's problem.
    pub(crate) problem: AnyProblem,
    /// Holds what the experiment says of it.
    pub(crate) choice: Option<&'a ProblemChoice>,
    /// Says whether records come in the order of the file.
    pub(crate) is_recorded: bool,
    /// Says which problem a name means.
    pub(crate) find: &'a dyn Fn(&str) -> Result<AnyProblem, Error>,
}

impl Catalogued {
    /// Makes the reference that `section` describes with the problem `name`.
    pub(in crate::own) fn settle(
        name: &str,
        section: &ReferenceSection,
        asked: &Asked<'_>,
    ) -> Result<Self, Error> {
        let problem = (asked.find)(name).map_err(|error| {
            let hint = error.hint().unwrap_or_default();
            wrong(&format!("problem: {error}"), &hint)
        })?;
        let info = problem.info();
        let Some(ProblemChoice::Own(own)) = asked.choice else {
            let what = "problem: only a problem of your own takes its truth from the catalogue's";
            return Err(wrong(what, "leave it out: a problem of the catalogue has its reference"));
        };
        let said = problem.visit(Say);
        check_shape(&info, &asked.problem.info())?;
        if said.follows_order && !asked.is_recorded {
            let what = format!("problem: what is best for {name} depends on the order of the records");
            return Err(wrong(&what, "leave [replay] order as it is, recorded"));
        }
        let manifest = &asked.frozen.manifest;
        let options = if manifest.is_generic() {
            let mut options = columns::import_options(section, &info, manifest)?;
            options.parameters.extend(capacity(&section.parameters).map(|it| (CAPACITY.to_owned(), it)));
            Some(options)
        } else {
            refuse_columns(section, manifest, &info)?;
            None
        };
        let params = params(problem, &info, section, asked.frozen)?;
        let zone = options.as_ref().and_then(|options| columns::zone(manifest, &options.renamed));
        let times = TimesForm::read(section.times.as_deref(), zone.as_deref())
            .map_err(|[what, hint]| wrong(&format!("times: {what}"), &hint))?;
        let catalogued = Self {
            problem,
            name: format!("{name} ({})", said.reference_name),
            params,
            options,
            select: section.select.clone(),
            times,
        };
        catalogued.check_answer(&info, own, section)?;
        Ok(catalogued)
    }

    /// Checks that the answer has the columns that are asked for.
    fn check_answer(&self, info: &Info, own: &OwnSection, section: &ReferenceSection) -> Result<(), Error> {
        if info.has_cost() {
            let set = [("select", section.select.is_empty()), ("times", section.times.is_none())];
            return match set.iter().find(|(_, is_unset)| !is_unset) {
                Some((key, _)) => Err(wrong(
                    &format!(
                        "{key}: {} gives the bounds of what decisions can cost, and no table",
                        info.name
                    ),
                    "leave it out",
                )),
                None => Ok(()),
            };
        }
        let known = self.problem.visit(AnswerColumns { params: &self.params })?;
        let names = || known.iter().map(String::as_str);
        if let Some(unknown) = self.select.values().find(|name| !known.contains(name)) {
            let what =
                format!("select: the answer of {} has no column '{}'", info.name, datasets::shown(unknown));
            return Err(wrong(&what, &columns::nearest(unknown, names())));
        }
        let given: Vec<&str> = if self.select.is_empty() {
            names().collect()
        } else {
            self.select.keys().map(String::as_str).collect()
        };
        let here = |name: &&str| own.rename.get(*name).map_or(*name, String::as_str).to_owned();
        let given: Vec<String> = given.iter().map(here).collect();
        match own.key.iter().find(|name| !given.contains(name)) {
            Some(lacking) => {
                let what = format!(
                    "problem: {} gives no column '{}', which names a row; it gives {}",
                    info.name,
                    datasets::shown(lacking),
                    known.join(", ")
                );
                Err(wrong(&what, &format!("write select = {{ {lacking} = \"{}\", … }}", known[0])))
            }
            None => Ok(()),
        }
    }
}

/// Refuses an answer of another shape.
fn check_shape(theirs: &Info, own: &Info) -> Result<(), Error> {
    let name = theirs.name;
    let refused = |what: String, hint: &str| Err(wrong(&format!("problem: {what}"), hint));
    match (theirs.has_cost(), own.has_cost()) {
        (false, false) if theirs.answers == OutputForm::Emit && own.answers == OutputForm::Emit => Ok(()),
        (true, true) => match (theirs.objective, own.objective) {
            (Objective::Minimise(_), Objective::Minimise(_))
            | (Objective::Maximise(_), Objective::Maximise(_))
            | (Objective::None, _) => Ok(()),
            (Objective::Minimise(unit), _) => refused(
                format!("{name} keeps {unit} low, and [problem] wants the opposite"),
                "write minimise",
            ),
            (Objective::Maximise(unit), _) => refused(
                format!("{name} keeps {unit} high, and [problem] wants the opposite"),
                "write maximise",
            ),
        },
        (true, false) => refused(
            format!("{name} gives the bounds of what decisions can cost, and [problem] has no cost"),
            "write answer = \"decisions\", minimise = \"…\" and a checker",
        ),
        (false, _) => refused(
            format!("the answer of {name} is a table, and that of [problem] is none"),
            "write answer = \"table\", or take another problem",
        ),
    }
}

/// A dataset of a problem's own records has the columns that these have.
fn refuse_columns(section: &ReferenceSection, manifest: &Manifest, info: &Info) -> Result<(), Error> {
    let problem = manifest.problem.as_str();
    if let Some(column) =
        info.columns.iter().find(|column| manifest.columns.iter().all(|own| own != column.name))
    {
        let what = format!(
            "problem: {} reads a column {}, and the dataset was frozen for {problem} with the columns {}",
            info.name,
            column.name,
            manifest.columns.join(", ")
        );
        return Err(wrong(&what, "freeze the data without --problem, and name its columns here"));
    }
    let set = [
        ("columns", section.columns.is_empty()),
        ("constants", section.constants.is_empty()),
        ("bad_rows", section.bad_rows.is_none()),
    ];
    match set.iter().find(|(_, is_unset)| !is_unset) {
        Some((key, _)) => Err(wrong(
            &format!("{key}: the dataset was frozen for {problem}, whose records are read as they are"),
            "leave it out",
        )),
        None => Ok(()),
    }
}

/// All parameters but a capacity that an import brings into the unit of the sizes.
fn params(
    problem: AnyProblem,
    info: &Info,
    section: &ReferenceSection,
    frozen: &Frozen,
) -> Result<Params, Error> {
    let mut set: BTreeMap<String, Value> = section.parameters.clone();
    let is_known = info.parameters.iter().any(|parameter| parameter.name == CAPACITY);
    let has_capacity = frozen.manifest.is_generic() && is_known && set.remove(CAPACITY).is_some();
    let params = resolve_named(problem, frozen, &set, "[reference] parameters: ")?;
    let is_set = |parameter: &&Parameter| {
        params.0.contains_key(parameter.name) || has_capacity && parameter.name == CAPACITY
    };
    match info.parameters.iter().find(|parameter| !is_set(parameter)) {
        Some(Parameter { name, about, .. }) => Err(wrong(
            &format!("problem: {} needs the parameter {name}: {about}", info.name),
            &format!("write parameters = {{ {name} = … }}"),
        )),
        None => Ok(params),
    }
}

/// Describes what is to be known of a problem beside what the catalogue shows.
struct Said {
    reference_name: &'static str,
    follows_order: bool,
}

struct Say;

impl Visit for Say {
    type Out = Said;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Said {
        Said {
            reference_name: problem.entry.reference_name,
            follows_order: problem.decided().is_some_and(|decided| decided.follows_order),
        }
    }
}

/// The columns of a problem's answer, if it is a table.
pub(crate) struct AnswerColumns<'a> {
    pub(crate) params: &'a Params,
}

impl Visit for AnswerColumns<'_> {
    type Out = Result<Vec<String>, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        let of_nothing = (problem.reference)(&[], &Keys::default(), self.params, Work::Steps(0));
        match of_nothing.map_err(|error| Error::input(error.message))?.answer {
            Answer::Table(table) => Ok(table.columns.iter().map(|column| column.name.to_string()).collect()),
            Answer::Decisions(_) => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SHIPPED;

    /// Returns all parameters of a problem whose answer is a table.
    fn params(info: &Info) -> Params {
        let needed = [("window", "tumbling:5"), ("gap", "5"), ("within", "5")];
        let value = |parameter: &Parameter| {
            let own = needed.iter().find(|(name, _)| *name == parameter.name).map(|(_, value)| *value);
            own.or(parameter.default).map(|value| (parameter.name.to_owned(), Value::of(value)))
        };
        Params(info.parameters.iter().filter_map(value).collect())
    }

    #[test]
    fn the_page_says_what_each_problem_reads_and_gives() {
        let page = include_str!("../../../../docs/own-problem.md");
        for problem in SHIPPED {
            let info = problem.info();
            let quoted = |names: Vec<String>| {
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            };
            let reads = quoted(info.columns.iter().map(|column| column.name.to_owned()).collect());
            let gives = if info.has_cost() {
                "the bounds of the optimum".to_owned()
            } else {
                quoted(problem.visit(AnswerColumns { params: &params(&info) }).expect("a table"))
            };
            let name = info.name;
            let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` | "))).expect(name);
            assert!(row.starts_with(&format!("| `{name}` | {reads}")), "{row}");
            assert!(row.ends_with(&format!(" | {gives} |")), "{row}; {gives}");
        }
    }
}
