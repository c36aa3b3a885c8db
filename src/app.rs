//! The whole bot, put together: the actors around a store and a chat.

mod duty;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::actors::annoyotron::Annoyotron;
use crate::actors::archivist::buffer::Buffer;
use crate::actors::archivist::{Archivist, Finish};
use crate::actors::catch_up::Gaps;
use crate::actors::courier::{Courier, Dispatch, IsQuiet, ReportTo, Waiting};
use crate::actors::gateway::{Door, Gateway};
use crate::actors::leases::Overflow;
use crate::actors::outlets::Outlets;
use crate::actors::people::People;
use crate::actors::rooms::Rooms;
use crate::actors::supervisor::{Arrived, Behind, IsIdle, Supervisor};
use crate::actors::syntrax::Syntrax;
use crate::actors::{Shared, Tuning, owner};
use crate::boundary::comm_platform::{CommPlatform, Intake, KnownChannels, Pending};
use crate::boundary::slack::{Client, Duty, SettingsError, Slack, SlackSettings, Socket, SocketSettings};
use crate::clock::Clock;
use crate::core::desk::Desk;
use crate::core::ids::ChannelId;
use crate::data::{Side, Store, Wake};

/// What a bot is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The chat.
    pub platform: Arc<dyn CommPlatform>,
    /// The desks; at least one.
    pub desks: Vec<Desk>,
    /// What is configured beside the chat.
    pub outlets: Outlets,
    /// Where the time is read.
    pub clock: Clock,
    /// Times and bounds.
    pub tuning: Tuning,
}

/// A bot that serves a Slack workspace, or whatever speaks Slack's API at the same address.
pub struct Serving {
    /// The bot.
    pub app: App,
    /// Its connections.
    pub socket: Socket,
    /// Tells it whether to connect, when other copies may do so instead.
    duty: Option<JoinHandle<()>>,
}

/// What a bot that serves Slack is made of.
pub struct SlackParts<'a> {
    /// The database.
    pub store: Store,
    /// Where Slack is, and who we are to it.
    pub slack: &'a SlackSettings,
    /// How connections are kept.
    pub socket: &'a SocketSettings,
    /// The desks; at least one.
    pub desks: Vec<Desk>,
    /// What is configured beside the chat.
    pub outlets: Outlets,
    /// Where the time is read.
    pub clock: Clock,
    /// Times and bounds.
    pub tuning: Tuning,
}

impl Serving {
    /// Starts the bot, connects it, and sends it into its desks' channels. It must be called within an actix system.
    ///
    /// # Errors
    /// When Slack's address cannot be used.
    pub fn start(parts: SlackParts<'_>) -> Result<Self, SettingsError> {
        let SlackParts { store, slack, socket, desks, outlets, clock, tuning } = parts;
        let client = Arc::new(Client::new(slack)?);
        let known = Arc::new(StoredChannels(store.clone()));
        let platform: Arc<dyn CommPlatform> = Arc::new(Slack::new(client.clone(), known));
        let app = App::start(Parts { store, platform, desks, outlets, clock, tuning });
        let shared = app.shared.clone();
        let (socket, duty) = if shared.store.is_exclusive() {
            (Socket::open(&client, &app.intake(), socket), None)
        } else {
            let (tell, told) = watch::channel(Duty::default());
            let socket = Socket::open_on_duty(&client, &app.intake(), socket, &told);
            let duty = actix::spawn(duty::keep(shared.clone(), tell, socket.state()));
            (socket, Some(duty))
        };
        actix::spawn(async move { shared.enter_desks().await });
        Ok(Self { app, socket, duty })
    }

    /// Reads no further, lets what is in hand finish for at most so long, and ends.
    pub async fn stop(self, within: Duration) {
        if let Some(duty) = self.duty {
            duty.abort();
        }
        let closing = tokio::time::timeout(within, self.socket.close()).await;
        if closing.is_err() {
            tracing::warn!("the connections did not close in time");
        }
        // Another copy listens from now on, while this one finishes what is in hand.
        if let Err(error) = self.app.shared.store.stop_listening().await {
            tracing::warn!(%error, "could not leave listening to another copy; its lease ends by itself");
        }
        self.app.stop(within).await;
    }
}

/// A running bot. It must be started within an actix system.
pub struct App {
    shared: Arc<Shared>,
    supervisor: Addr<Supervisor>,
    courier: Addr<Courier>,
    archivist: Addr<Archivist>,
    door: Arc<Door>,
}

impl App {
    /// Starts the actors. They find in the database what an earlier life left, and go on with it.
    ///
    /// # Panics
    /// When there is no desk; the configuration refuses that.
    pub fn start(parts: Parts) -> Self {
        let Parts { store, platform, desks, outlets, clock, tuning } = parts;
        assert!(!desks.is_empty(), "a bot has at least one desk");
        let shared = Arc::new(Shared {
            people: People::new(store.clone(), platform.clone(), clock.clone()),
            rooms: Rooms::new(store.clone()),
            owner: owner::of_this_process(),
            gone: tokio::sync::OnceCell::new(),
            inbox_overflow: Overflow::default(),
            outbox_overflow: Overflow::default(),
            gaps: Gaps::new(clock.now()),
            overheard: Buffer::new(tuning.overheard),
            desks: desks.into(),
            store,
            platform,
            services: outlets.services(),
            outlets,
            clock,
            tuning,
        });
        let courier = Courier::new(shared.clone()).start();
        let dispatch: Recipient<Dispatch> = courier.clone().recipient();
        let supervisor = Supervisor::new(shared.clone(), dispatch).start();
        let arrived: Recipient<Arrived> = supervisor.clone().recipient();
        // The courier begins when it is told where outcomes go; its mailbox is empty now.
        courier.do_send(ReportTo(arrived.clone()));
        Annoyotron::new(shared.clone(), supervisor.clone().recipient()).start();
        if shared.services.tracker {
            Syntrax::new(shared.clone(), courier.clone().recipient()).start();
        }
        let archivist = Archivist::new(shared.clone(), supervisor.clone().recipient()).start();
        let door = Door::new(shared.clone(), arrived);
        let gateway = Gateway::new(shared.clone()).start();
        door.tell(gateway.recipient());
        door.tell_archivist(archivist.clone().recipient());
        actix::spawn(heed_other_copies(shared.clone(), supervisor.clone(), courier.clone()));
        actix::spawn(keep_leases(shared.clone()));
        actix::spawn(prune(shared.clone()));
        actix::spawn(seal(shared.clone()));
        Self { shared, supervisor, courier, archivist, door }
    }

    /// Where the chat's deliveries go.
    pub fn intake(&self) -> Arc<dyn Intake> {
        self.door.clone()
    }

    /// What the actors share, for health checks and tests.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The archivist, for tests.
    pub fn archivist(&self) -> &Addr<Archivist> {
        &self.archivist
    }

    /// The supervisor, for tests.
    pub fn supervisor(&self) -> &Addr<Supervisor> {
        &self.supervisor
    }

    /// Lets what is in hand finish, for at most so long, and gives up this process's lanes. What does not finish is on
    /// record and goes on at the next start.
    pub async fn stop(self, within: Duration) {
        let quiet = async {
            loop {
                let idle = self.supervisor.send(IsIdle).await.unwrap_or(true);
                if idle && self.courier.send(IsQuiet).await.unwrap_or(true) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let (quiet, written) = tokio::join!(
            tokio::time::timeout(within, quiet),
            tokio::time::timeout(within, self.archivist.send(Finish)),
        );
        if quiet.is_err() {
            tracing::warn!("stopping with work in hand; it is on record and goes on at the next start");
        }
        if !matches!(written, Ok(Ok(()))) {
            tracing::warn!(
                "stopping with something overheard that is not written; the next start reads it from the chat"
            );
        }
        if let Err(error) = self.shared.store.release(&self.shared.owner).await {
            tracing::warn!(%error, "could not give up the leases; they end by themselves");
        }
    }
}

/// Other copies tell which lanes have something new.
async fn heed_other_copies(shared: Arc<Shared>, supervisor: Addr<Supervisor>, courier: Addr<Courier>) {
    let mut wakes = shared.store.wakes();
    loop {
        let wake = match wakes.recv().await {
            Ok(wake) => wake,
            Err(RecvError::Lagged(_)) => Wake::Anywhere,
            Err(RecvError::Closed) => return,
        };
        match wake {
            Wake::Lane(Side::Inbox, lane) => {
                if supervisor.try_send(Behind(lane.clone())).is_err() {
                    shared.inbox_overflow.note(lane);
                }
            }
            Wake::Lane(Side::Outbox, lane) => {
                if courier.try_send(Waiting(lane.clone())).is_err() {
                    shared.outbox_overflow.note(lane);
                }
            }
            // The next poll finds it; who listens is looked at elsewhere.
            Wake::Anywhere | Wake::Listener => {}
        }
    }
}

/// Leases are renewed well before they end, and those of processes that are known to be gone are ended.
async fn keep_leases(shared: Arc<Shared>) {
    if shared.store.is_exclusive() {
        return;
    }
    loop {
        shared.end_leases_of_the_gone().await;
        tokio::time::sleep(shared.tuning.lease / 5).await;
        if let Err(error) = shared.store.renew_lanes(&shared.owner, shared.tuning.lease).await {
            tracing::warn!(%error, "could not renew the leases");
        }
    }
}

/// Finished rows of the inbox and outbox are removed after a while.
async fn prune(shared: Arc<Shared>) {
    loop {
        let keep = jiff::SignedDuration::try_from(shared.tuning.keep_finished).unwrap_or(jiff::SignedDuration::MAX);
        if let Ok(before) = shared.clock.now().checked_sub(keep) {
            match shared.store.prune(before).await {
                Ok(pruned) => tracing::debug!(?pruned, "removed finished rows"),
                Err(error) => tracing::warn!(%error, "could not remove finished rows"),
            }
        }
        tokio::time::sleep(Duration::from_secs(60 * 60)).await;
    }
}

/// Events that a copy of an older version wrote, or wrote before the upgrade, are put on their chains.
async fn seal(shared: Arc<Shared>) {
    loop {
        match shared.store.seal().await {
            Ok(0) => {}
            Ok(events) => tracing::info!(events, "put events of an older version on their chains"),
            Err(error) => tracing::warn!(%error, "could not put events on their chains; the next look tries again"),
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

/// The store tells which channels are an incident's.
pub struct StoredChannels(pub Store);

impl KnownChannels for StoredChannels {
    fn is_known<'a>(&'a self, channel: &'a ChannelId) -> Pending<'a, Result<bool, String>> {
        Box::pin(async move {
            match self.0.incident_of_channel(channel).await {
                Ok(incident) => Ok(incident.is_some()),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}
