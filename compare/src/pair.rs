//! The two sides of every comparison.

use std::{
    fmt,
    ops::{Index, IndexMut},
};

use serde::{Deserialize, Serialize};

/// Names one of the two versions that an experiment compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Names the version in service.
    Stable,
    /// Names the version that is to replace it.
    Candidate,
}

impl Role {
    /// Both, stable first.
    pub const BOTH: [Self; 2] = [Self::Stable, Self::Candidate];

    /// Returns its name in experiment files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Candidate => "candidate",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Holds a thing of stable's and the same of the candidate's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pair<T> {
    /// Holds what belongs to the version in service.
    pub stable: T,
    /// Holds what belongs to the version that is to replace it.
    pub candidate: T,
}

impl<T> Pair<T> {
    /// Makes both, stable's first.
    pub fn of(mut make: impl FnMut(Role) -> T) -> Self {
        Self { stable: make(Role::Stable), candidate: make(Role::Candidate) }
    }

    /// Makes both, stable's first, unless one can't be made.
    ///
    /// # Errors
    ///
    /// The first error of `make`.
    pub fn try_of<E>(mut make: impl FnMut(Role) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self { stable: make(Role::Stable)?, candidate: make(Role::Candidate)? })
    }

    /// Returns references to both.
    pub fn as_ref(&self) -> Pair<&T> {
        Pair { stable: &self.stable, candidate: &self.candidate }
    }

    /// Makes another pair of this one, side by side.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Pair<U> {
        Pair { stable: make(self.stable), candidate: make(self.candidate) }
    }

    /// Puts the other's things beside these.
    pub fn zip<U>(self, other: Pair<U>) -> Pair<(T, U)> {
        Pair { stable: (self.stable, other.stable), candidate: (self.candidate, other.candidate) }
    }

    /// Goes over both with their roles, stable first.
    pub fn iter(&self) -> impl Iterator<Item = (Role, &T)> {
        self.as_ref().into_iter()
    }
}

impl<T> IntoIterator for Pair<T> {
    type Item = (Role, T);
    type IntoIter = std::array::IntoIter<(Role, T), 2>;

    fn into_iter(self) -> Self::IntoIter {
        [(Role::Stable, self.stable), (Role::Candidate, self.candidate)].into_iter()
    }
}

impl<T> From<[T; 2]> for Pair<T> {
    fn from([stable, candidate]: [T; 2]) -> Self {
        Self { stable, candidate }
    }
}

impl<T> From<Pair<T>> for [T; 2] {
    fn from(pair: Pair<T>) -> Self {
        [pair.stable, pair.candidate]
    }
}

impl<T> Index<Role> for Pair<T> {
    type Output = T;

    fn index(&self, role: Role) -> &T {
        match role {
            Role::Stable => &self.stable,
            Role::Candidate => &self.candidate,
        }
    }
}

impl<T> IndexMut<Role> for Pair<T> {
    fn index_mut(&mut self, role: Role) -> &mut T {
        match role {
            Role::Stable => &mut self.stable,
            Role::Candidate => &mut self.candidate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_never_change_places() {
        let roles = Pair::of(|role| role);
        assert_eq!(roles, Pair { stable: Role::Stable, candidate: Role::Candidate });
        assert_eq!(Pair::from(Role::BOTH), roles);
        assert_eq!(<[Role; 2]>::from(roles), Role::BOTH);
        assert!(roles.iter().all(|(role, of)| role == *of));
        assert!(roles.into_iter().map(|(role, _)| role).eq(Role::BOTH));
        assert_eq!(roles.map(Role::name), Pair { stable: "stable", candidate: "candidate" });
        assert_eq!(roles.zip(Pair { stable: 1, candidate: 2 }).candidate, (Role::Candidate, 2));
        let mut counts = Pair::default();
        for role in Role::BOTH {
            counts[role] += 1 + role as u32;
        }
        assert_eq!(counts, Pair { stable: 1, candidate: 2 });
    }

    #[test]
    fn the_first_that_fails_is_told() {
        let fails = |bad: Role| Pair::try_of(|role| if role == bad { Err(role) } else { Ok(()) });
        assert_eq!(Role::BOTH.map(fails), Role::BOTH.map(Err));
        assert_eq!(Pair::try_of(Err::<(), _>), Err(Role::Stable));
    }

    #[test]
    fn roles_have_their_names_in_files() {
        for role in Role::BOTH {
            assert_eq!(serde_json::to_string(&role).expect("a name"), format!("\"{role}\""));
        }
    }
}
