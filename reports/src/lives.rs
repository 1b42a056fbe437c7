//! The incarnations of a job one after another: which records each worked off, and what a crash made of them.

use compare::{FaultResult, Guarantee, RecoveryResult};

/// Records from the first up to the second, in order of arrival.
pub(crate) type Range = (u64, u64);

/// Describes what became of a range of records beyond being worked off once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// An earlier incarnation had worked them off, and its work is gone.
    Again,
    /// They were in the state already, and count twice there.
    Repeated,
    /// No incarnation has them in its state.
    Lost,
}

/// From one recovery to the next.
#[derive(Debug)]
pub(crate) struct Life<'a> {
    pub number: u64,
    /// From the record it went on from, up to where it ended.
    pub records: Range,
    /// Holds what struck it; the last one ended it unless it came to the end of input.
    pub faults: Vec<(usize, &'a FaultResult)>,
    pub parts: Vec<(Fate, Range)>,
}

/// Describes what a fault did to records, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Effect {
    /// Says whether the job went on from a checkpoint after it.
    pub ends: bool,
    pub again: u64,
    pub lost: u64,
    pub repeated: u64,
}

/// All of a version's incarnations.
pub(crate) struct Lives<'a> {
    /// In their order.
    pub all: Vec<Life<'a>>,
    /// By fault.
    pub effects: Vec<Effect>,
    /// Says whether the records that are lost or repeated could be told apart by fault: together they are the
    /// account's.
    pub is_told: bool,
}

impl<'a> Lives<'a> {
    /// The story of `recovery` over so many records.
    pub(crate) fn of(recovery: &'a RecoveryResult, records: u64) -> Self {
        let mut story =
            Story { recovery, records, from: 0, reached: 0, repeated: Vec::new(), effects: Vec::new() };
        let mut all = Vec::new();
        let mut index = 0;
        let mut goes_on = true;
        for faults in recovery.faults.chunk_by(|one, next| one.incarnation == next.incarnation) {
            let number = faults[0].incarnation;
            goes_on = number < recovery.incarnations;
            all.push(story.life(number, index, faults, goes_on));
            index += faults.len();
        }
        if goes_on {
            all.push(story.life(recovery.incarnations, index, &[], false));
        }
        let effects = story.effects;
        let sum = |of: fn(&Effect) -> u64| effects.iter().map(of).fold(0, u64::saturating_add);
        let is_told =
            sum(|effect| effect.lost) == recovery.lost && sum(|effect| effect.repeated) == recovery.repeated;
        if !is_told {
            for life in &mut all {
                life.parts.retain(|(fate, _)| *fate == Fate::Again);
            }
        }
        Self { all, effects, is_told }
    }
}

/// Describes what is known while the incarnations are gone through.
struct Story<'a> {
    recovery: &'a RecoveryResult,
    records: u64,
    /// Where the next incarnation goes on.
    from: u64,
    /// Says how far any has come.
    reached: u64,
    /// Holds what the next one's state holds although it is going to be worked off again.
    repeated: Vec<Range>,
    /// Holds what each fault did, as far as the story has come.
    effects: Vec<Effect>,
}

impl<'a> Story<'a> {
    fn life(&mut self, number: u64, first: usize, faults: &'a [FaultResult], goes_on: bool) -> Life<'a> {
        let end = faults.last().filter(|_| goes_on);
        let from = self.from;
        let to = end.map_or(self.records, |end| end.position.min(self.records)).max(from);
        let mut parts = Vec::new();
        add(&mut parts, Fate::Again, (from, to.min(self.reached)));
        self.reached = self.reached.max(to);
        let resumed = end.map_or(to, |end| end.resumed_at.unwrap_or(to).min(self.records));
        // What the state holds that the next incarnation, or the end of input, has of this one.
        let holds = end.map_or(u64::MAX, |end| if self.holds_all(end, to) { to } else { resumed });
        let known: Vec<Range> = std::mem::take(&mut self.repeated);
        for &(start, stop) in &known {
            add(&mut parts, Fate::Repeated, (start.max(from), stop.min(to).min(holds)));
            self.repeated.extend(some((start.max(resumed), stop)).filter(|_| goes_on));
        }
        for fault in faults {
            let delivered = self.delivered_again(fault).filter(|_| fault.position < holds);
            parts.extend(delivered.map(|range| (Fate::Repeated, range)));
            let repeated = delivered.map_or(0, |(start, stop)| stop - start);
            self.effects.push(Effect { repeated, ..Effect::default() });
        }
        if let Some(end) = end {
            let lost = self.lost(end, (from, to), resumed);
            parts.extend(lost.map(|range| (Fate::Lost, range)));
            let repeated = some((resumed, to)).filter(|_| self.holds_all(end, to));
            self.repeated.extend(repeated);
            let count = |range: Option<Range>| range.map_or(0, |(start, stop)| stop - start);
            if let Some(effect) = self.effects.last_mut() {
                *effect = Effect {
                    ends: true,
                    again: to.saturating_sub(resumed),
                    lost: count(lost),
                    repeated: effect.repeated.saturating_add(count(repeated)),
                };
            }
            self.from = resumed;
        }
        let faults = faults.iter().enumerate().map(|(at, fault)| (first + at, fault)).collect();
        Life { number, records: (from, to), faults, parts }
    }

    /// Under at-least-once the state is committed before the position: who dies in between has both differ.
    fn holds_all(&self, end: &FaultResult, to: u64) -> bool {
        self.recovery.guarantee == Guarantee::AtLeastOnce
            && end.resumed_at.is_some_and(|resumed| resumed < to)
            && match checkpoint_and_step(&end.fault) {
                Some((_, "state")) => true,
                Some((_, "within")) => self.lands_within(),
                _ => false,
            }
    }

    /// A store in memory lets the commit land that a crash strikes.
    fn lands_within(&self) -> bool {
        self.recovery.store == "memory"
    }

    /// Under at-most-once the position is committed before the records are worked off.
    fn lost(&self, end: &FaultResult, (from, to): Range, resumed: u64) -> Option<Range> {
        if self.recovery.guarantee != Guarantee::AtMostOnce {
            return None;
        }
        let every = self.recovery.checkpoint_every.max(1);
        if resumed > to {
            return some(((to - to % every).max(from), resumed));
        }
        let (checkpoint, step) = checkpoint_and_step(&end.fault)?;
        let is_open = step == "before" || (step == "within" && !self.lands_within());
        // The checkpoint after that of the last interval saves no records.
        let is_interval = resumed == to && checkpoint == to.div_ceil(every);
        some(((to.saturating_sub(1) / every * every).max(from), to)).filter(|_| is_open && is_interval)
    }

    /// Records that the source delivered again and that were taken in: `redeliver 20 at record 1310`.
    fn delivered_again(&self, fault: &FaultResult) -> Option<Range> {
        if self.recovery.guarantee != Guarantee::AtLeastOnce {
            return None;
        }
        let mut words = fault.fault.split_whitespace();
        let records = words.next().filter(|&word| word == "redeliver").and(words.next())?.parse().ok()?;
        some((fault.position.checked_sub(records)?, fault.position)).filter(|range| range.1 <= self.records)
    }
}

/// `crash at checkpoint 12 state`: 12 and `state`.
fn checkpoint_and_step(fault: &str) -> Option<(u64, &str)> {
    let (number, step) = fault.strip_prefix("crash at checkpoint ")?.split_once(' ')?;
    Some((number.parse().ok()?, step))
}

fn some(range: Range) -> Option<Range> {
    (range.0 < range.1).then_some(range)
}

fn add(parts: &mut Vec<(Fate, Range)>, fate: Fate, range: Range) {
    parts.extend(some(range).map(|range| (fate, range)));
}

#[cfg(test)]
mod tests {
    use super::*;

    type Struck<'a> = (&'a str, u64, u64, Option<u64>);

    fn recovery(guarantee: Guarantee, faults: &[Struck<'_>], account: [u64; 2]) -> RecoveryResult {
        let faults: Vec<_> = faults
            .iter()
            .map(|&(fault, incarnation, position, resumed_at)| FaultResult {
                fault: fault.to_owned(),
                incarnation,
                position,
                resumed_at,
            })
            .collect();
        RecoveryResult {
            guarantee,
            checkpoint_every: 100,
            durability: "process".to_owned(),
            sink: "file".to_owned(),
            store: "sled".to_owned(),
            checkpoints: 20,
            incarnations: 1 + faults.iter().filter(|fault| fault.resumed_at.is_some()).count() as u64,
            faults,
            lost: account[0],
            repeated: account[1],
            rows_missing: 0,
            rows_extra: 0,
            rows_unexplained: 0,
            same_answer: true,
            zombies_refused: 0,
            known_again: 0,
            torn_rows: 0,
            given_up: Vec::new(),
        }
    }

    /// Of each incarnation its records and its parts.
    fn seen(recovery: &RecoveryResult) -> Vec<(Range, Vec<(Fate, Range)>)> {
        let lives = Lives::of(recovery, 2_000);
        assert!(lives.is_told, "{:?}", lives.effects);
        lives.all.into_iter().map(|life| (life.records, life.parts)).collect()
    }

    #[test]
    fn at_least_once_works_off_again_and_repeats_what_the_state_held() {
        let faults = [
            ("crash at record 650", 1, 650, Some(600)),
            ("crash at checkpoint 12 state", 2, 1_200, Some(1_100)),
            ("redeliver 20 at record 1310", 3, 1_310, None),
            ("redeliver 30 at record 1450", 3, 1_450, None),
            ("torn output at checkpoint 15", 3, 1_500, Some(1_400)),
        ];
        let recovery = recovery(Guarantee::AtLeastOnce, &faults, [0, 120]);
        let expected = [
            ((0, 650), vec![]),
            ((600, 1_200), vec![(Fate::Again, (600, 650))]),
            (
                (1_100, 1_500),
                vec![
                    (Fate::Again, (1_100, 1_200)),
                    (Fate::Repeated, (1_100, 1_200)),
                    // What came again after the last checkpoint was forgotten with the rest.
                    (Fate::Repeated, (1_290, 1_310)),
                ],
            ),
            ((1_400, 2_000), vec![(Fate::Again, (1_400, 1_500))]),
        ];
        assert_eq!(seen(&recovery), expected);
        let again: Vec<_> = Lives::of(&recovery, 2_000).effects.iter().map(|effect| effect.again).collect();
        assert_eq!(again, [50, 100, 0, 0, 100]);
    }

    #[test]
    fn at_most_once_loses_what_was_taken_on_and_not_saved() {
        let faults = [
            ("crash at record 650", 1, 650, Some(700)),
            ("crash at record 700", 2, 700, Some(800)),
            ("crash at checkpoint 12 state", 3, 1_200, Some(1_200)),
            ("crash at checkpoint 14 before", 4, 1_400, Some(1_400)),
            ("crash at checkpoint 21 before", 5, 2_000, Some(2_000)),
        ];
        let expected = [
            ((0, 650), vec![(Fate::Lost, (600, 700))]),
            ((700, 700), vec![(Fate::Lost, (700, 800))]),
            ((800, 1_200), vec![]),
            ((1_200, 1_400), vec![(Fate::Lost, (1_300, 1_400))]),
            ((1_400, 2_000), vec![]),
            ((2_000, 2_000), vec![]),
        ];
        assert_eq!(seen(&recovery(Guarantee::AtMostOnce, &faults, [300, 0])), expected);
    }

    #[test]
    fn what_is_repeated_moves_on_to_the_incarnation_that_keeps_it() {
        let faults = [
            ("crash at checkpoint 12 state", 1, 1_200, Some(1_100)),
            ("crash at recovery 1", 2, 1_100, Some(1_100)),
            ("crash at record 1150", 3, 1_150, Some(1_100)),
        ];
        let seen = seen(&recovery(Guarantee::AtLeastOnce, &faults, [0, 100]));
        assert_eq!(seen[1], ((1_100, 1_100), vec![]));
        assert_eq!(seen[2], ((1_100, 1_150), vec![(Fate::Again, (1_100, 1_150))]));
        assert_eq!(seen[3].1, [(Fate::Again, (1_100, 1_200)), (Fate::Repeated, (1_100, 1_200))]);
    }

    #[test]
    fn what_does_not_add_up_to_the_account_is_not_told() {
        let faults = [("crash at record 650", 1, 650, Some(700))];
        let recovery = recovery(Guarantee::AtMostOnce, &faults, [99, 0]);
        let lives = Lives::of(&recovery, 2_000);
        assert!(!lives.is_told);
        assert!(lives.all.iter().all(|life| life.parts.is_empty()));
    }

    #[test]
    fn without_faults_there_is_one_incarnation() {
        assert_eq!(seen(&recovery(Guarantee::ExactlyOnce, &[], [0, 0])), [((0, 2_000), vec![])]);
    }
}
