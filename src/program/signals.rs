//! SIGTERM and ctrl-c: the first asks for an orderly end, the second ends at once.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc;

/// What a shell gives a process that was ended by ctrl-c.
const ENDED_BY_SIGNAL: i32 = 130;

/// The signals that ask the process to end.
pub(super) struct Signals {
    received: mpsc::Receiver<()>,
}

impl Signals {
    /// From now on, the signals do not end the process by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        let (send, received) = mpsc::channel(4);
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
                let (mut signal, send) = (signal(kind)?, send.clone());
                tokio::spawn(async move { while signal.recv().await.is_some() && send.send(()).await.is_ok() {} });
            }
        }
        #[cfg(not(unix))]
        tokio::spawn(async move { while tokio::signal::ctrl_c().await.is_ok() && send.send(()).await.is_ok() {} });
        Ok(Self { received })
    }

    /// Waits for the next.
    pub(super) async fn next(&mut self) {
        // The senders live as long as the process.
        let _ = self.received.recv().await;
    }

    /// The process ends after this time, or at the next signal, whatever it is doing then.
    pub(super) fn end_within(mut self, time: Duration) {
        std::thread::spawn(move || {
            std::thread::sleep(time);
            tracing::warn!("ending with work in hand; it is on record and goes on at the next start");
            std::process::exit(0);
        });
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(ENDED_BY_SIGNAL);
        });
    }
}
