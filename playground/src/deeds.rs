//! What can happen in a channel, whoever does it: people through the page and the tests, the app through the Web API.
//!
//! Each deed changes the state and tells the app. Who may do what is asked before, by the callers.

use std::time::Instant;

use serde_json::{Value, json};

use crate::model::{BOT_ID, BOT_USER, Edited, File, Message, Pin, Reacted, Reaction, Remark};
use crate::refused::Refused;
use crate::state::State;
use crate::ts::Ts;

/// A message that is not posted yet.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) thread_ts: Option<Ts>,
    pub(crate) broadcast: bool,
    pub(crate) metadata: Option<Value>,
    pub(crate) files: Vec<File>,
    pub(crate) subtype: Option<&'static str>,
    pub(crate) extra: Option<(&'static str, String)>,
}

/// What a change of a message replaces; `None` leaves it.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) text: Option<String>,
    pub(crate) blocks: Option<Vec<Value>>,
    pub(crate) attachments: Option<Vec<Value>>,
    pub(crate) metadata: Option<Option<Value>>,
}

impl State {
    fn finish(&mut self, user: &str, draft: Draft) -> Message {
        let bot_id = self.people.get(user).and_then(|p| p.bot_id.clone());
        let ts = self.clock.next();
        let client_msg_id = (bot_id.is_none() && draft.subtype.is_none()).then(|| {
            let serial = self.serial();
            format!("00000000-0000-4000-9000-{serial:012x}")
        });
        let subtype = match draft.subtype {
            None if !draft.files.is_empty() => Some("file_share"),
            None if draft.broadcast => Some("thread_broadcast"),
            given => given,
        };
        Message {
            ts,
            user: user.to_owned(),
            bot_id: bot_id.filter(|_| draft.subtype.is_none()),
            subtype,
            text: draft.text,
            blocks: draft.blocks,
            attachments: draft.attachments,
            thread_ts: draft.thread_ts,
            broadcast: draft.broadcast,
            reactions: Vec::new(),
            metadata: draft.metadata,
            edited: None,
            ephemeral_to: None,
            files: draft.files,
            client_msg_id,
            extra: draft.extra,
        }
    }

    pub(crate) fn post(&mut self, channel: &str, user: &str, draft: Draft) -> Ts {
        let message = self.finish(user, draft);
        let ts = message.ts;
        // The event is made before the message is stored, so that the message need not be copied.
        self.emit_message(channel, &message);
        self.append(channel, message);
        ts
    }

    pub(crate) fn post_ephemeral(&mut self, channel: &str, to: &str, draft: Draft) -> Ts {
        /// Ephemeral messages a channel remembers.
        const KEPT: usize = 1_000;
        let mut message = self.finish(BOT_USER, draft);
        message.ephemeral_to = Some(to.to_owned());
        let ts = message.ts;
        if let Some(channel) = self.channels.get_mut(channel) {
            if channel.ephemerals.len() >= KEPT {
                channel.ephemerals.pop_front();
            }
            channel.ephemerals.push_back(message);
        }
        ts
    }

    /// A line about the channel itself, such as `channel_join`.
    fn note(
        &mut self,
        channel: &str,
        user: &str,
        subtype: &'static str,
        text: String,
        extra: Option<(&'static str, String)>,
    ) {
        self.post(channel, user, Draft { text, subtype: Some(subtype), extra, ..Draft::default() });
    }

    pub(crate) fn change_message(&mut self, channel: &str, ts: Ts, by: &str, change: Change) -> Result<(), Refused> {
        let edited = Edited { user: by.to_owned(), ts: self.clock.next() };
        let message = self.channel_mut(channel)?.message_mut(ts).ok_or("message_not_found")?;
        let before = message.clone();
        if let Some(text) = change.text {
            message.text = text;
        }
        if let Some(blocks) = change.blocks {
            message.blocks = blocks;
        }
        if let Some(attachments) = change.attachments {
            message.attachments = attachments;
        }
        if let Some(metadata) = change.metadata {
            message.metadata = metadata;
        }
        message.edited = Some(edited);
        let after = message.clone();
        self.emit_changed(channel, &before, &after);
        Ok(())
    }

    pub(crate) fn delete_message(&mut self, channel: &str, ts: Ts) -> Result<(), Refused> {
        let found = self.channel_mut(channel)?;
        found.pins.retain(|p| p.ts != ts);
        let gone = if found.threads.get(&ts).is_some_and(|r| !r.is_empty()) {
            // A parent leaves a tombstone, so that its replies keep their place.
            let parent = found.message_mut(ts).ok_or("message_not_found")?;
            let gone = parent.clone();
            parent.text = "This message was deleted.".to_owned();
            parent.subtype = Some("tombstone");
            parent.user = "USLACKBOT".to_owned();
            parent.bot_id = None;
            parent.blocks.clear();
            parent.attachments.clear();
            parent.files.clear();
            parent.metadata = None;
            gone
        } else {
            let gone = found.take(ts).ok_or("message_not_found")?;
            if let Some(replies) = gone.thread_ts.and_then(|parent| found.threads.get_mut(&parent)) {
                replies.retain(|reply| *reply != ts);
            }
            gone
        };
        self.emit_deleted(channel, &gone);
        Ok(())
    }

    pub(crate) fn react(&mut self, channel: &str, ts: Ts, user: &str, name: &str) -> Result<(), Refused> {
        /// Different emoji on one message (reactions.add, too_many_emoji).
        const MOST_EMOJI: usize = 50;
        let message = self.channel_mut(channel)?.message_mut(ts).ok_or("message_not_found")?;
        let kinds = message.reactions.len();
        match message.reactions.iter_mut().find(|r| r.name == name) {
            Some(reaction) if reaction.users.iter().any(|u| u == user) => return Err("already_reacted".into()),
            Some(reaction) => reaction.users.push(user.to_owned()),
            None if kinds >= MOST_EMOJI => return Err("too_many_emoji".into()),
            None => message.reactions.push(Reaction { name: name.to_owned(), users: vec![user.to_owned()] }),
        }
        let message = message.clone();
        self.emit_reaction("reaction_added", channel, &message, user, name);
        self.tell_of_reaction(channel, ts);
        Ok(())
    }

    fn tell_of_reaction(&mut self, channel: &str, ts: Ts) {
        if self.told_of_reactions.is_empty() {
            return;
        }
        let reacted = Reacted { channel: channel.to_owned(), ts, at: Instant::now() };
        self.told_of_reactions.retain(|told| told.send(reacted.clone()).is_ok());
    }

    pub(crate) fn unreact(&mut self, channel: &str, ts: Ts, user: &str, name: &str) -> Result<(), Refused> {
        let message = self.channel_mut(channel)?.message_mut(ts).ok_or("message_not_found")?;
        let reaction = message.reactions.iter_mut().find(|r| r.name == name).ok_or("no_reaction")?;
        let before = reaction.users.len();
        reaction.users.retain(|u| u != user);
        if reaction.users.len() == before {
            return Err("no_reaction".into());
        }
        message.reactions.retain(|r| !r.users.is_empty());
        let message = message.clone();
        self.emit_reaction("reaction_removed", channel, &message, user, name);
        Ok(())
    }

    /// Somebody comes in, by themselves or invited.
    pub(crate) fn enter(&mut self, channel: &str, user: &str, inviter: Option<&str>) -> Result<(), Refused> {
        self.channel_mut(channel)?.members.insert(user.to_owned());
        let extra = inviter.map(|i| ("inviter", i.to_owned()));
        let subtype = if self.channel(channel)?.private { "group_join" } else { "channel_join" };
        self.note(channel, user, subtype, format!("<@{user}> has joined the channel"), extra);
        self.emit_membership("member_joined_channel", channel, user, inviter);
        Ok(())
    }

    pub(crate) fn exit(&mut self, channel: &str, user: &str) -> Result<(), Refused> {
        let subtype = if self.channel(channel)?.private { "group_leave" } else { "channel_leave" };
        self.note(channel, user, subtype, format!("<@{user}> has left the channel"), None);
        self.emit_membership("member_left_channel", channel, user, None);
        self.channel_mut(channel)?.members.remove(user);
        Ok(())
    }

    pub(crate) fn archive(&mut self, channel: &str, user: &str) -> Result<(), Refused> {
        if std::mem::replace(&mut self.channel_mut(channel)?.archived, true) {
            return Err("already_archived".into());
        }
        self.note(channel, user, "channel_archive", format!("<@{user}> archived the channel"), None);
        self.emit_lifecycle("channel_archive", channel, user);
        Ok(())
    }

    pub(crate) fn unarchive(&mut self, channel: &str, user: &str) -> Result<(), Refused> {
        if !std::mem::replace(&mut self.channel_mut(channel)?.archived, false) {
            return Err("not_archived".into());
        }
        self.note(channel, user, "channel_unarchive", format!("<@{user}> un-archived the channel"), None);
        self.emit_lifecycle("channel_unarchive", channel, user);
        Ok(())
    }

    pub(crate) fn rename(&mut self, channel: &str, user: &str, name: &str) -> Result<(), Refused> {
        check_channel_name(name)?;
        let old = self.channel(channel)?.name.clone();
        if old == name {
            return Ok(());
        }
        if self.name_is_taken(name) {
            return Err("name_taken".into());
        }
        self.set_channel_name(channel, name);
        let text = format!("<@{user}> has renamed the channel from \"{old}\" to \"{name}\"");
        self.note(channel, user, "channel_name", text, Some(("name", name.to_owned())));
        self.emit_channel("channel_rename", channel);
        Ok(())
    }

    pub(crate) fn set_topic(&mut self, channel: &str, user: &str, topic: &str) -> Result<(), Refused> {
        self.set_remark(channel, user, topic, true)
    }

    pub(crate) fn set_purpose(&mut self, channel: &str, user: &str, purpose: &str) -> Result<(), Refused> {
        self.set_remark(channel, user, purpose, false)
    }

    fn set_remark(&mut self, channel: &str, user: &str, text: &str, topic: bool) -> Result<(), Refused> {
        /// Characters of a topic or purpose (conversations.setTopic, conversations.setPurpose).
        const LONGEST: usize = 250;
        if text.chars().count() > LONGEST {
            return Err("too_long".into());
        }
        let remark = Remark { value: text.to_owned(), creator: user.to_owned(), last_set: self.clock.seconds() };
        let found = self.channel_mut(channel)?;
        let slot = if topic { &mut found.topic } else { &mut found.purpose };
        if slot.value == text {
            return Ok(());
        }
        *slot = remark;
        let (subtype, field) = if topic { ("channel_topic", "topic") } else { ("channel_purpose", "purpose") };
        let line = match (topic, text.is_empty()) {
            (_, true) => format!("<@{user}> cleared the channel {field}"),
            (true, false) => format!("<@{user}> set the channel topic: {text}"),
            (false, false) => format!("<@{user}> set the channel description: {text}"),
        };
        self.note(channel, user, subtype, line, Some((field, text.to_owned())));
        Ok(())
    }

    pub(crate) fn create_channel(&mut self, name: &str, private: bool, creator: &str) -> Result<String, Refused> {
        check_channel_name(name)?;
        if self.name_is_taken(name) {
            return Err("name_taken".into());
        }
        let id = format!("C0NEW{}", self.serial());
        let mut channel = self.blank_channel(&id, name, private, creator);
        channel.members.insert(creator.to_owned());
        self.insert_channel(channel);
        self.emit_channel("channel_created", &id);
        if creator == BOT_USER {
            self.note(&id, creator, "channel_join", format!("<@{creator}> has joined the channel"), None);
        }
        Ok(id)
    }

    pub(crate) fn delete_channel(&mut self, channel: &str, user: &str) -> Result<(), Refused> {
        self.channel(channel)?;
        self.emit_lifecycle("channel_deleted", channel, user);
        self.remove_channel(channel);
        Ok(())
    }

    pub(crate) fn pin(&mut self, channel: &str, ts: Ts, user: &str) -> Result<(), Refused> {
        let created = self.clock.seconds();
        let found = self.channel_mut(channel)?;
        let author = found.message(ts).ok_or("message_not_found")?.user.clone();
        if found.pins.iter().any(|p| p.ts == ts) {
            return Err("already_pinned".into());
        }
        found.pins.push(Pin { ts, user: user.to_owned(), created });
        let at = self.clock.next();
        let event = json!({
            "type": "pin_added",
            "user": user,
            "channel_id": channel,
            "item": { "type": "message", "channel": channel, "created": created, "created_by": user,
                      "message": { "type": "message", "user": author, "ts": ts } },
            "item_user": author,
            "event_ts": at,
        });
        self.emit_in(channel, &event);
        Ok(())
    }

    /// Sends a press of a button to the app. The envelope's id.
    pub(crate) fn press(&mut self, user: &str, channel: &str, ts: Ts, action_id: &str) -> Result<String, Refused> {
        let found = self.channel(channel)?;
        let message = found
            .message(ts)
            .or_else(|| found.ephemerals.iter().find(|m| m.ts == ts))
            .filter(|m| m.ephemeral_to.as_deref().is_none_or(|to| to == user))
            .ok_or("message_not_found")?;
        let (block_id, element) =
            message.blocks.iter().find_map(|block| find_element(block, action_id)).ok_or("action_not_found")?;
        let at = self.clock.now_ts();
        let mut action = json!({
            "type": element["type"],
            "action_id": action_id,
            "block_id": block_id,
            "text": element["text"],
            "action_ts": at,
        });
        for key in ["value", "style", "url"] {
            if let Some(value) = element.get(key) {
                action[key] = value.clone();
            }
        }
        let ephemeral = message.ephemeral_to.is_some();
        let person = self.people.get(user).ok_or("user_not_found")?;
        let payload = json!({
            "type": "block_actions",
            "user": { "id": user, "username": person.name, "name": person.name, "team_id": person.team_id },
            "api_app_id": crate::model::APP_ID,
            "token": "playground",
            "container": { "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": ephemeral },
            "trigger_id": format!("{}.{BOT_ID}.{}", at.micros(), action_id),
            "team": { "id": crate::model::TEAM_ID, "domain": "playground" },
            "enterprise": null,
            "is_enterprise_install": false,
            "channel": { "id": channel, "name": found.name },
            "message": crate::json::message_in(self, found, message, false),
            "state": { "values": {} },
            "actions": [action],
        });
        Ok(self.hub.offer("interactive", "block_actions", payload.to_string(), at))
    }
}

/// The block id and the element with this action id.
fn find_element<'a>(block: &'a Value, action_id: &str) -> Option<(String, &'a Value)> {
    let listed = block["elements"].as_array().into_iter().flatten();
    let found = listed.chain(block.get("accessory")).find(|e| e["action_id"] == action_id)?;
    Some((block["block_id"].as_str().unwrap_or_default().to_owned(), found))
}

/// Slack's rules for names of channels (conversations.create).
pub(crate) fn check_channel_name(name: &str) -> Result<(), Refused> {
    /// Characters of a channel's name.
    const LONGEST: usize = 80;
    if name.is_empty() {
        return Err("invalid_name_required".into());
    }
    if name.chars().count() > LONGEST {
        return Err("invalid_name_maxlength".into());
    }
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_') {
        return Err("invalid_name_specials".into());
    }
    if name.chars().all(|c| c == '-' || c == '_') {
        return Err("invalid_name_punctuation".into());
    }
    Ok(())
}
