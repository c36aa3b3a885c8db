//! `.p1`, `.priority 1`: changes how bad it is. `.priority` alone tells what the levels mean.

use super::hearing::PRIORITY;
use super::spec::{belongs_in_incident, wrong_state};
use super::start::no_such_level;
use super::{Argument, Context, Decision, Need, Needs, Refusal, Run, Shape, Spec, Verdict, priorities};
use crate::core::event::Event;
use crate::core::ids::Level;
use crate::core::incident::Incident;
use crate::core::prose::Prose;

pub(super) static SPEC: Spec = Spec {
    word: PRIORITY,
    shape: Shape::Optional("[level] [reason]"),
    needs: Needs { bare: Need::Anywhere, with_argument: Need::Updatable },
    help: "changes the priority, as `.p1 reason` does too; alone it tells what the levels mean",
    example: ".priority 1 all customers are hit",
    run: Run::Anywhere(decide),
    ..Spec::PLAIN
};

fn decide(incident: Option<&Incident>, argument: &Argument, context: &Context) -> Verdict {
    if argument.word == PRIORITY && argument.is_empty() {
        return Ok(Decision::says(priorities::levels(context)));
    }
    let (level, reason) = level_and_reason(argument, context)?;
    let Some(incident) = incident else { return Err(belongs_in_incident(argument.word, context)) };
    // `.p1` alone is an argument in itself, and was let in as if there were none.
    if !incident.state.is_updatable() {
        return Err(wrong_state(argument.word, incident));
    }
    if incident.level == level {
        return Ok(Decision::already());
    }
    let reason = (!reason.is_blank()).then_some(reason);
    Ok(Decision::ok(vec![Event::Prioritized { level, reason }]))
}

/// `.p1 reason` and `.priority 1 reason`; the level is also `p1` or a starting alias there.
fn level_and_reason(argument: &Argument, context: &Context) -> Result<(Level, Prose), Refusal> {
    let (word, reason) = match argument.word {
        PRIORITY => {
            let (first, rest) = argument.prose.first_word();
            (first.readable().to_lowercase(), rest)
        }
        level => (level.to_owned(), argument.prose.trimmed()),
    };
    let level = context.desk.level_of(&word).ok_or_else(|| no_such_level(&word, context.desk))?;
    Ok((level, reason))
}
