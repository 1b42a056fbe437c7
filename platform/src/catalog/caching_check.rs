//! Checks answers to requests against the size of the cache, and counts misses. A job's own count is not asked.
//!
//! A hit needs the object to be held from its last request on, and nothing else needs to be held, but for what a request
//! takes in. So what must be held at each request is known without knowing what was evicted when.

use compare::{Checked, Divergence};
use datasets::{Insertion, NO_DECISION, Request};

/// Hits by how many requests ago the object was asked for, in doubling steps; the last part has all that are longer ago.
pub(super) const PARTS: usize = 16;

/// Holds the answers to `requests`, which are in the order in which they came, against a cache of `cache_size`.
///
/// Its cost is the number of misses; its profile tells hits by how long ago their object was asked for.
pub(super) fn check(requests: &[Request], cache_size: u64, insertion: Insertion, answers: &[u32]) -> Checked {
    let extra = answers.len().saturating_sub(requests.len());
    let mut check = Checked {
        cost: Some(misses(&answers[..answers.len() - extra])),
        divergence: Divergence { extra: extra as u64, ..Divergence::default() },
        profile: vec![0; PARTS],
        problem: None,
    };
    let uses = Uses::of(requests, answers, &mut check.profile);
    let mut held = 0;
    for (offset, request) in requests.iter().enumerate() {
        let answer = answers.get(offset).copied().unwrap_or(NO_DECISION);
        let size = u128::from(request.size);
        let is_hit = uses.is_hit[offset];
        held -= if is_hit { size } else { 0 };
        let needed = held + if matches!(answer, Request::HIT | Request::MISS) { size } else { 0 };
        held += if uses.is_kept[offset] { size } else { 0 };
        let may_pass = insertion == Insertion::Optional || request.size > cache_size;
        let wrong = match answer {
            NO_DECISION => {
                check.divergence.missing += 1;
                check.problem.get_or_insert_with(|| format!("request {offset} has no answer"));
                continue;
            }
            Request::HIT if !is_hit => Wrong::NotHeld,
            Request::BYPASS if !may_pass => Wrong::Passed,
            Request::HIT | Request::MISS if needed > u128::from(cache_size) => Wrong::TooMuch(needed),
            // Whatever passes by, what is kept for later must fit.
            Request::BYPASS if held > u128::from(cache_size) => Wrong::TooMuch(held),
            Request::HIT | Request::MISS | Request::BYPASS => {
                check.divergence.equal += 1;
                continue;
            }
            other => Wrong::Unknown(other),
        };
        check.divergence.changed += 1;
        check.problem.get_or_insert_with(|| wrong.message(offset, cache_size));
    }
    if extra > 0 {
        check.problem.get_or_insert(format!("{} answers to {} requests", answers.len(), requests.len()));
    }
    check
}

/// Describes what is wrong with an answer.
enum Wrong {
    NotHeld,
    Passed,
    TooMuch(u128),
    Unknown(u32),
}

impl Wrong {
    fn message(&self, offset: usize, cache_size: u64) -> String {
        match self {
            Self::NotHeld => format!(
                "request {offset} is said to be a hit, but its object was not taken in, in that size, when it was last \
                 asked for"
            ),
            Self::Passed => format!(
                "the object of request {offset} passed by, which is allowed where it is larger than the cache, or with \
                 insertion=optional"
            ),
            Self::TooMuch(held) => format!(
                "at request {offset} the cache holds {held}, counting only what is hit later, and its size is {cache_size}"
            ),
            Self::Unknown(answer) => {
                format!("request {offset} is answered with {answer}, expected 0, 1 or 2")
            }
        }
    }
}

/// Which requests are hits that can be, and after which an object is kept for one.
struct Uses {
    is_hit: Vec<bool>,
    is_kept: Vec<bool>,
}

impl Uses {
    fn of(requests: &[Request], answers: &[u32], profile: &mut [u64]) -> Self {
        let keys = requests.iter().map(|request| request.key as usize + 1).max().unwrap_or(0);
        let mut last = vec![usize::MAX; keys];
        let mut uses = Self { is_hit: vec![false; requests.len()], is_kept: vec![false; requests.len()] };
        for (offset, (request, &answer)) in requests.iter().zip(answers).enumerate() {
            let before = std::mem::replace(&mut last[request.key as usize], offset);
            if answer != Request::HIT || before == usize::MAX {
                continue;
            }
            let was_taken_in = matches!(answers[before], Request::HIT | Request::MISS);
            if was_taken_in && requests[before].size == request.size {
                uses.is_hit[offset] = true;
                uses.is_kept[before] = true;
                profile[((offset - before).ilog2() as usize).min(PARTS - 1)] += 1;
            }
        }
        uses
    }
}

fn misses(answers: &[u32]) -> u64 {
    answers.iter().filter(|&&answer| answer != Request::HIT && answer != NO_DECISION).count() as u64
}

/// Returns how many requests have missed after each of `prefixes`, ascending counts of answers.
pub(super) fn costs_at(answers: &[u32], prefixes: &[usize]) -> Vec<u64> {
    let (mut seen, mut cost) = (0, 0);
    let mut at = |&prefix: &usize| {
        let prefix = prefix.min(answers.len());
        cost += misses(&answers[seen..prefix]);
        seen = prefix;
        cost
    };
    prefixes.iter().map(&mut at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use datasets::SplitMix64;

    fn requests(objects: &[(u32, u64)]) -> Vec<Request> {
        objects.iter().map(|&(key, size)| Request { key, size }).collect()
    }

    fn unit(keys: &[u32], size: u64, insertion: Insertion, answers: &[u32]) -> Checked {
        let objects: Vec<(u32, u64)> = keys.iter().map(|&key| (key, 1)).collect();
        check(&requests(&objects), size, insertion, answers)
    }

    #[test]
    fn true_answers_have_their_misses_counted() {
        let checked = unit(&[0, 1, 0, 2, 0], 2, Insertion::Forced, &[0, 0, 1, 0, 1]);
        assert_eq!((checked.cost, checked.divergence.equal, checked.problem), (Some(3), 5, None));
        assert_eq!(checked.profile[..3], [0, 2, 0]);
        let checked = unit(&[0, 1, 0, 2, 0], 1, Insertion::Optional, &[0, 2, 1, 2, 1]);
        assert_eq!((checked.cost, checked.problem), (Some(3), None));
    }

    #[test]
    fn each_kind_of_wrong_answer_is_told() {
        let wrong = |keys: &[u32], size, insertion, answers: &[u32], row: usize, part: &str| {
            let checked = unit(keys, size, insertion, answers);
            assert_eq!(checked.divergence.changed, 1, "{checked:?}");
            let problem = checked.problem.expect("something is wrong");
            assert!(problem.contains(part) && problem.contains(&format!("request {row}")), "{problem}");
        };
        let (forced, optional) = (Insertion::Forced, Insertion::Optional);
        wrong(&[0, 0], 1, forced, &[1, 1], 0, "said to be a hit");
        wrong(&[0, 0], 1, optional, &[2, 1], 1, "said to be a hit");
        wrong(&[0, 0], 1, forced, &[2, 0], 0, "insertion=optional");
        wrong(&[0, 1, 0], 1, forced, &[0, 0, 1], 1, "the cache holds 2");
        wrong(&[0, 1, 2, 0, 1], 2, forced, &[0, 0, 0, 1, 1], 2, "the cache holds 3");
        wrong(&[0, 0], 1, forced, &[0, 7], 1, "answered with 7, expected 0, 1 or 2");
        // Both are kept until the last requests, also while another one passes by.
        let checked = unit(&[0, 1, 2, 0, 1], 1, optional, &[0, 0, 2, 1, 1]);
        assert_eq!((checked.divergence.changed, checked.divergence.equal), (3, 2));
        assert!(checked.problem.is_some_and(|why| why.contains("request 1 the cache holds 2")));
    }

    #[test]
    fn missing_and_surplus_answers_are_told_apart() {
        let checked = unit(&[0, 0, 1], 1, Insertion::Forced, &[0, NO_DECISION]);
        let Divergence { missing, extra, changed, equal } = checked.divergence;
        assert_eq!((missing, extra, changed, equal, checked.cost), (2, 0, 0, 1, Some(1)));
        assert_eq!(checked.problem.as_deref(), Some("request 1 has no answer"));
        let checked = unit(&[0], 1, Insertion::Forced, &[0, 0]);
        assert_eq!((checked.divergence.extra, checked.cost), (1, Some(1)));
        assert_eq!(checked.problem.as_deref(), Some("2 answers to 1 requests"));
    }

    #[test]
    fn sizes_are_counted() {
        let objects = requests(&[(0, 5), (1, 3), (0, 5), (1, 4), (2, 9), (1, 4)]);
        let sized = |answers: &[u32]| check(&objects, 8, Insertion::Forced, answers);
        // Object 1 comes with another size; object 2 is larger than the cache, and passes by what is kept.
        assert_eq!(sized(&[0, 0, 1, 0, 2, 1]).problem, None);
        assert!(sized(&[0, 0, 1, 1, 2, 1]).problem.is_some_and(|why| why.contains("request 3 is said")));
        assert!(sized(&[0, 0, 1, 0, 0, 0]).problem.is_some_and(|why| why.contains("holds 9")));
        let huge = requests(&[(0, u64::MAX), (1, u64::MAX), (0, u64::MAX)]);
        let checked = check(&huge, u64::MAX, Insertion::Forced, &[0, 0, 1]);
        assert_eq!(checked.divergence.changed, 1, "no sum leaves its bits");
    }

    #[test]
    fn prefixes_count_the_misses_so_far() {
        assert_eq!(costs_at(&[0, 1, 2, 0, 1], &[0, 1, 3, 5]), [0, 1, 2, 3]);
        assert_eq!(costs_at(&[0, NO_DECISION], &[1, 2, 3]), [1, 1, 1]);
    }

    /// Returns whether some sequence of evictions gives these answers, by trying all.
    fn is_possible(requests: &[Request], size: u64, insertion: Insertion, answers: &[u32]) -> bool {
        let mut states = vec![Vec::<Request>::new()];
        for (request, &answer) in requests.iter().zip(answers) {
            let mut following: Vec<Vec<Request>> = Vec::new();
            for held in states {
                let is_held = held.contains(request);
                let others: Vec<Request> =
                    held.into_iter().filter(|other| other.key != request.key).collect();
                let may_pass = insertion == Insertion::Optional || request.size > size;
                let takes_in = match answer {
                    1 if is_held => true,
                    0 => true,
                    2 if may_pass => false,
                    _ => continue,
                };
                for kept in 0..1_u32 << others.len() {
                    let mut state: Vec<Request> =
                        (0..others.len()).filter(|at| kept >> at & 1 == 1).map(|at| others[at]).collect();
                    state.extend(takes_in.then_some(*request));
                    if state.iter().map(|request| request.size).sum::<u64>() <= size {
                        state.sort_unstable_by_key(|request| request.key);
                        if !following.contains(&state) {
                            following.push(state);
                        }
                    }
                }
            }
            states = following;
        }
        !states.is_empty()
    }

    #[test]
    fn answers_are_right_where_some_evictions_give_them() {
        let mut random = SplitMix64::new(1);
        let mut right = 0;
        for round in 0..20_000 {
            let largest = if round % 2 == 0 { 1 } else { 3 };
            let size = random.uniform(1, 4);
            let records = random.uniform(1, 8);
            let sizes: Vec<u64> = (0..3).map(|_| random.uniform(1, largest)).collect();
            let mut draw = || {
                let key = random.uniform(0, 2) as u32;
                Request { key, size: sizes[key as usize] + u64::from(random.uniform(0, 20) == 0) }
            };
            let requests: Vec<Request> = (0..records).map(|_| draw()).collect();
            let mut last = [false; 3];
            let answers: Vec<u32> = requests
                .iter()
                .map(|request| {
                    let known = std::mem::replace(&mut last[request.key as usize], true);
                    if known && random.uniform(0, 3) > 0 {
                        1
                    } else {
                        [0, 0, 2][random.uniform(0, 2) as usize]
                    }
                })
                .collect();
            for insertion in [Insertion::Forced, Insertion::Optional] {
                let found = check(&requests, size, insertion, &answers).problem;
                let expected = is_possible(&requests, size, insertion, &answers);
                assert_eq!(found.is_none(), expected, "{size} {requests:?} {answers:?} {found:?}");
                right += usize::from(expected);
            }
        }
        assert!(right > 5000, "{right} were right");
    }
}
