//! Channels, as people read them.

use std::fmt::Write;
use std::ops::Deref;
use std::rc::Rc;

use breakingbot::core::incident::Incident;
use playground::{BOT_USER, ChannelView, MessageView};

use crate::story::House;

#[derive(Clone)]
pub struct Channel {
    pub id: String,
    pub house: Rc<House>,
}

/// The channel of an incident.
#[derive(Clone)]
pub struct Room {
    pub incident: i64,
    pub channel: Channel,
}

impl Deref for Room {
    type Target = Channel;

    fn deref(&self) -> &Channel {
        &self.channel
    }
}

impl Room {
    pub async fn incident(&self) -> Incident {
        self.house.incident(self.incident).await
    }
}

impl Channel {
    pub fn view(&self) -> ChannelView {
        self.house.workspace.channel(&self.id).unwrap()
    }

    pub fn topic(&self) -> Topic<'_> {
        Topic(self)
    }

    /// What the bot posted in the channel's root, oldest first.
    pub fn posts(&self) -> Vec<String> {
        let messages = self.house.workspace.messages(&self.id, None).unwrap_or_default();
        let posts = messages.iter().filter(|m| m.user == BOT_USER && m.subtype.is_none() && m.thread_ts.is_none());
        posts.map(|message| seen(&self.house, message)).collect()
    }

    /// The bot says this in the channel's root, sooner or later.
    pub async fn shows(&self, text: &str) -> String {
        let find = |_: &_| self.posts().into_iter().find(|post| post.contains(text));
        match self.house.workspace.until(crate::story::LIMIT, find).await {
            Some(post) => post,
            None => panic!("{text:?} was not said in {}: {:#?}", self.id, self.posts()),
        }
    }

    /// Everything in the channel when nothing is left to do: who said what, the bot's reactions, the threads.
    pub async fn transcript(&self) -> String {
        self.house.settles().await;
        let messages = self.house.workspace.messages(&self.id, None).unwrap();
        let mut out = String::new();
        for message in messages.iter().filter(|m| m.thread_ts.is_none() && is_said(m)) {
            tell(&mut out, &self.house, message, "");
            for reply in messages.iter().filter(|m| m.thread_ts == Some(message.ts)) {
                tell(&mut out, &self.house, reply, "    ");
            }
        }
        out
    }
}

fn is_said(message: &MessageView) -> bool {
    matches!(message.subtype, None | Some("file_share" | "thread_broadcast"))
}

fn tell(out: &mut String, house: &House, message: &MessageView, indent: &str) {
    let name = house.workspace.rendered_text(&format!("<@{}>", message.user));
    let reactions: String = message.reactions.iter().map(|reaction| format!(" :{}:", reaction.name)).collect();
    let text = seen(house, message).replace('\n', &format!("\n{indent}    "));
    writeln!(out, "{indent}{}: {text}{reactions}", name.trim_start_matches('@')).unwrap();
}

pub struct Topic<'a>(&'a Channel);

impl Topic<'_> {
    /// As it is now.
    pub fn text(&self) -> String {
        let house = &self.0.house;
        house
            .workspace
            .channel(&self.0.id)
            .map_or_else(|gone| gone.to_string(), |channel| house.workspace.rendered_text(&channel.topic))
    }

    /// It comes to say this, among other things.
    pub async fn shows(&self, text: &str) {
        let shown = self.0.house.workspace.until(crate::story::LIMIT, |_| self.text().contains(text).then_some(()));
        assert!(shown.await.is_some(), "the topic never showed {text:?}; it is {:?}", self.text());
    }

    /// It comes to say this and nothing else.
    pub async fn is(&self, text: &str) {
        let shown = self.0.house.workspace.until(crate::story::LIMIT, |_| (self.text() == text).then_some(()));
        assert!(shown.await.is_some(), "the topic never was {text:?}; it is {:?}", self.text());
    }
}

/// A message as a person reads it.
pub fn seen(house: &House, message: &MessageView) -> String {
    with_short_permalinks(house, &house.workspace.rendered(message))
}

/// Links into the workspace have a port, an id and a timestamp that are never the same: only the channel's name is kept.
pub fn with_short_permalinks(house: &House, text: &str) -> String {
    let mut parts = text.split("http://127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([')', '>', ' ', '\n', '"', '<', '|']).unwrap_or(part.len());
        let (link, rest) = part.split_at(end);
        let channel = link.split_once("/archives/").and_then(|(_, place)| place.split('/').next());
        let name = channel.and_then(|id| house.workspace.channel(id).ok()).map_or_else(String::new, |found| found.name);
        write!(out, "#{name}…{rest}").unwrap();
    }
    out
}
