//! The tables whose changes a file holds.

use std::collections::HashMap;

use super::event::Op;

/// Holds what is known of a table.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Its name: schema and table, or whatever the topic says.
    pub(super) name: String,
    pub(super) is_wanted: bool,
    /// Changes that are no rows of a snapshot.
    pub(super) changes: u64,
    pub(super) snapshot_rows: u64,
    pub(super) snapshots_begun: u64,
}

/// Numbers tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) all: Vec<Table>,
    numbers: HashMap<String, u16>,
    /// For each topic, the table that its changes have named.
    topics: HashMap<String, u16>,
    wanted: Vec<String>,
    scratch: String,
}

impl Tables {
    pub(super) fn new(wanted: &[String]) -> Self {
        Self { wanted: wanted.to_vec(), ..Self::default() }
    }

    /// Returns the number of a table; `schema` is empty where there is none.
    pub(super) fn number(&mut self, schema: &str, table: &str, likely: u16) -> Result<u16, String> {
        let is_likely = self.all.get(usize::from(likely)).is_some_and(|known| {
            let rest = known.name.strip_prefix(schema);
            rest.is_some_and(|rest| {
                (if schema.is_empty() { Some(rest) } else { rest.strip_prefix('.') }) == Some(table)
            })
        });
        if is_likely {
            return Ok(likely);
        }
        let mut name = std::mem::take(&mut self.scratch);
        name.clear();
        name.push_str(schema);
        name.push_str(if schema.is_empty() { "" } else { "." });
        name.push_str(table);
        let number = self.named(&name);
        self.scratch = name;
        number
    }

    fn named(&mut self, name: &str) -> Result<u16, String> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        let number = u16::try_from(self.all.len())
            .map_err(|_| "the changes are of more than 65,536 tables".to_owned())?;
        let is_wanted = self.wanted.is_empty() || self.wanted.iter().any(|wanted| is_called(name, wanted));
        self.all.push(Table { name: name.to_owned(), is_wanted, ..Table::default() });
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    /// Returns the number of the table of a topic, where its changes name none.
    pub(super) fn of_topic(&mut self, topic: &str) -> Result<u16, String> {
        if let Some(&number) = self.topics.get(topic) {
            return Ok(number);
        }
        // A topic is called after the server, the schema and the table.
        let name = topic.split_once('.').map_or(topic, |(_, name)| name).to_owned();
        let number = self.named(&name)?;
        self.topics.insert(topic.to_owned(), number);
        Ok(number)
    }

    /// Takes over that the changes of a topic name this table.
    pub(super) fn note_topic(&mut self, topic: &str, number: u16) {
        if self.topics.get(topic) != Some(&number) {
            self.topics.insert(topic.to_owned(), number);
        }
    }

    pub(super) fn note(&mut self, number: u16, op: Op, begins_snapshot: bool) {
        let table = &mut self.all[usize::from(number)];
        match op {
            Op::Read => table.snapshot_rows += 1,
            Op::Tombstone | Op::Message => {}
            _ => table.changes += 1,
        }
        table.snapshots_begun += u64::from(begins_snapshot);
    }

    /// Returns whether the changes of a table aren't read.
    pub(super) fn is_passed_over(&self, number: u16) -> bool {
        !self.all[usize::from(number)].is_wanted || self.is_undecided()
    }

    /// Returns whether several tables are read though none was asked for.
    pub(super) fn is_undecided(&self) -> bool {
        self.wanted.is_empty() && self.all.len() > 1
    }

    /// Returns a table that was asked for and isn't there.
    pub(super) fn lacking(&self) -> Option<&str> {
        let is_lacking = |wanted: &&String| !self.all.iter().any(|table| is_called(&table.name, wanted));
        self.wanted.iter().find(is_lacking).map(String::as_str)
    }

    /// Returns the names of all tables, in order.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.all.iter().map(|table| table.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// Returns what there is to say of tables that were read, a sentence each.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for table in self.all.iter().filter(|table| table.is_wanted) {
            let name = crate::reading::short_name(&table.name);
            if table.snapshots_begun > 1 {
                notes.push(format!(
                    "the snapshot of {name} begins {} times: rows that were deleted in between stay",
                    table.snapshots_begun
                ));
            }
            let parts = self.parts_of(table);
            if table.changes == 0 && !parts.is_empty() {
                notes.push(format!(
                    "{name} has rows of a snapshot only, its changes are named after its partitions: read {} in its place",
                    parts.join(",")
                ));
            }
        }
        notes
    }

    /// Returns the tables that are called after this one and have rows of a snapshot, too.
    fn parts_of(&self, whole: &Table) -> Vec<String> {
        let is_part = |table: &&Table| {
            table.name.len() > whole.name.len()
                && table.name.starts_with(&whole.name)
                && table.snapshot_rows > 0
        };
        let mut parts: Vec<String> =
            self.all.iter().filter(is_part).map(|table| crate::reading::short_name(&table.name)).collect();
        parts.sort_unstable();
        if whole.snapshot_rows > 0 { parts } else { Vec::new() }
    }
}

/// Returns whether a table is meant by a name, which may leave out the schema.
fn is_called(name: &str, wanted: &str) -> bool {
    name == wanted || name.rsplit_once('.').is_some_and(|(_, table)| table == wanted)
}
