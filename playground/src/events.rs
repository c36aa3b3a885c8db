//! The Events API: what the app is told, in the words of Slack's event reference.

use serde_json::{Map, Value, json};

use crate::json;
use crate::model::{APP_ID, BOT_ID, BOT_USER, Message, TEAM_ID};
use crate::state::State;
use crate::ts::Ts;

impl State {
    /// Tells the app, whichever channel it is about.
    pub(crate) fn emit(&mut self, event: &Value) {
        let serial = self.serial();
        let subject = event["type"].as_str().unwrap_or_default();
        let payload = json!({
            "type": "event_callback",
            "event_id": format!("Ev{serial:09}"),
            "event_time": self.clock.seconds(),
            "team_id": TEAM_ID,
            "api_app_id": APP_ID,
            "context_team_id": TEAM_ID,
            "context_enterprise_id": null,
            "authorizations": [{
                "enterprise_id": null,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false,
            "event_context": format!("4-{serial:09}"),
            "event": event,
        });
        let now = self.clock.now_ts();
        self.hub.offer("events_api", subject, payload.to_string(), now);
    }

    /// Tells the app when its bot is in the channel.
    pub(crate) fn emit_in(&mut self, channel: &str, event: &Value) {
        if self.bot_is_in(channel) {
            self.emit(event);
        }
    }

    fn envelope_of_message(&self, channel: &str, body: Map<String, Value>, at: Ts) -> Value {
        let mut event = body;
        let kind = self.channels.get(channel).map_or("channel", |c| c.kind());
        event.insert("channel".to_owned(), channel.into());
        event.insert("channel_type".to_owned(), kind.into());
        event.insert("event_ts".to_owned(), at.as_str().into());
        Value::Object(event)
    }

    /// A new message, and an app_mention when it mentions the bot.
    pub(crate) fn emit_message(&mut self, channel: &str, message: &Message) {
        if !self.bot_is_in(channel) {
            return;
        }
        let mut body = json::message(self, message, false);
        if let Some(parent) = message.thread_ts
            && let Some(parent) = self.channels.get(channel).and_then(|c| c.message(parent))
        {
            body.insert("parent_user_id".to_owned(), parent.user.clone().into());
        }
        let event = self.envelope_of_message(channel, body, message.ts);
        self.emit(&event);
        let direct = self.channels.get(channel).is_some_and(|c| c.im.is_some());
        let own = message.bot_id.as_deref() == Some(BOT_ID);
        let plain = matches!(message.subtype, None | Some("thread_broadcast" | "file_share"));
        if plain && !own && !direct && mentions_bot(&message.text) {
            let mut mention = event;
            mention["type"] = "app_mention".into();
            if let Some(map) = mention.as_object_mut() {
                map.remove("channel_type");
                map.remove("subtype");
            }
            self.emit(&mention);
        }
    }

    pub(crate) fn emit_changed(&mut self, channel: &str, before: &Message, after: &Message) {
        if !self.bot_is_in(channel) {
            return;
        }
        let at = self.clock.next();
        let body = Map::from_iter([
            ("type".to_owned(), "message".into()),
            ("subtype".to_owned(), "message_changed".into()),
            ("hidden".to_owned(), true.into()),
            ("ts".to_owned(), at.as_str().into()),
            ("message".to_owned(), json::message(self, after, false).into()),
            ("previous_message".to_owned(), json::message(self, before, false).into()),
        ]);
        let event = self.envelope_of_message(channel, body, at);
        self.emit(&event);
    }

    pub(crate) fn emit_deleted(&mut self, channel: &str, gone: &Message) {
        if !self.bot_is_in(channel) {
            return;
        }
        let at = self.clock.next();
        let body = Map::from_iter([
            ("type".to_owned(), "message".into()),
            ("subtype".to_owned(), "message_deleted".into()),
            ("hidden".to_owned(), true.into()),
            ("ts".to_owned(), at.as_str().into()),
            ("deleted_ts".to_owned(), gone.ts.as_str().into()),
            ("previous_message".to_owned(), json::message(self, gone, false).into()),
        ]);
        let event = self.envelope_of_message(channel, body, at);
        self.emit(&event);
    }

    /// `reaction_added` or `reaction_removed`.
    pub(crate) fn emit_reaction(&mut self, kind: &str, channel: &str, message: &Message, user: &str, name: &str) {
        let at = self.clock.next();
        let event = json!({
            "type": kind,
            "user": user,
            "reaction": name,
            "item_user": message.user,
            "item": { "type": "message", "channel": channel, "ts": message.ts },
            "event_ts": at,
        });
        self.emit_in(channel, &event);
    }

    /// `member_joined_channel` or `member_left_channel`.
    pub(crate) fn emit_membership(&mut self, kind: &str, channel: &str, user: &str, inviter: Option<&str>) {
        let letter = self.channels.get(channel).map_or("C", |c| c.letter());
        let team = self.people.get(user).map_or(TEAM_ID, |p| p.team_id.as_str()).to_owned();
        let at = self.clock.next();
        let mut event = json!({
            "type": kind,
            "user": user,
            "channel": channel,
            "channel_type": letter,
            "team": team,
            "event_ts": at,
        });
        if let Some(inviter) = inviter {
            event["inviter"] = inviter.into();
        }
        self.emit_in(channel, &event);
    }

    /// `channel_archive`, `channel_unarchive` or `channel_deleted`, which the app hears about every public channel.
    pub(crate) fn emit_lifecycle(&mut self, kind: &str, channel: &str, user: &str) {
        let at = self.clock.next();
        let event = json!({ "type": kind, "channel": channel, "user": user, "event_ts": at });
        if self.hears_of(channel) {
            self.emit(&event);
        }
    }

    /// `channel_created` or `channel_rename`.
    pub(crate) fn emit_channel(&mut self, kind: &str, channel: &str) {
        let at = self.clock.next();
        let Some(found) = self.channels.get(channel) else { return };
        let event = json!({ "type": kind, "channel": json::channel_in_event(found), "event_ts": at });
        if self.hears_of(channel) {
            self.emit(&event);
        }
    }

    fn hears_of(&self, channel: &str) -> bool {
        self.channels.get(channel).is_some_and(|c| !c.private || c.has(BOT_USER))
    }

    pub(crate) fn emit_user_change(&mut self, user: &str) {
        let at = self.clock.next();
        let Some(person) = self.people.get(user) else { return };
        let event = json!({
            "type": "user_change",
            "user": json::person(self, person, self.scopes.contains("users:read.email")),
            "cache_ts": at.seconds(),
            "event_ts": at,
        });
        self.emit(&event);
    }
}

fn mentions_bot(text: &str) -> bool {
    text.match_indices("<@").any(|(at, _)| {
        let rest = &text[at + 2..];
        rest.strip_prefix(BOT_USER).is_some_and(|after| after.starts_with(['>', '|']))
    })
}
