//! The two kinds of records that say what holds: the root, and a head for each deployment.

use super::record::{self, Fields, ROOT_KEY, head_key, put_counted};
use super::{Deployment, Progress};

/// Describes the store: whose it is, what is served, and what the platform has noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    /// Tells stores apart: a folder whose manifest and engine come from different stores is refused.
    pub(super) id: u128,
    pub(super) incarnation: u64,
    /// Counts the writes of this record; the manifest names the last that was acknowledged.
    pub(super) generation: u64,
    /// The number of the next deployment: none is given twice.
    pub(super) next: u32,
    pub(super) served: Option<Deployment>,
    pub(super) control: Option<Vec<u8>>,
}

impl Root {
    /// The root of a store that nobody has opened yet.
    pub(super) fn fresh(id: u128) -> Root {
        Root { id, incarnation: 0, generation: 0, next: 1, served: None, control: None }
    }

    /// The root that follows this one.
    pub(super) fn next(&self) -> Root {
        Root { generation: self.generation + 1, ..self.clone() }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(64);
        payload.extend(self.id.to_be_bytes());
        payload.extend(self.incarnation.to_be_bytes());
        payload.extend(self.next.to_be_bytes());
        // No deployment has the number 0.
        payload.extend(self.served.map_or(0, Deployment::id).to_be_bytes());
        payload.push(u8::from(self.control.is_some()));
        put_counted(&mut payload, self.control.as_deref().unwrap_or_default());
        record::seal(ROOT_KEY, self.generation, &payload).0
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Root, String> {
        let sealed = record::unseal(ROOT_KEY, bytes)?;
        let mut fields = Fields(sealed.payload);
        let mut root = || {
            let id = u128::from(fields.u64()?) << 64 | u128::from(fields.u64()?);
            let incarnation = fields.u64()?;
            let next = fields.u32()?;
            let served = Some(fields.u32()?).filter(|&id| id > 0).map(Deployment::from_id);
            let is_noted = fields.byte()? == 1;
            let control = Some(fields.counted()?.to_vec()).filter(|_| is_noted);
            Some(Root { id, incarnation, generation: sealed.epoch, next, served, control })
        };
        root().filter(|_| fields.0.is_empty()).ok_or_else(|| "the root record lacks a field".to_owned())
    }
}

/// A count and a wrapping sum of the checksums of all rows: cheap to keep up to date, and off by one row is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Totals {
    pub(super) rows: u64,
    pub(super) checksums: u64,
}

impl Totals {
    pub(super) fn add(&mut self, checksum: u32) {
        self.rows += 1;
        self.checksums = self.checksums.wrapping_add(checksum.into());
    }

    /// Takes out a row that was added before.
    pub(super) fn remove(&mut self, checksum: u32) {
        self.rows = self.rows.wrapping_sub(1);
        self.checksums = self.checksums.wrapping_sub(checksum.into());
    }
}

/// Describes a deployment as of its last epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) name: String,
    pub(super) is_retired: bool,
    pub(super) epoch: u64,
    pub(super) progress: Progress,
    pub(super) totals: Totals,
}

impl Head {
    /// The head of a deployment without a row.
    pub(super) fn fresh(name: &str) -> Head {
        let progress = Progress::default();
        Head { name: name.to_owned(), is_retired: false, epoch: 0, progress, totals: Totals::default() }
    }

    pub(super) fn encode(&self, deployment: Deployment) -> Vec<u8> {
        let Head { name, is_retired, progress, totals, .. } = self;
        let mut payload = Vec::with_capacity(64 + name.len());
        put_counted(&mut payload, name.as_bytes());
        payload.push(u8::from(*is_retired));
        payload.extend(progress.offset.to_be_bytes());
        payload.push(u8::from(progress.watermark_ms.is_some()));
        payload.extend(progress.watermark_ms.unwrap_or_default().to_be_bytes());
        payload.push(u8::from(progress.complete));
        payload.extend(totals.rows.to_be_bytes());
        payload.extend(totals.checksums.to_be_bytes());
        record::seal(&head_key(deployment), self.epoch, &payload).0
    }

    pub(super) fn decode(deployment: Deployment, bytes: &[u8]) -> Result<Head, String> {
        let sealed = record::unseal(&head_key(deployment), bytes)?;
        let mut fields = Fields(sealed.payload);
        let mut head = || {
            let name = String::from_utf8(fields.counted()?.to_vec()).ok()?;
            let is_retired = fields.byte()? == 1;
            let offset = fields.u64()?;
            let has_watermark = fields.byte()? == 1;
            let watermark_ms = Some(fields.u64()?.cast_signed()).filter(|_| has_watermark);
            let progress = Progress { offset, watermark_ms, complete: fields.byte()? == 1 };
            let totals = Totals { rows: fields.u64()?, checksums: fields.u64()? };
            Some(Head { name, is_retired, epoch: sealed.epoch, progress, totals })
        };
        head()
            .filter(|_| fields.0.is_empty())
            .ok_or_else(|| format!("the head of {deployment} lacks a field"))
    }
}
