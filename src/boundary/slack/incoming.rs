//! What Slack sends, read from its JSON: messages, channel events, button presses.
//!
//! It is read field by field and not into slack-morphism's types: those refuse a whole event for one field of a shape
//! that they do not know, and a command would be lost with it.

use jiff::Timestamp;
use serde_json::Value;

use crate::boundary::comm_platform::{Arrival, Arrived, Found, Me, Said};
use crate::core::history::{Attached, Chatter, Kind, Utterance};
use crate::core::ids::{ChannelId, MessageId, Source, UserId};
use crate::core::inbound::Inbound;
use crate::core::prose::{Piece, Prose};

use super::mrkdwn;
use super::render;
use super::ts;

/// A frame of Socket Mode.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// The connection stands.
    Hello,
    /// Slack is about to close the connection, or wants it closed.
    Disconnect {
        /// Slack's reason: `warning`, `refresh_requested` or `link_disabled`.
        reason: String,
    },
    /// Something happened.
    Envelope(Box<Envelope>),
    /// Something that is none of these and cannot be acknowledged.
    Unknown,
}

/// Something that happened and is to be acknowledged.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// By this id.
    pub id: String,
    /// What must be recorded before the acknowledgement, if anything.
    pub arrival: Option<Arrival>,
    /// What goes into the history, if anything.
    pub chatter: Option<Chatter>,
    /// What it was, in Slack's words, for the log.
    pub kind: String,
}

/// Reads a frame. It never fails: what is not understood is an envelope without contents, or unknown.
pub fn frame(body: &str, me: &Me) -> Frame {
    let Ok(frame) = serde_json::from_str::<Value>(body) else { return Frame::Unknown };
    let kind = text(&frame, "type");
    match (kind, text(&frame, "envelope_id")) {
        ("hello", _) => Frame::Hello,
        ("disconnect", _) => Frame::Disconnect { reason: text(&frame, "reason").to_owned() },
        (_, "") => Frame::Unknown,
        (kind, id) => {
            let payload = frame.get("payload").unwrap_or(&Value::Null);
            let (arrival, chatter, kind) = match kind {
                "events_api" => {
                    let (arrival, chatter) = event(payload, me);
                    let event = payload.get("event").unwrap_or(&Value::Null);
                    (arrival, chatter, format!("{} {}", text(event, "type"), text(event, "subtype")))
                }
                "interactive" => (press(payload, me), None, text(payload, "type").to_owned()),
                other => (None, None, other.to_owned()),
            };
            Frame::Envelope(Box::new(Envelope { id: id.to_owned(), arrival, chatter, kind }))
        }
    }
}

/// An event, as what must be recorded and what goes into the history.
fn event(payload: &Value, me: &Me) -> (Option<Arrival>, Option<Chatter>) {
    let event = payload.get("event").unwrap_or(&Value::Null);
    let Some(channel) = channel_of(event) else { return (None, None) };
    let user = || Some(text(event, "user")).filter(|user| !user.is_empty()).map(UserId::new);
    let (what, chatter) = match text(event, "type") {
        "message" => {
            let said = said_in(event, payload, &channel, me).map(Arrived::Said);
            (said, overheard(event, &channel))
        }
        "app_mention" => (said_in(event, payload, &channel, me).map(Arrived::Said), None),
        // The bot enters channels by its own effects, which need no echo.
        "member_joined_channel" => (
            user()
                .filter(|user| *user != me.user)
                .map(|user| Arrived::Happened(Inbound::Joined { channel: channel.clone(), user })),
            None,
        ),
        "channel_archive" | "group_archive" => {
            (Some(Arrived::Happened(Inbound::ChannelArchived { channel, by: user() })), None)
        }
        "channel_unarchive" | "group_unarchive" => {
            (Some(Arrived::Happened(Inbound::ChannelUnarchived { channel, by: user() })), None)
        }
        "channel_rename" | "group_rename" => {
            let name = event.get("channel").map(|channel| text(channel, "name")).unwrap_or_default();
            let renamed = Inbound::ChannelRenamed { channel, name: name.to_owned() };
            ((!name.is_empty()).then_some(Arrived::Happened(renamed)), None)
        }
        "channel_deleted" | "group_deleted" => (Some(Arrived::Happened(Inbound::ChannelDeleted { channel })), None),
        "reaction_added" | "reaction_removed" => reacted(event, &channel, me),
        _ => (None, None),
    };
    let event_key = match text(payload, "event_id") {
        // Not in Slack's documentation, but an event without a key would be lost or run twice.
        "" => format!("{}:{}", text(event, "type"), text(event, "event_ts")),
        id => id.to_owned(),
    };
    (what.map(|what| Arrival { event_key, what }), chatter)
}

/// The channel of an event, which Slack writes in three ways.
fn channel_of(event: &Value) -> Option<ChannelId> {
    let of = |value: &Value| {
        value.get("channel").and_then(|c| c.as_str().or_else(|| c.get("id")?.as_str())).map(str::to_owned)
    };
    of(event).or_else(|| of(event.get("item")?)).filter(|id| mrkdwn::is_id(id)).map(ChannelId::from)
}

/// What a person wrote, from a message of the history.
pub fn said(message: &Value, channel: &ChannelId, me: &Me) -> Option<Said> {
    said_in(message, &Value::Null, channel, me)
}

/// What a person wrote. Not an edit, not the word of a bot, not a notice of Slack's.
fn said_in(message: &Value, payload: &Value, channel: &ChannelId, me: &Me) -> Option<Said> {
    let author = Some(text(message, "user")).filter(|user| mrkdwn::is_id(user))?;
    let is_written = matches!(text(message, "subtype"), "" | "file_share" | "thread_broadcast");
    // A bot can write without a subtype and with a user of its own: only its `bot_id` tells.
    let is_bot = message.get("bot_id").is_some_and(|id| !id.is_null()) || author == "USLACKBOT";
    if !is_written || is_bot || author == me.user.as_str() {
        return None;
    }
    let source = source_of(message, channel)?;
    let text = addressed(mrkdwn::decode(text(message, "text")), me);
    let from_outside = is_from_outside(message, payload, me);
    let at = ts::instant(&source.message)?;
    let changed = message.get("edited").is_some_and(|edited| !edited.is_null());
    Some(Said { source, author: UserId::new(author), at, text, from_outside, changed })
}

fn source_of(message: &Value, channel: &ChannelId) -> Option<Source> {
    let id = Some(text(message, "ts")).filter(|id| ts::is_ts(id))?;
    // A thread's first message carries its own id as thread once it has replies; it stands in the root all the same.
    let thread = Some(text(message, "thread_ts")).filter(|thread| ts::is_ts(thread) && *thread != id);
    Some(Source { channel: channel.clone(), message: MessageId::new(id), thread: thread.map(MessageId::new) })
}

/// Without a mention of the bot in front, so that `@bot .status` is `.status`.
fn addressed(prose: Prose, me: &Me) -> Prose {
    let trimmed = prose.trimmed();
    match trimmed.pieces() {
        [Piece::Person(user), rest @ ..] if *user == me.user => rest.iter().cloned().collect::<Prose>().trimmed(),
        _ => prose,
    }
}

/// Whether Slack says that the author is of another organisation (Slack Connect: `user_team`, or `source_team`).
fn is_from_outside(message: &Value, payload: &Value, me: &Me) -> bool {
    let team = [text(message, "user_team"), text(message, "source_team")].into_iter().find(|team| !team.is_empty());
    let shared = payload.get("is_ext_shared_channel").and_then(Value::as_bool);
    match (team, shared) {
        // Within one Enterprise Grid organisation a member's team may be another workspace of it.
        (_, Some(false)) | (None, _) => false,
        (Some(team), _) => !me.team.is_empty() && team != me.team,
    }
}

/// What a message event is for the history.
fn overheard(event: &Value, channel: &ChannelId) -> Option<Chatter> {
    let told = instant(event, "event_ts").or_else(|| instant(event, "ts"));
    let before = || event.get("previous_message").and_then(|before| utterance(before, channel)).map(Box::new);
    match text(event, "subtype") {
        "message_changed" => {
            let (mut now, before) = (utterance(event.get("message")?, channel)?, before());
            // A deleted message that has a thread becomes a place holder.
            if text(event.get("message")?, "subtype") == "tombstone" {
                let (at, message) = (told?, now.source.message);
                return Some(Chatter::Deleted { channel: channel.clone(), message, at, before });
            }
            if now.changed.is_none() && before.as_ref().is_some_and(|before| before.text != now.text) {
                now.changed = told;
            }
            Some(Chatter::Changed { now: Box::new(now), before })
        }
        "message_deleted" => {
            let message = Some(text(event, "deleted_ts")).filter(|id| ts::is_ts(id)).map(MessageId::new)?;
            Some(Chatter::Deleted { channel: channel.clone(), message, at: told?, before: before() })
        }
        // It tells only that a thread has one more.
        "message_replied" => None,
        _ => utterance(event, channel).map(|said| Chatter::Said(Box::new(said))),
    }
}

fn instant(value: &Value, key: &str) -> Option<Timestamp> {
    Some(text(value, key)).filter(|id| ts::is_ts(id)).and_then(|id| ts::instant(&MessageId::new(id)))
}

/// A message as it stands, whoever wrote it.
fn utterance(message: &Value, channel: &ChannelId) -> Option<Utterance> {
    let source = source_of(message, channel)?;
    let at = ts::instant(&source.message)?;
    let kind = match text(message, "subtype") {
        "" | "file_share" | "thread_broadcast" | "bot_message" | "me_message" => Kind::Said,
        "channel_join" | "group_join" => Kind::Joined,
        "channel_leave" | "group_leave" => Kind::Left,
        "channel_topic" | "group_topic" => Kind::Topic,
        _ => Kind::Notice,
    };
    let said = match kind {
        Kind::Topic => text(message, "topic"),
        _ => text(message, "text"),
    };
    let filled = |value: &Value, key| Some(text(value, key).to_owned()).filter(|text| !text.is_empty());
    let files = message.get("files").and_then(Value::as_array).into_iter().flatten();
    let attached = files.map(|file| Attached {
        name: filled(file, "name").or_else(|| filled(file, "title")).unwrap_or_else(|| "a file".to_owned()),
        link: filled(file, "permalink").or_else(|| filled(file, "url_private")),
    });
    Some(Utterance {
        source,
        at,
        kind,
        author: filled(message, "user").map(UserId::from),
        by_bot: message.get("bot_id").is_some_and(|id| !id.is_null()),
        text: mrkdwn::decode(said),
        files: attached.collect(),
        changed: message.get("edited").and_then(|edited| instant(edited, "ts")),
    })
}

/// A message of the history, with what stands under it. The bot's own reactions are its answers, not history.
pub fn found(message: &Value, channel: &ChannelId, me: &Me) -> Option<Found> {
    let utterance = utterance(message, channel)?;
    let (mut reactions, mut all_reactions) = (Vec::new(), true);
    for reaction in message.get("reactions").and_then(Value::as_array).into_iter().flatten() {
        let users = reaction.get("users").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let count = reaction.get("count").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
        // Of very many Slack names only some.
        all_reactions &= count.is_none_or(|count| count <= users.len());
        let people = users.iter().filter_map(Value::as_str).filter(|user| *user != me.user.as_str());
        reactions.extend(people.map(|user| (text(reaction, "name").to_owned(), UserId::new(user))));
    }
    let latest_reply = Some(text(message, "latest_reply")).filter(|id| ts::is_ts(id)).map(MessageId::new);
    let gone = is_gone(message);
    Some(Found { utterance, gone, reactions, all_reactions, latest_reply })
}

/// A message asked for by its id.
pub fn one(message: &Value, channel: &ChannelId) -> Option<Utterance> {
    utterance(message, channel).filter(|_| !is_gone(message))
}

/// Whether only its place is left, for the thread below it.
fn is_gone(message: &Value) -> bool {
    text(message, "subtype") == "tombstone"
}

/// A reaction may be more than a reaction: whether it captures is for the intake to tell.
fn reacted(event: &Value, channel: &ChannelId, me: &Me) -> (Option<Arrived>, Option<Chatter>) {
    let read = || {
        let message = event.get("item").map(|item| text(item, "ts")).filter(|id| ts::is_ts(id))?;
        let (by, emoji) = (text(event, "user"), text(event, "reaction"));
        let at = instant(event, "event_ts")?;
        let is_whole = mrkdwn::is_id(by) && !emoji.is_empty();
        is_whole.then(|| (MessageId::new(message), UserId::new(by), emoji.to_owned(), at))
    };
    let Some((message, by, emoji, at)) = read() else { return (None, None) };
    let there = text(event, "type") == "reaction_added";
    let happened = Inbound::Reacted {
        channel: channel.clone(),
        message: message.clone(),
        by: by.clone(),
        emoji: emoji.clone(),
        there,
        found: None,
    };
    if by == me.user {
        return (None, None);
    }
    let chatter = Chatter::Reacted { channel: channel.clone(), message, by, emoji, at, there };
    (Some(Arrived::Happened(happened)), Some(chatter))
}

/// A press on one of our buttons, as if its command had been typed in the thread of its message.
fn press(payload: &Value, me: &Me) -> Option<Arrival> {
    if text(payload, "type") != "block_actions" {
        return None;
    }
    let action =
        payload.get("actions")?.as_array()?.iter().find(|action| text(action, "action_id").starts_with("command_"))?;
    let null = &Value::Null;
    let (user, container) = (payload.get("user").unwrap_or(null), payload.get("container").unwrap_or(null));
    let message = payload.get("message").unwrap_or(null);
    let first = |texts: &[&str]| texts.iter().find(|text| !text.is_empty()).map(|text| (*text).to_owned());
    let channel = first(&[
        payload.get("channel").map(|channel| text(channel, "id")).unwrap_or_default(),
        text(container, "channel_id"),
    ])
    .filter(|id| mrkdwn::is_id(id))?;
    let author = Some(text(user, "id")).filter(|id| mrkdwn::is_id(id)).map(UserId::new)?;
    let (command, pressed_at) = (text(action, "value"), Some(text(action, "action_ts")).filter(|id| ts::is_ts(id))?);
    let (command, on) = render::pressed(command);
    if command.is_empty() {
        return None;
    }
    // What only one person sees cannot begin a thread.
    let is_ephemeral = container.get("is_ephemeral").and_then(Value::as_bool).unwrap_or_default();
    let own = if is_ephemeral { "" } else { text(container, "message_ts") };
    let thread = first(&[text(container, "thread_ts"), text(message, "thread_ts"), own]).filter(|id| ts::is_ts(id));
    let team = first(&[text(user, "team_id")]);
    let message = ts::of_press(pressed_at, &author);
    let at = ts::instant(&message)?;
    Some(Arrival {
        event_key: format!("press:{channel}:{pressed_at}:{author}"),
        what: Arrived::Happened(Inbound::Typed {
            source: Source { channel: ChannelId::from(channel), thread: thread.map(MessageId::from), message },
            at,
            author,
            text: Prose::from(command),
            from_outside: team.is_some_and(|team| !me.team.is_empty() && team != me.team),
            late: false,
            on,
        }),
    })
}

/// A field's text; nothing when it is not a text.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn me() -> Me {
        Me {
            user: "U0BOT".into(),
            name: "breakingbot".to_owned(),
            team: "T0".to_owned(),
            workspace: "Woo".to_owned(),
            url: "https://woo.slack.example/".to_owned(),
        }
    }

    fn envelope(event: &Value) -> Value {
        json!({
            "type": "events_api", "envelope_id": "e-1", "accepts_response_payload": false,
            "payload": {"type": "event_callback", "team_id": "T0", "event_id": "Ev1", "event": event},
        })
    }

    fn read(event: &Value) -> (Option<Arrived>, Option<Chatter>) {
        match frame(&envelope(event).to_string(), &me()) {
            Frame::Envelope(envelope) => {
                assert_eq!(envelope.id, "e-1");
                if let Some(arrival) = &envelope.arrival {
                    assert_eq!(arrival.event_key, "Ev1");
                }
                (envelope.arrival.map(|arrival| arrival.what), envelope.chatter)
            }
            other => panic!("{other:?}"),
        }
    }

    fn message(more: &Value) -> Value {
        let mut message = json!({
            "type": "message", "channel": "C0MAIN", "channel_type": "channel", "user": "U0ALICE",
            "text": ".status", "ts": "1709139600.000100", "event_ts": "1709139600.000100",
        });
        if let (Some(message), Some(more)) = (message.as_object_mut(), more.as_object()) {
            message.extend(more.clone());
        }
        message
    }

    fn said_of(event: &Value) -> Said {
        match read(event).0 {
            Some(Arrived::Said(said)) => said,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_person_wrote_comes_in() {
        let said = said_of(&message(
            &json!({"text": ".start <http://a.b|a.b> &lt;down&gt;", "thread_ts": "1709139000.000001"}),
        ));
        assert_eq!(said.source.channel.as_str(), "C0MAIN");
        assert_eq!(said.source.message.as_str(), "1709139600.000100");
        assert_eq!(said.source.thread, Some("1709139000.000001".into()));
        assert_eq!(said.at, "2024-02-28T17:00:00.0001Z".parse().unwrap());
        assert_eq!(said.text.readable(), ".start a.b <down>");
        assert!(!said.from_outside);
        let root = said_of(&message(&json!({"thread_ts": "1709139600.000100"})));
        assert_eq!(root.source.thread, None);
        for subtype in ["file_share", "thread_broadcast"] {
            assert_eq!(said_of(&message(&json!({"subtype": subtype}))).text.readable(), ".status");
        }
    }

    #[test]
    fn a_mention_of_the_bot_in_front_is_taken_off() {
        for event in [
            message(&json!({"text": "<@U0BOT> .status"})),
            message(&json!({"type": "app_mention", "text": " <@U0BOT|bot>   .status"})),
        ] {
            assert_eq!(said_of(&event).text.readable(), ".status");
        }
        assert_eq!(said_of(&message(&json!({"text": "<@U0BOB> .status"}))).text.readable(), "@U0BOB .status");
    }

    #[test]
    fn what_no_person_wrote_now_is_no_command() {
        for more in [
            json!({"bot_id": "B1"}),
            json!({"user": "U0BOT"}),
            json!({"user": "USLACKBOT"}),
            json!({"user": null}),
            json!({"subtype": "bot_message"}),
            json!({"subtype": "channel_join"}),
            json!({"subtype": "message_changed", "message": {"user": "U0ALICE", "text": ".stop", "ts": "1709139600.000100"}}),
            json!({"subtype": "message_deleted", "deleted_ts": "1709139600.000100"}),
            json!({"subtype": "me_message"}),
            json!({"ts": "soon"}),
            json!({"channel": "<C>"}),
        ] {
            assert_eq!(read(&message(&more)).0, None, "{more}");
        }
    }

    #[test]
    fn the_author_of_another_organisation_is_told() {
        assert!(said_of(&message(&json!({"user_team": "T9"}))).from_outside);
        assert!(said_of(&message(&json!({"source_team": "T9"}))).from_outside);
        assert!(!said_of(&message(&json!({"user_team": "T0"}))).from_outside);
    }

    #[test]
    fn what_happens_to_channels_comes_in() {
        let channel = || ChannelId::from("C0MAIN");
        let table = [
            (
                json!({"type": "member_joined_channel", "channel": "C0MAIN", "user": "U0BOB", "team": "T0"}),
                Some(Inbound::Joined { channel: channel(), user: "U0BOB".into() }),
            ),
            (json!({"type": "member_joined_channel", "channel": "C0MAIN", "user": "U0BOT"}), None),
            (
                json!({"type": "channel_archive", "channel": "C0MAIN", "user": "U0BOB"}),
                Some(Inbound::ChannelArchived { channel: channel(), by: Some("U0BOB".into()) }),
            ),
            (
                json!({"type": "group_unarchive", "channel": "C0MAIN"}),
                Some(Inbound::ChannelUnarchived { channel: channel(), by: None }),
            ),
            (
                json!({"type": "channel_rename", "channel": {"id": "C0MAIN", "name": "fires", "created": 1}}),
                Some(Inbound::ChannelRenamed { channel: channel(), name: "fires".to_owned() }),
            ),
            (
                json!({"type": "channel_deleted", "channel": "C0MAIN"}),
                Some(Inbound::ChannelDeleted { channel: channel() }),
            ),
            (json!({"type": "unheard_of", "channel": "C0MAIN"}), None),
        ];
        for (event, expected) in table {
            assert_eq!(read(&event).0, expected.map(Arrived::Happened), "{event}");
        }
    }

    #[test]
    fn the_history_overhears_the_rest() {
        let edited = message(&json!({"subtype": "message_changed", "event_ts": "1709139660.000001",
            "message": {"user": "U0ALICE", "text": "a &amp; b", "ts": "1709139600.000100",
                "edited": {"user": "U0ALICE", "ts": "1709139659.000000"}},
            "previous_message": {"user": "U0ALICE", "text": "a", "ts": "1709139600.000100"}}));
        let (_, Some(Chatter::Changed { now, before: Some(before) })) = read(&edited) else { panic!("not changed") };
        assert_eq!((now.text.readable().as_str(), before.text.readable().as_str()), ("a & b", "a"));
        assert_eq!(now.changed, Some("2024-02-28T17:00:59Z".parse().unwrap()));
        assert_eq!(before.says_so_since(), "2024-02-28T17:00:00.0001Z".parse().unwrap());

        let by_bot = message(&json!({"bot_id": "B1", "files": [{"name": "graph.png", "permalink": "https://x/y"}]}));
        let (_, Some(Chatter::Said(said))) = read(&by_bot) else { panic!("not said") };
        let graph = Attached { name: "graph.png".to_owned(), link: Some("https://x/y".to_owned()) };
        assert_eq!((said.by_bot, said.files, said.kind), (true, vec![graph], Kind::Said));

        for (kind, there) in [("reaction_added", true), ("reaction_removed", false)] {
            let reaction = json!({"type": kind, "user": "U0BOB", "reaction": "eyes", "event_ts": "1709139660.000001",
                "item": {"type": "message", "channel": "C0MAIN", "ts": "1709139600.000100"}});
            let (_, Some(Chatter::Reacted { emoji, there: is_there, .. })) = read(&reaction) else {
                panic!("no reaction")
            };
            assert_eq!((emoji.as_str(), is_there), ("eyes", there));
        }

        for (subtype, kind) in [
            ("channel_join", Kind::Joined),
            ("channel_leave", Kind::Left),
            ("channel_topic", Kind::Topic),
            ("channel_archive", Kind::Notice),
        ] {
            let (_, Some(Chatter::Said(said))) = read(&message(&json!({"subtype": subtype, "topic": "t"}))) else {
                panic!("{subtype} is heard");
            };
            assert_eq!(said.kind, kind);
        }
        assert_eq!(read(&message(&json!({"subtype": "message_replied"}))).1, None);
    }

    #[test]
    fn a_deleted_message_is_told_with_what_it_said_also_when_its_place_stays() {
        let before = json!({"user": "U0ALICE", "text": "secret", "ts": "1709139600.000100"});
        for event in [
            json!({"subtype": "message_deleted", "deleted_ts": "1709139600.000100", "previous_message": before}),
            json!({"subtype": "message_changed", "previous_message": before,
                "message": {"subtype": "tombstone", "user": "USLACKBOT", "ts": "1709139600.000100"}}),
        ] {
            let told = read(&message(&event)).1;
            let Some(Chatter::Deleted { message: id, before: Some(before), .. }) = told else {
                panic!("{event}");
            };
            assert_eq!((id.as_str(), before.text.readable().as_str()), ("1709139600.000100", "secret"));
        }
    }

    #[test]
    fn a_message_of_the_history_tells_what_stands_under_it() {
        let message = json!({"user": "U0ALICE", "text": "x", "ts": "1709139600.000100", "latest_reply": "1709139700.000001",
            "reactions": [{"name": "eyes", "users": ["U0BOB", "U0CAROL"], "count": 3},
                {"name": "ok", "users": ["U0BOT"], "count": 1}]});
        let found = found(&message, &"C1".into(), &me()).unwrap();
        assert_eq!(found.latest_reply, Some("1709139700.000001".into()));
        assert_eq!(found.reactions.len(), 2);
        assert!(!found.all_reactions && !found.gone);
    }

    #[test]
    fn a_press_is_as_if_its_command_was_typed_in_the_thread() {
        let press = json!({"type": "interactive", "envelope_id": "e-2", "payload": {
            "type": "block_actions", "user": {"id": "U0BOB", "team_id": "T0"}, "channel": {"id": "C1", "name": "x"},
            "container": {"type": "message", "message_ts": "1709139600.000100", "channel_id": "C1", "is_ephemeral": false},
            "message": {"ts": "1709139600.000100"},
            "actions": [{"action_id": "command_0", "value": ".point", "action_ts": "1709139660.123456", "type": "button"}],
        }});
        let Frame::Envelope(envelope) = frame(&press.to_string(), &me()) else { panic!("not an envelope") };
        let arrival = envelope.arrival.unwrap();
        assert_eq!(arrival.event_key, "press:C1:1709139660.123456:U0BOB");
        let Arrived::Happened(Inbound::Typed { source, author, text, .. }) = arrival.what else { panic!("not typed") };
        assert_eq!((author.as_str(), text.readable().as_str()), ("U0BOB", ".point"));
        assert_eq!(source.thread, Some("1709139600.000100".into()));
        assert_eq!(ts::presser(&source.message), Some("U0BOB".into()));
        assert_eq!(ts::of(&source.message), "1709139660.123456");
    }

    #[test]
    fn frames_of_the_connection_are_told_apart() {
        assert_eq!(frame(r#"{"type":"hello","num_connections":1}"#, &me()), Frame::Hello);
        let closing = frame(r#"{"type":"disconnect","reason":"warning"}"#, &me());
        assert_eq!(closing, Frame::Disconnect { reason: "warning".to_owned() });
        for nothing in ["", "[]", "null", "{}", r#"{"type":"events_api"}"#, "{\"type\":"] {
            assert_eq!(frame(nothing, &me()), Frame::Unknown, "{nothing}");
        }
        let odd = frame(r#"{"type":"slash_commands","envelope_id":"e"}"#, &me());
        assert!(matches!(odd, Frame::Envelope(envelope) if envelope.arrival.is_none()));
    }

    /// Any JSON, of the field names that matter.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            prop::sample::select(vec![
                "message",
                "C0MAIN",
                "1709139600.000100",
                "9999999999999.1",
                "1.-1",
                "U0ALICE",
                "command_0",
                "<@U1"
            ])
            .prop_map(Value::from),
        ];
        let key = prop::sample::select(vec!["id", "ts", "text", "type", "item", "name", "user", "channel", "message"]);
        leaf.prop_recursive(3, 16, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(key.clone(), inner, 0..4)
                    .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
            ]
        })
    }

    /// Puts a value somewhere into a frame.
    fn mutate(frame: &mut Value, mut path: usize, new: &Value) {
        let size = match frame {
            Value::Object(map) => map.len(),
            Value::Array(list) => list.len(),
            _ => 0,
        };
        if size == 0 || path.is_multiple_of(7) {
            *frame = new.clone();
            return;
        }
        let place = path % size;
        path /= 7;
        match frame {
            Value::Object(map) => map.values_mut().nth(place).into_iter().for_each(|value| mutate(value, path, new)),
            Value::Array(list) => list.get_mut(place).into_iter().for_each(|value| mutate(value, path, new)),
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn no_frame_makes_it_panic(
            which in 0_usize..4, path in any::<usize>(), new in any_json(), cut in any::<prop::sample::Index>(),
        ) {
            let mut body = match which {
                0 => envelope(&message(&json!({"files": [{"name": "x"}], "thread_ts": "1709139000.000001"}))),
                1 => envelope(&json!({"type": "channel_rename", "channel": {"id": "C0MAIN", "name": "fires"}})),
                2 => envelope(&message(&json!({"subtype": "message_changed", "message": {"ts": "1.2", "text": "x"}}))),
                _ => json!({"type": "interactive", "envelope_id": "e", "payload": {
                    "type": "block_actions", "user": {"id": "U0BOB"}, "channel": {"id": "C1"},
                    "container": {"message_ts": "1.2"},
                    "actions": [{"action_id": "command_0", "value": ".point", "action_ts": "3.4"}]}}),
            };
            mutate(&mut body, path, &new);
            let body = body.to_string();
            let _ = frame(&body, &me());
            let mut end = cut.index(body.len() + 1);
            while !body.is_char_boundary(end) {
                end -= 1;
            }
            let _ = frame(body.get(..end).unwrap_or_default(), &me());
            let _ = said(&new, &"C1".into(), &me());
            let _ = found(&new, &"C1".into(), &me());
        }
    }
}
