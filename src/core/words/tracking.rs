//! The tracking issue, as people are told of it.

use jiff::{SignedDuration, Timestamp};

use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::tracking::Issue;
use crate::core::tracking::changes::{Tracking, last_change};
use crate::core::when::spoken;

/// Which issue it is, as a link.
pub fn link(issue: &Issue) -> Line {
    Line::new().link(&issue.url, &issue.key)
}

/// `.issue`: which issue it is, how far it is brought up to date, and what is waiting and why.
pub fn standing(incident: &Incident, tracking: Option<&Tracking>, now: Timestamp) -> Message {
    let none = Tracking::default();
    let tracking = tracking.unwrap_or(&none);
    let trouble = trouble(tracking, now);
    let Some(issue) = incident.issue.as_ref().or(tracking.issue.as_ref()) else {
        let line = Line::new().text(format!("Incident {} is not linked to a tracking issue yet", incident.id));
        return match trouble {
            Some(trouble) => Message::from(line.text(". ").join(trouble)),
            None => line.text("; ask again in a minute.").into(),
        };
    };
    let line = Line::new().text(format!("Incident {} is tracked as ", incident.id)).join(link(issue));
    let line = match &tracking.status {
        Some(status) if tracking.by_hand => line.text(format!(", status “{status}”, set by hand.")),
        Some(status) => line.text(format!(", status “{status}”.")),
        None => line.text("."),
    };
    let synced = match tracking.synced_at {
        Some(at) => Line::item().text("last synced ").time(at).text(format!(", {}", ago(at, now))),
        None => Line::item().text("not synced yet"),
    };
    let waiting = match last_change(incident, tracking.synced) {
        None => Line::item().text("nothing is waiting"),
        Some(_) => Line::item().text(format!("waiting: {}", waiting(incident, tracking.synced))),
    };
    Message::from(line).line(synced).line(waiting).lines(trouble)
}

/// What the issue does not know yet, counted.
fn waiting(incident: &Incident, since: u64) -> String {
    let count = |is_one: fn(&Event) -> bool| {
        incident.events.iter().filter(|recorded| recorded.seq > since && is_one(&recorded.event)).count()
    };
    let updates = count(|event| matches!(event, Event::Notified { .. }));
    let items = count(|event| matches!(event, Event::ActionItemAdded { .. }));
    let told = [(updates, "comm update"), (items, "action item")].into_iter().filter(|(count, _)| *count > 0);
    let mut told: Vec<String> = told.map(|(n, what)| format!("{n} {what}{}", if n == 1 { "" } else { "s" })).collect();
    told.insert(0, "what the issue says".to_owned());
    told.join(", ")
}

/// Why it is not up to date, when something is wrong.
fn trouble(tracking: &Tracking, now: Timestamp) -> Option<Line> {
    if let Some(waiting) = &tracking.waiting
        && let Some(why) = &waiting.why
    {
        let tries = if waiting.attempts == 1 { "once".to_owned() } else { format!("{} times", waiting.attempts) };
        let line = Line::new().text("I tried ").text(tries).text(" since ").time(waiting.since);
        return Some(line.text(": ").text(why.clone()).text(". I keep trying; nothing is lost."));
    }
    let trouble = tracking.trouble.as_ref()?;
    let line = Line::new().text(format!("My last try failed {} at ", ago(trouble.at, now))).time(trouble.at);
    let line = line.text(": ").text(trouble.why.clone());
    Some(line.text(". I try again within the hour and when something changes; my operator finds it in the log."))
}

/// What `.status` says of it.
pub fn in_status(incident: &Incident, is_configured: bool) -> Line {
    let line = Line::item().text("tracker: ");
    match &incident.issue {
        Some(issue) => line.join(link(issue)),
        None if is_configured => line.text("`.issue` tells where"),
        None => line.text("none is configured"),
    }
}

/// What the room is told when somebody moved the issue.
pub fn moved(issue: &Issue, status: &str) -> Message {
    let line = Line::new().text("Somebody moved the tracking issue ").join(link(issue)).text(" to ");
    line.text(format!("“{status}” by hand. I leave it there; the rest of it stays current.")).into()
}

fn ago(then: Timestamp, now: Timestamp) -> String {
    let past = now.duration_since(then).max(SignedDuration::ZERO);
    if past < SignedDuration::from_mins(1) { "just now".to_owned() } else { format!("{} ago", spoken(past)) }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::document::Block;
    use crate::core::effect::Effect;
    use crate::core::event::Event;
    use crate::core::ids::Level;
    use crate::core::inbound::{Outcome, TrackedItem};
    use crate::core::rehearsal::{ROOM, Rehearsal, posts_in};
    use crate::core::templates::Templates;
    use crate::core::tracking::changes::{Tracking, Trouble, Waiting};
    use crate::core::tracking::{Issue, Phase, Writing};

    fn issue(key: &str) -> Issue {
        Issue { id: format!("1{key}"), key: key.to_owned(), url: format!("https://tracker.example/{key}") }
    }

    fn linked() -> Rehearsal {
        let mut room = Rehearsal::burning();
        room.services.tracker = true;
        room.comes(&Outcome::Tracked { issue: Some(issue("OPS-1")), items: Vec::new(), by_hand: None });
        room
    }

    #[test]
    fn without_a_tracker_there_is_nothing_to_do_in_one() {
        let mut room = Rehearsal::before_the_fire();
        room.alice_in_main(".start Checkout is down").is_ok();
        assert!(!room.opens().contains(&Effect::TrackOpen));
        let mut room = Rehearsal::before_the_fire();
        room.services.tracker = true;
        room.alice_in_main(".start Checkout is down").is_ok();
        assert!(room.opens().contains(&Effect::TrackOpen));
    }

    #[test]
    fn an_issue_that_was_made_is_linked_once_in_topic_bookmark_status_and_lists() {
        let mut room = Rehearsal::burning();
        room.services.tracker = true;
        let made = Outcome::Tracked { issue: Some(issue("OPS-1")), items: Vec::new(), by_hand: None };
        let effects = room.comes(&made);
        let bookmark = Effect::Bookmark {
            channel: ROOM.into(),
            title: "Tracking issue OPS-1".into(),
            url: "https://tracker.example/OPS-1".into(),
        };
        assert!(effects.contains(&bookmark), "{effects:?}");
        let topic = effects.iter().find_map(|effect| match effect {
            Effect::SetTopic { topic, .. } => Some(topic.tail.to_string()),
            _ => None,
        });
        assert_eq!(topic.as_deref(), Some("· point nobody, comms nobody · OPS-1 (https://tracker.example/OPS-1)"));
        assert_eq!(room.comes(&made), []);
        let listed = " · OPS-1 (https://tracker.example/OPS-1) · #C0ROOM";
        assert!(room.alice(".status").answer().contains("- tracker: OPS-1"));
        assert!(room.alice_in_main(".status").answer().contains(listed));
        assert!(room.alice_in_main(".breakings").answer().contains(listed));
        assert_eq!(room.log().last().unwrap(), "the tracking issue was made: OPS-1 (https://tracker.example/OPS-1)");
    }

    #[test]
    fn the_issues_of_action_items_are_listed_with_them() {
        let mut room = linked();
        room.alice(".ai limit the cache").is_ok();
        let item = room.incident().version;
        room.alice(".ai page somebody").is_ok();
        let items = vec![TrackedItem { item, issue: issue("OPS-2") }];
        let made = Outcome::Tracked { issue: None, items, by_hand: None };
        room.comes(&made);
        room.comes(&made);
        room.alice(".ais").says(
            "Action items (2)\n\
             1. limit the cache · OPS-2 (https://tracker.example/OPS-2) · Alice, 2024-02-28 17:01 UTC\n\
             2. page somebody · Alice, 2024-02-28 17:01 UTC",
        );
        let told = room.incident().events.iter().filter(|one| matches!(one.event, Event::ActionItemTracked { .. }));
        assert_eq!(told.count(), 1);
    }

    #[test]
    fn a_move_by_hand_is_told_in_the_room() {
        let mut room = linked();
        let moved = Outcome::Tracked { issue: None, items: Vec::new(), by_hand: Some("Won't fix".into()) };
        let effects = room.comes(&moved);
        insta::assert_snapshot!(posts_in(&effects, ROOM).join("\n"), @"Somebody moved the tracking issue OPS-1 (https://tracker.example/OPS-1) to “Won't fix” by hand. I leave it there; the rest of it stays current.");
        assert_eq!(room.log().last().unwrap(), "somebody moved the tracking issue to “Won't fix” by hand");
    }

    #[test]
    fn it_is_told_how_far_it_is_up_to_date_and_what_is_waiting_and_why() {
        let mut room = linked();
        room.alice(".title Cards fail").is_ok();
        let synced = room.incident().version;
        let at = room.now();
        let tracking = Tracking {
            changed: synced,
            synced,
            synced_at: Some(at),
            issue: Some(issue("OPS-1")),
            phase: Some(Phase::Started),
            status: Some("In progress".into()),
            ..Tracking::default()
        };
        let mut told = Vec::new();
        let mut tell = |room: &mut Rehearsal, tracking: Tracking| {
            room.tracking = Some(tracking);
            told.push(room.alice(".issue").answer());
        };
        tell(&mut room, tracking.clone());
        room.advance(SignedDuration::from_mins(3));
        room.alice(".notify We look").is_ok();
        room.alice(".ai limit the cache").is_ok();
        room.alice(".ai page somebody").is_ok();
        tell(&mut room, tracking.clone());
        let waiting = |attempts, why: Option<&str>| Some(Waiting { since: at, attempts, why: why.map(str::to_owned) });
        tell(&mut room, Tracking { waiting: waiting(0, None), ..tracking.clone() });
        let why = Some("update did not work: nobody answers");
        tell(&mut room, Tracking { waiting: waiting(7, why), by_hand: true, ..tracking.clone() });
        let trouble = Some(Trouble { why: "refused (403): the bot may not do that".into(), at });
        tell(&mut room, Tracking { trouble, ..tracking.clone() });
        let mut early = Rehearsal::burning();
        early.services.tracker = true;
        tell(
            &mut early,
            Tracking { waiting: waiting(1, Some("create did not work: nobody answers")), ..Tracking::default() },
        );
        insta::assert_snapshot!(told.join("\n⋯\n"), @r"
        Incident 1 is tracked as OPS-1 (https://tracker.example/OPS-1), status “In progress”.
        - last synced 2024-02-28 17:01 UTC, just now
        - nothing is waiting
        ⋯
        Incident 1 is tracked as OPS-1 (https://tracker.example/OPS-1), status “In progress”.
        - last synced 2024-02-28 17:01 UTC, 3 m ago
        - waiting: what the issue says, 1 comm update, 2 action items
        ⋯
        Incident 1 is tracked as OPS-1 (https://tracker.example/OPS-1), status “In progress”.
        - last synced 2024-02-28 17:01 UTC, 3 m ago
        - waiting: what the issue says, 1 comm update, 2 action items
        ⋯
        Incident 1 is tracked as OPS-1 (https://tracker.example/OPS-1), status “In progress”, set by hand.
        - last synced 2024-02-28 17:01 UTC, 3 m ago
        - waiting: what the issue says, 1 comm update, 2 action items
        I tried 7 times since 2024-02-28 17:01 UTC: update did not work: nobody answers. I keep trying; nothing is lost.
        ⋯
        Incident 1 is tracked as OPS-1 (https://tracker.example/OPS-1), status “In progress”.
        - last synced 2024-02-28 17:01 UTC, 3 m ago
        - waiting: what the issue says, 1 comm update, 2 action items
        My last try failed 3 m ago at 2024-02-28 17:01 UTC: refused (403): the bot may not do that. I try again within the hour and when something changes; my operator finds it in the log.
        ⋯
        Incident 1 is not linked to a tracking issue yet. I tried once since 2024-02-28 17:01 UTC: create did not work: nobody answers. I keep trying; nothing is lost.
        ");
    }

    #[test]
    fn only_what_the_issue_has_to_know_is_a_change() {
        use crate::core::tracking::changes::{changes, fields, last_change, phase};
        let mut room = linked();
        let since = room.incident().version;
        room.records(Event::Nagged { nag: crate::core::nags::Nag::Point, escalated: false });
        assert_eq!(last_change(room.incident(), since), None);
        room.alice(".point").is_ok();
        let point = last_change(room.incident(), since);
        assert!(point > Some(since));
        room.alice(".components checkout").is_ok();
        room.bob(".notify We <@U0ALICE> look\nclosely").is_ok();
        room.bob(".ai ask <@U0CAROL> => at <https://wiki.example|the wiki>").is_ok();
        room.alice(".stop").is_ok();
        let incident = room.incident();
        assert_eq!(phase(incident), Phase::Resolved);
        let templates = Templates::built_in();
        let mut writing = Writing::of(incident, room.people(), &room.desk, &|_| None, &templates);
        let new = changes(incident, since, room.people(), &mut writing);
        let update = new.comments.iter().flat_map(|(_, text)| text.blocks.clone());
        let item = new.items.iter().flat_map(|(_, item)| item.detail.blocks.clone());
        let words = |block: Block| match block {
            Block::Paragraph(text) | Block::Quote(text) => text.plain(),
            other => format!("{other:?}"),
        };
        insta::assert_snapshot!(update.chain(item).map(words).collect::<Vec<_>>().join("\n"), @r"
        Update by Bob at 2024-02-28 17:01 UTC:
        We @Alice look
        closely
        at the wiki
        An action item of incident 1, recorded by Bob, 2024-02-28 17:01 UTC.
        ");
        assert_eq!(new.items.iter().map(|(_, item)| item.title.as_str()).collect::<Vec<_>>(), ["ask @Carol"]);
        assert_eq!(changes(incident, incident.version, room.people(), &mut writing), Default::default());
        let fields = fields(incident, room.people(), &mut writing);
        assert_eq!((fields.title.as_str(), fields.level), ("Checkout is down", Level(2)));
        assert_eq!(fields.components, ["checkout"]);
        let people: Vec<_> =
            fields.people.iter().map(|(role, who)| (role.word(), who.name.as_str(), who.email.as_deref())).collect();
        assert_eq!(people, [("point", "Alice", Some("alice@example.com"))]);
        let mut archived = incident.clone();
        archived.state = crate::core::state::State::Archived;
        assert_eq!(phase(&archived), Phase::Completed);
    }
}
