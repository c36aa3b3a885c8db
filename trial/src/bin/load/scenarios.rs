//! What is measured, one function each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use playground::{Fault, FaultKind};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use trial::bench::{Bench, Trouble};

use crate::Options;
use crate::figures::{Figures, Latencies};
use crate::observer::Observer;

/// Messages a second in the noisy channel.
const NOISE: u64 = 500;
/// The latency of the slow Slack.
const SLOW: Duration = Duration::from_millis(100);

async fn bench(options: &Options) -> Result<Bench, Trouble> {
    Bench::new(options.database, &options.bot, 1).await
}

/// Two commits and one HTTP call.
pub async fn floor(options: &Options, figures: &mut Figures) -> Result<(), Trouble> {
    let bench = bench(options).await?;
    let latencies = crate::floor::measure(bench.database(), bench.is_sqlite(), &bench.playground).await?;
    figures.latencies("the floor: two commits and one HTTP call", &latencies);
    Ok(())
}

/// The latency at concurrency 1, the throughput at saturation, and the latency at half of it.
pub async fn answers(options: &Options, lasting: Duration, figures: &mut Figures) -> Result<(), Trouble> {
    let mut bench = bench(options).await?;
    bench.start().await?;
    let rooms = bench.burning(options.incidents).await?;
    let observer = Observer::begin(bench.workspace.clone());
    warm_up(&observer, &rooms).await;

    let (latencies, _) = closed(&observer, rooms.get(..1).unwrap_or_default(), lasting).await;
    figures.latencies("one command after the other", &latencies);

    let (latencies, rate) = closed(&observer, &rooms, lasting).await;
    figures.add(format!("throughput over {} incidents", rooms.len()), rate, "commands/s");
    figures.latencies("at saturation", &latencies);

    let latencies = open(&observer, &rooms, rate / 2.0, lasting).await;
    figures.latencies("at half that rate", &latencies.0);
    figures.add("unanswered after a minute", latencies.1, "commands");
    figures.add("resident memory after that", bench.resident()?, "MiB");
    Ok(())
}

/// Every call of Slack's takes 100 ms.
pub async fn slow_slack(options: &Options, figures: &mut Figures) -> Result<(), Trouble> {
    let mut bench = bench(options).await?;
    bench.start().await?;
    let rooms = bench.burning(1).await?;
    let room = rooms.first().ok_or("no channel")?;
    let observer = Observer::begin(bench.workspace.clone());
    warm_up(&observer, &rooms).await;
    bench.workspace.fault(Fault { method: "*".to_owned(), channel: None, kind: FaultKind::Delay(SLOW), times: None });
    let mut answers = Latencies::default();
    for number in 0..20 {
        if let Some(latency) = observer.answered("U0ALICE", room, &format!(".note slow {number}")).await {
            answers.add(latency);
        }
    }
    figures.latencies("a command's answer with 100 ms on every Slack call", &answers);
    let mut starts = Latencies::default();
    for number in 0..10 {
        let title = format!("Slow {number}");
        let began = Instant::now();
        bench.workspace.say("U0ALICE", "C0MAIN", &format!(".start {title}"), None)?;
        let announced = bench.workspace.until_message(Duration::from_secs(30), "C0MAIN", |message| {
            message.user == playground::BOT_USER && message.text.contains(&title)
        });
        announced.await.ok_or("not announced")?;
        let introduced = bench.workspace.until(Duration::from_secs(30), |workspace| {
            let room =
                workspace.channels().into_iter().find(|channel| channel.name == format!("breaking-{}", number + 2))?;
            let messages = workspace.messages(&room.id, None).ok()?;
            messages.iter().any(|message| message.text.contains(&title)).then_some(())
        });
        introduced.await.ok_or("not introduced")?;
        starts.add(began.elapsed());
    }
    figures.latencies(".start to announcement and intro with 100 ms on every Slack call", &starts);
    Ok(())
}

/// What the others notice of one noisy channel.
pub async fn noisy_neighbours(options: &Options, lasting: Duration, figures: &mut Figures) -> Result<(), Trouble> {
    let mut bench = bench(options).await?;
    bench.start().await?;
    let rooms = bench.burning(11).await?;
    let (noisy, others) = rooms.split_first().ok_or("no channel")?;
    let observer = Observer::begin(bench.workspace.clone());
    warm_up(&observer, others).await;
    // A steady load that leaves room: 20 commands a second over ten channels.
    let quiet = open(&observer, others, 20.0, lasting).await.0;
    figures.latencies("the others, undisturbed", &quiet);
    for (what, text) in [("500 messages/s", "nothing to see here"), ("500 commands/s", ".note noise")] {
        let stop = Arc::new(AtomicBool::new(false));
        let noise = tokio::spawn(make_noise(bench.workspace.clone(), noisy.clone(), text, stop.clone()));
        let disturbed = open(&observer, others, 20.0, lasting).await.0;
        stop.store(true, Ordering::Relaxed);
        noise.await?;
        figures.latencies(&format!("the others while one channel takes {what}"), &disturbed);
        let (calm, noisy) = (quiet.percentile(0.99), disturbed.percentile(0.99));
        figures.add(format!("their p99 against undisturbed, {what}"), noisy.as_secs_f64() / calm.as_secs_f64(), "×");
    }
    Ok(())
}

async fn make_noise(workspace: playground::Workspace, channel: String, text: &'static str, stop: Arc<AtomicBool>) {
    let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / NOISE));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while !stop.load(Ordering::Relaxed) {
        tick.tick().await;
        // A full workspace shows in the figures as silence.
        let _ = workspace.say("U0BOB", &channel, text, None);
    }
}

/// Chatter leaves memory where it was.
pub async fn chatter(options: &Options, figures: &mut Figures) -> Result<(), Trouble> {
    let mut bench = bench(options).await?;
    bench.start().await?;
    let rooms = bench.burning(10).await?;
    let observer = Observer::begin(bench.workspace.clone());
    warm_up(&observer, &rooms).await;
    figures.add("resident memory before chatter", bench.resident()?, "MiB");
    for number in 0..options.chatter {
        if let Some(room) = rooms.get(number % rooms.len()) {
            bench.workspace.say("U0BOB", room, "one more line of what people say while it burns", None)?;
        }
        if number % 1_000 == 999 {
            // A command's answer shows that what was said before has gone through.
            for room in &rooms {
                observer.answered("U0ALICE", room, ".note still here").await.ok_or("no answer amid chatter")?;
            }
        }
    }
    figures.add(format!("resident memory after {} messages of chatter", options.chatter), bench.resident()?, "MiB");
    Ok(())
}

/// Memory and cold start with many live incidents.
pub async fn many_live(options: &Options, figures: &mut Figures) -> Result<(), Trouble> {
    let mut bench = bench(options).await?;
    bench.start().await?;
    let mut rooms = Vec::new();
    while rooms.len() < options.live {
        rooms.extend(bench.burning((options.live - rooms.len()).min(100)).await?);
    }
    figures.add(format!("resident memory with {} live incidents", options.live), bench.resident()?, "MiB");
    let room = rooms.first().ok_or("no channel")?.clone();
    let observer = Observer::begin(bench.workspace.clone());
    let mut starts = Latencies::default();
    let mut first = Latencies::default();
    for turn in 0..5 {
        bench.kill(0).await?;
        bench.disconnected().await?;
        let began = Instant::now();
        // It waits for the connection, and is delivered in its first moment.
        let workspace = observer.clone();
        let channel = room.clone();
        let answered =
            tokio::spawn(async move { workspace.answered("U0ALICE", &channel, &format!(".note start {turn}")).await });
        starts.add(bench.start().await?);
        answered.await?.ok_or("the first command was not answered")?;
        first.add(began.elapsed());
    }
    figures.latencies("from process start to connected", &starts);
    figures.latencies("from process start to the first answer", &first);
    figures.add("resident memory after a restart", bench.resident()?, "MiB");
    Ok(())
}

/// Everybody is known and every incident is awake.
async fn warm_up(observer: &Observer, rooms: &[String]) {
    for room in rooms {
        let _ = observer.answered("U0ALICE", room, ".note warm").await;
    }
}

/// One command after the other in each room; gives the latencies and how many were answered a second.
async fn closed(observer: &Observer, rooms: &[String], lasting: Duration) -> (Latencies, f64) {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for room in rooms {
        let (observer, room) = (observer.clone(), room.clone());
        tasks.spawn(async move {
            let mut latencies = Latencies::default();
            while began.elapsed() < lasting {
                if let Some(latency) = observer.answered("U0ALICE", &room, ".note closed loop").await {
                    latencies.add(latency);
                }
            }
            latencies
        });
    }
    let mut all = Latencies::default();
    while let Some(done) = tasks.join_next().await {
        all.extend(done.unwrap_or_default());
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let rate = all.count() as f64 / began.elapsed().as_secs_f64();
    (all, rate)
}

/// Commands at a steady rate, whether the earlier ones are answered or not; gives the latencies and how many were not.
async fn open(observer: &Observer, rooms: &[String], rate: f64, lasting: Duration) -> (Latencies, f64) {
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / rate.max(1.0)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let lost = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for room in rooms.iter().cycle() {
        if began.elapsed() >= lasting {
            break;
        }
        tick.tick().await;
        let (observer, room, lost) = (observer.clone(), room.clone(), lost.clone());
        tasks.spawn(async move {
            let latency = observer.answered("U0ALICE", &room, ".note open loop").await;
            if latency.is_none() {
                lost.fetch_add(1, Ordering::Relaxed);
            }
            latency
        });
    }
    let mut all = Latencies::default();
    while let Some(done) = tasks.join_next().await {
        if let Ok(Some(latency)) = done {
            all.add(latency);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a few")]
    let lost = lost.load(Ordering::Relaxed) as f64;
    (all, lost)
}
