//! A desk's counter: it runs what is typed outside incidents' channels, among it `.start`.

use std::sync::Arc;

use actix::prelude::*;

use super::Shared;
use super::courier::Dispatch;
use super::incident::Run;
use super::run::{self, NotRun};

/// The actor of one desk.
pub struct FrontDesk {
    shared: Arc<Shared>,
    /// Where effects go once they are committed.
    courier: Recipient<Dispatch>,
}

impl FrontDesk {
    /// A counter that sends its effects there.
    pub fn new(shared: Arc<Shared>, courier: Recipient<Dispatch>) -> Self {
        Self { shared, courier }
    }
}

impl Actor for FrontDesk {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.shared.tuning.mailbox);
    }
}

impl Handler<Run> for FrontDesk {
    type Result = ResponseActFuture<Self, Result<(), NotRun>>;

    /// The lanes keep the order of what was typed in one channel; different channels need not wait for each other.
    fn handle(&mut self, Run(row): Run, _: &mut Self::Context) -> Self::Result {
        let shared = self.shared.clone();
        let work = async move { run::at_front_desk(&shared, &row).await };
        Box::pin(
            work.into_actor(self).map(|ran, actor, _| ran.map(|ran| actor.shared.dispatch(&actor.courier, ran.outbox))),
        )
    }
}
