//! The policies as their papers write them down: slow, with vectors whose first element is the oldest, and exact counts.
//!
//! Nothing here is shared with, or taken from, the jobs.

use std::collections::HashMap;

use datasets::Request;

/// A key and a size.
pub(crate) type Object = (u32, u64);

fn total(objects: &[Object]) -> u64 {
    objects.iter().map(|&(_, size)| size).sum()
}

fn position(objects: &[Object], key: u32) -> Option<usize> {
    objects.iter().position(|&(held, _)| held == key)
}

/// A policy: is the object held, it was hit, it was missed, it has another size.
pub(crate) trait Plain {
    fn held(&self, key: u32) -> Option<u64>;
    fn hit(&mut self, key: u32);
    fn miss(&mut self, object: Object);
    fn drop(&mut self, key: u32);
}

/// The answers of a policy.
pub(crate) fn answers(cache_size: u64, requests: &[Request], mut policy: impl Plain) -> Vec<u32> {
    let mut answer = |request: &Request| {
        let held = policy.held(request.key);
        if held == Some(request.size) {
            policy.hit(request.key);
            return 1;
        }
        if held.is_some() {
            policy.drop(request.key);
        }
        if request.size > cache_size {
            return 2;
        }
        policy.miss((request.key, request.size));
        0
    };
    requests.iter().map(&mut answer).collect()
}

/// LRU and FIFO: a queue that a hit renews, or not.
pub(crate) struct Queue {
    pub(crate) size: u64,
    pub(crate) renews: bool,
    pub(crate) objects: Vec<Object>,
}

impl Plain for Queue {
    fn held(&self, key: u32) -> Option<u64> {
        position(&self.objects, key).map(|at| self.objects[at].1)
    }

    fn hit(&mut self, key: u32) {
        if self.renews {
            let at = position(&self.objects, key).expect("it is held");
            let object = self.objects.remove(at);
            self.objects.push(object);
        }
    }

    fn miss(&mut self, object: Object) {
        while total(&self.objects) + object.1 > self.size {
            self.objects.remove(0);
        }
        self.objects.push(object);
    }

    fn drop(&mut self, key: u32) {
        self.objects.retain(|&(held, _)| held != key);
    }
}

/// CLOCK as a clock: frames in a circle, and a hand. For objects of size 1 alone.
pub(crate) struct Frames {
    pub(crate) frames: Vec<Option<(u32, bool)>>,
    pub(crate) hand: usize,
}

impl Plain for Frames {
    fn held(&self, key: u32) -> Option<u64> {
        self.frames.iter().flatten().any(|&(held, _)| held == key).then_some(1)
    }

    fn hit(&mut self, key: u32) {
        self.frames.iter_mut().flatten().filter(|(held, _)| *held == key).for_each(|(_, bit)| *bit = true);
    }

    fn miss(&mut self, (key, _): Object) {
        while let Some((_, bit @ true)) = &mut self.frames[self.hand] {
            *bit = false;
            self.hand = (self.hand + 1) % self.frames.len();
        }
        self.frames[self.hand] = Some((key, true));
        self.hand = (self.hand + 1) % self.frames.len();
    }

    fn drop(&mut self, _: u32) {
        unreachable!("all objects have size 1");
    }
}

/// CLOCK for any sizes: second chances in a queue.
pub(crate) struct SecondChance {
    pub(crate) size: u64,
    pub(crate) queue: Vec<(Object, bool)>,
}

impl Plain for SecondChance {
    fn held(&self, key: u32) -> Option<u64> {
        self.queue.iter().find(|((held, _), _)| *held == key).map(|&((_, size), _)| size)
    }

    fn hit(&mut self, key: u32) {
        self.queue.iter_mut().filter(|((held, _), _)| *held == key).for_each(|(_, bit)| *bit = true);
    }

    fn miss(&mut self, object: Object) {
        while self.queue.iter().map(|((_, size), _)| size).sum::<u64>() + object.1 > self.size {
            let (first, bit) = self.queue.remove(0);
            if bit {
                self.queue.push((first, false));
            }
        }
        self.queue.push((object, true));
    }

    fn drop(&mut self, key: u32) {
        self.queue.retain(|((held, _), _)| *held != key);
    }
}

/// SIEVE: the hand is the key that it stands at.
pub(crate) struct Sieve {
    pub(crate) size: u64,
    pub(crate) queue: Vec<(Object, bool)>,
    pub(crate) hand: Option<u32>,
}

impl Sieve {
    fn at(&self, key: u32) -> Option<usize> {
        self.queue.iter().position(|((held, _), _)| *held == key)
    }

    fn remove(&mut self, at: usize) {
        self.queue.remove(at);
        self.hand = self.queue.get(at).map(|((key, _), _)| *key);
    }
}

impl Plain for Sieve {
    fn held(&self, key: u32) -> Option<u64> {
        self.at(key).map(|at| self.queue[at].0.1)
    }

    fn hit(&mut self, key: u32) {
        let at = self.at(key).expect("it is held");
        self.queue[at].1 = true;
    }

    fn miss(&mut self, object: Object) {
        while self.queue.iter().map(|((_, size), _)| size).sum::<u64>() + object.1 > self.size {
            let mut at = self.hand.map_or(0, |key| self.at(key).expect("the hand stands at an object"));
            while self.queue[at].1 {
                self.queue[at].1 = false;
                at = if at + 1 == self.queue.len() { 0 } else { at + 1 };
            }
            self.remove(at);
        }
        self.queue.push((object, false));
    }

    fn drop(&mut self, key: u32) {
        let at = self.at(key).expect("it is held");
        if self.hand == Some(key) {
            self.remove(at);
        } else {
            self.queue.remove(at);
        }
    }
}

/// LFU: object, count, and when it was last asked for.
pub(crate) struct Lfu {
    pub(crate) size: u64,
    pub(crate) held: Vec<(Object, u64, u64)>,
    pub(crate) now: u64,
}

impl Plain for Lfu {
    fn held(&self, key: u32) -> Option<u64> {
        self.held.iter().find(|((held, _), ..)| *held == key).map(|&((_, size), ..)| size)
    }

    fn hit(&mut self, key: u32) {
        self.now += 1;
        let (_, count, last) = self.held.iter_mut().find(|((held, _), ..)| *held == key).expect("it is held");
        *count += 1;
        *last = self.now;
    }

    fn miss(&mut self, object: Object) {
        self.now += 1;
        while self.held.iter().map(|((_, size), ..)| size).sum::<u64>() + object.1 > self.size {
            let victim = self.held.iter().enumerate().min_by_key(|(_, (_, count, last))| (*count, *last));
            let (at, _) = victim.expect("something is held");
            self.held.remove(at);
        }
        self.held.push((object, 1, self.now));
    }

    fn drop(&mut self, key: u32) {
        self.held.retain(|((held, _), ..)| *held != key);
    }
}

/// S3-FIFO, Algorithm 1 of the paper, line by line.
#[derive(Default)]
pub(crate) struct S3Fifo {
    pub(crate) size: u64,
    pub(crate) small: Vec<Object>,
    pub(crate) main: Vec<Object>,
    pub(crate) ghost: Vec<Object>,
    pub(crate) freq: HashMap<u32, u32>,
}

impl S3Fifo {
    fn evict(&mut self) {
        if 10 * total(&self.small) >= self.size || self.main.is_empty() {
            self.evict_s();
        } else {
            self.evict_m();
        }
    }

    fn evict_s(&mut self) {
        let mut evicted = false;
        while !evicted && !self.small.is_empty() {
            let tail = self.small.remove(0);
            if self.freq[&tail.0] > 1 {
                self.main.push(tail);
                self.freq.insert(tail.0, 0);
                if 10 * total(&self.main) > 9 * self.size {
                    self.evict_m();
                }
            } else {
                self.ghost.push(tail);
                while 10 * total(&self.ghost) > 9 * self.size {
                    self.ghost.remove(0);
                }
                evicted = true;
            }
        }
    }

    fn evict_m(&mut self) {
        let mut evicted = false;
        while !evicted && !self.main.is_empty() {
            let tail = self.main.remove(0);
            let freq = self.freq.get_mut(&tail.0).expect("all that is held has a count");
            if *freq > 0 {
                *freq -= 1;
                self.main.push(tail);
            } else {
                evicted = true;
            }
        }
    }
}

impl Plain for S3Fifo {
    fn held(&self, key: u32) -> Option<u64> {
        self.small.iter().chain(&self.main).find(|(held, _)| *held == key).map(|&(_, size)| size)
    }

    fn hit(&mut self, key: u32) {
        let freq = self.freq.get_mut(&key).expect("all that is held has a count");
        *freq = (*freq + 1).min(3);
    }

    fn miss(&mut self, object: Object) {
        while total(&self.small) + total(&self.main) + object.1 > self.size {
            self.evict();
        }
        if let Some(at) = position(&self.ghost, object.0) {
            self.ghost.remove(at);
            self.main.push(object);
        } else {
            self.small.push(object);
        }
        self.freq.insert(object.0, 0);
    }

    fn drop(&mut self, key: u32) {
        self.small.retain(|&(held, _)| held != key);
        self.main.retain(|&(held, _)| held != key);
    }
}

/// ARC, Figure 4 of the paper, for objects of size 1.
#[derive(Default)]
pub(crate) struct Arc {
    pub(crate) c: usize,
    pub(crate) p: f64,
    pub(crate) t1: Vec<u32>,
    pub(crate) t2: Vec<u32>,
    pub(crate) b1: Vec<u32>,
    pub(crate) b2: Vec<u32>,
}

fn take(list: &mut Vec<u32>, key: u32) -> bool {
    let at = list.iter().position(|&held| held == key);
    at.map(|at| list.remove(at)).is_some()
}

impl Arc {
    fn replace(&mut self, is_in_b2: bool) {
        let t1 = self.t1.len() as f64;
        if !self.t1.is_empty() && ((is_in_b2 && t1.total_cmp(&self.p).is_eq()) || t1 > self.p) {
            self.b1.push(self.t1.remove(0));
        } else {
            self.b2.push(self.t2.remove(0));
        }
    }
}

impl Plain for Arc {
    fn held(&self, key: u32) -> Option<u64> {
        (self.t1.contains(&key) || self.t2.contains(&key)).then_some(1)
    }

    fn hit(&mut self, key: u32) {
        assert!(take(&mut self.t1, key) || take(&mut self.t2, key), "it is held");
        self.t2.push(key);
    }

    fn miss(&mut self, (key, _): Object) {
        let (b1, b2) = (self.b1.len() as f64, self.b2.len() as f64);
        if self.b1.contains(&key) {
            let delta = if b1 >= b2 { 1.0 } else { b2 / b1 };
            self.p = (self.p + delta).min(self.c as f64);
            self.replace(false);
            assert!(take(&mut self.b1, key));
            return self.t2.push(key);
        }
        if self.b2.contains(&key) {
            let delta = if b2 >= b1 { 1.0 } else { b1 / b2 };
            self.p = (self.p - delta).max(0.0);
            self.replace(true);
            assert!(take(&mut self.b2, key));
            return self.t2.push(key);
        }
        let (l1, l2) = (self.t1.len() + self.b1.len(), self.t2.len() + self.b2.len());
        if l1 == self.c {
            if self.t1.len() < self.c {
                self.b1.remove(0);
                self.replace(false);
            } else {
                self.t1.remove(0);
            }
        } else if l1 + l2 >= self.c {
            if l1 + l2 == 2 * self.c {
                self.b2.remove(0);
            }
            self.replace(false);
        }
        self.t1.push(key);
    }

    fn drop(&mut self, _: u32) {
        unreachable!("all objects have size 1");
    }
}

/// W-TinyLFU for objects of size 1, with all counts halved one by one.
pub(crate) struct WTinyLfu {
    pub(crate) window: (usize, Vec<u32>),
    pub(crate) probation: Vec<u32>,
    pub(crate) protected: (usize, Vec<u32>),
    pub(crate) main: usize,
    pub(crate) counts: HashMap<u32, u32>,
    pub(crate) counted: usize,
    pub(crate) sample: usize,
}

impl WTinyLfu {
    pub(crate) fn new(size: usize) -> Self {
        let window = (size / 100).max(1);
        let main = size - window;
        Self {
            window: (window, Vec::new()),
            probation: Vec::new(),
            protected: (main * 4 / 5, Vec::new()),
            main,
            counts: HashMap::new(),
            counted: 0,
            sample: 10 * size,
        }
    }

    fn count(&mut self, key: u32) {
        let count = self.counts.entry(key).or_default();
        *count = (*count + 1).min(15);
        self.counted += 1;
        // Before anything is held nothing is halved, which only a cache of size 0 could tell.
        if self.counted >= self.sample {
            self.counts.values_mut().for_each(|count| *count /= 2);
            self.counted /= 2;
        }
    }
}

impl Plain for WTinyLfu {
    fn held(&self, key: u32) -> Option<u64> {
        let lists = [&self.window.1, &self.probation, &self.protected.1];
        lists.iter().any(|list| list.contains(&key)).then_some(1)
    }

    fn hit(&mut self, key: u32) {
        self.count(key);
        if take(&mut self.window.1, key) {
            return self.window.1.push(key);
        }
        assert!(take(&mut self.probation, key) || take(&mut self.protected.1, key), "it is held");
        self.protected.1.push(key);
        if self.protected.1.len() > self.protected.0 {
            self.probation.push(self.protected.1.remove(0));
        }
    }

    fn miss(&mut self, (key, _): Object) {
        self.count(key);
        self.window.1.push(key);
        if self.window.1.len() <= self.window.0 {
            return;
        }
        let candidate = self.window.1.remove(0);
        if self.probation.len() + self.protected.1.len() < self.main {
            return self.probation.push(candidate);
        }
        let list = if self.probation.is_empty() { &mut self.protected.1 } else { &mut self.probation };
        if list.first().is_some_and(|victim| self.counts[&candidate] > self.counts[victim]) {
            list.remove(0);
            self.probation.push(candidate);
        }
    }

    fn drop(&mut self, _: u32) {
        unreachable!("all objects have size 1");
    }
}
