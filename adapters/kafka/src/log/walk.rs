//! Says what the messages of a topic come to, in their order: who owns the log, and where each of its entries stands.

use super::message::{self, Author, Entries, Message, Says};

/// Says where entries stand in the topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    /// The log's offset of the first.
    pub(super) first: u64,
    /// The topic's offset of the message.
    pub(super) message: i64,
    pub(super) latest_ms: i64,
    pub(super) bytes: u64,
}

/// A walk over a topic, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Names who owns the log; nobody before it begins.
    author: Option<Author>,
    /// The topic's offset of the message that comes next.
    next: i64,
    /// The log's offset behind the last whole append.
    end: u64,
    /// Whole appends that nobody was told of yet.
    found: Vec<Placed>,
    /// The beginning of an append whose end hasn't come, and where it goes on.
    begun: Vec<Placed>,
    goes_on: u64,
    /// A message of an append is missing: the append failed, and its owner adds nothing before it has said where the log ends.
    is_torn: bool,
}

impl Walk {
    /// Takes the message at this offset of the topic. The error says what is wrong with it.
    pub(super) fn take(&mut self, at: i64, bytes: &[u8]) -> Result<(), String> {
        if at != self.next {
            return Err(format!("the messages from offset {} on are missing before it", self.next));
        }
        let Message { author, says } = message::decode(bytes)?;
        match (self.author, says) {
            (None, Says::Begins) => self.author = Some(author),
            (None, _) => return Err("the log doesn't begin with it".to_owned()),
            (Some(own), _) if own.log != author.log => return Err("it belongs to another log".to_owned()),
            (Some(_), Says::Begins) => return Err("the log begins a second time".to_owned()),
            (Some(_), Says::Taken) => self.go_on_as(author),
            // Somebody who was put out, and doesn't know it yet.
            (Some(own), _) if own.owner != author.owner => {}
            (Some(_), Says::Void { next, end }) => {
                self.void(end)?;
                self.go_on_as(Author { owner: next, ..author });
            }
            (Some(_), Says::Entries(entries)) => self.append(at, bytes.len() as u64, &entries)?,
        }
        self.next = at + 1;
        Ok(())
    }

    /// A new owner finishes nothing that another has begun.
    fn go_on_as(&mut self, author: Author) {
        self.author = Some(author);
        self.begun.clear();
        self.is_torn = false;
    }

    fn void(&mut self, end: u64) -> Result<(), String> {
        if end > self.end {
            return Err(format!("it says that the log ends at {end}, and it ends at {}", self.end));
        }
        self.found.retain(|placed| placed.first < end);
        self.end = end;
        Ok(())
    }

    fn append(&mut self, at: i64, bytes: u64, entries: &Entries<'_>) -> Result<(), String> {
        let expected = if self.begun.is_empty() { self.end } else { self.goes_on };
        // A client gives up messages one by one, and sends those that come behind. Whoever appends notices, and says where the log
        // ends before anything else, so whatever is there up to then belongs to that append.
        if self.is_torn || entries.first > expected {
            self.is_torn = true;
            self.begun.clear();
            return Ok(());
        }
        if entries.first != expected {
            return Err(format!("it holds entry {} of the log, and {expected} was to come", entries.first));
        }
        let latest_ms = entries.iter().map(|(_, time_ms, _)| time_ms).max().unwrap_or(i64::MIN);
        self.begun.push(Placed { first: entries.first, message: at, latest_ms, bytes });
        self.goes_on = entries.first + entries.count;
        if entries.ends_append {
            self.found.append(&mut self.begun);
            self.end = self.goes_on;
        }
        Ok(())
    }

    /// Returns who owns the log.
    pub(super) fn author(&self) -> Option<Author> {
        self.author
    }

    /// Returns whether the last append lacks a message, so that nothing counts before it is said where the log ends.
    pub(super) fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// Returns the topic's offset of the message that comes next.
    pub(super) fn next(&self) -> i64 {
        self.next
    }

    /// Returns the log's end, behind the last whole append.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Hands over the whole appends that were found since this was asked last.
    pub(super) fn found(&mut self) -> impl Iterator<Item = Placed> {
        self.found.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use store::log::Entry;

    use super::*;

    const LOG: u64 = 5;

    fn by(owner: u64) -> Author {
        Author { log: LOG, owner }
    }

    fn append(owner: u64, first: u64, count: usize, most: usize) -> Vec<Vec<u8>> {
        let entries = vec![Entry { time_ms: 0, payload: b"abc" }; count];
        message::append(by(owner), first, &entries, most)
    }

    fn begun() -> Vec<Vec<u8>> {
        vec![message::control(by(1), &Says::Begins)]
    }

    fn taken(owner: u64) -> Vec<Vec<u8>> {
        vec![message::control(by(owner), &Says::Taken)]
    }

    fn void(owner: u64, next: u64, end: u64) -> Vec<Vec<u8>> {
        vec![message::control(by(owner), &Says::Void { next, end })]
    }

    /// Walks over a topic: where entries stand, as the first offset and the message.
    fn walked(topic: &[Vec<Vec<u8>>]) -> Result<(Walk, Vec<(u64, i64)>), String> {
        let mut walk = Walk::default();
        for (at, message) in (0..).zip(topic.iter().flatten()) {
            walk.take(at, message)?;
        }
        let found = walk.found().map(|placed| (placed.first, placed.message)).collect();
        Ok((walk, found))
    }

    #[test]
    fn entries_stand_where_their_owner_put_them() {
        let (walk, found) =
            walked(&[begun(), append(1, 0, 3, 1 << 20), append(1, 3, 2, 0), append(1, 5, 1, 0)])
                .expect("a log");
        assert_eq!(found, [(0, 1), (3, 2), (4, 3), (5, 4)]);
        assert_eq!((walk.end(), walk.next(), walk.author()), (6, 5, Some(by(1))));
    }

    #[test]
    fn whoever_was_put_out_adds_nothing() {
        let topic =
            [begun(), append(1, 0, 1, 0), taken(2), append(1, 1, 4, 0), append(2, 1, 1, 0), void(1, 9, 0)];
        let (walk, found) = walked(&topic).expect("a log");
        assert_eq!((found, walk.end(), walk.author()), (vec![(0, 1), (1, 7)], 2, Some(by(2))));
    }

    #[test]
    fn what_was_begun_and_not_ended_is_not_there() {
        let half = append(1, 1, 3, 0)[..2].to_vec();
        for after in [taken(2), void(1, 2, 1)] {
            let topic = [begun(), append(1, 0, 1, 0), half.clone(), after, append(2, 1, 1, 0)];
            let (walk, found) = walked(&topic).expect("a log");
            assert_eq!((found, walk.end()), (vec![(0, 1), (1, 5)], 2));
        }
        assert_eq!(walked(&[begun(), append(1, 0, 1, 0), half]).expect("a log").0.end(), 1);
    }

    #[test]
    fn an_append_that_lacks_a_message_is_not_there() {
        let whole = append(1, 1, 4, 0);
        // Any of its four messages may be lost, but all of them, and none of them leaves it whole.
        for stored in 1..15_u32 {
            let torn: Vec<_> = (0..4).filter(|n| stored >> n & 1 == 1).map(|n| whole[n].clone()).collect();
            let (walk, found) = walked(&[begun(), append(1, 0, 1, 0), torn.clone()]).expect("a log");
            assert_eq!((found, walk.end()), (vec![(0, 1)], 1), "{stored:04b}");
            let after = 2 + i64::from(stored.count_ones());
            for goes_on in [taken(2), void(1, 2, 1)] {
                let topic = [begun(), append(1, 0, 1, 0), torn.clone(), goes_on, append(2, 1, 2, 0)];
                let (walk, found) = walked(&topic).expect("a log");
                assert_eq!(found, [(0, 1), (1, after + 1), (2, after + 2)], "{stored:04b}");
                assert_eq!((walk.end(), walk.is_torn()), (3, false));
            }
        }
    }

    #[test]
    fn what_failed_is_void_before_and_after() {
        let failed = append(1, 1, 2, 1 << 20);
        for topic in [
            [begun(), append(1, 0, 1, 0), failed.clone(), void(1, 2, 1), append(2, 1, 1, 0)],
            [begun(), append(1, 0, 1, 0), void(1, 2, 1), failed.clone(), append(2, 1, 1, 0)],
            // Said again, because it failed, and stored twice.
            [begun(), append(1, 0, 1, 0), void(1, 2, 1), void(1, 2, 1), append(2, 1, 1, 0)],
        ] {
            let (walk, found) = walked(&topic).expect("a log");
            assert_eq!((found, walk.end(), walk.author()), (vec![(0, 1), (1, 4)], 2, Some(by(2))));
        }
    }

    #[test]
    fn what_does_not_belong_there_is_told() {
        let other = vec![message::control(Author { log: 6, owner: 1 }, &Says::Taken)];
        for (topic, why) in [
            (vec![taken(1)], "the log doesn't begin with it"),
            (vec![begun(), begun()], "the log begins a second time"),
            (vec![begun(), other], "it belongs to another log"),
            (
                vec![begun(), append(1, 0, 2, 0), append(1, 1, 1, 0)],
                "it holds entry 1 of the log, and 2 was to come",
            ),
            (
                vec![begun(), append(1, 0, 1, 0), append(1, 0, 1, 0)],
                "it holds entry 0 of the log, and 1 was to come",
            ),
            (vec![begun(), void(1, 2, 1)], "it says that the log ends at 1, and it ends at 0"),
            (vec![begun(), vec![b"{}".to_vec()]], "it is no message of a log: it is too short"),
        ] {
            assert_eq!(walked(&topic).expect_err(why), why);
        }
        let mut walk = Walk::default();
        walk.take(0, &begun()[0]).expect("it begins");
        let gap = walk.take(2, &taken(2)[0]).expect_err("a gap");
        assert_eq!(gap, "the messages from offset 1 on are missing before it");
    }
}
