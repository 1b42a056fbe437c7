//! An answer of a catalogue's problem with all that its explanation asks for.

use std::any::Any;

use batch::windowed_aggregation::Window;
use compare::{
    DeclareResult, ExplanationResult, HeldOut, Role, RuleResult, Rules, TriedRules, differing_places,
};
use datasets::{Cell, Cells, Delivery, Event, Keys, Record, Sided, Table};
use explain::{About, Asked, Case, Data, Finding, Rule, Words, explain};

use crate::{error::Error, own::typed, problem::Params};

/// Keys of rows that no rule explains are listed up to so many.
const MOST_LISTED: usize = 5;

/// The records, in the order in which they came.
pub(super) enum Kept {
    Events(Vec<Event>),
    Deliveries(Vec<Delivery>),
    Sides(Vec<Sided>),
}

impl Kept {
    /// Takes records of a type of which rules are known.
    pub(super) fn of<R: Record>(records: &[R]) -> Option<Self> {
        fn all<R: Record, T: Copy + 'static>(records: &[R]) -> Option<Vec<T>> {
            records.iter().map(|record| (record as &dyn Any).downcast_ref::<T>().copied()).collect()
        }
        let events = || all(records).map(Self::Events);
        let deliveries = || all(records).map(Self::Deliveries);
        events().or_else(deliveries).or_else(|| all(records).map(Self::Sides))
    }

    fn data(&self) -> Data<'_> {
        match self {
            Self::Events(events) => Data::Events(events),
            Self::Deliveries(deliveries) => Data::Deliveries(deliveries),
            Self::Sides(sides) => Data::Sides(sides),
        }
    }

    fn first_ms(&self) -> Option<i64> {
        match self {
            Self::Events(events) => events.first().map(|event| event.time_ms),
            Self::Deliveries(deliveries) => deliveries.first().map(|delivery| delivery.time_ms),
            Self::Sides(sides) => sides.first().map(|side| side.time_ms),
        }
    }
}

/// Says how an experiment declares a rule.
pub(super) type Declare<'a> = &'a dyn Fn(&Words) -> Vec<DeclareResult>;

/// All but the answer.
pub(super) struct Subject {
    pub(super) asked: Asked,
    pub(super) records: Kept,
    /// The numbers of records at which micro-batches end.
    pub(super) ends: Vec<usize>,
    pub(super) keys: Keys,
    pub(super) scale: u64,
    pub(super) delays_ms: Vec<i64>,
    pub(super) role: Role,
    pub(super) reference: Table,
}

impl Subject {
    /// Looks for what explains an answer, which has the reference's columns; nothing where no row differs. `declare` says how an
    /// experiment declares a rule.
    pub(super) fn explanation(
        &self,
        answer: &Table,
        declare: Declare<'_>,
    ) -> Result<Option<ExplanationResult>, Error> {
        let case = Case {
            asked: self.asked,
            data: self.records.data(),
            batch_ends: &self.ends,
            keys: &self.keys,
            scale: self.scale,
            delays_ms: self.delays_ms.clone(),
            reference: &self.reference,
            answer,
        };
        match explain(&case) {
            Finding::NothingDiffers => Ok(None),
            Finding::OtherReference => Err(Error::input(
                "the reference has rows that no batch job of this problem gives, so no rule can be held against them",
            )),
            Finding::OtherShape => Err(Error::input(format!(
                "{}'s answer has columns that no answer of this problem has",
                self.role
            ))),
            Finding::Unexplained { differing, rules, tried } => Ok(Some(ExplanationResult {
                differing,
                left: self.first_differing(answer),
                tried: Some(TriedRules { rules: rules as u64, sets: tried as u64 }),
                ..ExplanationResult::default()
            })),
            Finding::Explained(found) => Ok(Some(ExplanationResult {
                rules: self.in_words(&found.rules, declare),
                alike: found.alike.iter().map(|rules| self.in_words(rules, &|_| Vec::new())).collect(),
                differing: found.differing,
                explained: found.explained,
                spoiled: found.spoiled,
                held_out: found.held_out.map(|[explained, differing]| HeldOut { explained, differing }),
                left: found.left,
                tried: None,
            })),
        }
    }

    fn in_words(&self, rules: &[Rule], declare: Declare<'_>) -> Vec<RuleResult> {
        let told = |rule: &Rule| {
            let words = rule.words(&self.about());
            let declare = declare(&words);
            let Words { name, number, sentence, known_of, .. } = words;
            let known_of = known_of.into_iter().map(str::to_owned).collect();
            RuleResult { name: name.to_owned(), number, sentence, known_of, declare }
        };
        rules.iter().map(told).collect()
    }

    /// Returns what words depend on.
    fn about(&self) -> About<'static> {
        let version = self.role.name();
        About { asked: self.asked, first_ms: self.records.first_ms(), scale: self.scale, version }
    }

    fn first_differing(&self, answer: &Table) -> Vec<Vec<String>> {
        let places = differing_places(&self.reference, answer, &self.keys, Rules::EXACT);
        let text = |table: &Table, row: usize| {
            (0..table.key_columns).map(|column| table.text(column, row, &self.keys)).collect()
        };
        let lacking = places.missing.iter().map(|row| text(&self.reference, *row));
        let changed = places.changed.iter().map(|[row, _]| text(&self.reference, *row));
        let extra = places.extra.iter().map(|row| text(answer, *row));
        lacking.chain(changed).chain(extra).take(MOST_LISTED).collect()
    }
}

/// Returns what a problem asks of its records; nothing where no rules are known of it.
pub(super) fn asked(problem: &str, params: &Params) -> Option<Asked> {
    let ms = |name: &str| params.0.get(name)?.number();
    match problem {
        "windowed-aggregation" => match params.0.get("window")?.to_string().parse().ok()? {
            Window::Tumbling { size_ms } => Some(Asked::Tumbling { size_ms }),
            Window::Sliding { size_ms, slide_ms } => Some(Asked::Sliding { size_ms, slide_ms }),
            Window::Session { gap_ms } => Some(Asked::Sessions { gap_ms }),
        },
        "sessions" => Some(Asked::Sessions { gap_ms: i64::try_from(ms("gap")?).ok()? }),
        "deduplicated-totals" => Some(Asked::Totals),
        "enrichment-join" => Some(Asked::AsOf),
        "order-payment-join" => Some(Asked::Within { ms: ms("within")? }),
        _ => None,
    }
}

/// How late a record may come, by what the experiment says.
pub(super) fn delays(params: &Params) -> Vec<i64> {
    let ms = |name: &str| params.0.get(name)?.number().and_then(|ms| i64::try_from(ms).ok());
    let delay = ms("delay");
    let more = delay.zip(ms("lateness")).map(|(delay, lateness)| delay.saturating_add(lateness));
    delay.into_iter().chain(more).collect()
}

/// Makes of an answer one of the columns and kinds of `like`. A text that the dataset doesn't hold becomes one of `keys`.
pub(super) fn typed_answer(
    table: &Table,
    like: &Table,
    keys: &mut Keys,
    scale: u64,
) -> Result<Table, String> {
    if table.columns.iter().all(|column| !matches!(column.cells, Cells::Written(_))) {
        return Ok(table.clone());
    }
    for column in like.columns.iter().filter(|column| matches!(column.cells, Cells::Text(_))) {
        let found = table.columns.iter().find(|own| own.name == column.name).map(|own| &own.cells);
        let Some(Cells::Written(fields)) = found else { continue };
        for row in 0..fields.rows() {
            keys.intern(fields.field(row).text.as_bytes());
        }
    }
    typed(table, like, keys, scale)
}

/// Gives an answer the reference's rows of which the run has kept none, for they were expected to differ, or never came out:
/// these are not what is to be explained.
pub(super) fn with_left_out(mut answer: Table, [all, kept]: [&Table; 2], keys: &Keys) -> Table {
    if all.rows() == kept.rows() {
        return answer;
    }
    let places = differing_places(all, kept, keys, Rules::EXACT);
    for row in places.missing {
        let cells: Vec<Cell> = all.columns.iter().map(|column| column.cells.cell(row)).collect();
        answer.push_row(&cells);
    }
    answer.settle(keys);
    answer
}
