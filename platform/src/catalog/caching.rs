//! Caching.

use std::borrow::Cow;

use compare::{Objective, Profile};
use datasets::{Insertion, Request, Value};
use stream::{
    Deciding, Proven,
    jobs::caching::{Arc, Cache, Clock, Fifo, Lfu, Lru, S3Fifo, Sieve, WTinyLfu},
};

use super::{
    caching_check::{self, PARTS},
    lines,
    parameters::at_least_one,
};
use crate::problem::{
    AtPrefixes, Decided, Entry, Merging, Parameter, Params, Problem, Setup, Shape, VersionEntry,
};

const CACHE_SIZE: &str = "cache_size";
const INSERTION: &str = "insertion";

/// The problem.
pub static CACHING: Problem<Request> = Problem {
    entry: Entry {
        name: "caching",
        about: "hold objects in a cache so that as few requests as possible miss",
        parameters: &[
            Parameter {
                name: CACHE_SIZE,
                about: "what the cache holds: objects, or units of size where they have sizes",
                default: None,
                check: at_least_one,
            },
            Parameter {
                name: INSERTION,
                about: "whether an object that misses must be taken in: forced or optional",
                default: Some("forced"),
                check: forced_or_optional,
            },
        ],
        // An object that is larger than the cache passes by.
        reject: |_, _| None,
        reference_name: "belady-min",
        versions: CACHING_VERSIONS,
        line: lines::request,
    },
    objective: FEWEST_MISSES,
    reference: |requests, _, params, _| {
        Ok(batch::caching::reference(requests, params.number(CACHE_SIZE), insertion(params)).into())
    },
    growing: None,
    merge: |_| {
        Merging::No(
            "what is held in a cache depends on every request before, so the misses of two halves don't add up",
        )
    },
    shape: Shape::Decisions(&ANSWERS),
};

/// Holds what is counted.
pub const FEWEST_MISSES: Objective = Objective::Minimise(Cow::Borrowed("misses"));

/// A decision is 1 for a hit, 0 for a miss after which the object is held, 2 for a miss after which it isn't.
pub static ANSWERS: Decided<Request> = Decided {
    column: "answer",
    follows_order: true,
    check: &|of| {
        let size = of.params.number(CACHE_SIZE);
        Ok(caching_check::check(of.records, size, insertion(of.params), of.decisions))
    },
    prefixes: Some(AtPrefixes {
        bounds_at: |requests, params, prefixes, _| {
            batch::caching::at_prefixes(requests, params.number(CACHE_SIZE), insertion(params), prefixes)
        },
        costs_at: |_, _, answers, prefixes| caching_check::costs_at(answers, prefixes),
    }),
    profile: Some(Profile {
        title: Cow::Borrowed("How long were objects held for a hit?"),
        name: Cow::Borrowed("Requests between a hit and the last request for its object"),
        unit: Cow::Borrowed("hits"),
        axis: Cow::Borrowed("requests since the last one for the object, as a power of two"),
        range: (0.0, PARTS as f64),
        last: Cow::Borrowed("of objects that were held for 2^15 requests or more"),
        reading: Cow::Borrowed(
            "A hit after few requests is easy to have; the policies differ in the others, for which an object is held long.",
        ),
    }),
};

fn insertion(params: &Params) -> Insertion {
    let named = |(name, insertion): &(&str, Insertion)| match params.get(INSERTION) {
        Value::Text(text) if text == name => Some(*insertion),
        Value::Text(_) | Value::Number(_) => None,
    };
    Insertion::NAMES.iter().find_map(named).expect("it was checked to be one of them")
}

fn forced_or_optional(value: &Value) -> Result<(), String> {
    let text = value.to_string();
    let is_known = Insertion::NAMES.iter().any(|(name, _)| *name == text);
    if is_known { Ok(()) } else { Err("must be forced or optional".to_owned()) }
}

/// Returns what is proved of a policy where all objects have size 1, by the size of the cache. Where objects may pass
/// by, and where no size is known, only the source is told.
fn proven(setup: &Setup<'_>, of: fn(u64) -> Proven) -> Proven {
    let known = |name| setup.params.0.get(name);
    let is_forced = known(INSERTION).is_some_and(|value| value.to_string() == "forced");
    match known(CACHE_SIZE).and_then(Value::number) {
        Some(size) if is_forced => of(size),
        Some(_) | None => Proven { asymptotic: None, absolute: None, constant: None, ..of(1) },
    }
}

/// The entry of a policy; `$proven` gives what is proved of it.
macro_rules! policy {
    ($name:literal, $policy:ident, $about:literal, $proven:expr) => {
        VersionEntry {
            name: $name,
            argument: None,
            about: $about,
            proven: $proven,
            make: |setup| Ok(Box::new(Deciding(Cache::new(setup.params.number(CACHE_SIZE), $policy::new)))),
        }
    };
}

const CACHING_VERSIONS: &[VersionEntry<Request>] = &[
    policy!("lru", Lru, "evicts what was asked for longest ago", |setup| proven(setup, Lru::proven)),
    policy!("fifo", Fifo, "evicts what came in longest ago", |setup| proven(setup, Fifo::proven)),
    policy!(
        "clock",
        Clock,
        "first in, first out, with a second chance for what was asked for since",
        |setup| proven(setup, Clock::proven)
    ),
    policy!("lfu", Lfu, "evicts what was asked for least often since it came in", |_| Lfu::PROVEN),
    policy!("sieve", Sieve, "a hand from old to new evicts the first that was not asked for since", |_| {
        Sieve::PROVEN
    }),
    policy!("s3-fifo", S3Fifo, "a small queue, a main one, and ghosts", |_| S3Fifo::PROVEN),
    policy!(
        "arc",
        Arc,
        "two LRU lists, for once and for again, whose sizes adapt by ghosts",
        |setup| proven(setup, Arc::proven)
    ),
    policy!("w-tiny-lfu", WTinyLfu, "a window, and admission to the main cache by frequency", |_| {
        WTinyLfu::PROVEN
    }),
];
