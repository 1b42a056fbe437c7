//! `generate`: a seeded dataset.

use crate::{cli::GenerateArgs, error::Error, output::Output};

pub(super) fn generate(args: GenerateArgs, output: &Output) -> Result<u8, Error> {
    let parameters = super::settings(&args.set)?;
    let GenerateArgs { generator, records, seed, name, to, .. } = args;
    let manifest = datasets::generate_frozen(&generator, records, seed, &parameters, name, &to)?;
    super::freeze::print(&[manifest], &to, output);
    Ok(0)
}
