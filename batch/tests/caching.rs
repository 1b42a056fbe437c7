//! The fewest misses, held against a search over everything that a cache may do, and against two other ways to find them.

use std::collections::HashMap;

use batch::caching::{at_prefixes, reference};
use datasets::{Insertion, Request, SplitMix64};
use proptest::prelude::*;

const BOTH: [Insertion; 2] = [Insertion::Forced, Insertion::Optional];

/// The fewest misses after each request, by trying every set that may be held.
fn brute_force(requests: &[Request], cache_size: u64, insertion: Insertion) -> Vec<u64> {
    // What is held, as a sorted list of keys and sizes, and the fewest misses that lead there.
    let mut states: HashMap<Vec<(u32, u64)>, u64> = HashMap::from([(Vec::new(), 0)]);
    let mut fewest = Vec::new();
    for request in requests {
        let mut following = HashMap::new();
        for (held, misses) in states {
            let is_hit = held.contains(&(request.key, request.size));
            let others: Vec<(u32, u64)> = held.into_iter().filter(|(key, _)| *key != request.key).collect();
            let misses = misses + u64::from(!is_hit);
            let may_pass = is_hit || insertion == Insertion::Optional || request.size > cache_size;
            for kept in 0..1_u32 << others.len() {
                let mut kept: Vec<(u32, u64)> =
                    (0..others.len()).filter(|at| kept >> at & 1 == 1).map(|at| others[at]).collect();
                let size: u64 = kept.iter().map(|(_, size)| size).sum();
                // A hit is held while it is answered, even if it goes then.
                let fits = size + request.size <= cache_size;
                let mut reach = |state: Vec<(u32, u64)>| {
                    let best = following.entry(state).or_insert(misses);
                    *best = misses.min(*best);
                };
                if may_pass && (fits || !is_hit && size <= cache_size) {
                    reach(kept.clone());
                }
                if fits {
                    kept.push((request.key, request.size));
                    kept.sort_unstable();
                    reach(kept);
                }
            }
        }
        states = following;
        fewest.push(states.values().copied().min().expect("one can always go on"));
    }
    fewest
}

/// The fewest misses after each request for objects of size 1, by intervals: a hit is an interval since the last request,
/// taken in the order of their ends wherever there is room for it.
fn by_intervals(requests: &[Request], cache_size: u64, insertion: Insertion) -> Vec<u64> {
    let (room, open) = match insertion {
        Insertion::Forced => (cache_size - 1, 1),
        Insertion::Optional => (cache_size, 0),
    };
    let mut taken = vec![0; requests.len()];
    let mut last: HashMap<u32, usize> = HashMap::new();
    let mut misses = 0;
    let mut miss = |(at, request): (usize, &Request)| {
        let since = last.insert(request.key, at).map(|before| before + open..at);
        match since {
            Some(since) if taken[since.clone()].iter().all(|&taken| taken < room) => {
                taken[since].iter_mut().for_each(|taken| *taken += 1);
            }
            Some(_) | None => misses += 1,
        }
        misses
    };
    requests.iter().enumerate().map(&mut miss).collect()
}

/// Checks that an answer can be true and returns its misses.
fn cost(requests: &[Request], cache_size: u64, insertion: Insertion, answers: &[u32]) -> u64 {
    assert_eq!(answers.len(), requests.len());
    let mut last: HashMap<u32, usize> = HashMap::new();
    let mut needed = vec![0; requests.len()];
    for (at, (request, &answer)) in requests.iter().zip(answers).enumerate() {
        match (answer, last.insert(request.key, at)) {
            (0, _) => needed[at] += request.size,
            (1, Some(before)) => {
                assert!(answers[before] != 2 && requests[before].size == request.size, "request {at}");
                needed[before + 1..=at].iter_mut().for_each(|needed| *needed += request.size);
            }
            (2, _) => assert!(insertion == Insertion::Optional || request.size > cache_size, "request {at}"),
            (answer, _) => panic!("request {at}: {answer}"),
        }
    }
    assert!(needed.iter().all(|&needed| needed <= cache_size), "{needed:?}");
    answers.iter().filter(|&&answer| answer != 1).count() as u64
}

fn check(requests: &[Request], cache_size: u64, insertion: Insertion, expected: &[u64]) {
    let sizes: Vec<u64> = requests.iter().map(|request| request.size).collect();
    let is_exact = sizes.windows(2).all(|pair| pair[0] == pair[1]);
    let reference = reference(requests, cache_size, insertion);
    assert_eq!(reference.upper.value, cost(requests, cache_size, insertion, &reference.decisions));
    let prefixes: Vec<usize> = (0..=requests.len()).collect();
    let curve = at_prefixes(requests, cache_size, insertion, &prefixes);
    assert_eq!(curve.last(), Some(&(reference.lower.value, reference.upper.value)));
    for (prefix, &(lower, upper)) in curve.iter().enumerate() {
        let optimum = if prefix == 0 { 0 } else { expected[prefix - 1] };
        assert!(lower <= optimum && optimum <= upper, "{insertion:?} {prefix}: {lower} {optimum} {upper}");
        assert!(!is_exact || lower == upper, "{insertion:?} {prefix}: {lower} {upper}");
    }
    assert_eq!(at_prefixes(requests, cache_size, insertion, &[0, requests.len()]).last(), curve.last());
}

fn unit(keys: &[u32]) -> Vec<Request> {
    keys.iter().map(|&key| Request { key, size: 1 }).collect()
}

#[test]
fn the_forms_differ_by_what_may_pass_by() {
    // A cache of one: 0 could be kept all the time, were 1 and 2 allowed to pass by.
    let requests = unit(&[0, 1, 0, 2, 0, 0]);
    let bounds = BOTH.map(|insertion| reference(&requests, 1, insertion));
    assert_eq!(bounds.clone().map(|reference| reference.upper.value), [5, 3]);
    assert_eq!(
        bounds.each_ref().map(|reference| reference.decisions.as_slice()),
        [[0, 0, 0, 0, 0, 1], [0, 2, 1, 2, 1, 1]]
    );
    let names = bounds.map(|reference| (reference.lower.by, reference.upper.by));
    let (forced, optional) = ("belady-min-forced-insertion", "belady-min-bypass-allowed");
    assert_eq!(names, [(forced, forced), (optional, optional)]);
}

#[test]
fn one_size_is_as_exact_as_size_one() {
    let requests: Vec<Request> = unit(&[0, 1, 2, 0, 1, 2, 0, 1, 2]);
    let larger: Vec<Request> = requests.iter().map(|request| Request { size: 7, ..*request }).collect();
    for insertion in BOTH {
        for (slots, room) in [(0, 6), (1, 13), (2, 14), (3, 27)] {
            assert_eq!(reference(&larger, room, insertion), reference(&requests, slots, insertion));
        }
    }
}

#[test]
fn nothing_costs_nothing() {
    for insertion in BOTH {
        let reference = reference(&[], 3, insertion);
        assert_eq!((reference.lower.value, reference.upper.value), (0, 0));
        assert_eq!(at_prefixes(&[], 3, insertion, &[]), []);
    }
}

#[test]
fn bounds_for_several_sizes_are_not_far_apart() {
    let mut random = SplitMix64::new(3);
    let sizes: Vec<u64> = (0..300).map(|_| random.uniform(1, 50)).collect();
    let mut draw = || {
        let most = random.uniform(0, 299);
        let key = random.uniform(0, most) as u32;
        Request { key, size: sizes[key as usize] }
    };
    let requests: Vec<Request> = (0..20_000).map(|_| draw()).collect();
    for insertion in BOTH {
        let reference = reference(&requests, 1000, insertion);
        let (lower, upper) = (reference.lower.value as f64, reference.upper.value as f64);
        assert!(upper / lower < 1.25, "{insertion:?}: {lower} {upper}");
        assert_eq!(reference.lower.by, "interval-resources");
    }
}

#[test]
fn long_traces_miss_as_often_as_their_intervals_say() {
    for (size, keys) in [(1, 5), (3, 20), (10, 40), (50, 300), (299, 300)] {
        let mut random = SplitMix64::new(size);
        let mut draw = || {
            let most = random.uniform(0, keys - 1);
            random.uniform(0, most) as u32
        };
        let requests = unit(&(0..4000).map(|_| draw()).collect::<Vec<_>>());
        for insertion in BOTH {
            check(&requests, size, insertion, &by_intervals(&requests, size, insertion));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_cache_misses_less(size in 1_u64..5, keys in prop::collection::vec(0_u32..6, 0..14)) {
        let requests = unit(&keys);
        for insertion in BOTH {
            let expected = brute_force(&requests, size, insertion);
            prop_assert_eq!(&by_intervals(&requests, size, insertion), &expected);
            check(&requests, size, insertion, &expected);
        }
    }

    #[test]
    fn the_interval_holds_the_fewest_misses_for_several_sizes(
        size in 1_u64..12, sizes in prop::collection::vec(1_u64..7, 6),
        keys in prop::collection::vec((0_u32..6, 0_u32..12), 0..12),
    ) {
        let sized = |&(key, other): &(u32, u32)| {
            Request { key, size: sizes[key as usize] + u64::from(other == 0) }
        };
        let requests: Vec<Request> = keys.iter().map(sized).collect();
        for insertion in BOTH {
            check(&requests, size, insertion, &brute_force(&requests, size, insertion));
        }
    }
}
