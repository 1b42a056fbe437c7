//! Reading the engine's records in bounded pages.

use crate::engine::{Engine, EngineError};
use std::ops::ControlFlow;

/// So many bytes or records are read in one go, so that a scan holds little and can be overtaken by writes.
const PAGE_BYTES: usize = 256 << 10;
const PAGE_RECORDS: usize = 256;

/// Records of an engine in order, and the key of the one that follows.
pub(super) struct Page {
    pub(super) records: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) next: Option<Vec<u8>>,
}

/// The records from `from` on that begin with `prefix` and lie before `end`, as many as are read in one go.
pub(super) fn page(
    engine: &dyn Engine,
    prefix: &[u8],
    from: &[u8],
    end: Option<&[u8]>,
) -> Result<Page, EngineError> {
    let mut page = Page { records: Vec::new(), next: None };
    let mut left = PAGE_BYTES;
    engine.scan(from, &mut |key, bytes| {
        if !key.starts_with(prefix) || end.is_some_and(|end| key >= end) {
            return ControlFlow::Break(());
        }
        if left == 0 || page.records.len() == PAGE_RECORDS {
            page.next = Some(key.to_vec());
            return ControlFlow::Break(());
        }
        left = left.saturating_sub(key.len() + bytes.len());
        page.records.push((key.to_vec(), bytes.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(page)
}
