//! `breakingbot check`: tries everything that the bot needs, and says for each that it is well or what to do.

use std::io::Write;
use std::sync::Arc;

use super::{Failed, reports};
use crate::boundary::comm_platform::{ChannelState, CommPlatform, KnownChannels, LookupError, Me, Pending};
use crate::boundary::slack::{CallError, Client, MissingScope, Slack, SlackSettings};
use crate::config::{Settings, Tokens};
use crate::core::desk::Desk;
use crate::core::ids::ChannelId;
use crate::data::schema::{self, Standing};

/// The lines so far.
struct Report<'a, W> {
    out: &'a mut W,
    wrong: usize,
}

impl<W: Write> Report<'_, W> {
    fn say(&mut self, what: &str, found: Result<String, String>) -> Result<(), Failed> {
        match found {
            Ok(fact) => writeln!(self.out, "ok     {what}: {fact}")?,
            Err(remedy) => {
                self.wrong += 1;
                writeln!(self.out, "wrong  {what}: {remedy}")?;
            }
        }
        Ok(())
    }
}

pub(super) async fn run(settings: &Settings, out: &mut impl Write) -> Result<(), Failed> {
    let mut report = Report { out, wrong: 0 };
    report.say("configuration", Ok(configuration(settings)))?;
    report.say("database", database(settings).await)?;
    match &settings.tokens {
        None => report.say("Slack", Ok("no tokens, so the bot serves its playground".to_owned()))?,
        Some(tokens) => slack(settings, tokens, &mut report).await?,
    }
    if let Some(tracker) = &settings.tracker {
        for finding in tracker.tracker().check().await {
            report.say(&finding.what, finding.found)?;
        }
    }
    if let Some(platform) = reports::platform(settings) {
        for finding in platform.check().await {
            report.say(&finding.what, finding.found)?;
        }
    }
    match report.wrong {
        0 => Ok(()),
        1 => Err(Failed::because("One thing is to be mended.")),
        n => Err(Failed::because(format!("{n} things are to be mended."))),
    }
}

fn configuration(settings: &Settings) -> String {
    let file = settings.file.as_deref().unwrap_or("no file, so the defaults");
    match settings.desks.as_slice() {
        [desk] => format!("{file}, desk {}", desk.name),
        desks => format!("{file}, {} desks", desks.len()),
    }
}

async fn database(settings: &Settings) -> Result<String, String> {
    let database = &settings.database;
    match schema::standing(database.url()).await {
        Ok(Standing::Current) => Ok(format!("{database}, tables up to date")),
        Ok(Standing::Behind(names)) => {
            let names = names.join(", ");
            Ok(format!("{database}, with {names} to apply, which the bot does when it starts"))
        }
        Ok(Standing::Absent) => Ok(format!("{database}, which the bot makes when it starts")),
        Err(error) => Err(format!("{database}: {error}. Check DATABASE_URL, and that the database runs.")),
    }
}

async fn slack(settings: &Settings, tokens: &Tokens, report: &mut Report<'_, impl Write>) -> Result<(), Failed> {
    let client = match Client::new(&slack_settings(settings, tokens)) {
        Ok(client) => Arc::new(client),
        Err(error) => return report.say("SLACK_API_URL", Err(error.to_string())),
    };
    let slack = Slack::new(client.clone(), Arc::new(NoChannels));
    let me = slack.me().await;
    let told = me.as_ref().map(|me| format!("@{} in {} ({})", me.name, me.workspace, me.url));
    report.say("bot token", told.map_err(lookup))?;
    report.say("app token", app_token(&client).await)?;
    // Without an identity every further question has the same answer.
    let Ok(me) = me else { return Ok(()) };
    scopes(&client, report).await?;
    for desk in &settings.desks {
        desk_on_slack(desk, &slack, &me, report).await?;
    }
    Ok(())
}

/// How Slack is called with these settings.
pub(super) fn slack_settings(settings: &Settings, tokens: &Tokens) -> SlackSettings {
    SlackSettings {
        api_url: settings.api_url.clone(),
        call_timeout: settings.slack.call_timeout,
        ..SlackSettings::new(tokens.bot.clone(), tokens.app.clone())
    }
}

async fn app_token(client: &Client) -> Result<String, String> {
    match client.can_listen().await {
        Ok(()) => Ok("opens connections".to_owned()),
        Err(CallError::Slack(failure)) => Err(match failure.code.as_str() {
            "missing_scope" => "lacks the scope connections:write. Make a new app-level token with it under Basic \
                                Information, and put it into SLACK_APP_TOKEN."
                .to_owned(),
            code => format!(
                "Slack does not accept it ({code}). Make an app-level token with the scope connections:write under \
                 Basic Information, put it into SLACK_APP_TOKEN, and turn Socket Mode on."
            ),
        }),
        Err(error) => Err(unreachable(&error.to_string())),
    }
}

async fn scopes(client: &Client, report: &mut Report<'_, impl Write>) -> Result<(), Failed> {
    let missing = match client.missing_scopes().await {
        Ok(missing) => missing,
        Err(error) => return report.say("scopes", Err(unreachable(&error.to_string()))),
    };
    if missing.is_empty() {
        return report.say("scopes", Ok("all that the bot needs are granted".to_owned()));
    }
    for lacking in missing {
        let remedy = format!(
            "is lacking, so {}. Add it under OAuth & Permissions, then reinstall the app to the workspace.",
            without(&lacking)
        );
        report.say(&format!("scope {}", lacking.scope), Err(remedy))?;
    }
    Ok(())
}

/// What does not work for want of a scope.
fn without(lacking: &MissingScope) -> String {
    let told = |names: &[&str], one: &str, several: &str| match names {
        [] => None,
        [name] => Some(format!("{name} {one}")),
        names => Some(format!("{} {several}", names.join(", "))),
    };
    let methods = told(&lacking.methods, "fails", "fail");
    let events = told(&lacking.events, "never arrives", "never arrive");
    let all: Vec<String> = methods.into_iter().chain(events).collect();
    if all.is_empty() { "something fails".to_owned() } else { all.join(" and ") }
}

async fn desk_on_slack(desk: &Desk, slack: &Slack, me: &Me, report: &mut Report<'_, impl Write>) -> Result<(), Failed> {
    let channels = [("main channel", Some(&desk.main_channel)), ("notify channel", desk.notify_channel.as_ref())];
    for (what, id) in channels {
        let Some(id) = id else { continue };
        let what = format!("desk {}, {what} {id}", desk.name);
        let found = slack.channel(id).await.map_err(|error| lookup(&error));
        report.say(&what, found.and_then(|state| channel(&state, me)))?;
    }
    if let Some(group) = &desk.oncall_group {
        let what = format!("desk {}, on-call group {group}", desk.name);
        let found = match slack.group(group).await {
            Ok(people) if people.is_empty() => {
                Err("has nobody in it, so nobody would be called. Add people.".to_owned())
            }
            Ok(people) => Ok(format!("{} people", people.len())),
            Err(LookupError::Refused { code, .. }) if code == "no_such_subteam" => {
                Err("there is no such user group. Write its id, which begins with S, or leave oncall_group out."
                    .to_owned())
            }
            Err(error) => Err(lookup(&error)),
        };
        report.say(&what, found)?;
    }
    Ok(())
}

fn channel(state: &ChannelState, me: &Me) -> Result<String, String> {
    let name = &state.name;
    if state.archived {
        return Err(format!("#{name} is archived. Unarchive it in Slack, or write another channel's id."));
    }
    match (state.member, state.private) {
        (true, _) => Ok(format!("#{name}, the bot is in it")),
        (false, false) => Ok(format!("#{name}, which the bot joins when it starts")),
        (false, true) => Err(format!("#{name} is private. Type `/invite @{}` there.", me.name)),
    }
}

/// Why a question was not answered, with what to do.
fn lookup(error: &LookupError) -> String {
    match error {
        LookupError::Refused { sentence, .. } => sentence.clone(),
        LookupError::Throttled { .. } => "Slack asks to wait. Try again in a minute.".to_owned(),
        LookupError::Unanswered { why, .. } => unreachable(why),
    }
}

fn unreachable(why: &str) -> String {
    format!("Slack gives no answer ({why}). Check SLACK_API_URL and the way to it, then try again.")
}

/// Nobody asks here whether a channel is known.
struct NoChannels;

impl KnownChannels for NoChannels {
    fn is_known<'a>(&'a self, _channel: &'a ChannelId) -> Pending<'a, Result<bool, String>> {
        Box::pin(std::future::ready(Ok(false)))
    }
}
