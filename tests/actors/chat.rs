//! A chat that records what it is asked to do and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakingbot::boundary::comm_platform::{
    ChannelState, CommPlatform, Doubt, Found, HistoryPage, LookupError, Me, Missed, OutboxKey, Pending, Receipt, Said,
    SendError,
};
use breakingbot::core::effect::{Effect, Purpose};
use breakingbot::core::history::Utterance;
use breakingbot::core::ids::{ChannelId, GroupId, MessageId, Source, UserId};
use breakingbot::core::inbound::Outcome;
use breakingbot::core::message::Message;
use breakingbot::core::person::{Person, Standing};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// One call of `perform`.
#[derive(Clone, Debug)]
pub struct Performed {
    pub effect: Effect,
    pub doubt: Doubt,
}

/// What the next call gives instead of success.
pub type Happens = Box<dyn FnOnce() + Send>;
pub type Script = Box<dyn FnMut(&Effect) -> Option<SendError> + Send>;

#[derive(Default)]
pub struct Chat {
    performed: Mutex<Vec<Performed>>,
    said_at_once: Mutex<Vec<String>>,
    errors: Mutex<VecDeque<Script>>,
    people: Mutex<Vec<Person>>,
    trouble: Mutex<Option<UserId>>,
    /// What stands in the channels, oldest first.
    standing: Mutex<Vec<Found>>,
    /// Which histories were asked for.
    asked: Mutex<Vec<String>>,
    history: Mutex<Vec<Said>>,
    /// What happens as soon as a page of a history was read.
    meanwhile: Mutex<Option<Happens>>,
    changed: watch::Sender<u64>,
}

impl Chat {
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// From now on every effect is shown to this; what it gives is the call's error.
    pub fn answers_with(&self, script: impl FnMut(&Effect) -> Option<SendError> + Send + 'static) {
        self.errors.lock().unwrap().push_back(Box::new(script));
    }

    /// This stands in a channel from now on.
    pub fn stands(&self, found: Found) {
        self.standing.lock().unwrap().push(found);
    }

    /// This happens when a page of a history was read and has not arrived yet.
    pub fn meanwhile(&self, happens: impl FnOnce() + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::new(happens));
    }

    /// This stands nowhere any more.
    pub fn falls(&self, message: &MessageId) {
        self.standing.lock().unwrap().retain(|one| one.utterance.source.message != *message);
    }

    /// Which histories were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub fn knows(&self, person: Person) {
        self.people.lock().unwrap().push(person);
    }

    /// Asking about this person panics.
    pub fn panics_on(&self, user: &str) {
        *self.trouble.lock().unwrap() = Some(user.into());
    }

    /// This is found when its channel is read back.
    pub fn remembers(&self, said: Said) {
        self.history.lock().unwrap().push(said);
    }

    pub fn performed(&self) -> Vec<Performed> {
        self.performed.lock().unwrap().clone()
    }

    pub fn said_at_once(&self) -> Vec<String> {
        self.said_at_once.lock().unwrap().clone()
    }

    /// What was performed and succeeded or not, as short words in order: `react ok C0ROOM/1.1`.
    pub fn told(&self) -> Vec<String> {
        self.performed().iter().map(|performed| short(&performed.effect)).collect()
    }

    /// Waits until this can be found in what was performed.
    pub async fn until<T>(&self, mut found: impl FnMut(&[Performed]) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        let search = async {
            loop {
                changed.borrow_and_update();
                if let Some(it) = found(&self.performed()) {
                    return it;
                }
                changed.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(Duration::from_secs(20), search).await {
            Ok(it) => it,
            Err(_) => panic!("it never came; performed: {:#?}", self.told()),
        }
    }

    /// Waits until the chat was told these words.
    pub async fn until_told(&self, words: &str) {
        self.until(|all| all.iter().any(|one| short(&one.effect).contains(words)).then_some(())).await;
    }

    fn bump(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}

/// An effect in a few words.
pub fn short(effect: &Effect) -> String {
    match effect {
        Effect::React { to, reaction } => format!("react {} {}", reaction.emoji(), to.message),
        Effect::Reply { to, message } => format!("reply {} {message}", to.message),
        Effect::Post { channel, purpose, .. } => format!("post {channel} {purpose:?}"),
        Effect::OpenChannel { name } => format!("open {name}"),
        Effect::SetTopic { channel, .. } => format!("topic {channel}"),
        other => format!("{other:?}").split(['{', ' ']).next().unwrap_or_default().to_lowercase(),
    }
}

impl CommPlatform for Chat {
    fn perform<'a>(
        &'a self,
        key: OutboxKey,
        effect: &'a Effect,
        doubt: Doubt,
    ) -> Pending<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let error = self.errors.lock().unwrap().iter_mut().find_map(|script| script(effect));
            self.performed.lock().unwrap().push(Performed { effect: effect.clone(), doubt });
            self.bump();
            if let Some(error) = error {
                return Err(error);
            }
            let message = MessageId::new(format!("9.{:06}", key.0));
            let outcome = match effect {
                Effect::OpenChannel { name } => {
                    Some(Outcome::ChannelOpened { channel: ChannelId::new(format!("C-{name}")), name: name.clone() })
                }
                Effect::Post { purpose: Purpose::Intro, .. } => Some(Outcome::IntroPosted { message: message.clone() }),
                Effect::Post { channel, purpose: Purpose::Nag { nag, nagged }, .. } => Some(Outcome::NagPosted {
                    nag: *nag,
                    nagged: *nagged,
                    channel: channel.clone(),
                    message: message.clone(),
                }),
                _ => None,
            };
            Ok(Receipt { message: Some(message), outcome, synced: None })
        })
    }

    fn say_at_once<'a>(&'a self, _: &'a Source, message: &'a Message) -> Pending<'a, Result<(), SendError>> {
        Box::pin(async move {
            self.said_at_once.lock().unwrap().push(message.to_string());
            self.bump();
            Ok(())
        })
    }

    fn me(&self) -> Pending<'_, Result<Me, LookupError>> {
        Box::pin(async {
            Ok(Me {
                user: "U0BOT".into(),
                name: "breakingbot".into(),
                team: "T0".into(),
                workspace: "Test".into(),
                url: "http://localhost/".into(),
            })
        })
    }

    fn person<'a>(&'a self, user: &'a UserId) -> Pending<'a, Result<Person, LookupError>> {
        Box::pin(async move {
            let trouble = self.trouble.lock().unwrap().clone();
            assert_ne!(trouble.as_ref(), Some(user), "as the test wants it");
            let known = self.people.lock().unwrap().iter().find(|person| person.id == *user).cloned();
            Ok(known.unwrap_or_else(|| Person {
                id: user.clone(),
                name: user.as_str().trim_start_matches("U0").to_lowercase(),
                email: None,
                timezone: "UTC".into(),
                standing: Standing::Member,
            }))
        })
    }

    fn group<'a>(&'a self, _: &'a GroupId) -> Pending<'a, Result<Vec<UserId>, LookupError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn channel<'a>(&'a self, channel: &'a ChannelId) -> Pending<'a, Result<ChannelState, LookupError>> {
        Box::pin(async move {
            Ok(ChannelState {
                id: channel.clone(),
                name: channel.to_string(),
                topic: String::new(),
                archived: false,
                member: true,
                private: false,
                shared: false,
            })
        })
    }

    fn message_at(&self, at: Timestamp) -> MessageId {
        MessageId::new(format!("{}.{:06}", at.as_second(), at.subsec_microsecond()))
    }

    fn message_before(&self, message: &MessageId, by: SignedDuration) -> MessageId {
        let (seconds, rest) = message.as_str().split_once('.').unwrap();
        let before = seconds.parse::<i64>().unwrap() - by.as_secs();
        MessageId::new(format!("{}.{rest}", before.max(0)))
    }

    fn join<'a>(&'a self, _: &'a ChannelId) -> Pending<'a, Result<(), LookupError>> {
        Box::pin(async { Ok(()) })
    }

    fn history<'a>(
        &'a self,
        channel: &'a ChannelId,
        thread: Option<&'a MessageId>,
        after: &'a MessageId,
        from: Option<String>,
    ) -> Pending<'a, Result<HistoryPage, LookupError>> {
        Box::pin(async move {
            self.asked.lock().unwrap().push(format!("{channel} {}", thread.map_or("root", |thread| thread.as_str())));
            self.bump();
            let standing = self.standing.lock().unwrap();
            let is_in = |one: &&Found| {
                let source = &one.utterance.source;
                source.channel == *channel
                    && source.message > *after
                    && (source.thread.as_ref() == thread || thread == Some(&source.message))
            };
            let begin: usize = from.map_or(0, |from| from.parse().unwrap());
            let found: Vec<Found> = standing.iter().rev().filter(is_in).skip(begin).take(2).cloned().collect();
            if let Some(happens) = self.meanwhile.lock().unwrap().take() {
                happens();
            }
            let next = (found.len() == 2).then(|| (begin + 2).to_string());
            Ok(HistoryPage { found, next })
        })
    }

    fn message<'a>(
        &'a self,
        channel: &'a ChannelId,
        message: &'a MessageId,
    ) -> Pending<'a, Result<Option<Utterance>, LookupError>> {
        Box::pin(async move {
            let standing = self.standing.lock().unwrap();
            let is_it =
                |one: &&Found| one.utterance.source.channel == *channel && one.utterance.source.message == *message;
            Ok(standing.iter().find(is_it).map(|one| one.utterance.clone()))
        })
    }

    fn missed<'a>(
        &'a self,
        channel: &'a ChannelId,
        _: &'a MessageId,
        _: usize,
    ) -> Pending<'a, Result<Missed, LookupError>> {
        let history = self.history.lock().unwrap();
        let said = history.iter().filter(|said| said.source.channel == *channel).cloned().collect();
        Box::pin(async { Ok(Missed { said, complete: true }) })
    }
}
