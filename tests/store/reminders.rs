//! When incidents have to be looked at.

use breakingbot::core::ids::IncidentId;
use breakingbot::core::incident::Incident;
use breakingbot::core::nags::{Nag, Subject};
use breakingbot::data::{After, Commit, Due, Replan, Store, StoreError};
use jiff::Timestamp;
use testing::Database;

use crate::cases;
use crate::fixtures::*;

cases!(
    the_longest_due_come_first_page_by_page,
    the_next_look_changes_with_the_incident_or_alone,
    what_burns_is_listed_with_its_next_look,
    what_is_remembered_of_reminders_is_what_the_events_make,
);

async fn commit_due(store: &Store, incident: &Incident, before: u64, next_due: Option<Timestamp>) {
    let after = After::new(incident, before, at(0), next_due).unwrap();
    store.commit(Commit { incident: Some(after), effects: Vec::new(), inbox: None, at: at(0) }).await.unwrap();
}

async fn due_at(store: &Store, channel: &str, second: Option<i64>) -> Incident {
    let id = store.next_number().await.unwrap().id;
    let incident = after(&Incident::nothing(id), 0, [declared(), opened(channel)]);
    commit_due(store, &incident, 0, second.map(at)).await;
    incident
}

fn found(due: &[Due]) -> Vec<(i64, i64)> {
    due.iter().map(|due| (due.incident.0, due.at.as_second() - at(0).as_second())).collect()
}

async fn the_longest_due_come_first_page_by_page(database: Database) {
    let store = open(&database).await;
    for (channel, second) in [("C1", Some(30)), ("C2", Some(10)), ("C3", None), ("C4", Some(10)), ("C5", Some(31))] {
        due_at(&store, channel, second).await;
    }
    assert_eq!(found(&store.due(at(9), None, 10).await.unwrap()), []);
    assert_eq!(found(&store.due(at(30), None, 10).await.unwrap()), [(2, 10), (4, 10), (1, 30)]);
    let mut all = Vec::new();
    let mut page = store.due(at(40), None, 1).await.unwrap();
    while let Some(last) = page.last().copied() {
        all.extend(page);
        page = store.due(at(40), Some(last), 1).await.unwrap();
    }
    assert_eq!(found(&all), [(2, 10), (4, 10), (1, 30), (5, 31)]);
}

async fn the_next_look_changes_with_the_incident_or_alone(database: Database) {
    let store = open(&database).await;
    let first = due_at(&store, "C1", Some(10)).await;
    let noted = after(&first, 1, [noted("news")]);
    commit_due(&store, &noted, first.version, Some(at(20))).await;
    assert_eq!(found(&store.due(at(99), None, 10).await.unwrap()), [(1, 20)]);

    // A commit that is refused changes nothing.
    let late = After::new(&noted, first.version, at(0), Some(at(5))).unwrap();
    let refused = Commit { incident: Some(late), effects: Vec::new(), inbox: None, at: at(0) };
    assert!(matches!(store.commit(refused).await, Err(StoreError::VersionConflict)));
    assert_eq!(found(&store.due(at(99), None, 10).await.unwrap()), [(1, 20)]);

    let replan = |version, second: Option<i64>| Replan { incident: first.id, version, next_due: second.map(at) };
    store.replan(&[replan(noted.version, Some(30))]).await.unwrap();
    assert_eq!(found(&store.due(at(99), None, 10).await.unwrap()), [(1, 30)]);
    store.replan(&[replan(first.version, Some(40))]).await.unwrap();
    assert_eq!(found(&store.due(at(99), None, 10).await.unwrap()), [(1, 30)], "the version is another one");
    store.replan(&[replan(noted.version, None)]).await.unwrap();
    assert_eq!(found(&store.due(at(99), None, 10).await.unwrap()), []);
    assert_eq!(store.version(first.id).await.unwrap(), noted.version);
}

async fn what_burns_is_listed_with_its_next_look(database: Database) {
    use breakingbot::core::event::Event;
    let store = open(&database).await;
    for (channel, event) in [
        ("C1", None),
        ("C2", Some(Event::Mitigated { at: at(2) })),
        ("C3", Some(Event::Acknowledged { at: at(2) })),
        ("C4", Some(Event::Canceled { why: None })),
    ] {
        let incident = due_at(&store, channel, Some(10)).await;
        let after = after(&incident, 2, event);
        if after.version > incident.version {
            commit_due(&store, &after, incident.version, None).await;
        }
    }
    let listed = |page: Vec<(Incident, Option<Timestamp>)>| {
        page.into_iter().map(|(incident, due)| (incident.id.0, due)).collect::<Vec<_>>()
    };
    assert_eq!(listed(store.burning(IncidentId(0), 10).await.unwrap()), [(1, Some(at(10))), (3, None)]);
    assert_eq!(listed(store.burning(IncidentId(0), 1).await.unwrap()), [(1, Some(at(10)))]);
    assert_eq!(listed(store.burning(IncidentId(1), 10).await.unwrap()), [(3, None)]);
}

async fn what_is_remembered_of_reminders_is_what_the_events_make(database: Database) {
    use breakingbot::core::event::Event;
    let store = open(&database).await;
    let first = due_at(&store, "C1", Some(10)).await;
    let until = "2024-02-28T17:00:00.123456789Z".parse().unwrap();
    let nagged = first.version + 1;
    let happened = after(
        &first,
        5,
        [
            Event::Nagged { nag: Nag::Point, escalated: true },
            Event::NagPosted { nag: Nag::Point, nagged, channel: "C1".into(), message: ts(6) },
            Event::Snoozed { what: Subject::Blocker(breakingbot::core::ids::BlockerId(1)), until },
            Event::Nagged { nag: Nag::Blocker(breakingbot::core::ids::BlockerId(1)), escalated: false },
            Event::Mitigated { at: at(7) },
            Event::Unmitigated,
        ],
    );
    commit_due(&store, &happened, first.version, None).await;
    let folded = same_as_folded(&store, first.id).await;
    assert_eq!(folded.nags.resumed, Some(at(5)));
    assert_eq!(folded.nags.records.len(), 2);
}
