//! Properties: what is imported, frozen and loaded is what was written, exactly.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use datasets::{ARRIVAL, Format, Frozen, ImportOptions, Instance, Item, freeze, import};
use proptest::prelude::*;

use crate::support::{Scratch, options, small};

/// The years -9999 to 9999, in milliseconds.
const TIMES: std::ops::RangeInclusive<i64> = -377_705_116_800_000..=253_402_300_799_999;

/// A number as people write it, and its value times 10^6 computed in 128 bits.
fn number() -> impl Strategy<Value = (String, u128)> {
    (0_u64..1_000_000_000, 0_u32..=6, 0_usize..3, 0_usize..3).prop_flat_map(
        |(whole, decimals, zeros, lead)| {
            (0..10_u64.pow(decimals)).prop_map(move |fraction| {
                let lead = "0".repeat(lead);
                let text = match decimals {
                    0 => format!("{lead}{whole}"),
                    _ => format!(
                        "{lead}{whole}.{fraction:0width$}{}",
                        "0".repeat(zeros),
                        width = decimals as usize
                    ),
                };
                let millionths =
                    u128::from(whole) * 1_000_000 + u128::from(fraction) * 10_u128.pow(6 - decimals);
                (text, millionths)
            })
        },
    )
}

proptest! {
    // Each case waits for the disk, as freezing does.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scaling_is_exact_and_smallest(numbers in prop::collection::vec(number(), 1..20)) {
        let scratch = Scratch::new();
        let mut text = String::from("size\n");
        for (number, _) in &numbers {
            text.push_str(number);
            text.push('\n');
        }
        let options = ImportOptions { required: Vec::new(), ..options(None) };
        let imported = import(&scratch.write("x.csv", &text), Format::Csv, &options).expect("good numbers");
        let instance = &imported.instances[0];
        let scale = u128::from(instance.scale);
        for (value, (number, millionths)) in instance.values.iter().zip(&numbers) {
            prop_assert_eq!(u128::from(*value) * 1_000_000, millionths * scale, "{} scaled by {}", number, scale);
        }
        // A tenth of the scale would not do.
        let needs_it = |millionths: &u128| !(millionths * (scale / 10)).is_multiple_of(1_000_000);
        prop_assert!(scale == 1 || numbers.iter().any(|(_, millionths)| needs_it(millionths)));
    }

    #[test]
    fn import_freeze_load(rows in prop::collection::vec((TIMES, any::<u64>(), ".*"), 1..50), end in "\n|\r\n|\r") {
        let scratch = Scratch::new();
        let mut text = format!("note,size,arrival_ms{end}");
        for (arrival, size, note) in &rows {
            let note = note.replace('"', "\"\"");
            write!(text, "\"{note}\",{size},{arrival}{end}").expect("a string takes every write");
        }
        let options = ImportOptions { required: Vec::new(), ..options(None) };
        let imported = import(&scratch.write("x.csv", &text), Format::Csv, &options).expect("a good file");
        let target = scratch.path().join("frozen");
        freeze(&imported.instances[0], &target).expect("a good instance");
        let loaded = Frozen::open(&target).expect("whole").load::<Item>().expect("whole");
        let expected: Vec<Item> = rows.iter().map(|(_, size, _)| Item { size: *size }).collect();
        prop_assert_eq!(loaded.records, expected);
        prop_assert_eq!(loaded.arrivals_ms, Some(rows.iter().map(|(arrival, ..)| *arrival).collect()));
    }

    #[test]
    fn no_file_makes_an_import_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), format in 0..Format::ALL.len()) {
        let scratch = Scratch::new();
        let path = scratch.write("x", &bytes);
        let _ = import(&path, Format::ALL[format], &options(None));
        let _ = Format::guess(&path);
    }

    #[test]
    fn nor_does_one_that_looks_nearly_right(text in "(size|arrival_ms|[0-9]{1,3}|-|\\.|,|\"|\r|\n| |é|a_0){0,40}", format in 0..Format::ALL.len()) {
        let scratch = Scratch::new();
        let path = scratch.write("x", &text);
        let options = options(None);
        if let Ok(imported) = import(&path, Format::ALL[format], &options) {
            prop_assert!(imported.instances.iter().all(|instance| instance.records() > 0));
        }
    }

    #[test]
    fn any_two_columns_survive(fields in prop::collection::vec((any::<i64>(), any::<u64>()), 1..50)) {
        let scratch = Scratch::new();
        let columns = [&[ARRIVAL][..], &small().columns].concat();
        let values = fields.iter().flat_map(|(time, size)| [time.cast_unsigned(), *size]).collect();
        let instance = Instance { columns, values, parameters: BTreeMap::new(), ..small() };
        let target = scratch.path().join("frozen");
        freeze(&instance, &target).expect("good");
        let loaded = Frozen::open(&target).expect("whole").load::<Item>().expect("whole");
        prop_assert_eq!(loaded.records.len(), fields.len());
        prop_assert_eq!(loaded.arrivals_ms, Some(fields.iter().map(|(time, _)| *time).collect()));
    }
}
