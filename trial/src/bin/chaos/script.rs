//! What people type, and what they may expect of each line.

use std::time::{Duration, Instant};

use playground::Workspace;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use trial::bench::Trouble;

/// Who types.
const PEOPLE: [&str; 4] = ["U0ALICE", "U0BOB", "U0CAROL", "U0DAVE"];
/// At most so many incidents burn, so that each sees many kills.
const INCIDENTS: usize = 12;

/// A line that was typed.
#[derive(Clone, Debug)]
pub struct Line {
    /// Where.
    pub channel: String,
    /// The message.
    pub ts: String,
    /// What.
    pub text: String,
    /// What may be expected of it.
    pub kind: Kind,
    /// A word that no other line has.
    pub mark: String,
}

/// What may be expected of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A new incident, with one channel, one intro, one announcement in each channel.
    Start,
    /// One note on record, the reaction `ok`.
    Note,
    /// One summary on record, shown back in one reply.
    Summary,
    /// One comm update on record and in the notify channel, the reaction `ok`.
    Notify,
    /// The title, and the reaction `ok`.
    Title,
    /// One blocker on record, shown back in one reply.
    Blocked,
    /// One role taken on record and the reaction `ok`, or none and `ok_hand` for who has it already.
    Role,
    /// Only an answer: one reply.
    Status,
}

/// Everything that was typed, in order.
pub struct Script {
    workspace: Workspace,
    lines: Vec<Line>,
    number: usize,
}

impl Script {
    /// Nothing was typed yet.
    pub fn new(workspace: Workspace) -> Self {
        Self { workspace, lines: Vec::new(), number: 0 }
    }

    /// The first incident.
    pub async fn begin(&mut self) -> Result<(), Trouble> {
        self.say("U0ALICE", "C0MAIN", Kind::Start, None)?;
        let room = self.workspace.until(Duration::from_secs(30), |_| self.rooms().first().cloned());
        room.await.ok_or("the first incident got no channel")?;
        Ok(())
    }

    /// All lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How many commands were typed.
    pub fn commands(&self) -> usize {
        self.lines.len()
    }

    /// The incidents' channels.
    pub fn rooms(&self) -> Vec<String> {
        let channels = self.workspace.channels().into_iter();
        let rooms =
            channels.filter(|channel| channel.name.starts_with("breaking-") && channel.name != "breaking-notify");
        rooms.map(|channel| channel.id).collect()
    }

    /// Several people type for so long.
    pub async fn people_type(&mut self, lasting: Duration, random: &mut StdRng) -> Result<(), Trouble> {
        let began = Instant::now();
        while began.elapsed() < lasting {
            let rooms = self.rooms();
            let who = PEOPLE.choose(random).copied().unwrap_or("U0ALICE");
            let starts = self.lines.iter().filter(|line| line.kind == Kind::Start).count();
            if starts < INCIDENTS && random.random_bool(0.1) {
                self.say(who, "C0MAIN", Kind::Start, None)?;
            } else if let Some(room) = rooms.choose(random) {
                let kinds = [
                    Kind::Note,
                    Kind::Note,
                    Kind::Summary,
                    Kind::Notify,
                    Kind::Title,
                    Kind::Blocked,
                    Kind::Role,
                    Kind::Status,
                ];
                let kind = kinds.choose(random).copied().unwrap_or(Kind::Note);
                let under = self.lines.iter().find(|line| line.channel == *room).map(|line| line.ts.clone());
                // Only what is answered by a reaction is typed in a thread, where replies tell nobody what they answer.
                let under = under.filter(|_| matches!(kind, Kind::Note | Kind::Notify) && random.random_bool(0.2));
                self.say(who, room, kind, under.as_deref())?;
            }
            let pause = Duration::from_millis(random.random_range(0..40));
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    fn say(&mut self, who: &str, channel: &str, kind: Kind, under: Option<&str>) -> Result<(), Trouble> {
        self.number += 1;
        let mark = format!("mark{:05}x", self.number);
        let text = match kind {
            Kind::Start => format!(".start Fire {mark}"),
            Kind::Note => format!(".note {mark}"),
            Kind::Summary => format!(".summary It burns {mark}"),
            Kind::Notify => format!(".notify Still burning {mark}"),
            Kind::Title => format!(".title Fire {mark}"),
            Kind::Blocked => format!(".blocked team {mark} => they sleep"),
            Kind::Role => {
                (*[".point", ".comms", ".triage", ".eng"].get(self.number % 4).unwrap_or(&".point")).to_owned()
            }
            Kind::Status => ".status".to_owned(),
        };
        let ts = self.workspace.say(who, channel, &text, under)?.to_string();
        self.lines.push(Line { channel: channel.to_owned(), ts, text, kind, mark });
        Ok(())
    }
}
