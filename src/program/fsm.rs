//! `breakingbot fsm`: the state machine, made from the code that runs.

use std::io::Write;

use super::Failed;
use crate::core::state;

pub(super) fn run(out: &mut impl Write) -> Result<(), Failed> {
    Ok(out.write_all(state::mermaid().as_bytes())?)
}
