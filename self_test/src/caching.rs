//! Mutants and equivalents of the policies of caching.

use datasets::{NO_DECISION, Request};
use stream::{Deciding, Job};

use super::{
    case::{Case, Group, Kind, Part, case},
    data::Data::{Requests, SizedRequests},
    under::{Limit, Under},
    wrap::{Boxed, each_100th},
};

const ALL: &[&str] = &["lru", "fifo", "clock", "lfu", "sieve", "s3-fifo", "arc", "w-tiny-lfu"];
const CACHE_SIZE: &str = "cache_size";

/// All rows.
pub(super) fn groups() -> Vec<Group<Request>> {
    vec![(Kind::Mutant, Part::Accuracy, mutants()), (Kind::Equivalent, Part::Accuracy, equivalents())]
}

fn mutants() -> Vec<Case<Request>> {
    vec![
        case("holds one unit more than fits", ALL, Requests, |base| {
            base.with(CACHE_SIZE, base.number(CACHE_SIZE) + 1)
        }),
        case("nothing is ever evicted", ALL, SizedRequests, |base| base.with(CACHE_SIZE, 1_u64 << 40))
            .under(Under::Only(Limit::Divergence)),
        case("each 100th miss is called a hit", ALL, Requests, |base| {
            let mut misses = 0..;
            saying(base.job(), move |answer| match answer {
                Request::MISS if misses.next().is_some_and(each_100th) => Request::HIT,
                answer => answer,
            })
        }),
        case("each 100th miss passes by, where insertion is forced", ALL, Requests, |base| {
            let mut misses = 0..;
            saying(base.job(), move |answer| match answer {
                Request::MISS if misses.next().is_some_and(each_100th) => Request::BYPASS,
                answer => answer,
            })
        })
        .under(Under::Only(Limit::Divergence)),
        case("a hit is called a miss now and then", ALL, SizedRequests, |base| {
            let mut hits = 0..;
            saying(base.job(), move |answer| match answer {
                Request::HIT if hits.next().is_some_and(|n| n % 20 == 19) => Request::MISS,
                answer => answer,
            })
        })
        .under(Under::Only(Limit::RatioIncrease)),
        case("half of the cache is empty", &["lru", "lfu", "arc"], Requests, |base| {
            base.with(CACHE_SIZE, base.number(CACHE_SIZE).div_ceil(2))
        })
        .under(Under::Orders),
        case("the last answers are missing", &["sieve", "lru"], Requests, |base| {
            let mut answers = 0..;
            saying(
                base.job(),
                move |answer| if answers.next().is_some_and(|n| n >= 1990) { NO_DECISION } else { answer },
            )
        }),
        case("an answer that means nothing", &["fifo"], Requests, |base| {
            saying(base.job(), |answer| answer + 1)
        }),
    ]
}

fn equivalents() -> Vec<Case<Request>> {
    vec![
        case("objects by other numbers", ALL, Requests, |base| {
            wrapped(base.job(), |request| request.key ^= 5, |answer| answer)
        }),
        case("the job itself, of sizes", ALL, SizedRequests, |base| base.job()),
        case("the job itself, over shuffled orders", ALL, Requests, |base| base.job()).under(Under::Orders),
        case("all sizes and the cache doubled", ALL, SizedRequests, |base| {
            let job = base.with(CACHE_SIZE, 2 * base.number(CACHE_SIZE));
            wrapped(job, |request| request.size *= 2, |answer| answer)
        }),
    ]
}

/// `job`, whose answers come out changed.
fn saying(job: Boxed<Request>, say: impl FnMut(u32) -> u32 + Send + 'static) -> Boxed<Request> {
    wrapped(job, |_| {}, say)
}

/// `job`, one request at a time, between what changes its requests and what changes its answers.
fn wrapped(
    job: Boxed<Request>,
    see: impl FnMut(&mut Request) + Send + 'static,
    say: impl FnMut(u32) -> u32 + Send + 'static,
) -> Boxed<Request> {
    Box::new(Deciding(Wrapped { job, see, say, answer: Vec::with_capacity(1) }))
}

struct Wrapped<S, T> {
    job: Boxed<Request>,
    see: S,
    say: T,
    answer: Vec<u32>,
}

impl<S: FnMut(&mut Request), T: FnMut(u32) -> u32> Job<Request> for Wrapped<S, T> {
    fn push(&mut self, request: &Request) -> u32 {
        let mut request = *request;
        (self.see)(&mut request);
        self.answer.clear();
        self.job.push_chunk(&[request], &mut self.answer);
        (self.say)(self.answer[0])
    }
}
