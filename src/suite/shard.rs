//! `--shard I/N`: one of several parts of a suite, which machines share among them.

use std::{fmt, str::FromStr};

/// One of so many parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    index: usize,
    of: usize,
}

impl Shard {
    /// Returns whether the experiment at this position, of all that were found, belongs to it: they are dealt out in turns.
    pub(crate) fn has(self, position: usize) -> bool {
        position % self.of == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "expected I/N, such as 1/3, with I from 1 to N";
        let (index, of) = text.split_once('/').ok_or(form)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| form);
        let shard = Self { index: number(index)?, of: number(of)? };
        if (1..=shard.of).contains(&shard.index) { Ok(shard) } else { Err(form.to_owned()) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_position_is_in_one_shard_and_no_other() {
        for of in 1..20 {
            let shards: Vec<Shard> =
                (1..=of).map(|index| format!("{index}/{of}").parse().expect("a shard")).collect();
            for position in 0..100 {
                assert_eq!(
                    shards.iter().filter(|shard| shard.has(position)).count(),
                    1,
                    "{position} of {of}"
                );
            }
            let sizes = shards.iter().map(|shard| (0..100).filter(|&position| shard.has(position)).count());
            let (least, most) = sizes.fold((100, 0), |(least, most), size| (size.min(least), size.max(most)));
            assert!(most - least <= 1, "{of}");
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!("3/3".parse::<Shard>().map(|shard| shard.to_string()).as_deref(), Ok("3/3"));
    }
}
