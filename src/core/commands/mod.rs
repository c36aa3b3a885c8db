//! The commands. Each is one file with its `SPEC`, its `decide` and its table of cases; [`ALL`] lists them once, and the
//! parser, `.commands`, the suggestion for a near miss, the README's table and the property tests are all made from it.

pub mod hearing;
pub mod spec;
pub mod table;

mod affected;
mod ai;
mod asof;
mod assign;
mod blocked;
mod blockers;
mod breakings;
mod cancel;
mod catalogue;
mod complete;
mod components;
mod delivery;
mod export;
mod factor;
mod help;
mod history;
mod issue;
mod mainchannel;
mod mitigated;
mod moments;
mod nags;
mod naming;
mod next;
mod note;
mod notify;
mod pr;
mod priorities;
mod priority;
#[cfg(test)]
mod properties;
mod refusals;
mod report;
mod restart;
mod rfr;
mod roles;
pub mod snooze;
mod start;
mod status;
mod stop;
mod summary;
mod title;
mod unblocked;
mod unresolve;
mod unsnooze;

use super::desk::Desk;
use super::incident::Incident;
use super::person::{Person, Standing};
use super::state::State;
pub use hearing::{Heard, Place, Typed, hear};
pub use spec::{
    Answer, Argument, Components, Context, Decision, Need, Needs, Refusal, Run, Services, Shape, Spec, Verdict,
};
pub(in crate::core) use start::slug;

/// Every command, in the order in which `.commands` shows them.
pub static ALL: &[&Spec] = &[
    &start::SPEC,
    &status::SPEC,
    &breakings::SPEC,
    &mainchannel::SPEC,
    &priorities::SPEC,
    &help::SPEC,
    &catalogue::SPEC,
    &roles::POINT,
    &roles::COMMS,
    &roles::TRIAGE,
    &roles::ENG,
    &mitigated::MITIGATED,
    &mitigated::UNMITIGATED,
    &stop::SPEC,
    &unresolve::SPEC,
    &restart::SPEC,
    &cancel::CANCEL,
    &cancel::UNCANCEL,
    &title::SPEC,
    &summary::SPEC,
    &notify::SPEC,
    &components::COMPONENTS,
    &components::COMPONENTRM,
    &affected::AFFECTED,
    &affected::AFFECTEDRM,
    &blockers::SPEC,
    &blocked::SPEC,
    &unblocked::UNBLOCKED,
    &unblocked::UNBLOCKALL,
    &moments::GENESIS,
    &moments::DETECTED,
    &moments::ACKNOWLEDGED,
    &moments::RESOLVED_AT,
    &priority::SPEC,
    &pr::PR,
    &pr::PRS,
    &factor::FACTOR,
    &factor::FACTORS,
    &ai::AI,
    &ai::AIS,
    &note::NOTE,
    &note::NOTES,
    &history::SPEC,
    &asof::SPEC,
    &issue::SPEC,
    &assign::SPEC,
    &next::SPEC,
    &rfr::SPEC,
    &complete::SPEC,
    &report::SPEC,
    &export::SPEC,
    &delivery::SPEC,
    &nags::SPEC,
    &snooze::SPEC,
    &unsnooze::SPEC,
];

/// Whether it names components, so that those that can be named must be known.
pub(in crate::core) fn names_components(typed: &Typed) -> bool {
    components::are_named(typed)
}

/// Guests and people of other organisations do nothing to an incident unless the desk allows it (BEHAVIOUR §10).
pub fn may_command(author: &Person, desk: &Desk) -> Result<(), Refusal> {
    match author.standing {
        Standing::Guest if !desk.allow_guests => Err(Refusal::says(refusals::GUEST)),
        Standing::OtherOrganisation if !desk.allow_guests => Err(Refusal::says(refusals::OUTSIDER)),
        _ => Ok(()),
    }
}

/// What happens because of a command: the events it makes and its answer, or why not. `incident` is the one in whose
/// channel it was typed, if any.
pub fn decide(incident: Option<&Incident>, typed: &Typed, context: &Context) -> Verdict {
    let spec = typed.spec;
    may_command(context.author, context.desk)?;
    let argument = Argument { word: &typed.word, prose: &typed.argument };
    match spec.shape {
        Shape::None if !argument.is_empty() => return Err(refusals::takes_nothing(spec, &typed.word)),
        Shape::Required(shown) if argument.is_empty() && spec.is_open_to(incident) => {
            return Err(refusals::lacks_argument(spec, &typed.word, shown));
        }
        _ => {}
    }
    if let (Some(incident), Some(reached)) = (incident, spec.reached)
        && argument.is_empty()
        && let Some(refusal) = reached(incident, context)
    {
        return Err(refusal);
    }
    let need = if argument.is_empty() { spec.needs.bare } else { spec.needs.with_argument };
    match (need, incident) {
        (Need::Anywhere, _) => {}
        (Need::MainChannel, _) if context.is_main_channel() => {}
        (Need::MainChannel, _) => return Err(refusals::belongs_in_main(&typed.word, context)),
        // What also runs elsewhere knows best what was wrong with it there.
        (Need::Incident | Need::Active | Need::Updatable, None) if matches!(spec.run, Run::Anywhere(_)) => {}
        (Need::Incident | Need::Active | Need::Updatable, None) => {
            return Err(refusals::belongs_in_incident(&typed.word, context));
        }
        (Need::Incident, Some(_)) => {}
        (Need::Active, Some(incident)) if incident.state.is_active() => {}
        (Need::Updatable, Some(incident)) if incident.state.is_updatable() && incident.state != State::Opening => {}
        (Need::Active | Need::Updatable, Some(incident)) => {
            return Err(refusals::wrong_state(&typed.word, incident));
        }
    }
    match (spec.run, incident) {
        (Run::Anywhere(run), incident) => run(incident, &argument, context),
        (Run::Inside(run), Some(incident)) => run(incident, &argument, context),
        (Run::Inside(_), None) => Err(refusals::belongs_in_incident(&typed.word, context)),
        (Run::Declares(run), _) => run(&argument, context),
    }
}
