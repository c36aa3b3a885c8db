//! Sees answers as they become visible: one task looks at all messages that wait for one, whenever something changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use playground::Workspace;
use tokio::sync::oneshot;

/// A message that waits for its answer.
struct Waiting {
    said: Instant,
    tell: oneshot::Sender<Duration>,
}

type Board = Arc<Mutex<HashMap<(String, String), Waiting>>>;

/// Says things and tells when the answer was there.
#[derive(Clone)]
pub struct Observer {
    workspace: Workspace,
    waiting: Board,
}

impl Observer {
    /// Begins to look.
    pub fn begin(workspace: Workspace) -> Self {
        let waiting = Board::default();
        let observer = Self { workspace, waiting };
        let looking = observer.clone();
        tokio::spawn(async move {
            let mut changed = looking.workspace.changed();
            loop {
                looking.look();
                if changed.changed().await.is_err() {
                    return;
                }
            }
        });
        observer
    }

    /// Somebody says it; gives the time until the bot's reaction was there, or nothing when none came for a minute.
    pub async fn answered(&self, user: &str, channel: &str, text: &str) -> Option<Duration> {
        let (tell, told) = oneshot::channel();
        let said = Instant::now();
        let ts = {
            // Under the lock, so that the answer is not looked for before it is known that somebody waits.
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let ts = self.workspace.say(user, channel, text, None).ok()?.to_string();
            waiting.insert((channel.to_owned(), ts.clone()), Waiting { said, tell });
            ts
        };
        self.look();
        let answer = tokio::time::timeout(Duration::from_secs(60), told).await;
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&(channel.to_owned(), ts));
        answer.ok()?.ok()
    }

    fn look(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let answered: Vec<_> =
            waiting.keys().filter(|(channel, ts)| self.workspace.has_reaction(channel, ts)).cloned().collect();
        for key in answered {
            if let Some(Waiting { said, tell }) = waiting.remove(&key) {
                // Nobody listens any more after a minute.
                let _ = tell.send(said.elapsed());
            }
        }
    }
}
