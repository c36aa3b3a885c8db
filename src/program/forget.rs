//! `breakingbot forget`: one person's words and name are taken out of the record, also while the bot runs.

use std::io::{BufRead, IsTerminal, Write, stdin};

use clap::Args;
use jiff::Timestamp;

use super::Failed;
use crate::config::Settings;
use crate::core::forget::{Forget as Forgetting, placeholder};
use crate::core::ids::UserId;
use crate::core::incident::Incident;
use crate::core::nags;
use crate::data::{Forgotten, Store, StoreOptions};

/// Take what one person wrote, and their name, out of everything that is stored.
///
/// What happened and when stays, with a placeholder for the person and for their words, and `breakingbot verify` still
/// passes. It cannot be undone. It can be used while the bot runs, and repeated. What was posted in Slack stays there,
/// what others wrote about the person in words of their own stays, and so do your backups.
#[derive(Debug, Args)]
#[command(after_help = "Example: breakingbot forget U0123456789")]
pub(super) struct Forget {
    /// Who: their id in Slack, or their name when the bot has met only one person of that name.
    user: String,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Forget {
    pub(super) async fn run(&self, settings: &Settings, out: &mut impl Write) -> Result<(), Failed> {
        let store = Store::open_beside(settings.database.url(), StoreOptions::default()).await?;
        let done = self.forget(settings, &store, out).await;
        store.close().await;
        done
    }

    async fn forget(&self, settings: &Settings, store: &Store, out: &mut impl Write) -> Result<(), Failed> {
        let user = self.user(store).await?;
        let incidents = store.incidents_with(&user).await?;
        let name = store.person(&user).await?.map_or_else(|| user.to_string(), |(person, _)| person.name);
        if !self.yes {
            let incidents = counted(u64::try_from(incidents.len()).unwrap_or(u64::MAX), "incident", "incidents");
            write!(
                out,
                "This takes everything that {name} ({user}) wrote, and their name, out of {incidents} in the {}.\n\
                 It cannot be undone. Type yes to do it: ",
                settings.database
            )?;
            out.flush()?;
            if !confirmed()? {
                writeln!(out)?;
                return Err(Failed::because("Nothing was changed. With --yes it is done without asking."));
            }
        }
        let by = placeholder(rand::random());
        let next_due = |incident: &Incident, now| {
            let desk = settings.desks.iter().find(|desk| desk.name == incident.desk).or(settings.desks.first())?;
            nags::next_due(incident, desk, now)
        };
        let now = Timestamp::now();
        let forgetting = Forgetting { user: &user, by: &by };
        let done = store.forget(&forgetting, now, |incident| next_due(incident, now)).await?;
        tell(&user, &by, &done, out)
    }

    /// Whom they mean.
    async fn user(&self, store: &Store) -> Result<UserId, Failed> {
        let typed = self.user.trim().trim_start_matches("<@").trim_end_matches('>').trim_start_matches('@');
        if is_id(typed) {
            return Ok(UserId::new(typed));
        }
        match store.people_called(typed).await?.as_slice() {
            [person] => Ok(person.id.clone()),
            [] => Err(Failed::because(format!(
                "The bot has met nobody called {typed}. Give the person's id, which is in their profile's menu in Slack."
            ))),
            several => {
                let ids: Vec<&str> = several.iter().map(|person| person.id.as_str()).collect();
                Err(Failed::because(format!("Several people are called {typed}. Give an id: {}.", ids.join(", "))))
            }
        }
    }
}

/// Whether it is an id as Slack gives people: a U or a W, then capital letters and digits.
fn is_id(text: &str) -> bool {
    let is_body = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    text.len() > 1 && text.starts_with(['U', 'W']) && text.chars().all(is_body)
}

fn confirmed() -> Result<bool, Failed> {
    let mut answer = String::new();
    if stdin().is_terminal() {
        stdin().lock().read_line(&mut answer)?;
    }
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

fn tell(user: &UserId, by: &UserId, done: &Forgotten, out: &mut impl Write) -> Result<(), Failed> {
    let Forgotten { incidents, events, said, people, inbound, outbound, left } = *done;
    if [incidents, said, people, inbound, outbound].iter().all(|count| *count == 0) {
        writeln!(out, "Nothing of {user} is stored.")?;
    } else {
        writeln!(out, "Forgot {user}; {by} stands in their place:")?;
        for (count, one, many) in [
            (events, "event was changed", "events were changed"),
            (incidents, "incident had such events", "incidents had such events"),
            (said, "part of the history was changed", "parts of the history were changed"),
            (people, "name was deleted", "names were deleted"),
            (inbound, "received message was changed", "received messages were changed"),
            (outbound, "sent message was deleted", "sent messages were deleted"),
        ] {
            writeln!(out, "  {}", counted(count, one, many))?;
        }
    }
    if left > 0 {
        let rows = counted(left, "message is", "messages are");
        writeln!(out, "{rows} still in use: type the same again in a quarter of an hour.")?;
    }
    Ok(())
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
