//! `.genesis`, `.detected`, `.acknowledged`, `.resolved-at`: sets or corrects a moment.

use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::moments::Moment;
use crate::core::state::Action;
use crate::core::when::{Understood, understand};
use crate::core::words::moments::{answer, capitalised, instant};

const MOMENT: Spec = Spec { shape: Shape::Required("a time"), needs: Needs::UPDATABLE, ..Spec::PLAIN };

pub(super) static GENESIS: Spec = Spec {
    word: "genesis",
    help: "sets when the trouble began",
    example: ".genesis 40 minutes ago",
    run: Run::Inside(|incident, argument, context| decide(Moment::Genesis, incident, argument, context)),
    ..MOMENT
};

pub(super) static DETECTED: Spec = Spec {
    word: "detected",
    help: "sets when somebody or something noticed",
    example: ".detected 9:05",
    run: Run::Inside(|incident, argument, context| decide(Moment::Detected, incident, argument, context)),
    ..MOMENT
};

pub(super) static ACKNOWLEDGED: Spec = Spec {
    word: "acknowledged",
    aliases: &["acked"],
    help: "sets when the response was under way",
    example: ".acknowledged 10 minutes ago",
    run: Run::Inside(|incident, argument, context| decide(Moment::Acknowledged, incident, argument, context)),
    ..MOMENT
};

pub(super) static RESOLVED_AT: Spec = Spec {
    word: "resolved-at",
    help: "corrects when it was over, once it is resolved",
    example: ".resolved-at 20 minutes ago",
    run: Run::Inside(resolved_at),
    ..MOMENT
};

fn decide(moment: Moment, incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let understood = time(argument, context)?;
    if matches!(moment, Moment::Genesis | Moment::Detected) && understood.at > incident.declared {
        return Err(Refusal::says(
            Line::new()
                .text(format!("{} can't lie after the start, ", capitalised(moment.word())))
                .join(instant(incident.declared, context.author))
                .text("; I read yours as ")
                .join(instant(understood.at, context.author))
                .text(". Give an earlier one, for example ")
                .code(format!(".{} 2024-02-28 17:00", argument.word))
                .text("."),
        ));
    }
    let unset = incident.moments.get(moment).is_none();
    if moment == Moment::Acknowledged && unset && Action::Ack.is_possible_from(incident.state) {
        return Ok(shown(moment, understood, Event::Acknowledged { at: understood.at }, incident, context));
    }
    Ok(set(moment, understood, incident, context))
}

fn resolved_at(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if incident.moments.resolved.is_none() {
        return Err(Refusal::says(
            Line::new()
                .code(".resolved-at")
                .text(" only corrects when it was over, and it is not resolved yet; ")
                .code(".stop")
                .text(" resolves it."),
        ));
    }
    Ok(set(Moment::Resolved, time(argument, context)?, incident, context))
}

/// The moment as it is now, unless it was so already; the state stays.
pub(super) fn set(moment: Moment, understood: Understood, incident: &Incident, context: &Context) -> Decision {
    if incident.moments.get(moment) == Some(understood.at) {
        return Decision::already();
    }
    shown(moment, understood, Event::MomentSet { moment, at: understood.at }, incident, context)
}

/// The event that sets the moment, which is shown back.
pub(super) fn shown(
    moment: Moment,
    understood: Understood,
    event: Event,
    incident: &Incident,
    context: &Context,
) -> Decision {
    let events = vec![event];
    let after = context.after(incident, &events);
    Decision::done_and_says(events, answer(moment, understood, &after, context.author))
}

/// The instant that was typed, in its author's timezone. No moment lies in the future.
pub(super) fn time(argument: &Argument, context: &Context) -> Result<Understood, Refusal> {
    let zone = context.author.zone();
    let understood =
        understand(&argument.readable(), context.now, &zone).map_err(|reason| Refusal::says(reason.refusal(&zone)))?;
    if understood.at > context.now {
        return Err(Refusal::says(
            Line::new()
                .text("That is in the future: ")
                .join(instant(understood.at, context.author))
                .text(". Give a time that has passed, for example ")
                .code(format!(".{} 20 minutes ago", argument.word))
                .text("."),
        ));
    }
    Ok(understood)
}
