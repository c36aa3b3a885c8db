//! What people do. Everybody is named by id or handle, every channel by id or name.

use serde_json::json;

use crate::deeds::{Change, Draft};
use crate::model::{BOT_USER, Person};
use crate::refused::Refused;
use crate::state::State;
use crate::text::typed;
use crate::ts::Ts;
use crate::workspace::Workspace;

impl State {
    /// Both ids, and that the channel can be spoken in.
    fn who_and_where(&self, user: &str, channel: &str) -> Result<(String, String), Refused> {
        let (user, id) = (self.person_id(user)?, self.channel_id(channel)?);
        let channel = self.channel(&id)?;
        if channel.archived {
            return Err("is_archived".into());
        }
        Ok((user, id))
    }

    /// A member walks into public channels where they want to speak; guests and strangers must be invited.
    fn come_in(&mut self, user: &str, channel: &str) -> Result<(), Refused> {
        let found = self.channel(channel)?;
        if found.has(user) {
            return Ok(());
        }
        let person = self.people.get(user).ok_or("user_not_found")?;
        if found.private || person.guest || person.stranger || person.deleted {
            return Err("not_in_channel".into());
        }
        self.enter(channel, user, None)
    }

    fn say(&mut self, user: &str, channel: &str, text: String, thread: Option<&str>) -> Result<Ts, Refused> {
        let (user, channel) = self.who_and_where(user, channel)?;
        self.come_in(&user, &channel)?;
        let thread_ts = match thread {
            None => None,
            Some(ts) => {
                let parent = self.message(&channel, ts).map_err(|_| Refused::from("thread_not_found"))?;
                Some(parent.thread_ts.unwrap_or(parent.ts))
            }
        };
        Ok(self.post(&channel, &user, Draft { text, thread_ts, ..Draft::default() }))
    }
}

impl Workspace {
    /// Somebody types a text and sends it, in a thread when `thread` is its parent (or a reply in it). `&`, `<` and `>`
    /// are encoded; `@handle`, `@here`, `#channel` and addresses become what Slack's client makes of them. A member
    /// who is not in a public channel joins it first.
    pub fn say(&self, user: &str, channel: &str, text: &str, thread: Option<&str>) -> Result<Ts, Refused> {
        self.change(|state| {
            let text = typed::encode(state, text);
            state.say(user, channel, text, thread)
        })
    }

    /// The same with a text that is mrkdwn already.
    pub fn say_raw(&self, user: &str, channel: &str, text: &str, thread: Option<&str>) -> Result<Ts, Refused> {
        self.change(|state| state.say(user, channel, text.to_owned(), thread))
    }

    /// The author changes a message to a text typed anew.
    pub fn edit(&self, channel: &str, ts: &str, text: &str) -> Result<(), Refused> {
        self.change(|state| {
            let channel = state.channel_id(channel)?;
            let message = state.message(&channel, ts)?;
            let (ts, user) = (message.ts, message.user.clone());
            let text = Some(typed::encode(state, text));
            state.change_message(&channel, ts, &user, Change { text, ..Change::default() })
        })
    }

    /// A message is deleted.
    pub fn delete(&self, channel: &str, ts: &str) -> Result<(), Refused> {
        self.change(|state| {
            let channel = state.channel_id(channel)?;
            let ts = state.message(&channel, ts)?.ts;
            state.delete_message(&channel, ts)
        })
    }

    /// Somebody puts an emoji (its name without colons) under a message.
    pub fn react(&self, user: &str, channel: &str, ts: &str, name: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (user, channel) = state.who_and_where(user, channel)?;
            let ts = state.message(&channel, ts)?.ts;
            state.react(&channel, ts, &user, name)
        })
    }

    /// Somebody takes their emoji away.
    pub fn unreact(&self, user: &str, channel: &str, ts: &str, name: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (user, channel) = state.who_and_where(user, channel)?;
            let ts = state.message(&channel, ts)?.ts;
            state.unreact(&channel, ts, &user, name)
        })
    }

    /// Somebody joins a channel (a private one too: then as if its owner let them in).
    pub fn join(&self, user: &str, channel: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (user, channel) = state.who_and_where(user, channel)?;
            if state.channel(&channel)?.has(&user) {
                return Err("already_in_channel".into());
            }
            state.enter(&channel, &user, None)
        })
    }

    /// Somebody leaves a channel.
    pub fn leave(&self, user: &str, channel: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (user, channel) = state.who_and_where(user, channel)?;
            if !state.channel(&channel)?.has(&user) {
                return Err("not_in_channel".into());
            }
            state.exit(&channel, &user)
        })
    }

    /// Somebody brings somebody else, the bot for instance, into a channel.
    pub fn invite(&self, inviter: &str, user: &str, channel: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (inviter, channel) = state.who_and_where(inviter, channel)?;
            let user = state.person_id(user)?;
            if state.channel(&channel)?.has(&user) {
                return Err("already_in_channel".into());
            }
            state.enter(&channel, &user, Some(&inviter))
        })
    }

    /// Somebody archives a channel.
    pub fn archive(&self, user: &str, channel: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (user, channel) = (state.person_id(user)?, state.channel_id(channel)?);
            state.archive(&channel, &user)
        })
    }

    /// Somebody opens an archived channel again.
    pub fn unarchive(&self, user: &str, channel: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (user, channel) = (state.person_id(user)?, state.channel_id(channel)?);
            state.unarchive(&channel, &user)
        })
    }

    /// Somebody renames a channel.
    pub fn rename(&self, user: &str, channel: &str, name: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (user, channel) = (state.person_id(user)?, state.channel_id(channel)?);
            state.rename(&channel, &user, name)
        })
    }

    /// Somebody sets a channel's topic.
    pub fn set_topic(&self, user: &str, channel: &str, topic: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (user, channel) = state.who_and_where(user, channel)?;
            let topic = typed::encode(state, topic);
            state.set_topic(&channel, &user, &topic)
        })
    }

    /// Alice makes a channel and is in it. Its id.
    pub fn create_channel(&self, name: &str, private: bool) -> Result<String, Refused> {
        self.change(|state| state.create_channel(name, private, "U0ALICE"))
    }

    /// Somebody deletes a channel for good.
    pub fn delete_channel(&self, user: &str, channel: &str) -> Result<(), Refused> {
        self.change(|state| {
            let (user, channel) = (state.person_id(user)?, state.channel_id(channel)?);
            state.delete_channel(&channel, &user)
        })
    }

    /// Somebody is new here, or changes: a person with a known id is replaced, and the app hears `user_change`.
    pub fn add_person(&self, person: Person) {
        self.change(|state| {
            let id = person.id.clone();
            let known = state.people.insert(id.clone(), person).is_some();
            if known {
                state.emit_user_change(&id);
            } else {
                let at = state.clock.next();
                if let Some(person) = state.people.get(&id) {
                    let user = crate::json::person(state, person, state.scopes.contains("users:read.email"));
                    state.emit(&json!({ "type": "team_join", "user": user, "event_ts": at }));
                }
            }
        });
    }

    /// Who is in a user group.
    pub fn set_group(&self, group: &str, users: &[&str]) -> Result<(), Refused> {
        self.change(|state| {
            let users = users.iter().map(|u| state.person_id(u)).collect::<Result<Vec<_>, _>>()?;
            let found = state.groups.iter_mut().find(|g| g.id == group || g.handle == group);
            found.ok_or("subteam_not_found")?.users = users;
            Ok(())
        })
    }

    /// Somebody presses a button of a message, an ephemeral one too. The id of the envelope that carries it; an
    /// interaction that cannot be delivered is given up at once, as in Slack.
    pub fn click(&self, user: &str, channel: &str, ts: &str, action_id: &str) -> Result<String, Refused> {
        self.change(|state| {
            let (user, channel) = (state.person_id(user)?, state.channel_id(channel)?);
            let ts = Ts::parse(ts).ok_or("message_not_found")?;
            state.press(&user, &channel, ts, action_id)
        })
    }

    /// Somebody writes to the bot alone.
    pub fn say_to_bot(&self, user: &str, text: &str) -> Result<Ts, Refused> {
        self.change(|state| {
            let user = state.person_id(user)?;
            let (channel, _) = state.direct(&user);
            let text = typed::encode(state, text);
            Ok(state.post(&channel, &user, Draft { text, ..Draft::default() }))
        })
    }

    /// The bot's user id, which a text mentions as `<@U0BOT>`.
    pub fn bot_user(&self) -> &'static str {
        BOT_USER
    }
}
