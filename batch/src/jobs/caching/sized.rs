//! Good answers for objects of several sizes: what is asked for again last goes, or what takes the most room until then.

use datasets::{Insertion, Request};

use super::furthest::Furthest;
use super::uses::{NEVER, Uses};

/// The best of the answers tried, and its name.
pub(super) fn best(
    requests: &[Request],
    uses: &Uses,
    cache_size: u64,
    insertion: Insertion,
) -> (Vec<u32>, &'static str) {
    let by = |classes, name| (Held::new(requests, cache_size, classes).answers(uses, insertion), name);
    let furthest = by(Classes::One, "furthest-next-use");
    let largest = by(Classes::Doubling, "largest-until-next-use");
    if super::misses(&largest.0) < super::misses(&furthest.0) { largest } else { furthest }
}

/// Describes how objects are told apart by size.
#[derive(Debug, Clone, Copy)]
enum Classes {
    /// Not at all: the one that is asked for last goes.
    One,
    /// By powers of two: of the last of each, the one with the largest product of size and time goes.
    Doubling,
}

/// Describes what is held.
struct Held<'a> {
    requests: &'a [Request],
    cache_size: u64,
    classes: Classes,
    used: u64,
    /// Says how much is held that is never asked for again.
    idle: u64,
    /// By class: when what is held is asked for.
    upcoming: Vec<Option<Furthest>>,
}

impl<'a> Held<'a> {
    fn new(requests: &'a [Request], cache_size: u64, classes: Classes) -> Self {
        let upcoming = (0..=u64::BITS).map(|_| None).collect();
        Self { requests, cache_size, classes, used: 0, idle: 0, upcoming }
    }

    fn answers(mut self, uses: &Uses, insertion: Insertion) -> Vec<u32> {
        let requests = (0..).zip(self.requests).zip(&uses.next);
        requests.map(|((at, request), &next)| self.answer(at, request.size, next, insertion)).collect()
    }

    fn answer(&mut self, at: u32, size: u64, next: u32, insertion: Insertion) -> u32 {
        if size > self.cache_size {
            return Request::BYPASS;
        }
        let is_hit = self.release(at);
        if insertion == Insertion::Optional && next == NEVER {
            return if is_hit { Request::HIT } else { Request::BYPASS };
        }
        let is_forced = insertion == Insertion::Forced && !is_hit;
        if is_forced {
            self.make_room(at, self.cache_size - size);
        }
        self.hold(size, next);
        self.make_room(at, self.cache_size);
        let stays = is_forced || next != NEVER && self.contains(next);
        match (is_hit, stays) {
            (true, _) => Request::HIT,
            (false, true) => Request::MISS,
            (false, false) => Request::BYPASS,
        }
    }

    fn class(&self, time: u32) -> usize {
        match self.classes {
            Classes::One => 0,
            Classes::Doubling => self.requests[time as usize].size.ilog2() as usize,
        }
    }

    fn contains(&self, time: u32) -> bool {
        self.upcoming[self.class(time)].as_ref().is_some_and(|upcoming| upcoming.contains(time))
    }

    /// Takes out the object of the present request, if it is held.
    fn release(&mut self, time: u32) -> bool {
        let is_held = self.contains(time);
        if is_held {
            self.remove(time);
        }
        is_held
    }

    fn remove(&mut self, time: u32) {
        let class = self.class(time);
        if let Some(upcoming) = &mut self.upcoming[class] {
            upcoming.remove(time);
        }
        self.used -= self.requests[time as usize].size;
    }

    fn hold(&mut self, size: u64, next: u32) {
        self.used += size;
        if next == NEVER {
            self.idle += size;
            return;
        }
        let (class, limit) = (self.class(next), self.requests.len());
        self.upcoming[class].get_or_insert_with(|| Furthest::new(limit)).insert(next);
    }

    /// Evicts until no more than `most` is held.
    fn make_room(&mut self, now: u32, most: u64) {
        if self.used > most {
            self.used -= std::mem::take(&mut self.idle);
        }
        while self.used > most {
            let lasts = self.upcoming.iter().flatten().filter_map(Furthest::last);
            let room = |&time: &u32| match self.classes {
                Classes::One => u128::from(time),
                Classes::Doubling => u128::from(self.requests[time as usize].size) * u128::from(time - now),
            };
            let Some(worst) = lasts.max_by_key(room) else { return };
            self.remove(worst);
        }
    }
}
