//! The history against what the channels hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use breakingbot::core::history::Kept;
use breakingbot::core::ids::IncidentId;
use breakingbot::data::{Store, StoreOptions};
use playground::{BOT_USER, MessageView};
use trial::bench::{Bench, Trouble};

use crate::talk::Talk;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// So much is read at once.
const PAGE: u64 = 2_000;

/// A message in short: who, what, in which thread, with which reactions.
type Short = (String, String, Option<String>, BTreeSet<(String, String)>);

/// Looks until the history is what the channels hold, or the patience is over; gives what differs then.
pub async fn until_whole(
    bench: &Bench,
    talk: &Talk,
    patience: Duration,
    mut look: impl FnMut(),
) -> Result<Vec<String>, Trouble> {
    let began = Instant::now();
    loop {
        look();
        let differences = differences(bench, talk).await?;
        if differences.is_empty() || began.elapsed() > patience {
            return Ok(differences);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn differences(bench: &Bench, talk: &Talk) -> Result<Vec<String>, Trouble> {
    let store = Store::open_to_read(bench.database(), StoreOptions::default()).await?;
    let incidents: HashMap<String, IncidentId> =
        store.live_channels().await?.into_iter().map(|(channel, id)| (channel.to_string(), id)).collect();
    let mut different = Vec::new();
    for room in talk.rooms() {
        let Some(incident) = incidents.get(room) else {
            different.push(format!("{room} belongs to no incident"));
            continue;
        };
        let mut kept = Vec::new();
        loop {
            let after = kept.last().map(|one: &Kept| one.source.message.clone());
            let page = store.history_of(*incident, after.as_ref(), PAGE).await?;
            if page.is_empty() {
                break;
            }
            kept.extend(page);
        }
        let held = held(&bench.workspace.messages(room, None)?);
        let kept = in_short(&kept);
        for (ts, message) in &held {
            match kept.get(ts) {
                None => different.push(format!("{room} {ts} is not kept: {message:?}")),
                Some(other) if other != message => {
                    different.push(format!("{room} {ts} is kept as {other:?}, but is {message:?}"));
                }
                Some(_) => {}
            }
        }
        for ts in kept.keys().filter(|ts| !held.contains_key(*ts)) {
            different.push(format!("{room} {ts} is kept and does not stand"));
        }
    }
    store.close().await;
    Ok(different)
}

/// What a channel holds. The bot's own words are made of blocks, so of them only that they are there is compared; its
/// reactions are its answers and no history.
fn held(messages: &[MessageView]) -> BTreeMap<String, Short> {
    let standing = messages.iter().filter(|message| message.subtype != Some("tombstone"));
    standing
        .map(|message| {
            let said = message.subtype.is_none() && message.user != BOT_USER;
            let thread = message.thread_ts.filter(|thread| *thread != message.ts).map(|thread| thread.to_string());
            let reactions = message.reactions.iter();
            let users = reactions.flat_map(|one| one.users.iter().map(|user| (one.name.clone(), user.clone())));
            let users = users.filter(|(_, user)| user != BOT_USER);
            let text = if said { message.text.clone() } else { String::new() };
            (message.ts.to_string(), (message.user.clone(), text, thread, users.collect()))
        })
        .collect()
}

fn in_short(kept: &[Kept]) -> BTreeMap<String, Short> {
    let standing = kept.iter().filter(|one| one.deleted.is_none());
    standing
        .map(|one| {
            let author = one.author.as_ref().map_or_else(String::new, ToString::to_string);
            let said = one.kind == breakingbot::core::history::Kind::Said && !one.by_bot;
            let text = one.text().filter(|_| said).map_or_else(String::new, ToString::to_string);
            let thread = one.source.thread.as_ref().map(ToString::to_string);
            let users = one.reactions.iter().map(|reaction| (reaction.emoji.clone(), reaction.by.to_string()));
            (one.source.message.to_string(), (author, text, thread, users.collect()))
        })
        .collect()
}
