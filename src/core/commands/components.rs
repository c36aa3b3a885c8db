//! `.components`, `.componentrm`: which parts of the system are concerned.

use super::naming::{NAME_CHARS, Named, names};
use super::{Argument, Components, Context, Needs, Refusal, Run, Shape, Spec, Typed, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::prose::Prose;

pub(super) static COMPONENTS: Spec = Spec {
    word: "components",
    aliases: &["component"],
    shape: Shape::Optional("[a, b]"),
    needs: Needs::SHOWS_OR_SETS,
    help: "lists the parts of the system that are concerned, or adds some",
    example: ".components checkout, payment api",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

pub(super) static COMPONENTRM: Spec = Spec {
    word: "componentrm",
    shape: Shape::Required("a component"),
    needs: Needs::UPDATABLE,
    help: "removes a component",
    example: ".componentrm payment api",
    run: Run::Inside(|incident, argument, _| LIST.remove(incident, argument, ".components")),
    ..Spec::PLAIN
};

static LIST: Named = Named {
    what: "components",
    empty: "No component is named yet",
    example: COMPONENTS.example,
    of: |incident| &incident.components,
    added: |name| Event::ComponentAdded { name },
    removed: |name| Event::ComponentRemoved { name },
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if argument.is_empty() {
        return Ok(LIST.list(incident, context));
    }
    if context.desk.strict_components && !context.services.tracker {
        return Err(Refusal::says(
            Line::new()
                .text("This desk takes only components that the issue tracker knows, and no tracker is configured; ask whoever runs me to configure one, or to turn ")
                .code("strict_components")
                .text(" off."),
        ));
    }
    match context.components {
        Components::Any => LIST.add(incident, names(argument)),
        Components::These(known) => LIST.add(incident, known_names(names(argument), known)?),
        Components::NotTold => Err(Refusal::says(
            Line::new()
                .text("This desk takes only components that the issue tracker knows, and it does not answer now. Try it again in a minute, or keep them with ")
                .code(".note")
                .text(" meanwhile."),
        )),
    }
}

/// Whether these are about to be added.
pub(super) fn are_named(typed: &Typed) -> bool {
    std::ptr::eq(typed.spec, &COMPONENTS) && !typed.argument.is_blank()
}

/// The names as the tracker spells them; what it does not know is refused by name, with what is near.
fn known_names(names: Vec<Prose>, known: &[String]) -> Result<Vec<Prose>, Refusal> {
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for name in names {
        let wanted = name.one_line().readable().to_lowercase();
        match known.iter().find(|known| known.to_lowercase() == wanted) {
            Some(known) => found.push(Prose::from(known.as_str())),
            None => unknown.push(name),
        }
    }
    if unknown.is_empty() {
        return Ok(found);
    }
    let line = unknown.iter().take(MOST_REFUSED).enumerate().fold(Line::new(), |line, (i, name)| {
        let line = if i > 0 { line.text(", ") } else { line };
        line.text("“").prose(&name.one_line().cut(NAME_CHARS)).text("”")
    });
    let line = match unknown.len().saturating_sub(MOST_REFUSED) {
        0 => line,
        more => line.text(format!(" and {more} more")),
    };
    let line = line.text(if unknown.len() == 1 { " is not a component" } else { " are not components" });
    let line = line.text(" of the issue tracker, so I added nothing.");
    let mut near: Vec<&str> = Vec::new();
    for name in unknown.iter().take(MOST_REFUSED) {
        for close in nearest(&name.one_line().readable(), known) {
            if !near.contains(&close) {
                near.push(close);
            }
        }
    }
    near.truncate(MOST_OFFERED);
    if near.is_empty() {
        let line = match known {
            [] => line.text(" It has none; ask whoever runs the tracker to make them."),
            [only] => line.text(" It has only ").code(only.as_str()).text("."),
            [first, ..] => line.text(format!(" It has {}, for example ", known.len())).code(first.as_str()).text("."),
        };
        return Err(Refusal::says(line));
    }
    let line = near.iter().enumerate().fold(line.text(" Did you mean "), |line, (i, name)| {
        let between = match i {
            0 => "",
            _ if i + 1 == near.len() => " or ",
            _ => ", ",
        };
        line.text(between).code(*name)
    });
    Err(Refusal::says(line.text("?")))
}

/// The known names that are near: a part of one another, or few edits apart.
fn nearest<'a>(name: &str, known: &'a [String]) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .filter_map(|known| {
            let lower = known.to_lowercase();
            let contains = wanted.chars().count() >= 3 && (lower.contains(&wanted) || wanted.contains(&lower));
            let apart = edits(&wanted, &lower);
            let near = apart <= 1 + wanted.chars().count() / 5;
            (near || contains).then_some((if near { apart } else { NOT_NEAR }, known.as_str()))
        })
        .collect();
    near.sort_by_key(|(apart, _)| *apart);
    near.into_iter().map(|(_, name)| name).take(MOST_OFFERED).collect()
}

/// How many letters must be inserted, removed or changed to make one of the other.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(&other) {
            let changed = diagonal + usize::from(a != *b);
            diagonal = *cell;
            left = changed.min(left + 1).min(*cell + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// So many unknown names are told; there may be thousands.
const MOST_REFUSED: usize = 5;
/// So many near names are offered.
const MOST_OFFERED: usize = 3;
/// Farther apart than any near name.
const NOT_NEAR: usize = 1_000;

#[cfg(test)]
mod tests {
    use crate::core::commands::Components;
    use crate::core::event::Event;
    use crate::core::prose::Prose;
    use crate::core::rehearsal::Rehearsal;

    fn components(room: &Rehearsal) -> Vec<String> {
        room.incident().components.iter().map(Prose::readable).collect()
    }

    #[test]
    fn they_are_added_once_in_any_case() {
        let mut room = Rehearsal::burning();
        room.alice(".components").says("No component is named yet; `.components checkout, payment api` adds some.");
        room.alice(".components api, Payment\n API ,, api,API").is_ok();
        room.bob(".component payment api, Search <https://wiki.example/s|(docs)>").is_ok();
        assert_eq!(components(&room), ["api", "Payment API", "Search (docs)"]);
        room.bob(".components API, search (DOCS)").is_already();
        room.alice(".components").says("Components (3)\n1. api\n2. Payment API\n3. Search (docs)");
    }

    #[test]
    fn one_is_removed_in_any_case_and_refused_when_it_is_not_there() {
        let mut room = Rehearsal::burning();
        room.alice(".components api, web").is_ok();
        room.bob(".componentrm API").is_ok();
        assert_eq!(room.incident().events.last().unwrap().event, Event::ComponentRemoved { name: "api".into() });
        for gone in ["API", "db", "web, api"] {
            room.bob(&format!(".componentrm {gone}"))
                .is_refused(&format!("“{gone}” is not among the components; `.components` lists them."));
        }
        room.bob(".componentrm")
            .is_refused("`.componentrm` needs a component behind it, for example `.componentrm payment api`.");
        room.alice(".components api").is_ok();
        assert_eq!(components(&room), ["web", "api"]);
    }

    #[test]
    fn what_is_no_name_is_refused_and_then_nothing_is_added() {
        let mut room = Rehearsal::burning();
        room.alice(".components , ,\u{200b},").is_refused(
            "There is no name in that: names stand between commas, for example `.components checkout, payment api`.",
        );
        let long = "x".repeat(101);
        room.alice(&format!(".components api, {long}")).is_refused(&format!(
            "A name has at most 100 characters, so I added nothing; this one has 101: “{}…”. \
             Put commas between names, and descriptions behind `.note`.",
            "x".repeat(100)
        ));
        assert_eq!(components(&room), [""; 0]);
    }

    #[test]
    fn thousands_are_added_and_listed_in_one_answer_each() {
        let mut room = Rehearsal::burning();
        let many: Vec<String> = (1..=5000).map(|i| format!("service {i}")).collect();
        let added = room.alice(&format!(".components {}", many.join(", ")));
        added.is_ok();
        assert_eq!(room.incident().components.len(), 5000);
        // The topic is short however many there are.
        assert!(format!("{:?}", added.effects).len() < 10_000);

        let listed = room.alice(".components");
        let shown = listed.answer();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 51);
        assert_eq!(lines[0], "Components (5000): here are the last 50, the file has all of them");
        assert_eq!((lines[1], lines[50]), ("4951. service 4951", "5000. service 5000"));
        let (name, content) = listed.file().unwrap();
        assert_eq!(name, "incident-1-components.md");
        assert!(content.starts_with("# Incident 1: components\n\n1. service 1\n2. service 2\n"));
        assert!(content.ends_with("\n5000. service 5000\n"));
    }

    #[test]
    fn with_strict_components_the_trackers_own_list_decides() {
        let mut room = Rehearsal::burning();
        room.desk.strict_components = true;
        room.services.tracker = true;
        room.components = Components::These(["Checkout", "Payment API", "Search", "Web"].map(str::to_owned).to_vec());
        room.alice(".components checkout, payment api").is_ok();
        assert_eq!(components(&room), ["Checkout", "Payment API"]);
        room.alice(".components Serach, web")
            .is_refused("“Serach” is not a component of the issue tracker, so I added nothing. Did you mean `Search`?");
        room.alice(".components payment, chekcout, billing").is_refused(
            "“payment”, “chekcout”, “billing” are not components of the issue tracker, so I added nothing. \
             Did you mean `Payment API` or `Checkout`?",
        );
        room.alice(".components billing").is_refused(
            "“billing” is not a component of the issue tracker, so I added nothing. It has 4, for example `Checkout`.",
        );
        assert_eq!(components(&room), ["Checkout", "Payment API"]);
        room.components = Components::NotTold;
        room.alice(".components web").is_refused(
            "This desk takes only components that the issue tracker knows, and it does not answer now. \
             Try it again in a minute, or keep them with `.note` meanwhile.",
        );
        room.alice(".components").says("Components (2)\n1. Checkout\n2. Payment API");
    }

    #[test]
    fn strict_components_need_a_tracker() {
        let mut room = Rehearsal::burning();
        room.desk.strict_components = true;
        room.alice(".components api").is_refused(
            "This desk takes only components that the issue tracker knows, and no tracker is configured; \
             ask whoever runs me to configure one, or to turn `strict_components` off.",
        );
        room.alice(".components").answer();
    }

    #[test]
    fn they_are_shown_in_every_state_and_changed_in_an_updatable_incident() {
        for said in [".components", ".components api", ".componentrm api"] {
            let word = said.split(' ').next().unwrap();
            Rehearsal::burning().alice_in_main(said).is_refused(&format!(
                "`{word}` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
            ));
        }
        insta::assert_snapshot!(Rehearsal::in_every_state(".components"), @r"
        started: No component is named yet; `.components checkout, payment api` adds some.
        acknowledged: No component is named yet; `.components checkout, payment api` adds some.
        mitigated: No component is named yet; `.components checkout, payment api` adds some.
        blocked: No component is named yet; `.components checkout, payment api` adds some.
        resolved: No component is named yet; `.components checkout, payment api` adds some.
        review_…: No component is named yet; `.components checkout, payment api` adds some.
        ready_for_review: No component is named yet; `.components checkout, payment api` adds some.
        completed: No component is named yet; `.components checkout, payment api` adds some.
        canceled: No component is named yet; `.components checkout, payment api` adds some.
        archived: No component is named yet; `.components checkout, payment api` adds some.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".components api"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.components` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.components` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.components` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".componentrm api"), @r"
        started: exclamation: “api” is not among the components; `.components` lists them.
        acknowledged: exclamation: “api” is not among the components; `.components` lists them.
        mitigated: exclamation: “api” is not among the components; `.components` lists them.
        blocked: exclamation: “api” is not among the components; `.components` lists them.
        resolved: exclamation: “api” is not among the components; `.components` lists them.
        review_…: exclamation: “api” is not among the components; `.components` lists them.
        ready_for_review: exclamation: “api” is not among the components; `.components` lists them.
        completed: exclamation: `.componentrm` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.componentrm` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.componentrm` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
