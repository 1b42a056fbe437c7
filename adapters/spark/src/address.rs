//! Where a server is: `sc://host:15002`, as Spark's own clients take it.

use sql_tables::SqlError;

/// The port of a server that names none.
const PORT: u16 = 15002;

/// The place of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    host: String,
    port: u16,
    pub(crate) user: String,
}

impl Address {
    /// Reads `sc://host`, `sc://host:port` and `sc://host:port/;user_id=name`.
    pub(crate) fn parse(text: &str) -> Result<Self, SqlError> {
        // Behind the slash a token may stand.
        let place = text.find("://").map_or(0, |scheme| scheme + 3);
        let place = text[place..].find(['/', ';', '?']).map_or(text, |end| &text[..place + end]);
        let wrong = |why: &str| {
            SqlError::query(format!("'{}' {why}", datasets::shown(place)))
                .with_hint("write spark = \"sc://host:15002\"".to_owned())
        };
        let rest = text.strip_prefix("sc://").ok_or_else(|| wrong("doesn't begin with sc://"))?;
        let (place, parameters) = rest.split_once('/').unwrap_or((rest, ""));
        let behind_bracket = place.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = match place[behind_bracket..].rfind(':') {
            None => (place, PORT),
            Some(colon) => {
                let (host, port) = place.split_at(behind_bracket + colon);
                let port = port[1..].parse().ok().filter(|&port| port != 0);
                (host, port.ok_or_else(|| wrong("has a port that isn't one of 1 to 65535"))?)
            }
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        if host.is_empty() || !host.chars().all(is_name) {
            return Err(wrong("names no host"));
        }
        let mut address = Self { host: host.to_owned(), port, user: "counterpoint".to_owned() };
        for parameter in parameters.split(';').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("user_id", user)) if !user.is_empty() => user.clone_into(&mut address.user),
                Some(("use_ssl", "false")) => {}
                Some(("use_ssl" | "token", _)) => {
                    return Err(wrong("asks for TLS, which isn't spoken here").with_hint(
                        "put a proxy or a tunnel in between that ends TLS, and name its address".to_owned(),
                    ));
                }
                _ => return Err(wrong("has a parameter other than user_id")),
            }
        }
        Ok(address)
    }

    /// Returns it as HTTP has it.
    pub(crate) fn uri(&self) -> String {
        format!("http://{}:{}", self.host, self.port)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sc://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_sparks_clients() {
        for (text, shown, user) in [
            ("sc://localhost", "sc://localhost:15002", "counterpoint"),
            ("sc://10.0.0.1:443/", "sc://10.0.0.1:443", "counterpoint"),
            ("sc://[::1]:15003/;user_id=me;use_ssl=false", "sc://[::1]:15003", "me"),
            ("sc://[::1]", "sc://[::1]:15002", "counterpoint"),
        ] {
            let address = Address::parse(text).expect(text);
            assert_eq!((&*address.to_string(), &*address.user), (shown, user));
            assert_eq!(address.uri(), shown.replace("sc:", "http:"));
        }
        for (text, why) in [
            ("spark://localhost:7077", "begin with sc://"),
            ("localhost", "begin with sc://"),
            ("sc://", "names no host"),
            ("sc://:15002", "names no host"),
            ("sc://a b", "names no host"),
            ("sc://host:0", "port"),
            ("sc://host:99999", "port"),
            ("sc://host:", "port"),
            ("sc://host/;use_ssl=true", "TLS"),
            ("sc://host/;token=secret", "TLS"),
            ("sc://host/;color=red", "parameter"),
            ("sc://host/;user_id=", "parameter"),
        ] {
            let error = Address::parse(text).expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        for text in [
            "sc://host/;token=s3cret",
            "sc://host:0/;token=s3cret",
            "sc://host;token=s3cret",
            "https://host:1/;token=s3cret",
            "sc://host/;color=red;token=s3cret",
            "sc:/host/;token=s3cret",
        ] {
            let error = Address::parse(text).expect_err(text);
            assert!(!format!("{error:?}").contains("s3cret"), "{text}: {error}");
        }
    }
}
