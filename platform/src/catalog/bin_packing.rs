//! One-dimensional bin packing.

use std::borrow::Cow;

use batch::bin_packing::Effort;
use compare::{Objective, Profile};
use datasets::Item;
use stream::{
    Deciding,
    jobs::bin_packing::{
        AlmostWorstFit, BestFit, FirstFit, Harmonic, LookAhead, NextFit, RefinedHarmonic, WorstFit,
    },
};

use super::{lines, packing_check, parameters::at_least_one};
use crate::problem::{
    Argument, AtPrefixes, Decided, Entry, Merging, Parameter, Params, Problem, Shape, VersionEntry, Work,
};

fn capacity(params: &Params) -> u64 {
    params.number("capacity")
}

/// An entry that sorts each micro-batch before it packs it by a rule.
macro_rules! ahead {
    ($name:literal, $job:ident, $about:literal) => {
        VersionEntry {
            name: $name,
            argument: None,
            about: $about,
            // What is proved of the rule holds for every order of arrival, and so for whatever order sorting makes.
            proven: |_| $job::PROVEN,
            make: |setup| Ok(Box::new(LookAhead::new($job::new(capacity(setup.params))))),
        }
    };
}

/// An entry of bin packing whose constructor takes the capacity alone.
macro_rules! rule {
    ($name:literal, $job:ident, $about:literal) => {
        VersionEntry {
            name: $name,
            argument: None,
            about: $about,
            proven: |_| $job::PROVEN,
            make: |setup| Ok(Box::new(Deciding($job::new(capacity(setup.params))))),
        }
    };
}

/// The problem.
pub static BIN_PACKING: Problem<Item> = Problem {
    entry: Entry {
        name: "bin-packing",
        about: "put items into as few bins of one capacity as possible",
        parameters: &[Parameter {
            name: "capacity",
            about: "what a bin holds, in the dataset's unit of size",
            default: None,
            check: at_least_one,
        }],
        reject: |item, params| {
            let (size, capacity) = (item.size, capacity(params));
            (size > capacity).then(|| format!("size {size} exceeds the capacity {capacity}"))
        },
        reference_name: "offline-packing",
        versions: BIN_PACKING_VERSIONS,
        line: lines::item,
    },
    objective: FEWEST_BINS,
    reference: |items, _, params, work| {
        let effort = match work {
            Work::Full => Effort::default(),
            Work::Steps(0) => Effort::Quick,
            Work::Steps(work) => Effort::Full { work },
        };
        Ok(batch::bin_packing::reference(items, capacity(params), effort).into())
    },
    growing: None,
    merge: |_| {
        Merging::No(
            "a bin that is half full at the boundary takes later items: two packings side by side are one, but not the one of all items, and cost more",
        )
    },
    shape: Shape::Decisions(&BINS),
};

/// Holds what is counted.
pub const FEWEST_BINS: Objective = Objective::Minimise(Cow::Borrowed("bins"));

/// A decision is the bin of a record, numbered from 0 in the order in which they are opened.
pub static BINS: Decided<Item> = Decided {
    column: "bin",
    follows_order: false,
    check: &|of| {
        let sizes = of.records.iter().map(|item| item.size);
        Ok(packing_check::check(sizes, capacity(of.params), of.decisions))
    },
    prefixes: Some(AtPrefixes {
        costs_at: |_, _, bins, prefixes| packing_check::costs_at(bins, prefixes),
        bounds_at: |items, params, prefixes, [lower, upper]| {
            batch::bin_packing::at_prefixes(items, capacity(params), prefixes, (lower, upper))
        },
    }),
    profile: Some(Profile {
        title: Cow::Borrowed("How full are the bins?"),
        name: Cow::Borrowed("Fill of the bins"),
        unit: Cow::Borrowed("bins"),
        axis: Cow::Borrowed("% full"),
        range: (0.0, 100.0),
        last: Cow::Borrowed("filled to 95 % or more"),
        reading: Cow::Borrowed(
            "Number of bins by how full they are at the end, in steps of 5 % of the capacity. A good packing stands far to \
             the right; what lies left of it is wasted room. The number at the right counts those filled to 95 % or more.",
        ),
    }),
};

const BIN_PACKING_VERSIONS: &[VersionEntry<Item>] = &[
    rule!("next-fit", NextFit, "the last opened bin only"),
    rule!("first-fit", FirstFit, "the earliest opened bin that fits"),
    rule!("best-fit", BestFit, "the fullest bin that fits"),
    rule!("worst-fit", WorstFit, "the emptiest open bin if it fits"),
    rule!("almost-worst-fit", AlmostWorstFit, "the second emptiest bin if it fits, else the emptiest"),
    VersionEntry {
        name: "harmonic",
        argument: Some(Argument { name: "k", least: 1, most: 1_000_000, example: 7 }),
        about: "k classes of like sizes, which never share a bin",
        proven: |setup| Harmonic::proven(setup.argument),
        make: |setup| Ok(Box::new(Deciding(Harmonic::new(capacity(setup.params), setup.argument)))),
    },
    rule!(
        "refined-harmonic",
        RefinedHarmonic,
        "harmonic(20) in which items just above 1/3 wait for items just above 1/2"
    ),
    ahead!("sorted-first-fit", FirstFit, "each micro-batch from its largest item on, by first fit"),
    ahead!("sorted-best-fit", BestFit, "each micro-batch from its largest item on, by best fit"),
];
