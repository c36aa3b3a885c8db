//! Folding the stored events gives the stored row, whatever happened.

use breakingbot::core::event::Event;
use breakingbot::core::ids::{BlockerId, Level};
use breakingbot::core::incident::{Incident, Role};
use breakingbot::core::moments::Moment;
use breakingbot::core::prose::{Piece, Prose};
use breakingbot::core::state::ReviewStep;
use jiff::Timestamp;
use proptest::prelude::*;
use testing::Database;
use tokio::runtime::Runtime;

use crate::fixtures::*;

#[test]
fn folding_gives_the_row_on_sqlite() {
    folding_gives_the_row(&testing::sqlite());
}

#[test]
fn folding_gives_the_row_on_postgres() {
    if let Some(database) = testing::postgres::database() {
        folding_gives_the_row(&database);
    }
}

fn folding_gives_the_row(database: &Database) {
    let runtime = Runtime::new().unwrap();
    let store = runtime.block_on(open(database));
    let commits = prop::collection::vec(prop::collection::vec(event(), 1..5), 1..20);
    proptest!(ProptestConfig::with_cases(48), |(commits in commits)| {
        runtime.block_on(async {
            let id = store.next_number().await.unwrap().id;
            let mut incident = after(&Incident::nothing(id), 0, [declared(), opened(&format!("C{id}"))]);
            store.commit(commit(&incident, 0, Vec::new(), None, 0)).await.unwrap();
            for (second, events) in (1..).zip(commits) {
                let next = after(&incident, second, events);
                store.commit(commit(&next, incident.version, Vec::new(), None, second)).await.unwrap();
                incident = next;
            }
            let folded = same_as_folded(&store, id).await;
            prop_assert_eq!(folded.version, incident.version);
            prop_assert_eq!(folded.state, incident.state);
            prop_assert_eq!(folded.title, incident.title);
            prop_assert_eq!(folded.events.len(), incident.events.len());
            Ok(())
        })?;
    });
}

fn prose() -> impl Strategy<Value = Prose> {
    let piece = prop_oneof![
        any::<String>().prop_map(Piece::Text),
        "[ -~\0\u{202e}🔥']{0,20}".prop_map(Piece::Text),
        Just(Piece::Person("U1".into())),
        Just(Piece::Channel("C9".into(), "name".to_owned())),
        Just(Piece::Link("https://example.com/\u{0}".to_owned(), None)),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.into_iter().collect())
}

/// Down to the nanosecond, and far away in both directions.
fn instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        4 => (0_i64..4_000_000_000_000_000_000).prop_map(|nanos| Timestamp::from_nanosecond(nanos.into()).unwrap()),
        1 => (-377_705_023_201_i64..253_402_207_200).prop_map(|second| Timestamp::new(second, -1).unwrap_or_default()),
    ]
}

fn moment() -> impl Strategy<Value = Moment> {
    prop::sample::select(Moment::ALL.to_vec())
}

fn event() -> impl Strategy<Value = Event> {
    let blocker = || (1_u32..4).prop_map(BlockerId);
    prop_oneof![
        prose().prop_map(|title| Event::Titled { title }),
        prose().prop_map(|text| Event::Summarized { text }),
        prose().prop_map(|text| Event::Notified { text }),
        prose().prop_map(|text| Event::Noted { text }),
        prose().prop_map(|name| Event::ComponentAdded { name }),
        prose().prop_map(|name| Event::ComponentRemoved { name }),
        prose().prop_map(|name| Event::AffectedAdded { name }),
        instant().prop_map(|at| Event::Acknowledged { at }),
        instant().prop_map(|at| Event::Mitigated { at }),
        instant().prop_map(|at| Event::Resolved { at }),
        (moment(), instant()).prop_map(|(moment, at)| Event::MomentSet { moment, at }),
        (blocker(), prose(), prop::option::of(prose())).prop_map(|(id, whom, reason)| Event::Blocked {
            id,
            whom,
            reason
        }),
        blocker().prop_map(|id| Event::Unblocked { id }),
        prop::sample::select(Role::ALL.to_vec()).prop_map(|role| Event::RoleTaken { role, user: "U2".into() }),
        (0_u8..6).prop_map(|level| Event::Prioritized { level: Level(level), reason: None }),
        prop::sample::select(ReviewStep::ALL.to_vec()).prop_map(|step| Event::ReviewStepped { step }),
        prop::sample::select(vec![
            Event::Unmitigated,
            Event::Unresolved,
            Event::Restarted,
            Event::Canceled { why: Some("no channel".to_owned()) },
            Event::Uncanceled,
            Event::ReadyForReview,
            Event::Completed,
            Event::Archived,
            Event::Unarchived,
            Event::ChannelArchived,
            Event::ChannelRenamed { name: "other".to_owned() },
        ]),
    ]
}
