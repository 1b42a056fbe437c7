//! Jobs that aren't deterministic: what differs between two runs of one version is its noise, field by field, and
//! only what exceeds it counts.

use std::collections::BTreeMap;

use statrs::distribution::{Binomial, DiscreteCDF};

use crate::RowsFound;

/// One field of two tables, held against its noise.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldNoise {
    /// In how many rows the two versions differ.
    pub changed: u64,
    /// In how many rows two runs of the same version differ.
    pub noise: u64,
    /// Says whether the first is shown to be more than the second explains.
    pub beyond: bool,
}

/// For each field, and for the rows that are missing or extra, whether `found` exceeds what `noise` explains.
///
/// `noise` is the divergence between two runs of the left version. Were there nothing but noise, a row that differs in
/// one of the two comparisons would as likely be in the one as in the other; an exact test of that at `error_rate`,
/// shared over the fields, finds a regression even of the noise's own size when there are enough rows.
pub fn beyond_noise(found: &RowsFound, noise: &RowsFound, error_rate: f64) -> BTreeMap<String, FieldNoise> {
    let fields = counts(found);
    let shared = error_rate / fields.len().max(1) as f64;
    let noises: BTreeMap<String, u64> = counts(noise).into_iter().collect();
    let judge = |(name, changed): (String, u64)| {
        let noise = noises.get(&name).copied().unwrap_or(0);
        (name, FieldNoise { changed, noise, beyond: exceeds(changed, noise, shared) })
    };
    fields.into_iter().map(judge).collect()
}

/// A field without any noise is exact: one row that differs is beyond it.
fn exceeds(changed: u64, noise: u64, alpha: f64) -> bool {
    if noise == 0 {
        return changed > 0;
    }
    is_more(changed, noise, alpha)
}

/// Returns whether `more` of `more + less` is shown not to be by chance, were each as likely to fall on either side.
pub(crate) fn is_more(more: u64, less: u64, alpha: f64) -> bool {
    more > 0 && Binomial::new(0.5, more + less).is_ok_and(|fair| fair.sf(more - 1) <= alpha)
}

fn counts(divergence: &RowsFound) -> Vec<(String, u64)> {
    let rows = [("(rows missing)", divergence.rows.missing), ("(rows extra)", divergence.rows.extra)];
    let rows = rows.into_iter().map(|(name, count)| (name.to_owned(), count));
    let columns = divergence.columns.iter().map(|column| (column.name.clone(), column.differing));
    columns.chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ComparingRows, compare_rows,
        rows::testing::{Cell, table},
    };
    use datasets::{FieldKind, SplitMix64};

    /// A table whose field `noisy` is wrong in a share of rows that a run's seed picks, and whose field `exact` is not.
    fn run(seed: u64, wrong_in_thousand: u64) -> Vec<Vec<Cell>> {
        let mut random = SplitMix64::new(seed);
        let cell = |text: String| (FieldKind::Untyped, text);
        let row = |key: u64| {
            let wrong = random.uniform(0, 999) < wrong_in_thousand;
            let noisy = if wrong { seed.to_string() } else { "right".to_owned() };
            vec![cell(key.to_string()), cell(noisy), cell(key.to_string())]
        };
        (0..20_000).map(row).collect()
    }

    fn judged(candidate: &[Vec<Cell>]) -> BTreeMap<String, FieldNoise> {
        let table = |rows: &[Vec<Cell>]| table(&["key", "noisy", "exact"], rows.to_vec());
        let how = ComparingRows { key: vec!["key".to_owned()], ..ComparingRows::default() };
        let against = |rows: &[Vec<Cell>]| {
            compare_rows(&mut table(&run(1, 20)), &mut table(rows), &how, &|| true).expect("comparable")
        };
        beyond_noise(&against(candidate), &against(&run(2, 20)), 0.01)
    }

    #[test]
    fn noise_is_named_and_let_through() {
        let fields = judged(&run(3, 20));
        assert!(fields["noisy"].changed > 500 && fields["noisy"].noise > 500, "{fields:?}");
        assert!(fields.values().all(|field| !field.beyond), "{fields:?}");
    }

    #[test]
    fn a_regression_of_the_noises_own_size_is_found() {
        assert!(judged(&run(3, 40))["noisy"].beyond);
    }

    #[test]
    fn one_row_of_an_exact_field_is_found() {
        let mut candidate = run(3, 20);
        candidate[7][2] = (FieldKind::Untyped, "wrong".to_owned());
        let fields = judged(&candidate);
        assert!(fields["exact"].beyond && !fields["noisy"].beyond, "{fields:?}");
        candidate.pop();
        assert!(judged(&candidate)["(rows missing)"].beyond);
    }

    #[test]
    fn false_alarms_keep_to_their_rate() {
        // Both counts from the same law, a thousand times: at most 1 %, and three standard errors.
        let mut random = SplitMix64::new(5);
        let mut count = || (0..1000).filter(|_| random.uniform(0, 99) < 5).count() as u64;
        let alarms = (0..1000).filter(|_| exceeds(count(), count(), 0.01)).count();
        assert!(alarms <= 19, "{alarms}");
    }
}
