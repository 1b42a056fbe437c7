//! `architecture`, `[serving]`, `[kappa]` and `[lambda]`: who serves, how an upgrade goes, when views are recomputed.

use std::{fmt, ops::Range, str::FromStr};

use replay::recovery::SinkColumn;
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    log_section::LogChoice,
    span::Span,
    view_section::{ViewChoice, ViewPlace},
};

/// Which architectures are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// One streaming job serves; a candidate reprocesses the log beside it and takes over.
    Kappa,
    /// A batch layer recomputes, a speed layer covers what came since, a serving layer merges the two.
    Lambda,
    /// Both, on the same log.
    Both,
}

/// `[serving]`: what both architectures share. Each key is also a flag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct ServingSection {
    /// A bug to be planted in the streaming job that serves, such as 'lose 3000..3200': it never sees these records
    #[arg(long, value_name = "BUG")]
    pub bug: Option<String>,
    /// What a checkpoint of log and store survives: process (a kill), power (a power cut, too) [default: process]
    #[arg(long, value_name = "WHAT")]
    pub survives: Option<String>,
    /// Where the log is kept: in a folder of the run, or in a topic of the run's own [default: embedded]
    #[arg(long, value_name = "embedded|kafka://SERVERS/TOPIC")]
    pub log: Option<String>,
    /// A setting of the client that reaches the log's topic; may be given more than once
    #[arg(long = "log-property", value_name = "NAME=VALUE")]
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::listed::items")]
    pub log_properties: Option<Vec<String>>,
    /// A table outside that shows what is served, for anybody to read while the run goes on; of a Parquet file the path
    #[arg(long, value_name = "postgres://USER@HOST/DATABASE/TABLE|parquet://FILE")]
    pub view: Option<ViewPlace>,
    /// Whether that table stays when the run is over: keep, drop [default: keep]
    #[arg(long, value_name = "keep|drop")]
    pub view_after: Option<String>,
}

/// `[kappa]`. Each key is also a flag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct KappaSection {
    /// Start the candidate when so much of the log is there: '1000 records', '25%' or '10min' [default: 25%]
    #[arg(long, value_name = "SPAN")]
    pub start_at: Option<Span>,
    /// Where the candidate begins: beginning (of the log), state (stable's, at that point) [default: beginning]
    #[arg(long, value_name = "WHERE")]
    pub start: Option<String>,
    /// Its speed cap while it catches up, in records of recorded time: '5000/s', or 'x4' for four times the mean rate of
    /// arrival [default: x4]
    #[arg(long, value_name = "SPEED")]
    pub catch_up: Option<String>,
    /// It runs beside stable for so long before it is judged [default: 20%]
    #[arg(long, value_name = "SPAN")]
    pub probation: Option<Span>,
    /// Stable goes on in the shadow for so long after the switch [default: 20%]
    #[arg(long, value_name = "SPAN")]
    pub keep_old: Option<Span>,
    /// Switch back to stable when so much of the log is there; stable is kept until then [default: never]
    #[arg(long, value_name = "SPAN")]
    pub rollback_at: Option<Span>,
}

/// `[lambda]`. Each key is also a flag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct LambdaSection {
    /// Recompute the view each time so much has come in: '1000 records', '10%' or '1h' [default: 10%]
    #[arg(long, value_name = "SPAN")]
    pub every: Option<Span>,
    /// So much comes in while a view is recomputed, before it is served [default: 1%]
    #[arg(long, value_name = "SPAN")]
    pub takes: Option<Span>,
    /// Which version is the speed layer: stable, candidate [default: stable]
    #[arg(long, value_name = "ROLE")]
    pub speed: Option<String>,
    /// Try these intervals too, for what each costs and how wrong it is
    #[arg(long, value_delimiter = ',', value_name = "SPAN")]
    #[serde(default, deserialize_with = "crate::listed::items")]
    pub intervals: Option<Vec<String>>,
}

/// Where a candidate begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the beginning of the log.
    Beginning,
    /// From stable's state.
    State,
}

/// How fast a candidate may catch up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SpeedCap {
    /// So many records a second of recorded time.
    PerSecond(f64),
    /// So many times the mean rate of arrival.
    Times(f64),
}

/// How an upgrade goes.
#[derive(Debug, Clone, PartialEq)]
pub struct KappaChoice {
    /// When the candidate is started.
    pub start_at: Span,
    /// Where it begins.
    pub start: Start,
    /// Its speed cap.
    pub catch_up: SpeedCap,
    /// How long it runs beside stable.
    pub probation: Span,
    /// How long stable is kept.
    pub keep_old: Span,
    /// When stable is switched back to, if ever.
    pub rollback_at: Option<Span>,
}

/// How views are recomputed.
#[derive(Debug, Clone, PartialEq)]
pub struct LambdaChoice {
    /// Between two boundaries.
    pub every: Span,
    /// While a view is recomputed.
    pub takes: Span,
    /// The version that is the speed layer.
    pub speed: compare::Role,
    /// Other intervals to be tried.
    pub intervals: Vec<Span>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchitectureChoice {
    /// Which are run.
    pub architecture: Architecture,
    /// Records that the serving job never sees.
    pub lost: Option<Range<u64>>,
    /// Describes what log and store survive.
    pub durability: store::checkpoints::Durability,
    /// Says where the log is kept.
    pub log: LogChoice,
    /// The table outside that shows what is served.
    pub view: Option<ViewChoice>,
    /// How an upgrade goes.
    pub kappa: KappaChoice,
    /// How views are recomputed.
    pub lambda: LambdaChoice,
}

/// The sections as a file has them, with their architecture.
#[derive(Debug, Clone, Copy)]
pub struct Sections<'a> {
    /// The key of the file itself.
    pub architecture: Option<Architecture>,
    /// `[serving]`.
    pub serving: &'a ServingSection,
    /// `[kappa]`.
    pub kappa: &'a KappaSection,
    /// `[lambda]`.
    pub lambda: &'a LambdaSection,
}

impl Sections<'_> {
    /// Returns what they say with every default; `None` where no architecture is named. Sections of one that isn't run
    /// are refused: they would do nothing.
    pub fn choice(self) -> Result<Option<ArchitectureChoice>, Error> {
        let Self { architecture, serving, kappa, lambda } = self;
        let is_set = [
            ("serving", *serving != ServingSection::default(), architecture.is_some()),
            ("kappa", *kappa != KappaSection::default(), architecture.is_some_and(Architecture::has_kappa)),
            (
                "lambda",
                *lambda != LambdaSection::default(),
                architecture.is_some_and(Architecture::has_lambda),
            ),
        ];
        if let Some((name, ..)) = is_set.into_iter().find(|(_, is_set, is_run)| *is_set && !is_run) {
            let wanted = if name == "serving" { "kappa" } else { name };
            return Err(Error::usage(format!("[{name}]: nothing of this run goes by it")).with_hint(
                format!("set architecture = \"{wanted}\" or \"both\", or leave the section out"),
            ));
        }
        let Some(architecture) = architecture else { return Ok(None) };
        let wrong = |why: String| Error::usage(datasets::shown(&why).to_string());
        let durability = match serving.survives.as_deref() {
            None | Some("process") => store::checkpoints::Durability::Process,
            Some("power") => store::checkpoints::Durability::Power,
            Some(other) => {
                return Err(wrong(format!("unknown durability '{other}', expected one of: process, power")));
            }
        };
        let lost = serving.bug.as_deref().map(lost).transpose().map_err(wrong)?;
        Ok(Some(ArchitectureChoice {
            architecture,
            lost,
            durability,
            log: LogChoice::of(serving.log.as_deref(), serving.log_properties.as_deref())?,
            view: ViewChoice::of(serving.view.as_ref(), serving.view_after.as_deref(), architecture)?,
            kappa: kappa.choice().map_err(wrong)?,
            lambda: lambda.choice().map_err(wrong)?,
        }))
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kappa => "kappa",
            Self::Lambda => "lambda",
            Self::Both => "both",
        })
    }
}

impl Architecture {
    /// Returns whether a run has Kappa in it.
    pub fn has_kappa(self) -> bool {
        matches!(self, Self::Kappa | Self::Both)
    }

    /// Returns whether a run has Lambda in it.
    pub fn has_lambda(self) -> bool {
        matches!(self, Self::Lambda | Self::Both)
    }
}

/// Reads `lose 3000..3200`.
fn lost(text: &str) -> Result<Range<u64>, String> {
    let range = text.trim().strip_prefix("lose ").and_then(|range| range.trim().split_once(".."));
    let ends = range.and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)));
    match ends {
        Some((from, to)) if from < to => Ok(from..to),
        _ => Err(format!("unknown bug '{text}', expected records that are lost, such as 'lose 3000..3200'")),
    }
}

/// A stretch that must not be empty.
fn some(name: &str, span: Span) -> Result<Span, String> {
    if span.is_empty() { Err(format!("{name} = {span}: it must not be empty")) } else { Ok(span) }
}

impl KappaSection {
    fn choice(&self) -> Result<KappaChoice, String> {
        let start = match self.start.as_deref() {
            None | Some("beginning") => Start::Beginning,
            Some("state") => Start::State,
            Some(other) => {
                return Err(format!("unknown start '{other}', expected one of: beginning, state"));
            }
        };
        Ok(KappaChoice {
            start_at: self.start_at.unwrap_or(Span::Share(0.25)),
            start,
            catch_up: self.catch_up.as_deref().map_or(Ok(SpeedCap::Times(4.0)), str::parse)?,
            probation: some("probation", self.probation.unwrap_or(Span::Share(0.2)))?,
            keep_old: self.keep_old.unwrap_or(Span::Share(0.2)),
            rollback_at: self.rollback_at,
        })
    }
}

impl LambdaSection {
    fn choice(&self) -> Result<LambdaChoice, String> {
        let speed = match self.speed.as_deref() {
            None | Some("stable") => compare::Role::Stable,
            Some("candidate") => compare::Role::Candidate,
            Some(other) => {
                return Err(format!("unknown speed layer '{other}', expected one of: stable, candidate"));
            }
        };
        Ok(LambdaChoice {
            every: some("every", self.every.unwrap_or(Span::Share(0.1)))?,
            takes: self.takes.unwrap_or(Span::Share(0.01)),
            speed,
            intervals: self
                .intervals
                .iter()
                .flatten()
                .map(|span| some("intervals", span.parse()?))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl ArchitectureChoice {
    /// Refuses what this program was built without.
    pub(crate) fn check_built(&self) -> Result<(), Error> {
        self.log.check()?;
        self.view.as_ref().map_or(Ok(()), ViewChoice::check_built)
    }

    /// Finds out whether the views can be made by the run of this name, with these columns, as far as they are known.
    pub(crate) fn check_views(&self, run: &str, columns: &[SinkColumn]) -> Result<(), Error> {
        let Some(view) = &self.view else { return Ok(()) };
        let each = [Architecture::Kappa, Architecture::Lambda];
        let is_run = [self.architecture.has_kappa(), self.architecture.has_lambda()];
        let mut of = each.into_iter().zip(is_run).filter(|(_, is_run)| *is_run);
        of.try_for_each(|(of, _)| view.check(of, run, columns))
    }

    /// Returns the sections that say the same, of the architectures that are run.
    pub fn sections(&self) -> (ServingSection, KappaSection, LambdaSection) {
        let (view, view_after) = self.view.as_ref().map(ViewChoice::section).unzip();
        let serving = ServingSection {
            bug: self.lost.as_ref().map(|lost| format!("lose {}..{}", lost.start, lost.end)),
            survives: Some(
                match self.durability {
                    store::checkpoints::Durability::Process => "process",
                    store::checkpoints::Durability::Power => "power",
                }
                .to_owned(),
            ),
            log: Some(self.log.to_string()),
            log_properties: self.log.properties(),
            view,
            view_after,
        };
        let kappa =
            if self.architecture.has_kappa() { self.kappa.section() } else { KappaSection::default() };
        let lambda =
            if self.architecture.has_lambda() { self.lambda.section() } else { LambdaSection::default() };
        (serving, kappa, lambda)
    }
}

impl KappaChoice {
    fn section(&self) -> KappaSection {
        KappaSection {
            start_at: Some(self.start_at),
            start: Some(self.start.name().to_owned()),
            catch_up: Some(self.catch_up.to_string()),
            probation: Some(self.probation),
            keep_old: Some(self.keep_old),
            rollback_at: self.rollback_at,
        }
    }
}

impl LambdaChoice {
    fn section(&self) -> LambdaSection {
        LambdaSection {
            every: Some(self.every),
            takes: Some(self.takes),
            speed: Some(self.speed.name().to_owned()),
            intervals: (!self.intervals.is_empty())
                .then(|| self.intervals.iter().map(Span::to_string).collect()),
        }
    }
}

impl Start {
    /// Returns its name in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Beginning => "beginning",
            Self::State => "state",
        }
    }
}

impl FromStr for SpeedCap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let positive = |digits: &str| {
            digits.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0)
        };
        let text = text.trim();
        let per_second = text.strip_suffix("/s").and_then(positive).map(Self::PerSecond);
        per_second.or_else(|| text.strip_prefix('x').and_then(positive).map(Self::Times)).ok_or_else(|| {
            format!("unknown speed '{text}', expected records a second such as '5000/s', or 'x4' for four times the mean rate of arrival")
        })
    }
}

impl fmt::Display for SpeedCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerSecond(rate) => write!(f, "{rate}/s"),
            Self::Times(times) => write!(f, "x{times}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(text: &str) -> Result<Option<ArchitectureChoice>, Error> {
        let file: crate::experiment::ExperimentFile = toml::from_str(text).expect("known keys");
        file.architectures().choice()
    }

    #[test]
    fn a_resolved_section_reads_back_as_itself() {
        let text = "architecture = 'both'\nserving.bug = 'lose 5..9'\n\
                    serving.log = 'kafka://a:1/b'\nserving.log_properties = ['c=d']\n\
                    serving.view = 'postgres://a:1/b/c'\nserving.view_after = 'drop'\nkappa.start_at = '10 records'\n\
                    kappa.start = 'state'\nkappa.catch_up = '500/s'\nkappa.rollback_at = '90%'\n\
                    lambda.every = '30s'\nlambda.speed = 'candidate'\nlambda.intervals = ['1 record', '50%']";
        let chosen = choice(text).expect("valid").expect("named");
        assert_eq!(chosen.lost, Some(5..9));
        let (serving, kappa, lambda) = chosen.sections();
        let again = Sections {
            architecture: Some(Architecture::Both),
            serving: &serving,
            kappa: &kappa,
            lambda: &lambda,
        };
        assert_eq!(again.choice().expect("valid"), Some(chosen));
    }

    #[test]
    fn what_would_do_nothing_is_refused() {
        for text in [
            "kappa.start = 'state'",
            "serving.bug = 'lose 1..2'",
            "architecture = 'lambda'\nkappa.start = 'state'",
            "architecture = 'kappa'\nlambda.every = '1%'",
        ] {
            let refused = choice(text).expect_err(text).to_string();
            assert!(refused.contains("nothing of this run goes by it"), "{refused}");
        }
        assert_eq!(choice("").expect("valid"), None);
    }

    #[test]
    fn values_are_refused_with_those_that_are_known() {
        for (text, why) in [
            ("architecture = 'kappa'\nkappa.start = 'end'", "unknown start 'end'"),
            ("architecture = 'kappa'\nkappa.catch_up = 'fast'", "unknown speed 'fast'"),
            ("architecture = 'kappa'\nkappa.catch_up = 'x0'", "unknown speed 'x0'"),
            ("architecture = 'kappa'\nkappa.probation = '0%'", "probation = 0%"),
            ("architecture = 'kappa'\nserving.bug = 'lose 9..5'", "unknown bug 'lose 9..5'"),
            ("architecture = 'lambda'\nlambda.speed = 'both'", "unknown speed layer 'both'"),
            ("architecture = 'lambda'\nlambda.every = '0 records'", "every = 0 records"),
        ] {
            let refused = choice(text).expect_err(text).to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
