//! A bot on a thread of its own, as a process has it: it can be stopped, and it can be killed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actix::Arbiter;
use breakingbot::actors::Tuning;
use breakingbot::actors::archivist::Finish;
use breakingbot::actors::outlets::Outlets;
use breakingbot::app::{Serving, SlackParts};
use breakingbot::boundary::slack::{SlackSettings, SocketSettings, Token};
use breakingbot::clock::Clock;
use breakingbot::core::desk::Desk;
use breakingbot::data::{Store, StoreOptions};
use tokio::sync::oneshot;

use crate::story::LIMIT;

/// What a bot is made of, again at each start.
#[derive(Clone)]
pub struct Making {
    pub database: String,
    pub api_url: String,
    pub desks: Vec<Desk>,
    pub clock: Clock,
    pub tuning: Tuning,
    pub outlets: Outlets,
    pub socket: SocketSettings,
    /// How long an answer of Slack's is waited for.
    pub call_timeout: Duration,
}

pub struct Bot {
    arbiter: Arbiter,
    serving: Option<Serving>,
    store: Store,
}

impl Bot {
    pub async fn start(making: &Making) -> Self {
        let arbiter = Arbiter::with_tokio_rt(|| {
            let runtime = Arc::new(tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
            // What is dropped when the thread ends needs the runtime's context; the thread never leaves it.
            std::mem::forget(runtime.enter());
            runtime
        });
        let making = making.clone();
        let (serving, store) = on(&arbiter, async move {
            let store = Store::open(&making.database, StoreOptions::default()).await.unwrap();
            let mut slack = SlackSettings::new(Token::new(playground::BOT_TOKEN), Token::new(playground::APP_TOKEN));
            slack.api_url = making.api_url;
            slack.call_timeout = making.call_timeout;
            let parts = SlackParts {
                store: store.clone(),
                slack: &slack,
                socket: &making.socket,
                desks: making.desks,
                outlets: making.outlets,
                clock: making.clock,
                tuning: making.tuning,
            };
            (Serving::start(parts).unwrap(), store)
        })
        .await;
        Self { arbiter, serving: Some(serving), store }
    }

    /// Asks the database, on the bot's thread: SQLite serves one process only.
    pub async fn ask<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        question: impl FnOnce(Store) -> F,
    ) -> T {
        on(&self.arbiter, question(self.store.clone())).await
    }

    /// What was overheard is written, without waiting for its age.
    pub async fn writes_down(&self) {
        let archivist = self.serving.as_ref().map(|serving| serving.app.archivist().clone());
        on(&self.arbiter, async move {
            if let Some(archivist) = archivist {
                archivist.send(Finish).await.unwrap();
            }
        })
        .await;
    }

    /// As SIGTERM does: what is in hand finishes.
    pub async fn stop(mut self) {
        if let Some(serving) = self.serving.take() {
            on(&self.arbiter, serving.stop(LIMIT)).await;
        }
        self.end().await;
    }

    /// As `kill -9` does: nothing finishes.
    pub async fn kill(self) {
        self.end().await;
    }

    async fn end(self) {
        let Self { arbiter, serving, store } = self;
        arbiter.stop();
        // Until the thread has ended, it may hold on to the database.
        tokio::task::spawn_blocking(move || arbiter.join().unwrap()).await.unwrap();
        drop((serving, store));
    }
}

async fn on<T: Send + 'static>(arbiter: &Arbiter, work: impl Future<Output = T> + Send + 'static) -> T {
    let (tell, told) = oneshot::channel();
    arbiter.spawn(async move {
        // Nobody listens any more when a story has failed.
        let _ = tell.send(work.await);
    });
    told.await.expect("the bot's thread is alive")
}
