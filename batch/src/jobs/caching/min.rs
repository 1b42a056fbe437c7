//! Belady's MIN for a cache of `slots` objects, in its two forms.

use datasets::Request;

use super::furthest::Furthest;
use super::uses::{NEVER, Uses};

/// Takes in what is asked for, and evicts what is asked for again last.
pub(super) fn forced(uses: &Uses, slots: u64) -> Vec<u32> {
    let mut upcoming = Furthest::new(uses.next.len());
    // Those that are held and never asked for again go first; which of them doesn't matter.
    let (mut held, mut idle) = (0, 0_u64);
    let mut answers = Vec::with_capacity(uses.next.len());
    for (at, &next) in (0..).zip(&uses.next) {
        if slots == 0 {
            answers.push(Request::BYPASS);
            continue;
        }
        if upcoming.contains(at) {
            upcoming.remove(at);
            answers.push(Request::HIT);
        } else {
            if held < slots {
                held += 1;
            } else if idle > 0 {
                idle -= 1;
            } else if let Some(last) = upcoming.last() {
                upcoming.remove(last);
            }
            answers.push(Request::MISS);
        }
        if next == NEVER {
            idle += 1;
        } else {
            upcoming.insert(next);
        }
    }
    answers
}

/// Of what is held and what is asked for, whatever is asked for again last goes or passes by. Nothing is held in vain.
pub(super) fn optional(uses: &Uses, slots: u64) -> Vec<u32> {
    let mut upcoming = Furthest::new(uses.next.len());
    let mut held = 0;
    let mut answers = Vec::with_capacity(uses.next.len());
    for (at, &next) in (0..).zip(&uses.next) {
        let is_hit = upcoming.contains(at);
        if is_hit {
            upcoming.remove(at);
            held -= 1;
        }
        let stays = next != NEVER && (held < slots || upcoming.last().is_some_and(|last| next < last));
        if stays {
            if held < slots {
                held += 1;
            } else if let Some(last) = upcoming.last() {
                upcoming.remove(last);
            }
            upcoming.insert(next);
        }
        answers.push(match (is_hit, stays) {
            (true, _) => Request::HIT,
            (false, true) => Request::MISS,
            (false, false) => Request::BYPASS,
        });
    }
    answers
}
