//! Walks over the compact form of Thrift, in which a file's description is written, without making anything of it.

use crate::fault::Fault;

/// The types that values can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A truth value, which within a struct has no bytes of its own.
    Boolean,
    Byte,
    /// A whole number of any width.
    Whole,
    Double,
    Binary,
    List,
    Map,
    Struct,
    Uuid,
}

impl Kind {
    fn of(code: u8) -> Result<Self, Fault> {
        Ok(match code {
            1 | 2 => Self::Boolean,
            3 => Self::Byte,
            4..=6 => Self::Whole,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            13 => Self::Uuid,
            _ => return Err(damaged()),
        })
    }
}

pub(crate) fn damaged() -> Fault {
    Fault::new("the file is damaged: its footer doesn't read as one")
}

/// A place in the bytes.
pub(crate) struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Visits each field of a struct by its number; `visit` passes its value.
    pub(crate) fn fields(
        &mut self,
        mut visit: impl FnMut(&mut Self, i64, Kind) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut number = 0;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            number = match head >> 4 {
                0 => self.whole()?,
                step => i64::wrapping_add(number, i64::from(step)),
            };
            visit(self, number, Kind::of(head & 15)?)?;
        }
    }

    /// Returns the number of values in a list, and their type. Each has a byte at least.
    pub(crate) fn list(&mut self) -> Result<(u64, Kind), Fault> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.unsigned()?,
            few => u64::from(few),
        };
        if count > self.rest.len() as u64 {
            return Err(damaged());
        }
        // Some writers name no type for none.
        let kind = if count == 0 { Kind::Byte } else { Kind::of(head & 15)? };
        Ok((count, kind))
    }

    pub(crate) fn whole(&mut self) -> Result<i64, Fault> {
        let number = self.unsigned()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// Passes the value of a struct's field.
    pub(crate) fn pass(&mut self, kind: Kind, levels: u8) -> Result<(), Fault> {
        if kind == Kind::Boolean { Ok(()) } else { self.pass_element(kind, levels) }
    }

    /// Passes a value in a list or a map, where truth values have a byte.
    fn pass_element(&mut self, kind: Kind, levels: u8) -> Result<(), Fault> {
        let Some(levels) = levels.checked_sub(1) else { return Err(damaged()) };
        match kind {
            Kind::Boolean | Kind::Byte => self.skip(1),
            Kind::Whole => self.unsigned().map(drop),
            Kind::Double => self.skip(8),
            Kind::Uuid => self.skip(16),
            Kind::Binary => {
                let length = self.unsigned()?;
                self.skip(length)
            }
            Kind::List => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.pass_element(kind, levels))
            }
            Kind::Map => self.pass_map(levels),
            Kind::Struct => self.fields(|walk, _, kind| walk.pass(kind, levels)),
        }
    }

    fn pass_map(&mut self, levels: u8) -> Result<(), Fault> {
        let count = self.unsigned()?;
        if count == 0 {
            return Ok(());
        }
        if count > self.rest.len() as u64 {
            return Err(damaged());
        }
        let kinds = self.byte()?;
        let (key, value) = (Kind::of(kinds >> 4)?, Kind::of(kinds & 15)?);
        (0..count).try_for_each(|_| {
            self.pass_element(key, levels)?;
            self.pass_element(value, levels)
        })
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        let bytes = usize::try_from(bytes).map_err(|_| damaged())?;
        self.rest = self.rest.get(bytes..).ok_or_else(damaged)?;
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let (&byte, rest) = self.rest.split_first().ok_or_else(damaged)?;
        self.rest = rest;
        Ok(byte)
    }

    fn unsigned(&mut self) -> Result<u64, Fault> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(damaged())
    }
}
