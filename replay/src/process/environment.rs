//! Says how much of the environment a job sees: the variables that are named, and those that every program needs.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::Path,
};

/// Our own variables, and those that a job is told its role and parameters in, begin with this.
pub(super) const OURS: &str = "COUNTERPOINT_";
/// Jobs read and write the same bytes on each machine.
const LOCALE: &str = "C.UTF-8";
/// Parts of names under which people keep what nobody else may read.
const SECRETS: [&str; 7] = ["TOKEN", "KEY", "APIKEY", "SECRET", "PASSWD", "CREDENTIAL", "CREDENTIALS"];

/// Says what of the environment is passed on to a job.
///
/// Always there are `PATH`, as it is; `HOME` and `TMPDIR`, an empty folder of the job's own that is gone when it ends;
/// `LANG` and `LC_ALL`, which are `C.UTF-8`; `TZ`, which is `UTC`; and whatever begins with `COUNTERPOINT_`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// Names of variables that are let through, where they are set.
    pub pass: Vec<String>,
    /// Variables that are set for the job, whatever they are outside.
    pub set: BTreeMap<String, String>,
}

impl Environment {
    /// Says what is wrong with it: names that no variable can have, or that are not its to set.
    pub fn check(&self) -> Result<(), String> {
        for name in self.pass.iter().chain(self.set.keys()) {
            let shown = datasets::shown(name);
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(format!("'{shown}' is not a variable's name: one has no '=' and isn't empty"));
            }
        }
        for (name, value) in &self.set {
            let shown = datasets::shown(name);
            if name.starts_with(OURS) {
                return Err(format!(
                    "'{shown}' is not free: names that begin with {OURS} tell jobs of the run"
                ));
            }
            if value.contains('\0') {
                return Err(format!("the value of '{shown}' has a NUL byte, which no variable can have"));
            }
        }
        Ok(())
    }

    /// The variables of a job, of those that there are outside. `home` is the folder of its own.
    pub(super) fn variables(
        &self,
        outside: impl Iterator<Item = (OsString, OsString)>,
        home: &Path,
    ) -> BTreeMap<OsString, OsString> {
        let fixed = [
            ("HOME", home.as_os_str()),
            ("TMPDIR", home.as_os_str()),
            ("LANG", LOCALE.as_ref()),
            ("LC_ALL", LOCALE.as_ref()),
            ("TZ", "UTC".as_ref()),
        ];
        let mut variables: BTreeMap<OsString, OsString> =
            fixed.map(|(name, value)| (name.into(), value.to_owned())).into();
        variables.extend(outside.filter(|(name, _)| self.passes(name)));
        variables.extend(self.set.iter().map(|(name, value)| (name.into(), value.into())));
        variables
    }

    fn passes(&self, name: &OsStr) -> bool {
        let is_ours = name.as_encoded_bytes().starts_with(OURS.as_bytes());
        name == "PATH" || is_ours || self.pass.iter().any(|passed| name == passed.as_str())
    }
}

/// Tells whether a variable of this name probably holds what nobody else may read: `GITHUB_TOKEN`, `AWS_SECRET_ACCESS_KEY`,
/// `DB_PASSWORD`. A job may be given it; whoever runs the job should know.
pub fn looks_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.contains("PASSWORD")
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| SECRETS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(environment: &Environment, outside: &[(&str, &str)]) -> Vec<String> {
        let outside = outside.iter().map(|&(name, value)| (name.into(), value.into()));
        let variables = environment.variables(outside, "/scratch".as_ref());
        let shown = |(name, value): (OsString, OsString)| format!("{}={}", name.display(), value.display());
        variables.into_iter().map(shown).collect()
    }

    const FIXED: [&str; 5] = ["HOME=/scratch", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TMPDIR=/scratch", "TZ=UTC"];

    #[test]
    fn nothing_leaks_but_the_path_and_our_own() {
        let outside = [
            ("HOME", "/home/me"),
            ("TZ", "Asia/Tokyo"),
            ("LC_ALL", "de_DE"),
            ("LC_TIME", "de_DE"),
            ("GITHUB_TOKEN", "secret"),
            ("LD_PRELOAD", "x.so"),
            ("PYTHONPATH", "/lib"),
        ];
        assert_eq!(seen(&Environment::default(), &outside), FIXED);
        let ours = [("PATH", "/bin"), ("COUNTERPOINT_PADDING", "xx"), ("COUNTERPOINTS", "no")];
        let mut expected = FIXED.to_vec();
        expected.extend(["PATH=/bin", "COUNTERPOINT_PADDING=xx"]);
        expected.sort_unstable();
        assert_eq!(seen(&Environment::default(), &ours), expected);
    }

    #[test]
    fn what_is_named_is_passed_and_what_is_set_wins() {
        let environment = Environment {
            pass: ["HOME", "TOKEN", "ABSENT"].map(str::to_owned).into(),
            set: [("TZ", "Asia/Tokyo"), ("TOKEN", "mine")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        };
        assert_eq!(environment.check(), Ok(()));
        let found = seen(&environment, &[("HOME", "/home/me"), ("TOKEN", "theirs"), ("OTHER", "x")]);
        let expected = [
            "HOME=/home/me",
            "LANG=C.UTF-8",
            "LC_ALL=C.UTF-8",
            "TMPDIR=/scratch",
            "TOKEN=mine",
            "TZ=Asia/Tokyo",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn names_that_are_none_are_refused() {
        let set = |name: &str, value: &str| Environment {
            set: [(name.to_owned(), value.to_owned())].into(),
            ..Environment::default()
        };
        for (environment, part) in [
            (set("", "x"), "variable's name"),
            (set("A=B", "x"), "'A=B'"),
            (set("A\0", "x"), "variable's name"),
            (set("A", "x\0"), "NUL"),
            (set("COUNTERPOINT_JOB", "stable"), "not free"),
            (Environment { pass: vec!["A=B".into()], ..Environment::default() }, "'A=B'"),
        ] {
            assert!(environment.check().is_err_and(|why| why.contains(part)), "{environment:?}");
        }
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in
            ["GITHUB_TOKEN", "api_key", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "DB_PASSWD", "X-APIKEY", "KEY"]
        {
            assert!(looks_secret(name), "{name}");
        }
        for name in ["PATH", "KEYBOARD", "TOKENIZERS_PARALLELISM", "MONKEY", "SECRETARY", ""] {
            assert!(!looks_secret(name), "{name}");
        }
    }
}
