//! The catalogue of a program: the problems that are shipped, and those that its author adds.

use std::any::Any;

use datasets::Record;

use super::SHIPPED;
use crate::{
    erased::{AnyProblem, Visit},
    error::Error,
    problem::{Problem, VersionEntry},
};

/// Begins the names of the problems that the program judges itself by.
const RESERVED: &str = "self-test";

/// Holds the problems that a program knows, each with its versions.
///
/// A version or a problem that can't be added, such as one whose name is taken, is told by [`Catalog::checked`], which
/// the program asks before it does anything.
///
/// ```
/// use datasets::Item;
/// use platform::{
///     catalog::{BIN_PACKING, Catalog},
///     problem::{NOTHING_PROVEN, VersionEntry},
/// };
/// use stream::{Deciding, Job};
///
/// /// Puts each item into a bin of its own.
/// struct Alone(u32);
///
/// impl Job<Item> for Alone {
///     fn push(&mut self, _: &Item) -> u32 {
///         self.0 += 1;
///         self.0 - 1
///     }
/// }
///
/// let alone = VersionEntry {
///     name: "alone",
///     argument: None,
///     about: "a bin for each item",
///     proven: NOTHING_PROVEN,
///     make: |_| Ok(Box::new(Deciding(Alone(0)))),
/// };
/// let catalog = Catalog::shipped().with_version("bin-packing", alone).checked()?;
/// let versions = catalog.problem("bin-packing")?.info().versions;
/// assert_eq!(versions.len(), BIN_PACKING.entry.versions.len() + 1);
/// # Ok::<(), platform::Error>(())
/// ```
pub struct Catalog {
    problems: Vec<AnyProblem>,
    /// Why the first thing that could not be added wasn't.
    refused: Option<Error>,
}

impl Catalog {
    /// Returns all that is shipped, and nothing else.
    pub fn shipped() -> Self {
        Self { problems: SHIPPED.to_vec(), refused: None }
    }

    /// Adds a version to the problem of this name, which may be a shipped one or one that was added before.
    #[must_use]
    pub fn with_version<R: Record>(self, problem: &str, version: VersionEntry<R>) -> Self
    where
        &'static Problem<R>: Into<AnyProblem>,
    {
        self.and(|problems| {
            let place = position(problems, problem)?;
            let extended = problems[place].visit(Extended(version))?;
            problems[place] = extended.into();
            Ok(())
        })
    }

    /// Adds a problem, with its reference and its versions.
    #[must_use]
    pub fn with_problem<R: Record>(self, problem: &'static Problem<R>) -> Self
    where
        &'static Problem<R>: Into<AnyProblem>,
    {
        self.and(|problems| {
            let name = problem.entry.name;
            check_name("problem", name)?;
            if name.starts_with(RESERVED) {
                let wrong =
                    format!("a problem can't be called '{name}': names in {RESERVED} are the program's own");
                return Err(Error::usage(wrong).with_hint("give it another name"));
            }
            if problems.iter().any(|other| other.info().name == name) {
                return Err(Error::usage(format!("there is a problem '{name}' already"))
                    .with_hint("give yours another name, or add your version to that problem"));
            }
            for (place, version) in problem.entry.versions.iter().enumerate() {
                check_new(name, &problem.entry.versions[..place], version)?;
            }
            problems.push(problem.into());
            Ok(())
        })
    }

    /// Returns it if all could be added; the error says what could not.
    pub fn checked(self) -> Result<Self, Error> {
        let Self { problems, refused } = self;
        refused.map_or(Ok(Self { problems, refused: None }), Err)
    }

    /// Returns every problem, the shipped ones first.
    pub fn problems(&self) -> &[AnyProblem] {
        &self.problems
    }

    /// Returns the problem of this name; the error has the nearest name, or all of them, as its hint.
    pub fn problem(&self, name: &str) -> Result<AnyProblem, Error> {
        position(&self.problems, name).map(|place| self.problems[place])
    }

    /// Adds something, unless something could not be added before.
    fn and(mut self, add: impl FnOnce(&mut Vec<AnyProblem>) -> Result<(), Error>) -> Self {
        if self.refused.is_none() {
            self.refused = add(&mut self.problems).err();
        }
        self
    }
}

fn position(problems: &[AnyProblem], name: &str) -> Result<usize, Error> {
    if name.is_empty() {
        return Err(Error::usage("the dataset was frozen without a problem, and none is named").with_hint(
            "name one with --problem, if the dataset has its columns; or describe your own under [problem] in an experiment",
        ));
    }
    problems.iter().position(|problem| problem.info().name == name).ok_or_else(|| {
        let names = || problems.iter().map(|problem| problem.info().name);
        let hint = datasets::nearest(name, names()).map_or_else(
            || format!("expected one of: {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean {near}?"),
        );
        Error::usage(format!("unknown problem '{}'", datasets::shown(name))).with_hint(hint)
    })
}

/// A version that a problem is to have, too.
struct Extended<Q: 'static>(VersionEntry<Q>);

impl<Q: Record> Visit for Extended<Q> {
    type Out = Result<&'static Problem<Q>, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        let Self(version) = self;
        let any: &'static dyn Any = problem;
        let Some(problem) = any.downcast_ref::<Problem<Q>>() else {
            let [name, columns] = [
                problem.entry.name.to_owned(),
                R::declared()[0].iter().map(|column| column.name).collect::<Vec<_>>().join(", "),
            ];
            return Err(Error::usage(format!(
                "version {} takes records of another type than problem {name}, whose records have the columns {columns}",
                datasets::shown(version.name)
            ))
            .with_hint("make it for the record type of that problem, or name another problem"));
        };
        check_new(problem.entry.name, problem.entry.versions, &version)?;
        let mut extended = problem.clone();
        // A catalogue is made once, when a program starts, and lives as long.
        extended.entry.versions = Vec::leak([problem.entry.versions, &[version]].concat());
        Ok(Box::leak(Box::new(extended)))
    }
}

/// Says whether a version can be named beside these.
fn check_new<R>(problem: &str, others: &[VersionEntry<R>], version: &VersionEntry<R>) -> Result<(), Error> {
    let name = version.name;
    check_name("version", name)?;
    if others.iter().any(|other| other.name == name) {
        return Err(Error::usage(format!("problem {problem} has a version '{name}' already"))
            .with_hint("give yours another name"));
    }
    Ok(())
}

/// Says whether an experiment, and a shell, can write this name as it stands.
fn check_name(what: &str, name: &str) -> Result<(), Error> {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_name = name.starts_with(is_plain) && name.chars().all(|letter| is_plain(letter) || letter == '-');
    if is_name {
        return Ok(());
    }
    Err(Error::usage(format!("a {what} can't be called '{}'", datasets::shown(name)))
        .with_hint("take small letters, digits and hyphens, such as first-fit"))
}

#[cfg(test)]
mod tests {
    use datasets::{Event, Item};
    use stream::Trigger;

    use super::*;
    use crate::{
        catalog::{BIN_PACKING, SESSIONS},
        problem::Params,
    };

    /// A version of bin packing that does as next fit, by another name.
    fn version(name: &'static str) -> VersionEntry<Item> {
        VersionEntry { name, ..BIN_PACKING.entry.versions[0].clone() }
    }

    fn problem(name: &'static str, versions: &[&'static str]) -> &'static Problem<Item> {
        let mut problem = BIN_PACKING.clone();
        problem.entry.name = name;
        problem.entry.versions = Vec::leak(versions.iter().map(|name| version(name)).collect());
        Box::leak(Box::new(problem))
    }

    /// Returns why a catalogue is refused, and the hint.
    fn refusal(catalog: Catalog) -> String {
        let error = catalog.checked().err().expect("refused");
        format!("{error}; {}", error.hint().expect("a hint"))
    }

    #[test]
    fn a_version_stands_behind_the_shipped_ones_and_can_be_made() {
        let catalog = Catalog::shipped().with_version("bin-packing", version("mine")).checked().expect("new");
        let problem = catalog.problem("bin-packing").expect("shipped");
        let usages = |problem: AnyProblem| -> Vec<String> {
            problem.info().versions.into_iter().map(|version| version.usage).collect()
        };
        let shipped = usages(AnyProblem::Items(&BIN_PACKING));
        assert_eq!(usages(problem), [shipped, vec!["mine".to_owned()]].concat());
        let params = Params([("capacity".to_owned(), 10.into())].into());
        problem.check_job("mine", &params, Trigger::Record).expect("it can be made");
        let near = problem.check_job("mime", &params, Trigger::Record).expect_err("unknown");
        assert_eq!(near.hint().as_deref(), Some("did you mean mine?"));
        assert_eq!(catalog.problems().len(), SHIPPED.len(), "it is the same problem");
    }

    #[test]
    fn a_problem_is_found_and_can_be_given_more_versions() {
        let catalog = Catalog::shipped()
            .with_problem(problem("mine", &["a", "b"]))
            .with_version("mine", version("c"))
            .checked()
            .expect("all are new");
        let found = catalog.problem("mine").expect("added");
        assert_eq!(found.info().versions.len(), 3);
        assert_eq!(
            catalog.problem("mime").err().and_then(|e| e.hint()).as_deref(),
            Some("did you mean mine?")
        );
        assert!(Catalog::shipped().problem("mine").is_err(), "it is in no other catalogue");
    }

    #[test]
    fn what_cannot_be_added_is_told() {
        let shipped = Catalog::shipped;
        let taken = shipped().with_version("bin-packing", version("first-fit"));
        assert_eq!(
            refusal(taken),
            "problem bin-packing has a version 'first-fit' already; give yours another name"
        );
        let twice =
            shipped().with_version("bin-packing", version("x")).with_version("bin-packing", version("x"));
        assert!(refusal(twice).contains("'x' already"));
        let unknown = shipped().with_version("bin-backing", version("x"));
        assert_eq!(refusal(unknown), "unknown problem 'bin-backing'; did you mean bin-packing?");
        let other = shipped().with_version("sessions", version("x"));
        assert!(refusal(other).starts_with(
            "version x takes records of another type than problem sessions, whose records have the columns \
             event_time_ms, key, value"
        ));
        let events: VersionEntry<Event> = SESSIONS.entry.versions[0].clone();
        assert!(refusal(shipped().with_version("bin-packing", events)).contains("columns size"));
        let same = shipped().with_problem(problem("caching", &["a", "b"]));
        assert!(refusal(same).starts_with("there is a problem 'caching' already"));
        let own = shipped().with_problem(problem("self-test-bin-packing", &["a", "b"]));
        assert!(refusal(own).contains("the program's own"));
        let two_alike = shipped().with_problem(problem("mine", &["a", "a"]));
        assert!(refusal(two_alike).contains("problem mine has a version 'a' already"));
        for name in ["", "a:7", "A", "a b", "-a", "a\n"] {
            let named = shipped().with_version("bin-packing", version(name));
            assert!(refusal(named).contains("a version can't be called"), "{name:?}");
            let named = shipped().with_problem(problem(name, &["a"]));
            assert!(refusal(named).contains("a problem can't be called"), "{name:?}");
        }
    }

    #[test]
    fn the_first_refusal_is_told_and_nothing_is_added_after_it() {
        let catalog = Catalog::shipped()
            .with_version("bin-packing", version("first-fit"))
            .with_problem(problem("mine", &["a"]));
        assert_eq!(catalog.problems().len(), SHIPPED.len());
        assert!(refusal(catalog).contains("first-fit"));
    }
}
