//! Arrays of any length in a saved state; serde itself knows the short ones only.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
    ser::SerializeTuple,
};

/// An array, or a reference to one, saved as its elements alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Array<A>(pub(crate) A);

impl<T: Serialize, const N: usize> Serialize for Array<&[T; N]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        self.0.iter().try_for_each(|element| tuple.serialize_element(element))?;
        tuple.end()
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Array<[T; N]> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(N, Elements(PhantomData))
    }
}

struct Elements<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Elements<T, N> {
    type Value = Array<[T; N]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N} elements")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Self::Value, S::Error> {
        let mut elements: [Option<T>; N] = std::array::from_fn(|_| None);
        for (i, element) in elements.iter_mut().enumerate() {
            let next = seq.next_element()?.ok_or_else(|| S::Error::invalid_length(i, &self))?;
            *element = Some(next);
        }
        Ok(Array(elements.map(|element| element.expect("each was just set"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::codec;

    #[test]
    fn an_array_is_its_elements() {
        let mut saved = vec![];
        codec::save(&Array(&["a".to_owned(), String::new()]), &mut saved);
        assert_eq!(saved, [1, b'a', 0]);
        let mut bytes = &saved[..];
        let restored: Array<[String; 2]> = codec::restore("this", &mut bytes).unwrap();
        assert_eq!((restored.0.as_slice(), bytes), (&["a".to_owned(), String::new()][..], &[][..]));
        assert!(codec::restore::<Array<[String; 3]>>("this", &mut &saved[..]).is_err());
    }
}
