//! What is measured, one function each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use playground::{Fault, FaultKind, Workspace};
use tokio::net::TcpListener;
use tokio::time::MissedTickBehavior;
use trial::bench::{Bench, Trouble};

use crate::Options;
use crate::figures::{Aim, Figures, Latencies};
use crate::loops::{closed, open, warm_up};
use crate::observer::Observer;

/// So many people in each incident type without a pause where throughput is measured: one in each leaves a fifth of two
/// cores idle, waiting for answers.
const CROWD: usize = 3;
/// Messages a second in the noisy channel.
const NOISE: u64 = 500;
/// The latency of the slow Slack.
const SLOW: Duration = Duration::from_millis(100);
/// How many incidents are declared on the slow Slack.
const ROUNDS: usize = 10;
/// So many bots of each configuration are compared, in turns: one process is not quite like the next.
const TURNS: usize = 6;
/// A message that waits longer for its effect is a failure.
const PATIENCE: Duration = Duration::from_secs(30);

async fn bench(options: &Options) -> Result<Bench, Trouble> {
    Bench::durable(options.database, &options.bot).await
}

/// The floor, the latency at concurrency 1, the throughput at saturation, and the latency at half of that.
pub async fn answers(options: &Options, lasting: Duration, figures: &mut Figures) -> Result<(), Trouble> {
    let mut bench = bench(options).await?;
    let floor = crate::floor::measure(bench.database(), bench.is_sqlite(), &bench.playground).await?;
    figures.latencies("the floor: two commits and one HTTP call", &floor);

    bench.start().await?;
    let rooms = bench.burning(options.incidents).await?;
    let observer = Observer::begin(bench.workspace.clone());
    warm_up(&observer, &rooms).await?;
    let (latencies, _) = closed(&observer, rooms.get(..1).unwrap_or_default(), lasting).await?;
    figures.latencies("one command after the other", &latencies);
    let times = latencies.milliseconds(0.5) / floor.milliseconds(0.5);
    figures.aimed("its median against the floor's", times, "×", Aim::AtMost(3.0));

    let crowd: Vec<String> = std::iter::repeat_n(&rooms, CROWD).flatten().cloned().collect();
    let (latencies, rate) = closed(&observer, &crowd, lasting).await?;
    figures.aimed(format!("throughput over {} incidents", rooms.len()), rate, "commands/s", Aim::AtLeast(3_500.0));
    figures.latencies("at saturation", &latencies);

    let latencies = open(&observer, &rooms, rate / 2.0, lasting).await?;
    figures.latencies("at half that rate, open loop", &latencies);
    figures.aimed("p99 at half that rate", latencies.milliseconds(0.99), "ms", Aim::AtMost(25.0));
    figures.add("resident memory after that", bench.resident()?, "MiB");
    Ok(())
}

/// Every call of Slack's takes 100 ms. Also counts the calls.
pub async fn slow_slack(options: &Options, figures: &mut Figures) -> Result<(), Trouble> {
    let mut bench = bench(options).await?;
    bench.start().await?;
    let rooms = bench.burning(1).await?;
    let room = rooms.first().ok_or("no channel")?;
    let observer = Observer::begin(bench.workspace.clone());
    warm_up(&observer, &rooms).await?;

    bench.workspace.clear_calls();
    observer.answered("U0ALICE", room, ".note counted").await.ok_or("not answered")?;
    figures.add("Slack calls for a note", calls(&bench.workspace), "calls");
    bench.workspace.clear_calls();
    bench.burning(1).await?;
    figures.add("Slack calls for .start, housekeeping included", calls(&bench.workspace), "calls");

    let rounds = if options.smoke { 2 } else { ROUNDS };
    bench.workspace.fault(Fault { method: "*".to_owned(), channel: None, kind: FaultKind::Delay(SLOW), times: None });
    let mut answers = Latencies::default();
    for number in 0..2 * rounds {
        let answered = observer.answered("U0ALICE", room, &format!(".note slow {number}")).await;
        answers.add(answered.ok_or("not answered")?);
    }
    figures.latencies("a command's answer with 100 ms on every Slack call", &answers);
    figures.aimed("its median beyond one call", answers.milliseconds(0.5) - 100.0, "ms", Aim::AtMost(20.0));
    let (mut announced, mut introduced) = (Latencies::default(), Latencies::default());
    for number in 0..rounds {
        let title = format!("Slow {number}");
        let began = Instant::now();
        bench.workspace.say("U0ALICE", "C0MAIN", &format!(".start {title}"), None)?;
        let (announcement, introduction) =
            tokio::join!(announcement(&bench.workspace, &title), introduction(&bench.workspace, &title));
        announced.add(announcement.ok_or("not announced")?.duration_since(began));
        introduced.add(introduction.ok_or("not introduced")?.duration_since(began));
    }
    for (what, latencies) in [("announcement", &announced), ("intro", &introduced)] {
        figures.latencies(&format!(".start to its {what} with 100 ms on every Slack call"), latencies);
        figures.aimed(
            format!("the {what}'s median beyond two calls"),
            latencies.milliseconds(0.5) - 200.0,
            "ms",
            Aim::AtMost(30.0),
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a few")]
fn calls(workspace: &Workspace) -> f64 {
    workspace.calls().len() as f64
}

async fn announcement(workspace: &Workspace, title: &str) -> Option<Instant> {
    let said = workspace.until_message(PATIENCE, "C0MAIN", |message| {
        message.user == playground::BOT_USER && message.text.contains(title)
    });
    said.await.map(|_| Instant::now())
}

/// The intro is the first that the bot says in a channel that nobody knew before.
async fn introduction(workspace: &Workspace, title: &str) -> Option<Instant> {
    let said = workspace.until(PATIENCE, |workspace| {
        let mut rooms = workspace.channels().into_iter().filter(|channel| channel.name.starts_with("breaking-"));
        rooms.find(|room| {
            let says = |message: &playground::MessageView| {
                message.user == playground::BOT_USER && message.text.contains(title)
            };
            room.id != "C0NOTIFY" && workspace.messages(&room.id, None).is_ok_and(|messages| messages.iter().any(says))
        })
    });
    said.await.map(|_| Instant::now())
}

/// What the others notice of one noisy channel.
pub async fn noisy_neighbours(options: &Options, lasting: Duration, figures: &mut Figures) -> Result<(), Trouble> {
    let mut bench = bench(options).await?;
    bench.start().await?;
    let rooms = bench.burning(11).await?;
    let (noisy, others) = rooms.split_first().ok_or("no channel")?;
    let observer = Observer::begin(bench.workspace.clone());
    warm_up(&observer, others).await?;
    // A steady load that leaves room, over ten channels.
    let rate = 100.0;
    open(&observer, others, rate, lasting / 2).await?;
    let quiet = open(&observer, others, rate, lasting).await?;
    figures.latencies("the others, undisturbed", &quiet);
    for (what, text, most) in [("500 messages/s", "nothing to see here", 1.2), ("500 commands/s", ".note noise", 1.5)] {
        let stop = Arc::new(AtomicBool::new(false));
        let noise = tokio::spawn(make_noise(bench.workspace.clone(), noisy.clone(), text, stop.clone()));
        let disturbed = open(&observer, others, rate, lasting).await;
        stop.store(true, Ordering::Relaxed);
        noise.await?;
        let disturbed = disturbed?;
        figures.latencies(&format!("the others while one channel takes {what}"), &disturbed);
        let times = disturbed.milliseconds(0.99) / quiet.milliseconds(0.99);
        figures.aimed(format!("their p99 against undisturbed, {what}"), times, "×", Aim::AtMost(most));
    }
    Ok(())
}

/// The latency of commands with no issue tracker, and with one that takes every call and never answers; and twice with none,
/// which tells what chance does.
pub async fn silent_tracker(options: &Options, lasting: Duration, figures: &mut Figures) -> Result<(), Trouble> {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await?;
    let tracker = format!(
        "[syntrax]\ninterval = \"1s\"\njitter = \"0s\"\n[tracker]\nkind = \"jira\"\nuser = \"bot@acme.example\"\n\
         project = \"OPS\"\nurl = \"http://{}\"\n",
        silent.local_addr()?
    );
    let rounds = if options.smoke { 1 } else { TURNS };
    let (mut without, mut with, mut again) = <(Latencies, Latencies, Latencies)>::default();
    for round in 0..rounds {
        let mut turns = [("", &mut without), (tracker.as_str(), &mut with), ("", &mut again)];
        if round % 2 == 1 {
            turns.reverse();
        }
        for (configured, latencies) in turns {
            latencies.extend(commands_beside(options, configured, lasting / 2).await?);
        }
    }
    figures.latencies("commands without a tracker", &without);
    figures.latencies("commands without a tracker, others", &again);
    figures.latencies("commands with a tracker that never answers", &with);
    let times = |one: &Latencies| one.milliseconds(0.5) / without.milliseconds(0.5);
    figures.add("the others' median against the first, by chance", times(&again), "×");
    figures.add("the median with it against without", times(&with), "×");
    Ok(())
}

/// The latency of commands, one after the other, of a bot that is configured so.
async fn commands_beside(options: &Options, configured: &str, lasting: Duration) -> Result<Latencies, Trouble> {
    let mut bench = bench(options).await?;
    bench.configure(configured)?;
    bench.spawn(0, &[("TRACKER_TOKEN", "nobody asks for it".to_owned())])?;
    bench.listens().await?;
    let rooms = bench.burning(10).await?;
    let observer = Observer::begin(bench.workspace.clone());
    warm_up(&observer, &rooms).await?;
    let (latencies, _) = closed(&observer, rooms.get(..1).unwrap_or_default(), lasting).await?;
    Ok(latencies)
}

async fn make_noise(workspace: Workspace, channel: String, text: &'static str, stop: Arc<AtomicBool>) {
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
    warm_up(&observer, &rooms).await?;
    say_much(options.chatter / 10, &bench, &rooms, &observer).await?;
    let before = bench.resident()?;
    figures.add("resident memory before chatter", before, "MiB");
    say_much(options.chatter, &bench, &rooms, &observer).await?;
    let after = bench.resident()?;
    figures.add(format!("resident memory after {} messages of chatter", options.chatter), after, "MiB");
    figures.aimed("resident memory that chatter left", after - before, "MiB", Aim::AtMost(1.0));
    Ok(())
}

async fn say_much(count: usize, bench: &Bench, rooms: &[String], observer: &Observer) -> Result<(), Trouble> {
    for (number, room) in (1..=count).zip(rooms.iter().cycle()) {
        bench.workspace.say("U0BOB", room, "one more line of what people say while it burns", None)?;
        if number % 1_000 == 0 {
            // A command's answer shows that what was said before has gone through.
            for room in rooms {
                observer.answered("U0ALICE", room, ".note still here").await.ok_or("no answer amid chatter")?;
            }
        }
    }
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
    let live = options.live;
    let at_most = Aim::AtMost(30.0);
    figures.aimed(
        format!("resident memory with {live} live incidents, just declared"),
        bench.resident()?,
        "MiB",
        at_most,
    );
    let room = rooms.first().ok_or("no channel")?.clone();
    let observer = Observer::begin(bench.workspace.clone());
    let (mut starts, mut first, mut greeted) = (Latencies::default(), Latencies::default(), Latencies::default());
    for turn in 0..if options.smoke { 1 } else { 5 } {
        bench.kill(0).await?;
        bench.disconnected().await?;
        let began = Instant::now();
        // It waits for the connection, and is delivered right behind the hello.
        let (asking, channel) = (observer.clone(), room.clone());
        let answered =
            tokio::spawn(async move { asking.answered("U0ALICE", &channel, &format!(".note start {turn}")).await });
        let connected = bench.start().await?;
        answered.await?.ok_or("the first command was not answered")?;
        starts.add(connected);
        first.add(began.elapsed());
        greeted.add(began.elapsed().saturating_sub(connected));
    }
    figures.latencies("from process start to connected", &starts);
    figures.latencies("from process start to the first answer", &first);
    let longest = first.milliseconds(1.0);
    figures.aimed(format!("the longest of these, with {live} live incidents"), longest, "ms", Aim::AtMost(300.0));
    figures.latencies("a command delivered with the hello, from connected to its answer", &greeted);
    for room in &rooms {
        observer.answered("U0ALICE", room, ".note awake").await.ok_or("not answered after a restart")?;
    }
    figures.aimed(format!("resident memory with {live} incidents awake"), bench.resident()?, "MiB", at_most);
    Ok(())
}
