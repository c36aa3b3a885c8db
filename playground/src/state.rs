//! The whole workspace in memory, under one lock.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use serde_json::Value;
use tokio::sync::mpsc;

use crate::Options;
use crate::calls::CallLog;
use crate::faults::Faults;
use crate::hub::{Delays, Hub};
use crate::limits::Limits;
use crate::model::{BOT_USER, Channel, Message, Person, Reacted, Remark, UserGroup};
use crate::refused::Refused;
use crate::seed;
use crate::ts::{Clock, Ts, micros};

/// An upload that was announced with files.getUploadURLExternal and is not completed yet.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) channels: BTreeMap<String, Channel>,
    /// Channel ids by name.
    names: HashMap<String, String>,
    pub(crate) groups: Vec<UserGroup>,
    pub(crate) uploads: HashMap<String, Upload>,
    pub(crate) files: BTreeMap<String, crate::model::File>,
    pub(crate) views: BTreeMap<String, Value>,
    pub(crate) hub: Hub,
    pub(crate) faults: Faults,
    pub(crate) limits: Limits,
    pub(crate) calls: CallLog,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) revoked: bool,
    pub(crate) tells_scopes: bool,
    pub(crate) tickets: HashSet<String>,
    /// Whoever is told of each reaction at once.
    pub(crate) told_of_reactions: Vec<mpsc::UnboundedSender<Reacted>>,
    /// When the keeper of deadlines wakes by itself, on the workspace's clock.
    pub(crate) keeper_wakes: u64,
    messages_kept: usize,
    serial: u64,
}

impl State {
    pub(crate) fn new(options: &Options) -> Self {
        let delays = Delays {
            acknowledge_within: micros(options.acknowledge_within),
            redeliver_after: options.redeliver_after.map(micros),
        };
        let clock = Clock::new();
        let mut state = Self {
            // A bot may remember the ids of an earlier playground, so the numbers go on where the time is: at less than
            // ten for each millisecond, no two playgrounds that follow each other give the same.
            serial: clock.now() / 100,
            clock,
            people: BTreeMap::new(),
            channels: BTreeMap::new(),
            names: HashMap::new(),
            groups: Vec::new(),
            uploads: HashMap::new(),
            files: BTreeMap::new(),
            views: BTreeMap::new(),
            hub: Hub::new(delays, options.envelopes_kept),
            faults: Faults::default(),
            limits: Limits::new(options.rate_limits),
            calls: CallLog::new(options.calls_kept),
            scopes: seed::SCOPES.iter().map(|s| (*s).to_owned()).collect(),
            revoked: false,
            tells_scopes: true,
            tickets: HashSet::new(),
            told_of_reactions: Vec::new(),
            keeper_wakes: u64::MAX,
            messages_kept: options.messages_kept.max(1),
        };
        for person in seed::people() {
            state.people.insert(person.id.clone(), person);
        }
        state.groups = seed::groups();
        for seeded in &seed::CHANNELS {
            let mut channel = state.blank_channel(seeded.id, seeded.name, seeded.private, "U0ALICE");
            channel.members = seeded.members.iter().map(|m| (*m).to_owned()).collect();
            state.insert_channel(channel);
        }
        state
    }

    /// A number nobody had before, in this playground or an earlier one.
    pub(crate) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(crate) fn blank_channel(&self, id: &str, name: &str, private: bool, creator: &str) -> Channel {
        Channel {
            id: id.to_owned(),
            name: name.to_owned(),
            private,
            im: None,
            archived: false,
            creator: creator.to_owned(),
            created: self.clock.seconds(),
            topic: Remark::default(),
            purpose: Remark::default(),
            previous_names: Vec::new(),
            members: BTreeSet::new(),
            messages: VecDeque::new(),
            ephemerals: VecDeque::new(),
            threads: HashMap::new(),
            pins: Vec::new(),
            bookmarks: Vec::new(),
        }
    }

    pub(crate) fn insert_channel(&mut self, channel: Channel) {
        if channel.im.is_none() {
            self.names.insert(channel.name.clone(), channel.id.clone());
        }
        self.channels.insert(channel.id.clone(), channel);
    }

    pub(crate) fn remove_channel(&mut self, id: &str) -> Option<Channel> {
        let channel = self.channels.remove(id)?;
        self.names.remove(&channel.name);
        Some(channel)
    }

    pub(crate) fn set_channel_name(&mut self, id: &str, name: &str) {
        if let Some(channel) = self.channels.get_mut(id) {
            let old = std::mem::replace(&mut channel.name, name.to_owned());
            channel.previous_names.insert(0, old.clone());
            self.names.remove(&old);
            self.names.insert(name.to_owned(), id.to_owned());
        }
    }

    pub(crate) fn name_is_taken(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// The channel with this id.
    pub(crate) fn channel(&self, id: &str) -> Result<&Channel, Refused> {
        self.channels.get(id).ok_or_else(|| Refused::from("channel_not_found"))
    }

    pub(crate) fn channel_mut(&mut self, id: &str) -> Result<&mut Channel, Refused> {
        self.channels.get_mut(id).ok_or_else(|| Refused::from("channel_not_found"))
    }

    /// The id of the channel with this id or name, with or without `#`.
    pub(crate) fn channel_id(&self, key: &str) -> Result<String, Refused> {
        if self.channels.contains_key(key) {
            return Ok(key.to_owned());
        }
        let name = key.strip_prefix('#').unwrap_or(key);
        self.names.get(name).cloned().ok_or_else(|| Refused::from("channel_not_found"))
    }

    /// The id of the person with this id or handle, with or without `@`.
    pub(crate) fn person_id(&self, key: &str) -> Result<String, Refused> {
        if self.people.contains_key(key) {
            return Ok(key.to_owned());
        }
        let name = key.strip_prefix('@').unwrap_or(key);
        self.people
            .values()
            .find(|p| p.name == name)
            .map(|p| p.id.clone())
            .ok_or_else(|| Refused::from("user_not_found"))
    }

    pub(crate) fn message(&self, channel: &str, ts: &str) -> Result<&Message, Refused> {
        let ts = Ts::parse(ts).ok_or("message_not_found")?;
        self.channel(channel)?.message(ts).ok_or_else(|| Refused::from("message_not_found"))
    }

    /// Puts a message at the end of its channel.
    pub(crate) fn append(&mut self, channel: &str, message: Message) {
        let kept = self.messages_kept;
        let Some(channel) = self.channels.get_mut(channel) else { return };
        if let Some(parent) = message.thread_ts.filter(|parent| *parent != message.ts) {
            channel.threads.entry(parent).or_default().push(message.ts);
        }
        channel.messages.push_back(message);
        if channel.messages.len() > kept
            && let Some(old) = channel.messages.pop_front()
        {
            channel.threads.remove(&old.ts);
        }
    }

    /// The conversation between a person and the bot; made when there is none.
    pub(crate) fn direct(&mut self, person: &str) -> (String, bool) {
        let id = format!("D0{}", person.strip_prefix("U0").or(person.strip_prefix('U')).unwrap_or(person));
        if self.channels.contains_key(&id) {
            return (id, true);
        }
        let mut channel = self.blank_channel(&id, "", true, BOT_USER);
        channel.im = Some(person.to_owned());
        channel.members = [person.to_owned(), BOT_USER.to_owned()].into();
        self.insert_channel(channel);
        (id, false)
    }

    pub(crate) fn bot_is_in(&self, channel: &str) -> bool {
        self.channels.get(channel).is_some_and(|c| c.has(BOT_USER))
    }

    pub(crate) fn shown_name<'a>(&'a self, person: &'a str) -> Cow<'a, str> {
        self.people.get(person).map_or(Cow::Borrowed(person), |p| Cow::Borrowed(p.shown_name()))
    }
}
