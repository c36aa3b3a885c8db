//! Sees answers at the moment when they become visible: the playground tells of each reaction as it is put there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use playground::{Ts, Workspace};
use tokio::sync::oneshot;

/// A message that is not answered for so long counts as unanswered.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who waits for the reaction to which message.
type Board = HashMap<(String, Ts), oneshot::Sender<Instant>>;

/// Says things and tells when the answer was there.
#[derive(Clone)]
pub struct Observer {
    workspace: Workspace,
    waiting: Arc<Mutex<Board>>,
}

impl Observer {
    /// Begins to look.
    pub fn begin(workspace: Workspace) -> Self {
        let mut reactions = workspace.reactions();
        let observer = Self { workspace, waiting: Arc::default() };
        let looking = observer.clone();
        tokio::spawn(async move {
            while let Some(reacted) = reactions.recv().await {
                if let Some(tell) = looking.waiting().remove(&(reacted.channel, reacted.ts)) {
                    // Nobody listens any more after a minute.
                    let _ = tell.send(reacted.at);
                }
            }
        });
        observer
    }

    /// Somebody says it; gives the time until the bot's reaction was there, or nothing when none came for a minute.
    pub async fn answered(&self, user: &str, channel: &str, text: &str) -> Option<Duration> {
        let (tell, told) = oneshot::channel();
        let said = Instant::now();
        let key = {
            // Under the lock, so that the answer is not looked for before it is known that somebody waits.
            let mut waiting = self.waiting();
            let ts = self.workspace.say(user, channel, text, None).ok()?;
            waiting.insert((channel.to_owned(), ts), tell);
            (channel.to_owned(), ts)
        };
        match tokio::time::timeout(PATIENCE, told).await {
            Ok(Ok(at)) => Some(at.duration_since(said)),
            Ok(Err(_)) | Err(_) => {
                self.waiting().remove(&key);
                None
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Board> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
