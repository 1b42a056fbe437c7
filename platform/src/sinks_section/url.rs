//! How a server is reached: a connection string, whose password stays in this process and is shown nowhere.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The passwords that this process was told, by the connection string without.
static TOLD: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// A connection string as libpq reads it, key by key or as a URL. Its password is put aside as soon as it is read: whatever
/// is written or shown of this is without.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(String);

impl Url {
    /// Reads a connection string.
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        let (without, password) = if is_url(text) { of_url(text) } else { of_pairs(text) };
        if let Some(password) = password {
            let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
            told.insert(without.clone(), password);
        }
        Self(without)
    }

    /// Takes a text in which no password can stand.
    pub(crate) fn without_password(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the connection string without its password.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the password that stood in it, or else the environment's `PGPASSWORD`.
    pub fn password(&self) -> Option<String> {
        let told = TOLD.lock().unwrap_or_else(PoisonError::into_inner).get(&self.0).cloned();
        told.or_else(|| std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty()))
    }
}

/// Keys behind which no password is meant to stand, but those of a URL.
const KEYS: [&str; 8] =
    ["application_name", "connect_timeout", "dbname", "host", "options", "port", "sslmode", "user"];

/// Returns whether a text begins with a scheme: `://` may stand in a password, too.
fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// `scheme://user:password@host/database?password=…`
fn of_url(text: &str) -> (String, Option<String>) {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    // A password that nobody has encoded may hold a slash, an @ or a question mark.
    let (user, rest) = match user_end(rest) {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None => (None, rest),
    };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let (name, mut password) = match user.map(|user| user.split_once(':').ok_or(user)) {
        None => (String::new(), None),
        Some(Err(user)) => (format!("{user}@"), None),
        Some(Ok((user, password))) => (format!("{user}@"), Some(decoded(password))),
    };
    let mut without = format!("{scheme}://{name}{place}");
    let mut between = '?';
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        match pair.split_once('=') {
            Some((key, value)) if is_password(&decoded(key)) => password = Some(decoded(value)),
            _ => {
                without.push(between);
                without.push_str(pair);
                between = '&';
            }
        }
    }
    (without, password)
}

/// Returns where the `@` stands that ends user and password: the last one before the query, or the first of all where what
/// follows the first question mark is no query.
fn user_end(rest: &str) -> Option<usize> {
    let Some((place, query)) = rest.split_once('?') else { return rest.rfind('@') };
    place.rfind('@').or_else(|| {
        let key = query.split('=').next().map(decoded).unwrap_or_default();
        let is_query = is_password(&key) || KEYS.contains(&key.as_str());
        if is_query { None } else { rest.find('@') }
    })
}

fn is_password(key: &str) -> bool {
    key.trim().eq_ignore_ascii_case("password")
}

/// `%40` is `@`.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => (bytes.push(byte), rest = &after[2..]),
            None => (bytes.push(*first), rest = after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `host=… user='…' password=…`
fn of_pairs(text: &str) -> (String, Option<String>) {
    let (mut without, mut password) = (String::new(), None);
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        let (key, behind) = (&rest[..at], rest[at + 1..].trim_start());
        let (value, length) = value(behind);
        // What stands before a key is no pair.
        let key = key.split_whitespace().next_back().unwrap_or_default();
        if is_password(key) {
            password = Some(value);
        } else {
            without.push_str(if without.is_empty() { "" } else { " " });
            without.push_str(key);
            without.push('=');
            without.push_str(&behind[..length]);
        }
        rest = &behind[length..];
    }
    // What is no pair may be half of a password.
    (without, password)
}

/// A value at the beginning of `text`, in quotes or up to a blank; and how many bytes it takes.
fn value(text: &str) -> (String, usize) {
    let is_quoted = text.starts_with('\'');
    let (mut value, mut is_escaped) = (String::new(), false);
    for (at, letter) in text.char_indices().skip(usize::from(is_quoted)) {
        match letter {
            _ if is_escaped => (value.push(letter), is_escaped = false).1,
            '\\' => is_escaped = true,
            '\'' if is_quoted => return (value, at + 1),
            blank if !is_quoted && blank.is_whitespace() => return (value, at),
            other => value.push(other),
        }
    }
    (value, text.len())
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Url {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(from)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_put_aside_and_shown_nowhere() {
        for (text, without) in [
            ("host=h password=s3cret dbname=d", "host=h dbname=d"),
            ("password = 's3cret' host = h", "host=h"),
            ("host='a b' Password='s\\3cret'", "host='a b'"),
            ("postgresql://me:s3cret@h:5/d?a=1", "postgresql://me@h:5/d?a=1"),
            ("postgres://h/d?password=s%33cret&b=2", "postgres://h/d?b=2"),
            ("postgresql://me:s%33cret@h", "postgresql://me@h"),
            (" postgresql://me:s3cret@h?a=b@c", "postgresql://me@h?a=b@c"),
            ("postgresql://h:5/d?user=a@b&password=s3cret", "postgresql://h:5/d?user=a@b"),
            ("user me password=s3cret host=h", "host=h"),
        ] {
            let url = Url::new(text);
            assert_eq!((url.as_str(), url.password().as_deref()), (without, Some("s3cret")), "{text}");
            let written = serde_json::to_string(&url).expect("a text");
            assert!(!format!("{url:?}{written}").contains("cret"));
            let again: Url = serde_json::from_str(&written).expect("a text");
            assert_eq!((again.password().as_deref(), &again), (Some("s3cret"), &url));
        }
        for (text, without, password) in [
            ("postgresql://me:pa?ss@h/d", "postgresql://me@h/d", "pa?ss"),
            ("postgresql://me:pa?ss@h/d?password=b@c", "postgresql://me@h/d", "b@c"),
            ("postgresql://h:5/d?password=b@c", "postgresql://h:5/d", "b@c"),
            ("host=h dbname=d password=ab://cd", "host=h dbname=d", "ab://cd"),
            ("password=ab://cd@e?f=g host=h", "host=h", "ab://cd@e?f=g"),
        ] {
            let url = Url::new(text);
            assert_eq!((url.as_str(), url.password().as_deref()), (without, Some(password)), "{text}");
        }
        for text in
            ["postgresql://me:p@/w@h/d", "host=h password=p@/w x", "password='p@/w", "password=p@/w\\"]
        {
            assert!(!Url::new(text).as_str().contains("/w"), "{text}: {:?}", Url::new(text));
        }
    }

    #[test]
    fn one_without_a_password_stays_as_it_is() {
        for text in ["host=a user=b dbname='c d'", "postgresql://b@a:1/c?x=y&z", "postgresql:///c", ""] {
            assert_eq!(Url::new(text).as_str(), text);
        }
        assert_eq!(Url::new("host = a").as_str(), "host=a");
    }
}
