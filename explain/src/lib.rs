//! Finds out why an answer differs from the batch job's: which rule of windows, lateness, numbers or joins, of those that
//! engines and jobs are known to have, gives exactly the rows that the answer has.
//!
//! A model computes the answer as the batch job does, and under each rule of a closed catalogue ([`Rule`]). The set of one rule
//! or two that accounts for most of the rows that differ is sought on one half of the rows; it is only told if the other half,
//! which nobody has looked at, agrees.

mod delays;
mod idle;
mod infer;
mod knobs;
mod model;
mod record;
mod rows;
mod rule;
mod score;
mod search;
mod words;

use datasets::{Delivery, Event, Keys, Sided, Table};

use crate::{
    model::Model,
    record::Records,
    rows::{key_texts, rows_of},
    score::Both,
    search::{Found, Sought},
};

pub use rule::Rule;
pub use words::{About, Declared, Words};

/// Says what is asked of the records. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Count, sum, least and greatest value by window and key.
    Tumbling {
        /// The windows' length.
        size_ms: i64,
    },
    /// Count, sum, least and greatest value by key and window, where windows overlap or lie apart.
    Sliding {
        /// The windows' length.
        size_ms: i64,
        /// The distance from one start to the next.
        slide_ms: i64,
    },
    /// Count, sum, least and greatest value by key and session.
    Sessions {
        /// The longest pause in a session.
        gap_ms: i64,
    },
    /// Count and sum by key, each event once.
    Totals,
    /// Count and sum of readings by key and the row that was valid.
    AsOf,
    /// Orders with the payments that came within a time after them.
    Within {
        /// That time.
        ms: u64,
    },
}

/// The records, in the order in which they came.
#[derive(Debug, Clone, Copy)]
pub enum Data<'a> {
    /// Of windows.
    Events(&'a [Event]),
    /// Of totals.
    Deliveries(&'a [Delivery]),
    /// Of joins.
    Sides(&'a [Sided]),
}

/// An answer that is to be explained.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// Says what was asked.
    pub asked: Asked,
    /// The records.
    pub data: Data<'a>,
    /// The numbers of records at which micro-batches end; empty where there are none.
    pub batch_ends: &'a [usize],
    /// The dataset's texts.
    pub keys: &'a Keys,
    /// How many of the dataset's values make one of the source's.
    pub scale: u64,
    /// Delays that the experiment names: how late a record may come.
    pub delays_ms: Vec<i64>,
    /// The batch job's answer. Columns behind its key may be lacking, if they are in the version's, too.
    pub reference: &'a Table,
    /// The version's answer.
    pub answer: &'a Table,
}

/// Says what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The answer is the reference's.
    NothingDiffers,
    /// The reference isn't the batch job's, so nothing can be said of rules that change that one.
    OtherReference,
    /// The answer has columns that no answer of this problem has, or others than the reference.
    OtherShape,
    /// No rule accounts for the rows that differ.
    Unexplained {
        /// How many rows differ.
        differing: u64,
        /// How many rules could be meant.
        rules: usize,
        /// How many sets of rules were tried.
        tried: usize,
    },
    /// This one does.
    Explained(Box<Explanation>),
}

/// Rules that account for what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// One rule, or two.
    pub rules: Vec<Rule>,
    /// Other sets of rules that say the same of every row of this dataset.
    pub alike: Vec<Vec<Rule>>,
    /// Rows in which the answer differs from the reference.
    pub differing: u64,
    /// Of these, those that are as the rules say.
    pub explained: u64,
    /// Rows that don't differ though the rules say so.
    pub spoiled: u64,
    /// Of the rows that no rule was sought in: those that are as the rules say, and those that differ. Nothing where too few
    /// rows differ to hold any out; then the rules give every row, and may do so by chance.
    pub held_out: Option<[u64; 2]>,
    /// The keys of the first few rows that differ though the rules say nothing of them, as texts.
    pub left: Vec<Vec<String>>,
}

/// Looks for the rule, or the two rules, that explain an answer.
pub fn explain(case: &Case<'_>) -> Finding {
    let records = match case.data {
        Data::Events(events) => Records::of(events, case.batch_ends, case.keys),
        Data::Deliveries(deliveries) => Records::of(deliveries, case.batch_ends, case.keys),
        Data::Sides(sides) => Records::of(sides, case.batch_ends, case.keys),
    };
    let of = |table| rows_of(table, case.asked, case.keys);
    let (Some(answer), Some(reference)) = (of(case.answer), of(case.reference)) else {
        return Finding::OtherShape;
    };
    let told = rows::told(case.reference, case.asked);
    if told != rows::told(case.answer, case.asked) {
        return Finding::OtherShape;
    }
    if answer == reference {
        return Finding::NothingDiffers;
    }
    let scale = i64::try_from(case.scale).unwrap_or(1).max(1);
    let empty_key = case.keys.number(b"");
    let expected = reference.len();
    let model = Model { asked: case.asked, records: &records, empty_key, scale, expected, told };
    let all = Both { answer, reference };
    if !model.is_possible() {
        return Finding::Unexplained { differing: all.differing().count() as u64, rules: 0, tried: 0 };
    }
    if model.rows(&model.all_groups(), &knobs::Knobs::default()) != all.reference {
        return Finding::OtherReference;
    }
    let sought: Sought<'_> = search::sought(model, &all, case.delays_ms.clone(), !case.batch_ends.is_empty());
    let search = sought.explanation(&all);
    match search.found {
        Some(Found { mut explanation, left }) => {
            explanation.left = key_texts([case.reference, case.answer], &left, case.keys);
            Finding::Explained(Box::new(explanation))
        }
        None => Finding::Unexplained {
            differing: all.differing().count() as u64,
            rules: search.rules,
            tried: search.tried,
        },
    }
}
