//! The parts of a `JUnit` document, and how they are written: as readers expect them, four blanks a level.

use std::time::Duration;

use super::xml::Xml;

/// One run of all checks.
pub(super) struct Document {
    pub(super) name: &'static str,
    pub(super) took: Duration,
    pub(super) suites: Vec<Suite>,
}

/// Some checks, and facts that hold of all of them.
pub(super) struct Suite {
    pub(super) name: String,
    /// When it began, unless that isn't known.
    pub(super) timestamp: Option<String>,
    pub(super) took: Duration,
    pub(super) properties: Vec<(&'static str, String)>,
    pub(super) cases: Vec<Case>,
}

/// One check.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) class: String,
    pub(super) file: Option<String>,
    pub(super) status: Status,
}

/// Describes what came of a check. Texts are in one line, but for details.
pub(super) enum Status {
    Passed,
    Skipped { message: String },
    Failed(Failed),
}

/// Describes why a check didn't pass.
pub(super) struct Failed {
    pub(super) kind: Kind,
    /// The outcome's word.
    pub(super) word: &'static str,
    pub(super) message: String,
    pub(super) details: String,
}

/// Readers tell a test that failed from one that could not be run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Failure,
    Error,
}

impl Document {
    /// The text of the whole.
    pub(super) fn write(&self) -> String {
        let mut xml = Xml::new();
        let sum = |of: &dyn Fn(&Suite) -> usize| self.suites.iter().map(of).sum::<usize>().to_string();
        // The schema that Jenkins' plugin checks against knows no `skipped` of the root, only of suites.
        xml.open(
            "testsuites",
            &[
                ("name", self.name),
                ("tests", &sum(&|suite| suite.cases.len())),
                ("failures", &sum(&|suite| suite.failed(Kind::Failure))),
                ("errors", &sum(&|suite| suite.failed(Kind::Error))),
                ("time", &seconds(self.took)),
            ],
        );
        self.suites.iter().for_each(|suite| suite.write(&mut xml));
        xml.close("testsuites");
        xml.end()
    }
}

impl Suite {
    fn failed(&self, kind: Kind) -> usize {
        self.count(|status| matches!(status, Status::Failed(failed) if failed.kind == kind))
    }

    fn count(&self, is_one: impl Fn(&Status) -> bool) -> usize {
        self.cases.iter().filter(|case| is_one(&case.status)).count()
    }

    fn write(&self, xml: &mut Xml) {
        let numbers = [
            ("tests", self.cases.len()),
            ("skipped", self.count(|status| matches!(status, Status::Skipped { .. }))),
            ("errors", self.failed(Kind::Error)),
            ("failures", self.failed(Kind::Failure)),
        ]
        .map(|(name, number)| (name, number.to_string()));
        let time = seconds(self.took);
        let mut attributes = vec![("name", self.name.as_str())];
        attributes.extend(numbers.iter().map(|(name, number)| (*name, number.as_str())));
        attributes.extend(self.timestamp.as_deref().map(|timestamp| ("timestamp", timestamp)));
        attributes.push(("time", &time));
        xml.open("testsuite", &attributes);
        if !self.properties.is_empty() {
            xml.open("properties", &[]);
            for (name, value) in &self.properties {
                xml.empty("property", &[("name", name), ("value", value)]);
            }
            xml.close("properties");
        }
        // Readers add up the times of cases, and say "NaN" where there are none. A check takes no time of its own, so each
        // gets an equal share of the suite's.
        let share = self.took / u32::try_from(self.cases.len()).unwrap_or(u32::MAX).max(1);
        self.cases.iter().for_each(|case| case.write(share, xml));
        xml.close("testsuite");
    }
}

impl Case {
    fn write(&self, took: Duration, xml: &mut Xml) {
        let time = seconds(took);
        let mut attributes = vec![("name", self.name.as_str()), ("classname", &self.class), ("time", &time)];
        // Without it readers take the class for a file, and annotate one that isn't there.
        attributes.extend(self.file.as_deref().map(|file| ("file", file)));
        match &self.status {
            Status::Passed => {
                xml.empty("testcase", &attributes);
                return;
            }
            Status::Skipped { message } => {
                xml.open("testcase", &attributes);
                xml.empty("skipped", &[("message", message)]);
            }
            Status::Failed(Failed { kind, word, message, details }) => {
                xml.open("testcase", &attributes);
                let name = match kind {
                    Kind::Failure => "failure",
                    Kind::Error => "error",
                };
                xml.text(name, &[("message", message), ("type", word)], details);
            }
        }
        xml.close("testcase");
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.3}", took.as_secs_f64())
}
