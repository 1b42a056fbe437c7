//! A connection to a server, which is made anew where it is lost, and transactions within limits of time.

use std::{collections::BTreeMap, future::Future, time::Duration};

use replay::recovery::{Server, ServerTable, SinkError};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Config, NoTls, Statement, Transaction, config::Host};

use crate::trouble::Trouble;

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long a transaction may take that moves no rows: behind that the server counts as gone.
const ANSWERING: Duration = Duration::from_secs(20);
/// So many rows give it a second more.
const ROWS_IN_A_SECOND: u64 = 2_000;
/// The settings of each connection. Nobody waits for a lock for ever, what was committed is on the disk, and a name means what
/// stands in the schema where tables are created, whatever the catalogue has of that name.
const SETTINGS: &str = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s';
    SET synchronous_commit = on; SET client_min_messages = warning;
    SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_catalog', false)
    WHERE current_schema() IS NOT NULL";

/// The columns that each table has, whose names no other may have.
const SYSTEM: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// The way to a server.
pub(crate) struct Connection {
    config: Config,
    /// Where the server is, in words.
    pub(crate) address: String,
    open: Option<Open>,
}

/// A connection. Its runtime goes with it, and what it was about.
struct Open {
    client: Client,
    prepared: BTreeMap<String, Statement>,
    runtime: Runtime,
}

/// Says where an experiment names what was refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    pub(crate) url: &'static str,
    pub(crate) section: &'static str,
    pub(crate) instead: &'static str,
    /// Such an address.
    pub(crate) example: &'static str,
}

impl Connection {
    /// Nothing is connected to yet.
    pub(crate) fn new(table: &ServerTable, named: Named) -> Result<Self, SinkError> {
        let Server { url, password } = &table.server;
        let refused = |what: String, hint: &str| SinkError::Refused { what, hint: hint.to_owned() };
        // The library's words name the key and no value.
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            let why = std::error::Error::source(&error).map(|why| format!(": {why}")).unwrap_or_default();
            refused(format!("{}: it is no connection string{why}", named.url), named.example)
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused(format!("{}: it names no host", named.url), named.example));
        }
        if let Some(column) = table.columns.iter().find(|column| column.name.len() > 63) {
            return Err(refused(
                format!("{}: column '{}' has a name of more than 63 bytes", named.section, column.name),
                named.instead,
            ));
        }
        if let Some(column) = table.columns.iter().find(|column| SYSTEM.contains(&column.name.as_str())) {
            return Err(refused(
                format!(
                    "{}: PostgreSQL has a column '{}' of its own in each table",
                    named.section, column.name
                ),
                named.instead,
            ));
        }
        if let Some(password) = password {
            config.password(password);
        }
        config.connect_timeout(CONNECTING).application_name("counterpoint");
        Ok(Self { address: address(&config), config, open: None })
    }

    /// Connects anew. What was not committed before is undone, sooner or later.
    pub(crate) fn connect(&mut self) -> Result<(), Trouble> {
        self.close();
        let failed = |error: std::io::Error| SinkError::Failed(format!("no runtime: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let connecting = async {
            let (client, connection) = self.config.connect(NoTls).await?;
            // It ends with the client, and an error of it is the client's, too.
            tokio::spawn(async { drop(connection.await) });
            client.batch_execute(SETTINGS).await?;
            Ok(client)
        };
        match within(&runtime, CONNECTING + Duration::from_secs(3), connecting, &self.address) {
            Ok(client) => self.open = Some(Open { client, prepared: BTreeMap::new(), runtime }),
            Err(trouble) => {
                leave(runtime);
                return Err(trouble);
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            leave(open.runtime);
        }
    }

    /// Runs what `work` does as one transaction, within a limit of time. What isn't committed then is rolled back.
    pub(crate) fn transaction<T>(
        &mut self,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<Result<T, SinkError>, tokio_postgres::Error>,
    ) -> Result<T, Trouble> {
        self.transaction_over(0, work)
    }

    /// Runs a transaction over so many rows, which take their time.
    pub(crate) fn transaction_over<T>(
        &mut self,
        rows: u64,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<Result<T, SinkError>, tokio_postgres::Error>,
    ) -> Result<T, Trouble> {
        let address = self.address.clone();
        let Some(open) = &mut self.open else {
            return Err(Trouble::Lost(format!("{address}: not connected")));
        };
        let Open { client, runtime, .. } = open;
        let whole = async {
            let transaction = client.transaction().await?;
            let done = work(&transaction).await?;
            // One that is only dropped is rolled back when the connection is used next, and holds its locks until then.
            match done {
                Ok(_) => transaction.commit().await?,
                Err(_) => transaction.rollback().await?,
            }
            Ok(done)
        };
        Ok(within(runtime, limit(rows), whole, &address)??)
    }

    /// Prepares a statement, once a connection.
    pub(crate) fn prepared(&mut self, text: &str) -> Result<Statement, Trouble> {
        let address = self.address.clone();
        let Some(open) = &mut self.open else {
            return Err(Trouble::Lost(format!("{address}: not connected")));
        };
        if let Some(statement) = open.prepared.get(text) {
            return Ok(statement.clone());
        }
        let statement = within(&open.runtime, ANSWERING, open.client.prepare(text), &address)?;
        open.prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

/// Ends a runtime. The name of a host may still be looked up in the system, by a thread that nobody can stop, and that a
/// runtime which is dropped waits for.
fn leave(runtime: Runtime) {
    runtime.shutdown_background();
}

/// How long a transaction over so many rows may take.
fn limit(rows: u64) -> Duration {
    ANSWERING + Duration::from_secs(rows / ROWS_IN_A_SECOND)
}

/// Waits for `work`, but not for ever.
fn within<T>(
    runtime: &Runtime,
    limit: Duration,
    work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    address: &str,
) -> Result<T, Trouble> {
    match runtime.block_on(async { tokio::time::timeout(limit, work).await }) {
        Ok(done) => done.map_err(|error| Trouble::of(&error, address)),
        Err(_) => Err(Trouble::Lost(format!("{address}: no answer for {} s", limit.as_secs()))),
    }
}

/// Where a server is, in words.
fn address(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => config.get_hostaddrs().first().map(ToString::to_string).unwrap_or_default(),
    };
    format!("PostgreSQL at {host}:{}", config.get_ports().first().unwrap_or(&5432))
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Instant};

    use super::*;

    #[test]
    fn rows_take_their_time() {
        assert_eq!([0, 1_999, 2_000, 3_000_000].map(|rows| limit(rows).as_secs()), [20, 20, 21, 1_520]);
    }

    /// As the system's search for a host does that nobody answers.
    #[test]
    fn nobody_waits_for_what_blocks_behind_a_limit() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let began = Instant::now();
        let blocked = async {
            tokio::task::spawn_blocking(|| thread::sleep(Duration::from_mins(10))).await.expect("never");
            Ok(())
        };
        let trouble = within(&runtime, Duration::from_millis(10), blocked, "there").expect_err("too late");
        leave(runtime);
        assert!(matches!(trouble, Trouble::Lost(_)) && began.elapsed() < Duration::from_mins(1));
    }
}
