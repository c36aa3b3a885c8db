//! The two kinds of load: a closed loop waits for each answer, an open one does not.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use trial::bench::Trouble;

use crate::figures::Latencies;
use crate::observer::Observer;

/// Everybody is known and every incident is awake.
///
/// # Errors
/// When one is not answered.
pub async fn warm_up(observer: &Observer, rooms: &[String]) -> Result<(), Trouble> {
    let mut tasks = JoinSet::new();
    for room in rooms {
        let (observer, room) = (observer.clone(), room.clone());
        tasks.spawn(async move { observer.answered("U0ALICE", &room, ".note warm").await });
    }
    while let Some(answered) = tasks.join_next().await {
        answered?.ok_or("a first command was not answered")?;
    }
    Ok(())
}

/// One command after the other in each room; gives the latencies and how many were answered a second.
///
/// # Errors
/// When one is not answered.
pub async fn closed(observer: &Observer, rooms: &[String], lasting: Duration) -> Result<(Latencies, f64), Trouble> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for room in rooms {
        let (observer, room) = (observer.clone(), room.clone());
        tasks.spawn(async move {
            let mut latencies = Latencies::default();
            while began.elapsed() < lasting {
                latencies.add(observer.answered("U0ALICE", &room, ".note closed loop").await?);
            }
            Some(latencies)
        });
    }
    let mut all = Latencies::default();
    while let Some(done) = tasks.join_next().await {
        all.extend(done?.ok_or("a command was not answered")?);
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let rate = all.count() as f64 / began.elapsed().as_secs_f64();
    Ok((all, rate))
}

/// Commands at a steady rate, whether the earlier ones are answered or not; gives the latencies.
///
/// # Errors
/// When one is not answered.
pub async fn open(observer: &Observer, rooms: &[String], rate: f64, lasting: Duration) -> Result<Latencies, Trouble> {
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / rate.max(1.0)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for room in rooms.iter().cycle() {
        if began.elapsed() >= lasting {
            break;
        }
        tick.tick().await;
        let (observer, room) = (observer.clone(), room.clone());
        tasks.spawn(async move { observer.answered("U0ALICE", &room, ".note open loop").await });
    }
    let mut all = Latencies::default();
    while let Some(done) = tasks.join_next().await {
        all.add(done?.ok_or("a command was not answered")?);
    }
    Ok(all)
}
