//! What a method is: its name, who may call it, how often, and what it does.

use serde_json::Value;

use crate::api::args::Args;
use crate::api::{bookmarks, channels, chat, files, history, identity, pins, reactions, users, views};
use crate::limits::Tier;
use crate::model::{BOT_USER, Channel};
use crate::refused::Refused;
use crate::state::State;
use crate::ts::Ts;

/// Slack's tiers, in calls a minute (docs.slack.dev "Rate limits").
pub(crate) const TIER_1: Tier = Tier::PerMinute(1);
pub(crate) const TIER_2: Tier = Tier::PerMinute(20);
pub(crate) const TIER_3: Tier = Tier::PerMinute(50);
pub(crate) const TIER_4: Tier = Tier::PerMinute(100);

/// What a token needs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    /// No token at all.
    Open,
    /// The app-level token.
    App,
    /// Any bot token.
    Bot,
    /// A bot token with this scope.
    One(&'static str),
    /// `channels:x`, `groups:x` or `im:x`, by the kind of the channel that the call names.
    Kind(&'static str),
    /// `channels:manage` or the narrower `channels:write.x`; `groups:write` or `groups:write.x` for private ones.
    Manage(&'static str),
}

impl Scope {
    /// Any one of these is enough.
    pub(crate) fn accepted(self, channel: Option<&Channel>) -> Vec<String> {
        let family = channel.map_or("channels", |c| match c.kind() {
            "im" => "im",
            "group" => "groups",
            _ => "channels",
        });
        match self {
            Self::Open | Self::App | Self::Bot => Vec::new(),
            Self::One(scope) => vec![scope.to_owned()],
            Self::Kind(what) => vec![format!("{family}:{what}")],
            Self::Manage(what) => {
                let whole = if family == "channels" { "channels:manage".to_owned() } else { format!("{family}:write") };
                if what.is_empty() { vec![whole] } else { vec![format!("{family}:write.{what}"), whole] }
            }
        }
    }
}

pub(crate) type Answer = Result<Value, Refused>;

pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) scope: Scope,
    pub(crate) tier: Tier,
    pub(crate) run: fn(&mut Request<'_>) -> Answer,
}

const ALL: [&[Method]; 10] = [
    identity::METHODS,
    chat::METHODS,
    reactions::METHODS,
    channels::METHODS,
    history::METHODS,
    pins::METHODS,
    bookmarks::METHODS,
    users::METHODS,
    files::METHODS,
    views::METHODS,
];

pub(crate) fn find(name: &str) -> Option<&'static Method> {
    ALL.iter().flat_map(|group| group.iter()).find(|m| m.name == name)
}

/// A call that is allowed and is now to be done.
pub(crate) struct Request<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) args: &'a Args,
    /// `http://HOST/` as the client called it.
    pub(crate) base: String,
}

impl Request<'_> {
    /// The channel that the argument names, if the bot may know of it.
    pub(crate) fn channel_as(&self, argument: &str) -> Result<String, Refused> {
        let id = self.args.text(argument).ok_or("channel_not_found")?;
        let channel = self.state.channel(&id)?;
        if channel.private && !channel.has(BOT_USER) {
            return Err("channel_not_found".into());
        }
        Ok(id)
    }

    pub(crate) fn channel(&self) -> Result<String, Refused> {
        self.channel_as("channel")
    }

    /// The channel, if the bot is in it.
    pub(crate) fn joined(&self) -> Result<String, Refused> {
        let id = self.channel()?;
        if self.state.bot_is_in(&id) { Ok(id) } else { Err("not_in_channel".into()) }
    }

    /// The channel, if the bot is in it and it is not archived.
    pub(crate) fn writable(&self) -> Result<String, Refused> {
        let id = self.joined()?;
        if self.state.channel(&id)?.archived { Err("is_archived".into()) } else { Ok(id) }
    }

    /// The message that the argument names.
    pub(crate) fn message(&self, channel: &str, argument: &str) -> Result<Ts, Refused> {
        let ts = self.args.text(argument).ok_or("message_not_found")?;
        Ok(self.state.message(channel, &ts)?.ts)
    }
}

/// An answer with nothing to tell.
pub(crate) fn done() -> Answer {
    Ok(Value::Object(serde_json::Map::new()))
}
