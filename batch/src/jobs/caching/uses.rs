//! When each object is asked for again.

use datasets::Request;

/// Of an object that isn't asked for again.
pub(super) const NEVER: u32 = u32::MAX;

/// For each request, the next one for the same object.
///
/// An object that comes with another size is another object.
#[derive(Debug)]
pub(super) struct Uses {
    pub(super) next: Vec<u32>,
}

impl Uses {
    pub(super) fn of(requests: &[Request]) -> Self {
        let keys = requests.iter().map(|request| request.key as usize + 1).max().unwrap_or(0);
        let mut upcoming = vec![NEVER; keys];
        let mut next = vec![NEVER; requests.len()];
        for (at, request) in requests.iter().enumerate().rev() {
            let following = std::mem::replace(&mut upcoming[request.key as usize], at as u32);
            if following != NEVER && requests[following as usize].size == request.size {
                next[at] = following;
            }
        }
        Self { next }
    }
}
