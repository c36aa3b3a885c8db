//! What people say, change, delete and react to.

use playground::Workspace;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use trial::bench::Trouble;

const PEOPLE: [&str; 3] = ["U0ALICE", "U0BOB", "U0CAROL"];
const EMOJI: [&str; 4] = ["eyes", "tada", "thinking_face", "heart"];
/// What is changed, deleted, answered or reacted to is among the latest so many of a channel.
const LATEST: usize = 50;

/// What goes on in some channels.
pub struct Talk {
    workspace: Workspace,
    rooms: Vec<(String, Vec<String>)>,
    said: usize,
    /// How many messages were changed.
    pub changed: usize,
    /// How many were deleted.
    pub deleted: usize,
    /// How many reactions came or went.
    pub reacted: usize,
    /// How many messages were said in threads.
    pub replied: usize,
}

impl Talk {
    /// Nothing was said yet.
    pub fn new(workspace: Workspace, rooms: Vec<String>) -> Self {
        let rooms = rooms.into_iter().map(|room| (room, Vec::new())).collect();
        Self { workspace, rooms, said: 0, changed: 0, deleted: 0, reacted: 0, replied: 0 }
    }

    /// How many messages were said.
    pub fn said(&self) -> usize {
        self.said
    }

    /// The channels.
    pub fn rooms(&self) -> impl Iterator<Item = &str> {
        self.rooms.iter().map(|(room, _)| room.as_str())
    }

    /// Somebody says something, and perhaps does something about what was said before.
    pub fn go_on(&mut self, random: &mut StdRng) -> Result<(), Trouble> {
        let place = random.random_range(0..self.rooms.len());
        let Some((room, latest)) = self.rooms.get_mut(place) else { return Ok(()) };
        let who = PEOPLE.choose(random).copied().unwrap_or("U0ALICE");
        self.said += 1;
        let text = format!("word {} of {who}, who says a little more than that", self.said);
        let earlier = latest.choose(random).cloned();
        let thread = earlier.as_deref().filter(|_| random.random_bool(0.1));
        let ts = match self.workspace.say(who, room, &text, thread) {
            Ok(ts) => ts.to_string(),
            // What it answers was deleted.
            Err(_) => self.workspace.say(who, room, &text, None)?.to_string(),
        };
        self.replied += usize::from(thread.is_some());
        if latest.len() >= LATEST {
            latest.remove(0);
        }
        latest.push(ts);
        let Some(earlier) = earlier else { return Ok(()) };
        // What was deleted before cannot be changed; that is no trouble.
        match random.random_range(0..100) {
            0..10 => {
                let text = format!("{text}, changed");
                self.changed += usize::from(self.workspace.edit(room, &earlier, &text).is_ok());
            }
            10..15 => {
                self.deleted += usize::from(self.workspace.delete(room, &earlier).is_ok());
                latest.retain(|ts| *ts != earlier);
            }
            15..25 => {
                let emoji = EMOJI.choose(random).copied().unwrap_or("eyes");
                let done = self.workspace.react(who, room, &earlier, emoji);
                let undone = done.is_err() && self.workspace.unreact(who, room, &earlier, emoji).is_ok();
                self.reacted += usize::from(done.is_ok() || undone);
            }
            _ => {}
        }
        Ok(())
    }
}
