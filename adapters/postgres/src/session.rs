//! A connection to a server, and the transactions over a run's tables.

use std::{future::Future, time::Duration};

use csv::ByteRecord;
use replay::recovery::{Epoch, Keeps, ServerTable, SinkError, Taken};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Config, NoTls, Row, Statement, Transaction, config::Host, types::ToSql};

use crate::{
    patient::Transactions,
    queries::{columns, dropped, exists, fenced, held, is_own, there},
    statements::{Statements, names},
    trouble::Trouble,
};

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

/// A run's table on a server.
pub(crate) struct Session {
    config: Config,
    /// Where the server is, in words.
    address: String,
    names: [String; 3],
    run: String,
    keep: bool,
    statements: Statements,
    open: Option<Open>,
}

/// A connection. Its runtime goes with it, and what it was about.
struct Open {
    client: Client,
    upsert: Option<Statement>,
    runtime: Runtime,
}

impl Session {
    /// Nothing is connected to yet.
    pub(crate) fn new(table: &ServerTable) -> Result<Self, SinkError> {
        let refused = |what: String, hint: &str| SinkError::Refused { what, hint: hint.to_owned() };
        // The library's words name the key and no value.
        let mut config: Config = table.server.url.parse().map_err(|error: tokio_postgres::Error| {
            let why = std::error::Error::source(&error).map(|why| format!(": {why}")).unwrap_or_default();
            refused(
                format!("[recovery] postgres.url: it is no connection string{why}"),
                "such as \"host=127.0.0.1 port=5432 user=me dbname=test\"",
            )
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused(
                "[recovery] postgres.url: it names no host".to_owned(),
                "host=127.0.0.1, or the folder of a socket",
            ));
        }
        if let Some(column) = table.columns.iter().find(|column| column.name.len() > 63) {
            return Err(refused(
                format!("[recovery] postgres: column '{}' has a name of more than 63 bytes", column.name),
                "sink = \"file\" takes any",
            ));
        }
        if let Some(password) = &table.server.password {
            config.password(password);
        }
        config.connect_timeout(CONNECTING).application_name("counterpoint");
        Ok(Self {
            address: address(&config),
            config,
            names: names(&table.table),
            run: table.run.clone(),
            keep: table.keep,
            statements: Statements::new(&table.table, &table.columns),
            open: None,
        })
    }

    /// Finds out whether tables of these names can be made; those of another run's that goes on are left to it.
    pub(crate) fn check(&mut self) -> Result<(), Trouble> {
        self.connect()?;
        let (names, address) = (self.names.clone(), self.address.clone());
        self.transaction(async |transaction| {
            let may = "SELECT current_schema()::text,
                coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)";
            let row = transaction.query_one(may, &[]).await?;
            let schema: Option<String> = row.get(0);
            if !row.get::<_, bool>(1) {
                let schema = schema.unwrap_or_else(|| "none".to_owned());
                return Ok(Err(SinkError::Refused {
                    what: format!("{address}: no table can be created in the schema {schema}"),
                    hint: "let the user create tables there, or name another user".to_owned(),
                }));
            }
            let there = there(transaction, &names).await?;
            // Whose it is, who takes over finds out.
            Ok(if there[0] && !there[1] { Err(exists(&names[0], &address)) } else { Ok(()) })
        })
    }

    /// Runs what `work` does as one transaction, within a limit of time. What isn't committed then is rolled back.
    fn transaction<T>(
        &mut self,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<Result<T, SinkError>, tokio_postgres::Error>,
    ) -> Result<T, Trouble> {
        self.transaction_over(0, work)
    }

    /// How many rows this run has delivered: at least those that stand there.
    fn delivered(&mut self) -> Result<u64, Trouble> {
        let count = format!(
            "SELECT coalesce(sum(row_count), 0)::bigint FROM {} WHERE run = $1",
            self.statements.epochs
        );
        let run = self.run.clone();
        self.transaction(async |transaction| {
            Ok(Ok(transaction.query_one(&count, &[&run]).await?.get::<_, i64>(0).cast_unsigned()))
        })
    }

    /// Runs a transaction over so many rows, which take their time.
    fn transaction_over<T>(
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
            if done.is_ok() {
                transaction.commit().await?;
            }
            Ok(done)
        };
        Ok(within(runtime, limit(rows), whole, &address)??)
    }

    /// The statement that writes rows, made once a connection.
    fn upsert(&mut self) -> Result<Statement, Trouble> {
        let address = self.address.clone();
        let Some(open) = &mut self.open else {
            return Err(Trouble::Lost(format!("{address}: not connected")));
        };
        if let Some(statement) = &open.upsert {
            return Ok(statement.clone());
        }
        let text = self.statements.upsert();
        let statement = within(&open.runtime, ANSWERING, open.client.prepare(&text), &address)?;
        open.upsert = Some(statement.clone());
        Ok(statement)
    }
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

impl Transactions for Session {
    fn connect(&mut self) -> Result<(), Trouble> {
        self.open = None;
        let failed = |error: std::io::Error| SinkError::Failed(format!("no runtime: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let connecting = async {
            let (client, connection) = self.config.connect(NoTls).await?;
            // It ends with the client, and an error of it is the client's, too.
            tokio::spawn(async { drop(connection.await) });
            client.batch_execute(SETTINGS).await?;
            Ok(client)
        };
        let client = within(&runtime, CONNECTING + Duration::from_secs(3), connecting, &self.address)?;
        self.open = Some(Open { client, upsert: None, runtime });
        Ok(())
    }

    fn take_over(&mut self) -> Result<Taken, Trouble> {
        let Self { names, run, statements, address, .. } = self;
        let (names, run, statements, address) =
            (names.clone(), run.clone(), statements.clone(), address.clone());
        self.transaction(async |transaction| {
            let there = there(transaction, &names).await?;
            let is_own = there[1] && is_own(transaction, &statements, &run).await?;
            if there.contains(&true) && !is_own {
                let taken =
                    names.iter().zip(there).find(|(_, is_there)| *is_there).map_or("", |(name, _)| name);
                return Ok(Err(exists(taken, &address)));
            }
            if there != [true; 3] {
                transaction.batch_execute(&dropped(&names, there)).await?;
                transaction.batch_execute(&statements.create()).await?;
                let begin = format!("INSERT INTO {} (run, writer) VALUES ($1, 0)", statements.run);
                transaction.execute(&begin, &[&run]).await?;
            }
            let writer: i64 = transaction.query_one(&statements.fence(), &[&run]).await?.get(0);
            let epochs = transaction.query(&statements.held(), &[&run]).await?;
            let keeps = if statements.has_key() { Keeps::Newest } else { Keeps::All };
            Ok(Ok(Taken { writer: writer.cast_unsigned(), epochs: held(&epochs), keeps }))
        })
    }

    fn deliver(&mut self, writer: u64, epoch: &Epoch<'_>) -> Result<(), Trouble> {
        let upsert = self.upsert()?;
        let (run, statements) = (self.run.clone(), self.statements.clone());
        let columns = columns(epoch.rows, &self.address)?;
        self.transaction_over(epoch.rows.len() as u64, async |transaction| {
            if let Err(error) = fenced(transaction, &statements, &run, writer).await? {
                return Ok(Err(error));
            }
            let number = epoch.number.cast_signed();
            let find = format!("SELECT hash FROM {} WHERE run = $1 AND epoch = $2", statements.epochs);
            if let Some(row) = transaction.query_opt(&find, &[&run, &number]).await? {
                let is_same = row.get::<_, Vec<u8>>(0) == epoch.hash;
                let what = || format!("its epoch {number} has other rows than those that were committed");
                return Ok(if is_same { Ok(()) } else { Err(SinkError::Damaged(what())) });
            }
            let mut values: Vec<&(dyn ToSql + Sync)> = vec![&number];
            values.extend(columns.iter().map(|column| column as &(dyn ToSql + Sync)));
            transaction.execute(&upsert, &values).await?;
            let note = format!("INSERT INTO {} VALUES ($1, $2, $3, $4)", statements.epochs);
            let rows = (epoch.rows.len() as u64).cast_signed();
            transaction.execute(&note, &[&run, &number, &rows, &epoch.hash.as_slice()]).await?;
            Ok(Ok(()))
        })
    }

    fn empty(&mut self, writer: u64) -> Result<(), Trouble> {
        let (run, statements) = (self.run.clone(), self.statements.clone());
        let rows = self.delivered()?;
        self.transaction_over(rows, async |transaction| {
            if let Err(error) = fenced(transaction, &statements, &run, writer).await? {
                return Ok(Err(error));
            }
            let both = format!("DELETE FROM {}; DELETE FROM {}", statements.table, statements.epochs);
            transaction.batch_execute(&both).await?;
            Ok(Ok(()))
        })
    }

    fn rows(&mut self) -> Result<Vec<(u64, ByteRecord)>, Trouble> {
        let read = self.statements.read();
        let rows = self.delivered()?;
        self.transaction_over(rows, async |transaction| {
            let record = |row: Row| {
                let fields = (1..row.len()).map(|at| row.get::<_, Option<String>>(at).unwrap_or_default());
                (row.get::<_, i64>(0).cast_unsigned(), fields.collect::<Vec<_>>().into())
            };
            Ok(Ok(transaction.query(&read, &[]).await?.into_iter().map(record).collect()))
        })
    }

    fn remove(&mut self) -> Result<(), Trouble> {
        let (names, run, statements) = (self.names.clone(), self.run.clone(), self.statements.clone());
        let keep = self.keep;
        self.transaction(async |transaction| {
            let mut there = there(transaction, &names).await?;
            if there[1] && is_own(transaction, &statements, &run).await? {
                there[0] &= !keep;
                transaction.batch_execute(&dropped(&names, there)).await?;
            }
            Ok(Ok(()))
        })
    }

    fn address(&self) -> &str {
        &self.address
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
    use super::limit;

    #[test]
    fn rows_take_their_time() {
        assert_eq!([0, 1_999, 2_000, 3_000_000].map(|rows| limit(rows).as_secs()), [20, 20, 21, 1_520]);
    }
}
