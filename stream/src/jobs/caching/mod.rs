//! Caching: which objects to hold, so that few requests miss.
//!
//! A job answers each request with [`Request::HIT`], [`Request::MISS`] or [`Request::BYPASS`]. Every policy here takes in
//! whatever fits, so it answers `BYPASS` for an object larger than the cache and for no other. The rules that all share
//! stand in [`Cache`]; a policy decides what is evicted. None of them draws chance, and each request takes constant time,
//! averaged over the requests before it.

mod arc;
mod clock;
mod fifo;
mod lfu;
mod lru;
mod s3_fifo;
mod sieve;
mod slots;
mod w_tiny_lfu;

use datasets::Request;

use crate::{Job, Proven};

pub use self::{
    arc::Arc, clock::Clock, fifo::Fifo, lfu::Lfu, lru::Lru, s3_fifo::S3Fifo, sieve::Sieve,
    w_tiny_lfu::WTinyLfu,
};

/// Decides which objects are held.
pub trait Policy {
    /// The slot and the size of an object that is held.
    fn find(&self, key: u32) -> Option<(u32, u64)>;

    /// Learns that the object in `slot` was asked for.
    fn hit(&mut self, slot: u32);

    /// Evicts until the object fits, and takes it in; it isn't held, and no larger than the cache.
    fn admit(&mut self, request: &Request);

    /// Drops the object in `slot`, because it has another size now.
    fn discard(&mut self, slot: u32);
}

/// A cache whose contents are decided by a [`Policy`].
///
/// An object that comes with another size than it is held with is another version of it: what is held is dropped, and the
/// request is a miss. An object larger than the cache passes by, and the policy doesn't hear of it.
#[derive(Debug, Clone)]
pub struct Cache<P> {
    cache_size: u64,
    policy: P,
}

impl<P: Policy> Cache<P> {
    /// Makes an empty cache that holds `cache_size` units; `policy` makes the policy of that size.
    pub fn new(cache_size: u64, policy: impl FnOnce(u64) -> P) -> Self {
        Self { cache_size, policy: policy(cache_size) }
    }
}

impl<P: Policy> Job<Request> for Cache<P> {
    #[inline]
    fn push(&mut self, request: &Request) -> u32 {
        match self.policy.find(request.key) {
            Some((slot, size)) if size == request.size => {
                self.policy.hit(slot);
                return Request::HIT;
            }
            Some((slot, _)) => self.policy.discard(slot),
            None => {}
        }
        if request.size > self.cache_size {
            return Request::BYPASS;
        }
        self.policy.admit(request);
        Request::MISS
    }
}

/// Of a policy with no proven ratio.
const NOTHING_PROVEN: Proven = Proven { asymptotic: None, absolute: None, constant: None, source: "" };

/// Of a conservative policy, which misses at most `k` times while at most `k` objects are asked for.
///
/// The cache begins empty, as that of the optimum does, so nothing has to be added to `k · OPT`.
fn conservative(k: u64, source: &'static str) -> Proven {
    let ratio = Some(k as f64);
    Proven { asymptotic: ratio, absolute: ratio, constant: Some(0), source }
}
