//! How an incident went: what was so from when until when, and what was said differently before.

use jiff::Timestamp;
use serde::Serialize;

use super::text::Text;
use super::{Who, author, person};
use crate::core::desk::Desk;
use crate::core::event::{Recorded, evolve};
use crate::core::ids::UserId;
use crate::core::incident::{Incident, Role};
use crate::core::message::utc;
use crate::core::moments::Moment;
use crate::core::prose::Prose;
use crate::core::words::people::Names;

/// How long somebody had a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tenure {
    /// The role.
    pub role: Role,
    /// What the desk calls it.
    pub called: String,
    /// Who had it.
    pub who: Who,
    /// Since when.
    pub from: Timestamp,
    /// Until when; none when they still have it.
    pub until: Option<Timestamp>,
}

/// How long it had a priority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AtLevel {
    /// `P2`.
    pub level: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when; none when it still has it.
    pub until: Option<Timestamp>,
}

/// What can be said anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The title.
    Title,
    /// The executive summary.
    Summary,
    /// The priority.
    Priority,
    /// A moment.
    Moment,
}

/// Something that was said, and is said differently since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revision {
    /// When it was said anew.
    pub at: Timestamp,
    /// By whom.
    pub by: Who,
    /// What.
    pub what: Subject,
    /// Which, of a moment: its word.
    pub moment: Option<&'static str>,
    /// What it was before.
    pub from: Text,
    /// What it is since; none when it was taken back.
    pub to: Option<Text>,
}

/// How it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Course {
    pub tenures: Vec<Tenure>,
    pub levels: Vec<AtLevel>,
    pub revisions: Vec<Revision>,
}

impl Course {
    /// What the events tell.
    pub fn of(incident: &Incident, names: &Names, desk: &Desk) -> Self {
        let mut course = Self::default();
        let mut now = Incident::nothing(incident.id);
        for recorded in &incident.events {
            let before = now.clone();
            evolve(&mut now, recorded);
            // Only the last event is looked at; so many copies of all of them would cost their square.
            now.events.clear();
            course.roles(&before, &now, recorded.at, names, desk);
            course.level(&before, &now, recorded.at);
            course.revise(&before, &now, recorded, names);
        }
        course
    }

    fn roles(&mut self, before: &Incident, after: &Incident, at: Timestamp, names: &Names, desk: &Desk) {
        for role in Role::ALL {
            let (had, has) = (before.roles.get(role), after.roles.get(role));
            if had == has {
                continue;
            }
            if let Some(tenure) = self.tenures.iter_mut().rev().find(|tenure| tenure.role == role) {
                tenure.until = Some(at);
            }
            self.tenures.extend(has.map(|user: &UserId| Tenure {
                role,
                called: desk.role_name(role).to_owned(),
                who: person(names, user),
                from: at,
                until: None,
            }));
        }
    }

    fn level(&mut self, before: &Incident, after: &Incident, at: Timestamp) {
        if before.level == after.level && !self.levels.is_empty() {
            return;
        }
        if let Some(last) = self.levels.last_mut() {
            last.until = Some(at);
        }
        self.levels.push(AtLevel { level: after.level.to_string(), from: at, until: None });
    }

    fn revise(&mut self, before: &Incident, after: &Incident, recorded: &Recorded, names: &Names) {
        // Before the first event nothing was said.
        if before.version == 0 {
            return;
        }
        let text = |prose: &Prose| Text::of_prose(prose, names);
        let words = |words: String| Text::default().words(words);
        let mut add = |what, moment, from: Option<Text>, to: Option<Text>| {
            if let Some(from) = from.filter(|from| to.as_ref() != Some(from)) {
                let by = author(names, &recorded.author);
                self.revisions.push(Revision { at: recorded.at, by, what, moment, from, to });
            }
        };
        add(Subject::Title, None, Some(text(&before.title)), Some(text(&after.title)));
        add(Subject::Summary, None, before.summary.as_ref().map(text), after.summary.as_ref().map(text));
        let level = |incident: &Incident| Some(words(incident.level.to_string()));
        add(Subject::Priority, None, level(before), level(after));
        for moment in Moment::ALL {
            let at = |incident: &Incident| incident.moments.get(moment).map(|at| words(utc(at)));
            add(Subject::Moment, Some(moment.word()), at(before), at(after));
        }
    }
}
