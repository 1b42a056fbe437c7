//! A view as a table of PostgreSQL: each change of what is served is one transaction, with the epoch that it leads to.

mod statements;

use csv::ByteRecord;
use replay::{
    recovery::{ServerTable, SinkError},
    view::{Rhythm, Standing, View, ViewChange, ViewStamp},
};
use tokio_postgres::{Row, Transaction, types::ToSql};

use self::statements::{Statements, names};
use crate::{
    connection::{Connection, Named},
    patient::{Connects, Patient},
    queries::{columns, dropped, may_create, says_whose, there},
    statements::quoted,
    trouble::Trouble,
};

const NAMED: Named = Named {
    url: "[serving] view",
    section: "[serving] view",
    instead: "rename the answer's column, or leave view out",
    example: "such as view = \"postgres://me@127.0.0.1:5432/test/counts\", the last part of which is the table",
};

/// Finds out whether a view can be made, or is that of the run that asks. Touches nothing.
pub fn check_view(table: &ServerTable) -> Result<(), SinkError> {
    let mut session = Session::new(table)?;
    let example = "view = \"postgres://user@host:port/database/table\"";
    session.check().map_err(|trouble| trouble.at_first(example))
}

/// The view of a run; nothing is connected to before its first call.
pub fn open_view(table: &ServerTable) -> Box<dyn View> {
    Box::new(Patient::new(Session::new(table)))
}

/// A view's two tables on a server.
struct Session {
    connection: Connection,
    tables: Tables,
}

/// The tables, and whose they are.
#[derive(Clone)]
struct Tables {
    address: String,
    names: [String; 2],
    run: String,
    statements: Statements,
}

type Asked<T> = Result<Result<T, SinkError>, tokio_postgres::Error>;

impl Connects for Session {
    fn connect(&mut self) -> Result<(), Trouble> {
        self.connection.connect()
    }

    fn address(&self) -> &str {
        &self.connection.address
    }
}

impl View for Patient<Session> {
    fn take_over(&mut self) -> Result<Standing, SinkError> {
        // A process has its own connection.
        self.reconnect();
        self.patiently(Session::take_over)
    }

    fn publish(&mut self, writer: u64, change: &ViewChange<'_>) -> Result<(), SinkError> {
        self.patiently(|session| session.publish(writer, change))
    }

    fn read(&mut self, take: &mut dyn FnMut(&ByteRecord)) -> Result<Option<ViewStamp>, SinkError> {
        let (stamp, rows) = self.patiently(Session::read)?;
        rows.iter().for_each(take);
        Ok(stamp)
    }

    fn remove(&mut self) -> Result<(), SinkError> {
        // The run is over: a lock is waited for as long as the server does, and nothing else.
        self.once(Session::remove)
    }
}

impl Session {
    fn new(table: &ServerTable) -> Result<Self, SinkError> {
        let connection = Connection::new(table, NAMED)?;
        let tables = Tables {
            address: connection.address.clone(),
            names: names(&table.table),
            run: table.run.clone(),
            statements: Statements::new(&table.table, &table.columns),
        };
        Ok(Self { connection, tables })
    }

    fn check(&mut self) -> Result<(), Trouble> {
        self.connection.connect()?;
        let tables = self.tables.clone();
        self.connection.transaction(async |transaction| {
            if let Err(error) = may_create(transaction, &tables.address).await? {
                return Ok(Err(error));
            }
            Ok(tables.owned(transaction).await?.map(|_| ()))
        })
    }

    fn take_over(&mut self) -> Result<Standing, Trouble> {
        let tables = self.tables.clone();
        self.connection.transaction(async |transaction| {
            let there = match tables.owned(transaction).await? {
                Ok(there) => there,
                Err(error) => return Ok(Err(error)),
            };
            if let Err(error) = tables.make(transaction, there).await? {
                return Ok(Err(error));
            }
            let Tables { statements, run, .. } = &tables;
            let writer: i64 = transaction.query_one(&statements.fence(), &[run]).await?.get(0);
            let standing = transaction.query_one(&statements.standing(), &[run]).await?;
            Ok(Ok(Standing {
                writer: writer.cast_unsigned(),
                stamp: stamp(&standing),
                rhythm: Rhythm::EachEpoch,
            }))
        })
    }

    fn publish(&mut self, writer: u64, change: &ViewChange<'_>) -> Result<(), Trouble> {
        let tables = self.tables.clone();
        let (gone, rows) = (columns(change.gone, &tables.address)?, columns(change.rows, &tables.address)?);
        let statements = &tables.statements;
        // A row without a key takes the place of any.
        let clears = change.from.is_none() || !statements.has_key();
        let takes_out = !clears && !gone.is_empty();
        let delete = takes_out.then(|| self.connection.prepared(&statements.delete())).transpose()?;
        let upsert =
            (!rows.is_empty()).then(|| self.connection.prepared(&statements.upsert())).transpose()?;
        let moved = (change.gone.len() + change.rows.len()) as u64;
        self.connection.transaction_over(moved, async |transaction| {
            match tables.due(transaction, writer, change).await? {
                Ok(true) => {}
                Ok(false) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
            if clears && (change.from.is_none() || moved > 0) {
                transaction.execute(&statements.delete_all(), &[]).await?;
            }
            if let Some(delete) = &delete {
                transaction.execute(delete, &parameters(&gone)).await?;
            }
            if let Some(upsert) = &upsert {
                transaction.execute(upsert, &parameters(&rows)).await?;
            }
            let ViewStamp { deployment, name, epoch, records, watermark_ms } = change.to;
            let [deployment, epoch, records] =
                [deployment, epoch, records].map(|number| number.cast_signed());
            let values: [&(dyn ToSql + Sync); 6] =
                [&tables.run, &deployment, name, &epoch, &records, watermark_ms];
            transaction.execute(&statements.stamp(), &values).await?;
            Ok(Ok(()))
        })
    }

    fn read(&mut self) -> Result<(Option<ViewStamp>, Vec<ByteRecord>), Trouble> {
        let tables = self.tables.clone();
        let count = format!("SELECT count(*) FROM {}", tables.statements.table);
        let rows: i64 = self
            .connection
            .transaction(async |transaction| Ok(Ok(transaction.query_one(&count, &[]).await?.get(0))))?;
        self.connection.transaction_over(rows.cast_unsigned(), async |transaction| {
            let Tables { statements, run, .. } = &tables;
            // Nobody publishes while this is held.
            let standing = transaction.query_opt(&statements.standing(), &[run]).await?;
            let Some(standing) = standing else { return Ok(Err(no_longer())) };
            let record = |row: Row| {
                let fields = (0..row.len()).map(|at| row.get::<_, Option<String>>(at).unwrap_or_default());
                fields.collect::<Vec<_>>().into()
            };
            let rows = transaction.query(&statements.read(), &[]).await?;
            Ok(Ok((stamp(&standing), rows.into_iter().map(record).collect())))
        })
    }

    fn remove(&mut self) -> Result<(), Trouble> {
        let tables = self.tables.clone();
        self.connection.transaction(async |transaction| {
            let there = there(transaction, &tables.names).await?;
            if there[1] && tables.is_own(transaction).await? {
                transaction.batch_execute(&dropped(&tables.names, there)).await?;
            }
            Ok(Ok(()))
        })
    }
}

impl Tables {
    /// Returns which of the tables are there, and refuses those that this run has not made.
    async fn owned(&self, transaction: &Transaction<'_>) -> Asked<[bool; 2]> {
        let there = there(transaction, &self.names).await?;
        if there == [false; 2] || there[1] && self.is_own(transaction).await? {
            return Ok(Ok(there));
        }
        let taken = &self.names[usize::from(!there[0])];
        let what = if there[0] && there[1] && says_whose(transaction, &self.statements.beside).await? {
            format!("the table {} is the view of another run", quoted(taken))
        } else {
            let found = described(&self.found(transaction, &quoted(taken)).await?);
            format!(
                "the table {} exists already, with the columns {found}: it is no view of this run",
                quoted(taken)
            )
        };
        Ok(Err(self.refused(&what)))
    }

    async fn is_own(&self, transaction: &Transaction<'_>) -> Result<bool, tokio_postgres::Error> {
        let Self { statements, run, .. } = self;
        if !says_whose(transaction, &statements.beside).await? {
            return Ok(false);
        }
        let find = format!("SELECT EXISTS (SELECT FROM {} WHERE run = $1)", statements.beside);
        Ok(transaction.query_one(&find, &[run]).await?.get(0))
    }

    async fn found(
        &self,
        transaction: &Transaction<'_>,
        table: &str,
    ) -> Result<Vec<(String, String)>, tokio_postgres::Error> {
        let rows = transaction.query(Statements::describe(), &[&table]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Makes the tables that aren't there, and refuses one of this run's that has other columns.
    async fn make(&self, transaction: &Transaction<'_>, there: [bool; 2]) -> Asked<()> {
        let Self { statements, run, names, .. } = self;
        if !there[1] {
            transaction.batch_execute(&statements.create_beside()).await?;
            let begin = format!("INSERT INTO {} (run, writer) VALUES ($1, 0)", statements.beside);
            transaction.execute(&begin, &[run]).await?;
        }
        if !there[0] {
            transaction.batch_execute(&statements.create_rows()).await?;
            let none: Option<i64> = None;
            let values: [&(dyn ToSql + Sync); 6] = [run, &none, &None::<String>, &none, &none, &none];
            transaction.execute(&statements.stamp(), &values).await?;
            return Ok(Ok(()));
        }
        let (found, wanted) = (self.found(transaction, &statements.table).await?, statements.described());
        if found == wanted {
            return Ok(Ok(()));
        }
        let [found, wanted] = [found, wanted].map(|columns| described(&columns));
        let name = quoted(&names[0]);
        Ok(Err(self
            .refused(&format!("the table {name} has the columns {found}, and what is served has {wanted}"))))
    }

    /// Returns whether a change is still to be made. Until the transaction is over nobody else makes one.
    async fn due(&self, transaction: &Transaction<'_>, writer: u64, change: &ViewChange<'_>) -> Asked<bool> {
        let standing = transaction.query_opt(&self.statements.standing(), &[&self.run]).await?;
        let Some(standing) = standing else { return Ok(Err(no_longer())) };
        if standing.get::<_, i64>(0).cast_unsigned() != writer {
            return Ok(Err(SinkError::Fenced));
        }
        let found = stamp(&standing);
        if found.as_ref() == Some(change.to) {
            return Ok(Ok(false));
        }
        if change.from.is_some() && found.as_ref() != change.from {
            let (found, from) = (shown(found.as_ref()), shown(change.from));
            let what = format!("the view shows {found}, and what is to come follows {from}");
            return Ok(Err(SinkError::Damaged(what)));
        }
        Ok(Ok(true))
    }

    fn refused(&self, what: &str) -> SinkError {
        SinkError::Refused {
            what: format!("{}: {what}", self.address),
            hint: "name another in [serving] view, or drop it and the one with '_view' behind its name; nothing of it was touched"
                .to_owned(),
        }
    }
}

fn parameters(columns: &[Vec<String>]) -> Vec<&(dyn ToSql + Sync)> {
    columns.iter().map(|column| column as &(dyn ToSql + Sync)).collect()
}

fn described(columns: &[(String, String)]) -> String {
    let all = columns.iter().map(|(name, kind)| format!("{} {kind}", quoted(name)));
    format!("({})", all.collect::<Vec<_>>().join(", "))
}

fn shown(stamp: Option<&ViewStamp>) -> String {
    stamp.map_or_else(
        || "no epoch".to_owned(),
        |stamp| format!("epoch {} of deployment {}", stamp.epoch, stamp.deployment),
    )
}

fn no_longer() -> SinkError {
    SinkError::Damaged("the table is no longer this run's".to_owned())
}

/// The epoch that a row says, if it says one.
fn stamp(row: &Row) -> Option<ViewStamp> {
    Some(ViewStamp {
        deployment: row.get::<_, Option<i64>>(1)?.cast_unsigned(),
        name: row.get::<_, Option<String>>(2)?,
        epoch: row.get::<_, Option<i64>>(3)?.cast_unsigned(),
        records: row.get::<_, Option<i64>>(4)?.cast_unsigned(),
        watermark_ms: row.get(5),
    })
}
