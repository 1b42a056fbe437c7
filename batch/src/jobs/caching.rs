//! Caching: the fewest requests that must miss, whatever is evicted.
//!
//! Where all objects have one size the optimum is known: Belady's MIN (1966; proved by Mattson, Gecsei, Slutz and Traiger
//! 1970) evicts what is asked for again last. It is optimal for each prefix of the trace at once: the objects that a
//! prefix doesn't ask for again are all alike to it, and MIN takes one of them where there is one.
//!
//! It has two forms. Where insertion is forced, what is asked for is held after each request; where it is optional, an
//! object may pass by, and then fewer requests miss. The first bounds only those that play by it: whoever let an object
//! pass by that would have fitted is bounded by the second alone.
//!
//! With several sizes the optimum is NP-hard (Chrobak, Woeginger, Makino and Xu 2012), and the reference is an interval:
//! from a relaxation that holds the objects for free wherever the sum over all times allows it, to a good answer.

mod furthest;
mod min;
mod relaxed;
mod sized;
mod uses;

use datasets::{Bound, Insertion, Reference, Request};

use uses::Uses;

/// Returns what is known of the fewest misses, and the answer that has the most of them that it may: the upper end.
pub fn reference(requests: &[Request], cache_size: u64, insertion: Insertion) -> Reference {
    let solved = solve(requests, cache_size, insertion);
    let value = misses(&solved.answers);
    let lower = match &solved.uses {
        None => Bound { value, by: solved.by },
        Some(uses) => {
            let (value, by) = relaxed::misses(requests, uses, cache_size, insertion, &[requests.len()])[0];
            Bound { value, by }
        }
    };
    Reference { lower, upper: Bound { value, by: solved.by }, decisions: solved.answers }
}

/// The interval that holds the fewest misses of each prefix; `prefixes` are numbers of requests, ascending.
///
/// It costs no more than [`reference()`], however many prefixes there are.
pub fn at_prefixes(
    requests: &[Request],
    cache_size: u64,
    insertion: Insertion,
    prefixes: &[usize],
) -> Vec<(u64, u64)> {
    let solved = solve(requests, cache_size, insertion);
    let mut seen = 0;
    let mut upper = 0;
    let uppers: Vec<u64> = prefixes
        .iter()
        .map(|&prefix| {
            upper += misses(&solved.answers[seen..prefix]);
            seen = prefix;
            upper
        })
        .collect();
    match &solved.uses {
        None => uppers.iter().map(|&misses| (misses, misses)).collect(),
        Some(uses) => {
            let lowers = relaxed::misses(requests, uses, cache_size, insertion, prefixes);
            lowers.iter().map(|&(lower, _)| lower).zip(uppers).collect()
        }
    }
}

/// A good answer.
struct Solved {
    answers: Vec<u32>,
    by: &'static str,
    /// When objects are asked for again, where the answer isn't known to be the best one.
    uses: Option<Uses>,
}

fn solve(requests: &[Request], cache_size: u64, insertion: Insertion) -> Solved {
    let uses = Uses::of(requests);
    if let Some(size) = one_size(requests) {
        let (answers, by) = match insertion {
            Insertion::Forced => (min::forced(&uses, cache_size / size), "belady-min-forced-insertion"),
            Insertion::Optional => (min::optional(&uses, cache_size / size), "belady-min-bypass-allowed"),
        };
        return Solved { answers, by, uses: None };
    }
    let (answers, by) = sized::best(requests, &uses, cache_size, insertion);
    Solved { answers, by, uses: Some(uses) }
}

/// The size that all objects have.
fn one_size(requests: &[Request]) -> Option<u64> {
    let size = requests.first().map_or(1, |request| request.size);
    requests.iter().all(|request| request.size == size).then_some(size)
}

fn misses(answers: &[u32]) -> u64 {
    answers.iter().filter(|&&answer| answer != Request::HIT).count() as u64
}
