//! What people read when they forget something.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use breakingbot::clock::Clock;
use breakingbot::core::event::Event;
use breakingbot::core::nags::Nag;
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use playground::{BOT_USER, MessageView, Ts};

use crate::people::Person;
use crate::rooms::{Channel, seen};
use crate::story::{BEGINNING, Stage, Story};

stories!(the_first_hour_of_a_p1, a_restart_in_between, killed_at_any_time, two_bots);

/// The bot looks so often, and here exactly when the clock has gone on by as much.
const LOOK: SignedDuration = SignedDuration::from_secs(42);

/// Two channels over time: what the bot says in their roots, changes and takes back.
struct Watch<'s> {
    story: &'s Story,
    channels: Vec<Channel>,
    /// What stands in each channel.
    standing: BTreeMap<String, BTreeMap<Ts, String>>,
    seen: BTreeSet<Ts>,
    told: String,
}

/// The emphasised words of a post, by which it is known again.
fn bold(post: &str) -> &str {
    post.split('*').nth(1).unwrap_or(post)
}

impl<'s> Watch<'s> {
    async fn begin(story: &'s Story, channels: Vec<Channel>) -> Self {
        let (standing, seen, told) = (BTreeMap::new(), BTreeSet::new(), String::new());
        let mut watch = Self { story, channels, standing, seen, told };
        watch.look().await;
        watch.told.clear();
        watch
    }

    fn now(&self) -> Timestamp {
        Clock::from(self.story.clock.clone()).now()
    }

    /// Time goes on until so many minutes after the beginning, look by look.
    async fn until(&mut self, minute: i64) {
        let end = BEGINNING.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute);
        while self.now() + LOOK <= end {
            self.story.later(LOOK);
            self.catches_up().await;
        }
    }

    /// Everything that is due is sent.
    async fn catches_up(&mut self) {
        let now = self.now();
        self.story
            .until_on_record("everything that is due is sent", move |store| async move {
                store.due(now, None, 1).await.unwrap().is_empty().then_some(())
            })
            .await;
        self.look().await;
    }

    /// Somebody types something in the incident's channel.
    async fn says(&mut self, who: &Person, line: &str) {
        let said = who.says_in(&self.channels[0], line);
        writeln!(self.told, "{} {} types {line}", self.clock(), who.name).unwrap();
        self.story.settles().await;
        let answer = said.answer();
        for told in answer.reactions.iter().map(|emoji| format!(":{emoji}:")).chain(answer.replies) {
            self.tell("answers", "", &told);
        }
        self.look().await;
    }

    /// Somebody presses a button of the last post that has it.
    async fn presses(&mut self, who: &Person, place: usize, button: &str, action: &str) {
        let channel = self.channels[place].clone();
        let posts = self.standing[&channel.id].iter().filter(|(_, text)| text.contains(button));
        let ts = posts.map(|(ts, _)| *ts).next_back().expect("there is such a button");
        writeln!(self.told, "{} {} presses [{button}] in #{}", self.clock(), who.name, channel.view().name).unwrap();
        let before = self.story.workspace.message(&channel.id, &ts).unwrap().text;
        self.story.workspace.click(who.id, &channel.id, &ts, action).unwrap();
        self.story.until("the post changes", |slack| slack.message(&channel.id, &ts).unwrap().text != before).await;
        self.story.settles().await;
        for whisper in who.whispers_in(&channel) {
            self.tell("shows only them", "", &whisper);
        }
        let replies = self.story.workspace.messages(&channel.id, Some(ts)).unwrap();
        for reply in replies.iter().filter(|reply| reply.thread_ts == Some(ts)) {
            self.tell("answers under it", "", &seen(self.story, reply));
        }
        self.look().await;
    }

    /// What is different since the last look.
    async fn look(&mut self) {
        self.story.settles().await;
        for channel in self.channels.clone() {
            let now = self.posts_in(&channel);
            let name = channel.view().name;
            for (ts, text) in self.standing.insert(channel.id, now.clone()).unwrap_or_default() {
                match now.get(&ts) {
                    None => self.tell("takes back in", &name, bold(&text)),
                    Some(changed) if *changed != text => {
                        self.tell("changes in", &name, &format!("{} → {changed}", bold(&text)));
                    }
                    Some(_) => {}
                }
                self.seen.insert(ts);
            }
            for (ts, text) in now {
                if self.seen.insert(ts) {
                    self.tell("says in", &name, &text);
                }
            }
        }
    }

    fn posts_in(&self, channel: &Channel) -> BTreeMap<Ts, String> {
        let messages = self.story.workspace.messages(&channel.id, None).unwrap();
        let is_post = |m: &&MessageView| {
            m.user == BOT_USER && m.subtype.is_none() && m.thread_ts.is_none_or(|thread| thread == m.ts)
        };
        messages.iter().filter(is_post).map(|message| (message.ts, seen(self.story, message))).collect()
    }

    fn clock(&self) -> String {
        self.now().strftime("%H:%M:%S").to_string()
    }

    /// What was said anew, to the minute: a bot that starts may take a second of the clock.
    fn said(&self) -> String {
        let said = self.told.lines().filter(|line| line.contains("says in"));
        let to_the_minute = said.filter_map(|line| Some(format!("{}{}", line.get(..5)?, line.get(8..)?)));
        to_the_minute.collect::<Vec<_>>().join("\n")
    }

    fn tell(&mut self, what: &str, channel: &str, text: &str) {
        let place = if channel.is_empty() { String::new() } else { format!(" #{channel}") };
        let text = text.replace('\n', "\n             ");
        writeln!(self.told, "{} bot {what}{place}: {text}", self.clock()).unwrap();
    }
}

async fn the_first_hour_of_a_p1(stage: Stage) {
    let slack = stage.reminding().desk(|desk| desk.oncall_group = Some("S0ONCALL".into())).begin().await;
    let room = slack.alice.says(".p1 Checkout is down").opens_channel().await;
    let mut hour = Watch::begin(&slack, vec![room.channel.clone(), slack.main()]).await;
    hour.until(8).await;
    hour.presses(&slack.bob, 1, "I am point", "command_0").await;
    hour.until(12).await;
    hour.says(&slack.carol, ".comms").await;
    hour.says(&slack.carol, ".nags").await;
    hour.until(20).await;
    hour.says(&slack.carol, ".notify We are rolling the deploy back").await;
    hour.until(22).await;
    hour.says(&slack.bob, ".blocked the payment provider => they must lift the rate limit").await;
    hour.until(38).await;
    hour.presses(&slack.bob, 0, "Snooze 15 min", "command_1").await;
    hour.until(45).await;
    hour.says(&slack.bob, ".unblocked").await;
    hour.until(52).await;
    hour.says(&slack.bob, ".mitigated").await;
    hour.until(60).await;
    assert_snapshot!(hour.told);
    slack.end().await;
}

async fn a_restart_in_between(stage: Stage) {
    let slack = stage.reminding().begin().await;
    let room = slack.alice.says(".p1 Checkout is down").opens_channel().await;
    let mut watch = Watch::begin(&slack, vec![room.channel.clone()]).await;
    watch.until(4).await;
    slack.bot_restarts().await;
    watch.until(6).await;
    slack.bot_dies().await;
    // What falls due while nobody is there is sent when somebody is.
    slack.later(SignedDuration::from_mins(30));
    slack.bot_starts().await;
    watch.catches_up().await;
    watch.until(38).await;
    assert_snapshot!(watch.said(), @"
    17:03 bot says in #breaking-1: @alice *Nobody is point*: who runs the response?
    17:03 bot says in #breaking-1: @alice *Nobody is comms*: who keeps everybody informed?
    17:05 bot says in #breaking-1: @alice *Nobody is comms*: who keeps everybody informed?
    17:35 bot says in #breaking-1: @alice *Nobody is point*: who runs the response?
    17:35 bot says in #breaking-1: @alice *Nobody is comms*: who keeps everybody informed?
    17:37 bot says in #breaking-1: @alice *Nobody is comms*: who keeps everybody informed?
    ");
    slack.end().await;
}

async fn killed_at_any_time(mut stage: Stage) {
    // What a killed bot had in hand on PostgreSQL is free when its leases end.
    stage.tuning.lease = Duration::from_secs(2);
    stage.tuning.call_margin = Duration::from_secs(1);
    let slack = stage.reminding().begin().await;
    let room = slack.alice.says(".p1 Checkout is down").opens_channel().await;
    slack.bob.says_in(&room, ".blocked the payment provider").reply().await;
    for look in 1..=60_u64 {
        slack.later(LOOK);
        // Now and then it is killed a few milliseconds into the look, wherever it is then.
        if look % 4 == 0 {
            tokio::time::sleep(Duration::from_millis(look % 13)).await;
            slack.bot_dies().await;
            slack.bot_starts().await;
        }
        let now = Clock::from(slack.clock.clone()).now();
        slack
            .until_on_record("everything that is due is sent", move |store| async move {
                store.due(now, None, 1).await.unwrap().is_empty().then_some(())
            })
            .await;
    }
    slack.settles().await;
    let incident = room.incident().await;
    for (nag, every) in
        [(Nag::Point, 180), (Nag::Comms, 120), (Nag::Blocker(breakingbot::core::ids::BlockerId(1)), 900)]
    {
        let sent: Vec<Timestamp> = incident
            .events
            .iter()
            .filter(|one| matches!(one.event, Event::Nagged { nag: it, .. } if it == nag))
            .map(|one| one.at)
            .collect();
        let apart: Vec<i64> = sent.windows(2).map(|two| two[1].duration_since(two[0]).as_secs()).collect();
        // At the fourth it escalates, and comes half as often.
        for (i, apart) in apart.iter().enumerate() {
            let pace = if i < 3 { every } else { 2 * every };
            assert!((pace..=pace + LOOK.as_secs()).contains(apart), "{nag:?} came {apart} s after the one before");
        }
        assert!(sent.len() > 1, "{nag:?} was forgotten");
        let first = sent[0].duration_since(incident.declared).as_secs();
        assert!(first <= every.max(180) + LOOK.as_secs(), "{nag:?} came first after {first} s");
    }
    // Of each kind the last one stands, once in each channel.
    for channel in [&room.channel, &slack.main()] {
        let posts = channel.posts();
        for asked in ["*Nobody is point*", "*Nobody is comms*"] {
            assert_eq!(posts.iter().filter(|post| post.contains(asked)).count(), 1, "{posts:#?}");
        }
    }
    slack.end().await;
}

async fn two_bots(stage: Stage) {
    if !stage.is_shared() {
        return;
    }
    let slack = stage.reminding().begin().await;
    slack.bot_starts().await;
    let room = slack.alice.says(".p1 Checkout is down").opens_channel().await;
    let mut watch = Watch::begin(&slack, vec![room.channel.clone()]).await;
    watch.until(15).await;
    assert_snapshot!(watch.said(), @"
    17:03 bot says in #breaking-1: @alice *Nobody is point*: who runs the response?
    17:03 bot says in #breaking-1: @alice *Nobody is comms*: who keeps everybody informed?
    17:05 bot says in #breaking-1: @alice *Nobody is comms*: who keeps everybody informed?
    17:07 bot says in #breaking-1: @alice *Nobody is point*: who runs the response?
    17:07 bot says in #breaking-1: @alice *Nobody is comms*: who keeps everybody informed?
    17:09 bot says in #breaking-1: @alice *Nobody is comms*: who keeps everybody informed?
    17:10 bot says in #breaking-1: @alice *Nobody is point*: who runs the response?
    17:14 bot says in #breaking-1: @alice *Nobody is point*: who runs the response?
    17:14 bot says in #breaking-1: @alice *Nobody is comms*: who keeps everybody informed?
    ");
    slack.end().await;
}
