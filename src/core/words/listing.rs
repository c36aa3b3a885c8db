//! Lists that can grow long: up to a length they come whole in the thread; of a longer one its end does, and the whole as
//! a file (BEHAVIOUR §4, `.history`).

use crate::core::commands::{Answer, Context, Decision};
use crate::core::effect::File;
use crate::core::event::Recorded;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::record::markdown;
use crate::core::record::text::Text;
use crate::core::words::moments::capitalised;
use crate::core::words::people;

/// A list of up to so many entries comes whole.
const WHOLE: usize = 200;

/// Of a longer one so many of the latest are shown.
const LATEST: usize = 50;

/// A list of an incident's entries, oldest first.
pub struct Listing<'a> {
    /// What they are: `components`. The file is named for it.
    pub what: &'a str,
    /// The entries, each a line without a mark before it.
    pub entries: Vec<Line>,
    /// Whether each is shown with its number, counted from 1.
    pub numbered: bool,
    /// What stands under the entries.
    pub closing: Option<Line>,
    /// What is said when there are none, with the command that adds one.
    pub empty: Line,
}

impl Listing<'_> {
    /// The answer that shows it.
    pub fn decision(self, incident: &Incident, context: &Context) -> Decision {
        let count = self.entries.len();
        if count == 0 {
            return Decision::says(self.empty);
        }
        let head = Line::new().bold(capitalised(self.what));
        if count <= WHOLE {
            let message = Message::from(head.text(format!(" ({count})"))).lines(self.shown(0));
            return Decision::says(message.lines(self.closing));
        }
        let head = head.text(format!(" ({count}): here are the last {LATEST}, the file has all of them"));
        let message = Message::from(head).lines(self.shown(count - LATEST)).lines(self.closing.clone());
        let name = format!("incident-{}-{}.md", incident.id, self.what.replace(' ', "-"));
        let file = File { name, content: self.whole(incident, context) };
        Decision { events: Vec::new(), answer: Answer::Gives(message, file) }
    }

    /// The entries from one on, as they stand in a message.
    fn shown(&self, from: usize) -> Vec<Line> {
        let entries = self.entries.iter().enumerate().skip(from);
        let mark = |i: usize| match self.numbered {
            true => Line::new().text(format!("{}. ", i + 1)),
            false => Line::item(),
        };
        entries.map(|(i, entry)| mark(i).join(entry.clone())).collect()
    }

    fn whole(&self, incident: &Incident, context: &Context) -> String {
        let mut out = format!("# Incident {}: {}\n\n", incident.id, self.what);
        for (i, entry) in self.entries.iter().enumerate() {
            let text = Text::of_line(entry, context.people, |channel| incident.channel_called(channel));
            out.push_str(&if self.numbered { markdown::numbered(i + 1, &text) } else { markdown::item(&text) });
        }
        out
    }
}

/// An entry with who made it and when.
pub fn signed(entry: Line, recorded: &Recorded, context: &Context) -> Line {
    entry.text(format!(" · {}, ", people::author(context.people, &recorded.author))).time(recorded.at)
}
