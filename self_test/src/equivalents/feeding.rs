//! Equivalents that are fed otherwise: other chunks, a saved state, another form of the same sizes.

use datasets::Item;
use serde::{Deserialize, Serialize};
use stream::{
    Deciding, Version,
    jobs::bin_packing::{BestFit, FirstFit, RefinedHarmonic},
};

use crate::{
    Case,
    Data::{Triplets, Uniform, Wide},
    case,
    wrap::{
        ALMOST_WORST_FIT, BEST_FIT, Boxed, FIRST_FIT, HARMONIC, NEXT_FIT, REFINED_HARMONIC, WORST_FIT,
        by_chunk, by_record, decide, seeing,
    },
};

pub(super) static CASES: &[Case] = &[
    case("one record at a time", &[FIRST_FIT, WORST_FIT, REFINED_HARMONIC], Uniform, |base| {
        seeing(base.job(), |_, size| size)
    }),
    case("chunks cut in seven", &[BEST_FIT, HARMONIC, ALMOST_WORST_FIT], Wide, |base| {
        let mut job = base.job();
        by_chunk(move |items, decisions| {
            items.chunks((items.len() / 7).max(1)).for_each(|chunk| job.push_chunk(chunk, decisions));
        })
    }),
    case(
        "decisions kept back until the chunk ends",
        &[NEXT_FIT, BEST_FIT, REFINED_HARMONIC],
        Triplets,
        |base| keeping_back(base.job()),
    ),
    case("state saved and restored between chunks", &[FIRST_FIT], Uniform, |base| {
        restoring(Deciding(FirstFit::new(base.capacity())))
    }),
    case("state saved and restored between chunks", &[BEST_FIT], Wide, |base| {
        restoring(Deciding(BestFit::new(base.capacity())))
    }),
    case("state saved and restored between chunks", &[REFINED_HARMONIC], Uniform, |base| {
        restoring(Deciding(RefinedHarmonic::new(base.capacity())))
    }),
    case("fields renamed in JSON and mapped back", &[NEXT_FIT, ALMOST_WORST_FIT, HARMONIC], Wide, |base| {
        seeing(base.job(), |_, size| through_json(size))
    }),
    case("another thread for each chunk", &[FIRST_FIT, WORST_FIT], Triplets, |base| on_threads(base.job())),
    case("two of it, which must agree", &[FIRST_FIT, HARMONIC], Wide, |base| {
        let mut jobs = [base.job(), base.job()];
        by_record(move |size| {
            let [one, other] = jobs.each_mut().map(|job| decide(job, size));
            assert_eq!(one, other, "a job is deterministic");
            one
        })
    }),
];

fn keeping_back(mut job: Boxed) -> Boxed {
    by_chunk(move |items, decisions| {
        let kept: Vec<u32> = items.iter().map(|item| decide(&mut job, item.size)).collect();
        decisions.extend(kept);
    })
}

fn restoring<J: Version<Item> + Clone + 'static>(job: J) -> Boxed {
    let mut saved = job;
    by_chunk(move |items, decisions| {
        let mut restored = saved.clone();
        restored.push_chunk(items, decisions);
        saved = restored;
    })
}

#[derive(Serialize, Deserialize)]
struct Renamed {
    #[serde(rename = "weight")]
    size: u64,
}

fn through_json(size: u64) -> u64 {
    let text = serde_json::to_string(&Renamed { size }).expect("a number is JSON");
    serde_json::from_str::<Renamed>(&text).expect("it was written so").size
}

fn on_threads(mut job: Boxed) -> Boxed {
    by_chunk(move |items, decisions| {
        std::thread::scope(|scope| {
            scope.spawn(|| job.push_chunk(items, decisions));
        });
    })
}
