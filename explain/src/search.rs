//! Looks for the smallest set of rules, one or else two, under which the reference gives the answer.

use crate::{
    Explanation, Rule, infer,
    knobs::Knobs,
    model::Model,
    rows::{Key, Rows},
    score::{Both, Score, half},
};

/// Records of the groups in which rules are sought, at most this share of all, where that is enough.
const SHARE: usize = 25;
/// So many records are looked through however few there are in all.
const ENOUGH: usize = 20_000;
/// Pairs are tried while they have cost no more than this many times the whole dataset, or so many records.
const PAIRS_COST: usize = 12;
const PAIRS_RECORDS: usize = 4_000_000;
/// Each half needs so many rows that differ before something can be said to hold in it.
const LEAST_ROWS: u64 = 2;
/// A second rule has to account for so many rows more in each half, or for all that one rule leaves.
const SECOND: u64 = 2;
/// Rules that say the same of every row are named up to so many.
const MOST_ALIKE: usize = 6;
/// Rows that are left over are named up to so many.
const MOST_LEFT: usize = 5;

/// What is looked for, and where.
pub(crate) struct Sought<'a> {
    pub(crate) model: Model<'a>,
    /// The groups in which rules are sought.
    pub(crate) groups: Vec<usize>,
    /// The rows of these groups.
    pub(crate) both: Both,
    /// Of these, the ones of the first half.
    pub(crate) first_half: Both,
    pub(crate) delays_ms: Vec<i64>,
    pub(crate) has_batches: bool,
}

/// A set of rules and what it is worth.
#[derive(Debug, Clone)]
struct Tried {
    rules: Vec<Rule>,
    scores: [Score; 2],
}

impl Tried {
    fn gain(&self) -> i64 {
        self.scores[0].gain()
    }

    fn is_exact(&self) -> bool {
        let all = self.scores[0].plus(self.scores[1]);
        all.explained == all.differing && all.spoiled == 0
    }
}

/// Which column of a row's key names its group.
pub(crate) fn group_place(asked: crate::Asked) -> usize {
    use crate::Asked::{AsOf, Sessions, Sliding, Totals, Tumbling, Within};
    match asked {
        Tumbling { .. } | Sliding { .. } | Sessions { .. } => 2,
        Totals | AsOf | Within { .. } => 0,
    }
}

/// Chooses the groups in which rules are sought: of those with rows that differ, and of the others, some.
pub(crate) fn sought<'a>(
    model: Model<'a>,
    both: &Both,
    delays_ms: Vec<i64>,
    has_batches: bool,
) -> Sought<'a> {
    let place = group_place(model.asked);
    let differing: foldhash::HashSet<i128> = both.differing().map(|(key, _, _)| key[place]).collect();
    let size = |at: usize| model.records.groups[at].1.len();
    let number = |at: usize| i128::from(model.records.groups[at].0);
    let all = 0..model.records.groups.len();
    let (mut wrong, mut right): (Vec<usize>, Vec<usize>) =
        all.partition(|at| differing.contains(&number(*at)));
    // Not the first by name: those may be alike in something.
    for groups in [&mut wrong, &mut right] {
        groups.sort_by_key(|at| half_bits(number(*at)));
    }
    let room = (model.records.all.len() / SHARE).max(ENOUGH);
    let mut groups = Vec::new();
    for (from, room) in [(wrong, room), (right, room / 4)] {
        let mut taken = 0;
        for at in from {
            if taken > 0 && taken + size(at) > room {
                break;
            }
            taken += size(at);
            groups.push(at);
        }
    }
    let chosen: foldhash::HashSet<i128> = groups.iter().map(|at| number(*at)).collect();
    let both = both.restricted(|key| chosen.contains(&key[place]));
    let first_half = both.restricted(|key| half(key) == 0);
    Sought { model, groups, both, first_half, delays_ms, has_batches }
}

fn half_bits(number: i128) -> u64 {
    use std::hash::BuildHasher;
    foldhash::fast::FixedState::with_seed(0x9a1f).hash_one(number)
}

impl Sought<'_> {
    fn turned(rules: &[Rule]) -> Option<Knobs> {
        let mut knobs = Knobs::default();
        rules.iter().all(|rule| rule.turn(&mut knobs)).then_some(knobs)
    }

    fn rows(&self, rules: &[Rule]) -> Option<Rows> {
        Some(self.model.rows(&self.groups, &Self::turned(rules)?))
    }

    fn try_rules(&self, rules: &[Rule]) -> Option<Tried> {
        Some(Tried { rules: rules.to_vec(), scores: self.both.score(&self.rows(rules)?) })
    }

    /// Looks for the best explanation; `all` are the rows of the whole answer.
    pub(crate) fn explanation(&self, all: &Both) -> Search {
        let candidates = infer::rules(self);
        let mut search = Search { rules: candidates.len(), tried: 0, found: None };
        let mut singles: Vec<Tried> = candidates.iter().filter_map(|rule| self.try_rules(&[*rule])).collect();
        search.tried = singles.len();
        let does_something =
            |tried: &Tried| tried.scores.iter().any(|score| score.explained + score.spoiled > 0);
        singles.retain(does_something);
        // The sort is stable: of equal ones the plainest stays first.
        singles.sort_by_key(|tried| std::cmp::Reverse(tried.gain()));
        let mut best = singles.first().cloned();
        if !best.as_ref().is_some_and(Tried::is_exact) {
            let (pairs, cost) = self.pairs(&singles);
            search.tried += cost;
            let better = pairs.first().filter(|pair| best.as_ref().is_none_or(|best| is_better(pair, best)));
            if let Some(pair) = better {
                best = Some(pair.clone());
                singles = pairs;
            }
        }
        let Some(best) = best.filter(|best| best.gain() > 0) else { return search };
        let alike = self.alike(&best, &singles);
        search.found = self.proven(&best, alike, all);
        search
    }

    /// Tries pairs, those of rules first that are worth something by themselves.
    fn pairs(&self, singles: &[Tried]) -> (Vec<Tried>, usize) {
        let records: usize = self.groups.iter().map(|at| self.model.records.groups[*at].1.len()).sum();
        let room = (self.model.records.all.len() * PAIRS_COST).max(PAIRS_RECORDS) / records.max(1);
        let mut pairs = Vec::new();
        let mut tried = 0;
        // Along the diagonals: pairs of the best come before pairs of which one is among the worst.
        for sum in 1..(2 * singles.len()).saturating_sub(1) {
            let from = sum.saturating_sub(singles.len() - 1);
            for a in from..sum.div_ceil(2) {
                if tried >= room {
                    break;
                }
                let mut rules = [singles[a].rules[0], singles[sum - a].rules[0]];
                rules.sort_unstable();
                let Some(pair) = self.try_rules(&rules) else { continue };
                tried += 1;
                pairs.push(pair);
            }
        }
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.gain()));
        (pairs, tried)
    }

    /// Of those that are worth as much, the ones that say the same of every row.
    fn alike(&self, best: &Tried, others: &[Tried]) -> Vec<Vec<Rule>> {
        let rows = self.rows(&best.rules);
        let as_much = others.iter().filter(|other| other.rules != best.rules && other.scores == best.scores);
        let alike = as_much.filter(|other| self.rows(&other.rules) == rows);
        alike.take(MOST_ALIKE).map(|other| other.rules.clone()).collect()
    }

    /// Holds the best against all rows; nothing if the half that was held out doesn't agree.
    fn proven(&self, best: &Tried, alike: Vec<Vec<Rule>>, all: &Both) -> Option<Found> {
        let groups: Vec<usize> = (0..self.model.records.groups.len()).collect();
        let rows = self.model.rows(&groups, &Self::turned(&best.rules)?);
        let scores = all.score(&rows);
        let [sought, held_out] = scores;
        let whole = sought.plus(held_out);
        let is_tested = scores.iter().all(|score| score.differing >= LEAST_ROWS);
        let holds = if is_tested {
            sought.holds() && held_out.holds()
        } else {
            whole.explained == whole.differing && whole.spoiled == 0
        };
        let mut left: Vec<Key> = all.left(&rows).copied().collect();
        left.sort_unstable();
        left.truncate(MOST_LEFT);
        holds.then(|| Found {
            left,
            explanation: Explanation {
                rules: best.rules.clone(),
                alike,
                differing: whole.differing,
                explained: whole.explained,
                spoiled: whole.spoiled,
                held_out: is_tested.then_some([held_out.explained, held_out.differing]),
                left: Vec::new(),
            },
        })
    }
}

/// What a search has come to.
#[derive(Debug)]
pub(crate) struct Search {
    /// How many rules could be meant.
    pub(crate) rules: usize,
    /// How many sets of rules were tried.
    pub(crate) tried: usize,
    pub(crate) found: Option<Found>,
}

/// An explanation, and the first keys of rows that differ though it says nothing of them.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) explanation: Explanation,
    pub(crate) left: Vec<Key>,
}

/// Says whether a second rule is worth its name: it accounts for more in each half, or for all that one leaves.
fn is_better(pair: &Tried, single: &Tried) -> bool {
    let more = |half: usize| pair.scores[half].gain() - single.scores[half].gain();
    let enough = SECOND.cast_signed();
    (more(0) >= enough && more(1) >= enough) || (pair.is_exact() && more(0) + more(1) >= enough)
}
