//! Looks for the smallest set of rules, one or else two, under which the reference gives the answer.

use crate::{
    Explanation, Rule, idle, infer,
    knobs::Knobs,
    model::Model,
    rows::{Key, Rows},
    score::{Board, Both, Score, half},
};

/// Records of the groups in which rules are sought, at most this share of all, where that is enough.
const SHARE: usize = 25;
/// So many records are looked through however few there are in all.
const ENOUGH: usize = 20_000;
/// Pairs are tried while they have cost no more than this many times the whole dataset, or so many records.
const PAIRS_COST: usize = 12;
const PAIRS_RECORDS: usize = 4_000_000;
/// They are tried in groups that have at least so many records, and so many rows that differ, or half of those; the best are
/// tried in all.
const FEW_RECORDS: usize = 400;
const FEW_ROWS: usize = 60;
const BEST_PAIRS: usize = 12;
/// Each half needs so many rows that differ before something can be said to hold in it.
const LEAST_ROWS: u64 = 2;
/// Where none can be held out, so many rows have to be lacking.
const LEAST_LACKING: usize = 3;
/// A second rule has to account for so many rows more in each half, or for all that one rule leaves.
const SECOND: u64 = 2;
/// So many rules with delays are climbed with, at first by this step in milliseconds.
const MOST_CLIMBS: usize = 2;
const LEAST_STEP: i64 = 1_024;
/// Rules that say the same of every row are named up to so many.
const MOST_ALIKE: usize = 6;
/// Sets of rules that are held against the best one row by row.
const MOST_LOOKED_AT: usize = 24;
/// Rows that are left over are named up to so many.
const MOST_LEFT: usize = 5;

/// Describes what is looked for, and where.
pub(crate) struct Sought<'a> {
    pub(crate) model: Model<'a>,
    /// The groups in which rules are sought.
    pub(crate) groups: Vec<usize>,
    /// The rows of these groups.
    pub(crate) both: Both,
    /// Both beside each other.
    pub(crate) board: Board,
    /// Some of the groups, and their rows, in which the many pairs are tried.
    few: (Vec<usize>, Board),
    /// Of the rows, the ones of the first half.
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

    /// Those that are worth most in the half in which rules are sought come first; where these are worth the same there, the other
    /// half decides. The sort is stable: of equal ones the plainest stays first.
    fn rank(&self) -> std::cmp::Reverse<(i64, i64)> {
        std::cmp::Reverse((self.gain(), self.scores[1].gain()))
    }

    fn is_exact(&self) -> bool {
        self.scores[0].plus(self.scores[1]).is_exact()
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
    let room = (model.records.all.len() / SHARE).max(ENOUGH) / model.windows_of_a_record();
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
    let few = few(&model, &groups, &both);
    let board = Board::new(&both);
    Sought { model, groups, both, board, few, first_half, delays_ms, has_batches }
}

/// Takes groups with rows that differ until there are enough of both.
fn few(model: &Model<'_>, groups: &[usize], both: &Both) -> (Vec<usize>, Board) {
    let place = group_place(model.asked);
    let mut by_group: foldhash::HashMap<i128, usize> = foldhash::HashMap::default();
    both.differing().for_each(|(key, ..)| *by_group.entry(key[place]).or_default() += 1);
    let all: usize = by_group.values().sum();
    let (mut records, mut rows, mut few) = (0, 0, Vec::new());
    for &at in groups {
        let (key, range) = &model.records.groups[at];
        records += range.len();
        rows += by_group.get(&i128::from(*key)).copied().unwrap_or(0);
        few.push(at);
        if records >= FEW_RECORDS && rows >= FEW_ROWS.min(all.div_ceil(2)) {
            break;
        }
    }
    let chosen: foldhash::HashSet<i128> =
        few.iter().map(|at| i128::from(model.records.groups[*at].0)).collect();
    let board = Board::new(&both.restricted(|key| chosen.contains(&key[place])));
    (few, board)
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

    /// Nothing if the rule changes no row.
    fn try_if_it_matters(&self, rule: Rule) -> Option<Tried> {
        if idle::is_idle(self, rule) {
            return None;
        }
        let rows = self.rows(&[rule])?;
        (rows != self.both.reference).then(|| Tried { rules: vec![rule], scores: self.board.score(&rows) })
    }

    fn try_rules(&self, rules: &[Rule]) -> Option<Tried> {
        Some(Tried { rules: rules.to_vec(), scores: self.board.score(&self.rows(rules)?) })
    }

    /// Looks for the best explanation; `all` are the rows of the whole answer.
    pub(crate) fn explanation(&self, all: &Both) -> Search {
        let candidates = infer::rules(self);
        let mut search = Search { rules: candidates.len(), tried: 0, found: None };
        let mut singles: Vec<Tried> =
            candidates.iter().filter_map(|rule| self.try_if_it_matters(*rule)).collect();
        search.tried = candidates.len();
        singles.sort_by_key(Tried::rank);
        self.climb_all(&mut singles, &mut search.tried);
        singles.sort_by_key(Tried::rank);
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
        let mut best = self.with_numbers_of_all(best);
        for place in 0..best.rules.len() {
            best = self.climbed(best, place, &mut search.tried);
        }
        let alike = self.alike(&mut best, &singles);
        search.found = self.proven(&best, alike, all);
        search
    }

    /// Tries pairs, those of rules first that are worth something by themselves: in few groups, then the best of them in all.
    fn pairs(&self, singles: &[Tried]) -> (Vec<Tried>, usize) {
        let (few, board) = &self.few;
        let records: usize = few.iter().map(|at| self.model.records.groups[*at].1.len()).sum();
        let work = records.saturating_mul(self.model.windows_of_a_record()).max(1);
        let room = (self.model.records.all.len() * PAIRS_COST).max(PAIRS_RECORDS) / work;
        let mut pairs = Vec::new();
        for rules in diagonally(singles).take(room) {
            let Some(knobs) = Self::turned(&rules) else { continue };
            let scores = board.score(&self.model.rows(few, &knobs));
            pairs.push(Tried { rules: rules.to_vec(), scores });
        }
        let tried = pairs.len();
        pairs.sort_by_key(Tried::rank);
        // They are a beginning of the groups, so as many are the same.
        if few.len() == self.groups.len() {
            return (pairs, tried);
        }
        pairs.truncate(BEST_PAIRS);
        let mut pairs: Vec<Tried> = pairs.iter().filter_map(|pair| self.try_rules(&pair.rules)).collect();
        pairs.sort_by_key(Tried::rank);
        (pairs, tried)
    }

    /// Climbs with the best of the rules with delays, where none of them accounts for all.
    fn climb_all(&self, singles: &mut [Tried], tried: &mut usize) {
        let promising = |single: &&mut Tried| single.gain() > 0 && single.rules[0].delay_ms().is_some();
        if singles.first().is_none_or(Tried::is_exact) {
            return;
        }
        for single in singles.iter_mut().filter(promising).take(MOST_CLIMBS) {
            *single = self.climbed(single.clone(), 0, tried);
        }
    }

    /// Looks in both directions, in ever smaller steps, for a delay by which more is accounted for.
    fn climbed(&self, mut best: Tried, place: usize, tried: &mut usize) -> Tried {
        let Some(start) = best.rules[place].delay_ms() else { return best };
        let mut step = start.max(LEAST_STEP);
        while step > 0 && !best.is_exact() {
            let at = best.rules[place].delay_ms().unwrap_or(start);
            let delays =
                [at.saturating_sub(step), at.saturating_add(step)].into_iter().filter(|delay| *delay >= 0);
            let others = delays.filter_map(|delay| {
                let mut rules = best.rules.clone();
                rules[place] = rules[place].with_delay(delay);
                *tried += 1;
                self.try_rules(&rules)
            });
            match others.min_by_key(Tried::rank).filter(|other| other.rank() < best.rank()) {
                Some(other) => best = other,
                None => step /= 2,
            }
        }
        best
    }

    /// Narrows a number: what half of the rows say of it leaves it open within a range; all of them may make it narrower. The rules stay.
    fn with_numbers_of_all(&self, mut best: Tried) -> Tried {
        for place in 0..best.rules.len() {
            let mut rules = best.rules.clone();
            let Some(other) = infer::with_number_of_all(self, rules[place]) else { continue };
            rules[place] = other;
            let total = |tried: &Tried| tried.scores[0].plus(tried.scores[1]).gain();
            if let Some(other) = self.try_rules(&rules).filter(|other| total(other) > total(&best)) {
                best = other;
            }
        }
        best
    }

    /// Of those that are worth as much, the ones that say the same of every row. One whose delays the experiment names, too,
    /// takes the place of one whose delays were guessed.
    fn alike(&self, best: &mut Tried, others: &[Tried]) -> Vec<Vec<Rule>> {
        let rows = self.rows(&best.rules);
        let as_much = others.iter().filter(|other| other.rules != best.rules && other.scores == best.scores);
        let alike = as_much.filter(|other| self.rows(&other.rules) == rows);
        let mut alike: Vec<Vec<Rule>> = alike.take(MOST_LOOKED_AT).map(|other| other.rules.clone()).collect();
        let guessed = |rules: &[Rule]| {
            let delays = rules.iter().filter_map(|rule| rule.delay_ms());
            delays.filter(|delay| !self.delays_ms.contains(delay)).count()
        };
        alike.sort_by_key(|rules| guessed(rules));
        if let Some(first) = alike.first_mut()
            && guessed(first) < guessed(&best.rules)
        {
            std::mem::swap(first, &mut best.rules);
        }
        alike.truncate(MOST_ALIKE);
        alike
    }

    /// Holds the best against all rows; nothing if the half that was held out doesn't agree.
    fn proven(&self, best: &Tried, alike: Vec<Vec<Rule>>, all: &Both) -> Option<Found> {
        let groups = self.model.all_groups();
        let rows = self.model.rows(&groups, &Self::turned(&best.rules)?);
        let scores = Board::new(all).score(&rows);
        let [sought, held_out] = scores;
        let whole = sought.plus(held_out);
        let is_tested = scores.iter().all(|score| score.differing >= LEAST_ROWS);
        let holds = if is_tested {
            let has_number = best.rules.iter().any(|rule| rule.has_number_of_its_own());
            sought.holds(has_number) && held_out.holds(has_number)
        } else {
            whole.is_exact() && is_telling(&best.rules, all)
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

/// Pairs along the diagonals: those of the best come before pairs of which one is among the worst.
fn diagonally(singles: &[Tried]) -> impl Iterator<Item = [Rule; 2]> {
    (1..(2 * singles.len()).saturating_sub(1)).flat_map(move |sum| {
        let from = sum.saturating_sub(singles.len() - 1);
        (from..sum.div_ceil(2)).map(move |a| {
            let mut rules = [singles[a].rules[0], singles[sum - a].rules[0]];
            rules.sort_unstable();
            rules
        })
    })
}

/// Holds what a search has come to.
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
    let least = if pair.rules.iter().any(|rule| rule.has_number_of_its_own()) { enough } else { 1 };
    (more(0) >= enough && more(1) >= enough) || (pair.is_exact() && more(0) + more(1) >= least)
}

/// Says whether rows that are too few to hold any out are told of a rule: not of one with a number that was inferred from them, and
/// not if they are a few rows that are lacking, for one rule or the other always leaves out some row.
fn is_telling(rules: &[Rule], all: &Both) -> bool {
    let [rule] = rules else { return false };
    let has_other = all.differing().any(|(_, _, answer)| answer.is_some());
    let lacking = all.differing().filter(|(_, _, answer)| answer.is_none()).count();
    !rule.has_number_of_its_own() && (has_other || lacking >= LEAST_LACKING)
}
