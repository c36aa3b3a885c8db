//! Socket Mode: what comes in, is acknowledged, and survives what happens to connections.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakingbot::boundary::comm_platform::{Arrival, Arrived, Intake, NotTaken, Pending};
use breakingbot::boundary::slack::{Socket, SocketSettings};
use breakingbot::core::history::{Chatter, Kind};
use breakingbot::core::inbound::Inbound;
use playground::{FaultKind, Options, Standing};
use tokio::sync::watch;

use crate::world::{PATIENCE, World, client_of};

/// Keeps what comes in.
struct Kept {
    arrivals: Mutex<Vec<Arrival>>,
    chatter: Mutex<Vec<Chatter>>,
    refuses: AtomicBool,
    /// An arrival is taken only when so many are there.
    together: AtomicUsize,
    gaps: AtomicUsize,
    /// Whether something may come out of its order, and whether that was known when the latest arrival came.
    disordered: AtomicBool,
    disordered_at_latest: AtomicBool,
    changed: watch::Sender<u64>,
}

impl Intake for Kept {
    fn take(&self, arrival: Arrival) -> Pending<'_, Result<(), NotTaken>> {
        let refused = self.refuses.load(Ordering::Relaxed);
        self.arrivals.lock().unwrap().push(arrival);
        self.disordered_at_latest.store(self.disordered.load(Ordering::Relaxed), Ordering::Relaxed);
        self.changed.send_modify(|count| *count += 1);
        Box::pin(async move {
            let together = self.together.load(Ordering::Relaxed);
            self.until(|kept| kept.arrivals.lock().unwrap().len() >= together).await;
            if refused { Err(NotTaken("the database is away".to_owned())) } else { Ok(()) }
        })
    }

    fn overhear(&self, chatter: Chatter) {
        self.chatter.lock().unwrap().push(chatter);
        self.changed.send_modify(|count| *count += 1);
    }

    fn disordered(&self) {
        self.disordered.store(true, Ordering::Relaxed);
    }

    fn listening(&self, after_gap: bool) {
        self.gaps.fetch_add(usize::from(after_gap), Ordering::Relaxed);
        self.changed.send_modify(|count| *count += 1);
    }
}

impl Kept {
    fn said(&self) -> Vec<String> {
        let arrivals = self.arrivals.lock().unwrap();
        arrivals
            .iter()
            .filter_map(|arrival| match &arrival.what {
                Arrived::Said(said) => Some(said.text.readable()),
                Arrived::Happened(_) => None,
            })
            .collect()
    }

    /// Waits until it holds.
    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.changed.subscribe();
        tokio::time::timeout(PATIENCE, changes.wait_for(|_| holds(self))).await.unwrap().unwrap();
    }
}

struct Listening {
    world: World,
    kept: Arc<Kept>,
    socket: Socket,
}

fn settings(connections: usize) -> SocketSettings {
    SocketSettings {
        connections,
        ping_every: Duration::from_secs(1),
        pings_lost: 1,
        hello_within: Duration::from_secs(2),
        first_wait: Duration::from_millis(20),
        ..SocketSettings::default()
    }
}

async fn listen(connections: usize, options: Options) -> Listening {
    let world = World::with(options).await;
    let kept = Arc::new(Kept {
        arrivals: Mutex::default(),
        chatter: Mutex::default(),
        refuses: AtomicBool::new(false),
        together: AtomicUsize::new(0),
        gaps: AtomicUsize::new(0),
        disordered: AtomicBool::default(),
        disordered_at_latest: AtomicBool::default(),
        changed: watch::Sender::new(0),
    });
    let intake: Arc<dyn Intake> = kept.clone();
    let socket = Socket::open(&world.client, &intake, &settings(connections));
    let listening = Listening { world, kept, socket };
    listening.connected(connections).await;
    listening
}

impl Listening {
    async fn connected(&self, connections: usize) {
        let mut state = self.socket.state();
        let stands = state.wait_for(|state| state.connected == connections);
        tokio::time::timeout(PATIENCE, stands).await.unwrap().unwrap();
    }

    fn alice_says(&self, text: &str) {
        self.world.workspace.say("U0ALICE", "C0MAIN", text, None).unwrap();
    }

    async fn hears(&self, text: &str) {
        self.kept.until(|kept| kept.said().iter().any(|said| said == text)).await;
    }

    /// Waits until nothing is left to be acknowledged.
    async fn acknowledged(&self) {
        let all = |workspace: &playground::Workspace| workspace.events_unacknowledged().is_empty().then_some(());
        self.world.workspace.until(PATIENCE, all).await.unwrap();
    }
}

#[tokio::test]
async fn a_command_comes_in_once_and_is_acknowledged() {
    let listening = listen(2, Options::default()).await;
    listening.alice_says(".status & more");
    listening.hears(".status & more").await;
    listening.acknowledged().await;
    assert_eq!(listening.kept.said().len(), 1);
    assert_eq!(listening.kept.gaps.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_mention_comes_twice_with_the_same_place() {
    let listening = listen(1, Options::default()).await;
    listening.alice_says("@breakingbot .status");
    listening.kept.until(|kept| kept.said().len() == 2).await;
    assert_eq!(listening.kept.said(), [".status", ".status"]);
    let places: Vec<_> = listening
        .kept
        .arrivals
        .lock()
        .unwrap()
        .iter()
        .map(|arrival| match &arrival.what {
            Arrived::Said(said) => said.source.message.clone(),
            Arrived::Happened(other) => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(places[0], places[1]);
}

#[tokio::test]
async fn edits_and_bots_are_only_overheard() {
    let listening = listen(1, Options::default()).await;
    let workspace = &listening.world.workspace;
    let ts = workspace.say("U0ALICE", "C0MAIN", "calm", None).unwrap();
    workspace.edit("C0MAIN", ts.as_str(), ".stop").unwrap();
    workspace.say("U0ROBOT", "C0MAIN", ".stop", None).unwrap();
    workspace.react("U0BOB", "C0MAIN", ts.as_str(), "eyes").unwrap();
    workspace.set_topic("U0BOB", "C0MAIN", "topic").unwrap();
    workspace.delete("C0MAIN", ts.as_str()).unwrap();
    let is_deletion = |chatter: &Chatter| matches!(chatter, Chatter::Deleted { .. });
    listening.kept.until(|kept| kept.chatter.lock().unwrap().iter().any(is_deletion)).await;
    assert_eq!(listening.kept.said(), ["calm"]);
    let chatter = listening.kept.chatter.lock().unwrap();
    assert!(chatter.iter().any(|c| matches!(c, Chatter::Changed { now, .. } if now.text.readable() == ".stop")));
    assert!(chatter.iter().any(|c| matches!(c, Chatter::Said(said) if said.by_bot)));
    assert!(chatter.iter().any(|c| matches!(c, Chatter::Reacted { emoji, .. } if emoji == "eyes")));
    assert!(
        chatter
            .iter()
            .any(|c| matches!(c, Chatter::Said(said) if said.kind == Kind::Topic && said.text.readable() == "topic"))
    );
}

#[tokio::test]
async fn what_happens_to_a_channel_comes_in() {
    let listening = listen(1, Options::default()).await;
    let workspace = &listening.world.workspace;
    workspace.leave("U0DAVE", "C0MAIN").unwrap();
    workspace.join("U0DAVE", "C0MAIN").unwrap();
    workspace.rename("U0BOB", "C0NOTIFY", "loud").unwrap();
    workspace.archive("U0BOB", "C0NOTIFY").unwrap();
    workspace.unarchive("U0BOB", "C0NOTIFY").unwrap();
    workspace.delete_channel("U0BOB", "C0NOTIFY").unwrap();
    listening.kept.until(|kept| kept.arrivals.lock().unwrap().len() == 5).await;
    let arrivals = listening.kept.arrivals.lock().unwrap();
    let kinds: Vec<_> = arrivals
        .iter()
        .map(|arrival| match &arrival.what {
            Arrived::Happened(Inbound::Joined { user, .. }) => format!("joined {user}"),
            Arrived::Happened(Inbound::ChannelRenamed { name, .. }) => format!("renamed {name}"),
            Arrived::Happened(Inbound::ChannelArchived { by, .. }) => format!("archived {by:?}"),
            Arrived::Happened(Inbound::ChannelUnarchived { .. }) => "unarchived".to_owned(),
            Arrived::Happened(Inbound::ChannelDeleted { .. }) => "deleted".to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["joined U0DAVE", "renamed loud", "archived Some(U0BOB)", "unarchived", "deleted"]);
}

#[tokio::test]
async fn a_pressed_button_is_its_command() {
    use breakingbot::core::effect::{Effect, Purpose};
    use breakingbot::core::message::Message;

    let listening = listen(1, Options::default()).await;
    let message = Message::from("Take a part").button("I am point", ".point").button("I am comms", ".comms");
    let effect = Effect::Post { channel: "C0MAIN".into(), message, purpose: Purpose::Milestone };
    let posted = listening.world.fresh(&effect).await.unwrap().message.unwrap();
    listening.world.workspace.click("U0BOB", "C0MAIN", posted.as_str(), "command_1").unwrap();
    listening.kept.until(|kept| kept.arrivals.lock().unwrap().len() == 1).await;
    let Arrived::Happened(Inbound::Typed { source, author, text, from_outside, .. }) =
        listening.kept.arrivals.lock().unwrap()[0].what.clone()
    else {
        panic!("not typed");
    };
    assert_eq!((author.as_str(), text.readable().as_str(), from_outside), ("U0BOB", ".comms", false));
    assert_eq!(source.thread, Some(posted));
}

#[tokio::test]
async fn a_pressed_button_can_act_on_an_incident_that_has_its_channel_elsewhere() {
    use breakingbot::core::effect::{Effect, Purpose};
    use breakingbot::core::ids::IncidentId;
    use breakingbot::core::message::Message;

    let listening = listen(1, Options::default()).await;
    let message = Message::from("Nobody is point").button("I am point", ".point").acting_on(IncidentId(12));
    let effect = Effect::Post { channel: "C0MAIN".into(), message, purpose: Purpose::Milestone };
    let posted = listening.world.fresh(&effect).await.unwrap().message.unwrap();
    let said = listening.world.workspace.message("C0MAIN", posted.as_str()).unwrap();
    assert!(!said.text.contains(".point"), "typed there it would not help: {}", said.text);
    listening.world.workspace.click("U0BOB", "C0MAIN", posted.as_str(), "command_0").unwrap();
    listening.kept.until(|kept| kept.arrivals.lock().unwrap().len() == 1).await;
    let arrived = listening.kept.arrivals.lock().unwrap()[0].what.clone();
    let Arrived::Happened(Inbound::Typed { text, on, .. }) = arrived else { panic!("not typed") };
    assert_eq!((text.readable().as_str(), on), (".point", Some(IncidentId(12))));
}

#[tokio::test]
async fn what_is_not_taken_is_delivered_again() {
    let options = Options {
        acknowledge_within: Duration::from_millis(200),
        redeliver_after: [Duration::from_millis(50); 3],
        ..Options::default()
    };
    let listening = listen(1, options).await;
    listening.kept.refuses.store(true, Ordering::Relaxed);
    listening.alice_says(".stop");
    listening.hears(".stop").await;
    listening.kept.refuses.store(false, Ordering::Relaxed);
    listening.kept.until(|kept| kept.said().len() >= 2).await;
    listening.acknowledged().await;
    let keys: Vec<_> = listening.kept.arrivals.lock().unwrap().iter().map(|a| a.event_key.clone()).collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn many_are_recorded_together_and_keep_their_order() {
    let listening = listen(1, Options::default()).await;
    listening.kept.together.store(100, Ordering::Relaxed);
    for number in 0..99 {
        listening.alice_says(&format!(".note {number}"));
    }
    listening.hears(".note 98").await;
    assert_eq!(listening.world.workspace.events_unacknowledged().len(), 99, "nothing is on record yet");
    listening.alice_says(".note 99");
    listening.acknowledged().await;
    let expected: Vec<String> = (0..100).map(|number| format!(".note {number}")).collect();
    assert_eq!(listening.kept.said(), expected);
}

#[tokio::test]
async fn a_flood_comes_in_once_and_in_order() {
    let listening = listen(1, Options::default()).await;
    listening.world.workspace.hold_events(true);
    let typed: Vec<String> = (0..1_000).map(|number| format!(".note {number}")).collect();
    for text in &typed {
        listening.alice_says(text);
    }
    listening.world.workspace.hold_events(false);
    listening.hears(".note 999").await;
    listening.acknowledged().await;
    assert_eq!(listening.kept.said(), typed);
}

#[tokio::test]
async fn a_doubled_delivery_has_the_same_key() {
    let listening = listen(2, Options::default()).await;
    listening.world.workspace.deliver_twice(true);
    listening.alice_says(".stop");
    listening.kept.until(|kept| kept.said().len() == 2).await;
    let arrivals = listening.kept.arrivals.lock().unwrap();
    assert_eq!(arrivals[0].event_key, arrivals[1].event_key);
}

#[tokio::test]
async fn lost_connections_are_opened_again() {
    let listening = listen(2, Options::default()).await;
    for round in 0..3 {
        listening.world.workspace.drop_sockets();
        let text = format!(".status {round}");
        listening.alice_says(&text);
        listening.hears(&text).await;
        listening.connected(2).await;
        listening.acknowledged().await;
    }
    assert!(listening.kept.gaps.load(Ordering::Relaxed) >= 2);
}

#[tokio::test]
async fn a_connection_that_is_to_be_replaced_is() {
    let listening = listen(1, Options::default()).await;
    listening.world.workspace.disconnect_sockets();
    listening.alice_says(".status");
    listening.hears(".status").await;
    // What the old one was given may still be on its way.
    assert!(listening.kept.disordered_at_latest.load(Ordering::Relaxed));
    listening.acknowledged().await;
    listening.connected(1).await;
}

#[tokio::test]
async fn a_connection_that_is_dead_but_open_is_noticed() {
    let listening = listen(1, Options::default()).await;
    listening.world.workspace.freeze_sockets(true);
    let mut state = listening.socket.state();
    let noticed = state.wait_for(|state| state.connected == 0);
    tokio::time::timeout(PATIENCE, noticed).await.unwrap().unwrap();
    listening.world.workspace.freeze_sockets(false);
    listening.connected(1).await;
    listening.alice_says(".status");
    listening.hears(".status").await;
}

#[tokio::test]
async fn why_there_is_no_connection_is_told() {
    let world = World::begin().await;
    let wrong = Arc::new(client_of(&world.playground, "xapp-wrong"));
    let intake: Arc<dyn Intake> = Arc::new(Kept {
        arrivals: Mutex::default(),
        chatter: Mutex::default(),
        together: AtomicUsize::new(0),
        refuses: AtomicBool::new(false),
        gaps: AtomicUsize::new(0),
        disordered: AtomicBool::default(),
        disordered_at_latest: AtomicBool::default(),
        changed: watch::Sender::new(0),
    });
    let settings = SocketSettings { hello_within: Duration::from_millis(100), ..settings(1) };
    let socket = Socket::open(&wrong, &intake, &settings);
    let mut state = socket.state();
    let told = state.wait_for(|state| state.trouble.is_some());
    let trouble = tokio::time::timeout(PATIENCE, told).await.unwrap().unwrap().trouble.clone().unwrap();
    assert!(trouble.contains("invalid_auth") && trouble.contains("SLACK_APP_TOKEN"), "{trouble}");
    socket.close().await;
}

#[tokio::test]
async fn slack_being_away_for_a_while_is_survived() {
    let listening = listen(1, Options::default()).await;
    listening.world.workspace.fault(playground::Fault::new("apps.connections.open", FaultKind::Status(503)).times(2));
    listening.world.workspace.drop_sockets();
    listening.alice_says(".status");
    listening.hears(".status").await;
    listening.connected(1).await;
}

#[tokio::test]
async fn closing_leaves_no_connection_behind() {
    let listening = listen(2, Options::default()).await;
    for text in ["one", "two", "three", "four"] {
        listening.alice_says(text);
        listening.hears(text).await;
    }
    let Listening { world, kept, socket } = listening;
    socket.close().await;
    world.workspace.until(PATIENCE, |workspace| (workspace.sockets() == 0).then_some(())).await.unwrap();
    world.workspace.say("U0ALICE", "C0MAIN", ".status", None).unwrap();
    assert!(!kept.said().contains(&".status".to_owned()));
    assert!(world.workspace.envelopes().iter().any(|envelope| envelope.standing == Standing::Waiting));
}
