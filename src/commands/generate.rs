//! `generate`: a seeded dataset.

use crate::{cli::GenerateArgs, error::Error, output::Output};

pub(super) fn generate(args: GenerateArgs, output: &Output) -> Result<u8, Error> {
    let parameters = super::settings(&args.set)?;
    let mut instance = datasets::generate(&args.generator, args.records, args.seed, &parameters)?;
    instance.name = args.name.unwrap_or(instance.name);
    let manifest = datasets::freeze(&instance, &args.to)?;
    super::freeze::print(&[manifest], &args.to, output);
    Ok(0)
}
