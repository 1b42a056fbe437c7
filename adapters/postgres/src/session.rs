//! A run's table on a server, and the transactions over it.

use csv::ByteRecord;
use replay::recovery::{Epoch, Keeps, ServerTable, SinkError, Taken};
use tokio_postgres::{Row, types::ToSql};

use crate::{
    connection::{Connection, Named},
    patient::{Connects, Transactions},
    queries::{columns, dropped, exists, fenced, held, is_own, may_create, there},
    statements::{Statements, names},
    trouble::Trouble,
};

const NAMED: Named = Named {
    url: "[recovery] postgres.url",
    section: "[recovery] postgres",
    instead: "sink = \"file\" takes any",
    example: "such as \"host=127.0.0.1 port=5432 user=me dbname=test\"; the host may be the folder of a socket",
};

/// A run's table on a server.
pub(crate) struct Session {
    connection: Connection,
    names: [String; 3],
    run: String,
    keep: bool,
    statements: Statements,
}

impl Session {
    /// Nothing is connected to yet.
    pub(crate) fn new(table: &ServerTable) -> Result<Self, SinkError> {
        Ok(Self {
            connection: Connection::new(table, NAMED)?,
            names: names(&table.table),
            run: table.run.clone(),
            keep: table.keep,
            statements: Statements::new(&table.table, &table.columns),
        })
    }

    /// Finds out whether tables of these names can be made; those of another run's that goes on are left to it.
    pub(crate) fn check(&mut self) -> Result<(), Trouble> {
        self.connection.connect()?;
        let (names, address) = (self.names.clone(), self.connection.address.clone());
        self.connection.transaction(async |transaction| {
            if let Err(error) = may_create(transaction, &address).await? {
                return Ok(Err(error));
            }
            let there = there(transaction, &names).await?;
            // Whose it is, who takes over finds out.
            Ok(if there[0] && !there[1] { Err(exists(&names[0], &address)) } else { Ok(()) })
        })
    }

    /// How many rows this run has delivered: at least those that stand there.
    fn delivered(&mut self) -> Result<u64, Trouble> {
        let count = format!(
            "SELECT coalesce(sum(row_count), 0)::bigint FROM {} WHERE run = $1",
            self.statements.epochs
        );
        let run = self.run.clone();
        self.connection.transaction(async |transaction| {
            Ok(Ok(transaction.query_one(&count, &[&run]).await?.get::<_, i64>(0).cast_unsigned()))
        })
    }
}

impl Connects for Session {
    fn connect(&mut self) -> Result<(), Trouble> {
        self.connection.connect()
    }

    fn address(&self) -> &str {
        &self.connection.address
    }
}

impl Transactions for Session {
    fn take_over(&mut self) -> Result<Taken, Trouble> {
        let Self { names, run, statements, connection, .. } = self;
        let (names, run, statements, address) =
            (names.clone(), run.clone(), statements.clone(), connection.address.clone());
        self.connection.transaction(async |transaction| {
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
        let upsert = self.connection.prepared(&self.statements.upsert())?;
        let (run, statements) = (self.run.clone(), self.statements.clone());
        let columns = columns(epoch.rows, &self.connection.address)?;
        self.connection.transaction_over(epoch.rows.len() as u64, async |transaction| {
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
        self.connection.transaction_over(rows, async |transaction| {
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
        self.connection.transaction_over(rows, async |transaction| {
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
        self.connection.transaction(async |transaction| {
            let mut there = there(transaction, &names).await?;
            if there[1] && is_own(transaction, &statements, &run).await? {
                there[0] &= !keep;
                transaction.batch_execute(&dropped(&names, there)).await?;
            }
            Ok(Ok(()))
        })
    }
}
