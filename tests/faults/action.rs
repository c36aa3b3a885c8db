//! What people do in the middle of the fault, and how one sees that it was done exactly once.

use breakingbot::core::event::Event;
use breakingbot::core::incident::Incident;

use crate::people::Said;
use crate::rooms::{Channel, Room};
use crate::story::Story;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    Start,
    Role,
    Resolve,
    Notify,
    Title,
}

/// What there was before.
pub struct Scene {
    room: Option<Room>,
    main: usize,
    notify: usize,
    posts: usize,
}

impl Scene {
    fn room(&self) -> &Room {
        self.room.as_ref().expect("there is an incident")
    }
}

impl Action {
    pub const ALL: [Self; 5] = [Self::Start, Self::Role, Self::Resolve, Self::Notify, Self::Title];

    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// The method that answers it, or that its answer hangs on.
    pub fn first_call(self) -> &'static str {
        match self {
            Self::Start => "conversations.create",
            Self::Role | Self::Resolve | Self::Notify | Self::Title => "reactions.add",
        }
    }

    pub async fn prepare(self, slack: &Story) -> Scene {
        let room = match self {
            Self::Start => None,
            _ => Some(slack.alice.says(".start Checkout is down").opens_channel().await),
        };
        slack.settles().await;
        let posts = |channel: Option<&Channel>| channel.map_or(0, |channel| channel.posts().len());
        Scene {
            main: posts(Some(&slack.main())),
            notify: posts(Some(&slack.notify())),
            posts: posts(room.as_deref()),
            room,
        }
    }

    /// Does it.
    pub fn says(self, slack: &Story, scene: &Scene) -> Said {
        let line = match self {
            Self::Start => return slack.alice.says(".start Checkout is down"),
            Self::Role => ".point",
            Self::Resolve => ".stop",
            Self::Notify => ".notify We roll back",
            Self::Title => ".title Payments are down",
        };
        slack.alice.says_in(scene.room(), line)
    }

    /// Something behind it, that must stay behind it.
    pub fn says_behind(self, slack: &Story, scene: &Scene) -> Said {
        match self {
            Self::Start => slack.bob.says(".start Search is slow"),
            _ => slack.bob.says_in(scene.room(), ".note and then this"),
        }
    }

    pub async fn is_done_once(self, slack: &Story, scene: &Scene, said: &[Said; 2]) {
        for said in said {
            said.is_answered_with("ok").await;
        }
        let Some(room) = &scene.room else {
            let mut numbers = Vec::new();
            for said in said {
                let room = said.declared().await;
                numbers.push(room.incident);
                slack
                    .until("the intro is pinned", |slack| slack.channel(&room.id).is_ok_and(|c| !c.pins.is_empty()))
                    .await;
            }
            assert_eq!(numbers, [1, 2], "in the order in which they were declared, and none left out");
            slack.settles().await;
            for said in said {
                let room = said.declared().await;
                assert_eq!((room.posts().len(), room.view().pins.len()), (1, 1), "{:#?}", room.posts());
                assert_eq!(count(&room.incident().await, |event| matches!(event, Event::Opened { .. })), 1);
            }
            let made = slack.workspace.channels().iter().filter(|channel| channel.id.starts_with("C0NEW")).count();
            assert_eq!(made, 2, "one channel for each incident");
            self.is_posted_once(slack, scene);
            return;
        };
        slack.settles().await;
        for said in said {
            assert_eq!(said.answer().reactions, ["ok"], "{:?}", said.line.raw);
        }
        let incident = room.incident().await;
        let is_it = |event: &Event| match self {
            Self::Start | Self::Role => matches!(event, Event::RoleTaken { .. }),
            Self::Resolve => matches!(event, Event::Resolved { .. }),
            Self::Notify => matches!(event, Event::Notified { .. }),
            Self::Title => matches!(event, Event::Titled { .. }),
        };
        let is_behind = |event: &Event| matches!(event, Event::Noted { .. });
        assert_eq!((count(&incident, is_it), count(&incident, is_behind)), (1, 1), "{:#?}", incident.events);
        let place = |is: &dyn Fn(&Event) -> bool| incident.events.iter().position(|recorded| is(&recorded.event));
        assert!(place(&is_it) < place(&is_behind), "in the order in which it was typed: {:#?}", incident.events);
        let topic = match self {
            Self::Start | Self::Role => ":fire: [P2] CHECKOUT IS DOWN · point @alice, comms nobody",
            Self::Resolve => ":white_check_mark: [P2] CHECKOUT IS DOWN · point nobody, comms nobody",
            Self::Notify => ":fire: [P2] CHECKOUT IS DOWN · point nobody, comms nobody",
            Self::Title => ":fire: [P2] PAYMENTS ARE DOWN · point nobody, comms nobody",
        };
        assert_eq!(room.topic().text(), topic);
        self.is_posted_once(slack, scene);
    }

    fn is_posted_once(self, slack: &Story, scene: &Scene) {
        let (in_main, in_notify, in_room) = match self {
            Self::Start => (2, 2, 0),
            Self::Role | Self::Title => (0, 0, 0),
            Self::Resolve => (1, 1, 1),
            Self::Notify => (0, 1, 0),
        };
        let more = |channel: &Channel, before: usize| channel.posts().len() - before;
        assert_eq!(more(&slack.main(), scene.main), in_main, "{:#?}", slack.main().posts());
        assert_eq!(more(&slack.notify(), scene.notify), in_notify, "{:#?}", slack.notify().posts());
        if let Some(room) = &scene.room {
            assert_eq!(more(room, scene.posts), in_room, "{:#?}", room.posts());
        }
    }
}

fn count(incident: &Incident, is: impl Fn(&Event) -> bool) -> usize {
    incident.events.iter().filter(|recorded| is(&recorded.event)).count()
}
