//! What was typed against what is on record and what the channels show.

use std::collections::HashMap;
use std::time::Duration;

use breakingbot::core::event::Event;
use breakingbot::core::ids::IncidentId;
use breakingbot::core::incident::Incident;
use breakingbot::core::state;
use breakingbot::data::{InboxRow, Store, StoreOptions};
use playground::{BOT_USER, MessageView, Workspace};
use trial::bench::{Bench, Trouble};

use crate::script::{Kind, Line, Script};

/// What is wrong, each in a line.
#[derive(Debug, Default)]
pub struct Found {
    /// How many incidents are on record.
    pub incidents: usize,
    /// Typed, and not on record or not answered.
    pub lost: Vec<String>,
    /// On record or answered more than once.
    pub doubled: Vec<String>,
    /// On record or answered in another order than typed.
    pub misordered: Vec<String>,
    /// Channels without an incident, or a second one for it.
    pub orphans: Vec<String>,
}

impl Found {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.misordered.is_empty() && self.orphans.is_empty()
    }
}

/// Nothing happens for so long only when nothing more is to come: longer than a lease, a pause between attempts, or a call.
const CALM: Duration = Duration::from_secs(15);
/// Everything is done by then, or never.
const PATIENCE: Duration = Duration::from_secs(900);

/// Waits until nothing happens any more; tells whether every line is answered then.
pub async fn settled(bench: &Bench, script: &Script) -> bool {
    let mut changed = bench.workspace.changed();
    let calm = async {
        // The workspace lives as long as the bench.
        while let Ok(Ok(())) = tokio::time::timeout(CALM, changed.changed()).await {}
    };
    let calm = tokio::time::timeout(PATIENCE, calm).await.is_ok();
    let mut threads: HashMap<&str, Vec<MessageView>> = HashMap::new();
    let answered = |line: &Line, messages: &[MessageView]| {
        bench.workspace.has_reaction(&line.channel, &line.ts) || replies(messages, &line.ts).next().is_some()
    };
    calm && script.lines().iter().all(|line| {
        let messages = threads
            .entry(&line.channel)
            .or_insert_with(|| bench.workspace.messages(&line.channel, None).unwrap_or_default());
        answered(line, messages)
    })
}

/// What the bot says at once while its database is away is not yet the answer.
const NOT_YET: &str = "My database is away";

fn replies<'a>(messages: &'a [MessageView], ts: &'a str) -> impl Iterator<Item = &'a MessageView> {
    messages.iter().filter(move |message| {
        message.user == BOT_USER
            && message.thread_ts.as_ref().is_some_and(|thread| *thread == *ts)
            && !message.text.starts_with(NOT_YET)
    })
}

/// Compares, with the bot stopped.
pub async fn compare(bench: &Bench, script: &Script) -> Result<Found, Trouble> {
    let store = Store::open(bench.database(), StoreOptions::default()).await?;
    let mut incidents = Vec::new();
    let mut found = Found::default();
    for number in 1..=1_000 {
        if let Some(incident) = store.load(IncidentId(number)).await? {
            if state::implied(&incident) != incident.state {
                found.lost.push(format!("incident {number}: the machine and its moments disagree"));
            }
            incidents.push(incident);
        }
    }
    found.incidents = incidents.len();
    let waiting = store.waiting_inbound(None, 100_000).await?;
    store.close().await;
    let workspace = &bench.workspace;
    let mut views: HashMap<String, Vec<MessageView>> = HashMap::new();
    for channel in workspace.channels() {
        views.insert(channel.id.clone(), workspace.messages(&channel.id, None)?);
        let is_room = channel.name.starts_with("breaking-") && channel.name != "breaking-notify";
        let owners = incidents.iter().filter(|i| i.channel.as_ref().is_some_and(|id| id.as_str() == channel.id));
        if is_room && owners.count() != 1 {
            found.orphans.push(format!("#{} belongs to no incident, or to several", channel.name));
        }
    }
    for line in script.lines() {
        let answer = answers(line, &views, &mut found);
        record(line, answer, &incidents, &views, &mut found);
    }
    trace(script, &waiting, workspace, &mut found);
    for incident in &incidents {
        topic(incident, workspace, &mut found);
    }
    order(script, &incidents, &views, &mut found);
    Ok(found)
}

/// Where what is lost was seen last.
fn trace(script: &Script, waiting: &[InboxRow], workspace: &Workspace, found: &mut Found) {
    let lost = |line: &&Line| found.lost.iter().any(|told| told.contains(&line.ts));
    let lines: Vec<&Line> = script.lines().iter().filter(lost).collect();
    if lines.is_empty() {
        return;
    }
    let envelopes = workspace.envelopes();
    for line in lines {
        let waits = waiting.iter().any(|row| row.lane == line.channel && row.sort_key == line.ts);
        let sent = envelopes.iter().filter(|one| {
            let event = &one.payload["event"];
            event["channel"] == line.channel.as_str() && event["ts"] == line.ts.as_str() && event["type"] == "message"
        });
        let sent: Vec<String> = sent.map(|one| format!("{:?} after {}", one.standing, one.attempts)).collect();
        let recorded = if waits { "it waits in the inbox" } else { "it does not wait in the inbox" };
        found.lost.push(format!("trace of {} in {} ({}): {recorded}; {sent:?}", line.text, line.channel, line.ts));
    }
}

/// The topic shows the last title.
fn topic(incident: &Incident, workspace: &Workspace, found: &mut Found) {
    let title = incident.title.readable();
    let mark = title.split(' ').next_back().unwrap_or_default().to_uppercase();
    let shown = incident.channel.as_ref().and_then(|channel| workspace.channel(channel.as_str()).ok());
    let shown = shown.map(|channel| channel.topic).unwrap_or_default();
    if !shown.contains(&mark) {
        found.lost.push(format!("incident {}: the topic is {shown:?}, the title {title:?}", incident.id));
    }
}

/// Exactly one visible answer; gives its reaction.
fn answers<'a>(line: &Line, views: &'a HashMap<String, Vec<MessageView>>, found: &mut Found) -> Option<&'a str> {
    let messages = views.get(&line.channel).map(Vec::as_slice).unwrap_or_default();
    let reactions = messages
        .iter()
        .filter(|message| message.ts.to_string() == line.ts)
        .flat_map(|message| &message.reactions)
        .filter(|reaction| reaction.users.iter().any(|user| user == BOT_USER));
    let names: Vec<&str> = reactions.map(|reaction| reaction.name.as_str()).collect();
    let replied = replies(messages, &line.ts).count();
    let told = format!("{} in {} ({}): {names:?} and {replied} replies", line.text, line.channel, line.ts);
    match (names.as_slice(), replied) {
        ([], 0) => found.lost.push(format!("no answer: {told}")),
        (["ok" | "ok_hand"], 0) | ([], 1) | (["exclamation"], 1) => {}
        (["exclamation"], 0) => found.lost.push(format!("no sentence: {told}")),
        _ => found.doubled.push(format!("answered twice: {told}")),
    }
    names.first().copied()
}

/// Exactly one state change, and what follows from it exactly once.
fn record(
    line: &Line,
    answer: Option<&str>,
    incidents: &[Incident],
    views: &HashMap<String, Vec<MessageView>>,
    found: &mut Found,
) {
    let on_record = incidents
        .iter()
        .flat_map(|incident| &incident.events)
        .filter(|recorded| recorded.source.as_ref().is_some_and(|source| source.message.as_str() == line.ts))
        .filter(|recorded| match (&recorded.event, line.kind) {
            (Event::Declared { title, .. }, Kind::Start) | (Event::Titled { title }, Kind::Title) => {
                title.readable().contains(&line.mark)
            }
            (Event::Noted { text }, Kind::Note)
            | (Event::Summarized { text }, Kind::Summary)
            | (Event::Notified { text }, Kind::Notify) => text.readable().contains(&line.mark),
            (Event::Blocked { whom, .. }, Kind::Blocked) => whom.readable().contains(&line.mark),
            (Event::RoleTaken { .. }, Kind::Role) => true,
            _ => false,
        })
        .count();
    let posts = |channel: &str, wanted: &str| {
        let messages = views.get(channel).map(Vec::as_slice).unwrap_or_default();
        messages.iter().filter(|m| m.user == BOT_USER && m.thread_ts.is_none() && m.text.contains(wanted)).count()
    };
    let mut expect = |what: &str, count: usize| match count {
        0 => found.lost.push(format!("{what}: {} in {} ({})", line.text, line.channel, line.ts)),
        1 => {}
        _ => found.doubled.push(format!("{what} {count} times: {}", line.text)),
    };
    match line.kind {
        Kind::Status => {}
        Kind::Role if answer == Some("ok_hand") => {
            if on_record > 0 {
                found.doubled.push(format!("on record, and answered as if it had been so: {}", line.text));
            }
        }
        Kind::Role | Kind::Note | Kind::Summary | Kind::Title | Kind::Blocked => expect("on record", on_record),
        Kind::Notify => {
            expect("on record", on_record);
            expect("told to stakeholders", posts("C0NOTIFY", &line.mark));
        }
        Kind::Start => {
            expect("on record", on_record);
            expect("announced", posts("C0MAIN", &line.mark));
            let loud = views.get("C0NOTIFY").map(Vec::as_slice).unwrap_or_default().iter();
            let loud =
                loud.filter(|m| m.user == BOT_USER && m.text.contains("<!channel>") && m.text.contains(&line.mark));
            expect("announced loudly", loud.count());
            let room = incidents.iter().find(|incident| {
                incident.declaration.as_ref().is_some_and(|source| source.message.as_str() == line.ts)
            });
            let room = room.and_then(|incident| incident.channel.as_ref());
            expect("introduced", room.map_or(0, |room| posts(room.as_str(), "Next steps")));
        }
    }
}

/// In each channel the events stand in the order of the messages, and so do replies; incidents are numbered in the order
/// of their declarations.
fn order(script: &Script, incidents: &[Incident], views: &HashMap<String, Vec<MessageView>>, found: &mut Found) {
    let declared: Vec<_> = incidents.iter().filter_map(|i| Some((i.id, i.declaration.as_ref()?))).collect();
    for pair in declared.windows(2) {
        if let [(one, first), (other, second)] = pair
            && first.message > second.message
        {
            found.misordered.push(format!("incident {other} was declared before incident {one}"));
        }
    }
    for incident in incidents {
        let sources = incident.events.iter().filter_map(|recorded| recorded.source.as_ref());
        let typed: Vec<&str> = sources
            .filter(|source| incident.channel.as_ref() == Some(&source.channel))
            .map(|source| source.message.as_str())
            .collect();
        for pair in typed.windows(2) {
            if let [one, other] = pair
                && one > other
            {
                found.misordered.push(format!("incident {}: {other} was recorded after {one}", incident.id));
            }
        }
    }
    for (channel, messages) in views {
        let threads: Vec<String> = messages
            .iter()
            .filter(|message| message.user == BOT_USER && !message.text.starts_with(NOT_YET))
            .filter_map(|message| message.thread_ts.as_ref().map(ToString::to_string))
            .filter(|thread| script.lines().iter().any(|line| line.ts == *thread))
            .collect();
        for pair in threads.windows(2) {
            if let [one, other] = pair
                && one > other
            {
                found.misordered.push(format!("{channel}: {other} was answered after {one}"));
            }
        }
    }
}
