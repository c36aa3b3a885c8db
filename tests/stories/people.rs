//! People, and what comes of what they say.

use std::rc::Rc;

use breakingbot::core::ids::{IncidentId, MessageId};
use playground::{BOT_USER, MessageView, Ts};

use crate::rooms::{Channel, Room, seen, with_short_permalinks};
use crate::story::House;

#[derive(Clone)]
pub struct Person {
    pub id: &'static str,
    pub name: &'static str,
    pub house: Rc<House>,
}

/// Something that was said: where, by whom, and the text as it was first sent.
#[derive(Clone)]
pub struct Line {
    pub channel: String,
    pub ts: Ts,
    pub thread: Option<Ts>,
    pub by: &'static str,
    pub raw: String,
}

/// Something that was said, to be answered.
#[must_use = "a story looks at the answer"]
pub struct Said {
    pub line: Line,
    pub house: Rc<House>,
}

/// What the bot did about something that was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub reactions: Vec<String>,
    pub replies: Vec<String>,
    pub whispers: Vec<String>,
}

impl Person {
    /// Speaks in the main channel.
    pub fn says(&self, text: &str) -> Said {
        self.says_in(&self.house.main(), text)
    }

    pub fn says_in(&self, place: &Channel, text: &str) -> Said {
        self.speaks(place, text, None)
    }

    /// Speaks in a thread: under that line, or beside it in its thread.
    pub fn says_under(&self, under: &Said, text: &str) -> Said {
        let place = Channel { id: under.line.channel.clone(), house: self.house.clone() };
        self.speaks(&place, text, Some(under.line.thread.unwrap_or(under.line.ts)))
    }

    fn speaks(&self, place: &Channel, text: &str, thread: Option<Ts>) -> Said {
        let said = self.house.workspace.say(self.id, &place.id, text, thread.as_deref());
        let ts = said.unwrap_or_else(|why| panic!("{} cannot say {text:?}: {why}", self.name));
        self.spoke(place, ts, thread)
    }

    /// Sends mrkdwn as it is, with references that people cannot type.
    pub fn sends_raw(&self, place: &Channel, raw: &str) -> Said {
        let ts = self.house.workspace.say_raw(self.id, &place.id, raw, None).unwrap();
        self.spoke(place, ts, None)
    }

    /// Writes to the bot alone.
    pub fn says_to_bot(&self, text: &str) -> Said {
        let workspace = &self.house.workspace;
        let ts = workspace.say_to_bot(self.id, text).unwrap();
        let found = workspace.channels().into_iter().find(|channel| workspace.message(&channel.id, &ts).is_some());
        self.spoke(&Channel { id: found.unwrap().id, house: self.house.clone() }, ts, None)
    }

    pub fn joins(&self, place: &Channel) {
        self.house.workspace.join(self.id, &place.id).unwrap();
    }

    pub fn joins_and_leaves(&self, place: &Channel) {
        if !place.view().members.iter().any(|member| member == self.id) {
            self.joins(place);
        }
        self.house.workspace.leave(self.id, &place.id).unwrap();
    }

    pub fn archives(&self, place: &Channel) {
        self.house.workspace.archive(self.id, &place.id).unwrap();
    }

    pub fn unarchives(&self, place: &Channel) {
        self.house.workspace.unarchive(self.id, &place.id).unwrap();
    }

    pub fn renames(&self, place: &Channel, name: &str) {
        self.house.workspace.rename(self.id, &place.id, name).unwrap();
    }

    pub fn deletes(&self, place: &Channel) {
        self.house.workspace.delete_channel(self.id, &place.id).unwrap();
    }

    /// Waits for the bot to whisper to them there, and gives that back.
    pub async fn is_whispered_in(&self, place: &Channel) -> String {
        let whispered = self.house.until_some("something is whispered", |_| self.whispers_in(place).pop());
        whispered.await
    }

    fn spoke(&self, place: &Channel, ts: Ts, thread: Option<Ts>) -> Said {
        let raw = self.house.workspace.message(&place.id, &ts).unwrap().text;
        let line = Line { channel: place.id.clone(), ts, thread, by: self.id, raw };
        self.house.said.borrow_mut().push(line.clone());
        Said { line, house: self.house.clone() }
    }

    /// What the bot whispered to them there, and nobody else reads.
    pub fn whispers_in(&self, place: &Channel) -> Vec<String> {
        whispers(&self.house, &place.id, self.id, None)
    }
}

impl Said {
    /// The answer as it is now.
    pub fn answer(&self) -> Answer {
        let Line { channel, ts, thread, by, .. } = &self.line;
        let workspace = &self.house.workspace;
        let message = workspace.message(channel, ts);
        let reactions = message.into_iter().flat_map(|message| message.reactions);
        let by_bot = reactions.filter(|reaction| reaction.users.iter().any(|user| user == BOT_USER));
        let replies = workspace.messages(channel, Some(*ts)).unwrap_or_default();
        let here = thread.unwrap_or(*ts);
        let replies = replies.iter().filter(|reply| reply.user == BOT_USER && reply.thread_ts == Some(here));
        Answer {
            reactions: by_bot.map(|reaction| reaction.name).collect(),
            replies: replies.map(|reply| seen(&self.house, reply)).collect(),
            whispers: whispers(&self.house, channel, by, Some(*ts)),
        }
    }

    async fn until(&self, what: &str, mut so: impl FnMut(&Answer) -> bool) -> Answer {
        let waited = self.house.workspace.until(crate::story::LIMIT, |_| Some(self.answer()).filter(|a| so(a))).await;
        waited.unwrap_or_else(|| panic!("{:?} {what} in vain: {:?}", self.line.raw, self.answer()))
    }

    /// The answer is this reaction and nothing else.
    pub async fn gets_reaction(&self, emoji: &str) {
        let answer = self.until("waited for an answer", |a| !a.replies.is_empty() || !a.reactions.is_empty()).await;
        assert_eq!((answer.reactions, answer.replies), (vec![emoji.to_owned()], vec![]), "{:?}", self.line.raw);
    }

    /// Something is said under it, before or beside the answer.
    pub async fn told(&self) -> String {
        self.until("waited for a word", |answer| !answer.replies.is_empty()).await.replies.swap_remove(0)
    }

    /// It gets this reaction, among other things.
    pub async fn is_answered_with(&self, emoji: &str) {
        self.until("waited for a reaction", |answer| answer.reactions.iter().any(|given| given == emoji)).await;
    }

    /// There is no way to answer it.
    pub fn cannot_be_answered(&self) {
        self.house.said.borrow_mut().retain(|line| (&line.channel, line.ts) != (&self.line.channel, self.line.ts));
    }

    /// There is an answer, whatever it is.
    pub async fn is_answered(&self) {
        self.until("waited for an answer", |answer| !answer.replies.is_empty() || !answer.reactions.is_empty()).await;
    }

    /// The answer is one threaded reply, given back as people read it.
    pub async fn reply(&self) -> String {
        let answer = self.until("waited for a reply", |a| !a.replies.is_empty() || !a.reactions.is_empty()).await;
        assert_eq!(answer.reactions, [""; 0], "{:?}: {:?}", self.line.raw, answer.replies);
        answer.replies.join("\n⋯\n")
    }

    /// The answer is the reaction `exclamation` and one threaded sentence, given back.
    pub async fn refusal(&self) -> String {
        let answer = self.until("waited for a refusal", |answer| !answer.replies.is_empty()).await;
        assert_eq!(answer.reactions, ["exclamation"], "{:?}: {:?}", self.line.raw, answer.replies);
        answer.replies.join("\n⋯\n")
    }

    /// What is in the file that it is answered with.
    pub async fn file(&self) -> String {
        let Line { channel, ts, .. } = &self.line;
        let find = |slack: &playground::Workspace| {
            let replies = slack.messages(channel, Some(*ts)).ok()?;
            let file = replies.into_iter().flat_map(|reply| reply.files).next()?;
            Some(String::from_utf8(file.content.to_vec()).unwrap())
        };
        let content = self.house.until_some("there is a file", find).await;
        with_short_permalinks(&self.house, &content)
    }

    /// Only its author is told something, given back.
    pub async fn whisper(&self) -> String {
        let answer = self.until("waited for a whisper", |answer| !answer.whispers.is_empty()).await;
        assert_eq!((answer.reactions.len(), answer.replies.len()), (0, 0), "{:?}: {answer:?}", self.line.raw);
        answer.whispers.join("\n⋯\n")
    }

    /// Nothing at all comes of it, now that everything is done that there was to do.
    pub async fn is_ignored(&self) {
        self.house.settles().await;
        assert_eq!(self.answer(), Answer::default(), "{:?}", self.line.raw);
    }

    /// It declares an incident, whose channel stands, with its intro.
    pub async fn opens_channel(&self) -> Room {
        self.gets_reaction("ok").await;
        let room = self.declared().await;
        self.house
            .until("the intro is pinned", |slack| slack.channel(&room.id).is_ok_and(|channel| !channel.pins.is_empty()))
            .await;
        room
    }

    /// The channel of the incident that it declared, as soon as that is on record.
    pub async fn declared(&self) -> Room {
        let (channel, message) = (self.line.channel.clone(), MessageId::new(self.line.ts));
        let (id, channel) = self
            .house
            .until_on_record("the incident has its channel", move |store| {
                let (channel, message) = (channel.clone(), message.clone());
                async move {
                    for id in (1..).map(IncidentId) {
                        let incident = store.load(id).await.unwrap()?;
                        let declared = incident.declaration.as_ref();
                        if declared.is_some_and(|at| at.channel.as_str() == channel && at.message == message) {
                            return incident.channel.map(|channel| (id.0, channel));
                        }
                    }
                    None
                }
            })
            .await;
        Room { incident: id, channel: Channel { id: channel.to_string(), house: self.house.clone() } }
    }

    /// Its author changes it.
    pub fn is_edited(&self, text: &str) {
        self.house.workspace.edit(&self.line.channel, &self.line.ts, text).unwrap();
    }
}

fn whispers(house: &House, channel: &str, to: &str, after: Option<Ts>) -> Vec<String> {
    let all = house.workspace.ephemerals(channel).unwrap_or_default();
    let is_meant = |message: &&MessageView| {
        message.ephemeral_to.as_deref() == Some(to) && after.is_none_or(|after| message.ts > after)
    };
    all.iter().filter(is_meant).map(|message| seen(house, message)).collect()
}
